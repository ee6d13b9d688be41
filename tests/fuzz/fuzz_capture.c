/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libFuzzer target: any bytes as a capture, judged with a ruleset. */
#include "fuzz.h"

static struct resets *read_all(FILE *f, const struct ruleset *rs, struct arena *a)
{
	struct capture *c;
	struct captured p[RESETS_BATCH];
	size_t n = 0;
	if (capture_open_stream(f, "fuzz", NULL, a, &c))
		return NULL;
	struct resets *r = resets_new(rs, a);
	resets_begin(r, "fuzz");
	while (capture_next(c, &p[n]) == CAPTURE_FRAME)
		if (++n == RESETS_BATCH) {
			resets_see_batch(r, p, n);
			n = 0;
		}
	resets_see_batch(r, p, n);
	capture_close(c);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char rules[] = "*filter\n:FORWARD ACCEPT\n-A FORWARD -m state --state "
				    "ESTABLISHED -j ACCEPT\n"
				    "-A FORWARD -p tcp -j REJECT --reject-with tcp-reset\nCOMMIT\n";
	if (!size)
		return 0;
	struct arena *a = arena_new();
	FILE *f = fmemopen((void *)data, size, "rb"), *out = fopen("/dev/null", "w");
	FW_ASSERT(f && out);
	struct resets *r = read_all(f, fuzz_read(str_from(rules), NULL, NULL, a), a);
	if (r) {
		struct printer p = printer_new(format_find("json"), out,
					       &(struct printer_options){ 0 }, a);
		resets_judge(r);
		p.format->resets(&p, r);
	}
	fclose(out);
	arena_free(a);
	return 0;
}
