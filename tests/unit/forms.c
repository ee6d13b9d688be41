/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tools take and refuse (tests/forms, written from their answers by
 * tests/kernel/kernel.py, nft_forms.py and values.py) the dialects take and refuse. Not one tool is
 * started.
 *
 * usage: forms FOLDER
 */
#include <fwlint/fix.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ERRORS_SHOWN 20

static unsigned n_forms, n_wrong;

/* Which loaders refuse the text: bits 1 << enum loader. */
static unsigned refused_by(const char *dialect, struct str text, struct arena *a)
{
	struct diags d = { .arena = a };
	const struct ruleset *rs = dialect_find(dialect)->read(
		a, source_new(a, "form", text.p, text.n), NULL, &d);
	unsigned refused = 0;
	if (d.n)
		return 1u << LOADER_LEGACY | 1u << LOADER_NFT;
	for (size_t i = 0; i < rs->loader_notes.n; i++)
		if (rs->loader_notes.items[i].refused_by != LOADER_ANY)
			refused |= 1u << rs->loader_notes.items[i].refused_by;
	return refused;
}

static void wrong(struct str text, unsigned ours, unsigned theirs)
{
	if (n_wrong++ < ERRORS_SHOWN)
		printf("FAILED: refused by %#x, here by %#x: %.*s\n", theirs, ours, STR_FMT(text));
}

static struct str read_file(const char *folder, const char *name, struct arena *a)
{
	const char *path = arena_printf(a, "%s/%s", folder, name);
	struct text t = { .arena = a };
	FILE *f = fopen(path, "r");
	char buf[4096];
	size_t n;
	if (!f) {
		perror(path);
		exit(1);
	}
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		text_add(&t, (struct str){ buf, n });
	fclose(f);
	return text_str(&t);
}

/* ---- whole files, each behind a line "== taken", "== refused" or the loaders that refuse it ----
 */

static unsigned of_words(struct str words)
{
	unsigned ret = str_is(words, "refused") ? 1u << LOADER_NFT : 0;
	while (words.p) {
		struct str word = str_cut(&words, ' ');
		ret |= str_is(word, "legacy") ? 1u << LOADER_LEGACY
		       : str_is(word, "nft")  ? 1u << LOADER_NFT
					      : 0;
	}
	return ret;
}

static void check_whole(const char *dialect, struct str text, unsigned theirs, unsigned asked)
{
	struct arena *a = arena_new();
	unsigned ours = refused_by(dialect, text, a) & asked;
	if (ours != theirs)
		wrong(text, ours, theirs);
	n_forms++;
	arena_free(a);
}

static void check_wholes(const char *folder, const char *name, const char *dialect, unsigned asked)
{
	struct arena *a = arena_new();
	struct str rest = read_file(folder, name, a), text = { NULL, 0 };
	unsigned theirs = 0;
	while (rest.n) {
		const char *begin = rest.p;
		struct str line = str_cut(&rest, '\n');
		if (!str_starts(line, "== ")) {
			text.n = (size_t)(line.p + line.n + 1 - text.p);
			continue;
		}
		if (text.p)
			check_whole(dialect, text, theirs, asked);
		theirs = of_words((struct str){ line.p + 3, line.n - 3 });
		text = (struct str){ begin + line.n + 1, 0 };
	}
	check_whole(dialect, text, theirs, asked);
	arena_free(a);
}

/* ---- selectors and values: family, selector, a sign for each value ---- */

static void check_values(const char *folder)
{
	struct arena *a = arena_new();
	struct str rest = read_file(folder, "nft-values.txt", a);
	struct str values = { NULL, 0 };
	while (rest.n) {
		struct str line = str_cut(&rest, '\n');
		if (str_starts(line, "#"))
			continue;
		if (!values.p) {
			values = line;
			continue;
		}
		struct str family = str_cut(&line, '\t'), selector = str_cut(&line, '\t'),
			   left = values;
		for (size_t i = 0; i < line.n; i++) {
			struct arena *one = arena_new();
			struct str value = str_cut(&left, '\t');
			const char *text = arena_printf(one,
							"table %.*s t {\nchain c {\n%.*s "
							"%.*s\n}\n}\n",
							STR_FMT(family), STR_FMT(selector),
							STR_FMT(value));
			bool refused = line.p[i] != '.' &&
				       refused_by("nft", str_from(text), one) & 1u << LOADER_NFT;
			if (line.p[i] != '.' && refused != (line.p[i] == '-'))
				wrong(str_from(text), refused, !refused);
			n_forms += line.p[i] != '.';
			arena_free(one);
		}
	}
	arena_free(a);
}

int main(int argc, char **argv)
{
	const char *folder = argc > 1 ? argv[1] : "tests/forms";
	check_wholes(folder, "iptables.txt", "iptables", 1u << LOADER_LEGACY | 1u << LOADER_NFT);
	check_wholes(folder, "nft.txt", "nft", 1u << LOADER_NFT);
	check_values(folder);
	printf("%u forms, %u wrong\n", n_forms, n_wrong);
	return n_wrong || n_forms < 1000;
}
