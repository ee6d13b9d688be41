/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Targets that write a mark or a header field (iptables 1.8.9). */
#include "extension.h"

/* ---- marks: field = (field & ~mask) ^ value (xt_mark.c, xt_connmark.c) ---- */

/* The options of MARK and CONNMARK, and those of TOS that are the same for its field. */
enum write {
	WRITE_XOR_MASKED = 1, /* --set-xmark, --set-tos */
	WRITE_SET,
	WRITE_AND,
	WRITE_OR,
	WRITE_XOR,
	CONNMARK_SAVE,
	CONNMARK_RESTORE,
	CONNMARK_LEFT,
	CONNMARK_RIGHT,
	CONNMARK_CTMASK,
	CONNMARK_NFMASK,
	CONNMARK_MASK
};

/* What an option without a mask of its own writes: field = (field & ~mask) ^ value. */
static void write_operator(const struct option *o, u128 all, u128 *mask, u128 *value)
{
	if (o->id == WRITE_AND) {
		*mask = ~*value & all;
		*value = 0;
	} else if (o->id == WRITE_OR) {
		*mask = *value;
	} else if (o->id == WRITE_XOR) {
		*mask = 0;
	}
}

static void write_mark(struct rule_parser *r, struct instance *in, const struct option *o,
		       const struct option_value *v)
{
	u128 mask = v->hi, value = v->lo;
	(void)in;
	if (o->id == WRITE_SET)
		mask |= value; /* --set-mark v/m: set v, clear the other bits of m */
	else
		write_operator(o, 0xffffffffu, &mask, &value);
	rule_write(r, o->field, mask, value, false, o->field == FIELD_CT_MARK);
}

/*
 * --set-xmark with a shift, --save-mark, --restore-mark (xt_connmark.c: connmark_tg_shift):
 *   set      ct mark = ((ct mark & ~ctmask) ^ value), shifted
 *   save     ct mark = (ct mark & ~ctmask) ^ (mark & nfmask, shifted)
 *   restore  mark = (mark & ~nfmask) ^ (ct mark & ctmask, shifted)
 */
/* The bits of in->number: nfmask, ctmask above it, the last shift above that. */
static void connmark_part(struct rule_parser *r, struct instance *in, const struct option *o,
			  const struct option_value *v)
{
	u128 bits = v->lo, low = 0xffffffffu;
	if (o->id == CONNMARK_LEFT || o->id == CONNMARK_RIGHT)
		in->number = (in->number & (low | low << 32)) |
			     (o->id == CONNMARK_LEFT ? bits : bits + 32) << 64;
	if (o->id == CONNMARK_NFMASK || o->id == CONNMARK_MASK)
		in->number |= bits;
	if (o->id != CONNMARK_CTMASK && o->id != CONNMARK_MASK)
		return;
	in->number |= bits << 32;
	/* --set-mark 1 --ctmask 3; in the other order the mask is overwritten */
	if (r->statements.n)
		r->statements.items[r->statements.n - 1].mask = bits;
}

