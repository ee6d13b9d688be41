/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW401. The old match state, which is conntrack by another name. */
#include <fwlint/check_analysis.h>

#include "lines.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

/* The word at place `at`, as a span of the source; it stands between spaces. */
static bool is_word(struct str text, size_t at, const char *word)
{
	size_t n = strlen(word);
	return at + n <= text.n && memcmp(text.p + at, word, n) == 0 &&
	       (at == 0 || is_space(text.p[at - 1])) &&
	       (at + n == text.n || is_space(text.p[at + n]));
}

static void replace(struct analysis *an, const struct rule *r, size_t at, size_t n, struct str by,
		    struct tidy *t)
{
	struct edit e = { { r->span.off + (uint32_t)at, (uint32_t)n }, by };
	vec_push(an->results, t, e);
}

/* The place behind a text in quotes that begins at `at`, such as a comment; `at`: none does. */
static size_t behind_quotes(struct str text, size_t at)
{
	if (text.p[at] != '"')
		return at;
	for (size_t i = at + 1; i < text.n; i++) {
		if (text.p[i] == '"')
			return i + 1;
		i += text.p[i] == '\\';
	}
	return text.n;
}

/* "-m state" and "--state" of a rule. */
static bool add_edits(struct analysis *an, const struct rule *r, struct tidy *t)
{
	struct str text = source_view(an->ruleset->source, r->span);
	bool any = false;
	for (size_t i = 0; i < text.n; i++) {
		i = behind_quotes(text, i);
		if (is_word(text, i, "state") && i >= 3 && is_word(text, i - 3, "-m")) {
			replace(an, r, i, 5, STR("conntrack"), t);
			any = true;
		} else if (any && is_word(text, i, "--state")) {
			replace(an, r, i, 7, STR("--ctstate"), t);
		}
	}
	return any;
}

static bool is_of_iptables(const struct analysis *an, const struct rule *r)
{
	const struct ruleset *part = ruleset_part(an->ruleset, r->chain->table);
	return strcmp(part->dialect, "iptables") == 0;
}

static void run(struct analysis *an)
{
	struct tidy *t = arena_new_one(an->results, struct tidy);
	const struct rule *first = NULL;
	size_t n = 0;
	t->what = "write -m conntrack --ctstate";
	for (size_t i = 0; i < an->ruleset->n_chains; i++)
		for (size_t k = 0; k < an->ruleset->chains[i]->n; k++) {
			const struct rule *r = an->ruleset->chains[i]->items[k];
			if (r->inserted || r->same_rule || !is_of_iptables(an, r) ||
			    !add_edits(an, r, t))
				continue;
			first = !first || r->span.off < first->span.off ? r : first;
			n++;
		}
	if (!first || !tidy_put_in_order(t))
		return;
	struct finding f = { .severity = SEV_NOTE, .rule = first, .span = first->span };
	f.path = PATH_COUNT;
	f.message = arena_printf(an->results, "%zu rule%s the old match 'state'", n,
				 n == 1 ? " uses" : "s use");
	f.detail = "it is an alias of conntrack, kept for old rulesets";
	f.tidy = t;
	analysis_report_new(an, &f);
}

// clang-format off
static const struct reference references[] = {
	{ "iptables-extensions(8), state: a subset of conntrack",
	  "https://man7.org/linux/man-pages/man8/iptables-extensions.8.html" },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "as it was written in 2004", .line = 4, .tidy = true,
		.bad = LINES("*filter",
			     ":INPUT DROP [0:0]",
			     "-A INPUT -i lo -j ACCEPT",
			     "-A INPUT -p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT",
			     "COMMIT"),
		.good = LINES("*filter",
			      ":INPUT DROP [0:0]",
			      "-A INPUT -i lo -j ACCEPT",
			      "-A INPUT -p tcp -m conntrack --ctstate NEW -m tcp --dport 22 -j ACCEPT",
			      "COMMIT"),
	},
};

const struct check check_state_match = {
	.id = "FW401", .name = "state-match", .since = "0.1", .severity = SEV_NOTE,
	.profile = PROFILE_ALL,
	.fix = FIX_KIND_TIDY, .is_steady = true,
	.finds = "rules with the match `state`, which is conntrack by another name",
	.why =
		"iptables has replaced `-m state --state` by `-m conntrack --ctstate`, which does the same and\n"
		"more; the old name is kept for old rulesets. All rules of a file are one finding. It is no defect,\n"
		"so it is on only with --profile all.",
	.fix_safety =
		"--tidy writes the new name. A comparison proves that no verdict changes.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on
