#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""N rules that write the mark and test it in turn, and a tcp reset at the end.
usage: generate_marks.py N > rules"""
import sys

out = ['*filter', ':INPUT DROP [0:0]', ':FORWARD DROP [0:0]', ':OUTPUT ACCEPT [0:0]',
       '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT']
for i in range(int(sys.argv[1]) // 2):
    out += ['-A INPUT -s 10.%d.%d.%d/32 -j MARK --set-mark %d' % (i >> 16, i >> 8 & 255, i & 255, i + 1),
            '-A INPUT -m mark --mark %d -j DROP' % (i + 1)]
print('\n'.join(out + ['-A INPUT -p tcp -j REJECT --reject-with tcp-reset', 'COMMIT']))
