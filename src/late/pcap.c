/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Written by scripts/late.py. */
#include <fwlint/late_pcap.h>

LATE_DEFINE(pcap, LATE_PCAP, "libpcap.so.0.8", "libpcap.so.1")
