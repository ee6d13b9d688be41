/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading one input. */
#include "job.h"

#include <errno.h>
#include <unistd.h>

static const char *read_input(struct input *in, struct text *t, const struct read_options *o)
{
	if (!in->is_stdin && o->for_writing && !file_is_replaceable(in->path))
		return arena_printf(in->arena, "'%s' is not a regular file: it cannot be replaced",
				    in->path);
	if (!in->is_stdin)
		return file_read(in->path, SOURCE_MAX, t, &in->id);
	return file_read_fd(STDIN_FILENO, SOURCE_MAX, t)
		       ? NULL
		       : arena_printf(in->arena, "cannot read standard input: %s", strerror(errno));
}

static struct source *new_source(struct input *in, const char *name, struct str text)
{
	struct source *s = in->behind
				   ? source_new_behind(in->behind, in->arena, name, text.p, text.n)
				   : source_new(in->arena, name, text.p, text.n);
	if (!s) {
		input_fail(in, MESSAGE_INPUT, "%s: the inputs are too long to be checked together",
			   name);
		return NULL;
	}
	in->origins.n = 0;
	vec_push(in->arena, &in->origins,
		 ((struct origin){ .file = s->items[0],
				   .is_main = true,
				   .path = in->path,
				   .id = in->id,
				   .file_uid = in->id.uid }));
	return s;
}

/* What to do about an input that cannot be read. */
static const char *what_to_do(int why)
{
	switch (why) {
	case ENOENT: return " (the running ruleset: sudo fwlint --live)";
	case EACCES: return " (ask as root: sudo fwlint FILE)";
	case EISDIR: return " (name the files that are in it)";
	case EFBIG: return " (at most 2 GiB are read)";
	default: return "";
	}
}

/* The name in messages. */
static const char *input_name(const struct input *in, const struct read_options *o)
{
	const char *name = in->is_stdin && o->stdin_name ? o->stdin_name : o->target;
	return name ? name : in->is_stdin ? "stdin" : in->path;
}

static struct source *read_source(struct input *in, const struct read_options *o)
{
	struct text t = { .arena = in->arena };
	if (in->text.p) {
		in->id.is_regular = true;
		return new_source(in, input_name(in, o), in->text);
	}
	const char *why = read_input(in, &t, o);
	if (why) {
		int e = errno;
		bool wrong = e == ENOENT || e == EACCES || e == EISDIR || e == EFBIG ||
			     e == ENOTDIR || e == EINVAL;
		input_fail(in, wrong ? MESSAGE_INPUT : MESSAGE_SYSTEM, "%s%s", why, what_to_do(e));
		return NULL;
	}
	return new_source(in, input_name(in, o), text_str(&t));
}

/* A file without a meaningful line is a ruleset without rules. */
static bool says_nothing(struct str text)
{
	while (text.n) {
		struct str line = str_trim(str_cut(&text, '\n'));
		if (line.n && line.p[0] != '#')
			return false;
	}
	return true;
}

/*
 * The errors of a text that is something else become one error, at the line that shows what it is.
 */
static bool is_foreign(struct input *in, bool is_script)
{
	struct diags *d = &in->diags;
	struct str line;
	if (in->live || is_script ||
	    (d->n && source_file_at(in->source, d->items[0].span.off) != in->source->items[0]))
		return false;
	const struct foreign *kind = foreign_find((struct str){ in->source->text, in->source->len },
						  &line);
	if (!kind)
		return false;
	d->dropped += d->n;
	d->n = 0;
	diag_add(d, source_span(in->source, line), ERROR_FORMAT, "this %s: %s", kind->what,
		 kind->instead);
	d->items[0].is_hidden = !line.n || !str_is_visible(line);
	return true;
}

