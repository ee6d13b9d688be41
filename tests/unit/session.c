/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which changes would cut the session that fwlint runs in, src/job/session.c. What connection
 * tracking knows is said here, in the place of src/live/conntrack.c.
 */
#include <fwlint/job.h>
#include <fwlint/process.h>

#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SSH "192.0.2.1 50000 198.51.100.2 22"
#define SSH6 "2001:db8::1 50000 2001:db8::2 22"
#define KNOWN "-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\n"

static bool tracked;
static struct live_connection asked;

bool live_is_tracked(const struct live_connection *c)
{
	asked = *c;
	return tracked;
}

static struct ruleset *read_rules(const char *tool, const char *rules)
{
	struct diags d = { .arena = a };
	const char *text = arena_printf(a, "*filter\n:INPUT DROP\n:OUTPUT ACCEPT\n%sCOMMIT\n",
					rules);
	struct source *s = source_new(a, tool, text, strlen(text));
	struct ruleset *rs = dialect_find("iptables")->read(a, s, NULL, &d);
	FW_ASSERT(d.n == 0); /* also outside of a test */
	return rs;
}

/* What is said of rules that take the place of others. */
static const char *said_of(const char *ssh, const char *keep_open, const char *old, const char *new)
{
	const char *tool = ssh && strchr(ssh, ':') ? "rules.v6" : "rules.v4";
	setenv("SSH_CONNECTION", ssh ? ssh : "", 1);
	return session_is_cut(keep_open, read_rules(tool, old), read_rules(tool, new), a);
}

static bool cuts(const char *rule)
{
	return said_of(SSH, NULL, KNOWN, arena_printf(a, "%s" KNOWN, rule)) != NULL;
}

