/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random nft rulesets: verdict maps with jumps, named and anonymous sets,
 * concatenations, several base chains at a hook, marks that are written and
 * tested in one rule.
 *
 * add_match is over 60 lines: a case for each kind of match.
 */
#include "random_nft.h"

#include <stdio.h>

static const char * not(uint32_t percent)
{
	return chance(percent) ? "!= " : "";
}

static void add_match(struct generator *g)
{
	struct text *t = &g->out;
	bool in = strcmp(g->hook, "output") && strcmp(g->hook, "postrouting");
	bool out = strcmp(g->hook, "input") && strcmp(g->hook, "prerouting");
	switch (random_below(19)) {
	case 0:
		text_printf(t, " ip saddr %s%s", not(20),
			    ONE_OF("10.0.0.0/8", "10.1.0.0/16", "192.0.2.10", "@local",
				   "{ 10.0.0.1-10.0.0.6, 192.168.0.0/24 }"));
		break;
	case 1:
		text_printf(t, " ip daddr %s%s", not(20),
			    ONE_OF("10.0.0.0/8", "198.51.100.20", "224.0.0.0/4"));
		break;
	case 2:
		if (in)
			text_printf(t, " iifname %s%s", not(20),
				    ONE_OF("\"lo\"", "\"eth0\"", "\"eth*\"", "{ \"lo\", \"wan0\" }",
					   "{ \"e*\" }"));
		break;
	case 3:
		if (out)
			text_printf(t, " oifname %s%s", not(20),
				    ONE_OF("\"lo\"", "\"eth1\"", "{ \"eth0\", \"wan0\" }"));
		break;
	case 4:
		text_printf(t, " meta mark %s",
			    ONE_OF("1", "!= 1", "& 0x2 == 0x2", "& 0xf0 != 0x10", "{ 1, 2 }", "1-3",
				   ">= 0x80000000"));
		break;
	case 5: text_printf(t, " ct mark %s", ONE_OF("1", "!= 1", "& 0x2 == 0x2")); break;
	case 6:
		if (!g->kernel)
			text_printf(t, " limit rate 5/minute");
		break;
	case 7:
		text_printf(t, " fib %s type %s", g->kernel ? "daddr" : ONE_OF("daddr", "saddr"),
			    ONE_OF("local", "unicast", "!= local"));
		break;
	case 8: text_printf(t, " meta length %s", ONE_OF("0-100", "> 100", "!= 60")); break;
	case 9: text_printf(t, " ip ttl %s", ONE_OF("< 10", "64", "!= 63-200")); break;
	case 10:
	case 11:
	case 12:
		text_printf(t, " ct state %s",
			    ONE_OF("established,related", "new", "invalid", "invalid,untracked",
				   "{ established, related }", "!= { new, established }",
				   "! new,related", "!= established,related", "!= invalid", "0x6",
				   "new,established"));
		break;
	case 13:
		text_printf(t, " ct status %s", ONE_OF("dnat", "assured,dnat", "! snat", "!= 0x4"));
		break;
	case 14: text_printf(t, " ct direction reply"); break;
	case 15:
		text_printf(t,
			    " ip saddr . meta mark %s{ 10.0.0.1 . 1, 10.0.0.0/8 . 0, 192.0.2.10 . "
			    "2 }",
			    not(30));
		break;
	case 16:
		if (!g->not_tcp)
			text_printf(t, " ip saddr . tcp dport @pairs");
		break;
	case 17: text_printf(t, " th dport %s%s", not(20), ONE_OF("22", "{ 53, 80 }")); break;
	case 18:
		text_printf(t, " ct state . meta mark { new . 0, invalid . 1, established . 2 }");
		break;
	}
}

static void add_protocol(struct generator *g, bool tcp)
{
	struct text *t = &g->out;
	if (tcp && chance(40))
		text_printf(t, " tcp dport %s%s", not(20),
			    ONE_OF("22", "80", "1024-65535", "{ 22, 80, 1000-2000 }"));
	else if (tcp && chance(30))
		text_printf(t, " tcp flags %s",
			    ONE_OF("syn", "& (fin | syn | rst | ack) == syn", "syn / syn,ack",
				   "! syn", "== ack", "!= syn,ack", "& (syn | ack) != syn"));
	else if (tcp)
		text_printf(t, " meta l4proto tcp");
	else if (chance(15))
		text_printf(t, " udp dport { 53, 123 }");
	else if (chance(8))
		text_printf(t, " icmp type %s", ONE_OF("echo-request", "{ 3, 8 }"));
	else if (chance(8))
		text_printf(t, " meta l4proto %s",
			    ONE_OF("!= tcp", "{ tcp, udp }", "!= { udp, sctp }"));
}

