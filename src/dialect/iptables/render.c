/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An inserted rule as a line of its own next to an existing line. It has the prefix of that line
 * (indent, [0:0], --ipv4). Matches are written as by iptables-save, the state test in the form of
 * the imitated rule.
 */
#include <fwlint/dialect_commands.h>

#include "parser.h"

/* The body of a rule, while it is written. */
struct written {
	struct text *text;
	const struct rule *rule;
	bool old_state; /* by -m state, as the rule that is imitated */
	bool named_tcp; /* -m tcp, or the match of another protocol, stands there */
};

static bool is_source(const struct match *m)
{
	return field_table[m->field].part == PART_SOURCE;
}

/* A network as -s or -d; any other range as -m iprange. */
static bool add_address(struct written *w, const struct match *m)
{
	u128 lo = m->ranges[0].lo, hi = m->ranges[0].hi, size = hi - lo;
	unsigned plen = field_table[m->field].width;
	const char *negate = m->negate ? "! " : "",
		   *from = field_print(m->field, lo, w->text->arena);
	if ((size & (size + 1)) != 0 || (lo & size) != 0) {
		text_printf(w->text, "-m iprange %s--%s-range %s-%s ", negate,
			    is_source(m) ? "src" : "dst", from,
			    field_print(m->field, hi, w->text->arena));
		return m->n == 1;
	}
	for (; size; size >>= 1)
		plen--;
	text_printf(w->text, "%s-%c %s/%u ", negate, is_source(m) ? 's' : 'd', from, plen);
	return m->n == 1;
}

static bool add_interface(struct written *w, const struct match *m)
{
	const struct range *r = &m->ranges[0];
	text_printf(w->text, "%s-%c %s%s ", m->negate ? "! " : "",
		    m->field == FIELD_IIFNAME ? 'i' : 'o',
		    field_print(m->field, r->lo, w->text->arena), r->lo == r->hi ? "" : "+");
	return m->n == 1;
}

static const char *proto_name(const struct rule *r, struct arena *a)
{
	for (uint32_t i = 0; i < r->n_matches; i++)
		if (r->matches[i].kind == MATCH_RANGES && r->matches[i].field == FIELD_L4PROTO)
			return field_print(FIELD_L4PROTO, r->matches[i].ranges[0].lo, a);
	return "tcp";
}

static void add_range(struct text *t, const struct range *r, const char *before)
{
	text_printf(t, "%s%u", before, (unsigned)r->lo);
	if (r->lo != r->hi)
		text_printf(t, ":%u", (unsigned)r->hi);
}

static bool add_ports(struct written *w, const struct match *m)
{
	const char *which = is_source(m) ? "sport" : "dport", *negate = m->negate ? "! " : "";
	if (m->n > 1) {
		text_printf(w->text, "-m multiport %s--%ss ", negate, which);
		for (uint32_t i = 0; i < m->n; i++)
			add_range(w->text, &m->ranges[i], i ? "," : "");
	} else {
		if (!w->named_tcp)
			text_printf(w->text, "-m %s ", proto_name(w->rule, w->text->arena));
		w->named_tcp = true;
		text_printf(w->text, "%s--%s ", negate, which);
		add_range(w->text, &m->ranges[0], "");
	}
	text_printf(w->text, " ");
	return true;
}

/* Does the rule that is imitated use `-m state`? */
static bool uses_old_state(const struct ruleset *rs, const struct rule *like)
{
	if (!like || like->inserted)
		return false;
	struct str text = source_view(rs->source, like->span);
	return str_contains(text, "--state") && !str_contains(text, "--ctstate");
}

static bool add_states(struct written *w, const struct match *m)
{
	text_printf(w->text, w->old_state ? "-m state %s--state " : "-m conntrack %s--ctstate ",
		    m->negate ? "! " : "");
	bool first = true;
	for (uint32_t i = 0; i < m->n; i++)
		for (u128 s = m->ranges[i].lo; s <= m->ranges[i].hi; s++) {
			text_printf(w->text, "%s%s", first ? "" : ",",
				    ct_state_name((enum ct_state)s));
			first = false;
		}
	text_printf(w->text, " ");
	return true;
}