static void no_dialect(struct input *in)
{
	if (in->source->len && is_foreign(in, false))
		in->status = INPUT_WRONG;
	else
		input_wrong(in, (struct span){ in->source->items[0]->base, 0 }, ERROR_FORMAT, "%s",
			    !in->source->len ? "the input is empty: did the command before the "
					       "pipe fail, or does it need root (sudo "
					       "iptables-save | fwlint)?"
			    : memchr(in->source->text, 0, in->source->len)
				    ? "this is not text, it contains NUL bytes: give fwlint a "
				      "ruleset (iptables-save | fwlint, or nft list ruleset | "
				      "fwlint)"
				    : "this is not a ruleset that fwlint can read: give it what "
				      "iptables-save or 'nft list ruleset' (with or without -j) "
				      "prints, lines such as '-A INPUT …', or an nft script");
}

/* In the source, files of --sysctl come after those of the ruleset. */
static bool read_settings(struct input *in, const struct read_options *o)
{
	struct kernel_settings *k = arena_new_one(in->arena, struct kernel_settings);
	for (size_t i = 0; i < o->n_sysctl_files; i++) {
		struct text t = { .arena = in->arena };
		const char *why = file_read(o->sysctl_files[i], SOURCE_MAX, &t, NULL);
		if (why) {
			input_fail(in, MESSAGE_INPUT, "%s", why);
			return false;
		}
		struct source_file *f = source_add(in->source, o->sysctl_files[i], t.items, t.n);
		if (!f) {
			input_fail(in, MESSAGE_INPUT, "the files are too long");
			return false;
		}
		sysctl_read(f, &in->diags, k);
	}
	k->count = o->conntrack_count;
	if (o->conntrack && !o->n_sysctl_files) {
		struct source_file *f = source_add(in->source, "/proc/sys/net/netfilter",
						   o->conntrack->sysctl.p, o->conntrack->sysctl.n);
		if (f)
			sysctl_read(f, &in->diags, k);
		k->count = (u128)o->conntrack->entries;
	}
	in->ruleset = ruleset_with_context(in->ruleset, in->ruleset->loader, k);
	return true;
}

bool input_add_settings(struct input *in, const struct read_options *o)
{
	bool ok = !(o->n_sysctl_files || o->conntrack) || read_settings(in, o);
	if (o->host.owned_chains || o->host.hazards || o->host.interfaces)
		in->ruleset = ruleset_with_host(in->ruleset, &o->host);
	input_hide_lines(in);
	if (in->diags.n)
		in->status = INPUT_WRONG;
	if (!ok || in->diags.n)
		in->ruleset = NULL;
	return in->ruleset;
}

bool input_open(struct input *in, const struct read_options *o)
{
	in->is_stdin = !in->live && strcmp(in->path, "-") == 0;
	in->source = in->live ? new_source(in, in->live->name, in->live->text) : read_source(in, o);
	in->diags.arena = in->arena;
	return in->source;
}

bool input_read_part(struct input *in, const struct read_options *o)
{
	if (!input_open(in, o))
		return false;
	struct str text = { in->source->text, in->source->len };
	const struct dialect *dialect = in->live     ? dialect_find(in->live->backend->dialect)
					: o->dialect ? o->dialect
						     : dialect_detect(text);
	if (!dialect && says_nothing(text))
		dialect = dialect_find("iptables"); /* empty in every dialect */
	/* An empty pipe: the program that should have written to it has failed. */
	if (!dialect || (!in->live && !in->id.is_regular && !text.n)) {
		no_dialect(in);
		return false;
	}
	struct files files = { files_includer(), in, o };
	in->ruleset = ruleset_with_context(
		dialect->read(in->arena, in->source, &files.includer, &in->diags), o->loader, NULL);
	in->ruleset = ruleset_with_versions(in->ruleset, o->versions);
	input_hide_lines(in);
	diags_sort(&in->diags);
	if (in->diags.n) {
		is_foreign(in, strcmp(dialect->name, "shell") == 0);
		in->ruleset = NULL;
		in->status = INPUT_WRONG;
	}
	return in->ruleset;
}

bool input_read(struct input *in, const struct read_options *o)
{
	return input_read_part(in, o) && input_add_settings(in, o);
}
