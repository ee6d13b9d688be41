/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A lane as SVG: its base chains from left to right, below each the chains that it jumps to, as a
 * tree, and the ways of the two kinds of packets between them.
 */
#include "page.h"
#include "problem.h"

#define BOX_WIDTH 250
#define GAP 80
#define LEFT 110      /* of the first box */
#define TOP 24        /* of the base chains */
#define INDENT 20     /* of a called chain */
#define LETTER 7      /* of a pill, in its width */
#define DRAWN_MAX 160 /* chains in a lane */
#define CALLS_MAX 400 /* further jumps to a chain that is drawn */

/* ---- where packets end in a chain ---- */

enum end {
	END_ACCEPT,
	END_DROP,
	END_REJECT,
	END_RESET,
	END_QUEUE,
	END_STOLEN,
	END_POLICY_ACCEPT,
	END_POLICY_DROP,
	END_KINDS
};

static const struct {
	const char *words, *class;
} ends[END_KINDS] = {
	[END_ACCEPT] = { "accept", "accept" },
	[END_DROP] = { "drop", "drop" },
	[END_REJECT] = { "reject", "reject" },
	[END_RESET] = { "tcp reset", "reset" },
	[END_QUEUE] = { "queue", "queue" },
	[END_STOLEN] = { "stolen", "drop" },
	[END_POLICY_ACCEPT] = { "policy accept", "accept" },
	[END_POLICY_DROP] = { "policy drop", "drop" },
};

static enum end end_of(const struct verdict *v)
{
	switch (v->kind) {
	case VERDICT_ACCEPT: return END_ACCEPT;
	case VERDICT_DROP: return END_DROP;
	case VERDICT_REJECT: return v->tcp_reset ? END_RESET : END_REJECT;
	case VERDICT_QUEUE: return END_QUEUE;
	case VERDICT_STOLEN: return END_STOLEN;
	case VERDICT_CONTINUE:
	case VERDICT_RETURN:
	case VERDICT_JUMP:
	case VERDICT_GOTO: break;
	}
	return END_KINDS;
}

/* ---- boxes ---- */

struct box {
	const struct chain *chain;
	size_t parent; /* the number of the parent box; a base chain is its own parent */
	unsigned x, y, height;
	bool is_there[END_KINDS];
	unsigned char states[END_KINDS];
};

struct picture {
	const struct page *page;
	const struct lane *lane;
	FILE *out;
	VEC(struct box) boxes;
	size_t *box_of; /* by chain id: the number of its box, from 1; 0: none */
	size_t left_out;
	unsigned width, height;
};

static unsigned pill_width(const struct box *b, enum end e)
{
	unsigned letters = (b->states[e] & 1u) + (b->states[e] >> 1);
	return (unsigned)(strlen(ends[e].words) + 2 + 2 * letters) * LETTER;
}

static void weigh(const struct picture *pic, struct box *b)
{
	const struct chain *c = b->chain;
	unsigned x = 0, rows = 0;
	for (size_t i = 0; i < c->n; i++) {
		enum end e = end_of(&c->items[i]->verdict);
		if (e == END_KINDS)
			continue;
		b->is_there[e] = true;
		b->states[e] |= pic->lane->rules[c->items[i]->id];
	}
	if (c->is_base) {
		enum end e = c->policy == POLICY_DROP ? END_POLICY_DROP : END_POLICY_ACCEPT;
		b->is_there[e] = true;
		b->states[e] |= pic->lane->policies[c->id];
	}
	for (enum end e = END_ACCEPT; e < END_KINDS; e++) {
		unsigned w = b->is_there[e] ? pill_width(b, e) + 6 : 0;
		rows += w && (!rows || x + w > BOX_WIDTH - 16);
		x = w && x + w > BOX_WIDTH - 16 ? w : x + w;
	}
	b->height = 42 + 22 * rows;
}

/* Places a chain and what it jumps to, from `y` on; returns where the next one may begin. */
static unsigned place(struct picture *pic, const struct chain *c, size_t parent, unsigned x,
		      unsigned y)
{
	if (pic->boxes.n >= DRAWN_MAX) {
		pic->left_out++;
		return y;
	}
	size_t at = pic->boxes.n;
	struct box b = { .chain = c, .parent = parent == SIZE_MAX ? at : parent, .x = x, .y = y };
	weigh(pic, &b);
	vec_push(pic->page->arena, &pic->boxes, b);
	pic->box_of[c->id] = at + 1;
	pic->width = x + BOX_WIDTH > pic->width ? x + BOX_WIDTH : pic->width;
	y += b.height + 12;
	for (size_t i = 0; i < c->n; i++) {
		const struct chain *target = c->items[i]->verdict.target;
		if (target && !pic->box_of[target->id])
			y = place(pic, target, at, x + INDENT, y);
	}
	return y;
}

static void place_all(struct picture *pic)
{
	unsigned x = LEFT;
	for (size_t i = 0; i < pic->lane->n; i++) {
		pic->width = 0;
		unsigned y = place(pic, pic->lane->bases[i], SIZE_MAX, x, TOP);
		pic->height = y > pic->height ? y : pic->height;
		x = pic->width + GAP;
	}
	pic->width = x + 80;
}

