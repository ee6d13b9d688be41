/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Live connections. The ends beyond the router are ours: they send and receive
 * by the wires. Where the router is an end, it has a real socket.
 */
#include "connection.h"

#include <fwlint/process.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROUTER4 0xcb007101u /* 203.0.113.1 */
#define ROUTER6 (((u128)0xfd00000cu << 96) | 1)
#define ABOVE 2000000u    /* beyond any window that an end may have announced */
#define PORT_PROXIED 8082 /* goes to the router's own port */
#define PORT_SENT_ON 8080
#define PORT_REDIRECTED 8081
#define PORT_OWN 5001 /* where the router listens */
#define PORT_SERVER 5000

// clang-format off
const char *const passage_names[PASSAGE_COUNT] = {
	"through", "MASQUERADE", "DNAT", "REDIRECT of passing", "REDIRECT of own", "to the router", "from the router",
};
// clang-format on
const char *const event_names[EV_COUNT] = { "in order", "INVALID", "lost" };

/* The client's net and the server's; each has a wire, the router an address on each. */
// clang-format off
static const struct place { const char *wire; u128 v4, v6; } client_place = {
	"eth0", 0x0a000001, ((u128)0xfd00000au << 96) | 1
}, server_places[] = {
	// clang-format on
	{ "wan0", 0xc000020a, ((u128)0xfd00000du << 96) | 1 },
	{ "eth1", 0xc0a80005, ((u128)0xfd00000bu << 96) | 1 },
};

static const char network[] = "link set dev eth0 arp off\nlink set dev eth1 arp off\nlink set dev "
			      "wan0 arp off\n"
			      "addr add 203.0.113.1/32 dev lo\naddr add fd00:c::1/128 dev lo "
			      "nodad\n"
			      "addr add 203.0.113.2/32 dev eth0\naddr add fd00:e::2/128 dev eth0 "
			      "nodad\n"
			      "route add 10.0.0.0/8 dev eth0\nroute add 192.168.0.0/16 dev "
			      "eth1\nroute add default dev wan0\n"
			      "route add fd00:a::/64 dev eth0\nroute add fd00:b::/64 dev "
			      "eth1\nroute add fd00:d::/64 dev wan0\n";

static int listener[2];

