/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON with places: every value knows its place in the source. */
#ifndef NFT_JSON_H
#define NFT_JSON_H

#include "nft.h"

enum json_kind {
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};

struct json {
	enum json_kind kind;
	struct span span;
	struct str raw;   /* as written in the text */
	struct str text;  /* STRING: escapes resolved; NUMBER: as written; else empty, never NULL */
	struct str *keys; /* OBJECT: one for each item, escapes resolved */
	struct json **items;
	size_t n, cap, keys_cap;
};

/*
 * Reads one document (RFC 8259); NULL after an error, which is in `diags`.
 * `base`: the offset of the text in the source.
 */
struct json *json_parse(struct arena *a, struct str text, uint32_t base, struct diags *diags);
/* The member of an object, or NULL. */
struct json *json_get(const struct json *o, const char *key);
/* A string member, or an empty string. */
struct str json_member(const struct json *o, const char *key);
/* Its only member's key, as in {"drop": null}; empty: not such an object. */
FW_CHECKED struct str json_kind_of(const struct json *o, struct json **ret_value);
/* "/nftables/3/rule": the innermost value that holds a place. */
const char *json_pointer(const struct json *root, uint32_t off, struct arena *a);

/* JSON expressions as the tree (json_expression.c). */
struct expr *json_expr(struct script *s, const struct json *j);
struct expr *json_elements(struct script *s, const struct json *j);
/* A selector by its normal name. */
struct expr *json_selector(struct script *s, const struct json *j, struct text *name);
/* {"drop": null}, {"jump": {"target": …}} */
bool json_is_verdict(struct str word);
struct expr *json_verdict(struct script *s, const struct json *j, struct str word,
			  const struct json *v);
/* Reports that something else was expected; gives NULL. */
struct expr *json_wrong(struct script *s, const struct json *j, const char *what);
/* (json_statement.c) */
void json_statements(struct script *s, const struct json *items, struct nft_rule *r);

#endif
