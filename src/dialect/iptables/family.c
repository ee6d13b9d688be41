/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which address family a file is for; few say so. */
#include "parser.h"

static bool has_text(struct str text, const char *needle)
{
	return memmem(text.p, text.n, needle, strlen(needle)) != NULL;
}

/* Does `-s` or `-d` take an address of this family somewhere? */
static bool has_address(struct str text, bool v6)
{
	for (const char *p = text.p, *end = text.p + text.n;
	     p < end && (p = memmem(p, (size_t)(end - p), v6 ? ":" : ".", 1)); p++) {
		const char *q = p;
		while (q > text.p &&
		       ((q[-1] >= '0' && q[-1] <= '9') ||
			(v6 && (q[-1] | 32) >= 'a' && (q[-1] | 32) <= 'f') || q[-1] == *p))
			q--;
		if (q - text.p < 4 || q[-1] != ' ' || (!v6 && q == p))
			continue;
		if (memcmp(q - 3, "-s ", 3) == 0 || memcmp(q - 3, "-d ", 3) == 0)
			return true;
	}
	return false;
}

#define LOOK_AT ((size_t)256 * 1024) /* bytes that the family is guessed from */

/*
 * Newer ip6tables-save writes "iptables-save" in its header too, so the header
 * decides only when it says ip6tables.
 */
unsigned file_families(const struct source *s)
{
	struct str text = { s->text, s->len < LOOK_AT ? s->len : LOOK_AT };
	struct str name = str_from(s->name);
	struct str head = { text.p, text.n < 400 ? text.n : 400 };
	static const char *const prefixes[] = { "\n-4 ", "\n--ipv4 ", "\n-6 ", "\n--ipv6 " };
	if (has_text(head, "ip6tables"))
		return V6;
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (has_text(text, prefixes[i]) || str_starts(text, prefixes[i] + 1))
			return V4 | V6;
	bool seen4 = has_address(text, false) || has_text(text, "-p icmp ") ||
		     has_text(text, "with icmp-");
	bool seen6 = has_address(text, true) || has_text(text, "icmp6") ||
		     has_text(text, "icmpv6") || has_text(text, "ipv6-icmp");
	if (seen4 != seen6)
		return seen6 ? V6 : V4;
	if (!seen4 &&
	    (has_text(name, "ip6tables") || has_text(name, "rules.v6") || has_text(name, "rules6")))
		return V6;
	return V4;
}
