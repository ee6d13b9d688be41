/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of fields against the dialects and the witness. Each field is tested by a rule of
 * each dialect, or is said here to have none: a field without a line here does not compile. The
 * dialects must read the test as one of that field, not keep it whole; and of two packets, of
 * which the test holds for one only, the witness has different words.
 */
#include <fwlint/dialect.h>
#include <fwlint/report.h>

#include <stdio.h>

#define NO_TEST NULL /* the dialect has none, or none that the model has a field for */

#define NFT_NFPROTO "meta nfproto ipv4"
#define IPTABLES_NFPROTO "-j LOG\n-4 -A FORWARD" /* the second of two rules */
#define NFT_L4PROTO "meta l4proto udp"
#define IPTABLES_L4PROTO "-p udp"
#define NFT_IIFNAME "iifname \"lan9\""
#define IPTABLES_IIFNAME "-i lan9"
#define NFT_OIFNAME "oifname \"lan9\""
#define IPTABLES_OIFNAME "-o lan9"
#define NFT_PHYSIN NO_TEST
#define IPTABLES_PHYSIN "-m physdev --physdev-in lan9"
#define NFT_PHYSOUT NO_TEST
#define IPTABLES_PHYSOUT "-m physdev --physdev-out lan9"
#define NFT_IP_SADDR "ip saddr 10.0.0.0/8"
#define IPTABLES_IP_SADDR "-s 10.0.0.0/8"
#define NFT_IP_DADDR "ip daddr 10.0.0.0/8"
#define IPTABLES_IP_DADDR "-d 10.0.0.0/8"
#define NFT_IP6_SADDR "ip6 saddr fd00::/8"
#define IPTABLES_IP6_SADDR "-s fd00::/8"
#define NFT_IP6_DADDR "ip6 daddr fd00::/8"
#define IPTABLES_IP6_DADDR "-d fd00::/8"
#define NFT_SPORT "tcp sport 22"
#define IPTABLES_SPORT "-p tcp --sport 22"
#define NFT_DPORT "dccp dport 22"
#define IPTABLES_DPORT "-p dccp --dport 22"
#define NFT_ICMP_TYPE "icmp type echo-request"
#define IPTABLES_ICMP_TYPE "-p icmp --icmp-type 8"
#define NFT_ICMP_CODE "icmp code 3"
#define IPTABLES_ICMP_CODE "-p icmp --icmp-type 3/4"
#define NFT_TCP_FLAGS "tcp flags syn"
#define IPTABLES_TCP_FLAGS "-p tcp --syn"
#define NFT_FRAGMENT NO_TEST /* the bits of ip frag-off are another field */
#define IPTABLES_FRAGMENT "-f"
#define NFT_CT_STATE "ct state established"
#define IPTABLES_CT_STATE "-m conntrack --ctstate ESTABLISHED"
#define NFT_CT_STATUS "ct status dnat"
#define IPTABLES_CT_STATUS "-m conntrack --ctstatus ASSURED"
#define NFT_CT_DIRECTION "ct direction reply"
#define IPTABLES_CT_DIRECTION "-m conntrack --ctdir REPLY"
#define NFT_CT_MARK "ct mark 5"
#define IPTABLES_CT_MARK "-m connmark --mark 5"
#define NFT_MARK "meta mark 5"
#define IPTABLES_MARK "-m mark --mark 5"
#define NFT_PKTTYPE "meta pkttype multicast"
#define IPTABLES_PKTTYPE "-m pkttype --pkt-type multicast"
#define NFT_LENGTH "meta length 100"
#define IPTABLES_LENGTH "-m length --length 100"
#define NFT_TTL "ip6 hoplimit 10"
#define IPTABLES_TTL "-m ttl --ttl-eq 10"
#define NFT_DSCP "ip dscp 10"
#define IPTABLES_DSCP "-m dscp --dscp 10"
#define NFT_EXTRA "meta skuid 1000"
#define IPTABLES_EXTRA NO_TEST /* what has no field of its own is kept whole */

// clang-format off
static const struct { enum field field; const char *iptables, *nft; } tests[] = {
#define FIELD(id, ...) { FIELD_##id, IPTABLES_##id, NFT_##id },
#include <fwlint/model_fields.def>
#undef FIELD
};
// clang-format on

static int failures;

static void failed(const char *test, const char *why)
{
	printf("FAILED: '%s': %s\n", test, why);
	failures++;
}

