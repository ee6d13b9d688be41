/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The figures of connection tracking, read over ctnetlink, and its settings. They are read only
 * where connection tracking runs: a request would load its module.
 */
#include <fwlint/live_conntrack.h>
#include <fwlint/netlink.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ENDS_BUFFER ((size_t)1024 * 1024) /* bytes: some thousand entries may end at once */

/* The sum over the processors, by attribute. */
struct sums {
	uint64_t v[CTA_STATS_MAX + 1];
};

static int add_attribute(const struct nlattr *attr, void *data)
{
	struct sums *s = data;
	uint16_t type = mnl_attr_get_type(attr);
	if (type <= CTA_STATS_MAX && mnl_attr_get_payload_len(attr) >= sizeof(uint32_t))
		s->v[type] += ntohl(mnl_attr_get_u32(attr));
	return MNL_CB_OK;
}

static void add_message(const struct nlmsghdr *h, void *arg)
{
	mnl_attr_parse(h, sizeof(struct nfgenmsg), add_attribute, arg);
}

static struct sums ask(int message, int flags)
{
	char buf[NETLINK_REQUEST];
	struct sums s = { 0 };
	/* only figures for people: a missing one counts as 0 */
	FW_MAY_FAIL(netlink_ask(netlink_request(buf, NFNL_SUBSYS_CTNETLINK, message, flags, 0),
				add_message, &s));
	return s;
}

static bool read_setting(const char *key, char value[32])
{
	char path[100];
	snprintf(path, sizeof(path), "/proc/sys/net/netfilter/%s", key);
	FILE *f = fopen(path, "re");
	bool ok = f && fgets(value, 32, f);
	if (f)
		fclose(f);
	return ok;
}

/* ---- connections ---- */

/* The attribute of a type in a nest; NULL: there is none. */
static const struct nlattr *find(const struct nlattr *nest, uint16_t type)
{
	const struct nlattr *attr;
	if (nest)
		NETLINK_EACH_NESTED(attr, nest)
	if (mnl_attr_get_type(attr) == type)
		return attr;
	return NULL;
}

static u128 address_of(const struct nlattr *attr)
{
	const unsigned char *b = attr ? mnl_attr_get_payload(attr) : NULL;
	u128 v = 0;
	for (size_t i = 0; b && i < mnl_attr_get_payload_len(attr) && i < 16; i++)
		v = v << 8 | b[i];
	return v;
}

static uint16_t port_of(const struct nlattr *attr)
{
	return attr && mnl_attr_get_payload_len(attr) >= 2 ? ntohs(mnl_attr_get_u16(attr)) : 0;
}

/* One direction of an entry; false: it is not TCP. */
static bool read_tuple(const struct nlattr *tuple, struct live_connection *ret)
{
	const struct nlattr *ip = find(tuple, CTA_TUPLE_IP), *proto = find(tuple, CTA_TUPLE_PROTO),
			    *number = find(proto, CTA_PROTO_NUM), *v4 = find(ip, CTA_IP_V4_SRC);
	if (!number || !mnl_attr_get_payload_len(number) || mnl_attr_get_u8(number) != IPPROTO_TCP)
		return false;
	*ret = (struct live_connection){ .v6 = !v4,
					 .saddr = address_of(v4 ? v4 : find(ip, CTA_IP_V6_SRC)),
					 .daddr = address_of(
						 find(ip, v4 ? CTA_IP_V4_DST : CTA_IP_V6_DST)),
					 .sport = port_of(find(proto, CTA_PROTO_SRC_PORT)),
					 .dport = port_of(find(proto, CTA_PROTO_DST_PORT)) };
	return true;
}

static const struct nlattr *tuple_of(const struct nlmsghdr *h, uint16_t type)
{
	const struct nlattr *attr;
	NETLINK_EACH(attr, h)
	if (mnl_attr_get_type(attr) == type)
		return attr;
	return NULL;
}

struct looking {
	const struct live_connection *for_;
	bool found;
};

static void look_at_entry(const struct nlmsghdr *h, void *arg)
{
	struct looking *l = arg;
	const struct live_connection *c = l->for_;
	struct live_connection x;
	l->found |= read_tuple(tuple_of(h, CTA_TUPLE_ORIG), &x) && x.v6 == c->v6 &&
		    x.saddr == c->saddr && (!c->daddr || x.daddr == c->daddr) &&
		    (!c->sport || x.sport == c->sport) && x.dport == c->dport;
}

