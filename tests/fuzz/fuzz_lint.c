/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libFuzzer target: any bytes through detection, each parser, all checks, the
 * fixes, the diff, the reports and the comparison; sysctl files; packets. What comes out of a fix
 * must parse, and rendering must not crash; the sanitizers watch the rest.
 */
#include <fwlint/report.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void lint(struct arena *a, const struct dialect *dialect, struct source *s, FILE *out)
{
	struct diags diags = { .arena = a };
	struct ruleset *rs = dialect->read(a, s, NULL, &diags);
	const struct printer_options o = { .colour = false };
	const struct messages none = { 0 };
	report_diags(out, s, &diags, false, false);
	if (diags.n)
		return;
	const char *gave_up;
	struct findings found = check_run(rs, NULL, a, &gave_up);
	if (gave_up)
		return;
	findings_fingerprint(&found, rs, a);
	struct fix_plan plan = fix_plan_make(rs, &found, NULL,
					     &(struct fix_options){ .unsafe = true }, a);
	struct str diff = edits_diff(&plan.edits, s, a);
	struct report r = { .name = s->name,
			    .ruleset = rs,
			    .source = s,
			    .messages = &none,
			    .diags = &diags,
			    .findings = &found,
			    .plan = &plan,
			    .diff = arena_strndup(a, diff.p, diff.n) };
	for (size_t i = 0; format_list[i]; i++) {
		if (!format_offers(format_list[i], PRODUCT_LINT))
			continue;
		struct printer p = printer_new(format_list[i], out, &o, a);
		p.format->lint.begin(&p);
		p.format->lint.each(&p, &r);
		p.format->lint.end(&p);
	}
	report_ast(out, rs);
	/* the ruleset against itself, or against what the fixes make of it */
	struct comparison c = flow_compare(rs, plan.fixed, a);
	if (!plan.used.n && !c.gave_up && c.n)
		abort();
	for (size_t i = 0; format_list[i] && !c.gave_up; i++)
		if (format_offers(format_list[i], PRODUCT_COMPARISON)) {
			struct printer p = printer_new(format_list[i], out, &o, a);
			p.format->comparison(&p, &c);
		}
}

static void read_other_inputs(struct arena *a, const char *text, size_t size, FILE *out)
{
	struct diags diags = { .arena = a };
	struct kernel_settings settings = { .count = 0 };
	struct source *s = source_new(a, "sysctl", text, size);
	struct segment packet;
	sysctl_read(s->items[0], &diags, &settings);
	report_diags(out, s, &diags, false, false);
	(void)segment_parse((const unsigned char *)text, size, &packet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	FILE *out = fopen("/dev/null", "w");
	const char *text = arena_strndup(a, (const char *)data, size);
	FW_ASSERT(out);
	(void)dialect_detect((struct str){ text, size });
	read_other_inputs(a, text, size, out);
	for (size_t i = 0; dialect_list[i]; i++)
		lint(a, dialect_list[i], source_new(a, "fuzz", text, size), out);
	fclose(out);
	arena_free(a);
	return 0;
}
