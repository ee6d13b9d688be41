/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rulesets in a folder, recognized by their names, or by their content if the name says
 * nothing. A file that another one includes is read together with that one.
 */
#include "job.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOOKED_AT ((size_t)1 << 20) /* bytes of a file without a telling name */
#define DEPTH_MAX 12
#define FILES_MAX 20000

struct candidate {
	const char *path;
	struct str text;
};

struct search {
	struct arena *arena;
	void (*see)(struct search *s, const char *path, const char *name, bool is_link);
	VEC(struct candidate) found;
	size_t n_files, n_other;
	VEC(const char *) unread; /* why parts of the folder cannot be read */
};

/* ---- names ---- */

static bool is_like_any(const char *name, const char *const *patterns, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fnmatch(patterns[i], name, 0) == 0)
			return true;
	return false;
}

/* Nobody loads these. */
static bool is_old(const char *name)
{
	static const char *const patterns[] = { ".*",      "*~",     "*.bak", "*.orig",   "*.rej",
						"*.old",   "*.save", "*.swp", "*.dpkg-*", "*.rpm*",
						"*.ucf-*", "*.md",   "*.rst", "*.html" };
	return is_like_any(name, patterns, ARRAY_SIZE(patterns));
}

/* A file of this name is a ruleset, or is meant to be one. */
static bool has_name_of_ruleset(const char *name)
{
	static const char *const patterns[] = { "*.v4",
						"*.v6",
						"*.nft",
						"*.nftables",
						"*.ipt",
						"*.iptables",
						"*.ip6tables",
						"iptables.rules",
						"ip6tables.rules",
						"iptables*.save",
						"ip6tables*.save",
						"rules4",
						"rules6",
						"nftables.conf" };
	return is_like_any(name, patterns, ARRAY_SIZE(patterns));
}

/* ---- texts ---- */

static bool has_line(struct str text, const char *const *starts, size_t n)
{
	for (unsigned lines = 0; text.p && lines < 5000; lines++) {
		struct str line = str_trim(str_cut(&text, '\n'));
		for (size_t i = 0; i < n; i++)
			if (str_starts(line, starts[i]))
				return true;
	}
	return false;
}

/* Is the text certainly a ruleset of the dialect? */
static bool is_certain(struct str text, const struct dialect *d)
{
	static const char *const tables[] = { "*filter", "*nat", "*mangle", "*raw", "*security" };
	static const char *const ends[] = { "COMMIT" };
	static const char *const nft[] = { "table inet ",   "table ip ",       "table ip6 ",
					   "table bridge ", "table netdev ",   "table arp ",
					   "add table ",    "#!/usr/sbin/nft", "flush ruleset" };
	static const char *const commands[] = {
		"iptables ",        "ip6tables ",          "nft ",
		"/sbin/iptables ",  "/sbin/ip6tables ",    "$IPT",
		"/usr/sbin/nft ",   "/usr/sbin/iptables ", "sudo iptables ",
		"iptables-restore "
	};
	if (strcmp(d->name, "iptables") == 0)
		return has_line(text, tables, ARRAY_SIZE(tables)) &&
		       has_line(text, ends, ARRAY_SIZE(ends));
	if (strcmp(d->name, "shell") == 0)
		return has_line(text, commands, ARRAY_SIZE(commands));
	if (strcmp(d->name, "nft") == 0)
		return has_line(text, nft, ARRAY_SIZE(nft));
	return str_contains(text, "\"nftables\"");
}

static bool is_ruleset(const char *name, struct str text)
{
	const struct dialect *d = dialect_detect(text);
	if (has_name_of_ruleset(name))
		return true;
	return d && text.n <= LOOKED_AT && !memchr(text.p, 0, text.n) && is_certain(text, d);
}

/* ---- the folder ---- */

static void look_at(struct search *s, const char *path, const char *name, bool is_link)
{
	struct text t = { .arena = s->arena };
	const char *why = NULL;
	(void)is_link;
	if (!is_old(name))
		why = file_read(path, has_name_of_ruleset(name) ? SOURCE_MAX : LOOKED_AT, &t, NULL);
	struct str text = { t.items ? t.items : "", t.n };
	if (why && !has_name_of_ruleset(name) && access(path, R_OK) != 0)
		vec_push(s->arena, &s->unread, why);
	else if (is_old(name) || (why && !has_name_of_ruleset(name)) || !is_ruleset(name, text))
		s->n_other++;
	else
		vec_push(s->arena, &s->found, ((struct candidate){ path, text }));
}

