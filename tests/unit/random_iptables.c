/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random iptables dumps: several tables, user chains, goto and RETURN, negations, marks.
 *
 * Over 500 lines: most of them are rows of rules to choose from, one class after the other.
 */
#include "property.h"

#include <stdio.h>

struct generator {
	struct text out;
	const char *table;
	const char *const *chains; /* the built-in ones */
	uint32_t n_chains;
	uint32_t n_user; /* user chains u0 … of this table; u_i jumps to u_j, j > i */
	bool fixes, kernel;
};

static void add_matches(struct generator *g, const char *chain)
{
	bool in = strcmp(chain, "OUTPUT") != 0 && strcmp(chain, "POSTROUTING") != 0;
	bool out = strcmp(chain, "INPUT") != 0 && strcmp(chain, "PREROUTING") != 0;
	struct text *t = &g->out;
	if (chance(25))
		text_printf(t, " %s-s %s", chance(20) ? "! " : "",
			    ONE_OF("10.0.0.0/8", "10.1.0.0/16", "192.0.2.10", "192.168.0.0/24",
				   g->kernel ? "10.0.0.1" : "10.0.0.1/255.0.0.255"));
	if (chance(20))
		text_printf(t, " %s-d %s", chance(20) ? "! " : "",
			    ONE_OF("10.0.0.0/8", "198.51.100.20", "192.168.0.0/16", "224.0.0.0/4"));
	if (in && chance(20))
		text_printf(t, " %s-i %s", chance(20) ? "! " : "",
			    ONE_OF("lo", "eth0", "eth+", "wan0", "e+"));
	if (chance(8))
		text_printf(t, " -m iprange %s--src-range %s", chance(20) ? "! " : "",
			    ONE_OF("10.0.0.1-10.0.0.6", "10.1.2.3-192.168.0.9"));
	if (out && chance(20))
		text_printf(t, " %s-o %s", chance(20) ? "! " : "",
			    ONE_OF("lo", "eth1", "eth+", "wan0"));
	if (chance(20))
		text_printf(t, " -m mark %s--mark %s", chance(30) ? "! " : "",
			    ONE_OF("1", "0x2/0x2", "0x10/0xf0", "0"));
	if (chance(8))
		text_printf(t, " -m connmark --mark %s", ONE_OF("1", "0x2/0x2"));
	if (!g->kernel && chance(8))
		text_printf(t, " -m limit --limit 5/min");
	if (chance(6))
		text_printf(t, " -m addrtype %s--%s-type LOCAL", chance(20) ? "! " : "",
			    ONE_OF("dst", "src"));
	if (chance(6))
		text_printf(t, " -m length --length 0:100");
	if (chance(6))
		text_printf(t, " -m ttl --ttl-lt %s", ONE_OF("10", "64"));
	if (chance(g->fixes ? 25 : 35))
		text_printf(t, " -m %s %s--%sstate %s", "conntrack", chance(15) ? "! " : "", "ct",
			    ONE_OF("ESTABLISHED,RELATED", "NEW", "INVALID", "INVALID,UNTRACKED",
				   "DNAT", "RELATED,DNAT", "NEW,ESTABLISHED"));
	if (chance(5))
		text_printf(t, " -m conntrack --ctstate %s --ctstatus ASSURED",
			    ONE_OF("INVALID", "NEW,INVALID"));
	if (chance(4))
		text_printf(t, " -m conntrack --ctdir REPLY");
}

static void add_protocol(struct generator *g, bool tcp)
{
	struct text *t = &g->out;
	if (tcp) {
		text_printf(t, " -p tcp");
		if (chance(30))
			text_printf(t, " %s--dport %s", chance(20) ? "! " : "",
				    ONE_OF("22", "80", "1024:", "40123"));
		if (chance(15))
			text_printf(t, " -m multiport %s--%s 22,80,1000:2000",
				    chance(20) ? "! " : "", ONE_OF("dports", "sports", "ports"));
		if (chance(15))
			text_printf(t, " %s",
				    ONE_OF("--syn", "! --syn", "--tcp-flags SYN,ACK SYN,ACK",
					   "! --tcp-flags FIN,SYN,RST,ACK SYN"));
	} else if (chance(15)) {
		text_printf(t, " -p udp --dport %s", ONE_OF("53", "123"));
	} else if (chance(8)) {
		text_printf(t, " -p icmp --icmp-type %s", ONE_OF("echo-request", "3/4", "any"));
	} else if (chance(6)) {
		text_printf(t, " ! -p %s", ONE_OF("tcp", "udp"));
	}
}

