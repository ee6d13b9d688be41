/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace.h"

#include <fwlint/process.h>

#include <libmnl/libmnl.h>

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define TABLE "fwlint_trace"
#define WAIT_MS 10000 /* for a marker, on a busy machine */

/*
 * What the host would answer by itself must not move counters: its resets and errors end here.
 * Markers have protocol 253 (RFC 3692).
 */
static const char tracing[] =
	"table inet " TABLE " {\n"
	" chain p { type filter hook prerouting priority -450; meta nftrace set 1; ip protocol 253 "
	"drop; }\n"
	" chain o { type filter hook output priority -450; tcp flags & rst == rst drop\n"
	"  icmp type destination-unreachable icmp code != 1 drop\n" /* ours have code 1 */
	"  icmpv6 type destination-unreachable icmpv6 code != 1 drop\n"
	"  icmp type { echo-reply, time-exceeded, redirect } drop\n"
	"  icmpv6 type { echo-reply, time-exceeded, parameter-problem, nd-router-solicit, "
	"nd-redirect, "
	"nd-neighbor-solicit, mld2-listener-report } drop\n"
	"  meta nftrace set 1; }\n"
	"}\n";

/* Behind all others. */
static const char ends[] = "table inet " TABLE " {\n"
			   " chain i { type filter hook input priority 500; counter; }\n"
			   " chain q { type filter hook postrouting priority 500; counter; }\n"
			   "}\n";

struct tracer {
	struct lab *lab;
	struct mnl_socket *nl;
	uint16_t marker;    /* number of the last one */
	uint32_t marker_id; /* what its trace is known by; 0: not seen yet */
	struct hits *hits;
};

static int on_attribute(const struct nlattr *attr, void *data)
{
	const struct nlattr **tb = data;
	if (mnl_attr_type_valid(attr, NFTA_TRACE_MAX) >= 0)
		tb[mnl_attr_get_type(attr)] = attr;
	return MNL_CB_OK;
}

static int on_verdict(const struct nlattr *attr, void *data)
{
	if (mnl_attr_get_type(attr) == NFTA_VERDICT_CODE)
		*(uint32_t *)data = ntohl(mnl_attr_get_u32(attr));
	return MNL_CB_OK;
}

static uint32_t number(const struct nlattr *attr)
{
	return attr ? ntohl(mnl_attr_get_u32(attr)) : 0;
}

/* Is the event of our own table? It may be the end of the marker. */
static bool is_of_marker(struct tracer *t, const struct nlattr *tb[], uint32_t type, uint32_t code)
{
	const struct nlattr *header = tb[NFTA_TRACE_NETWORK_HEADER];
	const unsigned char *ip = header ? mnl_attr_get_payload(header) : NULL;
	if (ip && mnl_attr_get_payload_len(header) >= 20 && ip[0] >> 4 == 4 && ip[9] == 253)
		t->marker_id = (ip[4] << 8 | ip[5]) == t->marker ? number(tb[NFTA_TRACE_ID]) : 0;
	if (!t->marker_id || number(tb[NFTA_TRACE_ID]) != t->marker_id)
		return ip && ip[9] == 253;
	t->hits->is_over |= type == NFT_TRACETYPE_RULE && code == NF_DROP;
	return true;
}

