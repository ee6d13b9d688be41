/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connections that a change of the running ruleset must not cut: the ssh
 * session that fwlint runs in, and those of --keep-open.
 */
#include <fwlint/job.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A TCP connection to the host; unknown addresses and ports are ranges. */
struct session {
	const char *name; /* in messages */
	bool v6;
	struct range peer, host, peer_port, host_port;
	unsigned states; /* the states of its packets, which must still be accepted: 1 << enum
			    ct_state */
};

/* ---- which ---- */

static bool read_address(struct str s, bool *ret_v6, u128 *ret)
{
	char text[INET6_ADDRSTRLEN + 8];
	unsigned char b[16];
	s = str_cut(&s, '%'); /* "fe80::1%eth0" */
	if (!s.n || s.n >= sizeof(text))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = 0;
	bool v6 = strchr(text, ':');
	u128 address = 0;
	if (inet_pton(v6 ? AF_INET6 : AF_INET, text, b) != 1)
		return false;
	for (size_t i = 0; i < (v6 ? 16 : 4); i++)
		address = address << 8 | b[i];
	*ret_v6 = v6;
	*ret = address;
	return true;
}

static bool read_port(struct str s, struct range *ret)
{
	u128 port;
	if (!str_number(s, 65535, &port))
		return false;
	*ret = (struct range){ port, port };
	return true;
}

/* sudo clears the environment: a parent process may still have the variable. */
static const char *ssh_connection(struct arena *a)
{
	const char *here = getenv("SSH_CONNECTION");
	int pid = getppid();
	if (here && !here[0])
		here = NULL;
	for (unsigned depth = 0; !here && pid > 1 && depth < 50; depth++) {
		struct text env = { .arena = a }, stat = { .arena = a };
		if (file_read(arena_printf(a, "/proc/%d/environ", pid), SOURCE_MAX, &env, NULL) ||
		    file_read(arena_printf(a, "/proc/%d/stat", pid), SOURCE_MAX, &stat, NULL))
			break;
		struct str rest = text_str(&env);
		while (rest.p && rest.n && !here) {
			struct str one = str_cut(&rest, 0);
			if (str_starts(one, "SSH_CONNECTION="))
				here = arena_strndup(a, one.p + 15, one.n - 15);
		}
		/* "PID (name) S PPID": a name may contain anything */
		size_t at = stat.n;
		while (at > 0 && stat.items[at - 1] != ')')
			at--;
		if (sscanf(arena_strndup(a, stat.items + at, stat.n - at), " %*c %d", &pid) != 1)
			break;
	}
	return here;
}

/*
 * The state of its packets: ESTABLISHED if connection tracking knows the session. Else they are NEW
 * or INVALID (by nf_conntrack_tcp_loose), or UNTRACKED.
 */
static unsigned states_of(const struct session *x)
{
	/* the range of an unknown value begins at 0 */
	struct live_connection c = { x->v6, x->peer.lo, x->host.lo, (uint16_t)x->peer_port.lo,
				     (uint16_t)x->host_port.lo };
	return live_is_tracked(&c)
		       ? 1u << CT_STATE_ESTABLISHED
		       : 1u << CT_STATE_NEW | 1u << CT_STATE_INVALID | 1u << CT_STATE_UNTRACKED;
}

/* "client port server port" (ssh(1)); false: not in this form. */
static bool session_of_ssh(const char *text, struct session *ret, struct arena *a)
{
	struct str rest = str_from(text), word[4];
	bool v6;
	for (size_t i = 0; i < 4; i++)
		word[i] = str_cut(&rest, ' ');
	struct session s = { 0 };
	if (!read_address(word[0], &s.v6, &s.peer.lo) || !read_address(word[2], &v6, &s.host.lo) ||
	    v6 != s.v6 || !read_port(word[1], &s.peer_port) || !read_port(word[3], &s.host_port))
		return false;
	s.peer.hi = s.peer.lo;
	s.host.hi = s.host.lo;
	s.name = arena_printf(a, "the ssh session of %.*s port %.*s", STR_FMT(word[0]),
			      STR_FMT(word[1]));
	s.states = states_of(&s);
	*ret = s;
	return true;
}

