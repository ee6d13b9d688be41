/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations on the values of one dimension; private to pktset. */
#ifndef PKTSET_VALUES_H
#define PKTSET_VALUES_H

#include <fwlint/pktset.h>

bool values_contain(const struct dim *d, const struct range *r, uint32_t n, u128 v);
bool values_disjoint(const struct dim *d, const struct range *x, uint32_t nx, const struct range *y,
		     uint32_t ny);
bool values_subset(const struct dim *d, const struct range *x, uint32_t nx, const struct range *y,
		   uint32_t ny);

#endif
