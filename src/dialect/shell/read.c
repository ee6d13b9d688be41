/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dialect: the two other dialects run the steps of a script on an empty ruleset. */
#include <fwlint/model_copy.h>

#include "shell.h"

/* ---- running ---- */

struct run {
	struct arena *arena;
	const struct sh_script *script;
	struct source *text; /* of the programs */
	struct diags found;  /* their spans are places in it */
	struct diags *diags; /* places in the script */
	uint32_t base;       /* of the script in its source */
	struct iptables_session *iptables[2];
	struct nft_session *nft;
	enum status { UNKNOWN, OK, FAILED } status;
	bool has_ended;
};

static struct str step_text(const struct run *r, const struct sh_step *s)
{
	return (struct str){ r->text->text + s->from, s->len };
}

/* Does the command undo what an earlier run of the script, or somebody else, has done? */
static bool cleans_up(const struct sh_step *s, struct str text)
{
	static const char *const letters[] = { "-D", "--delete",       "-X", "--delete-chain",
					       "-F", "--flush",        "-N", "--new-chain",
					       "-E", "--rename-chain", "-Z", "--zero",
					       "-C", "--check" };
	struct str rest = text;
	while (s->kind == SH_IPTABLES && rest.p)
		if (sh_is_in(str_cut(&rest, ' '), letters, ARRAY_SIZE(letters)))
			return true;
	return s->kind == SH_NFT && (str_starts(text, "delete") || str_starts(text, "flush") ||
				     str_starts(text, "destroy") || str_starts(text, "reset"));
}

static enum command_result run_program(struct run *r, const struct sh_step *s)
{
	struct str text = step_text(r, s);
	if (s->kind == SH_NFT) {
		if (!r->nft)
			r->nft = nft_open(r->arena, r->text, &r->found);
		return nft_commands(r->nft, text, s->is_text);
	}
	struct iptables_session **i = &r->iptables[s->v6];
	if (!*i)
		*i = iptables_open(r->arena, r->text, &r->found, s->v6);
	return s->kind == SH_RESTORE ? iptables_restore(*i, text, s->noflush)
				     : iptables_command_line(*i, text);
}

static void run_firewall(struct run *r, const struct sh_step *s, bool is_handled)
{
	size_t before = r->found.n;
	enum command_result result = run_program(r, s);
	r->status = result == COMMAND_DONE ? OK : FAILED;
	bool goes_on = is_handled || !s->exits_on_error;
	bool expected = is_handled || s->is_quiet || cleans_up(s, step_text(r, s));
	if (result == COMMAND_FAILED && goes_on && expected)
		r->found.n = before;
	if (result != COMMAND_FAILED || goes_on || before == r->found.n)
		return;
	struct diag *d = &r->found.items[before];
	d->message = arena_printf(r->arena,
				  "%s: if nothing is loaded yet, 'set -e' ends the script here "
				  "(append '|| true' to the command, or see %s)",
				  d->message, r->script->trial);
	r->found.n = before + 1;
	r->has_ended = true;
}

/* Does the script check how the step ends? */
static bool is_handled(const struct run *r, size_t i)
{
	return i + 1 < r->script->steps.n && (r->script->steps.items[i + 1].link == SH_OR ||
					      r->script->steps.items[i + 1].link == SH_AND);
}

static bool is_skipped(struct run *r, const struct sh_step *s)
{
	return (s->link == SH_AND && r->status == FAILED) || (s->link == SH_OR && r->status == OK);
}

static void run_step(struct run *r, size_t i)
{
	const struct sh_step *s = &r->script->steps.items[i];
	bool is_conditional = s->link == SH_AND || s->link == SH_OR;
	if (is_skipped(r, s))
		return;
	switch (s->kind) {
	case SH_IPTABLES:
	case SH_RESTORE:
	case SH_NFT:
		if (is_conditional && r->status == UNKNOWN)
			diag_add(r->diags,
				 (struct span){
					 r->base + (uint32_t)(s->command.p - r->script->source.p),
					 (uint32_t)s->command.n },
				 ERROR_LIMIT,
				 "fwlint cannot tell whether this command runs: run the script "
				 "where it can do no harm (%s)",
				 r->script->trial);
		run_firewall(r, s, is_handled(r, i));
		return;
	case SH_EXIT: r->has_ended = !is_conditional || r->status != UNKNOWN; return;
	case SH_SUCCEEDS:
	case SH_SET: r->status = OK; return;
	case SH_FAILS: r->status = FAILED; return;
	case SH_HARMLESS:
	case SH_OTHER: r->status = UNKNOWN; return;
	}
}

