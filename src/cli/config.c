/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration file: where it is searched for, and which of its keys are used. A file that was
 * found, not named, may be somebody else's: it is used only if nobody but root and the caller could
 * have written it, and even then no key of it changes which files are read or written.
 */
#include "config.h"
#include "options.h"

#include <fwlint/late_inih.h>

#include <fnmatch.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>

#define CONFIG_MAX 100000 /* bytes */

/* A configuration file while it is read. */
struct reading {
	struct settings *settings;
	const char *path;
	bool is_trusted; /* named, or of the system */
	struct str rest; /* what inih has not seen yet */
	int line;
	bool is_wrong;
	bool is_wrong_section; /* and that was said */
};

__attribute__((format(printf, 2, 3))) static int wrong(struct reading *r, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	say(stderr, "%s:%d: error: %s\n", r->path, r->line,
	    arena_vprintf(r->settings->arena, fmt, ap));
	va_end(ap);
	r->is_wrong = true;
	return 1; /* the next lines are looked at too */
}

/* ---- sections ---- */

static int unknown_key(struct reading *r, const char *key)
{
	struct near n = { .word = str_from(key) };
	for (enum option_id id = OPT_NONE + 1; id < N_OPTIONS; id++)
		if (option_rows[id].config != CONFIG_NEVER)
			near_try(&n, option_rows[id].name);
	return wrong(r, "there is no key '%s'%s", key, near_question(&n, r->settings->arena));
}

static bool is_yes(const char *value, bool *ret)
{
	*ret = strcmp(value, "true") == 0 || strcmp(value, "yes") == 0;
	return *ret || strcmp(value, "false") == 0 || strcmp(value, "no") == 0;
}

static int set_key(struct reading *r, const char *key, const char *value)
{
	struct settings *s = r->settings;
	enum option_id id = OPT_NONE + 1;
	bool yes = true;
	while (id < N_OPTIONS && strcmp(option_rows[id].name, key) != 0)
		id++;
	if (id == N_OPTIONS)
		return unknown_key(r, key);
	if (option_rows[id].config == CONFIG_NEVER)
		return wrong(r, "'%s' is an option of the command line only", key);
	if (option_rows[id].config == CONFIG_TRUSTED && !r->is_trusted) {
		say(stderr,
		    "%s:%d: warning: '%s' is ignored: it changes what is read or written, so it "
		    "counts only in --config and " CONFIG_SYSTEM "\n",
		    r->path, r->line, key);
		return 1;
	}
	if (!option_rows[id].argument && !is_yes(value, &yes))
		return wrong(r, "'%s' must be true or false", key);
	if (id == OPT_FORMAT && strchr(value, '='))
		return wrong(r, "'format' cannot name a file here: name it on the command line");
	value = arena_strndup(s->arena, value, strlen(value));
	if (yes && !option_set(s, id, value))
		return wrong(r, "'%s' is not a value of %s%s", value, key,
			     meant_value(id, value, s->arena));
	s->is_configured[id] = true;
	vec_push(s->arena, &s->given,
		 ((struct given){ option_rows[id].name, value, r->path, r->line }));
	return 1;
}

static int set_check_severity(struct reading *r, const char *key, const char *value)
{
	struct settings *s = r->settings;
	struct severity_of of = { .check = check_find(key) };
	if (!of.check)
		return wrong(r, "there is no check '%s'%s", key,
			     meant_check(str_from(key), s->arena));
	if (of.check->error)
		return wrong(r, "%s is an error of the input: its severity cannot be changed",
			     of.check->id);
	if (!severity_find(value, &of.severity))
		return wrong(r, "'%s' is not a severity: expected note, warning or error", value);
	vec_push(s->arena, &s->severities, of);
	vec_push(s->arena, &s->given,
		 ((struct given){ arena_printf(s->arena, "severity:%s", of.check->id),
				  severity_name(of.severity), r->path, r->line }));
	return 1;
}