static void add_target(struct generator *g, const char *chain, uint32_t level, bool tcp)
{
	struct text *t = &g->out;
	bool filter = strcmp(g->table, "filter") == 0;
	(void)chain;
	if (chance(25) && level < g->n_user) {
		text_printf(t, " -%s u%u", chance(30) ? "g" : "j",
			    level + random_below(g->n_user - level));
		return;
	}
	uint32_t k = random_below(100);
	if (strcmp(g->table, "raw") == 0 && k < 15)
		text_printf(t, " -j CT --notrack");
	else if (strcmp(g->table, "nat") == 0)
		text_printf(t, " -j %s", k < 50 ? "ACCEPT" : "RETURN");
	else if (filter && tcp && k < 15)
		text_printf(t, " -j REJECT --reject-with tcp-reset");
	else if (filter && k < 22)
		text_printf(t, " -j REJECT");
	else if (k < 25)
		text_printf(t, " -j MARK --%s",
			    ONE_OF("set-mark 1", "set-xmark 0x2/0x2", "or-mark 0x10",
				   "and-mark 0xfe", "xor-mark 1"));
	else if (k < 27)
		text_printf(t, " -j CONNMARK --%s",
			    g->kernel ? "set-mark 1"
				      : ONE_OF("set-mark 1", "restore-mark", "save-mark"));
	else if (k < 38)
		text_printf(t, " -j LOG");
	else if (k < 48)
		text_printf(t, " -j RETURN");
	else if (k < 75)
		text_printf(t, " -j DROP");
	else
		text_printf(t, " -j ACCEPT");
}

static void begin_table(struct generator *g)
{
	text_printf(&g->out, "*%s\n", g->table);
	for (uint32_t i = 0; i < g->n_chains; i++)
		text_printf(&g->out, ":%s %s [0:0]\n", g->chains[i],
			    chance(40) && strcmp(g->table, "nat") ? "DROP" : "ACCEPT");
	for (uint32_t i = 0; i < g->n_user; i++)
		text_printf(&g->out, ":u%u - [0:0]\n", i);
}

/* ---- classes ---- */

struct rule_class {
	const char *name;
	unsigned what; /* enum class_for */
	/* Adds rules, whole lines,; false, and nothing added: not in this chain. */
	bool (*add)(struct generator *g, const char *chain);
};

static bool is_in(const struct generator *g, const char *table)
{
	return strcmp(g->table, table) == 0;
}

static const char *some_verdict(const struct generator *g)
{
	return is_in(g, "nat") ? ONE_OF("ACCEPT", "RETURN") : ONE_OF("ACCEPT", "DROP", "RETURN");
}

static bool add_repeated_test(struct generator *g, const char *chain)
{
	text_printf(&g->out, "-A %s -m mark --mark 1 -m mark ! --mark 2 -j %s\n", chain,
		    some_verdict(g));
	return true;
}

static bool add_template(struct generator *g, const char *chain)
{
	if (!is_in(g, "raw"))
		return false;
	text_printf(&g->out, "-A %s%s -j CT %s\n", chain,
		    ONE_OF(" -p tcp", " -p udp", " -s 10.0.0.0/8", ""),
		    g->kernel ? "--ctevents new"
			      : ONE_OF("--zone 1", "--ctevents new", "--zone mark"));
	return true;
}

