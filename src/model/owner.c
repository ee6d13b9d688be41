/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chains that another program writes, and where that program wants rules. */
#include <fwlint/model.h>

#include <fnmatch.h>

static const struct owner {
	const char *prefix, *advice;
	bool is_shut; /* the advice names no place for the administrator's rules */
} owners[] = {
	{ "DOCKER-USER", NULL, false }, /* made for the administrator's own rules */
	{ "DOCKER", "chain of Docker: put the rule into DOCKER-USER", false },
	/* kubernetes pull requests 74840 and 120412 */
	{ "KUBE-",
	  "chain of kube-proxy: it drops INVALID itself since Kubernetes 1.15 (in KUBE-FORWARD), "
	  "since 1.29 "
	  "only where nf_conntrack_tcp_be_liberal was 0 when it started",
	  true },
	{ "cali-",
	  "chain of Calico: use a GlobalNetworkPolicy, or the Felix setting for INVALID packets",
	  false },
	{ "CILIUM_", "chain of Cilium: it is rewritten by the agent", true },
	{ "OLD_CILIUM_", "chain of Cilium: it is rewritten by the agent", true },
	{ "FLANNEL-", "chain of Flannel: it is rewritten by the daemon", true },
	{ "CNI-", "chain of the container network: it is rewritten by the CNI plugin", true },
	{ "WEAVE-", "chain of Weave Net: it is rewritten by the daemon", true },
	{ "NETAVARK", "chain of Podman: it is rewritten by netavark", true },
	{ "ISTIO_", "chain of Istio: it is rewritten by istio-init", true },
	{ "LIBVIRT_",
	  "chain of libvirt: put the rule into the chain that jumps to it, or into a network hook",
	  false },
	{ "ts-", "chain of Tailscale: it is rewritten by the daemon", true },
	{ "PVEFW-",
	  "chain of Proxmox VE: it drops INVALID unless host.fw has nf_conntrack_allow_invalid",
	  true },
	{ "AWS-", "chain of the Amazon VPC CNI: it is rewritten by the daemon", true },
	{ "IP-MASQ", "chain of ip-masq-agent: it is rewritten by the daemon", true },
	{ "f2b-", "chain of fail2ban: put the rule into the chain that jumps to it", false },
	{ "fail2ban-", "chain of fail2ban: put the rule into the chain that jumps to it", false },
	{ "ufw-user-", "chain of ufw: put the rule into /etc/ufw/before.rules", false },
	{ "ufw6-user-", "chain of ufw: put the rule into /etc/ufw/before6.rules", false },
	{ "ufw-", "chain of ufw: put the rule into /etc/ufw/before.rules", false },
	{ "ufw6-", "chain of ufw: put the rule into /etc/ufw/before6.rules", false },
	{ "INPUT_ZONES",
	  "chain of firewalld: it is rewritten on each reload; use a direct rule or a policy",
	  false },
	{ "FORWARD_IN_ZONES", "chain of firewalld: it is rewritten on each reload", true },
	{ "FORWARD_OUT_ZONES", "chain of firewalld: it is rewritten on each reload", true },
	{ "IN_", "chain of firewalld: it is rewritten on each reload", true },
	{ "FWDI_", "chain of firewalld: it is rewritten on each reload", true },
	{ "FWDO_", "chain of firewalld: it is rewritten on each reload", true },
};

/* Whole nft tables; a name that ends with a dash is a prefix. */
// clang-format off
static const struct owner tables[] = {
	{ "firewalld", "chain of firewalld: its table is rewritten on each reload; use a policy or a rich rule", false },
	{ "libvirt_network", "chain of libvirt: its table is rewritten with each network", true },
	{ "f2b-table", "chain of fail2ban: put the rule into a table of your own", false },
	{ "lxd", "chain of LXD: put the rule into a table of your own", false },
	{ "incus", "chain of Incus: put the rule into a table of your own", false },
	/* kubernetes pull request 122663 */
	{ "kube-proxy", "chain of kube-proxy: it drops INVALID itself since Kubernetes 1.30 (in chain forward); put the "
			"rule into a table of your own", false },
	{ "calico", "chain of Calico: its table is rewritten; use a GlobalNetworkPolicy", false },
	{ "docker-bridges", "chain of Docker: put the rule into a table of your own", false },
	{ "netavark", "chain of Podman: its table is rewritten by netavark", true },
	{ "lxc", "chain of LXC: put the rule into a table of your own", false },
	{ "nm-shared-", "chain of NetworkManager: put the rule into a table of your own", false },
	{ "io.systemd.nat", "chain of systemd-networkd: put the rule into a table of your own", false },
	{ "wg-quick-", "chain of wg-quick: put the rule into a table of your own", false },
	{ "crowdsec", "chain of CrowdSec: put the rule into a table of your own", false },
	{ "crowdsec6", "chain of CrowdSec: put the rule into a table of your own", false },
	{ "sshguard", "chain of sshguard: put the rule into a table of your own", false },
};
// clang-format on

static bool is_named(const char *name, struct str table)
{
	size_t n = strlen(name);
	return name[n - 1] == '-' ? str_starts(table, name) : str_is(table, name);
}

static bool is_firewalld(const struct ruleset *rs)
{
	for (size_t i = 0; i < rs->n_chains; i++)
		if (str_is(rs->chains[i]->name, "INPUT_ZONES"))
			return true;
	return false;
}

