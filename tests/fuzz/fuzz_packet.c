/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libFuzzer target: a packet in words or in matches of nft, behind a line "%%" the ruleset that it
 * is followed through. The words that are printed for it are read as the same packet.
 */
#include "fuzz.h"

static void read_again(const struct traced *t, struct arena *a)
{
	const char *words = packet_words(t->ruleset, &t->packet, a);
	struct diags diags = { .arena = a };
	struct worded w;
	if (!str_is_visible(str_from(words)))
		return; /* names of interfaces may be any bytes in a ruleset */
	if (words_read(t->ruleset, source_new(a, "words", words, strlen(words)), a, &diags, &w) &&
	    strcmp(packet_words(t->ruleset, &w.packet, a), words) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct trace_request request = { .path = PATH_UNKNOWN, .reply = true };
	static const char nothing[] = "table inet t { }\n";
	struct arena *a = arena_new();
	struct str rest = { (const char *)data, size }, packet = fuzz_part(&rest);
	struct str rules = rest.p ? rest : (struct str){ nothing, sizeof(nothing) - 1 };
	const struct ruleset *rs = fuzz_read(rules, NULL, NULL, a);
	struct diags diags = { .arena = a };
	struct traced t;
	const struct traced *const one[] = { &t };
	FILE *out = fopen("/dev/null", "w");
	FW_ASSERT(out);
	const char *text = arena_strndup(a, packet.n ? packet.p : "", packet.n);
	struct source *s = source_new(a, "packet", text, packet.n);
	if (rs && trace_packet(rs, s, &request, a, &diags, &t)) {
		read_again(&t, a);
		for (size_t i = 0; format_list[i]; i++) {
			const struct printer_options o = { .colour = true };
			struct printer p = printer_new(format_list[i], out, &o, a);
			if (format_offers(format_list[i], PRODUCT_TRACE))
				format_list[i]->trace(&p, one, 1);
		}
	} else if (rs) {
		report_diags(out, s, &diags, false, true);
	}
	fclose(out);
	arena_free(a);
	return 0;
}
