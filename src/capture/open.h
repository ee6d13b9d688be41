/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to capture: an open one, a file or the packets of an interface. */
#ifndef CAPTURE_OPEN_H
#define CAPTURE_OPEN_H

#include <fwlint/late_pcap.h>

#include "decode.h"

struct capture {
	pcap_t *pcap;
	const char *name;
	struct arena *arena;
	struct fragments *fragments;
	struct bpf_program filter; /* for a file; the kernel filters live packets */
	bool has_filter;
	int link_type;
	uint64_t frames;
	char *buffer; /* of the file; NULL: its own */
	const char *why;
};

#endif
