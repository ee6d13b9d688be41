/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading inputs and writing to standard output. */
#include "cli.h"

#include <errno.h>
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

static const char *read_input(struct input *in, struct text *t, const struct settings *s)
{
	struct stat st;
	if (!in->is_stdin && s->apply && stat(in->path, &st) == 0 && !S_ISREG(st.st_mode)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		return arena_printf(in->arena, "'%s' is not a regular file: it cannot be replaced", in->path);
	}
	if (!in->is_stdin)
		return file_read(in->path, SOURCE_MAX, t, &in->id);
	return file_read_fd(STDIN_FILENO, SOURCE_MAX, t) ? NULL :
	       arena_printf(in->arena, "cannot read '%s': %s", in->path, strerror(errno));
}

static struct source *new_source(struct input *in, const char *name, struct str text)
{
	struct source *s = in->behind ? source_new_behind(in->behind, in->arena, name, text.p, text.n)
				      : source_new(in->arena, name, text.p, text.n);
	if (!s) {
		complain("%s: the inputs are too long to be looked at together", name);
		in->status = EXIT_INPUT;
		return NULL;
	}
	in->origins.n = 0;
	vec_push(in->arena, &in->origins, ((struct origin){ .file = s->items[0], .is_main = true, .id = in->id,
							    .file_uid = in->id.uid }));
	return s;
}

static struct source *read_source(struct input *in, const struct settings *s)
{
	struct text t = { .arena = in->arena };
	const char *why = read_input(in, &t, s);
	if (why) {
		in->status = errno == ENOENT || errno == EISDIR || errno == EFBIG || errno == ENOTDIR ||
			     errno == EINVAL ? EXIT_INPUT : EXIT_SYSTEM;
		complain("%s", why);
		return NULL;
	}
	return new_source(in, in->is_stdin ? s->stdin_name : in->path, text_str(&t));
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
		const char *why = file_read(s->sysctl_files[i], SOURCE_MAX, &t, NULL);
		if (why) {
			complain("%s", why);
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
	input_hide_lines(in);
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
	/* Nothing at all from a pipe: what should have written it failed. */
	if (!in->dialect || (!in->live && !in->id.is_regular && !text.n)) {
		no_dialect(in);
		return false;
	}
	struct files files = { files_includer(), in, s };
	in->ruleset = in->dialect->read(in->arena, in->source, &files.includer, &in->diags);
	in->ruleset->loader = s->loader;
	input_hide_lines(in);
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
