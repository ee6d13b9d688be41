/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What not every kernel and tool has that is still in use, and since when. Commits of Linux and of
 * iptables are named by their subjects (git log --grep); the version is the first one behind the
 * commit. A version of nft is the first release whose src/scanner.l, src/parser_bison.y and doc/
 * have it.
 */
#include <fwlint/model_feature.h>

#include <stdlib.h>

// clang-format off
#define LINUX(major, minor) VERSION(major, minor, 0)
#define NFT(major, minor, patch) VERSION(major, minor, patch)
#define ANY 0

const struct feature feature_table[] = {
	{ FEATURE_CHAIN, "inet nat", "a chain of type nat in a table of inet", LINUX(5, 2), NFT(0, 9, 1),
	  "Linux: netfilter: nat: add inet family nat support" },
	{ FEATURE_CHAIN, "inet ingress", "hook ingress in a table of inet", LINUX(5, 10), NFT(0, 9, 7),
	  "Linux: netfilter: nf_tables: add inet ingress support" },
	{ FEATURE_CHAIN, "netdev egress", "hook egress", LINUX(5, 16), NFT(1, 0, 1),
	  "Linux: netfilter: Introduce egress hook" },
	{ FEATURE_CHAIN, "anonymous", "a chain in braces behind jump or goto", LINUX(5, 9), NFT(0, 9, 7),
	  "Linux: netfilter: nf_tables: add NFT_CHAIN_BINDING" },
	{ FEATURE_SELECTOR, "meta time", "meta time", LINUX(5, 4), NFT(0, 9, 3),
	  "Linux: netfilter: nft_meta: support for time matching" },
	{ FEATURE_SELECTOR, "meta day", "meta day", LINUX(5, 4), NFT(0, 9, 3),
	  "Linux: netfilter: nft_meta: support for time matching" },
	{ FEATURE_SELECTOR, "meta hour", "meta hour", LINUX(5, 4), NFT(0, 9, 3),
	  "Linux: netfilter: nft_meta: support for time matching" },
	{ FEATURE_SELECTOR, "meta sdif", "meta sdif", LINUX(5, 6), NFT(0, 9, 4),
	  "Linux: netfilter: nft_meta: add support for slave device ifindex matching" },
	{ FEATURE_SELECTOR, "meta sdifname", "meta sdifname", LINUX(5, 6), NFT(0, 9, 4),
	  "Linux: netfilter: nft_meta: add support for slave device ifindex matching" },
	{ FEATURE_SELECTOR, "socket cgroupv2", "socket cgroupv2", LINUX(5, 13), NFT(0, 9, 9),
	  "Linux: netfilter: nft_socket: add support for cgroupsv2" },
	{ FEATURE_SELECTOR, "socket wildcard", "socket wildcard", LINUX(5, 10), NFT(0, 9, 7),
	  "Linux: netfilter: nft_socket: add wildcard support" },
	{ FEATURE_SELECTOR, "socket", "socket", LINUX(4, 18), NFT(0, 9, 0),
	  "Linux: netfilter: nf_tables: add support for native socket matching" },
	{ FEATURE_SELECTOR, "osf", "osf", LINUX(4, 19), NFT(0, 9, 1),
	  "Linux: netfilter: nf_tables: implement Passive OS fingerprint module in nft_osf" },
	{ FEATURE_SELECTOR, "ipsec", "ipsec", LINUX(4, 20), NFT(0, 9, 1),
	  "Linux: netfilter: nf_tables: add xfrm expression" },
	{ FEATURE_STATEMENT, "synproxy", "synproxy", LINUX(5, 3), NFT(0, 9, 2),
	  "Linux: netfilter: nf_tables: Add synproxy support" },
	{ FEATURE_STATEMENT, "tproxy", "tproxy", LINUX(4, 19), NFT(0, 9, 1),
	  "Linux: netfilter: nf_tables: Add native tproxy support" },
	{ FEATURE_STATEMENT, "flow", "flow", LINUX(4, 16), NFT(0, 8, 4),
	  "Linux: netfilter: nf_tables: flow offload expression" },
	{ FEATURE_STATEMENT, "flow add", "'flow add' ('flow offload' is older)", ANY, NFT(0, 9, 1),
	  "nft: src/parser_bison.y, meter_stmt: FLOW ADD AT" },
	{ FEATURE_SET, "catch-all", "the element '*'", LINUX(5, 13), NFT(0, 9, 9),
	  "Linux: netfilter: nftables: add catch-all set element support" },
	{ FEATURE_SET, "concatenated intervals", "a set of intervals whose key has several parts",
	  LINUX(5, 6), NFT(0, 9, 4),
	  "Linux: netfilter: nf_tables: Support for sets with multiple ranged fields" },
	{ FEATURE_SET, "anonymous concatenated intervals", "intervals in braces whose key has several parts",
	  LINUX(5, 6), NFT(0, 9, 5),
	  "Linux: netfilter: nf_tables: Support for sets with multiple ranged fields; "
	  "nft: implicit_set_declaration() calls set_evaluate()" },
	{ FEATURE_OBJECT, "flowtable", "a flowtable", LINUX(4, 16), NFT(0, 8, 4),
	  "Linux: netfilter: nf_tables: add flow table netlink frontend" },
	{ FEATURE_OBJECT, "ct timeout", "ct timeout", LINUX(4, 19), NFT(0, 9, 1),
	  "Linux: netfilter: nft_ct: add ct timeout support" },
	{ FEATURE_OBJECT, "ct expectation", "ct expectation", LINUX(5, 3), NFT(0, 9, 2),
	  "Linux: netfilter: nft_ct: add ct expectations support" },
	{ FEATURE_OBJECT, "secmark", "secmark", LINUX(4, 20), NFT(0, 9, 1),
	  "Linux: netfilter: nf_tables: add SECMARK support" },
	{ FEATURE_OBJECT, "synproxy", "a named synproxy", LINUX(5, 4), NFT(0, 9, 3),
	  "Linux: netfilter: nft_synproxy: add synproxy stateful object support" },
	{ FEATURE_COMMAND, "destroy", "'destroy'", LINUX(6, 3), NFT(1, 0, 7),
	  "Linux: netfilter: nf_tables: add support to destroy operation" },
	{ FEATURE_EXTENSION, "cgroup", "-m cgroup", LINUX(3, 14), VERSION(1, 6, 0),
	  "iptables-extensions(8), cgroup: since Linux 3.14; "
	  "iptables: add libxt_cgroup frontend" },
	{ FEATURE_EXTENSION, "cpu", "-m cpu", VERSION(2, 6, 36), VERSION(1, 4, 10),
	  "iptables-extensions(8), cpu: since Linux 2.6.36; "
	  "extension: add xt_cpu match" },
	{ FEATURE_OPTION, "NFQUEUE --queue-cpu-fanout", "--queue-cpu-fanout",
	  LINUX(3, 10), VERSION(1, 4, 20),
	  "iptables-extensions(8), NFQUEUE: since Linux 3.10; "
	  "extensions: libxt_NFQUEUE: add --queue-cpu-fanout parameter" },
	{ FEATURE_OPTION, "SNAT --random-fully", "SNAT --random-fully", LINUX(3, 14), VERSION(1, 6, 0),
	  "Linux: netfilter: nf_nat: add full port randomization support; "
	  "iptables: snat: add randomize-full support" },
	{ FEATURE_OPTION, "MASQUERADE --random-fully", "MASQUERADE --random-fully",
	  LINUX(3, 14), VERSION(1, 6, 2),
	  "Linux: netfilter: nf_nat: add full port randomization support "
	  "(iptables-extensions(8): 3.13); iptables: kubernetes/kubernetes#78547" },
	{ FEATURE_EXTENSION, NULL, NULL, 0, 0, NULL },
};
// clang-format on