START_TEST(peers_are_an_address_and_a_port)
{
	static const char *const good[] = {
		"none",           "192.0.2.1:22",      "[2001:db8::1]:22",
		"2001:db8::1:22", "[fe80::1%eth0]:22", "192.0.2.1:0",
		"192.0.2.1:65535"
	};
	static const char *const bad[] = { "",
					   ":",
					   ":22",
					   "192.0.2.1",
					   "192.0.2.1:",
					   "192.0.2.1:65536",
					   "192.0.2.1:ssh",
					   "192.0.2.300:22",
					   "host:22",
					   "[]:22",
					   "[192.0.2.1:22",
					   "192.0.2.1:-1",
					   "192.0.2.1:22 ",
					   "2001:db8::1::22",
					   ("1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:"
					    "1111:1111:1111:22") };
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		ck_assert_msg(session_is_valid(good[i]), "%s", good[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ck_assert_msg(!session_is_valid(bad[i]), "%s", bad[i]);
}
END_TEST

START_TEST(a_drop_of_its_packets_cuts_a_session)
{
	tracked = true;
	ck_assert(cuts("-A INPUT -s 192.0.2.1 -p tcp -j DROP\n"));
	ck_assert(cuts("-A INPUT -p tcp --sport 50000 -j DROP\n"));
	ck_assert(cuts("-A INPUT -p tcp --dport 22 -j REJECT\n"));
	ck_assert(cuts("-A OUTPUT -d 192.0.2.1 -j DROP\n"));
	ck_assert(cuts("-A OUTPUT -p tcp --sport 22 --dport 50000 -j DROP\n"));
	ck_assert_ptr_nonnull(said_of(SSH, NULL, KNOWN, ""));
}
END_TEST

START_TEST(a_drop_of_other_packets_does_not)
{
	tracked = true;
	ck_assert(!cuts(""));
	ck_assert(!cuts("-A INPUT -s 192.0.2.3 -j DROP\n"));
	ck_assert(!cuts("-A INPUT -d 192.0.2.1 -j DROP\n"));
	ck_assert(!cuts("-A INPUT -p udp -j DROP\n"));
	ck_assert(!cuts("-A INPUT -p tcp --dport 50000 -j DROP\n"));
	ck_assert(!cuts("-A INPUT -m conntrack --ctstate INVALID -j DROP\n"));
	ck_assert(!cuts("-A OUTPUT -p tcp --dport 22 -j DROP\n"));
	ck_assert(!cuts("-A FORWARD -j DROP\n"));
	/* it was dropped before, too */
	ck_assert_ptr_null(said_of(SSH, NULL, "", "-A INPUT -p tcp -j DROP\n"));
}
END_TEST

START_TEST(the_message_names_the_session_and_its_direction)
{
	tracked = true;
	const char *said = said_of(SSH, NULL, KNOWN, "-A INPUT -j DROP\n");
	ck_assert_ptr_nonnull(strstr(said, "the ssh session of 192.0.2.1 port 50000: packets to "
					   "the host"));
	ck_assert_ptr_nonnull(strstr(said, "ESTABLISHED"));
	said = said_of(SSH, NULL, KNOWN, KNOWN "-A OUTPUT -j DROP\n");
	ck_assert_ptr_nonnull(strstr(said, "packets from the host"));
}
END_TEST

START_TEST(a_session_over_ipv6_is_one_too)
{
	tracked = true;
	ck_assert_ptr_nonnull(
		said_of(SSH6, NULL, KNOWN, "-A INPUT -s 2001:db8::1 -j DROP\n" KNOWN));
	ck_assert_ptr_null(said_of(SSH6, NULL, KNOWN, "-A INPUT -s 2001:db8::3 -j DROP\n" KNOWN));
	ck_assert(asked.v6 && asked.saddr == ((u128)0x20010db8u << 96 | 1) && asked.dport == 22);
	ck_assert_ptr_null(said_of("fe80::1%eth0 50000 fe80::2%eth0 22", NULL, KNOWN, KNOWN));
}
END_TEST

START_TEST(connection_tracking_is_asked_for_that_very_connection)
{
	said_of(SSH, NULL, KNOWN, KNOWN);
	ck_assert(!asked.v6 && asked.saddr == 0xc0000201u && asked.daddr == 0xc6336402u);
	ck_assert_uint_eq(asked.sport, 50000);
	ck_assert_uint_eq(asked.dport, 22);
	said_of(NULL, "192.0.2.9:2222", KNOWN, KNOWN);
	ck_assert(asked.saddr == 0xc0000209u && !asked.daddr && !asked.sport &&
		  asked.dport == 2222);
}
END_TEST

/* nf_conntrack_tcp_loose: its next segment makes an entry, or is INVALID. */
START_TEST(a_session_without_an_entry_may_be_new_invalid_or_untracked)
{
	static const struct {
		const char *state;
		bool with_entry, without;
	} rows[] = { { "ESTABLISHED", true, false },
		     { "NEW", false, true },
		     { "INVALID", false, true },
		     { "UNTRACKED", false, true },
		     { "RELATED", false, false } };
	const char *all = "-A INPUT -p tcp -j ACCEPT\n";
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *new = arena_printf(a, "-A INPUT -m conntrack --ctstate %s -j DROP\n%s",
					       rows[i].state, all);
		tracked = true;
		ck_assert_msg(!said_of(SSH, NULL, all, new) == !rows[i].with_entry, "%s",
			      rows[i].state);
		tracked = false;
		ck_assert_msg(!said_of(SSH, NULL, all, new) == !rows[i].without, "%s",
			      rows[i].state);
	}
}
END_TEST

START_TEST(any_connection_of_a_peer_is_kept_open)
{
	const char *keep = "192.0.2.9:2222";
	tracked = true;
	ck_assert_ptr_nonnull(said_of(NULL, keep, KNOWN,
				      "-A INPUT -s 192.0.2.9 -p tcp --sport 7 -j DROP\n" KNOWN));
	ck_assert_ptr_nonnull(
		said_of(NULL, keep, KNOWN, "-A OUTPUT -p tcp --sport 2222 -j DROP\n" KNOWN));
	ck_assert_ptr_null(
		said_of(NULL, keep, KNOWN, "-A INPUT -p tcp --dport 22 -j DROP\n" KNOWN));
	ck_assert_ptr_null(said_of(NULL, keep, KNOWN, "-A INPUT -s 192.0.2.1 -j DROP\n" KNOWN));
	/* the session of the process beside it */
	ck_assert_ptr_nonnull(said_of(SSH, keep, KNOWN, "-A INPUT -s 192.0.2.1 -j DROP\n" KNOWN));
	ck_assert_ptr_nonnull(strstr(said_of(NULL, keep, KNOWN, ""), "connections of "
								     "192.0.2.9:2222"));
}
END_TEST

START_TEST(none_asks_for_nothing)
{
	tracked = true;
	ck_assert_ptr_null(said_of(SSH, "none", KNOWN, ""));
	ck_assert_ptr_null(said_of("no address", "none", KNOWN, ""));
}
END_TEST

START_TEST(what_is_no_session_is_an_error_and_not_none)
{
	static const char *const wrong[] = { "x",
					     "192.0.2.1",
					     "192.0.2.1 50000 198.51.100.2",
					     "192.0.2.1 0x 198.51.100.2 22",
					     "192.0.2.1 50000 2001:db8::2 22",
					     "192.0.2.1 65536 198.51.100.2 22",
					     "192.0.2.1  50000 198.51.100.2 22",
					     "192.0.2 50000 198.51.100.2 22" };
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		const char *said = said_of(wrong[i], NULL, KNOWN, KNOWN);
		ck_assert_msg(said && strstr(said, "which session must stay"), "%s", wrong[i]);
	}
}
END_TEST