/* What CONNMARK writes to a template stays for later packets. */
static bool add_marked_template(struct generator *g, const char *chain)
{
	if (!is_in(g, "raw"))
		return false;
	text_printf(&g->out, "-A %s%s -j CT --ctevents new\n", chain, ONE_OF("", " -p tcp"));
	text_printf(&g->out, "-A %s -m connmark %s--mark %s -j %s\n", chain, chance(30) ? "! " : "",
		    ONE_OF("0", "1", "0x2/0x2", "0x3"), some_verdict(g));
	if (chance(50))
		text_printf(&g->out,
			    "-A %s%s -j CONNMARK --restore-mark%s\n-A %s -m mark --mark %s -j %s\n",
			    chain, ONE_OF("", " -p udp"), ONE_OF("", " --mask 0x3"), chain,
			    ONE_OF("1", "0x2/0x2", "0"), some_verdict(g));
	text_printf(&g->out, "-A %s%s -j CONNMARK --%s\n", chain,
		    ONE_OF(" -p tcp", " -s 10.0.0.0/8", " -m connmark --mark 0", ""),
		    ONE_OF("set-mark 1", "set-xmark 0x2/0x2", "xor-mark 0x3", "save-mark"));
	return true;
}

static bool add_early_test(struct generator *g, const char *chain)
{
	if (!is_in(g, "raw"))
		return false;
	text_printf(&g->out, "-A %s -m %s -j %s\n", chain,
		    ONE_OF("conntrack --ctstate NEW", "conntrack ! --ctstate INVALID",
			   "state --state UNTRACKED", "conntrack --ctstatus CONFIRMED",
			   "conntrack ! --ctstatus ASSURED", "conntrack --ctdir ORIGINAL",
			   "conntrack --ctstate INVALID --ctdir REPLY", "connmark --mark 0",
			   "connmark ! --mark 0", "conntrack ! --ctstate DNAT",
			   "helper ! --helper ftp"),
		    some_verdict(g));
	return true;
}

static bool add_test_without_entry(struct generator *g, const char *chain)
{
	/* to a cluster of one node every connection belongs, and a template (with a warning of the
	 * kernel) */
	if (!is_in(g, "raw") && chance(50))
		text_printf(&g->out,
			    "-A %s -m cluster --cluster-total-nodes 1 %s--cluster-local-node 1 "
			    "--cluster-hash-seed 1 "
			    "-j %s\n",
			    chain, chance(50) ? "! " : "", some_verdict(g));
	else if (chance(50))
		text_printf(&g->out, "-A %s -m %s -j %s\n", chain,
			    ONE_OF("connbytes --connbytes 0: --connbytes-dir both --connbytes-mode "
				   "packets",
				   "connbytes ! --connbytes 0: --connbytes-dir both "
				   "--connbytes-mode packets"),
			    some_verdict(g));
	text_printf(&g->out, "-A %s -m %s -j %s\n", chain,
		    ONE_OF("helper --helper ftp", "helper ! --helper ftp", "connlabel --label 3",
			   "connlabel ! --label 3", "connmark ! --mark 7",
			   "conntrack --ctdir REPLY", "conntrack ! --ctstatus ASSURED",
			   "conntrack ! --ctstate DNAT", "state ! --state INVALID"),
		    some_verdict(g));
	return true;
}

/* What an entry knows and a packet that has lost it does not, before a reset. */
static bool add_accept_of_entry(struct generator *g, const char *chain)
{
	if (!is_in(g, "filter"))
		return false;
	text_printf(&g->out,
		    "-A %s -p tcp -m %s -j ACCEPT\n-A %s -p tcp%s -j REJECT --reject-with "
		    "tcp-reset\n",
		    chain,
		    ONE_OF("conntrack --ctdir REPLY", "conntrack --ctdir ORIGINAL",
			   "conntrack --ctstatus ASSURED", "conntrack ! --ctstatus ASSURED",
			   "conntrack --ctstate ESTABLISHED --ctdir REPLY", "connmark ! --mark 0",
			   "connmark --mark 0"),
		    chain,
		    ONE_OF("", " --dport 80", " -m connmark --mark 0",
			   " -m conntrack --ctstatus ASSURED"));
	return true;
}

static bool add_rate(struct generator *g, const char *chain)
{
	text_printf(&g->out, "-A %s -m %s -j %s\n", chain,
		    ONE_OF("limit --limit 5/min", "quota --quota 1000",
			   "statistic --mode nth --every 3 --packet 0",
			   "hashlimit --hashlimit-above 5/min --hashlimit-name h"),
		    some_verdict(g));
	return true;
}

