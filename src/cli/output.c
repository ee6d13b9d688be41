/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Standard output and standard error; what the subcommands share. */
#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_DEFAULT 80
#define WIDTH_MIN 40

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

void note_errors(const char *list)
{
	const struct check *c = selection_error(list);
	if (c)
		complain("note: %s cannot be ignored: it says that the input cannot be loaded",
			 c->id);
}

void say_input(const struct input *in, const struct settings *s)
{
	for (size_t i = 0; i < in->messages.n; i++) {
		const struct message *m = &in->messages.items[i];
		if (m->kind != MESSAGE_NOTE)
			complain("%s", m->text);
		else if (!s->quiet || m->is_kept)
			say(stderr, "%s\n", m->text);
	}
	if (in->diags.n)
		report_diags(stderr, in->source, &in->diags, s->quiet, want_colour(s, stderr));
}

int input_exit_status(enum input_status s)
{
	switch (s) {
	case INPUT_READ: return EXIT_CLEAN;
	case INPUT_WRONG: return EXIT_INPUT;
	case INPUT_FAILED: break;
	}
	return EXIT_SYSTEM;
}

size_t n_stdin(int argc, char **argv)
{
	size_t n = 0;
	for (int i = 0; i < argc; i++)
		n += strcmp(argv[i], "-") == 0;
	return n;
}

/* Columns of standard output: from the environment, else from the terminal; for a pipe, those of a
 * small terminal. */
static unsigned output_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize w;
	u128 n;
	if (columns && str_number(str_from(columns), 10000, &n) && n >= WIDTH_MIN)
		return (unsigned)n;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col >= WIDTH_MIN)
		return w.ws_col;
	return WIDTH_DEFAULT;
}

enum severity shown_severity(const struct settings *s)
{
	return s->fail_on < s->shown ? s->fail_on : s->shown;
}

/* ---- where it goes ---- */

static void open_sink(struct sink *s, const char *path, struct arena *a)
{
	*s = (struct sink){ .path = path, .text = { .arena = arena_part(a) } };
	s->out = path ? text_stream(&s->text) : stdout;
}

struct outputs outputs_open(const struct settings *s, const struct live_conntrack *conntrack)
{
	/* if only files are named, nothing else is printed */
	size_t n = s->n_files + (s->has_format || s->output || !s->n_files);
	struct outputs o = { .settings = s,
			     .printers = arena_new_array(s->arena, struct printer, n + 1),
			     .sinks = arena_new_array(s->arena, struct sink, s->n_files + 1),
			     .n = n };
	for (size_t i = 0; i < s->n_files; i++)
		open_sink(&o.sinks[i], s->files[i].path, s->arena);
	open_sink(&o.sinks[s->n_files], s->output && strcmp(s->output, "-") != 0 ? s->output : NULL,
		  s->arena);
	o.main = o.sinks[s->n_files].out;
	for (size_t i = 0; i < n; i++) {
		FILE *out = o.sinks[i].out;
		const struct printer_options po = { .colour = want_colour(s, out),
						    .quiet = s->quiet,
						    .verbose = s->verbose,
						    .statistics = s->statistics,
						    .shown = shown_severity(s),
						    .width = out == stdout ? output_width()
									   : WIDTH_DEFAULT,
						    .live = s->live,
						    .applies = s->apply,
						    .conntrack = conntrack };
		o.printers[i] = printer_new(i < s->n_files ? s->files[i].format : s->format, out,
					    &po, s->arena);
	}
	return o;
}

int outputs_close(struct outputs *o, int status)
{
	for (size_t i = 0; i <= o->settings->n_files; i++) {
		struct sink *s = &o->sinks[i];
		if (!s->path)
			continue;
		fclose(s->out);
		const char *why = file_write(s->path, text_str(&s->text), o->settings->arena);
		if (why) {
			complain("%s", why);
			status = EXIT_SYSTEM;
		}
	}
	return status;
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
