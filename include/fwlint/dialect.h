/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dialect: from bytes to the model, and from a change of the model to edits
 * of the text. Each dialect is one `const struct dialect` and one line in
 * the list of src/dialect/dialect.c.
 */
#ifndef FWLINT_DIALECT_H
#define FWLINT_DIALECT_H

#include <fwlint/model.h>
#include <fwlint/source.h>

/* How the form of an inserted rule follows its neighbours. */
struct rule_form {
	const struct rule *like; /* the rule whose state test is imitated, or NULL */
	const struct rule *near; /* the rule at the place of insertion: counters, indent */
	bool after;              /* insert after `near` (else before it) */
	bool near_is_chain;      /* `near` has no more than the place of a chain's declaration */
};

/*
 * Opens the files that a ruleset includes: the dialects themselves open nothing. The caller has
 * filled in inc->from and inc->pattern.
 */
struct includer {
	/* Adds the files to the source and to `inc`. NULL, or why it failed. */
	const char *(*include)(const struct includer *in, struct source *s,
			       struct source_include *inc);
};

struct dialect {
	const char *name;
	const char *about; /* one line for --help */
	/* How likely is the text in this dialect? 0 = not at all. */
	int (*detect)(struct str text);
	/*
	 * Lowers the source. Errors go to `diags`, and the parser goes on at the next line. The
	 * ruleset is always returned; use it only when there is no diagnostic. Included files are
	 * added to the source by `in`; NULL: include statements are errors.
	 */
	struct ruleset *(*read)(struct arena *a, struct source *s, const struct includer *in,
				struct diags *diags);
	/*
	 * The edit that makes the text say `rule` next to `form->near`: an edit
	 * of the source of `rs`. False when the text cannot express that.
	 */
	bool (*render)(const struct ruleset *rs, const struct rule *rule,
		       const struct rule_form *form, struct edits *edits, const char **ret_text);
	/*
	 * The text of `rule`, without the words for its place: "-m conntrack --ctstate INVALID -j
	 * DROP", "ct state invalid drop"; `form` as for render. NULL: it cannot be expressed.
	 */
	const char *(*body)(const struct ruleset *rs, const struct rule *rule,
			    const struct rule_form *form, struct arena *a);
	/*
	 * The shell command that makes the change `c` of `rs` on a running system
	 * that has this ruleset loaded; `rule` and `form` as for render. NULL: one command cannot
	 * do that.
	 */
	const char *(*command)(const struct ruleset *rs, const struct change *c,
			       const struct rule *rule, const struct rule_form *form,
			       struct arena *a);
	/* The place as a JSON pointer (RFC 6901); NULL in dialects that are not JSON. */
	const char *(*pointer)(const struct source *s, struct span at, struct arena *a);
};

/*
 * Takes the settings that matter from `sysctl -a` output or a sysctl.d(5) file
 * that is in the source; others are skipped, errors go to `diags`.
 */
void sysctl_read(const struct source_file *f, struct diags *diags, struct kernel_settings *ret);

/* A word for the shell, quoted where necessary (names come from the input). */
const char *shell_word(struct str s, struct arena *a);

/* The dialects, NULL-terminated. */
extern const struct dialect *const dialect_list[];
const struct dialect *dialect_find(const char *name);
/* The most likely dialect of the text; NULL: none. */
const struct dialect *dialect_detect(struct str text);

/* A kind of text that is not a ruleset: "this <what>: <instead>". */
struct foreign {
	const char *what, *instead;
};

/*
 * The kind of a text that could not be read as a ruleset; NULL: unknown. `*ret_line`: the line that
 * shows it.
 */
FW_CHECKED const struct foreign *foreign_find(struct str text, struct str *ret_line);

#endif
