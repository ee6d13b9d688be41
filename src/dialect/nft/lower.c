/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the tree to the model, rule by rule: matches in front of what is
 * written, verdict maps as one rule for each element, names as pointers.
 *
 * A rule of nft is a list that is run from left to right, and a rule of the
 * model is tests, then statements, then a verdict. Where a test stands behind
 * something that is written the rule is split: the first part is a "head",
 * and the second is only for packets that matched it.
 */
#include "nft.h"

#include <stdarg.h>
#include <stdio.h>

void lower_error(struct lowering *l, struct span at, const char *fmt, ...)
{
	char buf[300];
	va_list ap;
	if (l->failed)
		return;
	l->failed = true;
	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	script_error(l->script, at, "%s", buf);
}

/* ---- building one rule ---- */

struct rule *lower_emit(struct lowering *l, const struct verdict *v)
{
	struct rule r = { .span = l->rule->span, .verdict = *v, .comment = l->rule->comment,
			  .same_rule = l->is_started, .is_part = l->is_part };
	r.n_matches = (uint32_t)l->matches.n;
	r.n_statements = (uint32_t)l->statements.n;
	struct match *m = arena_new_array(l->arena, struct match, r.n_matches);
	struct statement *s = arena_new_array(l->arena, struct statement, r.n_statements);
	if (r.n_matches)
		memcpy(m, l->matches.items, r.n_matches * sizeof(*m));
	if (r.n_statements)
		memcpy(s, l->statements.items, r.n_statements * sizeof(*s));
	r.matches = m;
	r.statements = s;
	l->is_started = true;
	return ruleset_add_rule(l->rs, l->chain, l->chain->n, &r);
}

static bool is_written(const struct lowering *l, enum field f)
{
	for (size_t i = 0; i < l->statements.n; i++)
		if ((l->statements.items[i].kind == STMT_WRITE && l->statements.items[i].field == f) ||
		    ((l->statements.items[i].kind == STMT_NOTRACK || l->statements.items[i].kind == STMT_TEMPLATE) &&
		     f == FIELD_CT_STATE))
			return true;
	return false;
}

void lower_split(struct lowering *l)
{
	struct verdict on = { .kind = VERDICT_CONTINUE, .span = l->rule->span };
	struct rule *head = lower_emit(l, &on);
	size_t kept = 0;
	head->is_head = true;
	/* Later parts say again what still holds; the rest their head has seen to. */
	for (size_t i = 0; i < l->matches.n; i++) {
		const struct match *m = &l->matches.items[i];
		bool simple = m->kind == MATCH_RANGES || m->kind == MATCH_MASK;
		if (m->kind == MATCH_OPAQUE || (simple && !is_written(l, m->field)))
			l->matches.items[kept++] = *m;
	}
	l->matches.n = kept;
	l->statements.n = 0;
	l->has_write = l->has_unknown = false;
	l->is_part = true;
}

static bool same_ranges(const struct match *x, const struct match *y)
{
	if (x->kind != MATCH_RANGES || y->kind != MATCH_RANGES || x->field != y->field ||
	    x->negate != y->negate || x->no_template != y->no_template || x->n != y->n)
		return false;
	for (uint32_t i = 0; i < x->n; i++)
		if (x->ranges[i].lo != y->ranges[i].lo || x->ranges[i].hi != y->ranges[i].hi)
			return false;
	return true;
}

void lower_add_match(struct lowering *l, struct match m)
{
	for (size_t i = 0; i < l->matches.n; i++)
		if (same_ranges(&l->matches.items[i], &m) && !is_written(l, m.field))
			return;
	if (l->has_write)
		lower_split(l);
	vec_push(l->arena, &l->matches, m);
}

void lower_opaque(struct lowering *l, struct str text, bool stateful)
{
	struct match m = { .kind = MATCH_OPAQUE };
	struct opaque *o = ruleset_add_opaque(l->rs, &l->pure_texts, text,
					      stateful ? OPAQUE_STATEFUL : OPAQUE_PURE);
	/* 5 packets are the default (nft(8), LIMIT STATEMENT) */
	if (stateful && str_starts(text, "limit rate ") && !str_contains(text, " burst ") &&
	    !str_contains(text, "byte"))
		o->key = str_from(arena_printf(l->arena, "%.*s burst 5 packets", STR_FMT(text)));
	m.opaque = o;
	lower_add_match(l, m);
}

static void add_range(struct lowering *l, enum field f, u128 lo, u128 hi)
{
	struct range *r = arena_new_one(l->arena, struct range);
	*r = (struct range){ lo, hi };
	lower_add_match(l, (struct match){ .kind = MATCH_RANGES, .field = f, .n = 1, .ranges = r });
}

