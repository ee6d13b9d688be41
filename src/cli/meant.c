/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a wrong word of the command line may have been meant to be. Nothing is guessed silently: the
 * message asks. */
#include "cli.h"

const char *const colour_words
	[] = { [COLOUR_AUTO] = "auto", [COLOUR_ALWAYS] = "always", [COLOUR_NEVER] = "never", NULL };
const char *const dump_words[] = { [DUMP_NOTHING] = "",
				   [DUMP_AST] = "ast",
				   [DUMP_FLOW] = "flow",
				   [DUMP_TEXT] = "text",
				   NULL };

const char *meant_check(struct str word, struct arena *a)
{
	struct near n = { .word = word };
	for (size_t i = 0; check_list[i]; i++) {
		near_try(&n, check_list[i]->id);
		near_try(&n, check_list[i]->name);
	}
	return near_question(&n, a);
}

static void try_words(struct near *n, const char *const *words)
{
	while (*words)
		near_try(n, *words++);
}

bool takes_codes(enum option_id id)
{
	return id == OPT_SELECT || id == OPT_EXTEND_SELECT || id == OPT_IGNORE;
}

const char *meant_value(enum option_id id, const char *value, struct arena *a)
{
	struct str rest = str_from(value);
	struct near n = { .word = id == OPT_FORMAT ? str_cut(&rest, '=') : rest };
	if (takes_codes(id))
		return meant_check(selection_unknown(value), a);
	if (id == OPT_COLOR)
		try_words(&n, colour_words);
	if (id == OPT_DUMP)
		try_words(&n, dump_words);
	for (size_t i = 0; id == OPT_FORMAT && format_list[i]; i++)
		near_try(&n, format_list[i]->name);
	for (size_t i = 0; id == OPT_DIALECT && dialect_list[i]; i++)
		near_try(&n, dialect_list[i]->name);
	for (size_t i = 0; id == OPT_LIVE && backend_list[i]; i++)
		near_try(&n, backend_list[i]->name);
	for (int i = SEV_NOTE; id == OPT_FAIL_ON && i <= SEV_ERROR; i++)
		near_try(&n, severity_name((enum severity)i));
	return near_question(&n, a);
}
