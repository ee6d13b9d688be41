/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The match time: dates, times of day, days (libxt_time.c of iptables 1.8.9). */
#include "extension.h"

/* Up to n numbers with separators between, as many as there are; false: none, or one that is too
 * great. */
static bool read_parts(struct str s, const char *separators, const unsigned *max, unsigned *parts,
		       size_t n, size_t *ret)
{
	size_t at = 0;
	for (size_t k = 0; k < n;) {
		size_t from = at;
		unsigned v = 0;
		for (; at < s.n && s.p[at] >= '0' && s.p[at] <= '9'; at++) {
			v = v * 10 + (unsigned)(s.p[at] - '0');
			if (v > max[k])
				return false;
		}
		if (at == from)
			return false;
		parts[k++] = v;
		if (at == s.n) {
			*ret = k;
			return true;
		}
		if (k == n || s.p[at++] != separators[k - 1])
			return false;
	}
	return false;
}

/* Days from 1970-01-01; months and days may be too great or too small, as for mktime(3). */
static long days_to(long year, long month, long day)
{
	long y = year - (month < 3), era = y / 400, of_era = y % 400;
	long of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468 + day - 1;
}

/* YYYY[-MM[-DD[Thh[:mm[:ss]]]]], in seconds (time_parse_date). */
static bool date_normal(const struct rule_parser *r, const struct option *o, struct option_value *v)
{
	static const unsigned max[] = { 2038, 12, 31, 23, 59, 59 };
	unsigned p[] = { 0, 1, 1, 0, 0, 0 };
	size_t n;
	(void)o;
	if (!read_parts(v->word, "--T::", max, p, 6, &n) || p[0] < 1970)
		return false;
	long days = p[1] ? days_to(p[0], p[1], p[2]) : days_to((long)p[0] - 1, 12, p[2]);
	long seconds = days * 86400 + p[3] * 3600L + p[4] * 60L + p[5];
	v->normal = str_from(arena_printf(r->p->arena, "%ld", seconds));
	return seconds >= 0;
}

/* hh:mm[:ss], in seconds (time_parse_minutes). */
static bool time_of_day(const struct rule_parser *r, const struct option *o, struct option_value *v)
{
	static const unsigned max[] = { 23, 59, 59 };
	unsigned p[3] = { 0 };
	size_t n;
	(void)o;
	if (!read_parts(v->word, "::", max, p, 3, &n) || n < 2)
		return false;
	v->normal = str_from(number_text(r->p->arena, p[0] * 3600 + p[1] * 60 + p[2]));
	return true;
}

/*
 * The bit of one day. As a day of the week, the tools take any number but 0, and shift a bit by it
 * (time_parse_weekdays): 8 is no day, 33 is Monday. As a day of the month, they take even 0 or
 * nothing (time_parse_monthdays): a bit of its own, which no day has.
 */
static bool one_day(struct str s, bool week, u128 *ret)
{
	static const char names[] = "Mo,Tu,We,Th,Fr,Sa,Su";
	u128 bit, day;
	if (str_number(s, week ? UINT32_MAX : 31, &day)) {
		if (week ? !day : str_starts(s, "0x"))
			return false;
		*ret = (u128)1 << day % 32 & (week ? 0xfe : 0xffffffff);
		return true;
	}
	/* the first two letters count (time_parse_weekdays) */
	if (!week || s.n < 2 || !word_in((struct str){ s.p, 2 }, names, 0, &bit))
		return false;
	*ret = bit << 1;
	return true;
}

enum { DAYS_OF_WEEK = 1, DAYS_OF_MONTH };

/*
 * The days if the first one is among them, else the others, negated: the tool inverts the days and
 * knows no negation (time_parse: XT_TIME_ALL_WEEKDAYS).
 */
static bool days_normal(const struct rule_parser *r, const struct option *o, struct option_value *v)
{
	struct text out = { .arena = r->p->arena };
	bool week = o->id == DAYS_OF_WEEK;
	u128 days = 0, one, all = week ? 0xfe : 0xfffffffe;
	unsigned n = 0;
	for (struct str rest = v->word; rest.p;) {
		struct str day = str_cut(&rest, ',');
		if (!day.n && n && !rest.p)
			break; /* a comma at the end */
		if (!one_day(week || day.n ? day : STR("0"), week, &one))
			return false;
		days |= one;
		n++;
	}
	v->flipped = !(days & 2);
	days ^= v->flipped ? all : 0;
	for (unsigned i = 0; i <= 31; i++)
		if (days >> i & 1)
			text_printf(&out, "%s%u", out.n ? "," : "", i);
	v->normal = text_str(&out);
	return true;
}

#define WEEK "1,2,3,4,5,6,7"
#define MONTH WEEK ",8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31"
// clang-format off
static const struct option time_options[] = {
	O("datestart", TEXT, .normal = date_normal, .standard = "0"),
	O("datestop", TEXT, .normal = date_normal, .standard = "2147483647"),
	O("timestart", TEXT, .normal = time_of_day, .standard = "0"),
	O("timestop", TEXT, .normal = time_of_day, .standard = "86399"), O("contiguous", NONE),
	O("weekdays", TEXT, INV, .id = DAYS_OF_WEEK, .normal = days_normal, .standard = WEEK),
	O("monthdays", TEXT, INV, .id = DAYS_OF_MONTH, .normal = days_normal, .standard = MONTH),
	O("localtz", NONE, .same_as = "kerneltz"),
	O("utc", NONE, .excludes = "kerneltz", .standard = ""),
	O("kerneltz", NONE) };

/* ---- the table ---- */

static const struct extension table[] = {
	M("time", V46, EXT_FLIPS, time_options),
};
// clang-format on

const struct extension_list time_matches = LIST(table);
