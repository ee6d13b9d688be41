/* SPDX-License-Identifier: GPL-2.0-or-later */
/* String views: comparison and cutting, no allocation. */
#include <fwlint/base.h>

static unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (!a.n || memcmp(a.p, b.p, a.n) == 0);
}

bool str_eq_nocase(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

bool str_starts(struct str s, const char *prefix)
{
	size_t n = strlen(prefix);
	return s.n >= n && memcmp(s.p, prefix, n) == 0;
}

bool str_contains(struct str s, const char *needle)
{
	size_t n = strlen(needle);
	while (n && s.n >= n) {
		const char *at = memchr(s.p, needle[0], s.n - n + 1);
		if (!at)
			return false;
		if (memcmp(at, needle, n) == 0)
			return true;
		s.n -= (size_t)(at + 1 - s.p);
		s.p = at + 1;
	}
	return !n;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
	while (s.n && is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct str str_cut(struct str *rest, char sep)
{
	struct str whole = *rest;
	const char *at = whole.n ? memchr(whole.p, sep, whole.n) : NULL;
	if (!at) {
		*rest = (struct str){ NULL, 0 };
		return whole;
	}
	size_t n = (size_t)(at - whole.p);
	*rest = (struct str){ at + 1, whole.n - n - 1 };
	return (struct str){ whole.p, n };
}

bool str_number(struct str s, u128 max, u128 *ret)
{
	u128 v = 0;
	unsigned base = 10;
	if (s.n > 2 && s.p[0] == '0' && (s.p[1] | 32) == 'x') {
		base = 16;
		s.p += 2;
		s.n -= 2;
	} else if (s.n > 1 && s.p[0] == '0') {
		base = 8;
	}
	if (!s.n || s.n > 40)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		unsigned d = c >= '0' && c <= '9'                 ? (unsigned)(c - '0')
			     : (c | 32) >= 'a' && (c | 32) <= 'f' ? (unsigned)((c | 32) - 'a' + 10)
								  : 99;
		if (d >= base)
			return false;
		v = v * base + d;
		if (v > max)
			return false;
	}
	*ret = v;
	return true;
}
