/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW502. A flush of everything beside the tables of other programs. */
#include <fwlint/check_analysis.h>

#include "lines.h"

/* Where the text says `flush ruleset`, not in a comment; len 0: nowhere. */
static struct span flush_of(const struct source *s)
{
	struct str rest = { s->text, s->len };
	while (rest.n) {
		struct str line = str_cut(&rest, '\n'), trimmed = str_trim(line),
			   word = STR("flush ruleset");
		if (str_starts(trimmed, "nft "))
			trimmed = str_trim((struct str){ trimmed.p + 4, trimmed.n - 4 });
		if (str_starts(trimmed, "flush ruleset"))
			return source_span(s, (struct str){ trimmed.p, word.n });
	}
	return (struct span){ 0 };
}

/* A chain, or table, of another program in another part. */
static const struct chain *others_chain(const struct ruleset *rs, unsigned mine)
{
	for (size_t i = 0; i < rs->n_chains; i++)
		if ((rs->chains[i]->table->part_number != mine || !rs->n_parts) &&
		    !str_is(rs->chains[i]->name, "DOCKER-USER") && /* the administrator's own */
		    (chain_is_of_program(rs->chains[i]->name) ||
		     chain_owner_advice(rs, rs->chains[i])))
			return rs->chains[i];
	return NULL;
}

/* A listing of everything, with a flush in front. */
static void look_at_one(struct analysis *an)
{
	const struct ruleset *rs = an->ruleset;
	struct span flush = strcmp(rs->dialect, "nft") == 0 ? flush_of(rs->source)
							    : (struct span){ 0 };
	const struct chain *c = flush.len ? others_chain(rs, 0) : NULL;
	if (c)
		analysis_report_text(an,
				     (struct finding){ .severity = SEV_NOTE,
						       .span = flush,
						       .message = arena_printf(an->results,
									       "each load puts "
									       "chain '%.*s' of "
									       "another program "
									       "back to "
									       "what it was",
									       STR_FMT(c->name)),
						       .detail = "rules that the program has made "
								 "since are gone then" });
}

static void run(struct analysis *an)
{
	const struct ruleset *rs = an->ruleset;
	if (!rs->n_parts)
		look_at_one(an);
	for (unsigned i = 0; i < rs->n_parts; i++) {
		const struct span flush = strcmp(rs->parts[i]->dialect, "nft") == 0
						  ? flush_of(rs->parts[i]->source)
						  : (struct span){ 0 };
		const struct chain *c = flush.len ? others_chain(rs, i) : NULL;
		if (!c)
			continue;
		analysis_report_text(an,
				     (struct finding){ .severity = SEV_WARNING,
						       .span = flush,
						       .part = i,
						       .message = arena_printf(an->results,
									       "each load removes "
									       "chain '%.*s' of "
									       "another program "
									       "too",
									       STR_FMT(c->name)),
						       .detail = "it is not made again until that "
								 "program is restarted" });
	}
}

// clang-format off
static const struct reference references[] = {
	{ "nft(8), FLUSH RULESET: it clears the whole ruleset of the given family",
	  "https://www.netfilter.org/projects/nftables/manpage.html" },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "nft", .title = "a listing of everything, kept as a script", .line = 1, .by_hand = true,
		.bad = LINES("flush ruleset",
			     "table inet filter {",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy accept;",
			     "\t}",
			     "}",
			     "table ip nat {",
			     "\tchain DOCKER {",
			     "\t\tiifname \"docker0\" return",
			     "\t}",
			     "}"),
		.good = LINES("table inet filter",
			      "flush table inet filter",
			      "table inet filter {",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy accept;",
			      "\t}",
			      "}"),
	},
};

const struct check check_flush_beside_others = {
	.id = "FW502", .name = "flush-beside-others", .since = "0.1", .severity = SEV_WARNING,
	.is_steady = true,
	.finds = "`flush ruleset` in a script, where files given with it have chains of Docker, libvirt, fail2ban …",
	.why =
		"iptables-nft, Docker, libvirt, fail2ban and kube-proxy keep their rules in nftables, too. A script that\n"
		"begins with `flush ruleset` removes them at each load: containers lose their network, and banned\n"
		"addresses are let in, until these programs are started again.\n"
		"\n"
		"Looked at are files that are given together (--together): a script that flushes everything, and\n"
		"another file that has chains of such a program. One file that has both is a note: a listing of everything,\n"
		"kept as a script.",
	.fix_safety =
		"There is no automatic fix: `table inet filter`, `flush table inet filter` in front of the script's own table\n"
		"removes only what it has made itself.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on
