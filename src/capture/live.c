/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packets of the running host, by libpcap (packet(7)). Nothing of an interface is changed. */
#include "open.h"

#define SNAP 512                /* bytes of a frame: all headers that lead to TCP, and TCP's own */
#define RING (16 * 1024 * 1024) /* bytes */
#define HAND_OVER 100           /* ms after which the kernel hands over what it has */
#define WORTH "tcp or arp or icmp6" /* all that resets_see() looks at */

/* pcap_activate(3PCAP): a code, and usually a text. */
static const char *refusal(struct capture *c, int code)
{
	const char *words = pcap_geterr(c->pcap);
	const char *what = pcap_statustostr(code);
	bool is_right = code == PCAP_ERROR_PERM_DENIED || code == PCAP_ERROR_PROMISC_PERM_DENIED;
	return arena_printf(c->arena, "packets of '%s' cannot be captured: %s%s", c->name,
			    *words && !is_right ? words : what,
			    is_right ? ": run it as root, or with CAP_NET_RAW" : "");
}

static const char *set_filter(struct capture *c, const char *filter)
{
	struct bpf_program program;
	if (pcap_compile(c->pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) != 0)
		return arena_printf(c->arena, "the filter '%s' is wrong: %s", filter,
				    pcap_geterr(c->pcap));
	int set = pcap_setfilter(c->pcap, &program);
	pcap_freecode(&program);
	return set == 0 ? NULL
			: arena_printf(c->arena, "the filter '%s' could not be set: %s", filter,
				       pcap_geterr(c->pcap));
}

static const char *activate(struct capture *c, const char *filter)
{
	char error[PCAP_ERRBUF_SIZE] = "";
	/* these fail only if the capture is active already */
	pcap_set_snaplen(c->pcap, SNAP);
	pcap_set_buffer_size(c->pcap, RING);
	pcap_set_timeout(c->pcap, HAND_OVER);
	pcap_set_tstamp_precision(c->pcap, PCAP_TSTAMP_PRECISION_NANO);
	int code = pcap_activate(c->pcap);
	if (code < 0)
		return refusal(c, code);
	c->link_type = pcap_datalink(c->pcap);
	c->fragments = fragments_new(c->arena);
	const char *why = set_filter(c, filter ? filter : WORTH);
	if (!why && pcap_setnonblock(c->pcap, 1, error) != 0)
		why = arena_printf(c->arena, "'%s' cannot be waited for: %s", c->name, error);
	return why;
}

const char *capture_open_live(const char *interface, const char *filter, struct arena *a,
			      struct capture **ret)
{
	char error[PCAP_ERRBUF_SIZE] = "";
	struct capture *c = arena_new_one(a, struct capture);
	c->arena = a;
	c->name = interface;
	c->pcap = pcap_create(interface, error);
	if (!c->pcap)
		return arena_printf(a, "packets of '%s' cannot be captured: %s", interface, error);
	const char *why = activate(c, filter);
	if (why)
		capture_close(c);
	else
		*ret = c;
	return why;
}

int capture_fd(const struct capture *c)
{
	return pcap_get_selectable_fd(c->pcap);
}

uint64_t capture_dropped(const struct capture *c)
{
	struct pcap_stat s;
	return pcap_stats(c->pcap, &s) == 0 ? (uint64_t)s.ps_drop + s.ps_ifdrop : 0;
}
