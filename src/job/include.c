/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files that a ruleset includes: where to look for them, and which of them may be read. FILE
 * may come from a stranger, and fwlint may run as root. So an included file is read only if its
 * real path (links followed) is below an allowed root, and a line that is not part of a ruleset is
 * not shown.
 */
#include "job.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENTRIES_MAX 100000 /* names that one wildcard may look at */

/*
 * The order of search: nft 1.0.6, src/scanner.l, scanner_include_file() and
 * include_glob(), then what nft does not do. docs/nft.md has the same table.
 */
enum path_kind { PATH_ABSOLUTE, PATH_DOTTED, PATH_PLAIN };
enum where { AS_IT_STANDS, IN_ETC, IN_INCLUDE_DIRS, BESIDE_INCLUDER, BESIDE_FILE };

static const struct step {
	enum path_kind kind;
	enum where where;
	bool nft_looks;
} steps[] = {
	{ PATH_ABSOLUTE, AS_IT_STANDS, true },
	{ PATH_DOTTED, AS_IT_STANDS, true }, /* from the working directory */
	{ PATH_DOTTED, IN_INCLUDE_DIRS, false },
	{ PATH_DOTTED, BESIDE_INCLUDER, false },
	{ PATH_DOTTED, BESIDE_FILE, false },
	{ PATH_PLAIN, IN_ETC, true },
	{ PATH_PLAIN, IN_INCLUDE_DIRS, true },
	{ PATH_PLAIN, BESIDE_INCLUDER, false },
	{ PATH_PLAIN, BESIDE_FILE, false },
};

struct search {
	const struct files *files;
	struct source *source;
	struct source_include *inc;
	const char *pattern;
	bool is_wild;
	VEC(const char *) found;
	const char *why;
};

static enum path_kind kind_of(struct str s)
{
	return str_starts(s, "/")                            ? PATH_ABSOLUTE
	       : str_starts(s, "./") || str_starts(s, "../") ? PATH_DOTTED
							     : PATH_PLAIN;
}

/* The directory of FILE, or its future one (--target); NULL: standard input, which has none. */
static const char *directory_of_file(const struct files *f, struct arena *a)
{
	const char *path = f->options->target;
	if (!path && !f->in->is_stdin)
		path = f->in->path;
	return path ? path_folder(path, a) : NULL;
}

/* ---- the allowed roots ---- */

static bool is_below_dir(const char *path, const char *dir, struct arena *a)
{
	struct place p;
	const char *why = place_open(arena_printf(a, "%s/.", *dir ? dir : "."), a, &p);
	place_close(&p);
	return !why && path_is_below(path, p.path);
}

/* /etc/nftables.conf, /etc/nftables.d …, even if those are links. */
static bool is_of_etc(const char *path, struct arena *a)
{
	glob_t g;
	bool is = strncmp(path, "/etc/nftables", 13) == 0;
	if (!is && glob("/etc/nftables*", 0, NULL, &g) == 0) {
		for (size_t i = 0; i < g.gl_pathc && !is; i++) {
			struct place p;
			is = !place_open(g.gl_pathv[i], a, &p) && path_is_below(path, p.path);
			place_close(&p);
		}
		globfree(&g);
	}
	return is;
}

static bool is_allowed(const struct files *f, const char *path, struct arena *a)
{
	const struct read_options *s = f->options;
	for (size_t i = 0; i < s->n_include_dirs; i++)
		if (is_below_dir(path, s->include_dirs[i], a))
			return true;
	const char *dir = f->in->id.is_regular || s->target ? directory_of_file(f, a) : NULL;
	if (dir && is_below_dir(path, dir, a))
		return true;
	return is_of_etc(path, a);
}

static const char *refuse(const char *path, struct arena *a)
{
	return arena_printf(a,
			    "'%s' is outside the directories that files may be included from "
			    "(FILE's, /etc/nftables*, --include-dir): --include-any reads it "
			    "anyway",
			    path);
}

/* ---- looking ---- */

static _Thread_local size_t entries_left;

