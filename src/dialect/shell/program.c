/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which program a command runs, and what the program does to the ruleset. */
#include "shell.h"

struct known {
	const char *name;
	enum sh_kind kind;
	bool v6;
	enum loader variant;
};

// clang-format off
static const struct known programs[] = {
	{ "iptables", SH_IPTABLES, false, LOADER_ANY },
	{ "ip6tables", SH_IPTABLES, true, LOADER_ANY },
	{ "iptables-legacy", SH_IPTABLES, false, LOADER_LEGACY },
	{ "ip6tables-legacy", SH_IPTABLES, true, LOADER_LEGACY },
	{ "iptables-nft", SH_IPTABLES, false, LOADER_NFT },
	{ "ip6tables-nft", SH_IPTABLES, true, LOADER_NFT },
	{ "iptables-restore", SH_RESTORE, false, LOADER_ANY },
	{ "ip6tables-restore", SH_RESTORE, true, LOADER_ANY },
	{ "iptables-legacy-restore", SH_RESTORE, false, LOADER_LEGACY },
	{ "ip6tables-legacy-restore", SH_RESTORE, true, LOADER_LEGACY },
	{ "iptables-nft-restore", SH_RESTORE, false, LOADER_NFT },
	{ "ip6tables-nft-restore", SH_RESTORE, true, LOADER_NFT },
	{ "nft", SH_NFT, false, LOADER_ANY },
	{ "exit", SH_EXIT, false, LOADER_ANY },
	{ "return", SH_EXIT, false, LOADER_ANY },
	{ "set", SH_SET, false, LOADER_ANY },
	{ "false", SH_FAILS, false, LOADER_ANY },
};

/* These print something, wait, or change what is not part of a ruleset. */
static const char *const succeed[] = {
	":",       "true",     "echo",     "printf",   "sleep",    "modprobe",  "insmod",
	"sysctl",  "logger",   "umask",    "export",   "readonly", "declare",   "typeset",
	"unset",   "shopt",    "trap",     "wait",     "clear",    "date",      "mkdir",
	"touch",   "chmod",    "chown",    "cat",      "tee",      "cd",        "ulimit",
	"rmmod",   "depmod",   "lsmod",    "stty",     "hostname", "uname",     "ip",
	"tc",      "ifconfig", "route",    "ethtool",  "ipset",    "conntrack", "wall",
	"cp",      "mv",       "rm",       "ln",       "install",  "sync",      "id",
	"whoami",  "tput",     "read",     "local",    "shift",    "log_daemon_msg",
	"log_end_msg", "log_progress_msg", "iptables-save", "ip6tables-save",
	"iptables-legacy-save", "ip6tables-legacy-save", "iptables-nft-save", "ip6tables-nft-save",
	"netfilter-persistent", "dirname", "basename", "head", "tail", "wc", "sort", "uniq",
	"break",   "continue", "alias",    "hash",     "exec",
};

static const char *const unclear[] = {
	"[", "[[", "test", "grep", "egrep", "fgrep", "which", "command", "type", "ping", "pgrep",
	"awk", "sed", "cut", "tr", "ls", "stat", "diff", "cmp", "let", "expr", "getent", "host",
	"dig", "nslookup", "ss", "netstat", "ps", "kill", "killall", "pkill", "service",
	"systemctl", "invoke-rc.d", "getopts",
};
// clang-format on

static struct str base_name(struct str path)
{
	const char *slash = memrchr(path.p, '/', path.n);
	return slash ? (struct str){ slash + 1, path.n - (size_t)(slash + 1 - path.p) } : path;
}

static bool has_argument(const struct sh_fields *f, size_t from, const char *word)
{
	for (size_t i = from; i < f->n; i++)
		if (str_is(sh_field_text(f, i), word))
			return true;
	return false;
}

/* The index of the field after "sudo -n", "env A=b" … */
static size_t behind_prefixes(const struct sh_fields *f)
{
	static const char *const prefixes[] = { "sudo",   "doas",    "exec", "command",
						"env",    "nohup",   "nice", "time",
						"ionice", "busybox", "eval", "builtin" };
	size_t i = 0;
	while (i + 1 < f->n &&
	       sh_is_in(base_name(sh_field_text(f, i)), prefixes, ARRAY_SIZE(prefixes))) {
		bool looks_up = str_is(sh_field_text(f, i), "command") &&
				str_starts(sh_field_text(f, i + 1), "-");
		bool asks = str_is(base_name(sh_field_text(f, i)), "sudo") &&
			    (str_is(sh_field_text(f, i + 1), "-v") ||
			     str_is(sh_field_text(f, i + 1), "-k"));
		if (looks_up || asks)
			return i;
		for (i++; i + 1 < f->n; i++) {
			struct str t = sh_field_text(f, i);
			bool has_value = str_is(t, "-u") || str_is(t, "-g") ||
					 (str_is(t, "-n") && i + 2 < f->n &&
					  sh_field_text(f, i + 1).n &&
					  strchr("-0123456789", sh_field_text(f, i + 1).p[0]));
			if (has_value)
				i++;
			else if (!str_starts(t, "-") && !sh_is_assignment(t))
				break;
		}
	}
	return i;
}

/* -L, -nvL, -S */
static bool is_listing(struct str t)
{
	bool lists = false;
	for (size_t i = 1; i < t.n; i++) {
		if (!strchr("nvxLS", t.p[i]))
			return false;
		lists = lists || t.p[i] == 'L' || t.p[i] == 'S';
	}
	return lists && t.p[0] == '-';
}

/* -cf */
static bool checks_file(struct str t)
{
	return sh_is_bundle(t, 'f') && memchr(t.p, 'c', t.n);
}

