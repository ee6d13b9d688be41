/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rulesets with nat chains, and filter chains that ask for the addresses and ports before and
 * behind them. Every test is one whose answer is known of each packet of the test.
 */
#include "random_translation.h"

struct maker {
	struct text out;
	bool nft, v6;
};

static const char *address(const struct maker *m)
{
	return m->v6 ? ONE_OF("fd00:a::1", "fd00:a::2", "fd00:b::1", "fd00:b::2", "fd00:d::1",
			      "fd00:c::1", "fd00:a::77", "fd00:b::77")
		     : ONE_OF("10.0.0.1", "10.1.2.3", "192.168.0.5", "198.51.100.20", "192.0.2.10",
			      "203.0.113.1", "10.0.0.77", "192.168.0.77", "8.8.8.8");
}

static const char *net(const struct maker *m)
{
	return m->v6 ? ONE_OF("fd00:a::/64", "fd00:b::/64", "fd00:c::1/128", "fd00::/16")
		     : ONE_OF("10.0.0.0/8", "192.168.0.0/16", "203.0.113.1/32", "192.0.2.0/24",
			      "198.51.100.0/24", "8.0.0.0/6");
}

static const char *port(void)
{
	return ONE_OF("22", "53", "80", "443", "8080", "123");
}

static const char *wire(void)
{
	return ONE_OF("eth0", "eth1", "wan0");
}

static bool has_in(const char *hook)
{
	return hook[0] != 'o' && strcmp(hook, "postrouting") != 0;
}

static bool has_out(const char *hook)
{
	return strcmp(hook, "prerouting") != 0 && strcmp(hook, "input") != 0;
}

/* Tests; `ports`: the protocol is said. */
static void add_tests(struct maker *m, const char *hook, bool ports)
{
	struct text *t = &m->out;
	const char *ip = m->v6 ? "ip6" : "ip";
	if (has_in(hook) && chance(20))
		text_printf(t, m->nft ? "iifname \"%s\" " : "-i %s ", wire());
	if (has_out(hook) && chance(20))
		text_printf(t, m->nft ? "oifname \"%s\" " : "-o %s ", wire());
	if (chance(20))
		m->nft ? text_printf(t, "%s saddr %s ", ip, net(m))
		       : text_printf(t, "-s %s ", net(m));
	if (chance(35))
		m->nft ? text_printf(t, "%s daddr %s ", ip, chance(50) ? net(m) : address(m))
		       : text_printf(t, "-d %s ", chance(50) ? net(m) : address(m));
	if (ports || chance(30)) {
		const char *proto = ONE_OF("tcp", "tcp", "udp");
		if (m->nft)
			chance(60) ? text_printf(t, "%s dport { %s, %s } ", proto, port(), "9999")
				   : text_printf(t, "meta l4proto %s ", proto);
		else
			text_printf(t, "-p %s %s%s ", proto,
				    chance(60) ? "--dport " : "-m comment --comment ", port());
	}
}

/* ---- translations ---- */

static void add_range(struct maker *m, bool brackets)
{
	const char *prefix = m->v6 ? ONE_OF("fd00:a::", "fd00:b::")
				   : ONE_OF("10.0.0.", "192.168.0.");
	unsigned from = 1 + random_below(20), n = random_below(30);
	if (m->v6)
		text_printf(&m->out, brackets ? "[%s%x]-[%s%x]" : "%s%x-%s%x", prefix, from, prefix,
			    from + n);
	else
		text_printf(&m->out, "%s%u-%s%u", prefix, from, prefix, from + n);
}

static void add_address(struct maker *m, bool with_port)
{
	bool brackets = m->v6 && with_port;
	if (chance(35))
		add_range(m, brackets && m->nft);
	else
		text_printf(&m->out, brackets ? "[%s]" : "%s", address(m));
}

static void add_map(struct maker *m)
{
	text_printf(&m->out, "%s daddr map { %s : %s", m->v6 ? "ip6" : "ip",
		    m->v6 ? "fd00:a::1" : "10.0.0.1", address(m));
	text_printf(&m->out, ", %s : %s } ", m->v6 ? "fd00:c::1" : "203.0.113.1", address(m));
}

static void add_ports(struct maker *m, bool source)
{
	if (source)
		text_printf(&m->out, ":%s", ONE_OF("20000-40000", "1024-65535"));
	else
		text_printf(&m->out, ":%s", ONE_OF("80", "8080", "22", "70-90", "1000-2000"));
}

static void nft_translation(struct maker *m, bool source, bool at_input)
{
	bool ports = chance(40), to_self = chance(35) && !at_input;
	add_tests(m, source ? (at_input ? "input" : "postrouting") : "prerouting", ports);
	if (to_self) {
		text_printf(&m->out, source ? "masquerade" : "redirect");
		if (ports)
			text_printf(&m->out, " to ");
	} else if (chance(20)) {
		text_printf(&m->out, source ? "snat to " : "dnat to ");
		add_map(m);
		text_printf(&m->out, "\n");
		return;
	} else {
		text_printf(&m->out, source ? "snat to " : "dnat to ");
		add_address(m, ports);
	}
	if (ports)
		add_ports(m, source);
	if (!to_self && chance(30))
		text_printf(&m->out, " persistent");
	text_printf(&m->out, "\n");
}

