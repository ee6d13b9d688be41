/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The grammar of selectors: the words of selector.c as the text has them. */
#include "header.h"
#include "text.h"

static struct expr *selector(struct parser *p, struct str first, struct text *name)
{
	struct expr *e = expr_new(p->arena, EXPR_SELECTOR, span_from(p, first), text_str(name));
	e->selector = selector_find(e->text);
	if (p->hashed)
		expr_add(p->arena, e, p->hashed);
	p->hashed = NULL;
	return p->failed ? NULL : e;
}

/* Takes the next word into the name; false: it is not one of `list`. */
static bool take_word(struct parser *p, struct text *name, const char *list, const char *what)
{
	if (p->tok.kind != TOK_WORD || (list && !str_among(p->tok.text, list))) {
		parse_error(p, ERROR_SYNTAX, "expected %s", what);
		return false;
	}
	text_printf(name, " %.*s", STR_FMT(p->tok.text));
	advance(p);
	return true;
}

static void take_value(struct parser *p, struct text *name, const char *what)
{
	text_printf(name, " %llu", (unsigned long long)expect_number(p, what));
}

static void take_byte(struct parser *p, struct text *name, const char *what)
{
	u128 n;
	if (str_number(p->tok.text, ~(u128)0, &n) && n > UINT8_MAX)
		parse_error(p, ERROR_VALUE, "expected %s of at most 255", what);
	take_value(p, name, what);
}

/* An optional "offset N" or "seed N". */
static void take_option(struct parser *p, struct text *name, const char *word)
{
	if (accept_word(p, word)) {
		text_printf(name, " %s", word);
		take_value(p, name, "a number");
	}
}

/* '@' ("ll" | "nh" | "th" | "ih") ',' OFFSET ',' LENGTH */
static void raw_payload(struct parser *p, struct text *name)
{
	static const char *const bases[] = { "ll", "nh", "th", "ih" };
	bool known = false;
	for (size_t i = 0; i < ARRAY_SIZE(bases); i++)
		known = known || is_word(p, bases[i]);
	if (!known) {
		parse_error(p, ERROR_WORD, "expected ll, nh, th or ih");
		return;
	}
	text_printf(name, "@%.*s", STR_FMT(p->tok.text));
	advance(p);
	for (int i = 0; i < 2 && expect_punct(p, ","); i++) {
		struct str at = p->tok.raw;
		uint64_t n = expect_number(p, "a number of bits");
		if (i == 1 && (n == 0 || n > 2048))
			parse_error_at(p, at, ERROR_VALUE, "expected a length of 1 to 2048 bits");
		text_printf(name, ",%llu", (unsigned long long)n);
	}
}

/* tcp option (NAME | NUMBER | '@' N ',' N ',' N) [FIELD] */
static void tcp_option(struct parser *p, struct text *name)
{
	text_printf(name, "tcp option");
	advance(p);
	if (accept_punct(p, "@")) {
		text_printf(name, " @");
		for (int i = 0; i < 3; i++) {
			take_value(p, name, "a number");
			if (i < 2)
				expect_punct(p, ",");
		}
		return;
	}
	bool numbered = p->tok.kind == TOK_VALUE;
	struct str kind = p->tok.text;
	if (str_is(kind, "mss"))
		kind = STR("maxseg");
	if (numbered) {
		take_byte(p, name, "an option number");
	} else if (p->tok.kind == TOK_WORD && is_tcp_option(kind)) {
		text_printf(name, " %.*s", STR_FMT(kind));
		advance(p);
	} else {
		parse_error(p, ERROR_WORD, "expected a TCP option");
		return;
	}
	bool is_sack = str_starts(kind, "sack") && !str_starts(kind, "sack-");
	const char *fields = numbered                    ? "kind length"
			     : is_sack                   ? "kind length left right"
			     : str_is(kind, "maxseg")    ? "kind length size"
			     : str_is(kind, "window")    ? "kind length count"
			     : str_is(kind, "timestamp") ? "kind length tsval tsecr"
			     : str_is(kind, "mptcp")     ? "kind length subtype"
			     : str_is(kind, "eol") || str_is(kind, "noop") || str_is(kind, "nop")
				     ? "kind"
				     : "kind length";
	if (p->tok.kind == TOK_WORD && str_among(p->tok.text, fields))
		take_word(p, name, fields, "a field");
	else if (p->tok.kind == TOK_WORD && !is_word(p, "exists") && !is_word(p, "missing") &&
		 !is_word(p, "eq") && !is_word(p, "ne"))
		parse_error(p, ERROR_WORD, "expected a field of the option, exists or missing");
}

