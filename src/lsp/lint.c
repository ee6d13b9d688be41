/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One lint of a document, in a child process: if it takes too long, it is ended, and a failure in
 * it does not end the server. It first reports the findings, then their fixes.
 */
#include "lsp.h"

#include <fwlint/process.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define TROUBLE_MAX 1000

/* ---- the child ---- */

/* Included files that are open in the editor are read from there. */
struct open_texts {
	struct old_texts texts; /* stands first */
	const struct server *server;
};

static enum old_text open_text(const struct old_texts *o, const char *path, struct arena *a,
			       struct str *ret)
{
	const struct server *s = ((const struct open_texts *)(const void *)o)->server;
	(void)a;
	for (size_t i = 0; i < s->documents.n; i++) {
		const struct document *d = s->documents.items[i];
		char real[PATH_MAX];
		if (!d->is_open || !d->path || !realpath(d->path, real) || strcmp(real, path) != 0)
			continue;
		*ret = d->text;
		return OLD_THERE;
	}
	return OLD_ELSEWHERE;
}

static void write_line(int out, json_t *j)
{
	char *words = json_dumps(j, JSON_COMPACT);
	size_t n = strlen(words), at = 0;
	words[n++] = '\n'; /* in place of the 0 */
	while (at < n) {
		ssize_t got = write(out, words + at, n - at);
		if (got < 0 && errno != EINTR)
			return;
		at += got > 0 ? (size_t)got : 0;
	}
	free(words);
	json_decref(j);
}

/* What was said on standard error, which is a file in memory. */
static const char *said(struct arena *a)
{
	char *words = arena_new_array(a, char, TROUBLE_MAX);
	ssize_t n = pread(STDERR_FILENO, words, TROUBLE_MAX - 1, 0);
	words[n > 0 ? n : 0] = 0;
	words[strcspn(words, "\n")] = 0;
	return str_visible(str_from(*words ? words : "the options are wrong"), a);
}

void lint_document(const struct server *s, const struct document *d, int out)
{
	struct arena *a = arena_new();
	struct job_options o = { 0 };
	struct finder f = { .server = s, .document = d, .arena = a };
	const char *path = d->path ? d->path : "untitled";
	struct open_texts texts = { { open_text, NULL }, s };
	struct job job = {
		.in = { .path = path, .arena = a, .text = d->text.n ? d->text : STR("") }
	};
	if (!s->options->options_for(s->options->context, path, a, &o, &f.shown)) {
		write_line(out, found_trouble(said(a)));
		return;
	}
	o.read.old = &texts.texts;
	o.read.no_include |= !d->path;
	f.job = &job;
	if (!job_read(&job, &o)) {
		job.findings.n = job.findings.allowed.n = 0;
		write_line(out, found_json(&f));
		return;
	}
	job_check(&job, &o);
	write_line(out, found_json(&f));
	job_plan(&job, &o);
	f.has_plan = job.findings.n;
	write_line(out, found_json(&f));
	arena_free(a);
}

_Noreturn static void work(const struct server *s, const struct document *d, int out)
{
	int nothing = open("/dev/null", O_RDWR), words = memfd_create("said", 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(nothing, STDIN_FILENO);
	dup2(nothing, STDOUT_FILENO);
	dup2(words, STDERR_FILENO);
	lint_document(s, d, out);
	_exit(0);
}

/* ---- the server ---- */

bool lint_start(const struct server *s, struct document *d)
{
	int fd[2];
	if (pipe2(fd, O_CLOEXEC) < 0)
		return false;
	pid_t pid = fork();
	if (pid == 0)
		work(s, d, fd[1]);
	close(fd[1]);
	if (pid < 0) {
		close(fd[0]);
		return false;
	}
	struct arena *a = arena_new();
	d->lint = (struct lint){ .pid = pid,
				 .fd = fd[0],
				 .arena = a,
				 .got = { .arena = a },
				 .version = d->version,
				 .started_at = process_now_ms() };
	return true;
}

void lint_stop(struct document *d)
{
	if (!d->lint.pid)
		return;
	kill(d->lint.pid, SIGKILL);
	while (waitpid(d->lint.pid, NULL, 0) < 0 && errno == EINTR)
		;
	close(d->lint.fd);
	arena_free(d->lint.arena);
	d->lint = (struct lint){ .pid = 0 };
}
