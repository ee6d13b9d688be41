/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the property tests share. */
#ifndef TESTS_PROPERTY_PARTS_H
#define TESTS_PROPERTY_PARTS_H

#include <fwlint/fix.h>

#include "property.h"

#include <stdio.h>

#define N_PATHS 3 /* the ways of IP packets */

/* The dialect under test: "iptables" or "nft". */
extern const char *dialect;
/* What is shown when something fails. */
extern const struct flow_event *looked_at;

struct str random_ruleset(struct arena *a, bool fixes);
struct packet random_packet(const struct ruleset *rs, enum path path, struct arena *a);
/* What is picked where a rule translates: seldom what is there. */
void set_random_picks(struct packet *p, const struct ruleset *rs, struct arena *a);
/* The packet as a point of the space of the walk. */
void packet_point(const struct flow *f, const struct packet *p, u128 *point);
struct ruleset *read_text(struct str text, struct arena *a);
/* Prints what is wrong, the ruleset and the packet (or NULL), and ends the program. */
_Noreturn void fail(struct str text, const char *what, const struct ruleset *rs,
		    const struct packet *p);

/* Each prints what it counted, and returns the exit status. */
int run_pairs(uint32_t rulesets, uint32_t packets);
/* One given ruleset: for shrinking a failure. */
int run_file(const char *path, uint32_t packets);
/* Questions, and the classes of their answers. */
int run_ask(uint32_t rulesets, uint32_t packets);
int run_fixes(uint32_t rulesets);
/* Looks at each witness; how many answers they name. */
unsigned check_assumptions(struct str text, const struct ruleset *rs, const struct findings *found,
			   struct arena *a);
int run_compare(uint32_t rulesets, uint32_t packets);
/* Addresses that random_translation() tests. */
void set_translated_addresses(struct packet *p, bool is_v6);
/* Rulesets that translate. */
int run_translated(uint32_t rulesets, uint32_t packets);
int run_words(uint32_t rulesets, uint32_t packets);

#endif
