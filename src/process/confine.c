/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each part uses the system calls of its manual page; libc has no functions for Landlock. The list
 * of system calls names those that are refused, not those that are allowed: each libc makes
 * different calls, and Landlock limits the files.
 */
#include <fwlint/process_confine.h>
#include <fwlint/process.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* NOLINTBEGIN(bugprone-reserved-identifier): the names of the runtimes' own functions */
extern void __gcov_dump(void) __attribute__((weak));
extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));
/* NOLINTEND(bugprone-reserved-identifier) */

/* ---- Landlock ---- */

#define LANDLOCK_FIRST 13                       /* rights of the first version, Linux 5.13 */
#define LANDLOCK_REFER LANDLOCK_ACCESS_FS_REFER /* 5.19 */
#define LANDLOCK_TRUNCATE (1ULL << 14)          /* 6.2 */
#define READS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define CHANGES                                                                          \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |                   \
	 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_REFER | \
	 LANDLOCK_TRUNCATE)
#define OF_FILES (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_TRUNCATE)

static int landlock_version(void)
{
	return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

/* All rights on files that a version of Landlock knows. */
static uint64_t landlock_rights(int version)
{
	uint64_t rights = (1ULL << LANDLOCK_FIRST) - 1;
	return rights | (version >= 2 ? LANDLOCK_REFER : 0) |
	       (version >= 3 ? LANDLOCK_TRUNCATE : 0);
}

static void allow(int ruleset, const char *path, uint64_t rights)
{
	struct stat st;
	struct landlock_path_beneath_attr rule = { .allowed_access = rights };
	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return;
	if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed_access &= OF_FILES;
	/* a pipe is not in a file system: no rule can name it, and none is needed */
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		errno = 0;
	close(rule.parent_fd);
}

/* Names of services. */
static const char *const always[] = { "/etc/ld.so.cache", "/etc/services", "/etc/protocols",
				      "/etc/nsswitch.conf" };

/* Libraries are mapped when they are first called: the folders in which ld.so looks for them. */
static void allow_libraries(int ruleset, struct arena *a)
{
#ifdef __GLIBC__
	void *program = dlopen(NULL, RTLD_LAZY);
	Dl_serinfo size;
	if (!program || dlinfo(program, RTLD_DI_SERINFOSIZE, &size) != 0)
		return;
	Dl_serinfo *list = arena_alloc(a, size.dls_size);
	list->dls_size = size.dls_size;
	list->dls_cnt = size.dls_cnt;
	bool ok = dlinfo(program, RTLD_DI_SERINFO, list) == 0;
	for (unsigned i = 0; ok && i < list->dls_cnt; i++)
		allow(ruleset, list->dls_serpath[i].dls_name, READS);
#else
	static const char *const folders[] = { "/lib", "/usr/lib", "/usr/local/lib" };
	(void)a;
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		allow(ruleset, folders[i], READS);
#endif
}

static void confine_files(const struct confinement *c)
{
	int version = landlock_version();
	if (version < 1)
		return;
	uint64_t rights = landlock_rights(version);
	struct landlock_ruleset_attr attr = { .handled_access_fs = rights };
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr,
				   sizeof(attr.handled_access_fs), 0);
	if (ruleset < 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(always); i++)
		allow(ruleset, always[i], READS);
	allow_libraries(ruleset, c->arena);
	/* a wildcard looks for /etc/nftables* */
	allow(ruleset, "/etc", LANDLOCK_ACCESS_FS_READ_DIR);
	allow(ruleset, "/dev/null", READS | LANDLOCK_ACCESS_FS_WRITE_FILE);
	for (size_t i = 0; i < c->reads.n; i++)
		allow(ruleset, c->reads.items[i], READS);
	for (size_t i = 0; i < c->writes.n; i++)
		allow(ruleset, c->writes.items[i], (READS | CHANGES) & rights);
	syscall(SYS_landlock_restrict_self, ruleset, 0);
	close(ruleset);
}

/* ---- seccomp ---- */

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE AUDIT_ARCH_RISCV64
#elif defined(__i386__)
#define NATIVE AUDIT_ARCH_I386
#elif defined(__arm__)
#define NATIVE AUDIT_ARCH_ARM
#endif

/* May be missing in the headers; it has the same number on all architectures. */
#define CALL_mount_setattr 442
#define CALL_fchmodat2 452
#define CALL_setxattrat 463
#define CALL_removexattrat 466
#define CALL_open_tree_attr 467
#define CALL_file_setattr 469

