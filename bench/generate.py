#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A mixed list of N rules: hosts, ports, interfaces, multiport, comments, an established accept
on top and a tcp reset at the end.  usage: generate.py N [clean] > rules"""
import random
import sys

n = int(sys.argv[1])
random.seed(1)
out = ['*filter', ':INPUT DROP [0:0]', ':FORWARD DROP [0:0]', ':OUTPUT ACCEPT [0:0]',
       '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT']
if 'clean' in sys.argv:
    out.append('-A INPUT -m conntrack --ctstate INVALID -j DROP')
out.append('-A INPUT -i lo -j ACCEPT')
for i in range(n):
    host = '%d.%d.%d.%d' % tuple(random.randrange(1, 223) for _ in range(4))
    port = random.randrange(1, 65535)
    out.append([
        '-A INPUT -s %s/32 -j DROP' % host,
        '-A INPUT -s %s/32 -p tcp -m tcp --dport %d -j ACCEPT' % (host, port),
        '-A INPUT -p udp -m udp --dport %d -j ACCEPT' % port,
        '-A INPUT -i eth%d -d %s/32 -p tcp -m multiport --dports %d,22,80:90 -m conntrack --ctstate NEW '
        '-j ACCEPT' % (i % 9, host, port),
        '-A INPUT -s %s/24 -p tcp -m tcp --dport 22 -m comment --comment "host number %d" -j ACCEPT' % (
            host.rsplit('.', 1)[0] + '.0', i),
    ][random.randrange(5)])
out += ['-A INPUT -p tcp -j REJECT --reject-with tcp-reset', 'COMMIT']
print('\n'.join(out))
