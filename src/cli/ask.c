/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwlint ask 'MATCH' [FILE...] */
#include "host.h"

/* Reads the question; what is wrong with it is said. */
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
	.help = "MATCH is the match part of a rule, in nft's words, for rulesets of every dialect; \"\" is every\n"
		"packet. A word in front of it, input, forward or output, asks of one path only. The answer\n"
		"are classes of packets that have nothing in common and are together what was asked: each with\n"
		"its verdict, the rules that decide, a match in nft's words and a packet. Several FILEs\n"
		"are the ruleset of one host; no FILE, or -, reads standard input. Exit status: 0 answered, and with\n"
		"--verdict: every packet has this verdict; 1 not every packet has it, 2 an input or MATCH is\n"
		"wrong, or there are too many classes, 3 fwlint or the system failed.",
	.min = 1, .max = MANY,
	.options = OPTIONS(OPT_VERDICT, OPTIONS_OF_HOST),
	.prints = PRODUCT_ANSWER, .rights = RIGHTS_FILES,
	.run = run,
};
// clang-format on
