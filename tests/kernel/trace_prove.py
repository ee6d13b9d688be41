#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`fwlint trace --prove`: packets that are followed, and what the kernel does with them.

usage: trace_prove.py FWLINT
"""
import json
import os
import sys
import unittest

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import common  # noqa: E402

common.program()

NFT = '''table inet t {
	chain p {
		type nat hook prerouting priority -100;
		iifname "wan0" tcp dport 443 dnat ip to 10.0.0.5:8443
		iifname "wan0" tcp dport 80 redirect to :8080
	}
	chain s {
		type nat hook postrouting priority 100;
		oifname "wan0" masquerade
	}
	chain i {
		type filter hook input priority 0; policy drop;
		tcp dport { 22, 8080 } accept
		udp dport 53 accept
		tcp dport 113 reject with tcp reset
		udp dport 69 reject
		tcp dport 25 limit rate 1000/second accept
	}
	chain f {
		type filter hook forward priority 0; policy drop;
		iifname "wan0" oifname "lan0" ip daddr 10.0.0.5 tcp dport 8443 accept
		iifname "lan0" oifname "wan0" accept
	}
	chain o {
		type filter hook output priority 0;
		udp dport 69 reject
	}
}
'''
V4 = '''*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -i wan0 -p tcp --dport 443 -j DNAT --to-destination 10.0.0.5:8443
-A POSTROUTING -o wan0 -j SNAT --to-source 198.51.100.1
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -p tcp --dport 22 -j ACCEPT
-A INPUT -p tcp --dport 113 -j REJECT --reject-with tcp-reset
-A FORWARD -i wan0 -p tcp -d 10.0.0.5 --dport 8443 -j ACCEPT
-A FORWARD -i lan0 -j ACCEPT
COMMIT
'''
# a packet, and what the kernel makes of it
PACKETS = {
    'rules.nft': [
        ('NEW tcp 192.0.2.10:40123 -> 198.51.100.20:443, in wan0', 'accept', '192.0.2.10:40123 -> 10.0.0.5:8443'),
        ('NEW tcp 192.0.2.10:40123 -> 198.51.100.20:80, in wan0', 'accept', '192.0.2.10:40123 -> 198.51.100.20:8080'),
        ('NEW tcp 192.0.2.10:40123 -> 198.51.100.20:22, in wan0', 'accept', '192.0.2.10:40123 -> 198.51.100.20:22'),
        ('NEW tcp 192.0.2.10:40123 -> 198.51.100.20:23, in wan0', 'drop', None),
        ('NEW udp 192.0.2.10:40123 -> 198.51.100.20:53, in wan0', 'accept', '192.0.2.10:40123 -> 198.51.100.20:53'),
        ('NEW tcp 192.0.2.10:40123 -> 198.51.100.20:113, in wan0', 'reject', None),
        ('NEW udp 192.0.2.10:40123 -> 198.51.100.20:69, in wan0', 'reject', None),
        ('NEW tcp 10.0.0.7:40123 -> 198.51.100.20:25, in lan0, out wan0', 'accept', '192.0.2.1:40123 -> 198.51.100.20:25'),
        ('NEW tcp 10.0.0.7:40123 -> 10.0.0.9:25, in wan0, out lan0', 'drop', None),
        ('NEW tcp [2001:db8::7]:40123 -> [2001:db8:1::7]:25, in lan0, out wan0', 'accept',
         '[2001:db8::1]:40123 -> [2001:db8:1::7]:25'),
        ('NEW tcp [2001:db8::7]:40123 -> [2001:db8:1::7]:22, in wan0', 'accept', None),
        ('NEW icmp 10.0.0.7 -> 198.51.100.20, type 8, in lan0, out wan0', 'accept', '192.0.2.1 -> 198.51.100.20'),
        ('NEW udp 192.0.2.10:40123 -> 198.51.100.20:99, out lan0', 'accept', '192.0.2.10:40123 -> 198.51.100.20:99'),
        ('NEW udp 192.0.2.10:40123 -> 198.51.100.20:69, out lan0', 'drop', None),
    ],
    'rules.v4': [
        ('NEW tcp 192.0.2.10:40123 -> 198.51.100.20:443, in wan0, out lan0', 'accept', '192.0.2.10:40123 -> 10.0.0.5:8443'),
        ('NEW tcp 10.0.0.7:40123 -> 203.0.113.9:25, in lan0, out wan0', 'accept', '198.51.100.1:40123 -> 203.0.113.9:25'),
        ('NEW tcp 192.0.2.10:40123 -> 198.51.100.20:113, in wan0', 'reject', None),
        ('NEW tcp 192.0.2.10:40123 -> 198.51.100.20:25, in wan0', 'drop', None),
    ],
}


class Prove(common.Folder):
    def setUp(self):
        super().setUp()
        self.nft = common.write(os.path.join(self.dir, 'rules.nft'), NFT)
        common.write(os.path.join(self.dir, 'rules.v4'), V4)
        code, _, err = common.outcome('trace', '--prove', PACKETS['rules.nft'][3][0], '--', self.nft)
        if code == 3:
            self.skipTest(err.strip())

    def trace(self, *args):
        code, out, err = common.outcome('trace', '--prove', '--format', 'json', *args)
        return code, json.loads(out) if out else None, err

    def test_the_kernel_does_as_it_was_followed(self):
        for name, rows in PACKETS.items():
            code, found, err = self.trace(*[r[0] for r in rows], '--', os.path.join(self.dir, name))
            self.assertEqual((code, err), (0, ''), found)
            for (packet, verdict, seen), one in zip(rows, found['packets']):
                self.assertEqual(one['kernel'], {'verdict': verdict, 'agrees': True, 'seen': seen, 'why_not': None}, packet)

    def test_a_wrong_assumption_is_seen(self):
        packet = 'NEW tcp 192.0.2.10:40123 -> 198.51.100.20:25, in wan0'
        for answer, code in (('yes', 0), ('no', 1)):
            found = self.trace('--assume', 'limit rate 1000/second=' + answer, packet, '--', self.nft)
            self.assertEqual(found[0], code, found)
            self.assertEqual((found[1]['kernel']['verdict'], found[1]['kernel']['agrees']), ('accept', code == 0))
        text = common.outcome('trace', '--prove', '--assume', 'limit rate 1000/second=no', packet, '--', self.nft)[1]
        self.assertIn('OTHERWISE', text)

    def test_what_is_not_sent_is_said(self):
        code, found, _ = self.trace('ESTABLISHED tcp 192.0.2.10:5 -> 192.0.2.9:8, in wan0', '--', self.nft)
        self.assertEqual(code, 1)
        self.assertEqual(found['kernel']['verdict'], None)
        self.assertIn('open a connection', found['kernel']['why_not'])

    def test_a_ruleset_that_does_not_load(self):
        bad = common.write(os.path.join(self.dir, 'bad.nft'), NFT.replace('masquerade', 'masquerade\n\t\tiifname "nowhere" flow add @none'))
        code, found, err = self.trace(PACKETS['rules.nft'][0][0], '--', bad)
        self.assertTrue(code == 2 or found['kernel']['why_not'], (code, found, err))

    def test_one_file_is_loaded(self):
        code, _, err = self.trace(PACKETS['rules.nft'][0][0], '--', self.nft, os.path.join(self.dir, 'rules.v4'))
        self.assertEqual((code, 'one FILE' in err), (2, True), err)


if __name__ == '__main__':
    common.main()
