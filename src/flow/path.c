/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hooks of each path and the base chains of each hook. */
#include <fwlint/flow.h>

#include <stdlib.h>

static const enum hook input_hooks[] = { HOOK_PREROUTING, HOOK_INPUT };
static const enum hook forward_hooks[] = { HOOK_PREROUTING, HOOK_FORWARD, HOOK_POSTROUTING };
static const enum hook output_hooks[] = { HOOK_OUTPUT, HOOK_POSTROUTING };

static const struct { const char *name; const enum hook *hooks; unsigned n; } paths[PATH_COUNT] = {
	[PATH_INPUT] = { "input", input_hooks, ARRAY_SIZE(input_hooks) },
	[PATH_FORWARD] = { "forward", forward_hooks, ARRAY_SIZE(forward_hooks) },
	[PATH_OUTPUT] = { "output", output_hooks, ARRAY_SIZE(output_hooks) },
};

const char *path_name(enum path p)
{
	return paths[p].name;
}

unsigned path_hooks(enum path p, const enum hook **ret_hooks)
{
	*ret_hooks = paths[p].hooks;
	return paths[p].n;
}

static bool family_matches(enum family f, enum nfproto_value v)
{
	return f == FAMILY_INET || (f == FAMILY_IP6) == (v == NFPROTO_VALUE_IPV6);
}

static int by_priority(const void *x, const void *y)
{
	const struct chain *a = *(const struct chain *const *)x;
	const struct chain *b = *(const struct chain *const *)y;
	if (a->priority != b->priority)
		return a->priority < b->priority ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

size_t hook_chains(const struct ruleset *rs, enum hook h, enum nfproto_value family,
		   struct arena *a, const struct chain *const **ret_chains)
{
	const struct chain **list = arena_new_array(a, const struct chain *, rs->n_chains + 1);
	size_t n = 0;
	for (size_t i = 0; i < rs->n_chains; i++) {
		const struct chain *c = rs->chains[i];
		if (c->is_base && c->hook == h && family_matches(c->table->family, family))
			list[n++] = c;
	}
	qsort(list, n, sizeof(*list), by_priority);
	*ret_chains = list;
	return n;
}

bool ruleset_has_family(const struct ruleset *rs, enum nfproto_value family)
{
	for (size_t i = 0; i < rs->n; i++)
		if (family_matches(rs->items[i]->family, family))
			return true;
	return false;
}
