/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of random rulesets share: one packet of a kind and what its connection needs
 * before, the network that it passes, and the ruleset tried in a child. */
#ifndef TESTS_TRIAL_H
#define TESTS_TRIAL_H

#include "../unit/property.h"
#include "trace.h"

#include <fwlint/flow.h>
#include <fwlint/prove.h>

enum kind {
	K_NEW_SYN,
	K_NEW_ACK,
	K_NEW_UDP,
	K_NEW_ICMP,
	K_NEW_SCTP,
	K_EST_TCP,
	K_EST_TCP_REPLY,
	K_EST_UDP,
	K_EST_UDP_REPLY,
	K_INVALID_WINDOW,
	K_INVALID_FLAGS,
	K_RELATED,
	K_COUNT
};

extern const char *const kind_names[K_COUNT];

struct trial {
	enum kind kind;
	enum path path;
	struct str in, out;    /* interfaces; empty: the host */
	struct segment packet; /* as it is sent */
	bool is_fragment;      /* it is sent as a fragment behind the first */
	struct segment opens;  /* the connection's first packet, in the direction of its opener */
};

/* A packet; the `number` makes its connection one of its own. `may_be_assured`: that one may have
 * seen answers before. */
struct trial trial_random(unsigned number, bool may_be_assured, bool v6);
/* What connection tracking makes of it. */
enum ct_state trial_state(enum kind k);
/* Does it go against the direction in which the connection was opened? */
bool trial_is_reply(enum kind k);
/* RELATED: the ICMP error about the connection, as bytes; returns how many. */
size_t trial_icmp_error(const struct trial *t, unsigned char *buf);
/* The packet as bytes; returns how many. */
size_t trial_bytes(const struct trial *t, unsigned char *buf);
/* Could it come as a later fragment, and does a chain that is asked still see one? */
bool trial_may_be_fragment(const struct trial *t);
/* The same packet for the interpreter. */
struct packet trial_packet(const struct ruleset *rs, const struct trial *t, struct arena *a);
void trial_count_bytes(struct arena *a); /* connections from now on have counters (connbytes) */
/* Sends what the connection needs before. NULL, or why not. */
FW_CHECKED const char *trial_open(struct tracer *tracer, const struct trial *t);

/* Wires eth0, eth1 and wan0 in this namespace, what `ip` makes of the lines of `network`, and a
 * tracer. NULL, or why not. */
FW_CHECKED const char *trial_network(const char *network, struct arena *a, struct lab **ret_lab,
				     struct tracer **ret_tracer);

/* ---- a ruleset, tried in a child ---- */

enum outcome { SAME = 0, DIFFERS = 1, NOT_LOADED = 2, NO_NAMESPACE = 3 };

struct attempt {
	enum outcome (*run)(struct str text, const void *with);
	const void *with; /* what is sent */
};

/* `quiet`: what it prints goes nowhere. */
enum outcome attempt_in_child(const struct attempt *t, struct str text, bool quiet);
/* Takes lines away as long as it still differs, and prints what is left. */
void attempt_shrink(const struct attempt *t, struct str text, struct arena *a);

#endif
