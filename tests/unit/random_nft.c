/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random nft rulesets: verdict maps with jumps, named and anonymous sets,
 * concatenations, several base chains at a hook, marks that are written and
 * tested in one rule.
 *
 * Over 500 lines: most of them are rows of rules to choose from, one class after the other.
 * add_match is over 60 lines: a case for each kind of match.
 */
#include "property.h"

#include <stdio.h>

struct generator {
	struct text out;
	uint32_t n_user; /* user chains u0 … ; u_i jumps to u_j, j > i */
	bool fixes, kernel;
	bool not_tcp;   /* the rule tests another protocol, so nft refuses tests of TCP */
	bool shared;    /* a chain that those of several hooks jump to */
	bool nat;       /* the chain is a nat chain */
	bool inet;      /* the table is of both families */
	bool stateless; /* nothing makes the kernel reassemble fragments */
	const char *hook;
};

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

/* ---- classes ---- */

struct rule_class {
	const char *name;
	unsigned what; /* enum class_for */
	/* Adds rules, each line with two tabs before it,; false, and nothing added: not in this
	 * chain. */
	bool (*add)(struct generator *g);
};

static const char *some_verdict(const struct generator *g)
{
	return g->nat ? ONE_OF("accept", "return") : ONE_OF("accept", "drop", "return");
}

static bool add_repeated_test(struct generator *g)
{
	text_printf(&g->out, "\t\tmeta mark 1 meta mark != 2 %s\n", some_verdict(g));
	return true;
}

/* Wherever the chain runs: behind conntrack too. Few, for each changes the state of some packets.
 */
static bool add_notrack(struct generator *g)
{
	if (g->nat || chance(70))
		return false;
	text_printf(&g->out, "\t\t%snotrack%s\n",
		    ONE_OF("", "meta l4proto tcp ", "ip saddr 10.0.0.0/8 ", "ct state invalid "),
		    ONE_OF("", " ct state untracked drop", " counter", " ct mark 0 accept"));
	return true;
}

static bool add_template(struct generator *g)
{
	if (g->nat || chance(70))
		return false;
	text_printf(&g->out, "\t\t%sct %szone set %s%s\n",
		    ONE_OF("", "meta l4proto tcp ", "ct state untracked ", "ct state invalid "),
		    ONE_OF("", "original ", "reply "), g->kernel ? "0" : ONE_OF("0", "1"),
		    ONE_OF("", " ct state new drop", " ct state != new accept",
			   " ct mark 0 accept"));
	return true;
}

static bool add_test_without_entry(struct generator *g)
{
	text_printf(&g->out, "\t\tct %s %s\n",
		    ONE_OF("mark != 7", "direction original", "status != 0x4", "helper != \"ftp\"",
			   "helper \"ftp\"", "state != invalid", "state { invalid, untracked }",
			   "state new"),
		    some_verdict(g));
	return true;
}

static bool add_rate(struct generator *g)
{
	text_printf(&g->out, "\t\tlimit rate 5/minute %s\n", some_verdict(g));
	return true;
}

static bool add_queue(struct generator *g)
{
	if (g->nat)
		return false;
	text_printf(&g->out, "\t\t%squeue %s\n",
		    ONE_OF("meta l4proto tcp ", "tcp dport 80 ", "ct state established ",
			   "ct state invalid ", "ip saddr 10.0.0.0/8 ", "meta mark 1 "),
		    ONE_OF("num 0", "flags bypass to 1", "num 2-3 bypass",
			   "flags bypass to symhash mod 4"));
	return true;
}

/* Values that a forwarded packet cannot have, or had before only. */
static bool add_edge_of_ttl(struct generator *g)
{
	text_printf(&g->out, "\t\tip ttl %s %s\n",
		    ONE_OF("255", "!= 255", "> 253", "254", "0", "!= 0", "< 2", "{ 1, 255 }"),
		    some_verdict(g));
	return true;
}

static bool add_ttl_write(struct generator *g)
{
	text_printf(&g->out, "\t\tmeta mark != 2 ip ttl set %s\n",
		    ONE_OF("0", "1", "2", "64", "255"));
	return true;
}

/* Values that no test sees again, so that the kernel's answer is known; others for the sets. */
static bool add_map(struct generator *g)
{
	const char *line = ONE_OF("meta priority set tcp dport map { 22 : 1:2, 80 : 1:3 }",
				  "meta priority set ip saddr map { 10.0.0.0/16 : 1:2, 192.0.2.10 "
				  ": 1:3 }",
				  "meta priority set ip saddr . tcp dport map { 10.0.0.1 . 22 : "
				  "1:2, 192.168.0.5 . 80 : 1:3 }",
				  "meta priority set meta mark map { 0 : 1:2, 1-3 : 1:3 }",
				  "meta priority set meta mark map { 1 : 1:2, * : 1:3 }",
				  "meta priority set ct state map { new : 1:2, invalid : 1:3 }",
				  "meta priority set ct mark map { 0 : 1:2 }",
				  "counter name tcp dport map { 22 : \"c\", 80 : \"c\", 1000-2000 "
				  ": \"c\" }",
				  "counter name meta l4proto map { tcp : \"c\", icmp : \"c\" }",
				  "meta priority set udp dport map @classes",
				  "meta mark set 1 counter name meta mark map { 1 : \"c\" }",
				  "meta mark set 1 counter name meta mark map { 2 : \"c\" }");
	const char *unknown = ONE_OF("meta mark set tcp dport map { 22 : 1, 80 : 2 }",
				     "ct mark set ip saddr map { 10.0.0.0/8 : 1 }",
				     "meta mark set numgen inc mod 3 map { 0 : 1, 1 : 2 }",
				     "meta mark set tcp dport map @filled",
				     "limit name tcp dport map { 22 : \"l\" }");
	text_printf(&g->out, "\t\t%s %s\n", g->kernel || chance(60) ? line : unknown,
		    some_verdict(g));
	return true;
}

