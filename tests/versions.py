#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""--kernel and --loader NAME=VERSION: what a ruleset uses that is newer is FW002.

usage: versions.py FWLINT
"""
import os
import re
import unittest

import common
from common import ROOT, Folder, outcome, read, write

common.program()

RULE = 'table inet t {\n\tchain c {\n\t\ttype filter hook prerouting priority 0;\n\t\t%s\n\t}\n}\n'
BRIDGE = 'table bridge t {\n\tchain c {\n\t\ttype filter hook prerouting priority 0;\n\t\t%s\n\t}\n}\n'
TABLE = 'table inet t {\n\t%s {\n\t\t%s\n\t}\n}\n'
IPTABLES = '*%s\n%s\nCOMMIT\n'
NAT = IPTABLES % ('nat', '-A POSTROUTING -o eth0 -j MASQUERADE --random-fully')
SNAT = IPTABLES % ('nat', '-A POSTROUTING -o eth0 -j SNAT --to-source 192.0.2.1 --random-fully')
QUEUE = IPTABLES % ('filter', '-A INPUT -j NFQUEUE --queue-balance 0:3 --queue-cpu-fanout')
FLOW = ('table inet t {\n\tflowtable f {\n\t\thook ingress priority 0; devices = { lo };\n\t}\n\tchain c {\n'
        '\t\ttype filter hook forward priority 0;\n\t\tflow %s @f\n\t}\n}\n')
CATCH_ALL = RULE % 'ip saddr vmap { 192.0.2.1 : drop, * : accept }'
# text, its line, the first kernel and the first tool that have it (None: all, or it is not known)
USES = [
    (TABLE % ('chain c', 'type nat hook prerouting priority dstnat;'), 2, '5.2', 'nft=0.9.1'),
    (TABLE % ('chain c', 'type filter hook ingress device "eth0" priority 0;'), 2, '5.10', 'nft=0.9.7'),
    ('table netdev t {\n\tchain c {\n\t\ttype filter hook egress device "eth0" priority 0;\n\t}\n}\n', 2, '5.16', 'nft=1.0.1'),
    (RULE % 'meta time "2026-01-01"-"2026-02-01" accept', 4, '5.4', 'nft=0.9.3'),
    (RULE % 'meta day "Sunday" accept', 4, '5.4', 'nft=0.9.3'),
    (RULE % 'meta hour "08:00"-"17:00" accept', 4, '5.4', 'nft=0.9.3'),
    (RULE % 'meta sdif "lo" accept', 4, '5.6', 'nft=0.9.4'),
    (RULE % 'meta sdifname "lo" accept', 4, '5.6', 'nft=0.9.4'),
    (RULE % 'socket cgroupv2 level 1 "a" accept', 4, '5.13', 'nft=0.9.9'),
    (RULE % 'socket wildcard 0 accept', 4, '5.10', 'nft=0.9.7'),
    (RULE % 'socket transparent 1 accept', 4, '4.18', 'nft=0.9.0'),
    (RULE % 'osf name "Linux" accept', 4, '4.19', 'nft=0.9.1'),
    (RULE % 'ipsec in reqid 1 accept', 4, '4.20', 'nft=0.9.1'),
    (TABLE % ('chain c', 'type filter hook input priority 0; tcp dport 80 synproxy mss 1460;'), 3, '5.3', 'nft=0.9.2'),
    (RULE % 'tcp dport 80 tproxy ip to :8080', 4, '4.19', 'nft=0.9.1'),
    (FLOW % 'add', 7, '4.16', 'nft=0.9.1'),
    (FLOW % 'offload', 7, '4.16', 'nft=0.8.4'),
    (FLOW % 'offload', 1, '4.16', 'nft=0.8.4'),
    (CATCH_ALL, 4, '5.13', 'nft=0.9.9'),
    (RULE % 'ip saddr . tcp dport { 192.0.2.0/24 . 22 } accept', 4, '5.6', 'nft=0.9.5'),
    (RULE % 'tcp dport 22 jump { accept; }', 4, '5.9', 'nft=0.9.7'),
    (TABLE % ('set s', 'type ipv4_addr . inet_service; flags interval;'), 2, '5.6', 'nft=0.9.4'),
    (TABLE % ('set s', 'type ipv4_addr . inet_service; flags interval; elements = { 10.0.0.0/8 . 22,\n* };'), 4, '5.13', 'nft=0.9.9'),
    (TABLE % ('ct timeout o', 'protocol tcp; policy = { close : 12 };'), 1, '4.19', 'nft=0.9.1'),
    (TABLE % ('ct expectation o', 'protocol udp; dport 9876; timeout 2m; size 12; l3proto ip;'), 1, '5.3', 'nft=0.9.2'),
    (TABLE % ('secmark o', '"system_u:object_r:a_t:s0"'), 1, '4.20', 'nft=0.9.1'),
    (TABLE % ('synproxy o', 'mss 1460; wscale 7;'), 1, '5.4', 'nft=0.9.3'),
    ('add table ip t\ndestroy table ip t\n', 2, '6.3', 'nft=1.0.7'),
    (TABLE % ('chain c', 'type filter hook input priority filter;'), 3, None, 'nft=0.9.1'),
    (TABLE % ('chain c', 'comment "x"'), 3, None, 'nft=0.9.7'),
    (TABLE % ('counter c', 'comment "x"'), 3, None, 'nft=0.9.7'),
    ('table netdev t {\n\tchain c {\n\t\ttype filter hook ingress devices = { lo, eth0 } priority 0;\n\t}\n}\n', 3,
     '5.5', 'nft=0.9.3'),
    (RULE % 'meta iifkind "vrf" accept', 4, '5.1', 'nft=0.9.1'),
    (RULE % 'meta oifkind "vrf" accept', 4, '5.1', 'nft=0.9.1'),
    (BRIDGE % 'meta ibrpvid 5 accept', 4, '5.3', 'nft=0.9.3'),
    (BRIDGE % 'meta ibrvproto 8021q accept', 4, '5.3', 'nft=0.9.3'),
    (BRIDGE % 'meta broute set 1', 4, None, 'nft=1.0.8'),
    (RULE % 'socket mark 1 accept', 4, '4.19', 'nft=0.9.1'),
    (RULE % 'rt ipsec exists accept', 4, '4.20', 'nft=0.9.1'),
    (RULE % 'ct id 5 accept', 4, '5.2', 'nft=0.9.5'),
    (RULE % 'ip option rr exists drop', 4, '5.3', 'nft=0.9.2'),
    (RULE % 'sctp chunk init exists accept', 4, '5.14', 'nft=0.9.9'),
    (RULE % 'igmp type membership-query drop', 4, None, 'nft=0.9.1'),
    (RULE % 'udp dport 4789 vxlan vni 10 accept', 4, '6.2', 'nft=1.0.7'),
    (RULE % 'udp dport 6081 geneve vni 10 accept', 4, '6.2', 'nft=1.0.7'),
    (RULE % 'gretap ip saddr 10.0.0.1 accept', 4, '6.2', 'nft=1.0.7'),
    (RULE % 'gre version 0 accept', 4, None, 'nft=1.0.7'),
    (RULE % 'tcp flags syn / syn,ack accept', 4, None, 'nft=0.9.9'),
    (RULE % 'tcp dport 22 last', 4, '5.14', 'nft=1.0.7'),
    (RULE % 'reset tcp option sack-perm', 4, None, 'nft=1.0.3'),
    (RULE % 'queue to 1', 4, None, 'nft=1.0.0'),
    (RULE % 'queue flags bypass to 1-3', 4, None, 'nft=1.0.0'),
    ('table ip t {\n\tchain c {\n\t\ttype nat hook postrouting priority 0;\n'
     '\t\tsnat ip prefix to ip saddr map { 10.141.11.0/24 : 192.168.2.0/24 }\n\t}\n}\n', 4, '5.8', 'nft=0.9.5'),
    (RULE % 'tcp dport 22 reject', 4, '5.9', None),
    ('table inet t {\n\tchain c {\n\t\ttype filter hook ingress device "eth0" priority 0;\n\t\treject\n\t}\n}\n', 4,
     '5.11', None),
    (TABLE % ('set s', 'typeof ip saddr;'), 3, None, 'nft=0.9.4'),
    (TABLE % ('set s', 'type ipv4_addr; counter;'), 2, '5.7', 'nft=0.9.4'),
    (TABLE % ('set s', 'type ipv4_addr; flags dynamic; limit rate 5/second counter;'), 2, '5.11', 'nft=0.9.8'),
    (RULE % 'iifname { "eth*", "lo" } accept', 4, None, 'nft=1.0.3'),
    (TABLE % ('set s', 'type ifname; flags interval; elements = {\n"eth*" };'), 4, None, 'nft=1.0.3'),
    (IPTABLES % ('filter', '-A INPUT -m cgroup --path a -j ACCEPT'), 2, None, 'iptables-legacy=1.6.1'),
    (IPTABLES % ('filter', '-A INPUT -p tcp -j SYNPROXY --mss 1400'), 2, None, 'iptables-legacy=1.4.21'),
    (IPTABLES % ('filter', '-A OUTPUT -m owner --gid-owner 5 --suppl-groups -j ACCEPT'), 2, '5.3', 'iptables-legacy=1.8.4'),
    (IPTABLES % ('filter', '-A INPUT -m hashlimit --hashlimit-above 1/s --hashlimit-name x --hashlimit-rate-match -j DROP'), 2,
     None, 'iptables-legacy=1.6.2'),
    (IPTABLES % ('mangle', '-A PREROUTING -m socket --restore-skmark'), 2, None, 'iptables-legacy=1.6.0'),
    (IPTABLES % ('filter', '-A INPUT -j IDLETIMER --timeout 5 --label x --alarm'), 2, None, 'iptables-nft=1.8.5'),
    (IPTABLES % ('filter', '-A INPUT -j NFLOG --nflog-size 5'), 2, None, 'iptables-legacy=1.6.1'),
    (IPTABLES % ('filter', '-A INPUT -m cgroup --cgroup 1 -j ACCEPT'), 2, '3.14', 'iptables-legacy=1.6.0'),
    (IPTABLES % ('filter', '-A INPUT -m cpu --cpu 1 -j ACCEPT'), 2, '2.6.36', 'iptables-legacy=1.4.10'),
    (QUEUE, 2, '3.10', 'iptables-legacy=1.4.20'),
    (SNAT, 2, '3.14', 'iptables-legacy=1.6.0'),
    (NAT, 2, '3.14', 'iptables-legacy=1.6.2'),
    (NAT, 2, '3.14', 'iptables-nft=1.6.2'),
]


def before(version):
    """5.10 -> 5.9.99, 1.0.0 -> 0.99.99"""
    parts = [int(p) for p in version.split('.')] + [0] * (2 - version.count('.'))
    at = max(i for i in range(3) if parts[i])
    return '.'.join(str(p - 1 if i == at else 99 if i > at else p) for i, p in enumerate(parts))


def found(text, *args):
    out = outcome('--select', 'FW002', '--format', 'gcc', *args, stdin=text)[1]
    return [int(n) for n in re.findall(r'^stdin:(\d+):\d+: warning: .* does not know .* \[FW002\]$', out, re.M)]


class Versions(Folder):
    def test_what_is_newer_is_reported_at_its_line(self):
        for text, line, kernel, loader in USES:
            with self.subTest(text=text, kernel=kernel, loader=loader):
                self.assertEqual(found(text), [])
                if kernel:
                    self.assertIn(line, found(text, '--kernel', before(kernel)))
                    self.assertNotIn(line, found(text, '--kernel', kernel))
                    self.assertNotIn(line, found(text, '--kernel', kernel + '.3-18-amd64'))
                if loader:
                    name, version = loader.split('=')
                    self.assertIn(line, found(text, '--loader', '%s=%s' % (name, before(version))))
                    self.assertNotIn(line, found(text, '--loader', loader))

    def test_the_tool_of_another_dialect_does_not_matter(self):
        self.assertEqual(found(NAT, '--loader', 'nft=0.5'), [])
        self.assertEqual(found(USES[0][0], '--loader', 'iptables-nft=1.4', '--loader', 'nft=1.0'), [])

    def test_the_configuration_may_say_it(self):
        write(os.path.join(self.dir, '.fwlint.ini'), '[fwlint]\nkernel = 5.4\nloader = nft=0.9.8\n')
        write(os.path.join(self.dir, 'rules.nft'), CATCH_ALL)
        out = outcome('--format', 'gcc', 'rules.nft', cwd=self.dir)[1]
        self.assertIn("Linux 5.4 does not know the element '*': Linux 5.13 is the first that does", out)
        self.assertIn("nft 0.9.8 does not know the element '*': nft 0.9.9 is the first that does", out)

    def test_what_is_no_version_is_refused(self):
        for args in (('--kernel', ''), ('--kernel', 'new'), ('--kernel', '5.'), ('--kernel', '5.x'), ('--kernel', '0'), ('--kernel', '5,10'),
                     ('--kernel', '99999.1'), ('--loader', 'nft='), ('--loader', 'nft=x'), ('--loader', 'foo=1.0'), ('--loader', '=1'),
                     ('--loader', 'legacy=1.8.9')):
            code, _, err = outcome(*args, stdin='*filter\nCOMMIT\n')
            self.assertEqual(code, 2, args)
            self.assertIn('is not a value of', err)

    def test_the_names_of_loaders(self):
        for name in ('legacy', 'nft', 'iptables-legacy', 'iptables-nft', 'nft=1.0.6', 'iptables-nft=1.8.9'):
            self.assertEqual(outcome('--loader', name, stdin='*filter\nCOMMIT\n')[0], 0, name)

    def test_each_row_of_the_table_is_used_and_says_where_it_is_from(self):
        table = read(os.path.join(ROOT, 'src', 'model', 'feature.c'))
        rows = re.findall(r'^\t/\* ((?:(?!\*/).|\n)*) \*/\n\t\{ FEATURE_\w+, "[^"]+",\s+"([^"]+)",', table, re.M)
        self.assertEqual(len(rows), len(re.findall(r'^\t\{ FEATURE_\w+, "', table, re.M)))
        old = ('--kernel', '1', '--loader', 'nft=0.1', '--loader', 'iptables-legacy=1')
        said = ''.join(' '.join(outcome('--select', 'FW002', '--format', 'gcc', *old, stdin=use[0])[1].split()) for use in USES)
        for source, words in rows:
            self.assertIn(' does not know %s: ' % words, said)
            self.assertRegex(' '.join(source.split()), r'Linux.*: netfilter: |wiki: |iptables-extensions\(8\), |nft [0-9a-f]{8}|iptables [0-9a-f]{8}: ')


common.main()