/* Refused always … */
static const int refused[] = {
	/* programs */
	SYS_execve, SYS_execveat,
	/* the network */
	SYS_socket, SYS_socketpair, SYS_connect, SYS_bind, SYS_listen, SYS_sendto, SYS_sendmsg,
	SYS_sendmmsg,
	/* other processes */
	SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kill, SYS_tkill,
	SYS_pidfd_open, SYS_pidfd_getfd, SYS_pidfd_send_signal, SYS_rt_sigqueueinfo,
	SYS_rt_tgsigqueueinfo, SYS_setpriority, SYS_ioprio_set, SYS_sched_setaffinity,
	SYS_sched_setattr, SYS_sched_setparam, SYS_sched_setscheduler, SYS_kcmp, SYS_mq_open,
#ifdef SYS_migrate_pages
	SYS_migrate_pages, SYS_move_pages,
#endif
#ifdef SYS_shmget /* sysvipc(7) */
	SYS_shmget, SYS_shmat, SYS_shmctl, SYS_semget, SYS_semop, SYS_semctl, SYS_msgget,
	SYS_msgsnd, SYS_msgrcv, SYS_msgctl,
#endif
#ifdef SYS_ipc
	SYS_ipc,
#endif
	/* namespaces, mounts */
	SYS_unshare, SYS_setns, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_open_tree,
	SYS_move_mount, SYS_fsopen, SYS_fsconfig, SYS_fsmount, CALL_mount_setattr,
	CALL_open_tree_attr,
	/* what bypasses these checks, or is too complex to trust */
	SYS_io_uring_setup, SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_keyctl, SYS_add_key,
	SYS_request_key, SYS_open_by_handle_at, SYS_name_to_handle_at, SYS_personality,
	SYS_memfd_create,
	/* the system */
	SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_reboot,
	SYS_swapon, SYS_swapoff, SYS_settimeofday, SYS_clock_settime, SYS_adjtimex, SYS_sethostname,
	SYS_setdomainname, SYS_quotactl, SYS_acct, SYS_syslog
};

/* … and where nothing is written. */
static const int refused_changes[] = {
	CALL_fchmodat2, CALL_setxattrat, CALL_removexattrat, CALL_file_setattr, SYS_fchmod,
	SYS_fchmodat,   SYS_fchown,      SYS_fchownat,       SYS_setxattr,      SYS_lsetxattr,
	SYS_fsetxattr,  SYS_removexattr, SYS_lremovexattr,   SYS_fremovexattr,  SYS_utimensat,
	SYS_truncate,   SYS_linkat,      SYS_symlinkat,      SYS_unlinkat,      SYS_mkdirat,
	SYS_mknodat,    SYS_renameat2,
#ifdef SYS_renameat
	SYS_renameat,
#endif
#ifdef SYS_open /* old calls, which newer architectures do not have */
	SYS_chmod,      SYS_chown,       SYS_lchown,         SYS_utime,         SYS_utimes,
	SYS_futimesat,  SYS_link,        SYS_symlink,        SYS_unlink,        SYS_mkdir,
	SYS_rmdir,      SYS_mknod,       SYS_rename,         SYS_creat,
#endif
	SYS_setuid,     SYS_setgid,      SYS_setreuid,       SYS_setregid,      SYS_setresuid,
	SYS_setresgid,  SYS_setfsuid,    SYS_setfsgid,       SYS_setgroups,     SYS_capset
};

#define FILTER_MAX 512

struct filter {
	struct sock_filter items[FILTER_MAX];
	unsigned short n;
};

static void put(struct filter *f, uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
	FW_ASSERT(f->n < FILTER_MAX);
	f->items[f->n++] = (struct sock_filter)BPF_JUMP(code, k, yes, no);
}

#define LOAD(member) BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, member), 0, 0
#define ANSWER(action) BPF_RET | BPF_K, (action), 0, 0
#define EQUALS BPF_JMP | BPF_JEQ | BPF_K
#define HAS_BITS BPF_JMP | BPF_JSET | BPF_K
#define REFUSED (SECCOMP_RET_ERRNO | EPERM)

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOW(i) args[i] /* its low half: of an int, only these bits count */
#else
#error "the low half of an argument is elsewhere"
#endif

static void refuse(struct filter *f, const int *calls, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		put(f, EQUALS, (uint32_t)calls[i], 0, 1);
		put(f, ANSWER(REFUSED));
	}
}

/* Refuses a call if the test on its argument `i` is true (`holds`) or false. */
static void refuse_where(struct filter *f, int call, unsigned i, uint16_t test, uint32_t k,
			 bool holds)
{
	put(f, EQUALS, (uint32_t)call, 0, 4);
	put(f, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, LOW(i)), 0, 0);
	put(f, test, k, !holds, holds);
	put(f, ANSWER(REFUSED));
	put(f, LOAD(nr));
}