static void add_write(struct generator *g)
{
	if (g->kernel) {
		text_printf(&g->out, " %s",
			    ONE_OF("meta mark set 1", "meta mark set mark or 0x10",
				   "meta mark set mark and 0xfe", "meta mark set mark xor 1",
				   "ct mark set 1", "ip ttl set 64", "counter",
				   "meta mark set 2 meta mark 2", "meta mark set 1 ct mark set 2"));
		return;
	}
	text_printf(&g->out, " %s",
		    ONE_OF("meta mark set 1", "meta mark set mark or 0x10",
			   "meta mark set mark and 0xfe", "meta mark set mark xor 1",
			   "ct mark set 1", "meta mark set ct mark", "ct mark set mark",
			   "ip ttl set 64", "counter", "log", "meta mark set 2 meta mark 2",
			   "meta mark set 1 ct mark set 2"));
}

static void add_verdict(struct generator *g, uint32_t level, bool tcp)
{
	struct text *t = &g->out;
	uint32_t k = random_below(100);
	if (chance(25) && level < g->n_user) {
		text_printf(t, " %s u%u", chance(30) ? "goto" : "jump",
			    level + random_below(g->n_user - level));
		return;
	}
	if (g->nat)
		text_printf(t, " %s", k < 50 ? "accept" : "return");
	else if (tcp && k < 15 && strcmp(g->hook, "prerouting"))
		text_printf(t, " reject with tcp reset");
	else if (k < 20 && strcmp(g->hook, "prerouting"))
		text_printf(t, " reject");
	else if (k < 40)
		text_printf(t, " %s", ONE_OF("counter", "log prefix \"x\"", "continue"));
	else if (k < 50)
		text_printf(t, " return");
	else
		text_printf(t, " %s", k < 75 ? "drop" : "accept");
}

static void add_target(struct generator *g, uint32_t level)
{
	if (chance(35) && level < g->n_user)
		text_printf(&g->out, "%s u%u", chance(30) ? "goto" : "jump",
			    level + random_below(g->n_user - level));
	else
		text_printf(&g->out, "%s",
			    g->nat ? "accept" : ONE_OF("accept", "drop", "return", "continue"));
}

/* The keys of each kind of map; the last of a list is a catch-all. */
static void add_vmap(struct generator *g, uint32_t level)
{
	static const char *const keys[][6] = {
		{ "ct state", "established", "related", "invalid", "new", "*" },
		{ "iifname", "\"lo\"", "\"eth0\"", "\"wan0\"", NULL, "*" },
		{ "tcp dport", "22", "80", "1000-2000", NULL, NULL },
		{ "meta mark", "0", "1", "2", NULL, NULL },
		{ "ct state . meta mark", "established . 0", "invalid . 0", "new . 1", NULL, NULL },
		{ "meta l4proto", "tcp", "udp", "icmp", NULL, "*" },
		{ "ip saddr", "10.0.0.0/16", "192.0.2.10", "10.5.0.0/16", NULL, NULL },
	};
	uint32_t k = random_below(7);
	bool first = true;
	if (k == 1 && (strcmp(g->hook, "output") == 0 || strcmp(g->hook, "postrouting") == 0))
		k = 0;
	if (k == 2 && g->not_tcp)
		k = 3;
	text_printf(&g->out, " %s vmap {", keys[k][0]);
	for (int i = 1; i < 6; i++) {
		if (!keys[k][i] || chance(i == 5 ? 70 : 30))
			continue;
		text_printf(&g->out, "%s %s : ", first ? "" : ",", keys[k][i]);
		add_target(g, level);
		first = false;
	}
	if (first)
		text_printf(&g->out, " %s : accept", keys[k][1]);
	text_printf(&g->out, " }");
	if (chance(15))
		text_printf(&g->out, " %s", g->nat ? "return" : "drop");
}

static void add_rules(struct generator *g, uint32_t level)
{
	struct text *t = &g->out;
	uint32_t n = 1 + random_below(level ? 5 : 8);
	size_t line = t->n;
	if (g->fixes && !level && !g->nat && chance(80))
		text_printf(t, "\t\t%s\n",
			    ONE_OF("ct state established,related accept",
				   "ct state vmap { established : accept, related : accept }",
				   "ct state { established, related } counter accept",
				   "meta l4proto tcp ct state established accept"));
	for (uint32_t i = 0; i < n; i++) {
		bool tcp = chance(40);
		if (chance(20))
			random_nft_add_class(g);
		random_nft_keep(g, line);
		line = t->n;
		text_printf(t, "\t\t");
		size_t before = t->n;
		add_protocol(g, tcp);
		g->not_tcp = !tcp && t->n > before; /* nft refuses rules for two protocols */
		for (uint32_t k = random_below(3); k > 0; k--)
			add_match(g);
		if (chance(20))
			add_write(g);
		if (chance(15))
			add_match(g);
		if (chance(g->fixes ? 10 : 22))
			add_vmap(g, level);
		else
			add_verdict(g, level, tcp);
		text_printf(t, "\n");
	}
	random_nft_keep(g, line);
	if (g->fixes && !level && !g->nat && chance(60))
		text_printf(t, "\t\tmeta l4proto tcp reject with tcp reset\n");
}

