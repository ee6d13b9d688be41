/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a wrong word of the command line may have meant. Nothing is guessed silently: the message
 * asks. Also the words that a value can be. */
#include "cli.h"

const char *const colour_words
	[] = { [COLOUR_AUTO] = "auto", [COLOUR_ALWAYS] = "always", [COLOUR_NEVER] = "never", NULL };
const char *const dump_words[] = { [DUMP_NOTHING] = "",
				   [DUMP_AST] = "ast",
				   [DUMP_FLOW] = "flow",
				   [DUMP_TEXT] = "text",
				   NULL };

const char *const verdict_option_words[] = { "accept", "drop", "reject", NULL };

const char *meant_check(struct str word, struct arena *a)
{
	struct near n = { .word = word };
	for (size_t i = 0; check_list[i]; i++) {
		near_try(&n, check_list[i]->id);
		near_try(&n, check_list[i]->name);
	}
	return near_question(&n, a);
}

bool takes_codes(enum option_id id)
{
	return id == OPT_SELECT || id == OPT_EXTEND_SELECT || id == OPT_IGNORE;
}

/* ---- the words that a value can be ---- */

static void add(struct words *w, struct arena *a, const char *name, const char *about)
{
	vec_push(a, w, ((struct word){ name, about }));
}

static void add_plain(struct words *w, struct arena *a, const char *const *words)
{
	for (; *words; words++)
		if (**words)
			add(w, a, *words, NULL);
}

static void add_severities(struct words *w, struct arena *a)
{
	for (int i = SEV_NOTE; i <= SEV_ERROR; i++)
		add(w, a, severity_name((enum severity)i), NULL);
}

static void add_checks(struct words *w, struct arena *a)
{
	for (size_t i = 0; check_list[i]; i++)
		add(w, a, check_list[i]->id, check_list[i]->name);
}

/* "ast|flow|text" in small letters, as --help and usages show them. */
static void add_alternatives(struct words *w, struct arena *a, const char *shown)
{
	struct str rest = str_from(shown);
	if (!strchr(shown, '|') || strcspn(shown, "ABCDEFGHIJKLMNOPQRSTUVWXYZ[ ") < rest.n)
		return;
	while (rest.p) {
		struct str word = str_cut(&rest, '|');
		add(w, a, arena_strndup(a, word.p, word.n), NULL);
	}
}

struct words value_words(const struct command *c, enum option_id id, const char *shown,
			 struct arena *a)
{
	struct words w = { 0 };
	if (takes_codes(id))
		add_checks(&w, a);
	else if (id == OPT_COLOR)
		add_plain(&w, a, colour_words);
	else if (id == OPT_DUMP)
		add_plain(&w, a, dump_words);
	else if (id == OPT_FAIL_ON || id == OPT_SEVERITY)
		add_severities(&w, a);
	else if (id == OPT_VERDICT)
		add_plain(&w, a, verdict_option_words);
	else if (id == OPT_LOADER)
		add_plain(&w, a,
			  (const char *const[]){ "nft", "iptables-legacy", "iptables-nft", "legacy",
						 NULL });
	else if (id != OPT_FORMAT && id != OPT_DIALECT && id != OPT_HAZARDS && id != OPT_LIVE &&
		 shown)
		add_alternatives(&w, a, shown);
	for (size_t i = 0; id == OPT_FORMAT && format_list[i]; i++)
		if (!c || format_offers(format_list[i], c->prints))
			add(&w, a, format_list[i]->name, format_list[i]->about);
	for (size_t i = 0; id == OPT_HAZARDS && hazard_name(i); i++)
		add(&w, a, hazard_name(i), NULL);
	for (size_t i = 0; id == OPT_DIALECT && dialect_list[i]; i++)
		add(&w, a, dialect_list[i]->name, dialect_list[i]->about);
	for (size_t i = 0; id == OPT_LIVE && backend_list[i]; i++)
		add(&w, a, backend_list[i]->name, NULL);
	return w;
}

struct words argument_words(const struct command *const *all, const struct command *c,
			    struct arena *a)
{
	struct words w = { 0 };
	if (strstr(c->arguments, "CODE"))
		add_checks(&w, a);
	for (size_t i = 0; strstr(c->arguments, "COMMAND") && all[i]; i++)
		if (all[i]->about)
			add(&w, a, all[i]->name, all[i]->about);
	add_alternatives(&w, a, c->arguments);
	return w;
}

const char *meant_value(enum option_id id, const char *value, struct arena *a)
{
	struct str rest = str_from(value);
	struct near n = { .word = id == OPT_FORMAT ? str_cut(&rest, '=') : rest };
	if (takes_codes(id))
		return meant_check(selection_unknown(value), a);
	const struct words w = value_words(NULL, id, NULL, a);
	for (size_t i = 0; i < w.n; i++)
		near_try(&n, w.items[i].name);
	return near_question(&n, a);
}
