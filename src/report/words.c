/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A packet in words. */
#include <fwlint/report.h>

static void add_endpoint(struct text *t, const struct packet *p, enum field addr4, enum field addr6,
			 enum field port, bool with_port)
{
	bool v6 = p->v[FIELD_NFPROTO] == NFPROTO_VALUE_IPV6;
	const char *addr = field_print(v6 ? addr6 : addr4, p->v[v6 ? addr6 : addr4], t->arena);
	if (with_port)
		text_printf(t, v6 ? "[%s]:%u" : "%s:%u", addr, (unsigned)p->v[port]);
	else
		text_printf(t, "%s", addr);
}

static void add_head(struct text *t, const struct packet *p)
{
	bool ports = l4proto_has_ports(p->v[FIELD_L4PROTO]);
	text_printf(t, "%s %s ", ct_state_name((enum ct_state)p->v[FIELD_CT_STATE]),
		    field_print(FIELD_L4PROTO, p->v[FIELD_L4PROTO], t->arena));
	add_endpoint(t, p, FIELD_IP_SADDR, FIELD_IP6_SADDR, FIELD_SPORT, ports);
	text_printf(t, " -> ");
	add_endpoint(t, p, FIELD_IP_DADDR, FIELD_IP6_DADDR, FIELD_DPORT, ports);
}

static bool has(const struct packet *p, enum field f)
{
	u128 proto = p->v[FIELD_L4PROTO], state = p->v[FIELD_CT_STATE];
	if (field_table[f].optional && p->v[f] == FIELD_ABSENT)
		return false;
	switch (field_table[f].part) {
	case PART_TCP: return proto == L4PROTO_TCP;
	case PART_ICMP: return proto == L4PROTO_ICMP || proto == L4PROTO_ICMPV6;
	case PART_ENTRY: return state != CT_STATE_INVALID && state != CT_STATE_UNTRACKED;
	case PART_CONNECTION:
	case PART_SOURCE:
	case PART_DESTINATION:
	case PART_WAY:
	case PART_PACKET:
	case PART_ANYTHING: break;
	}
	return true;
}

static bool is_shown(const struct ruleset *rs, const struct packet *p, enum field f)
{
	switch (field_table[f].shown) {
	case SHOWN_HEAD: return false;
	case SHOWN_ALWAYS: return has(p, f);
	case SHOWN_THERE: return p->v[f] != 0;
	case SHOWN_TESTED: return rs->tests[f] && has(p, f);
	}
	return false;
}

/* The part number `n` of "part|part|…"; empty: there is none. */
static struct str part_of(const char *words, u128 n)
{
	struct str rest = str_from(words), part = str_cut(&rest, '|');
	while (n-- && part.p)
		part = str_cut(&rest, '|');
	return part;
}

static void add_field(struct text *t, const struct ruleset *rs, const struct packet *p,
		      enum field f)
{
	const struct field_info *info = &field_table[f];
	struct str words = part_of(info->words, p->v[FIELD_NFPROTO]),
		   value = part_of(info->values, p->v[f]);
	if (!words.n)
		words = part_of(info->words, 0);
	if (f >= FIELD_EXTRA)
		words = ruleset_field_name(rs, f);
	if (!value.n)
		value = str_from(ruleset_field_print(rs, f, p->v[f], t->arena));
	text_printf(t, ", %.*s%s%.*s", STR_FMT(words), words.n ? " " : "", STR_FMT(value));
}

const char *packet_words(const struct ruleset *rs, const struct packet *p, struct arena *a)
{
	struct text t = { .arena = a };
	add_head(&t, p);
	for (unsigned place = 1; place <= FIELD_PLACES; place++)
		for (enum field f = 0; f < FIELD_COUNT; f++)
			if (field_table[f].place == place && is_shown(rs, p, f))
				add_field(&t, rs, p, f);
	for (size_t i = 0; i < p->n_answers && i < rs->n_vars; i++) {
		bool is_expected = rs->vars[i]->is_rare && !p->answers[i];
		const char *words = is_expected ? NULL : packet_assumption(rs, p, i, a);
		if (words)
			text_printf(&t, ", if %s", words);
	}
	return arena_strndup(a, t.items, t.n);
}

const char *packet_assumption(const struct ruleset *rs, const struct packet *p, size_t var,
			      struct arena *a)
{
	bool relied_on = p->relied_on && p->relied_on[var];
	return p->answers[var] || relied_on ? opaque_words(rs->vars[var], p->answers[var], a)
					    : NULL;
}