/* One socket for both families would do, but a server that listens to each is what hosts have. */
static int listen_at(bool v6, uint16_t port)
{
	struct sockaddr_in a4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
	if (v6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (fd < 0 ||
	    bind(fd, v6 ? (struct sockaddr *)&a6 : (struct sockaddr *)&a4,
		 v6 ? sizeof(a6) : sizeof(a4)) < 0 ||
	    listen(fd, 100) < 0)
		return -1;
	return fd;
}

const char *router_new(struct lab *lab)
{
	static const char *const wires[] = { "eth0", "eth1", "wan0" };
	const char *why = NULL;
	for (unsigned i = 0; i < ARRAY_SIZE(wires) && !why; i++)
		why = lab_add_wire(lab, str_from(wires[i]));
	if (!why)
		why = lab_ip(lab, network);
	if (why)
		return why;
	/* what is not so, and what is not sent, shows as a difference */
	FW_MAY_FAIL(process_write("/proc/sys/net/netfilter/nf_conntrack_checksum", "0"));
	for (unsigned v6 = 0; v6 < 2; v6++) {
		listener[v6] = listen_at(v6, PORT_OWN);
		if (listener[v6] < 0)
			return "the router cannot listen";
	}
	return NULL;
}

struct str router_nat(const char *dialect, bool v6)
{
	static const char v4_rules[] = "*nat\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n"
				       "-A PREROUTING -d 203.0.113.1/32 -p tcp -m tcp --dport 8080 "
				       "-j DNAT --to-destination 192.0.2.10:5000\n"
				       "-A PREROUTING -i eth0 -p tcp -m tcp --dport 8081:8082 -j "
				       "REDIRECT --to-ports 5001\n"
				       "-A POSTROUTING -s 10.0.0.0/8 -o wan0 -p tcp -m tcp --dport "
				       "9000 -j MASQUERADE\nCOMMIT\n";
	static const char v6_rules[] = "*nat\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n"
				       "-A PREROUTING -d fd00:c::1/128 -p tcp -m tcp --dport 8080 "
				       "-j DNAT --to-destination [fd00:d::1]:5000\n"
				       "-A PREROUTING -i eth0 -p tcp -m tcp --dport 8081:8082 -j "
				       "REDIRECT --to-ports 5001\n"
				       "-A POSTROUTING -s fd00:a::/64 -o wan0 -p tcp -m tcp "
				       "--dport 9000 -j MASQUERADE\nCOMMIT\n";
	static const char nft_rules[] = "table inet router_nat {\n"
					"\tchain pre {\n\t\ttype nat hook prerouting priority "
					"dstnat; policy accept;\n"
					"\t\tip daddr 203.0.113.1 tcp dport 8080 dnat ip to "
					"192.0.2.10:5000\n"
					"\t\tip6 daddr fd00:c::1 tcp dport 8080 dnat ip6 to "
					"[fd00:d::1]:5000\n"
					"\t\tiifname \"eth0\" tcp dport 8081-8082 redirect to "
					":5001\n\t}\n"
					"\tchain post {\n\t\ttype nat hook postrouting priority "
					"srcnat; policy accept;\n"
					"\t\toifname \"wan0\" tcp dport 9000 masquerade\n\t}\n}\n";
	return str_from(strcmp(dialect, "nft") == 0 ? nft_rules : v6 ? v6_rules : v4_rules);
}

/* ---- a connection ---- */

static uint16_t usual_port(void)
{
	static const uint16_t ports[] = { 22, 80, 53, 1500, 40123, PORT_SERVER };
	return ports[random_below(ARRAY_SIZE(ports))];
}

static uint16_t target_port(enum passage p)
{
	switch (p) {
	case MASQUERADED: return 9000;
	case PORT_FORWARDED: return PORT_SENT_ON;
	case PROXIED: return PORT_PROXIED;
	case REDIRECTED: return PORT_REDIRECTED;
	case TO_ROUTER: return PORT_OWN;
	case THROUGH:
	case FROM_ROUTER:
	case PASSAGE_COUNT: break;
	}
	return usual_port();
}

static bool ends_here(enum passage p)
{
	return p == PROXIED || p == REDIRECTED || p == TO_ROUTER || p == FROM_ROUTER;
}

struct connection connection_random(uint16_t number, bool v6)
{
	struct connection c = { .passage = (enum passage)random_below(PASSAGE_COUNT),
				.v6 = v6,
				.number = number,
				.socket = -1 };
	bool at_router = c.passage == PORT_FORWARDED || c.passage == REDIRECTED ||
			 c.passage == TO_ROUTER;
	/* what is masqueraded or forwarded has its server beyond wan0 */
	const struct place *server =
		&server_places[c.passage == THROUGH || c.passage == PROXIED ? random_below(2) : 0];
	u128 router = v6 ? ROUTER6 : ROUTER4;
	c.event = (enum event)random_below(EV_COUNT);
	c.by_server = chance(50);
	c.client_wire = c.passage == FROM_ROUTER ? (struct str){ 0 } : str_from(client_place.wire);
	c.server_wire = ends_here(c.passage) && c.passage != FROM_ROUTER ? (struct str){ 0 }
									 : str_from(server->wire);
	c.client = (struct segment){
		.v6 = v6,
		.protocol = 6,
		.ttl = 64,
		.window = 8000,
		.flags = TCP_ACK | (chance(50) ? TCP_PSH : 0),
		.payload = (uint16_t)(20 + random_below(60)),
		.sport = number,
		.dport = target_port(c.passage),
		.saddr = c.passage == FROM_ROUTER ? router
			 : v6                     ? client_place.v6
						  : client_place.v4,
		.daddr = at_router ? router
			 : v6      ? server->v6
				   : server->v4,
		.seq = 0x10000000u + (uint32_t)number * 65536,
	};
	/* the router's own sockets send when they like: only what it is made to send without one */
	if (ends_here(c.passage) &&
	    (c.event == EV_PROBE || c.passage == PROXIED || c.passage == REDIRECTED))
		c.by_server = c.passage == FROM_ROUTER;
	if (c.passage == FROM_ROUTER && c.event == EV_LOST)
		c.by_server = true;
	if (c.passage == TO_ROUTER && c.event == EV_LOST)
		c.by_server = false;
	return c;
}

/* Makes the other end's next segment from what came to it. */
static void meet(struct segment *own, const struct segment *syn, uint32_t seq)
{
	*own = *syn;
	own->saddr = syn->daddr;
	own->daddr = syn->saddr;
	own->sport = syn->dport;
	own->dport = syn->sport;
	own->seq = seq;
	own->ack = syn->seq + 1;
}

/* The next segment with these flags that has the client's port. */
static bool receive(struct lab *lab, const struct connection *c, unsigned flags,
		    struct segment *ret)
{
	while (lab_receive(lab, 2000, ret))
		if (ret->protocol == 6 && (ret->sport == c->number || ret->dport == c->number) &&
		    (ret->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == flags)
			return true;
	return false;
}

static void send_bare(struct lab *lab, struct str wire, const struct segment *s, uint32_t seq,
		      unsigned flags)
{
	struct segment x = *s;
	x.seq = seq;
	x.flags = (unsigned char)flags;
	x.payload = 0;
	if (!(flags & TCP_ACK))
		x.ack = 0;
	FW_MAY_FAIL(lab_send(lab, wire, &x));
}

static socklen_t address(bool v6, u128 v, uint16_t port, struct sockaddr_storage *ret)
{
	struct sockaddr_in *s4 = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *s6 = (struct sockaddr_in6 *)ret;
	memset(ret, 0, sizeof(*ret));
	ret->ss_family = v6 ? AF_INET6 : AF_INET;
	if (!v6) {
		s4->sin_port = htons(port);
		s4->sin_addr.s_addr = htonl((uint32_t)v);
		return sizeof(*s4);
	}
	s6->sin6_port = htons(port);
	for (unsigned i = 0; i < 16; i++)
		s6->sin6_addr.s6_addr[i] = (unsigned char)(v >> (8 * (15 - i)));
	return sizeof(*s6);
}

/* The router opens it: a socket of its own connects. */
static bool router_connects(struct connection *c)
{
	struct sockaddr_storage own, other;
	socklen_t n = address(c->v6, c->client.saddr, c->client.sport, &own);
	c->socket = socket(c->v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (c->socket < 0 || bind(c->socket, (struct sockaddr *)&own, n) < 0)
		return false;
	n = address(c->v6, c->client.daddr, c->client.dport, &other);
	connect(c->socket, (struct sockaddr *)&other, n);
	return true;
}

/* The router answers: the connection is taken from its listening socket. */
static bool router_accepts(struct connection *c)
{
	struct pollfd p = { listener[c->v6], POLLIN, 0 };
	if (poll(&p, 1, 2000) <= 0)
		return false;
	c->socket = accept4(listener[c->v6], NULL, NULL, SOCK_NONBLOCK);
	return c->socket >= 0;
}

bool connection_open(struct connection *c, struct lab *lab)
{
	struct segment syn, answer;
	if (!c->client_wire.n) {
		if (!router_connects(c) || !receive(lab, c, TCP_SYN, &syn))
			return false;
		c->client.seq = syn.seq + 1;
		meet(&c->server, &syn, 0x50000000u + (uint32_t)c->number * 65536);
	} else {
		send_bare(lab, c->client_wire, &c->client, c->client.seq - 1, TCP_SYN);
		if (c->server_wire.n && !receive(lab, c, TCP_SYN, &syn))
			return false;
		if (c->server_wire.n)
			meet(&c->server, &syn, 0x50000000u + (uint32_t)c->number * 65536);
	}
	if (c->server_wire.n)
		send_bare(lab, c->server_wire, &c->server, c->server.seq - 1, TCP_SYN | TCP_ACK);
	if (!c->client_wire.n) {
		c->client.ack = c->server.seq;
	} else {
		if (!receive(lab, c, TCP_SYN | TCP_ACK, &answer))
			return false;
		c->client.ack = answer.seq + 1;
		if (!c->server_wire.n)
			meet(&c->server, &c->client, answer.seq + 1);
		send_bare(lab, c->client_wire, &c->client, c->client.seq, TCP_ACK);
	}
	c->server.ack = c->client.seq;
	c->server.flags = c->client.flags;
	c->server.window = 8000;
	c->server.ttl = 64;
	c->server.payload = c->client.payload;
	return c->server_wire.n || router_accepts(c);
}

/* ---- the segment ---- */

struct segment connection_segment(const struct connection *c)
{
	struct segment s = c->by_server ? c->server : c->client;
	if (c->event == EV_ABOVE)
		s.seq += ABOVE;
	return s;
}

void connection_inject(struct connection *c, struct lab *lab)
{
	struct segment s = connection_segment(c);
	FW_MAY_FAIL(lab_send(lab, c->by_server ? c->server_wire : c->client_wire, &s));
}

bool connection_arrived(const struct connection *c, struct lab *lab, int ms)
{
	struct segment sent = connection_segment(c), got;
	char buf[2000];
	if (c->socket >= 0) {
		struct pollfd p = { c->socket, POLLIN, 0 };
		return poll(&p, 1, ms) > 0 && recv(c->socket, buf, sizeof(buf), MSG_DONTWAIT) > 0;
	}
	while (lab_receive(lab, ms, &got))
		if (got.protocol == 6 && got.seq == sent.seq && got.payload == sent.payload &&
		    got.ttl == 63)
			return true;
	return false;
}

bool connection_has_socket(const struct connection *c)
{
	return c->passage == TO_ROUTER || c->passage == FROM_ROUTER;
}

static bool is_translated_dst(enum passage p)
{
	return p == PORT_FORWARDED || p == REDIRECTED || p == PROXIED;
}

/* Where the other end is, behind the translation. */
static struct segment translated(const struct connection *c)
{
	struct segment s = connection_segment(c);
	if (!c->by_server && c->passage == PORT_FORWARDED) {
		s.daddr = c->v6 ? server_places[0].v6 : server_places[0].v4;
		s.dport = PORT_SERVER;
	} else if (!c->by_server && is_translated_dst(c->passage)) {
		/* REDIRECT takes the first address of the interface (nf_nat_redirect.c) */
		s.daddr = c->v6 ? ((u128)0xfd00000eu << 96) | 2 : 0xcb007102u;
		s.dport = PORT_OWN;
	} else if (c->by_server && c->passage == MASQUERADED) {
		s.daddr = c->client.saddr;
		s.dport = c->client.sport;
	}
	return s;
}

/* The way of the segment with an entry; without one, what comes to the router's address stays
 * there. */
static enum path path_of(const struct connection *c, bool is_translated)
{
	if (!(c->by_server ? c->server_wire : c->client_wire).n)
		return PATH_OUTPUT;
	if (ends_here(c->passage) && (is_translated || c->passage != PROXIED))
		return PATH_INPUT;
	if (!is_translated && ((c->passage == MASQUERADED && c->by_server) ||
			       (c->passage == PORT_FORWARDED && !c->by_server)))
		return PATH_INPUT;
	return PATH_FORWARD;
}

static struct trial trial_of(const struct connection *c, enum ct_state state, bool is_translated)
{
	struct trial t = { .packet = is_translated ? translated(c) : connection_segment(c),
			   .path = path_of(c, is_translated) };
	t.kind = state == CT_STATE_INVALID ? K_INVALID_WINDOW
		 : state == CT_STATE_NEW   ? K_NEW_ACK
		 : c->by_server            ? K_EST_TCP_REPLY
					   : K_EST_TCP;
	t.in = c->by_server ? c->server_wire : c->client_wire;
	if (t.path == PATH_INPUT)
		return t;
	t.out = c->by_server ? c->client_wire : c->server_wire;
	if (c->passage == PROXIED) /* untranslated it goes to the server itself */
		for (unsigned i = 0; i < ARRAY_SIZE(server_places); i++)
			if (t.packet.daddr == server_places[i].v4 ||
			    t.packet.daddr == server_places[i].v6)
				t.out = str_from(server_places[i].wire);
	return t;
}

/* Does a rule before conntrack keep the segment from it? nft_ct_set_zone_eval() tracks it again,
 * xt_ct_target() does not. */
static bool is_untracked(const struct trace *t)
{
	bool untracked = false, has_template = false;
	for (size_t i = 0; i < t->n; i++) {
		const struct rule *r = t->items[i].rule;
		for (uint32_t k = 0;
		     r && chain_is_before_conntrack(t->items[i].base) && k < r->n_statements; k++) {
			const struct statement *st = &r->statements[k];
			if (st->kind == STMT_NOTRACK && !has_template)
				untracked = true;
			if (st->kind == STMT_TEMPLATE && (!untracked || st->over_untracked)) {
				untracked = false;
				has_template = true;
			}
		}
	}
	return untracked;
}

bool connection_is_tracked(const struct ruleset *rs, const struct connection *c,
			   enum ct_state state, struct arena *a)
{
	struct trial before = trial_of(c, state, false);
	struct packet p = trial_packet(rs, &before, a);
	struct trace t = packet_trace(rs, before.path, &p, a);
	return !is_untracked(&t);
}

bool connection_has_one_answer(const struct ruleset *rs, const struct connection *c)
{
	for (size_t i = 0; i < rs->n_vars; i++)
		if (c->passage == PROXIED && rs->vars[i]->is_local == END_DESTINATION)
			return false;
	return true;
}

struct packet connection_packet(const struct ruleset *rs, const struct connection *c,
				enum ct_state state, enum path *ret_path, struct arena *a)
{
	bool is_translated = (state == CT_STATE_ESTABLISHED ||
			      (state == CT_STATE_NEW && !c->by_server)) &&
			     connection_is_tracked(rs, c, state, a);
	struct trial t = trial_of(c, state, is_translated), before = trial_of(c, state, false);
	struct packet p = trial_packet(rs, &t, a);
	*ret_path = t.path;
	if (!is_translated)
		return p;
	if (state == CT_STATE_ESTABLISHED && c->passage == MASQUERADED)
		p.v[FIELD_CT_STATUS] |= CT_STATUS_SNAT;
	if (is_translated_dst(c->passage))
		p.v[FIELD_CT_STATUS] |= CT_STATUS_DNAT;
	struct packet old = trial_packet(rs, &before, a);
	u128 *v = arena_new_array(a, u128, FIELD_COUNT);
	memcpy(v, old.v, sizeof(old.v));
	if (state == CT_STATE_ESTABLISHED)
		v[FIELD_CT_STATUS] = p.v[FIELD_CT_STATUS]; /* the entry knows; a NEW packet is not
							      translated yet */
	p.untranslated = v;
	/* on the path FORWARD a local address is one in front of the translation (interp.c) */
	if (t.path == PATH_FORWARD)
		p.answers = old.answers;
	return p;
}
