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

/* The rules run, and the file does not have them: to the terminal and to the system's log. */
static int say_failed(const struct live_record *r, const char *what, const struct settings *s)
{
	const char *message = arena_printf(s->arena, "it stays, but it is NOT saved: %s; it does not survive a reboot", what);
	complain("change %s: %s", r->id, message);
	record_log(r->id, true, message);
	return EXIT_SYSTEM;
}

int save_change(const struct live_record *r, const struct settings *s)
{
	const struct live_change *c = &r->change;
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
	if (!n)
		return say_failed(r, "none of the files is there that fwlint knows to be loaded at boot", s);
	file.live = false;
	file.conntrack = NULL;
	file.apply = true;
	file.dry_run = false;
	struct text failed = { .arena = s->arena };
	int status = lint_all(jobs, n, &file);
	for (size_t i = 0; i < n; i++) {
		if (jobs[i].in.status > EXIT_FOUND)
			text_printf(&failed, "%s%s", failed.n ? ", " : "", jobs[i].in.path);
		arena_free(jobs[i].in.arena);
	}
	if (status > EXIT_FOUND)
		return say_failed(r, failed.n ? arena_printf(s->arena, "%.*s could not be fixed", STR_FMT(text_str(&failed))) :
				  "the files could not be written", s);
	record_log(r->id, false, "saved in the files that are loaded at boot");
	return EXIT_CLEAN;
}
