/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options of a rule one by one, as getopt_long and libxtables take them:
 * short options, long ones whole or abbreviated, `--opt=value`, `!` before an
 * option (or, as in old files, before its value); an unknown option loads
 * the match of the protocol that -p named.
 */
#include "extension.h"

/* ---- words ---- */

static const struct word *next_word(struct rule_parser *r)
{
	return r->at < r->words->n ? &r->words->items[r->at++] : NULL;
}

static bool is_option(const struct word *w)
{
	return w->text.n && w->text.p[0] == '-';
}

static bool next_is(const struct rule_parser *r, const char *text)
{
	return r->at < r->words->n && str_is(r->words->items[r->at].text, text);
}

/* The argument of an option: after `=`, glued to a short option, or the next word. */
static bool take_argument(struct rule_parser *r, const struct word *opt, struct str glued,
			  bool *negate, struct word *ret)
{
	if (glued.p) {
		*ret = (struct word){ glued, opt->raw };
		return true;
	}
	if (!*negate && next_is(r, "!")) { /* `-s ! addr`, before iptables 1.4.3 */
		*negate = true;
		ruleset_load_needs(r->p->rs, source_span(r->p->source, opt->raw),
				   "since 1.4.3 iptables wants '!' before '%.*s'",
				   STR_FMT(opt->text));
		r->at++;
	}
	const struct word *w = next_word(r);
	if (!w) {
		rule_error(r, opt->raw, ERROR_SYNTAX, "'%.*s' needs an argument",
			   STR_FMT(opt->text));
		return false;
	}
	*ret = *w;
	return true;
}

static void option_counters(struct rule_parser *r, const struct word *opt, const struct word *first)
{
	struct str rest = first->text;
	struct str packets = str_cut(&rest, ',');
	u128 n;
	if (!rest.p) {
		const struct word *w = next_word(r);
		if (!w) {
			rule_error(r, opt->raw, ERROR_SYNTAX,
				   "'%.*s' needs a packet and a byte count", STR_FMT(opt->text));
			return;
		}
		rest = w->text;
	}
	if (!str_number(packets, UINT64_MAX, &n) || !str_number(rest, UINT64_MAX, &n))
		rule_error(r, first->raw, ERROR_VALUE, "'%.*s' is not a packet or byte count",
			   STR_FMT(first->text));
}

/* ---- extensions ---- */

static struct instance load(struct rule_parser *r, const struct extension *ext, struct str at,
			    char letter)
{
	struct instance in = { .ext = ext, .at = at };
	ruleset_uses(r->p->rs, feature_find(FEATURE_EXTENSION, str_from(ext->name)),
		     source_span(r->p->source, at));
	in.text.arena = r->p->arena;
	if (!(ext->flags & EXT_TYPED))
		text_printf(&in.text, "-%c %s", letter, ext->name);
	return in;
}

static void option_match(struct rule_parser *r, const struct word *w, bool negate)
{
	const struct extension *ext = match_find(w->text, r->families);
	if (negate) {
		rule_error(r, w->raw, ERROR_SYNTAX,
			   "put '!' before an option of the match, not before -m");
		return;
	}
	if (!ext) {
		rule_error(r, w->raw, ERROR_WORD, "unknown match '%.*s'%s", STR_FMT(w->text),
			   match_find(w->text, V4 | V6) ? " for this address family" : "");
		return;
	}
	struct instance in = load(r, ext, w->raw, 'm');
	vec_push(r->p->arena, &r->loaded, in);
}

// clang-format off
static const struct { const char *name; enum verdict_kind kind; } standard_targets[] = {
	{ "ACCEPT", VERDICT_ACCEPT }, { "DROP", VERDICT_DROP },
	{ "RETURN", VERDICT_RETURN }, { "QUEUE", VERDICT_QUEUE },
};
// clang-format on

static void option_jump(struct rule_parser *r, const struct word *w, bool is_goto)
{
	if (!w->text.n) {
		rule_error(r, w->raw, ERROR_SYNTAX, "expected a target after -%c",
			   is_goto ? 'g' : 'j');
		return;
	}
	r->verdict_name = w->text;
	r->verdict.span = source_span(r->p->source, w->raw);
	for (size_t i = 0; i < ARRAY_SIZE(standard_targets) && !is_goto; i++)
		if (str_is(w->text, standard_targets[i].name)) {
			r->verdict.kind = standard_targets[i].kind;
			/* ip_tables.c: ipt_do_table() returns -v - 1, which is NF_QUEUE and number
			 * 0 */
			if (r->verdict.kind == VERDICT_QUEUE) {
				rule_queue(r, STR("0"), false);
				ruleset_refused_by(r->p->rs, LOADER_NFT, r->verdict.span,
						   "iptables-nft-restore has no target "
						   "QUEUE: write NFQUEUE");
			}
			return;
		}
	const struct extension *ext = is_goto ? NULL : target_find(w->text, r->families);
	r->verdict.kind = is_goto ? VERDICT_GOTO : VERDICT_JUMP;
	if (ext && !parser_find_chain(r->p, r->in_table, w->text)) {
		r->verdict.kind = ext->verdict;
		r->target = load(r, ext, w->raw, 'j');
		r->has_target = true;
	}
}

