/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random rulesets that translate addresses, for the test of traces. */
#ifndef TESTS_RANDOM_TRANSLATION_H
#define TESTS_RANDOM_TRANSLATION_H

#include "property.h"

struct str random_translation(struct arena *a, bool nft, bool v6);

#endif