const struct feature *feature_find(enum feature_kind kind, struct str name)
{
	for (const struct feature *f = feature_table; f->name; f++)
		if (f->kind == kind && str_is(name, f->name))
			return f;
	return NULL;
}

const struct feature *feature_find_option(const char *extension, const char *option)
{
	size_t n = strlen(extension);
	for (const struct feature *f = feature_table; f->name; f++)
		if (f->kind == FEATURE_OPTION && strncmp(f->name, extension, n) == 0 &&
		    strncmp(f->name + n, " --", 3) == 0 && strcmp(f->name + n + 3, option) == 0)
			return f;
	return NULL;
}

/* A number of one part; its end, or NULL. */
static const char *read_part(const char *p, uint32_t *ret)
{
	char *end;
	unsigned long v = *p >= '0' && *p <= '9' ? strtoul(p, &end, 10) : 1024;
	if (v > 1023)
		return NULL;
	*ret = (uint32_t)v;
	return end;
}

bool version_read(const char *text, uint32_t *ret)
{
	uint32_t part[3] = { 0 };
	const char *p = text;
	for (unsigned i = 0; i < 3; i++) {
		p = read_part(p, &part[i]);
		if (!p)
			return false;
		if (*p != '.' || i == 2)
			break;
		p++;
	}
	if (p == text || (*p && !strchr("-+.~", *p)))
		return false;
	*ret = VERSION(part[0], part[1], part[2]);
	return *ret;
}

const char *version_words(uint32_t version, struct arena *a)
{
	uint32_t patch = version & 1023;
	const char *words = arena_printf(a, "%u.%u", version >> 20, version >> 10 & 1023);
	return patch ? arena_printf(a, "%s.%u", words, patch) : words;
}

static const char *const names[N_PROGRAMS] = {
	[PROGRAM_KERNEL] = "Linux",
	[PROGRAM_NFT] = "nft",
	[PROGRAM_LEGACY] = "iptables-legacy",
	[PROGRAM_IPTABLES_NFT] = "iptables-nft",
};

const char *program_name(enum program p)
{
	return names[p];
}

bool program_find(struct str name, enum program *ret)
{
	for (unsigned i = PROGRAM_NFT; i < N_PROGRAMS; i++)
		if (str_is(name, names[i])) {
			*ret = (enum program)i;
			return true;
		}
	return false;
}
