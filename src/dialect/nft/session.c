/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nft as a shell script runs it: each command is a batch of its own. */
#include <fwlint/dialect_commands.h>

#include "text.h"

struct nft_session {
	struct script script;
};

struct nft_session *nft_open(struct arena *a, struct source *s, struct diags *diags)
{
	struct nft_session *n = arena_new_one(a, struct nft_session);
	n->script = (struct script){ .arena = a, .source = s, .diags = diags };
	return n;
}

/*
 * A command that deletes what nothing has made fails alone. In a file it is FW002, as the host may
 * have had it.
 */
enum command_result nft_commands(struct nft_session *n, struct str text, bool is_file)
{
	struct script *s = &n->script;
	struct parser p = { .script = s,
			    .arena = s->arena,
			    .file = s->source->items[0],
			    .at = text.p,
			    .end = text.p + text.n };
	bool was_flushed[ARRAY_SIZE(s->is_flushed)];
	size_t before = s->diags->n + s->diags->dropped;
	s->fails = false;
	memcpy(was_flushed, s->is_flushed, sizeof(was_flushed));
	for (size_t i = 0; i < ARRAY_SIZE(was_flushed) && !is_file; i++)
		s->is_flushed[i] = true;
	lex_start(&p);
	script_body(&p, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(was_flushed); i++)
		s->is_flushed[i] = was_flushed[i] || (is_file && s->is_flushed[i]);
	if (s->diags->n + s->diags->dropped == before)
		return COMMAND_DONE;
	return s->fails && !is_file ? COMMAND_FAILED : COMMAND_WRONG;
}

struct ruleset *nft_close(struct nft_session *n)
{
	return script_lower(&n->script, "nft");
}
