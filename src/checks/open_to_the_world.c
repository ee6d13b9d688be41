/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FW312. Services for a local network that anybody may ask. */
#include <fwlint/check_analysis.h>

#include "lines.h"

/* Services that are not made for strangers: no or weak passwords, or a history of holes. */
static const struct service {
	uint16_t port;
	uint8_t protocol;
	const char *name;
} services[] = {
	{ 23, L4PROTO_TCP, "telnet" },
	{ 69, L4PROTO_UDP, "tftp" },
	{ 111, L4PROTO_TCP, "rpcbind" },
	{ 111, L4PROTO_UDP, "rpcbind" },
	{ 135, L4PROTO_TCP, "msrpc" },
	{ 137, L4PROTO_UDP, "netbios" },
	{ 139, L4PROTO_TCP, "netbios" },
	{ 161, L4PROTO_UDP, "snmp" },
	{ 389, L4PROTO_UDP, "cldap" },
	{ 445, L4PROTO_TCP, "smb" },
	{ 512, L4PROTO_TCP, "rexec" },
	{ 513, L4PROTO_TCP, "rlogin" },
	{ 514, L4PROTO_TCP, "rsh" },
	{ 873, L4PROTO_TCP, "rsync" },
	{ 1433, L4PROTO_TCP, "mssql" },
	{ 1900, L4PROTO_UDP, "ssdp" },
	{ 2049, L4PROTO_TCP, "nfs" },
	{ 2375, L4PROTO_TCP, "docker" },
	{ 2379, L4PROTO_TCP, "etcd" },
	{ 3306, L4PROTO_TCP, "mysql" },
	{ 3389, L4PROTO_TCP, "rdp" },
	{ 5432, L4PROTO_TCP, "postgresql" },
	{ 5900, L4PROTO_TCP, "vnc" },
	{ 6379, L4PROTO_TCP, "redis" },
	{ 9200, L4PROTO_TCP, "elasticsearch" },
	{ 10250, L4PROTO_TCP, "kubelet" },
	{ 11211, L4PROTO_TCP, "memcached" },
	{ 11211, L4PROTO_UDP, "memcached" },
	{ 27017, L4PROTO_TCP, "mongodb" },
};

/* Addresses of the internet that have nothing to do with each other. */
static const u128 strangers[] = { 0x08080808, 0xc1000e81 };

static u128 stranger(enum nfproto_value family, unsigned i)
{
	return family == NFPROTO_VALUE_IPV6 ? (u128)(i ? 0x2a001450 : 0x26064700) << 96 | 1
					    : strangers[i];
}

static bool lets_in(struct analysis *an, const struct flow *flow, const struct service *s,
		    unsigned from, struct finding *f)
{
	enum nfproto_value family = flow->options.family;
	u128 address = stranger(family, from);
	const struct field_range list[] = { { family == NFPROTO_VALUE_IPV6 ? FIELD_IP6_SADDR
									   : FIELD_IP_SADDR,
					      address, address },
					    { FIELD_DPORT, s->port, s->port },
					    { FIELD_L4PROTO, s->protocol, s->protocol },
					    { FIELD_FRAGMENT, 0, 0 } };
	struct region meant = s->protocol == L4PROTO_TCP
				      ? analysis_opening(an, TCP_SYN, list, ARRAY_SIZE(list))
				      : analysis_packets(an, list, ARRAY_SIZE(list)),
		      accepted = analysis_accepted(an, flow, true),
		      outside = analysis_not_loopback(an, PATH_INPUT);
	return analysis_pick(an, flow, ALL_OF(&accepted, &meant, &outside), f);
}

/* Those that one place accepts are one finding: the first has the witness. */
struct open {
	struct finding items[ARRAY_SIZE(services)];
	struct text names[ARRAY_SIZE(services)];
	size_t n;
};

static void add(struct open *all, const struct finding *f, const struct service *s,
		struct analysis *an)
{
	size_t i = 0;
	while (i < all->n &&
	       (all->items[i].rule != f->rule || all->items[i].span.off != f->span.off))
		i++;
	if (i == all->n) {
		all->items[all->n] = *f;
		all->names[all->n++] = (struct text){ .arena = an->arena };
	}
	text_printf(&all->names[i], "%s%s (%u)", all->names[i].n ? ", " : "", s->name, s->port);
}

