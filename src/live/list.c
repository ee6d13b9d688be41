/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of backends. */
#include "backend.h"

#ifdef LIVE_NFT
#include "nft.h"
#endif
#ifdef LIVE_LEGACY
#include "legacy.h"
#endif

// clang-format off
const struct backend *const backend_list[] = {
#ifdef LIVE_NFT
	&backend_nft,
	&backend_iptables_nft,
#endif
#ifdef LIVE_LEGACY
	&backend_legacy,
#endif
	NULL
};
// clang-format on

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