/* Queues of different numbers: whether a program listens is known of each (trial.c). */
static bool add_queue(struct generator *g, const char *chain)
{
	if (is_in(g, "nat"))
		return false;
	text_printf(&g->out, "-A %s %s-j NFQUEUE %s\n", chain,
		    ONE_OF("-p tcp ", "-p tcp --dport 80 ", "-m conntrack --ctstate ESTABLISHED ",
			   "-m conntrack --ctstate INVALID ", "-s 10.0.0.0/8 ",
			   "-m mark --mark 1 "),
		    ONE_OF("--queue-num 0", "--queue-num 1 --queue-bypass",
			   "--queue-balance 2:3 --queue-bypass"));
	return true;
}

/* Values that a forwarded packet cannot have, or had before only. */
static bool add_edge_of_ttl(struct generator *g, const char *chain)
{
	text_printf(&g->out, "-A %s -m ttl %s -j %s\n", chain,
		    ONE_OF("--ttl-eq 255", "! --ttl-eq 255", "--ttl-gt 253", "--ttl-eq 254",
			   "--ttl-eq 0", "! --ttl-eq 0", "--ttl-lt 2", "--ttl-gt 0"),
		    some_verdict(g));
	return true;
}

static bool add_ttl_write(struct generator *g, const char *chain)
{
	if (!is_in(g, "mangle"))
		return false;
	text_printf(&g->out, "-A %s -m mark ! --mark 2 -j TTL --ttl-set %s\n", chain,
		    ONE_OF("0", "1", "2", "64", "255"));
	return true;
}

/* A range that ends before it begins holds nothing; its negation, everything. */
static bool add_reversed_range(struct generator *g, const char *chain)
{
	text_printf(&g->out, "-A %s %s -j %s\n", chain,
		    ONE_OF("-m length --length 90:50", "-m length ! --length 90:50",
			   "-p udp --dport 90:50", "-p udp ! --sport 40123:53",
			   "-m iprange ! --src-range 10.0.0.9-10.0.0.1"),
		    some_verdict(g));
	return true;
}

/* -D takes the rule out, however it is spelled. */
static bool add_deleted_rule(struct generator *g, const char *chain)
{
	static const char *const spelled[][2] = {
		{ "-p tcp -m tcp --dport 22 -j ACCEPT", "-j ACCEPT --protocol 6 --dport ssh" },
		{ "-s 10.0.0.0/8 -p tcp -j RETURN", "-p TCP --source 10.1.2.3/255.0.0.0 --jump "
						    "RETURN" },
		{ "-m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT", "-m conntrack --ctstate "
								      "EST,NEW -j ACCEPT" },
		{ "-p tcp --syn -j ACCEPT", "-p tcp --tcp-flags SYN,RST,ACK,FIN SYN -j ACCEPT" },
		{ "-j MARK --or-mark 1", "-j MARK --set-xmark 0x1/0x1" },
		{ "-p udp --dport 017 -j ACCEPT", "-p udp --dport 17 -j ACCEPT" },
		{ "-m time --weekdays Sat,Sun -j ACCEPT", "-m time ! --weekdays 1,2,3,4,5 -j "
							  "ACCEPT" },
		{ "-m u32 --u32 \"0=1\" -j ACCEPT", "-m u32 --u32 \"0 = 0x1:1\" -j ACCEPT" },
		{ "-m limit --limit 60/min -j ACCEPT", "-m limit --limit 1/s -j ACCEPT" },
		{ "-m string --string abc --algo bm -j ACCEPT", "-m string --algo bm --hex-string "
								"|61|bc -j ACCEPT" },
	};
	uint32_t i = random_below(sizeof(spelled) / sizeof(spelled[0]));
	text_printf(&g->out, "-A %s %s\n", chain, spelled[i][0]);
	if (chance(50))
		text_printf(&g->out, "-A %s -p udp --dport 53 -j %s\n", chain, some_verdict(g));
	text_printf(&g->out, "-D %s %s\n", chain, spelled[i][1]);
	return true;
}

