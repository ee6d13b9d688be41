/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which packets belong together: the tuples of the kernel, for each protocol. */
#include "track.h"

struct query {
	bool v6;
	unsigned char request, answer;
};

/* nf_conntrack_icmp_invert_tuple(), valid_new of icmp and icmpv6 */
static const struct query queries[] = {
	{ false, 8, 0 },   { false, 13, 14 },  { false, 15, 16 },
	{ false, 17, 18 }, { true, 128, 129 }, { true, 139, 140 },
};

static bool icmp_key(const struct track_packet *p, struct key *k)
{
	k->port[1] = k->port[0]; /* the identifier */
	for (size_t i = 0; i < ARRAY_SIZE(queries); i++)
		if (queries[i].v6 == p->v6 &&
		    (p->icmp_type == queries[i].request || p->icmp_type == queries[i].answer)) {
			k->kind = queries[i].request;
			return true;
		}
	return false;
}

bool packet_key(const struct track_packet *p, struct key *ret)
{
	*ret = (struct key){ .v6 = p->v6,
			     .protocol = p->protocol,
			     .addr = { p->saddr, p->daddr },
			     .port = { p->sport, p->dport },
			     .code = p->code };
	if (p->protocol == PROTO_ICMP || p->protocol == PROTO_ICMPV6)
		return icmp_key(p, ret);
	return true;
}
