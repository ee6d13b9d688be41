/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Targets that write a mark or a header field (iptables 1.8.9). */
#include "parser.h"

/* ---- marks: field = (field & ~mask) ^ value (xt_mark.c, xt_connmark.c) ---- */

static void write_mark(struct rule_parser *r, struct instance *in, const struct option *o,
		       const struct option_value *v)
{
	bool ct = strcmp(in->ext->name, "CONNMARK") == 0;
	u128 mask = v->hi, value = v->lo, all = 0xffffffffu;
	if (strcmp(o->name, "and-mark") == 0) {
		mask = ~v->lo & all;
		value = 0;
	} else if (strcmp(o->name, "or-mark") == 0) {
		mask = value = v->lo;
	} else if (strcmp(o->name, "xor-mark") == 0) {
		mask = 0;
	} else if (strcmp(o->name, "set-mark") == 0) {
		mask |= value; /* --set-mark v/m: set v, clear the other bits of m */
	}
	rule_write(r, ct ? FIELD_CT_MARK : FIELD_MARK, mask, value, false, ct);
}

/*
 * --set-xmark with a shift, --save-mark, --restore-mark (xt_connmark.c: connmark_tg_shift):
 *   set      ct mark = ((ct mark & ~ctmask) ^ value), shifted
 *   save     ct mark = (ct mark & ~ctmask) ^ (mark & nfmask, shifted)
 *   restore  mark = (mark & ~nfmask) ^ (ct mark & ctmask, shifted)
 */
enum { /* places in connmark_options */
       CONNMARK_SAVE = 5,
       CONNMARK_RESTORE,
       CONNMARK_LEFT,
       CONNMARK_RIGHT,
       CONNMARK_CTMASK,
       CONNMARK_NFMASK,
       CONNMARK_MASK
};

/* The bits of in->number: nfmask, ctmask above it, the last shift above that. */
static void connmark_part(struct rule_parser *r, struct instance *in, const struct option *o,
			  const struct option_value *v)
{
	u128 bits = v->lo, low = 0xffffffffu;
	size_t which = (size_t)(o - in->ext->options);
	if (which == CONNMARK_LEFT || which == CONNMARK_RIGHT)
		in->number = (in->number & (low | low << 32)) |
			     (which == CONNMARK_LEFT ? bits : bits + 32) << 64;
	if (which == CONNMARK_NFMASK || which == CONNMARK_MASK)
		in->number |= bits;
	if (which != CONNMARK_CTMASK && which != CONNMARK_MASK)
		return;
	in->number |= bits << 32;
	if (r->statements
		    .n) /* --set-mark 1 --ctmask 3; in the other order the mask is overwritten */
		r->statements.items[r->statements.n - 1].mask = bits;
}

static void finish_connmark(struct rule_parser *r, struct instance *in)
{
	bool save = in->seen >> CONNMARK_SAVE & 1, restore = in->seen >> CONNMARK_RESTORE & 1;
	bool both = in->seen >> CONNMARK_MASK & 1;
	u128 all = 0xffffffffu;
	u128 nf = both || in->seen >> CONNMARK_NFMASK & 1 ? in->number & all : all;
	u128 ct = both || in->seen >> CONNMARK_CTMASK & 1 ? in->number >> 32 & all : all;
	int bits = (int)(in->number >> 64), shift = bits > 32 ? 32 - bits : bits;
	in->number = save || restore ? 0 : nf; /* -D heeds it */
	if (save || restore)
		rule_write(r, save ? FIELD_CT_MARK : FIELD_MARK, save ? ct : nf, 0, false, true);
	else if (!shift)
		return;
	struct statement *st = &r->statements.items[r->statements.n - 1];
	st->from = save ? FIELD_MARK : FIELD_CT_MARK;
	st->from_mask = (uint32_t)(save ? nf : restore ? ct : ~st->mask);
	st->shift = shift;
	if (save || restore)
		return;
	st->value = mark_shifted(st->value, shift);
	st->mask = all;
}

// clang-format off
static const struct option mark_options[] = {
	O("set-xmark", MARK, GROUP, .parse = write_mark),
	O("set-mark", MARK, GROUP, .parse = write_mark),
	O("and-mark", U32, GROUP, .parse = write_mark), O("or-mark", U32, GROUP, .parse = write_mark),
	O("xor-mark", U32, GROUP, .parse = write_mark) };

