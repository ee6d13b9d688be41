/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Expressions in a normal form: both readers give the same text for the same listing, so opaque
 * matches can be compared by their text.
 */
#include "nft.h"

#include <stdlib.h>

struct expr *expr_new(struct arena *a, enum expr_kind kind, struct span span, struct str text)
{
	struct expr *e = arena_new_one(a, struct expr);
	*e = (struct expr){ .kind = kind, .span = span, .text = text, .size = 1 };
	return e;
}

void expr_add(struct arena *a, struct expr *e, struct expr *item)
{
	vec_push(a, e, item);
	e->size = e->size + item->size < e->size ? UINT32_MAX : e->size + item->size;
}

static void print_list(struct text *t, const struct expr *e, const char *between)
{
	for (size_t i = 0; i < e->n; i++) {
		if (i)
			text_printf(t, "%s", between);
		expr_print(t, e->items[i]);
	}
}

/* Numbers in one base: a listing writes marks in hexadecimal, JSON in decimal. */
static void print_word(struct text *t, struct str w)
{
	u128 v;
	if (str_number(w, UINT64_MAX, &v))
		text_printf(t, "%llu", (unsigned long long)v);
	else
		text_add(t, w);
}

static int by_text(const void *x, const void *y)
{
	const struct str *a = x, *b = y;
	int d = a->n && b->n ? memcmp(a->p, b->p, a->n < b->n ? a->n : b->n) : 0;
	return d ? d : (a->n > b->n) - (a->n < b->n);
}

/* Sorted: the order of elements has no meaning, and differs between listing and script. */
static void print_set(struct text *t, const struct expr *e)
{
	struct str *items = arena_new_array(t->arena, struct str, e->n);
	for (size_t i = 0; i < e->n; i++)
		items[i] = expr_text(t->arena, e->items[i]);
	if (e->n)
		qsort(items, e->n, sizeof(*items), by_text);
	text_printf(t, "{ ");
	for (size_t i = 0; i < e->n; i++)
		text_printf(t, "%s%.*s", i ? ", " : "", STR_FMT(items[i]));
	text_printf(t, " }");
}

void expr_print(struct text *t, const struct expr *e)
{
	switch (e->kind) {
	case EXPR_WORD:
	case EXPR_STRING: print_word(t, e->text); break;
	case EXPR_SELECTOR: text_add(t, e->text); break;
	case EXPR_ANY: text_printf(t, "*"); break;
	case EXPR_SET_REF: text_printf(t, "@%.*s", STR_FMT(e->text)); break;
	case EXPR_PREFIX: print_list(t, e, "/"); break;
	case EXPR_RANGE: print_list(t, e, "-"); break;
	case EXPR_LIST: print_list(t, e, ","); break;
	case EXPR_CONCAT: print_list(t, e, " . "); break;
	case EXPR_MAP: print_list(t, e, " map "); break;
	case EXPR_MAPPING: print_list(t, e, " : "); break;
	case EXPR_SET: print_set(t, e); break;
	case EXPR_BINARY:
		text_printf(t, "(");
		print_list(t, e, arena_printf(t->arena, " %.*s ", STR_FMT(e->text)));
		text_printf(t, ")");
		break;
	case EXPR_VERDICT:
		text_add(t, e->text);
		if (e->n)
			text_printf(t, " ");
		print_list(t, e, "");
		break;
	}
}

struct str expr_text(struct arena *a, const struct expr *e)
{
	struct text t = { .arena = a };
	expr_print(&t, e);
	return text_str(&t);
}