static u128 address_at(const unsigned char *p, unsigned n)
{
	u128 v = 0;
	for (unsigned i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

/* The headers come with the first event of a base chain. */
static void note_end(struct hits *hits, const struct nlattr *tb[])
{
	const char *chain = tb[NFTA_TRACE_CHAIN] ? mnl_attr_get_str(tb[NFTA_TRACE_CHAIN]) : "";
	if ((strcmp(chain, "i") != 0 && strcmp(chain, "q") != 0) || !tb[NFTA_TRACE_NETWORK_HEADER])
		return;
	const unsigned char *ip = mnl_attr_get_payload(tb[NFTA_TRACE_NETWORK_HEADER]);
	struct segment *s = &hits->last;
	*s = (struct segment){ .v6 = ip[0] >> 4 == 6 };
	s->saddr = address_at(ip + (s->v6 ? 8 : 12), s->v6 ? 16 : 4);
	s->daddr = address_at(ip + (s->v6 ? 24 : 16), s->v6 ? 16 : 4);
	s->protocol = ip[s->v6 ? 6 : 9];
	if (tb[NFTA_TRACE_TRANSPORT_HEADER]) {
		const unsigned char *th = mnl_attr_get_payload(tb[NFTA_TRACE_TRANSPORT_HEADER]);
		s->sport = (uint16_t)address_at(th, 2);
		s->dport = (uint16_t)address_at(th + 2, 2);
	}
	hits->has_last = true;
}

static int on_trace(const struct nlmsghdr *h, void *data)
{
	const struct nlattr *tb[NFTA_TRACE_MAX + 1] = { NULL };
	struct tracer *t = data;
	struct hits *hits = t->hits;
	if ((h->nlmsg_type & 0xff) != NFT_MSG_TRACE)
		return MNL_CB_OK;
	mnl_attr_parse(h, sizeof(struct nfgenmsg), on_attribute, tb);
	uint32_t type = number(tb[NFTA_TRACE_TYPE]), code = 0;
	if (tb[NFTA_TRACE_VERDICT])
		mnl_attr_parse_nested(tb[NFTA_TRACE_VERDICT], on_verdict, &code);
	if (!tb[NFTA_TRACE_TABLE] || strcmp(mnl_attr_get_str(tb[NFTA_TRACE_TABLE]), TABLE) == 0) {
		bool other = !is_of_marker(t, tb, type, code);
		hits->any |= other;
		if (other)
			note_end(hits, tb);
		return MNL_CB_OK;
	}
	if (type == NFT_TRACETYPE_POLICY && tb[NFTA_TRACE_POLICY])
		code = number(tb[NFTA_TRACE_POLICY]);
	if (type == NFT_TRACETYPE_POLICY || code == NF_ACCEPT || code == NF_DROP)
		hits->verdict = code;
	/* nobody listens */
	if (type == NFT_TRACETYPE_RULE && (code & NF_VERDICT_MASK) == NF_QUEUE)
		hits->verdict = code & NF_VERDICT_FLAG_QUEUE_BYPASS ? NF_ACCEPT : NF_DROP;
	if (type != NFT_TRACETYPE_RULE || hits->n == HITS_MAX || !tb[NFTA_TRACE_CHAIN] ||
	    !tb[NFTA_TRACE_RULE_HANDLE])
		return MNL_CB_OK;
	struct hit *x = &hits->items[hits->n++];
	snprintf(x->table, sizeof(x->table), "%s", mnl_attr_get_str(tb[NFTA_TRACE_TABLE]));
	snprintf(x->chain, sizeof(x->chain), "%s", mnl_attr_get_str(tb[NFTA_TRACE_CHAIN]));
	x->handle = be64toh(mnl_attr_get_u64(tb[NFTA_TRACE_RULE_HANDLE]));
	x->mark = number(tb[NFTA_TRACE_MARK]);
	return MNL_CB_OK;
}

static struct mnl_socket *listen_to_traces(void)
{
	struct mnl_socket *nl = mnl_socket_open(NETLINK_NETFILTER);
	int group = NFNLGRP_NFTRACE, size = 4 << 20;
	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_setsockopt(nl, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
		return NULL;
	setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return nl;
}

struct tracer *tracer_new(struct lab *lab, struct arena *a, const char **ret_why)
{
	const char *const nft[] = { "nft", "-f", "-", NULL };
	struct tracer *t = arena_new_one(a, struct tracer);
	struct text out = { .arena = a };
	const char *why = lab_add_wire(lab, STR("mark0"));
	if (!why && process_run(nft, str_from(tracing), &out, &out))
		why = arena_printf(a, "%.*s", STR_FMT(text_str(&out)));
	*t = (struct tracer){ .lab = lab, .nl = why ? NULL : listen_to_traces() };
	if (!why && !t->nl)
		why = arena_printf(a, "no trace: %s", strerror(errno));
	if (why)
		*ret_why = why;
	return why ? NULL : t;
}

const char *tracer_watch_end(struct tracer *t, struct arena *a)
{
	const char *const nft[] = { "nft", "-f", "-", NULL };
	struct text out = { .arena = a };
	(void)t;
	if (process_run(nft, str_from(ends), &out, &out))
		return arena_printf(a, "%.*s", STR_FMT(text_str(&out)));
	return NULL;
}

/*
 * A packet that was sent is not yet received where the machine is busy; so a marker goes behind
 * it, which is received after it (see lab_new()), and is dropped before anything else. Its wire is
 * its own: no chain of a ruleset stands there. It has a number, so that one that came too late for
 * its own packet is not taken for the next one's.
 */
void tracer_read(struct tracer *t, struct hits *ret)
{
	unsigned char marker[20] = { 0x45, 0, 0,  20, 0, 0, 0,   0, 64,  253,
				     0,    0, 10, 0,  0, 9, 203, 0, 113, 1 };
	char buf[16384];
	struct pollfd p = { mnl_socket_get_fd(t->nl), POLLIN, 0 };
	memset(ret, 0, sizeof(*ret));
	ret->verdict = NF_ACCEPT;
	t->hits = ret;
	t->marker_id = 0;
	t->marker++;
	marker[4] = (unsigned char)(t->marker >> 8);
	marker[5] = (unsigned char)t->marker;
	uint32_t sum = 0;
	for (unsigned i = 0; i < sizeof(marker); i += 2)
		sum += (uint32_t)(marker[i] << 8 | marker[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	marker[10] = (unsigned char)(~sum >> 8);
	marker[11] = (unsigned char)~sum;
	FW_MAY_FAIL(lab_send_bytes(t->lab, STR("mark0"), marker, sizeof(marker))); /* not over */
	while (!ret->is_over && poll(&p, 1, WAIT_MS) > 0) {
		ssize_t n = mnl_socket_recvfrom(t->nl, buf, sizeof(buf));
		if (n <= 0 || mnl_cb_run(buf, (size_t)n, 0, 0, on_trace, t) < 0)
			break;
	}
}

const char *tracer_send(struct tracer *t, struct str wire, const struct segment *s)
{
	struct hits hits;
	errno = 0;
	if (!lab_send(t->lab, wire, s))
		return strerror(errno);
	tracer_read(t, &hits);
	return hits.is_over ? NULL : "no marker came";
}
