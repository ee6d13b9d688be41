/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel's own trace says of a packet. */
#ifndef TESTS_TRACE_H
#define TESTS_TRACE_H

#include <fwlint/prove.h>

#include <stdint.h>

#define HITS_MAX 400

struct hit {
	char table[64], chain[64];
	uint64_t handle;
	uint32_t mark; /* of the packet, behind the rule */
};

struct hits {
	struct hit items[HITS_MAX];
	size_t n;
	bool any;
	bool is_over;        /* all of it was seen */
	uint32_t verdict;    /* of the last event: NF_ACCEPT or NF_DROP */
	bool has_last;       /* tracer_watch_end(): it came to the end of INPUT or POSTROUTING: */
	struct segment last; /* the addresses and ports that it had there */
};

struct tracer;

/* Makes a wire for markers, and loads the rules that trace all packets. NULL: see *ret_why. */
FW_CHECKED struct tracer *tracer_new(struct lab *lab, struct arena *a, const char **ret_why);
/* From now on, with what addresses and ports a packet comes to the end is seen too. NULL, or why
 * not.
 */
FW_CHECKED const char *tracer_watch_end(struct tracer *t, struct arena *a);
/* What the kernel did since the last time; all packets that were sent have been received then. */
void tracer_read(struct tracer *t, struct hits *ret);
/* Sends a packet and waits until it was received: the next one cannot overtake it. NULL, or why
 * not. */
FW_CHECKED const char *tracer_send(struct tracer *t, struct str wire, const struct segment *s);

#endif
