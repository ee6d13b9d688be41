/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replacing files. The new texts and the backups are complete on the disk, as files without names,
 * before the first gets a name. Then all backups get their names, and each new text is exchanged
 * with the old file, which stays under a hidden name (no glob matches it) until all are replaced:
 *
 *	prepare   (text) (backup)                   no names
 *	commit    FILE~ = backup
 *	          .fwlint-X = text; FILE <-> .fwlint-X
 *	          all done: remove .fwlint-X       else: FILE <-> .fwlint-X
 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/xattr.h>
#include <unistd.h>

#define BACKUPS_MAX 1000 /* of one file */

/* Attributes that the file system cannot keep (ENOTSUP, EPERM on foreign ones) are ignored. */
static bool copy_xattrs(int from, int to, struct arena *a)
{
	ssize_t n = flistxattr(from, NULL, 0);
	if (n <= 0)
		return n == 0 || errno == ENOTSUP;
	char *names = arena_alloc(a, (size_t)n);
	n = flistxattr(from, names, (size_t)n);
	for (char *name = names; n > 0 && name < names + n; name += strlen(name) + 1) {
		ssize_t size = fgetxattr(from, name, NULL, 0);
		if (size < 0)
			continue;
		char *value = arena_alloc(a, (size_t)size + 1);
		size = fgetxattr(from, name, value, (size_t)size);
		if (size >= 0 && fsetxattr(to, name, value, (size_t)size, 0) < 0 &&
		    errno != ENOTSUP && errno != EPERM)
			return false;
	}
	return true;
}

static bool copy_metadata(int from, int to, const struct stat *st, struct arena *a)
{
	struct stat now;
	if (fstat(to, &now) < 0)
		return false;
	if ((now.st_uid != st->st_uid || now.st_gid != st->st_gid) &&
	    fchown(to, st->st_uid, st->st_gid) < 0)
		return false;
	return copy_xattrs(from, to, a) && fchmod(to, st->st_mode & 07777) == 0;
}

static bool has_text(int fd, struct str expected)
{
	char buf[65536];
	while (true) {
		ssize_t k = read(fd, buf, sizeof(buf));
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return k == 0 && !expected.n;
		if ((size_t)k > expected.n || memcmp(buf, expected.p, (size_t)k) != 0)
			return false;
		expected.p += k;
		expected.n -= (size_t)k;
	}
}

/* ---- prepare ---- */

/* Root replaces another user's file with that user's rights if others can change the path.
 */
static bool needs_owner(const struct replacement *r)
{
	return geteuid() == 0 && r->place.id.uid != 0 && r->place.is_exposed;
}

static bool rights_for(const struct replacement *r, struct rights *rights, struct arena *a)
{
	*rights = (struct rights){ 0 };
	return !needs_owner(r) || rights_take(rights, r->place.id.uid, r->place.gid, a);
}

#define GIVING_BACK __attribute__((cleanup(rights_give_back)))

static const char *cannot_write(const struct replacement *r, const char *what, struct arena *a)
{
	const char *error = strerror(errno);
	if (!needs_owner(r))
		return arena_printf(a, "cannot write %s '%s': %s", what, r->place.path, error);
	return arena_printf(a,
			    "cannot write %s '%s': %s (others can write in its directory or one "
			    "above it: root writes there with the rights of the file's owner, uid "
			    "%u)",
			    what, r->place.path, error, r->place.id.uid);
}

static const char *check_place(const struct replacement_order *o, const struct place *p,
			       struct arena *a)
{
	if (!*p->name || !p->id.is_regular || !o->read.is_regular)
		return arena_printf(a, "'%s' is not a regular file: it cannot be replaced",
				    o->path);
	if (!file_is_same(&p->id, &o->read))
		return arena_printf(a, "'%s' was changed meanwhile: nothing is written", o->path);
	if (p->link_owner != -1 && p->link_owner != (int64_t)p->id.uid)
		return arena_printf(a,
				    "'%s' leads through a link of another user to a file of uid "
				    "%u: nothing is written; name the file itself",
				    o->path, p->id.uid);
	return NULL;
}

static bool fill(int to, int old, struct str text, const struct stat *st, struct arena *a)
{
	return file_write_all(to, text.p, text.n) && copy_metadata(old, to, st, a) &&
	       fsync(to) == 0;
}

static const char *write_text(const struct replacement_order *o, struct replacement *r, int old,
			      const struct stat *st, struct arena *a)
{
	r->text = file_make(r->place.dir, &r->text_name, a);
	if (r->text < 0 || !fill(r->text, old, o->text, st, a))
		return cannot_write(r, "the new text of", a);
	if (o->backup_dir)
		return NULL;
	r->backup = file_make(r->place.dir, &r->backup_temporary, a);
	if (r->backup < 0 || !fill(r->backup, old, o->old_text, st, a))
		return cannot_write(r, "the backup of", a);
	return NULL;
}

