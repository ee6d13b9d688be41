/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capture files, by libpcap. */
#include "open.h"

#include <errno.h>
#include <stdlib.h>

#define BUFFER ((size_t)16 * 1024)

static const char *finish_open(struct capture *c, const char *filter)
{
	c->link_type = pcap_datalink(c->pcap);
	c->fragments = fragments_new(c->arena);
	if (!filter)
		return NULL;
	if (pcap_compile(c->pcap, &c->filter, filter, 1, PCAP_NETMASK_UNKNOWN) != 0)
		return arena_printf(c->arena, "the filter '%s' is wrong: %s", filter,
				    pcap_geterr(c->pcap));
	c->has_filter = true;
	return NULL;
}

static const char *opened(struct capture *c, const char *filter, struct capture **ret)
{
	const char *why = finish_open(c, filter);
	if (why) {
		capture_close(c);
		return why;
	}
	*ret = c;
	return NULL;
}

const char *capture_open_stream(FILE *f, const char *name, const char *filter, struct arena *a,
				struct capture **ret)
{
	char error[PCAP_ERRBUF_SIZE] = "";
	struct capture *c = arena_new_one(a, struct capture);
	c->arena = a;
	c->name = name;
	/*
	 * Reading the 4 KiB that stdio asks for costs more than processing the packets in them.
	 * Standard input outlives the capture, so its buffer stays.
	 */
	c->buffer = f == stdin ? NULL : malloc(BUFFER);
	if (c->buffer)
		(void)setvbuf(f, c->buffer, _IOFBF, BUFFER);
	c->pcap = pcap_fopen_offline_with_tstamp_precision(f, PCAP_TSTAMP_PRECISION_NANO, error);
	if (!c->pcap) {
		if (f != stdin)
			fclose(f);
		free(c->buffer);
		return arena_printf(a, "'%s' is not a capture that can be read: %s", name, error);
	}
	return opened(c, filter, ret);
}

const char *capture_open(const char *path, const char *filter, struct arena *a,
			 struct capture **ret)
{
	if (strcmp(path, "-") == 0)
		return capture_open_stream(stdin, "standard input", filter, a, ret);
	FILE *f = fopen(path, "rbe");
	if (!f)
		return arena_printf(a, "'%s' could not be opened: %s", path, strerror(errno));
	return capture_open_stream(f, path, filter, a, ret);
}

/* Depending on its version, libpcap gives nanoseconds when asked for them. */
static int64_t time_of(const struct capture *c, const struct pcap_pkthdr *h)
{
	int64_t part = pcap_get_tstamp_precision(c->pcap) == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000;
	uint64_t seconds = (uint64_t)h->ts.tv_sec & 0x1ffffffff;
	return (int64_t)(seconds * 1000000000u) + (int64_t)h->ts.tv_usec * part;
}

static enum capture_next failed(struct capture *c)
{
	c->why = arena_strndup(c->arena, pcap_geterr(c->pcap), strlen(pcap_geterr(c->pcap)));
	return strncmp(c->why, "truncated dump file", 19) == 0 ? CAPTURE_CUT : CAPTURE_DAMAGED;
}

enum capture_next capture_next(struct capture *c, struct captured *ret)
{
	for (;;) {
		struct pcap_pkthdr *h;
		const uint8_t *bytes;
		int got = pcap_next_ex(c->pcap, &h, &bytes);
		if (got == PCAP_ERROR_BREAK)
			return CAPTURE_END;
		if (!got)
			return CAPTURE_NONE;
		if (got < 0)
			return failed(c);
		c->frames++;
		if (c->has_filter && !pcap_offline_filter(&c->filter, h, bytes))
			continue;
		ret->kind = CAPTURED_OTHER;
		ret->way = WAY_UNKNOWN;
		ret->has_mac = false;
		ret->source.family = 0;
		ret->frame = c->frames;
		ret->time = time_of(c, h);
		struct view v = { bytes, h->caplen, h->len < h->caplen ? h->caplen : h->len };
		decode_frame(c->link_type, v, c->fragments, ret);
		return CAPTURE_FRAME;
	}
}

const char *capture_why(const struct capture *c)
{
	return c->why;
}

const char *capture_name(const struct capture *c)
{
	return c->name;
}

uint64_t capture_frames(const struct capture *c)
{
	return c->frames;
}

void capture_close(struct capture *c)
{
	if (c->has_filter)
		pcap_freecode(&c->filter);
	pcap_close(c->pcap);
	free(c->buffer);
}
