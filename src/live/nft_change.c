/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes of nf_tables, for nft and iptables-nft alike: one batch for all
 * tables and families, which carries the generation that was read. A ruleset
 * that changed meanwhile is refused by the kernel (NFNL_BATCH_GENID,
 * nfnetlink_rcv_batch() in net/netfilter/nfnetlink.c).
 *
 * An error says little: it may have occurred on the way back, after all was carried out. So after
 * any error we look for the rules by their marks.
 */
#include "backend.h"
#include "nft_batch.h"
#include "standing.h"

#include <fwlint/process.h>

#include <errno.h>
#include <linux/netfilter.h>

#define TRIES 100 /* tries against others who change the ruleset at the same time */
#define ERRORS 3  /* how often to retry after an error */
#define CODE_MAX                                                                                   \
	32768 /* bytes of a rule with its sets: the elements of a set must fit one attribute of 64 \
		 KiB */
#define DELETE_ROOM 1024

/* ---- where our rules are ---- */

/* What is known about the rules of a change, by their index in the argument. */
struct search {
	const struct live_change *change;
	struct live_rule *const *rules;
	size_t n;
	struct arena *arena;
	struct nft_listed *at; /* where each stands; handle 0: nowhere */
	bool *marked;          /* seen with its mark before: a rule without the mark is not ours */
};

static struct search search_of(const struct live_change *c, struct live_rule *const *rules,
			       size_t n, struct arena *a)
{
	return (struct search){ c,
				rules,
				n,
				a,
				arena_new_array(a, struct nft_listed, n),
				arena_new_array(a, bool, n) };
}

static uint32_t index_of(const struct search *s, size_t i)
{
	return (uint32_t)(s->rules[i] - s->change->items);
}

/* Looks for all by their marks, in any chain of any table. Returns 0 or an errno. */
static int find_marked(struct search *s)
{
	struct nft_listing l = { .arena = s->arena };
	size_t *of_index = arena_new_array(s->arena, size_t, s->change->n);
	int why = nft_list_rules(NULL, NULL, NFPROTO_UNSPEC, &l);
	for (size_t i = 0; i < s->n; i++) {
		s->at[i] = (struct nft_listed){ 0 };
		of_index[index_of(s, i)] = i + 1;
	}
	for (size_t k = 0; k < l.n && !why; k++) {
		const struct nft_listed *x = &l.items[k];
		size_t i = x->mark.tag == s->change->tag && x->mark.index < s->change->n
				   ? of_index[x->mark.index]
				   : 0;
		if (i) {
			s->at[i - 1] = *x;
			s->marked[i - 1] = true;
		}
	}
	return why;
}

static bool same_table(const struct live_rule *x, const struct live_rule *y)
{
	return x->family == y->family && strcmp(x->table, y->table) == 0;
}

/* The rules of a table with their content, except those that cannot be equal to one of `rules`. */
static int list_table(const struct live_rule *table, struct live_rule *const *rules, size_t n,
		      struct nft_listing *l)
{
	struct str *contents = arena_new_array(l->arena, struct str, n);
	l->contents = true;
	int why = nft_list_rules(table->table, NULL, nft_family(table->family), l);
	if (why == ENOENT) {
		l->n = 0;
		return 0;
	}
	for (size_t i = 0; i < n; i++)
		contents[i] = nft_short_content_of_code(rules[i]->code, l->arena);
	for (size_t k = 0; k < l->n && !why; k++)
		for (size_t i = 0; i < n && !why; i++)
			if (l->items[k].n_sets && str_eq(l->items[k].content, contents[i])) {
				/*
				 * ENOENT: its table is gone by now, and the generation has changed
				 */
				why = nft_whole_content(&l->items[k], l->arena);
				break;
			}
	return why;
}

static void stand(const struct nft_listing *l, uint64_t tag, struct standing *s)
{
	for (size_t k = 0; k < l->n; k++) {
		const struct nft_listed *x = &l->items[k];
		struct standing_rule r = { .chain = x->chain,
					   .number = x->number,
					   .content = x->content,
					   .foreign = x->mark.tag && x->mark.tag != tag };
		vec_push(l->arena, s, r);
	}
}