static void iptables_translation(struct maker *m, const char *chain, bool source)
{
	const char *hook = source ? (chain[0] == 'I' ? "input" : "postrouting")
				  : (chain[0] == 'O' ? "output" : "prerouting");
	bool ports = chance(40);
	text_printf(&m->out, "-A %s ", chain);
	add_tests(m, hook, ports);
	if (chance(15)) {
		text_printf(&m->out, "-j NETMAP --to %s\n",
			    m->v6 ? "fd00:b::/64" : "192.168.0.0/24");
		return;
	}
	if (chance(35) && chain[0] != 'I') {
		text_printf(&m->out, source ? "-j MASQUERADE\n" : "-j REDIRECT");
		if (!source)
			text_printf(&m->out, ports ? " --to-ports %s\n" : "\n",
				    ONE_OF("80", "8080", "70-90"));
		return;
	}
	text_printf(&m->out, source ? "-j SNAT --to-source " : "-j DNAT --to-destination ");
	if (m->v6 && ports)
		text_printf(&m->out, "[%s]", address(m));
	else
		add_address(m, false);
	if (ports)
		add_ports(m, source);
	if (chance(30))
		text_printf(&m->out, " --persistent");
	text_printf(&m->out, "\n");
}

/* ---- chains ---- */

static void add_filters(struct maker *m, const char *hook, const char *chain)
{
	for (uint32_t n = 1 + random_below(4); n; n--) {
		const char *verdict = ONE_OF("accept", "drop", "", "");
		if (!m->nft)
			text_printf(&m->out, "-A %s ", chain);
		add_tests(m, hook, false);
		if (m->nft)
			text_printf(&m->out, "counter %s\n", verdict);
		else
			text_printf(&m->out, "%s%s\n", *verdict ? "-j " : "",
				    *verdict == 'a' ? "ACCEPT"
				    : *verdict      ? "DROP"
						    : "");
	}
}

static void nft_chain(struct maker *m, const char *type, const char *hook, const char *priority)
{
	static unsigned number;
	text_printf(&m->out, "chain c%u { type %s hook %s priority %s;\n", number++ % 100, type,
		    hook, priority);
	bool source = strcmp(hook, "postrouting") == 0 || strcmp(hook, "input") == 0;
	for (uint32_t n = 1 + random_below(3); strcmp(type, "nat") == 0 && n; n--)
		nft_translation(m, source, strcmp(hook, "input") == 0);
	if (strcmp(type, "nat") != 0)
		add_filters(m, hook, "");
	text_printf(&m->out, "}\n");
}

static void nft_ruleset(struct maker *m)
{
	static const char *const hooks[] = { "prerouting", "input", "forward", "output",
					     "postrouting" };
	text_printf(&m->out, "table %s t {\n", m->v6 ? "ip6" : "ip");
	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++) {
		bool source = i == 1 || i == 4;
		if (i != 2 && chance(i == 1 ? 25 : 70))
			nft_chain(m, "nat", hooks[i],
				  source ? ONE_OF("100", "110", "90")
					 : ONE_OF("-100", "-90", "-110"));
		if (i != 2 && chance(20))
			nft_chain(m, "nat", hooks[i], source ? "105" : "-105");
		if (chance(60))
			nft_chain(m, "filter", hooks[i],
				  ONE_OF("0", "-150", "-95", "95", "-101", "101", "150"));
	}
	text_printf(&m->out, "}\n");
}

static void iptables_ruleset(struct maker *m)
{
	static const char *const nat[] = { "PREROUTING", "INPUT", "OUTPUT", "POSTROUTING" };
	static const char *const filter[] = { "INPUT", "FORWARD", "OUTPUT" };
	static const char *const filter_hooks[] = { "input", "forward", "output" };
	static const char *const mangle[] = { "PREROUTING", "POSTROUTING" };
	text_printf(&m->out, "*mangle\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n");
	for (size_t i = 0; i < ARRAY_SIZE(mangle); i++)
		add_filters(m, i ? "postrouting" : "prerouting", mangle[i]);
	text_printf(&m->out, "COMMIT\n*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT "
			     "ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n");
	for (size_t i = 0; i < ARRAY_SIZE(nat); i++)
		for (uint32_t n = random_below(i == 1 ? 2 : 4); n; n--)
			iptables_translation(m, nat[i], i == 1 || i == 3);
	text_printf(&m->out,
		    "COMMIT\n*filter\n:INPUT ACCEPT [0:0]\n:FORWARD %s [0:0]\n:OUTPUT ACCEPT "
		    "[0:0]\n",
		    chance(30) ? "DROP" : "ACCEPT");
	for (size_t i = 0; i < ARRAY_SIZE(filter); i++)
		add_filters(m, filter_hooks[i], filter[i]);
	text_printf(&m->out, "COMMIT\n");
}

struct str random_translation(struct arena *a, bool nft, bool v6)
{
	struct maker m = { .out = { .arena = a }, .nft = nft, .v6 = v6 };
	if (nft)
		nft_ruleset(&m);
	else
		iptables_ruleset(&m);
	return text_str(&m.out);
}
