/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the backends share: texts of iptables-save, and words of a child process. */
#include <fwlint/model_builtin.h>

#include "backend.h"

#include <errno.h>
#include <unistd.h>

const char read_interrupted[] = "the ruleset was changed while it was read";

void write_all(int fd, struct str s)
{
	while (s.n) {
		ssize_t n = write(fd, s.p, s.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		s = (struct str){ s.p + n, s.n - (size_t)n };
	}
}

void child_write(struct str s)
{
	write_all(STDOUT_FILENO, s);
}

int child_fail(struct str why)
{
	write_all(STDERR_FILENO, str_trim(why));
	return 1;
}

const char *first_line(const struct text *t, struct arena *a)
{
	struct str rest = str_trim(text_str(t)), line = str_cut(&rest, '\n');
	return arena_printf(a, "%.*s", STR_FMT(line));
}

bool dump_is_empty(struct str text)
{
	while (text.n) {
		struct str line = str_cut(&text, '\n');
		if (str_starts(line, "-A") ||
		    (line.n && line.p[0] == ':' && !str_contains(line, " ACCEPT ") &&
		     !str_contains(line, " - ")))
			return false;
	}
	return true;
}

static bool is_builtin(const struct live_rule *r)
{
	return builtin_chain_find(str_from(r->table), str_from(r->chain));
}

/* What a rule may say depends on the hook; the name of a user chain does not matter. */
const char *chain_for_dump(const struct live_rule *r)
{
	return is_builtin(r) ? r->chain : "fwlint";
}

struct str dump_of_rule(const struct live_rule *r, struct arena *a)
{
	const char *chain = chain_for_dump(r);
	return str_from(arena_printf(a, "*%s\n:%s %s\n-A %s %s\nCOMMIT\n", r->table, chain,
				     is_builtin(r) ? "ACCEPT" : "-", chain, r->rule));
}

/* FNV-1a */
uint64_t dump_hash(uint64_t h, struct str text)
{
	while (text.n) {
		struct str line = str_cut(&text, '\n');
		/* ":INPUT ACCEPT [12:3456]" */
		while (line.n && line.p[0] == ':' && line.p[line.n - 1] != '[')
			line.n--;
		for (size_t k = 0; k < line.n; k++)
			h = (h ^ (unsigned char)line.p[k]) * 1099511628211u;
		h = (h ^ '\n') * 1099511628211u;
	}
	return h;
}
