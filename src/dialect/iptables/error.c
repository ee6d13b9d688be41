/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with the text. */
#include "parser.h"

#include <stdarg.h>
#include <stdio.h>

void parser_error(struct parser *p, struct str at, const char *fmt, ...)
{
	char buf[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	diag_add(p->diags, source_span(p->source, at), "%s", buf);
}
