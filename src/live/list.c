/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of backends. */
#include "backend.h"

#ifdef LIVE_NFT
#define IF_NFT(x) x
#else
#define IF_NFT(x)
#endif
#ifdef LIVE_LEGACY
#define IF_LEGACY(x) x
#else
#define IF_LEGACY(x)
#endif

// clang-format off
#define BACKENDS(X) \
	IF_NFT(X(nft)) \
	IF_NFT(X(iptables_nft)) \
	IF_LEGACY(X(legacy))
// clang-format on

#define DECLARE(name) extern const struct backend backend_##name;
#define ENTRY(name) &backend_##name,
BACKENDS(DECLARE)

const struct backend *const backend_list[] = { BACKENDS(ENTRY) NULL };

bool backend_is_any(void)
{
	return ARRAY_SIZE(backend_list) > 1;
}

const struct backend *backend_for(const char *dialect)
{
	for (size_t i = 0; backend_list[i]; i++)
		if (strcmp(backend_list[i]->dialect, dialect) == 0)
			return backend_list[i];
	return NULL;
}

const struct backend *backend_find(const char *name)
{
	for (size_t i = 0; backend_list[i]; i++)
		if (strcmp(backend_list[i]->name, name) == 0)
			return backend_list[i];
	return NULL;
}
