/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a command passes to its program, words or a here-document, and the place of each byte. */
#include "shell.h"

struct str sh_field_text(const struct sh_fields *f, size_t i)
{
	return i < f->n ? text_str(&f->items[i].text) : STR("");
}

bool sh_is_bundle(struct str t, char last)
{
	return t.n > 1 && t.p[0] == '-' && t.p[1] != '-' && t.p[t.n - 1] == last;
}

/* ---- the text for the programs ---- */

static void add_piece(struct sh_script *s, struct str from, size_t len, bool is_verbatim)
{
	struct sh_piece p = { (uint32_t)s->text.n, (uint32_t)len, sh_span(s, from), is_verbatim };
	vec_push(s->arena, &s->pieces, p);
}

void sh_write_text(struct sh_script *s, const struct sh_field *f)
{
	for (size_t i = 0; i < f->runs.n; i++) {
		const struct sh_run *run = &f->runs.items[i];
		add_piece(s, run->from, run->len, run->is_verbatim);
		text_add(&s->text, (struct str){ f->text.items + run->at, run->len });
	}
}

/* A field as a word of a restore file. */
static void add_quoted(struct sh_script *s, const struct sh_field *f)
{
	struct text t = { .arena = s->arena };
	bool plain = f->text.n && f->text.items[0] != '\'' && f->text.items[0] != '#';
	for (size_t i = 0; i < f->text.n && plain; i++)
		plain = !memchr(" \t\"", f->text.items[i], 3);
	if (plain) {
		sh_write_text(s, f);
		return;
	}
	text_printf(&t, "\"");
	for (size_t i = 0; i < f->text.n; i++)
		text_printf(&t, strchr("\"\\", f->text.items[i]) ? "\\%c" : "%c", f->text.items[i]);
	text_printf(&t, "\"");
	add_piece(s, f->word, t.n, false);
	text_add(&s->text, text_str(&t));
}

/* ---- one command ---- */

