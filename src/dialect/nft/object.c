/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects with names as the text has them: in the block of a table, and as commands. */
#include "text.h"

/* counter | quota | … | ct (helper | timeout | expectation); OBJECT_KINDS: none of them */
enum object_kind accept_object_kind(struct parser *p)
{
	enum object_kind k = object_kind_find(p->tok.kind == TOK_WORD ? p->tok.text : STR(""));
	if (k < OBJECT_KINDS) {
		advance(p);
		return k;
	}
	if (!is_word(p, "ct"))
		return OBJECT_KINDS;
	advance(p);
	k = object_kind_find(str_from(arena_printf(p->arena, "ct %.*s", STR_FMT(p->tok.text))));
	if (k == OBJECT_KINDS)
		parse_error(p, ERROR_SYNTAX, "expected helper, timeout or expectation");
	advance(p);
	return k;
}

/* What a block has said so far. */
struct body {
	struct nft_object *o;
	bool type;                                    /* of a helper */
	bool mss;                                     /* of synproxy */
	bool amount;                                  /* of the others without conntrack */
	bool protocol, dport, timeout, size, l3proto; /* of an expectation */
	const struct expr *of_tcp, *of_udp, *of_none; /* a state of a timeout's policy */
};

/* ---- conntrack's ---- */

/* protocol (tcp | udp), nothing else: parser_bison.y: ct_l4protoname */
static void protocol(struct parser *p, struct body *b)
{
	if (!accept_word(p, "protocol"))
		parse_error(p, ERROR_SYNTAX, "expected protocol");
	b->o->is_tcp = is_word(p, "tcp");
	b->protocol = true;
	if (!accept_word(p, "tcp") && !accept_word(p, "udp"))
		parse_error(p, ERROR_WORD, "expected tcp or udp");
}

static void l3proto(struct parser *p, struct body *b)
{
	enum family f;
	b->l3proto = true;
	if (p->tok.kind != TOK_WORD || !family_find(p->tok.text, &f))
		parse_error(p, ERROR_WORD, "expected ip, ip6, inet or another family");
	advance(p);
}

/* type "NAME" protocol PROTOCOL | l3proto FAMILY */
static void helper(struct parser *p, struct body *b)
{
	if (accept_word(p, "l3proto")) {
		l3proto(p, b);
		return;
	}
	if (!accept_word(p, "type"))
		parse_error(p, ERROR_SYNTAX, "expected type \"NAME\" protocol tcp or udp");
	if (p->tok.kind != TOK_STRING)
		parse_error(p, ERROR_SYNTAX, "expected the name of a helper in quotes");
	advance(p);
	protocol(p, b);
	b->type = true;
}

/* STATE ":" SECONDS */
static void state(struct parser *p, struct body *b)
{
	u128 seconds = 0;
	struct expr *name = expr_new(p->arena, EXPR_WORD, span_of(p, p->tok.raw), p->tok.text);
	bool established = is_word(p, "established");
	if (p->tok.kind != TOK_WORD || is_keyword(p->tok.text))
		parse_error(p, ERROR_SYNTAX, "expected a state");
	advance(p);
	expect_punct(p, ":");
	struct str at = p->tok.raw;
	if (p->tok.kind != TOK_VALUE || !time_value(p->tok.text, &seconds))
		parse_error(p, ERROR_SYNTAX, "expected a number of seconds");
	else if (!str_number(p->tok.text, UINT32_MAX, &seconds))
		script_refused(p->script, span_of(p, at),
			       "nft 1.0.6 takes seconds only, without a unit; later versions take "
			       "both");
	if (established) {
		b->o->has_established = !p->failed;
		b->o->established = seconds;
	}
	static const char tcp[] = "close close_wait established fin_wait last_ack retrans syn_recv "
				  "syn_sent syn_sent2 time_wait unack unacknowledged";
	if (str_among(name->text, "replied unreplied"))
		b->of_udp = name;
	else if (str_among(name->text, tcp))
		b->of_tcp = name;
	else
		b->of_none = name;
	advance(p);
}

