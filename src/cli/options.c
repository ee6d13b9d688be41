/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of all subcommands: one table; see parse.c and help.c for what reads it. */
#include "options.h"

#include <stddef.h>

/* ---- values ---- */

static bool set_live(struct settings *s, const char *value)
{
	s->live = true;
	s->backend = value ? backend_find(value) : NULL;
	return !value || s->backend;
}

static bool set_number(const char *value, uint32_t max, uint32_t *ret)
{
	u128 n;
	if (!str_number(str_from(value), max, &n))
		return false;
	*ret = (uint32_t)n;
	return true;
}

static bool set_watch_for(struct settings *s, const char *value)
{
	return set_number(value, 10 * 366 * 86400, &s->watch_for) && s->watch_for;
}

static bool set_confirm_within(struct settings *s, const char *value)
{
	s->needs_live = "--confirm-within";
	return set_number(value, 86400, &s->confirm_within);
}

static bool set_keep_open(struct settings *s, const char *value)
{
	s->needs_live = "--keep-open";
	s->keep_open = value;
	return session_is_valid(value);
}

static bool set_save(struct settings *s, const char *value)
{
	(void)value;
	s->needs_live = "--save";
	s->save = true;
	return true;
}

/* A repeated option adds to the list; the command line replaces that of the configuration. */
static bool add_list(struct settings *s, enum option_id id, const char **list, const char *value)
{
	const char *before = s->is_configured[id] && !s->is_reading_config ? NULL : *list;
	s->is_configured[id] = false;
	*list = before ? arena_printf(s->arena, "%s,%s", before, value) : value;
	return str_trim(str_from(value)).n;
}

static bool set_owned_chains(struct settings *s, const char *value)
{
	return add_list(s, OPT_OWNED_CHAINS, &s->job.read.host.owned_chains, value);
}

static bool set_interfaces(struct settings *s, const char *value)
{
	struct str rest = str_from(value), name;
	while ((name = host_next(&rest)).n)
		if (name.n > 15) /* IFNAMSIZ */
			return false;
	return add_list(s, OPT_INTERFACES, &s->job.read.host.interfaces, value);
}

static bool set_hazards(struct settings *s, const char *value)
{
	struct str rest = str_from(value), name;
	while ((name = host_next(&rest)).n)
		if (!hazard_known(name))
			return false;
	return add_list(s, OPT_HAZARDS, &s->job.read.host.hazards, value);
}

static bool set_target(struct settings *s, const char *value)
{
	s->job.read.target = value;
	return *value;
}

static bool set_conntrack_count(struct settings *s, const char *value)
{
	s->has_conntrack_count = true;
	return set_number(value, UINT32_MAX, &s->job.read.conntrack_count);
}

static bool set_format(struct settings *s, const char *value)
{
	struct str rest = str_from(value), name = str_cut(&rest, '=');
	const struct format *f = format_find(arena_strndup(s->arena, name.p, name.n));
	if (f && rest.p && rest.n)
		s->files[s->n_files++] = (struct output_file){ f, rest.p };
	else if (rest.p)
		return false;
	else if (f)
		s->format = f;
	s->has_format |= f && !rest.p;
	return f;
}

/* A repeated option adds to its list; the command line replaces that of the configuration. */
static bool add_codes(struct settings *s, enum option_id id, const char **list, const char *value)
{
	const char *before = s->is_configured[id] && !s->is_reading_config ? NULL : *list;
	s->is_configured[id] = false;
	*list = before ? arena_printf(s->arena, "%s,%s", before, value) : value;
	return !selection_unknown(value).p;
}

static bool set_select(struct settings *s, const char *value)
{
	return add_codes(s, OPT_SELECT, &s->job.selection.select, value);
}

static bool set_extend_select(struct settings *s, const char *value)
{
	return add_codes(s, OPT_EXTEND_SELECT, &s->job.selection.extend, value);
}

static bool set_ignore(struct settings *s, const char *value)
{
	note_errors(value);
	return add_codes(s, OPT_IGNORE, &s->job.selection.ignore, value);
}

static bool set_profile(struct settings *s, const char *value)
{
	return profile_find(value, &s->job.selection.profile);
}

