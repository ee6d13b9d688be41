/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of fields, and how their values are written. */
#include <fwlint/model_field.h>

#include <arpa/inet.h>

#define TEST_RANGES .masked = false, .optional = false
#define TEST_BITS .masked = true, .optional = false
#define TEST_OPTIONAL .masked = false, .optional = true
#define WRITE_FIXED .writable = false
#define WRITE_WRITTEN .writable = true
// clang-format off
#define SEARCH(cheapness, ...) .cost = (cheapness), .liked = (const u128[]){ __VA_ARGS__ }, \
	.n_liked = sizeof((const u128[]){ __VA_ARGS__ }) / sizeof(u128)
#define SAID(order, when, before, names) .place = (order), .shown = SHOWN_##when, \
	.words = (before), .values = (names)
// clang-format on

/* Values that people would choose: interface names, documentation addresses of IPv6. */
#define IFNAME4(a, b, c, d) ((u128)((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d)) << 96)
#define ETH0 IFNAME4('e', 't', 'h', '0')
#define ETH1 IFNAME4('e', 't', 'h', '1')
#define LAN0 IFNAME4('l', 'a', 'n', '0')
#define WAN0 IFNAME4('w', 'a', 'n', '0')
#define LO IFNAME4('l', 'o', 0, 0)
#define DOC6(n) ((u128)0x20010db8u << 96 | (n))

#define LAST(f) ((f) == FIELD_EXTRA ? FIELD_EXTRA_LAST : (f))
// clang-format off
#define FIELD(id, its_name, bits, form, test, search, of, other_way, kept, write, said) \
	[FIELD_##id ... LAST(FIELD_##id)] = { \
		.name = (its_name), .width = (bits), .format = FORMAT_##form, TEST_##test, search, \
		.part = PART_##of, .swapped = FIELD_##other_way, .scope = SCOPE_##kept, \
		WRITE_##write, said },
// clang-format on

const struct field_info field_table[FIELD_COUNT] = {
#include <fwlint/model_fields.def>
};

// clang-format off
static const char *const ct_state_names[CT_STATE_COUNT] = {
	[CT_STATE_NEW] = "NEW", [CT_STATE_ESTABLISHED] = "ESTABLISHED",
	[CT_STATE_RELATED] = "RELATED", [CT_STATE_INVALID] = "INVALID",
	[CT_STATE_UNTRACKED] = "UNTRACKED",
};
// clang-format on

u128 field_max(enum field f)
{
	unsigned w = field_table[f].width;
	if (f == FIELD_CT_STATE)
		return CT_STATE_COUNT - 1;
	return w == 128 ? ~(u128)0 : ((u128)1 << w) - 1;
}

bool l4proto_has_ports(u128 protocol)
{
	return protocol == L4PROTO_TCP || protocol == L4PROTO_UDP || protocol == L4PROTO_DCCP ||
	       protocol == L4PROTO_SCTP || protocol == L4PROTO_UDPLITE;
}

bool field_is_of_end(enum field f)
{
	return field_table[f].part == PART_SOURCE || field_table[f].part == PART_DESTINATION;
}

bool field_is_of_other_family(enum field f, enum nfproto_value family)
{
	return field_table[f].format ==
	       (family == NFPROTO_VALUE_IPV6 ? FORMAT_ADDR4 : FORMAT_ADDR6);
}

const char *ct_state_name(enum ct_state s)
{
	return ct_state_names[s];
}

u128 ifname_value(struct str name)
{
	u128 v = 0;
	for (size_t i = 0; i < 16; i++)
		v = (v << 8) | (i < name.n && i < 15 ? (unsigned char)name.p[i] : 0);
	return v;
}

static const char *print_ifname(u128 v, struct arena *a)
{
	char name[17] = { 0 };
	for (int i = 15; i >= 0; i--, v >>= 8)
		name[i] = (char)(v & 0xff);
	return arena_printf(a, "%s", name[0] ? name : "(none)");
}

static const char *print_addr(int af, u128 v, struct arena *a)
{
	unsigned char bytes[16];
	int n = af == AF_INET ? 4 : 16;
	char buf[INET6_ADDRSTRLEN];
	for (int i = n - 1; i >= 0; i--, v >>= 8)
		bytes[i] = (unsigned char)(v & 0xff);
	inet_ntop(af, bytes, buf, sizeof(buf));
	return arena_printf(a, "%s", buf);
}

static const char *print_proto(unsigned v, struct arena *a)
{
	switch (v) {
	case L4PROTO_ICMP: return "icmp";
	case L4PROTO_TCP: return "tcp";
	case L4PROTO_UDP: return "udp";
	case L4PROTO_ICMPV6: return "ipv6-icmp";
	case 47: return "gre";
	case 50: return "esp";
	case 51: return "ah";
	case 132: return "sctp";
	default: return arena_printf(a, "%u", v);
	}
}

const char *tcp_flag_name(unsigned bit)
{
	static const char *const names[] = {
		"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"
	};
	return bit < ARRAY_SIZE(names) ? names[bit] : NULL;
}

static const char *print_tcp_flags(unsigned v, struct arena *a)
{
	struct text t = { .arena = a };
	for (unsigned i = 0; tcp_flag_name(i); i++)
		if (v & (1u << i))
			text_printf(&t, "%s%s", t.n ? "," : "", tcp_flag_name(i));
	return arena_printf(a, "%.*s", (int)t.n, t.n ? t.items : "");
}

static const char *print_ether(u128 v, struct arena *a)
{
	struct text t = { .arena = a };
	for (int i = 5; i >= 0; i--)
		text_printf(&t, "%02x%s", (unsigned)(v >> (8 * i)) & 0xff, i ? ":" : "");
	return arena_strndup(a, t.items, t.n);
}

const char *route_type_name(u128 v)
{
	static const char *const names[] = { "unspec",    "unicast",     "local",
					     "broadcast", "anycast",     "multicast",
					     "blackhole", "unreachable", "prohibit" };
	return v < ARRAY_SIZE(names) ? names[v] : NULL;
}

const char *field_print(enum field f, u128 value, struct arena *a)
{
	return format_print(field_table[f].format, value, a);
}

const char *format_print(enum field_format format, u128 value, struct arena *a)
{
	switch (format) {
	case FORMAT_ROUTE_TYPE: return route_type_name(value) ? route_type_name(value) : "another";
	case FORMAT_ETHER: return print_ether(value, a);
	case FORMAT_HEX: return arena_printf(a, "0x%llx", (unsigned long long)value);
	case FORMAT_ADDR4: return print_addr(AF_INET, value, a);
	case FORMAT_ADDR6: return print_addr(AF_INET6, value, a);
	case FORMAT_IFNAME: return print_ifname(value, a);
	case FORMAT_PROTO: return print_proto((unsigned)value, a);
	case FORMAT_TCP_FLAGS: return value ? print_tcp_flags((unsigned)value, a) : "none";
	case FORMAT_CT_STATE: return value < CT_STATE_COUNT ? ct_state_names[value] : "?";
	case FORMAT_NFPROTO: return value == NFPROTO_VALUE_IPV6 ? "ipv6" : "ipv4";
	case FORMAT_NUMBER: break;
	}
	if (value >> 64)
		return arena_printf(a, "0x%llx%016llx", (unsigned long long)(value >> 64),
				    (unsigned long long)value);
	return arena_printf(a, "%llu", (unsigned long long)value);
}
