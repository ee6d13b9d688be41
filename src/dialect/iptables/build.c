/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Matches and statements for the rule that is being read. */
#include "extension.h"

#include <stdarg.h>

struct match match_ranges(struct arena *a, enum field f, const struct range *ranges, uint32_t n,
			  bool negate)
{
	struct range *copy = arena_new_array(a, struct range, n);
	if (n)
		memcpy(copy, ranges, n * sizeof(*ranges));
	return (struct match){ .kind = MATCH_RANGES,
			       .field = f,
			       .negate = negate,
			       .n = ranges_normalize(copy, n),
			       .ranges = copy };
}

struct match match_mask(struct arena *a, enum field f, u128 mask, u128 value, bool negate)
{
	if (value & ~mask)
		return match_ranges(a, f, NULL, 0, negate); /* never equal */
	struct mask_value *m = arena_new_one(a, struct mask_value);
	*m = (struct mask_value){ mask, value };
	return (struct match){ .kind = MATCH_MASK, .field = f, .negate = negate, .mask = m };
}

void rule_add_match(struct rule_parser *r, struct match m)
{
	vec_push(r->p->arena, &r->matches, m);
}

void rule_match_ranges(struct rule_parser *r, enum field f, const struct range *ranges, uint32_t n,
		       bool negate)
{
	rule_add_match(r, match_ranges(r->p->arena, f, ranges, n, negate));
}

void rule_match_mask(struct rule_parser *r, enum field f, u128 mask, u128 value, bool negate)
{
	rule_add_match(r, match_mask(r->p->arena, f, mask, value, negate));
}

void test_of_field(struct rule_parser *r, struct instance *in, const struct option *o,
		   const struct option_value *v)
{
	struct range range = { v->lo, v->hi };
	(void)in;
	if (field_table[o->field].masked)
		rule_match_mask(r, o->field, v->hi, v->lo, v->negate);
	else
		rule_match_ranges(r, o->field, &range, v->lo <= v->hi, v->negate);
}

void rule_match_any(struct rule_parser *r, const struct match *any, uint32_t n, bool negate)
{
	struct match *copy = arena_new_array(r->p->arena, struct match, n);
	if (n)
		memcpy(copy, any, n * sizeof(*any));
	rule_add_match(r, (struct match){
				  .kind = MATCH_ANY, .negate = negate, .n = n, .parts = copy });
}

struct opaque *rule_opaque(struct rule_parser *r, struct str text, struct str key,
			   enum opaque_class class)
{
	struct opaque *o = ruleset_add_opaque(r->p->rs, &r->p->pure_texts, key, class);
	if (o->text.p == key.p) /* a new one */
		o->text = text;
	return o;
}

void rule_match_opaque(struct rule_parser *r, struct str text, struct str key,
		       enum opaque_class class, bool negate)
{
	struct opaque *o = rule_opaque(r, text, key, class);
	rule_add_match(r, (struct match){ .kind = MATCH_OPAQUE, .negate = negate, .opaque = o });
}

struct opaque *option_as_opaque(struct rule_parser *r, const struct instance *in,
				const struct option *o, const struct option_value *v)
{
	char *text = arena_printf(r->p->arena, "-m %s --%s %.*s%s%.*s", in->ext->name, o->name,
				  STR_FMT(v->word), v->second.n ? " " : "", STR_FMT(v->second));
	char *key = arena_printf(r->p->arena, "-m %s --%s %.*s", in->ext->name, o->name,
				 STR_FMT(v->normal));
	return rule_opaque(r, str_from(text), str_from(key), OPAQUE_PURE);
}

void opaque_option(struct rule_parser *r, struct instance *in, const struct option *o,
		   const struct option_value *v)
{
	rule_add_match(r, (struct match){ .kind = MATCH_OPAQUE,
					  .negate = v->negate,
					  .opaque = option_as_opaque(r, in, o, v) });
}

struct match match_tracked(struct arena *a, bool no_template)
{
	static const struct range tracked = { CT_STATE_NEW, CT_STATE_RELATED };
	struct match m = match_ranges(a, FIELD_CT_STATE, &tracked, 1, false);
	m.no_template = no_template;
	return m;
}

void rule_match_tracked(struct rule_parser *r)
{
	rule_add_match(r, match_tracked(r->p->arena, false));
}

void rule_write(struct rule_parser *r, enum field f, u128 mask, u128 value, bool unknown,
		bool needs_ct)
{
	struct statement st = { .kind = STMT_WRITE,
				.field = f,
				.text = r->has_target ? text_str(&r->target.text) : r->verdict_name,
				.mask = mask,
				.value = value,
				.unknown = unknown,
				.needs_ct = needs_ct };
	vec_push(r->p->arena, &r->statements, st);
}

void rule_queue(struct rule_parser *r, struct str queues, bool bypass)
{
	struct span span = r->verdict.span;
	r->verdict = ruleset_queue(r->p->rs, &r->p->pure_texts, queues, bypass);
	r->verdict.span = span;
}

void rule_error(struct rule_parser *r, struct str at, enum error_code code, const char *fmt, ...)
{
	va_list ap;
	if (r->failed)
		return;
	r->failed = true;
	va_start(ap, fmt);
	diag_vadd(r->p->diags, source_span(r->p->source, at), code, fmt, ap);
	va_end(ap);
}
