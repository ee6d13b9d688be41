/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to trace. */
#ifndef TRACE_TRACE_H
#define TRACE_TRACE_H

#include <fwlint/trace.h>

/* A packet of all that the matches hold for. `ret_rs`: see match_part_read(). */
FW_CHECKED bool question_read(const struct ruleset *rs, struct source *text, enum path path,
			      struct arena *a, struct diags *diags, struct worded *ret,
			      const struct ruleset **ret_rs);

/* ---- what is assumed (assume.c) ---- */

struct guess {
	const struct trace_request *request;
	const struct ruleset *rs;
	struct traced *traced;
	enum nfproto_value family;
	u128 own; /* the end of the packet that is taken as the host's; 0: none */
};

/* Gives a value to what was not said, chooses the path, and notes what was assumed. */
void assume_packet(struct guess *g, const struct worded *w, struct arena *a);
/* What the host is taken to be; valid as long as `g`. */
struct host assumed_host(const struct guess *g);
/* Notes which parts of the way depend on the assumed host. */
void assume_way(struct guess *g, const struct followed *way, struct arena *a);

#endif
