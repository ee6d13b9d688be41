/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW501. An nft script that adds rules to what is there. A finding about the text: no witness. */
#include <fwlint/check_analysis.h>

#include "lines.h"

/* A script says so in its first line; what `nft list ruleset` prints has no such line. */
static bool is_nft_script(const struct source *s)
{
	struct str rest = { s->text, s->len }, first = str_cut(&rest, '\n');
	return str_starts(first, "#!") && str_contains(first, "nft");
}

static const struct table *first_with_rules(const struct ruleset *rs)
{
	for (size_t i = 0; i < rs->n; i++)
		for (size_t k = 0; k < rs->items[i]->n; k++)
			if (rs->items[i]->items[k]->n)
				return rs->items[i];
	return NULL;
}

static void run(struct analysis *an)
{
	const struct ruleset *rs = an->ruleset;
	const struct table *t = first_with_rules(rs);
	if (strcmp(rs->dialect, "nft") != 0 || rs->clears || rs->n_parts || !t ||
	    !is_nft_script(rs->source))
		return;
	analysis_report_text(an, (struct finding){ .severity = SEV_WARNING,
						   .span = t->span,
						   .message = "each load of this script adds its "
							      "rules once more",
						   .detail = "it removes nothing first: it has no "
							     "`flush ruleset`, `flush table` or "
							     "`delete table`" });
}

// clang-format off
static const struct reference references[] = {
	{ "nft(8), FILE: a script is one transaction, added to the ruleset that is there",
	  "https://www.netfilter.org/projects/nftables/manpage.html" },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "nft", .title = "a script without a flush", .line = 2, .by_hand = true,
		.bad = LINES("#!/usr/sbin/nft -f",
			     "table inet filter {",
			     "\tchain forward {",
			     "\t\ttype filter hook forward priority filter; policy drop;",
			     "\t\tct state vmap { established : accept, related : accept, invalid : drop }",
			     "\t}",
			     "}"),
		.good = LINES("#!/usr/sbin/nft -f",
			      "table inet filter",
			      "flush table inet filter",
			      "table inet filter {",
			      "\tchain forward {",
			      "\t\ttype filter hook forward priority filter; policy drop;",
			      "\t\tct state vmap { established : accept, related : accept, invalid : drop }",
			      "\t}",
			      "}"),
	},
};

const struct check check_script_doubles_rules = {
	.id = "FW501", .name = "script-doubles-rules", .since = "0.1", .severity = SEV_WARNING,
	.is_steady = true,
	.finds = "an nft script that adds its rules to those of its last load",
	.why =
		"`nft -f` adds what a file says to the ruleset that is there: a table or chain that exists\n"
		"stays, and its rules are added behind those that it has. Loaded again, a script without a\n"
		"flush has every rule twice. Rules that were taken out of the file stay in the kernel, before\n"
		"the new ones, so a change of the file may have no effect until the next boot.\n"
		"\n"
		"Only files whose first line names nft (`#!/usr/sbin/nft -f`) are checked, because the output of\n"
		"`nft list ruleset` is not loaded as it is. A file that flushes or deletes anything is not\n"
		"reported, and files that are read together are not checked.",
	.fix_safety =
		"There is no automatic fix. `flush ruleset` removes the tables of other programs too (Docker,\n"
		"libvirt, fail2ban); `table inet filter` and `flush table inet filter`, in front of the rules,\n"
		"removes only what the script itself has made.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on