/* Finds the rules that have lost their mark, by their content, in the table of the i-th rule. */
static int find_in_table(struct search *s, size_t first)
{
	struct live_rule **rules = arena_new_array(s->arena, struct live_rule *, s->n);
	struct str *contents = arena_new_array(s->arena, struct str, s->n);
	size_t *which = arena_new_array(s->arena, size_t, s->n),
	       *at = arena_new_array(s->arena, size_t, s->n), n = 0;
	struct nft_listing l = { .arena = s->arena };
	struct standing there = { 0 };
	for (size_t i = first; i < s->n; i++) {
		if (s->marked[i] || !same_table(s->rules[i], s->rules[first]))
			continue;
		rules[n] = s->rules[i];
		contents[n] = nft_content_of_code(s->rules[i]->code, s->arena);
		at[n] = NOT_STANDING;
		which[n++] = i;
	}
	int why = list_table(s->rules[first], rules, n, &l);
	if (why)
		return why;
	stand(&l, s->change->tag, &there);
	for (size_t k = 0; k < l.n; k++) /* those that still have their mark were found already */
		there.items[k].taken = l.items[k].mark.tag == s->change->tag;
	standing_find(&there, rules, contents, n, at);
	for (size_t k = 0; k < n; k++)
		if (at[k] != NOT_STANDING)
			s->at[which[k]] = l.items[at[k]];
	return 0;
}

/* Where all of them are. Returns 0 or an errno. */
static int find_all(struct search *s)
{
	int why = find_marked(s);
	for (size_t i = 0; i < s->n && !why; i++) {
		bool first = !s->marked[i];
		for (size_t k = 0; k < i && first; k++)
			first = s->marked[k] || !same_table(s->rules[k], s->rules[i]);
		if (first)
			why = find_in_table(s, i);
	}
	return why;
}

static const char *nft_look(const struct live_change *c, struct live_rule *const *rules, size_t n,
			    struct arena *a, bool *ret_in)
{
	struct search s = search_of(c, rules, n, a);
	int why = EINTR;
	for (unsigned try = 0, errors = 0; try < TRIES && why && errors < ERRORS; try++) {
		why = find_all(&s);
		errors += why && why != EINTR;
	}
	for (size_t i = 0; i < n && !why; i++)
		ret_in[i] = s.at[i].handle != 0;
	return why ? arena_printf(a, "nf_tables cannot be read: %s", strerror(why)) : NULL;
}

/* ---- before ---- */

static const char *nft_survey(struct live_rule *const *rules, size_t n, struct arena *a)
{
	struct nft_listing l = { .arena = a };
	struct standing s = { 0 };
	const struct live_rule *table = NULL;
	for (size_t i = 0; i < n; i++) {
		if (!table || !same_table(table, rules[i])) {
			size_t k = i;
			while (k < n && same_table(rules[k], rules[i]))
				k++;
			int why = EINTR;
			for (unsigned try = 0; try < TRIES && why == EINTR; try++)
				why = list_table(rules[i], rules + i, k - i, &l);
			if (why)
				return arena_printf(a, "table %s cannot be read: %s",
						    rules[i]->table, strerror(why));
			s = (struct standing){ 0 };
			stand(&l, 0, &s);
			table = rules[i];
		}
		standing_count(&s, nft_content_of_code(rules[i]->code, a), rules[i]);
	}
	return NULL;
}

/* ---- inserting ---- */

static bool same_chain(const struct live_rule *x, const struct live_rule *y)
{
	return same_table(x, y) && strcmp(x->chain, y->chain) == 0;
}

/*
 * The handle of the rule that must follow the i-th one in the current chain; 0: none. `l`: the
 * chain of the rule before. Returns 0 or an errno.
 */
static int find_next(struct live_rule *const *rules, size_t i, struct nft_listing *l, uint64_t *ret)
{
	const struct live_rule *r = rules[i];
	size_t at = r->number - 1;
	for (size_t k = i; k-- > 0 && same_chain(rules[k], r);)
		at--;
	int why = i && same_chain(rules[i - 1], r)
			  ? 0
			  : nft_list_rules(r->table, r->chain, nft_family(r->family), l);
	if (why || at > l->n)
		return why ? why : ENOENT;
	*ret = at < l->n ? l->items[at].handle : 0;
	return 0;
}

static const char *fill_batch(const struct live_change *c, struct live_rule *const *rules, size_t n,
			      struct batch *b, struct arena *a)
{
	struct nft_listing l = { .arena = a };
	for (size_t i = 0; i < n; i++) {
		uint64_t before;
		int why = find_next(rules, i, &l, &before);
		if (why)
			return arena_printf(a,
					    "the place in chain %s of table %s cannot be found: %s",
					    rules[i]->chain, rules[i]->table, strerror(why));
		if (!batch_add_rule(b, rules[i], before,
				    (struct nft_mark){ c->tag, (uint32_t)(rules[i] - c->items) },
				    a))
			return "the compiled rule cannot be read back";
	}
	return NULL;
}

