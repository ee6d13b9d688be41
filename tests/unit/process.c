/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unit tests of src/process, with Check. What changes the process is done in a child, whose output
 * is compared. */
#include <fwlint/process.h>

#include "suite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define NOBODY 65534

static struct text out, err;

static void prepare(void)
{
	out = err = (struct text){ .arena = a };
}

/* The linker puts this in the place of clock_gettime(2): from the second call on the clock is
 * `ahead` seconds ahead. */
static long ahead, calls;
int __real_clock_gettime(clockid_t id, struct timespec *t);
int __wrap_clock_gettime(clockid_t id, struct timespec *t);

int __wrap_clock_gettime(clockid_t id, struct timespec *t)
{
	int status = __real_clock_gettime(id, t);
	if (ahead && calls++ > 0)
		t->tv_sec += ahead;
	return status;
}

static int run_shell(const char *script, struct str input)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	return process_run(argv, input, &out, &err);
}

/* ---- tools ---- */

START_TEST(a_tool_gets_its_input_and_gives_status_and_both_outputs)
{
	ck_assert_int_eq(run_shell("cat; echo wrong >&2; exit 7", STR("in\n")), 7);
	ck_assert(str_is(text_str(&out), "in\n"));
	ck_assert(str_is(text_str(&err), "wrong\n"));
}
END_TEST

START_TEST(a_tool_that_is_not_there_is_told_from_one_that_fails)
{
	const char *const argv[] = { "no-tool-has-this-name", NULL };
	ck_assert_int_eq(process_run(argv, STR(""), &out, &err), PROCESS_MISSING);
	ck_assert_int_eq(run_shell("kill -9 $$", STR("")), PROCESS_FAILED);
	ck_assert_uint_eq(out.n + err.n, 0);
}
END_TEST

START_TEST(much_on_both_outputs_is_read_in_any_order)
{
	const char *wide = "head -c 3000000 /dev/zero",
		   *first = arena_printf(a, "%s; %s >&2; %s", wide, wide, wide);
	ck_assert_int_eq(run_shell(first, STR("")), 0);
	ck_assert_uint_eq(out.n, 6000000);
	ck_assert_uint_eq(err.n, 3000000);
	const char *const argv[] = { "sh", "-c", "echo a; echo b >&2", NULL };
	struct text both = { .arena = a };
	ck_assert_int_eq(process_run(argv, STR(""), &both, &both), 0);
	ck_assert_uint_eq(both.n, 4);
}
END_TEST

START_TEST(a_long_input_arrives_whole_or_is_not_read)
{
	size_t n = 3000000;
	char *p = malloc(n);
	for (size_t i = 0; i < n; i++)
		p[i] = (char)(i * 7 / 3);
	ck_assert_int_eq(run_shell("exit 3", (struct str){ p, n }), 3);
	ck_assert_int_eq(run_shell("cat", (struct str){ p, n }), 0);
	ck_assert(out.n == n && memcmp(text_str(&out).p, p, n) == 0);
	free(p);
}
END_TEST

