#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Later fragments where nothing reassembles.  usage: fragments.py FWLINT

Second fragments are sent through a router whose rules ask for no conntrack, and the counters of
iptables-legacy say which rules they meet: those that tell a later fragment from others in fwlint's
comparison, and no others. What iptables-nft does otherwise is held too (docs/architecture.md).
Runs in a network namespace of its own; needs root.
"""
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

INSIDE = 'FWLINT_FRAGMENTS_INSIDE'
FWLINT = os.path.abspath(sys.argv.pop(1))

RULES = [
    '-p tcp', '! -p tcp', '-p udp', '-p icmp', '-p esp', '-p tcp --dport 80', '-p tcp ! --dport 80',
    '-p tcp --dport 0:65535', '-p tcp -m tcp', '-p tcp --syn', '-p tcp ! --syn', '-p tcp --tcp-option 5',
    '-p tcp ! --tcp-option 5', '-p udp --dport 80', '-p udp ! --dport 80', '-p udp --sport 0:65535', '-p udp -m udp',
    '-p udp -m multiport --dports 80', '-p udp -m multiport ! --dports 80', '-p icmp --icmp-type 8',
    '-p icmp ! --icmp-type 8', '-p icmp --icmp-type any', '-p esp -m esp --espspi 0:', '-p esp -m esp ! --espspi 5',
    '-m length --length 0:100', '-m length ! --length 0:100', '-m ttl --ttl-lt 10', '-m mark --mark 0',
    '-s 10.9.0.0/24', '-i a1', '! -i a1',
]
# iptables-nft reads the bytes of the fragment as what stands there in a whole packet.
NFT_READS_BYTES = {'-p tcp --dport 80', '-p tcp ! --syn', '-p udp --dport 80'}


def run(*args, stdin=None):
    r = subprocess.run(args, input=stdin, capture_output=True, text=True)
    if r.returncode:
        raise RuntimeError('%s: %s' % (' '.join(args), r.stderr))
    return r.stdout


def file_of(*rules):
    return '*filter\n' + ''.join('-A FORWARD -f %s\n' % r for r in rules) + 'COMMIT\n'


def fragment(protocol):
    """16 bytes into the packet; where a whole one has ports they are 80, and so its flags are none."""
    payload = struct.pack('!HH', 80, 80) + bytes(28)

    def header(checksum):
        return struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(payload), 77, 2, 64, protocol, checksum,
                           socket.inet_aton('10.9.0.2'), socket.inet_aton('10.9.1.2'))
    total = sum(struct.unpack('!10H', header(0)))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return header(~total & 0xffff) + payload


class Fragments(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        for wire, address in (('a', '10.9.0.1/24'), ('b', '10.9.1.1/24')):
            run('ip', 'link', 'add', wire + '0', 'type', 'veth', 'peer', 'name', wire + '1')
            run('ip', 'link', 'set', wire + '0', 'up')
            run('ip', 'link', 'set', wire + '1', 'up')
            run('ip', 'addr', 'add', address, 'dev', wire + '1')
        run('sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv4.conf.all.rp_filter=0', 'net.ipv4.conf.a1.rp_filter=0')
        run('ip', 'neigh', 'add', '10.9.1.2', 'lladdr', '02:00:00:00:00:02', 'dev', 'b1')
        mac = re.search('link/ether ([0-9a-f:]+)', run('ip', 'link', 'show', 'a1')).group(1)
        cls.ethernet = bytes.fromhex(mac.replace(':', '')) + bytes.fromhex('0200000000090800')
        cls.wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        cls.wire.bind(('a0', 0))

    def met(self, backend):
        """The rules that some later fragment meets."""
        run('iptables-%s-restore' % backend, stdin=file_of(*RULES))
        for protocol in (6, 17, 1, 50):
            self.wire.send(self.ethernet + fragment(protocol))
        for _ in range(50):
            saved = run('iptables-%s-save' % backend, '-c')
            counts = [int(n) for n in re.findall(r'^\[(\d+):\d+\] -A FORWARD', saved, re.M)]
            if counts[-2] == 4: # `-i a1`: all of them came
                break
            time.sleep(0.05)
        run('iptables-' + backend, '-F')
        self.assertEqual(counts[-2], 4)
        return {r for r, n in zip(RULES, counts) if n}

    def differs(self, rule):
        with tempfile.TemporaryDirectory() as d:
            paths = [os.path.join(d, name) for name in ('with.v4', 'without.v4')]
            for path, text in zip(paths, (file_of(rule + ' -j DROP'), file_of())):
                with open(path, 'w') as f:
                    f.write(text)
            r = subprocess.run([FWLINT, 'compare', *paths], capture_output=True, text=True)
        self.assertIn(r.returncode, (0, 1), r.stderr)
        return r.returncode == 1

    def test_legacy_meets_the_rules_that_fwlint_says(self):
        met = self.met('legacy')
        for rule in RULES:
            # these ask for values that the fragments have not
            if rule not in ('-m length ! --length 0:100', '-m ttl --ttl-lt 10', '! -i a1'):
                with self.subTest(rule=rule):
                    self.assertEqual(self.differs(rule), rule in met)
        self.assertGreater(len(met), 8)
        self.assertLess(len(met), len(RULES) - 12)

    def test_nft_reads_the_bytes_that_stand_there(self):
        self.assertEqual(self.met('nft') - self.met('legacy'), NFT_READS_BYTES)


if __name__ == '__main__':
    if os.environ.get(INSIDE):
        unittest.main(verbosity=2)
    try:
        run('unshare', '-n', 'iptables-legacy-restore', stdin=file_of())
    except (RuntimeError, OSError) as e:
        print('SKIPPED: no network namespaces or no iptables here: %s' % e)
        sys.exit(77)
    sys.exit(subprocess.run(['unshare', '-n', sys.executable, __file__, FWLINT], env={**os.environ, INSIDE: '1'}).returncode)
