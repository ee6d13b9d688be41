/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets as bytes, src/prove/segment.c: against bytes that another program made, and bytes cut
 * short. */
#include <fwlint/prove.h>

#include "suite.h"

#include <stdlib.h>

#define V4(a, b, c, d) ((u128)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define V6(last) ((u128)0x20010db8u << 96 | (last))

/* Made in Python from the RFCs. */
static const char tcp4[] = "\x45\xb8\x00\x2b\x00\x00\x40\x00\x40\x06\x4d\xde\xc0\x00\x02\x01\xc6"
			   "\x33\x64\x02"
			   "\x04\x01\x00\x50\x01\x02\x03\x04\x0a\x0b\x0c\x0d\x50\x12\x12\x34\xa2"
			   "\x7c\x00\x00\x78\x78"
			   "\x78";
static const char tcp6[] = "\x6b\x80\x00\x00\x00\x17\x06\x40\x20\x01\x0d\xb8\x00\x00\x00\x00\x00"
			   "\x00\x00\x00\x00\x00\x00\x01"
			   "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02"
			   "\x04\x01\x00\x50\x01\x02\x03\x04\x0a\x0b\x0c\x0d\x50\x12\x12\x34\x33"
			   "\x3f\x00\x00\x78\x78\x78";

static const unsigned char protocols[] = { 1, 6, 17, 47, 58, 132, 136 };

/* One with another value in each field. */
static struct segment some(bool v6, unsigned char protocol)
{
	return (struct segment){
		.v6 = v6,
		.saddr = v6 ? V6(1) : V4(192, 0, 2, 1),
		.daddr = v6 ? V6(2) : V4(198, 51, 100, 2),
		.protocol = protocol,
		.ttl = 64,
		.dscp = 46,
		.sport = 1025,
		.dport = 80,
		.seq = 0x01020304,
		.ack = 0x0a0b0c0d,
		.flags = 0x12,
		.window = 0x1234,
		.icmp_type = 8,
		.icmp_code = 3,
		.payload = 3,
	};
}

static unsigned at16(const unsigned char *p)
{
	return p[0] * 256u + p[1];
}

/* The sum of a checksum's words, which is 0xffff when it is right (RFC 1071). */
static unsigned folded(const unsigned char *p, size_t n, unsigned long sum)
{
	for (size_t i = 0; i < n; i++)
		sum += i % 2 ? p[i] : p[i] * 256ul;
	while (sum > 0xffff)
		sum = sum / 0x10000 + sum % 0x10000;
	return (unsigned)sum;
}

/* Reads a copy that ends where it ends, so that the sanitizer sees a byte beyond. */
static bool parse(const unsigned char *buf, size_t n, struct segment *ret)
{
	unsigned char *copy = malloc(n ? n : 1);
	memcpy(copy, buf, n);
	bool ok = segment_parse(copy, n, ret);
	free(copy);
	return ok;
}

START_TEST(a_tcp_segment_has_the_bytes_of_the_rfcs)
{
	unsigned char buf[SEGMENT_MAX];
	struct segment four = some(false, 6), six = some(true, 6);
	ck_assert_uint_eq(segment_build(&four, buf), sizeof(tcp4) - 1);
	ck_assert_mem_eq(buf, tcp4, sizeof(tcp4) - 1);
	ck_assert_uint_eq(segment_build(&six, buf), sizeof(tcp6) - 1);
	ck_assert_mem_eq(buf, tcp6, sizeof(tcp6) - 1);
}
END_TEST

/* ICMP has no pseudo header in IPv4 (RFC 792), and has one in IPv6 (RFC 4443). */
START_TEST(checksums_of_all_protocols_add_up)
{
	static const unsigned char summed[] = { 1, 6, 17, 58, 136 };
	for (size_t i = 0; i < 2 * ARRAY_SIZE(summed); i++) {
		unsigned char buf[SEGMENT_MAX];
		struct segment s = some(i % 2, summed[i / 2]);
		for (s.payload = 0; s.payload < 4; s.payload++) {
			size_t n = segment_build(&s, buf), head = s.v6 ? 40 : 20;
			unsigned long pseudo = s.protocol == 1 ? 0 : s.protocol + (n - head);
			if (s.protocol != 1)
				pseudo += folded(buf + (s.v6 ? 8 : 12), s.v6 ? 32 : 8, 0);
			ck_assert_msg(folded(buf + head, n - head, pseudo) == 0xffff, "%d %d", s.v6,
				      s.protocol);
			ck_assert(s.v6 || folded(buf, 20, 0) == 0xffff);
		}
	}
}
END_TEST

/* RFC 768: 0 says that there is no checksum. */
START_TEST(a_udp_checksum_of_0_is_written_as_ffff)
{
	unsigned char buf[SEGMENT_MAX];
	struct segment s = some(false, 17);
	unsigned all_ones = 0;
	for (unsigned port = 0; port < 65536; port++) {
		s.sport = (uint16_t)port;
		segment_build(&s, buf);
		ck_assert_uint_ne(at16(buf + 26), 0);
		all_ones += at16(buf + 26) == 0xffff;
	}
	ck_assert_uint_eq(all_ones, 1);
}
END_TEST

