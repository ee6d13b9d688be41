/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An inserted rule as nft text: a line of its own with the indent of its neighbour if that is alone
 * on its line, else after a ';'. In a script, a whole `add rule` command. In a verdict map, one
 * more element.
 */
#include "nft.h"

/* ---- matches ---- */

static void add_value(struct text *t, enum field f, const struct range *r)
{
	bool name = field_table[f].format == FORMAT_IFNAME;
	const char *lo = field_print(f, r->lo, t->arena);
	if (name)
		text_printf(t, "\"%s%s\"", r->hi == ~(u128)0 && !r->lo ? "" : lo,
			    r->lo == r->hi ? "" : "*");
	else if (r->lo == r->hi)
		text_printf(t, "%s", lo);
	else
		text_printf(t, "%s-%s", lo, field_print(f, r->hi, t->arena));
}

/* A network as a prefix where it is one. */
static void add_address(struct text *t, enum field f, const struct range *r)
{
	u128 size = r->hi - r->lo;
	unsigned plen = field_table[f].width;
	if (!size || (size & (size + 1)) != 0 || (r->lo & size) != 0) {
		add_value(t, f, r);
		return;
	}
	for (; size; size >>= 1)
		plen--;
	text_printf(t, "%s/%u", field_print(f, r->lo, t->arena), plen);
}

static void add_values(struct text *t, const char *name, const struct match *m)
{
	enum field_format form = field_table[m->field].format;
	bool address = form == FORMAT_ADDR4 || form == FORMAT_ADDR6;
	text_printf(t, "%s %s%s", name, m->negate ? "!= " : "", m->n == 1 ? "" : "{ ");
	for (uint32_t i = 0; i < m->n; i++) {
		if (i)
			text_printf(t, ", ");
		if (address)
			add_address(t, m->field, &m->ranges[i]);
		else
			add_value(t, m->field, &m->ranges[i]);
	}
	text_printf(t, m->n == 1 ? " " : " } ");
}

const struct match *render_match(const struct rule *r, enum field f)
{
	for (uint32_t i = 0; i < r->n_matches; i++)
		if (r->matches[i].kind == MATCH_RANGES && r->matches[i].field == f)
			return &r->matches[i];
	return NULL;
}

const char *render_port_header(const struct rule *r)
{
	const struct match *proto = render_match(r, FIELD_L4PROTO);
	if (proto && !proto->negate && proto->n == 1 && proto->ranges[0].lo == proto->ranges[0].hi)
		switch ((unsigned)proto->ranges[0].lo) {
		case 6: return "tcp";
		case 17: return "udp";
		case 33: return "dccp";
		case 132: return "sctp";
		case 136: return "udplite";
		default: break;
		}
	return "th";
}

bool render_by_ports(const struct rule *r)
{
	return (render_match(r, FIELD_SPORT) || render_match(r, FIELD_DPORT)) &&
	       strcmp(render_port_header(r), "th") != 0;
}

bool render_nfproto(const struct rule *r, const struct match *m, bool *ret_said, bool *ret_v6)
{
	if (m->n != 1 || m->ranges[0].lo != m->ranges[0].hi || m->negate)
		return false;
	bool v6 = m->ranges[0].lo == NFPROTO_VALUE_IPV6;
	*ret_v6 = v6;
	*ret_said = v6 ? render_match(r, FIELD_IP6_SADDR) || render_match(r, FIELD_IP6_DADDR)
		       : render_match(r, FIELD_IP_SADDR) || render_match(r, FIELD_IP_DADDR);
	return true;
}

/*
 * nft 1.0.6 lists `meta nfproto ipv4 meta l4proto icmp` without its nfproto
 * (meta_may_dependency_kill); an nfproto behind the l4proto stays.
 */
const struct render_row render_rows[] = {
	{ FIELD_L4PROTO, RENDER_PROTOCOL, NULL, NULL },
	{ FIELD_NFPROTO, RENDER_FAMILY, NULL, NULL },
	{ FIELD_IIFNAME, RENDER_META, "iifname", NULL },
	{ FIELD_OIFNAME, RENDER_META, "oifname", NULL },
	{ FIELD_IP_SADDR, RENDER_HEADER, "saddr", "ip" },
	{ FIELD_IP_DADDR, RENDER_HEADER, "daddr", "ip" },
	{ FIELD_IP6_SADDR, RENDER_HEADER, "saddr", "ip6" },
	{ FIELD_IP6_DADDR, RENDER_HEADER, "daddr", "ip6" },
	{ FIELD_SPORT, RENDER_PORT, "sport", NULL },
	{ FIELD_DPORT, RENDER_PORT, "dport", NULL },
	{ FIELD_TCP_FLAGS, RENDER_SYN, NULL, NULL },
	{ FIELD_CT_STATE, RENDER_STATE, NULL, NULL },
};
const size_t render_rows_n = ARRAY_SIZE(render_rows);

