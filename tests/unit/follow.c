/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets in words, and what becomes of them with the translation of addresses. */
#include <fwlint/dialect.h>
#include <fwlint/report.h>

#include "suite.h"

static const struct traced *traced(const struct ruleset *rs, const char *packet,
				   const struct trace_request *o)
{
	static const struct trace_request nothing = { .path = PATH_UNKNOWN };
	struct diags d = { .arena = a };
	struct traced *t = arena_new_one(a, struct traced);
	bool read = trace_packet(rs, source_new(a, "packet", packet, strlen(packet)),
				 o ? o : &nothing, a, &d, t);
	ck_assert_msg(read, "%s: %s", packet, d.n ? d.items[0].message : "");
	return t;
}

/* "verdict path; packet" at the end. */
static const char *outcome(const struct traced *t)
{
	return arena_printf(a, "%s %s; %s", verdict_name(&t->way.trace.verdict),
			    path_name(t->way.path), packet_words(t->ruleset, &t->way.last, a));
}

#define IN "NEW tcp 192.0.2.10:40123 -> 198.51.100.20:80, flags SYN, in wan0"

START_TEST(translations_are_followed)
{
	static const struct {
		const char *nat, *outcome;
	} table[] = {
		{ "dnat to 10.0.0.5:8080", "accept forward; NEW tcp 192.0.2.10:40123 -> "
					   "10.0.0.5:8080, flags SYN, in wan0, "
					   "out eth1" },
		{ "redirect to :8080", "accept input; NEW tcp 192.0.2.10:40123 -> "
				       "198.51.100.20:8080, flags SYN, in wan0" },
		{ "dnat to 127.0.0.1:81", "accept input; NEW tcp 192.0.2.10:40123 -> 127.0.0.1:81, "
					  "flags SYN, in wan0" },
		{ "dnat to tcp dport map { 22 : 10.0.0.1, 80-90 : 10.0.0.2 }", "accept forward; "
									       "NEW tcp "
									       "192.0.2.10:40123 "
									       "-> 10.0.0.2:80, "
									       "flags SYN, in "
									       "wan0, out "
									       "eth1" },
		{ "dnat ip addr . port to ip saddr map { 192.0.2.10 : 10.0.0.3 . 99 }",
		  "accept forward; NEW tcp 192.0.2.10:40123 -> 10.0.0.3:99, flags SYN, in wan0, "
		  "out "
		  "eth1" },
		{ "dnat to 10.0.0.4:90-99", "accept forward; NEW tcp 192.0.2.10:40123 -> "
					    "10.0.0.4:90, flags SYN, in wan0, out "
					    "eth1" },
		{ "dnat to 10.0.0.4:70-99", "accept forward; NEW tcp 192.0.2.10:40123 -> "
					    "10.0.0.4:80, flags SYN, in wan0, out "
					    "eth1" },
		{ "dnat ip prefix to ip daddr map { 198.51.100.0/24 : 10.1.2.0/24 }",
		  "accept forward; NEW tcp 192.0.2.10:40123 -> 10.1.2.20:80, flags SYN, in wan0, "
		  "out "
		  "eth1" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const char *text = arena_printf(a,
						"table ip t { chain p { type nat hook prerouting "
						"priority dstnat; tcp dport "
						"80 %s; }; }\n",
						table[i].nat);
		ck_assert_str_eq(outcome(traced(suite_read("nft", text), IN, NULL)),
				 table[i].outcome);
	}
}
END_TEST

/* The nat hooks of the kernel have one priority each; that of a nat chain orders nat chains only.
 */
START_TEST(a_chain_behind_the_place_of_nat_sees_what_a_later_nat_chain_writes)
{
	const char *text = "table ip t {\n"
			   "chain n { type nat hook prerouting priority -90; tcp dport 80 dnat to "
			   "10.0.0.5; }\n"
			   "chain f { type filter hook prerouting priority -95; ip daddr 10.0.0.5 "
			   "drop; }\n}\n";
	const struct traced *dropped = traced(suite_read("nft", text), IN, NULL);
	ck_assert_str_eq(verdict_name(&dropped->way.trace.verdict), "drop");
}
END_TEST

/* nf_nat_inet_fn(): the first that translates is the last that is asked */
START_TEST(one_nat_chain_of_a_hook_translates)
{
	const char *text = "table ip t {\n"
			   "chain x { type nat hook prerouting priority -100; dnat to 10.0.0.5; }\n"
			   "chain y { type nat hook prerouting priority -99; dnat to 10.0.0.6; "
			   "}\n}\n";
	const struct traced *t = traced(suite_read("nft", text), IN, NULL);
	ck_assert_uint_eq(t->way.trace.n, 1);
	ck_assert(t->way.last.v[FIELD_IP_DADDR] == 0x0a000005);
}
END_TEST

/* What Linux 6 was seen to choose (nf_nat_core.c: find_best_ips_proto). */
START_TEST(one_of_several_addresses_is_the_one_that_the_kernel_takes)
{
	static const struct {
		const char *family, *source, *destination, *nat, *to;
	} table[] = {
		{ "ip", "10.9.0.1:40000", "10.50.0.1:80", "10.0.0.4-10.3.255.250",
		  "10.2.228.30:80" },
		{ "ip", "10.9.0.1:40000", "10.50.0.1:80", "10.0.0.4-10.3.255.250 persistent",
		  "10.0.20.190:80" },
		{ "ip6", "[2001:db8::1]:40000", "[2001:db8::50]:80",
		  "2001:db8:0:1::4-2001:db8:0:7::9", "[2001:db8:0:7::9]:80" },
		{ "ip6", "[2001:db8::1]:40000", "[2001:db8::50]:80",
		  "2001:db8:0:1::4-2001:db8:0:7::9 persistent",
		  "[2001:db8:0:1:e5b:ada:e5b:ada]:80" },
		{ "ip6", "[2001:db8::6]:40000", "[2001:db8::50]:80",
		  "2001:db8:0:1::4-2001:db8:0:7::9 persistent",
		  "[2001:db8:0:6:b74e:4997:b74e:4997]:80" },
		{ "ip6", "[2001:db8::6]:40000", "[2001:db8::50]:80",
		  "2001:db8:0:1::4-2001:db8:0:7::9", "[2001:db8:0:3:4e63:c506:48a6:a648]:80" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const char *text = arena_printf(a,
						"table %s t { chain o { type nat hook output "
						"priority -100; udp dport 80 dnat to %s; }; }\n",
						table[i].family, table[i].nat);
		const char *packet = arena_printf(a, "NEW udp %s -> %s, out d0", table[i].source,
						  table[i].destination);
		ck_assert_str_eq(outcome(traced(suite_read("nft", text), packet, NULL)),
				 arena_printf(a, "accept output; NEW udp %s -> %s, out d0",
					      table[i].source, table[i].to));
	}
}
END_TEST

/* nf_nat_core.c: nf_nat_l4proto_unique_tuple(), in_range(); nf_nat_redirect.c */
START_TEST(each_target_has_its_address_and_port)
{
	static const struct {
		const char *table, *chain, *statement, *packet, *outcome;
	} table[] = {
#define OUT "NEW udp 10.9.0.1:40000 -> 10.50.0.1:80, out d0"
		{ "ip", "output", "redirect to :8080", OUT,
		  "input; NEW udp 10.9.0.1:40000 -> 127.0.0.1:8080, in lo" },
		{ "ip6", "output", "redirect", "NEW udp [fd00::1]:40000 -> [fd00::5]:80, out d0",
		  "input; NEW udp [fd00::1]:40000 -> [::1]:80, in lo" },
		{ "ip", "output", "dnat to 10.0.0.5:100-199", OUT,
		  "output; NEW udp 10.9.0.1:40000 -> 10.0.0.5:100, out d0" },
		{ "ip", "output", "dnat to 10.0.0.5:80-199", OUT,
		  "output; NEW udp 10.9.0.1:40000 -> 10.0.0.5:80, out d0" },
		{ "ip", "output", "dnat to 10.0.0.5:1-80", OUT,
		  "output; NEW udp 10.9.0.1:40000 -> 10.0.0.5:80, out d0" },
		{ "ip", "output", "dnat to :8080", OUT,
		  "output; NEW udp 10.9.0.1:40000 -> 10.50.0.1:8080, out d0" },
		{ "ip", "postrouting", "snat to 10.9.0.7", OUT,
		  "output; NEW udp 10.9.0.7:40000 -> 10.50.0.1:80, out d0" },
		{ "ip", "postrouting", "snat to 10.9.0.1-10.9.0.9", OUT, "output; " OUT },
		{ "ip", "postrouting", "snat to 10.8.0.1-10.9.0.1", OUT, "output; " OUT },
		{ "ip", "postrouting", "snat to 10.9.0.1:40000-40001", OUT, "output; " OUT },
		{ "ip", "postrouting", "snat to 10.9.0.1:40001-40009", OUT,
		  "output; NEW udp 10.9.0.1:40001 -> 10.50.0.1:80, out d0" },
		{ "ip", "postrouting",
		  "snat ip prefix to ip saddr map { 10.9.0.0/24 : 10.8.0.0/24 }", OUT,
		  "output; NEW udp 10.8.0.1:40000 -> 10.50.0.1:80, out d0" },
		{ "ip", "postrouting", "snat to 10.9.0.7", "NEW icmp 10.9.0.1 -> 10.50.0.1, out d0",
		  "output; NEW icmp 10.9.0.7 -> 10.50.0.1, out d0" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const char *text = arena_printf(a,
						"table %s t { chain o { type nat hook %s "
						"priority 0; meta l4proto %s %s; }; }\n",
						table[i].table, table[i].chain,
						strstr(table[i].packet, "icmp") ? "icmp" : "udp",
						table[i].statement);
		ck_assert_str_eq(outcome(traced(suite_read("nft", text), table[i].packet, NULL)),
				 arena_printf(a, "accept %s", table[i].outcome));
	}
}
END_TEST

/* xt_nat.c: NF_NAT_RANGE_PROTO_OFFSET */
START_TEST(ports_are_shifted_from_a_base)
{
	static const struct {
		unsigned port, to;
	} table[] = { { 80, 100 }, { 85, 105 }, { 179, 199 }, { 180, 100 }, { 79, 135 } };
	const struct ruleset *rs = suite_read("iptables", "*nat\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT "
							  "-p tcp "
							  "-j DNAT --to-destination "
							  "10.0.0.5:100-199/80\nCOMMIT\n");
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const char *packet = arena_printf(a,
						  "NEW tcp 10.9.0.1:40000 -> 10.50.0.1:%u, out d0",
						  table[i].port);
		ck_assert(traced(rs, packet, NULL)->way.last.v[FIELD_DPORT] == table[i].to);
	}
}
END_TEST

START_TEST(an_answer_is_translated_back)
{
	const char *text = "*nat\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n"
			   "-A PREROUTING -p tcp --dport 80 -j DNAT --to-destination "
			   "10.0.0.5:8080\n"
			   "-A POSTROUTING -o lan0 -j SNAT --to-source 10.0.0.1\nCOMMIT\n";
	const struct trace_request o = { .path = PATH_UNKNOWN, .reply = true };
	const struct traced *t = traced(suite_read("iptables", text), IN, &o);
	ck_assert_str_eq(outcome(t), "accept forward; NEW tcp 10.0.0.1:40123 -> 10.0.0.5:8080, "
				     "flags "
				     "SYN, in wan0, out lan0");
	ck_assert_ptr_nonnull(t->reply);
	ck_assert_str_eq(packet_words(t->ruleset, &t->reply->packet, a), "ESTABLISHED tcp "
									 "10.0.0.5:8080 -> "
									 "10.0.0.1:40123, flags "
									 "SYN,ACK, in lan0, "
									 "out wan0");
	ck_assert_str_eq(outcome(t->reply), "accept forward; ESTABLISHED tcp 198.51.100.20:80 -> "
					    "192.0.2.10:40123, flags "
					    "SYN,ACK, in lan0, out wan0");
}
END_TEST

START_TEST(what_is_invalid_is_not_translated)
{
	const char *text = "table ip t { chain p { type nat hook prerouting priority dstnat; "
			   "redirect; }; }\n";
	const char *packet = "INVALID tcp 192.0.2.10:40123 -> 198.51.100.20:80, flags ACK, in "
			     "wan0, "
			     "out lan0";
	ck_assert_str_eq(outcome(traced(suite_read("nft", text), packet, NULL)),
			 arena_printf(a, "accept forward; %s", packet));
}
END_TEST

START_TEST(an_unknown_test_is_decided_or_told_of)
{
	const char *text = "*filter\n:INPUT DROP [0:0]\n"
			   "-A INPUT -m string --string x --algo bm -j ACCEPT\nCOMMIT\n";
	const struct assumption yes = { STR("-m string --string x --algo bm"), true };
	const struct trace_request o = { .path = PATH_UNKNOWN,
					 .assumptions = &yes,
					 .n_assumptions = 1 };
	const struct ruleset *rs = suite_read("iptables", text);
	const struct traced *t = traced(rs, IN, NULL);
	ck_assert_str_eq(verdict_name(&t->way.trace.verdict), "drop");
	ck_assert_uint_eq(t->turns.n, 1);
	ck_assert(t->turns.items[0].answer && t->turns.items[0].verdict.kind == VERDICT_ACCEPT);
	ck_assert_str_eq(verdict_name(&traced(rs, IN, &o)->way.trace.verdict), "accept");
}
END_TEST

START_TEST(words_that_are_wrong_are_told_of)
{
	static const struct {
		const char *packet, *message;
	} table[] = {
		{ "NEU tcp 1.2.3.4 -> 1.2.3.5", "expected a state (NEW, ESTABLISHED, RELATED, "
						"INVALID, UNTRACKED) or a protocol" },
		{ "NEW tcp 1.2.3 -> 1.2.3.5", "expected an address, or ADDRESS:PORT" },
		{ "NEW tcp 1.2.3.4 -> ::1", "the addresses are of two families" },
		{ "NEW tcp 1.2.3.4:x -> 1.2.3.5", "expected a port: a number or a service" },
		{ "NEW icmp 1.2.3.4:1 -> 1.2.3.5", "this protocol has no ports" },
		{ "NEW tcp 1.2.3.4 -> 1.2.3.5 x", "expected ', ' or the end" },
		{ "NEW tcp 1.2.3.4 -> 1.2.3.5, flags XYZ", "this is not one of its values" },
		{ "NEW tcp 1.2.3.4 -> 1.2.3.5, if it matches 'x'", "no rule has this test" },
	};
	const struct ruleset *rs = suite_read("nft", "table ip t { }\n");
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct diags d = { .arena = a };
		struct worded w;
		const char *p = table[i].packet;
		ck_assert(!words_read(rs, source_new(a, "packet", p, strlen(p)), a, &d, &w));
		ck_assert_str_eq(d.items[0].message, table[i].message);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		translations_are_followed,
		a_chain_behind_the_place_of_nat_sees_what_a_later_nat_chain_writes,
		one_nat_chain_of_a_hook_translates,
		one_of_several_addresses_is_the_one_that_the_kernel_takes,
		each_target_has_its_address_and_port,
		ports_are_shifted_from_a_base,
		an_answer_is_translated_back,
		what_is_invalid_is_not_translated,
		an_unknown_test_is_decided_or_told_of,
		words_that_are_wrong_are_told_of,
	};
	return suite_run("follow", tests, ARRAY_SIZE(tests));
}
