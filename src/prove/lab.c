/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The namespace and its wires. An interface is one end of a veth pair; we hold
 * the other end by a packet socket. Neighbours have addresses that no interface
 * has, so a packet that leaves by a wire is not accepted at its other end.
 */
#include <fwlint/dialect.h>
#include <fwlint/process.h>
#include <fwlint/netlink.h>
#include <fwlint/prove.h>

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define WIRES_MAX 64
#define SETTLE_MS 10000 /* for work that the kernel finishes later than it reports */

struct wire {
	struct str name;
	int fd;
};

struct lab {
	struct arena *arena;
	struct wire wires[WIRES_MAX];
	size_t n;
};

/* ---- the namespace ---- */

static void set(const char *key, const char *value)
{
	char path[200];
	snprintf(path, sizeof(path), "/proc/sys/net/%s", key);
	FW_MAY_FAIL(
		process_write(path, value)); /* a kernel without IPv6 lacks some of these files */
}

/*
 * A packet waits for the backlog of the CPU that sent it (netif_rx() in net/core/dev.c), so only
 * packets that are sent from one CPU are sure to arrive in order.
 */
static void stay_on_this_cpu(void)
{
	int cpu = sched_getcpu();
	cpu_set_t one;
	CPU_ZERO(&one);
	if (cpu < 0)
		return;
	CPU_SET((size_t)cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

struct lab *lab_new(struct arena *a)
{
	struct lab *lab = arena_new_one(a, struct lab);
	lab->arena = a;
	stay_on_this_cpu();
	set("ipv4/ip_forward", "1");
	set("ipv4/conf/all/rp_filter", "0");
	set("ipv4/conf/default/rp_filter", "0");
	set("ipv6/conf/all/forwarding", "1");
	set("ipv6/conf/all/accept_dad", "0");
	set("ipv6/conf/default/accept_dad", "0");
	set("ipv4/icmp_ratelimit", "0");
	const char *const up[] = { "ip", "link", "set", "lo", "up", NULL };
	struct text out = { .arena = a };
	FW_MAY_FAIL(process_run(up, STR(""), &out,
				&out)); /* if it fails, the wires fail too, and say why */
	return lab;
}

/* Is there a route to each IPv6 address of the host? */
static bool addresses_are_in_use(void)
{
	char address[33], line[256], want[40];
	unsigned scope;
	bool all = true;
	FILE *f = fopen("/proc/self/net/if_inet6", "re");
	while (f && all && fscanf(f, "%32s %*x %*x %x %*x %*s", address, &scope) == 2) {
		FILE *routes = scope ? NULL : fopen("/proc/self/net/ipv6_route", "re");
		snprintf(want, sizeof(want), "%s 80", address);
		all = !routes;
		while (routes && !all && fgets(line, sizeof(line), routes))
			all = strncmp(line, want, strlen(want)) == 0;
		if (routes)
			fclose(routes);
	}
	if (f)
		fclose(f);
	return all;
}

/*
 * A new IPv6 address gets its route from a worker of the kernel (net/ipv6/addrconf.c:
 * addrconf_dad_start), which waits for a lock that all namespaces share. Until then packets to it
 * are lost.
 */
const char *lab_ip(struct lab *lab, const char *batch)
{
	const char *const argv[] = { "ip", "-batch", "-", NULL };
	struct text out = { .arena = lab->arena };
	int status = process_run(argv, str_from(batch), &out, &out);
	if (status == PROCESS_MISSING)
		return "there is no 'ip' (package iproute2)";
	if (status)
		return arena_printf(lab->arena, "ip: %.*s", STR_FMT(str_trim(text_str(&out))));
	for (long end = process_now_ms() + SETTLE_MS; !addresses_are_in_use(); usleep(1000))
		if (process_now_ms() > end)
			return "the kernel enabled an IPv6 address too late";
	return NULL;
}

/* ---- wires ---- */

static bool is_plain_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-",
			    s.p[i]))
			return false;
	return s.n > 0 && s.n < IFNAMSIZ && s.p[0] != '-' && !str_is(s, ".") && !str_is(s, "..");
}

