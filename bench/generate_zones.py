#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A firewall of N zones: a chain for each interface, with a tcp reset at its end.
usage: generate_zones.py N > rules"""
import sys

n = int(sys.argv[1])
out = ['*filter', ':INPUT DROP [0:0]', ':FORWARD DROP [0:0]', ':OUTPUT ACCEPT [0:0]']
out += [':zone%d - [0:0]' % i for i in range(n)]
out += ['-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT']
out += ['-A INPUT -i vlan%d -j zone%d' % (i, i) for i in range(n)]
for i in range(n):
    out += ['-A zone%d -p tcp -m tcp --dport %d -j ACCEPT' % (i, 1000 + i),
            '-A zone%d -s 10.%d.%d.0/24 -j ACCEPT' % (i, i // 256, i % 256),
            '-A zone%d -p tcp -j REJECT --reject-with tcp-reset' % i]
print('\n'.join(out + ['COMMIT']))
