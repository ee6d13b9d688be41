/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A packet that somebody describes: its way, how unknown tests could change that, and its answer.
 */
#include "trace.h"

#define TURNS_MAX 200

static struct followed follow(const struct guess *g, const struct packet *p,
			      const struct known_translation *known, struct arena *a)
{
	struct host h = assumed_host(g);
	struct follow_options o = { .path = g->traced->path, .host = &h };
	if (known)
		o.known = *known;
	return packet_follow(g->rs, p, &o, a);
}

static bool same_end(const struct translation *x, const struct translation *y)
{
	return (!x && !y) || (x && y && x->address == y->address && x->port == y->port);
}

/* The first step that the other way does not have. */
static const struct trace_step *decisive(const struct trace *way, const struct trace *other)
{
	size_t i = 0;
	while (i < other->n && i < way->n && other->items[i].rule == way->items[i].rule &&
	       other->items[i].base == way->items[i].base)
		i++;
	return i < other->n ? &other->items[i] : NULL;
}

/* Each test that was asked, answered the other way. */
static void try_turns(const struct guess *g, const struct known_translation *known, struct arena *a)
{
	struct traced *t = g->traced;
	size_t n = 0;
	for (uint32_t i = 0; i < t->packet.n_answers && n < TURNS_MAX; i++) {
		struct packet p = t->packet;
		bool *answers = arena_new_array(a, bool, p.n_answers);
		if (!t->way.met[i])
			continue;
		n++;
		memcpy(answers, p.answers, p.n_answers * sizeof(*answers));
		answers[i] = !answers[i];
		p.answers = answers;
		struct followed other = follow(g, &p, known, a);
		if (verdict_equal(&other.trace.verdict, &t->way.trace.verdict) &&
		    same_end(other.source, t->way.source) &&
		    same_end(other.destination, t->way.destination))
			continue;
		const struct trace_step *last = decisive(&t->way.trace, &other.trace);
		struct turn x = { i, answers[i], other.trace.verdict, last ? last->rule : NULL,
				  last ? last->base : NULL };
		vec_push(a, &t->turns, x);
	}
}

/* What it would be translated to, had it opened the connection that it is of. */
static const struct known_translation *of_connection(struct guess *g, struct arena *a)
{
	struct traced *t = g->traced;
	bool nat = false;
	for (size_t i = 0; i < g->rs->n_chains; i++)
		nat = nat || (g->rs->chains[i]->is_base && g->rs->chains[i]->type == CHAIN_NAT);
	if (!nat || t->packet.v[FIELD_CT_STATE] != CT_STATE_ESTABLISHED ||
	    t->packet.v[FIELD_CT_DIRECTION])
		return NULL;
	struct packet opener = t->packet;
	opener.v[FIELD_CT_STATE] = CT_STATE_NEW;
	opener.v[FIELD_CT_STATUS] = opener.v[FIELD_CT_MARK] = 0;
	if (opener.v[FIELD_L4PROTO] == L4PROTO_TCP)
		opener.v[FIELD_TCP_FLAGS] = TCP_SYN;
	struct followed way = follow(g, &opener, NULL, a);
	struct known_translation *k = arena_new_one(a, struct known_translation);
	*k = (struct known_translation){ way.destination, way.source };
	if (way.destination || way.source)
		vec_push(a, &t->assumed,
			 "its connection was opened under these rules, which translate it as they "
			 "do its first packet");
	return k;
}

/* ---- the answer ---- */

static const char *why_no_reply(const struct traced *t)
{
	if (t->way.trace.verdict.kind != VERDICT_ACCEPT)
		return "the packet is not accepted";
	if (t->packet.v[FIELD_CT_STATE] != CT_STATE_NEW &&
	    t->packet.v[FIELD_CT_STATE] != CT_STATE_ESTABLISHED)
		return "the packet belongs to no connection that could be answered";
	return NULL;
}

