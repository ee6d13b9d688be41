/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each packet of a question lies in just one class of the answer, which has the verdict that the
 * plain interpreter gives it; other packets lie in none. The words of a class are read again.
 */
#include "property_parts.h"
#include "random_translation.h"

#include <fwlint/ask.h>

static const char *const questions[] = {
	"",
	"ct state new",
	"tcp dport 1-1024",
	"meta l4proto udp",
	"iifname \"eth0\"",
	"ip saddr 10.0.0.0/8",
	"tcp flags & (fin | syn | rst | ack) == syn ct state new",
	"tcp dport != { 22, 80 } ct state { established, invalid }",
	"meta mark & 0x3 != 0x1",
	"icmp type echo-request",
	"th dport 53 oifname \"wan0\"",
	"ct direction original ct mark 1",
	"meta pkttype { broadcast, multicast }",
};

struct counts {
	uint64_t packets, outside, classes, gave_up, words, elsewhere;
};

/* What is asked of one ruleset. */
struct asked {
	struct str text;
	struct ask_question question;
	struct ask_answer answer;
	struct ask_question *words; /* of each class, read again; none where it has assumptions */
	const struct flow *starts[PATH_COUNT][2]; /* by path and family */
	const struct cube *possible[PATH_COUNT][2][CT_STATE_COUNT];
	struct pktset sets[PATH_COUNT][2];  /* of the question */
	struct pktset *said[PATH_COUNT][2]; /* of the words of each class */
	struct arena *arena;
};

static struct ask_question read_words(struct str text, const struct ruleset *rs, const char *words,
				      struct arena *a)
{
	struct diags d = { .arena = a };
	struct ask_question q;
	size_t n = strlen(words);
	struct source *s = source_new(a, "question", words, n);
	if (!ask_read(rs, s, (struct span){ 0, (uint32_t)n }, a, &d, &q)) {
		printf("question: %s: %s\n", words, d.n ? d.items[0].message : "?");
		fail(text, "a question is not read", rs, NULL);
	}
	return q;
}

static bool is_in(const struct ask_answer *answer, const struct pktset *set, const u128 *point)
{
	for (size_t i = 0; i < set->n; i++)
		if (region_contains(&answer->space->dims, &set->items[i], point))
			return true;
	return false;
}

/* A walk of the path, for the packets that it begins with and the sets of questions. */
static void start(struct asked *q, unsigned path, unsigned family)
{
	const struct ruleset *rs = q->answer.ruleset;
	struct flow_options o = { .path = (enum path)path,
				  .family = (enum nfproto_value)family,
				  .state = STATE_EVERY,
				  .unmarked = ruleset_writes_mark(rs),
				  .translates = !q->answer.is_untranslated };
	const struct flow *f = flow_walk(rs, q->answer.space, &o, q->arena);
	q->starts[path][family] = f;
	q->sets[path][family] = flow_question_set(f, q->question.part.rule, q->arena);
	q->said[path][family] = arena_new_array(q->arena, struct pktset, q->answer.n + 1);
	for (unsigned s = 0; s < CT_STATE_COUNT; s++)
		q->possible[path][family][s] = flow_possible(f, (enum ct_state)s, q->arena);
	for (size_t i = 0; i < q->answer.n; i++)
		if (q->words[i].part.rule)
			q->said[path][family][i] = flow_question_set(f, q->words[i].part.rule,
								     q->arena);
}

static bool is_class_of(const struct ask_class *c, enum path path, unsigned family)
{
	return c->path == path && c->families >> family & 1;
}

/* How many classes hold the packet, each with its verdict and words that say the same. */
static unsigned count_classes(struct asked *q, enum path path, struct packet *p, const u128 *point,
			      struct counts *n)
{
	const struct ask_answer *answer = &q->answer;
	unsigned in = 0, family = (unsigned)p->v[FIELD_NFPROTO];
	struct arena *a = arena_new();
	struct trace t = packet_trace(answer->ruleset, path, p, a);
	for (size_t i = 0; i < answer->n; i++) {
		const struct ask_class *c = &answer->items[i];
		bool is_here = is_class_of(c, path, family) &&
			       region_contains(&answer->space->dims, &c->set, point);
		bool is_said = is_class_of(c, path, family) && q->words[i].part.rule &&
			       is_in(answer, &q->said[path][family][i], point);
		in += is_here;
		n->words += is_said;
		if (is_here && !verdict_equal(&c->verdict, &t.verdict)) {
			printf("class: %s\n", c->match);
			fail(q->text, "a class has another verdict than its packet",
			     answer->ruleset, p);
		}
		if (q->words[i].part.rule && is_here != is_said) {
			printf("class: %s (%s)\n", c->match,
			       is_here ? "it is in the class" : "its words hold");
			fail(q->text, "the words of a class are of other packets", answer->ruleset,
			     p);
		}
	}
	arena_free(a);
	return in;
}

