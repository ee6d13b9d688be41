/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libFuzzer target: settings of the kernel, beside a ruleset whose findings depend on them. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char rules[] = "*filter\n:FORWARD ACCEPT\n-A FORWARD -m state --state "
				    "ESTABLISHED -j ACCEPT\n"
				    "-A FORWARD -p tcp -j REJECT --reject-with tcp-reset\nCOMMIT\n";
	struct arena *a = arena_new();
	struct diags diags = { .arena = a };
	struct kernel_settings settings = { .count = size };
	struct source *source = source_new(a, "rules", rules, sizeof(rules) - 1);
	struct ruleset *rs = dialect_find("iptables")->read(a, source, NULL, &diags);
	struct source_file *f = source_add(source, "sysctl",
					   arena_strndup(a, (const char *)data, size), size);
	sysctl_read(f, &diags, &settings);
	rs->kernel = &settings;
	const char *gave_up;
	if (!diags.n)
		(void)check_run(rs, NULL, a, &gave_up);
	arena_free(a);
	return 0;
}
