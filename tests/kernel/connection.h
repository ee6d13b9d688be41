/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the test of injected segments plays with: live connections through, to and from a router,
 * translated or not. */
#ifndef TESTS_CONNECTION_H
#define TESTS_CONNECTION_H

#include "trial.h"

/* How a connection passes the router; the last three end there. */
enum passage {
	THROUGH,
	MASQUERADED,
	PORT_FORWARDED,
	PROXIED,
	REDIRECTED,
	TO_ROUTER,
	FROM_ROUTER,
	PASSAGE_COUNT
};

extern const char *const passage_names[PASSAGE_COUNT];

enum event { EV_PROBE, EV_ABOVE, EV_LOST, EV_COUNT };

extern const char *const event_names[EV_COUNT];

struct connection {
	enum passage passage;
	enum event event;
	bool by_server; /* which end sends the segment */
	bool v6;
	uint16_t number; /* the client's port tells it from the others */
	struct segment client,
		server; /* what each end sends next, as that end sees the addresses */
	struct str client_wire, server_wire; /* empty: the router is this end */
	int socket;                          /* of the router's end; -1 */
};

/* The network of the router: interfaces, addresses, routes, and what listens on it. NULL, or what
 * failed. */
const char *router_new(struct lab *lab);
/* The rules that translate: a whole ruleset of the dialect. */
struct str router_nat(const char *dialect, bool v6);

/* A random connection, not yet open. `by_server` and the event are random too. */
struct connection connection_random(uint16_t number, bool v6);
/* Opens it; false: it could not be opened. */
bool connection_open(struct connection *c, struct lab *lab);
/* Sends the segment of the event. */
void connection_inject(struct connection *c, struct lab *lab);
/* Did the segment come to the other end? Waits a little. */
bool connection_arrived(const struct connection *c, struct lab *lab, int ms);

/* The segment, as its sender sends it. */
struct segment connection_segment(const struct connection *c);
/*
 * False: a test of the ruleset whether the destination is local holds behind the translation only.
 * An unknown test has one answer for a packet.
 */
bool connection_has_one_answer(const struct ruleset *rs, const struct connection *c);
/*
 * The same for the interpreter. A segment of the original direction is translated
 * whenever it has an entry or gets one; one of the other only where it has one.
 * What NOTRACK keeps from conntrack is never translated. `untranslated`: NULL where it is not.
 */
struct packet connection_packet(const struct ruleset *rs, const struct connection *c,
				enum ct_state state, enum path *ret_path, struct arena *a);
/* Does conntrack see the segment? */
bool connection_is_tracked(const struct ruleset *rs, const struct connection *c,
			   enum ct_state state, struct arena *a);
/* Does the router have a socket for the segment as it comes? */
bool connection_has_socket(const struct connection *c);

#endif
