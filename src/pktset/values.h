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

/* The value that people would choose; of all values where `r` is NULL. */
u128 value_liked(const struct dim *d, const struct range *r, uint32_t n);
/*
 * The value next to one that is not allowed any more. So a cube that is used up value by value
 * stays a few ranges.
 */
u128 value_beside(const struct range *r, uint32_t n, u128 v);

#endif
