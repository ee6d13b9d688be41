/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of iptables-legacy: libiptc walks the entries, libxtables prints each
 * match and target. In a child process: extensions print to standard output,
 * and end the process on errors. The text is that of iptables-legacy-save (iptables/iptables.c,
 * print_rule4(), of iptables 1.8.9).
 */
#include "backend.h"
#include "legacy.h"

#include <fwlint/late_xtables.h>
#include <fwlint/process.h>

#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
/* ---- the head of a rule ---- */

static void print_interface(char letter, const char *name, const unsigned char *mask, bool invert)
{
	/* iptables-legacy-save leaves out "! -i +" too, though no packet matches it */
	if (!name[0] || (name[0] == '+' && !mask[0]))
		return;
	/* the mask of a full name includes its NUL; the mask of a wildcard leaves out the '+' */
	size_t n = 0, len = strnlen(name, IFNAMSIZ);
	while (n < IFNAMSIZ && mask[n])
		n++;
	printf("%s -%c %.*s%s", invert ? " !" : "", letter, (int)n, name, n > len ? "" : "+");
}

/* A cache of this child process: getprotobynumber() reads /etc/protocols each time. */
static char protocol_names[256][32];

static const char *protocol_name(uint8_t number)
{
	char *name = protocol_names[number];
	if (name[0])
		return name;
	const struct protoent *known = getprotobynumber(number);
	const char *found = known ? known->p_name : NULL;
	for (size_t i = 0; !found && xtables_chain_protos[i].name; i++)
		if (xtables_chain_protos[i].num == number)
			found = xtables_chain_protos[i].name;
	if (found)
		snprintf(name, sizeof(protocol_names[0]), "%s", found);
	else
		snprintf(name, sizeof(protocol_names[0]), "%u", number);
	return name;
}

static void print_protocol(unsigned number, bool invert)
{
	if (number)
		printf("%s -p %s", invert ? " !" : "", protocol_name((uint8_t)number));
}

static void print_address4(char letter, const struct in_addr *addr, const struct in_addr *mask,
			   bool invert)
{
	int bits = xtables_ipmask_to_cidr(mask);
	if (!addr->s_addr && !mask->s_addr && !invert)
		return;
	printf("%s -%c %s/", invert ? " !" : "", letter, xtables_ipaddr_to_numeric(addr));
	if (bits >= 0)
		printf("%d", bits);
	else
		printf("%s", xtables_ipaddr_to_numeric(mask));
}

static void print_address6(char letter, const struct in6_addr *addr, const struct in6_addr *mask,
			   bool invert)
{
	int bits = xtables_ip6mask_to_cidr(mask);
	if (bits == 0 && !invert)
		return;
	printf("%s -%c %s/", invert ? " !" : "", letter, xtables_ip6addr_to_numeric(addr));
	if (bits >= 0)
		printf("%d", bits);
	else
		printf("%s", xtables_ip6addr_to_numeric(mask));
}

static void print_head4(const void *entry)
{
	const struct ipt_ip *ip = &((const struct ipt_entry *)entry)->ip;
	print_address4('s', &ip->src, &ip->smsk, ip->invflags & IPT_INV_SRCIP);
	print_address4('d', &ip->dst, &ip->dmsk, ip->invflags & IPT_INV_DSTIP);
	print_interface('i', ip->iniface, ip->iniface_mask, ip->invflags & IPT_INV_VIA_IN);
	print_interface('o', ip->outiface, ip->outiface_mask, ip->invflags & IPT_INV_VIA_OUT);
	print_protocol(ip->proto, ip->invflags & XT_INV_PROTO);
	if (ip->flags & IPT_F_FRAG)
		printf("%s -f", ip->invflags & IPT_INV_FRAG ? " !" : "");
}

static void print_head6(const void *entry)
{
	const struct ip6t_ip6 *ip = &((const struct ip6t_entry *)entry)->ipv6;
	print_address6('s', &ip->src, &ip->smsk, ip->invflags & IP6T_INV_SRCIP);
	print_address6('d', &ip->dst, &ip->dmsk, ip->invflags & IP6T_INV_DSTIP);
	print_interface('i', ip->iniface, ip->iniface_mask, ip->invflags & IP6T_INV_VIA_IN);
	print_interface('o', ip->outiface, ip->outiface_mask, ip->invflags & IP6T_INV_VIA_OUT);
	print_protocol(ip->proto, ip->invflags & XT_INV_PROTO);
}

/* ---- the families ---- */

