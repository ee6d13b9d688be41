/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwlint ask 'MATCH' [FILE...] */
#include "host.h"

/* Reads the question, and prints what is wrong with it. */
static bool read_question(const struct ruleset *rs, const char *words, const struct settings *s,
			  struct ask_question *ret)
{
	size_t n = strlen(words);
	struct source *text = source_new(s->arena, "question", words, n);
	struct diags diags = { .arena = s->arena };
	if (ask_read(rs, text, (struct span){ 0, (uint32_t)n }, s->arena, &diags, ret))
		return true;
	report_diags(stderr, text, &diags, s->quiet, want_colour(s, stderr));
	return false;
}

static int run(int argc, char **argv, struct settings *s)
{
	struct input in;
	struct ask_question question;
	int status = host_read(&in, argc - 1, argv + 1, s);
	if (status)
		return status;
	if (!read_question(in.ruleset, argv[0], s, &question))
		return EXIT_INPUT;
	struct ask_answer answer = ask_classes(&question, s->arena);
	if (answer.gave_up) {
		complain("'%s' could not be answered: %s", argv[0], answer.gave_up);
		return EXIT_INPUT;
	}
	struct asked asked = { .question = argv[0],
			       .paths = question.paths,
			       .answer = &answer,
			       .wants_verdict = s->has_verdict,
			       .verdict = s->verdict };
	struct outputs out = outputs_open(s, NULL);
	for (size_t i = 0; i < out.n; i++)
		out.printers[i].format->answer(&out.printers[i], &asked);
	return outputs_close(&out, asked_holds(&asked) ? EXIT_CLEAN : EXIT_FOUND);
}

// clang-format off
const struct command command_ask = {
	.name = "ask", .arguments = "[options] 'MATCH' [FILE...]",
	.about = "what becomes of all packets that match, in classes",
	.help = "MATCH is the match part of an nft rule, for rulesets of every dialect; \"\" is every packet.\n"
		"A word in front of it (input, forward or output) asks about that path only. The answer is a\n"
		"list of classes that do not overlap and together are all that was asked. Each has its verdict,\n"
		"the rules that decide it, a match in nft's words and a packet. Several FILEs are the ruleset of\n"
		"one host; no FILE, or -, reads standard input. Exit status: 0 answered, and with --verdict: every\n"
		"packet has this verdict; 1 not every packet has it, 2 an input or MATCH is wrong, or there are\n"
		"too many classes, 3 fwlint or the system failed.",
	.min = 1, .max = MANY,
	.options = OPTIONS(OPT_VERDICT, OPTIONS_OF_HOST),
	.prints = PRODUCT_ANSWER, .rights = RIGHTS_FILES,
	.run = run,
};
// clang-format on
