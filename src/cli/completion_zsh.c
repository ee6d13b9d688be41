/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwlint completion zsh, see zshcompsys(1). */
#include "completion.h"

/* Characters that must be escaped in a description of _arguments. */
#define ESCAPED "\\[]:"

static const char head[] = "#compdef fwlint\n"
			   "# Made by 'fwlint completion zsh' from the tables of fwlint.\n"
			   "_fwlint_codes() {\n"
			   "\tlocal -a codes\n"
			   "\tcodes=(\n";

static const char after_codes[] = "\t)\n"
				  "\tcompset -P '*,'\n"
				  "\t_describe -t codes check codes -S ''\n"
				  "}\n"
				  "_fwlint_first() {\n"
				  "\tlocal -a first\n"
				  "\tfirst=(\n";

static const char after_first[] = "\t)\n"
				  "\t_alternative 'commands:command:{_describe -t commands command "
				  "first}' 'files:file:_files'\n"
				  "}\n"
				  "_fwlint() {\n"
				  "\tlocal command=lint word\n"
				  "\tlocal -a args names\n"
				  "\tfor word in \"${(@)words[2,CURRENT-1]}\"; do\n"
				  "\t\tcase $word in\n"
				  "\t\t(";

static void add_words(struct text *t, const struct words *w)
{
	text_printf(t, "((");
	for (size_t i = 0; i < w->n; i++) {
		const char *about = w->items[i].about;
		text_printf(t, "%s%s", i ? " " : "", w->items[i].name);
		if (about)
			text_printf(t, "\\:\"%s\"", quoted(about, "\\\"`$:", t->arena));
	}
	text_printf(t, "))");
}

static void add_action(struct text *t, const struct value *v)
{
	switch (v->kind) {
	case KIND_NONE:
	case KIND_OTHER: break;
	case KIND_WORDS: add_words(t, &v->words); break;
	case KIND_CODES: text_printf(t, "_fwlint_codes"); break;
	case KIND_FILES: text_printf(t, "_files"); break;
	case KIND_DIRECTORIES: text_printf(t, "_path_files -/"); break;
	}
}

static void add_option(struct text *t, const struct command *c, enum option_id id)
{
	const struct row *r = &option_rows[id];
	const struct value v = value_of(c, id, t->arena);
	const char *about = quoted(r->help, ESCAPED, t->arena);
	if (r->letter)
		text_printf(t, "\t\t\t'*-%c%s[%s]%s%s%s'\n", r->letter, r->argument ? "+" : "",
			    about, r->argument ? ":" : "", r->argument ? r->argument : "",
			    r->argument ? ":" : "");
	text_printf(t, "\t\t\t'*--%s%s[%s]", r->name,
		    v.kind == KIND_NONE ? ""
		    : v.is_optional     ? "=-"
					: "=",
		    about);
	if (v.kind != KIND_NONE) {
		text_printf(t, ":%s%s:", v.is_optional ? ":" : "",
			    quoted(r->argument, "\\[]:=", t->arena));
		add_action(t, &v);
	}
	text_printf(t, "'\n");
}

static void add_command(struct text *t, const struct command *const *all, const struct command *c)
{
	const struct operands o = operands_of(all, c, t->arena);
	text_printf(t, "\t(%s)\n\t\targs=(\n", c->name);
	for (enum option_id id = OPT_NONE + 1; id < N_OPTIONS; id++)
		if (takes_option(c, id))
			add_option(t, c, id);
	if (o.words.n && o.takes_files) {
		text_printf(t, "\t\t\t'1: :_fwlint_first'\n");
	} else if (o.words.n) {
		text_printf(t, "\t\t\t'*:argument:");
		add_words(t, &o.words);
		text_printf(t, "'\n");
	}
	if (o.takes_files)
		text_printf(t, "\t\t\t'*:file:_files'\n");
	text_printf(t, "\t\t)\n\t\t;;\n");
}

static const char tail[] = "\tesac\n"
			   "\t_arguments -s -S : $args\n"
			   "}\n"
			   "if [[ $funcstack[1] == _fwlint ]]; then\n"
			   "\t_fwlint \"$@\"\n"
			   "else\n"
			   "\tcompdef _fwlint fwlint\n"
			   "fi\n";

void completion_zsh(struct text *t, const struct command *const *all)
{
	text_printf(t, "%s", head);
	for (size_t i = 0; check_list[i]; i++)
		text_printf(t, "\t\t'%s:%s'\n", check_list[i]->id, check_list[i]->name);
	text_printf(t, "%s", after_codes);
	for (size_t i = 0; all[i]; i++)
		if (all[i]->about)
			text_printf(t, "\t\t'%s:%s'\n", all[i]->name,
				    quoted(all[i]->about, ":\\", t->arena));
	text_printf(t, "%s", after_first);
	const char *bar = "";
	for (size_t i = 0; all[i]; i++, bar = "|")
		if (all[i]->about)
			text_printf(t, "%s%s", bar, all[i]->name);
	text_printf(t, ") command=$word; words[(i)$word]=(); ((CURRENT--)); break ;;\n"
		       "\t\tesac\n\tdone\n\tcase $command in\n");
	for (size_t i = 0; all[i]; i++)
		if (all[i]->about)
			add_command(t, all, all[i]);
	text_printf(t, "%s", tail);
}
