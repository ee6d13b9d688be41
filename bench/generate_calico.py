#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What Calico makes of N policies, one for each workload: a chain for the workload, which is
reached by its interface, and one for the policy, whose answer is a bit of the mark.
usage: generate_calico.py N > rules"""
import sys

n = int(sys.argv[1])
out = ['*filter', ':INPUT ACCEPT [0:0]', ':FORWARD ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]',
       ':cali-FORWARD - [0:0]', ':cali-to-wl-dispatch - [0:0]', ':cali-from-wl-dispatch - [0:0]']
for i in range(n):
    out += [':cali-tw-cali%05d - [0:0]' % i, ':cali-pi-policy%05d - [0:0]' % i]
out += ['-A FORWARD -m comment --comment "cali:wUHhoiAYhphO9Mso" -j cali-FORWARD',
        '-A FORWARD -m mark --mark 0x10000/0x10000 -j ACCEPT',
        '-A cali-FORWARD -j MARK --set-xmark 0x0/0xe0000',
        '-A cali-FORWARD -i cali+ -j cali-from-wl-dispatch',
        '-A cali-FORWARD -o cali+ -j cali-to-wl-dispatch']
out += ['-A cali-to-wl-dispatch -o cali%05d -g cali-tw-cali%05d' % (i, i) for i in range(n)]
out += ['-A cali-to-wl-dispatch -m comment --comment "Unknown interface" -j DROP']
for i in range(n):
    w = '-A cali-tw-cali%05d ' % i
    out += [w + '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
            w + '-m conntrack --ctstate INVALID -j DROP',
            w + '-j MARK --set-xmark 0x0/0x10000',
            w + '-j MARK --set-xmark 0x0/0x20000',
            w + '-m mark --mark 0x0/0x20000 -j cali-pi-policy%05d' % i,
            w + '-m comment --comment "Return if policy accepted" -m mark --mark 0x10000/0x10000 -j RETURN',
            w + '-m comment --comment "Drop if no policies passed packet" -m mark --mark 0x0/0x20000 -j DROP',
            w + '-j DROP',
            '-A cali-pi-policy%05d -p tcp -m set --match-set cali40s:%05d src -m multiport --dports %d '
            '-j MARK --set-xmark 0x10000/0x10000' % (i, i, 1024 + i),
            '-A cali-pi-policy%05d -m mark --mark 0x10000/0x10000 -j RETURN' % i]
print('\n'.join(out + ['COMMIT']))
