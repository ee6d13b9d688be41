/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An inserted rule as a line of its own next to a line that is there. The
 * prefix of that line (indent, [0:0], --ipv4) is taken over; what the matches
 * say is written as iptables-save writes it, the state test in the form of
 * the rule that is imitated.
 */
#include "parser.h"

/* A network as -s or -d; a range that is none by -m iprange. */
static void add_address(struct text *t, char letter, const struct match *m)
{
	u128 lo = m->ranges[0].lo, hi = m->ranges[0].hi, size = hi - lo;
	unsigned plen = field_table[m->field].width;
	const char *negate = m->negate ? "! " : "";
	if ((size & (size + 1)) != 0 || (lo & size) != 0) {
		text_printf(t, "-m iprange %s--%s-range %s-%s ", negate, letter == 's' ? "src" : "dst",
			    field_print(m->field, lo, t->arena), field_print(m->field, hi, t->arena));
		return;
	}
	for (; size; size >>= 1)
		plen--;
	text_printf(t, "%s-%c %s/%u ", negate, letter, field_print(m->field, lo, t->arena), plen);
}

static void add_interface(struct text *t, char letter, const struct match *m)
{
	const struct range *r = &m->ranges[0];
	struct str name = str_from(field_print(m->field, r->lo, t->arena));
	text_printf(t, "%s-%c %.*s%s ", m->negate ? "! " : "", letter, STR_FMT(name),
		    r->lo == r->hi ? "" : "+");
}

static void add_ports(struct text *t, const char *which, const struct match *m, bool *named_tcp,
		      const char *proto)
{
	if (m->n > 1) {
		text_printf(t, "-m multiport %s--%cports ", m->negate ? "! " : "", which[0]);
		for (uint32_t i = 0; i < m->n; i++) {
			const struct range *r = &m->ranges[i];
			text_printf(t, "%s%u", i ? "," : "", (unsigned)r->lo);
			if (r->lo != r->hi)
				text_printf(t, ":%u", (unsigned)r->hi);
		}
		text_printf(t, " ");
		return;
	}
	if (!*named_tcp)
		text_printf(t, "-m %s ", proto);
	*named_tcp = true;
	text_printf(t, "%s--%s %u", m->negate ? "! " : "", which, (unsigned)m->ranges[0].lo);
	if (m->ranges[0].lo != m->ranges[0].hi)
		text_printf(t, ":%u", (unsigned)m->ranges[0].hi);
	text_printf(t, " ");
}

static const char *proto_name(const struct rule *r, struct arena *a)
{
	for (uint32_t i = 0; i < r->n_matches; i++)
		if (r->matches[i].kind == MATCH_RANGES && r->matches[i].field == FIELD_L4PROTO)
			return field_print(FIELD_L4PROTO, r->matches[i].ranges[0].lo, a);
	return "tcp";
}

/* Does the rule that is imitated use `-m state`? */
static bool uses_old_state(const struct ruleset *rs, const struct rule *like)
{
	if (!like || like->inserted)
		return false;
	struct str text = source_view(rs->source, like->span);
	return str_contains(text, "--state") && !str_contains(text, "--ctstate");
}

static void add_states(struct text *t, const struct match *m, bool old_state)
{
	text_printf(t, old_state ? "-m state %s--state " : "-m conntrack %s--ctstate ",
		    m->negate ? "! " : "");
	bool first = true;
	for (uint32_t i = 0; i < m->n; i++)
		for (u128 s = m->ranges[i].lo; s <= m->ranges[i].hi; s++) {
			text_printf(t, "%s%s", first ? "" : ",", ct_state_name((enum ct_state)s));
			first = false;
		}
	text_printf(t, " ");
}

/* The test of --syn, as iptables-save writes it; false: it is another one. */
static bool add_syn(struct text *t, const struct match *m, bool *named_tcp)
{
	if (m->mask->mask != (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK) || m->mask->value != TCP_SYN)
		return false;
	text_printf(t, "%s%s--tcp-flags FIN,SYN,RST,ACK SYN ", *named_tcp ? "" : "-m tcp ",
		    m->negate ? "! " : "");
	*named_tcp = true;
	return true;
}

