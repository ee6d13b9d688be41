/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages to the user about an input. */
#include "job.h"

#include <stdarg.h>

void message_add(struct messages *m, struct arena *a, enum message_kind kind, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vec_push(a, m, ((struct message){ .kind = kind, .text = arena_vprintf(a, fmt, ap) }));
	va_end(ap);
}

void input_wrong(struct input *in, struct span at, enum error_code code, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	diag_vadd(&in->diags, at, code, fmt, ap);
	va_end(ap);
	in->diags.items[in->diags.n - 1].is_hidden = !at.len;
	in->status = INPUT_WRONG;
}

void input_fail(struct input *in, enum message_kind kind, const char *fmt, ...)
{
	enum input_status status = kind == MESSAGE_SYSTEM ? INPUT_FAILED : INPUT_WRONG;
	va_list ap;
	va_start(ap, fmt);
	vec_push(in->arena, &in->messages,
		 ((struct message){ .kind = kind, .text = arena_vprintf(in->arena, fmt, ap) }));
	va_end(ap);
	if (status > in->status)
		in->status = status;
}
