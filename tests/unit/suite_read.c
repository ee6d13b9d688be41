/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fwlint/dialect.h>

#include "suite.h"

struct ruleset *suite_read(const char *dialect, const char *text)
{
	struct diags d = { .arena = a };
	struct source *s = source_new(a, "rules", text, strlen(text));
	struct ruleset *rs = dialect_find(dialect)->read(a, s, NULL, &d);
	ck_assert_msg(d.n == 0, "%s: %s", text, d.n ? d.items[0].message : "");
	return rs;
}
