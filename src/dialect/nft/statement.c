/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The statements of a rule. A match begins with a selector; everything else
 * with a word of its own, looked up in the table at the end.
 */
#include "nft.h"

static struct stmt *stmt_new(struct parser *p, enum stmt_kind kind, const char *text)
{
	struct stmt *s = arena_new_one(p->arena, struct stmt);
	*s = (struct stmt){ .kind = kind, .span = span_of(p, p->tok.raw), .text = str_from(text) };
	return s;
}

static void also_reads(struct parser *p, struct stmt *s, struct expr *e)
{
	if (e)
		vec_push(p->arena, &s->reads, e);
}

/* ip | ip6 */
static bool accept_family(struct parser *p, struct stmt *s)
{
	if (!is_word(p, "ip") && !is_word(p, "ip6"))
		return false;
	s->l3 = is_word(p, "ip6") ? 6 : 4;
	advance(p);
	return true;
}

static bool accept_value(struct parser *p)
{
	bool yes = p->tok.kind == TOK_VALUE;
	if (yes)
		advance(p);
	return yes;
}

static bool one_of_words(struct parser *p, const char *const *list)
{
	for (size_t i = 0; list[i]; i++)
		if (accept_word(p, list[i]))
			return true;
	return false;
}

/* ---- with a state of their own ---- */

static const char *const units[] = { "bytes", "kbytes", "mbytes", "packets", NULL };
static const char *const periods[] = { "second", "minute", "hour", "day", "week", NULL };

/* counter [packets N bytes N] | counter name EXPR */
static struct stmt *counter(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_OTHER, "counter");
	advance(p);
	if (accept_word(p, "name")) {
		s->b = parse_expr(p, MODE_STATEMENT);
		return s;
	}
	for (int i = 0; i < 2; i++)
		if (accept_word(p, "packets") || accept_word(p, "bytes"))
			expect_number(p, "a number");
	return s;
}

enum unit { UNIT_NONE, UNIT_BYTES, UNIT_PACKETS };

/* NUMBER UNIT as bytes; the same from text ("1 kbytes") and from JSON (1024 and "bytes") */
static enum unit amount(struct parser *p, struct text *t)
{
	static const unsigned shifts[] = { 0, 10, 20 };
	uint64_t n = expect_number(p, "an amount");
	cut_word(p, '/');
	for (size_t i = 0; units[i]; i++)
		if (accept_word(p, units[i])) {
			if (i < 3)
				text_printf(t, " %llu bytes", (unsigned long long)(n << shifts[i]));
			else
				text_printf(t, " %llu packets", (unsigned long long)n);
			return i < 3 ? UNIT_BYTES : UNIT_PACKETS;
		}
	text_printf(t, " %llu", (unsigned long long)n);
	return UNIT_NONE;
}

/* name EXPR: the object that the statement is; false: it is none. */
static bool by_name(struct parser *p, struct stmt *s, struct text *t)
{
	if (!accept_word(p, "name"))
		return false;
	s->b = parse_expr(p, MODE_STATEMENT);
	text_printf(t, " name ");
	if (s->b)
		expr_print(t, s->b);
	s->text = text_str(t);
	return true;
}

/* limit rate [over] N [UNIT] "/" PERIOD [burst N UNIT] | limit name EXPR */
static struct stmt *limit(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_STATEFUL, "limit");
	struct text t = { .arena = p->arena };
	text_printf(&t, "limit");
	advance(p);
	if (by_name(p, s, &t))
		return s;
	if (!accept_word(p, "rate"))
		parse_error(p, "expected rate or name");
	text_printf(&t, " rate%s", accept_word(p, "over") ? " over" : "");
	accept_word(p, "until");
	u128 rate = 1;
	str_number(p->tok.text, UINT64_MAX, &rate);
	if (!rate) /* nft_limit.c: nft_limit_init */
		parse_error(p, "expected a rate of at least 1");
	enum unit unit = amount(p, &t);
	struct str period = p->tok.text;
	if (!accept_punct(p, "/") || (period = p->tok.text, !one_of_words(p, periods)))
		parse_error(p, "expected '/' and second, minute, hour, day or week");
	text_printf(&t, "/%.*s", STR_FMT(period));
	if (accept_word(p, "burst")) {
		text_printf(&t, " burst");
		struct str at = p->tok.raw;
		if (amount(p, &t) != (unit == UNIT_BYTES ? UNIT_BYTES : UNIT_PACKETS))
			parse_error_at(p, at, "expected a burst of %s, as the rate is one of %s",
				       unit == UNIT_BYTES ? "bytes, kbytes or mbytes" : "packets",
				       unit == UNIT_BYTES ? "bytes" : "packets");
	}
	s->text = text_str(&t);
	return s;
}