static bool add_set_update(struct generator *g)
{
	text_printf(&g->out, "\t\t%s %s\n",
		    g->inet && chance(40)
			    ? ONE_OF("add @seen6 { ip6 saddr }", "meta mark set 1 update @seen6 { "
								 "ip6 daddr }")
			    : ONE_OF("add @seen { ip saddr }", "update @seen { ip daddr }",
				     "delete @seen { ip saddr }",
				     "add @seen_pairs { ip saddr . tcp dport }",
				     "add @seen_pairs { ip saddr . udp sport }",
				     "meta mark set 1 add @seen { ip saddr }"),
		    some_verdict(g));
	return true;
}

static bool add_header_write(struct generator *g)
{
	text_printf(&g->out, "\t\t%s %s\n",
		    g->inet && chance(40)
			    ? ONE_OF("ip6 flowlabel set 5", "ip6 ecn set 1",
				     "meta mark set 2 ip6 flowlabel set 6")
			    : ONE_OF("ip ecn set 1", "ip id set 7",
				     "tcp option maxseg size set 1400",
				     "reset tcp option timestamp", "meta mark set 2 ip ecn set 1"),
		    some_verdict(g));
	return true;
}

static bool add_hash(struct generator *g)
{
	text_printf(&g->out, "\t\tmeta priority set %s mod 2 map { 0 : 1:2, 1 : 1:3 } %s\n",
		    g->inet && chance(40) ? "jhash ip6 saddr"
					  : ONE_OF("jhash ip saddr", "jhash ip saddr . tcp dport",
						   "jhash udp sport", "numgen inc", "symhash"),
		    some_verdict(g));
	return true;
}

static bool add_flow(struct generator *g)
{
	if (g->nat || g->shared || strcmp(g->hook, "forward"))
		return false;
	text_printf(&g->out, "\t\t%sflow add @fast %s\n",
		    ONE_OF("", "meta l4proto tcp ", "ct state established "), some_verdict(g));
	return true;
}

/* Tests of bits in each way that nft reads or lists them. */
static bool add_mask(struct generator *g)
{
	text_printf(&g->out, "\t\t%s %s\n",
		    ONE_OF("ct state new / new,invalid", "ct state & (new | invalid) == new",
			   "ct state & (established | related) != 0", "ct state & 0xa == 0x8",
			   "ct state != new / new,related", "ct state & (new | invalid) != invalid",
			   "meta mark & 0x3 == 0x1", "meta mark & 0xf0 != 0x10"),
		    some_verdict(g));
	return true;
}

static bool add_packet_type(struct generator *g)
{
	text_printf(&g->out, "\t\tmeta pkttype %s %s\n",
		    ONE_OF("host", "broadcast", "multicast", "!= host", "{ host, multicast }"),
		    some_verdict(g));
	return true;
}

static bool add_spelled_range(struct generator *g)
{
	text_printf(&g->out, "\t\t%s %s\n",
		    ONE_OF("meta length 0-0x64", "meta mark 0x0-2",
			   "ip saddr 10.0.0.0-10.255.255.255", "ip saddr & 255.0.0.0 == 10.0.0.0",
			   "th dport 22-http", "th dport 0x16", "th dport { domain, 80-80 }",
			   "ct state \"new\"", "ip ttl 1-63"),
		    some_verdict(g));
	return true;
}

/* All numbers are there, so one of them is taken; which one the kernel knows, so all say the same.
 */
static bool add_full_map(struct generator *g)
{
	const char *verdict = some_verdict(g), *other = g->kernel ? verdict : some_verdict(g);
	text_printf(&g->out, "\t\t%s%s vmap { 0 : %s, 1 : %s }\n",
		    ONE_OF("meta mark 1 ", "ip saddr 10.0.0.0/16 "),
		    ONE_OF("numgen inc mod 2", "numgen random mod 2", "jhash ip saddr mod 2"),
		    verdict, other);
	return true;
}

