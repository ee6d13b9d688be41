/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chains that another program writes, and where that program wants rules. */
#include <fwlint/model.h>

static const struct owner {
	const char *prefix, *advice;
} owners[] = {
	{ "DOCKER-USER", NULL }, /* made for the administrator's own rules */
	{ "DOCKER", "chain of Docker: put the rule into DOCKER-USER" },
	{ "KUBE-", "chain of kube-proxy: it drops INVALID itself since Kubernetes 1.15 (KUBE-FORWARD)" },
	{ "cali-", "chain of Calico: use a GlobalNetworkPolicy, or the Felix setting for INVALID packets" },
	{ "CILIUM_", "chain of Cilium: it is rewritten by the agent" },
	{ "OLD_CILIUM_", "chain of Cilium: it is rewritten by the agent" },
	{ "FLANNEL-", "chain of Flannel: it is rewritten by the daemon" },
	{ "CNI-", "chain of the container network: it is rewritten by the CNI plugin" },
	{ "WEAVE-", "chain of Weave Net: it is rewritten by the daemon" },
	{ "NETAVARK", "chain of Podman: it is rewritten by netavark" },
	{ "ISTIO_", "chain of Istio: it is rewritten by istio-init" },
	{ "LIBVIRT_", "chain of libvirt: put the rule into the chain that jumps to it, or into a network hook" },
	{ "ts-", "chain of Tailscale: it is rewritten by the daemon" },
	{ "PVEFW-", "chain of Proxmox VE: it drops INVALID unless host.fw has nf_conntrack_allow_invalid" },
	{ "AWS-", "chain of the Amazon VPC CNI: it is rewritten by the daemon" },
	{ "IP-MASQ", "chain of ip-masq-agent: it is rewritten by the daemon" },
	{ "f2b-", "chain of fail2ban: put the rule into the chain that jumps to it" },
	{ "fail2ban-", "chain of fail2ban: put the rule into the chain that jumps to it" },
	{ "ufw-user-", "chain of ufw: put the rule into /etc/ufw/before.rules" },
	{ "ufw6-user-", "chain of ufw: put the rule into /etc/ufw/before6.rules" },
	{ "ufw-", "chain of ufw: put the rule into /etc/ufw/before.rules" },
	{ "ufw6-", "chain of ufw: put the rule into /etc/ufw/before6.rules" },
	{ "INPUT_ZONES", "chain of firewalld: it is rewritten on each reload; use a direct rule or a policy" },
	{ "FORWARD_IN_ZONES", "chain of firewalld: it is rewritten on each reload" },
	{ "FORWARD_OUT_ZONES", "chain of firewalld: it is rewritten on each reload" },
	{ "IN_", "chain of firewalld: it is rewritten on each reload" },
	{ "FWDI_", "chain of firewalld: it is rewritten on each reload" },
	{ "FWDO_", "chain of firewalld: it is rewritten on each reload" },
};

/* Whole nft tables; a name that ends with a dash is the beginning of one. */
static const struct owner tables[] = {
	{ "firewalld", "chain of firewalld: its table is rewritten on each reload; use a policy or a rich rule" },
	{ "libvirt_network", "chain of libvirt: its table is rewritten with each network" },
	{ "f2b-table", "chain of fail2ban: put the rule into a table of your own" },
	{ "lxd", "chain of LXD: put the rule into a table of your own" },
	{ "incus", "chain of Incus: put the rule into a table of your own" },
	{ "kube-proxy", "chain of kube-proxy: its table is rewritten; put the rule into a table of your own" },
	{ "calico", "chain of Calico: its table is rewritten; use a GlobalNetworkPolicy" },
	{ "docker-bridges", "chain of Docker: put the rule into a table of your own" },
	{ "netavark", "chain of Podman: its table is rewritten by netavark" },
	{ "lxc", "chain of LXC: put the rule into a table of your own" },
	{ "nm-shared-", "chain of NetworkManager: put the rule into a table of your own" },
	{ "io.systemd.nat", "chain of systemd-networkd: put the rule into a table of your own" },
	{ "wg-quick-", "chain of wg-quick: put the rule into a table of your own" },
	{ "crowdsec", "chain of CrowdSec: put the rule into a table of your own" },
	{ "crowdsec6", "chain of CrowdSec: put the rule into a table of your own" },
	{ "sshguard", "chain of sshguard: put the rule into a table of your own" },
};

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

const char *chain_owner_advice(const struct ruleset *rs, const struct chain *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		if (is_named(tables[i].prefix, c->table->name))
			return tables[i].advice;
	/* The file in which ufw wants them is the one that is read. */
	const char *name = ruleset_part(rs, c->table)->source->name;
	bool ufw_file = strstr(name, "before.rules") || strstr(name, "before6.rules");
	for (size_t i = 0; i < ARRAY_SIZE(owners); i++) {
		if (!str_starts(c->name, owners[i].prefix))
			continue;
		if (ufw_file && str_starts(c->name, "ufw"))
			return NULL;
		if (strstr(owners[i].advice ? owners[i].advice : "", "firewalld") && !is_firewalld(rs))
			continue;
		return owners[i].advice;
	}
	return NULL;
}

/* firewalld's are too like other names to tell by these alone. */
bool chain_is_of_program(struct str name)
{
	for (size_t i = 0; i < ARRAY_SIZE(owners); i++)
		if (str_starts(name, owners[i].prefix))
			return !(owners[i].advice && strstr(owners[i].advice, "firewalld"));
	return false;
}