/* The answer comes from where the packet went, and goes to where that seemed to come from. */
static struct packet answer_of(const struct traced *t, enum nfproto_value family)
{
	const u128 *v = t->way.last.v;
	struct packet p = t->packet;
	enum field source = address_field(family, END_SOURCE),
		   destination = address_field(family, END_DESTINATION);
	p.v[source] = v[destination];
	p.v[destination] = v[source];
	p.v[FIELD_SPORT] = v[FIELD_DPORT];
	p.v[FIELD_DPORT] = v[FIELD_SPORT];
	p.v[FIELD_IIFNAME] = v[FIELD_OIFNAME];
	p.v[FIELD_OIFNAME] = t->packet.v[FIELD_IIFNAME];
	if (t->way.was_looped)
		p.v[FIELD_OIFNAME] = p.v[FIELD_IIFNAME] = ifname_value(STR("lo"));
	p.v[FIELD_CT_STATE] = CT_STATE_ESTABLISHED;
	p.v[FIELD_CT_DIRECTION] = 1;
	p.v[FIELD_CT_MARK] = v[FIELD_CT_MARK];
	p.v[FIELD_CT_STATUS] = CT_STATUS_SEEN_REPLY | CT_STATUS_CONFIRMED |
			       (v[FIELD_CT_STATUS] & (CT_STATUS_SNAT | CT_STATUS_DNAT));
	p.v[FIELD_MARK] = 0;
	if (p.v[FIELD_L4PROTO] == L4PROTO_TCP)
		p.v[FIELD_TCP_FLAGS] = t->packet.v[FIELD_TCP_FLAGS] & TCP_SYN ? TCP_SYN | TCP_ACK
									      : TCP_ACK;
	if (p.v[FIELD_L4PROTO] == L4PROTO_ICMP && p.v[FIELD_ICMP_TYPE] == 8)
		p.v[FIELD_ICMP_TYPE] = 0;
	if (p.v[FIELD_L4PROTO] == L4PROTO_ICMPV6 && p.v[FIELD_ICMP_TYPE] == 128)
		p.v[FIELD_ICMP_TYPE] = 129;
	p.v[FIELD_TTL] = 64;
	return p;
}

static struct translation *undone(const struct traced *t, enum nfproto_value family,
				  enum packet_end end, enum packet_end of, struct arena *a)
{
	struct translation *x = arena_new_one(a, struct translation);
	*x = (struct translation){ .end = end,
				   .address = t->packet.v[address_field(family, of)],
				   .port = t->packet.v[port_field(of)],
				   .has_port = l4proto_has_ports(t->packet.v[FIELD_L4PROTO]),
				   .is_undone = true };
	return x;
}

static void trace_reply(struct guess *g, struct arena *a)
{
	struct traced *t = g->traced;
	t->no_reply = why_no_reply(t);
	if (t->no_reply)
		return;
	struct traced *reply = arena_new_one(a, struct traced);
	enum path to = path_direction(t->way.path);
	bool loops = t->way.was_looped;
	*reply = (struct traced){ .ruleset = t->ruleset,
				  .packet = answer_of(t, g->family),
				  .path = to == PATH_FORWARD          ? PATH_FORWARD
					  : to == PATH_INPUT || loops ? PATH_OUTPUT
								      : PATH_INPUT,
				  .is_reply = true };
	if (reply->path == PATH_OUTPUT)
		reply->packet.v[FIELD_IIFNAME] = 0;
	if (reply->path == PATH_INPUT)
		reply->packet.v[FIELD_OIFNAME] = 0;
	struct known_translation k = { 0 };
	if (t->way.source)
		k.destination = undone(t, g->family, END_DESTINATION, END_SOURCE, a);
	if (t->way.destination)
		k.source = undone(t, g->family, END_SOURCE, END_DESTINATION, a);
	struct guess of_reply = *g;
	of_reply.traced = reply;
	reply->way = follow(&of_reply, &reply->packet, &k, a);
	try_turns(&of_reply, &k, a);
	t->reply = reply;
}

bool trace_packet(const struct ruleset *rs, struct source *text, const struct trace_request *o,
		  struct arena *a, struct diags *diags, struct traced *ret)
{
	struct worded w;
	struct traced t = { .ruleset = rs };
	struct guess g = { .request = o, .traced = ret };
	bool read = words_are_packet((struct str){ text->text, text->len })
			    ? words_read(rs, text, a, diags, &w)
			    : question_read(rs, text, o->path, a, diags, &w, &t.ruleset);
	if (!read)
		return false;
	*ret = t;
	g.rs = ret->ruleset;
	assume_packet(&g, &w, a);
	const struct known_translation *known = of_connection(&g, a);
	ret->way = follow(&g, &ret->packet, known, a);
	assume_way(&g, &ret->way, a);
	try_turns(&g, known, a);
	ret->packet.relied_on = ret->way.trace.relied_on;
	if (o->reply)
		trace_reply(&g, a);
	return true;
}
