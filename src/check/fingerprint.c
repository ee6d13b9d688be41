/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a finding is known by when its rule has moved: the check, the table, the chain, and the
 * rule's words without counters, handles and blanks. Findings that agree in all of these are
 * numbered.
 */
#include <fwlint/check.h>

/* FNV-1a of 64 bits, from two offsets (draft-eastlake-fnv): no secret, but few accidents. */
struct digest {
	uint64_t a, b;
};

static void add_byte(struct digest *d, unsigned char c)
{
	const uint64_t prime = 0x100000001b3;
	d->a = (d->a ^ c) * prime;
	d->b = (d->b ^ c ^ 0x5a) * prime;
}

/* A text with its end, so that "a" "bc" is not "ab" "c". */
static void add_text(struct digest *d, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		add_byte(d, (unsigned char)s.p[i]);
	add_byte(d, 0);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\\';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "[12:3456] " before a rule: what iptables-save -c counted. */
static struct str without_counters(struct str s)
{
	size_t n = s.n && s.p[0] == '[' ? 1 : 0;
	while (n && n < s.n && (is_digit(s.p[n]) || s.p[n] == ':'))
		n++;
	return n && n < s.n && s.p[n] == ']' ? (struct str){ s.p + n + 1, s.n - n - 1 } : s;
}

/* The number behind these words changes with every listing of the ruleset (nft(8)). */
static bool counts(struct str before)
{
	static const char *const words[] = { "packets", "bytes", "handle" };
	while (before.n && !is_digit(before.p[before.n - 1]) && before.n &&
	       (is_blank(before.p[before.n - 1]) || before.p[before.n - 1] == '"' ||
		before.p[before.n - 1] == ':'))
		before.n--;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t n = strlen(words[i]);
		if (before.n >= n && memcmp(before.p + before.n - n, words[i], n) == 0)
			return true;
	}
	return false;
}

static void add_rule(struct digest *d, struct str s)
{
	s = str_trim(without_counters(s));
	bool blank = false;
	for (size_t i = 0; i < s.n; i++) {
		bool begins = is_digit(s.p[i]) && (!i || !is_digit(s.p[i - 1]));
		if (begins && counts((struct str){ s.p, i })) {
			while (i + 1 < s.n && is_digit(s.p[i + 1]))
				i++;
			continue;
		}
		if (is_blank(s.p[i])) {
			blank = true;
			continue;
		}
		if (blank)
			add_byte(d, ' ');
		blank = false;
		add_byte(d, (unsigned char)s.p[i]);
	}
	add_byte(d, 0);
}

static struct digest digest_of(const struct finding *f, const struct ruleset *rs)
{
	struct digest d = { 0xcbf29ce484222325, 0x84222325cbf29ce4 };
	const struct chain *c = f->rule ? f->rule->chain : NULL;
	add_text(&d, str_from(f->check->id));
	if (c) {
		add_text(&d, str_from(family_name(c->table->family)));
		add_text(&d, c->table->name);
		add_text(&d, c->name);
	}
	add_rule(&d, c && !f->rule->inserted ? source_view(rs->source, f->rule->span)
					     : source_line(rs->source, f->span.off));
	add_byte(&d, (unsigned char)f->part);
	return d;
}

static void set(struct finding *f, const struct ruleset *rs, struct hash *seen, struct arena *a)
{
	if (f->fingerprint)
		return; /* others may have been taken out since */
	struct digest d = digest_of(f, rs);
	const char *key = arena_printf(a, "%016llx%016llx", (unsigned long long)d.a,
				       (unsigned long long)d.b);
	unsigned *n = hash_get(seen, str_from(key));
	if (!n) {
		n = arena_new_one(a, unsigned);
		hash_put(seen, str_from(key), n);
	}
	for (unsigned i = 0; i < 4; i++)
		add_byte(&d, (unsigned char)(*n >> 8 * i));
	(*n)++;
	f->fingerprint = arena_printf(a, "%016llx%016llx", (unsigned long long)d.a,
				      (unsigned long long)d.b);
}

void findings_fingerprint(struct findings *list, const struct ruleset *rs, struct arena *a)
{
	struct hash seen;
	hash_init(&seen, a);
	for (size_t i = 0; i < list->n; i++)
		set(&list->items[i], rs, &seen, a);
	for (size_t i = 0; i < list->allowed.n; i++)
		set(&list->allowed.items[i].finding, rs, &seen, a);
}
