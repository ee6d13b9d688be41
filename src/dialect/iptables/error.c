/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Errors in the text. */
#include "parser.h"

#include <stdarg.h>

void parser_error(struct parser *p, struct str at, enum error_code code, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	diag_vadd(p->diags, source_span(p->source, at), code, fmt, ap);
	va_end(ap);
}

void parser_fails(struct parser *p, struct str at, enum error_code code, const char *fmt, ...)
{
	va_list ap;
	p->fails = true;
	va_start(ap, fmt);
	diag_vadd(p->diags, source_span(p->source, at), code, fmt, ap);
	va_end(ap);
}