/* A line of several addresses is several rules to the numbers of -I, -D and -R. */
static bool add_numbered(struct generator *g, const char *chain)
{
	static const char *const lines[] = { "-s 10.0.0.1,10.1.2.3",
					     "-d 198.51.100.20,192.168.0.5,10.0.0.1",
					     ("-s 10.0.0.1,192.0.2.10 -d "
					      "192.168.0.5,198.51.100.20") };
	static const unsigned rules[] = { 2, 3, 4 };
	uint32_t i = random_below(ARRAY_SIZE(rules)), at = 1 + random_below(rules[i]);
	text_printf(&g->out, "-I %s %s -j %s\n", chain, lines[i], some_verdict(g));
	switch (random_below(3)) {
	case 0: text_printf(&g->out, "-I %s %u -p tcp -j %s\n", chain, at, some_verdict(g)); break;
	case 1: text_printf(&g->out, "-D %s %u\n", chain, at); break;
	default:
		text_printf(&g->out,
			    "-A %s -s 10.0.0.1,192.0.2.10 -d 10.1.2.3,192.168.0.5 -m mark --mark 1 "
			    "-j ACCEPT\n",
			    chain);
		text_printf(&g->out,
			    "-D %s -d 192.168.0.5 -s 10.0.0.1 -m mark --mark 1 -j ACCEPT\n", chain);
	}
	return true;
}

/* A packet may meet two rules of one line: a mark is turned over twice, a chain is walked twice. */
static bool add_overlapping(struct generator *g, const char *chain)
{
	const char *both = ONE_OF("-s 10.0.0.0/8,10.0.0.1", "-d 192.168.0.5,192.168.0.0/16",
				  "-s 0/0,192.0.2.10",
				  "-s 10.0.0.1,192.0.2.10 -d "
				  "192.168.0.5,192.168.0.0/16,198.51.100.20");
	if (g->n_user && chain[0] != 'u' && chance(40)) {
		text_printf(&g->out,
			    "-I u0 -m mark --mark 0x1/0x1 -j %s\n-A u0 -j MARK --set-xmark "
			    "0x1/0x1\n",
			    some_verdict(g));
		text_printf(&g->out, "-%c %s %s -j u0\n", chance(50) ? 'A' : 'I', chain, both);
		return true;
	}
	text_printf(&g->out, "-%c %s %s -j %s\n", chance(50) ? 'A' : 'I', chain, both,
		    ONE_OF("MARK --xor-mark 1", "MARK --xor-mark 3", "CONNMARK --set-xmark 0x1/0x0",
			   "MARK --set-xmark 0x3/0x1"));
	text_printf(&g->out, "-A %s -m %s %s--mark 0x1/0x1 -j %s\n", chain,
		    ONE_OF("mark", "mark", "connmark"), chance(30) ? "! " : "", some_verdict(g));
	return true;
}

/* The second *table deletes the user chains and the rules of the first, with either loader. */
static bool add_second_section(struct generator *g, const char *chain)
{
	(void)chain;
	text_printf(&g->out, "COMMIT\n");
	begin_table(g);
	return true;
}

/* Marks that are copied in part, shifted, and tested afterwards. */
static bool add_copied_mark(struct generator *g, const char *chain)
{
	text_printf(&g->out, "-A %s%s -j CONNMARK --%s\n", chain,
		    ONE_OF("", " -p tcp", " -s 10.0.0.0/8"),
		    ONE_OF("save-mark", "restore-mark", "save-mark --mask 0xf",
			   "restore-mark --nfmask 0xff --ctmask 0x3",
			   "restore-mark --nfmask 0x3 --ctmask 0x3",
			   "save-mark --nfmask 0x12 --ctmask 0xf0", "set-xmark 0x5/0xf",
			   "set-mark 2 --mask 6"));
	if (chance(50))
		text_printf(&g->out, "-A %s -j CONNMARK --%s --%s-shift-mark %s\n", chain,
			    ONE_OF("save-mark", "restore-mark", "set-xmark 0x3/0x0", "or-mark 1"),
			    ONE_OF("left", "right"), ONE_OF("1", "4", "31"));
	text_printf(&g->out, "-A %s -m %s %s--mark %s -j %s\n", chain, ONE_OF("mark", "connmark"),
		    chance(30) ? "! " : "", ONE_OF("1", "0x2/0x2", "0x10/0xf0", "0x5", "0/0xf"),
		    some_verdict(g));
	return true;
}

