/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An inserted rule as JSON: one more object behind (or before) that of its
 * neighbour, or one more element in a verdict map, laid out like its surroundings: on one line or
 * on several, with the same indent.
 */
#include "json.h"

/* ---- how the document is laid out ---- */

struct layout {
	bool lines;      /* a member to a line */
	bool spaced;     /* ": " and ", " */
	unsigned indent; /* of the object to be written */
	unsigned unit;   /* one step deeper */
	char blank;      /* ' ' or a tab */
};

static unsigned indent_at(struct str text, size_t off, char *blank)
{
	size_t line = off;
	unsigned n = 0;
	while (line > 0 && text.p[line - 1] != '\n')
		line--;
	while (line + n < text.n && (text.p[line + n] == ' ' || text.p[line + n] == '\t'))
		n++;
	if (n)
		*blank = text.p[line];
	return n;
}

static size_t offset_in(struct str text, const struct json *j)
{
	return (size_t)(j->raw.p - text.p);
}

static struct layout layout_of(struct str text, const struct json *near)
{
	struct layout l = { .blank = ' ', .unit = 2 };
	l.lines = memchr(near->raw.p, '\n', near->raw.n) != NULL;
	l.spaced = str_contains(near->raw, "\": ") || l.lines;
	l.indent = indent_at(text, offset_in(text, near), &l.blank);
	if (near->n) {
		unsigned inner = indent_at(text, offset_in(text, near->items[0]), &l.blank);
		if (inner > l.indent)
			l.unit = inner - l.indent;
	}
	return l;
}

static void new_line(struct text *t, const struct layout *l, unsigned depth)
{
	text_printf(t, "\n");
	for (unsigned i = 0; i < l->indent + depth * l->unit; i++)
		text_add(t, (struct str){ &l->blank, 1 });
}

/* jansson puts empty objects and scalars on one line, and so does this. */
static void print(struct text *t, const struct json *j, const struct layout *l, unsigned depth)
{
	bool object = j->kind == JSON_OBJECT;
	if ((!object && j->kind != JSON_ARRAY) || !j->n) {
		text_add(t, j->raw);
		return;
	}
	text_printf(t, object ? "{" : "[");
	for (size_t i = 0; i < j->n; i++) {
		if (i)
			text_printf(t, l->lines || !l->spaced ? "," : ", ");
		if (l->lines)
			new_line(t, l, depth + 1);
		if (object)
			text_printf(t, l->spaced ? "\"%.*s\": " : "\"%.*s\":", STR_FMT(j->keys[i]));
		print(t, j->items[i], l, depth + 1);
	}
	if (l->lines)
		new_line(t, l, depth);
	text_printf(t, object ? "}" : "]");
}

/* ---- the rule ---- */

static void add_value(struct text *t, enum field f, const struct range *r)
{
	const char *lo = field_print(f, r->lo, t->arena), *hi = field_print(f, r->hi, t->arena);
	enum field_format form = field_table[f].format;
	const char *quote = form == FORMAT_NUMBER ? "" : "\"";
	u128 size = r->hi - r->lo;
	unsigned plen = field_table[f].width;
	if (form == FORMAT_IFNAME) {
		text_printf(t, "\"%s%s\"", r->lo ? lo : "", size ? "*" : "");
		return;
	}
	if (!size) {
		text_printf(t, "%s%s%s", quote, lo, quote);
		return;
	}
	bool address = form == FORMAT_ADDR4 || form == FORMAT_ADDR6;
	if (address && (size & (size + 1)) == 0 && (r->lo & size) == 0) {
		for (; size; size >>= 1)
			plen--;
		text_printf(t, "{\"prefix\":{\"addr\":\"%s\",\"len\":%u}}", lo, plen);
		return;
	}
	text_printf(t, "{\"range\":[%s%s%s,%s%s%s]}", quote, lo, quote, quote, hi, quote);
}

static void add_match(struct text *t, const char *left, const struct match *m)
{
	text_printf(t, "{\"match\":{\"op\":\"%s\",\"left\":%s,\"right\":%s",
		    m->negate ? "!=" : "==", left, m->n == 1 ? "" : "{\"set\":[");
	for (uint32_t i = 0; i < m->n; i++) {
		if (i)
			text_printf(t, ",");
		add_value(t, m->field, &m->ranges[i]);
	}
	text_printf(t, "%s}},", m->n == 1 ? "" : "]}");
}

static const char *payload(struct arena *a, const char *protocol, const char *field)
{
	return arena_printf(a, "{\"payload\":{\"protocol\":\"%s\",\"field\":\"%s\"}}", protocol,
			    field);
}

static const char *meta(struct arena *a, const char *key)
{
	return arena_printf(a, "{\"meta\":{\"key\":\"%s\"}}", key);
}

