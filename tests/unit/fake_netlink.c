/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fake_netlink.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_ROOM 65536

struct fake_netlink fake;

/* libmnl's is opaque. */
struct mnl_socket {
	int fd;
};

static struct mnl_socket the_socket;

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
	(void)bus, (void)flags;
	errno = fake.open_errno;
	if (fake.open_errno)
		return NULL;
	the_socket.fd = socket(AF_UNIX, SOCK_DGRAM, 0); /* for setsockopt(2) */
	fake.open++;
	return &the_socket;
}

int mnl_socket_get_fd(const struct mnl_socket *nl)
{
	return nl->fd;
}

int mnl_socket_bind(struct mnl_socket *nl, unsigned int groups, pid_t pid)
{
	(void)nl, (void)groups, (void)pid;
	return 0;
}

unsigned int mnl_socket_get_portid(const struct mnl_socket *nl)
{
	(void)nl;
	return 77;
}

int mnl_socket_close(struct mnl_socket *nl)
{
	fake.open--;
	return close(nl->fd);
}

ssize_t mnl_socket_sendto(const struct mnl_socket *nl, const void *buf, size_t n)
{
	(void)nl;
	errno = fake.send_errno;
	if (fake.send_errno)
		return -1;
	fake.sent = (struct str){ arena_strndup(a, buf, n), n };
	return (ssize_t)n;
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf, size_t room)
{
	(void)nl;
	if (fake.taken == fake.n) {
		errno = fake.receive_errno ? fake.receive_errno : EAGAIN;
		return -1;
	}
	struct str s = fake.answers[fake.taken++];
	FW_ASSERT(s.n <= room);
	memcpy(buf, s.p, s.n);
	return (ssize_t)s.n;
}

/* ---- answers ---- */

struct answer answer_new(void)
{
	return (struct answer){ .buf = arena_alloc(a, ANSWER_ROOM) };
}

struct nlmsghdr *answer_add(struct answer *x, int type, int flags, uint32_t seq)
{
	if (x->last)
		x->n += (x->last->nlmsg_len + 3) & ~3u; /* NLMSG_ALIGNTO */
	x->last = mnl_nlmsg_put_header(x->buf + x->n);
	x->last->nlmsg_type = (uint16_t)type;
	x->last->nlmsg_flags = (uint16_t)flags;
	x->last->nlmsg_seq = seq;
	x->last->nlmsg_pid = 77;
	return x->last;
}

void answer_add_error(struct answer *x, int why, uint32_t seq)
{
	struct nlmsgerr *e = mnl_nlmsg_put_extra_header(answer_add(x, NLMSG_ERROR, 0, seq),
							sizeof(*e));
	e->error = -why;
}

void answer_add_done(struct answer *x, uint32_t seq)
{
	int *status = mnl_nlmsg_put_extra_header(answer_add(x, NLMSG_DONE, NLM_F_MULTI, seq),
						 sizeof(*status));
	*status = 0;
}

void answer_give(struct answer *x, size_t cut)
{
	FW_ASSERT(fake.n < ARRAY_SIZE(fake.answers));
	size_t n = x->n + (x->last ? x->last->nlmsg_len : 0);
	fake.answers[fake.n++] = (struct str){ x->buf, n > cut ? n - cut : 0 };
}