/* False for what the fixes never insert. */
static bool add_match(struct text *t, const struct rule *rule, const struct match *m,
		      bool old_state, bool *named_tcp)
{
	if (m->kind == MATCH_MASK)
		return add_syn(t, m, named_tcp);
	if (m->kind != MATCH_RANGES || !m->n)
		return false;
	switch ((unsigned)m->field) {
	case FIELD_NFPROTO: return true; /* said by the line's prefix */
	case FIELD_L4PROTO:
		text_printf(t, "%s-p %s ", m->negate ? "! " : "",
			    field_print(m->field, m->ranges[0].lo, t->arena));
		return m->n == 1;
	case FIELD_IIFNAME: add_interface(t, 'i', m); return m->n == 1;
	case FIELD_OIFNAME: add_interface(t, 'o', m); return m->n == 1;
	case FIELD_IP_SADDR: case FIELD_IP6_SADDR: add_address(t, 's', m); return m->n == 1;
	case FIELD_IP_DADDR: case FIELD_IP6_DADDR: add_address(t, 'd', m); return m->n == 1;
	case FIELD_SPORT: add_ports(t, "sport", m, named_tcp, proto_name(rule, t->arena)); return true;
	case FIELD_DPORT: add_ports(t, "dport", m, named_tcp, proto_name(rule, t->arena)); return true;
	case FIELD_CT_STATE: add_states(t, m, old_state); return true;
	default: return false;
	}
}

/* Matches in the order in which iptables-save prints them. */
static bool add_matches(struct text *t, const struct ruleset *rs, const struct rule *rule,
			const struct rule_form *form)
{
	static const enum field order[] = {
		FIELD_NFPROTO, FIELD_IP_SADDR, FIELD_IP6_SADDR, FIELD_IP_DADDR, FIELD_IP6_DADDR,
		FIELD_IIFNAME, FIELD_OIFNAME, FIELD_L4PROTO, FIELD_SPORT, FIELD_DPORT, FIELD_TCP_FLAGS,
		FIELD_CT_STATE,
	};
	uint32_t said = 0;
	bool named_tcp = false;
	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		for (uint32_t k = 0; k < rule->n_matches; k++) {
			const struct match *m = &rule->matches[k];
			if ((m->kind != MATCH_RANGES && m->kind != MATCH_MASK) || m->field != order[i])
				continue;
			if (!add_match(t, rule, m, uses_old_state(rs, form->like), &named_tcp))
				return false;
			said++;
		}
	return said == rule->n_matches;
}

/* What stands before the chain name in the neighbour's line, and the -I number if any. */
struct line_shape {
	struct str indent, counters, family;
	char letter;
	struct str number;
	struct str table;
};

static struct line_shape shape_of(struct arena *a, struct str line)
{
	struct line_shape s = { .indent = { line.p, 0 } };
	struct words w = { 0 };
	struct command c = { 0 };
	lex_line(a, line, &w);
	if (w.n)
		s.indent.n = (size_t)(w.items[0].raw.p - line.p);
	if (w.n && w.items[0].raw.p[0] == '[')
		s.counters = w.items[0].raw;
	if (!command_find(a, &w, s.counters.n > 0, &c))
		return s;
	s.letter = c.letter;
	if (c.letter != 'A' && c.n_operands > 1)
		s.number = c.operands[1].text;
	for (size_t i = 0; i < c.words.n; i++) {
		struct str word = c.words.items[i].text;
		if (str_is(word, "-4") || str_is(word, "-6") || str_is(word, "--ipv4") || str_is(word, "--ipv6"))
			s.family = word;
		else if ((str_is(word, "-t") || str_is(word, "--table")) && i + 1 < c.words.n)
			s.table = c.words.items[i + 1].text;
	}
	return s;
}

