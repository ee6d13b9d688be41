/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model of connection tracking, src/track: what each version of the kernel is documented to do,
 * the words, and the table. What the running kernel does is test `conntrack`
 * (tests/kernel/conntrack.c).
 */
#include <fwlint/track.h>

#include "suite.h"

#define CLIENT 0x0a000001
#define SERVER 0x0a000002
#define SECONDS 1000000000ULL

static struct track_settings settings;
static struct track_table *table;
static struct track_answer answer;
static uint64_t now; /* ns */
static char words[TRACK_SENTENCE_MAX];

static void prepare(void)
{
	track_settings_init(&settings);
	table = track_new(a, &settings, 8);
	now = 1000 * SECONDS;
}

/* The same with other settings. */
static void again(void)
{
	table = track_new(a, &settings, 8);
}

/* A segment of the client or the server; flags as letters: "SA". */
static struct track_packet segment(bool from_client, const char *flags, uint32_t seq, uint32_t ack,
				   uint32_t payload)
{
	static const char letters[] = "FSRPAU";
	struct track_packet p = { .protocol = 6,
				  .saddr = from_client ? CLIENT : SERVER,
				  .daddr = from_client ? SERVER : CLIENT,
				  .sport = from_client ? 40000 : 80,
				  .dport = from_client ? 80 : 40000,
				  .seq = seq,
				  .ack = ack,
				  .window = 1000,
				  .payload = payload };
	for (; *flags; flags++)
		p.flags |= (unsigned char)(1U << (strchr(letters, *flags) - letters));
	return p;
}

static enum track_state pass(struct track_packet p)
{
	now += SECONDS / 1000;
	track_packet(table, &p, now, &answer);
	track_sentence(&answer, words);
	return answer.state;
}

static enum track_state client(const char *flags, uint32_t seq, uint32_t ack, uint32_t payload)
{
	return pass(segment(true, flags, seq, ack, payload));
}

static enum track_state server(const char *flags, uint32_t seq, uint32_t ack, uint32_t payload)
{
	return pass(segment(false, flags, seq, ack, payload));
}

static void handshake(void)
{
	ck_assert_int_eq(client("S", 100, 0, 0), TRACK_NEW);
	ck_assert_int_eq(server("SA", 500, 101, 0), TRACK_ESTABLISHED);
	ck_assert_int_eq(client("A", 101, 501, 0), TRACK_ESTABLISHED);
	ck_assert_int_eq(answer.connection->tcp, TRACK_TCP_ESTABLISHED);
	ck_assert(answer.connection->assured);
}

START_TEST(a_connection_opens_and_closes)
{
	handshake();
	client("PA", 101, 501, 50);
	server("A", 501, 151, 0);
	ck_assert_int_eq(client("FA", 151, 501, 0), TRACK_ESTABLISHED);
	ck_assert_int_eq(answer.connection->tcp, TRACK_TCP_FIN_WAIT);
	server("A", 501, 152, 0);
	ck_assert_int_eq(answer.connection->tcp, TRACK_TCP_CLOSE_WAIT);
	server("FA", 501, 152, 0);
	ck_assert_int_eq(answer.connection->tcp, TRACK_TCP_LAST_ACK);
	client("A", 152, 502, 0);
	ck_assert_int_eq(answer.connection->tcp, TRACK_TCP_TIME_WAIT);
	ck_assert_int_eq(client("S", 9000, 0, 0), TRACK_NEW);
	ck_assert_int_eq(answer.reason, TRACK_REOPENED);
	ck_assert_uint_eq(answer.connection->entries, 2);
}
END_TEST

START_TEST(a_segment_above_the_window_is_invalid_and_says_by_how_much)
{
	handshake();
	ck_assert_int_eq(client("PA", 1501 + 10000000, 501, 10), TRACK_INVALID);
	ck_assert_int_eq(answer.reason, TRACK_SEQ_ABOVE);
	/* the server offered 1000 bytes from 101 on */
	ck_assert_str_eq(words, "SEQ 10000400 above the window");
}
END_TEST