static bool is_of_digits(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

/* How many fields -w, -w 5, --wait=5, -W … take; 0: none of these. */
static size_t wait_length(const struct sh_fields *f, size_t i)
{
	struct str t = sh_field_text(f, i);
	bool takes = is_of_digits(sh_field_text(f, i + 1));
	if (str_is(t, "-w") || str_is(t, "--wait") || str_is(t, "-W") ||
	    str_is(t, "--wait-interval"))
		return takes ? 2 : 1;
	bool glued = t.n > 2 && (str_starts(t, "-w") || str_starts(t, "-W")) &&
		     is_of_digits((struct str){ t.p + 2, t.n - 2 });
	return glued || str_starts(t, "--wait=") || str_starts(t, "--wait-interval=");
}

void sh_write_words(struct sh_reader *r, const struct sh_fields *f, const struct sh_program *p,
		    struct sh_step *step)
{
	struct sh_script *s = r->s;
	bool first = true;
	for (size_t i = p->at + 1; i < f->n; first = false) {
		size_t n = p->kind == SH_IPTABLES ? wait_length(f, i) : 0;
		bool in_program = f->items[i].word.p <= step->program.p + step->program.n - 1;
		if (n && !in_program)
			step->wait = "-w ";
		if (n) {
			i += n;
			continue;
		}
		if (p->kind == SH_IPTABLES && str_contains(sh_field_text(f, i), "\n"))
			sh_not_understood(r, f->items[i].word, "a word of more than one line");
		if (!first)
			text_add(&s->text, STR(" "));
		if (p->kind == SH_IPTABLES)
			add_quoted(s, &f->items[i]);
		else
			sh_write_text(s, &f->items[i]);
		i++;
	}
}

/* The last redirection of its standard input; NULL: there is none. */
static const struct sh_redirect *redirected_input(const struct sh_command *c)
{
	const struct sh_redirect *in = NULL;
	for (size_t i = 0; i < c->redirects.n; i++) {
		struct str op = c->redirects.items[i]->op;
		if (str_is(op, "<<") || str_is(op, "<<-") || str_is(op, "<") || str_is(op, "0<") ||
		    str_is(op, "<<<"))
			in = c->redirects.items[i];
	}
	return in;
}

/* `cat <<EOF |` before the command */
static const struct sh_redirect *piped_input(const struct sh_list *l, size_t i)
{
	const struct sh_command *cat = i && l->items[i]->link == SH_PIPE ? l->items[i - 1] : NULL;
	bool is_cat = cat && cat->words.n && str_is(cat->words.items[0], "cat") &&
		      (cat->words.n == 1 ||
		       (cat->words.n == 2 && str_is(cat->words.items[1], "-")));
	return is_cat ? redirected_input(cat) : NULL;
}

/* Where standard input comes from; NULL: not known. */
static const struct sh_redirect *input_of(const struct sh_list *l, size_t i)
{
	const struct sh_redirect *in = redirected_input(l->items[i]);
	return in ? in : piped_input(l, i);
}

/* Lines of a here-document; those of `<<-` lose their leading tabs. */
static void add_body(struct sh_script *s, const struct sh_field *f, bool strips)
{
	if (!strips) {
		sh_write_text(s, f);
		return;
	}
	bool at_start = true;
	for (size_t i = 0; i < f->runs.n; i++) {
		const struct sh_run *run = &f->runs.items[i];
		for (size_t k = 0; k < run->len;) {
			const char *p = f->text.items + run->at + k, *end;
			size_t left = run->len - k;
			if (at_start && *p == '\t') {
				k++;
				continue;
			}
			end = memchr(p, '\n', left);
			size_t n = end ? (size_t)(end - p) + 1 : left;
			struct str from = run->is_verbatim ? (struct str){ run->from.p + k, n }
							   : run->from;
			add_piece(s, from, n, run->is_verbatim);
			text_add(&s->text, (struct str){ p, n });
			at_start = end != NULL;
			k += n;
		}
	}
}

static bool write_input(struct sh_reader *r, const struct sh_command *c,
			const struct sh_redirect *in, struct sh_step *step)
{
	struct sh_field f;
	struct sh_unknown why = { 0 };
	if (!in || str_is(in->op, "<") || str_is(in->op, "0<") || str_is(in->op, "<<<")) {
		sh_not_understood(r, c->text,
				  in ? "fwlint does not read the other file here"
				     : "the input of this program is not in the script");
		return false;
	}
	if (!sh_expand_text(&r->variables, in, &f, &why)) {
		sh_cannot_expand(r, &why);
		return false;
	}
	step->is_text = true;
	step->body = in->body;
	add_body(r->s, &f, str_is(in->op, "<<-"));
	return true;
}

/* The text of `nft -f -`; *ret_reads: the command is one. */
static bool nft_reads(struct sh_reader *r, const struct sh_command *c, const struct sh_fields *f,
		      const struct sh_program *p, bool *ret_reads)
{
	static const char *const stdin_names[] = { "-", "/dev/stdin", "/proc/self/fd/0" };
	*ret_reads = false;
	for (size_t i = p->at + 1; i < f->n && str_starts(sh_field_text(f, i), "-"); i++) {
		struct str t = sh_field_text(f, i);
		if (!sh_is_bundle(t, 'f') && !str_is(t, "--file"))
			continue;
		*ret_reads = sh_is_in(sh_field_text(f, i + 1), stdin_names,
				      ARRAY_SIZE(stdin_names));
		if (!*ret_reads)
			sh_not_understood(r, c->text, "fwlint does not read the other file here");
		return *ret_reads;
	}
	return true;
}

bool sh_write_nft(struct sh_reader *r, const struct sh_list *l, size_t i, const struct sh_fields *f,
		  struct sh_program *p, struct sh_step *step)
{
	const struct sh_command *c = l->items[i];
	bool reads;
	if (!nft_reads(r, c, f, p, &reads))
		return false;
	if (reads)
		return write_input(r, c, input_of(l, i), step);
	while (p->at + 1 < f->n && str_starts(sh_field_text(f, p->at + 1), "-"))
		p->at++; /* -a, -e … */
	sh_write_words(r, f, p, step);
	return true;
}

bool sh_write_restore(struct sh_reader *r, const struct sh_list *l, size_t i,
		      const struct sh_fields *f, const struct sh_program *p, struct sh_step *step)
{
	const struct sh_command *c = l->items[i];
	for (size_t k = p->at + 1; k < f->n; k++) {
		struct str t = sh_field_text(f, k);
		size_t wait = wait_length(f, k);
		if (str_starts(t, "-T") || str_starts(t, "--table")) {
			sh_not_understood(r, c->text, "only one table of the text is restored");
			return false;
		}
		if (str_is(t, "-n") || str_is(t, "--noflush"))
			step->noflush = true;
		else if (wait)
			k += wait - 1;
		else if (!str_starts(t, "-")) {
			sh_not_understood(r, c->text, "fwlint does not read the other file here");
			return false;
		}
	}
	return write_input(r, c, input_of(l, i), step);
}

/* The piece with the byte, or the last piece before it. */
static const struct sh_piece *piece_at(const struct sh_script *s, uint32_t off)
{
	size_t lo = 0, hi = s->pieces.n;
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;
		if (s->pieces.items[mid].at <= off)
			lo = mid;
		else
			hi = mid;
	}
	return &s->pieces.items[lo];
}

struct span sh_place(const struct sh_script *s, struct span in_text)
{
	if (!s->pieces.n)
		return (struct span){ 0, 0 };
	const struct sh_piece *first = piece_at(s, in_text.off);
	/* between two pieces: the next one */
	if (in_text.len && in_text.off >= first->at + first->len &&
	    first + 1 < s->pieces.items + s->pieces.n)
		first++;
	uint32_t last_byte = in_text.off + (in_text.len ? in_text.len - 1 : 0);
	const struct sh_piece *last = piece_at(s, last_byte);
	uint32_t from = first->from.off, to = last->from.off + last->from.len;
	if (first->is_verbatim && in_text.off >= first->at)
		from += in_text.off - first->at < first->len ? in_text.off - first->at : first->len;
	if (last->is_verbatim && last_byte - last->at < last->len)
		to = last->from.off + (last_byte - last->at) + (in_text.len > 0);
	return (struct span){ from, to > from ? to - from : 0 };
}