static struct ruleset *read_rule(const char *dialect, const char *test, struct arena *a)
{
	const char *form = strcmp(dialect, "nft") == 0 ? "table inet t {\n chain c {\n  type "
							 "filter hook forward priority 0;\n  %s "
							 "accept\n }\n}\n"
						       : "*filter\n:FORWARD ACCEPT [0:0]\n-A "
							 "FORWARD %s -j ACCEPT\nCOMMIT\n";
	struct diags d = { .arena = a };
	struct text t = { .arena = a };
	text_printf(&t, form, test);
	struct source *s = source_new(a, "a test", t.items, t.n);
	struct ruleset *rs = dialect_find(dialect)->read(a, s, NULL, &d);
	if (d.n)
		failed(test, d.items[0].message);
	return d.n ? NULL : rs;
}

/* The test of the field in a list of matches, and in what they consist of. */
static const struct match *match_of(const struct match *list, uint32_t n, enum field f)
{
	const struct match *found = NULL;
	for (uint32_t i = 0; i < n && !found; i++)
		if (list[i].kind == MATCH_ANY || list[i].kind == MATCH_ALL)
			found = match_of(list[i].parts, list[i].n, f);
		else if (list[i].kind != MATCH_OPAQUE && list[i].field == f)
			found = &list[i];
	return found;
}

/* A packet that has the field, with this value. */
static struct packet packet_with(enum field f, u128 value)
{
	struct packet p = { .n_answers = 0 };
	enum field_part part = field_table[f].part;
	for (unsigned i = FIELD_EXTRA; i <= FIELD_EXTRA_LAST; i++)
		p.v[i] = FIELD_ABSENT;
	p.v[FIELD_NFPROTO] = field_is_of_other_family(f, NFPROTO_VALUE_IPV4) ? NFPROTO_VALUE_IPV6
									     : NFPROTO_VALUE_IPV4;
	p.v[FIELD_L4PROTO] = part == PART_ICMP  ? L4PROTO_ICMP
			     : f == FIELD_DPORT ? L4PROTO_DCCP
						: L4PROTO_TCP;
	p.v[FIELD_CT_STATE] = CT_STATE_ESTABLISHED;
	p.v[f] = value;
	return p;
}

/* A value that passes the test, and one that does not. */
static bool find_values(const struct match *m, struct arena *a, u128 *ret_in, u128 *ret_out)
{
	uint32_t n;
	if (m->kind == MATCH_MASK) {
		*ret_in = m->mask->value;
		*ret_out = m->mask->value ^ (m->mask->mask & -m->mask->mask);
		return true;
	}
	const struct range *out = ranges_complement(a, m->ranges, m->n, field_max(m->field), &n);
	if (!n || !m->n)
		return false;
	*ret_in = m->ranges[0].lo;
	*ret_out = out[0].lo;
	return true;
}

static void check_field(const char *dialect, const char *test, enum field f)
{
	struct arena *a = arena_new();
	u128 in, out;
	struct ruleset *rs = read_rule(dialect, test, a);
	const struct chain *c = rs && rs->n_rules ? rs->chains[0] : NULL;
	const struct rule *r = c ? c->items[c->n - 1] : NULL;
	const struct match *m = r ? match_of(r->matches, r->n_matches, f) : NULL;
	if (!m || !rs->tests[f]) {
		failed(test, "is read as no test of its field");
	} else if (rs->n_vars) {
		failed(test, "is kept whole beside");
	} else if (!find_values(m, a, &in, &out)) {
		failed(test, "tells no values apart");
	} else {
		struct packet p = packet_with(f, in), q = packet_with(f, out);
		const char *x = packet_words(rs, &p, a), *y = packet_words(rs, &q, a);
		if (strcmp(x, y) == 0)
			failed(test, arena_printf(a, "has no part in the witness: %s", x));
	}
	arena_free(a);
}

/* Two fields in one place would be said in the order of the table, which a new row changes. */
static void check_places(void)
{
	for (enum field f = 0; f <= FIELD_EXTRA; f++) {
		unsigned place = field_table[f].place;
		if ((field_table[f].shown == SHOWN_HEAD) != !place || place > FIELD_PLACES)
			failed(field_table[f].name, "has no place in the witness");
		for (enum field g = 0; g < f && place; g++)
			if (field_table[g].place == place)
				failed(field_table[f].name, "has the place of another field in the "
							    "witness");
	}
}

int main(void)
{
	unsigned n = 0;
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
		if (!tests[i].iptables && !tests[i].nft)
			failed(field_table[tests[i].field].name, "no dialect tests it");
		if (tests[i].iptables)
			check_field("iptables", tests[i].iptables, tests[i].field);
		if (tests[i].nft)
			check_field("nft", tests[i].nft, tests[i].field);
		n += (tests[i].iptables ? 1u : 0) + (tests[i].nft ? 1u : 0);
	}
	check_places();
	printf("%u tests of %zu fields, %d failed\n", n, ARRAY_SIZE(tests), failures);
	return failures != 0;
}
