/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Statements that do something with a packet: log, queue, reject, translate, copy … */
#include "text.h"

/* ---- log, queue and others ---- */

/* log [prefix S | level W | group N | snaplen N | queue-threshold N | flags W…]* */
static struct stmt *log_to(struct parser *p)
{
	static const char *const levels[] = { "emerg",  "alert", "crit",  "err",   "warn",
					      "notice", "info",  "debug", "audit", NULL };
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
			if (!accept_one_of(p, levels))
				parse_error(p, ERROR_WORD,
					    "expected a log level: emerg, alert, crit, err, warn, "
					    "notice, info, debug or audit");
		} else if (accept_word(p, "group") || accept_word(p, "snaplen") ||
			   accept_word(p, "queue-threshold")) {
			expect_number(p, "a number");
		} else if (accept_word(p, "flags")) {
			bool tcp = is_word(p, "tcp");
			if (!accept_one_of(p, flags))
				parse_error(p, ERROR_WORD, "expected tcp, ip, skuid, ether or all");
			do
				if (!accept_word(p, "sequence") && !accept_word(p, "options") &&
				    tcp)
					parse_error(p, ERROR_WORD, "expected sequence or options");
			while (accept_punct(p, ","));
		} else {
			break;
		}
	}
	if (grouped && leveled)
		parse_error(p, ERROR_CONFLICT,
			    "a log group takes neither a level nor flags; expected the end of "
			    "the statement");
	if (audit.p && n > 1)
		parse_error_at(p, audit, ERROR_CONFLICT,
			       "log level audit allows no other option of log");
	return s;
}

/* queue [num N[-N]] [bypass,fanout] | queue [flags F] [to (N[-N] | EXPR)] */
static struct stmt *queue(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_QUEUE, "queue");
	for (advance(p); !p->failed && !at_statement_end(p);) {
		if (is_word(p, "to") || is_word(p, "flags"))
			script_uses(p->script, FEATURE_STATEMENT, "queue to",
				    span_of(p, p->tok.raw));
		if (accept_word(p, "num")) {
			s->b = parse_expr(p, MODE_VALUE);
		} else if (accept_word(p, "to")) {
			s->b = parse_expr(p, MODE_STATEMENT);
		} else if (accept_word(p, "flags") || accept_punct(p, ",")) {
			continue;
		} else if (accept_word(p, "bypass")) {
			s->bypass = true;
		} else if (accept_word(p, "fanout")) {
			s->fanout = true;
		} else {
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
		stmt_family(p, s);
	if (!accept_word(p, "to"))
		parse_error(p, ERROR_SYNTAX, "expected 'to' and an address or a port");
	s->b = parse_expr(p, MODE_STATEMENT);
	if (accept_word(p, "device"))
		stmt_reads(p, s, parse_expr(p, MODE_STATEMENT));
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
		parse_error(p, ERROR_SYNTAX, "expected tcp option");
	u128 n;
	if (p->tok.kind == TOK_VALUE && (!str_number(p->tok.text, ~(u128)0, &n) || n > UINT8_MAX))
		parse_error(p, ERROR_VALUE, "expected a TCP option of at most 255");
	if (p->tok.kind != TOK_VALUE && !is_tcp_option(p->tok.text))
		parse_error(p, ERROR_WORD, "expected a TCP option");
	advance(p);
	return s;
}

/* xt (match | target) STRING: nft prints this for what it cannot translate */
static struct stmt *xt(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_XT, "");
	advance(p);
	s->op = p->tok.text;
	if (!accept_word(p, "match") && !accept_word(p, "target") && !accept_word(p, "watcher"))
		parse_error(p, ERROR_SYNTAX, "expected match or target");
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
			parse_error(p, ERROR_SYNTAX, "expected 'reset' after 'tcp'");
		s->text = STR("tcp reset");
		return s;
	}
	struct str family = p->tok.text;
	if (!accept_word(p, "icmp") && !accept_word(p, "icmpv6") && !accept_word(p, "icmpx"))
		parse_error(p, ERROR_WORD, "expected tcp reset, icmp, icmpv6 or icmpx");
	accept_word(p, "type");
	struct str code = expect_name(p, "a code");
	enum value_type type = str_is(family, "icmpx")    ? TYPE_ICMPX_CODE
			       : str_is(family, "icmpv6") ? TYPE_ICMP6_CODE
							  : TYPE_ICMP_CODE;
	if (!p->failed && value_check(datatype_of_type(type), code) != VALUE_OK)
		parse_error_at(p, p->last, ERROR_WORD, "'%.*s' is not a code of %.*s",
			       STR_FMT(code), STR_FMT(family));
	s->text = str_from(arena_printf(p->arena, "%.*s %.*s", STR_FMT(family), STR_FMT(code)));
	return s;
}