bool live_is_tracked(const struct live_connection *c)
{
	char buf[NETLINK_REQUEST];
	struct looking l = { .for_ = c };
	struct nlmsghdr *h = netlink_request(buf, NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_GET,
					     NLM_F_DUMP, c->v6 ? AF_INET6 : AF_INET);
	/* it existed when it was listed, even if the listing was cut short */
	FW_MAY_FAIL(netlink_ask(h, look_at_entry, &l));
	return l.found;
}

struct each_entry {
	live_visit_connection *visit;
	void *arg;
};

/* Visits both directions: with address translation, their ends differ. */
static void visit_entry(const struct nlmsghdr *h, void *arg)
{
	static const uint16_t ways[] = { CTA_TUPLE_ORIG, CTA_TUPLE_REPLY };
	const struct each_entry *e = arg;
	struct live_connection c;
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		if (read_tuple(tuple_of(h, ways[i]), &c))
			e->visit(&c, e->arg);
}

bool live_each_connection(live_visit_connection *visit, void *arg)
{
	char buf[NETLINK_REQUEST];
	struct each_entry e = { visit, arg };
	return netlink_ask(netlink_request(buf, NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_GET,
					   NLM_F_DUMP, AF_UNSPEC),
			   visit_entry, &e) == 0;
}

/* ---- entries that end ---- */

struct live_ends {
	struct mnl_socket *socket;
};

struct live_ends *live_ends_open(struct arena *a)
{
	struct live_ends *e = arena_new_one(a, struct live_ends);
	int group = NFNLGRP_CONNTRACK_DESTROY;
	e->socket = netlink_open(ENDS_BUFFER);
	if (!e->socket)
		return NULL;
	if (mnl_socket_setsockopt(e->socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) == 0)
		return e;
	live_ends_close(e);
	return NULL;
}

int live_ends_fd(const struct live_ends *e)
{
	return mnl_socket_get_fd(e->socket);
}

void live_ends_close(struct live_ends *e)
{
	mnl_socket_close(e->socket);
}

bool live_ends_read(struct live_ends *e, live_visit_connection *visit, void *arg)
{
	char *buf = (char[NETLINK_BUFFER]){ 0 };
	struct each_entry each = { visit, arg };
	for (;;) {
		ssize_t n = recv(live_ends_fd(e), buf, NETLINK_BUFFER, MSG_DONTWAIT);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		int left = (int)n;
		for (const struct nlmsghdr *h = (const void *)buf; netlink_is_whole(h, left);
		     h = mnl_nlmsg_next(h, &left))
			visit_entry(h, &each);
	}
}

/* ---- evictions ---- */

FILE *live_evictions_open(void)
{
	return fopen("/proc/net/stat/nf_conntrack", "re");
}

static int column_of(char *head, const char *name)
{
	char *save, *word = strtok_r(head, " \n", &save);
	for (int i = 0; word; i++, word = strtok_r(NULL, " \n", &save))
		if (strcmp(word, name) == 0)
			return i;
	return -1;
}

/* A header line, then a line for each processor: columns of hexadecimal numbers
 * (ct_cpu_seq_show()). */
uint64_t live_evictions(FILE *f)
{
	char line[512];
	uint64_t sum = 0;
	rewind(f);
	int column = fgets(line, sizeof(line), f) ? column_of(line, "early_drop") : -1;
	while (column >= 0 && fgets(line, sizeof(line), f)) {
		char *rest = line;
		for (int i = 0; i < column; i++)
			strtoull(rest, &rest, 16);
		sum += strtoull(rest, NULL, 16);
	}
	return sum;
}

/* ---- the figures ---- */

struct live_conntrack live_conntrack(struct arena *a)
{
	static const char *const keys[] = { "nf_conntrack_tcp_timeout_established",
					    "nf_conntrack_tcp_loose", "nf_conntrack_tcp_be_liberal",
					    "nf_conntrack_max" };
	struct live_conntrack c = { 0 };
	struct text t = { .arena = a };
	char value[32];
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (read_setting(keys[i], value))
			text_printf(&t, "net.netfilter.%s = %s", keys[i], value);
	c.sysctl = text_str(&t);
	if (!t.n)
		return c;
	struct sums cpu = ask(IPCTNL_MSG_CT_GET_STATS_CPU, NLM_F_DUMP),
		    all = ask(IPCTNL_MSG_CT_GET_STATS, 0);
	c.running = true;
	c.entries = all.v[CTA_STATS_GLOBAL_ENTRIES];
	c.max = all.v[CTA_STATS_GLOBAL_MAX_ENTRIES];
	c.invalid = cpu.v[CTA_STATS_INVALID];
	c.early_drop = cpu.v[CTA_STATS_EARLY_DROP];
	c.insert_failed = cpu.v[CTA_STATS_INSERT_FAILED];
	c.drop = cpu.v[CTA_STATS_DROP];
	return c;
}
