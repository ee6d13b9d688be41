#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Two spellings that mean the same, and two that look alike and do not: `fwlint compare` says so.

usage: meaning.py FWLINT
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

FWLINT = os.path.abspath(sys.argv.pop(1))
CHAIN = {
    'nft': 'table ip t {\nchain c {\ntype filter hook %s priority %s; policy accept;\n%s\n}\n}\n',
    'nft ip6': 'table ip6 t {\nchain c {\ntype filter hook %s priority %s; policy accept;\n%s\n}\n}\n',
    'iptables': '*filter\n:INPUT ACCEPT\n%s\nCOMMIT\n',
}
NOTHING = ''

# dialect, what it is of, rules, other rules of the same meaning
SAME = [
    ('nft', 'more than a port', 'tcp dport > 1024 drop', 'tcp dport 1025-65535 drop'),
    ('nft', 'a port and more', 'tcp dport >= 1024 drop', 'tcp dport 1024-65535 drop'),
    ('nft', 'less than a port', 'tcp dport < 1024 drop', 'tcp dport 0-1023 drop'),
    ('nft', 'a port and less', 'tcp dport <= 1024 drop', 'tcp dport 0-1024 drop'),
    ('nft', 'more than all but one', 'tcp dport > 65534 drop', 'tcp dport 65535 drop'),
    ('nft', 'the greatest is reached', 'tcp dport >= 65535 drop', 'tcp dport 65535 drop'),
    ('nft', 'more than all', 'tcp dport > 65535 drop', NOTHING),
    ('nft', 'less than nothing', 'tcp dport < 0 drop', NOTHING),
    ('nft', 'more than a mark', 'meta mark > 0xfffffffe drop', 'meta mark 0xffffffff drop'),
    ('nft', 'more than all marks', 'meta mark > 0xffffffff drop', NOTHING),
    ('nft ip6', 'more than all addresses', 'ip6 saddr > ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff drop', NOTHING),
    ('nft ip6', 'more than all addresses but one', 'ip6 saddr > ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe drop',
     'ip6 saddr ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff drop'),
    ('nft', 'a mask that is a prefix', 'ip saddr & 255.255.0.0 == 10.1.0.0 drop', 'ip saddr 10.1.0.0/16 drop'),
    ('nft', 'bits outside of the mask', 'ip saddr & 255.255.0.0 == 10.1.2.0 drop', NOTHING),
    ('iptables', 'an address of one part', '-A INPUT -s 10/8 -j DROP', '-A INPUT -s 10.0.0.0/8 -j DROP'),
    ('iptables', 'an address of two parts', '-A INPUT -s 10.1/16 -j DROP', '-A INPUT -s 10.1.0.0/16 -j DROP'),
    ('iptables', 'an address of three parts', '-A INPUT -d 10.1.2/24 -j DROP', '-A INPUT -d 10.1.2.0/24 -j DROP'),
    ('iptables', 'a mask with dots', '-A INPUT -s 10.1.2.3/255.255.0.0 -j DROP', '-A INPUT -s 10.1.0.0/16 -j DROP'),
    ('iptables', 'a mask of no bits', '-A INPUT -s 10.1.2.3/0 -j DROP', '-A INPUT -j DROP'),
    ('iptables', 'a range without its begin', '-A INPUT -p tcp --dport :80 -j DROP', '-A INPUT -p tcp --dport 0:80 -j DROP'),
    ('iptables', 'a range without its end', '-A INPUT -p tcp --dport 80: -j DROP',
     '-A INPUT -p tcp --dport 80:65535 -j DROP'),
    ('iptables', 'reversed ports of udp, in which none lies', '-A INPUT -p udp --sport 90:80 -j DROP', NOTHING),
    ('iptables', 'a reversed length, in which none lies', '-A INPUT -m length --length 90:80 -j DROP', NOTHING),
]

