/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "handles.h"

#include <fwlint/process.h>

#include <stdio.h>

/* From `nft -a list ruleset`, which names them in the order of the rules; false: it has others. */
static bool handles_read(const struct ruleset *rs, struct str listing, struct handles *out,
			 struct arena *a)
{
	const struct chain *chain = NULL;
	struct str table = { 0 };
	size_t at = 0;
	uint32_t more = 0; /* handles of the rule at hand */
	while (listing.p) {
		struct str line = str_trim(str_cut(&listing, '\n'));
		size_t mark = line.n;
		for (size_t i = 0; i + 9 < line.n; i++)
			if (memcmp(line.p + i, "# handle ", 9) == 0)
				mark = i;
		if (str_starts(line, "table ")) {
			struct str rest = line;
			str_cut(&rest, ' ');
			str_cut(&rest, ' ');
			table = str_cut(&rest, ' ');
		} else if (str_starts(line, "chain ")) {
			struct str rest = { line.p + 6, line.n - 6 }, name = str_cut(&rest, ' ');
			chain = NULL;
			for (size_t i = 0; i < rs->n_chains; i++)
				if (str_eq(rs->chains[i]->name, name) &&
				    str_eq(rs->chains[i]->table->name, table))
					chain = rs->chains[i];
			at = more = 0;
		} else if (mark < line.n && line.n > 0 && chain &&
			   !str_contains(line, "{ # handle")) {
			u128 handle;
			while (at < chain->n && chain->items[at]->same_rule)
				at++;
			if (at >= chain->n ||
			    !str_number((struct str){ line.p + mark + 9, line.n - mark - 9 },
					UINT64_MAX, &handle))
				return false;
			struct handle h = { chain->items[at], (uint64_t)handle };
			vec_push(a, out, h);
			at += more++ == chain->items[at]->more_rules;
			more = at < chain->n && h.first == chain->items[at] ? more : 0;
		}
	}
	return true;
}

static const struct rule *first_of(const struct rule *r)
{
	const struct chain *c = r->chain;
	for (size_t i = 0; i < c->n; i++)
		if (c->items[i]->id == r->id) {
			while (i > 0 && c->items[i]->same_rule)
				i--;
			return c->items[i];
		}
	return r;
}

static bool is_last_of_rule(const struct rule *r)
{
	const struct chain *c = r->chain;
	for (size_t i = 0; i < c->n; i++)
		if (c->items[i]->id == r->id)
			return i + 1 == c->n || !c->items[i + 1]->same_rule;
	return true;
}

size_t expected_hits(const struct trace *t, const struct rule *ret[HITS_MAX])
{
	size_t n = 0;
	for (size_t i = 0; i < t->n && n < HITS_MAX; i++) {
		const struct rule *r = t->items[i].rule;
		if (!r)
			continue;
		const struct rule *first = first_of(r);
		/* more of the same rule comes: it is told of once */
		if (i + 1 < t->n && t->items[i + 1].rule && t->items[i + 1].rule->same_rule &&
		    first_of(t->items[i + 1].rule) == first && r->verdict.kind == VERDICT_CONTINUE)
			continue;
		if (r->verdict.kind == VERDICT_CONTINUE && !r->is_arm && !is_last_of_rule(r))
			continue;
		ret[n++] = first;
	}
	return n;
}

void rules_tell_apart(struct ruleset *rs)
{
	for (size_t i = 0; i < rs->n_chains && strcmp(rs->dialect, "iptables") == 0; i++)
		for (size_t k = 0; k < rs->chains[i]->n; k++)
			rs->chains[i]->items[k]->same_rule = false;
}

bool handles_load(const struct ruleset *rs, struct str text, bool is_nft, bool v6,
		  struct handles *out, struct arena *a)
{
	const char *const nft[] = { "nft", "-f", "-", NULL },
			  *const restore[] = { v6 ? "ip6tables-nft-restore"
						  : "iptables-nft-restore",
					       NULL },
			  *const list[] = { "nft", "-a", "list", "ruleset", NULL };
	struct text said = { .arena = a }, warnings = { .arena = a };
	if (process_run(is_nft ? nft : restore, text, &said, &said)) {
		printf("not loaded: %.*s\n", STR_FMT(text_str(&said)));
		return false;
	}
	said.n = 0;
	FW_MAY_FAIL(process_run(list, STR(""), &said, &warnings)); /* it lacks rules then */
	if (handles_read(rs, text_str(&said), out, a))
		return true;
	printf("the listing has other rules:\n%.*s\n", STR_FMT(text_str(&said)));
	return false;
}

const struct rule *hit_rule(const struct handles *handles, const struct hit *hit)
{
	for (size_t k = 0; k < handles->n; k++)
		if (handles->items[k].handle == hit->handle &&
		    str_is(handles->items[k].first->chain->name, hit->chain) &&
		    str_is(handles->items[k].first->chain->table->name, hit->table))
			return handles->items[k].first;
	return NULL;
}

void print_hits(const char *label, const struct ruleset *rs, const struct rule *const *list,
		size_t n, const char *verdict)
{
	printf("%s:\n", label);
	for (size_t i = 0; i < n; i++) {
		struct str text = list[i] ? source_view(rs->source, list[i]->span)
					  : STR("(not known)");
		printf("   %.*s: %.*s\n", list[i] ? (int)list[i]->chain->name.n : 1,
		       list[i] ? list[i]->chain->name.p : "?", STR_FMT(text));
	}
	printf("   => %s\n", verdict);
}