static bool add_nfproto(struct text *t, const struct rule *r, const struct match *m)
{
	bool said = false, v6 = false, ok = render_nfproto(r, m, &said, &v6);
	bool inet = r->chain->table->family == FAMILY_INET;
	if (ok && !said)
		text_printf(t, "{\"match\":{\"op\":\"==\",\"left\":%s,\"right\":\"%s\"}},",
			    meta(t->arena, inet ? "nfproto" : "protocol"),
			    inet ? (v6 ? "ipv6" : "ipv4")
			    : v6 ? "ip6"
				 : "ip");
	return ok;
}

/* False for what fixes never insert. */
static bool add_one(struct text *t, const struct rule *r, const struct match *m,
		    const struct render_row *row)
{
	const char *header = row->header ? row->header : render_port_header(r);
	struct arena *a = t->arena;
	switch (row->form) {
	case RENDER_FAMILY: return add_nfproto(t, r, m);
	case RENDER_PROTOCOL:
		if (!render_by_ports(r))
			add_match(t, meta(a, "l4proto"), m);
		return true;
	case RENDER_META: add_match(t, meta(a, row->key), m); return true;
	case RENDER_HEADER:
	case RENDER_PORT: add_match(t, payload(a, header, row->key), m); return true;
	case RENDER_STATE:
		text_printf(t,
			    "{\"match\":{\"op\":\"in\",\"left\":{\"ct\":{\"key\":\"state\"}},"
			    "\"right\":\"%s\"}},",
			    render_state(m));
		return render_state(m) != NULL;
	case RENDER_SYN:
		text_printf(t,
			    "{\"match\":{\"op\":\"%s\",\"left\":{\"&\":[%s,"
			    "[\"fin\",\"syn\",\"rst\",\"ack\"]]},\"right\":\"syn\"}},",
			    m->negate ? "!=" : "==", payload(a, "tcp", "flags"));
		return true;
	}
	return false;
}

static void add_quoted(struct text *t, struct str s)
{
	text_printf(t, "\"");
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '"' || s.p[i] == '\\')
			text_printf(t, "\\%c", s.p[i]);
		else if ((unsigned char)s.p[i] < 32)
			text_printf(t, "\\u%04x", (unsigned)s.p[i]);
		else
			text_add(t, (struct str){ &s.p[i], 1 });
	text_printf(t, "\"");
}

static bool rule_json(struct text *t, const struct rule *r, struct str near)
{
	uint32_t said = 0;
	text_printf(t, "{\"family\":\"%s\",\"table\":", family_name(r->chain->table->family));
	add_quoted(t, r->chain->table->name);
	text_printf(t, ",\"chain\":");
	add_quoted(t, r->chain->name);
	text_printf(t, ",\"expr\":[");
	for (size_t i = 0; i < render_rows_n; i++)
		for (uint32_t k = 0; k < r->n_matches; k++) {
			const struct match *m = &r->matches[k];
			if (!render_is_known(m) || m->field != render_rows[i].field)
				continue;
			if (!add_one(t, r, m, &render_rows[i]))
				return false;
			said++;
		}
	if (str_contains(near, "\"counter\""))
		text_printf(t, "{\"counter\":{\"packets\":0,\"bytes\":0}},");
	text_printf(t, "{\"drop\":null}]}");
	return said == r->n_matches && r->verdict.kind == VERDICT_DROP && !r->n_statements;
}

/* ---- the place ---- */

/* The innermost array, and its item, that holds a place. */
static const struct json *item_at(const struct json *j, struct span at, bool outermost,
				  const struct json **ret_array, size_t *ret_index)
{
	const struct json *found = NULL;
	while (j) {
		const struct json *inner = NULL;
		for (size_t i = 0; i < j->n && !inner; i++) {
			const struct json *k = j->items[i];
			if (at.off < k->span.off || at.off + at.len > k->span.off + k->span.len)
				continue;
			inner = k;
			if (j->kind == JSON_ARRAY) {
				found = k;
				*ret_array = j;
				*ret_index = i;
				if (outermost)
					return found;
			}
		}
		if (!inner || (inner->span.off == at.off && inner->span.len == at.len))
			break;
		j = inner;
	}
	return found;
}

/* The text between two items of the array. */
static struct str separator(struct str text, const struct json *array, const struct json *item,
			    size_t index, struct arena *a)
{
	const struct json *x = index ? array->items[index - 1] : item;
	const struct json *y = index ? item : array->n > 1 ? array->items[1] : NULL;
	if (y) {
		const char *from = x->raw.p + x->raw.n;
		return (struct str){ from, (size_t)(y->raw.p - from) };
	}
	char blank = ' ';
	unsigned n = indent_at(text, offset_in(text, item), &blank);
	struct text t = { .arena = a };
	size_t line = offset_in(text, item) - n;
	if (line > 0 && text.p[line - 1] == '\n') {
		text_printf(&t, ",\n");
		text_add(&t, (struct str){ text.p + line, n });
	} else {
		text_printf(&t, ", ");
	}
	return text_str(&t);
}

