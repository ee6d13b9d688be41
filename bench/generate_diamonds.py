#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""User chains that jump twice to the next, N deep: 2^N ways, and no condition on any of them.
usage: generate_diamonds.py N > rules"""
import sys

n = int(sys.argv[1])
out = ['*filter', ':INPUT DROP [0:0]', ':FORWARD DROP [0:0]', ':OUTPUT ACCEPT [0:0]']
out += [':D%d - [0:0]' % i for i in range(n + 1)]
out += ['-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT', '-A INPUT -j D0']
for i in range(n):
    out += ['-A D%d -j D%d' % (i, i + 1)] * 2
out += ['-A D%d -s 192.0.2.1/32 -j ACCEPT' % n, '-A INPUT -p tcp -j REJECT --reject-with tcp-reset', 'COMMIT']
print('\n'.join(out))