/* ---- places ---- */

static void move(const struct run *r, struct span *span)
{
	if (!span->off && !span->len)
		return;
	*span = sh_place(r->script, *span);
	span->off += r->base;
}

static void move_places(const struct run *r, struct ruleset *rs)
{
	for (size_t i = 0; i < rs->n; i++)
		move(r, &rs->items[i]->span);
	for (size_t i = 0; i < rs->n_chains; i++) {
		struct chain *c = rs->chains[i];
		move(r, &c->span);
		for (size_t k = 0; k < c->n; k++) {
			move(r, &c->items[k]->span);
			move(r, &c->items[k]->verdict.span);
		}
	}
	for (size_t i = 0; i < rs->loader_notes.n; i++)
		move(r, &rs->loader_notes.items[i].span);
}

/* ---- the ruleset ---- */

static struct ruleset *join(const struct run *r, struct ruleset *const *parts, size_t n,
			    const struct source *s)
{
	struct ruleset *rs;
	if (!n) {
		rs = arena_new_one(r->arena, struct ruleset);
		*rs = (struct ruleset){ .arena = r->arena, .fragments = { true, true } };
	} else if (n == 1) {
		rs = parts[0];
	} else {
		const struct ruleset **list = arena_new_array(r->arena, const struct ruleset *, n);
		for (size_t i = 0; i < n; i++)
			list[i] = parts[i];
		rs = ruleset_join(list, n, s, r->arena);
	}
	if (!rs) {
		diag_add(r->diags, (struct span){ r->base, 0 }, ERROR_LIMIT,
			 "the script tests too many different things");
		return join(r, parts, 0, s);
	}
	/* One ruleset, which is read and written as a whole. */
	for (size_t i = 0; i < rs->n; i++)
		rs->items[i]->part = NULL;
	rs->n_parts = 0;
	rs->parts = NULL;
	rs->source = s;
	rs->dialect = "shell";
	return rs;
}

static void check_bytes(struct str text, struct diags *d, uint32_t base)
{
	const char *cr = memmem(text.p, text.n, "\r\n", 2), *nul = memchr(text.p, 0, text.n);
	if (cr)
		diag_add(d, (struct span){ base + (uint32_t)(cr - text.p), 1 }, ERROR_FORMAT,
			 "CRLF line end: the shell takes the carriage return as part of the last "
			 "word");
	if (nul)
		diag_add(d, (struct span){ base + (uint32_t)(nul - text.p), 1 }, ERROR_FORMAT,
			 "a NUL byte: this is not a text file");
}

static struct ruleset *read_shell(struct arena *a, struct source *s, const struct includer *in,
				  struct diags *diags)
{
	(void)in; /* files that a script reads are reported as missing */
	struct sh_script *script = arena_new_one(a, struct sh_script);
	struct str text = { s->text, s->len };
	struct run r = { .arena = a,
			 .script = script,
			 .found = { .arena = a },
			 .diags = diags,
			 .base = s->items[0]->base };
	struct ruleset *parts[3];
	size_t n = 0, known;
	check_bytes(text, diags, r.base);
	known = diags->n;
	sh_script_read(script, a, s->name, text, diags);
	for (size_t i = known; i < diags->n; i++)
		diags->items[i].span.off += r.base;
	r.text = source_new(a, s->name, script->text.items, script->text.n);
	for (size_t i = 0; i < script->steps.n && !r.has_ended; i++)
		run_step(&r, i);
	for (unsigned v6 = 0; v6 < 2; v6++)
		if (r.iptables[v6])
			parts[n++] = iptables_close(r.iptables[v6]);
	if (r.nft)
		parts[n++] = nft_close(r.nft);
	for (size_t i = 0; i < r.found.n; i++) {
		struct diag d = r.found.items[i];
		move(&r, &d.span);
		vec_push(a, diags, d);
	}
	struct ruleset *rs = join(&r, parts, n, s);
	move_places(&r, rs);
	return rs;
}

