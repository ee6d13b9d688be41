/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pseudo-random numbers that a seed repeats (xorshift). */
#include "property.h"

static uint64_t state;

void random_seed(uint64_t seed)
{
	state = seed * 0x9e3779b97f4a7c15ULL + 1;
}

uint32_t random_below(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)((state >> 11) % n);
}

bool chance(uint32_t percent)
{
	return random_below(100) < percent;
}

const char *one_of(const char *const *list, uint32_t n)
{
	return list[random_below(n)];
}
