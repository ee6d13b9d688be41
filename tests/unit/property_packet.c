/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random packets, and what is said of one that fails. */
#include "property_parts.h"

#include <stdlib.h>

const char *dialect = "iptables";

struct str random_ruleset(struct arena *a, bool fixes)
{
	return strcmp(dialect, "nft") == 0 ? random_nft_ruleset(a, fixes, false)
					   : random_iptables_ruleset(a, fixes, false);
}

static u128 one_value(const u128 *list, uint32_t n)
{
	return list[random_below(n)];
}

// clang-format off
#define ONE_VALUE(...) one_value((const u128[]){ __VA_ARGS__ }, \
	sizeof((const u128[]){ __VA_ARGS__ }) / sizeof(u128))
// clang-format on

static u128 any_value(enum field f)
{
	const struct field_info *info = &field_table[f];
	u128 v = 0, max = field_max(f);
	if (info->optional)
		return ONE_VALUE(FIELD_ABSENT, 0, 1, 2, 7, 100);
	if (chance(50))
		return info->liked[random_below(info->n_liked)];
	for (int i = 0; i < 4; i++)
		v = v << 32 | random_below(UINT32_MAX);
	return max == ~(u128)0 ? v : v % (max + 1);
}

/* What is forwarded without an entry is never for an address of the host's, nor from one of IPv4.
 */
static bool is_untranslated_local(const struct packet *p, enum path path, enum packet_end end)
{
	return path == PATH_FORWARD &&
	       (p->v[FIELD_CT_STATE] == CT_STATE_INVALID ||
		p->v[FIELD_CT_STATE] == CT_STATE_UNTRACKED) &&
	       (end == END_DESTINATION ||
		(end == END_SOURCE && p->v[FIELD_NFPROTO] == NFPROTO_VALUE_IPV4));
}

/* Fields that no line here speaks of have any value. */
struct packet random_packet(const struct ruleset *rs, enum path path, struct arena *a)
{
	struct packet p = { .n_answers = rs->n_vars, .n_fresh = rs->n_rules };
	static const char *const names[] = { "lo", "eth0", "eth1", "wan0", "zz9" };
	uint32_t first = path == PATH_FORWARD ? 1 : 0;
	for (enum field f = 0; f < FIELD_COUNT; f++)
		p.v[f] = f == FIELD_NFPROTO || field_table[f].part == PART_WAY ? 0 : any_value(f);
	p.v[FIELD_L4PROTO] = ONE_VALUE(6, 6, 6, 17, 1, 132);
	p.v[FIELD_IP_SADDR] = ONE_VALUE(0x0a000001, 0x0a010203, 0xc000020a, 0xc0a80005, 0x0a050601,
					0x08080808);
	p.v[FIELD_IP_DADDR] = ONE_VALUE(0x0a000001, 0xc6336414, 0xc0a80105, 0xe0000001, 0x08080404);
	p.v[FIELD_SPORT] = ONE_VALUE(22, 80, 1500, 40123, 5);
	p.v[FIELD_DPORT] = ONE_VALUE(22, 80, 1500, 40123, 53, 123, 5);
	p.v[FIELD_ICMP_TYPE] = ONE_VALUE(8, 3, 0);
	p.v[FIELD_ICMP_CODE] = ONE_VALUE(0, 4);
	p.v[FIELD_TCP_FLAGS] = ONE_VALUE(2, 18, 16, 24, 4, 17);
	p.v[FIELD_MARK] = ONE_VALUE(0, 0, 1, 2, 0x10, 0x13);
	p.v[FIELD_CT_MARK] = ONE_VALUE(0, 1, 2, 3);
	p.v[FIELD_CT_STATE] = random_below(CT_STATE_COUNT);
	p.v[FIELD_CT_STATUS] = ONE_VALUE(0, 4, 16, 32, 36);
	p.v[FIELD_CT_DIRECTION] = random_below(2);
	if (p.v[FIELD_CT_STATE] == CT_STATE_NEW) {
		p.v[FIELD_CT_DIRECTION] = 0;
		p.v[FIELD_CT_STATUS] &= ~(u128)CT_STATUS_NOT_NEW;
	}
	p.v[FIELD_FRAGMENT] = chance(15);
	p.v[FIELD_LENGTH] = ONE_VALUE(60, 100, 101, 1500);
	p.v[FIELD_TTL] = ONE_VALUE(0, 1, 2, 10, 63, 64, 200, 254, 255);
	p.v[FIELD_PKTTYPE] = path == PATH_INPUT     ? random_below(3)
			     : path == PATH_FORWARD ? 2 * random_below(2)
						    : 0;
	if (path != PATH_OUTPUT)
		p.v[FIELD_IIFNAME] = ifname_value(str_from(names[first + random_below(5 - first)]));
	if (path != PATH_INPUT)
		p.v[FIELD_OIFNAME] = ifname_value(str_from(names[first + random_below(5 - first)]));
	for (enum field f = FIELD_EXTRA; f <= FIELD_EXTRA_LAST; f++)
		if (p.v[f] == ROUTE_LOCAL &&
		    is_untranslated_local(&p, path, field_is_type_of(rs, f)))
			p.v[f] = ROUTE_UNICAST;
	bool *answers = arena_new_array(a, bool, p.n_answers);
	for (size_t i = 0; i < p.n_answers; i++)
		answers[i] = chance(50) && !is_untranslated_local(&p, path, rs->vars[i]->is_local);
	u128 *fresh = arena_new_array(a, u128, p.n_fresh);
	for (size_t i = 0; i < p.n_fresh; i++)
		fresh[i] = ONE_VALUE(0, 1, 2, 0x12);
	p.answers = answers;
	p.fresh = fresh;
	return p;
}

