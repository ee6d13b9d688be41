#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""N pairs of an accept of ESTABLISHED and a tcp reset, each pair for a net of its own.
usage: generate_pairs.py N > rules"""
import sys

out = ['*filter', ':INPUT DROP [0:0]', ':FORWARD DROP [0:0]', ':OUTPUT ACCEPT [0:0]']
for i in range(int(sys.argv[1])):
    net = '10.%d.%d.0/24' % (i // 256, i % 256)
    out += ['-A INPUT -s %s -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT' % net,
            '-A INPUT -s %s -p tcp -j REJECT --reject-with tcp-reset' % net]
print('\n'.join(out + ['COMMIT']))
