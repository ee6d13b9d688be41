/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options that every rule has: -s, -d, -i, -o, -p. */
#include "parser.h"

/* What an address option allows; `opaque` when ranges cannot say it. */
struct addresses {
	struct range *items;
	size_t n, cap;
	bool opaque;
};

static void add_address(struct rule_parser *r, struct str one, struct str at, bool v6,
			struct addresses *out)
{
	struct arena *a = r->p->arena;
	struct str rest = one, host = str_cut(&rest, '/');
	u128 addr, mask = v6 ? ~(u128)0 : 0xffffffffu;
	const struct range *some;
	if (rest.p && !parse_mask(rest, v6, &mask)) {
		rule_error(r, at, "'%.*s' is not an IPv%c mask or prefix length", STR_FMT(rest),
			   v6 ? '6' : '4');
		return;
	}
	if (!mask) { /* the name before /0 is ignored */
		addr = 0;
	} else if (!parse_addr(host, v6, &addr)) {
		out->opaque = true; /* a host name is resolved when the ruleset is loaded */
		if (!is_hostname(host))
			rule_error(r, at, "'%.*s' is not an IPv%c address, network or host name",
				   STR_FMT(one), v6 ? '6' : '4');
		return;
	}
	uint32_t n = mask_ranges(a, addr, mask, v6, &some);
	out->opaque = out->opaque || !n;
	for (uint32_t i = 0; i < n; i++)
		vec_push(a, out, some[i]);
}

void option_address(struct rule_parser *r, bool is_source, const struct word *w, bool negate)
{
	bool v6 = !(r->families & V4);
	enum field f = v6 ? (is_source ? FIELD_IP6_SADDR : FIELD_IP6_DADDR)
			  : (is_source ? FIELD_IP_SADDR : FIELD_IP_DADDR);
	struct range room[2]; /* most rules name one address */
	struct addresses out = { room, 0, ARRAY_SIZE(room), false };
	struct str rest = w->text;
	r->several = r->several || memchr(w->text.p, ',', w->text.n);
	if (negate && memchr(w->text.p, ',', w->text.n))
		rule_error(r, w->raw, "'!' with several addresses is refused by iptables");
	while (rest.p && !r->failed)
		add_address(r, str_cut(&rest, ','), w->raw, v6, &out);
	if (r->failed)
		return;
	if (out.opaque) {
		char *text = arena_printf(r->p->arena, "-%c %.*s", is_source ? 's' : 'd', STR_FMT(w->text));
		rule_match_opaque(r, str_from(text), OPAQUE_PURE, negate);
		return;
	}
	uint32_t n = ranges_normalize(out.items, (uint32_t)out.n);
	bool everything = n == 1 && out.items[0].lo == 0 && out.items[0].hi == field_max(f);
	if (!everything || negate)
		rule_match_ranges(r, f, out.items, n, negate);
}

bool interface_range(struct rule_parser *r, struct str name, struct str at, struct range *ret)
{
	if (!name.n || name.n > 15) {
		rule_error(r, at, name.n ? "interface name '%.*s' is longer than 15 characters"
					     : "empty interface name%.*s", STR_FMT(name));
		return false;
	}
	ret->lo = ret->hi = ifname_value(name);
	if (name.p[name.n - 1] == '+') {
		struct str prefix = { name.p, name.n - 1 };
		ret->lo = ifname_value(prefix);
		ret->hi = prefix.n ? ret->lo | ((((u128)1) << 8 * (16 - prefix.n)) - 1) : ~(u128)0;
	}
	return true;
}

void option_interface(struct rule_parser *r, enum field f, const struct word *w, bool negate)
{
	struct range range;
	if (!interface_range(r, w->text, w->raw, &range))
		return;
	if (range.lo == 0 && range.hi == ~(u128)0 && !negate)
		return; /* `+`: any */
	static const struct { const char *chain; enum field field; } wrong[] = {
		{ "INPUT", FIELD_OIFNAME }, { "PREROUTING", FIELD_OIFNAME },
		{ "OUTPUT", FIELD_IIFNAME }, { "POSTROUTING", FIELD_IIFNAME },
	};
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		if (wrong[i].field == f && str_is(r->chain_name, wrong[i].chain))
			rule_error(r, w->raw, "'%s' cannot be used in %s: there is no such interface there",
				   f == FIELD_OIFNAME ? "-o" : "-i", wrong[i].chain);
	rule_match_ranges(r, f, &range, 1, negate);
}

void option_protocol(struct rule_parser *r, const struct word *w, bool negate)
{
	unsigned proto;
	if (!parse_protocol(w->text, &proto)) {
		rule_error(r, w->raw, "'%.*s' is not a protocol", STR_FMT(w->text));
		return;
	}
	if (r->has_proto) {
		rule_error(r, w->raw, "a second '-p' is refused by iptables");
		return;
	}
	if (proto == 0 && negate) {
		rule_error(r, w->raw, "the rule would never match protocol");
		return;
	}
	r->has_proto = true;
	r->proto = proto;
	r->proto_negated = negate;
	r->proto_word = w->raw;
	if (proto == 0)
		return;
	struct range range = { proto, proto };
	rule_match_ranges(r, FIELD_L4PROTO, &range, 1, negate);
}