static void finish_connmark(struct rule_parser *r, struct instance *in)
{
	bool save = is_given(in, CONNMARK_SAVE), restore = is_given(in, CONNMARK_RESTORE);
	bool both = is_given(in, CONNMARK_MASK);
	u128 all = 0xffffffffu;
	u128 nf = both || is_given(in, CONNMARK_NFMASK) ? in->number & all : all;
	u128 ct = both || is_given(in, CONNMARK_CTMASK) ? in->number >> 32 & all : all;
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
#define MARK_OPTION(name, kind, i, f) O(name, kind, GROUP, .id = (i), .field = (f), .parse = write_mark)
#define MARK_OPTIONS(f)                                     \
	MARK_OPTION("set-xmark", MARK, WRITE_XOR_MASKED, f), \
	MARK_OPTION("set-mark", MARK, WRITE_SET, f),        \
	MARK_OPTION("and-mark", U32, WRITE_AND, f),         \
	MARK_OPTION("or-mark", U32, WRITE_OR, f),           \
	MARK_OPTION("xor-mark", U32, WRITE_XOR, f)

static const struct option mark_options[] = { MARK_OPTIONS(FIELD_MARK) };

#define PART(name, kind, i, ...) O(name, kind, .id = (i), .parse = connmark_part, __VA_ARGS__)
static const struct option connmark_options[] = {
	MARK_OPTIONS(FIELD_CT_MARK),
	O("save-mark", NONE, GROUP, .id = CONNMARK_SAVE),
	O("restore-mark", NONE, GROUP, .id = CONNMARK_RESTORE),
	PART("left-shift-mark", U8, CONNMARK_LEFT, .max = 31), /* xt_connmark.c: connmark_tg_check_v2 */
	PART("right-shift-mark", U8, CONNMARK_RIGHT, .max = 31),
	PART("ctmask", U32, CONNMARK_CTMASK),
	PART("nfmask", U32, CONNMARK_NFMASK),
	PART("mask", U32, CONNMARK_MASK, .excludes = "ctmask,nfmask") };

/* ---- TTL, HL, DSCP ---- */

enum { TTL_SET = 1, TTL_ADD };

static void write_ttl(struct rule_parser *r, struct instance *in, const struct option *o,
		      const struct option_value *v)
{
	bool set = o->id == TTL_SET;
	(void)in;
	rule_write(r, FIELD_TTL, 0xff, set ? v->lo : 0, !set, false);
}

static const struct option ttl_options[] = {
	O("ttl-set", U8, GROUP, .id = TTL_SET, .parse = write_ttl),
	O("ttl-dec", U8, GROUP, .min = 1, .id = TTL_ADD, .parse = write_ttl),
	O("ttl-inc", U8, GROUP, .min = 1, .id = TTL_ADD, .parse = write_ttl) };
static const struct option hl_options[] = {
	O("hl-set", U8, GROUP, .id = TTL_SET, .parse = write_ttl),
	O("hl-dec", U8, GROUP, .min = 1, .id = TTL_ADD, .parse = write_ttl),
	O("hl-inc", U8, GROUP, .min = 1, .id = TTL_ADD, .parse = write_ttl) };

enum { SET_DSCP = 1, SET_DSCP_CLASS };

static void write_dscp(struct rule_parser *r, struct instance *in, const struct option *o,
		       const struct option_value *v)
{
	u128 value = v->lo;
	if (o->id == SET_DSCP_CLASS && !dscp_class(v->word, &value))
		rule_error(r, in->at, ERROR_WORD, "'%.*s' is not a DSCP class", STR_FMT(v->word));
	rule_write(r, FIELD_DSCP, 0x3f, value, false, false);
}
// clang-format on

/* tos = (tos & ~mask) ^ value, of which the upper six bits are the DSCP (xt_DSCP.c: tos_tg). */
static void write_tos(struct rule_parser *r, struct instance *in, const struct option *o,
		      const struct option_value *v)
{
	u128 mask = v->hi, value = v->lo;
	write_operator(o, 0xff, &mask, &value);
	in->number = mask << 8 | value; /* -D heeds it */
	rule_write(r, FIELD_DSCP, mask >> 2, value >> 2, false, false);
}

// clang-format off
static const struct option dscp_options[] = {
	O("set-dscp", U8, GROUP, .max = 63, .id = SET_DSCP, .parse = write_dscp),
	O("set-dscp-class", TEXT, GROUP, .id = SET_DSCP_CLASS, .parse = write_dscp) };
static const struct option tos_options[] = {
	O("set-tos", TOS, GROUP, .id = WRITE_XOR_MASKED, .parse = write_tos),
	O("and-tos", U8, GROUP, .id = WRITE_AND, .parse = write_tos),
	O("or-tos", U8, GROUP, .id = WRITE_OR, .parse = write_tos),
	O("xor-tos", U8, GROUP, .id = WRITE_XOR, .parse = write_tos) };
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