/* arp (saddr | daddr) (ip | ether) */
static void arp_address(struct parser *p, struct text *name)
{
	take_word(p, name, "saddr daddr", "saddr or daddr");
	take_word(p, name, "ip ether", "ip or ether");
}

/* ip option (lsrr | ra | rr | ssrr) (type | length | value | ptr | addr) */
static void ip_option(struct parser *p, struct text *name)
{
	text_printf(name, " option");
	advance(p);
	take_word(p, name, "lsrr ra rr ssrr", "an IP option");
	if (p->tok.kind == TOK_WORD && str_among(p->tok.text, "type length value ptr addr"))
		take_word(p, name, NULL, "a field");
}

/*
 * What the chunks of SCTP have besides type, flags and length (parser_bison.y: sctp_chunk_alloc).
 */
static const struct {
	const char *chunks, *fields;
} sctp_fields[] = {
	{ "data", "tsn stream ssn ppid" },
	{ "init init-ack", "init-tag a-rwnd num-outbound-streams num-inbound-streams initial-tsn" },
	{ "sack", "cum-tsn-ack a-rwnd num-gap-ack-blocks num-dup-tsns" },
	{ "shutdown", "cum-tsn-ack" },
	{ "ecne cwr", "lowest-tsn" },
	{ "asconf asconf-ack", "seqno" },
	{ "forward-tsn", "new-cum-tsn" },
	{ "heartbeat heartbeat-ack abort shutdown-ack error cookie-echo cookie-ack "
	  "shutdown-complete",
	  "" },
};

/* sctp chunk NAME [FIELD] */
static void sctp_chunk(struct parser *p, struct text *name)
{
	const char *fields = NULL;
	text_printf(name, " chunk");
	advance(p);
	for (size_t i = 0; p->tok.kind == TOK_WORD && i < ARRAY_SIZE(sctp_fields); i++)
		if (str_among(p->tok.text, sctp_fields[i].chunks))
			fields = sctp_fields[i].fields;
	if (!fields) {
		parse_error(p, ERROR_WORD, "expected a chunk type");
		return;
	}
	take_word(p, name, NULL, "a chunk type");
	if (p->tok.kind == TOK_WORD &&
	    (str_among(p->tok.text, "type flags length") || str_among(p->tok.text, fields)))
		take_word(p, name, NULL, "a field");
}

/* Headers that hold a packet of their own. */
static bool is_tunnel(struct str protocol)
{
	return str_is(protocol, "vxlan") || str_is(protocol, "geneve") || str_is(protocol, "gre") ||
	       str_is(protocol, "gretap");
}

/* PROTOCOL FIELD, with the inner headers of a tunnel behind it */
static void payload(struct parser *p, struct text *name)
{
	struct str protocol = str_from(header_table[header_find(p->tok.text)].name);
	bool tunnel = is_tunnel(protocol);
	if (str_is(protocol, "tcp") && next_is_word(p, "option")) {
		advance(p);
		tcp_option(p, name);
		return;
	}
	text_printf(name, "%s%.*s", name->n ? " " : "", STR_FMT(protocol));
	advance(p);
	if (str_is(protocol, "arp") && (is_word(p, "saddr") || is_word(p, "daddr")))
		arp_address(p, name);
	else if (str_is(protocol, "ip") && is_word(p, "option"))
		ip_option(p, name);
	else if (str_is(protocol, "sctp") && is_word(p, "chunk"))
		sctp_chunk(p, name);
	else if (str_is(protocol, "dccp") && accept_word(p, "option"))
		take_value(p, name, "a DCCP option");
	else if (p->tok.kind == TOK_WORD && payload_has_field(protocol, p->tok.text))
		take_word(p, name, NULL, "a field");
	else if (tunnel && p->tok.kind == TOK_WORD && is_payload_protocol(p->tok.text))
		payload(p, name);
	else
		parse_error(p, ERROR_WORD, "expected a field of %.*s", STR_FMT(protocol));
}

/* (hbh | rt | frag | …) FIELD ['[' N ']'];  exthdr NAME */
static void exthdr(struct parser *p, struct text *name)
{
	struct str header = p->tok.text;
	text_printf(name, "%.*s", STR_FMT(header));
	advance(p);
	if (p->tok.kind != TOK_WORD || !exthdr_has_field(header, p->tok.text)) {
		parse_error(p, ERROR_WORD, "expected a field of %.*s", STR_FMT(header));
		return;
	}
	take_word(p, name, NULL, "a field");
	if (accept_punct(p, "[")) {
		text_printf(name, "[%llu]", (unsigned long long)expect_number(p, "an index"));
		expect_punct(p, "]");
	}
}