/* The test of --syn, as iptables-save writes it; false: it is another one. */
static bool add_syn(struct written *w, const struct match *m)
{
	if (m->mask->mask != (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK) || m->mask->value != TCP_SYN)
		return false;
	text_printf(w->text, "%s%s--tcp-flags FIN,SYN,RST,ACK SYN ", w->named_tcp ? "" : "-m tcp ",
		    m->negate ? "! " : "");
	w->named_tcp = true;
	return true;
}

static bool add_protocol(struct written *w, const struct match *m)
{
	text_printf(w->text, "%s-p %s ", m->negate ? "! " : "",
		    field_print(m->field, m->ranges[0].lo, w->text->arena));
	return m->n == 1;
}

static bool add_nothing(struct written *w, const struct match *m)
{
	(void)w, (void)m; /* the line's prefix says the family */
	return true;
}

/* The tests that an inserted rule may have, in the order in which iptables-save prints them. */
static const struct {
	enum field field;
	enum match_kind kind;
	bool (*add)(struct written *w, const struct match *m); /* false: it cannot be said */
} rows[] = {
	{ FIELD_NFPROTO, MATCH_RANGES, add_nothing },
	{ FIELD_IP_SADDR, MATCH_RANGES, add_address },
	{ FIELD_IP6_SADDR, MATCH_RANGES, add_address },
	{ FIELD_IP_DADDR, MATCH_RANGES, add_address },
	{ FIELD_IP6_DADDR, MATCH_RANGES, add_address },
	{ FIELD_IIFNAME, MATCH_RANGES, add_interface },
	{ FIELD_OIFNAME, MATCH_RANGES, add_interface },
	{ FIELD_L4PROTO, MATCH_RANGES, add_protocol },
	{ FIELD_SPORT, MATCH_RANGES, add_ports },
	{ FIELD_DPORT, MATCH_RANGES, add_ports },
	{ FIELD_TCP_FLAGS, MATCH_MASK, add_syn },
	{ FIELD_CT_STATE, MATCH_RANGES, add_states },
};

static bool add_matches(struct text *t, const struct ruleset *rs, const struct rule *rule,
			const struct rule_form *form)
{
	struct written w = { .text = t, .rule = rule, .old_state = uses_old_state(rs, form->like) };
	uint32_t said = 0;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (uint32_t k = 0; k < rule->n_matches; k++) {
			const struct match *m = &rule->matches[k];
			if (m->kind != rows[i].kind || m->field != rows[i].field)
				continue;
			if (!m->n && m->kind == MATCH_RANGES)
				return false;
			if (!rows[i].add(&w, m))
				return false;
			said++;
		}
	return said == rule->n_matches;
}

struct iptables_shape iptables_shape(struct arena *a, struct str line)
{
	struct iptables_shape s = { .indent = { line.p, 0 } };
	struct words w = { 0 };
	struct command c = { 0 };
	u128 n;
	lex_line(a, line, &w);
	if (w.n)
		s.indent.n = (size_t)(w.items[0].raw.p - line.p);
	if (w.n && w.items[0].raw.p[0] == '[')
		s.counters = w.items[0].raw;
	if (!command_find(a, &w, s.counters.n > 0, &c))
		return s;
	s.letter = c.letter;
	s.chain = c.operands[0].text;
	if (c.n_operands > 1 && str_number(c.operands[1].text, UINT32_MAX, &n))
		s.number = c.operands[1].text;
	for (size_t i = 0; i < c.words.n; i++) {
		struct str word = c.words.items[i].text;
		if (str_is(word, "-4") || str_is(word, "-6") || str_is(word, "--ipv4") ||
		    str_is(word, "--ipv6"))
			s.family = word;
		else if (table_named(&c.words, i).p)
			s.table = table_named(&c.words, i);
	}
	return s;
}

/*
 * Can the rule be written with the words around the neighbour's? In a file for both families, the
 * prefix of the line says the family; and a number is a place in the neighbour's own chain.
 */
