/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Findings in tables of other programs: prints the lines of a separate table that drops the
 * packets, once for all findings.
 */
#include "own_table.h"

#include "formats.h"
#include "terminal.h"

/*
 * These chains run before those of priority filter, after conntrack. Like fixes, they leave
 * loopback packets alone.
 */
static const struct own_chain {
	const char *name, *rule;
} chains[] = {
	[PATH_INPUT] = { "input", "iifname != \"lo\" ct state invalid drop" },
	[PATH_FORWARD] = { "forward", "ct state invalid drop" },
};

bool finding_wants_own_table(const struct report *r, const struct finding *f)
{
	return f->cure == CURE_DROP_INVALID && !r->plan->failed && f->rule &&
	       (f->path == PATH_INPUT || f->path == PATH_FORWARD) &&
	       strcmp(ruleset_part(r->ruleset, f->rule->chain->table)->dialect, "nft") == 0 &&
	       !fix_plan_cure(r->plan, f);
}

void say_maker(FILE *out, const struct report *r, enum severity shown, unsigned width)
{
	const char *step, *name = ruleset_maker(r->ruleset, &step);
	bool any = false;
	for (size_t i = 0; i < r->findings->n; i++)
		any = any ||
		      (r->findings->items[i].severity >= shown && r->findings->items[i].cure);
	if (!name || !any)
		return;
	struct arena *a = arena_new();
	say_wrapped(out, &(struct wrap){ width, 4 }, 0,
		    arena_printf(a,
				 "These rules are made by %s, and a fix of them is lost at its "
				 "next "
				 "start: %s.",
				 name, step));
	say(out, "\n\n");
	arena_free(a);
}

void say_own_table(FILE *out, const struct report *r, enum severity shown, unsigned width)
{
	bool wanted[PATH_COUNT] = { false }, any = false;
	for (size_t i = 0; i < r->findings->n; i++) {
		const struct finding *f = &r->findings->items[i];
		if (f->severity >= shown && finding_wants_own_table(r, f))
			any = wanted[f->path] = true;
	}
	if (!any)
		return;
	say_wrapped(out, &(struct wrap){ width, 4 }, 0,
		    "What has no fix above is dropped by a table of your own, which no program "
		    "rewrites. It drops all INVALID packets; asymmetric routing may need them:");
	say(out, "\n    table inet drop_invalid {\n");
	for (enum path p = PATH_INPUT; p <= PATH_FORWARD; p++)
		if (wanted[p])
			say(out,
			    "        chain %s {\n"
			    "            type filter hook %s priority -1\n"
			    "            %s\n"
			    "        }\n",
			    chains[p].name, chains[p].name, chains[p].rule);
	say(out, "    }\n\n");
}
