/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Passes rulesets from one process to another: for each, a line "BACKEND FAMILY EMPTY BYTES NAME"
 * and its text. If they could not be read: a line "error BYTES" and the reason.
 */
#include "backend.h"

void live_pass(int fd)
{
	struct arena *a = arena_new();
	struct live_rulesets live = { 0 };
	struct text t = { .arena = a };
	const char *why = live_read(NULL, a, &live);
	if (why)
		text_printf(&t, "error %zu\n%s", strlen(why), why);
	for (size_t i = 0; i < live.n && !why; i++) {
		const struct live_ruleset *r = &live.items[i];
		text_printf(&t, "%s %u %u %zu %s\n", r->backend->name, (unsigned)r->family,
			    r->is_empty, r->text.n, r->name);
		text_add(&t, r->text);
	}
	write_all(fd, text_str(&t));
	arena_free(a);
}

/* A number and the blank behind it. */
static bool cut_number(struct str *line, u128 max, u128 *ret)
{
	return line->p && str_number(str_cut(line, ' '), max, ret);
}

const char *live_passed(struct str bytes, struct arena *a, struct live_rulesets *ret)
{
	static const char garbled[] = "the ruleset that was read in the namespace did not arrive "
				      "complete";
	*ret = (struct live_rulesets){ 0 };
	while (bytes.n) {
		struct str line = str_cut(&bytes, '\n'), word = str_cut(&line, ' ');
		struct live_ruleset r = { 0 };
		u128 family, empty, n;
		const char *name = arena_strndup(a, word.p, word.n);
		if (str_is(word, "error"))
			return arena_strndup(a, bytes.p ? bytes.p : "", bytes.p ? bytes.n : 0);
		r.backend = backend_find(name);
		if (!r.backend || !cut_number(&line, FAMILY_ARP, &family) ||
		    !cut_number(&line, 1, &empty) || !cut_number(&line, bytes.n, &n) || !line.p)
			return garbled;
		r.family = (enum family)family;
		r.is_empty = empty;
		r.name = arena_strndup(a, line.p, line.n);
		r.text = (struct str){ bytes.p, (size_t)n };
		bytes.p += n;
		bytes.n -= (size_t)n;
		vec_push(a, ret, r);
	}
	return NULL;
}