const char *render_state(const struct match *m)
{
	if (m->n != 1 || m->negate || m->ranges[0].lo != m->ranges[0].hi)
		return NULL;
	return m->ranges[0].lo == CT_STATE_INVALID ? "invalid"
	       : m->ranges[0].lo == CT_STATE_NEW   ? "new"
						   : NULL;
}

bool render_is_known(const struct match *m)
{
	if (m->kind == MATCH_MASK)
		return m->field == FIELD_TCP_FLAGS && m->mask->value == TCP_SYN &&
		       m->mask->mask == (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK);
	return m->kind == MATCH_RANGES && m->n;
}

static bool add_nfproto(struct text *t, const struct rule *r, const struct match *m)
{
	bool said = false, v6 = false, ok = render_nfproto(r, m, &said, &v6);
	if (ok && !said && r->chain->table->family == FAMILY_INET)
		text_printf(t, "meta nfproto %s ", v6 ? "ipv6" : "ipv4");
	else if (ok && !said)
		text_printf(t, "meta protocol %s ", v6 ? "ip6" : "ip");
	return ok;
}

/* False for what fixes never insert. */
static bool add_match(struct text *t, const struct rule *r, const struct match *m,
		      const struct render_row *row)
{
	const char *header = row->header ? row->header : render_port_header(r);
	switch (row->form) {
	case RENDER_FAMILY: return add_nfproto(t, r, m);
	case RENDER_PROTOCOL:
		if (!render_by_ports(r))
			add_values(t, "meta l4proto", m);
		return true;
	case RENDER_META: add_values(t, row->key, m); return true;
	case RENDER_HEADER:
	case RENDER_PORT:
		add_values(t, arena_printf(t->arena, "%s %s", header, row->key), m);
		return true;
	case RENDER_STATE:
		text_printf(t, "ct state %s ", render_state(m));
		return render_state(m) != NULL;
	case RENDER_SYN:
		text_printf(t, "tcp flags & (fin | syn | rst | ack) %s syn ",
			    m->negate ? "!=" : "==");
		return true;
	}
	return false;
}

static bool add_matches(struct text *t, const struct rule *r)
{
	uint32_t said = 0;
	for (size_t i = 0; i < render_rows_n; i++)
		for (uint32_t k = 0; k < r->n_matches; k++) {
			const struct match *m = &r->matches[k];
			if (!render_is_known(m) || m->field != render_rows[i].field)
				continue;
			if (!add_match(t, r, m, &render_rows[i]))
				return false;
			said++;
		}
	return said == r->n_matches;
}

static bool rule_text(struct text *t, const struct rule *r, struct str near)
{
	if (r->verdict.kind != VERDICT_DROP || r->n_statements || !add_matches(t, r))
		return false;
	if (str_contains(near, "counter packets"))
		text_printf(t, "counter packets 0 bytes 0 ");
	else if (str_contains(near, "counter"))
		text_printf(t, "counter ");
	text_printf(t, "drop");
	return true;
}

/* ---- an element of a verdict map ---- */