static const char *write_far_backup(const struct replacement_order *o, struct replacement *r,
				    int old, const struct stat *st, struct arena *a)
{
	const char *why = backup_dir_open(o->backup_dir, a, &r->backup_dir, &r->backup_path);
	if (why)
		return why;
	r->backup_name = backup_flat_name(r->place.path, a);
	r->backup = file_make(r->backup_dir, &r->backup_temporary, a);
	if (r->backup < 0 || !fill(r->backup, old, o->old_text, st, a))
		return arena_printf(a, "cannot write the backup of '%s' into '%s': %s", o->path,
				    r->backup_path, strerror(errno));
	return NULL;
}

static const char *prepare_here(const struct replacement_order *o, struct replacement *r, int *old,
				struct stat *st, struct arena *a)
{
	struct rights rights GIVING_BACK;
	if (!rights_for(r, &rights, a))
		return arena_printf(a, "cannot write '%s' with the rights of its owner, uid %u: %s",
				    o->path, r->place.id.uid, strerror(errno));
	*old = openat(r->place.dir, r->place.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (*old < 0 || fstat(*old, st) < 0)
		return cannot_write(r, "over", a);
	struct file_id now = file_id_of(st);
	if (!file_is_same(&now, &o->read) || !has_text(*old, o->old_text))
		return arena_printf(a, "'%s' was changed meanwhile: nothing is written", o->path);
	return write_text(o, r, *old, st, a);
}

const char *replacement_prepare(const struct replacement_order *o, struct arena *a,
				struct replacement *r)
{
	struct stat st = { 0 };
	int old CLOSING = -1;
	*r = (struct replacement){ .text = -1, .backup = -1, .backup_dir = -1 };
	const char *why = place_open(o->path, a, &r->place);
	if (!why)
		why = check_place(o, &r->place, a);
	if (!why)
		why = prepare_here(o, r, &old, &st, a);
	if (why)
		return why;
	r->temporary = file_hidden_name(a);
	r->n_names = st.st_nlink;
	r->size = st.st_size;
	r->mtime[0] = st.st_mtim.tv_sec;
	r->mtime[1] = st.st_mtim.tv_nsec;
	if (o->backup_dir)
		return write_far_backup(o, r, old, &st, a);
	r->backup_name = r->place.name;
	return NULL;
}

/* ---- commit ---- */

static int backup_dir(const struct replacement *r)
{
	return r->backup_dir >= 0 ? r->backup_dir : r->place.dir;
}

static bool is_same_text(int a, int dir, const char *name, struct arena *arena)
{
	struct text t = { .arena = arena };
	struct stat mine, st;
	int fd CLOSING = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || fstat(a, &mine) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_size != mine.st_size || lseek(a, 0, SEEK_SET) != 0 ||
	    !file_read_fd(a, SIZE_MAX / 2, &t))
		return false;
	return has_text(fd, text_str(&t));
}

static const char *full_path(const char *dir, const char *name, struct arena *a)
{
	size_t n = strlen(dir);
	return arena_printf(a, "%s%s%s", dir, n && dir[n - 1] == '/' ? "" : "/", name);
}

/* An existing backup with the same text is as good as a new one. */
static bool name_backup(struct replacement *r, struct arena *a)
{
	const char *base = r->backup_name;
	struct rights rights GIVING_BACK = { 0 };
	if (r->backup_dir < 0 && !rights_for(r, &rights, a))
		return false;
	for (unsigned i = 1; i < BACKUPS_MAX; i++) {
		r->backup_name = backup_nth_name(base, i, a);
		r->made_backup = file_name(r->backup, backup_dir(r), &r->backup_temporary,
					   r->backup_name, a);
		if (!r->made_backup && errno != EEXIST)
			return false;
		if (!r->made_backup && !is_same_text(r->backup, backup_dir(r), r->backup_name, a))
			continue;
		r->backup_path = r->backup_dir >= 0
					 ? full_path(r->backup_path, r->backup_name, a)
					 : arena_printf(a, "%s%s", r->place.path,
							r->backup_name + strlen(r->place.name));
		file_sync_directory(backup_dir(r));
		return true;
	}
	errno = EEXIST;
	return false;
}

