/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings: their severities, the places that their messages name, their list. */
#include <fwlint/check_analysis.h>

// clang-format off
static const char *const severity_names[] = {
	[SEV_NOTE] = "note", [SEV_WARNING] = "warning", [SEV_ERROR] = "error",
};
// clang-format on

const char *severity_name(enum severity s)
{
	return severity_names[s];
}

const char *setting_place(struct analysis *an, const struct kernel_setting *s)
{
	uint32_t line, col;
	source_pos(an->ruleset->source, s->span.off, &line, &col);
	const struct source_file *file = source_file_at(an->ruleset->source, s->span.off);
	return arena_printf(an->results, "%s:%u", file->name, line);
}

const char *rule_place(struct analysis *an, const struct rule *r)
{
	const struct source *source = an->ruleset->source;
	uint32_t line, col;
	if (r->inserted)
		return "an inserted rule";
	source_pos(source, r->span.off, &line, &col);
	const struct source_file *file = source_file_at(source, r->span.off);
	if (file != source->items[0] || source->is_joined)
		return arena_printf(an->results, "line %u of %s", line, file->name);
	return arena_printf(an->results, "line %u", line);
}

const char *step_place(struct analysis *an, const struct trace_step *s)
{
	if (!s)
		return "no chain";
	if (s->rule)
		return rule_place(an, s->rule);
	if (an->ruleset->source->is_joined)
		return arena_printf(an->results, "the policy of %.*s of %s", STR_FMT(s->base->name),
				    ruleset_part(an->ruleset, s->base->table)->source->name);
	return arena_printf(an->results, "the policy of %.*s", STR_FMT(s->base->name));
}

bool finding_set_place(struct finding *f, const struct trace_step *s)
{
	if (!s)
		return false;
	f->rule = s->rule;
	f->span = s->rule ? s->rule->span : s->base->span;
	return true;
}

bool finding_is_same(const struct finding *x, const struct finding *y)
{
	bool same_rule = x->rule && y->rule ? x->rule->id == y->rule->id
					    : x->rule == y->rule && x->span.off == y->span.off;
	return x->check == y->check && same_rule && x->part == y->part;
}

const char *open_question_words(const struct open_question *q, struct arena *a)
{
	if (q->path == PATH_COUNT)
		return q->check->id;
	return arena_printf(a, "%s on the %s path of %s", q->check->id, path_name(q->path),
			    q->family == NFPROTO_VALUE_IPV4 ? "IPv4" : "IPv6");
}

void analysis_report(struct analysis *an, const struct finding *f)
{
	struct finding new = *f;
	if (an->gave_up)
		return;
	new.check = an->check;
	for (size_t i = 0; i < an->found->n; i++) {
		struct finding *old = &an->found->items[i];
		if (!finding_is_same(old, &new))
			continue;
		if (new.severity > old->severity)
			*old = new;
		return;
	}
	vec_push(an->results, an->found, new);
}

void analysis_report_new(struct analysis *an, const struct finding *f)
{
	struct finding new = *f;
	new.check = an->check;
	if (!an->gave_up)
		vec_push(an->results, an->found, new);
}

void analysis_report_text(struct analysis *an, struct finding f)
{
	f.path = PATH_COUNT;
	analysis_report(an, &f);
}