/* quota [over | until] N UNIT [used N UNIT] | quota name EXPR */
static struct stmt *quota(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_STATEFUL, "quota");
	struct text t = { .arena = p->arena };
	text_printf(&t, "quota");
	advance(p);
	if (by_name(p, s, &t))
		return s;
	if (accept_word(p, "over"))
		text_printf(&t, " over");
	accept_word(p, "until");
	struct str at = p->tok.raw;
	if (amount(p, &t) != UNIT_BYTES)
		parse_error_at(p, at, "expected an amount in bytes, kbytes or mbytes");
	if (accept_word(p, "used")) {
		struct text used = { .arena = p->arena };
		amount(p, &used);
	}
	s->text = text_str(&t);
	return s;
}

/* last [used (never | TIME)] */
static struct stmt *last(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_OTHER, "last");
	advance(p);
	if (accept_word(p, "used") && !accept_word(p, "never") && !accept_value(p))
		parse_error(p, "expected never or a time");
	return s;
}

/* ct count [over] N */
static struct stmt *ct_count(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_STATEFUL, "ct count");
	advance(p);
	advance(p);
	bool over = accept_word(p, "over");
	s->text = str_from(arena_printf(p->arena, "ct count%s %llu", over ? " over" : "",
					(unsigned long long)expect_number(p, "a number")));
	return s;
}

struct stmt *parse_stateful(struct parser *p)
{
	if (is_word(p, "counter"))
		return counter(p);
	if (is_word(p, "limit"))
		return limit(p);
	if (is_word(p, "quota"))
		return quota(p);
	if (is_word(p, "last"))
		return last(p);
	if (is_word(p, "ct") && next_is_word(p, "count"))
		return ct_count(p);
	return NULL;
}

/* ---- sets that packets fill ---- */

/* One that holds a limit may end the rule, just as the limit itself may. */
static struct stmt *filled(struct parser *p, struct stmt *s, struct str first)
{
	struct text t = { .arena = p->arena };
	struct str words = { first.p, (size_t)(p->last.p + p->last.n - first.p) };
	if (!p->failed && (str_contains(words, "limit ") || str_contains(words, "quota ") ||
			   str_contains(words, "ct count"))) {
		s->kind = ST_STATEFUL;
		text_printf(&t, "%.*s of a set", STR_FMT(s->text));
		s->text = text_str(&t);
	}
	return s;
}

/*
 * (add | update | delete | destroy) "@" NAME "{" element "}"
 * set (add | update | delete) EXPR "@" NAME       (before nft 0.9)
 */
static struct stmt *set_update(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_OTHER, "set");
	struct str first = p->tok.raw;
	bool old = accept_word(p, "set") || accept_word(p, "map");
	s->text = p->tok.text;
	advance(p);
	if (old) {
		s->a = parse_expr(p, MODE_LEFT);
		if (s->a && accept_punct(p, ":"))
			also_reads(p, s, parse_expr(p, MODE_STATEMENT));
		expect_punct(p, "@");
		s->b = expr_new(p->arena, EXPR_SET_REF, span_of(p, p->tok.raw), p->tok.text);
		expect_name(p, "the name of a set");
		return s;
	}
	expect_punct(p, "@");
	s->b = expr_new(p->arena, EXPR_SET_REF, span_of(p, p->tok.raw), p->tok.text);
	expect_name(p, "the name of a set");
	if (!is_punct(p, "{"))
		parse_error(p, "expected '{'");
	s->a = parse_set(p, MODE_STATEMENT);
	return filled(p, s, first);
}

