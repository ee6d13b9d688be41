/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which rules of a table belong to a change? A mark is certain. Without a mark (iptables-legacy has
 * none, and a reload loses it) a rule is recognized by its content, and by the number of equal
 * rules before the change.
 */
#ifndef LIVE_STANDING_H
#define LIVE_STANDING_H

#include <fwlint/live_change.h>

#define NOT_STANDING SIZE_MAX

/* A rule of a table. */
struct standing_rule {
	const char *chain;
	uint32_t number;    /* 1-based place in its chain */
	struct str content; /* its content, as bytes to compare */
	bool foreign;       /* it has the mark of another change */
	bool taken;         /* it was found to be one of ours */
};

struct standing {
	struct standing_rule *items;
	size_t n, cap;
};

/* Notes how many rules of the table are equal to `r`, before it is inserted. */
void standing_count(const struct standing *s, struct str content, struct live_rule *r);
/*
 * The current place of each of the n rules of one table, as an index into `s`, or NOT_STANDING;
 * `contents`: the content of each. Places that are already in `ret_at` are kept.
 */
void standing_find(struct standing *s, struct live_rule *const *rules, const struct str *contents,
		   size_t n, size_t *ret_at);

#endif