static struct dirent *read_entry(void *dir)
{
	return entries_left && entries_left-- ? readdir(dir) : NULL;
}

static void close_dir(void *dir)
{
	closedir(dir);
}

static void *open_dir(const char *path)
{
	return opendir(path);
}

static bool is_absence(int error)
{
	return error == ENOENT || error == ENOTDIR || error == EACCES || error == ELOOP;
}

static int stops(const char *path, int error)
{
	(void)path;
	return !is_absence(error);
}

/* The names that match the pattern; files of the last directory load first, as in nft 1.0.6. */
static void expand(struct search *s, const char *pattern)
{
	struct arena *a = s->source->arena;
	glob_t g = { .gl_opendir = open_dir,
		     .gl_readdir = read_entry,
		     .gl_closedir = close_dir,
		     .gl_stat = stat,
		     .gl_lstat = lstat };
	size_t had = s->found.n;
	entries_left = ENTRIES_MAX;
	int got = glob(pattern, GLOB_MARK | GLOB_ALTDIRFUNC, stops, &g);
	if (got == GLOB_ABORTED)
		s->why = arena_printf(a, "cannot look for '%s': %s", pattern, strerror(errno));
	if (got != 0)
		g.gl_pathc = 0;
	for (size_t i = 0; i < g.gl_pathc; i++) {
		const char *path = g.gl_pathv[i];
		if (s->is_wild && path[strlen(path) - 1] == '/')
			continue;
		vec_push(a, &s->found, arena_strndup(a, path, strlen(path)));
	}
	size_t n = s->found.n - had;
	const char **copy = arena_new_array(a, const char *, s->found.n + 1);
	for (size_t i = 0; i < s->found.n; i++)
		copy[i] = s->found.items[i < n ? had + i : i - n];
	for (size_t i = 0; i < s->found.n; i++)
		s->found.items[i] = copy[i];
	globfree(&g);
	if (!entries_left)
		s->why = arena_printf(a, "'%s' looks at more than %d names", pattern, ENTRIES_MAX);
}

/*
 * Reveals nothing about files where FILE may not look. Everybody may look in /etc, and fwlint must
 * know whether nft finds ./x in the working directory.
 */
static bool may_look(struct search *s, const char *pattern, enum where where)
{
	struct arena *a = s->source->arena;
	if (where == AS_IT_STANDS && kind_of(s->inc->pattern) == PATH_DOTTED &&
	    !strstr(pattern, ".."))
		return true;
	size_t n = strcspn(pattern, "*?[");
	while (n && pattern[n - 1] != '/')
		n--;
	const char *dir = n ? arena_strndup(a, pattern, n) : ".";
	struct place p;
	const char *why = place_open(arena_printf(a, "%s/.", dir), a, &p);
	place_close(&p);
	if (why && !is_absence(errno))
		s->why = why;
	if (why || s->files->options->include_any || path_is_below(p.path, "/etc") ||
	    is_allowed(s->files, p.path, a))
		return !why;
	s->why = refuse(pattern, a);
	return false;
}

static void look_in(struct search *s, const char *dir, enum where where)
{
	struct arena *a = s->source->arena;
	const char *sep = *dir && dir[strlen(dir) - 1] != '/' ? "/" : "";
	if (s->found.n && !s->is_wild)
		return;
	const char *pattern = arena_printf(a, "%s%s%s", dir, sep, s->pattern);
	if (strncmp(pattern, "./", 2) == 0 && kind_of(s->inc->pattern) != PATH_DOTTED)
		pattern += 2;
	if (!s->why && may_look(s, pattern, where))
		expand(s, pattern);
}

