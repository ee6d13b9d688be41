/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of the rules that stand in a table are those of a change? A mark is sure.
 * Without one (iptables-legacy has none, and a reload loses it) a rule is known by
 * what it says, and by how many that say the same there were before the change.
 */
#ifndef LIVE_STANDING_H
#define LIVE_STANDING_H

#include <fwlint/live_change.h>

#define NOT_STANDING SIZE_MAX

/* A rule of a table. */
struct standing_rule {
	const char *chain;
	uint32_t number;    /* 1-based place in its chain */
	struct str content; /* what it says, as bytes to compare */
	bool foreign;       /* it has the mark of another change */
	bool taken;         /* it is found to be one of ours */
};

struct standing {
	struct standing_rule *items;
	size_t n, cap;
};

/* Notes how many rules of the table say what `r` says, before it is there. */
void standing_count(const struct standing *s, struct str content, struct live_rule *r);
/*
 * For each of the n rules of one table where it stands now, as an index into
 * `s`, or NOT_STANDING; `contents`: what each says. Those that `ret_at` names already are kept.
 */
void standing_find(struct standing *s, struct live_rule *const *rules, const struct str *contents,
		   size_t n, size_t *ret_at);

#endif
