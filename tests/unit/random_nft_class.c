/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The classes of rules of random nft rulesets. */
#include "random_nft.h"

struct rule_class {
	const char *name;
	unsigned what; /* enum class_for */
	/* Adds rules, each line with two tabs before it; false, and nothing added: not in this
	 * chain. NULL: random_nft.c makes it. */
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

static bool add_many_marks(struct generator *g)
{
	unsigned n = 60 + random_below(40);
	text_printf(&g->out, "\t\tmeta mark %s{ 1", ONE_OF("", "!= "));
	for (unsigned i = 1; i < n; i++)
		text_printf(&g->out, ", %u", 1 + i * 3);
	text_printf(&g->out, " } %s\n", some_verdict(g));
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

const char class_dormant_table[] = "table that is dormant";
const char class_stateless_ruleset[] = "ruleset that sees fragments";
const char class_woken_table[] = "table that was dormant";

/* One row for each class; a row's place has no meaning. */
static const struct rule_class rule_classes[] = {
	{ "what is let out and masqueraded", FOR_FIXES, add_masquerade },
	{ "one field tested twice in a rule", FOR_ALL, add_repeated_test },
	{ "what only an entry knows, before a reset", FOR_ALL, add_accept_of_entry },
	{ "rate before a verdict", FOR_SETS | FOR_FIXES, add_rate },
	{ "notrack in any chain", FOR_ALL, add_notrack },
	{ "conntrack template", FOR_ALL, add_template },
	{ "test of an entry that is not there", FOR_ALL, add_test_without_entry },
	{ "bits under a mask", FOR_ALL, add_mask },
	{ "many marks", FOR_ALL, add_many_marks },
	{ "range spelled otherwise", FOR_ALL, add_spelled_range },
	{ class_dormant_table, FOR_ALL, NULL },
	{ class_woken_table, FOR_ALL, NULL },
	{ class_stateless_ruleset, FOR_ALL, NULL },
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

bool random_nft_keep(struct generator *g, size_t before)
{
	struct str added = { g->out.items + before, g->out.n - before };
	if (g->stateless && (str_contains(added, "\tct ") || str_contains(added, " ct ") ||
			     str_contains(added, "flow add")))
		g->out.n = before;
	return g->out.n > before;
}

void random_nft_add_class(struct generator *g)
{
	const struct rule_class *c = &rule_classes[random_below(ARRAY_SIZE(rule_classes))];
	size_t before = g->out.n;
	if ((c->what & generator_is_for(g)) && c->add && c->add(g) && random_nft_keep(g, before))
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
