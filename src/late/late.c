/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Symbols are looked up in the order that the dynamic loader has for linked libraries. */
#include <fwlint/late.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

const char *late_load(struct late_library *l)
{
	if (l->is_loaded)
		return NULL;
	void **addresses = l->addresses; /* of functions: dlsym(3) has the same conversion */
	size_t k = 0;
	while (!dlopen(l->files[k], RTLD_NOW | RTLD_GLOBAL))
		if (!l->files[++k])
			return dlerror();
	for (size_t i = 0; l->names[i]; i++) {
		addresses[i] = dlsym(RTLD_DEFAULT, l->names[i]);
		if (!addresses[i])
			return dlerror();
	}
	l->is_loaded = true;
	return NULL;
}

void late_need(struct late_library *l)
{
	const char *why = late_load(l);
	if (!why)
		return;
	fprintf(stderr, "fwlint: a library is missing: %s\n", why);
	_Exit(3);
}
