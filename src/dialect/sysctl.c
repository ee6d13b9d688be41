/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings of the kernel as `sysctl -a` prints them and sysctl.d(5) files hold
 * them: KEY = VALUE, with '.' or '/' in the key; '#' and ';' start comments; a '-' before the key
 * says that an error does not matter. The last line for a key counts.
 */
#include <fwlint/dialect.h>

// clang-format off
static const struct { const char *name; enum kernel_key key; } keys[] = {
	{ "net.netfilter.nf_conntrack_tcp_timeout_established", KERNEL_ESTABLISHED_TIMEOUT },
	{ "net.ipv4.netfilter.ip_conntrack_tcp_timeout_established", KERNEL_ESTABLISHED_TIMEOUT },
	{ "net.netfilter.nf_conntrack_tcp_loose", KERNEL_TCP_LOOSE },
	{ "net.ipv4.netfilter.ip_conntrack_tcp_loose", KERNEL_TCP_LOOSE },
	{ "net.netfilter.nf_conntrack_tcp_be_liberal", KERNEL_BE_LIBERAL },
	{ "net.ipv4.netfilter.ip_conntrack_tcp_be_liberal", KERNEL_BE_LIBERAL },
	{ "net.netfilter.nf_conntrack_max", KERNEL_CONNTRACK_MAX },
	{ "net.nf_conntrack_max", KERNEL_CONNTRACK_MAX },
	{ "net.ipv4.netfilter.ip_conntrack_max", KERNEL_CONNTRACK_MAX },
};
// clang-format on

/* sysctl.d(5): the first separator of the key says which one it uses. */
static bool same_key(struct str key, const char *name)
{
	if (key.n != strlen(name))
		return false;
	for (size_t i = 0; i < key.n; i++)
		if ((key.p[i] == '/' ? '.' : key.p[i]) != name[i])
			return false;
	return true;
}

static void read_line(const struct source_file *f, struct str line, struct diags *diags,
		      struct kernel_settings *ret)
{
	struct str rest = str_trim(line);
	if (!rest.n || rest.p[0] == '#' || rest.p[0] == ';')
		return;
	bool may_fail = rest.p[0] == '-';
	struct span span = { f->base + (uint32_t)(rest.p - f->text), (uint32_t)rest.n };
	struct str key = str_trim(str_cut(&rest, '='));
	if (may_fail) {
		key.p++;
		key.n--;
	}
	if (!rest.p) {
		/* "-KEY": an earlier glob does not apply to this key */
		if (!may_fail)
			diag_add(diags, span, ERROR_SYNTAX,
				 "expected 'name = value', as sysctl -a prints it");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		u128 value;
		if (!same_key(key, keys[i].name))
			continue;
		if (!str_number(str_trim(rest), UINT32_MAX, &value)) {
			diag_add(diags, span, ERROR_VALUE, "'%.*s' is not a number",
				 STR_FMT(str_trim(rest)));
			return;
		}
		ret->key[keys[i].key] = (struct kernel_setting){ true, value, span };
	}
}

void sysctl_read(const struct source_file *f, struct diags *diags, struct kernel_settings *ret)
{
	struct str rest = { f->text, f->len };
	while (rest.p)
		read_line(f, str_cut(&rest, '\n'), diags, ret);
}
