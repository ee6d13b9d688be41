/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A question about packets: the match part of an nft rule, asked of a ruleset of any dialect. A
 * part of the layer dialect.
 */
#ifndef FWLINT_DIALECT_MATCH_H
#define FWLINT_DIALECT_MATCH_H

#include <fwlint/model.h>

struct match_part {
	/*
	 * The ruleset that was handed in, with the same tables, chains and rules. The fields and
	 * the unknown tests that only the question names come behind its own; a pure test of the
	 * same text is the same variable.
	 */
	const struct ruleset *ruleset;
	/*
	 * The question, in the numbers of `ruleset`: its matches (all of them hold) and
	 * needs_whole. It is in no chain of the ruleset; its id is one that no rule has.
	 */
	const struct rule *rule;
};

/*
 * Reads a match part ('iifname "wan0" tcp dport 1-1024 ct state new') as nft reads it in a table of
 * family inet that holds nothing else, so with what it implies: `tcp dport` says the protocol, `ip
 * saddr` the family. An empty text matches every packet. Several questions about one ruleset: hand
 * in the ruleset that the last one gave. All of it lives in `a`, which may be another arena than
 * the ruleset's. False: what is wrong is in `diags`, with places in `question`.
 */
FW_CHECKED bool match_part_read(const struct ruleset *rs, struct source *question, struct arena *a,
				struct diags *diags, struct match_part *ret);

#endif
