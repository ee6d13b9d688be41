/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bump allocation in blocks. Blocks are never moved, so pointers stay valid
 * until the arena is freed as a whole.
 */
#include <fwlint/base.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* The address sanitizer only knows the blocks. We tell it which parts are in use, with a gap after
 * each piece. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define WITH_GAPS
#endif
#endif
#if defined(WITH_GAPS) || defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define GAP ((size_t)16)
#define hide(p, n) ASAN_POISON_MEMORY_REGION(p, n)
#define show(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define GAP ((size_t)0)
#define hide(p, n) ((void)0)
#define show(p, n) ((void)0)
#endif

#define BLOCK_MIN ((size_t)64 * 1024)
#define BLOCK_MAX ((size_t)8 * 1024 * 1024)
#define ALONE_MIN ((size_t)256 * 1024) /* a growing array of this size has a block of its own */
#define KEPT_MAX ((size_t)1024 * 1024) /* arena_reset() keeps no larger block */
#define ALIGN ((size_t)16)

struct block {
	struct block *next;
	size_t size, used;
	_Alignas(16) unsigned char data[];
};

struct arena {
	struct block *head;
	struct block *alone; /* blocks of one growing array each */
	struct arena *parts; /* freed with this one */
	struct arena *next;  /* part of the same arena */
	size_t next_size;
};

_Noreturn void fw_bug(const char *file, int line, const char *cond)
{
	fprintf(stderr, "fwlint: internal error at %s:%d: %s\n", file, line, cond);
	abort();
}

static _Noreturn void out_of_memory(void)
{
	fputs("fwlint: out of memory\n", stderr);
	_Exit(3);
}

struct arena *arena_new(void)
{
	struct arena *a = calloc(1, sizeof(*a));
	if (!a)
		out_of_memory();
	a->next_size = BLOCK_MIN;
	return a;
}

struct arena *arena_part(struct arena *whole)
{
	struct arena *a = arena_new();
	a->next = whole->parts;
	whole->parts = a;
	return a;
}

static void free_blocks(struct block *b)
{
	while (b) {
		struct block *next = b->next;
		free(b);
		b = next;
	}
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	for (struct arena *part = a->parts; part;) {
		struct arena *next = part->next;
		arena_free(part);
		part = next;
	}
	free_blocks(a->head);
	free_blocks(a->alone);
	free(a);
}

void arena_reset(struct arena *a)
{
	free_blocks(a->alone);
	a->alone = NULL;
	if (!a->head)
		return;
	free_blocks(a->head->next);
	a->head->next = NULL;
	a->head->used = 0;
	a->next_size = BLOCK_MIN;
	hide(a->head->data, a->head->size);
	if (a->head->size <= KEPT_MAX)
		return;
	free(a->head);
	a->head = NULL;
}

static bool is_in_blocks(const struct block *b, const void *p)
{
	for (; b; b = b->next)
		if ((uintptr_t)p >= (uintptr_t)b->data &&
		    (uintptr_t)p < (uintptr_t)b->data + b->size)
			return true;
	return false;
}

bool arena_has(const struct arena *a, const void *p)
{
	return is_in_blocks(a->head, p) || is_in_blocks(a->alone, p);
}

static size_t size_of_blocks(const struct block *b)
{
	size_t n = 0;
	for (; b; b = b->next)
		n += sizeof(*b) + b->size;
	return n;
}

size_t arena_size(const struct arena *a)
{
	size_t n = size_of_blocks(a->head) + size_of_blocks(a->alone);
	for (const struct arena *p = a->parts; p; p = p->next)
		n += arena_size(p);
	return n;
}

static struct block *block_resize(struct block *b, size_t size)
{
	if (size > SIZE_MAX - sizeof(struct block))
		out_of_memory();
	struct block *ret = realloc(b, sizeof(*b) + size);
	if (!ret)
		out_of_memory();
	return ret;
}

static void add_block(struct arena *a, size_t at_least)
{
	size_t size = a->next_size;
	if (at_least > size)
		size = at_least;
	struct block *b = block_resize(NULL, size);
	hide(b->data, size);
	b->size = size;
	b->used = 0;
	b->next = a->head;
	a->head = b;
	if (a->next_size < BLOCK_MAX)
		a->next_size *= 2;
}