/* sudo clears the environment. This program, run by a shell that has the variable, without it. */
START_TEST(the_session_of_who_started_us_counts)
{
	static const struct {
		const char *shell, *own, *cut;
	} rows[] = { { SSH, "env -u SSH_CONNECTION", "cut\n" },
		     { SSH, "env SSH_CONNECTION=", "cut\n" },
		     { "192.0.2.3 50000 198.51.100.2 22", "env -u SSH_CONNECTION", "kept\n" },
		     { "192.0.2.3 50000 198.51.100.2 22", "env SSH_CONNECTION='" SSH "'",
		       "cut\n" } };
	if (access("/proc/self/environ", R_OK) < 0) {
		printf("SKIPPED: who started a program is not known where /proc is not mounted\n");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct text out = { .arena = a }, err = { .arena = a };
		const char *shell = arena_printf(a, "SSH_CONNECTION=%s", rows[i].shell);
		/* what follows keeps the shell from giving its place to the program */
		const char *script = arena_printf(a, "%s /proc/%d/exe child; echo", rows[i].own,
						  (int)getpid());
		const char *const argv[] = { "env", shell, "sh", "-c", script, NULL };
		ck_assert_int_eq(process_run(argv, STR(""), &out, &err), 0);
		ck_assert_msg(str_starts(text_str(&out), rows[i].cut), "%zu: %.*s", i,
			      STR_FMT(text_str(&out)));
	}
}
END_TEST

static int as_child(void)
{
	a = arena_new();
	tracked = true;
	const struct ruleset *old = read_rules("rules.v4", KNOWN);
	const char *why = session_is_cut(NULL, old,
					 read_rules("rules.v4", "-A INPUT -s 192.0.2.1 -j "
								"DROP\n" KNOWN),
					 a);
	puts(why ? "cut" : "kept");
	arena_free(a);
	return 0;
}

int main(int argc, char **argv)
{
	const TTest *const tests[] = {
		peers_are_an_address_and_a_port,
		a_drop_of_its_packets_cuts_a_session,
		a_drop_of_other_packets_does_not,
		the_message_names_the_session_and_its_direction,
		a_session_over_ipv6_is_one_too,
		connection_tracking_is_asked_for_that_very_connection,
		a_session_without_an_entry_may_be_new_invalid_or_untracked,
		any_connection_of_a_peer_is_kept_open,
		none_asks_for_nothing,
		what_is_no_session_is_an_error_and_not_none,
		the_session_of_who_started_us_counts,
	};
	if (argc > 1 && strcmp(argv[1], "child") == 0)
		return as_child();
	return suite_run("session", tests, ARRAY_SIZE(tests));
}