/* (meter | flow table) NAME [size N] "{" element "}" */
static struct stmt *meter(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_OTHER, "meter");
	struct str first = p->tok.raw;
	if (accept_word(p, "flow"))
		accept_word(p, "table");
	else
		advance(p);
	if (!is_punct(p, "{"))
		expect_name(p, "the name of a meter");
	if (accept_word(p, "size"))
		expect_number(p, "a size");
	if (!is_punct(p, "{"))
		parse_error(p, "expected '{'");
	s->a = parse_set(p, MODE_STATEMENT);
	return filled(p, s, first);
}

/* flow (add | offload) "@" NAME */
static struct stmt *flow(struct parser *p)
{
	if (next_is_word(p, "table"))
		return meter(p);
	struct stmt *s = stmt_new(p, ST_OTHER, "flow");
	advance(p);
	if (!accept_word(p, "add") && !accept_word(p, "offload"))
		parse_error(p, "expected add");
	expect_punct(p, "@");
	expect_name(p, "the name of a flowtable");
	return s;
}

/* ---- log, queue and others ---- */

/* log [prefix S | level W | group N | snaplen N | queue-threshold N | flags W…]* */
static struct stmt *log_to(struct parser *p)
{
	static const char *const levels[] = { "emerg", "alert", "crit", "err", "warn", "notice", "info",
					      "debug", "audit", NULL };
	static const char *const flags[] = { "tcp", "ip", "skuid", "ether", "all", NULL };
	struct stmt *s = stmt_new(p, ST_LOG, "log");
	struct str audit = { 0 };
	unsigned n = 0;
	bool grouped = false, leveled = false;
	for (advance(p); !p->failed; n++) {
		grouped = grouped || is_word(p, "group");
		leveled = leveled || is_word(p, "level") || is_word(p, "flags");
		if (accept_word(p, "prefix")) {
			if (p->tok.kind == TOK_STRING || p->tok.kind == TOK_WORD)
				advance(p);
			else
				expect_name(p, "a prefix in quotes");
		} else if (accept_word(p, "level")) {
			if (is_word(p, "audit"))
				audit = p->tok.raw;
			if (!one_of_words(p, levels))
				parse_error(p, "expected a log level");
		} else if (accept_word(p, "group") || accept_word(p, "snaplen") ||
			   accept_word(p, "queue-threshold")) {
			expect_number(p, "a number");
		} else if (accept_word(p, "flags")) {
			bool tcp = is_word(p, "tcp");
			if (!one_of_words(p, flags))
				parse_error(p, "expected tcp, ip, skuid, ether or all");
			do
				if (!accept_word(p, "sequence") && !accept_word(p, "options") && tcp)
					parse_error(p, "expected sequence or options");
			while (accept_punct(p, ","));
		} else {
			break;
		}
	}
	if (grouped && leveled)
		parse_error(p, "a log group takes neither a level nor flags; expected the end of the statement");
	if (audit.p && n > 1)
		parse_error_at(p, audit, "level audit goes with no other option of log");
	return s;
}

/* queue [num N[-N]] [bypass,fanout] | queue [flags F] [to (N[-N] | EXPR)] */
static struct stmt *queue(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_QUEUE, "queue");
	for (advance(p); !p->failed && !at_statement_end(p);) {
		if (accept_word(p, "num")) {
			s->b = parse_expr(p, MODE_VALUE);
		} else if (accept_word(p, "to")) {
			s->b = parse_expr(p, MODE_STATEMENT);
		} else if (accept_word(p, "flags") || accept_punct(p, ",")) {
			continue;
		} else if (accept_word(p, "bypass")) {
			s->bypass = true;
		} else if (!accept_word(p, "fanout")) {
			break;
		}
	}
	return s;
}

/* dup to ADDR [device D] | dup to D | fwd to D | fwd (ip | ip6) to ADDR device D */
static struct stmt *dup_fwd(struct parser *p)
{
	bool fwd = is_word(p, "fwd");
	struct stmt *s = stmt_new(p, fwd ? ST_STOLEN : ST_OTHER, fwd ? "fwd" : "dup");
	advance(p);
	if (fwd)
		accept_family(p, s);
	if (!accept_word(p, "to"))
		parse_error(p, "expected to");
	s->b = parse_expr(p, MODE_STATEMENT);
	if (accept_word(p, "device"))
		also_reads(p, s, parse_expr(p, MODE_STATEMENT));
	return s;
}

static struct stmt *notrack(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_NOTRACK, "notrack");
	advance(p);
	return s;
}

