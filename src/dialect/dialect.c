/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of dialects. */
#include <fwlint/dialect.h>

// clang-format off
#define DIALECTS(X) \
	X(iptables) \
	X(nft) \
	X(nft_json) \
	X(shell)
// clang-format on

#define DECLARE(name) extern const struct dialect dialect_##name;
#define ENTRY(name) &dialect_##name,
DIALECTS(DECLARE)

const struct dialect *const dialect_list[] = { DIALECTS(ENTRY) NULL };

const struct dialect *dialect_find(const char *name)
{
	for (size_t i = 0; dialect_list[i]; i++)
		if (strcmp(dialect_list[i]->name, name) == 0)
			return dialect_list[i];
	return NULL;
}

const struct dialect *dialect_detect(struct str text)
{
	const struct dialect *best = NULL;
	int best_score = 0;
	for (size_t i = 0; dialect_list[i]; i++) {
		int score = dialect_list[i]->detect(text);
		if (score > best_score) {
			best_score = score;
			best = dialect_list[i];
		}
	}
	return best;
}