START_TEST(lengths_are_those_of_what_is_there)
{
	for (size_t i = 0; i < 2 * ARRAY_SIZE(protocols); i++) {
		unsigned char buf[SEGMENT_MAX];
		struct segment s = some(i % 2, protocols[i / 2]);
		s.payload = 1400;
		size_t n = segment_build(&s, buf);
		ck_assert_uint_eq(s.v6 ? at16(buf + 4) + 40u : at16(buf + 2), n);
		if (s.protocol == 17 || s.protocol == 136)
			ck_assert_uint_eq(at16(buf + (s.v6 ? 44 : 24)), 1408);
		ck_assert_uint_eq(n - (s.v6 ? 40 : 20), (s.protocol == 6     ? 1420u
							 : s.protocol == 132 ? 32u
							 : s.protocol == 47  ? 1400u
									     : 1408u));
	}
}
END_TEST

START_TEST(what_is_built_is_read_back)
{
	for (size_t i = 0; i < 2 * ARRAY_SIZE(protocols); i++) {
		unsigned char buf[SEGMENT_MAX];
		struct segment s = some(i % 2, protocols[i / 2]), got;
		bool tcp = s.protocol == 6, icmp = s.protocol == 1 || s.protocol == 58;
		ck_assert(parse(buf, segment_build(&s, buf), &got));
		ck_assert(got.v6 == s.v6 && got.saddr == s.saddr && got.daddr == s.daddr);
		ck_assert(got.protocol == s.protocol && got.ttl == s.ttl && got.dscp == s.dscp);
		if (tcp)
			ck_assert(got.seq == s.seq && got.ack == s.ack && got.flags == s.flags &&
				  got.window == s.window && got.payload == s.payload);
		if (icmp)
			ck_assert(got.icmp_type == s.icmp_type && got.icmp_code == s.icmp_code);
		else if (s.protocol != 47)
			ck_assert(got.sport == s.sport && got.dport == s.dport);
	}
}
END_TEST

START_TEST(a_packet_that_is_cut_short_is_none)
{
	for (size_t i = 0; i < 2 * ARRAY_SIZE(protocols); i++) {
		unsigned char buf[SEGMENT_MAX];
		struct segment s = some(i % 2, protocols[i / 2]), got = { .ttl = 77 };
		size_t all = segment_build(&s, buf), head = s.v6 ? 40 : 20;
		for (size_t n = 0; n <= all; n++) {
			bool whole = n >= (s.protocol == 6 ? head + 20 : head);
			ck_assert_msg(parse(buf, n, &got) == whole, "%d %d %zu", s.v6, s.protocol,
				      n);
			ck_assert(whole || got.ttl == 77);
		}
	}
}
END_TEST

static bool reads_with(unsigned at, unsigned char value)
{
	unsigned char buf[SEGMENT_MAX];
	struct segment s = some(false, 6);
	size_t n = segment_build(&s, buf);
	buf[at] = value;
	return parse(buf, n, &s);
}

START_TEST(fragments_and_broken_headers_are_refused)
{
	ck_assert(reads_with(6, 0x40));  /* don't fragment */
	ck_assert(!reads_with(6, 0x20)); /* more fragments */
	ck_assert(!reads_with(7, 1));    /* an offset */
	ck_assert(!reads_with(6, 0x01));
	ck_assert(!reads_with(0, 0x55));
	ck_assert(!reads_with(0, 0x44)); /* a header of 16 bytes */
	ck_assert(!reads_with(0, 0x4f)); /* of 60: the packet is shorter */
}
END_TEST

/* Ethernet fills up short frames; options stand between the headers and the payload. */
START_TEST(the_payload_is_what_the_headers_leave)
{
	unsigned char buf[SEGMENT_MAX];
	struct segment s = some(false, 6), got;
	size_t n = segment_build(&s, buf);
	ck_assert(parse(buf, n + 6, &got));
	ck_assert_uint_eq(got.payload, 3);
	s.payload = 8;
	n = segment_build(&s, buf);
	buf[32] = 6 << 4;
	ck_assert(parse(buf, n, &got));
	ck_assert_uint_eq(got.payload, 4);
	buf[32] = 15 << 4; /* more than there is */
	ck_assert(parse(buf, n, &got));
	ck_assert_uint_eq(got.payload, 0);
}
END_TEST

START_TEST(options_of_ipv4_stand_before_the_ports)
{
	unsigned char buf[SEGMENT_MAX];
	struct segment s = some(false, 17), got;
	size_t n = segment_build(&s, buf);
	memmove(buf + 24, buf + 20, n - 20);
	memset(buf + 20, 1, 4); /* no operation */
	buf[0] = 0x46;
	ck_assert(parse(buf, n + 4, &got));
	ck_assert_uint_eq(got.sport, 1025);
	ck_assert_uint_eq(got.dport, 80);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_tcp_segment_has_the_bytes_of_the_rfcs,
		checksums_of_all_protocols_add_up,
		a_udp_checksum_of_0_is_written_as_ffff,
		lengths_are_those_of_what_is_there,
		what_is_built_is_read_back,
		a_packet_that_is_cut_short_is_none,
		fragments_and_broken_headers_are_refused,
		the_payload_is_what_the_headers_leave,
		options_of_ipv4_stand_before_the_ports,
	};
	return suite_run("segment", tests, ARRAY_SIZE(tests));
}
