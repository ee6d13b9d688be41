/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What connection tracking says about itself. */
#ifndef FWLINT_LIVE_CONNTRACK_H
#define FWLINT_LIVE_CONNTRACK_H

#include <fwlint/base.h>

#include <stdio.h>

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

/*
 * Entries that were evicted for new ones since the namespace began, summed up from an open
 * /proc/net/stat/nf_conntrack, which takes no rights. NULL: this kernel has none.
 */
FILE *live_evictions_open(void);
uint64_t live_evictions(FILE *f);

typedef void live_visit_connection(const struct live_connection *c, void *arg);

/*
 * Visits all entries of TCP, each as its packets have it and, second, as the answers have it (with
 * their sender as the source). False: they could not be read to the end.
 */
FW_CHECKED bool live_each_connection(live_visit_connection *visit, void *arg);

/*
 * The entries of conntrack that end from now on: they timed out, were evicted or deleted
 * (NFNLGRP_CONNTRACK_DESTROY). To open it takes CAP_NET_ADMIN, to read it takes no rights. NULL:
 * errno says why not.
 */
struct live_ends;
struct live_ends *live_ends_open(struct arena *a);
int live_ends_fd(const struct live_ends *e); /* for poll(2) */
/* Visits those that ended since, each as above. False: some were lost. */
FW_CHECKED bool live_ends_read(struct live_ends *e, live_visit_connection *visit, void *arg);
void live_ends_close(struct live_ends *e);

#endif