static struct wire *find_wire(struct lab *lab, struct str name)
{
	for (size_t i = 0; i < lab->n; i++)
		if (str_eq(lab->wires[i].name, name))
			return &lab->wires[i];
	return NULL;
}

const char *lab_add_wire(struct lab *lab, struct str name)
{
	if (find_wire(lab, name) || str_is(name, "lo"))
		return NULL;
	if (!is_plain_name(name))
		return arena_printf(lab->arena, "no interface with the name '%.*s' can be made",
				    STR_FMT(name));
	if (lab->n == WIRES_MAX)
		return "the ruleset names too many interfaces";
	unsigned i = (unsigned)lab->n;
	const char *why = lab_ip(lab, arena_printf(lab->arena,
						   "link add name %.*s address 02:00:00:00:01:%02x "
						   "type veth "
						   "peer name fwlint%u address "
						   "02:00:00:00:02:%02x\n"
						   "link set dev fwlint%u up\nlink set dev %.*s "
						   "up\n",
						   STR_FMT(name), i, i, i, i, STR_FMT(name)));
	if (why)
		return why;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));
	struct sockaddr_ll at = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_ALL),
				  .sll_ifindex = (int)if_nametoindex(
					  arena_printf(lab->arena, "fwlint%u", i)) };
	/*
	 * The queue of the wire loses packets until a worker of the kernel has replaced it
	 * (net/sched/sch_generic.c: noop_enqueue, net/core/link_watch.c).
	 */
	int past_queue = 1;
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &past_queue, sizeof(past_queue)) < 0)
		return arena_printf(lab->arena, "no packet socket: %s", strerror(errno));
	lab->wires[lab->n++] = (struct wire){ name, fd };
	return NULL;
}

void lab_add_addresses(struct lab *lab)
{
	struct text batch = { .arena = lab->arena };
	for (size_t i = 0; i < lab->n; i++)
		text_printf(&batch, "addr add 169.254.77.%zu/32 dev %.*s\n", i + 1,
			    STR_FMT(lab->wires[i].name));
	FW_MAY_FAIL(lab_ip(
		lab, arena_printf(lab->arena, "%.*s",
				  STR_FMT(text_str(&batch))))); /* no ruleset needs all of these */
}

/*
 * Sends by a raw socket; the kernel takes the header as it is. EPERM: a chain of OUTPUT stopped the
 * packet (net/ipv4/raw.c: raw_send_hdrinc, nf_hook_slow), so it counts as sent.
 */
static bool send_as_host(const unsigned char *packet, size_t n)
{
	bool v6 = packet[0] >> 4 == 6;
	int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	struct sockaddr_in to4 = { .sin_family = AF_INET };
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6 };
	memcpy(&to4.sin_addr, packet + 16, 4);
	if (v6)
		memcpy(&to6.sin6_addr, packet + 24, 16);
	const struct sockaddr *to = v6 ? (const struct sockaddr *)&to6
				       : (const struct sockaddr *)&to4;
	bool ok = fd >= 0 &&
		  (sendto(fd, packet, n, 0, to, v6 ? sizeof(to6) : sizeof(to4)) == (ssize_t)n ||
		   errno == EPERM);
	if (fd >= 0)
		close(fd);
	return ok;
}

bool lab_send_bytes(struct lab *lab, struct str name, const unsigned char *packet, size_t n)
{
	const struct wire *w = find_wire(lab, name);
	unsigned char frame[14 + SEGMENT_MAX] = { 2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 3, 0, 0x08, 0x00 };
	if (!name.n)
		return send_as_host(packet, n);
	if (!w || n > SEGMENT_MAX)
		return false;
	frame[5] = frame[11] = (unsigned char)(w - lab->wires);
	if (packet[0] >> 4 == 6) {
		frame[12] = 0x86;
		frame[13] = 0xdd;
	}
	memcpy(frame + 14, packet, n);
	return send(w->fd, frame, 14 + n, 0) == (ssize_t)(14 + n);
}

