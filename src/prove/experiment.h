/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One experiment, as its files share it; private to prove. */
#ifndef PROVE_EXPERIMENT_H
#define PROVE_EXPERIMENT_H

#include <fwlint/prove.h>

#define WAIT_MS 250

/* `a` is the end that sends the witness, `b` the other. */
struct experiment {
	struct lab *lab;
	struct arena *arena;
	const struct ruleset *rs;
	const struct finding *finding;
	struct proof *proof;
	enum path path;
	struct segment a; /* what the witness's end sends next, in order */
	struct segment b; /* the same for the other end */
	struct str wire_a,
		wire_b; /* the interface by which it comes in; empty: the end is the host */
	int socket;     /* the socket, if the end is the host; else -1 */
};

/* Notes why the experiment cannot go on; returns false. */
bool experiment_give_up(struct experiment *x, const char *why);

/* ---- network.c ---- */

const char *experiment_address(struct experiment *x, u128 v);
/* Wires by the names of the ruleset's interfaces. False: experiment_give_up() says why. */
FW_CHECKED bool experiment_add_named_wires(struct experiment *x);
/* Wires, addresses and neighbours for both ends of the witness's connection. False: as above. */
FW_CHECKED bool experiment_prepare_network(struct experiment *x);
/* Gives the address to the other end of the wire. False: experiment_give_up() says why. */
FW_CHECKED
bool experiment_add_peer(struct experiment *x, struct str wire, u128 addr, unsigned number);
/* Gives the host the address on the wire. False: as above. */
FW_CHECKED bool experiment_add_address(struct experiment *x, struct str wire, u128 addr);

/* ---- experiment.c ---- */

/*
 * Runs in a child process, which makes its own namespaces; `size` bytes of `result` are shared with
 * it. NULL, or why it did not finish.
 */
FW_CHECKED
const char *experiment_in_child(void (*run)(const void *with, void *result), const void *with,
				void *result, size_t size);

/* ---- connection.c ---- */

/* Does the segment come from the end that would send `sent_by` next? */
bool segment_is_of(const struct segment *got, const struct segment *sent_by);
/* Advances to the next segment of the end. */
void segment_advance(struct segment *s);
/* Removes packets that are still on the wires. */
void experiment_drain(struct experiment *x);
/* Sends a segment of `a`, and returns what happened to it. */
FW_CHECKED
enum proof_outcome experiment_send(struct experiment *x, const struct segment *s, bool in_order);
/* The host writes to its socket; the caller sees later whether a segment leaves. */
void experiment_host_sends(struct experiment *x, struct segment *host);
/* Makes the connection, with conntrack at work. False: experiment_give_up() says why. */
FW_CHECKED bool experiment_open_connection(struct experiment *x);

#endif
