#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""N base chains of nft at one hook, each with an accept of its own.
usage: generate_base_chains.py N > rules"""
import sys

out = ['table inet t {']
for i in range(int(sys.argv[1])):
    out += ['chain c%d {' % i, 'type filter hook input priority %d; policy drop;' % i,
            'ct state established,related accept', 'tcp dport %d accept' % (1 + i),
            'ip saddr 10.%d.%d.0/24 accept' % (i // 256, i % 256),
            'meta l4proto tcp reject with tcp reset', '}']
print('\n'.join(out + ['}']))