static void add_base(struct generator *g, const char *name, const char *type, const char *hook,
		     const char *priority)
{
	g->hook = hook;
	g->nat = strcmp(type, "nat") == 0;
	text_printf(&g->out, "\tchain %s {\n\t\ttype %s hook %s priority %s; policy %s;\n", name,
		    type, hook, priority, chance(40) && !g->nat ? "drop" : "accept");
	if (strcmp(priority, "raw") == 0 && chance(50))
		text_printf(&g->out, "\t\ttcp dport 80 notrack\n");
	add_rules(g, 0);
	text_printf(&g->out, "\t}\n");
}

static void add_table(struct generator *g, const char *family, const char *name)
{
	static const char *const hooks[] = { "input", "forward", "output" };
	char chain[32];
	bool dormant = chance(8), woken = dormant && chance(50);
	text_printf(&g->out, "table %s %s {\n%s", family, name, dormant ? "\tflags dormant\n" : "");
	if (dormant)
		class_seen(woken ? class_woken_table : class_dormant_table);
	text_printf(&g->out, "\tset local { type ipv4_addr; flags interval; elements = { "
			     "10.0.0.0/8, "
			     "192.168.0.0/16 }; }\n");
	text_printf(&g->out, "\tset pairs { type ipv4_addr . inet_service; flags interval; "
			     "elements = { "
			     "10.0.0.0/8 . 22, 192.0.2.10 . 80 }; }\n");
	text_printf(&g->out, "\tset seen { type ipv4_addr; size 999; flags dynamic; }\n"
			     "\tset seen6 { type ipv6_addr; size 999; flags dynamic; }\n"
			     "\tset seen_pairs { type ipv4_addr . inet_service; size 999; flags "
			     "dynamic; }\n"
			     "\tmap classes { type inet_service : classid; elements = { 53 : 1:2, "
			     "1500 : 1:3 }; }\n"
			     "\tcounter c { }\n");
	if (!g->kernel)
		text_printf(&g->out, "\tmap filled { type inet_service : mark; flags timeout; "
				     "timeout 1m; }\n"
				     "\tlimit l { rate 5/second; }\n\tflowtable fast { hook "
				     "ingress priority 0; devices = { lo }; }\n");
	g->n_user = random_below(4);
	g->hook = "";
	g->nat = false;
	g->inet = strcmp(family, "inet") == 0;
	for (uint32_t i = g->n_user; i-- > 0;) {
		text_printf(&g->out, "\tchain u%u {\n", i);
		g->hook = "forward";
		g->shared = true;
		add_rules(g, i + 1);
		g->shared = false;
		text_printf(&g->out, "\t}\n");
	}
	for (unsigned i = 0; i < 3; i++)
		for (unsigned k = 0; k < 3; k++) {
			static const char *const priorities[] = { "filter", "-10", "10" };
			if (k && !chance(20))
				continue;
			snprintf(chain, sizeof(chain), "%s%u", hooks[i], k);
			add_base(g, chain, "filter", hooks[i], priorities[k]);
		}
	if (chance(30))
		add_base(g, "pre", "filter", "prerouting", ONE_OF("raw", "mangle"));
	g->n_user = 0; /* their verdicts are not for a nat chain */
	if (chance(20) && !g->stateless)
		add_base(g, "nat", "nat", "prerouting", "dstnat");
	if (g->fixes && chance(30) && !g->stateless)
		add_base(g, "post", "nat", "postrouting", "srcnat");
	text_printf(&g->out, "}\n");
	if (woken)
		text_printf(&g->out, "add table %s %s\n", family, name);
}

struct str random_nft_ruleset(struct arena *a, bool fixes, bool kernel)
{
	struct generator g = { .out = { .arena = a }, .fixes = fixes, .kernel = kernel };
	g.stateless = chance(15);
	if (g.stateless)
		class_seen(class_stateless_ruleset);
	add_table(&g, ONE_OF("inet", "ip", "ip"), "a");
	if (chance(30))
		add_table(&g, ONE_OF("inet", "ip"), "b");
	return text_str(&g.out);
}