/* iptables-nft-restore, which the test of the kernel loads with, flushes a chain that is declared
 * again. */
static bool add_redeclared(struct generator *g, const char *chain)
{
	if (!g->n_user || chain[0] == 'u')
		return false;
	text_printf(&g->out, "-A u0 -p udp --dport 53 -j %s\n-A u0 -p tcp -j %s\n:u0 - [0:0]\n",
		    some_verdict(g), some_verdict(g));
	text_printf(&g->out, "-A %s -j u0\n", chain);
	return true;
}

/* The command in any place and form. */
static bool add_command_form(struct generator *g, const char *chain)
{
	static const char *const forms[][2] = { { "-p udp --append=", "" },
						{ "-A", "" },
						{ "--app ", "" },
						{ "-vA ", "" },
						{ "-s 10.0.0.0/8 -A ", " -v" },
						{ "-p tcp -m tcp --syn -I ", "" },
						{ "--insert=", " 1" } };
	uint32_t i = random_below(ARRAY_SIZE(forms));
	text_printf(&g->out, "%s%s%s -j %s\n", forms[i][0], chain, forms[i][1], some_verdict(g));
	return true;
}

static bool add_packet_type(struct generator *g, const char *chain)
{
	text_printf(&g->out, "-A %s -m pkttype %s--pkt-type %s -j %s\n", chain,
		    chance(30) ? "! " : "", ONE_OF("unicast", "broadcast", "multicast"),
		    some_verdict(g));
	return true;
}

static bool add_recent_set(struct generator *g, const char *chain)
{
	text_printf(&g->out, "-A %s -s %s -m recent %s--set --name seen --rsource -j %s\n", chain,
		    ONE_OF("10.0.0.0/8", "192.0.2.10"), chance(30) ? "! " : "", some_verdict(g));
	return true;
}

/* No packet of the tests holds that string. */
static bool add_negated_twin(struct generator *g, const char *chain)
{
	text_printf(&g->out, "-A %s -p tcp -m string %s--string \"zzz\" --algo bm -j %s\n", chain,
		    chance(50) ? "! " : "", some_verdict(g));
	return true;
}

/* One row for each class; a row's place has no meaning. */
/* What is let out without a test of the state is translated there, or some of it. */
static bool add_masquerade(struct generator *g, const char *chain)
{
	static const char *const out[] = { "-o wan0 ", "-s 10.0.0.0/8 -o wan0 ", "! -o eth0 ",
					   "-p tcp -o wan0 " };
	if (is_in(g, "filter") && strcmp(chain, "FORWARD") == 0)
		text_printf(&g->out, "-A FORWARD %s-o wan0 -j ACCEPT\n",
			    ONE_OF("-i eth0 ", "-s 10.1.0.0/16 ", ""));
	else if (is_in(g, "nat") && strcmp(chain, "POSTROUTING") == 0)
		text_printf(&g->out, "-A POSTROUTING %s-j MASQUERADE\n",
			    out[random_below(ARRAY_SIZE(out))]);
	else
		return false;
	return true;
}

static const struct rule_class rule_classes[] = {
	{ "what is let out and masqueraded", FOR_FIXES, add_masquerade },
	{ "one field tested twice in a rule", FOR_ALL, add_repeated_test },
	{ "what only an entry knows, before a reset", FOR_ALL, add_accept_of_entry },
	{ "rate before a verdict", FOR_SETS | FOR_FIXES, add_rate },
	{ "conntrack template", FOR_ALL, add_template },
	{ "a mark in a template", FOR_ALL, add_marked_template },
	{ "test of conntrack before conntrack", FOR_ALL, add_early_test },
	{ "test of an entry that is not there", FOR_ALL, add_test_without_entry },
	{ "packets handed to a program", FOR_ALL, add_queue },
	{ "TTL of 255, 1 or 0", FOR_ALL, add_edge_of_ttl },
	{ "TTL written", FOR_ALL, add_ttl_write },
	{ "a range that ends before it begins", FOR_ALL, add_reversed_range },
	{ "a rule deleted in another spelling", FOR_ALL, add_deleted_rule },
	{ "numbers of rules where a line is several", FOR_ALL, add_numbered },
	{ "a chain that is declared again", FOR_ALL, add_redeclared },
	{ "marks copied in part", FOR_ALL, add_copied_mark },
	{ "a table that is begun again", FOR_ALL, add_second_section },
	{ "a line of which a packet meets two rules", FOR_ALL, add_overlapping },
	{ "a command in another form or place", FOR_ALL, add_command_form },
	{ "packet types", FOR_ALL, add_packet_type },
	{ "recent --set", FOR_ALL, add_recent_set },
	{ "an opaque match and its negation", FOR_ALL, add_negated_twin },
};

