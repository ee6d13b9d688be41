/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwlint completion bash. Needs bash alone, not the package bash-completion. */
#include "completion.h"

static const char head[] = "# Made by 'fwlint completion bash' from the tables of fwlint.\n"
			   "_fwlint()\n"
			   "{\n"
			   "\tlocal i word cur before='' command=lint options='' optional='' "
			   "arguments='' operands=''\n"
			   "\tlocal kind='' words='' list=''\n"
			   "\tlocal -a line=()\n"
			   "\t# readline cuts words at '=' and ':' (COMP_WORDBREAKS)\n"
			   "\tfor ((i = 1; i <= COMP_CWORD; i++)); do\n"
			   "\t\tword=${COMP_WORDS[i]}\n"
			   "\t\tif ((${#line[@]})) && [[ $word == [=:]* || ${line[-1]} == *[=:] "
			   "]]; then\n"
			   "\t\t\tline[-1]+=$word\n"
			   "\t\telse\n"
			   "\t\t\tline+=(\"$word\")\n"
			   "\t\tfi\n"
			   "\tdone\n"
			   "\t((${#line[@]})) || line=('')\n"
			   "\tcur=${line[-1]}\n"
			   "\tunset 'line[-1]'\n"
			   "\tfor word in \"${line[@]}\"; do\n"
			   "\t\tcase $word in\n";

static const char of_the_line[] = "\tif [[ $cur == --*=* ]]; then\n"
				  "\t\tbefore=${cur%%=*} cur=${cur#*=}\n"
				  "\telif ((${#line[@]})) && [[ ${line[-1]} == --* && ${line[-1]} "
				  "!= *=* ]]; then\n"
				  "\t\tbefore=${line[-1]}\n"
				  "\t\t[[ \" $optional \" != *\" $before \"* ]] || before=''\n"
				  "\tfi\n"
				  "\tcase $command$before in\n";

static const char tail[] = "\tesac\n"
			   "\tif [[ -z $kind && $cur == -* ]]; then\n"
			   "\t\tkind=words words=$options\n"
			   "\telif [[ -z $kind ]]; then\n"
			   "\t\tkind=$operands words=$arguments\n"
			   "\tfi\n"
			   "\tCOMPREPLY=()\n"
			   "\tcase $kind in\n"
			   "\tcodes)\n"
			   "\t\t[[ $cur != *,* ]] || list=${cur%,*},\n"
			   "\t\tmapfile -t COMPREPLY < <(compgen -P \"$list\" -W \"$words\" -- "
			   "\"${cur##*,}\")\n"
			   "\t\t;;\n"
			   "\tdirectories)\n"
			   "\t\tcompopt -o filenames 2>/dev/null\n"
			   "\t\tmapfile -t COMPREPLY < <(compgen -d -- \"$cur\")\n"
			   "\t\t;;\n"
			   "\t*)\n"
			   "\t\t[[ $kind != *words* ]] || mapfile -t COMPREPLY < <(compgen -W "
			   "\"$words\" -- \"$cur\")\n"
			   "\t\tif [[ $kind == *files* ]]; then\n"
			   "\t\t\tcompopt -o filenames 2>/dev/null\n"
			   "\t\t\tmapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "
			   "\"$cur\")\n"
			   "\t\tfi\n"
			   "\t\t;;\n"
			   "\tesac\n"
			   "}\n"
			   "complete -F _fwlint fwlint\n";

static void add_command(struct text *t, const struct command *const *all, const struct command *c)
{
	const struct operands o = operands_of(all, c, t->arena);
	struct text each = { .arena = t->arena }, optional = { .arena = t->arena };
	for (enum option_id id = OPT_NONE + 1; id < N_OPTIONS; id++) {
		if (!takes_option(c, id))
			continue;
		text_printf(&each, " --%s", option_rows[id].name);
		if (takes_argument(&option_rows[id]) == optional_argument)
			text_printf(&optional, " --%s", option_rows[id].name);
	}
	text_printf(t, "\t%s)\n\t\toptions='%.*s'\n\t\toptional='%.*s'\n", c->name,
		    STR_FMT(text_str(&each)), STR_FMT(text_str(&optional)));
	text_printf(t, "\t\targuments='%s'\n\t\toperands='%s%s'\n\t\t;;\n",
		    joined(&o.words, t->arena), o.words.n ? "words" : "",
		    o.takes_files ? "files" : "");
}

static void add_values(struct text *t, const struct command *c)
{
	for (enum option_id id = OPT_NONE + 1; id < N_OPTIONS; id++) {
		const struct value v = value_of(c, id, t->arena);
		if (takes_option(c, id) && v.kind != KIND_NONE)
			text_printf(t, "\t%s--%s) kind=%s words='%s' ;;\n", c->name,
				    option_rows[id].name, kind_names[v.kind],
				    joined(&v.words, t->arena));
	}
}

void completion_bash(struct text *t, const struct command *const *all)
{
	text_printf(t, "%s", head);
	for (size_t i = 0; all[i]; i++)
		if (all[i]->about)
			text_printf(t, "\t\t%s) command=$word && break ;;\n", all[i]->name);
	text_printf(t, "\t\tesac\n\tdone\n\tcase $command in\n");
	for (size_t i = 0; all[i]; i++)
		if (all[i]->about)
			add_command(t, all, all[i]);
	text_printf(t, "\tesac\n%s", of_the_line);
	for (size_t i = 0; all[i]; i++)
		if (all[i]->about)
			add_values(t, all[i]);
	text_printf(t, "%s", tail);
}