/* The key with its state replaced; false: it is not written as one word. */
static bool add_key(struct text *t, struct str key)
{
	static const char *const states[][2] = {
		{ "established", "invalid" },
		{ "related", "invalid" },
		{ "0x2", "0x1" },
		{ "0x4", "0x1" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		size_t n = strlen(states[i][0]);
		for (size_t k = 0; k + n <= key.n; k++) {
			bool starts = !k || strchr(" \t.", key.p[k - 1]);
			bool stops = k + n == key.n || strchr(" \t.", key.p[k + n]);
			if (!starts || !stops || memcmp(key.p + k, states[i][0], n) != 0)
				continue;
			text_add(t, (struct str){ key.p, k });
			text_printf(t, "%s", states[i][1]);
			text_add(t, (struct str){ key.p + k + n, key.n - k - n });
			return !str_contains((struct str){ key.p, key.n }, "|");
		}
	}
	return false;
}

static bool render_element(const struct source *src, const struct rule_form *form,
			   struct edits *edits, struct arena *a, const char **ret_text)
{
	struct span rule = form->near->span, element = form->near->verdict.span;
	struct str text = source_view(src, form->like->verdict.span);
	struct text t = { .arena = a }, out = { .arena = a };
	/* A map that is declared elsewhere may serve other rules too. */
	if (element.off < rule.off || element.off + element.len > rule.off + rule.len)
		return false;
	struct str whole = source_view(src, rule);
	size_t colon = text.n;
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == ':')
			colon = i;
	if (colon == text.n || str_contains(whole, "* :") || str_contains(text, "counter") ||
	    str_contains(text, "comment"))
		return false;
	struct str key = str_trim((struct str){ text.p, colon });
	if (!add_key(&t, key))
		return false;
	text_add(&t, (struct str){ key.p + key.n, (size_t)(text.p + colon - (key.p + key.n)) });
	text_printf(&t, colon + 1 < text.n && text.p[colon + 1] == ' ' ? ": drop" : ":drop");
	const char *made = arena_strndup(a, t.items, t.n);
	struct span line = source_line_span(src, element.off);
	struct str before = { source_view(src, line).p, element.off - line.off };
	if (source_view(src, element).n && str_contains(source_view(src, element), "counter"))
		return false;
	if (str_trim(before).n)
		text_printf(&out, ", %s", made);
	else
		text_printf(&out, ",\n%.*s%s", STR_FMT(before), made);
	edits_add(edits, (struct span){ element.off + element.len, 0 }, text_str(&out));
	*ret_text = made;
	return true;
}

/* ---- a rule of its own ---- */

/* The text around the neighbour on its lines. */
struct place {
	struct str before, after; /* on its first line before it, on its last line behind it */
	struct span first, last;  /* those lines, with their ends */
	struct str command;       /* "add rule ip filter input ", or empty in a block */
	struct str indent;
	bool inserts;   /* insert rule: the later line stands first */
	bool alone;     /* nothing else is on its lines */
	bool semicolon; /* the neighbour ends with one */
};

static bool starts_with_word(struct str s, const char *w)
{
	size_t n = strlen(w);
	return str_starts(s, w) && s.n > n && (s.p[n] == ' ' || s.p[n] == '\t');
}

static bool find_place(const struct source *src, struct span near, struct place *ret)
{
	struct place p = { 0 };
	uint32_t end = near.off + near.len;
	p.first = source_line_span(src, near.off);
	p.last = source_line_span(src, near.len ? end - 1 : end);
	p.before = (struct str){ source_view(src, p.first).p, near.off - p.first.off };
	p.after = source_view(src, (struct span){ end, p.last.off + p.last.len - end });
	struct str command = p.before;
	for (size_t i = p.before.n; i-- > 0;)
		if (strchr(";{", p.before.p[i])) {
			command = (struct str){ p.before.p + i + 1, p.before.n - i - 1 };
			break;
		}
	p.indent = (struct str){ p.before.p, 0 };
	while (p.indent.n < p.before.n && strchr(" \t", p.before.p[p.indent.n]))
		p.indent.n++;
	size_t blanks = 0;
	while (blanks < command.n && strchr(" \t", command.p[blanks]))
		blanks++;
	command.p += blanks;
	command.n -= blanks;
	p.command = command;
	p.inserts = starts_with_word(command, "insert");
	struct str rest = str_trim(p.after);
	p.semicolon = rest.n && rest.p[0] == ';';
	if (p.semicolon)
		rest = str_trim((struct str){ rest.p + 1, rest.n - 1 });
	p.alone = !str_trim((struct str){ p.before.p, (size_t)(command.p - p.before.p) }).n &&
		  (!rest.n || rest.p[0] == '#');
	if (str_contains(command, " index ") || str_contains(command, " position ") ||
	    str_contains(command, " handle ") || starts_with_word(command, "replace"))
		return false;
	*ret = p;
	return true;
}

static void add_line(struct text *out, const struct place *p, struct str text)
{
	text_printf(out, "%.*s%.*s%.*s%s", STR_FMT(p->indent), STR_FMT(p->command), STR_FMT(text),
		    p->semicolon ? ";" : "");
}