/* The index of the word in the list; false: it is not in the list. */
static bool set_word(const char *value, const char *const *words, unsigned *ret)
{
	for (unsigned i = 0; words[i]; i++)
		if (strcmp(value, words[i]) == 0) {
			*ret = i;
			return true;
		}
	return false;
}

bool severity_find(const char *value, enum severity *ret)
{
	for (int i = SEV_NOTE; i <= SEV_ERROR; i++)
		if (strcmp(value, severity_name((enum severity)i)) == 0) {
			*ret = (enum severity)i;
			return true;
		}
	return false;
}

static bool set_fail_on(struct settings *s, const char *value)
{
	return severity_find(value, &s->fail_on);
}

static bool set_severity(struct settings *s, const char *value)
{
	return severity_find(value, &s->shown);
}

static bool set_verdict(struct settings *s, const char *value)
{
	static const enum verdict_kind kinds[] = { VERDICT_ACCEPT, VERDICT_DROP, VERDICT_REJECT };
	unsigned i;
	if (!set_word(value, verdict_option_words, &i))
		return false;
	s->has_verdict = true;
	s->verdict = kinds[i];
	return true;
}

static bool set_dialect(struct settings *s, const char *value)
{
	s->job.read.dialect = dialect_find(value);
	return s->job.read.dialect;
}

static bool set_loader(struct settings *s, const char *value)
{
	struct str rest = str_from(value), name = str_cut(&rest, '=');
	enum loader loader = loader_find(arena_strndup(s->arena, name.p, name.n));
	enum program program;
	if (loader == LOADER_ANY)
		return false;
	/* "nft=VERSION" is about files of nft: the loader for files of iptables stays */
	if (!rest.p || !str_is(name, "nft") || s->job.read.loader == LOADER_ANY)
		s->job.read.loader = loader;
	return !rest.p || (program_find(name, &program) &&
			   version_read(rest.p, &s->job.read.versions[program]));
}

static bool set_kernel(struct settings *s, const char *value)
{
	return version_read(value, &s->job.read.versions[PROGRAM_KERNEL]);
}

static bool add_include_dir(struct settings *s, const char *value)
{
	struct read_options *r = &s->job.read;
	size_t n = r->n_include_dirs++;
	const char **longer = arena_new_array(s->arena, const char *, n + 1);
	if (n)
		memcpy(longer, r->include_dirs, n * sizeof(*longer));
	longer[n] = value;
	r->include_dirs = longer;
	return true;
}

static bool add_sysctl(struct settings *s, const char *value)
{
	struct read_options *r = &s->job.read;
	size_t n = r->n_sysctl_files++;
	const char **longer = arena_new_array(s->arena, const char *, n + 1);
	if (n)
		memcpy(longer, r->sysctl_files, n * sizeof(*longer));
	longer[n] = value;
	r->sysctl_files = longer;
	return true;
}

static bool set_dump(struct settings *s, const char *value)
{
	unsigned i;
	if (!set_word(value, dump_words, &i) || i == DUMP_NOTHING)
		return false;
	s->dump = i;
	return true;
}

static bool set_color(struct settings *s, const char *value)
{
	unsigned i;
	if (!set_word(value, colour_words, &i))
		return false;
	s->colour = i;
	return true;
}

/* A comment of one line. */
static bool set_add_allow(struct settings *s, const char *value)
{
	s->add_allow = value ? value : "was there before fwlint came";
	return *s->add_allow && str_is_visible(str_from(s->add_allow)) &&
	       str_trim(str_from(s->add_allow)).n;
}

/* "forward", "bridge input" (or "bridge-input") */
static bool set_path(struct settings *s, const char *value)
{
	for (unsigned p = 0; p < PATH_COUNT; p++) {
		const char *name = path_name((enum path)p);
		size_t i = 0;
		while (name[i] && (name[i] == value[i] || (name[i] == ' ' && value[i] == '-')))
			i++;
		if (name[i] || value[i])
			continue;
		s->path = (enum path)p;
		return true;
	}
	return false;
}

/* ADDR[/LENGTH], several with commas */
static bool add_local(struct settings *s, const char *value)
{
	struct str rest = str_from(value);
	while (rest.p) {
		struct host_address x;
		if (!host_address_read(str_cut(&rest, ','), &x))
			return false;
		vec_push(s->arena, &s->addresses, x);
	}
	return true;
}