bool iptables_render(const struct ruleset *rs, const struct rule *rule,
		     const struct rule_form *form, struct edits *edits, const char **ret_text)
{
	const struct source *src = rs->source;
	struct arena *a = rs->arena;
	if (form->near->inserted || rule->verdict.kind != VERDICT_DROP)
		return false;
	struct span line = source_line_span(src, form->near->span.off);
	struct str text = source_view(src, line);
	struct line_shape shape = shape_of(a, source_view(src, form->near->span));
	struct text t = { .arena = a };
	bool ends = text.n && text.p[text.n - 1] == '\n';
	if (shape.letter != 'A' && shape.letter != 'I')
		return false;
	if (shape.counters.n)
		text_printf(&t, "[0:0] ");
	if (shape.family.n)
		text_printf(&t, "%.*s ", STR_FMT(shape.family));
	if (shape.table.n)
		text_printf(&t, "-t %.*s ", STR_FMT(shape.table));
	text_printf(&t, "-%c %.*s ", shape.letter, STR_FMT(rule->chain->name));
	if (shape.number.n)
		text_printf(&t, "%.*s ", STR_FMT(shape.number));
	if (!add_matches(&t, rs, rule, form))
		return false;
	text_printf(&t, "-j DROP");
	*ret_text = arena_strndup(a, t.items, t.n);

	/* The line's own indent lies before the rule's span. */
	struct text out = { .arena = a };
	struct str indent = { text.p, form->near->span.off - line.off };
	/*
	 * Rules put in by -I stand in reverse: what comes first in the file ends
	 * up behind. So a rule that is to stand after is written before.
	 */
	bool after = form->after != (shape.letter == 'I');
	struct span at = { after ? line.off + line.len : line.off, 0 };
	if (after && !ends)
		text_printf(&out, "\n");
	text_printf(&out, "%.*s%s", STR_FMT(indent), *ret_text);
	if (!after || ends)
		text_printf(&out, "%s", text.n > 1 && ends && text.p[text.n - 2] == '\r' ? "\r\n" : "\n");
	edits_add(edits, at, text_str(&out));
	return true;
}

const char *iptables_body(const struct ruleset *rs, const struct rule *rule, const struct rule_form *form,
			  struct arena *a)
{
	struct text t = { .arena = a };
	if (rule->verdict.kind != VERDICT_DROP || !add_matches(&t, rs, rule, form))
		return NULL;
	text_printf(&t, "-j DROP");
	return arena_strndup(a, t.items, t.n);
}

/* Is the rule one of this family's? Lines of a file for both may say -4 or -6. */
static bool is_of_family(const struct rule *r, const struct table *t, enum nfproto_value family)
{
	if (t->family != FAMILY_INET)
		return (t->family == FAMILY_IP6) == (family == NFPROTO_VALUE_IPV6);
	for (uint32_t i = 0; i < r->n_matches; i++)
		if (r->matches[i].kind == MATCH_RANGES && r->matches[i].field == FIELD_NFPROTO &&
		    r->matches[i].ranges[0].lo != (u128)family)
			return false;
	return true;
}

static void add_command(struct text *t, const struct change *c, struct str spec, enum nfproto_value family)
{
	size_t number = 1;
	for (size_t i = 0; i < c->index; i++)
		if (is_of_family(c->chain->items[i], c->chain->table, family))
			number += (size_t)c->chain->items[i]->more_rules + 1;
	text_printf(t, "%s%s -t %s -I %s %zu ", t->n ? "\n" : "", family ? "ip6tables" : "iptables",
		    shell_word(c->chain->table->name, t->arena), shell_word(c->chain->name, t->arena), number);
	while (spec.n) {
		struct str word = str_cut(&spec, ' ');
		if (word.n)
			text_printf(t, "%s ", shell_word(word, t->arena));
	}
	text_printf(t, "-j DROP");
}

const char *iptables_command(const struct ruleset *rs, const struct change *c, const struct rule *rule,
			     const struct rule_form *form, struct arena *a)
{
	struct text spec = { .arena = a }, t = { .arena = a };
	if (rule->verdict.kind != VERDICT_DROP || !add_matches(&spec, rs, rule, form))
		return NULL;
	for (unsigned f = 0; f < 2; f++)
		if (is_of_family(rule, c->chain->table, (enum nfproto_value)f))
			add_command(&t, c, text_str(&spec), (enum nfproto_value)f);
	return arena_strndup(a, t.items, t.n);
}
