/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All resets of a run, and their groups. */
#include "facts.h"

#include <stdlib.h>

struct resets *resets_new(const struct ruleset *rules, struct arena *a)
{
	struct resets *r = arena_new_one(a, struct resets);
	r->arena = a;
	r->rules = rules;
	if (rules)
		r->walker = walker_new(rules, a);
	return r;
}

static void set_kernel(const struct ruleset *rs, struct track_settings *s)
{
	static const struct {
		enum kernel_key key;
		const char *name;
	} keys[] = { { KERNEL_ESTABLISHED_TIMEOUT, "tcp_timeout_established" },
		     { KERNEL_TCP_LOOSE, "tcp_loose" },
		     { KERNEL_BE_LIBERAL, "tcp_be_liberal" } };
	for (size_t i = 0; i < ARRAY_SIZE(keys) && rs && rs->kernel; i++) {
		const struct kernel_setting *k = &rs->kernel->key[keys[i].key];
		/* track knows each of these names */
		if (k->given)
			FW_MAY_FAIL(
				track_settings_set(s, str_from(keys[i].name), (uint32_t)k->value));
	}
}

void resets_begin(struct resets *r, const char *capture)
{
	struct track_settings s;
	track_settings_init(&s);
	set_kernel(r->rules, &s);
	vec_push(r->arena, &r->captures, capture);
	vec_push(r->arena, &r->spans, ((struct period){ INT64_MAX, INT64_MIN }));
	r->table = track_new(r->arena, &s, sizeof(struct notes));
	r->hosts = hosts_new(r->arena);
	r->n_opened = 0;
}

void resets_judge(struct resets *r)
{
	for (size_t i = 0; i < r->items.n; i++)
		judge_one(r, &r->items.items[i]);
	judge_crowds(r);
}

size_t resets_settle(struct resets *r, int64_t until)
{
	for (; r->n_settled < r->items.n && r->items.items[r->n_settled].time <= until;
	     r->n_settled++) {
		struct facts *f = &r->items.items[r->n_settled];
		judge_one(r, f);
		judge_copy(r, f);
	}
	return r->n_settled;
}

void resets_set_lost(struct resets *r, uint64_t n)
{
	r->n_lost = n;
}

void resets_set_evicted(struct resets *r, uint64_t n)
{
	r->n_evicted = n;
}

uint64_t resets_lost(const struct resets *r)
{
	return r->n_lost;
}

size_t resets_count(const struct resets *r)
{
	return r->items.n;
}

uint64_t resets_unlisted(const struct resets *r)
{
	return r->n_unlisted;
}

uint64_t resets_packets(const struct resets *r)
{
	return r->n_segments;
}

uint64_t resets_connections(const struct resets *r)
{
	return r->n_connections;
}

size_t resets_captures(const struct resets *r)
{
	return r->captures.n;
}

const struct ruleset *resets_rules(const struct resets *r)
{
	return r->rules;
}

struct reset resets_get(const struct resets *r, size_t i, struct arena *a)
{
	const struct facts *f = &r->items.items[i];
	struct reset x = { .capture = r->captures.items[f->capture],
			   .frame = f->frame,
			   .time = f->time,
			   .source = f->source,
			   .destination = f->destination,
			   .sport = f->sport,
			   .dport = f->dport,
			   .cause = f->cause,
			   .why = f->why,
			   .confidence = f->confidence,
			   .is_copy = f->copy_of != NO_RESET,
			   .rule = f->rule };
	if (r->n_lost && x.confidence == CONFIDENCE_CERTAIN)
		x.confidence = CONFIDENCE_LIKELY; /* lost packets might have shown otherwise */
	evidence_of(r, f, a, &x);
	return x;
}

/* ---- groups ---- */

static bool is_of_group(const struct reset_group *g, const struct facts *f)
{
	return g->cause == f->cause && g->why == f->why && g->rule == f->rule;
}

static int by_size(const void *x, const void *y)
{
	const struct reset_group *a = x, *b = y;
	/* unknown causes come last */
	if ((a->cause == CAUSE_UNKNOWN) != (b->cause == CAUSE_UNKNOWN))
		return a->cause == CAUSE_UNKNOWN ? 1 : -1;
	if (a->n != b->n)
		return a->n > b->n ? -1 : 1;
	return a->example < b->example ? -1 : a->example > b->example;
}

size_t resets_groups(const struct resets *r, struct arena *a, struct reset_group **ret)
{
	VEC(struct reset_group) groups = { 0 };
	for (size_t i = 0; i < r->items.n; i++) {
		const struct facts *f = &r->items.items[i];
		size_t k = 0;
		while (k < groups.n && !is_of_group(&groups.items[k], f))
			k++;
		if (k == groups.n)
			vec_push(a, &groups,
				 ((struct reset_group){ f->cause, f->why, f->rule, 0, i }));
		struct reset_group *g = &groups.items[k];
		g->n++;
		if (f->confidence > r->items.items[g->example].confidence)
			g->example = i;
	}
	if (groups.n)
		qsort(groups.items, groups.n, sizeof(*groups.items), by_size);
	*ret = groups.items;
	return groups.n;
}

/* ---- the frames that matter ---- */

static int by_number(const void *x, const void *y)
{
	uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
	return a < b ? -1 : a > b;
}

size_t resets_frames(const struct resets *r, unsigned capture, struct arena *a, uint64_t **ret)
{
	VEC(uint64_t) list = { 0 };
	for (size_t i = 0; i < r->items.n; i++) {
		const struct facts *f = &r->items.items[i];
		const uint64_t frames[] = { f->frame,
					    f->has_provoking ? f->provoking.frame : 0,
					    f->usual.frame,
					    f->fin_frame,
					    f->silence_from,
					    f->silence_to,
					    f->repeat_frame,
					    f->hole_frame,
					    f->late_frame,
					    f->goes_on_frame,
					    f->answer_frame,
					    f->sender_mac_frame,
					    f->conflict_frames[0],
					    f->conflict_frames[1] };
		for (size_t k = 0; k < ARRAY_SIZE(frames) && f->capture == capture; k++)
			if (frames[k])
				vec_push(a, &list, frames[k]);
	}
	if (list.n)
		qsort(list.items, list.n, sizeof(*list.items), by_number);
	*ret = list.items;
	return list.n;
}
