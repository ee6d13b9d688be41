/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which directories the system reads by a wildcard, so that a backup there
 * would be loaded: those whose name says so (nftables.d, conf.d …), /etc/nftables, and those that
 * are named by an include statement in the system's own rulesets. These rulesets are read line by
 * line, without their own includes: a line that is mistaken for an include does no harm.
 */
#include "job.h"

#include <fwlint/file.h>

#include <glob.h>

#define RULESET_MAX (1 << 20) /* bytes that are looked at */

static const char *const rulesets[] = { "/etc/nftables.conf", "/etc/sysconfig/nftables.conf",
					"/etc/nftables/*.nft", "/etc/nftables.d/*" };

static bool says_so(const char *dir)
{
	size_t n = strlen(dir);
	while (n > 1 && dir[n - 1] == '/')
		n--;
	return (n > 2 && strncmp(dir + n - 2, ".d", 2) == 0) || strcmp(dir, "/etc/nftables") == 0;
}

/* Does the pattern of a directory match `dir`? */
static bool stands_for(const char *pattern, const char *dir, struct arena *a)
{
	glob_t g;
	bool is = false;
	if (glob(pattern, GLOB_NOSORT, NULL, &g) != 0)
		return false;
	for (size_t i = 0; i < g.gl_pathc && !is; i++) {
		struct place p;
		is = !place_open(arena_printf(a, "%s/.", g.gl_pathv[i]), a, &p) &&
		     strcmp(p.path, dir) == 0;
		place_close(&p);
	}
	globfree(&g);
	return is;
}

/* `name`: the word after "include". nft.service runs in /, and a name without a leading / is looked
 * up in /etc. */
static bool reads(struct str name, const char *dir, struct arena *a)
{
	size_t n = name.n;
	while (n && name.p[n - 1] != '/')
		n--;
	struct str last = { name.p + n, name.n - n };
	if (!str_contains(last, "*") && !str_contains(last, "?") && !str_contains(last, "["))
		return false;
	const char *root = str_starts(name, "/") ? "" : str_starts(name, "./") ? "/" : "/etc/";
	return stands_for(arena_printf(a, "%s%.*s.", root, (int)n, name.p), dir, a);
}

/* The quoted words after each "include" of a line. */
static bool line_reads(struct str line, const char *dir, struct arena *a)
{
	while (line.n) {
		struct str before = str_cut(&line, '"'), name = str_cut(&line, '"');
		before = str_trim(before);
		if (before.n && memchr(before.p, '#', before.n))
			return false;
		if (before.n >= 7 && memcmp(before.p + before.n - 7, "include", 7) == 0 &&
		    reads(name, dir, a))
			return true;
	}
	return false;
}

static bool file_reads(const char *path, const char *dir, struct arena *a)
{
	struct text t = { .arena = a };
	if (file_read(path, RULESET_MAX, &t, NULL))
		return false;
	for (struct str rest = text_str(&t); rest.n;)
		if (line_reads(str_cut(&rest, '\n'), dir, a))
			return true;
	return false;
}

bool system_globs(const char *dir, struct arena *a)
{
	bool is = says_so(dir);
	for (size_t i = 0; i < ARRAY_SIZE(rulesets) && !is; i++) {
		glob_t g;
		if (glob(rulesets[i], 0, NULL, &g) != 0)
			continue;
		for (size_t k = 0; k < g.gl_pathc && !is; k++)
			is = file_reads(g.gl_pathv[k], dir, a);
		globfree(&g);
	}
	return is;
}