static bool fits(const struct iptables_shape *s, const struct rule *rule, const struct rule *near)
{
	bool of_family = false;
	for (uint32_t i = 0; i < rule->n_matches; i++)
		of_family = of_family || rule->matches[i].field == FIELD_NFPROTO;
	if (rule->chain->table->family == FAMILY_INET && of_family != (s->family.n > 0))
		return false;
	return s->letter == 'A' || (s->letter == 'I' && near->chain->id == rule->chain->id);
}

bool iptables_counts_on(const struct iptables_shape *s, struct str chain)
{
	return s->number.n && str_eq(s->chain, chain);
}

/* Does a line behind this one depend on the places of rules in the chain? */
static bool is_counted_on(const struct source *src, struct span near, const struct chain *c,
			  struct arena *a)
{
	const struct source_file *f = source_file_at(src, near.off);
	struct str rest = { f->text + (near.off - f->base), f->len - (near.off - f->base) };
	str_cut(&rest, '\n');
	while (rest.n) {
		struct str line = str_trim(str_cut(&rest, '\n'));
		if (str_is(line, "COMMIT"))
			return false;
		if (!str_starts(line, "-") || str_starts(line, "-A "))
			continue;
		struct iptables_shape shape = iptables_shape(a, line);
		if (iptables_counts_on(&shape, c->name))
			return true;
	}
	return false;
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
	struct iptables_shape shape = { .letter = 'A' };
	if (!form->near_is_chain)
		shape = iptables_shape(a, source_view(src, form->near->span));
	struct text t = { .arena = a };
	bool ends = text.n && text.p[text.n - 1] == '\n';
	if (!fits(&shape, rule, form->near) || is_counted_on(src, form->near->span, rule->chain, a))
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
	struct str indent = { text.p, form->near_is_chain ? 0 : form->near->span.off - line.off };
	/*
	 * Rules inserted by -I end up in reverse order. So a rule that must come after another is
	 * written before it.
	 */
	bool after = form->after != (shape.letter == 'I');
	struct span at = { after ? line.off + line.len : line.off, 0 };
	if (after && !ends)
		text_printf(&out, "\n");
	text_printf(&out, "%.*s%s", STR_FMT(indent), *ret_text);
	if (!after || ends)
		text_printf(&out, "%s",
			    text.n > 1 && ends && text.p[text.n - 2] == '\r' ? "\r\n" : "\n");
	edits_add(edits, at, text_str(&out));
	return true;
}

const char *iptables_body(const struct ruleset *rs, const struct rule *rule,
			  const struct rule_form *form, struct arena *a)
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

static void add_command(struct text *t, const struct change *c, struct str spec,
			enum nfproto_value family)
{
	size_t number = 1;
	for (size_t i = 0; i < c->index; i++)
		if (is_of_family(c->chain->items[i], c->chain->table, family))
			number += (size_t)c->chain->items[i]->more_rules + 1;
	text_printf(t, "%s%s -t %s -I %s %zu ", t->n ? "\n" : "", family ? "ip6tables" : "iptables",
		    shell_word(c->chain->table->name, t->arena),
		    shell_word(c->chain->name, t->arena), number);
	while (spec.n) {
		struct str word = str_cut(&spec, ' ');
		if (word.n)
			text_printf(t, "%s ", shell_word(word, t->arena));
	}
	text_printf(t, "-j DROP");
}

const char *iptables_command(const struct ruleset *rs, const struct change *c,
			     const struct rule *rule, const struct rule_form *form, struct arena *a)
{
	struct text spec = { .arena = a }, t = { .arena = a };
	if (rule->verdict.kind != VERDICT_DROP || !add_matches(&spec, rs, rule, form))
		return NULL;
	for (unsigned f = 0; f < 2; f++)
		if (is_of_family(rule, c->chain->table, (enum nfproto_value)f))
			add_command(&t, c, text_str(&spec), (enum nfproto_value)f);
	return arena_strndup(a, t.items, t.n);
}
