/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwlint resets CAPTURE... [-- RULES...] */
#include "host.h"

#include <sys/stat.h>

/* All frames of a capture; returns an exit status. */
static int see_all(struct capture *c, struct resets *r, int look_at)
{
	struct captured p[RESETS_BATCH];
	enum capture_next got;
	size_t n = 0;
	while ((got = capture_next(c, &p[n])) == CAPTURE_FRAME) {
		if (look_at >= 0)
			resets_look(r, (unsigned)look_at, &p[0]);
		else if (++n == RESETS_BATCH) {
			resets_see_batch(r, p, n);
			n = 0;
		}
	}
	resets_see_batch(r, p, n);
	if (look_at >= 0)
		return EXIT_CLEAN; /* was said before */
	if (got == CAPTURE_CUT)
		complain("'%s' ends in the middle of a frame, after frame %llu", capture_name(c),
			 (unsigned long long)capture_frames(c));
	if (got == CAPTURE_DAMAGED)
		complain("'%s' is damaged after frame %llu: %s", capture_name(c),
			 (unsigned long long)capture_frames(c), capture_why(c));
	return got == CAPTURE_DAMAGED ? EXIT_INPUT : EXIT_CLEAN;
}

static int see_capture(const char *path, struct resets *r, int look_at, const struct settings *s)
{
	struct capture *c;
	const char *why = capture_open(path, s->filter, s->arena, &c);
	if (why) {
		complain("%s", why);
		return EXIT_INPUT;
	}
	if (look_at < 0)
		resets_begin(r, capture_name(c));
	int status = see_all(c, r, look_at);
	capture_close(c);
	return status;
}

static int print(const struct resets *r, const struct settings *s)
{
	struct outputs out = outputs_open(s, NULL);
	for (size_t i = 0; i < out.n; i++)
		out.printers[i].format->resets(&out.printers[i], r);
	return outputs_close(&out, EXIT_CLEAN);
}

/* ---- --write ---- */

/* NULL, or why the frames cannot be written. */
static const char *write_is_possible(int n_captures, char **argv, const struct settings *s)
{
	struct stat from, to;
	if (!s->write)
		return NULL;
	if (n_captures != 1 || strcmp(argv[0], "-") == 0)
		return "--write reads the capture twice: it takes one capture, and not from "
		       "standard input";
	if (stat(argv[0], &from) == 0 && stat(s->write, &to) == 0 && from.st_dev == to.st_dev &&
	    from.st_ino == to.st_ino)
		return "--write would overwrite the capture";
	return NULL;
}

static int write_frames(const char *path, const struct resets *r, const struct settings *s)
{
	uint64_t *frames;
	if (!s->write)
		return EXIT_CLEAN;
	size_t n = resets_frames(r, 0, s->arena, &frames);
	const char *why = capture_copy(path, frames, n, s->write, s->arena);
	if (why)
		complain("%s", why);
	return why ? EXIT_SYSTEM : EXIT_CLEAN;
}

static int worse(int x, int y)
{
	return x > y ? x : y;
}

static int run(int argc, char **argv, struct settings *s)
{
	int n_rules = s->n_behind, n = argc - n_rules, status = EXIT_CLEAN;
	struct input rules = { 0 };
	if (n < 1) {
		complain("usage: fwlint resets CAPTURE... [-- RULES...]");
		return EXIT_INPUT;
	}
	const char *why = write_is_possible(n, argv, s);
	if (!why && n > 1 && n_stdin(n, argv))
		why = "several captures are read twice: none of them can be standard input";
	if (why) {
		complain("%s", why);
		return EXIT_INPUT;
	}
	if (n_rules)
		status = host_read(&rules, n_rules, argv + n, s);
	if (status)
		return status;
	struct resets *r = resets_new(rules.ruleset, s->arena);
	for (int i = 0; i < n; i++)
		status = worse(status, see_capture(argv[i], r, -1, s));
	bool again = !status && resets_compares(r);
	for (int i = 0; again && i < n && !status; i++)
		status = worse(status, see_capture(argv[i], r, i, s));
	if (!resets_captures(r))
		return status;
	resets_judge(r);
	status = worse(status, print(r, s));
	return worse(status, write_frames(argv[0], r, s));
}

// clang-format off
const struct command command_resets = {
	.name = "resets", .arguments = "[options] CAPTURE... [-- RULES...]",
	.about = "who sent the TCP resets of a capture, and why",
	.help = "Reads captures (pcap, pcapng; - is standard input) and says of each TCP reset who sent it and\n"
		"why, with the evidence; fwlint explain resets lists the causes. RULES are those of the firewall\n"
		"on the way: a rule is named where the packet's walk through them ends in that reset. Give two\n"
		"captures of the same time, from both sides of a firewall, to have them compared. Frames are\n"
		"numbered as in Wireshark. Where the evidence does not suffice, the cause is unknown. Exit status:\n"
		"0 answered, whatever was found; 2 an input is wrong, or damaged (what could be read is answered),\n"
		"3 fwlint or the system failed.",
	.min = 1, .max = MANY,
	.options = OPTIONS(OPT_FILTER, OPT_WRITE, OPT_FORMAT, OPT_OUTPUT, OPT_DIALECT, OPT_LOADER, OPT_KERNEL, OPT_INCLUDE_DIR, OPT_INCLUDE_ANY,
			   OPT_NO_INCLUDE, OPT_SYSCTL, OPT_COLOR, OPT_VERBOSE, OPT_QUIET),
	.prints = PRODUCT_RESETS, .rights = RIGHTS_FILES,
	.run = run,
};
// clang-format on
