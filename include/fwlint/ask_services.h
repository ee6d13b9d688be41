/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of services: to which ports, of the host and behind it, new connections get through. */
#ifndef FWLINT_ASK_SERVICES_H
#define FWLINT_ASK_SERVICES_H

#include <fwlint/ask.h>

struct ask_service {
	enum path path;        /* PATH_INPUT: of the host; PATH_FORWARD: behind it */
	const char *in, *out;  /* names of interfaces, as nft writes them; "any" */
	const char *from, *to; /* addresses; "any" */
	const char *protocol;
	const char *ports[2];   /* by enum nfproto_value: "22, 80-90", "all"; NULL: none */
	bool differs;           /* both families are asked about, and have other ports */
	const char *conditions; /* what else must be so; "": nothing */
	VEC(struct ask_place) places;
};

struct ask_services {
	struct ask_service *items;
	size_t n, cap;
	VEC(const char *) notes;
	const struct ruleset *ruleset;
	unsigned families; /* that are asked about */
	const char *gave_up;
};

/*
 * A new connection is a SYN for TCP, and a packet of state NEW for other protocols. Loopback is
 * left out.
 */
struct ask_services ask_services(const struct ruleset *rs, struct arena *a);

#endif