/* synproxy [mss N] [wscale N] [timestamp] [sack-perm] | synproxy name EXPR */
static struct stmt *synproxy(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_STOLEN, "synproxy");
	advance(p);
	if (accept_word(p, "name")) {
		s->b = parse_expr(p, MODE_STATEMENT);
		return s;
	}
	while (!p->failed && !at_statement_end(p)) {
		if (accept_word(p, "mss") || accept_word(p, "wscale"))
			expect_number(p, "a number");
		else if (!accept_word(p, "timestamp") && !accept_word(p, "sack-perm"))
			break;
	}
	return s;
}

/* reset tcp option NAME */
static struct stmt *reset(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_OTHER, "reset tcp option");
	advance(p);
	if (!accept_word(p, "tcp") || !accept_word(p, "option"))
		parse_error(p, "expected tcp option");
	if (p->tok.kind != TOK_VALUE && !is_tcp_option(p->tok.text))
		parse_error(p, "expected a TCP option");
	advance(p);
	return s;
}

/* xt (match | target) STRING; as nft prints what it cannot translate */
static struct stmt *xt(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_XT, "");
	advance(p);
	s->op = p->tok.text;
	if (!accept_word(p, "match") && !accept_word(p, "target") && !accept_word(p, "watcher"))
		parse_error(p, "expected match or target");
	s->text = p->tok.text;
	expect_name(p, "the name of an extension");
	return s;
}

/* ---- reject ---- */

/* reject [with (tcp reset | (icmp | icmpv6 | icmpx) [type] CODE)] */
static struct stmt *reject(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_REJECT, "");
	advance(p);
	if (!accept_word(p, "with"))
		return s;
	if (accept_word(p, "tcp")) {
		if (!accept_word(p, "reset"))
			parse_error(p, "expected reset");
		s->text = STR("tcp reset");
		return s;
	}
	struct str family = p->tok.text;
	if (!accept_word(p, "icmp") && !accept_word(p, "icmpv6") && !accept_word(p, "icmpx"))
		parse_error(p, "expected tcp reset, icmp, icmpv6 or icmpx");
	accept_word(p, "type");
	struct str code = expect_name(p, "a code");
	enum value_type type = str_is(family, "icmpx") ? TYPE_ICMPX_CODE :
			       str_is(family, "icmpv6") ? TYPE_ICMP6_CODE : TYPE_ICMP_CODE;
	if (!p->failed && value_check(datatype_of_type(type), code) != VALUE_OK)
		parse_error_at(p, p->last, "'%.*s' is no code of %.*s", STR_FMT(code), STR_FMT(family));
	s->text = str_from(arena_printf(p->arena, "%.*s %.*s", STR_FMT(family), STR_FMT(code)));
	return s;
}

/* ---- NAT ---- */

static const char *const nat_flags[] = { "random", "fully-random", "persistent", NULL };

/* [ADDR] [":" PORT], where ADDR may be "[" ADDR6 "]", a range, a concatenation, a map */
static void nat_target(struct parser *p, struct stmt *s)
{
	if (accept_punct(p, "[")) {
		s->b = parse_expr(p, MODE_STATEMENT);
		expect_punct(p, "]");
		if (accept_punct(p, "/"))
			expect_number(p, "a prefix length");
		if (accept_punct(p, "-")) {
			expect_punct(p, "[");
			also_reads(p, s, parse_expr(p, MODE_STATEMENT));
			expect_punct(p, "]");
		}
	} else if (!is_punct(p, ":")) {
		s->b = parse_expr(p, MODE_STATEMENT);
	}
	if (accept_punct(p, ":")) {
		also_reads(p, s, parse_expr(p, MODE_STATEMENT));
		s->says_port = true;
	}
	/* redirect and masquerade take a port alone, with a colon or without */
	bool has_address = s->kind == ST_TPROXY || str_is(s->text, "snat") || str_is(s->text, "dnat");
	s->says_address = has_address && s->b;
	s->says_port = s->says_port || (s->b && !has_address);
}

/*
 * (snat | dnat) [ip | ip6] [prefix] [interval] [addr . port] to TARGET [FLAGS]
 * (masquerade | redirect) [to [":"] PORT] [FLAGS]
 */
