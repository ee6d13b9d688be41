/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dialect: nft as text. */
#include <fwlint/dialect_commands.h>

#include "text.h"

static struct ruleset *read_text(struct arena *a, struct source *s, const struct includer *in,
				 struct diags *diags)
{
	struct script *script = arena_new_one(a, struct script);
	*script = (struct script){ .arena = a, .source = s, .diags = diags };
	struct parser p = { .script = script,
			    .arena = a,
			    .includer = in,
			    .file = s->items[0],
			    .at = s->text,
			    .end = s->text + s->len };
	if (s->len >= 3 && memcmp(s->text, "\xef\xbb\xbf", 3) == 0) {
		diag_add(diags, (struct span){ s->items[0]->base, 3 }, ERROR_SYNTAX,
			 "this file begins with a byte order mark, which nft refuses");
		p.at += 3;
	}
	lex_start(&p);
	script_body(&p, NULL);
	for (size_t i = 0; i < s->n; i++) {
		const struct source_file *f = s->items[i];
		const char *nul = f->len ? memchr(f->text, 0, f->len) : NULL;
		if (nul)
			diag_add(diags, (struct span){ f->base + (uint32_t)(nul - f->text), 1 },
				 ERROR_SYNTAX, "a NUL byte: this is not a text file");
	}
	return script_lower(script, "nft");
}

/* Does a line begin with a word of nft's commands? */
static int detect(struct str text)
{
	static const char *const starts[] = { "table ",          "add ",        "flush ",
					      "define ",         "include ",    "create ",
					      "insert ",         "delete ",     "destroy ",
					      "#!/usr/sbin/nft", "#!/sbin/nft", "#!/usr/bin/nft",
					      "redefine ",       "replace ",    "add\t",
					      "table\t" };
	struct str rest = text;
	for (unsigned i = 0; i < 2000 && rest.p; i++) {
		struct str line = str_trim(str_cut(&rest, '\n'));
		for (size_t k = 0; k < ARRAY_SIZE(starts); k++)
			if (str_starts(line, starts[k]))
				return 60;
		bool template = str_starts(line, "{%") || str_starts(line, "{{") ||
				str_starts(line, "<%");
		if (line.n && line.p[0] != '#' && line.p[0] != ';' && !template)
			return 0;
	}
	return 0;
}

// clang-format off
const struct dialect dialect_nft = {
	.name = "nft",
	.about = "nft scripts, and what `nft list ruleset` prints",
	.detect = detect,
	.read = read_text,
	.render = nft_render, .body = nft_body, .command = nft_command,
};
// clang-format on
