/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Neither _exit() nor execv() writes gcov's counts, and children of fwlint end by them: in
 * builds with b_coverage these do.
 */
void __gcov_dump(void);
void __gcov_reset(void);
void __real__exit(int status) __attribute__((noreturn));
void __wrap__exit(int status) __attribute__((noreturn));
int __real_execv(const char *path, char *const argv[]);
int __wrap_execv(const char *path, char *const argv[]);

void __wrap__exit(int status)
{
	__gcov_dump();
	__real__exit(status);
}

int __wrap_execv(const char *path, char *const argv[])
{
	__gcov_dump();
	__gcov_reset();
	return __real_execv(path, argv);
}
