/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Some frames of a capture as a capture of their own. */
#include <fwlint/late_pcap.h>

#include "decode.h"

static const char *copy(pcap_t *from, pcap_dumper_t *to, const uint64_t *frames, size_t n)
{
	struct pcap_pkthdr *h;
	const uint8_t *bytes;
	uint64_t frame = 0;
	for (size_t i = 0; i < n && pcap_next_ex(from, &h, &bytes) == 1;) {
		frame++;
		if (frame < frames[i])
			continue;
		pcap_dump((uint8_t *)to, h, bytes);
		while (i < n && frames[i] <= frame)
			i++;
	}
	return pcap_dump_flush(to) == 0 ? NULL : "it could not be written";
}

const char *capture_copy(const char *path, const uint64_t *frames, size_t n, const char *to,
			 struct arena *a)
{
	char error[PCAP_ERRBUF_SIZE] = "";
	pcap_t *from = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO,
							       error);
	if (!from)
		return arena_printf(a, "'%s' could not be read again: %s", path, error);
	pcap_dumper_t *out = pcap_dump_open(from, to);
	const char *why = out ? copy(from, out, frames, n) : pcap_geterr(from);
	if (why)
		why = arena_printf(a, "'%s': %s", to, why);
	if (out)
		pcap_dump_close(out);
	pcap_close(from);
	return why;
}
