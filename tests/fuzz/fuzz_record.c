/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libFuzzer target: the file of a live change. The folder is one of its own: a mount that nobody
 * else sees. */
#include "fuzz.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", "/run", "tmpfs", 0, "mode=755") < 0 || mkdir("/run/fwlint", 0700) < 0) {
		fprintf(stderr, "SKIPPED: no mount namespace\n");
		_exit(77);
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct live_records list = { 0 };
	int fd = open("/run/fwlint/abcd.json", O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	FW_ASSERT(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
	if (!record_list(a, &list))
		for (size_t i = 0; i < list.n; i++)
			FW_ASSERT(list.items[i].id && list.items[i].message);
	arena_free(a);
	return 0;
}