static void take_step(struct search *s, const struct step *step)
{
	struct arena *a = s->source->arena;
	const struct read_options *set = s->files->options;
	const char *beside = directory_of_file(s->files, a);
	switch (step->where) {
	case AS_IT_STANDS: look_in(s, "", step->where); return;
	case IN_ETC: look_in(s, "/etc", step->where); return;
	case IN_INCLUDE_DIRS:
		for (size_t i = 0; i < set->n_include_dirs; i++)
			look_in(s, set->include_dirs[i], step->where);
		return;
	case BESIDE_INCLUDER:
		if (beside)
			look_in(s,
				s->inc->from == s->source->items[0]
					? beside
					: path_folder(s->inc->from->name, a),
				step->where);
		return;
	case BESIDE_FILE:
		if (beside && !s->found.n)
			look_in(s, beside, step->where);
		return;
	}
}

static void say_that_nft_does_not_look(const struct search *s)
{
	uint32_t line, col;
	source_pos(s->source, source_span(s->source, s->inc->pattern).off, &line, &col);
	message_add(&s->files->in->messages, s->files->in->arena, MESSAGE_NOTE,
		    "%s:%u:%u: note: nft will not find '%s' there: it looks %s", s->inc->from->name,
		    line, col, s->pattern,
		    kind_of(s->inc->pattern) == PATH_DOTTED ? "from its working directory"
							    : "in /etc and the directories of its "
							      "-I");
}

static void look(struct search *s)
{
	enum path_kind kind = kind_of(s->inc->pattern);
	for (size_t i = 0; i < ARRAY_SIZE(steps) && !s->why; i++) {
		bool had = s->found.n > 0;
		if (steps[i].kind != kind || (had && !steps[i].nft_looks))
			continue;
		take_step(s, &steps[i]);
		if (s->found.n && !had && !steps[i].nft_looks && !s->why)
			say_that_nft_does_not_look(s);
	}
}

/* ---- reading ---- */

static struct source_file *known_file(struct source *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->items[i]->name, name) == 0)
			return s->items[i];
	return NULL;
}

static const char *read_place(struct search *s, const char *path, const struct place *p,
			      struct source_file **ret)
{
	struct arena *a = s->source->arena;
	struct text t = { .arena = a };
	struct origin o = { .path = p->path,
			    .id = p->id,
			    .is_allowed = is_allowed(s->files, p->path, a),
			    .by_wildcard = s->is_wild,
			    .file_uid = s->files->in->id.uid };
	if (!o.is_allowed && !s->files->options->include_any)
		return refuse(path, a);
	if (!*p->name || !p->id.is_regular)
		return arena_printf(a, "'%s' is not a regular file", path);
	const struct old_texts *old = s->files->options->old;
	struct str text = { 0 };
	enum old_text was = old ? old->get(old, p->path, a, &text) : OLD_ELSEWHERE;
	if (was == OLD_ABSENT)
		return s->is_wild ? NULL : arena_printf(a, "'%s' was not there", path);
	const char *why = was == OLD_THERE ? NULL : place_read(p, SOURCE_MAX, &t);
	if (why)
		return why;
	if (was == OLD_THERE)
		text_add(&t, text);
	struct source_file *file = source_add(s->source, path, t.items, t.n);
	if (!file)
		return "the files are too long";
	o.file = *ret = file;
	vec_push(a, &s->files->in->origins, o);
	return NULL;
}

static void add_file(struct search *s, const char *path)
{
	struct source_file *f = known_file(s->source, path);
	if (!f) {
		struct place p;
		s->why = place_open(path, s->source->arena, &p);
		if (!s->why)
			s->why = read_place(s, path, &p, &f);
		place_close(&p);
	}
	if (!s->why && f) /* else the file did not exist at that time */
		vec_push(s->source->arena, s->inc, f);
}