/* ---- detection ---- */

static struct str skip_assignments(struct str line)
{
	while (sh_is_assignment(line)) {
		struct sh_lexer l;
		struct arena *a = arena_new();
		sh_lex_start(&l, a, line);
		struct str word = l.tok.raw;
		size_t used = (size_t)(word.p + word.n - line.p);
		line = str_trim((struct str){ line.p + used, line.n - used });
		arena_free(a);
	}
	return line;
}

/* "iptables -…", "nft add …", "$IPT -…": the program, and how its arguments begin. */
static bool is_firewall_line(struct str line)
{
	static const char *const programs[] = { "iptables", "ip6tables", "nft" };
	static const char *const variables[] = { "$IPT", "${IPT", "$IP6T",     "${IP6T", "\"$IPT",
						 "$NFT", "${NFT", "$iptables", "\"${IPT" };
	static const char *const verbs[] = { "add ",   "insert ",  "create ",  "delete ",
					     "flush ", "destroy ", "replace ", "list " };
	if (str_starts(line, "sudo "))
		line = str_trim((struct str){ line.p + 5, line.n - 5 });
	for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
		if (str_starts(line, variables[i]))
			return true;
	struct str rest = line, word = str_cut(&rest, ' ');
	const char *slash = word.n ? memrchr(word.p, '/', word.n) : NULL;
	if (slash && word.p[0] == '/')
		word = (struct str){ slash + 1, word.n - (size_t)(slash + 1 - word.p) };
	rest = str_trim(rest.p ? rest : STR(""));
	bool begins = rest.n && strchr("-<$\"'", rest.p[0]);
	for (size_t i = 0; i < ARRAY_SIZE(verbs) && str_is(word, "nft"); i++)
		begins = begins || str_starts(rest, verbs[i]);
	for (size_t i = 0; i < ARRAY_SIZE(programs) && begins; i++)
		if (str_starts(word, programs[i]) &&
		    (word.n == strlen(programs[i]) || word.p[strlen(programs[i])] == '-'))
			return true;
	return false;
}

static bool begins_script(struct str line)
{
	static const char *const words[] = { "set -", "echo ", "modprobe ", "export ", "sysctl ",
					     "if ",   "for ",  "PATH=",     "[ ",      "test " };
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (str_starts(line, words[i]))
			return true;
	return is_firewall_line(line) || sh_is_assignment(line);
}

static int detect(struct str text)
{
	static const char *const shells[] = { "/sh",  "/bash",    "/dash",  "/ash",       "/ksh",
					      "/zsh", "env bash", "env sh", "/busybox sh" };
	struct str rest = text, first = str_cut(&rest, '\n');
	for (size_t i = 0; i < ARRAY_SIZE(shells) && str_starts(first, "#!"); i++)
		if (str_contains(first, shells[i]))
			return 1000000;
	bool begins = false;
	rest = text;
	for (unsigned lines = 0; rest.p && lines < 2000; lines++) {
		struct str line = str_trim(str_cut(&rest, '\n'));
		if (!line.n || line.p[0] == '#')
			continue;
		if (!begins && !begins_script(line))
			return 0;
		begins = true;
		if (is_firewall_line(skip_assignments(line)))
			return 1000000;
	}
	return 0;
}

extern const struct dialect dialect_shell;
// clang-format off
const struct dialect dialect_shell = {
	.name = "shell",
	.about = "shell scripts of iptables, ip6tables and nft commands",
	.detect = detect,
	.read = read_shell,
	.render = shell_render, .body = shell_body, .command = shell_command,
};
// clang-format on