/* ADDR:PORT, [ADDR]:PORT: connections of a peer to a port of the host. */
static bool read_peer(const char *text, struct session *ret, struct arena *a)
{
	const char *colon = strrchr(text, ':');
	struct str address = { text, colon ? (size_t)(colon - text) : 0 };
	if (address.n > 2 && address.p[0] == '[' && address.p[address.n - 1] == ']')
		address = (struct str){ address.p + 1, address.n - 2 };
	struct session s = { 0 };
	if (!colon || !read_address(address, &s.v6, &s.peer.lo) ||
	    !read_port(str_from(colon + 1), &s.host_port))
		return false;
	s.peer.hi = s.peer.lo;
	s.host = (struct range){ 0, field_max(s.v6 ? FIELD_IP6_DADDR : FIELD_IP_DADDR) };
	s.peer_port = (struct range){ 0, 65535 };
	s.name = arena_printf(a, "connections of %s", text);
	*ret = s;
	return true;
}

bool session_is_valid(const char *keep_open)
{
	struct arena *a = arena_new();
	struct session x;
	bool ok = strcmp(keep_open, "none") == 0 || read_peer(keep_open, &x, a);
	arena_free(a);
	return ok;
}

/* ---- what happens to them ---- */

static const struct cube *both(const struct flow_space *space, const struct cube *x, enum field f,
			       struct range r, struct arena *a)
{
	struct range *one = arena_new_one(a, struct range);
	*one = r;
	return cube_and(&space->dims, a, x, flow_cube_ranges(a, f, one, 1));
}

/* The packets of the session to the host, or (`out`) from it. */
static const struct cube *packets(const struct ruleset *rs, const struct session *x, bool out,
				  struct arena *a)
{
	const struct flow_space *space = flow_space_new(rs, a);
	struct range tcp = { L4PROTO_TCP, L4PROTO_TCP };
	const struct cube *c = both(space, &cube_all, FIELD_L4PROTO, tcp, a);
	c = both(space, c, x->v6 ? FIELD_IP6_SADDR : FIELD_IP_SADDR, out ? x->host : x->peer, a);
	c = both(space, c, x->v6 ? FIELD_IP6_DADDR : FIELD_IP_DADDR, out ? x->peer : x->host, a);
	c = both(space, c, FIELD_SPORT, out ? x->host_port : x->peer_port, a);
	return both(space, c, FIELD_DPORT, out ? x->peer_port : x->host_port, a);
}

static const char *cut(const struct ruleset *old, const struct ruleset *new,
		       const struct session *x, bool out, struct arena *a)
{
	struct comparison c = flow_compare_within(old, new,
						  x->v6 ? NFPROTO_VALUE_IPV6 : NFPROTO_VALUE_IPV4,
						  packets(old, x, out, a), a);
	if (c.gave_up)
		return arena_printf(a, "fwlint cannot tell what happens to %s: %s", x->name,
				    c.gave_up);
	for (size_t i = 0; i < c.n; i++) {
		const struct difference *d = &c.items[i];
		if (d->path == (out ? PATH_OUTPUT : PATH_INPUT) && (x->states & 1u << d->state) &&
		    d->old.kind == VERDICT_ACCEPT && d->new.kind != VERDICT_ACCEPT)
			return arena_printf(a,
					    "the change could cut %s: packets %s the host that are "
					    "%s and accepted now would get: %s (--keep-open none: "
					    "do not check)",
					    x->name, out ? "from" : "to", ct_state_name(d->state),
					    verdict_words(&d->new, a));
	}
	return NULL;
}

const char *session_is_cut(const char *keep_open, const struct ruleset *old,
			   const struct ruleset *new, struct arena *a)
{
	const char *ssh = ssh_connection(a), *why = NULL;
	struct session list[2];
	size_t n = 0;
	if (keep_open && strcmp(keep_open, "none") == 0)
		return NULL;
	if (keep_open && read_peer(keep_open, &list[n], a)) {
		list[n].states = states_of(&list[n]);
		n++;
	}
	if (ssh && !session_of_ssh(ssh, &list[n], a))
		return arena_printf(a,
				    "fwlint cannot tell which session must stay: SSH_CONNECTION is "
				    "'%s' (--keep-open none: do not check)",
				    ssh);
	if (ssh)
		n++;
	for (size_t i = 0; i < n && !why; i++) {
		why = cut(old, new, &list[i], false, a);
		if (!why)
			why = cut(old, new, &list[i], true, a);
	}
	return why;
}
