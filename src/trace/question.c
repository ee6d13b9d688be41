/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A packet that nft matches describe: of all packets that match, one that people would name. */
#include "trace.h"

#include <fwlint/dialect_match.h>

struct asked {
	const struct flow *flow;
	struct arena *arena;
	const struct region *regions[12];
	size_t n;
	struct packet *packet;
};

/* Kept if there is such a packet. */
static bool wish(struct asked *x, const struct cube *c)
{
	struct region *r = arena_new_one(x->arena, struct region);
	struct packet p;
	*r = (struct region){ .cube = c };
	x->regions[x->n] = r;
	if (!c || x->n + 1 >= ARRAY_SIZE(x->regions) ||
	    flow_pick(x->flow, x->regions, x->n + 1, x->arena, &p) != PICK_FOUND)
		return false;
	x->n++;
	*x->packet = p;
	return true;
}

static bool wish_value(struct asked *x, enum field f, u128 v)
{
	struct range *r = arena_new_one(x->arena, struct range);
	*r = (struct range){ v, v };
	return wish(x, flow_cube_ranges(x->arena, f, r, 1));
}

/* Makes it look like the first packet of a connection to a service. */
static void make_plausible(struct asked *x)
{
	FW_MAY_FAIL(wish_value(x, FIELD_CT_STATE, CT_STATE_NEW));
	FW_MAY_FAIL(wish_value(x, FIELD_L4PROTO, L4PROTO_TCP));
	FW_MAY_FAIL(x->packet->v[FIELD_CT_STATE] != CT_STATE_NEW ||
		    wish(x, flow_cube_mask(x->arena, FIELD_TCP_FLAGS, 0xff, TCP_SYN)));
	FW_MAY_FAIL(wish_value(x, FIELD_FRAGMENT, 0));
	FW_MAY_FAIL(wish_value(x, FIELD_DPORT, 443));
	FW_MAY_FAIL(wish_value(x, FIELD_SPORT, 40123));
	FW_MAY_FAIL(wish_value(x, FIELD_TTL, 64));
}

static void note_said(const struct match *m, uint32_t n, struct worded *out)
{
	for (uint32_t i = 0; i < n; i++)
		if (m[i].kind == MATCH_ANY || m[i].kind == MATCH_ALL)
			note_said(m[i].parts, m[i].n, out);
		else if (m[i].kind != MATCH_OPAQUE)
			out->said[m[i].field] = true;
}

/* Any of the paths and families: the first that has such a packet. */
static bool pick(const struct match_part *q, enum path wanted, struct arena *a, struct worded *out)
{
	static const enum path paths[] = { PATH_INPUT, PATH_FORWARD, PATH_OUTPUT };
	static const struct table nowhere = { .family = FAMILY_INET };
	static const struct chain any = { .table = &nowhere,
					  .is_base = true,
					  .hook = HOOK_FORWARD };
	struct ruleset *empty = arena_new_one(a, struct ruleset);
	*empty = *q->ruleset;
	empty->n_chains = empty->n = 0;
	for (unsigned i = 0; i < ARRAY_SIZE(paths) * 2; i++) {
		struct flow_options o = { .path = paths[i / 2],
					  .family = (enum nfproto_value)(i % 2),
					  .state = STATE_EVERY };
		if (wanted != PATH_UNKNOWN && path_direction(wanted) != o.path)
			continue;
		const struct flow *f = flow_walk(empty, flow_space_new(empty, a), &o, a);
		struct region start = { .cube = f->start };
		struct pktset set = flow_rule_set(f, &any, q->rule, SCOPE_WHOLE, a);
		for (size_t k = 0; k < set.n; k++) {
			struct asked x = { .flow = f, .arena = a, .packet = &out->packet };
			x.regions[0] = &start;
			x.regions[1] = &set.items[k];
			x.n = 2;
			if (flow_pick(f, x.regions, 2, a, &out->packet) != PICK_FOUND)
				continue;
			make_plausible(&x);
			return true;
		}
	}
	return false;
}

bool question_read(const struct ruleset *rs, struct source *text, enum path path, struct arena *a,
		   struct diags *diags, struct worded *ret, const struct ruleset **ret_rs)
{
	struct match_part q;
	if (!match_part_read(rs, text, a, diags, &q))
		return false;
	*ret = (struct worded){ 0 };
	if (!pick(&q, path, a, ret)) {
		diag_add(diags, (struct span){ text->items[0]->base, (uint32_t)text->len },
			 ERROR_QUESTION, "no packet matches this");
		return false;
	}
	note_said(q.rule->matches, q.rule->n_matches, ret);
	*ret_rs = q.ruleset;
	return true;
}