/* ---- drawing ---- */

/* Draws parallel lines: one for each kind of packets that takes this way. */
static void draw_ways(const struct picture *pic, unsigned states, unsigned x1, unsigned y,
		      unsigned x2)
{
	if (x2 <= x1)
		return;
	for (unsigned s = 0; s < PAGE_STATES; s++)
		if (states & 1u << s)
			say(pic->out, "<path class=\"way w%s\" d=\"M%u %uH%u\"/>\n", page_letter[s],
			    x1, y + 8 * s, x2);
}

static void draw_pills(const struct picture *pic, const struct box *b)
{
	unsigned x = b->x + 8, y = b->y + 40;
	for (enum end e = END_ACCEPT; e < END_KINDS; e++) {
		if (!b->is_there[e])
			continue;
		unsigned w = pill_width(b, e);
		if (x + w > b->x + BOX_WIDTH - 8) {
			x = b->x + 8;
			y += 22;
		}
		say(pic->out,
		    "<g%s><rect class=\"pill %s\" x=\"%u\" y=\"%u\" width=\"%u\" height=\"18\" "
		    "rx=\"9\"/>",
		    b->states[e] ? "" : " class=\"off\"", ends[e].class, x, y, w);
		say(pic->out, "<text x=\"%u\" y=\"%u\">%s", x + LETTER, y + 13, ends[e].words);
		page_letters(pic->out, b->states[e], "tspan");
		say(pic->out, "</text></g>\n");
		x += w + 6;
	}
}

static const char *shortened(const struct picture *pic, struct str name)
{
	struct arena *a = pic->page->arena;
	size_t n = 30;
	if (name.n <= n + 2)
		return arena_strndup(a, name.p, name.n);
	while (n && ((unsigned char)name.p[n] & 0xc0) == 0x80) /* between characters */
		n--;
	return arena_printf(a, "%.*s…", (int)n, name.p);
}

static void draw_box(const struct picture *pic, const struct box *b)
{
	const struct chain *c = b->chain;
	uint32_t off = c->span.len ? c->span.off : c->n ? c->items[0]->span.off : c->span.off;
	bool is_used = c->is_base || pic->lane->chains[c->id];
	say(pic->out, "<a href=\"#%s\"><g data-chain=\"%u\"%s><title>",
	    page_line_id(pic->page, off), c->id, is_used ? "" : " class=\"off\"");
	page_words(pic->page, c->name);
	say(pic->out,
	    "</title><rect class=\"box\" x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" rx=\"6\"/>\n",
	    b->x, b->y, BOX_WIDTH, b->height);
	say(pic->out, "<text class=\"name\" x=\"%u\" y=\"%u\">", b->x + 8, b->y + 16);
	say_xml(pic->out, shortened(pic, c->name));
	page_letters(pic->out, pic->lane->chains[c->id], "tspan");
	say(pic->out, "</text>\n<text class=\"small\" x=\"%u\" y=\"%u\">", b->x + 8, b->y + 32);
	if (c->is_base) {
		say(pic->out, "%s ", family_name(c->table->family));
		say_xml(pic->out, shortened(pic, c->table->name));
		say(pic->out, ", %s, priority %d, ", hook_name(c->hook), c->priority);
	}
	say(pic->out, "%zu rule%s</text>\n", c->n, c->n == 1 ? "" : "s");
	draw_pills(pic, b);
	say(pic->out, "</g></a>\n");
}

/* The packets that one chain sends to another. */
static unsigned called_with(const struct picture *pic, const struct chain *from,
			    const struct chain *to)
{
	unsigned states = 0;
	for (size_t i = 0; i < from->n; i++)
		if (from->items[i]->verdict.target == to)
			states |= pic->lane->rules[from->items[i]->id];
	return states;
}

/* From the box of the calling chain down to that of the called one. */
static void draw_call(const struct picture *pic, const struct box *from, const struct box *to)
{
	unsigned states = called_with(pic, from->chain, to->chain);
	unsigned x = from->x + 6, y1 = from->y + from->height, y2 = to->y + 14;
	say(pic->out, "<path class=\"call\" data-call=\"%u-%u\" d=\"M%u %uV%uH%u\"/>\n",
	    from->chain->id, to->chain->id, x, y1, y2, to->x);
	for (unsigned s = 0; s < PAGE_STATES; s++)
		if (states & 1u << s)
			say(pic->out, "<path class=\"way w%s\" d=\"M%u %uV%uH%u\"/>\n",
			    page_letter[s], x + 4 * s, y1, y2 + 4 * s, to->x);
}

/* A further jump to a chain that is drawn below another one. */
static void draw_further(const struct picture *pic, const struct box *from, const struct box *to)
{
	unsigned x1 = from->x + BOX_WIDTH, x2 = to->x + BOX_WIDTH;
	unsigned y1 = from->y + from->height - 8, y2 = to->y + 14;
	unsigned x = (x1 > x2 ? x1 : x2) + 36;
	say(pic->out, "<path class=\"call\" data-call=\"%u-%u\" d=\"M%u %uC%u %u %u %u %u %u\"/>\n",
	    from->chain->id, to->chain->id, x1, y1, x, y1, x, y2, x2, y2);
}

