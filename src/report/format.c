/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of output formats. */
#include <fwlint/report.h>

extern const struct format format_text, format_json, format_commands;

const struct format *const format_list[] = {
	&format_text,
	&format_json,
	&format_commands,
	NULL
};

const struct format *format_find(const char *name)
{
	for (size_t i = 0; format_list[i]; i++)
		if (strcmp(format_list[i]->name, name) == 0)
			return format_list[i];
	return NULL;
}
