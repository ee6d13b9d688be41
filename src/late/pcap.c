/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Written by scripts/late.py. */
#include <fwlint/late_pcap.h>

LATE_DEFINE(pcap, "libpcap.so.0.8", LATE_PCAP)
