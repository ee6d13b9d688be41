/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What targets require of their options and of their rule. */
#include "extension.h"

#include <stdio.h>

/* A prefix of at most 64 bits, and no bit behind it (ip6t_NPT.c: ip6t_npt_checkentry). */
void npt_prefix(struct rule_parser *r, struct instance *in, const struct option *o,
		const struct option_value *v)
{
	struct str rest = v->word, addr = str_cut(&rest, '/');
	u128 value, mask;
	if (!rest.p || !parse_addr(addr, true, &value) || !parse_mask(rest, true, &mask) ||
	    (u128)(mask << 64) || (value & ~mask))
		rule_error(r, in->at, ERROR_VALUE,
			   "'--%s' takes a prefix of at most 64 bits, such as 2001:db8::/48",
			   o->name);
}

/* MAJOR:MINOR, both hexadecimal (libxt_CLASSIFY.c). */
bool classify_class(const struct rule_parser *r, const struct option *o, struct option_value *v)
{
	(void)o;
	unsigned major, minor;
	int end = 0;
	char buf[24] = "";
	if (v->word.n < sizeof(buf))
		memcpy(buf, v->word.p, v->word.n);
	if (sscanf(buf, "%x:%x%n", &major, &minor, &end) != 2 || buf[end])
		return false;
	v->normal = str_from(arena_printf(r->p->arena, "%x:%x", major, minor));
	return true;
}

/* The kernel looks a helper up by its protocol (xt_CT.c: xt_ct_set_helper). */
void check_ct_helper(struct rule_parser *r, struct instance *in)
{
	if (is_given(in, CT_HELPER) && (!r->has_proto || r->proto_negated))
		rule_error(r, in->at, ERROR_MISSING, "'--helper' needs '-p tcp' or '-p udp'");
}

/* xt_TCPMSS.c: xt_tcpmss_checkentry, in both loaders */
void clamp_mss(struct rule_parser *r, struct instance *in, const struct option *o,
	       const struct option_value *v)
{
	(void)v;
	if (in_list(r->chain_name, "PREROUTING,INPUT"))
		rule_error(r, in->at, ERROR_PLACE,
			   "'--%s' is not allowed in %.*s (only in FORWARD, OUTPUT and "
			   "POSTROUTING)",
			   o->name, STR_FMT(r->chain_name));
}

/* The test must let through packets with SYN only (xt_TCPMSS.c: find_syn_match); nft's compat layer
 * does not check that. */
void finish_tcpmss(struct rule_parser *r, struct instance *in)
{
	for (size_t i = 0; i < r->matches.n; i++) {
		const struct match *m = &r->matches.items[i];
		if (m->kind == MATCH_MASK && m->field == FIELD_TCP_FLAGS && !m->negate &&
		    (m->mask->value & TCP_SYN))
			return;
	}
	ruleset_refused_by(r->p->rs, LOADER_LEGACY, source_span(r->p->source, in->at),
			   "iptables-legacy-restore refuses TCPMSS in a rule without '--syn' (or "
			   "--tcp-flags with SYN)");
}
