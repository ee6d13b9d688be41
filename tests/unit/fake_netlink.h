/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel that is none: these functions stand in the place of libmnl's sockets. It keeps what
 * is sent to it, and answers with the datagrams that the test gave it; then nothing comes (EAGAIN).
 */
#ifndef TESTS_FAKE_NETLINK_H
#define TESTS_FAKE_NETLINK_H

#include "suite.h"

#include <libmnl/libmnl.h>

struct fake_netlink {
	int open_errno, send_errno,
		receive_errno; /* 0: it works; receive: once all answers are taken */
	struct str sent;       /* the last datagram */
	struct str answers[8];
	size_t n, taken;
	unsigned open; /* sockets */
};

extern struct fake_netlink fake;

/* An answer of one message, its header filled in; more are put behind it. */
struct answer {
	char *buf;
	struct nlmsghdr *last;
	size_t n;
};

struct answer answer_new(void);
/* A message that belongs to the request number `seq`; without payload. */
struct nlmsghdr *answer_add(struct answer *x, int type, int flags, uint32_t seq);
/* NLMSG_ERROR; 0: an acknowledgement. */
void answer_add_error(struct answer *x, int why, uint32_t seq);
void answer_add_done(struct answer *x, uint32_t seq);
/* What the kernel is to send: without the last `cut` bytes. */
void answer_give(struct answer *x, size_t cut);

#endif