/* What an entry knows and a packet that has lost it does not, before a reset. */
static bool add_accept_of_entry(struct generator *g)
{
	if (g->nat || !strcmp(g->hook, "prerouting") || !strcmp(g->hook, "postrouting"))
		return false;
	text_printf(&g->out,
		    "\t\tmeta l4proto tcp %s accept\n\t\tmeta l4proto tcp %sreject with tcp "
		    "reset\n",
		    ONE_OF("ct direction reply", "ct direction original", "ct status assured",
			   "ct status & assured == 0", "ct state established ct direction reply",
			   "ct mark != 0", "ct mark 0"),
		    ONE_OF("", "tcp dport 80 ", "ct mark 0 ", "ct status assured "));
	return true;
}

static bool add_fragment_test(struct generator *g)
{
	text_printf(&g->out, "\t\t%s %s\n",
		    ONE_OF("ip frag-off & 0x1fff != 0", "ip frag-off & 0x1fff 0",
			   "ip frag-off & 8191 > 0", "meta l4proto udp ip frag-off & 0x1fff != 0",
			   "meta mark set 1 th dport 22", "th sport != 22",
			   "ip frag-off & 0x1fff == 0 udp dport 0-65535"),
		    some_verdict(g));
	return true;
}

static const char dormant_table[] = "table that is dormant";
static const char stateless_ruleset[] = "ruleset that sees fragments";
static const char woken_table[] = "table that was dormant";

/* One row for each class; a row's place has no meaning. Without a function: made by add_table(). */
/* What is let out without a test of the state is translated there, or some of it. */
static bool add_masquerade(struct generator *g)
{
	if (g->shared || strcmp(g->hook, g->nat ? "postrouting" : "forward"))
		return false;
	if (g->nat)
		text_printf(&g->out, "\t\t%smasquerade\n",
			    ONE_OF("oifname \"wan0\" ", "oifname != \"eth0\" ",
				   "ip saddr 10.0.0.0/8 oifname \"wan0\" "));
	else
		text_printf(&g->out, "\t\t%soifname \"wan0\" accept\n",
			    ONE_OF("iifname \"eth0\" ", ""));
	return true;
}

static const struct rule_class rule_classes[] = {
	{ "what is let out and masqueraded", FOR_FIXES, add_masquerade },
	{ "one field tested twice in a rule", FOR_ALL, add_repeated_test },
	{ "what only an entry knows, before a reset", FOR_ALL, add_accept_of_entry },
	{ "rate before a verdict", FOR_SETS | FOR_FIXES, add_rate },
	{ "notrack in any chain", FOR_ALL, add_notrack },
	{ "conntrack template", FOR_ALL, add_template },
	{ "test of an entry that is not there", FOR_ALL, add_test_without_entry },
	{ "bits under a mask", FOR_ALL, add_mask },
	{ "range spelled otherwise", FOR_ALL, add_spelled_range },
	{ dormant_table, FOR_ALL, NULL },
	{ woken_table, FOR_ALL, NULL },
	{ stateless_ruleset, FOR_ALL, NULL },
	{ "a test of fragments", FOR_ALL, add_fragment_test },
	{ "packets handed to a program", FOR_SETS | FOR_FIXES, add_queue },
	{ "a map in a statement", FOR_ALL, add_map },
	{ "a set that packets fill", FOR_ALL, add_set_update },
	{ "a write to a header", FOR_ALL, add_header_write },
	{ "a hash or a number as a key", FOR_ALL, add_hash },
	{ "a flowtable", FOR_SETS | FOR_FIXES, add_flow },
	{ "TTL of 255, 1 or 0", FOR_ALL, add_edge_of_ttl },
	{ "TTL written", FOR_ALL, add_ttl_write },
	{ "packet types", FOR_ALL, add_packet_type },
	{ "a map that holds every number", FOR_ALL, add_full_map },
};

static enum class_for generator_is_for(const struct generator *g)
{
	return g->kernel ? FOR_KERNEL : g->fixes ? FOR_FIXES : FOR_SETS;
}

/* Takes back what was added where it makes the kernel track connections; false: then. */
static bool keep(struct generator *g, size_t before)
{
	struct str added = { g->out.items + before, g->out.n - before };
	if (g->stateless && (str_contains(added, "\tct ") || str_contains(added, " ct ") ||
			     str_contains(added, "flow add")))
		g->out.n = before;
	return g->out.n > before;
}

static void add_class(struct generator *g)
{
	const struct rule_class *c = &rule_classes[random_below(ARRAY_SIZE(rule_classes))];
	size_t before = g->out.n;
	if ((c->what & generator_is_for(g)) && c->add && c->add(g) && keep(g, before))
		class_seen(c->name);
}

unsigned random_nft_classes(enum class_for what, const char **ret_names, unsigned max)
{
	unsigned n = 0;
	for (unsigned i = 0; i < ARRAY_SIZE(rule_classes) && n < max; i++)
		if (rule_classes[i].what & what)
			ret_names[n++] = rule_classes[i].name;
	return n;
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
			add_class(g);
		keep(g, line);
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
	keep(g, line);
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
		class_seen(woken ? woken_table : dormant_table);
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
		class_seen(stateless_ruleset);
	add_table(&g, ONE_OF("inet", "ip", "ip"), "a");
	if (chance(30))
		add_table(&g, ONE_OF("inet", "ip"), "b");
	return text_str(&g.out);
}