bool nft_render(const struct ruleset *rs, const struct rule *rule, const struct rule_form *form,
		struct edits *edits, const char **ret_text)
{
	const struct source *src = rs->source;
	struct arena *a = rs->arena;
	struct place p;
	struct text t = { .arena = a }, out = { .arena = a };
	if (form->near->inserted || form->near_is_chain || form->near->chain->id != rule->chain->id)
		return false;
	if (rule->is_arm)
		return render_element(src, form, edits, a, ret_text);
	struct span near = form->near->span;
	if (!rule_text(&t, rule, source_view(src, near)) || !find_place(src, near, &p))
		return false;
	*ret_text = arena_strndup(a, t.items, t.n);
	bool after = form->after != p.inserts;
	struct str last = source_view(src, p.last);
	bool ends = last.n && last.p[last.n - 1] == '\n';
	const char *eol = last.n > 1 && ends && last.p[last.n - 2] == '\r' ? "\r\n" : "\n";
	if (p.alone && after) {
		if (!ends)
			text_printf(&out, "\n");
		add_line(&out, &p, text_str(&t));
		if (ends)
			text_printf(&out, "%s", eol);
		edits_add(edits, (struct span){ p.last.off + p.last.len, 0 }, text_str(&out));
	} else if (p.alone) {
		add_line(&out, &p, text_str(&t));
		text_printf(&out, "%s", eol);
		edits_add(edits, (struct span){ p.first.off, 0 }, text_str(&out));
	} else if (after) {
		text_printf(&out, "; %.*s%.*s", STR_FMT(p.command), STR_FMT(text_str(&t)));
		edits_add(edits, (struct span){ near.off + near.len, 0 }, text_str(&out));
	} else {
		text_printf(&out, "%.*s; %.*s", STR_FMT(text_str(&t)), STR_FMT(p.command));
		edits_add(edits, (struct span){ near.off, 0 }, text_str(&out));
	}
	return true;
}

const char *nft_body(const struct ruleset *rs, const struct rule *rule,
		     const struct rule_form *form, struct arena *a)
{
	struct text t = { .arena = a };
	return rule_text(&t, rule, source_view(rs->source, form->near->span))
		       ? arena_strndup(a, t.items, t.n)
		       : NULL;
}

/* ---- as a command ---- */

/* The rule of `near` with an element more in its map, on one line; false: it cannot be said. */
static bool rule_with_element(struct text *t, const struct source *src,
			      const struct rule_form *form, struct arena *a)
{
	struct edits edits = { .arena = a };
	const char *element;
	struct str whole = source_view(src, form->near->span);
	if (str_contains(whole, "$") || str_contains(whole, "#") || str_contains(whole, "\\") ||
	    !render_element(src, form, &edits, a, &element))
		return false;
	uint32_t at = form->near->verdict.span.off + form->near->verdict.span.len -
		      form->near->span.off;
	struct text one = { .arena = a };
	text_printf(&one, "%.*s, %s%.*s", (int)at, whole.p, element, (int)(whole.n - at),
		    whole.p + at);
	for (size_t i = 0; i < one.n; i++)
		if (one.items[i] != '\n' && one.items[i] != '\r')
			text_printf(t, "%c", one.items[i] == '\t' ? ' ' : one.items[i]);
	return true;
}

/* A name that neither the shell nor nft could mistake for something else. */
static bool is_plain(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.",
			    name.p[i]))
			return false;
	return name.n > 0;
}

const char *nft_command(const struct ruleset *rs, const struct change *c, const struct rule *rule,
			const struct rule_form *form, struct arena *a)
{
	const struct chain *chain = c->chain;
	struct text t = { .arena = a };
	size_t before = 0, total = 0; /* in rules of the text */
	bool json = strcmp(rs->dialect, "nft-json") == 0;
	for (size_t i = 0; i < chain->n; i++) {
		total += !chain->items[i]->same_rule;
		before += i < c->index && !chain->items[i]->same_rule;
	}
	if (!is_plain(chain->table->name) || !is_plain(chain->name))
		return NULL;
	const char *where = arena_printf(a, "%s %.*s %.*s", family_name(chain->table->family),
					 STR_FMT(chain->table->name), STR_FMT(chain->name));
	if (rule->is_arm) {
		if (json || !rule_with_element(&t, rs->source, form, a))
			return NULL;
		/* the handle of its rule, by its place; lines that open a chain or a table have one
		 * too */
		const char *list = arena_printf(a, "list chain %s", where);
		return arena_printf(a,
				    "nft \"replace rule %s handle $(nft -a %s | sed -n '/{ # "
				    "handle/d; s/.*# handle \\([0-9]*\\)$/\\1/p' | "
				    "sed -n %zup) \"%s",
				    where, shell_word(str_from(list), a), before,
				    shell_word(text_str(&t), a));
	}
	if (before < total)
		text_printf(&t, "insert rule %s index %zu ", where, before);
	else
		text_printf(&t, "add rule %s ", where);
	if (!rule_text(&t, rule, source_view(rs->source, form->near->span)))
		return NULL;
	return arena_printf(a, "nft %s", shell_word(text_str(&t), a));
}
