/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of backends, and what is common to them. */
#include "backend.h"

#include <fwlint/live.h>
#include <fwlint/process.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef LIVE_NFT
#include "nft.h"
#endif
#ifdef LIVE_LEGACY
#include "legacy.h"
#endif

#define READ_MS 10000 /* how long a ruleset that changes all the time is read again */

const struct backend *const backend_list[] = {
#ifdef LIVE_NFT
	&backend_nft,
	&backend_iptables_nft,
#endif
#ifdef LIVE_LEGACY
	&backend_legacy,
#endif
	NULL
};

const struct backend *backend_find(const char *name)
{
	for (size_t i = 0; backend_list[i]; i++)
		if (strcmp(backend_list[i]->name, name) == 0)
			return backend_list[i];
	return NULL;
}

bool dump_is_empty(struct str text)
{
	while (text.n) {
		struct str line = str_cut(&text, '\n');
		if (str_starts(line, "-A") || (line.n && line.p[0] == ':' && !str_contains(line, " ACCEPT ") &&
					       !str_contains(line, " - ")))
			return false;
	}
	return true;
}

const char *live_rights(bool netns)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 } };
	syscall(SYS_capget, &head, data);
	if (!(data[0].effective & 1u << CAP_NET_ADMIN))
		return "the running ruleset is shown only to who has CAP_NET_ADMIN: run it as root (sudo fwlint --live)";
	if (!(data[0].effective & 1u << CAP_NET_RAW))
		return "CAP_NET_RAW is needed to read the tables of iptables-legacy";
	if (netns && !(data[0].effective & 1u << CAP_SYS_ADMIN))
		return "CAP_SYS_ADMIN is needed to enter a network namespace";
	return NULL;
}

const char *live_enter(const char *netns, struct arena *a)
{
	const char *path = strchr(netns, '/') ? netns : arena_printf(a, "/run/netns/%s", netns);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return arena_printf(a, "there is no network namespace '%s': %s", netns, strerror(errno));
	const char *why = setns(fd, CLONE_NEWNET) == 0 ? NULL :
		arena_printf(a, "the network namespace '%s' cannot be entered: %s", netns, strerror(errno));
	close(fd);
	return why;
}

static uint32_t generation(void)
{
#ifdef LIVE_NFT
	return nft_generation();
#else
	return 0;
#endif
}

const char *live_read(const struct backend *only, struct arena *a, struct live_rulesets *ret)
{
	long end = process_now_ms() + READ_MS;
	do {
		const char *why = NULL;
		*ret = (struct live_rulesets){ .generation = generation() };
		for (size_t i = 0; backend_list[i] && !why; i++)
			if (!only || only == backend_list[i])
				why = backend_list[i]->read(a, ret);
		/* what failed may have failed since the ruleset changed under way */
		if (generation() == ret->generation)
			return why;
	} while (process_now_ms() < end);
	return "the ruleset changes so often that it cannot be read";
}
