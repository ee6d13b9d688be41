/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a path to a place: each directory is opened from the one before, never through a link, so
 * the directory that was checked is the one that stays open. Links are followed here, by their
 * text, and their owners are noted.
 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#define LINKS_MAX 40 /* path_resolution(7) */

struct walk {
	struct arena *arena;
	struct place *place;
	struct text path; /* of place->dir; "" for the root */
	const char *rest; /* the rest of the path */
	unsigned n_links;
};

static bool is_trusted(uint32_t uid)
{
	return uid == 0 || uid == caller_uid();
}

/* Looks up a name in `dir`: who could have put it there, or could move it? */
static bool note_entry(struct walk *w, const struct stat *entry)
{
	struct stat dir;
	if (fstat(w->place->dir, &dir) < 0)
		return false;
	bool is_shared = (dir.st_mode & 022) != 0, is_sticky = (dir.st_mode & S_ISVTX) != 0;
	if (!is_trusted(dir.st_uid) || (is_shared && (!is_sticky || !is_trusted(entry->st_uid))))
		w->place->is_exposed = true;
	return true;
}

static void set_dir(struct walk *w, int fd)
{
	close_fd(&w->place->dir);
	w->place->dir = fd;
}

static bool go_to_root(struct walk *w)
{
	set_dir(w, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
	w->path.n = 0;
	return w->place->dir >= 0;
}

static bool go_up(struct walk *w)
{
	int fd = openat(w->place->dir, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	set_dir(w, fd);
	while (w->path.n && w->path.items[--w->path.n] != '/')
		;
	return true;
}

static bool follow_link(struct walk *w, int link, const struct stat *st)
{
	char target[PATH_MAX];
	struct place *p = w->place;
	ssize_t n = readlinkat(link, "", target, sizeof(target));
	if (n < 0)
		return false;
	errno = ELOOP;
	if (++w->n_links > LINKS_MAX || n == (ssize_t)sizeof(target))
		return false;
	if (!is_trusted(st->st_uid))
		p->link_owner = p->link_owner == -1 || p->link_owner == (int64_t)st->st_uid
					? (int64_t)st->st_uid
					: -2;
	w->rest = arena_printf(w->arena, "%.*s%s", (int)n, target, w->rest);
	return target[0] != '/' || go_to_root(w);
}

/* Takes one name of the path; *ret_done: it was the last one, and is not a directory. */
static bool step(struct walk *w, const char *name, bool is_last, bool *ret_done)
{
	struct stat st;
	int fd CLOSING = openat(w->place->dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || !note_entry(w, &st))
		return false;
	if (S_ISLNK(st.st_mode))
		return follow_link(w, fd, &st);
	w->place->id = file_id_of(&st);
	w->place->gid = st.st_gid;
	if (S_ISDIR(st.st_mode)) {
		text_printf(&w->path, "/%s", name);
		set_dir(w, take_fd(&fd));
		return true;
	}
	errno = ENOTDIR;
	if (!is_last)
		return false;
	w->place->name = name;
	*ret_done = true;
	return true;
}

static bool follow(struct walk *w)
{
	bool done = false;
	while (!done) {
		w->rest += strspn(w->rest, "/");
		size_t n = strcspn(w->rest, "/");
		if (!n)
			break;
		const char *name = arena_strndup(w->arena, w->rest, n);
		bool is_last = !w->rest[n];
		w->rest += n;
		if (strcmp(name, ".") == 0)
			continue;
		if (strcmp(name, "..") == 0 ? !go_up(w) : !step(w, name, is_last, &done))
			return false;
	}
	return true;
}

const char *place_open(const char *path, struct arena *a, struct place *place)
{
	char cwd[PATH_MAX];
	struct walk w = { .arena = a, .place = place, .path = { .arena = a }, .rest = path };
	*place = (struct place){ .dir = -1, .name = "", .link_owner = -1 };
	errno = ENOENT;
	bool ok = *path;
	if (ok && *path == '/') {
		ok = go_to_root(&w);
	} else if (ok) {
		place->dir = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
		ok = place->dir >= 0 && getcwd(cwd, sizeof(cwd));
		if (ok && strcmp(cwd, "/") != 0)
			text_printf(&w.path, "%s", cwd);
	}
	if (!ok || !follow(&w))
		return file_problem(a, "cannot open", path);
	const char *sep = *place->name || !w.path.n ? "/" : "";
	place->path = arena_printf(a, "%.*s%s%s", (int)w.path.n, w.path.n ? w.path.items : "", sep,
				   place->name);
	return NULL;
}

void place_close(struct place *p)
{
	close_fd(&p->dir);
}

const char *place_read(const struct place *p, size_t max, struct text *t)
{
	struct stat st;
	if (!*p->name || !p->id.is_regular)
		return arena_printf(t->arena, "'%s' is not a regular file", p->path);
	int fd CLOSING = openat(p->dir, p->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return file_problem(t->arena, "cannot read", p->path);
	struct file_id now = file_id_of(&st);
	if (!file_is_same(&now, &p->id) || !now.is_regular)
		return arena_printf(t->arena, "'%s' was changed while it was read", p->path);
	if (!file_read_fd(fd, max, t))
		return file_problem(t->arena, "cannot read", p->path);
	return NULL;
}

bool path_is_below(const char *path, const char *root)
{
	size_t n = strlen(root);
	if (n == 1)
		return *path == '/' && !strchr(path + 1, '/');
	return strncmp(path, root, n) == 0 && (!path[n] || path[n] == '/');
}

const char *path_folder(const char *path, struct arena *a)
{
	const char *slash = strrchr(path, '/');
	return slash ? arena_strndup(a, path, (size_t)(slash - path) + 1) : "./";
}
