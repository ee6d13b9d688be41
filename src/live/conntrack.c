/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connection tracking's own figures, by ctnetlink, and its settings. Asked only
 * where it runs: asking would load its module.
 */
#include <fwlint/live_conntrack.h>
#include <fwlint/netlink.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdio.h>
#include <unistd.h>

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

struct looking {
	const struct live_connection *for_;
	bool found;
};

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
	for (size_t i = 0; b && i < mnl_attr_get_payload_len(attr); i++)
		v = v << 8 | b[i];
	return v;
}

static uint16_t port_of(const struct nlattr *attr)
{
	return attr && mnl_attr_get_payload_len(attr) >= 2 ? ntohs(mnl_attr_get_u16(attr)) : 0;
}

static void look_at_entry(const struct nlmsghdr *h, void *arg)
{
	struct looking *l = arg;
	const struct live_connection *c = l->for_;
	const struct nlattr *attr, *tuple = NULL;
	NETLINK_EACH(attr, h)
	if (mnl_attr_get_type(attr) == CTA_TUPLE_ORIG)
		tuple = attr;
	const struct nlattr *ip = tuple ? find(tuple, CTA_TUPLE_IP) : NULL,
			    *proto = tuple ? find(tuple, CTA_TUPLE_PROTO) : NULL;
	const struct nlattr *number = find(proto, CTA_PROTO_NUM);
	l->found |= number && mnl_attr_get_u8(number) == IPPROTO_TCP &&
		    address_of(find(ip, c->v6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC)) == c->saddr &&
		    (!c->daddr ||
		     address_of(find(ip, c->v6 ? CTA_IP_V6_DST : CTA_IP_V4_DST)) == c->daddr) &&
		    (!c->sport || port_of(find(proto, CTA_PROTO_SRC_PORT)) == c->sport) &&
		    port_of(find(proto, CTA_PROTO_DST_PORT)) == c->dport;
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