/* protocol P | l3proto FAMILY | policy = { STATE : SECONDS, … } */
static void timeout(struct parser *p, struct body *b)
{
	if (accept_word(p, "l3proto")) {
		l3proto(p, b);
	} else if (is_word(p, "protocol")) {
		protocol(p, b);
	} else if (accept_word(p, "policy")) {
		expect_punct(p, "=");
		expect_punct(p, "{");
		do
			state(p, b);
		while (accept_punct(p, ","));
		expect_punct(p, "}");
	} else {
		parse_error(p, ERROR_SYNTAX, "expected protocol, l3proto or policy");
	}
}

/* protocol P | dport N | timeout TIME | size N | l3proto FAMILY */
static void expectation(struct parser *p, struct body *b)
{
	if (is_word(p, "protocol")) {
		protocol(p, b);
	} else if (accept_word(p, "dport")) {
		b->dport = true;
		expect_number(p, "a port");
	} else if (accept_word(p, "timeout")) {
		b->timeout = true;
		parse_duration(p);
	} else if (accept_word(p, "size")) {
		b->size = true;
		expect_number(p, "a size");
	} else if (accept_word(p, "l3proto")) {
		l3proto(p, b);
	} else {
		parse_error(p, ERROR_SYNTAX, "expected protocol, dport, timeout, size or l3proto");
	}
}

/* ---- the others ---- */

/* mss N wscale N [timestamp] [sack-perm], each on a line of its own or not */
static void synproxy(struct parser *p, struct body *b)
{
	if (b->mss && accept_word(p, "timestamp")) {
		accept_word(p, "sack-perm");
		return;
	}
	if (b->mss && accept_word(p, "sack-perm"))
		return;
	if (!accept_word(p, "mss"))
		parse_error(p, ERROR_SYNTAX, "expected mss");
	expect_number(p, "a number");
	skip_newlines(p);
	if (!accept_word(p, "wscale"))
		parse_error(p, ERROR_SYNTAX, "expected wscale");
	expect_number(p, "a number");
	accept_word(p, "timestamp");
	accept_word(p, "sack-perm");
	b->mss = true;
}

/* hook ingress priority P | devices = { … } | counter | flags offload */
static void flowtable(struct parser *p)
{
	struct nft_chain devices = { 0 };
	if (accept_word(p, "hook")) {
		if (!accept_word(p, "ingress"))
			parse_error(p, ERROR_PLACE,
				    "expected ingress: a flowtable has no other hook");
		if (!accept_word(p, "priority"))
			parse_error(p, ERROR_SYNTAX, "expected 'priority'");
		/* its names are those of netdev (evaluate.c: flowtable_evaluate) */
		parse_priority(p, FAMILY_NETDEV, HOOK_INGRESS);
	} else if (is_word(p, "devices")) {
		parse_devices(p, &devices);
	} else if (accept_word(p, "flags")) {
		if (!accept_word(p, "offload"))
			parse_error(p, ERROR_WORD, "expected offload");
	} else if (!accept_word(p, "counter")) {
		parse_error(p, ERROR_SYNTAX, "expected hook, devices, counter or flags");
	}
}

void parse_object_words(struct parser *p, struct nft_object *o)
{
	struct body b = { .o = o };
	struct text t = { .arena = p->arena };
	switch (o->kind) {
	case OBJECT_COUNTER: parse_counts(p); break;
	case OBJECT_QUOTA: parse_quota_amount(p, &t); break;
	case OBJECT_LIMIT: parse_limit_rate(p, &t); break;
	case OBJECT_SYNPROXY: synproxy(p, &b); break;
	case OBJECT_SECMARK:
		if (p->tok.kind != TOK_STRING && p->tok.kind != TOK_WORD)
			parse_error(p, ERROR_SYNTAX, "expected a context");
		advance(p);
		break;
	case OBJECT_FLOWTABLE:
	case OBJECT_HELPER:
	case OBJECT_TIMEOUT:
	case OBJECT_EXPECTATION:
	case OBJECT_TUNNEL:
	case OBJECT_KINDS: expect_punct(p, "{"); break;
	}
}

