/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Untrusted text in our output: what a terminal or a log viewer would not show as a character is
 * shown as bytes.
 */
#include <fwlint/base.h>

struct chars {
	uint32_t first, last;
};

/*
 * Characters that draw nothing, or move or reorder what stands around them:
 * categories Cc, Cf, Zl and Zp, and Default_Ignorable_Code_Point, of Unicode 15
 * (UnicodeData.txt, DerivedCoreProperties.txt).
 */
// clang-format off
static const struct chars hidden[] = {
	{ 0x00, 0x08 }, { 0x0a, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x34f, 0x34f }, { 0x600, 0x605 },
	{ 0x61c, 0x61c }, { 0x6dd, 0x6dd }, { 0x70f, 0x70f }, { 0x890, 0x891 }, { 0x8e2, 0x8e2 },
	{ 0x115f, 0x1160 }, { 0x17b4, 0x17b5 }, { 0x180b, 0x180f }, { 0x200b, 0x200f }, { 0x2028, 0x202e },
	{ 0x2060, 0x206f }, { 0x3164, 0x3164 }, { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 },
	{ 0xfff0, 0xfffb }, { 0xfffe, 0xffff }, { 0x110bd, 0x110bd }, { 0x110cd, 0x110cd }, { 0x13430, 0x1343f },
	{ 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
};
// clang-format on

static bool is_hidden(uint32_t c)
{
	for (size_t i = 0; i < ARRAY_SIZE(hidden); i++)
		if (c >= hidden[i].first && c <= hidden[i].last)
			return true;
	return false;
}

size_t str_char(struct str s, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char c = s.n ? (unsigned char)s.p[0] : 0xff;
	size_t n = c < 0x80                ? 1
		   : c >= 0xc0 && c < 0xe0 ? 2
		   : c >= 0xe0 && c < 0xf0 ? 3
		   : c >= 0xf0 && c < 0xf8 ? 4
					   : 0;
	uint32_t v = n < 2 ? c : c & (0x7fu >> n);
	if (!n || n > s.n)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s.p[i] & 0xc0) != 0x80)
			return 0;
		v = v << 6 | (s.p[i] & 0x3f);
	}
	if (v < least[n] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
		return 0;
	*ret = v;
	return n;
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_letter(char c)
{
	return (c | 32) >= 'a' && (c | 32) <= 'z';
}

/* A backslash in the text that would look like one of our escapes. */
static bool is_escape(struct str s)
{
	return s.n >= 4 && s.p[0] == '\\' && s.p[1] == 'x' && is_hex(s.p[2]) && is_hex(s.p[3]);
}

/*
 * Commands to the CI service that keeps the log: "##[error]" and "##vso[task…]"
 * anywhere in a line (actions/runner, ActionCommand.TryParse).
 */
static bool is_log_command(struct str s)
{
	size_t n = 2;
	if (!str_starts(s, "##"))
		return false;
	while (n < s.n && is_letter(s.p[n]))
		n++;
	return n < s.n && s.p[n] == '[';
}

/* "::error …::" where the line begins (TryParseV2); "::1" and "::ffff:0/96" are addresses. */
static bool begins_with_command(struct str s)
{
	size_t n = 2;
	if (!str_starts(s, "::"))
		return false;
	while (n < s.n &&
	       (is_hex(s.p[n]) || s.p[n] == ':' || s.p[n] == '.' || s.p[n] == '/' || s.p[n] == '%'))
		n++;
	return n < s.n && (is_letter(s.p[n]) || s.p[n] == '-');
}

static void add_bytes(struct text *t, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		text_printf(t, "\\x%02x", (unsigned char)s.p[i]);
}

/* Text of several lines is shown on one: how long is this line end with the indent after it? */
static size_t line_end(struct str s)
{
	size_t n = str_starts(s, "\r\n") ? 2 : str_starts(s, "\n") ? 1 : 0;
	while (n && n < s.n && s.p[n] && strchr(" \t\r\n", s.p[n]))
		n++;
	return n;
}

void text_add_visible(struct text *t, struct str s)
{
	bool begins = true;
	while (s.n) {
		uint32_t c = 0;
		size_t n = str_char(s, &c), end = line_end(s);
		struct str now = { s.p, n ? n : 1 };
		if (end) {
			now.n = end;
			text_add(t, STR(" "));
		} else if (!n || is_hidden(c) || is_escape(s) || is_log_command(s) ||
			   (begins && begins_with_command(s))) {
			add_bytes(t, now);
		} else {
			text_add(t, now);
		}
		begins = begins && (end || c == ' ' || c == '\t');
		s.p += now.n;
		s.n -= now.n;
	}
}

const char *str_visible(struct str s, struct arena *a)
{
	struct text t = { .arena = a };
	text_add_visible(&t, s);
	return arena_strndup(a, t.n ? t.items : "", t.n);
}

bool str_is_visible(struct str s)
{
	struct arena *a = arena_new();
	struct text t = { .arena = a };
	text_add_visible(&t, s);
	bool same = str_eq(text_str(&t), s);
	arena_free(a);
	return same;
}

void text_add_utf8(struct text *t, struct str s)
{
	while (s.n) {
		uint32_t c;
		size_t n = str_char(s, &c);
		struct str now = { s.p, n ? n : 1 };
		if (!n || is_escape(s))
			add_bytes(t, now);
		else
			text_add(t, now);
		s.p += now.n;
		s.n -= now.n;
	}
}
