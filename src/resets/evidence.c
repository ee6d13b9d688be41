/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The evidence in words: the strongest first. */
#include "facts.h"

struct lines {
	struct arena *arena;
	struct reset *reset;
};

static void add(struct lines *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void add(struct lines *l, const char *fmt, ...)
{
	va_list ap;
	if (l->reset->n_evidence == EVIDENCE_MAX)
		return;
	va_start(ap, fmt);
	l->reset->evidence[l->reset->n_evidence++] = arena_vprintf(l->arena, fmt, ap);
	va_end(ap);
}

#define FRAME(n) ((unsigned long long)(n))

static const char *seconds(int64_t ns, struct arena *a)
{
	double s = (double)ns / (double)SECOND;
	return arena_printf(a, s < 10 ? "%.1f s" : "%.0f s", s);
}

static const char *flags_words(uint8_t flags, struct arena *a)
{
	return flags ? field_print(FIELD_TCP_FLAGS, flags, a) : "no flags";
}

/* ---- the segment that it answers ---- */

static void say_state(struct lines *l, const struct facts *f)
{
	const struct seen *p = &f->provoking;
	char words[TRACK_SENTENCE_MAX];
	struct track_answer a = { .state = (enum track_state)p->state,
				  .reason = (enum track_reason)p->reason,
				  .gone = (enum track_gone)p->gone,
				  .timeout = p->timeout,
				  .tcp_before = p->tcp_before,
				  .flags = p->flags };
	if (a.reason == TRACK_NO_ENTRY || a.reason == TRACK_PICKED_UP) {
		a.idle = p->idle;
	} else {
		a.number = p->number;
		a.bound = p->bound;
	}
	bool is_first = p->reason == TRACK_PICKED_UP && p->gone == TRACK_NEVER;
	if (f->was_lost)
		add(l,
		    "frame %llu: %s in mid-stream, which the firewall no longer knew: with its "
		    "entry in conntrack the rule would not have matched",
		    FRAME(p->frame), flags_words(p->flags, l->arena));
	else if (f->was_known && f->cause == CAUSE_FIREWALL_RULE && !is_invalid(p))
		add(l,
		    "frame %llu: %s of a connection that conntrack knew before: its window cannot "
		    "be seen from here on",
		    FRAME(p->frame), flags_words(p->flags, l->arena));
	else if (is_first)
		add(l, "frame %llu: %s, the first of the connection that was captured",
		    FRAME(p->frame), flags_words(p->flags, l->arena));
	else
		add(l, "frame %llu: %s, %s to connection tracking: %s", FRAME(p->frame),
		    flags_words(p->flags, l->arena), track_state_name(a.state),
		    track_sentence(&a, words));
}

static void say_answer(struct lines *l, const struct facts *f)
{
	const char *plain = f->is_plain ? ", window 0, no options" : "";
	if (f->shape == SHAPE_REPLY)
		add(l, "it answers frame %llu: its SEQ is that frame's ACK%s",
		    FRAME(f->provoking.frame), plain);
	else if (f->shape == SHAPE_REPLY_SYN && f->has_provoking)
		add(l, "it answers frame %llu (%s): RST,ACK, SEQ 0%s", FRAME(f->provoking.frame),
		    flags_words(f->provoking.flags, l->arena), plain);
	else if (f->shape == SHAPE_OF_SOCKET)
		add(l, "RST,ACK with the next SEQ of the stream: %s",
		    f->has_stamp ? "with timestamps, as a socket sends it"
				 : "no timestamps option");
	else
		add(l, "it answers no segment that was captured");
}

static void say_loss(struct lines *l, const struct facts *f)
{
	if (f->late_frame)
		add(l, "frame %llu: an older segment came late, after loss or reordering",
		    FRAME(f->late_frame));
	if (f->hole_frame)
		add(l, "frame %llu: %lu %s before it %s lost or not captured", FRAME(f->hole_frame),
		    (unsigned long)f->hole, f->hole == 1 ? "byte" : "bytes",
		    f->hole == 1 ? "was" : "were");
	if (f->repeat_frame && f->repeat_frame != f->late_frame)
		add(l, "frame %llu: a retransmission", FRAME(f->repeat_frame));
}

/* ---- likeness ---- */

static void say_ttl(struct lines *l, const struct facts *f)
{
	const char *name = f->source.family == 6 ? "hop limit" : "TTL";
	const char *who = f->usual_of_host ? "the other packets of this host"
					   : "the segments of its stream";
	if (f->ttl_like == LIKE_DIFFERENT)
		add(l, "%s %u, but %s have %u (frame %llu)", name, f->ttl, who, f->usual.ttl,
		    FRAME(f->usual.frame));
	if (f->ttl_like == LIKE_SAME)
		add(l, "%s %u, as %s (frame %llu)", name, f->ttl, who, FRAME(f->usual.frame));
	if (f->ttl_like == LIKE_UNKNOWN && f->cause == CAUSE_UNKNOWN)
		add(l, "nothing else of its sender was captured to compare %s %u with", name,
		    f->ttl);
}

static void say_likeness(struct lines *l, const struct facts *f)
{
	say_ttl(l, f);
	if (f->id_like == LIKE_DIFFERENT)
		add(l, "IP ID %u, but its stream is at %u", f->ip_id, f->id_before);
	if (f->id_like == LIKE_SAME)
		add(l, "IP ID %u, in line with its stream", f->ip_id);
	if (f->stamp_like == LIKE_DIFFERENT)
		add(l, f->has_stamp ? "its timestamp is out of line with its stream"
				    : "no timestamps option, which its stream has");
	if (f->mac_like == LIKE_DIFFERENT)
		add(l, "it came from MAC %s, its stream from %s (frame %llu)",
		    mac_print(f->mac, l->arena), mac_print(f->sender_mac, l->arena),
		    FRAME(f->sender_mac_frame));
	if (f->label_like == LIKE_DIFFERENT)
		add(l, "flow label 0, which other packets of its sender do not have");
}

static void say_after(struct lines *l, const struct facts *f)
{
	if (f->answer_frame)
		add(l, "frame %llu: its sender accepts the connection all the same: SYN,ACK",
		    FRAME(f->answer_frame));
	if (f->goes_on_frame)
		add(l, "frame %llu: its sender goes on with the stream: it did not send the reset",
		    FRAME(f->goes_on_frame));
}

/* ---- time ---- */

static void say_silence(struct lines *l, const struct facts *f)
{
	if (f->silence < SECOND)
		return;
	const char *length = seconds(f->silence, l->arena);
	if (f->silence_to == f->frame)
		add(l,
		    "silence of %s before it, and no segment that it answers: the program's own "
		    "time-out",
		    length);
	else
		add(l, "silence of %s before frame %llu (since frame %llu)", length,
		    FRAME(f->silence_to), FRAME(f->silence_from));
	if (f->usual_gap >= SECOND)
		add(l, "it survived a silence of %s before", seconds(f->usual_gap, l->arena));
	if (f->cause == CAUSE_IDLE && f->crowd > 1)
		add(l, "the same silence, within a tenth, before %u resets", f->crowd);
}

/* ---- by cause ---- */

static void say_place(struct lines *l, const struct resets *r, const struct facts *f)
{
	if (is_made_here(f))
		add(l, "it left the capturing host but never came in; the stream of its sender did "
		       "come in");
	else if (is_made_between(r, f))
		add(l, "the other capture does not have it%s%s: it was made between the two",
		    f->other_has_provoking ? "" : ", nor the segment that it answers",
		    f->other_has_stream ? ", but has the stream of its sender" : "");
	if (f->translated)
		add(l, "addresses are translated: the other capture has it as %s:%u -> %s:%u",
		    address_print(&f->translated->source, l->arena), f->translated->sport,
		    address_print(&f->translated->destination, l->arena), f->translated->dport);
}

const char *reset_rule_words(const struct resets *r, const struct rule *rule, struct arena *a)
{
	const struct source *s = r->rules->source;
	struct str text = str_trim(source_view(s, rule->span));
	uint32_t line, column;
	source_pos(s, rule->span.off, &line, &column);
	return arena_printf(a, "%s:%u, chain %.*s: %.*s", source_file_at(s, rule->span.off)->name,
			    line, STR_FMT(rule->chain->name), STR_FMT(text));
}

static void say_rule(struct lines *l, const struct resets *r, const struct facts *f)
{
	if (f->rule)
		add(l, "%s (%s)", reset_rule_words(r, f->rule, l->arena), f->path);
	else if (f->path)
		add(l, "the rules reset it (%s), but which rule depends on the interface", f->path);
	if (f->assumed)
		add(l, "assumed: %s", f->assumed);
}

static void say_conflict(struct lines *l, const struct resets *r, const struct facts *f)
{
	const struct host *h = hosts_get(r->hosts, &f->source, false);
	if (f->conflict && h)
		add(l, "%s is claimed by %s (frame %llu) and by %s (frame %llu)",
		    address_print(&f->source, l->arena), mac_print(h->claims[0].mac, l->arena),
		    FRAME(f->conflict_frames[0]), mac_print(h->claims[1].mac, l->arena),
		    FRAME(f->conflict_frames[1]));
}

static void say_endpoint(struct lines *l, const struct resets *r, const struct facts *f)
{
	if (f->fin_frame)
		add(l, "frame %llu: its sender had closed the connection: FIN",
		    FRAME(f->fin_frame));
	if (f->earlier != NO_RESET)
		add(l, "frame %llu: the connection had been reset before",
		    FRAME(r->items.items[f->earlier].frame));
	if (f->cause == CAUSE_HALF_OPEN)
		add(l, "its sender never sent a FIN");
	if (f->is_by_router && f->is_near && f->cause == CAUSE_MIDDLEBOX)
		add(l,
		    "MAC %s is that of a router: %s is in another network, but the %s is that of a "
		    "packet that passed no router",
		    mac_print(f->mac, l->arena), address_print(&f->source, l->arena),
		    f->source.family == 6 ? "hop limit" : "TTL");
}

void evidence_of(const struct resets *r, const struct facts *f, struct arena *a, struct reset *ret)
{
	struct lines l = { a, ret };
	if (f->copy_of != NO_RESET) {
		const struct facts *first = &r->items.items[f->copy_of];
		add(&l, "it is the reset of frame %llu, further on its way", FRAME(first->frame));
		evidence_of(r, first, a, ret);
		return;
	}
	if (f->cause == CAUSE_FIREWALL_RULE && f->has_provoking)
		say_state(&l, f);
	say_conflict(&l, r, f);
	say_place(&l, r, f);
	say_after(&l, f);
	if (f->cause == CAUSE_EVICTION)
		add(&l, "%u connections were reset at once, some of them without a silence",
		    f->crowd);
	if (r->n_evicted && (f->cause == CAUSE_EVICTION || f->why == WHY_LOST_ENTRY))
		add(&l, "connection tracking here is full: it evicted %llu entries meanwhile",
		    (unsigned long long)r->n_evicted);
	if (f->cause == CAUSE_IDLE)
		say_silence(&l, f);
	say_answer(&l, f);
	say_likeness(&l, f);
	say_endpoint(&l, r, f);
	if (f->cause != CAUSE_FIREWALL_RULE && f->has_provoking && is_invalid(&f->provoking))
		say_state(&l, f);
	say_rule(&l, r, f);
	if (f->cause != CAUSE_IDLE)
		say_silence(&l, f);
	say_loss(&l, f);
}
