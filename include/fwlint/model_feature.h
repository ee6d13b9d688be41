/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model, features: what a ruleset uses that not every version of the kernel and of the tools has.
 * The table is src/model/feature.c. A part of the layer model.
 */
#ifndef FWLINT_MODEL_FEATURE_H
#define FWLINT_MODEL_FEATURE_H

#include <fwlint/base.h>
#include <fwlint/source.h>

/* Who has to know it. */
enum program { PROGRAM_KERNEL, PROGRAM_NFT, PROGRAM_LEGACY, PROGRAM_IPTABLES_NFT, N_PROGRAMS };

/* 5.10.3 as a number that can be compared; 0: none. */
#define VERSION(major, minor, patch) \
	((uint32_t)(major) << 20 | (uint32_t)(minor) << 10 | (uint32_t)(patch))

/* "5.10", "1.8.9", "6.1.0-18-amd64" (what uname -r prints); false: it is no version. */
FW_CHECKED bool version_read(const char *text, uint32_t *ret);
const char *version_words(uint32_t version, struct arena *a);
/* By the names that --loader takes: "nft", "iptables-legacy", "iptables-nft". */
FW_CHECKED bool program_find(struct str name, enum program *ret);
const char *program_name(enum program p);

enum feature_kind {
	FEATURE_CHAIN,     /* "FAMILY HOOK", "FAMILY TYPE" */
	FEATURE_SELECTOR,  /* its normal name, or the first word of it */
	FEATURE_STATEMENT, /* its first word */
	FEATURE_SET,       /* "concatenated intervals" … */
	FEATURE_OBJECT,    /* the words of its kind */
	FEATURE_COMMAND,
	FEATURE_EXTENSION, /* of iptables: the name of a match or a target */
	FEATURE_OPTION     /* of iptables: "EXTENSION --OPTION" */
};

struct feature {
	enum feature_kind kind;
	const char *name, *words; /* `words`: for people */
	uint32_t kernel, tool;    /* the first version that has it; 0: all that matter */
};

struct feature_use {
	const struct feature *feature;
	struct span span;
};

/* The row of the table; NULL: every version has it. */
const struct feature *feature_find(enum feature_kind kind, struct str name);
/* The row of an option of iptables. */
const struct feature *feature_find_option(const char *extension, const char *option);

#endif
