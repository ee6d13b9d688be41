/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of a packet are read as the packet that they were printed for: fields that they name,
 * and answers of unknown tests; printed again, they are the same.
 */
#include "property_parts.h"

#include <fwlint/report.h>

static bool is_shown_in(const struct worded *w, const struct packet *p)
{
	for (unsigned f = 0; f < FIELD_COUNT; f++)
		if (w->said[f] && w->packet.v[f] != p->v[f])
			return false;
	return true;
}

/* What no packet of the kernel has in place of a name, and a family that fits. */
static void make_printable(const struct ruleset *rs, struct packet *p)
{
	p->v[FIELD_NFPROTO] = chance(40);
	p->v[FIELD_PHYSIN] = chance(20) ? ifname_value(STR("eth0")) : 0;
	p->v[FIELD_PHYSOUT] = chance(20) ? ifname_value(STR("eth1")) : 0;
	for (unsigned i = 0; i < rs->n_extra; i++)
		if (rs->extra[i].format == FORMAT_IFNAME)
			p->v[FIELD_EXTRA + i] = FIELD_ABSENT;
	for (unsigned i = 0; i < rs->n_extra; i++)
		if (rs->extra[i].format == FORMAT_ROUTE_TYPE && p->v[FIELD_EXTRA + i] > 8)
			p->v[FIELD_EXTRA + i] = FIELD_ABSENT;
}

static void check_words(struct str text, const struct ruleset *rs, const struct packet *p,
			struct arena *a)
{
	const char *words = packet_words(rs, p, a);
	struct diags d = { .arena = a };
	struct worded w;
	if (!words_read(rs, source_new(a, "packet", words, strlen(words)), a, &d, &w)) {
		printf("%s\n%s\n", words, d.items[0].message);
		fail(text, "the words of a packet are not read", rs, p);
	}
	if (!is_shown_in(&w, p))
		fail(text, arena_printf(a, "other fields are read from '%s'", words), rs, p);
	const char *again = packet_words(rs, &w.packet, a);
	if (strcmp(words, again) != 0) {
		printf("%s\n%s\n", words, again);
		fail(text, "the words of a packet are read as another packet's", rs, p);
	}
}

int run_words(uint32_t rulesets, uint32_t packets)
{
	uint64_t n = 0, witnesses = 0;
	for (uint32_t i = 0; i < rulesets; i++) {
		struct arena *a = arena_new();
		struct str text = random_ruleset(a, chance(50));
		const struct ruleset *rs = read_text(text, a);
		const char *gave_up;
		struct findings found = { 0 };
		for (uint32_t k = 0; k < packets; k++, n++) {
			enum path path = (enum path)random_below(N_PATHS);
			struct packet p = random_packet(rs, path, a);
			make_printable(rs, &p);
			if (chance(50))
				p.relied_on = packet_trace(rs, path, &p, a).relied_on;
			check_words(text, rs, &p, a);
		}
		if (i % 8 == 0)
			found = check_run(rs, NULL, a, &gave_up);
		for (size_t k = 0; k < found.n; k++)
			if (found.items[k].path != PATH_COUNT) {
				check_words(text, rs, &found.items[k].witness, a);
				witnesses++;
			}
		classes_sent(packets);
		arena_free(a);
	}
	printf("%s: words of %llu packets and %llu witnesses are read as printed\n", dialect,
	       (unsigned long long)n, (unsigned long long)witnesses);
	return 0;
}
