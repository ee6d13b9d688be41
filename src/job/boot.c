/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that distributions load at boot. */
#include <fwlint/job.h>

#include <unistd.h>

static const struct boot_file {
	const char *dialect;
	enum family family; /* of iptables */
	const char *path;
} files[] = {
	{ "nft", FAMILY_INET, "/etc/nftables.conf" },
	{ "iptables", FAMILY_IP, "/etc/iptables/rules.v4" },
	{ "iptables", FAMILY_IP6, "/etc/iptables/rules.v6" },
	{ "iptables", FAMILY_IP, "/etc/sysconfig/iptables" },
	{ "iptables", FAMILY_IP6, "/etc/sysconfig/ip6tables" },
};

_Static_assert(ARRAY_SIZE(files) <= BOOT_FILES_MAX, "boot_files() must have room");

static bool is_of(const struct boot_file *f, const struct live_rule *r)
{
	return strcmp(f->dialect, r->backend->dialect) == 0 &&
	       (strcmp(f->dialect, "nft") == 0 || f->family == r->family);
}

size_t boot_files(const struct live_change *c, const char *ret[BOOT_FILES_MAX])
{
	size_t n = 0;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		bool wanted = false;
		for (size_t k = 0; k < c->n; k++)
			wanted |= is_of(&files[i], &c->items[k]);
		if (wanted && access(files[i].path, F_OK) == 0)
			ret[n++] = files[i].path;
	}
	return n;
}
