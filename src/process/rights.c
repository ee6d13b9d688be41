/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fwlint/process.h>

#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NOBODY 65534 /* the kernel's overflowuid, too */

/* capset(2) has no function of libc. */
static bool drop_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };
	return syscall(SYS_capset, &head, none) == 0;
}

bool process_give_up_rights(void)
{
	bool ok = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
	/* in a user namespace nobody may not be there: then the capabilities alone go */
	if (geteuid() == 0 && setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0)
		ok = (setresuid(NOBODY, NOBODY, NOBODY) == 0 || geteuid() == 0) && ok;
	return drop_capabilities() && ok;
}