static const char ct_keys[] = "state direction status mark expiration helper label zone id l3proto "
			      "protocol bytes packets avgpkt saddr daddr proto-src proto-dst "
			      "secmark event timeout expectation count";

/* ct [original | reply] [ip | ip6] KEY */
static void ct(struct parser *p, struct text *name)
{
	text_printf(name, "ct");
	advance(p);
	bool directed = is_word(p, "original") || is_word(p, "reply");
	if (directed)
		take_word(p, name, NULL, "a direction");
	if (directed && (is_word(p, "ip") || is_word(p, "ip6"))) {
		take_word(p, name, NULL, "a family");
		take_word(p, name, "saddr daddr", "saddr or daddr");
		return;
	}
	const char *list = directed ? "saddr daddr l3proto protocol proto-src proto-dst bytes "
				      "packets avgpkt zone"
				    : ct_keys;
	take_word(p, name, list, "a conntrack key");
}

/* meta KEY, or KEY alone where that is allowed */
static void meta(struct parser *p, struct text *name)
{
	bool qualified = accept_word(p, "meta");
	if (p->tok.kind != TOK_WORD || !is_meta_key(p->tok.text, qualified)) {
		parse_error(p, ERROR_WORD, "expected a meta key");
		return;
	}
	text_printf(name, "meta %.*s", STR_FMT(meta_key_name(p->tok.text)));
	advance(p);
}

/* fib FLAG ('.' FLAG)* (oif | oifname | type | check) */
static void fib(struct parser *p, struct text *name)
{
	static const char flags[] = "saddr daddr mark iif oif";
	text_printf(name, "fib");
	advance(p);
	unsigned addresses = 0, interfaces = 0;
	struct str at = p->tok.raw;
	do {
		if (name->n > 3)
			text_printf(name, " .");
		addresses |= is_word(p, "saddr") ? 1u : is_word(p, "daddr") ? 2u : 0;
		interfaces |= is_word(p, "iif") ? 1u : is_word(p, "oif") ? 2u : 0;
		if (!take_word(p, name, flags, "saddr, daddr, mark, iif or oif"))
			return;
	} while (accept_punct(p, "."));
	if (addresses == 0 || addresses == 3)
		parse_error_at(p, at, ERROR_CONFLICT,
			       "fib looks up one address: expected either saddr or daddr");
	else if (interfaces == 3)
		parse_error_at(p, at, ERROR_CONFLICT,
			       "fib looks up one interface: expected iif or oif, not both");
	/* `check` is a later name of `oif`, compared with exists and missing */
	if (accept_word(p, "check"))
		text_printf(name, " oif");
	else
		take_word(p, name, "oif oifname type", "oif, oifname, type or check");
}

/* socket (transparent | mark | wildcard | cgroupv2 level N) */
static void socket_key(struct parser *p, struct text *name)
{
	text_printf(name, "socket");
	advance(p);
	if (is_word(p, "cgroupv2")) {
		take_word(p, name, NULL, "a key");
		take_word(p, name, "level", "level");
		take_value(p, name, "a level");
		return;
	}
	take_word(p, name, "transparent mark wildcard", "a socket key");
}

/* rt [ip | ip6] (classid | nexthop | mtu | ipsec), or the routing header */
static void rt(struct parser *p, struct text *name)
{
	const struct token *t = peek_next(p);
	if (t->kind == TOK_WORD && exthdr_has_field(STR("rt"), t->text)) {
		exthdr(p, name);
		return;
	}
	text_printf(name, "rt");
	advance(p);
	if (is_word(p, "ip") || is_word(p, "ip6"))
		take_word(p, name, NULL, "a family");
	take_word(p, name, "classid nexthop mtu ipsec", "classid, nexthop, mtu or ipsec");
}

/* numgen (inc | random) mod N [offset N] */
static void numgen(struct parser *p, struct text *name)
{
	text_printf(name, "numgen");
	advance(p);
	take_word(p, name, "inc random", "inc or random");
	take_word(p, name, "mod", "mod");
	take_value(p, name, "a number");
	take_option(p, name, "offset");
}

/* jhash EXPR mod N [seed N] [offset N];  symhash mod N [offset N] */
static void hash(struct parser *p, struct text *name)
{
	bool keyed = is_word(p, "jhash");
	text_printf(name, keyed ? "jhash " : "symhash");
	advance(p);
	if (keyed) {
		struct expr *e = parse_expr(p, MODE_LEFT);
		if (e)
			expr_print(name, e);
		p->hashed = e;
	}
	take_word(p, name, "mod", "mod");
	take_value(p, name, "a number");
	take_option(p, name, "seed");
	take_option(p, name, "offset");
}