START_TEST(an_ack_of_unseen_data_is_invalid)
{
	handshake();
	ck_assert_int_eq(client("A", 101, 501 + 77, 0), TRACK_INVALID);
	ck_assert_int_eq(answer.reason, TRACK_ACK_UNSEEN);
	ck_assert_str_eq(words, "ACK of data not yet seen (77 beyond it)");
}
END_TEST

START_TEST(an_idle_connection_loses_its_entry)
{
	settings.tcp[TRACK_TCP_ESTABLISHED] = 600;
	again();
	handshake();
	now += 601 * SECONDS;
	ck_assert_int_eq(server("PA", 501, 101, 5), TRACK_NEW);
	ck_assert_int_eq(answer.reason, TRACK_PICKED_UP);
	ck_assert_int_eq(answer.gone, TRACK_TIMED_OUT);
	ck_assert_str_eq(words, "no entry: idle 601 s (its time-out was 600 s): picked up in the "
				"middle");
	ck_assert_int_eq(answer.connection->original, 1);
}
END_TEST

START_TEST(without_tcp_loose_nothing_is_picked_up)
{
	settings.loose = false;
	settings.tcp[TRACK_TCP_ESTABLISHED] = 600;
	again();
	handshake();
	now += 599 * SECONDS;
	ck_assert_int_eq(client("A", 101, 501, 0), TRACK_ESTABLISHED);
	now += 601 * SECONDS;
	ck_assert_int_eq(client("A", 101, 501, 0), TRACK_INVALID);
	ck_assert_int_eq(answer.reason, TRACK_NO_ENTRY);
	ck_assert_str_eq(words, "no entry: idle 601 s (its time-out was 600 s)");
}
END_TEST

START_TEST(a_deleted_entry_is_said_to_be)
{
	handshake();
	track_forget(answer.connection);
	ck_assert_int_eq(client("FA", 101, 501, 0), TRACK_INVALID);
	ck_assert_str_eq(words, "no entry: it was deleted");
	ck_assert_int_eq(answer.gone, TRACK_FORGOTTEN);
}
END_TEST

START_TEST(a_stopped_packet_makes_no_entry)
{
	client("S", 100, 0, 0);
	track_unconfirm(&answer);
	ck_assert_int_eq(server("SA", 500, 101, 0), TRACK_INVALID);
	ck_assert_int_eq(answer.reason, TRACK_NO_ENTRY);
}
END_TEST

START_TEST(flags_that_do_not_go_together_are_named)
{
	handshake();
	ck_assert_int_eq(client("FS", 101, 0, 0), TRACK_INVALID);
	ck_assert_str_eq(words, "bad flags: FIN,SYN");
	ck_assert_int_eq(client("", 101, 0, 0), TRACK_INVALID);
	ck_assert_str_eq(words, "bad flags: none");
}
END_TEST

/* What 6.1 changed. */
static const struct {
	unsigned kernel;
	enum track_state state;
} versions[] = {
	{ TRACK_KERNEL(5, 10), TRACK_INVALID },
	{ TRACK_KERNEL(6, 1), TRACK_ESTABLISHED },
	{ TRACK_KERNEL(6, 18), TRACK_ESTABLISHED },
};

static void handshake_on(unsigned kernel)
{
	settings.kernel = kernel;
	again();
	handshake();
}

/* 628d694344a0 ("netfilter: conntrack: ignore overly delayed tcp packets"), 6.1 */
START_TEST(late_segments_are_invalid_before_6_1_and_ignored_since)
{
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		handshake_on(versions[i].kernel);
		ck_assert_int_eq(client("PA", 101u - 5000, 501, 10), versions[i].state);
		ck_assert_int_eq(answer.reason, TRACK_SEQ_BELOW);
		ck_assert_int_eq(client("A", 101, 501u - 70000, 0), versions[i].state);
		ck_assert_int_eq(answer.reason, TRACK_ACK_BELOW);
		/* 500 bytes more than the window: "work around exceeded receive window" */
		ck_assert_int_eq(client("PA", 1102, 501, 500), versions[i].state);
	}
}
END_TEST

/* nf_conntrack_tcp_packet() of 5.10 has no tcp_can_early_drop() there: a reset of a closing
 * connection is checked like any */
