#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""An accept for each of N ports (65536: all of them), and a tcp reset at the end.
usage: generate_ports.py N > rules"""
import sys

out = ['*filter', ':INPUT DROP [0:0]', ':FORWARD DROP [0:0]', ':OUTPUT ACCEPT [0:0]',
       '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT']
out += ['-A INPUT -p tcp -m tcp --dport %d -j ACCEPT' % i for i in range(int(sys.argv[1]))]
print('\n'.join(out + ['-A INPUT -p tcp -j REJECT --reject-with tcp-reset', 'COMMIT']))