/* nft then loads nothing; if FILE is a copy from elsewhere, these rules were not checked. */
static void found_nothing(struct search *s)
{
	struct arena *a = s->source->arena;
	bool has_target = s->files->options->target;
	uint32_t line, col;
	if (!s->is_wild)
		s->why = arena_printf(a, "file '%s' is not there (%s)", s->pattern,
				      has_target ? "--include-dir DIR: look there too"
						 : "--include-dir DIR: look there too; --target "
						   "PATH: FILE is a copy of what will stand there");
	else if (has_target)
		s->why = arena_printf(a,
				      "no file matches '%s': the included files must be there "
				      "first (--include-dir DIR: look there too)",
				      s->pattern);
	if (s->why)
		return;
	source_pos(s->source, source_span(s->source, s->inc->pattern).off, &line, &col);
	message_add(&s->files->in->messages, s->files->in->arena, MESSAGE_NOTE,
		    "%s:%u:%u: note: no file matches '%s': nothing is included here (where FILE is "
		    "a copy that stands elsewhere: --target PATH)",
		    s->inc->from->name, line, col, s->pattern);
	/* shown even with --quiet, as in a hook: these rules were not checked */
	struct messages *all = &s->files->in->messages;
	all->items[all->n - 1].is_kept = true;
}

static const char *include(const struct includer *in, struct source *source,
			   struct source_include *inc)
{
	const struct files *files = (const struct files *)(const void *)in;
	struct search s = { .files = files,
			    .source = source,
			    .inc = inc,
			    .pattern = arena_strndup(source->arena, inc->pattern.p,
						     inc->pattern.n) };
	s.is_wild = strpbrk(s.pattern, "*?[") != NULL;
	if (files->options->no_include)
		return "files are not included: --no-include was given";
	if (files->in->is_stdin && !files->options->n_include_dirs &&
	    !files->options->include_any && !files->options->target)
		return "files are not included from standard input without --include-dir or "
		       "--target";
	look(&s);
	for (size_t i = 0; i < s.found.n && !s.why; i++)
		add_file(&s, s.found.items[i]);
	if (!s.found.n && !s.why)
		found_nothing(&s);
	return s.why;
}

struct includer files_includer(void)
{
	return (struct includer){ include };
}

const struct origin *input_origin(const struct input *in, const struct source_file *f)
{
	for (size_t i = 0; i < in->origins.n; i++)
		if (in->origins.items[i].file == f)
			return &in->origins.items[i];
	return NULL;
}

/* ---- lines that are not shown ---- */

/* Does the line begin like a line for nft, or like a netfilter setting? */
static bool is_line_of_ruleset(struct str line)
{
	static const char *const words[] = {
		"}",        "{",           "table",    "chain",    "set",      "map",     "element",
		"elements", "flowtable",   "hook",     "device",   "devices",  "type",    "typeof",
		"flags",    "policy",      "add",      "create",   "insert",   "delete",  "destroy",
		"replace",  "flush",       "define",   "redefine", "undefine", "include", "counter",
		"quota",    "limit",       "secmark",  "synproxy", "ct",       "meta",    "ip",
		"ip6",      "inet",        "arp",      "bridge",   "ether",    "vlan",    "icmp",
		"icmpv6",   "igmp",        "tcp",      "udp",      "udplite",  "sctp",    "dccp",
		"esp",      "ah",          "comp",     "th",       "iif",      "iifname", "oif",
		"oifname",  "fib",         "rt",       "socket",   "accept",   "drop",    "reject",
		"jump",     "goto",        "return",   "continue", "queue",    "log",     "snat",
		"dnat",     "masquerade",  "redirect", "notrack",  "tproxy",   "mark",    "rule",
		"timeout",  "gc-interval", "size",
	};
	struct str s = str_trim(line);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t n = strlen(words[i]);
		if (str_starts(s, words[i]) && (s.n == n || strchr(" \t{};@", s.p[n]) || n == 1))
			return true;
	}
	return str_starts(s, "net.") || str_starts(s, "net/");
}

void input_hide_lines(struct input *in)
{
	for (size_t i = 0; i < in->diags.n; i++) {
		struct diag *d = &in->diags.items[i];
		const struct source_file *f = source_file_at(in->source, d->span.off);
		const struct origin *o = input_origin(in, f);
		if ((o && o->is_main) || is_line_of_ruleset(source_line(in->source, d->span.off)))
			continue;
		d->is_hidden = true;
		if (o)
			d->message = "this is not a line of a ruleset (it is not shown: the file "
				     "was included)";
	}
}
