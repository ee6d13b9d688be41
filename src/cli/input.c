/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading inputs and writing to standard output. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void complain(const char *fmt, ...)
{
	va_list ap;
	fputs("fwlint: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

bool want_colour(const struct settings *s, FILE *out)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
	if (s->colour != COLOUR_AUTO)
		return s->colour == COLOUR_ALWAYS;
	return isatty(fileno(out)) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

static bool read_all(int fd, struct text *t)
{
	size_t cap = 0;
	struct stat st;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
		cap = (size_t)st.st_size + 1;
	if (cap < 65536)
		cap = 65536;
	t->items = arena_alloc(t->arena, cap);
	t->cap = cap;
	while (true) {
		if (t->n == t->cap)
			arena_grow(t->arena, (void **)&t->items, t->n, &t->cap, 1);
		ssize_t k = read(fd, t->items + t->n, t->cap - t->n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return false;
		if (k == 0)
			return true;
		t->n += (size_t)k;
		if (t->n > SOURCE_MAX) {
			errno = EFBIG;
			return false;
		}
	}
}

bool read_file(const char *path, struct text *t)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool ok = fd >= 0 && read_all(fd, t);
	int why = errno;
	if (fd >= 0)
		close(fd);
	errno = why;
	return ok;
}

struct source *read_source(struct arena *a, const char *path, const struct settings *s,
			   int *ret_status)
{
	bool is_stdin = strcmp(path, "-") == 0;
	struct text t = { .arena = a };
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || !read_all(fd, &t)) {
		complain("cannot read '%s': %s", path, strerror(errno));
		*ret_status = errno == ENOENT || errno == EISDIR || errno == EFBIG ||
			      errno == ENOTDIR ? EXIT_INPUT : EXIT_SYSTEM;
		if (fd > STDIN_FILENO)
			close(fd);
		return NULL;
	}
	if (!is_stdin)
		close(fd);
	return source_new(a, is_stdin ? s->stdin_name : path, t.items, t.n);
}

int finish_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if (errno == EPIPE)
		return status;
	complain("cannot write to standard output: %s", strerror(errno));
	return EXIT_SYSTEM;
}
