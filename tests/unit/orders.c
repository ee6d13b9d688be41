/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order of elements in a map or a set has no meaning: nft lists them sorted.
 * Random rulesets and the same with each list turned round have the same findings,
 * witnesses and fixes. So have iptables rulesets whose ports are spelled otherwise.
 *
 *   orders RULESETS [SEED]
 */
#include "property.h"

#include <fwlint/check.h>
#include <fwlint/dialect.h>
#include <fwlint/fix.h>
#include <fwlint/report.h>

#include <stdio.h>
#include <stdlib.h>

/* "{ a, b, c }" as "{ c, b, a }", in each line of a rule. */
static void turn_line(struct text *out, struct str line)
{
	while (line.n) {
		const char *open = memchr(line.p, '{', line.n);
		size_t head = open ? (size_t)(open - line.p) + 1 : line.n;
		text_add(out, (struct str){ line.p, head });
		line.p += head;
		line.n -= head;
		const char *close = open ? memchr(line.p, '}', line.n) : NULL;
		if (!close)
			continue;
		struct str list = { line.p, (size_t)(close - line.p) };
		VEC(struct str) items = { 0 };
		while (list.p)
			vec_push(out->arena, &items, str_trim(str_cut(&list, ',')));
		for (size_t i = items.n; i-- > 0;)
			text_printf(out, " %.*s%s", STR_FMT(items.items[i]), i ? "," : " ");
		line.n -= (size_t)(close - line.p);
		line.p = close;
	}
}

static struct str turned(struct str text, struct arena *a)
{
	struct text out = { .arena = a };
	while (text.p) {
		struct str line = str_cut(&text, '\n');
		if (str_starts(line, "\t\t"))
			turn_line(&out, line);
		else
			text_add(&out, line);
		if (text.p)
			text_printf(&out, "\n");
	}
	return text_str(&out);
}

/* Ports of random_iptables.c, and other words for them. */
static struct str respelled(struct str text, struct arena *a)
{
	static const char *const words[][4] = {
		{ "! --dport 22 ", "! --dport ssh ", "-m multiport ! --dports 22 ",
		  "! --destination-port 22:22 " },
		{ "! --dport 80 ", "! --dport http ", "-m multiport ! --dports 80 ",
		  "! --dport 0x50 " },
		{ "! --dport 1024: ", "! --dport 1024:65535 ", "--dport :1023 ",
		  "-m multiport ! --dports 1024:65535 " },
		{ "--dport 22 ", "--dport ssh ", "-m multiport --dports 22 ",
		  "-m tcp --dport 22:22 " },
		{ "--dport 80 ", "--dport http ", "-m multiport --destination-ports 80 ",
		  "--dport 0x50 " },
		{ "--dport 1024: ", "--dport 1024:65535 ", "! --dport :1023 ",
		  "-m multiport --dports 1024:65535 " },
		{ "22,80,1000:2000 ", "1000:2000,80,22 ", "22,80,1000:1500,1501:2000 ",
		  "ssh,http,1000:2000 " },
		{ "--dport 53 ", "--dport domain ", "-m multiport --dports 53 ", "--dport 53:53 " },
	};
	struct text out = { .arena = a };
	if (str_contains(text, "\n-D ")) /* which takes out what is spelled so */
		return text;
	while (text.n) {
		size_t i = 0, n = 0;
		for (; i < ARRAY_SIZE(words); i++)
			if ((n = strlen(words[i][0])), str_starts(text, words[i][0]))
				break;
		if (i < ARRAY_SIZE(words))
			text_printf(&out, "%s", words[i][1 + random_below(3)]);
		else
			text_add(&out, (struct str){ text.p, n = 1 });
		text.p += n;
		text.n -= n;
	}
	return text_str(&out);
}

/* All that is said of a ruleset, but for columns. */
static struct str said(const char *dialect, struct str text, struct arena *a, size_t *ret_findings)
{
	struct diags d = { .arena = a };
	struct source *s = source_new(a, "random", text.p, text.n);
	struct ruleset *rs = dialect_find(dialect)->read(a, s, NULL, &d);
	struct text out = { .arena = a };
	const char *gave_up;
	if (d.n) {
		printf("FAILED: %s\n%.*s", d.items[0].message, STR_FMT(text));
		exit(1);
	}
	struct findings found = check_run(rs, NULL, a, &gave_up);
	for (size_t i = 0; i < found.n; i++) {
		const struct finding *f = &found.items[i];
		uint32_t line, col;
		source_pos(s, f->rule ? f->rule->span.off : f->span.off, &line, &col);
		text_printf(&out, "%u: %s %d %s\n\t%s\n", line, f->check->id, (int)f->severity,
			    f->message, packet_words(rs, &f->witness, a));
	}
	/* a fix tests the ports as the reset's rule does */
	bool same_words = strcmp(dialect, "nft") == 0;
	struct fix_plan plan = fix_plan_make(rs, &found, NULL,
					     &(struct fix_options){ .unsafe = true }, a);
	for (size_t i = 0; i < plan.used.n; i++) {
		const struct fix *f = &plan.used.items[i];
		uint32_t line, col;
		source_pos(s, f->form.near->span.off, &line, &col);
		text_printf(&out, "fix at %u for %s: %s, %s, %s\n", line, f->finding->check->id,
			    same_words ? f->text : "DROP", f->hazard ? f->hazard : "safe",
			    fix_certificate(f, a));
	}
	*ret_findings += found.n;
	return text_str(&out);
}

static const struct kind {
	const char *dialect, *what;
	struct str (*make)(struct arena *a, bool fixes, bool kernel);
	struct str (*change)(struct str text, struct arena *a);
} kinds[] = {
	{ "nft", "another order of elements", random_nft_ruleset, turned },
	{ "iptables", "another spelling of ports", random_iptables_ruleset, respelled },
};

/* False: some ruleset and the changed one do not have the same findings, or none was changed. */
static bool try_kind(const struct kind *k, uint32_t rulesets)
{
	uint32_t differ = 0;
	size_t findings = 0;
	for (uint32_t i = 0; i < rulesets; i++) {
		struct arena *a = arena_new();
		struct str text = k->make(a, chance(70), false), other = k->change(text, a);
		struct str x = said(k->dialect, text, a, &findings),
			   y = said(k->dialect, other, a, &findings);
		if (!str_eq(x, y)) {
			printf("FAILED: %s, other findings\n%.*s%.*s\nCHANGED:\n%.*s\n%.*s\n",
			       k->what, STR_FMT(text), STR_FMT(x), STR_FMT(other), STR_FMT(y));
			return false;
		}
		differ += !str_eq(text, other);
		arena_free(a);
	}
	printf("%s: %u rulesets, %u of them with %s: the same %zu findings and their fixes\n",
	       k->dialect, rulesets, differ, k->what, findings / 2);
	return differ;
}

int main(int argc, char **argv)
{
	uint32_t rulesets = argc > 1 ? (uint32_t)atoi(argv[1]) : 300;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 20240301;
	printf("seed %llu\n", (unsigned long long)seed);
	random_seed(seed);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!try_kind(&kinds[i], rulesets))
			return 1;
	return 0;
}