static void item(struct parser *p, struct body *b)
{
	/* parser_bison.y: flowtable_block has none */
	if (b->o->kind != OBJECT_FLOWTABLE && is_word(p, "comment")) {
		parse_block_comment(p);
		return;
	}
	switch (b->o->kind) {
	case OBJECT_HELPER: helper(p, b); return;
	case OBJECT_TIMEOUT: timeout(p, b); return;
	case OBJECT_EXPECTATION: expectation(p, b); return;
	case OBJECT_FLOWTABLE: flowtable(p); return;
	case OBJECT_SYNPROXY: synproxy(p, b); return;
	case OBJECT_COUNTER:
	case OBJECT_QUOTA:
	case OBJECT_LIMIT:
	case OBJECT_SECMARK:
	case OBJECT_TUNNEL:
	case OBJECT_KINDS: break;
	}
	parse_object_words(p, b->o);
	b->amount = true;
}

/* What nft and the kernel require of each (nft_ct.c, nft_limit.c: their init functions). */
static void check_body(struct parser *p, const struct body *b, struct str at)
{
	enum family f = p->table ? p->table->family : p->family;
	bool is_udp = b->protocol && !b->o->is_tcp;
	const struct expr *wrong = b->of_none;
	if (!wrong && !is_udp)
		wrong = b->of_udp;
	if (!wrong && !b->o->is_tcp)
		wrong = b->of_tcp;
	switch (b->o->kind) {
	case OBJECT_HELPER:
		if (!b->type)
			parse_error_at(p, at, ERROR_MISSING,
				       "expected the type of a helper: type \"ftp\" protocol tcp");
		break;
	case OBJECT_LIMIT:
	case OBJECT_SECMARK:
		if (!b->amount)
			parse_error_at(p, at, ERROR_MISSING, "expected the definition of the %s",
				       object_word(b->o->kind));
		break;
	case OBJECT_TIMEOUT:
		if (wrong)
			script_error(p->script, wrong->span, ERROR_TYPE,
				     "'%.*s' is not a state of %s", STR_FMT(wrong->text),
				     b->o->is_tcp ? "tcp"
				     : is_udp     ? "udp"
						  : "a protocol that is not named");
		break;
	case OBJECT_EXPECTATION:
		if (!b->protocol || !b->dport || !b->timeout || !b->size)
			parse_error_at(p, at, ERROR_MISSING,
				       "an expectation needs protocol, dport, timeout and size");
		else if (!b->l3proto && f != FAMILY_IP && f != FAMILY_IP6)
			parse_error_at(p, at, ERROR_MISSING,
				       "an expectation in a table of %s needs l3proto",
				       family_name(f));
		break;
	case OBJECT_COUNTER:
	case OBJECT_QUOTA:
	case OBJECT_SYNPROXY:
	case OBJECT_TUNNEL:
	case OBJECT_FLOWTABLE:
	case OBJECT_KINDS: break;
	}
}

/* (item (";" | NEWLINE))* */
static void items(struct parser *p, void *body)
{
	for (skip_newlines(p); p->tok.kind != TOK_END && !is_punct(p, "}"); skip_newlines(p)) {
		item(p, body);
		if (!p->failed && !at_statement_end(p))
			parse_error(p, ERROR_SYNTAX, "expected ';' or the end of the line");
	}
}

void parse_object_body(struct parser *p, struct nft_object *o)
{
	struct body b = { .o = o };
	struct str at = p->tok.raw;
	if (o->kind == OBJECT_TUNNEL) { /* of later versions */
		skip_block(p);
		return;
	}
	if (parse_block(p, items, &b))
		check_body(p, &b, at);
}

bool parse_object_block(struct parser *p, struct nft_table *t)
{
	enum object_kind kind = accept_object_kind(p);
	if (kind == OBJECT_KINDS)
		return p->failed;
	struct str name = expect_object_name(p, kind);
	if (!p->failed)
		parse_object_body(p, table_add_object(p->script, t, kind, name));
	return true;
}