/* A second before the limit it is waited for; at the limit it is killed. */
START_TEST(a_tool_that_does_not_end_is_killed)
{
	struct timespec from, to;
	__real_clock_gettime(CLOCK_MONOTONIC, &from);
	ahead = PROCESS_SECONDS - 1;
	ck_assert_int_eq(run_shell("echo $$; exec sleep 50", STR("")), PROCESS_ENDLESS);
	ahead = 0;
	__real_clock_gettime(CLOCK_MONOTONIC, &to);
	ck_assert_int_ge((to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000,
			 900);
	ck_assert_int_le(to.tv_sec - from.tv_sec, 30);
	ck_assert_uint_gt(out.n, 0);
	pid_t pid = (pid_t)atoi(arena_printf(a, "%.*s", STR_FMT(text_str(&out))));
	ck_assert(pid > 1 && kill(pid, 0) < 0 && errno == ESRCH);
}
END_TEST

/* ---- work in a child ---- */

static int print_both(void *arg)
{
	printf("out %s", (const char *)arg);
	fprintf(stderr, "err");
	ahead = 1; /* of the child only */
	return 5;
}

static int write_to_full(void *arg)
{
	(void)arg;
	dup2(open("/dev/full", O_WRONLY | O_CLOEXEC), 1);
	printf("lost");
	return 0;
}

START_TEST(work_in_a_child_gives_status_and_both_outputs)
{
	ck_assert_int_eq(process_call(print_both, (void *)(uintptr_t) "x", &out, &err), 5);
	ck_assert(str_is(text_str(&out), "out x"));
	ck_assert(str_is(text_str(&err), "err"));
	ck_assert_int_eq(ahead, 0);
	ck_assert_int_eq(process_call(write_to_full, NULL, &out, &err), PROCESS_FAILED);
}
END_TEST

/* What `work` prints in a child, which may spoil its process. */
static const char *said_by(int (*work)(void *arg))
{
	out.n = 0;
	ck_assert_int_eq(process_call(work, NULL, &out, &out), 0);
	return arena_printf(a, "%.*s", STR_FMT(text_str(&out)));
}

/* ---- when the system gives nothing ---- */

/* A limit for one call of process_run(); what it returns, and whether the tool ran. */
static void run_within(__rlimit_resource_t resource, rlim_t limit)
{
	struct rlimit old, new;
	getrlimit(resource, &old);
	new = (struct rlimit){ limit, old.rlim_max };
	struct text text = { .arena = a };
	const char *const argv[] = { "echo", "ran", NULL };
	setrlimit(resource, &new);
	int status = process_run(argv, STR("input"), &text, &text);
	setrlimit(resource, &old);
	printf("%d%s ", status, text.n ? " ran" : "");
}

static int use_few_files(void *arg)
{
	(void)arg;
	close_range(3, ~0u, 0);
	for (rlim_t n = 3; n <= 8; n++)
		run_within(RLIMIT_NOFILE, n);
	printf("%s", dup(0) == 3 ? "none left open" : "left open");
	return 0;
}

static int use_small_files(void *arg)
{
	(void)arg;
	signal(SIGXFSZ, SIG_IGN);
	for (rlim_t n = 3; n <= 5; n++)
		run_within(RLIMIT_FSIZE, n);
	return 0;
}

/* Root may have any number of processes. */
static int use_no_process(void *arg)
{
	(void)arg;
	if (geteuid() == 0 && setuid(NOBODY) < 0)
		return 1;
	run_within(RLIMIT_NPROC, 0);
	return 0;
}

static int lose_the_status(void *arg)
{
	(void)arg;
	signal(SIGCHLD, SIG_IGN);
	run_within(RLIMIT_CORE, 0);
	return 0;
}

START_TEST(without_files_or_processes_nothing_is_run_and_nothing_is_left_open)
{
	/* the input, two pipes */
	ck_assert_str_eq(said_by(use_few_files), "126 126 126 126 126 0 ran none left open");
	ck_assert_str_eq(said_by(use_small_files), "126 126 0 ran ");
	ck_assert_str_eq(said_by(use_no_process), "126 ");
	ck_assert_str_eq(said_by(lose_the_status), "126 ran ");
}
END_TEST

/* ---- settings ---- */

START_TEST(a_setting_is_written_whole_or_errno_says_why)
{
	char value[20] = "";
	if (access("/proc/self/comm", W_OK) < 0) {
		printf("SKIPPED: no setting can be written where /proc is not mounted\n");
		return;
	}
	ck_assert(process_write("/proc/self/comm", "newname"));
	FILE *f = fopen("/proc/self/comm", "re");
	ck_assert(f && fgets(value, sizeof(value), f));
	fclose(f);
	ck_assert_str_eq(value, "newname\n");
	ck_assert(!process_write("/proc/self/no-setting", "1") && errno == ENOENT);
	ck_assert(!process_write("/proc/self/oom_score_adj", "word") && errno == EINVAL);
}
END_TEST

/* ---- namespaces ---- */

static int is_entry(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static int enter(void *arg)
{
	(void)arg;
	struct dirent **names;
	struct stat before, after;
	bool known = stat("/proc/self/ns/net", &before) == 0;
	const char *why = process_enter_namespaces(a);
	if (why) {
		printf("%s", why);
		return 0;
	}
	known = known && stat("/proc/self/ns/net", &after) == 0;
	printf("uid %u, %d in /run, %s network, ", geteuid(),
	       scandir("/run", &names, is_entry, NULL),
	       known && before.st_ino != after.st_ino ? "another" : "the same");
	/* where root may make none, it tries as a user: the same limit */
	if (!process_write("/proc/sys/user/max_net_namespaces", "0"))
		printf("no limit: %s", strerror(errno));
	else
		printf("%s", process_enter_namespaces(a));
	return 0;
}

static int enter_as_nobody(void *arg)
{
	/* a process that changed its user does not own its /proc/self */
	return setgid(NOBODY) < 0 || setuid(NOBODY) < 0 || prctl(PR_SET_DUMPABLE, 1) < 0
		       ? 1
		       : enter(arg);
}

/* Nothing can be mapped where /proc is not. */
static int enter_without_proc(void *arg)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", "/proc", "tmpfs", 0, NULL) < 0)
		return 1;
	return enter_as_nobody(arg);
}

/* A log of its own at /dev/log: what arrives there. */
static int take_the_log(void *arg)
{
	(void)arg;
	char line[2000];
	struct sockaddr_un at = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };
	if (process_enter_namespaces(a) || mount("tmpfs", "/dev", "tmpfs", 0, NULL) < 0)
		return 1;
	process_log(LOG_ERR, "nobody is there");
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		return 1;
	process_log(LOG_ERR, "a message");
	process_log(LOG_NOTICE, arena_printf(a, "%01500d", 7));
	line[recv(fd, line, sizeof(line) - 1, 0)] = 0;
	printf("%s\n", line);
	printf("%zd\n", recv(fd, line, sizeof(line), 0));
	for (int i = 0; i < 3000; i++) /* more than a socket holds (net.unix.max_dgram_qlen) */
		process_log(LOG_NOTICE, "the log hangs");
	int n = 0;
	while (recv(fd, line, sizeof(line), MSG_DONTWAIT) > 0)
		n++;
	printf("%s", n > 0 && n < 3000 ? "not waited for" : "all or none");
	return 0;
}