static bool nft_only_looks(const struct sh_fields *f, size_t at)
{
	static const char *const options[] = { "-c", "--check", "-v",    "--version",
					       "-V", "-h",      "--help" };
	static const char *const verbs[] = { "list", "describe", "monitor", "get" };
	for (size_t i = at + 1; i < f->n; i++) {
		struct str t = sh_field_text(f, i), rest = t;
		if (sh_is_in(t, options, ARRAY_SIZE(options)) || checks_file(t))
			return true;
		if (sh_is_bundle(t, 'f') || str_is(t, "--file") || str_is(t, "-i"))
			return false;
		if (!str_starts(t, "-"))
			return sh_is_in(str_cut(&rest, ' '), verbs, ARRAY_SIZE(verbs));
	}
	return true;
}

/* Does the command only list or test, so that it changes nothing? */
static bool only_looks(const struct sh_fields *f, const struct sh_program *p)
{
	static const char *const words[] = { "--list", "--list-rules", "-V",    "--version",
					     "-h",     "--help",       "--test" };
	if (p->kind == SH_NFT)
		return nft_only_looks(f, p->at);
	for (size_t i = p->at + 1; i < f->n; i++)
		if (sh_is_in(sh_field_text(f, i), words, ARRAY_SIZE(words)) ||
		    (p->kind == SH_IPTABLES ? is_listing(sh_field_text(f, i))
					    : str_is(sh_field_text(f, i), "-t")))
			return true;
	return false;
}

/* "systemctl stop ufw", "service iptables save" */
static bool is_no_start(const struct sh_fields *f, size_t at)
{
	static const char *const words[] = { "stop",          "disable",  "mask",      "status",
					     "save",          "enable",   "is-active", "is-enabled",
					     "daemon-reload", "--version" };
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (has_argument(f, at + 1, words[i]))
			return true;
	return false;
}

/* "apt-get install -y iptables-persistent": installs only the tools themselves. */
static bool is_harmless_install(const struct sh_fields *f, size_t at)
{
	static const char *const verbs[] = { "install", "add", "update", "upgrade" };
	static const char *const tools[] = { "iptables", "nftables", "ipset", "conntrack" };
	static const char *const managers[] = { "apt", "apt-get", "aptitude", "yum",
						"dnf", "apk",     "zypper" };
	bool has_verb = false;
	if (!sh_is_in(base_name(sh_field_text(f, at)), managers, ARRAY_SIZE(managers)))
		return false;
	for (size_t i = at + 1; i < f->n; i++) {
		struct str t = sh_field_text(f, i);
		bool is_known = str_starts(t, "-");
		if (!is_known && !has_verb)
			is_known = has_verb = sh_is_in(t, verbs, ARRAY_SIZE(verbs));
		for (size_t k = 0; k < ARRAY_SIZE(tools) && has_verb && !is_known; k++)
			is_known = str_contains(t, tools[k]);
		if (!is_known)
			return false;
	}
	return has_verb;
}

static bool is_init_script(struct str path)
{
	return str_starts(path, "/etc/init.d/") || str_starts(path, "/etc/rc.d/init.d/");
}

/* "eval $X", where X has more than one command: the shell reads the fields again. */
static bool evaluates_several(const struct sh_fields *f)
{
	for (size_t i = 1; i < f->n && str_is(sh_field_text(f, 0), "eval"); i++) {
		struct str t = sh_field_text(f, i);
		for (size_t k = 0; k < t.n; k++)
			if (strchr(";&|\n`(", t.p[k]))
				return true;
	}
	return false;
}

static bool is_service(struct str name)
{
	return str_is(name, "service") || str_is(name, "systemctl") || str_is(name, "invoke-rc.d");
}

struct sh_program sh_program_find(const struct sh_fields *f, const struct hash *functions)
{
	struct sh_program p = { .kind = SH_OTHER,
				.why = "fwlint cannot tell the name of the program" };
	if (!f->n)
		return p;
	p.at = behind_prefixes(f);
	struct str whole = sh_field_text(f, p.at), name = base_name(whole);
	if (str_is(whole, ".") || str_is(whole, "source")) {
		p.why = "fwlint does not read the other file here";
		return p;
	}
	if (evaluates_several(f)) {
		p.why = SH_NOT_FOLLOWED;
		return p;
	}
	for (size_t i = 0; i < ARRAY_SIZE(programs) && !is_init_script(whole); i++)
		if (str_is(name, programs[i].name)) {
			p.kind = programs[i].kind;
			p.v6 = programs[i].v6;
			p.variant = programs[i].variant;
			bool is_firewall = p.kind == SH_IPTABLES || p.kind == SH_RESTORE ||
					   p.kind == SH_NFT;
			if (is_firewall && only_looks(f, &p))
				p.kind = SH_SUCCEEDS;
			return p;
		}
	p.why = "fwlint does not know what this program does to the ruleset";
	if (str_is(name, "ip") && (has_argument(f, p.at, "exec") || has_argument(f, p.at, "-n") ||
				   has_argument(f, p.at, "-netns")))
		p.why = "this works on another network namespace";
	else if (sh_is_in(name, succeed, ARRAY_SIZE(succeed)))
		p.kind = SH_SUCCEEDS;
	else if (is_service(name) && !is_no_start(f, p.at))
		p.kind = SH_OTHER;
	else if (sh_is_in(name, unclear, ARRAY_SIZE(unclear)) ||
		 (functions && hash_get(functions, whole)))
		p.kind = SH_HARMLESS;
	else if (is_harmless_install(f, p.at) || (is_init_script(whole) && is_no_start(f, p.at)))
		p.kind = SH_HARMLESS;
	return p;
}
