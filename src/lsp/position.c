/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Byte offsets of a text as the protocol's positions, and back. */
#include "lsp.h"

/* Does this byte end a line? */
static bool ends_line(struct str s, size_t i)
{
	return s.p[i] == '\n' || (s.p[i] == '\r' && !(i + 1 < s.n && s.p[i + 1] == '\n'));
}

struct line_index line_index_new(struct str text, struct arena *a)
{
	size_t n = 1, at = 1;
	for (size_t i = 0; i < text.n; i++)
		n += ends_line(text, i);
	size_t *starts = arena_new_array(a, size_t, n);
	for (size_t i = 0; i < text.n; i++)
		if (ends_line(text, i))
			starts[at++] = i + 1;
	return (struct line_index){ text, starts, n };
}

/* How many UTF-16 code units the character that begins at this byte has. */
static size_t units(char byte)
{
	unsigned char c = (unsigned char)byte;
	return c >= 0x80 && c < 0xc0 ? 0 : c >= 0xf0 ? 2 : 1;
}

struct position position_at(const struct line_index *x, size_t offset)
{
	size_t lo = 0, hi = x->n;
	offset = offset < x->text.n ? offset : x->text.n;
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;
		*(x->starts[mid] <= offset ? &lo : &hi) = mid;
	}
	struct position p = { lo, 0 };
	for (size_t i = x->starts[lo]; i < offset; i++)
		p.character += units(x->text.p[i]);
	return p;
}

size_t position_offset(struct str text, struct position p)
{
	size_t i = 0;
	for (size_t line = 0; line < p.line && i < text.n; i++)
		line += ends_line(text, i);
	for (size_t left = p.character; i < text.n; i++) {
		size_t n = units(text.p[i]);
		if (text.p[i] == '\n' || text.p[i] == '\r' || n > left)
			break;
		left -= n;
	}
	return i;
}

json_t *position_json(struct position p)
{
	json_t *o = json_object();
	json_object_set_new(o, "line", json_integer((json_int_t)p.line));
	json_object_set_new(o, "character", json_integer((json_int_t)p.character));
	return o;
}

json_t *range_json(const struct line_index *x, size_t from, size_t to)
{
	json_t *o = json_object();
	json_object_set_new(o, "start", position_json(position_at(x, from)));
	json_object_set_new(o, "end", position_json(position_at(x, to)));
	return o;
}

static bool number_read(const json_t *j, size_t *ret)
{
	json_int_t n = json_is_integer(j) ? json_integer_value(j) : -1;
	if (n < 0)
		return false;
	*ret = n < INT32_MAX ? (size_t)n : INT32_MAX;
	return true;
}

bool position_read(const json_t *j, struct position *ret)
{
	return number_read(json_object_get(j, "line"), &ret->line) &&
	       number_read(json_object_get(j, "character"), &ret->character);
}

bool range_read(const json_t *j, struct position *ret_from, struct position *ret_to)
{
	return position_read(json_object_get(j, "start"), ret_from) &&
	       position_read(json_object_get(j, "end"), ret_to);
}

bool ranges_share_line(const json_t *x, const json_t *y)
{
	struct position x1, x2, y1, y2;
	return range_read(x, &x1, &x2) && range_read(y, &y1, &y2) && x1.line <= y2.line &&
	       y1.line <= x2.line;
}
