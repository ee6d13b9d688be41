/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A ruleset under analysis, as the engine has it; private to check. */
#ifndef CHECK_ANALYSIS_H
#define CHECK_ANALYSIS_H

#include <fwlint/check_analysis.h>

/* Findings go to `found`, and live in `results`; the rest lives in the arena of the walks. */
struct analysis *analysis_new(struct flow_walks *walks, struct findings *found,
			      struct arena *results);
/*
 * Runs a check. If an answer fails, nothing that depends on it is reported, and the question stays
 * open.
 */
void analysis_run(struct analysis *an, const struct check *c, void (*run)(struct analysis *an));
/*
 * A packet that is in all n regions of a walk, and those of further walks that go with it; without
 * traces.
 */
FW_CHECKED bool analysis_pick_all(struct analysis *an, const struct flow *f,
				  const struct flow *const *others, size_t n_others,
				  const struct region *const *regions, size_t n,
				  struct packet *ret_packet, struct packet *ret_others);
/* The packet is the finding's witness in this walk. */
void finding_set_witness(struct analysis *an, const struct flow *flow, const struct packet *p,
			 struct finding *f);
/* Replaces a packet that was found, and those that go with it, by one that reads well, where there
 * is a choice. */
void analysis_make_plausible(struct analysis *an, const struct flow *flow,
			     const struct flow *const *others, size_t n_others,
			     const struct region *const *regions, size_t n, struct packet *p,
			     struct packet *packets);
/* The ruleset as packets with a translated destination see it; NULL: the same. */
const struct ruleset *ruleset_as_translated(const struct ruleset *rs, struct arena *a);
/* How many regions a NULL-terminated list has. */
size_t regions_count(const struct region *const *regions);

#endif
