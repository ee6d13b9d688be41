/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all files of the nft backend need to know about nf_tables. */
#include "backend.h"
#include "nft.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

static void take_generation(const struct nlmsghdr *h, void *arg)
{
	struct nftnl_gen *g = nftnl_gen_alloc();
	if (g && nftnl_gen_nlmsg_parse(h, g) == 0)
		*(uint32_t *)arg = nftnl_gen_get_u32(g, NFTNL_GEN_ID);
	nftnl_gen_free(g);
}

int nft_generation(uint32_t *ret)
{
	char buf[NETLINK_REQUEST];
	uint32_t now = 0;
	int why = netlink_ask(netlink_request(buf, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETGEN, 0,
					      NFPROTO_UNSPEC),
			      take_generation, &now);
	/* EINVAL: nfnetlink knows no such subsystem (nfnetlink_rcv_msg()) */
	bool is_there = why != EINVAL && why != EPROTONOSUPPORT;
	if (is_there && (why || !now))
		return why ? why : EPROTO;
	*ret = now;
	return 0;
}

int nft_family(enum family f)
{
	switch (f) {
	case FAMILY_IP: return NFPROTO_IPV4;
	case FAMILY_IP6: return NFPROTO_IPV6;
	case FAMILY_INET: return NFPROTO_INET;
	case FAMILY_BRIDGE: return NFPROTO_BRIDGE;
	case FAMILY_NETDEV: return NFPROTO_NETDEV;
	case FAMILY_ARP: return NFPROTO_ARP;
	}
	return NFPROTO_UNSPEC;
}

const char *nft_unreadable(int why, struct arena *a)
{
	return why == EINTR ? read_interrupted
			    : arena_printf(a, "nf_tables cannot be read: %s", strerror(why));
}
