/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fwlint/model_builtin.h>

#define PRIORITY_SECURITY_NFT 150 /* seen with iptables-nft 1.8.9 */

// clang-format off
const struct builtin_chain builtin_chains[] = {
	{ "filter", "INPUT", HOOK_INPUT, PRIORITY_FILTER, PRIORITY_FILTER, CHAIN_FILTER },
	{ "filter", "FORWARD", HOOK_FORWARD, PRIORITY_FILTER, PRIORITY_FILTER, CHAIN_FILTER },
	{ "filter", "OUTPUT", HOOK_OUTPUT, PRIORITY_FILTER, PRIORITY_FILTER, CHAIN_FILTER },
	{ "nat", "PREROUTING", HOOK_PREROUTING, PRIORITY_DSTNAT, PRIORITY_DSTNAT, CHAIN_NAT },
	{ "nat", "INPUT", HOOK_INPUT, PRIORITY_SRCNAT, PRIORITY_SRCNAT, CHAIN_NAT },
	{ "nat", "OUTPUT", HOOK_OUTPUT, PRIORITY_DSTNAT, PRIORITY_DSTNAT, CHAIN_NAT },
	{ "nat", "POSTROUTING", HOOK_POSTROUTING, PRIORITY_SRCNAT, PRIORITY_SRCNAT, CHAIN_NAT },
	{ "mangle", "PREROUTING", HOOK_PREROUTING, PRIORITY_MANGLE, PRIORITY_MANGLE, CHAIN_FILTER },
	{ "mangle", "INPUT", HOOK_INPUT, PRIORITY_MANGLE, PRIORITY_MANGLE, CHAIN_FILTER },
	{ "mangle", "FORWARD", HOOK_FORWARD, PRIORITY_MANGLE, PRIORITY_MANGLE, CHAIN_FILTER },
	{ "mangle", "OUTPUT", HOOK_OUTPUT, PRIORITY_MANGLE, PRIORITY_MANGLE, CHAIN_ROUTE },
	{ "mangle", "POSTROUTING", HOOK_POSTROUTING, PRIORITY_MANGLE, PRIORITY_MANGLE, CHAIN_FILTER },
	{ "raw", "PREROUTING", HOOK_PREROUTING, PRIORITY_RAW, PRIORITY_RAW, CHAIN_FILTER },
	{ "raw", "OUTPUT", HOOK_OUTPUT, PRIORITY_RAW, PRIORITY_RAW, CHAIN_FILTER },
	{ "security", "INPUT", HOOK_INPUT, PRIORITY_SECURITY, PRIORITY_SECURITY_NFT, CHAIN_FILTER },
	{ "security", "FORWARD", HOOK_FORWARD, PRIORITY_SECURITY, PRIORITY_SECURITY_NFT, CHAIN_FILTER },
	{ "security", "OUTPUT", HOOK_OUTPUT, PRIORITY_SECURITY, PRIORITY_SECURITY_NFT, CHAIN_FILTER },
	{ NULL, NULL, HOOK_INPUT, 0, 0, CHAIN_FILTER }
};
// clang-format on

const struct builtin_chain *builtin_chain_find(struct str table, struct str name)
{
	for (const struct builtin_chain *b = builtin_chains; b->name; b++)
		if (str_is(table, b->table) && str_is(name, b->name))
			return b;
	return NULL;
}

bool is_builtin_table(struct str table)
{
	for (const struct builtin_chain *b = builtin_chains; b->name; b++)
		if (str_is(table, b->table))
			return true;
	return false;
}
