/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts of the checks: LINES("a", "b") is "a\nb\n", for examples; pieces of nft's JSON for these;
 * and what several checks say of kernel versions and refer to.
 */
#ifndef CHECKS_LINES_H
#define CHECKS_LINES_H

#define LINES_1(a) a "\n"
#define LINES_2(a, ...) a "\n" LINES_1(__VA_ARGS__)
#define LINES_3(a, ...) a "\n" LINES_2(__VA_ARGS__)
#define LINES_4(a, ...) a "\n" LINES_3(__VA_ARGS__)
#define LINES_5(a, ...) a "\n" LINES_4(__VA_ARGS__)
#define LINES_6(a, ...) a "\n" LINES_5(__VA_ARGS__)
#define LINES_7(a, ...) a "\n" LINES_6(__VA_ARGS__)
#define LINES_8(a, ...) a "\n" LINES_7(__VA_ARGS__)
#define LINES_9(a, ...) a "\n" LINES_8(__VA_ARGS__)
#define LINES_10(a, ...) a "\n" LINES_9(__VA_ARGS__)
#define LINES_11(a, ...) a "\n" LINES_10(__VA_ARGS__)
#define LINES_12(a, ...) a "\n" LINES_11(__VA_ARGS__)
#define LINES_13(a, ...) a "\n" LINES_12(__VA_ARGS__)
#define LINES_14(a, ...) a "\n" LINES_13(__VA_ARGS__)
#define LINES_15(a, ...) a "\n" LINES_14(__VA_ARGS__)
#define LINES_16(a, ...) a "\n" LINES_15(__VA_ARGS__)
#define LINES_17(a, ...) a "\n" LINES_16(__VA_ARGS__)
#define LINES_18(a, ...) a "\n" LINES_17(__VA_ARGS__)
#define LINES_19(a, ...) a "\n" LINES_18(__VA_ARGS__)
#define LINES_20(a, ...) a "\n" LINES_19(__VA_ARGS__)
#define LINES_21(a, ...) a "\n" LINES_20(__VA_ARGS__)
#define LINES_22(a, ...) a "\n" LINES_21(__VA_ARGS__)
#define LINES_23(a, ...) a "\n" LINES_22(__VA_ARGS__)
#define LINES_24(a, ...) a "\n" LINES_23(__VA_ARGS__)
#define LINES_COUNT(p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15, p16, p17, \
		    p18, p19, p20, p21, p22, p23, p24, n, ...)                                  \
	LINES_##n
#define LINES_PICK(...) LINES_COUNT(__VA_ARGS__)
#define LINES(...)                                                                                \
	LINES_PICK(__VA_ARGS__, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, \
		   7, 6, 5, 4, 3, 2, 1, 0)                                                        \
	(__VA_ARGS__)

// clang-format off
#define JSON_TABLE(family, name) \
	"{\"nftables\": [{\"table\": {\"family\": \"" family "\", \"name\": \"" name "\"}},"
#define JSON_OBJECT(kind, family, table, name) \
	"{\"" kind "\": {\"family\": \"" family "\", \"table\": \"" table "\", \"name\": \"" name "\""
#define JSON_CHAIN(name) JSON_OBJECT("chain", "inet", "filter", name) "}},"
#define JSON_RULE(family, table, chain) \
	"{\"rule\": {\"family\": \"" family "\", \"table\": \"" table "\", " \
	"\"chain\": \"" chain "\", \"expr\": ["
#define JSON_MATCH(protocol, field, right) \
	"{\"match\": {\"op\": \"==\", \"left\": {\"payload\": " \
	"{\"protocol\": \"" protocol "\", \"field\": \"" field "\"}}, \"right\": " right "}},"

/* The references of a check that is about both languages. */
#define MANUALS \
	{ \
		{ "iptables-restore(8), iptables-extensions(8)", NULL }, { "nft(8)", NULL }, { NULL, NULL } \
	}

#define INVALID_BY_VERSION \
	"Seen on Linux 6.18. Since 6.1 a segment that is merely late (below the window) is ignored by\n" \
	"connection tracking; before, it is INVALID too. Segments above the window, ACKs of data not\n" \
	"yet seen and bad flags are INVALID in all versions."
// clang-format on

#endif