static void put(struct edits *edits, const struct json *item, bool after, struct str sep,
		struct str what, struct arena *a)
{
	struct text t = { .arena = a };
	if (after)
		text_add(&t, sep);
	text_add(&t, what);
	if (!after)
		text_add(&t, sep);
	edits_add(edits, (struct span){ item->span.off + (after ? item->span.len : 0), 0 },
		  text_str(&t));
}

/* The element of the accept with its state and its verdict replaced. */
static bool element_text(struct text *t, const struct json *element)
{
	static const char *const states[][2] = {
		{ "\"established\"", "\"invalid\"" },
		{ "\"related\"", "\"invalid\"" },
	};
	struct str raw = element->raw;
	if (element->kind != JSON_ARRAY || element->n != 2 || str_contains(raw, "\"elem\"") ||
	    str_contains(raw, "\"|\"") || !json_get(element->items[1], "accept"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		const char *at = memmem(raw.p, raw.n, states[i][0], strlen(states[i][0]));
		if (!at || at > element->items[1]->raw.p)
			continue;
		struct str rest = { at + strlen(states[i][0]), 0 };
		const char *accept = memmem(element->items[1]->raw.p, element->items[1]->raw.n,
					    "\"accept\"", 8);
		if (!accept || accept < rest.p) /* it may be spelled with escapes */
			return false;
		rest.n = (size_t)(accept - rest.p);
		text_add(t, (struct str){ raw.p, (size_t)(at - raw.p) });
		text_printf(t, "%s%.*s\"drop\"", states[i][1], STR_FMT(rest));
		text_add(t, (struct str){ accept + 8, (size_t)(raw.p + raw.n - accept - 8) });
		return true;
	}
	return false;
}

static bool render_element(const struct json *root, struct str text, const struct rule_form *form,
			   struct edits *edits, struct arena *a, const char **ret_text)
{
	const struct json *array = NULL, *unused = NULL;
	size_t index = 0, other = 0;
	struct span rule = form->near->span, at = form->near->verdict.span;
	struct text t = { .arena = a };
	/* a map that is declared elsewhere may serve other rules too */
	if (at.off < rule.off || at.off + at.len > rule.off + rule.len)
		return false;
	const struct json *near = item_at(root, at, false, &array, &index);
	const struct json *like = item_at(root, form->like->verdict.span, false, &unused, &other);
	if (!near || !like || !element_text(&t, like))
		return false;
	for (size_t i = 0; i < array->n; i++) /* `*` would hold one key less */
		if (array->items[i]->n && str_is(array->items[i]->items[0]->text, "*"))
			return false;
	*ret_text = "[\"invalid\", {\"drop\": null}]";
	put(edits, near, true, separator(text, array, near, index, a), text_str(&t), a);
	return true;
}

bool nft_json_render(const struct ruleset *rs, const struct rule *rule,
		     const struct rule_form *form, struct edits *edits, const char **ret_text)
{
	struct arena *a = rs->arena;
	struct diags none = { .arena = a };
	const struct source_file *file = rs->source->items[0];
	struct str text = { file->text, file->len };
	const struct json *root = json_parse(a, text, file->base, &none), *array = NULL;
	struct text compact = { .arena = a }, out = { .arena = a };
	size_t index = 0;
	if (!root || form->near->inserted || form->near_is_chain ||
	    form->near->chain->id != rule->chain->id)
		return false;
	if (rule->is_arm)
		return render_element(root, text, form, edits, a, ret_text);
	const struct json *near = item_at(root, form->near->span, true, &array, &index);
	struct json *inner = NULL;
	if (!near || !json_kind_of(near, &inner).n)
		return false;
	/* {"rule": …} or {"add": {"rule": …}}: the same around the new one */
	struct str word = json_kind_of(near, &inner);
	bool inserts = str_is(word, "insert");
	if (json_get(inner, "index") || str_is(word, "replace") ||
	    (inner->kind == JSON_OBJECT && inner->n && json_get(inner->items[0], "index")))
		return false;
	bool bare = str_is(word, "rule");
	text_printf(&compact, bare ? "{\"rule\":" : "{\"%.*s\":{\"rule\":", STR_FMT(word));
	if (!rule_json(&compact, rule, near->raw))
		return false;
	text_printf(&compact, bare ? "}" : "}}");
	const struct json *made = json_parse(a, text_str(&compact), 0, &none);
	if (!made)
		return false;
	struct layout l = layout_of(text, near);
	print(&out, made, &l, 0);
	*ret_text = arena_printf(a, "%.*s", STR_FMT(text_str(&compact)));
	put(edits, near, form->after != inserts, separator(text, array, near, index, a),
	    text_str(&out), a);
	return true;
}
