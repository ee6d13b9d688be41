/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules of nf_tables as the kernel lists them: the place, the owner and the content of each.
 *
 * A rule that fwlint inserts carries a mark in its user data (NFTA_RULE_USERDATA):
 * the change's tag and the rule's number in the change. nft and iptables-nft ignore user data of
 * unknown types, so no listing shows it.
 */
#ifndef LIVE_NFT_RULES_H
#define LIVE_NFT_RULES_H

#include "nft.h"

struct nft_mark {
	uint64_t tag;   /* of the change; 0: the rule has no mark */
	uint32_t index; /* of the rule in it */
};

#define NFT_MARK_BYTES 32 /* room for nft_mark_write() */

/* User data with the mark; returns its length. */
uint32_t nft_mark_write(unsigned char *buf, struct nft_mark m);

struct nft_listed {
	int family; /* NFPROTO_* */
	const char *table, *chain;
	uint32_t number; /* 1-based place in its chain */
	uint64_t handle;
	struct nft_mark mark;
	/* What it does, as bytes to compare; counts and the names of anonymous sets left out. */
	struct str content;
	const char **sets; /* the anonymous sets that it looks up, in order */
	size_t n_sets;
};

struct nft_listing {
	struct arena *arena;
	bool contents; /* fill in `content` and `sets` */
	struct nft_listed *items;
	size_t n, cap;
};

/*
 * The rules of a chain (NULL: of the table, or of all tables and families) in order. Returns 0 or
 * an errno; EINTR: they changed meanwhile.
 */
FW_CHECKED
int nft_list_rules(const char *table, const char *chain, int family, struct nft_listing *l);
/* The same content with the elements of its anonymous sets, as they are in the kernel. Returns 0 or
 * an errno. */
FW_CHECKED int nft_whole_content(struct nft_listed *r, struct arena *a);
/* The whole content of the rule in a rule's code. Empty: there is no rule in it. */
struct str nft_content_of_code(struct str code, struct arena *a);
/* The same without the elements of its sets, as nft_list_rules() gives it. */
struct str nft_short_content_of_code(struct str code, struct arena *a);

#endif
