/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a command and kills a process of it at its n-th system call.
 *
 *     kill_at N one|all PID PROGRAM ARG...
 *
 * System calls are counted over the command, its children, and the process PID (0: none).
 * At the N-th (0: never), before it is carried out, the process that makes it is killed, or with
 * "all" everyone. Prints how many were counted. Ends with the command: who is left goes on.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define MANY 4096

static pid_t traced[MANY];
static size_t n_traced;

static void add(pid_t pid)
{
	for (size_t i = 0; i < n_traced; i++)
		if (traced[i] == pid)
			return;
	if (n_traced < MANY)
		traced[n_traced++] = pid;
}

static void drop(pid_t pid)
{
	for (size_t i = 0; i < n_traced; i++)
		if (traced[i] == pid)
			traced[i] = traced[--n_traced];
}

static void seize(pid_t pid)
{
	long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
		       PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
	if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)options) < 0) {
		perror("kill_at: PTRACE_SEIZE");
		exit(2);
	}
	add(pid);
}

static bool is_entry(pid_t pid)
{
	struct __ptrace_syscall_info info;
	return ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof(info), &info) > 0 &&
	       info.op == PTRACE_SYSCALL_INFO_ENTRY;
}

static pid_t start(char **argv)
{
	pid_t pid = fork();
	if (pid == 0) {
		raise(SIGSTOP);
		execvp(argv[0], argv);
		_exit(127);
	}
	int status;
	if (pid < 0 || waitpid(pid, &status, WUNTRACED) != pid)
		exit(2);
	seize(pid);
	kill(pid, SIGCONT);
	return pid;
}

int main(int argc, char **argv)
{
	if (argc < 5)
		return 2;
	long at = atol(argv[1]), count = 0;
	bool all = strcmp(argv[2], "all") == 0;
	pid_t other = atoi(argv[3]), command;
	if (other) {
		seize(other);
		ptrace(PTRACE_INTERRUPT, other, NULL, NULL);
	}
	command = start(argv + 4);
	while (true) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);
		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			break;
		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			drop(pid);
			if (pid == command)
				break;
			continue;
		}
		int signal = WSTOPSIG(status), event = status >> 16;
		add(pid);
		if (signal == (SIGTRAP | 0x80) && is_entry(pid) && ++count == at) {
			kill(pid, SIGKILL);
			for (size_t i = 0; i < n_traced && all; i++)
				kill(traced[i], SIGKILL);
		}
		/* what is no stop of the tracer's own is a signal for the process */
		if (event || signal == (SIGTRAP | 0x80) || signal == SIGSTOP || signal == SIGCONT)
			signal = 0;
		ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(long)signal);
	}
	printf("%ld\n", count);
	return 0;
}
