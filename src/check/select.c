/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks by their codes. */
#include <fwlint/check.h>

#include <strings.h>

const struct check *check_find(const char *id)
{
	for (size_t i = 0; check_list[i]; i++)
		if (strcasecmp(check_list[i]->id, id) == 0 ||
		    strcasecmp(check_list[i]->name, id) == 0)
			return check_list[i];
	return NULL;
}

const struct check *check_of_error(enum error_code code)
{
	for (size_t i = 0; code && check_list[i]; i++)
		if (check_list[i]->error == code)
			return check_list[i];
	FW_ASSERT(!code);
	return NULL;
}

/* By its code, a prefix of that, or its name. */
static bool is_meant(struct str word, const struct check *c)
{
	return (word.n && strlen(c->id) >= word.n &&
		str_eq_nocase(word, (struct str){ c->id, word.n })) ||
	       str_eq_nocase(word, str_from(c->name));
}

static bool is_in(const char *list, const struct check *c)
{
	struct str rest = str_from(list);
	while (rest.p)
		if (is_meant(str_trim(str_cut(&rest, ',')), c))
			return true;
	return false;
}

struct str selection_unknown(const char *list)
{
	struct str rest = str_from(list);
	while (rest.p) {
		struct str one = str_trim(str_cut(&rest, ','));
		size_t i = 0;
		while (check_list[i] && !is_meant(one, check_list[i]))
			i++;
		if (!check_list[i])
			return one;
	}
	return (struct str){ 0 };
}

const struct check *selection_error(const char *list)
{
	struct str rest = str_from(list);
	while (rest.p) {
		struct str one = str_trim(str_cut(&rest, ','));
		for (size_t i = 0; check_list[i]; i++)
			if (check_list[i]->error &&
			    (str_eq_nocase(one, str_from(check_list[i]->id)) ||
			     str_eq_nocase(one, str_from(check_list[i]->name))))
				return check_list[i];
	}
	return NULL;
}

/* What a comment allows in vain is known only when all checks have run. */
bool check_is_steady(const struct check *c)
{
	return c->is_steady || c->run_last;
}

static bool is_wanted(const struct selection *sel, const struct check *c)
{
	if (!sel)
		return c->profile == PROFILE_DEFAULT;
	bool base = sel->select ? is_in(sel->select, c) : c->profile <= sel->profile;
	return base || (sel->extend && is_in(sel->extend, c));
}

bool is_selected(const struct selection *sel, const struct check *c)
{
	return is_wanted(sel, c) && !(sel && sel->ignore && is_in(sel->ignore, c));
}

// clang-format off
static const char *const profile_names[] = {
	[PROFILE_DEFAULT] = "default", [PROFILE_HARDENING] = "hardening", [PROFILE_ALL] = "all",
};
static const char *const fix_kind_names[] = {
	[FIX_KIND_NONE] = "none", [FIX_KIND_INSERT] = "insert", [FIX_KIND_TIDY] = "tidy",
};
// clang-format on

const char *profile_name(enum profile p)
{
	return profile_names[p];
}

const char *fix_kind_name(enum fix_kind k)
{
	return fix_kind_names[k];
}

bool profile_find(const char *name, enum profile *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(profile_names); i++)
		if (strcmp(profile_names[i], name) == 0) {
			*ret = (enum profile)i;
			return true;
		}
	return false;
}