static void draw_calls(const struct picture *pic)
{
	size_t n = 0;
	for (size_t i = 0; i < pic->boxes.n; i++) {
		const struct box *b = &pic->boxes.items[i];
		if (b->parent != i)
			draw_call(pic, &pic->boxes.items[b->parent], b);
		const struct chain *last = NULL;
		for (size_t k = 0; k < b->chain->n && n < CALLS_MAX; k++) {
			const struct chain *t = b->chain->items[k]->verdict.target;
			size_t at = t && t != last ? pic->box_of[t->id] : 0;
			if (!at || pic->boxes.items[at - 1].parent == i)
				continue;
			draw_further(pic, b, &pic->boxes.items[at - 1]);
			last = t;
			n++;
		}
	}
}

static const char *destination(enum path p)
{
	switch (path_direction(p)) {
	case PATH_INPUT: return "this host";
	case PATH_FORWARD: return "forwarded";
	case PATH_OUTPUT:
	case PATH_BRIDGE_INPUT:
	case PATH_BRIDGE_FORWARD:
	case PATH_BRIDGE_OUTPUT:
	case PATH_COUNT: break;
	}
	return "sent";
}

/* The box of a base chain; NULL: the chain is not drawn. */
static const struct box *base_box(const struct picture *pic, size_t i)
{
	size_t at = i < pic->lane->n ? pic->box_of[pic->lane->bases[i]->id] : 0;
	return at ? &pic->boxes.items[at - 1] : NULL;
}

static void draw_conntrack(const struct picture *pic, unsigned x)
{
	say(pic->out, "<path class=\"call\" d=\"M%u 18V%u\"/>", x, TOP + 50);
	say(pic->out,
	    "<text class=\"small\" x=\"%u\" y=\"13\" text-anchor=\"middle\">conntrack</text>\n", x);
}

/* Packets that need not enter a base chain: nat chains see no packets without a conntrack entry,
 * and a chain of a device sees only packets of the device. */
static unsigned passes_by(const struct chain *c)
{
	return c->n_devices ? PAGE_ALL : c->type == CHAIN_NAT ? 1u << PAGE_INVALID : 0;
}

static void draw_lane(const struct picture *pic)
{
	const struct lane *l = pic->lane;
	unsigned from = LEFT - 40, states = l->gave_up ? 0 : PAGE_ALL;
	bool was_before = true, is_bridge = l->path >= PATH_BRIDGE_INPUT;
	say(pic->out, "<text x=\"4\" y=\"%u\">%s</text>\n", TOP + 22,
	    path_direction(l->path) == PATH_OUTPUT ? "this host" : "packets");
	for (size_t i = 0; i < l->n; i++) {
		const struct box *b = base_box(pic, i);
		if (!b)
			return;
		draw_ways(pic, states, from, b->y + 14, b->x);
		if (was_before && !chain_is_before_conntrack(b->chain) && !is_bridge) {
			draw_conntrack(pic, i ? b->x - GAP / 2 : b->x - 20);
			was_before = false;
		}
		states = l->onward[i] | (states & passes_by(b->chain));
		from = b->x + BOX_WIDTH;
	}
	draw_ways(pic, states, from, TOP + 14, pic->width - 100);
	say(pic->out, "<text x=\"%u\" y=\"%u\">%s", pic->width - 92, TOP + 22,
	    destination(l->path));
	page_letters(pic->out, states, "tspan");
	say(pic->out, "</text>\n");
}

void page_picture(const struct page *p, const struct lane *l)
{
	struct picture pic = { .page = p,
			       .lane = l,
			       .out = p->out,
			       .box_of = arena_new_array(p->arena, size_t,
							 p->report->ruleset->n_chains + 1) };
	bool v4 = l->families & 1u << NFPROTO_VALUE_IPV4,
	     v6 = l->families & 1u << NFPROTO_VALUE_IPV6;
	place_all(&pic);
	say(p->out, "<figure data-lane=\"%s\"><figcaption>%s: %s</figcaption>\n", l->key,
	    path_name(l->path),
	    v4 && v6 ? "IPv4 and IPv6"
	    : v4     ? "IPv4"
		     : "IPv6");
	if (l->gave_up)
		say(p->out, "<p class=\"faint\">The ways are not complete: %s.</p>\n", l->gave_up);
	say(p->out,
	    "<svg role=\"img\" width=\"%u\" height=\"%u\" viewBox=\"0 0 %u %u\"><title>The chains "
	    "of path %s</title>\n",
	    pic.width, pic.height + 4, pic.width, pic.height + 4, path_name(l->path));
	draw_calls(&pic);
	draw_lane(&pic);
	for (size_t i = 0; i < pic.boxes.n; i++)
		draw_box(&pic, &pic.boxes.items[i]);
	say(p->out, "</svg>\n");
	if (pic.left_out)
		say(p->out, "<p class=\"faint\">%zu further chains are not drawn.</p>\n",
		    pic.left_out);
	say(p->out, "</figure>\n");
}
