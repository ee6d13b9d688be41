/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policies: reading the lines of a file, and putting each to a ruleset. */
#include <fwlint/ask_policy.h>

#define LINES_MAX 10000

static const struct word {
	const char *name;
	unsigned verdicts;
} verdict_words_list[] = {
	{ "accept", 1u << VERDICT_ACCEPT },
	{ "drop", 1u << VERDICT_DROP },
	{ "reject", 1u << VERDICT_REJECT },
	{ "block", 1u << VERDICT_DROP | 1u << VERDICT_REJECT },
};

/* ---- reading ---- */

struct reading {
	const struct source *source;
	struct diags *diags;
	struct arena *arena;
	struct str rest; /* of the line */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct str take_word(struct reading *r)
{
	while (r->rest.n && is_blank(*r->rest.p)) {
		r->rest.p++;
		r->rest.n--;
	}
	struct str word = { r->rest.p, 0 };
	while (word.n < r->rest.n && !is_blank(word.p[word.n]))
		word.n++;
	r->rest.p += word.n;
	r->rest.n -= word.n;
	return word;
}

/* Without a comment, which begins at a # outside of quotes. */
static struct str without_comment(struct str line)
{
	bool quoted = false;
	for (size_t i = 0; i < line.n; i++) {
		if (line.p[i] == '"')
			quoted = !quoted;
		if (line.p[i] == '#' && !quoted && (!i || is_blank(line.p[i - 1])))
			line.n = i;
	}
	return str_trim(line);
}

static struct span span_of(const struct reading *r, struct str s)
{
	return source_span(r->source, s);
}

static void unknown_word(struct reading *r, struct str word)
{
	struct near n = { .word = word };
	near_try(&n, "some");
	near_try(&n, "same");
	for (unsigned i = 0; i < ARRAY_SIZE(verdict_words_list); i++)
		near_try(&n, verdict_words_list[i].name);
	diag_add(r->diags, span_of(r, word), ERROR_QUESTION,
		 "'%.*s' is not a test: expected accept, drop, reject, block, some or same%s",
		 STR_FMT(word), near_question(&n, r->arena));
}

static bool read_same(struct reading *r, struct policy_test *t)
{
	t->kind = POLICY_SAME;
	t->file = str_trim(r->rest);
	if (t->file.n > 1 && t->file.p[0] == '"' && t->file.p[t->file.n - 1] == '"')
		t->file = (struct str){ t->file.p + 1, t->file.n - 2 };
	if (!t->file.n)
		diag_add(r->diags, t->span, ERROR_QUESTION,
			 "expected the file of a ruleset after 'same'");
	return t->file.n;
}

static bool read_test(struct reading *r, struct policy_test *t)
{
	struct str word = take_word(r);
	if (str_is(word, "same"))
		return read_same(r, t);
	t->kind = str_is(word, "some") ? POLICY_SOME : POLICY_ALL;
	if (t->kind == POLICY_SOME)
		word = take_word(r);
	for (unsigned i = 0; i < ARRAY_SIZE(verdict_words_list); i++)
		if (str_is(word, verdict_words_list[i].name))
			t->verdicts = verdict_words_list[i].verdicts;
	if (!word.n)
		diag_add(r->diags, t->span, ERROR_QUESTION,
			 "expected after 'some': accept, drop, reject or block");
	else if (!t->verdicts)
		unknown_word(r, word);
	t->match = (struct span){ t->span.off + t->span.len - (uint32_t)r->rest.n,
				  (uint32_t)r->rest.n };
	return t->verdicts;
}

struct policy_tests policy_read(const struct source *s, struct arena *a, struct diags *diags)
{
	struct policy_tests out = { .source = s };
	struct str rest = { s->text, s->len };
	for (uint32_t number = 1; rest.p && rest.n; number++) {
		struct str text = without_comment(str_cut(&rest, '\n'));
		struct reading r = { s, diags, a, text };
		if (!text.n)
			continue;
		struct policy_test t = { .line = number, .text = text, .span = span_of(&r, text) };
		if (out.n == LINES_MAX) {
			diag_add(diags, t.span, ERROR_QUESTION, "more than %d tests", LINES_MAX);
			break;
		}
		if (read_test(&r, &t))
			vec_push(a, &out, t);
	}
	return out;
}

/* ---- asking ---- */

static void show(struct policy_result *r, const struct ruleset *rs, enum path p,
		 const struct packet *sample, struct arena *a)
{
	r->has_sample = true;
	r->ruleset = rs;
	r->path = p;
	r->sample = *sample;
	r->trace = packet_trace(rs, p, sample, a);
	r->sample.relied_on = r->trace.relied_on;
}

static void ask_same(struct policy_result *r, const struct ruleset *rs, const struct ruleset *other,
		     struct arena *a)
{
	struct comparison c = flow_compare_translated(other, rs, a);
	r->gave_up = c.gave_up;
	r->held = !c.n && !c.gave_up;
	if (!c.n)
		return;
	r->old = c.items[0].old;
	show(r, c.pair.new, c.items[0].path, &c.items[0].sample, a);
}

static void ask_match(struct policy_result *r, const struct ask_question *q, struct arena *a)
{
	const struct policy_test *t = r->test;
	struct ask_answer answer = ask_classes(q, a);
	const struct ask_class *wanted = NULL, *other = NULL;
	r->gave_up = answer.gave_up;
	for (size_t i = answer.n; i-- > 0;) {
		bool fits = t->verdicts >> answer.items[i].verdict.kind & 1;
		*(fits ? &wanted : &other) = &answer.items[i];
	}
	r->held = !r->gave_up && (t->kind == POLICY_ALL ? !other : wanted != NULL);
	if (!r->held && !r->gave_up && other)
		show(r, answer.ruleset, other->path, &other->sample, a);
}

struct policy_result policy_ask(const struct policy_tests *all, const struct policy_test *t,
				const struct ruleset *rs, const struct ruleset *other,
				struct arena *a, struct diags *diags)
{
	struct policy_result r = { .test = t, .ruleset = rs };
	struct ask_question q;
	if (t->kind == POLICY_SAME)
		ask_same(&r, rs, other, a);
	else if (ask_read(rs, all->source, t->match, a, diags, &q))
		ask_match(&r, &q, a);
	return r;
}