static const char *proto_match_name(const struct rule_parser *r)
{
	static const struct {
		unsigned proto;
		const char *name;
	} names[] = {
		{ 6, "tcp" }, { 17, "udp" },     { 132, "sctp" }, { 33, "dccp" }, { 50, "esp" },
		{ 51, "ah" }, { 108, "ipcomp" }, { 135, "mh" },   { 1, "icmp" },  { 58, "icmp6" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(names) && r->has_proto; i++)
		if (names[i].proto == r->proto)
			return names[i].name;
	return NULL;
}

/* ---- looking an option up ---- */

struct lookup {
	const struct core *core;
	struct instance *in;
	const struct option *option;
	bool ambiguous; /* abbreviates options of different names */
};

static void note_candidate(struct lookup *l, const char *name)
{
	const char *first = l->in ? l->option->name : l->core ? l->core->name : name;
	if (strcmp(first, name) != 0)
		l->ambiguous = true;
}

static bool is_prefix(struct str given, const char *name)
{
	return strncmp(name, given.p, given.n) == 0 && strlen(name) >= given.n;
}

static void look_in(struct instance *in, struct str name, bool exact, struct lookup *l)
{
	for (size_t i = 0; i < in->ext->n_options; i++) {
		const struct option *o = &in->ext->options[i];
		if (exact ? !str_is(name, o->name) : !is_prefix(name, o->name))
			continue;
		note_candidate(l, o->name);
		if (l->in || l->core)
			continue;
		l->in = in;
		l->option = o;
	}
}

/* The newest extension first; then the rule's own options. */
static struct lookup look_up(struct rule_parser *r, struct str name, bool exact)
{
	struct lookup l = { 0 };
	if (r->has_target)
		look_in(&r->target, name, exact, &l);
	for (size_t i = r->loaded.n; i-- > 0 && !(exact && l.in);)
		look_in(&r->loaded.items[i], name, exact, &l);
	const struct core *c;
	for (size_t at = 0; (c = core_long(name, exact, &at));) {
		/* --source and --src are one option */
		if (!l.core || l.core->id != c->id || c->id >= CORE_LIST)
			note_candidate(&l, c->name);
		if (!l.in && !l.core)
			l.core = c;
	}
	return l;
}

static struct lookup find_long(struct rule_parser *r, struct str name)
{
	struct lookup l = look_up(r, name, true);
	if (!l.in && !l.core && name.n)
		l = look_up(r, name, false);
	if (l.in || l.core)
		return l;
	const char *proto = proto_match_name(r);
	const struct extension *ext = proto ? match_find(str_from(proto), r->families) : NULL;
	for (size_t i = 0; i < r->loaded.n && ext; i++)
		if (r->loaded.items[i].ext == ext)
			ext = NULL;
	if (!ext)
		return l;
	struct instance in = load(r, ext, r->proto_word, 'm');
	vec_push(r->p->arena, &r->loaded, in);
	l = look_up(r, name, true);
	if (!l.in && !l.core)
		l = look_up(r, name, false);
	if (!l.in)
		r->loaded.n--;
	return l;
}

/* ---- an option of an extension ---- */

static void add_text(struct instance *in, const char *name, const struct option_value *v)
{
	text_printf(&in->text, "%s%s--%s", in->text.n ? " " : "", v->negate ? "! " : "", name);
	if (v->word.p)
		text_printf(&in->text, " %.*s", STR_FMT(v->word));
	if (v->second.p)
		text_printf(&in->text, " %.*s", STR_FMT(v->second));
}

static void option_of_extension(struct rule_parser *r, struct instance *in, const struct option *o,
				const struct word *opt, struct str glued, bool negate)
{
	struct option_value v = { 0 };
	ruleset_uses(r->p->rs, feature_find_option(in->ext->name, o->name),
		     source_span(r->p->source, opt->raw));
	FW_ASSERT(in->ext->n_options <= 64 && o->id < 64);
	uint64_t bit = (uint64_t)1 << (o - in->ext->options);
	struct word arg = { .raw = opt->raw };
	bool has_next = r->at < r->words->n && !is_option(&r->words->items[r->at]) &&
			!next_is(r, "!");
	if (o->arg != ARG_NONE && (o->arg != ARG_MAYBE || has_next)) {
		if (!take_argument(r, opt, glued, &negate, &arg))
			return;
		v.word = arg.text;
	}
	if (o->arg == ARG_TWO_TEXTS) {
		const struct word *second = next_word(r);
		if (!second) {
			rule_error(r, opt->raw, ERROR_SYNTAX, "'--%s' needs two arguments",
				   o->name);
			return;
		}
		v.second = second->text;
	}
	v.negate = negate;
	if (negate && !(o->flags & OPT_INVERT))
		rule_error(r, opt->raw, ERROR_CONFLICT, "'--%s' cannot be negated", o->name);
	if ((in->seen & bit) && !(o->flags & OPT_REPEAT))
		rule_error(r, opt->raw, ERROR_DUPLICATE, "'--%s' is given twice", o->name);
	if (!r->failed && !argument_read(r, o, &v))
		rule_error(r, arg.raw, ERROR_VALUE, "'%.*s' is not a value that '--%s' takes",
			   STR_FMT(arg.text), o->name);
	if (r->failed)
		return;
	if ((o->flags & OPT_REVERSED) && v.lo > v.hi)
		ruleset_load_needs(r->p->rs, source_span(r->p->source, arg.raw),
				   "the range '%.*s' holds no value: iptables 1.8.9 takes it, "
				   "later versions refuse it",
				   STR_FMT(arg.text));
	in->seen |= bit;
	in->given |= (uint64_t)1 << o->id;
	in->inverted = in->inverted || negate;
	in->negated |= negate ? bit : 0;
	if (!(in->ext->flags & EXT_TYPED)) {
		instance_say(r, in, o, &v);
		add_text(in, o->name, &v);
	}
	if (o->parse)
		o->parse(r, in, o, &v);
}

/* ---- one option ---- */

/* Is it given once, for a command that takes it, and may it be negated? (xshared.c: set_option) */
static void core_given(struct rule_parser *r, enum core_option id, const struct word *opt,
		       bool negate)
{
	unsigned bit = 1u << (id == CORE_GOTO ? CORE_JUMP : id);
	const char *commands = id == CORE_COUNTERS ? "AIR" : "AIRDC";
	if (id <= CORE_COUNTERS && (r->given & bit))
		rule_error(r, opt->raw, ERROR_DUPLICATE,
			   id == CORE_JUMP || id == CORE_GOTO ? "this is a second target, and a "
								"rule has only one: write a rule "
								"for each"
							      : "'%.*s' is given twice: write a "
								"rule for each",
			   STR_FMT(opt->text));
	if (id > CORE_FRAGMENT && negate)
		rule_error(r, opt->raw, ERROR_CONFLICT, "'%.*s' cannot be negated",
			   STR_FMT(opt->text));
	/* -F CHAIN -m … (xshared.c: commands_v_options) */
	if (id <= CORE_COUNTERS && !strchr(commands, r->place->letter))
		rule_error(r, opt->raw, ERROR_CONFLICT, "'%.*s' cannot be used with '-%c'",
			   STR_FMT(opt->text), r->place->letter);
	r->given |= bit;
}

static void option_core(struct rule_parser *r, enum core_option id, const struct word *opt,
			struct str glued, bool negate)
{
	struct word arg = { .raw = opt->raw };
	static const struct range is_fragment = { 1, 1 };
	if (core_takes_word(id) && !take_argument(r, opt, glued, &negate, &arg))
		return;
	core_given(r, id, opt, negate);
	if (r->failed)
		return;
	if (glued.p && id <= CORE_JUMP && core_takes_word(id))
		ruleset_load_needs(r->p->rs, source_span(r->p->source, opt->raw),
				   "iptables 1.8.8 and 1.8.9 read all of '%.*s' as the value: put "
				   "a space after the option",
				   STR_FMT(opt->text));
	switch (id) {
	case CORE_PROTOCOL: option_protocol(r, &arg, negate); return;
	case CORE_SOURCE: option_address(r, true, &arg, negate); return;
	case CORE_DESTINATION: option_address(r, false, &arg, negate); return;
	case CORE_IN: option_interface(r, FIELD_IIFNAME, &arg, negate); return;
	case CORE_OUT: option_interface(r, FIELD_OIFNAME, &arg, negate); return;
	case CORE_FRAGMENT:
		if (!(r->families & V4))
			rule_error(r, opt->raw, ERROR_PLACE, "'-f' is for IPv4 only");
		rule_match_ranges(r, FIELD_FRAGMENT, &is_fragment, 1, negate);
		return;
	case CORE_MATCH: option_match(r, &arg, negate); return;
	case CORE_JUMP: option_jump(r, &arg, false); return;
	case CORE_GOTO: option_jump(r, &arg, true); return;
	case CORE_COUNTERS: option_counters(r, opt, &arg); return;
	case CORE_TABLE:
		if (r->p->has_section)
			rule_error(r, opt->raw, ERROR_PLACE,
				   "'-t' is not allowed here: the table is named by '*table'");
		return;
	case CORE_LIST:
	case CORE_SHELL:
		if (r->p->has_section)
			rule_error(r, opt->raw, ERROR_PLACE,
				   "'%.*s' is not allowed in a restore file", STR_FMT(opt->text));
		return;
	case CORE_INFO:
		rule_error(r, opt->raw, ERROR_PLACE,
			   "'%.*s' ends iptables-restore: nothing is loaded", STR_FMT(opt->text));
		return;
	case CORE_COMMAND:
		rule_error(r, opt->raw, ERROR_DUPLICATE,
			   "a second command: put it on a line of its own");
		return;
	case CORE_IPV4:
	case CORE_IPV6:
	case CORE_VERBOSE:
	case CORE_MODPROBE: return;
	}
}

/* "-p", "-ptcp", "-vf": flags, and at most one option with an argument. */
static bool options_short(struct rule_parser *r, const struct word *w, bool negate)
{
	for (size_t i = 1; i < w->text.n && !r->failed; i++) {
		const struct core *c = core_short(w->text.p[i]);
		struct str glued = { 0 };
		if (!c)
			return false;
		if (core_takes_word(c->id) && i + 1 < w->text.n)
			glued = (struct str){ w->text.p + i + 1, w->text.n - i - 1 };
		option_core(r, c->id, w, glued, negate);
		if (core_takes_word(c->id))
			return true;
		negate = false;
	}
	return true;
}

static void bad_word(struct rule_parser *r, const struct word *w)
{
	if (w->raw.p[0] == '#')
		rule_error(r, w->raw, ERROR_SYNTAX,
			   "a comment after a rule is refused by iptables-restore: "
			   "put it on a line of its own, or use -m comment");
	else if (str_is(w->raw, "\\"))
		rule_error(r, w->raw, ERROR_SYNTAX,
			   "a line cannot be continued with '\\' in a restore file");
	else
		rule_error(r, w->raw, ERROR_SYNTAX, "unexpected '%.*s': expected an option",
			   STR_FMT(w->text));
}

/* An option of a match that is not iptables' own: kept as it is. */
static bool option_foreign(struct rule_parser *r, const struct word *opt, bool negate)
{
	struct instance *in = r->has_target && (r->target.ext->flags & EXT_FOREIGN) ? &r->target
			      : r->loaded.n ? &r->loaded.items[r->loaded.n - 1]
					    : NULL;
	if (!in || !(in->ext->flags & EXT_FOREIGN))
		return false;
	text_printf(&in->text, "%s %.*s", negate ? " !" : "", STR_FMT(opt->text));
	for (; r->at < r->words->n && !is_option(&r->words->items[r->at]) && !next_is(r, "!");
	     r->at++)
		text_printf(&in->text, " %.*s", STR_FMT(r->words->items[r->at].text));
	return true;
}

void option_read(struct rule_parser *r)
{
	bool negate = false;
	const struct word *w = next_word(r);
	FW_ASSERT(w); /* rule_parse() calls while there are words */
	if (str_is(w->text, "!")) {
		negate = true;
		w = next_word(r);
		if (!w) {
			rule_error(r, r->words->items[r->words->n - 1].raw, ERROR_SYNTAX,
				   "expected an option after '!'");
			return;
		}
	}
	if (w->text.n < 2 || !is_option(w)) {
		bad_word(r, w);
		return;
	}
	if (w->text.p[1] != '-') {
		if (!options_short(r, w, negate) && !option_foreign(r, w, negate))
			rule_error(r, w->raw, ERROR_WORD, "unknown option '%.*s'",
				   STR_FMT(w->text));
		return;
	}
	struct str rest = { w->text.p + 2, w->text.n - 2 };
	struct str name = str_cut(&rest, '=');
	struct lookup l = find_long(r, name);
	if (l.ambiguous)
		rule_error(r, w->raw, ERROR_WORD, "'--%.*s' is short for more than one option",
			   STR_FMT(name));
	else if (l.in)
		option_of_extension(r, l.in, l.option, w, rest, negate);
	else if (l.core)
		option_core(r, l.core->id, w, rest, negate);
	else if (!option_foreign(r, w, negate))
		rule_error(r, w->raw, ERROR_WORD, "unknown option '--%.*s'", STR_FMT(name));
}