/* What a piece of `size` bytes takes of its block. */
static size_t whole_size(size_t size)
{
	if (size > SIZE_MAX - ALIGN - GAP)
		out_of_memory();
	return ((size + ALIGN - 1) & ~(ALIGN - 1)) + GAP;
}

void *arena_alloc(struct arena *a, size_t size)
{
	size_t whole = whole_size(size);
	if (!a->head || a->head->size - a->head->used < whole)
		add_block(a, whole);
	void *p = a->head->data + a->head->used;
	a->head->used += whole;
	show(p, size);
	return memset(p, 0, size); /* zeroed here: short questions never use most of their blocks */
}

char *arena_strndup(struct arena *a, const char *p, size_t n)
{
	char *z = arena_alloc(a, n + 1);
	if (n)
		memcpy(z, p, n);
	return z;
}

static char *vprintf_in(struct arena *a, const char *fmt, va_list ap, size_t *ret_len)
{
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	FW_ASSERT(n >= 0);
	char *z = arena_alloc(a, (size_t)n + 1);
	vsnprintf(z, (size_t)n + 1, fmt, again);
	va_end(again);
	*ret_len = (size_t)n;
	return z;
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	size_t n;
	return vprintf_in(a, fmt, ap, &n);
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	size_t n;
	va_start(ap, fmt);
	char *z = vprintf_in(a, fmt, ap, &n);
	va_end(ap);
	return z;
}

/* Grows the piece in place if it is the last one of its block. */
static bool grow_last(struct arena *a, const void *p, size_t old, size_t new)
{
	size_t was = whole_size(old), is = whole_size(new);
	if (!p || !a->head || a->head->used < was ||
	    (const unsigned char *)p != a->head->data + a->head->used - was ||
	    is - was > a->head->size - a->head->used)
		return false;
	a->head->used += is - was;
	show((unsigned char *)a->head->data + a->head->used - is, new);
	memset((unsigned char *)a->head->data + a->head->used - is + old, 0, new - old);
	return true;
}

/* A block of its own for `p`, which may have one already. */
static void *grow_alone(struct arena *a, void *p, size_t old, size_t new)
{
	struct block **at = &a->alone;
	while (*at && (void *)(*at)->data != p)
		at = &(*at)->next;
	struct block *was = p ? *at : NULL, *next = was ? was->next : NULL;
	struct block *b = block_resize(was, new);
	if (was) {
		b->next = next;
		*at = b;
	} else {
		b->next = a->alone;
		a->alone = b;
		if (old)
			memcpy(b->data, p, old);
	}
	b->size = b->used = new;
	memset(b->data + old, 0, new - old);
	return b->data;
}

/* Returns `p` with room for more; the old address is no longer valid. */
static void *grow(struct arena *a, void *p, size_t old, size_t new)
{
	if (grow_last(a, p, old, new))
		return p;
	if (new >= ALONE_MIN)
		return grow_alone(a, p, old, new);
	void *bigger = arena_alloc(a, new);
	if (old) {
		memcpy(bigger, p, old);
		hide(p, old);
	}
	return bigger;
}

void arena_grow(struct arena *a, void **ptr, size_t n, size_t *cap, size_t elem)
{
	if (n < *cap)
		return;
	size_t want = *cap ? *cap * 2 : 8;
	if (want > SIZE_MAX / elem)
		out_of_memory();
	*ptr = grow(a, *ptr, n * elem, want * elem);
	*cap = want;
}

void text_make_room(struct text *t, size_t cap)
{
	if (cap <= t->cap)
		return;
	t->items = grow(t->arena, t->items, t->cap, cap);
	t->cap = cap;
}

void text_add(struct text *t, struct str s)
{
	while (t->cap - t->n < s.n || !t->cap)
		text_make_room(t, t->cap ? t->cap * 2 : 256);
	if (s.n)
		memcpy(t->items + t->n, s.p, s.n);
	t->n += s.n;
}

void text_printf(struct text *t, const char *fmt, ...)
{
	va_list ap;
	size_t n;
	va_start(ap, fmt);
	char *z = vprintf_in(t->arena, fmt, ap, &n);
	va_end(ap);
	text_add(t, (struct str){ z, n });
}

struct str text_str(const struct text *t)
{
	return (struct str){ t->items, t->n };
}
