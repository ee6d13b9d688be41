/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwlint trace PACKET... -- FILE... */
#include "host.h"

#include <fwlint/prove.h>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <unistd.h>

struct tracing {
	struct settings *settings;
	char **packets;
	size_t n_packets;
	char **files;
	int n_files;
	const struct ruleset *ruleset;
	VEC(struct traced *) done;
};

/* ---- what is traced, and in what ---- */

/* Files stand behind "--"; without it the last argument is one, if there is such a file. */
static void split(struct tracing *t, int argc, char **argv)
{
	int n = t->settings->n_behind;
	bool is_file = argc > 1 && !n && !t->settings->live &&
		       (strcmp(argv[argc - 1], "-") == 0 || access(argv[argc - 1], F_OK) == 0);
	if (is_file)
		n = 1;
	t->packets = argv;
	t->n_packets = (size_t)(argc - n);
	t->files = argv + argc - n;
	t->n_files = n;
}

static const char *wrong_arguments(const struct tracing *t)
{
	if (!t->n_packets)
		return "which packet? usage: fwlint trace PACKET... -- FILE... (see fwlint trace "
		       "--help)";
	for (size_t i = 0; i + 1 < t->n_packets || (t->n_files && i < t->n_packets); i++)
		if (strcmp(t->packets[i], "-") == 0)
			return "- (standard input) is a FILE: put it after --";
	return NULL;
}

static u128 bytes_of(const void *p, unsigned n)
{
	const unsigned char *b = p;
	u128 v = 0;
	for (unsigned i = 0; i < n; i++)
		v = v << 8 | b[i];
	return v;
}