const struct flow_event *looked_at;

static struct str event_text(const struct ruleset *rs, const struct flow_event *e)
{
	return e->rule ? source_view(rs->source, e->rule->span) : STR("policy");
}

_Noreturn void fail(struct str text, const char *what, const struct ruleset *rs,
		    const struct packet *p)
{
	printf("FAILED: %s\n%.*s", what, STR_FMT(text));
	struct arena *a = arena_new();
	if (looked_at)
		printf("at: %.*s in %.*s\n", STR_FMT(event_text(rs, looked_at)),
		       STR_FMT(looked_at->base->name));
	for (unsigned f = 0; p && f < FIELD_COUNT; f++)
		printf("%s=%s ", field_table[f].name, field_print((enum field)f, p->v[f], a));
	for (size_t i = 0; p && i < p->n_answers; i++)
		printf("[%.*s]=%d ", STR_FMT(rs->vars[i]->text), p->answers[i]);
	printf("\n");
	exit(1);
}

void packet_point(const struct flow *f, const struct packet *p, u128 *point)
{
	const struct flow_space *s = f->space;
	memset(point, 0, s->dims.n * sizeof(*point));
	memcpy(point, p->v, sizeof(p->v));
	for (size_t i = 0; i < p->n_answers; i++)
		point[s->var_dim[f->options.bank] + i] = p->answers[i];
	for (size_t i = 0; i < s->n_fresh; i++)
		if (s->fresh_dim[i])
			point[s->fresh_dim[i]] = p->fresh[i];
	for (size_t i = 0; p->picks && i < s->picks.n; i++) {
		const struct flow_pick_dims *d = &s->picks.items[i];
		if (d->family != f->options.family)
			continue;
		point[d->address] = p->picks[d->rule].address;
		point[d->port] = p->picks[d->rule].port;
	}
}

void set_random_picks(struct packet *p, const struct ruleset *rs, struct arena *a)
{
	struct nat_pick *picks = arena_new_array(a, struct nat_pick, rs->n_rules + 1);
	for (size_t i = 0; i < rs->n_rules; i++) {
		picks[i].address = chance(50) ? p->v[FIELD_IP_SADDR] : random_below(1u << 20);
		picks[i].port = random_below(65536);
	}
	p->picks = picks;
	p->n_picks = rs->n_rules;
}

struct ruleset *read_text(struct str text, struct arena *a)
{
	struct diags d = { .arena = a };
	struct source *s = source_new(a, "random", text.p, text.n);
	struct ruleset *rs = dialect_find(dialect)->read(a, s, NULL, &d);
	if (d.n) {
		printf("%s\n", d.items[0].message);
		fail(text, "a random ruleset does not parse", rs, NULL);
	}
	return rs;
}
