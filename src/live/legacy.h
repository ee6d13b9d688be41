/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables of iptables-legacy by libiptc: what reading and changing share. */
#ifndef LIVE_LEGACY_H
#define LIVE_LEGACY_H

#include <fwlint/late_ip4tc.h>
#include <fwlint/late_ip6tc.h>
#include <fwlint/live.h>

FW_CHECKED const char *legacy_read(struct arena *a, struct live_rulesets *out);

/*
 * One set of names for both families. Entries are opaque bytes: an ipt_entry or an ip6t_entry with
 * its matches and target.
 */
struct legacy_family {
	enum family family;
	uint8_t nfproto;
	const char *name;                   /* "iptables-legacy" */
	const char *restore;                /* the tool that loads text */
	const char *proc;                   /* where the kernel lists the existing tables */
	const struct xtc_ops *(*ops)(void); /* of its library, which is bound late */
	const void *(*first_rule)(const char *chain, struct xtc_handle *h);
	const void *(*next_rule)(const void *prev, struct xtc_handle *h);
	const char *(*target)(const void *entry, struct xtc_handle *h);
	int (*insert)(const xt_chainlabel chain, const void *entry, unsigned number,
		      struct xtc_handle *h);
	int (*remove)(const xt_chainlabel chain, unsigned number, struct xtc_handle *h);
	size_t (*size)(const void *entry);
	size_t (*target_offset)(const void *entry);
	/* Writes the part before the matches: addresses, interfaces, protocol. */
	void (*print_head)(const void *entry);
	bool (*is_goto)(const void *entry);
	size_t head; /* bytes of an entry before its first match */
	const void *(*ip)(const void *entry);
	/* Clears what differs between listings of the same rule. */
	void (*forget)(void *entry);
};

/* IPv4, then IPv6. */
extern const struct legacy_family legacy_families[2];

#endif
