/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: arena, string views, growable arrays, hash table.
 *
 * Everything lives in the arena that the caller hands in; nothing is freed
 * piece by piece. Running out of memory ends the program inside the arena
 * with a message, so no function below reports it.
 */
#ifndef FWLINT_BASE_H
#define FWLINT_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* An assertion that is always compiled in: a failure is a bug of fwlint. */
// clang-format off
#define FW_ASSERT(cond) \
	((cond) ? (void)0 : fw_bug(__FILE__, __LINE__, #cond))
// clang-format on
_Noreturn void fw_bug(const char *file, int line, const char *cond);

/* For a function that can fail: the compiler warns a caller that ignores the answer. */
#define FW_CHECKED __attribute__((warn_unused_result))
/* A call whose failure changes nothing here; a comment says why. */
#define FW_MAY_FAIL(call) ((void)!(call))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* 128-bit unsigned integers hold every field value up to an IPv6 address. */
__extension__ typedef unsigned __int128 u128;

struct range {
	u128 lo, hi; /* both included */
};

/* ---- arena ---- */

struct arena;

/* A new, empty arena; the caller ends it with arena_free(). */
struct arena *arena_new(void);
void arena_free(struct arena *a);
/* An arena that arena_free() of `whole` ends too; for scratch memory. */
struct arena *arena_part(struct arena *whole);
/* All that was allocated is gone; some of the memory is kept for the next allocations. */
void arena_reset(struct arena *a);
/* Is this a part of it? */
bool arena_has(const struct arena *a, const void *p);
/* The bytes of all its blocks. */
size_t arena_size(const struct arena *a);
/* `size` zeroed bytes, aligned for any type; valid until arena_free(). */
void *arena_alloc(struct arena *a, size_t size);
#define arena_new_array(a, type, n) ((type *)arena_alloc((a), sizeof(type) * (size_t)(n)))
#define arena_new_one(a, type) arena_new_array(a, type, 1)
/* A zero-terminated copy of n bytes. */
char *arena_strndup(struct arena *a, const char *p, size_t n);
/* printf into the arena. */
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

/*
 * Room for one more element at the end of a growable array. `*ptr` is the
 * array, `n` the elements in use, `*cap` the capacity; both may change, and then pointers into the
 * old array are not valid any more.
 */
void arena_grow(struct arena *a, void **ptr, size_t n, size_t *cap, size_t elem);
/* A growable array: its elements, how many there are, and how many there is room for. */
// clang-format off
#define VEC(type) struct { type *items; size_t n, cap; }
// clang-format on
/* Appends `value` to the fields items / n / cap of `vec`. */
// clang-format off
#define vec_push(arena, vec, value)                                            \
	do {                                                                   \
		arena_grow((arena), (void **)&(vec)->items, (vec)->n,          \
			   &(vec)->cap, sizeof(*(vec)->items));                \
		(vec)->items[(vec)->n++] = (value);                            \
	} while (0)
// clang-format on

/* ---- ranges ---- */

/*
 * The values from 0 to `max` that are in none of the n sorted ranges, as `*ret_n` ranges (0: none).
 */
const struct range *ranges_complement(struct arena *a, const struct range *r, uint32_t n, u128 max,
				      uint32_t *ret_n);
/* Sorts and joins ranges in place; returns how many are left. */
uint32_t ranges_normalize(struct range *r, uint32_t n);

/* ---- string views: not zero-terminated, never owned ---- */

struct str {
	const char *p;
	size_t n;
};

#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })
#define STR_FMT(s) (int)(s).n, (s).p /* for "%.*s" */

static inline struct str str_from(const char *z)
{
	return (struct str){ z, z ? strlen(z) : 0 };
}
bool str_eq(struct str a, struct str b);
bool str_eq_nocase(struct str a, struct str b);
static inline bool str_is(struct str a, const char *z)
{
	size_t n = strlen(z);
	return a.n == n && (!n || memcmp(a.p, z, n) == 0);
}
bool str_starts(struct str s, const char *prefix);
bool str_contains(struct str s, const char *needle);
struct str str_trim(struct str s);
/* Decimal, 0x hexadecimal, 0 octal, up to `max`; false: it is not such a number. */
FW_CHECKED bool str_number(struct str s, u128 max, u128 *ret);
/*
 * Cuts `*rest` at the first `sep`: the part before it is returned, `*rest`
 * becomes the part after it (p == NULL when there was no separator).
 */
struct str str_cut(struct str *rest, char sep);

/* A growing text in an arena. */
struct text {
	struct arena *arena;
	char *items;
	size_t n, cap;
};
/* Room for `cap` bytes in all, no more. */
void text_make_room(struct text *t, size_t cap);
void text_add(struct text *t, struct str s);
void text_printf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
struct str text_str(const struct text *t);

/* ---- words that somebody may have meant ---- */

#define NEAR_MAX 2

/*
 * The words nearest to `word` of all that were tried, ignoring case. More than NEAR_MAX count as
 * none.
 */
struct near {
	struct str word;
	const char *words[NEAR_MAX];
	size_t n;
	unsigned distance;
};

/*
 * `candidate` must stay valid; it is near when one word begins with the other, or when few letters
 * differ.
 */
void near_try(struct near *n, const char *candidate);
/* ": did you mean 'x'?", or "". */
const char *near_question(const struct near *n, struct arena *a);

/* ---- untrusted text: names, comments, files ---- */

/* The bytes of the first character of `s`, and that character; 0: it is not valid UTF-8. */
size_t str_char(struct str s, uint32_t *ret);
/*
 * Appends `s` to one line that people and logs read. A byte of an invisible character (control,
 * format and bidi characters, invalid UTF-8) is written \xHH. So is the first byte of a command to
 * a CI service ("::error::", "##[…") and of a text that looks like \xHH. A line end and the indent
 * after it become one blank.
 */
void text_add_visible(struct text *t, struct str s);
/* The same, zero-terminated. */
const char *str_visible(struct str s, struct arena *a);
/* Would it be shown unchanged? */
bool str_is_visible(struct str s);
/*
 * Appends `s` as UTF-8, losing nothing: an invalid byte is written \xHH, and so is the backslash of
 * a text that looks like that (\x5cxff stands for \xff).
 */
void text_add_utf8(struct text *t, struct str s);

/* ---- hash table from string views to pointers ---- */

struct hash {
	struct arena *arena;
	struct hash_slot *slots;
	size_t n, cap;
};

void hash_init(struct hash *h, struct arena *a);
/* The value stored for `key`, or NULL. */
void *hash_get(const struct hash *h, struct str key);
/* Stores `value` (not NULL) for `key`; the key's bytes must stay valid. */
void hash_put(struct hash *h, struct str key, void *value);

/* ---- the caller ---- */

/* The user who runs this: geteuid(2) at the first call, before rights are given up
 * (process_confine.h). */
uint32_t caller_uid(void);

#endif