/* nft_ct.c: nft_ct_get_eval() leaves the rule when there is no entry, or a template of one, but for the state. */
void lower_tracked(struct lowering *l)
{
	static const struct range tracked = { CT_STATE_NEW, CT_STATE_RELATED };
	lower_add_match(l, (struct match){ .kind = MATCH_RANGES, .field = FIELD_CT_STATE, .no_template = true,
					   .n = 1, .ranges = &tracked });
}

void lower_l4proto(struct lowering *l, unsigned proto)
{
	add_range(l, FIELD_L4PROTO, proto, proto);
}

void lower_nfproto(struct lowering *l, enum nfproto_value v)
{
	enum family f = l->rule->chain->table->family;
	if (f != FAMILY_IP && f != FAMILY_IP6)
		add_range(l, FIELD_NFPROTO, v, v);
}

void lower_implied(struct lowering *l, const struct selector *s)
{
	if (!s)
		return;
	if (s->l3)
		lower_nfproto(l, s->l3 == 6 ? NFPROTO_VALUE_IPV6 : NFPROTO_VALUE_IPV4);
	if (s->l4)
		lower_l4proto(l, s->l4);
	if (s->needs_ct)
		lower_tracked(l);
}

static void add_statement(struct lowering *l, enum statement_kind kind, struct str text)
{
	struct statement st = { .kind = kind, .text = text };
	vec_push(l->arena, &l->statements, st);
	l->has_write = l->has_write || kind == STMT_NOTRACK;
}

struct str lower_text(const struct lowering *l, const struct stmt *st)
{
	struct str text = source_view(l->script->source, st->span);
	struct text out = { .arena = l->arena };
	if (!str_contains(text, "$"))
		return text;
	text_printf(&out, "%.*s%s", STR_FMT(st->text), str_contains(text, "fanout") ? " fanout" : "");
	if (st->b)
		text_printf(&out, " %.*s", STR_FMT(expr_text(l->arena, st->b)));
	for (size_t i = 0; i < st->reads.n; i++)
		text_printf(&out, " %.*s", STR_FMT(expr_text(l->arena, st->reads.items[i])));
	return text_str(&out);
}

static void add_nat(struct lowering *l, struct str text, bool to_self)
{
	struct statement st = { .kind = STMT_NAT, .text = text, .to_self = to_self };
	vec_push(l->arena, &l->statements, st);
}

/* ---- verdicts ---- */

bool lower_verdict(struct lowering *l, const struct expr *e, struct verdict *ret)
{
	static const struct { const char *word; enum verdict_kind kind; } kinds[] = {
		{ "accept", VERDICT_ACCEPT }, { "drop", VERDICT_DROP }, { "continue", VERDICT_CONTINUE },
		{ "return", VERDICT_RETURN }, { "jump", VERDICT_JUMP }, { "goto", VERDICT_GOTO },
	};
	*ret = (struct verdict){ .span = e->span };
	if (e->kind != EXPR_VERDICT) {
		lower_error(l, e->span, "expected a verdict");
		return false;
	}
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (str_is(e->text, kinds[i].word))
			ret->kind = kinds[i].kind;
	if (ret->kind != VERDICT_JUMP && ret->kind != VERDICT_GOTO)
		return true;
	struct str name = e->anonymous ? e->anonymous->name : e->items[0]->text;
	struct nft_chain *target = table_chain(l->rule->chain->table, name);
	if (!target)
		lower_error(l, e->n ? e->items[0]->span : e->span, "chain '%.*s' is not declared",
			    STR_FMT(name));
	else if (target->is_base)
		lower_error(l, e->span, "'%.*s' is a base chain: no rule can jump to it", STR_FMT(name));
	else
		ret->target = target->lowered;
	return !l->failed;
}

static void end_with(struct lowering *l, enum verdict_kind kind, struct span at)
{
	struct verdict v = { .kind = kind, .span = at };
	lower_emit(l, &v);
}

/* queue … to 0-3; the numbers in the words of iptables-save too ("0-3") */
static void lower_queue(struct lowering *l, const struct stmt *st)
{
	struct str queues = st->b ? expr_text(l->arena, st->b) : STR("0");
	struct verdict v = ruleset_queue(l->rs, &l->pure_texts, queues, st->bypass);
	v.span = st->span;
	if (str_contains(lower_text(l, st), "fanout"))
		add_statement(l, STMT_OTHER, lower_text(l, st));
	lower_emit(l, &v);
}

