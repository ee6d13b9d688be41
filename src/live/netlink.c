/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netlink.h"

#include <errno.h>
#include <linux/netfilter/nfnetlink.h>

struct nlmsghdr *netlink_request(char *buf, int subsystem, int message, int flags, int family)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	h->nlmsg_type = (uint16_t)(subsystem << 8 | message);
	h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	h->nlmsg_seq = 1;
	struct nfgenmsg *g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->nfgen_family = (uint8_t)family;
	g->version = NFNETLINK_V0;
	return h;
}

struct visiting {
	netlink_visit *visit;
	void *arg;
};

static int visit_one(const struct nlmsghdr *h, void *data)
{
	struct visiting *v = data;
	v->visit(h, v->arg);
	return MNL_CB_OK;
}

static int receive(struct mnl_socket *nl, const struct nlmsghdr *h, struct visiting *v)
{
	char *buf = (char[NETLINK_BUFFER]){ 0 };
	while (true) {
		ssize_t n = mnl_socket_recvfrom(nl, buf, NETLINK_BUFFER);
		if (n < 0)
			return errno;
		int more = mnl_cb_run(buf, (size_t)n, h->nlmsg_seq, mnl_socket_get_portid(nl), visit_one, v);
		if (more < 0)
			return errno;
		/* a single answer has no end of its own, unless an acknowledgement was asked for */
		if (more == MNL_CB_STOP || !(h->nlmsg_flags & (NLM_F_DUMP | NLM_F_ACK)))
			return 0;
	}
}

int netlink_ask(struct nlmsghdr *h, netlink_visit *visit, void *arg)
{
	struct visiting v = { visit, arg };
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	int why;
	if (!nl)
		return errno;
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 || mnl_socket_sendto(nl, h, h->nlmsg_len) < 0)
		why = errno;
	else
		why = receive(nl, h, &v);
	mnl_socket_close(nl);
	return why;
}
