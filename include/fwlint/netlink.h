/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netlink: requests to nfnetlink, and all their answers. */
#ifndef FWLINT_NETLINK_H
#define FWLINT_NETLINK_H

#include <fwlint/late_mnl.h>

#include <linux/netfilter/nfnetlink.h>

#define NETLINK_BUFFER 65536 /* in bytes: more than the kernel puts into one datagram of a dump */
#define NETLINK_REQUEST 8192

/* Called with each message of the answer. */
typedef void netlink_visit(const struct nlmsghdr *h, void *arg);

/*
 * A socket to nfnetlink that sends a datagram of `size` bytes and holds the
 * answers to it. Waiting for an answer ends after 10 seconds (EAGAIN). NULL: errno.
 */
FW_CHECKED struct mnl_socket *netlink_open(size_t size);
/*
 * Sends the request `h` (of any type, with its flags) and gives all answers to
 * `visit` (may be NULL). Returns 0, or an errno; EINTR: the ruleset changed while it was dumped.
 */
FW_CHECKED int netlink_ask(struct nlmsghdr *h, netlink_visit *visit, void *arg);
/*
 * Is there a whole message in the `left` bytes at `h`? mnl_nlmsg_ok() is also true for a message
 * whose length is 2^31 or more.
 */
bool netlink_is_whole(const struct nlmsghdr *h, int left);
/* mnl_attr_for_each() behind the header of nfnetlink, and mnl_attr_for_each_nested(), with a length
 * of their type. */
// clang-format off
#define NETLINK_EACH(attr, h) \
	for ((attr) = mnl_nlmsg_get_payload_offset((h), sizeof(struct nfgenmsg)); \
	     mnl_attr_ok((attr), (int)((const char *)mnl_nlmsg_get_payload_tail(h) - (const char *)(attr))); \
	     (attr) = mnl_attr_next(attr))
#define NETLINK_EACH_NESTED(attr, nest) \
	for ((attr) = mnl_attr_get_payload(nest); \
	     mnl_attr_ok((attr), (int)((const char *)mnl_attr_get_payload(nest) + mnl_attr_get_payload_len(nest) - \
				       (const char *)(attr))); \
	     (attr) = mnl_attr_next(attr))
// clang-format on
/* A request with a header of nfnetlink, in `buf` (of NETLINK_REQUEST bytes). */
struct nlmsghdr *netlink_request(char *buf, int subsystem, int message, int flags, int family);

#endif