DIFFERENT = [
    ('nft', 'more than a port, and that port too', 'tcp dport > 1024 drop', 'tcp dport 1024-65535 drop'),
    ('nft', 'a mask with a hole is no range', 'ip saddr & 255.0.255.255 == 10.0.0.1 drop', 'ip saddr 10.0.0.1-10.255.0.1 drop'),
    ('nft', 'a mask with a hole is no prefix', 'ip saddr & 255.0.255.0 == 10.0.1.0 drop', 'ip saddr 10.0.1.0/24 drop'),
    ('nft', 'a mask of low bits is no prefix', 'ip saddr & 0.0.0.255 == 0.0.0.1 drop', 'ip saddr 0.0.0.1 drop'),
    ('nft', 'a key of conntrack asks for an entry', 'ct mark 0 drop\nct mark != 0 drop', 'drop'),
    ('nft', 'a key of conntrack asks for an entry, its zone too', 'ct direction { original, reply } drop', 'drop'),
]

# The spellings of nft whose rules stand before connection tracking.
BEFORE_CONNTRACK = [
    ('what was NEW is UNTRACKED behind notrack', 'notrack ct state untracked drop', 'drop'),
    ('and not NEW any more', 'notrack ct state new drop', 'notrack'),
    ('a test before notrack is of what was before', 'tcp dport 80 notrack ct state untracked drop', 'tcp dport 80 drop'),
]

# Rules that are refused, and what is said of them.
REFUSED = [
    ('iptables', 'reversed ports of tcp', '-A INPUT -p tcp --dport 90:80 -j DROP', '90:80'),
    ('iptables', 'the ports of a reversed range', '-A INPUT -p udp -m multiport --dports 90:80 -j DROP', '90:80'),
    ('iptables', 'a mask of two parts', '-A INPUT -s 10.0.0.0/255.255 -j DROP', '255.255'),
    ('iptables', 'a mask of three parts', '-A INPUT -s 10.0.0.0/255.255.0 -j DROP', '255.255.0'),
    ('iptables', 'a mask of five parts', '-A INPUT -s 10.0.0.0/255.255.0.0.0 -j DROP', '255.255.0.0.0'),
    ('iptables', 'an address of five parts', '-A INPUT -s 10.0.0.0.1 -j DROP', '10.0.0.0.1'),
    ('iptables', 'a part of an address that is too great', '-A INPUT -s 10.256.0.1 -j DROP', '10.256.0.1'),
    ('iptables', 'an address that ends with a dot', '-A INPUT -s 10.0.0. -j DROP', '10.0.0.'),
    ('iptables', 'a prefix longer than the address', '-A INPUT -s 10.0.0.0/33 -j DROP', '33'),
]


def whole(dialect, rules, hook='input', priority='0'):
    return CHAIN[dialect] % ((hook, priority, rules) if dialect != 'iptables' else rules)


def compare(old, new):
    with tempfile.TemporaryDirectory() as d:
        paths = [os.path.join(d, 'old'), os.path.join(d, 'new')]
        for path, text in zip(paths, (old, new)):
            with open(path, 'w') as f:
                f.write(text)
        r = subprocess.run([FWLINT, 'compare', *paths], capture_output=True, text=True)
    return r.returncode, r.stdout + r.stderr


class Meaning(unittest.TestCase):
    pass


def add(name, test):
    name = 'test_' + re.sub(r'\W+', '_', name)
    assert not hasattr(Meaning, name), name
    setattr(Meaning, name, test)


def add_pair(name, old, new, status):
    def test(self):
        code, out = compare(old, new)
        self.assertEqual(code, status, '%s\n%s\n%s' % (old, new, out))
    add(name, test)


def add_refused(name, text, what):
    def test(self):
        r = subprocess.run([FWLINT, '-'], input=text, capture_output=True, text=True)
        self.assertEqual(r.returncode, 2, r.stdout + r.stderr)
        self.assertIn(what, r.stderr)
    add(name, test)


for dialect, name, one, other in SAME:
    add_pair('same: %s: %s' % (dialect, name), whole(dialect, one), whole(dialect, other), 0)
for dialect, name, one, other in DIFFERENT:
    add_pair('different: %s: %s' % (dialect, name), whole(dialect, one), whole(dialect, other), 1)
for name, one, other in BEFORE_CONNTRACK:
    add_pair('same: before conntrack: ' + name, whole('nft', one, 'prerouting', '-300'), whole('nft', other, 'prerouting', '-300'), 0)
for dialect, name, rules, what in REFUSED:
    add_refused('refused: %s: %s' % (dialect, name), whole(dialect, rules), what)

if __name__ == '__main__':
    unittest.main(verbosity=2)
