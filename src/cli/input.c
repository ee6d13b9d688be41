/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading inputs and writing to standard output. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void complain(const char *fmt, ...)
{
	va_list ap;
	say(stderr, "fwlint: ");
	va_start(ap, fmt);
	vsay(stderr, fmt, ap);
	va_end(ap);
	say(stderr, "\n");
}

bool want_colour(const struct settings *s, FILE *out)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
	if (s->colour != COLOUR_AUTO)
		return s->colour == COLOUR_ALWAYS;
	return isatty(fileno(out)) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

static bool read_all(int fd, struct text *t)
{
	size_t cap = 0;
	struct stat st;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
		cap = (size_t)st.st_size + 1;
	if (cap < 65536)
		cap = 65536;
	t->items = arena_alloc(t->arena, cap);
	t->cap = cap;
	while (true) {
		if (t->n == t->cap)
			arena_grow(t->arena, (void **)&t->items, t->n, &t->cap, 1);
		ssize_t k = read(fd, t->items + t->n, t->cap - t->n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return false;
		if (k == 0)
			return true;
		t->n += (size_t)k;
		if (t->n > SOURCE_MAX) {
			errno = EFBIG;
			return false;
		}
	}
}

bool read_file(const char *path, struct text *t)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool ok = fd >= 0 && read_all(fd, t);
	int why = errno;
	if (fd >= 0)
		close(fd);
	errno = why;
	return ok;
}

static struct source *new_source(struct input *in, const char *name, struct str text)
{
	struct source *s = in->behind ? source_new_behind(in->behind, in->arena, name, text.p, text.n)
				      : source_new(in->arena, name, text.p, text.n);
	if (!s) {
		complain("%s: the inputs are too long to be looked at together", name);
		in->status = EXIT_INPUT;
	}
	return s;
}

static struct source *read_source(struct input *in, const struct settings *s)
{
	const char *path = in->path;
	bool is_stdin = strcmp(path, "-") == 0;
	struct text t = { .arena = in->arena };
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || !read_all(fd, &t)) {
		complain("cannot read '%s': %s", path, strerror(errno));
		in->status = errno == ENOENT || errno == EISDIR || errno == EFBIG ||
			      errno == ENOTDIR ? EXIT_INPUT : EXIT_SYSTEM;
		if (fd > STDIN_FILENO)
			close(fd);
		return NULL;
	}
	if (!is_stdin)
		close(fd);
	return new_source(in, is_stdin ? s->stdin_name : path, (struct str){ t.items, t.n });
}

/* A file without a line that says something is a ruleset without rules. */
static bool says_nothing(struct str text)
{
	while (text.n) {
		struct str line = str_trim(str_cut(&text, '\n'));
		if (line.n && line.p[0] != '#')
			return false;
	}
	return true;
}

static void no_dialect(struct input *in)
{
	complain("%s:1:1: error: %s", in->source->name, in->source->len == 0 ?
		 "the input is empty (an empty file would be a ruleset without rules)" :
		 "this is no ruleset in a dialect that fwlint reads: expected iptables-save output, "
		 "lines such as '-A INPUT …', an nft script or 'nft list ruleset' with or without -j");
	in->status = EXIT_INPUT;
}

/* The files of --sysctl stand behind those of the ruleset in its source. */
static bool read_settings(struct input *in, const struct settings *s)
{
	struct kernel_settings *k = arena_new_one(in->arena, struct kernel_settings);
	for (size_t i = 0; i < s->n_sysctl_files; i++) {
		struct text t = { .arena = in->arena };
		if (!read_file(s->sysctl_files[i], &t)) {
			complain("cannot read '%s': %s", s->sysctl_files[i], strerror(errno));
			in->status = EXIT_INPUT;
			return false;
		}
		struct source_file *f = source_add(in->source, s->sysctl_files[i], t.items, t.n);
		if (!f) {
			complain("the files are too long");
			in->status = EXIT_INPUT;
			return false;
		}
		sysctl_read(f, &in->diags, k);
	}
	k->count = s->conntrack_count;
	if (s->conntrack && !s->n_sysctl_files) {
		struct source_file *f = source_add(in->source, "/proc/sys/net/netfilter", s->conntrack->sysctl.p,
						   s->conntrack->sysctl.n);
		if (f)
			sysctl_read(f, &in->diags, k);
		k->count = (u128)s->conntrack->entries;
	}
	in->ruleset->kernel = k;
	return true;
}

bool input_add_settings(struct input *in, const struct settings *s)
{
	bool ok = !(s->n_sysctl_files || s->conntrack) || read_settings(in, s);
	if (in->diags.n)
		in->status = EXIT_INPUT;
	if (!ok || in->diags.n)
		in->ruleset = NULL;
	return in->ruleset;
}

bool input_open(struct input *in, const struct settings *s)
{
	in->is_stdin = !in->live && strcmp(in->path, "-") == 0;
	in->source = in->live ? new_source(in, in->live->name, in->live->text) : read_source(in, s);
	in->diags.arena = in->arena;
	return in->source;
}

bool input_read_part(struct input *in, const struct settings *s)
{
	if (!input_open(in, s))
		return false;
	struct str text = { in->source->text, in->source->len };
	in->dialect = in->live ? dialect_find(in->live->backend->dialect) :
		      s->dialect ? s->dialect : dialect_detect(text);
	if (!in->dialect && says_nothing(text))
		in->dialect = dialect_list[0];
	/* Nothing at all on standard input: what should have written it failed. */
	if (!in->dialect || (in->is_stdin && !text.n)) {
		no_dialect(in);
		return false;
	}
	struct files files = { files_includer(), in->is_stdin, s->include_dirs, s->n_include_dirs };
	in->ruleset = in->dialect->read(in->arena, in->source, &files.includer, &in->diags);
	in->ruleset->loader = s->loader;
	if (in->diags.n) {
		in->ruleset = NULL;
		in->status = EXIT_INPUT;
	}
	return in->ruleset;
}

bool input_read(struct input *in, const struct settings *s)
{
	return input_read_part(in, s) && input_add_settings(in, s);
}

int finish_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if (errno == EPIPE)
		return status;
	complain("cannot write to standard output: %s", strerror(errno));
	return EXIT_SYSTEM;
}
