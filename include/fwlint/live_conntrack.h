/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What connection tracking says about itself. */
#ifndef FWLINT_LIVE_CONNTRACK_H
#define FWLINT_LIVE_CONNTRACK_H

#include <fwlint/base.h>

struct live_conntrack {
	bool running;           /* else all others are 0 */
	uint64_t entries, max;  /* connections in the table; its size (nf_conntrack_max) */
	uint64_t invalid;       /* packets, since the namespace began (CTA_STATS_INVALID) */
	uint64_t early_drop;    /* entries evicted for new ones (CTA_STATS_EARLY_DROP) */
	uint64_t insert_failed; /* entries that were not made (CTA_STATS_INSERT_FAILED) */
	uint64_t drop;     /* packets dropped because no entry could be made (CTA_STATS_DROP) */
	struct str sysctl; /* the settings of FW109 in the form of sysctl.conf(5) */
};

struct live_conntrack live_conntrack(struct arena *a);

/* TCP connections to the host, addresses and ports in host order. */
struct live_connection {
	bool v6;
	u128 saddr, daddr;     /* daddr 0: any */
	uint16_t sport, dport; /* sport 0: any */
};

/* Does connection tracking have an entry for this connection? (ctnetlink, IPCTNL_MSG_CT_GET) */
bool live_is_tracked(const struct live_connection *c);

#endif
