/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nf_tables by libnftnl: what reading and changing share. */
#ifndef LIVE_NFT_H
#define LIVE_NFT_H

#include <fwlint/late_nftnl.h>
#include <fwlint/live.h>
#include <fwlint/netlink.h>

FW_CHECKED const char *nft_read(struct arena *a, struct live_rulesets *out);
FW_CHECKED const char *iptables_nft_read(struct arena *a, struct live_rulesets *out);
/* Inserting and taking out, for both. */
extern const struct live_part nft_part;

struct nft_table {
	int family; /* NFPROTO_* */
	char *name;
	bool is_iptables; /* managed by iptables-nft */
	bool others;      /* has a base chain or a rule that iptables-nft does not make */
	unsigned n_base;
};

struct nft_tables {
	struct arena *arena;
	struct nft_table *items;
	size_t n, cap;
};

/* Compares the listing that libnftables made of all tables but those of iptables-nft with the
 * kernel. NULL, or what is missing. */
const char *nft_missing_in(struct str text, const struct nft_tables *tables, struct arena *a);
/* The same for the tables of iptables-nft of a family, listed by iptables-nft-save. */
const char *iptables_nft_missing_in(struct str text, const struct nft_tables *tables, int family,
				    struct arena *a);

/* NFPROTO_* of a family. */
int nft_family(enum family f);

/*
 * The generation: each change of any table increases it by one, and it is never 0
 * (nf_tables_commit()); 0: the kernel has no nf_tables. Returns 0 or an errno.
 */
FW_CHECKED int nft_generation(uint32_t *ret);
/* An errno of a dump as a message; an interrupted dump must be repeated. */
const char *nft_unreadable(int why, struct arena *a);

#endif
