/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Edits that take a rule out of the text. That they say what is meant is proved later, by reading
 * the edited text. */
#include "analysis.h"

#include <stdlib.h>

static bool is_blank(struct str s)
{
	return str_trim(s).n == 0;
}

/* In front of a rule that is a command: "-A" is the rule's own, "add rule inet t c" is not. */
static bool is_command(struct str before)
{
	struct str rest = str_trim(before), first = str_cut(&rest, ' ');
	if (str_is(first, "nft"))
		first = str_cut(&rest, ' ');
	return (str_is(first, "add") || str_is(first, "insert")) &&
	       (str_starts(rest, "rule ") || str_starts(rest, "rule\t"));
}

/* Behind a rule: the end of its line, a semicolon, a comment. */
static bool is_end(struct str behind, bool nft)
{
	struct str s = str_trim(behind);
	if (nft && s.n && s.p[0] == ';')
		s = str_trim((struct str){ s.p + 1, s.n - 1 });
	return !s.n || (nft && s.p[0] == '#');
}

/* "[12:340] -A INPUT …": counters of iptables-save -c. */
static bool is_counters(struct str before)
{
	struct str s = str_trim(before);
	return s.n && s.p[0] == '[' && s.p[s.n - 1] == ']';
}

static bool add_deletion(struct analysis *an, const struct rule *r, struct tidy *t)
{
	const struct source *source = an->ruleset->source;
	const char *dialect = ruleset_part(an->ruleset, r->chain->table)->dialect;
	bool nft = strcmp(dialect, "nft") == 0;
	struct span first = source_line_span(source, r->span.off),
		    last = source_line_span(source, r->span.off + r->span.len - 1);
	uint32_t end = r->span.off + r->span.len;
	struct str before = source_view(source,
					(struct span){ first.off, r->span.off - first.off }),
		   behind = source_view(source, (struct span){ end, last.off + last.len - end });
	if (r->inserted || !r->span.len || (!nft && strcmp(dialect, "iptables") != 0))
		return false;
	bool whole = (is_blank(before) || is_command(before) || is_counters(before)) &&
		     is_end(behind, nft);
	struct edit e = { { first.off, last.off + last.len - first.off }, STR("") };
	if (!whole && nft && str_starts(str_trim(behind), ";")) {
		const char *semicolon = memchr(behind.p, ';', behind.n);
		e.span = (struct span){ r->span.off,
					r->span.len + (uint32_t)(semicolon + 1 - behind.p) };
	} else if (!whole) {
		return false;
	}
	vec_push(an->results, t, e);
	return true;
}

static int by_place(const void *x, const void *y)
{
	const struct edit *a = x, *b = y;
	return a->span.off < b->span.off ? -1 : a->span.off > b->span.off;
}

/* Two rules of the model may be one line, whose addresses are a list with another rule between
 * them.
 */
bool tidy_put_in_order(struct tidy *t)
{
	size_t kept = 0;
	if (t->n)
		qsort(t->items, t->n, sizeof(*t->items), by_place);
	for (size_t i = 0; i < t->n; i++) {
		struct span s = t->items[i].span, last = kept ? t->items[kept - 1].span : s;
		if (kept && s.off == last.off && s.len == last.len)
			continue;
		if (kept && s.off < last.off + last.len)
			return false;
		t->items[kept++] = t->items[i];
	}
	t->n = kept;
	return kept;
}

const struct tidy *tidy_delete_all(struct analysis *an, const struct rule *const *list, size_t n,
				   const char *what)
{
	struct tidy *t = arena_new_one(an->results, struct tidy);
	t->what = what;
	for (size_t i = 0; i < n; i++)
		if (chain_owner_advice(an->ruleset, list[i]->chain) ||
		    !add_deletion(an, list[i], t))
			return NULL;
	return tidy_put_in_order(t) ? t : NULL;
}

const struct tidy *tidy_delete(struct analysis *an, const struct rule *r, const char *what)
{
	return tidy_delete_all(an, &r, 1, what);
}