static enum class_for generator_is_for(const struct generator *g)
{
	return g->kernel ? FOR_KERNEL : g->fixes ? FOR_FIXES : FOR_SETS;
}

static void add_class(struct generator *g, const char *chain)
{
	const struct rule_class *c = &rule_classes[random_below(ARRAY_SIZE(rule_classes))];
	if ((c->what & generator_is_for(g)) && c->add(g, chain))
		class_seen(c->name);
}

unsigned random_iptables_classes(enum class_for what, const char **ret_names, unsigned max)
{
	unsigned n = 0;
	for (unsigned i = 0; i < ARRAY_SIZE(rule_classes) && n < max; i++)
		if (rule_classes[i].what & what)
			ret_names[n++] = rule_classes[i].name;
	return n;
}

static void add_rules(struct generator *g, const char *chain, uint32_t level)
{
	uint32_t n = random_below(level ? 5 : 8);
	if (g->fixes && !level && strcmp(g->table, "filter") == 0 && chance(80))
		text_printf(&g->out,
			    "-A %s%s -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n", chain,
			    chance(15) ? " -m iprange --src-range 10.0.0.1-10.0.0.6" : "");
	for (uint32_t i = 0; i < n; i++) {
		bool tcp = chance(40);
		if (chance(is_in(g, "raw") ? 60 : 20))
			add_class(g, chain);
		text_printf(&g->out, "-A %s", chain);
		add_protocol(g, tcp);
		add_matches(g, chain);
		add_target(g, chain, level, tcp);
		text_printf(&g->out, "\n");
	}
	if (g->fixes && !level && strcmp(g->table, "filter") == 0 && chance(60))
		text_printf(&g->out, "-A %s -p tcp -j REJECT --reject-with tcp-reset\n", chain);
}

static void add_table(struct generator *g, const char *name, const char *const *chains, uint32_t n)
{
	g->table = name;
	g->chains = chains;
	g->n_chains = n;
	g->n_user = random_below(4);
	begin_table(g);
	for (uint32_t i = 0; i < n; i++)
		add_rules(g, chains[i], 0);
	for (uint32_t i = 0; i < g->n_user; i++) {
		char user[16];
		snprintf(user, sizeof(user), "u%u", i);
		add_rules(g, user, i + 1);
	}
	text_printf(&g->out, "COMMIT\n");
}

struct str random_iptables_ruleset(struct arena *a, bool fixes, bool kernel)
{
	static const char *const filter[] = { "INPUT", "FORWARD", "OUTPUT" };
	static const char *const mangle[] = { "PREROUTING", "INPUT", "FORWARD", "OUTPUT",
					      "POSTROUTING" };
	static const char *const nat[] = { "PREROUTING", "INPUT", "OUTPUT", "POSTROUTING" };
	static const char *const raw[] = { "PREROUTING", "OUTPUT" };
	struct generator g = { .out = { .arena = a }, .fixes = fixes, .kernel = kernel };
	if (chance(35))
		add_table(&g, "raw", raw, 2);
	if (chance(35))
		add_table(&g, "mangle", mangle, 5);
	if (chance(25))
		add_table(&g, "nat", nat, 4);
	add_table(&g, "filter", filter, 3);
	/* security runs at 50 with iptables-legacy and at 150 with iptables-nft: on either side of
	 * nat INPUT */
	if (chance(15) && !kernel)
		add_table(&g, "security", filter, 3);
	return text_str(&g.out);
}
