/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the tree to the model, rule by rule: matches before writes, verdict maps as one rule for
 * each element, names as pointers.
 */
#include "lower.h"

static void add_statement(struct lowering *l, enum statement_kind kind, struct str text)
{
	struct statement st = { .kind = kind, .text = text };
	vec_push(l->arena, &l->statements, st);
	l->has_write = l->has_write || kind == STMT_NOTRACK;
}

static void add_nat(struct lowering *l, struct str text, bool to_self, struct nat_target to)
{
	struct statement st = { .kind = STMT_NAT, .text = text, .to_self = to_self, .to = to };
	vec_push(l->arena, &l->statements, st);
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
		v.reject_with = f == FAMILY_IP    ? STR("icmp port-unreachable")
				: f == FAMILY_IP6 ? STR("icmpv6 port-unreachable")
						  : STR("icmpx port-unreachable");
	}
	/* nft adds the test itself (docs/facts.md: a bare one is a catch-all of TCP) */
	if (v.tcp_reset)
		lower_l4proto(l, L4PROTO_TCP);
	if (str_starts(st->text, "icmp "))
		lower_nfproto(l, NFPROTO_VALUE_IPV4);
	if (str_starts(st->text, "icmpv6 "))
		lower_nfproto(l, NFPROTO_VALUE_IPV6);
	lower_emit(l, &v);
}

/* ---- statements ---- */

/* Extensions of iptables that nft cannot translate: what the name alone tells. False: it ends the
 * rule. */
static bool lower_xt(struct lowering *l, const struct stmt *st)
{
	static const char *const harmless[] = { "LOG",         "NFLOG",     "TRACE",       "TCPMSS",
						"TCPOPTSTRIP", "CLASSIFY",  "CHECKSUM",    "AUDIT",
						"LED",         "IDLETIMER", "RATEEST",     "ULOG",
						"comment",     "SET",       "CT",          "TEE",
						"DSCP",        "TOS",       "TTL",         "HL",
						"ECN",         "SECMARK",   "CONNSECMARK", NULL };
	static const char *const nats[] = { "MASQUERADE", "SNAT",        "DNAT", "REDIRECT",
					    "NETMAP",     "FULLCONENAT", NULL };
	struct str text = str_from(
		arena_printf(l->arena, "xt %.*s %.*s", STR_FMT(st->op), STR_FMT(st->text)));
	for (size_t i = 0; harmless[i]; i++)
		if (str_is(st->text, harmless[i])) {
			add_statement(l, STMT_OTHER, text);
			return true;
		}
	for (size_t i = 0; nats[i]; i++)
		if (str_is(st->text, nats[i])) {
			add_nat(l, text,
				str_is(st->text, "MASQUERADE") || str_is(st->text, "REDIRECT"),
				(struct nat_target){ .is_unknown = true });
			end_with(l, VERDICT_ACCEPT, st->span);
			return false;
		}
	if (str_is(st->text, "NFQUEUE")) {
		struct verdict v = ruleset_queue(l->rs, &l->pure_texts, STR(""), false);
		v.span = st->span;
		lower_emit(l, &v);
		return false;
	}
	if (str_is(st->text, "SYNPROXY") || str_is(st->text, "TARPIT") ||
	    str_is(st->text, "TPROXY")) {
		end_with(l, VERDICT_STOLEN, st->span);
		return false;
	}
	bool known = !str_is(st->text, "conntrack") && !str_is(st->text, "state") &&
		     str_is(st->op, "match");
	if (!known) {
		lower_error(l, st->span, ERROR_LIMIT,
			    "cannot tell what this rule does: the listing hides the options of the "
			    "iptables %.*s '%.*s'; lint the output of iptables-save instead",
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
	add_nat(l, lower_text(l, st),
		str_is(st->text, "masquerade") || str_is(st->text, "redirect"),
		lower_nat_target(l, st));
	end_with(l, VERDICT_ACCEPT, st->span);
}

/*
 * A connection enters a flowtable once, when it is established, by a packet that does not end it;
 * for all other packets the rule ends (nft_flow_offload.c: nft_flow_offload_eval).
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
	if (str_is(st->text, "reset tcp option")) {
		lower_l4proto(l, L4PROTO_TCP); /* nft_exthdr.c: nft_exthdr_tcp_strip_eval */
		lower_whole(l);
	}
	add_statement(l, STMT_OTHER,
		      str_is(st->text, "counter") || str_is(st->text, "last") ? st->text
									      : lower_text(l, st));
}

/* What the values of a statement need; matches and writes handle their own. */
static void lower_values_of(struct lowering *l, const struct stmt *st)
{
	if (st->kind == ST_MATCH || st->kind == ST_VMAP || st->kind == ST_SET ||
	    st->kind == ST_VERDICT)
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

/* False: no packet goes on after it. */
static bool lower_statement(struct lowering *l, const struct stmt *st)
{
	struct verdict v;
	lower_check_statement(l, st);
	lower_check_names(l, st);
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
	l->has_write = l->has_unknown = l->needs_whole = l->is_part = l->is_started = l->failed =
		false;
	lower_check_context(l, r);
	for (size_t i = 0; i < r->stmts.n && !l->failed && goes_on; i++)
		goes_on = lower_statement(l, r->stmts.items[i]);
	if (!l->failed && (goes_on || !l->is_started))
		lower_emit(l, &on);
}

/* A rule that a later line flushes: only its values, names and protocols are looked at. */
static void check_gone(struct lowering *l, const struct nft_rule *r)
{
	l->rule = r;
	l->table = r->chain->table;
	l->failed = false;
	if (!l->table) /* its chain is deleted */
		return;
	l->is_gone = true;
	lower_check_context(l, r);
	for (size_t i = 0; i < r->stmts.n && !l->failed; i++) {
		lower_check_statement(l, r->stmts.items[i]);
		lower_check_names(l, r->stmts.items[i]);
	}
	l->is_gone = false;
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
	*rs = (struct ruleset){
		.arena = s->arena, .source = s->source, .dialect = dialect, .clears = s->clears
	};
	struct lowering l = { .script = s, .arena = s->arena, .rs = rs };
	hash_init(&l.pure_texts, s->arena);
	lower_fragments(s, rs);
	for (size_t i = 0; i < s->notes.n; i++)
		ruleset_refused_by(rs, LOADER_NFT, s->notes.items[i].span, "%s",
				   s->notes.items[i].message);
	lower_features(s, rs);
	for (size_t i = 0; i < s->n; i++) {
		struct nft_table *t = s->items[i];
		t->lowered = ruleset_add_table(rs, t->name, t->family, t->span);
		for (size_t k = 0; k < t->chains.n; k++)
			lower_chain(&l, t->chains.items[k]);
		lower_check_sets(&l, t);
		lower_check_hooks(&l, t);
		lower_check_depth(&l, t);
	}
	for (size_t i = 0; i < s->gone_rules.n && !s->diags->dropped; i++)
		check_gone(&l, s->gone_rules.items[i]);
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < s->items[i]->chains.n; k++) {
			const struct nft_chain *c = s->items[i]->chains.items[k];
			l.chain = c->lowered;
			for (size_t r = 0; r < c->rules.n && !s->diags->dropped; r++)
				lower_rule(&l, c->rules.items[r]);
		}
	return rs;
}
