/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * names: of services, protocols and ICMP types. Carried here so that a ruleset
 * reads the same on every host, also where /etc/services is missing.
 */
#ifndef FWLINT_NAMES_H
#define FWLINT_NAMES_H

#include <fwlint/base.h>

struct icmp_name {
	const char *name;
	uint8_t type, code_min, code_max;
};

/* The port of a service ("ssh"); false: not known. */
FW_CHECKED bool service_port(struct str name, unsigned *ret);
/* The number of a protocol ("tcp", in any case); false: not known. */
FW_CHECKED bool protocol_number(struct str name, unsigned *ret);
/*
 * The ICMP or ICMPv6 type that iptables knows by this name or by a unique prefix of it. NULL: none;
 * `*ret_ambiguous`: several types have this prefix.
 */
FW_CHECKED const struct icmp_name *icmp_find(struct str name, bool v6, bool *ret_ambiguous);

#endif
