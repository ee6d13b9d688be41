/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwlint checks: the list of all checks, by theme. */
#include "formats.h"
#include "json_util.h"

struct theme {
	const char *prefix, *name;
};

static const struct theme themes[] = {
	{ "FW0", "The input and its loader" },
	{ "FW1", "Connection tracking and resets" },
	{ "FW2", "Rules that do nothing" },
	{ "FW3", "What must get through, and what must not" },
	{ "FW4", "Idiom and speed" },
	{ "FW5", "Deployment" },
	{ "FW9", "fwlint's own comments" },
};

static bool is_of(const struct check *c, const struct theme *t)
{
	return strncmp(c->id, t->prefix, strlen(t->prefix)) == 0;
}

static const char *theme_of(const struct check *c)
{
	size_t i = 0;
	while (i + 1 < ARRAY_SIZE(themes) && !is_of(c, &themes[i]))
		i++;
	return themes[i].name;
}

void text_checks(struct printer *p)
{
	for (size_t i = 0; check_list[i]; i++)
		say(p->out, "%-6s %-34s %-8s %s\n", check_list[i]->id, check_list[i]->name,
		    severity_name(check_list[i]->severity), check_list[i]->finds);
}

void json_checks(struct printer *p)
{
	json_t *list = json_array(), *doc = json_object();
	for (size_t i = 0; check_list[i]; i++) {
		const struct check *c = check_list[i];
		json_t *o = json_object();
		json_object_set_new(o, "code", json_words(c->id));
		json_object_set_new(o, "name", json_words(c->name));
		json_object_set_new(o, "severity", json_words(severity_name(c->severity)));
		json_object_set_new(o, "default", json_boolean(c->profile == PROFILE_DEFAULT));
		json_object_set_new(o, "profile", json_words(profile_name(c->profile)));
		json_object_set_new(o, "fix", json_words(fix_kind_name(c->fix)));
		json_object_set_new(o, "theme", json_words(theme_of(c)));
		json_object_set_new(o, "since", json_words(c->since));
		json_object_set_new(o, "finds", json_words(c->finds));
		json_array_append_new(list, o);
	}
	json_object_set_new(doc, "version", json_integer(1));
	json_object_set_new(doc, "checks", list);
	json_print(p->out, doc, JSON_INDENT(2));
	fputc('\n', p->out);
	json_decref(doc);
}

static void print_theme(FILE *out, const struct theme *t)
{
	bool any = false;
	for (size_t i = 0; check_list[i]; i++) {
		const struct check *c = check_list[i];
		if (!is_of(c, t))
			continue;
		if (!any)
			say(out,
			    "\n## %s\n\n| code | name | severity | profile | fix | finds |\n"
			    "|---|---|---|---|---|---|\n",
			    t->name);
		any = true;
		say(out, "| [%s](%s.md) | %s | %s | %s | %s | %s |\n", c->id, c->id, c->name,
		    severity_name(c->severity), profile_name(c->profile), fix_kind_name(c->fix),
		    c->finds);
	}
}

// clang-format off
static const char head[] =
	"<!-- Made by scripts/pages.sh from src/checks; do not edit. -->\n\n# Checks\n\n"
	"The severity is the highest that a check reports: an *error* is a rule that does what nobody\n"
	"can want, shown by a packet or by the kernel's refusal; a *warning* harm under common\n"
	"conditions, about which the owner can do something; a *note* worth knowing, shown on demand\n"
	"(`--severity note`). A check is on from its profile on (`--profile`). A fix *insert* is a rule\n"
	"that fwlint adds; *tidy* are edits that change no verdict (`--tidy`).\n";
// clang-format on

void markdown_checks(struct printer *p)
{
	say_text(p->out, str_from(head));
	for (size_t i = 0; i < ARRAY_SIZE(themes); i++)
		print_theme(p->out, &themes[i]);
}