/* The outcome of a batch that was answered with `error` (0: it was carried out). */
static enum live_outcome settle(const struct live_change *c, struct live_rule *const *rules,
				size_t n, int error, struct arena *a, const char **why_not)
{
	struct search s = search_of(c, rules, n, a);
	size_t found = 0;
	int why = EINTR;
	for (unsigned try = 0, errors = 0; try < TRIES && why && errors < ERRORS; try++) {
		why = find_marked(&s);
		errors += why && why != EINTR;
	}
	for (size_t i = 0; i < n && !why; i++)
		found += s.at[i].handle != 0;
	for (size_t i = 0; i < n; i++) {
		rules[i]->handle = s.at[i].handle;
		rules[i]->where = found || !error ? LIVE_IN : LIVE_NOT_YET;
	}
	if (found || !error)
		return LIVE_DONE;
	if (why) {
		*why_not = arena_printf(a,
					"the change was sent (%s), but the ruleset cannot be read "
					"to see whether it is in: %s",
					strerror(error), strerror(why));
		return LIVE_HALF;
	}
	*why_not = arena_printf(a, "the kernel refuses the change: %s", strerror(error));
	return error == ERESTART ? LIVE_MOVED : LIVE_FAILED;
}

static enum live_outcome nft_insert(const struct live_change *c, struct live_rule *const *rules,
				    size_t n, struct arena *a, const char **why_not)
{
	struct batch b;
	size_t room = 0;
	uint32_t now;
	for (size_t i = 0; i < n; i++) {
		room += batch_room_for(rules[i]);
		if (rules[i]->code.n > CODE_MAX) {
			*why_not = "a rule names too many values to fit into one message to the "
				   "kernel";
			return LIVE_FAILED;
		}
	}
	*why_not = c->generation && c->tag ? NULL : "the generation of nf_tables is not known";
	if (*why_not)
		return LIVE_FAILED;
	batch_begin(&b, room, c->generation, a);
	*why_not = fill_batch(c, rules, n, &b, a);
	if (*why_not)
		return nft_generation(&now) == 0 && now != c->generation ? LIVE_MOVED : LIVE_FAILED;
	return settle(c, rules, n, batch_send(&b), a, why_not);
}

/* ---- taking out ---- */

/* One batch for all rules that are in. Returns 0 or an errno; ERESTART, EINTR: the ruleset has
 * changed. */
static int remove_standing(struct search *s)
{
	struct batch b;
	uint32_t generation;
	int why = nft_generation(&generation);
	if (!why)
		why = !generation ? EPROTO : find_all(s);
	if (why)
		return why;
	batch_begin(&b, s->n * DELETE_ROOM, generation, s->arena);
	for (size_t i = 0; i < s->n; i++)
		if (s->at[i].handle)
			batch_delete_rule(&b, &s->at[i]);
	if (!b.last)
		return 0;
	for (size_t i = 0; i < s->n; i++)
		if (s->at[i].handle)
			s->rules[i]->where = LIVE_LEAVING;
	why = batch_send(&b);
	/* this batch was certainly refused */
	for (size_t i = 0; i < s->n && why == ERESTART; i++)
		if (s->at[i].handle)
			s->rules[i]->where = LIVE_IN;
	return why;
}

static enum live_outcome nft_remove(const struct live_change *c, struct live_rule *const *rules,
				    size_t n, bool force, struct arena *a, const char **why_not)
{
	struct search s = search_of(c, rules, n, a);
	bool gone = false;
	int why = ERESTART;
	(void)force;
	for (unsigned try = 0, errors = 0; try < TRIES && why && errors < ERRORS; try++) {
		why = remove_standing(&s);
		errors += why && why != ERESTART && why != EINTR;
	}
	if (why) {
		*why_not = why == ERESTART || why == EINTR
				   ? "the ruleset changes so often that the rule could not be "
				     "removed"
				   : arena_printf(a, "the kernel refuses to remove the rule: %s",
						  strerror(why));
		return LIVE_FAILED;
	}
	for (size_t i = 0; i < n; i++) {
		gone |= rules[i]->where == LIVE_IN;
		rules[i]->where = LIVE_OUT;
	}
	return gone ? LIVE_GONE : LIVE_DONE;
}

const struct live_part nft_part = { .survey = nft_survey,
				    .insert = nft_insert,
				    .remove = nft_remove,
				    .look = nft_look };