static const struct option connmark_options[] = {
	O("set-xmark", MARK, GROUP, .parse = write_mark),
	O("set-mark", MARK, GROUP, .parse = write_mark),
	O("and-mark", U32, GROUP, .parse = write_mark), O("or-mark", U32, GROUP, .parse = write_mark),
	O("xor-mark", U32, GROUP, .parse = write_mark), O("save-mark", NONE, GROUP),
	O("restore-mark", NONE, GROUP),
	O("left-shift-mark", U8, .max = 31, .parse = connmark_part), /* xt_connmark.c: connmark_tg_check_v2 */
	O("right-shift-mark", U8, .max = 31, .parse = connmark_part),
	O("ctmask", U32, .parse = connmark_part),
	O("nfmask", U32, .parse = connmark_part),
	O("mask", U32, .parse = connmark_part, .excludes = "ctmask,nfmask") };

/* ---- TTL, HL, DSCP ---- */

static void write_ttl(struct rule_parser *r, struct instance *in, const struct option *o,
		      const struct option_value *v)
{
	bool set = strcmp(o->name + strlen(o->name) - 3, "set") == 0;
	(void)in;
	rule_write(r, FIELD_TTL, 0xff, set ? v->lo : 0, !set, false);
}

static const struct option ttl_options[] = {
	O("ttl-set", U8, GROUP, .parse = write_ttl),
	O("ttl-dec", U8, GROUP, .min = 1, .parse = write_ttl),
	O("ttl-inc", U8, GROUP, .min = 1, .parse = write_ttl) };
static const struct option hl_options[] = {
	O("hl-set", U8, GROUP, .parse = write_ttl),
	O("hl-dec", U8, GROUP, .min = 1, .parse = write_ttl),
	O("hl-inc", U8, GROUP, .min = 1, .parse = write_ttl) };

static void write_dscp(struct rule_parser *r, struct instance *in, const struct option *o,
		       const struct option_value *v)
{
	u128 value = v->lo;
	if (strcmp(o->name, "set-dscp") != 0 && !dscp_class(v->word, &value))
		rule_error(r, in->at, "'%.*s' is not a DSCP class", STR_FMT(v->word));
	rule_write(r, FIELD_DSCP, 0x3f, value, false, false);
}
// clang-format on

/* tos = (tos & ~mask) ^ value, of which the upper six bits are the DSCP (xt_DSCP.c: tos_tg). */
static void write_tos(struct rule_parser *r, struct instance *in, const struct option *o,
		      const struct option_value *v)
{
	u128 mask = v->hi, value = v->lo;
	if (strcmp(o->name, "and-tos") == 0) {
		mask = ~v->lo & 0xff;
		value = 0;
	} else if (strcmp(o->name, "or-tos") == 0) {
		mask = value;
	} else if (strcmp(o->name, "xor-tos") == 0) {
		mask = 0;
	}
	in->number = mask << 8 | value; /* -D heeds it */
	rule_write(r, FIELD_DSCP, mask >> 2, value >> 2, false, false);
}

// clang-format off
static const struct option dscp_options[] = {
	O("set-dscp", U8, GROUP, .max = 63, .parse = write_dscp),
	O("set-dscp-class", TEXT, GROUP, .parse = write_dscp) };
static const struct option tos_options[] = {
	O("set-tos", TOS, GROUP, .parse = write_tos), O("and-tos", U8, GROUP, .parse = write_tos),
	O("or-tos", U8, GROUP, .parse = write_tos), O("xor-tos", U8, GROUP, .parse = write_tos) };
/* ---- the table ---- */

static const struct extension table[] = {
	T("MARK", V46, GROUP_BOTH, mark_options, WRITES),
	T("CONNMARK", V46, GROUP_BOTH | EXT_REASSEMBLES, connmark_options, WRITES,
	  .finish = finish_connmark),
	T("TTL", V4, GROUP_BOTH, ttl_options, WRITES, .tables = "mangle"),
	T("HL", V6, GROUP_BOTH, hl_options, WRITES, .tables = "mangle"),
	T("DSCP", V46, GROUP_BOTH, dscp_options, WRITES, .tables = "mangle"),
	T("TOS", V46, GROUP_BOTH, tos_options, WRITES, .tables = "mangle"),
};
// clang-format on

const struct extension_list write_targets = LIST(table);