static void lower_reject(struct lowering *l, const struct stmt *st)
{
	struct verdict v = { .kind = VERDICT_REJECT, .span = st->span };
	v.tcp_reset = str_is(st->text, "tcp reset");
	v.reject_with = st->text;
	if (!st->text.n) {
		enum family f = l->rule->chain->table->family;
		v.reject_with = f == FAMILY_IP ? STR("icmp port-unreachable") :
			f == FAMILY_IP6 ? STR("icmpv6 port-unreachable") : STR("icmpx port-unreachable");
	}
	/* nft adds the test itself (FACTS: a bare one is a catch-all of TCP) */
	if (v.tcp_reset)
		lower_l4proto(l, L4PROTO_TCP);
	if (str_starts(st->text, "icmp "))
		lower_nfproto(l, NFPROTO_VALUE_IPV4);
	if (str_starts(st->text, "icmpv6 "))
		lower_nfproto(l, NFPROTO_VALUE_IPV6);
	lower_emit(l, &v);
}

/* ---- statements ---- */

/* Extensions of iptables that nft cannot translate: what the name alone tells. False: it ends the rule. */
static bool lower_xt(struct lowering *l, const struct stmt *st)
{
	static const char *const harmless[] = { "LOG", "NFLOG", "TRACE", "TCPMSS", "TCPOPTSTRIP", "CLASSIFY",
		"CHECKSUM", "AUDIT", "LED", "IDLETIMER", "RATEEST", "ULOG", "comment", "SET", "CT", "TEE",
		"DSCP", "TOS", "TTL", "HL", "ECN", "SECMARK", "CONNSECMARK", NULL };
	static const char *const nats[] = { "MASQUERADE", "SNAT", "DNAT", "REDIRECT", "NETMAP",
					    "FULLCONENAT", NULL };
	struct str text = str_from(arena_printf(l->arena, "xt %.*s %.*s", STR_FMT(st->op),
						STR_FMT(st->text)));
	for (size_t i = 0; harmless[i]; i++)
		if (str_is(st->text, harmless[i])) {
			add_statement(l, STMT_OTHER, text);
			return true;
		}
	for (size_t i = 0; nats[i]; i++)
		if (str_is(st->text, nats[i])) {
			add_nat(l, text, str_is(st->text, "MASQUERADE") || str_is(st->text, "REDIRECT"));
			end_with(l, VERDICT_ACCEPT, st->span);
			return false;
		}
	if (str_is(st->text, "NFQUEUE")) {
		struct verdict v = ruleset_queue(l->rs, &l->pure_texts, STR(""), false);
		v.span = st->span;
		lower_emit(l, &v);
		return false;
	}
	if (str_is(st->text, "SYNPROXY") || str_is(st->text, "TARPIT") || str_is(st->text, "TPROXY")) {
		end_with(l, VERDICT_STOLEN, st->span);
		return false;
	}
	bool known = !str_is(st->text, "conntrack") && !str_is(st->text, "state") &&
		     str_is(st->op, "match");
	if (!known) {
		lower_error(l, st->span, "cannot tell what this rule does: the listing hides what the %.*s "
			    "'%.*s' of iptables says; lint the output of iptables-save instead",
			    STR_FMT(st->op), STR_FMT(st->text));
		return false;
	}
	/* the options are hidden, so two of one name need not be the same test */
	lower_opaque(l, text, true);
	return true;
}

/* nft_nat.c: nft_nat_inet_eval() does nothing to a packet of the other family */
static void lower_family(struct lowering *l, const struct stmt *st)
{
	if (st->l3)
		lower_nfproto(l, st->l3 == 6 ? NFPROTO_VALUE_IPV6 : NFPROTO_VALUE_IPV4);
}

static void lower_nat(struct lowering *l, const struct stmt *st)
{
	lower_family(l, st);
	add_nat(l, lower_text(l, st), str_is(st->text, "masquerade") || str_is(st->text, "redirect"));
	end_with(l, VERDICT_ACCEPT, st->span);
}

/*
 * A connection goes into a flowtable once, when it is established, by a packet that
 * does not end it; by all others the rule ends (nft_flow_offload.c: nft_flow_offload_eval).
 */
static void lower_flow(struct lowering *l, const struct stmt *st)
{
	lower_tracked(l);
	lower_opaque(l, STR("the flowtable takes the connection"), true);
	add_statement(l, STMT_OFFLOAD, lower_text(l, st));
}

static void lower_other(struct lowering *l, const struct stmt *st)
{
	if (str_is(st->text, "flow")) {
		lower_flow(l, st);
		return;
	}
	if (str_is(st->text, "reset tcp option"))
		lower_l4proto(l, L4PROTO_TCP); /* nft_exthdr.c: nft_exthdr_tcp_strip_eval */
	add_statement(l, STMT_OTHER, str_is(st->text, "counter") || str_is(st->text, "last") ? st->text : lower_text(l, st));
}

