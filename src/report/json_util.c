/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text of the input as JSON strings. */
#include "json_util.h"

#include <stdlib.h>

json_t *json_text(struct str s)
{
	json_t *j = json_stringn(s.p ? s.p : "", s.n);
	if (j)
		return j;
	char *ascii = malloc(s.n + 1);
	FW_ASSERT(ascii);
	for (size_t i = 0; i < s.n; i++)
		ascii[i] = (unsigned char)s.p[i] < 128 ? s.p[i] : '?';
	j = json_stringn(ascii, s.n);
	free(ascii);
	return j ? j : json_string("");
}
