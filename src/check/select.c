/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks by their codes. */
#include "select.h"

#include <strings.h>

const struct check *check_find(const char *id)
{
	for (size_t i = 0; check_list[i]; i++)
		if (strcasecmp(check_list[i]->id, id) == 0 || strcmp(check_list[i]->name, id) == 0)
			return check_list[i];
	return NULL;
}

static bool code_in(const char *list, const char *id)
{
	struct str rest = str_from(list);
	while (rest.p) {
		struct str one = str_trim(str_cut(&rest, ','));
		if (one.n && strlen(id) >= one.n && str_eq_nocase(one, (struct str){ id, one.n }))
			return true;
	}
	return false;
}

bool selection_is_valid(const char *list)
{
	struct str rest = str_from(list);
	while (rest.p) {
		struct str one = str_trim(str_cut(&rest, ','));
		bool known = false;
		for (size_t i = 0; check_list[i] && one.n; i++)
			known = known || (strlen(check_list[i]->id) >= one.n &&
				str_eq_nocase(one, (struct str){ check_list[i]->id, one.n }));
		if (!known)
			return false;
	}
	return true;
}

bool is_selected(const struct selection *sel, const struct check *c)
{
	return !(sel && sel->select && !code_in(sel->select, c->id)) &&
	       !(sel && sel->ignore && code_in(sel->ignore, c->id));
}
