#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A mixed list of N rules: hosts, ports, interfaces, several ports, comments, an established accept
on top and a tcp reset at the end.  usage: generate.py N [clean] [nft] > rules"""
import random
import sys

n = int(sys.argv[1])
clean, nft = 'clean' in sys.argv, 'nft' in sys.argv
random.seed(1)

HEAD = {False: ['*filter', ':INPUT DROP [0:0]', ':FORWARD DROP [0:0]', ':OUTPUT ACCEPT [0:0]',
                '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'],
        True: ['table ip filter {', 'chain input {', 'type filter hook input priority 0; policy drop;',
               'ct state established,related accept']}
INVALID = {False: '-A INPUT -m conntrack --ctstate INVALID -j DROP', True: 'ct state invalid drop'}
LOOPBACK = {False: '-A INPUT -i lo -j ACCEPT', True: 'iifname "lo" accept'}
TAIL = {False: ['-A INPUT -p tcp -j REJECT --reject-with tcp-reset', 'COMMIT'],
        True: ['meta l4proto tcp reject with tcp reset', '}', '}']}

out = HEAD[nft] + ([INVALID[nft]] if clean else []) + [LOOPBACK[nft]]
for i in range(n):
    host = '%d.%d.%d.%d' % tuple(random.randrange(1, 223) for _ in range(4))
    net = host.rsplit('.', 1)[0] + '.0'
    port = random.randrange(1, 65535)
    kinds = [
        ('-A INPUT -s %s/32 -j DROP' % host, 'ip saddr %s drop' % host),
        ('-A INPUT -s %s/32 -p tcp -m tcp --dport %d -j ACCEPT' % (host, port),
         'ip saddr %s tcp dport %d accept' % (host, port)),
        ('-A INPUT -p udp -m udp --dport %d -j ACCEPT' % port, 'udp dport %d accept' % port),
        ('-A INPUT -i eth%d -d %s/32 -p tcp -m multiport --dports %d,22,80:90 -m conntrack --ctstate NEW '
         '-j ACCEPT' % (i % 9, host, port),
         'iifname "eth%d" ip daddr %s tcp dport { %d, 22, 80-90 } ct state new accept'
         % (i % 9, host, port if port not in range(80, 91) and port != 22 else 1)),
        ('-A INPUT -s %s/24 -p tcp -m tcp --dport 22 -m comment --comment "host number %d" -j ACCEPT' % (net, i),
         'ip saddr %s/24 tcp dport 22 accept comment "host number %d"' % (net, i)),
    ]
    out.append(kinds[random.randrange(5)][nft])
print('\n'.join(out + TAIL[nft]))
