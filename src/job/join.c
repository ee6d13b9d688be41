/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several inputs as the one ruleset of a host: a packet passes the chains of all of them. */
#include "job.h"

/* "a.v4 and b.v6"; also for the running ruleset. */
static const char *joined_name(const struct input *parts, size_t n, struct arena *a)
{
	struct text t = { .arena = a };
	for (size_t i = 0; i < n; i++)
		text_printf(&t, "%s%s",
			    !i          ? ""
			    : i + 1 < n ? ", "
					: " and ",
			    parts[i].source->name);
	return arena_strndup(a, t.items, t.n);
}

/* The file that is loaded last would replace the other, or add to it: the text does not show which.
 */
static bool is_ambiguous(struct input *in, const struct input *parts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++) {
			const struct table *t = ruleset_same_table(parts[i].ruleset,
								   parts[k].ruleset);
			if (!t || parts[i].live)
				continue;
			input_fail(in, MESSAGE_INPUT,
				   "table %s %.*s is in '%s' and in '%s': with --together, each "
				   "table must be in one file (or load both, and lint what nft "
				   "list ruleset or iptables-save prints)",
				   family_name(t->family), STR_FMT(t->name), parts[k].source->name,
				   parts[i].source->name);
			return true;
		}
	return false;
}

/* All parts are read, so that the errors of all are reported. */
static bool read_parts(struct input *in, struct input *parts, size_t n,
		       const struct read_options *o)
{
	const struct source *last = NULL;
	bool ok = true;
	for (size_t i = 0; i < n; i++) {
		struct input *part = &parts[i];
		part->arena = in->arena;
		part->behind = last;
		ok = input_read_part(part, o) && ok;
		if (part->source)
			last = part->source;
		if (part->status > in->status)
			in->status = part->status;
	}
	return ok;
}

bool input_join(struct input *in, struct input *parts, size_t n, const struct read_options *o)
{
	struct source **sources = arena_new_array(in->arena, struct source *, n);
	const struct ruleset **rulesets = arena_new_array(in->arena, const struct ruleset *, n);
	in->diags.arena = in->arena;
	if (!read_parts(in, parts, n, o))
		return false;
	in->path = joined_name(parts, n, in->arena);
	if (is_ambiguous(in, parts, n))
		return false;
	for (size_t i = 0; i < n; i++) {
		sources[i] = parts[i].source;
		rulesets[i] = parts[i].ruleset;
		in->is_stdin = in->is_stdin || parts[i].is_stdin;
		for (size_t k = 0; k < parts[i].origins.n; k++)
			vec_push(in->arena, &in->origins, parts[i].origins.items[k]);
	}
	in->source = source_join(in->arena, in->path, sources, n);
	in->ruleset = ruleset_join(rulesets, n, in->source, in->arena);
	if (!in->ruleset) {
		input_fail(in, MESSAGE_INPUT,
			   "%s: they test too many different things to be checked together",
			   in->source->name);
		return false;
	}
	return input_add_settings(in, o);
}