static bool is_like(struct str name, struct str pattern, struct arena *a)
{
	return fnmatch(arena_strndup(a, pattern.p, pattern.n), arena_strndup(a, name.p, name.n),
		       0) == 0;
}

/*
 * Did the administrator say that a program owns the chain? A pattern with a slash also tests the
 * table's name.
 */
static bool is_said_to_be_owned(const struct ruleset *rs, const struct chain *c)
{
	struct arena *a = arena_new();
	struct str rest = str_from(rs->host && rs->host->owned_chains ? rs->host->owned_chains
								      : ""),
		   pattern;
	bool is = false;
	while (!is && (pattern = host_next(&rest)).n) {
		struct str chain = pattern, table = str_cut(&chain, '/');
		if (chain.p)
			is = is_like(c->table->name, table, a) && is_like(c->name, chain, a);
		else
			is = is_like(c->name, pattern, a);
	}
	arena_free(a);
	return is;
}

/* Is the file the one where ufw wants the administrator's rules? */
static bool is_file_of_ufw(const struct source *s)
{
	return strstr(s->name, "before.rules") || strstr(s->name, "before6.rules");
}

/* NULL: the administrator writes it. */
static const struct owner *owner_of(const struct ruleset *rs, const struct chain *c)
{
	static const struct owner said = { "",
					   "chain of another program, as owned-chains of the "
					   "configuration says",
					   true };
	if (is_said_to_be_owned(rs, c))
		return &said;
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		if (is_named(tables[i].prefix, c->table->name))
			return &tables[i];
	bool ufw_file = is_file_of_ufw(ruleset_part(rs, c->table)->source);
	for (size_t i = 0; i < ARRAY_SIZE(owners); i++) {
		if (!str_starts(c->name, owners[i].prefix))
			continue;
		if (ufw_file && str_starts(c->name, "ufw"))
			return NULL;
		if (strstr(owners[i].advice ? owners[i].advice : "", "firewalld") &&
		    !is_firewalld(rs))
			continue;
		return &owners[i];
	}
	return NULL;
}

const char *chain_owner_advice(const struct ruleset *rs, const struct chain *c)
{
	const struct owner *o = owner_of(rs, c);
	return o ? o->advice : NULL;
}

bool chain_is_shut(const struct ruleset *rs, const struct chain *c)
{
	const struct owner *o = owner_of(rs, c);
	return o && o->is_shut;
}

/* firewalld's names are too similar to others to be recognized alone. */
bool chain_is_of_program(struct str name)
{
	for (size_t i = 0; i < ARRAY_SIZE(owners); i++)
		if (str_starts(name, owners[i].prefix))
			return !(owners[i].advice && strstr(owners[i].advice, "firewalld"));
	return false;
}

/* ---- programs that write the whole ruleset ---- */

static const struct maker {
	const char *name;      /* of the program */
	const char *chains[3]; /* that it makes, all of them */
	const char *table;     /* or its table */
	const char *step;      /* in its own configuration */
} makers[] = {
	/* shorewall.conf(5) */
	{ "Shorewall",
	  { "shorewall", "dynamic", "reject" },
	  NULL,
	  "set INVALID_DISPOSITION=DROP in shorewall.conf" },
	/* firewall4: root/usr/share/firewall4/templates/ruleset.uc; firewall3: defaults.c */
	{ "OpenWrt",
	  { "input_rule", "forwarding_rule", "output_rule" },
	  NULL,
	  "set option drop_invalid 1 in section defaults of /etc/config/firewall" },
	{ "OpenWrt",
	  { NULL },
	  "fw4",
	  "set option drop_invalid 1 in section defaults of /etc/config/firewall" },
	/* ufw-framework(8) */
	{ "ufw", { "ufw-before-input" }, NULL, "put the rules into /etc/ufw/before.rules" },
	{ "ufw", { "ufw6-before-input" }, NULL, "put the rules into /etc/ufw/before6.rules" },
	/* its firewall.conf: CUSTOM_RULES */
	{ "arno-iptables-firewall",
	  { "BASE_INPUT_CHAIN", "EXT_INPUT_CHAIN", "POST_INPUT_CHAIN" },
	  NULL,
	  "put the rules into /etc/arno-iptables-firewall/custom-rules" },
};

static bool has_chain(const struct ruleset *rs, const char *name)
{
	for (size_t i = 0; i < rs->n_chains; i++)
		if (str_is(rs->chains[i]->name, name) &&
		    !is_file_of_ufw(ruleset_part(rs, rs->chains[i]->table)->source))
			return true;
	return false;
}

static bool has_table(const struct ruleset *rs, const char *name)
{
	for (size_t i = 0; i < rs->n_chains; i++)
		if (str_is(rs->chains[i]->table->name, name))
			return true;
	return false;
}

static bool is_made_by(const struct ruleset *rs, const struct maker *m)
{
	bool all = m->table ? has_table(rs, m->table) : true;
	for (size_t k = 0; k < ARRAY_SIZE(m->chains) && all; k++)
		all = !m->chains[k] || has_chain(rs, m->chains[k]);
	return all;
}

const char *ruleset_maker(const struct ruleset *rs, const char **ret_step)
{
	for (size_t i = 0; i < ARRAY_SIZE(makers); i++)
		if (is_made_by(rs, &makers[i])) {
			*ret_step = makers[i].step;
			return makers[i].name;
		}
	return NULL;
}