static const char *walk(struct search *s, const char *dir, unsigned depth);

/* Walks a folder below; if it cannot be read, the others still count. */
static void walk_below(struct search *s, const char *path, unsigned depth)
{
	const char *why = depth > DEPTH_MAX
				  ? arena_printf(s->arena, "'%s' is nested too deep", path)
				  : walk(s, path, depth);
	if (why)
		vec_push(s->arena, &s->unread, why);
}

static const char *walk(struct search *s, const char *dir, unsigned depth)
{
	struct dirent **names = NULL;
	const char *why = NULL;
	int n = scandir(dir, &names, NULL, alphasort);
	if (n < 0)
		return arena_printf(s->arena, "cannot read '%s': %s", dir, strerror(errno));
	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;
		bool slash = dir[strlen(dir) - 1] == '/';
		const char *path = arena_printf(s->arena, "%s%s%s", dir, slash ? "" : "/", name);
		struct stat link, st;
		bool is_there = lstat(path, &link) == 0 && stat(path, &st) == 0;
		if (!is_there || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			; /* nothing */
		else if (s->n_files >= FILES_MAX)
			why = arena_printf(s->arena, "'%s' holds more than %d files", dir,
					   FILES_MAX);
		else if (S_ISREG(st.st_mode)) {
			s->n_files++;
			s->see(s, path, name, S_ISLNK(link.st_mode));
		} else if (S_ISDIR(link.st_mode) && name[0] != '.')
			walk_below(s, path, depth + 1);
		free(names[i]);
	}
	free(names);
	return why;
}

/* ---- files that others include ---- */

/* Does the line `include "PATTERN"` of a file name the other file? */
static bool names_file(struct search *s, const struct candidate *from, struct str pattern,
		       const struct candidate *c)
{
	const char *p = arena_strndup(s->arena, pattern.p, pattern.n);
	const char *full = p[0] == '/' ? p
				       : arena_printf(s->arena, "%s%s",
						      path_folder(from->path, s->arena),
						      strncmp(p, "./", 2) == 0 ? p + 2 : p);
	char *real = realpath(c->path, NULL);
	bool is = fnmatch(full, c->path, FNM_PATHNAME) == 0 ||
		  (real && fnmatch(full, real, FNM_PATHNAME) == 0);
	free(real);
	return is;
}

static bool is_included(struct search *s, const struct candidate *c)
{
	for (size_t i = 0; i < s->found.n; i++) {
		const struct candidate *from = &s->found.items[i];
		struct str rest = from->text;
		while (from != c && rest.p) {
			struct str line = str_trim(str_cut(&rest, '\n'));
			if (!str_starts(line, "include "))
				continue;
			str_cut(&line, '"');
			struct str pattern = line.p ? str_cut(&line, '"') : (struct str){ 0 };
			if (pattern.n && names_file(s, from, pattern, c))
				return true;
		}
	}
	return false;
}

const char *folder_rulesets(const char *path, struct arena *a, struct folder *ret)
{
	struct search s = { .arena = arena_new(), .see = look_at };
	const char *why = walk(&s, path, 0);
	*ret = (struct folder){ .n_other = s.n_other };
	for (size_t i = 0; i < s.found.n && !why; i++)
		if (is_included(&s, &s.found.items[i]))
			ret->n_included++;
		else
			vec_push(a, ret,
				 arena_strndup(a, s.found.items[i].path,
					       strlen(s.found.items[i].path)));
	for (size_t i = 0; i < s.unread.n; i++)
		vec_push(a, &ret->unread,
			 arena_strndup(a, s.unread.items[i], strlen(s.unread.items[i])));
	if (why)
		why = arena_strndup(a, why, strlen(why));
	arena_free(s.arena);
	return why;
}

/* ---- links ---- */

static void note_link(struct search *s, const char *path, const char *name, bool is_link)
{
	if (is_link && !is_old(name))
		vec_push(s->arena, &s->found, ((struct candidate){ .path = path }));
}

void folder_links(const char *path, struct arena *a, struct folder *ret)
{
	struct search s = { .arena = a, .see = note_link };
	*ret = (struct folder){ 0 };
	/* folder_rulesets() says why it cannot be read */
	FW_MAY_FAIL(walk(&s, path, 0) == NULL);
	for (size_t i = 0; i < s.found.n; i++)
		vec_push(a, ret, s.found.items[i].path);
}
