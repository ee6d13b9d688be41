/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finishes a match or a target when all its options were read: checks that they fit together and
 * fit the rule, then adds the result to the rule.
 */
#include "extension.h"

static void check_protocol(struct rule_parser *r, const struct instance *in)
{
	if (!in->ext->protocols)
		return;
	struct str rest = str_from(in->ext->protocols);
	/* `! -p tcp --dport 80`: see reads_any_bytes() */
	bool negated = (in->ext->flags & EXT_READS_BYTES) && in->seen;
	while (rest.p) {
		unsigned proto;
		if (protocol_number(str_cut(&rest, ','), &proto) && r->has_proto &&
		    (!r->proto_negated || negated) && r->proto == proto)
			return;
	}
	rule_error(r, in->at, ERROR_MISSING, "'%s' needs '-p %.*s'", in->ext->name,
		   (int)strcspn(in->ext->protocols, ","), in->ext->protocols);
}

static void check_chain(struct rule_parser *r, const struct instance *in)
{
	if (in->ext->chains &&
	    in_list(r->chain_name, "PREROUTING,INPUT,FORWARD,OUTPUT,POSTROUTING") &&
	    !in_list(r->chain_name, in->ext->chains))
		rule_error(r, in->at, ERROR_PLACE, "'%s' is not allowed in %.*s (only in %s)",
			   in->ext->name, STR_FMT(r->chain_name), in->ext->chains);
}

/* The first of the options of a list that was given, or was not; NULL: there is none. */
static const char *first_option(const struct instance *in, const char *list, bool given)
{
	for (size_t i = 0; i < in->ext->n_options && list; i++)
		if (in_list(str_from(in->ext->options[i].name), list) &&
		    (in->seen >> i & 1) == given)
			return in->ext->options[i].name;
	return NULL;
}

static void check_other_options(struct rule_parser *r, const struct instance *in,
				const struct option *o)
{
	const char *missing = first_option(in, o->needs, false),
		   *other = first_option(in, o->excludes, true);
	if (missing)
		rule_error(r, in->at, ERROR_MISSING, "'--%s' needs '--%s'", o->name, missing);
	if (other)
		rule_error(r, in->at, ERROR_CONFLICT, "'--%s' and '--%s' exclude each other",
			   o->name, other);
}

static void check_options(struct rule_parser *r, const struct instance *in)
{
	unsigned group = 0;
	bool has_group = false;
	for (size_t i = 0; i < in->ext->n_options; i++) {
		const struct option *o = &in->ext->options[i];
		bool seen = in->seen >> i & 1;
		if ((o->flags & OPT_NEEDED) && !seen)
			rule_error(r, in->at, ERROR_MISSING, "'%s' needs '--%s'", in->ext->name,
				   o->name);
		if (seen)
			check_other_options(r, in, o);
		has_group = has_group || (o->flags & OPT_GROUP);
		group += seen && (o->flags & OPT_GROUP);
	}
	if ((in->ext->flags & EXT_GROUP_NEED) && !group && (has_group || !in->seen))
		rule_error(r, in->at, ERROR_MISSING, "'%s' needs one of its options",
			   in->ext->name);
	if ((in->ext->flags & EXT_GROUP_ONE) && group > 1)
		rule_error(r, in->at, ERROR_CONFLICT,
			   "'%s' takes only one of its options at a time", in->ext->name);
}

/* The last match is true without a conntrack entry, whatever it tests. */
static void spare_untracked(struct rule_parser *r, bool no_template)
{
	struct match any[2] = { r->matches.items[--r->matches.n],
				match_tracked(r->p->arena, no_template) };
	any[1].negate = true;
	rule_match_any(r, any, 2, false);
}

/* The only negation of a match; NULL: it has none, or more. */
static const struct said *only_negation(const struct instance *in)
{
	const struct said *only = NULL;
	for (size_t i = 0; i < in->said.n; i++)
		if (in->said.items[i].negate) {
			if (only)
				return NULL;
			only = &in->said.items[i];
		}
	return only;
}

/*
 * A match and its negation share one variable if the kernel inverts the answer for every packet.
 * The text then has no '!'.
 */