static const void *first_rule4(const char *chain, struct xtc_handle *h)
{
	return iptc_first_rule(chain, h);
}
static const void *first_rule6(const char *chain, struct xtc_handle *h)
{
	return ip6tc_first_rule(chain, h);
}
static const void *next_rule4(const void *prev, struct xtc_handle *h)
{
	return iptc_next_rule(prev, h);
}
static const void *next_rule6(const void *prev, struct xtc_handle *h)
{
	return ip6tc_next_rule(prev, h);
}
static const char *target4(const void *e, struct xtc_handle *h)
{
	return iptc_get_target(e, h);
}
static const char *target6(const void *e, struct xtc_handle *h)
{
	return ip6tc_get_target(e, h);
}
static size_t size4(const void *e)
{
	return ((const struct ipt_entry *)e)->next_offset;
}
static size_t size6(const void *e)
{
	return ((const struct ip6t_entry *)e)->next_offset;
}
static size_t target_offset4(const void *e)
{
	return ((const struct ipt_entry *)e)->target_offset;
}
static size_t target_offset6(const void *e)
{
	return ((const struct ip6t_entry *)e)->target_offset;
}
static bool is_goto4(const void *e)
{
	return ((const struct ipt_entry *)e)->ip.flags & IPT_F_GOTO;
}
static bool is_goto6(const void *e)
{
	return ((const struct ip6t_entry *)e)->ipv6.flags & IP6T_F_GOTO;
}

/* Clears the counters, and what libiptc itself keeps in an entry. */
static void forget4(void *e)
{
	struct ipt_entry *x = e;
	x->nfcache = x->comefrom = 0;
	memset(&x->counters, 0, sizeof(x->counters));
}

static void forget6(void *e)
{
	struct ip6t_entry *x = e;
	x->nfcache = x->comefrom = 0;
	memset(&x->counters, 0, sizeof(x->counters));
}

static const void *ip4(const void *e)
{
	return &((const struct ipt_entry *)e)->ip;
}
static const void *ip6(const void *e)
{
	return &((const struct ip6t_entry *)e)->ipv6;
}

static int insert4(const xt_chainlabel chain, const void *e, unsigned number, struct xtc_handle *h)
{
	return iptc_insert_entry(chain, e, number, h);
}

static int insert6(const xt_chainlabel chain, const void *e, unsigned number, struct xtc_handle *h)
{
	return ip6tc_insert_entry(chain, e, number, h);
}

static int delete4(const xt_chainlabel chain, unsigned number, struct xtc_handle *h)
{
	return iptc_delete_num_entry(chain, number, h);
}

static int delete6(const xt_chainlabel chain, unsigned number, struct xtc_handle *h)
{
	return ip6tc_delete_num_entry(chain, number, h);
}

static const struct xtc_ops *ops4(void)
{
	return &iptc_ops;
}

static const struct xtc_ops *ops6(void)
{
	return &ip6tc_ops;
}

// clang-format off
const struct legacy_family legacy_families[2] = {
	{ FAMILY_IP, NFPROTO_IPV4, "iptables-legacy", "iptables-legacy-restore", "/proc/net/ip_tables_names",
	  ops4, first_rule4, next_rule4, target4, insert4, delete4, size4, target_offset4,
	  print_head4, is_goto4, sizeof(struct ipt_entry), ip4, forget4 },
	{ FAMILY_IP6, NFPROTO_IPV6, "ip6tables-legacy", "ip6tables-legacy-restore", "/proc/net/ip6_tables_names",
	  ops6, first_rule6, next_rule6, target6, insert6, delete6, size6, target_offset6,
	  print_head6, is_goto6, sizeof(struct ip6t_entry), ip6, forget6 },
};
// clang-format on

/* ---- rules as text: in a child ---- */

static void fail(enum xtables_exittype status, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 2, 3)));
static void fail(enum xtables_exittype status, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	exit((int)status);
}

static void print_match(const struct xt_entry_match *m, const void *ip)
{
	const char *name = m->u.user.name;
	const struct xtables_match *any = xtables_find_match(name, XTF_TRY_LOAD, NULL);
	if (!any)
		fail(OTHER_PROBLEM, "libxtables has no extension for the match '%s'", name);
	const struct xtables_match *x = xtables_find_match_revision(
		name, XTF_TRY_LOAD, (struct xtables_match *)(uintptr_t)any, m->u.user.revision);
	if (!x)
		fail(OTHER_PROBLEM, "libxtables does not know revision %u of the match '%s'",
		     m->u.user.revision, name);
	printf(" -m %s", x->alias ? x->alias(m) : name);
	if (x->save)
		x->save(ip, m);
}

