/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rights of another user on files. setfsuid(2): for a uid other than 0 the kernel takes away
 * the capabilities that override file permissions (capabilities(7), "Effect of user ID changes").
 */
#include "file.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/fsuid.h>
#include <unistd.h>

#define GROUPS_MAX 65536 /* NGROUPS_MAX of the kernel */

static bool take_groups(uint32_t uid, uint32_t gid, struct arena *a)
{
	const struct passwd *pw = getpwuid(uid);
	int n = 64;
	gid_t *groups = arena_new_array(a, gid_t, n);
	if (!pw)
		return setgroups(0, NULL) == 0 &&
		       (setfsgid(gid), (gid_t)setfsgid((gid_t)-1) == gid);
	if (getgrouplist(pw->pw_name, pw->pw_gid, groups, &n) < 0 && n > 0 && n <= GROUPS_MAX) {
		groups = arena_new_array(a, gid_t, n);
		if (getgrouplist(pw->pw_name, pw->pw_gid, groups, &n) < 0)
			return false;
	}
	return setgroups((size_t)n, groups) == 0 &&
	       (setfsgid(pw->pw_gid), (gid_t)setfsgid((gid_t)-1) == pw->pw_gid);
}

bool rights_take(struct rights *r, uint32_t uid, uint32_t gid, struct arena *a)
{
	*r = (struct rights){ .n_groups = getgroups(0, NULL) };
	if (r->n_groups < 0)
		return false;
	r->groups = arena_new_array(a, uint32_t, r->n_groups + 1);
	r->n_groups = getgroups(r->n_groups, r->groups);
	if (r->n_groups < 0)
		return false;
	r->is_taken = true;
	errno = EPERM;
	bool ok = take_groups(uid, gid, a) && (setfsuid(uid), (uid_t)setfsuid((uid_t)-1) == uid);
	if (!ok)
		rights_give_back(r);
	return ok;
}

void rights_give_back(struct rights *r)
{
	int why = errno;
	if (!r->is_taken)
		return;
	setfsuid(geteuid());
	setfsgid(getegid());
	FW_ASSERT(setgroups((size_t)r->n_groups, r->groups) == 0);
	r->is_taken = false;
	errno = why;
}