/* TEXT=yes or TEXT=no; the text may hold '=' */
static bool add_assume(struct settings *s, const char *value)
{
	struct str v = str_from(value), yes = STR("=yes"), no = STR("=no");
	bool is_yes = v.n > yes.n && memcmp(v.p + v.n - yes.n, yes.p, yes.n) == 0;
	bool is_no = v.n > no.n && memcmp(v.p + v.n - no.n, no.p, no.n) == 0;
	struct assumption x = { { v.p, v.n - (is_yes ? yes.n : no.n) }, is_yes };
	if (is_yes || is_no)
		vec_push(s->arena, &s->assumptions, x);
	return is_yes || is_no;
}

static bool set_jobs(struct settings *s, const char *value)
{
	return set_number(value, 1024, &s->n_jobs) && s->n_jobs;
}

/* ---- the table ---- */

// clang-format off
const struct row option_rows[N_OPTIONS] = {
// clang-format on
#define AT(member) offsetof(struct settings, member), NULL, 0
#define BY(function) 0, function, 0
	[OPT_LIVE] = { "live", "[=BACKEND]",
		       "read the running ruleset: nft, iptables-nft, legacy, or all of them",
		       BY(set_live), CONFIG_NEVER },
	[OPT_TOGETHER] = { "together", NULL,
			   "the FILEs are the ruleset of one host: a packet passes the chains of "
			   "all",
			   AT(together), CONFIG_NEVER },
	[OPT_NETNS] = { "netns", "NAME|PATH", "with --live: of this network namespace", AT(netns),
			CONFIG_NEVER },
	[OPT_DIFF] = { "diff", NULL, "print only the unified diff of the fixes", AT(diff),
		       CONFIG_NEVER },
	[OPT_FIX] = { "fix", NULL, "print only the corrected ruleset", AT(fix), CONFIG_NEVER },
	[OPT_APPLY] = { "apply", NULL,
			"write the fixes into FILE (backup FILE~), with --live into the kernel",
			AT(apply), CONFIG_NEVER },
	[OPT_BACKUP_DIR] = { "backup-dir", "DIR", "put the backups here", AT(job.backup_dir),
			     CONFIG_TRUSTED },
	[OPT_CONFIRM_WITHIN] = { "confirm-within", "SECONDS",
				 "undo the live change unless it is confirmed (60; 0: keep "
				 "it)",
				 BY(set_confirm_within), CONFIG_NEVER },
	[OPT_KEEP_OPEN] = { "keep-open", "ADDR:PORT",
			    "keep this open as well as the ssh session; none: do not check",
			    BY(set_keep_open), CONFIG_NEVER },
	[OPT_SAVE] = { "save", NULL, "once confirmed, also fix the file that is loaded at boot",
		       BY(set_save), CONFIG_NEVER },
	[OPT_FORCE] = { "force", NULL,
			"end a guardian that does not answer; do not wait for the lock of iptables",
			AT(force), CONFIG_NEVER },
	[OPT_DRY_RUN] = { "dry-run", NULL, "with --apply: say what would be done, write nothing",
			  AT(dry_run), CONFIG_NEVER },
	[OPT_UNSAFE_FIXES] = { "unsafe-fixes", NULL, "also use unsafe fixes", AT(job.fix.unsafe),
			       CONFIG_TRUSTED },
	[OPT_TIDY] = { "tidy", NULL, "also tidy up: edits that change no verdict", AT(job.fix.tidy),
		       CONFIG_TRUSTED },
	[OPT_FORMAT] = { "format", "NAME[=FILE]", "how to print, and where to: see below",
			 BY(set_format), CONFIG_ANY },
	[OPT_OUTPUT] = { "output", "FILE", "print into FILE, all or nothing", AT(output),
			 CONFIG_NEVER },
	[OPT_STATISTICS] = { "statistics", NULL, "print the number of findings of each check",
			     AT(statistics), CONFIG_ANY },
	[OPT_SELECT] = { "select", "CODES", "only these checks: FW101,FW102 or prefixes (FW1)",
			 BY(set_select), CONFIG_ANY },
	[OPT_EXTEND_SELECT] = { "extend-select", "CODES", "also these checks",
				BY(set_extend_select), CONFIG_ANY },
	[OPT_IGNORE] = { "ignore", "CODES", "not these checks", BY(set_ignore), CONFIG_ANY },
	[OPT_PROFILE] = { "profile", "default|hardening|all",
			  "the checks that are on without --select (see fwlint checks)",
			  BY(set_profile), CONFIG_ANY },
	[OPT_FAIL_ON] = { "fail-on", "SEVERITY",
			  "error, warning (default) or note: exit 1 from this severity on",
			  BY(set_fail_on), CONFIG_ANY },
	[OPT_EXIT_ZERO] = { "exit-zero", NULL, "exit 0 even if there are findings", AT(exit_zero),
			    CONFIG_ANY },
	[OPT_SEVERITY] = { "severity", "SEVERITY",
			   "show and fix findings of this severity or above (warning)",
			   BY(set_severity), CONFIG_ANY },
	[OPT_VERDICT] = { "verdict", "VERDICT",
			  "does every packet have this verdict: accept, drop or reject",
			  BY(set_verdict), CONFIG_NEVER },
	[OPT_DIALECT] = { "dialect", "NAME", "do not detect the dialect: see below",
			  BY(set_dialect), CONFIG_ANY },
	[OPT_LOADER] = { "loader", "NAME[=VERSION]",
			 "the file is for nft, iptables-legacy or iptables-nft (see FW002)",
			 BY(set_loader), CONFIG_ANY },
	[OPT_KERNEL] = { "kernel", "VERSION",
			 "the file is for this version of Linux: newer features are FW002",
			 BY(set_kernel), CONFIG_ANY },
	[OPT_INCLUDE_DIR] = { "include-dir", "DIR",
			      "look here for included files, as nft -I (may be given again)",
			      BY(add_include_dir), CONFIG_TRUSTED },
	[OPT_INCLUDE_ANY] = { "include-any", NULL,
			      "include files from anywhere, not only FILE's directory, "
			      "/etc/nftables* and DIR",
			      AT(job.read.include_any), CONFIG_TRUSTED },
	[OPT_NO_INCLUDE] = { "no-include", NULL, "include nothing", AT(job.read.no_include),
			     CONFIG_ANY },
	[OPT_SYSCTL] = { "sysctl", "FILE",
			 "apply these kernel settings (sysctl -a, sysctl.d; may be given again)",
			 BY(add_sysctl), CONFIG_TRUSTED },
	[OPT_CONNTRACK_COUNT] = { "conntrack-count", "N",
				  "connections now, compared with nf_conntrack_max of --sysctl",
				  BY(set_conntrack_count), CONFIG_TRUSTED },
	[OPT_OWNED_CHAINS] = { "owned-chains", "PATTERNS",
			       "chains that another program writes: insert no rule there",
			       BY(set_owned_chains), CONFIG_ANY },
	[OPT_HAZARDS] = { "hazards", "HAZARDS",
			  "asymmetric-routing, failover, fast-path: fixes are unsafe here",
			  BY(set_hazards), CONFIG_ANY },
	[OPT_INTERFACES] = { "interfaces", "NAMES",
			     "the host has only these interfaces, and lo: eth0,wg+",
			     BY(set_interfaces), CONFIG_TRUSTED },
	[OPT_STDIN_FILENAME] = { "stdin-filename", "NAME",
				 "name of standard input in messages and in the diff",
				 AT(job.read.stdin_name), CONFIG_NEVER },
	[OPT_TARGET] = { "target", "PATH",
			 "FILE is a copy for this place: read it as if it were there",
			 BY(set_target), CONFIG_NEVER },
	[OPT_BASELINE] = { "baseline", "FILE", "show only findings that this file does not have",
			   AT(baseline), CONFIG_TRUSTED },
	[OPT_WRITE_BASELINE] = { "write-baseline", "FILE", "write all findings into this file",
				 AT(write_baseline), CONFIG_NEVER },
	[OPT_ADD_ALLOW] = { "add-allow", "[=REASON]",
			    "write comments into FILE that allow its findings", BY(set_add_allow),
			    CONFIG_NEVER },
	[OPT_DIFF_BASE] = { "diff-base", "GIT-REF",
			    "show only findings that FILE did not have in this commit",
			    AT(diff_base), CONFIG_NEVER },
	[OPT_CONFIG] = { "config", "FILE",
			 "read this configuration instead of the nearest .fwlint.ini", AT(config),
			 CONFIG_NEVER },
	[OPT_NO_CONFIG] = { "no-config", NULL, "ignore configuration files", AT(no_config),
			    CONFIG_NEVER },
	[OPT_SHOW_SETTINGS] = { "show-settings", NULL, "print the settings, and where each is from",
				AT(show_settings), CONFIG_NEVER },
	[OPT_FILTER] = { "filter", "EXPRESSION", "only packets that this pcap-filter(7) matches",
			 AT(filter), CONFIG_NEVER },
	[OPT_WRITE] = { "write", "FILE", "write the frames that the evidence names into this file",
			AT(write), CONFIG_NEVER },
	[OPT_INTERFACE] = { "interface", "NAME", "watch this interface (default: any)",
			    offsetof(struct settings, interface), NULL, 'i', CONFIG_NEVER },
	[OPT_FOR] = { "for", "SECONDS", "end after this time (default: when it is stopped)",
		      BY(set_watch_for), CONFIG_NEVER },
	[OPT_DUMP] = { "dump", "ast|flow|text",
		       "the parsed ruleset or what reaches each rule, as JSON; the text as read",
		       BY(set_dump), CONFIG_NEVER },
	[OPT_JOBS] = { "jobs", "N", "check N inputs at a time (default: one for each core)",
		       BY(set_jobs), CONFIG_NEVER },
	[OPT_MARKDOWN] = { "markdown", NULL, "as a page of Markdown", AT(markdown), CONFIG_NEVER },
	[OPT_COLOR] = { "color", "WHEN", "auto (default; respects NO_COLOR), always or never",
			BY(set_color), CONFIG_ANY },
	[OPT_PATH] = { "path", "NAME",
		       "the packet's way: input, forward or output (also bridge-input …)",
		       BY(set_path), CONFIG_NEVER },
	[OPT_LOCAL] = { "local", "ADDR[,ADDR]",
			"addresses or networks of the host (may be given again)", BY(add_local),
			CONFIG_NEVER },
	[OPT_ASSUME] = { "assume", "TEXT=yes|no",
			 "assume this answer of a test that fwlint cannot tell (may be given "
			 "again)",
			 BY(add_assume), CONFIG_NEVER },
	[OPT_REPLY] = { "reply", NULL, "follow the answer too", AT(reply), CONFIG_NEVER },
	[OPT_PROVE] = { "prove", NULL,
			"also send it through this kernel, in a namespace, and compare", AT(prove),
			CONFIG_NEVER },
	[OPT_VERBOSE] = { "verbose", NULL,
			  "the whole trace and the whole certificate of each finding",
			  offsetof(struct settings, verbose), NULL, 'v', CONFIG_ANY },
	[OPT_QUIET] = { "quiet", NULL, "one line per finding", offsetof(struct settings, quiet),
			NULL, 'q', CONFIG_ANY },
	[OPT_VERSION] = { "version", NULL, "print the version", 0, NULL, 0, CONFIG_NEVER },
	[OPT_HELP] = { "help", NULL, "print this help", 0, NULL, 'h', CONFIG_NEVER },
};

bool takes_option(const struct command *c, enum option_id id)
{
	for (const enum option_id *o = c->options; *o; o++)
		if (*o == id)
			return true;
	return id == OPT_VERSION || id == OPT_HELP;
}

int takes_argument(const struct row *r)
{
	return !r->argument            ? no_argument
	       : r->argument[0] == '[' ? optional_argument
				       : required_argument;
}

bool option_set(struct settings *s, enum option_id id, const char *value)
{
	const struct row *r = &option_rows[id];
	if (r->set)
		return r->set(s, value);
	if (r->argument)
		*(const char **)(void *)((char *)s + r->offset) = value;
	else
		*(bool *)(void *)((char *)s + r->offset) = true;
	return true;
}
