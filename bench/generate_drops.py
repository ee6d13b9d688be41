#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A list of N hosts whose packets are dropped.  usage: generate_drops.py N > rules"""
import sys

out = ['*filter', ':INPUT ACCEPT [0:0]', ':FORWARD ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]']
for i in range(int(sys.argv[1])):
    host = (i * 2654435761 + 12345) & 0xffffffff
    out.append('-A INPUT -s %d.%d.%d.%d/32 -j DROP' % (host >> 24, host >> 16 & 255, host >> 8 & 255, host & 255))
print('\n'.join(out + ['COMMIT']))