/* ---- NAT ---- */

/* [ADDR] [":" PORT], where ADDR may be "[" ADDR6 "]", a range, a concatenation, a map */
static void nat_target(struct parser *p, struct stmt *s)
{
	if (accept_punct(p, "[")) {
		s->b = parse_expr(p, MODE_STATEMENT);
		expect_punct(p, "]");
		if (accept_punct(p, "/"))
			s->prefix = expect_number(p, "a prefix length");
		if (accept_punct(p, "-")) {
			expect_punct(p, "[");
			s->address_end = parse_expr(p, MODE_STATEMENT);
			stmt_reads(p, s, s->address_end);
			expect_punct(p, "]");
		}
	} else if (!is_punct(p, ":")) {
		s->b = parse_expr(p, MODE_STATEMENT);
	}
	if (accept_punct(p, ":")) {
		s->port = parse_expr(p, MODE_STATEMENT);
		stmt_reads(p, s, s->port);
		s->says_port = true;
	}
	/* redirect and masquerade take a port alone, with a colon or without */
	bool has_address = s->kind == ST_TPROXY || str_is(s->text, "snat") ||
			   str_is(s->text, "dnat");
	s->says_address = has_address && s->b;
	s->says_port = s->says_port || (s->b && !has_address);
	s->address = has_address ? s->b : NULL;
	if (!has_address && s->b)
		s->port = s->b;
}

static void nat_flags(struct parser *p, struct stmt *s)
{
	bool *flag = &s->nat_random;
	while (!p->failed && flag) {
		flag = accept_word(p, "random") || accept_word(p, "fully-random") ? &s->nat_random
		       : accept_word(p, "persistent") ? &s->nat_persistent
						      : NULL;
		if (flag) {
			*flag = true;
			accept_punct(p, ",");
		}
	}
}

/*
 * (snat | dnat) [ip | ip6] [prefix] [interval] [addr . port] to TARGET [FLAGS]
 * (masquerade | redirect) [to [":"] PORT] [FLAGS]
 */
static struct stmt *nat(struct parser *p)
{
	static const char *const words[] = { "interval", "addr", "port", NULL };
	struct stmt *s = stmt_new(p, ST_NAT, "");
	s->text = p->tok.text;
	bool needs = is_word(p, "snat") || is_word(p, "dnat");
	advance(p);
	while (needs && (stmt_family(p, s) || accept_one_of(p, words) || accept_punct(p, ".") ||
			 is_word(p, "prefix")))
		s->nat_prefix = accept_word(p, "prefix") || s->nat_prefix;
	bool to = accept_word(p, "to");
	if (needs ? !at_statement_end(p) : to)
		nat_target(p, s);
	else if (needs || is_punct(p, ":"))
		nat_target(p, s);
	nat_flags(p, s);
	return s;
}

/* tproxy [ip | ip6] to [ADDR] [":" PORT] */
static struct stmt *tproxy(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_TPROXY, "tproxy");
	advance(p);
	stmt_family(p, s);
	if (!accept_word(p, "to"))
		parse_error(p, ERROR_SYNTAX, "expected 'to' and an address or a port");
	nat_target(p, s);
	return s;
}

/* tunnel name EXPR: the object for packets that are sent on */
static struct stmt *tunnel_name(struct parser *p)
{
	struct stmt *s = stmt_new(p, ST_OTHER, "tunnel");
	advance(p);
	advance(p);
	s->b = parse_expr(p, MODE_STATEMENT);
	return s;
}

// clang-format off
static const struct { const char *word; struct stmt *(*parse)(struct parser *p); } actions[] = {
	{ "log", log_to }, { "reject", reject }, { "queue", queue }, { "notrack", notrack },
	{ "snat", nat }, { "dnat", nat }, { "masquerade", nat }, { "redirect", nat },
	{ "tproxy", tproxy }, { "synproxy", synproxy }, { "dup", dup_fwd }, { "fwd", dup_fwd },
	{ "reset", reset }, { "xt", xt },
};
// clang-format on

struct stmt *parse_action(struct parser *p)
{
	if (is_word(p, "tunnel") && next_is_word(p, "name"))
		return tunnel_name(p);
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (is_word(p, actions[i].word))
			return actions[i].parse(p);
	return NULL;
}
