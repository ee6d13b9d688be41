/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where backups go when not beside the file. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define NAME_KEPT 200 /* bytes of a path that go into a name; NAME_MAX is 255 */

/* mkdir -p. Opening it later shows whether it exists and what it is. */
static void make_directories(const char *path, struct arena *a)
{
	for (const char *p = path + strspn(path, "/"); *p; p += strspn(p, "/")) {
		p += strcspn(p, "/");
		(void)mkdir(arena_strndup(a, path, (size_t)(p - path)), 0700);
	}
}

const char *backup_dir_open(const char *path, struct arena *a, int *ret_dir, const char **ret_path)
{
	struct place p;
	struct stat st;
	make_directories(path, a);
	const char *why = place_open(path, a, &p);
	if (!why && *p.name)
		why = arena_printf(a, "'%s' is not a directory", path);
	if (!why && fstat(p.dir, &st) < 0)
		why = file_problem(a, "cannot open", path);
	if (!why && (p.is_exposed || st.st_uid != caller_uid() || (st.st_mode & 022)))
		why = arena_printf(a,
				   "'%s' is not safe for backups: others can write there, or in a "
				   "directory above it",
				   path);
	if (why) {
		place_close(&p);
		return why;
	}
	*ret_dir = p.dir;
	*ret_path = p.path;
	return NULL;
}

const char *backup_flat_name(const char *path, struct arena *a)
{
	size_t n = strlen(path);
	char *name = arena_strndup(a, n > NAME_KEPT ? path + n - NAME_KEPT : path,
				   n > NAME_KEPT ? NAME_KEPT : n);
	for (char *p = name; *p; p++)
		if (*p == '/')
			*p = '%';
	return name;
}

const char *backup_nth_name(const char *name, unsigned nth, struct arena *a)
{
	return nth > 1 ? arena_printf(a, "%s~%u", name, nth) : arena_printf(a, "%s~", name);
}
