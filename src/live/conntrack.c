/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connection tracking's own figures, by ctnetlink, and its settings. Asked only
 * where it runs: asking would load its module.
 */
#include <fwlint/live.h>

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdio.h>
#include <unistd.h>

#include "netlink.h"

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
	netlink_ask(netlink_request(buf, NFNL_SUBSYS_CTNETLINK, message, flags, 0), add_message, &s);
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

struct live_conntrack live_conntrack(struct arena *a)
{
	static const char *const keys[] = { "nf_conntrack_tcp_timeout_established", "nf_conntrack_tcp_loose",
					    "nf_conntrack_tcp_be_liberal", "nf_conntrack_max" };
	struct live_conntrack c = { 0 };
	struct text t = { .arena = a };
	char value[32];
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (read_setting(keys[i], value))
			text_printf(&t, "net.netfilter.%s = %s", keys[i], value);
	c.sysctl = text_str(&t);
	if (!t.n)
		return c;
	struct sums cpu = ask(IPCTNL_MSG_CT_GET_STATS_CPU, NLM_F_DUMP), all = ask(IPCTNL_MSG_CT_GET_STATS, 0);
	c.running = true;
	c.entries = all.v[CTA_STATS_GLOBAL_ENTRIES];
	c.max = all.v[CTA_STATS_GLOBAL_MAX_ENTRIES];
	c.invalid = cpu.v[CTA_STATS_INVALID];
	c.early_drop = cpu.v[CTA_STATS_EARLY_DROP];
	c.insert_failed = cpu.v[CTA_STATS_INSERT_FAILED];
	c.drop = cpu.v[CTA_STATS_DROP];
	return c;
}
