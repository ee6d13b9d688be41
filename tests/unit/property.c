/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Property tests on random rulesets and random packets. The dialect, iptables
 * or nft, may stand first.
 *
 *   property pairs RULESETS PACKETS [SEED]
 *   property ask RULESETS PACKETS [SEED]
 *       the plain interpreter and the packet sets name the same rules and the
 *       same verdict for each packet; what the search finds in a set is there,
 *       and what it calls empty no packet was in
 *   property words RULESETS PACKETS [SEED]
 *       the words of each packet and witness are read as printed
 *   property file RULES PACKETS
 *       the same for one ruleset, to make a failure smaller
 *   property fixes RULESETS [SEED]
 *       every fix changes INVALID packets only, to drop, and a second run has
 *       nothing to fix
 *
 * Prints the seed and the counts; exits 1 at the first disagreement, with the
 * ruleset.
 */
#include "property_parts.h"

#include <stdlib.h>

/* The rulesets of a seed, for tests that load them: each ends with a form feed and a line end. */
static int run_print(uint32_t rulesets)
{
	for (uint32_t i = 0; i < rulesets; i++) {
		struct arena *a = arena_new();
		bool nft = strcmp(dialect, "nft") == 0; /* of the other rulesets nft refuses most */
		struct str text = nft ? random_nft_ruleset(a, true, i % 8 != 0)
				      : random_ruleset(a, true);
		printf("%.*s\f\n", STR_FMT(text));
		arena_free(a);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && dialect_find(argv[1])) {
		dialect = argv[1];
		argc--;
		argv++;
	}
	bool pairs = argc >= 4 && strcmp(argv[1], "pairs") == 0;
	bool fixes = argc >= 3 && strcmp(argv[1], "fixes") == 0;
	bool compare = argc >= 4 && strcmp(argv[1], "compare") == 0;
	bool ask = argc >= 4 && strcmp(argv[1], "ask") == 0;
	bool translated = argc >= 4 && strcmp(argv[1], "translated") == 0;
	bool words = argc >= 4 && strcmp(argv[1], "words") == 0;
	bool file = argc >= 4 && strcmp(argv[1], "file") == 0;
	bool print = argc >= 4 && strcmp(argv[1], "print") == 0;
	if (!pairs && !ask && !fixes && !file && !compare && !words && !translated && !print) {
		fprintf(stderr, "usage: property [DIALECT] (pairs RULESETS PACKETS [SEED] | "
				"ask RULESETS PACKETS [SEED] | fixes "
				"RULESETS [SEED] | "
				"compare RULESETS PACKETS [SEED] | words RULESETS PACKETS [SEED] | "
				"translated RULESETS PACKETS [SEED] | "
				"file RULES PACKETS | print "
				"RULESETS SEED)\n");
		return 2;
	}
	int seed_at = fixes || print ? 3 : 4;
	uint64_t seed = argc > seed_at ? strtoull(argv[seed_at], NULL, 0) : 20240301;
	random_seed(seed);
	if (print)
		return run_print((uint32_t)atoi(argv[2]));
	printf("seed %llu\n", (unsigned long long)seed);
	if (file)
		return run_file(argv[2], (uint32_t)atoi(argv[3]));
	uint32_t n = (uint32_t)atoi(argv[2]);
	int failed = compare      ? run_compare(n, (uint32_t)atoi(argv[3]))
		     : ask        ? run_ask(n, (uint32_t)atoi(argv[3]))
		     : words      ? run_words(n, (uint32_t)atoi(argv[3]))
		     : translated ? run_translated(n, (uint32_t)atoi(argv[3]))
		     : pairs      ? run_pairs(n, (uint32_t)atoi(argv[3]))
				  : run_fixes(n);
	if (translated)
		return failed;
	unsigned never = classes_report(dialect, fixes ? FOR_FIXES : FOR_SETS);
	if (never && n >= 150) {
		printf("FAILED: %u classes were never produced\n", never);
		return 1;
	}
	return failed;
}