START_TEST(resets_of_closing_connections_are_checked_before_6_1_only)
{
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		handshake_on(versions[i].kernel);
		client("PA", 101, 501, 100);
		server("A", 501, 201, 0);
		client("FA", 201, 501, 0);
		ck_assert_int_eq(client("R", 150, 0, 0), versions[i].state);
	}
}
END_TEST

START_TEST(a_reset_below_what_was_acknowledged_is_invalid)
{
	handshake();
	client("PA", 101, 501, 100);
	server("A", 501, 201, 0);
	ck_assert_int_eq(client("R", 150, 0, 0), TRACK_INVALID);
	ck_assert_int_eq(answer.reason, TRACK_OLD_RESET);
	ck_assert_str_eq(words, "reset with a SEQ 51 below what was acknowledged");
	ck_assert_int_eq(client("R", 201, 0, 0), TRACK_ESTABLISHED);
	ck_assert_int_eq(answer.connection->tcp, TRACK_TCP_CLOSE);
}
END_TEST

START_TEST(windows_are_scaled_and_sack_counts)
{
	struct track_packet syn = segment(true, "S", 100, 0, 0),
			    answer_syn = segment(false, "SA", 500, 101, 0);
	track_options(&syn, (const unsigned char *)"\x04\x02\x03\x03\x07\x01\x01\x01", 8);
	track_options(&answer_syn, (const unsigned char *)"\x03\x03\x0a\x04\x02\x01\x00\x00", 8);
	pass(syn);
	pass(answer_syn);
	client("A", 101, 501, 0);
	ck_assert_uint_eq(answer.connection->side[0].scale, 7);
	ck_assert_uint_eq(answer.connection->side[1].scale, 10);
	server("A", 501, 101, 0);
	ck_assert_int_eq(client("PA", 101 + 1000 * 1024, 501, 10), TRACK_ESTABLISHED);
	ck_assert_int_eq(client("PA", 101 + 3000 * 1024, 501, 10), TRACK_INVALID);
	struct track_packet sack = segment(false, "A", 501, 101, 0);
	track_options(&sack,
		      (const unsigned char *)"\x01\x01\x05\x0a\x7f\xff\xff\xf0\x7f\xff\xff\xff",
		      12);
	ck_assert_int_eq(pass(sack), TRACK_INVALID);
	ck_assert_int_eq(answer.reason, TRACK_ACK_UNSEEN);
}
END_TEST

START_TEST(options_cut_short_are_not_read)
{
	struct track_packet p = { .protocol = 6 };
	track_options(&p, (const unsigned char *)"\x01\x03\x04\x07", 4);
	ck_assert(p.has_options && !p.has_scale);
	track_options(&p, (const unsigned char *)"\x04\x00\x03\x03\x07", 5);
	ck_assert(!p.sack_permitted && !p.has_scale);
	track_options(&p, (const unsigned char *)"\x03\x03\xff", 3);
	ck_assert_uint_eq(p.scale, 14);
}
END_TEST

START_TEST(udp_and_icmp_have_their_states)
{
	struct track_packet q = {
		.protocol = 17, .saddr = CLIENT, .daddr = SERVER, .sport = 999, .dport = 53
	};
	struct track_packet r = {
		.protocol = 17, .saddr = SERVER, .daddr = CLIENT, .sport = 53, .dport = 999
	};
	ck_assert_int_eq(pass(q), TRACK_NEW);
	ck_assert_int_eq(pass(q), TRACK_NEW);
	ck_assert_int_eq(pass(r), TRACK_ESTABLISHED);
	ck_assert_int_eq(pass(q), TRACK_ESTABLISHED);
	struct track_packet error = { .protocol = 1,
				      .saddr = 0x0a000099,
				      .daddr = CLIENT,
				      .icmp_type = 3,
				      .has_inner = true,
				      .inner = { 17, CLIENT, SERVER, 999, 53 } };
	ck_assert_int_eq(pass(error), TRACK_RELATED);
	error.daddr = 0x0a000077;
	ck_assert_int_eq(pass(error), TRACK_INVALID);
	ck_assert_int_eq(answer.reason, TRACK_ICMP_ASTRAY);
	now += 200 * SECONDS;
	error.daddr = CLIENT;
	ck_assert_int_eq(pass(error), TRACK_INVALID);
	struct track_packet pong = {
		.protocol = 1, .saddr = SERVER, .daddr = CLIENT, .sport = 5, .icmp_type = 0
	};
	ck_assert_int_eq(pass(pong), TRACK_INVALID);
	struct track_packet ping = {
		.protocol = 1, .saddr = CLIENT, .daddr = SERVER, .sport = 5, .icmp_type = 8
	};
	ck_assert_int_eq(pass(ping), TRACK_NEW);
	ck_assert_int_eq(pass(pong), TRACK_ESTABLISHED);
}
END_TEST

