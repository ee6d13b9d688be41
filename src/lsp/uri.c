/* SPDX-License-Identifier: GPL-2.0-or-later */
/* file: URIs (RFC 8089) and paths. */
#include "lsp.h"

static int hex(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

const char *uri_path(const char *uri, struct arena *a)
{
	struct text t = { .arena = a };
	if (strncasecmp(uri, "file:", 5) != 0)
		return NULL;
	uri += 5;
	if (strncmp(uri, "//", 2) == 0) {
		uri += 2;
		if (strncasecmp(uri, "localhost/", 10) == 0)
			uri += 9;
	}
	if (*uri != '/') /* of another host */
		return NULL;
	for (; *uri && *uri != '?' && *uri != '#'; uri++) {
		char c = *uri;
		if (c == '%' && hex(uri[1]) >= 0 && hex(uri[2]) >= 0) {
			c = (char)(hex(uri[1]) * 16 + hex(uri[2]));
			uri += 2;
		}
		if (!c)
			return NULL;
		text_add(&t, (struct str){ &c, 1 });
	}
	return arena_strndup(a, t.items, t.n);
}

const char *path_uri(const char *path, struct arena *a)
{
	struct text t = { .arena = a };
	text_printf(&t, "file://");
	for (const unsigned char *c = (const unsigned char *)path; *c; c++) {
		bool plain = *c < 0x80 && (strchr("-._~/", *c) || (*c >= '0' && *c <= '9') ||
					   (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z'));
		text_printf(&t, plain ? "%c" : "%%%02X", *c);
	}
	return arena_strndup(a, t.items, t.n);
}