bool lab_send(struct lab *lab, struct str name, const struct segment *s)
{
	unsigned char buf[SEGMENT_MAX];
	size_t n = segment_build(s, buf);
	return lab_send_bytes(lab, name, buf, n);
}

bool lab_receive(struct lab *lab, int ms, struct segment *ret)
{
	long end = process_now_ms() + ms;
	while (true) {
		struct pollfd p[WIRES_MAX];
		long left = end - process_now_ms();
		for (size_t i = 0; i < lab->n; i++)
			p[i] = (struct pollfd){ lab->wires[i].fd, POLLIN, 0 };
		if (poll(p, lab->n, left > 0 ? (int)left : 0) <= 0)
			return false;
		for (size_t i = 0; i < lab->n; i++) {
			unsigned char frame[2048];
			struct sockaddr_ll from;
			socklen_t len = sizeof(from);
			if (!(p[i].revents & POLLIN))
				continue;
			ssize_t n = recvfrom(lab->wires[i].fd, frame, sizeof(frame), 0,
					     (struct sockaddr *)&from, &len);
			if (n > 14 && from.sll_pkttype != PACKET_OUTGOING &&
			    segment_parse(frame + 14, (size_t)n - 14, ret))
				return true;
		}
	}
}

bool lab_flush_connections(void)
{
	char buf[NETLINK_REQUEST];
	return netlink_ask(netlink_request(buf, NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_DELETE,
					   NLM_F_ACK, AF_UNSPEC),
			   NULL, NULL) == 0;
}

/* ---- loading ---- */

static bool is_nft(const struct ruleset *rs)
{
	return strcmp(rs->dialect, "iptables") != 0;
}

static bool is_v6(const struct ruleset *rs)
{
	for (size_t i = 0; i < rs->n; i++)
		if (rs->items[i]->family == FAMILY_IP6)
			return true;
	return false;
}

const char *lab_loader(const struct ruleset *rs)
{
	return is_nft(rs) ? "nft" : is_v6(rs) ? "ip6tables-restore" : "iptables-restore";
}

/* Bare `-A …` lines are a part of a dump. */
static struct str whole_dump(struct str text, struct arena *a)
{
	struct str rest = text;
	while (rest.p) {
		struct str line = str_trim(str_cut(&rest, '\n'));
		if (line.n && line.p[0] == '*')
			return text;
	}
	return str_from(arena_printf(a, "*filter\n%.*s\nCOMMIT\n", STR_FMT(text)));
}

const char *lab_load(struct lab *lab, const struct ruleset *rs, struct str text, const char *folder)
{
	struct text out = { .arena = lab->arena };
	const char *const nft[] = { "nft", "-I", folder ? folder : ".", "-f", "-", NULL };
	const char *const json[] = { "nft", "-j", "-f", "-", NULL };
	const char *const dump[] = { lab_loader(rs), NULL };
	const char *const both[] = { "ip6tables-restore", NULL };
	bool is_json = strcmp(rs->dialect, "nft-json") == 0;
	if (!is_nft(rs))
		text = whole_dump(text, lab->arena);
	int status = process_run(is_json ? json : is_nft(rs) ? nft : dump, text, &out, &out);
	/* a file for both families */
	if (!status && rs->n && rs->items[0]->family == FAMILY_INET && !is_nft(rs))
		status = process_run(both, text, &out, &out);
	if (!status)
		return NULL;
	if (status == 127)
		return arena_printf(lab->arena, "there is no '%s'", lab_loader(rs));
	return arena_printf(lab->arena, "%.*s", STR_FMT(str_trim(text_str(&out))));
}

struct str lab_list(struct lab *lab, const struct ruleset *rs)
{
	struct text out = { .arena = lab->arena };
	const char *const nft[] = { "nft", "list", "ruleset", NULL };
	const char *const save[] = { is_v6(rs) ? "ip6tables-save" : "iptables-save", "-c", NULL };
	FW_MAY_FAIL(process_run(is_nft(rs) ? nft : save, STR(""), &out,
				&out)); /* if it fails, the counters are not shown */
	return text_str(&out);
}