START_TEST(sysctls_are_known_by_their_names)
{
	ck_assert(track_settings_set(
		&settings, STR("net.netfilter.nf_conntrack_tcp_timeout_established"), 42));
	ck_assert_uint_eq(settings.tcp[TRACK_TCP_ESTABLISHED], 42);
	ck_assert(track_settings_set(&settings, STR("tcp_loose"), 0));
	ck_assert(!settings.loose);
	ck_assert(!track_settings_set(&settings, STR("tcp_nothing"), 0));
}
END_TEST

START_TEST(the_table_stays_within_its_bound_and_keeps_the_living)
{
	settings.max_connections = 1000;
	again();
	handshake();
	struct track_connection *first = answer.connection;
	*(uint64_t *)track_extra(table, first) = 4711;
	for (uint32_t i = 0; i < 5000; i++) {
		struct track_packet p = segment(true, "S", i, 0, 0);
		p.saddr = 0x0b000000 + i;
		ck_assert_int_eq(pass(p), TRACK_NEW);
	}
	ck_assert_uint_eq(track_count(table), 1000);
	ck_assert_uint_eq(track_evicted(table), 4001);
	struct track_packet p = segment(false, "A", 501, 101, 0);
	ck_assert_ptr_eq(track_find(table, &p), first);
	ck_assert_int_eq(pass(p), TRACK_ESTABLISHED);
	ck_assert_uint_eq(*(uint64_t *)track_extra(table, first), 4711);
}
END_TEST

START_TEST(a_million_connections_leave_room_in_a_gigabyte)
{
	/* 256 bytes of the caller's for each */
	ck_assert_uint_le((sizeof(struct track_connection) + 256 + 15) * (1 << 20), 600000000);
	table = track_new(a, &settings, 0);
	for (uint32_t i = 0; i < 200000; i++) {
		struct track_packet p = segment(true, "S", i, 0, 0);
		p.saddr = 0x0b000000 + i;
		pass(p);
		p.saddr = SERVER;
		p.daddr = 0x0b000000 + i;
		p.sport = 80;
		p.dport = 40000;
		p.flags = TRACK_SYN | TRACK_ACK;
		p.ack = i + 1;
		ck_assert_int_eq(pass(p), TRACK_ESTABLISHED);
	}
	ck_assert_uint_eq(track_count(table), 200000);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_connection_opens_and_closes,
		a_segment_above_the_window_is_invalid_and_says_by_how_much,
		an_ack_of_unseen_data_is_invalid,
		an_idle_connection_loses_its_entry,
		without_tcp_loose_nothing_is_picked_up,
		a_deleted_entry_is_said_to_be,
		a_stopped_packet_makes_no_entry,
		flags_that_do_not_go_together_are_named,
		late_segments_are_invalid_before_6_1_and_ignored_since,
		resets_of_closing_connections_are_checked_before_6_1_only,
		a_reset_below_what_was_acknowledged_is_invalid,
		windows_are_scaled_and_sack_counts,
		options_cut_short_are_not_read,
		udp_and_icmp_have_their_states,
		sysctls_are_known_by_their_names,
		the_table_stays_within_its_bound_and_keeps_the_living,
		a_million_connections_leave_room_in_a_gigabyte,
	};
	suite_prepare = prepare;
	return suite_run("track", tests, ARRAY_SIZE(tests));
}
