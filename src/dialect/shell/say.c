/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is not understood, and the way out. */
#include "shell.h"

#define TOLD_MAX 12

struct span sh_span(const struct sh_script *s, struct str view)
{
	return (struct span){ (uint32_t)(view.p - s->source.p), (uint32_t)view.n };
}

void sh_not_understood(struct sh_reader *r, struct str at, const char *what)
{
	struct str rest = at, line = str_cut(&rest, '\n');
	struct str place = str_from(arena_printf(r->s->arena, "%u", sh_span(r->s, at).off));
	if (hash_get(&r->told, place))
		return;
	hash_put(&r->told, place, r);
	if (++r->n_told > TOLD_MAX) { /* this is another kind of script */
		r->s->diags->dropped++;
		return;
	}
	diag_add(r->s->diags, sh_span(r->s, line), ERROR_LIMIT,
		 "%s: run the script where it can do no harm (%s)", what, r->s->trial);
}

void sh_cannot_expand(struct sh_reader *r, const struct sh_unknown *why)
{
	struct str at = why->at;
	at.n = at.n < 60 ? at.n : 60;
	sh_not_understood(r, why->at,
			  arena_printf(r->s->arena, "'%.*s': %s", STR_FMT(at), why->why));
}