static int add_pattern(struct reading *r, const char *key, const char *value)
{
	struct settings *s = r->settings;
	struct str unknown = selection_unknown(value);
	char real[PATH_MAX];
	const char *dir = realpath(r->path, real) ? dirname(real) : "";
	if (unknown.p)
		return wrong(r, "there is no check '%.*s'%s", STR_FMT(unknown),
			     meant_check(unknown, s->arena));
	note_errors(value);
	vec_push(s->arena, &s->per_file,
		 ((struct per_file){ arena_strndup(s->arena, key, strlen(key)),
				     arena_strndup(s->arena, value, strlen(value)),
				     arena_strndup(s->arena, dir, strlen(dir)) }));
	vec_push(s->arena, &s->given,
		 ((struct given){ arena_printf(s->arena, "per-file-ignore:%s", key),
				  s->per_file.items[s->per_file.n - 1].codes, r->path, r->line }));
	return 1;
}

static const struct section {
	const char *name;
	int (*set)(struct reading *r, const char *key, const char *value);
} sections[] = {
	{ "fwlint", set_key },
	{ "fwlint:severity", set_check_severity },
	{ "fwlint:per-file-ignore", add_pattern },
};

/* The section of this name; NULL: there is none, and that is said. */
static const struct section *find_section(struct reading *r, struct str name)
{
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		if (str_is(name, sections[i].name))
			return &sections[i];
	wrong(r,
	      "there is no section [%.*s]: expected [fwlint], [fwlint:severity], "
	      "[fwlint:per-file-ignore]",
	      STR_FMT(name));
	return NULL;
}

static int handle(void *user, const char *section, const char *key, const char *value)
{
	struct reading *r = user;
	const struct section *s = r->is_wrong_section ? NULL : find_section(r, str_from(section));
	return s ? s->set(r, key, value) : 1;
}

/* inih does not report a section without keys. */
static void check_header(struct reading *r, struct str line)
{
	const char *end = line.n && *line.p == '[' ? memchr(line.p, ']', line.n) : NULL;
	if (end)
		r->is_wrong_section = !find_section(r, (struct str){ line.p + 1,
								     (size_t)(end - line.p) - 1 });
}

/* ---- reading ---- */

/* One line for inih, as fgets(3) gives it. */
static char *next_line(char *buffer, int size, void *stream)
{
	struct reading *r = stream;
	if (!r->rest.n)
		return NULL;
	struct str line = str_cut(&r->rest, '\n');
	if (!r->rest.p)
		r->rest = (struct str){ "", 0 };
	r->line++;
	if (line.n + 2 > (size_t)size || memchr(line.p, 0, line.n)) {
		wrong(r,
		      "the line is longer than %d bytes (a list may go on in an indented line), or "
		      "it is not text",
		      size - 2);
		line.n = 0;
	}
	check_header(r, line);
	memcpy(buffer, line.n ? line.p : "", line.n);
	buffer[line.n] = '\n';
	buffer[line.n + 1] = 0;
	return buffer;
}

static bool parse(struct reading *r, struct str text)
{
	r->rest = text;
	r->settings->is_reading_config = true;
	int line = ini_parse_stream(next_line, r, handle, r);
	if (line && !r->is_wrong) {
		r->line = line;
		wrong(r, "expected 'key = value' or '[section]'");
	}
	r->settings->is_reading_config = false;
	return !r->is_wrong;
}

/* ---- where it is ---- */

enum found { FOUND_NONE, FOUND_READ, FOUND_WRONG };

/* Reads a configuration file if it exists. */
static enum found try_file(struct settings *s, const char *path, bool is_trusted)
{
	struct text t = { .arena = s->arena };
	struct reading r = { .settings = s,
			     .path = arena_strndup(s->arena, path, strlen(path)),
			     .is_trusted = is_trusted };
	bool is_there;
	const char *why = file_read_own(path, CONFIG_MAX, &t, &is_there);
	if (!is_there)
		return FOUND_NONE;
	if (why) {
		say(stderr, "fwlint: the configuration '%s' is ignored: %s\n", path, why);
		return FOUND_NONE;
	}
	s->config_found = r.path;
	return parse(&r, text_str(&t)) ? FOUND_READ : FOUND_WRONG;
}

static enum found try_upwards(struct settings *s, const char *dir)
{
	char path[PATH_MAX];
	enum found f = FOUND_NONE;
	if (!realpath(dir, path))
		return FOUND_NONE;
	while (f == FOUND_NONE) {
		f = try_file(s,
			     arena_printf(s->arena, "%s%s" CONFIG_NAME, path,
					  strcmp(path, "/") == 0 ? "" : "/"),
			     false);
		if (strcmp(path, "/") == 0)
			break;
		dirname(path); /* in place (dirname(3)) */
	}
	return f;
}