static void look(struct analysis *an, const struct flow *flow, void *context)
{
	struct open *all = arena_new_one(an->arena, struct open);
	(void)context;
	for (size_t i = 0; i < ARRAY_SIZE(services) && flow->options.path == PATH_INPUT; i++) {
		struct finding f = { .severity = SEV_WARNING };
		if (!lets_in(an, flow, &services[i], 1, NULL) ||
		    !lets_in(an, flow, &services[i], 0, &f) ||
		    !finding_set_place(&f, trace_last(&f.trace)))
			continue;
		add(all, &f, &services[i], an);
	}
	for (size_t i = 0; i < all->n; i++) {
		all->items[i].message = arena_printf(an->results,
						     "open to the whole internet: %.*s",
						     (int)all->names[i].n, all->names[i].items);
		all->items[i].part = flow->options.family;
		analysis_report(an, &all->items[i]);
	}
}

static void run(struct analysis *an)
{
	analysis_walks(an, CT_STATE_NEW, look, NULL);
}

// clang-format off
static const struct reference references[] = {
	{ "CIS Benchmark for Ubuntu Linux 22.04 LTS v1.0.0, 3.5.1.6, 3.5.2.7 and 3.5.3.2.4: rules for open ports",
	  NULL },
	{ "Shadowserver: open services that are misused",
	  "https://www.shadowserver.org/what-we-do/network-reporting/" },
	{ NULL, NULL }
};

static const struct example examples[] = {
	{
		.dialect = "iptables", .title = "a range that holds more than was thought", .line = 4, .by_hand = true,
		.bad = LINES("*filter",
			     ":INPUT DROP [0:0]",
			     "-A INPUT -i lo -j ACCEPT",
			     "-A INPUT -p tcp -m tcp --dport 3000:4000 -j ACCEPT",
			     "COMMIT"),
		.good = LINES("*filter",
			      ":INPUT DROP [0:0]",
			      "-A INPUT -i lo -j ACCEPT",
			      "-A INPUT -p tcp -m tcp --dport 3000:3010 -j ACCEPT",
			      "COMMIT"),
	},
	{
		.dialect = "nft", .title = "a database for everybody", .line = 6, .by_hand = true,
		.bad = LINES("table inet filter {",
			     "\tchain input {",
			     "\t\ttype filter hook input priority filter; policy drop;",
			     "\t\tiifname \"lo\" accept",
			     "\t\tmeta l4proto ipv6-icmp accept",
			     "\t\tip version 4 tcp dport { 22, 5432 } accept",
			     "\t}",
			     "}"),
		.good = LINES("table inet filter {",
			      "\tchain input {",
			      "\t\ttype filter hook input priority filter; policy drop;",
			      "\t\tiifname \"lo\" accept",
			      "\t\tmeta l4proto ipv6-icmp accept",
			      "\t\tip saddr 10.0.0.0/8 tcp dport 5432 accept",
			      "\t\ttcp dport 22 accept",
			      "\t}",
			      "}"),
	},
};

const struct check check_open_to_the_world = {
	.id = "FW312", .name = "open-to-the-world", .since = "0.1", .severity = SEV_WARNING,
	.is_steady = true,
	.profile = PROFILE_HARDENING,
	.finds = "a port of a service for local networks that is open to anybody",
	.why =
		"Scanners find databases, file shares, remote desktops and the like minutes after they can be\n"
		"reached. fwlint has a list of such ports. Whether one is open is decided by the sets of packets,\n"
		"so ranges, negations and earlier rules count as they do in the kernel.\n"
		"\n"
		"A service counts as open to the world if new packets to it are accepted from addresses of the\n"
		"internet that have nothing to do with each other. All that one rule accepts is one finding. This\n"
		"is an opinion: it is on with --profile hardening or all.",
	.fix_safety =
		"There is no automatic fix: limit the rule to the networks that are meant.",
	.references = references,
	.examples = examples, .n_examples = ARRAY_SIZE(examples),
	.run = run,
};
// clang-format on