/* Calls that reach other processes, or the terminal, by an argument. */
static void refuse_arguments(struct filter *f)
{
	/* bytes into the input of the terminal (ioctl_tty(2)) */
	refuse_where(f, SYS_ioctl, 1, EQUALS, TIOCSTI, true);
	refuse_where(f, SYS_ioctl, 1, EQUALS, TIOCLINUX, true);
	/* its own threads may get signals: abort(3) */
	refuse_where(f, SYS_tgkill, 0, EQUALS, (uint32_t)getpid(), false);
	refuse_where(f, SYS_prlimit64, 0, EQUALS, 0, false);
	/* a signal sent by way of a pipe (fcntl(2)) */
	refuse_where(f, SYS_fcntl, 1, EQUALS, F_SETOWN, true);
	refuse_where(f, SYS_fcntl, 1, EQUALS, F_SETOWN_EX, true);
#ifdef SYS_fcntl64
	refuse_where(f, SYS_fcntl64, 1, EQUALS, F_SETOWN, true);
	refuse_where(f, SYS_fcntl64, 1, EQUALS, F_SETOWN_EX, true);
#endif
}

/* Changes of files. */
static void refuse_changes(struct filter *f)
{
	enum { FLAGS_OF_OPEN = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC };
	refuse(f, refused_changes, ARRAY_SIZE(refused_changes));
	refuse_where(f, SYS_openat, 2, HAS_BITS, FLAGS_OF_OPEN, true);
#ifdef SYS_open
	refuse_where(f, SYS_open, 1, HAS_BITS, FLAGS_OF_OPEN, true);
#endif
	/* may change the flags of a file that is open for reading */
	refuse_where(f, SYS_ioctl, 1, EQUALS, (uint32_t)FS_IOC_SETFLAGS, true);
	refuse_where(f, SYS_ioctl, 1, EQUALS, (uint32_t)FS_IOC_FSSETXATTR, true);
}

static void build(struct filter *f, bool writes)
{
	put(f, LOAD(arch));
#ifdef NATIVE
	put(f, EQUALS, NATIVE, 1, 0);
	put(f, ANSWER(REFUSED));
#endif
	put(f, LOAD(nr));
#ifdef __x86_64__
	put(f, BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1); /* x32 */
	put(f, ANSWER(REFUSED));
#endif
	refuse(f, refused, ARRAY_SIZE(refused));
	refuse_arguments(f);
	/* clone3(2) and openat2(2) take their flags in memory, where no filter sees them; libc can
	 * do without these calls */
	put(f, EQUALS, SYS_clone3, 1, 0);
	put(f, EQUALS, SYS_openat2, 0, 1);
	put(f, ANSWER(SECCOMP_RET_ERRNO | ENOSYS));
	/* threads only, no processes */
	put(f, EQUALS, SYS_clone, 0, 4);
	put(f, LOAD(LOW(0)));
	put(f, HAS_BITS, CLONE_THREAD, 1, 0);
	put(f, ANSWER(REFUSED));
	put(f, LOAD(nr));
#ifdef SYS_fork
	refuse(f, (const int[]){ SYS_fork, SYS_vfork }, 2);
#endif
	if (!writes)
		refuse_changes(f);
	put(f, ANSWER(SECCOMP_RET_ALLOW));
}

static void confine_calls(bool writes)
{
	struct filter f = { .n = 0 };
	build(&f, writes);
	struct sock_fprog program = { .len = f.n, .filter = f.items };
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

/* ---- the user ---- */

#define NOBODY 65534 /* the kernel's overflowuid, too */

static bool set_capabilities(uint32_t lowest)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3] = { { .effective = lowest,
									   .permitted = lowest } };
	return syscall(SYS_capset, &head, caps) == 0; /* capset(2) has no function of libc */
}

/* `reads`: what root may read stays readable. */
static bool become_nobody(bool reads)
{
	uint32_t kept = reads ? 1u << CAP_DAC_READ_SEARCH : 0;
	if (geteuid() != 0)
		return set_capabilities(0);
	caller_uid();
	bool ok = prctl(PR_SET_KEEPCAPS, reads, 0, 0, 0) == 0;
	/* in a user namespace this user may be missing: then only the capabilities are given up */
	if (setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0)
		ok = (setresuid(NOBODY, NOBODY, NOBODY) == 0 || geteuid() == 0) && ok;
	return set_capabilities(kept) && ok;
}

bool process_give_up_rights(void)
{
	bool ok = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
	return become_nobody(false) && ok;
}

/* ---- all of it ---- */

/* Is this a release? Builds for coverage or leak checks write files, or look at themselves, at
 * exit. */
static bool is_release(void)
{
	return !__gcov_dump && !__lsan_do_recoverable_leak_check;
}

unsigned confine_possible(void)
{
	if (!is_release())
		return 0;
	/* with a filter at no address, EFAULT shows that filters are supported (seccomp(2)) */
	bool calls = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) < 0 && errno == EFAULT;
	return (landlock_version() > 0 ? CONFINED_FILES : 0) | (calls ? CONFINED_CALLS : 0) |
	       (geteuid() == 0 ? CONFINED_USER : 0);
}

void confine(const struct confinement *c)
{
	bool writes = c->writes.n;
	if (!is_release() || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return;
	confine_files(c);
	/* keeps root's right to read these files; without Landlock, that would be all files */
	if (!writes)
		become_nobody(true);
	confine_calls(writes);
}