/* What the values of a statement need; matches and writes see to theirs. */
static void lower_values_of(struct lowering *l, const struct stmt *st)
{
	if (st->kind == ST_MATCH || st->kind == ST_VMAP || st->kind == ST_SET || st->kind == ST_VERDICT)
		return;
	if (st->a)
		lower_reads(l, st->a);
	if (st->b)
		lower_reads(l, st->b);
	for (size_t i = 0; i < st->reads.n; i++)
		lower_reads(l, st->reads.items[i]);
}

static bool ends(enum stmt_kind k)
{
	return k == ST_VERDICT || k == ST_REJECT || k == ST_QUEUE || k == ST_NAT || k == ST_STOLEN;
}

/* False: nothing goes on behind it. */
static bool lower_statement(struct lowering *l, const struct stmt *st)
{
	struct verdict v;
	lower_check_statement(l, st);
	if (l->failed)
		return false;
	lower_values_of(l, st);
	switch (st->kind) {
	case ST_MATCH: lower_match(l, st); break;
	case ST_VMAP: return lower_vmap(l, st);
	case ST_VERDICT:
		if (lower_verdict(l, st->a, &v))
			lower_emit(l, &v);
		break;
	case ST_REJECT: lower_reject(l, st); break;
	case ST_SET: lower_set_statement(l, st); break;
	case ST_STATEFUL: lower_opaque(l, st->text, true); break;
	case ST_NAT: lower_nat(l, st); break;
	case ST_NOTRACK: add_statement(l, STMT_NOTRACK, STR("notrack")); break;
	case ST_LOG: add_statement(l, STMT_LOG, STR("log")); break;
	case ST_QUEUE: lower_queue(l, st); break;
	case ST_STOLEN:
		if (str_is(st->text, "synproxy"))
			lower_l4proto(l, L4PROTO_TCP);
		lower_family(l, st);
		add_statement(l, STMT_OTHER, lower_text(l, st));
		end_with(l, VERDICT_STOLEN, st->span);
		break;
	/* nft_tproxy.c: without a socket the rule ends */
	case ST_TPROXY:
		lower_family(l, st);
		lower_opaque(l, STR("tproxy has a socket"), true);
		add_statement(l, STMT_OTHER, lower_text(l, st));
		break;
	case ST_XT: return lower_xt(l, st);
	case ST_OTHER: lower_other(l, st); break;
	}
	return !ends(st->kind);
}

static void lower_rule(struct lowering *l, const struct nft_rule *r)
{
	struct verdict on = { .kind = VERDICT_CONTINUE, .span = r->span };
	bool goes_on = true;
	l->rule = r;
	l->table = r->chain->table;
	l->matches.n = l->statements.n = 0;
	l->has_write = l->has_unknown = l->is_part = l->is_started = l->failed = false;
	lower_check_context(l, r);
	for (size_t i = 0; i < r->stmts.n && !l->failed && goes_on; i++)
		goes_on = lower_statement(l, r->stmts.items[i]);
	if (!l->failed && (goes_on || !l->is_started))
		lower_emit(l, &on);
}

/* ---- the ruleset ---- */

static void lower_chain(struct lowering *l, struct nft_chain *c)
{
	struct chain *to = ruleset_add_chain(l->rs, c->table->lowered, c->name, c->span);
	to->is_base = c->is_base && !c->table->dormant;
	to->hook = c->hook;
	to->type = c->type;
	to->priority = c->priority;
	to->policy = c->policy;
	to->devices = c->devices.items;
	to->n_devices = (uint32_t)c->devices.n;
	c->lowered = to;
}

struct ruleset *script_lower(struct script *s, const char *dialect)
{
	struct ruleset *rs = arena_new_one(s->arena, struct ruleset);
	*rs = (struct ruleset){ .arena = s->arena, .source = s->source, .dialect = dialect };
	struct lowering l = { .script = s, .arena = s->arena, .rs = rs };
	hash_init(&l.pure_texts, s->arena);
	for (size_t i = 0; i < s->notes.n; i++)
		ruleset_refused_by(rs, LOADER_NFT, s->notes.items[i].span, "%s", s->notes.items[i].message);
	for (size_t i = 0; i < s->n; i++) {
		struct nft_table *t = s->items[i];
		t->lowered = ruleset_add_table(rs, t->name, t->family, t->span);
		for (size_t k = 0; k < t->chains.n; k++)
			lower_chain(&l, t->chains.items[k]);
		lower_check_sets(&l, t);
		lower_check_hooks(&l, t);
	}
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < s->items[i]->chains.n; k++) {
			const struct nft_chain *c = s->items[i]->chains.items[k];
			l.chain = c->lowered;
			for (size_t r = 0; r < c->rules.n && !s->diags->dropped; r++)
				lower_rule(&l, c->rules.items[r]);
		}
	return rs;
}
