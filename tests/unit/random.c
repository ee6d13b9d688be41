/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pseudo-random numbers that a seed repeats (xorshift), and the classes that were produced. */
#include "property.h"

#include <stdio.h>

#define CLASSES_MAX 200u

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

/* ---- classes ---- */

static struct class
{
	const char *name;
	bool now; /* in the ruleset that is being made */
	uint64_t rulesets, packets;
} classes[CLASSES_MAX];
static unsigned n_classes;

static struct class *class_find(const char *name)
{
	for (unsigned i = 0; i < n_classes; i++)
		if (strcmp(classes[i].name, name) == 0)
			return &classes[i];
	FW_ASSERT(n_classes < CLASSES_MAX);
	classes[n_classes].name = name;
	return &classes[n_classes++];
}

void class_seen(const char *name)
{
	class_find(name)->now = true;
}

void classes_sent(uint64_t packets)
{
	for (unsigned i = 0; i < n_classes; i++) {
		if (classes[i].now && packets) {
			classes[i].rulesets++;
			classes[i].packets += packets;
		}
		classes[i].now = false;
	}
}

unsigned classes_print(const char *const *names, unsigned n)
{
	unsigned never = 0;
	printf("%-44s %9s %11s\n", "class", "rulesets", "packets");
	for (unsigned i = 0; i < n; i++) {
		const struct class *c = class_find(names[i]);
		printf("%-44s %9llu %11llu\n", c->name, (unsigned long long)c->rulesets,
		       (unsigned long long)c->packets);
		never += c->rulesets == 0;
	}
	return never;
}

unsigned classes_report(const char *dialect, enum class_for what)
{
	const char *names[CLASSES_MAX];
	unsigned n = strcmp(dialect, "nft") == 0
			     ? random_nft_classes(what, names, CLASSES_MAX)
			     : random_iptables_classes(what, names, CLASSES_MAX);
	return classes_print(names, n);
}
