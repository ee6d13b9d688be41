/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names that the text may give to tables, chains, sets, objects and variables: an unquoted string
 * that is no word of nft's language (parser_bison.y: identifier; the words are those that scanner.l
 * knows in every place; each was tried in every place with 1.0.6).
 */
#include "text.h"

#include <stdlib.h>

static const char *const keywords[] = {
	"accept",     "add",     "ah",       "all",         "arp",      "auto-merge", "bridge",
	"cgroup",     "chain",   "comment",  "comp",        "constant", "continue",   "counter",
	"cpu",        "create",  "ct",       "day",         "dccp",     "define",     "delete",
	"describe",   "device",  "devices",  "dnat",        "drop",     "dst",        "dup",
	"dynamic",    "ecn",     "element",  "elements",    "esp",      "ether",      "exists",
	"expires",    "export",  "exthdr",   "fib",         "flags",    "flow",       "flowtable",
	"flush",      "frag",    "fwd",      "gc-interval", "get",      "goto",       "handle",
	"hbh",        "hook",    "hour",     "ibriport",    "ibrname",  "icmp",       "icmpv6",
	"igmp",       "iif",     "iifgroup", "iifname",     "iiftype",  "import",     "include",
	"index",      "inet",    "insert",   "interval",    "ip",       "ip6",        "ipsec",
	"jhash",      "jump",    "limit",    "list",        "log",      "map",        "mark",
	"masquerade", "meta",    "meter",    "mh",          "missing",  "monitor",    "netdev",
	"nftrace",    "notrack", "numgen",   "obriport",    "obrname",  "offload",    "oif",
	"oifgroup",   "oifname", "oiftype",  "osf",         "pkttype",  "policy",     "position",
	"priority",   "queue",   "quota",    "random",      "redefine", "redirect",   "reject",
	"rename",     "replace", "reset",    "return",      "rt",       "rt0",        "rt2",
	"rtclassid",  "rule",    "ruleset",  "sctp",        "secmark",  "set",        "size",
	"skgid",      "skuid",   "snat",     "socket",      "srh",      "symhash",    "synproxy",
	"table",      "tcp",     "th",       "time",        "timeout",  "tproxy",     "type",
	"typeof",     "udp",     "udplite",  "undefine",    "update",   "vlan",       "vmap",
	"xt"
};

static int by_name(const void *key, const void *item)
{
	const struct str *w = key;
	const char *k = *(const char *const *)item;
	size_t n = strlen(k);
	int order = memcmp(w->p, k, w->n < n ? w->n : n);
	return order ? order : (w->n > n) - (w->n < n);
}

bool is_keyword(struct str word)
{
	return bsearch(&word, keywords, ARRAY_SIZE(keywords), sizeof(*keywords), by_name) != NULL;
}

bool is_value_word(struct str word)
{
	return !is_keyword(word) || str_among(word, "ah arp comp dccp dnat ecn esp ether exists "
						    "icmp icmpv6 igmp ip ip6 "
						    "missing redirect reset sctp snat tcp udp "
						    "udplite vlan");
}

/* Words behind these objects are words of their bodies, too (the scanner's states). */
static bool is_word_of(enum object_kind kind, struct str w)
{
	switch (kind) {
	case OBJECT_COUNTER: return str_among(w, "bytes name packets");
	case OBJECT_QUOTA: return str_among(w, "bytes name over until used");
	case OBJECT_LIMIT:
		return str_among(w, "burst bytes minute name over packets rate second week");
	case OBJECT_HELPER:
	case OBJECT_TIMEOUT:
	case OBJECT_EXPECTATION:
		return str_among(w, "avgpkt bytes count daddr direction dport event expectation "
				    "expiration helper helpers id l3proto label original over "
				    "packets proto-dst proto-src protocol reply saddr state status "
				    "zone");
	case OBJECT_SECMARK:
	case OBJECT_SYNPROXY:
	case OBJECT_TUNNEL:
	case OBJECT_FLOWTABLE:
	case OBJECT_KINDS: break;
	}
	return false;
}

/* A name as iptables-nft gives it: nft lists such tables and cannot load what it listed. */
static bool is_of_iptables(const struct parser *p)
{
	return p->table && str_among(p->table->name, "filter nat mangle raw security") &&
	       (p->table->family == FAMILY_IP || p->table->family == FAMILY_IP6 ||
		p->table->family == FAMILY_BRIDGE || p->table->family == FAMILY_ARP);
}

struct str expect_identifier(struct parser *p, const char *what)
{
	u128 n;
	struct str w = p->tok.text;
	bool is_text = p->tok.kind == TOK_WORD || p->tok.kind == TOK_VALUE;
	if (!is_text && p->tok.kind != TOK_STRING) {
		parse_error(p, ERROR_SYNTAX, "expected %s", what);
	} else if (p->tok.kind == TOK_STRING) {
		parse_error(p, ERROR_SYNTAX, "expected %s, without quotes", what);
	} else if (p->tok.kind == TOK_VALUE && str_number(w, ~(u128)0, &n)) {
		parse_error(p, ERROR_SYNTAX, "expected %s that begins with a letter", what);
	} else if (w.p[w.n - 1] == '*') {
		parse_error(p, ERROR_SYNTAX, "expected %s without '*' at its end", what);
	} else if (is_keyword(w) && is_of_iptables(p)) {
		script_refused(p->script, span_of(p, p->tok.raw),
			       "this name is a keyword of nft: nft lists it, but refuses to load "
			       "it");
	} else if (is_keyword(w)) {
		parse_error(p, ERROR_SYNTAX, "expected %s that is not a keyword of nft", what);
	}
	advance(p);
	return w;
}

struct str expect_object_name(struct parser *p, enum object_kind kind)
{
	if (p->tok.kind == TOK_WORD && is_word_of(kind, p->tok.text))
		parse_error(p, ERROR_SYNTAX, "expected a name that is not a keyword of nft");
	return expect_identifier(p, "a name");
}
