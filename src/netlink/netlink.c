/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each question has a socket of its own, so a late answer cannot be taken for the answer to another
 * question.
 */
#include <fwlint/netlink.h>

#include <errno.h>
#include <limits.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#define ANSWER_SECONDS 10

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

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

bool netlink_is_whole(const struct nlmsghdr *h, int left)
{
	return mnl_nlmsg_ok(h, left) && h->nlmsg_len <= (unsigned)left;
}

struct visiting {
	netlink_visit *visit;
	void *arg;
};

static int visit_one(const struct nlmsghdr *h, void *data)
{
	struct visiting *v = data;
	if (v->visit)
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
		int more = mnl_cb_run(buf, (size_t)n, h->nlmsg_seq, mnl_socket_get_portid(nl),
				      visit_one, v);
		if (more < 0)
			return errno;
		/* a single answer has no end marker, unless an acknowledgement was requested */
		if (more == MNL_CB_STOP || !(h->nlmsg_flags & (NLM_F_DUMP | NLM_F_ACK)))
			return 0;
	}
}

/*
 * A datagram that is larger than the send buffer is refused (netlink_sendmsg()),
 * and answers that overflow the receive buffer are lost (ENOBUFS) although the request was carried
 * out. SO_*BUFFORCE goes beyond the limits of the system and needs CAP_NET_ADMIN.
 */
static void set_buffer(int fd, int forced, int limited, size_t size)
{
	int value = size < NETLINK_BUFFER ? NETLINK_BUFFER
		    : size > INT_MAX / 2  ? INT_MAX / 2
					  : (int)size;
	if (setsockopt(fd, SOL_SOCKET, forced, &value, sizeof(value)) < 0)
		setsockopt(fd, SOL_SOCKET, limited, &value, sizeof(value));
}

struct mnl_socket *netlink_open(size_t size)
{
	struct timeval patience = { .tv_sec = ANSWER_SECONDS };
	int one = 1;
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (!nl)
		return NULL;
	int fd = mnl_socket_get_fd(nl);
	set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, size + 1024);
	set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, (size_t)16 * NETLINK_BUFFER + size);
	/* an error says which message, and does not send it back */
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0 &&
	    mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) == 0)
		return nl;
	int why = errno;
	mnl_socket_close(nl);
	errno = why;
	return NULL;
}

int netlink_ask(struct nlmsghdr *h, netlink_visit *visit, void *arg)
{
	struct visiting v = { visit, arg };
	struct mnl_socket *nl = netlink_open(h->nlmsg_len);
	if (!nl)
		return errno;
	int why = mnl_socket_sendto(nl, h, h->nlmsg_len) < 0 ? errno : receive(nl, h, &v);
	mnl_socket_close(nl);
	return why;
}
