/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Features that some kernels or tools still in use lack, and since when the others have them. Above
 * each row are its sources. Linux: a commit by its hash or its subject, and the month in which it
 * was committed; the version is the first one whose merge window opened after that. "wiki" is "List
 * of updates since Linux kernel 3.13" of wiki.nftables.org. nft, iptables: a commit of their
 * repositories, looked up with git; the version is the first tag, or release, that has it. ANY:
 * every version that matters has it, or the version is not known.
 */
#include <fwlint/model_feature.h>

#include <stdlib.h>

// clang-format off
#define LINUX(major, minor) VERSION(major, minor, 0)
#define NFT(major, minor, patch) VERSION(major, minor, patch)
#define ANY 0

static const struct feature feature_table[] = {
	/* Linux d164385ec572, 2019-04: netfilter: nat: add inet family nat support; nft fbe27464 */
	{ FEATURE_CHAIN, "inet nat", "a chain of type nat in a table of inet", LINUX(5, 2), NFT(0, 9, 1) },
	/* Linux d3519cb89f6d, 2020-10: netfilter: nf_tables: add inet ingress support; nft b4775dec */
	{ FEATURE_CHAIN, "inet ingress", "hook ingress in a table of inet", LINUX(5, 10), NFT(0, 9, 7) },
	/* Linux, 2021-10: netfilter: Introduce egress hook; wiki: 5.16; nft 510c4fad */
	{ FEATURE_CHAIN, "netdev egress", "hook egress", LINUX(5, 16), NFT(1, 0, 1) },
	/* Linux d0e2c7de92c7, 2020-07: netfilter: nf_tables: add NFT_CHAIN_BINDING; nft: notes of 0.9.7 */
	{ FEATURE_CHAIN, "anonymous", "a chain in braces behind jump or goto", LINUX(5, 9), NFT(0, 9, 7) },
	/* nft c8a0e8c9: src: Set/print standard chain prios with textual names */
	{ FEATURE_CHAIN, "priority name", "the name of a priority (its number is older)", ANY, NFT(0, 9, 1) },
	/* nft 702ac2b7, 293c9b11, c156232a, f8b1bc9d, 0864c2d4: src: add comment support for chains … */
	{ FEATURE_CHAIN, "comment", "the comment of a table, chain, set, map or object", ANY, NFT(0, 9, 7) },
	/* Linux, 2019-10: netfilter: nf_tables: support for multiple devices per netdev hook; nft 0.9.3:
	 * src/parser_bison.y, dev_spec */
	{ FEATURE_CHAIN, "several devices", "a chain with several devices", LINUX(5, 5), NFT(0, 9, 3) },
	/* Linux 63d10e12b00d, 2019-08: netfilter: nft_meta: support for time matching; nft f8f32ded */
	{ FEATURE_SELECTOR, "meta time", "meta time", LINUX(5, 4), NFT(0, 9, 3) },
	/* Linux 63d10e12b00d, 2019-08: netfilter: nft_meta: support for time matching; nft f8f32ded */
	{ FEATURE_SELECTOR, "meta day", "meta day", LINUX(5, 4), NFT(0, 9, 3) },
	/* Linux 63d10e12b00d, 2019-08: netfilter: nft_meta: support for time matching; nft f8f32ded */
	{ FEATURE_SELECTOR, "meta hour", "meta hour", LINUX(5, 4), NFT(0, 9, 3) },
	/* Linux c14ceb0ec727, 2019-12: netfilter: nft_meta: add support for slave device ifindex matching;
	 * nft 09fcaafc */
	{ FEATURE_SELECTOR, "meta sdif", "meta sdif", LINUX(5, 6), NFT(0, 9, 4) },
	/* Linux c14ceb0ec727, 2019-12: netfilter: nft_meta: add support for slave device ifindex matching;
	 * nft 09fcaafc */
	{ FEATURE_SELECTOR, "meta sdifname", "meta sdifname", LINUX(5, 6), NFT(0, 9, 4) },
	/* Linux, 2019-01: netfilter: nft_meta: Add NFT_META_I/OIFKIND meta type; nft 512795a6 */
	{ FEATURE_SELECTOR, "meta iifkind", "meta iifkind", LINUX(5, 1), NFT(0, 9, 1) },
	/* Linux, 2019-01: netfilter: nft_meta: Add NFT_META_I/OIFKIND meta type; nft 512795a6 */
	{ FEATURE_SELECTOR, "meta oifkind", "meta oifkind", LINUX(5, 1), NFT(0, 9, 1) },
	/* Linux, 2019-07: netfilter: nft_meta_bridge: add NFT_META_BRI_IIFPVID support; nft cc25fd4c */
	{ FEATURE_SELECTOR, "meta ibrpvid", "meta ibrpvid", LINUX(5, 3), NFT(0, 9, 3) },
	/* Linux, 2019-07: netfilter: nft_meta_bridge: Add NFT_META_BRI_IIFVPROTO support; nft cc25fd4c */
	{ FEATURE_SELECTOR, "meta ibrvproto", "meta ibrvproto", LINUX(5, 3), NFT(0, 9, 3) },
	/* nft 97672e54: meta: introduce meta broute support */
	{ FEATURE_SELECTOR, "meta broute", "meta broute", ANY, NFT(1, 0, 8) },
	/* Linux, 2021-04: netfilter: nft_socket: add support for cgroupsv2; nft 38228087 */
	{ FEATURE_SELECTOR, "socket cgroupv2", "socket cgroupv2", LINUX(5, 13), NFT(0, 9, 9) },
	/* Linux, 2020-08: netfilter: nft_socket: add wildcard support; nft 945ac067 */
	{ FEATURE_SELECTOR, "socket wildcard", "socket wildcard", LINUX(5, 10), NFT(0, 9, 7) },
	/* Linux, 2018-07: netfilter: nft_socket: Expose socket mark; nft 9ea0401e */
	{ FEATURE_SELECTOR, "socket mark", "socket mark", LINUX(4, 19), NFT(0, 9, 1) },
	/* Linux, 2018-06: netfilter: nf_tables: add support for native socket matching; nft a02f8c3f */
	{ FEATURE_SELECTOR, "socket", "socket", LINUX(4, 18), NFT(0, 9, 0) },
	/* Linux 074fb8801667, 2018-08: netfilter: merge of nf-next (passive fingerprints for nf_tables); nft
	 * 9f28b685 */
	{ FEATURE_SELECTOR, "osf", "osf", LINUX(4, 19), NFT(0, 9, 1) },
	/* Linux, 2018-09: netfilter: nf_tables: add xfrm expression (wiki: 5.0); nft: notes of 0.9.1 */
	{ FEATURE_SELECTOR, "ipsec", "ipsec", LINUX(4, 20), NFT(0, 9, 1) },
	/* Linux, 2018-09: netfilter: nf_tables: rt: allow checking if dst has xfrm attached; nft 04ca9a6b */
	{ FEATURE_SELECTOR, "rt ipsec", "rt ipsec", LINUX(4, 20), NFT(0, 9, 1) },
	/* Linux, 2019-04: netfilter: nft_ct: Add ct id support; nft dcec7d57 */
	{ FEATURE_SELECTOR, "ct id", "ct id", LINUX(5, 2), NFT(0, 9, 5) },
	/* Linux, 2019-06: netfilter: nf_tables: add support for matching IPv4 options; nft 226a0e07 */
	{ FEATURE_SELECTOR, "ip option", "ip option", LINUX(5, 3), NFT(0, 9, 2) },
	/* Linux 133dc203d77d, 2021-05: netfilter: nft_exthdr: Support SCTP chunks; nft 0e3871cf */
	{ FEATURE_SELECTOR, "sctp chunk", "sctp chunk", LINUX(5, 14), NFT(0, 9, 9) },
	/* nft bad27ca3: src: add igmp support */
	{ FEATURE_SELECTOR, "igmp", "igmp", ANY, NFT(0, 9, 1) },
	/* Linux, wiki: inner header matching, 6.2; nft 772892a0 */
	{ FEATURE_SELECTOR, "vxlan", "vxlan", LINUX(6, 2), NFT(1, 0, 7) },
	/* Linux, wiki: inner header matching, 6.2; nft: changes of 1.0.7 */
	{ FEATURE_SELECTOR, "geneve", "geneve", LINUX(6, 2), NFT(1, 0, 7) },
	/* Linux, wiki: inner header matching, 6.2; nft: changes of 1.0.7 */
	{ FEATURE_SELECTOR, "gretap", "gretap", LINUX(6, 2), NFT(1, 0, 7) },
	/* nft c1f92755: src: add gre support */
	{ FEATURE_SELECTOR, "gre", "gre", ANY, NFT(1, 0, 7) },
	/* nft c3d57114: parser_bison: add shortcut syntax for matching flags without binary operations */
	{ FEATURE_SELECTOR, "value under a mask", "a value with / and a mask", ANY, NFT(0, 9, 9) },
	/* Linux, 2019-07: netfilter: nf_tables: Add synproxy support; wiki: 5.3; nft 1188a696 */
	{ FEATURE_STATEMENT, "synproxy", "synproxy", LINUX(5, 3), NFT(0, 9, 2) },
	/* Linux 074fb8801667, 2018-08: netfilter: merge of nf-next (tproxy for nf_tables); wiki: 4.19; nft
	 * 2be1d526 */
	{ FEATURE_STATEMENT, "tproxy", "tproxy", LINUX(4, 19), NFT(0, 9, 1) },
	/* Linux, wiki: flowtable support, 4.16; nft 0.8.4: src/parser_bison.y, FLOW OFFLOAD */
	{ FEATURE_STATEMENT, "flow", "flow", LINUX(4, 16), NFT(0, 8, 4) },
	/* nft 4795a994: src: use 'flow add' syntax */
	{ FEATURE_STATEMENT, "flow add", "'flow add' ('flow offload' is older)", ANY, NFT(0, 9, 1) },
	/* Linux 836382dc2471, 2021-06: netfilter: nf_tables: add last expression; nft 2b41e3c4 */
	{ FEATURE_STATEMENT, "last", "last", LINUX(5, 14), NFT(1, 0, 7) },
	/* nft 5d837d27: src: add tcp option reset support */
	{ FEATURE_STATEMENT, "reset", "reset of a tcp option", ANY, NFT(1, 0, 3) },
	/* nft 3486127e: parser: new queue flag input format */
	{ FEATURE_STATEMENT, "queue to", "'to' or 'flags' behind queue ('num' is older)", ANY, NFT(1, 0, 0) },
	/* Linux, 2020-04: netfilter: nft_nat: add netmap support; nft 35a6b10c */
	{ FEATURE_STATEMENT, "nat prefix", "'prefix' behind snat or dnat", LINUX(5, 8), NFT(0, 9, 5) },
	/* Linux f53b9b0bdc59, 2020-06: netfilter: introduce support for reject at prerouting stage */
	{ FEATURE_STATEMENT, "reject at prerouting", "reject at hook prerouting", LINUX(5, 9), ANY },
	/* Linux 117ca1f8920c, 2020-11: netfilter: nft_reject_inet: allow to use reject from inet ingress */
	{ FEATURE_STATEMENT, "reject at ingress", "reject at hook ingress", LINUX(5, 11), ANY },
	/* Linux aaa31047a6d2, 2021-04: netfilter: nftables: add catch-all set element support; nft 419d1968 */
	{ FEATURE_SET, "catch-all", "the element '*'", LINUX(5, 13), NFT(0, 9, 9) },
	/* Linux, 2020-01: netfilter: nf_tables: Support for sets with multiple ranged fields; wiki: 5.6; nft
	 * 8ac2f3b2 */
	{ FEATURE_SET, "concatenated intervals", "a set of intervals whose key has several parts",
	  LINUX(5, 6), NFT(0, 9, 4) },
	/* Linux, 2020-01: netfilter: nf_tables: Support for sets with multiple ranged fields; nft 7aa08d45 */
	{ FEATURE_SET, "anonymous concatenated intervals",
	  "intervals in braces whose key has several parts", LINUX(5, 6), NFT(0, 9, 5) },
	/* nft 14357cff: parser: add typeof keyword for declarations */
	{ FEATURE_SET, "typeof", "typeof", ANY, NFT(0, 9, 4) },
	/* Linux, 2020-03: netfilter: nf_tables: allow to specify stateful expression in set definition; wiki:
	 * 5.7; nft 6d80e0f1 */
	{ FEATURE_SET, "stateful", "a set whose elements have a counter or a limit",
	  LINUX(5, 7), NFT(0, 9, 4) },
	/* Linux, 2020-12: netfilter: nftables: netlink support for several set element expressions; wiki:
	 * 5.11; nft e6d1d0d6 */
	{ FEATURE_SET, "several stateful", "a set whose elements have several counters or limits",
	  LINUX(5, 11), NFT(0, 9, 8) },
	/* nft 2fb4d7ea, e0beff27: src: restore interval sets work with string datatypes */
	{ FEATURE_SET, "wildcard names", "the beginning of a name with * among elements", ANY, NFT(1, 0, 3) },
	/* Linux, wiki: flowtable support, 4.16; nft 92911b36 */
	{ FEATURE_OBJECT, "flowtable", "a flowtable", LINUX(4, 16), NFT(0, 8, 4) },
	/* Linux, 2018-08: netfilter: nft_ct: add ct timeout support; nft c7c94802 */
	{ FEATURE_OBJECT, "ct timeout", "ct timeout", LINUX(4, 19), NFT(0, 9, 1) },
	/* Linux, 2019-06: netfilter: nft_ct: add ct expectations support; nft 1dd08fcf */
	{ FEATURE_OBJECT, "ct expectation", "ct expectation", LINUX(5, 3), NFT(0, 9, 2) },
	/* Linux, 2018-09: netfilter: nf_tables: add SECMARK support; wiki: 4.20; nft 3bc84e5c */
	{ FEATURE_OBJECT, "secmark", "secmark", LINUX(4, 20), NFT(0, 9, 1) },
	/* Linux ee394f96ad75, 2019-09: netfilter: nft_synproxy: add synproxy stateful object support; nft
	 * f44ab88b */
	{ FEATURE_OBJECT, "synproxy", "a named synproxy", LINUX(5, 4), NFT(0, 9, 3) },
	/* Linux, wiki: support for 'nft destroy', 6.3; nft: changes of 1.0.7 */
	{ FEATURE_COMMAND, "destroy", "'destroy'", LINUX(6, 3), NFT(1, 0, 7) },
	/* iptables-extensions(8), cgroup: since Linux 3.14; iptables 6465867e: iptables: add libxt_cgroup
	 * frontend */
	{ FEATURE_EXTENSION, "cgroup", "-m cgroup", LINUX(3, 14), VERSION(1, 6, 0) },
	/* iptables-extensions(8), cpu: since Linux 2.6.36; iptables 2d592089: extension: add xt_cpu match */
	{ FEATURE_EXTENSION, "cpu", "-m cpu", VERSION(2, 6, 36), VERSION(1, 4, 10) },
	/* iptables ab566725: extensions: add SYNPROXY extension */
	{ FEATURE_EXTENSION, "SYNPROXY", "-j SYNPROXY", ANY, VERSION(1, 4, 21) },
	/* iptables-extensions(8), NFQUEUE: since Linux 3.10; iptables ce7d0619: extensions: libxt_NFQUEUE:
	 * add --queue-cpu-fanout parameter */
	{ FEATURE_OPTION, "NFQUEUE --queue-cpu-fanout", "--queue-cpu-fanout",
	  LINUX(3, 10), VERSION(1, 4, 20) },
	/* Linux, 2019-05: netfilter: xt_owner: Add supplementary groups option; iptables a08595b2 */
	{ FEATURE_OPTION, "owner --suppl-groups", "--suppl-groups", LINUX(5, 3), VERSION(1, 8, 4) },
	/* iptables 5d359b97: libxt_cgroup2: add support for cgroup2 path matching */
	{ FEATURE_OPTION, "cgroup --path", "-m cgroup --path", ANY, VERSION(1, 6, 1) },
	/* iptables 1c32e560: netfilter: xt_hashlimit: add rate match mode */
	{ FEATURE_OPTION, "hashlimit --hashlimit-rate-match", "--hashlimit-rate-match",
	  ANY, VERSION(1, 6, 2) },
	/* iptables 16964a99: extensions: libxt_socket: add --restore-skmark option */
	{ FEATURE_OPTION, "socket --restore-skmark", "--restore-skmark", ANY, VERSION(1, 6, 0) },
	/* iptables 85b9ec86: extensions: IDLETIMER: Add alarm timer option */
	{ FEATURE_OPTION, "IDLETIMER --alarm", "IDLETIMER --alarm", ANY, VERSION(1, 8, 5) },
	/* iptables 7070b1f3: extensions: libxt_NFLOG: nflog-range does not truncate packets */
	{ FEATURE_OPTION, "NFLOG --nflog-size", "--nflog-size", ANY, VERSION(1, 6, 1) },
	/* Linux: netfilter: nf_nat: add full port randomization support; iptables 3cefc136: iptables: snat:
	 * add randomize-full support */
	{ FEATURE_OPTION, "SNAT --random-fully", "SNAT --random-fully", LINUX(3, 14), VERSION(1, 6, 0) },
	/* Linux: netfilter: nf_nat: add full port randomization support (iptables-extensions(8): 3.13);
	 * iptables 8b0da213: iptables: masquerade: add randomize-full support */
	{ FEATURE_OPTION, "MASQUERADE --random-fully", "MASQUERADE --random-fully",
	  LINUX(3, 14), VERSION(1, 6, 2) },
};
// clang-format on

const struct feature *feature_find(enum feature_kind kind, struct str name)
{
	for (size_t i = 0; i < ARRAY_SIZE(feature_table); i++)
		if (feature_table[i].kind == kind && str_is(name, feature_table[i].name))
			return &feature_table[i];
	return NULL;
}

const struct feature *feature_find_option(const char *extension, const char *option)
{
	size_t n = strlen(extension);
	for (size_t i = 0; i < ARRAY_SIZE(feature_table); i++) {
		const struct feature *f = &feature_table[i];
		if (f->kind == FEATURE_OPTION && strncmp(f->name, extension, n) == 0 &&
		    strncmp(f->name + n, " --", 3) == 0 && strcmp(f->name + n + 3, option) == 0)
			return f;
	}
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
