/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options that every rule has: -s, -d, -i, -o, -p. */
#include "parser.h"

/* The long names of iptables 1.8.9, commands among them: an ambiguous abbreviation is refused. */
// clang-format off
static const struct core core_options[] = {
	{ "protocol", 'p', CORE_PROTOCOL }, { "source", 's', CORE_SOURCE },
	{ "src", 0, CORE_SOURCE }, { "destination", 'd', CORE_DESTINATION },
	{ "dst", 0, CORE_DESTINATION }, { "in-interface", 'i', CORE_IN },
	{ "out-interface", 'o', CORE_OUT }, { "fragments", 'f', CORE_FRAGMENT },
	{ "match", 'm', CORE_MATCH }, { "jump", 'j', CORE_JUMP }, { "goto", 'g', CORE_GOTO },
	{ "set-counters", 'c', CORE_COUNTERS }, { "table", 't', CORE_TABLE },
	{ "ipv4", '4', CORE_IPV4 }, { "ipv6", '6', CORE_IPV6 },
	{ "verbose", 'v', CORE_VERBOSE }, { "modprobe", 'M', CORE_MODPROBE },
	{ "numeric", 'n', CORE_LIST }, { "exact", 'x', CORE_LIST }, { "line-numbers", 0, CORE_LIST },
	{ "wait", 'w', CORE_SHELL }, { "wait-interval", 'W', CORE_SHELL },
	{ "help", 'h', CORE_INFO }, { "version", 'V', CORE_INFO },
	{ "append", 'A', CORE_COMMAND }, { "insert", 'I', CORE_COMMAND }, { "delete", 'D', CORE_COMMAND },
	{ "replace", 'R', CORE_COMMAND }, { "check", 'C', CORE_COMMAND }, { "new-chain", 'N', CORE_COMMAND },
	{ "policy", 'P', CORE_COMMAND }, { "flush", 'F', CORE_COMMAND },
	{ "delete-chain", 'X', CORE_COMMAND },
	{ "zero", 'Z', CORE_COMMAND }, { "rename-chain", 'E', CORE_COMMAND }, { "list", 'L', CORE_COMMAND },
	{ "list-rules", 'S', CORE_COMMAND },
};
// clang-format on

const struct core *core_short(char letter)
{
	for (size_t i = 0; i < ARRAY_SIZE(core_options); i++)
		if (core_options[i].letter == letter && letter)
			return &core_options[i];
	return NULL;
}

const struct core *core_long(struct str name, bool exact, size_t *at)
{
	while (*at < ARRAY_SIZE(core_options)) {
		const struct core *c = &core_options[(*at)++];
		if (exact ? str_is(name, c->name)
			  : strncmp(c->name, name.p, name.n) == 0 && strlen(c->name) >= name.n)
			return c;
	}
	return NULL;
}

/* Names of one letter are one option: --source, --src. */
static bool same_option(const struct core *x, const struct core *y)
{
	return x->id == y->id && x->id != CORE_COMMAND && x->id != CORE_LIST &&
	       x->id != CORE_SHELL && x->id != CORE_INFO;
}

const struct core *core_meant(struct str name)
{
	size_t at = 0, end = 0;
	const struct core *c = core_long(name, true, &at), *other;
	if (c || !name.n)
		return c;
	c = core_long(name, false, &end);
	while (c && (other = core_long(name, false, &end)))
		if (!same_option(c, other))
			return NULL;
	return c;
}

bool core_takes_word(enum core_option id)
{
	return id <= CORE_TABLE && id != CORE_FRAGMENT ? true : id == CORE_MODPROBE;
}

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
		rule_error(r, at, ERROR_VALUE, "'%.*s' is not an IPv%c mask or prefix length",
			   STR_FMT(rest), v6 ? '6' : '4');
		return;
	}
	if (!mask) { /* the name before /0 is ignored */
		addr = 0;
	} else if (!parse_addr(host, v6, &addr)) {
		out->opaque = true; /* a host name is resolved when the ruleset is loaded */
		if (!is_hostname(host))
			rule_error(r, at, ERROR_VALUE,
				   "'%.*s' is not an IPv%c address, network or host name",
				   STR_FMT(one), v6 ? '6' : '4');
		return;
	}
	uint32_t n = mask_ranges(a, addr, mask, v6, &some);
	out->opaque = out->opaque || !n;
	for (uint32_t i = 0; i < n; i++)
		vec_push(a, out, some[i]);
}

