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

/* A chain of another program, in another part if there are several. */
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

static void look(struct analysis *an, const struct ruleset *part, unsigned number)
{
	bool together = an->ruleset->n_parts;
	struct finding f = { .part = number, .severity = together ? SEV_WARNING : SEV_NOTE };
	const struct chain *c = NULL;
	if (strcmp(part->dialect, "nft") == 0)
		f.span = flush_of(part->source);
	if (f.span.len)
		c = others_chain(an->ruleset, number);
	if (!c)
		return;
	f.message = arena_printf(an->results,
				 together ? "each load removes chain '%.*s' of another program too"
					  : "each load puts back chain '%.*s' of another program",
				 STR_FMT(c->name));
	f.detail = together ? "it comes back only when that program is restarted"
			    : "rules that the program has made since are lost then";
	analysis_report_text(an, f);
}

static void run(struct analysis *an)
{
	const struct ruleset *rs = an->ruleset;
	if (!rs->n_parts) /* a listing of everything, with a flush in front? */
		look(an, rs, 0);
	for (unsigned i = 0; i < rs->n_parts; i++)
		look(an, rs->parts[i], i);
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
	.finds = "`flush ruleset` in a script, beside files that have chains of Docker, libvirt, fail2ban …",
	.why =
		"iptables-nft, Docker, libvirt, fail2ban and kube-proxy keep their rules in nftables, too. A script that\n"
		"begins with `flush ruleset` removes them at each load: containers lose their network, and banned\n"
		"addresses are let in, until these programs are started again.\n"
		"\n"
		"fwlint reports files that are given together (--together): a script that flushes everything,\n"
		"beside another file that has chains of such a program. One file that has both, such as a listing\n"
		"of everything that is kept as a script, is a note.",
	.fix_safety =
		"There is no automatic fix: `table inet filter`, `flush table inet filter` in front of the script's\n"
		"own table removes only what it has made itself.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on