static void check_packet(struct asked *q, enum path path, struct packet *p, u128 *point,
			 struct counts *n, struct arena *scratch)
{
	const struct ask_answer *answer = &q->answer;
	unsigned family = (unsigned)p->v[FIELD_NFPROTO];
	if (!q->starts[path][family])
		start(q, path, family);
	p->v[FIELD_FRAGMENT] = 0;
	p->v[FIELD_MARK] = q->starts[path][family]->options.unmarked ? 0 : p->v[FIELD_MARK];
	if (p->v[FIELD_TTL] < 2)
		p->v[FIELD_TTL] = 64;
	if (q->starts[path][family]->options.translates)
		set_random_picks(p, answer->ruleset, scratch);
	packet_point(q->starts[path][family], p, point);
	struct region r = { .cube = q->possible[path][family][p->v[FIELD_CT_STATE]] };
	if (!region_contains(&answer->space->dims, &r, point))
		return;
	bool is_elsewhere = is_in(answer, &q->starts[path][family]->elsewhere, point);
	bool is_asked = is_in(answer, &q->sets[path][family], point) && !is_elsewhere;
	n->elsewhere += is_elsewhere;
	if (!is_asked) {
		n->outside++;
		return;
	}
	unsigned in = count_classes(q, path, p, point, n);
	n->packets++;
	if (in != 1)
		fail(q->text, in ? "a packet is in two classes" : "a packet is in no class",
		     answer->ruleset, p);
}

/* `is_v6`: of a ruleset that translates; else NULL */
static void check_question(struct str text, const struct ruleset *rs, const char *words,
			   uint32_t packets, const bool *is_v6, struct counts *n)
{
	struct arena *a = arena_new(), *scratch = arena_new();
	struct asked q = { .text = text, .arena = a };
	q.question = read_words(text, rs, words, a);
	q.answer = ask_classes(&q.question, a);
	n->classes += q.answer.n;
	n->gave_up += q.answer.gave_up != NULL;
	if (q.answer.gave_up && strstr(q.answer.gave_up, "sample"))
		fail(text, q.answer.gave_up, rs, NULL);
	q.words = arena_new_array(a, struct ask_question, q.answer.n + 1);
	for (size_t i = 0; i < q.answer.n && !q.answer.gave_up; i++) {
		struct ask_question again = read_words(text, q.answer.ruleset,
						       q.answer.items[i].match, a);
		if (!q.answer.items[i].assumes.n)
			q.words[i] = again;
	}
	u128 *point = arena_new_array(a, u128, q.answer.space->dims.n);
	for (uint32_t k = 0; k < packets && !q.answer.gave_up; k++) {
		enum path path = (enum path)random_below(N_PATHS);
		struct packet p = random_packet(q.answer.ruleset, path, scratch);
		if (is_v6)
			set_translated_addresses(&p, *is_v6);
		if (q.answer.families >> (unsigned)p.v[FIELD_NFPROTO] & 1)
			check_packet(&q, path, &p, point, n, scratch);
		arena_reset(scratch);
	}
	classes_sent(q.answer.gave_up ? 0 : packets);
	arena_free(scratch);
	arena_free(a);
}

int run_ask(uint32_t rulesets, uint32_t packets)
{
	struct counts n = { 0 };
	for (uint32_t i = 0; i < rulesets; i++) {
		struct arena *a = arena_new();
		bool translates = chance(30);
		bool is_v6 = translates && chance(50);
		struct str text = translates ? random_translation(a, strcmp(dialect, "nft") == 0,
								  is_v6)
					     : random_ruleset(a, false);
		struct ruleset *rs = read_text(text, a);
		check_question(text, rs, questions[random_below(ARRAY_SIZE(questions))], packets,
			       translates ? &is_v6 : NULL, &n);
		arena_free(a);
	}
	printf("%llu packets are in one of %llu classes, %llu in what its words say, %llu others "
	       "are not asked about; %llu are translated to where their path does not go; %llu "
	       "questions were given up\n",
	       (unsigned long long)n.packets, (unsigned long long)n.classes,
	       (unsigned long long)n.words, (unsigned long long)n.outside,
	       (unsigned long long)n.elsewhere, (unsigned long long)n.gave_up);
	return n.gave_up * 10 > rulesets || !n.packets || !n.words || !n.elsewhere;
}