static void add_opaque(struct rule_parser *r, struct instance *in)
{
	if (in->always) {
		if (in->negated)
			rule_match_any(r, NULL, 0, false);
		return;
	}
	bool flips = (in->ext->flags & EXT_FLIPS_WHOLE) ||
		     (in->said.n == 1 && (in->ext->flags & EXT_FLIPS));
	const struct said *only = flips ? only_negation(in) : NULL;
	struct str text = text_str(&in->text),
		   key = in->key.n ? in->key : instance_said(r->p->arena, in, only);
	const char *mark = memmem(text.p, text.n, "! --", 4);
	if (only && mark)
		text = str_from(arena_printf(r->p->arena, "%.*s%.*s", (int)(mark - text.p), text.p,
					     (int)(text.p + text.n - mark - 2), mark + 2));
	else if (only || (flips && mark))
		text = key; /* its normal form says the opposite of what is written */
	enum opaque_class class = in->ext->flags & EXT_STATEFUL ? OPAQUE_STATEFUL : OPAQUE_PURE;
	struct opaque *o = rule_opaque(r, text, key, class);
	o->is_local = in->is_local;
	o->is_rare = in->is_rare;
	o->of_connection = in->ext->flags & EXT_OF_CONNECTION;
	rule_add_match(r, (struct match){ .kind = MATCH_OPAQUE, .negate = only, .opaque = o });
}

void match_finish(struct rule_parser *r, struct instance *in)
{
	bool is_forgotten = !strchr("AIRDC", r->place->letter); /* -F CHAIN -m … */
	if (!is_forgotten) {
		check_protocol(r, in);
		check_chain(r, in);
	}
	check_options(r, in);
	if (r->failed || is_forgotten)
		return;
	if (in->ext->finish)
		in->ext->finish(r, in);
	r->needs_whole = r->needs_whole || (in->ext->flags & EXT_NEEDS_WHOLE);
	/* not known for matches of other vendors */
	r->p->reassembles = r->p->reassembles || (in->ext->flags & (EXT_REASSEMBLES | EXT_FOREIGN));
	bool asks = in->ext->no_entry != NO_ENTRY_SAME,
	     spared = in->ext->no_entry == NO_ENTRY_INVERTED && in->inverted;
	if (asks && !spared)
		rule_add_match(r, match_tracked(r->p->arena, in->ext->template_is_none));
	if (in->ext->flags & EXT_TYPED)
		return;
	add_opaque(r, in);
	if (spared)
		spare_untracked(r, in->ext->template_is_none);
}

void target_finish(struct rule_parser *r)
{
	struct instance *in = &r->target;
	check_protocol(r, in);
	check_chain(r, in);
	check_options(r, in);
	if (!r->failed && in->ext->tables && !in_list(str_from(r->table), in->ext->tables))
		rule_error(r, in->at, ERROR_PLACE,
			   "target %s is not allowed in table '%s' (only in %s)", in->ext->name,
			   r->table, in->ext->tables);
	if (r->failed)
		return;
	/* CT --notrack gives no template, and needs no conntrack (xt_CT.c) */
	r->p->reassembles = r->p->reassembles ||
			    (!in->notrack && (in->ext->flags & (EXT_REASSEMBLES | EXT_FOREIGN)));
	if (in->ext->legacy_tables && !in_list(str_from(r->table), in->ext->legacy_tables))
		ruleset_refused_by(r->p->rs, LOADER_LEGACY, source_span(r->p->source, in->at),
				   "target %s in table '%s': "
				   "iptables-legacy-restore takes it in %s only",
				   in->ext->name, r->table, in->ext->legacy_tables);
	if (in->ext->statement != STMT_WRITE) {
		struct statement st = { .kind = in->ext->statement,
					.text = text_str(&in->text),
					.to_self = in->ext->flags & EXT_TO_SELF,
					.to = in->nat };
		st.to.end = in->ext->translates;
		vec_push(r->p->arena, &r->statements, st);
	}
	if (in->ext->finish)
		in->ext->finish(r, in);
}
