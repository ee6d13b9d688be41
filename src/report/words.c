/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A packet in words. */
#include <fwlint/report.h>

static void add_endpoint(struct text *t, const struct packet *p, enum field addr4,
			 enum field addr6, enum field port, bool with_port)
{
	bool v6 = p->v[FIELD_NFPROTO] == NFPROTO_VALUE_IPV6;
	const char *addr = field_print(v6 ? addr6 : addr4, p->v[v6 ? addr6 : addr4], t->arena);
	if (with_port)
		text_printf(t, v6 ? "[%s]:%u" : "%s:%u", addr, (unsigned)p->v[port]);
	else
		text_printf(t, "%s", addr);
}

const char *packet_words(const struct ruleset *rs, const struct packet *p, struct arena *a)
{
	struct text t = { .arena = a };
	unsigned proto = (unsigned)p->v[FIELD_L4PROTO];
	bool ports = proto == L4PROTO_TCP || proto == L4PROTO_UDP || proto == 132;
	text_printf(&t, "%s %s ", ct_state_name((enum ct_state)p->v[FIELD_CT_STATE]),
		    field_print(FIELD_L4PROTO, proto, a));
	add_endpoint(&t, p, FIELD_IP_SADDR, FIELD_IP6_SADDR, FIELD_SPORT, ports);
	text_printf(&t, " -> ");
	add_endpoint(&t, p, FIELD_IP_DADDR, FIELD_IP6_DADDR, FIELD_DPORT, ports);
	if (proto == L4PROTO_TCP)
		text_printf(&t, ", flags %s", field_print(FIELD_TCP_FLAGS, p->v[FIELD_TCP_FLAGS], a));
	if (p->v[FIELD_FRAGMENT])
		text_printf(&t, ", a later fragment");
	if (p->v[FIELD_IIFNAME])
		text_printf(&t, ", in %s", field_print(FIELD_IIFNAME, p->v[FIELD_IIFNAME], a));
	if (p->v[FIELD_OIFNAME])
		text_printf(&t, ", out %s", field_print(FIELD_OIFNAME, p->v[FIELD_OIFNAME], a));
	if (p->v[FIELD_MARK])
		text_printf(&t, ", mark %s", field_print(FIELD_MARK, p->v[FIELD_MARK], a));
	for (unsigned f = FIELD_EXTRA; f < FIELD_EXTRA + rs->n_extra; f++)
		if (p->v[f] != FIELD_ABSENT)
			text_printf(&t, ", %.*s %s", STR_FMT(ruleset_field_name(rs, (enum field)f)),
				    ruleset_field_print(rs, (enum field)f, p->v[f], a));
	for (size_t i = 0; i < p->n_answers && i < rs->n_vars; i++) {
		const char *words = packet_assumption(rs, p, i, a);
		if (words)
			text_printf(&t, ", if %s", words);
	}
	return arena_strndup(a, t.items, t.n);
}

const char *packet_assumption(const struct ruleset *rs, const struct packet *p, size_t var, struct arena *a)
{
	const struct opaque *o = rs->vars[var];
	bool relied_on = p->relied_on && p->relied_on[var];
	if (!p->answers[var] && !relied_on)
		return NULL;
	if (o->class == OPAQUE_PROGRAM)
		return p->answers[var] ? arena_printf(a, "%.*s", STR_FMT(o->text)) :
					 arena_printf(a, "not: %.*s", STR_FMT(o->text));
	return arena_printf(a, "it %s '%.*s'", p->answers[var] ? "matches" : "does not match", STR_FMT(o->text));
}