static void print_target(const struct legacy_family *f, const void *entry, struct xtc_handle *h)
{
	const struct xt_entry_target *t = (const void *)((const char *)entry +
							 f->target_offset(entry));
	const char *name = f->target(entry, h);
	if (!t->u.user.name[0]) {
		if (name && name[0])
			printf(" -%c %s", f->is_goto(entry) ? 'g' : 'j', name);
		return;
	}
	const struct xtables_target *any = xtables_find_target(t->u.user.name, XTF_TRY_LOAD);
	if (!any)
		fail(OTHER_PROBLEM, "libxtables has no extension for the target '%s'",
		     t->u.user.name);
	const struct xtables_target *x = xtables_find_target_revision(
		t->u.user.name, XTF_TRY_LOAD, (struct xtables_target *)(uintptr_t)any,
		t->u.user.revision);
	if (!x)
		fail(OTHER_PROBLEM, "libxtables does not know revision %u of the target '%s'",
		     t->u.user.revision, name);
	printf(" -j %s", x->alias ? x->alias(t) : name);
	if (x->save)
		x->save(f->ip(entry), t);
}

static void print_rule(const struct legacy_family *f, const char *chain, const void *entry,
		       struct xtc_handle *h)
{
	printf("-A %s", chain);
	f->print_head(entry);
	for (size_t at = f->head, end = f->target_offset(entry); at < end;) {
		const struct xt_entry_match *m = (const void *)((const char *)entry + at);
		print_match(m, f->ip(entry));
		at += m->u.match_size;
	}
	print_target(f, entry, h);
	putchar('\n');
}

static int print_table(const struct legacy_family *f, const char *table)
{
	struct xtc_handle *h = f->ops()->init(table);
	if (!h) {
		fprintf(stderr, "table %s: %s", table, f->ops()->strerror(errno));
		return 1;
	}
	printf("*%s\n", table);
	for (const char *c = f->ops()->first_chain(h); c; c = f->ops()->next_chain(h)) {
		struct xt_counters n = { 0 };
		if (f->ops()->builtin(c, h))
			printf(":%s %s [%llu:%llu]\n", c, f->ops()->get_policy(c, &n, h),
			       (unsigned long long)n.pcnt, (unsigned long long)n.bcnt);
		else
			printf(":%s - [0:0]\n", c);
	}
	for (const char *c = f->ops()->first_chain(h); c; c = f->ops()->next_chain(h))
		for (const void *e = f->first_rule(c, h); e; e = f->next_rule(e, h))
			print_rule(f, c, e, h);
	puts("COMMIT");
	f->ops()->free(h);
	return 0;
}

/*
 * The tables that exist in this namespace, one per line; asking for another one would create it.
 * NULL, or why that is not known. A kernel whose module is not loaded has no such file
 * (net/netfilter/x_tables.c: xt_proto_init).
 */
static const char *legacy_tables(const struct legacy_family *f, struct arena *a, struct str *ret)
{
	struct text t = { .arena = a };
	char line[64];
	FILE *file = fopen(f->proc, "re");
	int why = errno;
	if (!file && (why != ENOENT || access("/proc/net/dev", F_OK) < 0))
		return arena_printf(a, "the tables of %s cannot be read: %s: %s%s", f->name,
				    f->proc, strerror(why), why == ENOENT ? " (mount /proc)" : "");
	while (file && fgets(line, sizeof(line), file))
		text_add(&t, str_from(line));
	if (file)
		fclose(file);
	*ret = text_str(&t);
	return NULL;
}

struct printing {
	const struct legacy_family *family;
	struct str tables;
	struct arena *arena;
};

static int print_all(void *arg)
{
	static struct option no_options[] = { { NULL, 0, NULL, 0 } };
	static struct xtables_globals globals = { .program_name = "fwlint",
						  .program_version = XTABLES_VERSION,
						  .orig_opts = no_options,
						  .exit_err = fail };
	const struct printing *p = arg;
	globals.compat_rev = xtables_compatible_revision;
	if (xtables_init_all(&globals, p->family->nfproto) < 0)
		return 1;
	struct str rest = p->tables;
	while (rest.n) {
		struct str line = str_cut(&rest, '\n');
		if (line.n && print_table(p->family, arena_strndup(p->arena, line.p, line.n)))
			return 1;
	}
	return 0;
}

static const char *legacy_print(const struct legacy_family *f, struct str tables, struct text *out)
{
	struct text errors = { .arena = out->arena };
	struct printing p = { f, tables, out->arena };
	return !process_call(print_all, &p, out, &errors)
		       ? NULL
		       : arena_printf(out->arena, "the tables of %s cannot be read: %s", f->name,
				      first_line(&errors, out->arena));
}

const char *legacy_read(struct arena *a, struct live_rulesets *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(legacy_families); i++) {
		const struct legacy_family *f = &legacy_families[i];
		struct text text = { .arena = a };
		struct str tables = { 0 };
		const char *why = legacy_tables(f, a, &tables);
		if (!why && tables.n)
			why = legacy_print(f, tables, &text);
		if (why)
			return why;
		if (!tables.n)
			continue;
		struct live_ruleset r = { .family = f->family,
					  .name = f->name,
					  .text = text_str(&text) };
		r.is_empty = dump_is_empty(r.text);
		vec_push(a, out, r);
	}
	return NULL;
}
