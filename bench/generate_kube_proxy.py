#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What kube-proxy makes of N services with three endpoints each: fifteen lines for a service.
usage: generate_kube_proxy.py N > rules"""
import sys

n = int(sys.argv[1])
out = ['*nat', ':PREROUTING ACCEPT [0:0]', ':INPUT ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]',
       ':POSTROUTING ACCEPT [0:0]', ':KUBE-SERVICES - [0:0]', ':KUBE-POSTROUTING - [0:0]',
       ':KUBE-MARK-MASQ - [0:0]']
for i in range(n):
    out += [':KUBE-SVC-%08d - [0:0]' % i] + [':KUBE-SEP-%08d%d - [0:0]' % (i, k) for k in range(3)]
out += ['-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
        '-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
        '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
        '-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000',
        '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
        '-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0',
        '-A KUBE-POSTROUTING -m comment --comment "SNAT" -j MASQUERADE --random-fully']
for i in range(n):
    ip = '10.%d.%d.%d' % (96 + (i >> 16), i >> 8 & 255, i & 255)
    name = '"ns%d/svc%d:http cluster IP"' % (i % 50, i)
    out += ['-A KUBE-SERVICES -d %s/32 -p tcp -m comment --comment %s -m tcp --dport 80 -j KUBE-SVC-%08d'
            % (ip, name, i)]
    out += ['-A KUBE-SVC-%08d ! -s 10.244.0.0/16 -d %s/32 -p tcp -m comment --comment %s -m tcp --dport 80 '
            '-j KUBE-MARK-MASQ' % (i, ip, name)]
    for k in range(3):
        chance = '' if k == 2 else ' -m statistic --mode random --probability %s' % ('0.33333333349', '0.5')[k]
        pod = '10.244.%d.%d' % ((3 * i + k) >> 8 & 255, (3 * i + k) & 255)
        out += ['-A KUBE-SVC-%08d -m comment --comment %s%s -j KUBE-SEP-%08d%d' % (i, name, chance, i, k),
                '-A KUBE-SEP-%08d%d -s %s/32 -m comment --comment %s -j KUBE-MARK-MASQ' % (i, k, pod, name),
                '-A KUBE-SEP-%08d%d -p tcp -m comment --comment %s -m tcp -j DNAT --to-destination %s:8080'
                % (i, k, name, pod)]
out += ['COMMIT', '*filter', ':INPUT ACCEPT [0:0]', ':FORWARD ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]',
        ':KUBE-FORWARD - [0:0]', ':KUBE-FIREWALL - [0:0]',
        '-A INPUT -j KUBE-FIREWALL', '-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD',
        '-A OUTPUT -j KUBE-FIREWALL',
        '-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP',
        '-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP',
        '-A KUBE-FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT',
        '-A KUBE-FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT', 'COMMIT']
print('\n'.join(out))
