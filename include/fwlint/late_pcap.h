/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Written by scripts/late.py. */
#ifndef FWLINT_LATE_PCAP_H
#define FWLINT_LATE_PCAP_H

#include <fwlint/late.h>

#include <pcap/pcap.h>

// clang-format off
#define LATE_PCAP(X) \
	X(pcap_activate) \
	X(pcap_close) \
	X(pcap_compile) \
	X(pcap_create) \
	X(pcap_datalink) \
	X(pcap_dump) \
	X(pcap_dump_close) \
	X(pcap_dump_flush) \
	X(pcap_dump_open) \
	X(pcap_fopen_offline_with_tstamp_precision) \
	X(pcap_freecode) \
	X(pcap_get_selectable_fd) \
	X(pcap_get_tstamp_precision) \
	X(pcap_geterr) \
	X(pcap_next_ex) \
	X(pcap_offline_filter) \
	X(pcap_open_offline_with_tstamp_precision) \
	X(pcap_set_buffer_size) \
	X(pcap_set_snaplen) \
	X(pcap_set_timeout) \
	X(pcap_set_tstamp_precision) \
	X(pcap_setfilter) \
	X(pcap_setnonblock) \
	X(pcap_stats) \
	X(pcap_statustostr)

LATE_DECLARE(pcap, LATE_PCAP)

#define pcap_activate (*late_now_pcap()->at_pcap_activate)
#define pcap_close (*late_now_pcap()->at_pcap_close)
#define pcap_compile (*late_now_pcap()->at_pcap_compile)
#define pcap_create (*late_now_pcap()->at_pcap_create)
#define pcap_datalink (*late_now_pcap()->at_pcap_datalink)
#define pcap_dump (*late_now_pcap()->at_pcap_dump)
#define pcap_dump_close (*late_now_pcap()->at_pcap_dump_close)
#define pcap_dump_flush (*late_now_pcap()->at_pcap_dump_flush)
#define pcap_dump_open (*late_now_pcap()->at_pcap_dump_open)
#define pcap_fopen_offline_with_tstamp_precision (*late_now_pcap()->at_pcap_fopen_offline_with_tstamp_precision)
#define pcap_freecode (*late_now_pcap()->at_pcap_freecode)
#define pcap_get_selectable_fd (*late_now_pcap()->at_pcap_get_selectable_fd)
#define pcap_get_tstamp_precision (*late_now_pcap()->at_pcap_get_tstamp_precision)
#define pcap_geterr (*late_now_pcap()->at_pcap_geterr)
#define pcap_next_ex (*late_now_pcap()->at_pcap_next_ex)
#define pcap_offline_filter (*late_now_pcap()->at_pcap_offline_filter)
#define pcap_open_offline_with_tstamp_precision (*late_now_pcap()->at_pcap_open_offline_with_tstamp_precision)
#define pcap_set_buffer_size (*late_now_pcap()->at_pcap_set_buffer_size)
#define pcap_set_snaplen (*late_now_pcap()->at_pcap_set_snaplen)
#define pcap_set_timeout (*late_now_pcap()->at_pcap_set_timeout)
#define pcap_set_tstamp_precision (*late_now_pcap()->at_pcap_set_tstamp_precision)
#define pcap_setfilter (*late_now_pcap()->at_pcap_setfilter)
#define pcap_setnonblock (*late_now_pcap()->at_pcap_setnonblock)
#define pcap_stats (*late_now_pcap()->at_pcap_stats)
#define pcap_statustostr (*late_now_pcap()->at_pcap_statustostr)
// clang-format on

#endif
