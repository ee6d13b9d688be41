/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Causes that only many resets show: the same silence before each, or many at once without any.
 * Also a reset that was seen twice: the second has the cause of the first.
 */
#include "facts.h"

#include <stdlib.h>

#define BURST_NS (5 * SECOND)
#define BURST_MIN 3
#define REPEATS_MIN 3

/* Did a box forget the connection, as far as the reset itself tells? */
static bool is_lost_by_box(const struct facts *f)
{
	return f->copy_of == NO_RESET && (f->cause == CAUSE_MIDDLEBOX || f->cause == CAUSE_IDLE) &&
	       f->shape == SHAPE_REPLY && f->is_plain && f->has_provoking &&
	       !is_invalid(&f->provoking) && !(f->provoking.flags & TCP_SYN);
}

/* … or did the end point, after a silence? */
static bool is_after_silence(const struct facts *f)
{
	return f->copy_of == NO_RESET && f->shape == SHAPE_REPLY && f->has_provoking &&
	       is_long_silence(f) && (is_lost_by_box(f) || f->cause == CAUSE_HALF_OPEN);
}

struct list {
	struct facts **items;
	size_t n, cap;
};

static int by_time(const void *x, const void *y)
{
	const struct facts *a = *(struct facts *const *)x, *b = *(struct facts *const *)y;
	return a->time < b->time ? -1 : a->time > b->time;
}

static int by_silence(const void *x, const void *y)
{
	const struct facts *a = *(struct facts *const *)x, *b = *(struct facts *const *)y;
	return a->silence < b->silence ? -1 : a->silence > b->silence;
}

static struct list list_of(struct resets *r, bool (*is_so)(const struct facts *f))
{
	struct list l = { 0 };
	for (size_t i = 0; i < r->items.n; i++)
		if (is_so(&r->items.items[i]))
			vec_push(r->arena, &l, &r->items.items[i]);
	return l;
}

/* These resets came at once: if one of them had no silence before it, the table was emptied. */
static void judge_burst(struct facts **items, size_t n)
{
	bool without_silence = false;
	uint32_t opened = 0;
	for (size_t i = 0; i < n; i++) {
		without_silence = without_silence || !is_long_silence(items[i]);
		opened = items[i]->opened > opened ? items[i]->opened : opened;
	}
	if (n < BURST_MIN || (!without_silence && opened < 50))
		return;
	for (size_t i = 0; i < n; i++) {
		items[i]->cause = CAUSE_EVICTION;
		items[i]->confidence = CONFIDENCE_LIKELY;
		items[i]->crowd = (uint32_t)n;
	}
}

static void judge_bursts(struct resets *r)
{
	struct list l = list_of(r, is_lost_by_box);
	if (!l.n)
		return;
	qsort(l.items, l.n, sizeof(*l.items), by_time);
	for (size_t i = 0, end; i < l.n; i = end) {
		for (end = i + 1;
		     end < l.n && l.items[end]->time - l.items[end - 1]->time < BURST_NS; end++)
			;
		judge_burst(&l.items[i], end - i);
	}
}

/* Silences of the same length, within a tenth, in several connections. */
static void judge_silences(struct resets *r)
{
	struct list l = list_of(r, is_after_silence);
	if (!l.n)
		return;
	qsort(l.items, l.n, sizeof(*l.items), by_silence);
	for (size_t i = 0, end; i < l.n; i = end) {
		int64_t shortest = l.items[i]->silence;
		for (end = i + 1; end < l.n && l.items[end]->silence - shortest <= shortest / 10;
		     end++)
			;
		int64_t span = 0;
		for (size_t k = i; k < end; k++)
			if (l.items[k]->time - l.items[i]->time > span ||
			    l.items[i]->time - l.items[k]->time > span)
				span = llabs(l.items[k]->time - l.items[i]->time);
		for (size_t k = i; k < end; k++)
			l.items[k]->crowd = (uint32_t)(end - i);
		/* all at one moment: the host may have been restarted meanwhile */
		for (size_t k = i; k < end && end - i >= REPEATS_MIN && span > shortest; k++) {
			l.items[k]->cause = CAUSE_IDLE;
			l.items[k]->confidence = l.items[k]->ttl_like == LIKE_DIFFERENT
							 ? CONFIDENCE_CERTAIN
							 : CONFIDENCE_LIKELY;
		}
	}
}

void judge_copy(struct resets *r, struct facts *f)
{
	if (f->copy_of == NO_RESET)
		return;
	const struct facts *first = &r->items.items[f->copy_of];
	f->cause = first->cause;
	f->why = first->why;
	f->rule = first->rule;
	f->confidence = first->confidence;
}

void judge_crowds(struct resets *r)
{
	judge_bursts(r);
	judge_silences(r);
	for (size_t i = 0; i < r->items.n; i++)
		judge_copy(r, &r->items.items[i]);
}