static struct stmt *nat(struct parser *p)
{
	static const char *const words[] = { "prefix", "interval", "addr", "port", NULL };
	struct stmt *s = stmt_new(p, ST_NAT, "");
	s->text = p->tok.text;
	bool needs = is_word(p, "snat") || is_word(p, "dnat");
	advance(p);
	while (needs && (accept_family(p, s) || one_of_words(p, words) || accept_punct(p, ".")))
		continue;
	bool to = accept_word(p, "to");
	if (needs ? !at_statement_end(p) : to)
		nat_target(p, s);
	else if (needs || is_punct(p, ":"))
		nat_target(p, s);
	while (!p->failed && one_of_words(p, nat_flags))
		accept_punct(p, ",");
	return s;
}

/* tproxy [ip | ip6] to [ADDR] [":" PORT] */
static struct stmt *tproxy(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_TPROXY, "tproxy");
	advance(p);
	accept_family(p, s);
	if (!accept_word(p, "to"))
		parse_error(p, "expected to");
	nat_target(p, s);
	return s;
}

/* ---- matches and what is set ---- */

static const struct { const char *sign, *word; } comparisons[] = {
	{ "==", "eq" }, { "!=", "ne" }, { "<=", "le" }, { ">=", "ge" }, { "<", "lt" }, { ">", "gt" },
	{ "!", "not" },
};

static struct str comparison(struct parser *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(comparisons); i++)
		if (accept_punct(p, comparisons[i].sign) || accept_word(p, comparisons[i].word))
			return str_from(comparisons[i].sign);
	return STR("");
}

/* exists | missing, behind a header that may be there or not */
static bool may_be_missing(const struct expr *e)
{
	return e->kind == EXPR_SELECTOR &&
	       (str_starts(e->text, "exthdr") || str_starts(e->text, "tcp option") ||
		str_starts(e->text, "ip option") || str_starts(e->text, "fib") ||
		str_starts(e->text, "sctp chunk") || str_starts(e->text, "dccp option"));
}

/* A number behind the slash is the length of a prefix, also of bits: 0x2 / 0x1 is no mask (parser_bison.y: prefix_rhs_expr) */
static void prefix_of_bits(struct parser *p, struct stmt *s)
{
	unsigned width = datatype_of_type(s->a->selector->type).width;
	struct str at = p->tok.raw;
	uint64_t len = expect_number(p, "a prefix length");
	if (p->failed || !width || width > 64 || len > width) {
		parse_error_at(p, at, "a number behind '/' is a prefix length, here of 0 to %u: write the mask in words, or as "
			       "& %.*s ==", width, STR_FMT(at));
		return;
	}
	uint64_t mask = len ? (~(uint64_t)0 >> (64 - width)) & ~((len < width ? (uint64_t)1 << (width - len) : 1) - 1) : 0;
	struct str text = str_from(arena_printf(p->arena, "0x%llx", (unsigned long long)mask));
	struct expr *and = expr_new(p->arena, EXPR_BINARY, s->b->span, STR("&"));
	s->mask = expr_new(p->arena, EXPR_WORD, span_of(p, at), text);
	expr_add(p->arena, and, s->b);
	expr_add(p->arena, and, s->mask);
	s->b = and;
}

static struct stmt *match(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_MATCH, "");
	struct str first = p->tok.raw;
	s->a = parse_expr(p, MODE_LEFT);
	if (!s->a)
		return s;
	if (s->a->kind == EXPR_WORD || s->a->kind == EXPR_STRING || s->a->kind == EXPR_SET) {
		parse_error_at(p, first, "expected a match or a statement, not '%.*s'",
			       (int)(first.n < 60 ? first.n : 60), first.p);
		return s;
	}
	if (accept_word(p, "vmap")) {
		s->kind = ST_VMAP;
		s->b = is_punct(p, "{") || is_punct(p, "@") || is_punct(p, "$") ?
			parse_expr(p, MODE_VALUE) : NULL;
		if (!s->b)
			parse_error(p, "expected a map");
	} else if (accept_word(p, "set")) {
		s->kind = ST_SET;
		if (is_punct(p, "{"))
			parse_error(p, "expected a value");
		s->b = parse_list(p, MODE_STATEMENT); /* ct event set new,related */
	} else {
		s->op = comparison(p);
		if (at_statement_end(p) && may_be_missing(s->a)) {
			parse_error(p, "expected a value, exists or missing");
			return s;
		}
		s->b = parse_values(p, s->a);
		if (s->b && s->a->kind == EXPR_SELECTOR && is_punct(p, "/")) {
			advance(p);
			/* of several numbers none is a length: that is how nft -n lists a mask */
			bool several = peek_next(p)->kind == TOK_PUNCT && str_is(peek_next(p)->text, ",");
			if (p->tok.kind == TOK_VALUE && !several)
				prefix_of_bits(p, s);
			else
				s->mask = parse_values(p, s->a);
		}
	}
	return s;
}