/* ipsec, short for meta ipsec; ipsec (in | out) [spnum N] (reqid | spi | (ip | ip6) (saddr |
 * daddr)) */
static void ipsec(struct parser *p, struct text *name)
{
	advance(p);
	if (!is_word(p, "in") && !is_word(p, "out")) {
		text_printf(name, "meta ipsec");
		return;
	}
	text_printf(name, "ipsec");
	take_word(p, name, "in out", "in or out");
	if (accept_word(p, "spnum")) {
		text_printf(name, " spnum");
		take_byte(p, name, "a number");
	}
	if (is_word(p, "ip") || is_word(p, "ip6")) {
		take_word(p, name, NULL, "a family");
		take_word(p, name, "saddr daddr", "saddr or daddr");
		return;
	}
	take_word(p, name, "reqid spi", "reqid, spi, ip or ip6");
}

/* osf [ttl (loose | skip)] (name | version) */
static void osf(struct parser *p, struct text *name)
{
	text_printf(name, "osf");
	advance(p);
	if (is_word(p, "ttl")) {
		take_word(p, name, NULL, "ttl");
		take_word(p, name, "loose skip", "loose or skip");
	}
	take_word(p, name, "name version", "name or version");
}

static void tunnel(struct parser *p, struct text *name)
{
	text_printf(name, "tunnel");
	advance(p);
	take_word(p, name, "id path", "id or path");
}

static void exthdr_test(struct parser *p, struct text *name)
{
	text_printf(name, "exthdr");
	advance(p);
	take_word(p, name, "hbh rt frag dst mh srh rt0 rt2", "an extension header");
}

static const struct {
	const char *word;
	void (*parse)(struct parser *, struct text *);
	bool is_value; /* also where a value is expected: `ct mark set meta mark` */
} starts[] = {
	{ "meta", meta, true },      { "ct", ct, true },
	{ "fib", fib, false },       { "socket", socket_key, false },
	{ "rt", rt, false },         { "numgen", numgen, false },
	{ "jhash", hash, false },    { "symhash", hash, false },
	{ "ipsec", ipsec, false },   { "osf", osf, false },
	{ "tunnel", tunnel, false }, { "exthdr", exthdr_test, false },
};

/* In a value a word such as tcp is a selector only with a field behind it. */
static bool is_header(struct parser *p, enum mode mode)
{
	const struct token *t;
	if (mode == MODE_VALUE)
		return false;
	if (is_exthdr(p->tok.text) && mode == MODE_LEFT)
		return true;
	if (!is_payload_protocol(p->tok.text) && !is_exthdr(p->tok.text))
		return false;
	if (mode == MODE_LEFT)
		return true;
	t = peek_next(p);
	return t->kind == TOK_WORD &&
	       (payload_has_field(p->tok.text, t->text) || exthdr_has_field(p->tok.text, t->text) ||
		str_is(t->text, "option") || str_is(t->text, "chunk") ||
		(is_tunnel(p->tok.text) && is_payload_protocol(t->text)));
}

bool is_selector(struct parser *p, enum mode mode)
{
	if (is_punct(p, "@")) {
		const struct token *t = peek_next(p);
		return t->kind == TOK_WORD && t->text.n == 2 && str_among(t->text, "ll nh th ih") &&
		       t->text.p + 2 < p->end && t->text.p[2] == ',';
	}
	if (p->tok.kind != TOK_WORD)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
		if (is_word(p, starts[i].word))
			return mode != MODE_VALUE || starts[i].is_value;
	return is_header(p, mode) || (mode != MODE_VALUE && is_meta_key(p->tok.text, false));
}

struct expr *parse_selector(struct parser *p, enum mode mode)
{
	struct text name = { .arena = p->arena };
	struct str first = p->tok.raw;
	if (!is_selector(p, mode))
		return NULL;
	if (accept_punct(p, "@")) {
		raw_payload(p, &name);
		return selector(p, first, &name);
	}
	for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
		if (is_word(p, starts[i].word)) {
			starts[i].parse(p, &name);
			return selector(p, first, &name);
		}
	if (is_exthdr(p->tok.text))
		exthdr(p, &name);
	else if (is_payload_protocol(p->tok.text))
		payload(p, &name);
	else
		meta(p, &name);
	return selector(p, first, &name);
}