static bool has_namespaces(void)
{
	const char *why = said_by(enter);
	bool has = strncmp(why, "this system does not let a", 26) != 0;
	if (!has)
		printf("SKIPPED: %s\n", why); /* scripts/test.sh shows it */
	return has;
}

START_TEST(namespaces_are_entered_as_root_and_as_a_user)
{
	static const char none[] = "uid 0, 0 in /run, another network, ";
	if (!has_namespaces())
		return;
	ck_assert_msg(strncmp(said_by(enter), none, sizeof(none) - 1) == 0, "%s", said_by(enter));
	if (geteuid() != 0) {
		printf("SKIPPED: only root can be another user\n");
		return;
	}
	ck_assert_str_eq(said_by(enter_as_nobody), arena_printf(a,
								"%sthis system does not let a "
								"process "
								"make network namespaces: %s (try "
								"as root; see "
								"kernel.unprivileged_userns_clone)",
								none, strerror(ENOSPC)));
	ck_assert_str_eq(said_by(enter_without_proc),
			 arena_printf(a, "a user namespace cannot be set up: %s",
				      strerror(ENOENT)));
}
END_TEST

START_TEST(a_line_goes_to_the_log_and_a_log_that_hangs_is_not_waited_for)
{
	if (!has_namespaces())
		return;
	const char *said = said_by(take_the_log), *pid = strchr(said, '[');
	ck_assert(pid && strncmp(said, "<27>fwlint[", 11) == 0);
	ck_assert_str_eq(strchr(pid, ']'), "]: a message\n1023\nnot waited for");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_tool_gets_its_input_and_gives_status_and_both_outputs,
		a_tool_that_is_not_there_is_told_from_one_that_fails,
		much_on_both_outputs_is_read_in_any_order,
		a_long_input_arrives_whole_or_is_not_read,
		a_tool_that_does_not_end_is_killed,
		work_in_a_child_gives_status_and_both_outputs,
		without_files_or_processes_nothing_is_run_and_nothing_is_left_open,
		a_setting_is_written_whole_or_errno_says_why,
		namespaces_are_entered_as_root_and_as_a_user,
		a_line_goes_to_the_log_and_a_log_that_hangs_is_not_waited_for,
	};
	suite_prepare = prepare;
	return suite_run("process", tests, ARRAY_SIZE(tests));
}
