/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that distributions load at boot. */
#include "lint.h"

#include <unistd.h>

static const struct boot_file {
	const char *dialect;
	enum family family; /* of iptables */
	const char *path;
} boot_files[] = {
	{ "nft", FAMILY_INET, "/etc/nftables.conf" },
	{ "iptables", FAMILY_IP, "/etc/iptables/rules.v4" },
	{ "iptables", FAMILY_IP6, "/etc/iptables/rules.v6" },
	{ "iptables", FAMILY_IP, "/etc/sysconfig/iptables" },
	{ "iptables", FAMILY_IP6, "/etc/sysconfig/ip6tables" },
};

static bool is_of(const struct boot_file *f, const struct live_rule *r)
{
	return strcmp(f->dialect, r->backend->dialect) == 0 && (strcmp(f->dialect, "nft") == 0 || f->family == r->family);
}

int save_change(const struct live_change *c, const struct settings *s)
{
	struct settings file = *s;
	struct job *jobs = arena_new_array(s->arena, struct job, ARRAY_SIZE(boot_files));
	size_t n = 0;
	for (size_t i = 0; i < ARRAY_SIZE(boot_files); i++) {
		bool wanted = false;
		for (size_t k = 0; k < c->n; k++)
			wanted |= is_of(&boot_files[i], &c->items[k]);
		if (wanted && access(boot_files[i].path, F_OK) == 0)
			jobs[n++].in = (struct input){ .path = boot_files[i].path, .arena = arena_new() };
	}
	if (!n) {
		complain("it does not survive a reboot: none of the files is there that fwlint knows to be loaded at boot");
		return EXIT_CLEAN;
	}
	file.live = false;
	file.conntrack = NULL;
	file.apply = true;
	file.dry_run = false;
	int status = lint_all(jobs, n, &file);
	for (size_t i = 0; i < n; i++)
		arena_free(jobs[i].in.arena);
	return status > EXIT_FOUND ? status : EXIT_CLEAN;
}