/* Is the file that has this name now the one that was read, unchanged? */
static bool is_old(const struct replacement *r, const char *name)
{
	struct stat st;
	if (fstatat(r->place.dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	struct file_id now = file_id_of(&st);
	return file_is_same(&now, &r->place.id) && st.st_size == r->size &&
	       st.st_mtim.tv_sec == r->mtime[0] && st.st_mtim.tv_nsec == r->mtime[1];
}

static bool exchange(const struct replacement *r)
{
	return renameat2(r->place.dir, r->temporary, r->place.dir, r->place.name,
			 RENAME_EXCHANGE) == 0;
}

/* Without RENAME_EXCHANGE (renameat2(2): not all file systems have it): the old file gets a second
 * name first. */
static bool exchange_slowly(struct replacement *r, struct arena *a)
{
	const char *text = r->temporary;
	r->temporary = file_hidden_name(a);
	if (!is_old(r, r->place.name) ||
	    linkat(r->place.dir, r->place.name, r->place.dir, r->temporary, 0) < 0) {
		r->temporary = text;
		return false;
	}
	if (renameat(r->place.dir, text, r->place.dir, r->place.name) == 0)
		return true;
	(void)unlinkat(r->place.dir, r->temporary, 0);
	r->temporary = text;
	return false;
}

static bool put_back(struct replacement *r)
{
	bool ok = exchange(r);
	if (ok)
		r->text_name = r->temporary;
	else if (errno == EINVAL || errno == ENOSYS)
		ok = renameat(r->place.dir, r->temporary, r->place.dir, r->place.name) == 0;
	if (!ok)
		return false;
	r->stage = REPLACEMENT_NONE;
	r->keeps_old = false;
	return true;
}

static const char *replace(struct replacement *r, struct arena *a)
{
	struct rights rights GIVING_BACK;
	if (!rights_for(r, &rights, a) ||
	    !file_name(r->text, r->place.dir, &r->text_name, r->temporary, a))
		return cannot_write(r, "over", a);
	r->text_name = r->temporary;
	bool ok = exchange(r);
	if (!ok && (errno == EINVAL || errno == ENOSYS))
		ok = exchange_slowly(r, a);
	if (!ok)
		return cannot_write(r, "over", a);
	r->text_name = NULL;
	r->keeps_old = true;
	r->stage = REPLACEMENT_DONE;
	if (is_old(r, r->temporary))
		return NULL;
	put_back(r);
	return arena_printf(a, "'%s' was changed meanwhile", r->place.path);
}

static void undo(struct replacement *r, struct arena *a)
{
	struct rights rights GIVING_BACK;
	if (rights_for(r, &rights, a) && r->stage == REPLACEMENT_DONE)
		put_back(r);
}

static void remove_backup(const struct replacement *r, struct arena *a)
{
	struct rights rights GIVING_BACK = { 0 };
	if (r->made_backup && r->stage == REPLACEMENT_NONE &&
	    (r->backup_dir >= 0 || rights_for(r, &rights, a)))
		(void)unlinkat(backup_dir(r), r->backup_name, 0);
}

static const char *commit(struct replacement **list, size_t n, struct arena *a)
{
	const char *why = NULL;
	for (size_t i = 0; i < n && !why; i++)
		if (!name_backup(list[i], a))
			why = cannot_write(list[i], "the backup of", a);
	for (size_t i = 0; i < n && !why; i++)
		why = replace(list[i], a);
	for (size_t i = 0; i < n && why; i++) {
		undo(list[i], a);
		remove_backup(list[i], a);
	}
	return why;
}

const char *replacements_commit(struct replacement **list, size_t n, struct arena *a)
{
	sigset_t all, old;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	const char *why = commit(list, n, a);
	for (size_t i = 0; i < n; i++)
		replacement_end(list[i]);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return why;
}

/* Removes a name if it still belongs to the file. */
static void unlink_if(int dir, const char *name, const struct file_id *id)
{
	struct stat st;
	if (name && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_dev == id->dev &&
	    st.st_ino == id->ino)
		(void)unlinkat(dir, name, 0);
}

void replacement_end(struct replacement *r)
{
	struct stat st;
	struct rights rights GIVING_BACK = { 0 };
	struct arena *a = arena_new();
	bool may = r->place.dir >= 0 && rights_for(r, &rights, a);
	if (may && r->text_name && fstat(r->text, &st) == 0)
		unlink_if(r->place.dir, r->text_name,
			  &(struct file_id){ .dev = st.st_dev, .ino = st.st_ino });
	if (may && r->keeps_old)
		unlink_if(r->place.dir, r->temporary, &r->place.id);
	if (may && r->backup_temporary && r->backup_dir < 0)
		(void)unlinkat(r->place.dir, r->backup_temporary, 0);
	if (may)
		file_sync_directory(r->place.dir);
	rights_give_back(&rights);
	if (r->backup_temporary && r->backup_dir >= 0)
		(void)unlinkat(r->backup_dir, r->backup_temporary, 0);
	close_fd(&r->text);
	close_fd(&r->backup);
	close_fd(&r->backup_dir);
	place_close(&r->place);
	arena_free(a);
}