/* How many values the ranges hold, one by one. */
static u128 n_values(const struct range *ranges, uint32_t n)
{
	u128 all = 0;
	for (uint32_t i = 0; i < n; i++)
		all += ranges[i].hi - ranges[i].lo + 1;
	return all;
}

void option_address(struct rule_parser *r, bool is_source, const struct word *w, bool negate)
{
	bool v6 = !(r->families & V4);
	enum field f = v6 ? (is_source ? FIELD_IP6_SADDR : FIELD_IP6_DADDR)
			  : (is_source ? FIELD_IP_SADDR : FIELD_IP_DADDR);
	struct range room[2]; /* most rules name one address */
	struct addresses out = { room, 0, ARRAY_SIZE(room), false };
	struct str rest = w->text;
	if (negate && memchr(w->text.p, ',', w->text.n))
		rule_error(r, w->raw, ERROR_CONFLICT,
			   "'!' allows only one address: write a chain that returns for each");
	for (uint32_t i = 0; rest.p && !r->failed; i++) {
		struct str one = str_cut(&rest, ',');
		if (!r->place->only || r->place->part[!is_source] == i)
			add_address(r, one, w->raw, v6, &out);
		r->n_addresses[!is_source] = r->place->only ? 1 : i + 1;
	}
	if (r->failed)
		return;
	if (out.opaque) {
		char *text = arena_printf(r->p->arena, "-%c %.*s", is_source ? 's' : 'd',
					  STR_FMT(w->text));
		rule_match_opaque(r, str_from(text), str_from(text), OPAQUE_PURE, negate);
		return;
	}
	bool several = r->n_addresses[!is_source] > 1;
	u128 all = several ? n_values(out.items, (uint32_t)out.n) : 0;
	uint32_t n = ranges_normalize(out.items, (uint32_t)out.n);
	bool everything = n == 1 && out.items[0].lo == 0 && out.items[0].hi == field_max(f);
	r->overlaps = r->overlaps || (several && (everything || all != n_values(out.items, n)));
	if (everything && negate)
		ruleset_refused_by(r->p->rs, LOADER_NFT, source_span(r->p->source, w->raw),
				   "'!' leaves no address here: iptables-nft-restore refuses this, "
				   "iptables-legacy-restore takes it");
	if (!everything || negate)
		rule_match_ranges(r, f, out.items, n, negate);
}

bool interface_range(struct rule_parser *r, struct str name, struct str at, struct range *ret)
{
	if (!name.n || name.n > 15) {
		rule_error(r, at, ERROR_VALUE,
			   name.n ? "interface name '%.*s' is longer than 15 characters"
				  : "empty interface name%.*s",
			   STR_FMT(name));
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
	static const struct {
		const char *chain;
		enum field field;
	} wrong[] = {
		{ "INPUT", FIELD_OIFNAME },
		{ "PREROUTING", FIELD_OIFNAME },
		{ "OUTPUT", FIELD_IIFNAME },
		{ "POSTROUTING", FIELD_IIFNAME },
	};
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		if (wrong[i].field == f && str_is(r->chain_name, wrong[i].chain))
			rule_error(r, w->raw, ERROR_PLACE,
				   "'%s' cannot be used in %s: packets have no such interface "
				   "there",
				   f == FIELD_OIFNAME ? "-o" : "-i", wrong[i].chain);
	rule_match_ranges(r, f, &range, 1, negate);
}

void option_protocol(struct rule_parser *r, const struct word *w, bool negate)
{
	unsigned proto;
	if (!parse_protocol(w->text, &proto)) {
		rule_error(r, w->raw, ERROR_WORD, "'%.*s' is not a protocol", STR_FMT(w->text));
		return;
	}
	if (r->has_proto) {
		rule_error(r, w->raw, ERROR_DUPLICATE,
			   "'-p' is given twice: write a rule for each protocol");
		return;
	}
	if (proto == 0 && negate) {
		rule_error(r, w->raw, ERROR_CONFLICT, "'! -p all' matches no packet: leave it out");
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