static const char *directory_of(const char *path, struct arena *a)
{
	return dirname(arena_strndup(a, path, strlen(path)));
}

static enum found try_users(struct settings *s)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	if (xdg && *xdg == '/')
		return try_file(s, arena_printf(s->arena, "%s/fwlint.ini", xdg), false);
	if (home && *home == '/')
		return try_file(s, arena_printf(s->arena, "%s/.config/fwlint.ini", home), false);
	return FOUND_NONE;
}

const char *config_nearest(const char *file, struct arena *a)
{
	char path[PATH_MAX];
	if (!realpath(directory_of(file, a), path))
		return "";
	while (true) {
		const char *name = arena_printf(a, "%s%s" CONFIG_NAME, path,
						strcmp(path, "/") == 0 ? "" : "/");
		struct text t = { .arena = a };
		bool is_there;
		if (!file_read_own(name, CONFIG_MAX, &t, &is_there))
			return name;
		if (strcmp(path, "/") == 0)
			return "";
		dirname(path);
	}
}

static const char *a_file(int n_files, char **files)
{
	for (int i = 0; i < n_files; i++)
		if (strcmp(files[i], "-") != 0)
			return files[i];
	return NULL;
}

bool config_read(const struct command *c, int n_files, char **files, struct settings *s,
		 int *exit_status)
{
	enum found f = FOUND_NONE;
	*exit_status = EXIT_INPUT;
	if (!takes_option(c, OPT_CONFIG) || s->no_config)
		return true;
	if (s->config) {
		struct text t = { .arena = s->arena };
		struct reading r = { .settings = s, .path = s->config, .is_trusted = true };
		const char *why = file_read(s->config, CONFIG_MAX, &t, NULL);
		if (why)
			complain("%s", why);
		s->config_found = s->config;
		return !why && parse(&r, text_str(&t));
	}
	const char *of = s->live              ? NULL
			 : s->job.read.target ? s->job.read.target
					      : a_file(n_files, files);
	if (of)
		f = try_upwards(s, directory_of(of, s->arena));
	if (f == FOUND_NONE)
		f = try_users(s);
	if (f == FOUND_NONE)
		f = try_file(s, CONFIG_SYSTEM, true);
	return f != FOUND_WRONG;
}

/* ---- what it says ---- */

void config_show(const struct settings *s)
{
	say(stdout, "; %s\n", s->config_found ? s->config_found : "no configuration file");
	for (size_t i = 0; i < s->given.n; i++) {
		const struct given *g = &s->given.items[i];
		if (g->path)
			say(stdout, "%s = %s  ; %s:%d\n", g->key, g->value, g->path, g->line);
		else
			say(stdout, "%s = %s  ; command line\n", g->key,
			    g->value ? g->value : "true");
	}
}

/* A pattern without a slash matches the name, any other the path below the configuration's
 * directory. */
static bool is_for(const struct per_file *p, const char *path, struct arena *a)
{
	char buffer[PATH_MAX];
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	if (!strchr(p->pattern, '/'))
		return fnmatch(p->pattern, name, 0) == 0;
	const char *real = realpath(path, buffer);
	/* a target that is not there yet */
	if (!real && realpath(directory_of(path, a), buffer))
		real = arena_printf(a, "%s/%s", buffer, name);
	if (!real)
		return false;
	size_t n = strlen(p->dir);
	return strncmp(real, p->dir, n) == 0 && real[n] == '/' &&
	       fnmatch(p->pattern, real + n + 1, 0) == 0;
}

struct selection config_selection(const struct settings *s, const char *path)
{
	struct selection sel = s->job.selection;
	for (size_t i = 0; path && i < s->per_file.n; i++)
		if (is_for(&s->per_file.items[i], path, s->arena))
			sel.ignore = sel.ignore ? arena_printf(s->arena, "%s,%s", sel.ignore,
							       s->per_file.items[i].codes)
						: s->per_file.items[i].codes;
	return sel;
}