/* Of an address of the kernel's; false: of neither family. */
static bool number_of(const struct sockaddr *sa, bool *v6, u128 *ret)
{
	*v6 = sa && sa->sa_family == AF_INET6;
	if (!sa || (sa->sa_family != AF_INET && !*v6))
		return false;
	*ret = *v6 ? bytes_of(&((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr, 16)
		   : bytes_of(&((const struct sockaddr_in *)(const void *)sa)->sin_addr, 4);
	return true;
}

/* The addresses of this network namespace. */
static void add_own_addresses(struct settings *s)
{
	struct ifaddrs *list;
	if (getifaddrs(&list))
		return; /* then they are assumed */
	for (const struct ifaddrs *i = list; i; i = i->ifa_next) {
		bool v6, ignored;
		u128 address, mask = 0;
		if (!number_of(i->ifa_addr, &v6, &address))
			continue;
		struct host_address x = { .family = v6 ? NFPROTO_VALUE_IPV6 : NFPROTO_VALUE_IPV4,
					  .local = { address, address },
					  .interface = ifname_value(str_from(i->ifa_name)),
					  .net = { 1, 0 } };
		if (number_of(i->ifa_netmask, &ignored, &mask) && mask)
			x.net = (struct range){ address & mask,
						address | (~mask & (v6 ? ~(u128)0 : UINT32_MAX)) };
		vec_push(s->arena, &s->addresses, x);
	}
	freeifaddrs(list);
}

/* ---- the packets ---- */

static bool is_test_of(const struct ruleset *rs, struct str text)
{
	for (size_t i = 0; i < rs->n_vars; i++)
		if (str_eq(rs->vars[i]->text, text))
			return true;
	return false;
}

static int trace_all(struct tracing *t)
{
	const struct settings *s = t->settings;
	int status = EXIT_CLEAN;
	const struct trace_request request = { .path = s->path,
					       .reply = s->reply,
					       .assumptions = s->assumptions.items,
					       .n_assumptions = s->assumptions.n,
					       .addresses = s->addresses.items,
					       .n_addresses = s->addresses.n };
	for (size_t i = 0; i < s->assumptions.n; i++)
		if (!is_test_of(t->ruleset, s->assumptions.items[i].text)) {
			complain("--assume: no rule has the test '%.*s'",
				 STR_FMT(s->assumptions.items[i].text));
			return EXIT_INPUT;
		}
	for (size_t i = 0; i < t->n_packets; i++) {
		struct diags d = { .arena = s->arena };
		struct source *text = source_new(s->arena, "packet", t->packets[i],
						 strlen(t->packets[i]));
		struct traced *one = arena_new_one(s->arena, struct traced);
		if (trace_packet(t->ruleset, text, &request, s->arena, &d, one)) {
			vec_push(s->arena, &t->done, one);
			continue;
		}
		report_diags(stderr, text, &d, s->quiet, want_colour(s, stderr));
		status = EXIT_INPUT;
	}
	return status;
}

/* Sends each through the kernel; returns an exit status. */
static int prove_all(struct tracing *t, const struct input *in)
{
	struct arena *a = t->settings->arena;
	int status = EXIT_CLEAN;
	if (t->settings->live || t->n_files > 1) {
		complain("--prove takes one FILE");
		return EXIT_INPUT;
	}
	const char *why = prove_is_possible();
	if (why) {
		complain("nothing can be proved here: %s", why);
		return EXIT_SYSTEM;
	}
	for (size_t i = 0; i < t->done.n; i++) {
		struct traced *one = t->done.items[i];
		struct passed *passed = arena_new_one(a, struct passed);
		struct passage_of of = { .rs = t->ruleset,
					 .text = { in->source->text, in->source->len },
					 .folder = path_folder(t->n_files ? t->files[0] : "", a),
					 .path = one->path,
					 .packet = &one->packet,
					 .way = &one->way };
		*passed = prove_packet(&of);
		one->passed = passed;
		if (!passed->agrees)
			status = EXIT_FOUND;
	}
	return status;
}

static int print(const struct tracing *t, int status)
{
	struct outputs out = outputs_open(t->settings, NULL);
	for (size_t i = 0; i < out.n; i++)
		out.printers[i].format->trace(&out.printers[i],
					      (const struct traced *const *)t->done.items,
					      t->done.n);
	return outputs_close(&out, status);
}

static int run(int argc, char **argv, struct settings *s)
{
	struct tracing t = { .settings = s };
	struct input in;
	split(&t, argc, argv);
	const char *why = wrong_arguments(&t);
	if (why) {
		complain("%s", why);
		return EXIT_INPUT;
	}
	int status = host_read(&in, t.n_files, t.files, s);
	if (status)
		return status;
	if (s->live)
		add_own_addresses(s);
	t.ruleset = in.ruleset;
	status = trace_all(&t);
	if (status)
		return status;
	if (s->prove)
		status = prove_all(&t, &in);
	return status > EXIT_FOUND ? status : print(&t, status);
}

// clang-format off
const struct command command_trace = {
	.name = "trace", .arguments = "[options] PACKET... [--live | -- FILE...]",
	.about = "what becomes of a packet, rule by rule",
	.help = "Follows a packet through the ruleset, hook by hook, chain by chain, rule by rule, with address\n"
		"translation. Write PACKET as fwlint prints a witness ('NEW tcp 192.0.2.10:40123 ->\n"
		"198.51.100.20:443, flags SYN, in eth0'), or as nft matches ('iifname \"eth0\" tcp dport 443').\n"
		"What you leave out gets a likely value, which is printed as assumed. Several FILEs are the\n"
		"ruleset of one host; without one, standard input is read. Exit status: 0 it was followed,\n"
		"1 with --prove: the kernel does otherwise, or it was not sent, 2 an input is wrong, 3 fwlint or\n"
		"the system failed.",
	.min = 1, .max = MANY,
	.options = OPTIONS(OPT_PATH, OPT_LOCAL, OPT_ASSUME, OPT_REPLY, OPT_PROVE, OPTIONS_OF_HOST),
	.prints = PRODUCT_TRACE, .rights = RIGHTS_FILES,
	.run = run,
};
// clang-format on
