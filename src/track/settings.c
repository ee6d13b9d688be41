/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sysctls of conntrack: their defaults and names. */
#include <fwlint/track.h>

#include <stddef.h>

#define MINUTES 60
#define DAYS 86400

/* tcp_timeouts[], nf_conntrack_tcp_init_net(), udp_timeouts[] … */
void track_settings_init(struct track_settings *s)
{
	*s = (struct track_settings){
		.kernel = TRACK_KERNEL(6, 18),
		.loose = true,
		.checksum = true,
		.max_retrans = 3,
		.tcp = {
			[TRACK_TCP_NONE] = 2 * MINUTES,
			[TRACK_TCP_SYN_SENT] = 2 * MINUTES,
			[TRACK_TCP_SYN_RECV] = 60,
			[TRACK_TCP_ESTABLISHED] = 5 * DAYS,
			[TRACK_TCP_FIN_WAIT] = 2 * MINUTES,
			[TRACK_TCP_CLOSE_WAIT] = 60,
			[TRACK_TCP_LAST_ACK] = 30,
			[TRACK_TCP_TIME_WAIT] = 2 * MINUTES,
			[TRACK_TCP_CLOSE] = 10,
			[TRACK_TCP_SYN_SENT2] = 2 * MINUTES,
			[TRACK_TCP_RETRANS] = 5 * MINUTES,
			[TRACK_TCP_UNACK] = 5 * MINUTES,
		},
		.udp = 30,
		.udp_stream = 120,
		.icmp = 30,
		.icmpv6 = 30,
		.generic = 600,
		.max_connections = 1 << 20,
	};
}

struct sysctl {
	const char *name;
	size_t offset;
	bool is_switch;
};

#define SWITCH(field) offsetof(struct track_settings, field), true
#define NUMBER(field) offsetof(struct track_settings, field), false
#define TIMEOUT(state) offsetof(struct track_settings, tcp) + (state) * sizeof(uint32_t), false

/* nf_ct_sysctl_table[] of nf_conntrack_standalone.c */
static const struct sysctl sysctls[] = {
	{ "checksum", SWITCH(checksum) },
	{ "tcp_loose", SWITCH(loose) },
	{ "tcp_be_liberal", SWITCH(be_liberal) },
	{ "tcp_ignore_invalid_rst", SWITCH(ignore_invalid_rst) },
	{ "tcp_no_window_check", SWITCH(no_window_check) },
	{ "tcp_max_retrans", NUMBER(max_retrans) },
	{ "tcp_timeout_syn_sent", TIMEOUT(TRACK_TCP_SYN_SENT) },
	{ "tcp_timeout_syn_recv", TIMEOUT(TRACK_TCP_SYN_RECV) },
	{ "tcp_timeout_established", TIMEOUT(TRACK_TCP_ESTABLISHED) },
	{ "tcp_timeout_fin_wait", TIMEOUT(TRACK_TCP_FIN_WAIT) },
	{ "tcp_timeout_close_wait", TIMEOUT(TRACK_TCP_CLOSE_WAIT) },
	{ "tcp_timeout_last_ack", TIMEOUT(TRACK_TCP_LAST_ACK) },
	{ "tcp_timeout_time_wait", TIMEOUT(TRACK_TCP_TIME_WAIT) },
	{ "tcp_timeout_close", TIMEOUT(TRACK_TCP_CLOSE) },
	{ "tcp_timeout_max_retrans", TIMEOUT(TRACK_TCP_RETRANS) },
	{ "tcp_timeout_unacknowledged", TIMEOUT(TRACK_TCP_UNACK) },
	{ "udp_timeout", NUMBER(udp) },
	{ "udp_timeout_stream", NUMBER(udp_stream) },
	{ "icmp_timeout", NUMBER(icmp) },
	{ "icmpv6_timeout", NUMBER(icmpv6) },
	{ "generic_timeout", NUMBER(generic) },
};

static struct str without(struct str s, const char *prefix)
{
	size_t n = str_starts(s, prefix) ? strlen(prefix) : 0;
	return (struct str){ s.p + n, s.n - n };
}

bool track_settings_set(struct track_settings *s, struct str name, uint32_t value)
{
	name = without(without(name, "net.netfilter."), "nf_conntrack_");
	for (size_t i = 0; i < ARRAY_SIZE(sysctls); i++) {
		char *field = (char *)s + sysctls[i].offset;
		if (!str_is(name, sysctls[i].name))
			continue;
		bool on = value != 0;
		if (sysctls[i].is_switch)
			memcpy(field, &on, sizeof(on));
		else
			memcpy(field, &value, sizeof(value));
		return true;
	}
	return false;
}
