/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW002. The dialect's notes about loaders. A finding about the text: it has no witness. */
#include <fwlint/check_analysis.h>

#include "lines.h"

/* Does every loader refuse something? Then none accepts the file. */
static bool is_refused_by_all(const struct ruleset *rs)
{
	bool legacy = false, nft = false;
	for (size_t i = 0; i < rs->loader_notes.n; i++) {
		legacy |= rs->loader_notes.items[i].refused_by == LOADER_LEGACY;
		nft |= rs->loader_notes.items[i].refused_by == LOADER_NFT;
	}
	return legacy && nft;
}

/* The nft that is meant where the user names no version: fwlint was written to match it. */
#define NFT_KNOWN VERSION(1, 0, 6)

static void too_new(struct analysis *an, const struct feature_use *u, enum program p, uint32_t has,
		    uint32_t since, unsigned part)
{
	const struct ruleset *rs = an->ruleset;
	bool named = rs->versions[p] || (p == PROGRAM_NFT && rs->loader == LOADER_NFT);
	struct finding f = { .span = u->span,
			     .part = part * N_PROGRAMS + p,
			     .severity = named ? SEV_WARNING : SEV_NOTE };
	f.message = arena_printf(an->results,
				 "%s %s does not know %s: %s %s is the first that does",
				 program_name(p), version_words(has, an->results),
				 u->feature->words, program_name(p),
				 version_words(since, an->results));
	analysis_report_text(an, f);
}

/* What the ruleset uses that is newer than the kernel and the tools that it is for. */
static void check_versions(struct analysis *an)
{
	const struct ruleset *rs = an->ruleset;
	for (size_t i = 0; i < rs->features.n; i++) {
		const struct feature_use *u = &rs->features.items[i];
		bool of_iptables = u->feature->kind >= FEATURE_EXTENSION;
		unsigned part = (unsigned)(rs->loader_notes.n + i);
		for (unsigned p = 0; p < N_PROGRAMS; p++) {
			bool is_mine = p == PROGRAM_KERNEL || of_iptables == (p != PROGRAM_NFT);
			uint32_t since = p == PROGRAM_KERNEL ? u->feature->kernel
							     : u->feature->tool;
			uint32_t has = rs->versions[p];
			if (!has && p == PROGRAM_NFT)
				has = NFT_KNOWN;
			if (is_mine && has && has < since)
				too_new(an, u, (enum program)p, has, since, part);
		}
	}
}

static void run(struct analysis *an)
{
	check_versions(an);
	const struct ruleset *rs = an->ruleset;
	bool all = is_refused_by_all(rs);
	for (size_t i = 0; i < rs->loader_notes.n; i++) {
		const struct loader_note *n = &rs->loader_notes.items[i];
		bool refused = n->refused_by != LOADER_ANY && (all || n->refused_by == rs->loader);
		struct finding f = {
			.span = n->span,
			.part = (unsigned)i,
			.severity = refused || n->differs ? SEV_WARNING : SEV_NOTE,
			.message = n->message,
		};
		analysis_report_text(an, f);
	}
}

// clang-format off
static const struct reference references[] = {
	{ "iptables-restore(8), xtables-nft(8)", NULL },
	{ "seen with iptables 1.8.9 of either kind and nft 1.0.6", NULL },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "a chain that is declared again", .line = 5, .by_hand = true,
		.bad = LINES("*filter",
			     ":INPUT ACCEPT [0:0]",
			     ":tcp-in - [0:0]",
			     "-A tcp-in -p tcp --dport 22 -j ACCEPT",
			     ":tcp-in - [0:0]",
			     "-A tcp-in -p tcp --dport 80 -j ACCEPT",
			     "-A INPUT -j tcp-in",
			     "COMMIT"),
		.good = LINES("*filter",
			      ":INPUT ACCEPT [0:0]",
			      ":tcp-in - [0:0]",
			      "-A tcp-in -p tcp --dport 22 -j ACCEPT",
			      "-A tcp-in -p tcp --dport 80 -j ACCEPT",
			      "-A INPUT -j tcp-in",
			      "COMMIT"),
	},
	{
		.dialect = "iptables", .title = "a user chain with a policy", .line = 3, .by_hand = true,
		.bad = LINES("*filter",
			     ":INPUT ACCEPT [0:0]",
			     ":tcp-in ACCEPT [0:0]",
			     "-A INPUT -j tcp-in",
			     "COMMIT"),
		.good = LINES("*filter",
			      ":INPUT ACCEPT [0:0]",
			      ":tcp-in - [0:0]",
			      "-A INPUT -j tcp-in",
			      "COMMIT"),
	},
};

const struct check check_loader_dependent = {
	.id = "FW002", .name = "loader-dependent", .since = "0.1", .severity = SEV_WARNING,
	.finds = "a line that one loader takes and another refuses or reads differently",
	.why =
		"A ruleset file outlives the program that loads it: `iptables-restore` is iptables-legacy on one\n"
		"host and iptables-nft on the next, and a chain that another program makes may not be there. If\n"
		"the file is refused, the host keeps the rules that it had; at boot, that is none.\n"
		"\n"
		"It is a note. It is a warning where `--loader legacy` or `--loader nft` names the loader that\n"
		"refuses the line, where all loaders refuse a line of the file, and where both load it but make\n"
		"different rulesets of it.\n"
		"\n"
		"`--kernel 5.10` and `--loader nft=1.0.2` (`iptables-legacy=`, `iptables-nft=`) name versions: a\n"
		"feature that is newer than that is a warning, too. If no version of nft is named, 1.0.6 is\n"
		"assumed. src/model/feature.c has the list, with its sources.",
	.fix_safety =
		"There is no automatic fix. The message says which loader refuses the line, or what the\n"
		"difference is.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on