static struct stmt *verdict(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_VERDICT, "");
	s->a = parse_verdict(p);
	return s;
}

/* ---- the rule ---- */

static const struct { const char *word; struct stmt *(*parse)(struct parser *p); } statements[] = {
	{ "accept", verdict }, { "drop", verdict }, { "continue", verdict }, { "return", verdict },
	{ "jump", verdict }, { "goto", verdict },
	{ "counter", counter }, { "limit", limit }, { "quota", quota }, { "last", last },
	{ "log", log_to }, { "reject", reject }, { "queue", queue }, { "notrack", notrack },
	{ "snat", nat }, { "dnat", nat }, { "masquerade", nat }, { "redirect", nat },
	{ "tproxy", tproxy }, { "synproxy", synproxy }, { "dup", dup_fwd }, { "fwd", dup_fwd },
	{ "flow", flow }, { "meter", meter }, { "add", set_update }, { "update", set_update },
	{ "delete", set_update }, { "destroy", set_update }, { "set", set_update },
	{ "map", set_update }, { "reset", reset }, { "xt", xt },
};

/* tunnel name EXPR: the object for what is sent on */
static struct stmt *tunnel_name(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_OTHER, "tunnel");
	advance(p);
	advance(p);
	s->b = parse_expr(p, MODE_STATEMENT);
	return s;
}

static struct stmt *statement(struct parser *p)
{
	if (is_word(p, "tunnel") && next_is_word(p, "name"))
		return tunnel_name(p);
	if (is_word(p, "ct") && next_is_word(p, "count"))
		return ct_count(p);
	for (size_t i = 0; i < ARRAY_SIZE(statements); i++)
		if (is_word(p, statements[i].word))
			return statements[i].parse(p);
	return match(p);
}

void parse_loose_rule(struct script *s, struct nft_table *t, struct str text, struct span place,
		      struct nft_rule *r)
{
	struct parser p = { .script = s, .arena = s->arena, .file = s->source->items[0], .table = t,
			    .at = text.p, .end = text.p + text.n, .fixed = &place };
	struct nft_rule loose = { .chain = r->chain };
	lex_start(&p);
	parse_rule(&p, &loose);
	for (size_t i = 0; i < loose.stmts.n; i++)
		vec_push(s->arena, &r->stmts, loose.stmts.items[i]);
}

/* rule = statement+ [comment STRING] */
void parse_rule(struct parser *p, struct nft_rule *r)
{
	struct str first = p->tok.raw;
	bool ended = false;
	p->handle = 0;
	while (!at_statement_end(p)) {
		struct str at = p->tok.raw;
		if (accept_word(p, "comment")) {
			r->comment = p->tok.text;
			if (p->tok.kind != TOK_STRING && p->tok.kind != TOK_WORD)
				parse_error(p, "expected a comment in quotes");
			if (r->comment.n > 128)
				parse_error(p, "a comment has at most 128 characters");
			advance(p);
			if (!at_statement_end(p))
				parse_error(p, "expected the end of the rule behind its comment");
			break;
		}
		struct stmt *s = statement(p);
		if (p->failed)
			return;
		s->span = span_from(p, at);
		if (ended)
			parse_error_at(p, at, "nothing has an effect behind a verdict");
		ended = s->kind == ST_VERDICT || s->kind == ST_NAT || s->kind == ST_REJECT || s->kind == ST_QUEUE;
		vec_push(p->arena, &r->stmts, s);
	}
	if (p->failed)
		return;
	if (!r->stmts.n)
		parse_error(p, "expected a rule");
	r->span = span_from(p, first);
	r->handle = p->handle;
}
