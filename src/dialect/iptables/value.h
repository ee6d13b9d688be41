/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values as the options of iptables take them: false when the text is not one. */
#ifndef IPTABLES_VALUE_H
#define IPTABLES_VALUE_H

#include <fwlint/base.h>

/* A number as in C, or a service. */
FW_CHECKED bool parse_port(struct str s, u128 *ret);
/* a, a:b, a:, :b with `sep`; hi may be less than lo. */
FW_CHECKED bool parse_number_range(struct str s, char sep, u128 max, struct range *ret);
FW_CHECKED bool parse_port_range(struct str s, char sep, struct range *ret);
/* As xtoptions.c reads ports, by getaddrinfo(3): decimal, whatever stands before it. */
FW_CHECKED bool parse_decimal_port(struct str s, u128 *ret);
FW_CHECKED bool parse_decimal_port_range(struct str s, char sep, struct range *ret);
FW_CHECKED bool parse_addr(struct str s, bool v6, u128 *ret);
FW_CHECKED bool parse_mask(struct str s, bool v6, u128 *ret);
bool is_hostname(struct str s);
FW_CHECKED bool parse_protocol(struct str s, unsigned *ret);
FW_CHECKED bool parse_mark(struct str s, u128 *ret_value, u128 *ret_mask);
/* Decimal, or hexadecimal where it is longer than 64 bits. */
const char *number_text(struct arena *a, u128 v);
/* Is s one of the words, compared as the flags say? Gives a bit for its place. */
FW_CHECKED bool word_in(struct str s, const char *words, unsigned flags, u128 *ret_bit);
/* Is s in the comma-separated list? */
bool in_list(struct str s, const char *list);
/* Ranges of addr/mask; 0 when the mask is too scattered to be written so. */
FW_CHECKED uint32_t mask_ranges(struct arena *a, u128 addr, u128 mask, bool v6,
				const struct range **ret);

#endif
