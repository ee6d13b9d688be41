#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fwlint resets finds the frames that tshark finds: in captures made here, and in those of a folder.

usage: tshark.py FWLINT        FWLINT_CAPTURES: a folder of captures, of which all below it are read
"""
import json
import os
import struct
import unittest

import common
from captures import (ACK, CLIENT, CLIENT6, ETHERNET, NULL, PSH, RAW, RST, SERVER, SERVER6, SLL, SLL2, SYN, Capture, Stream, frame, ip,
                      tcp)
from common import Folder, outcome
from wireshark import is_there, resets_of

common.program()
FOLDER = os.environ.get('FWLINT_CAPTURES')
OUTER = (('192.0.2.1', 0), ('192.0.2.2', 0))
OUTER6 = (('2001:db8::1', 0), ('2001:db8::2', 0))


def ours(path):
    """The frames with a reset; None: it is no capture that fwlint reads."""
    code, out, err = outcome('resets', '--format', 'json', path, timeout=600)
    return None if code == 2 and not out else sorted(r['frame'] for r in json.loads(out)['resets'])


class Made(Folder):
    def same(self, capture, n):
        path = capture.write(os.path.join(self.dir, 'capture'))
        found = resets_of(path)
        self.assertEqual((ours(path), len(found)), (found, n))

    def test_every_link_layer(self):
        for ends in ((CLIENT, SERVER), (CLIENT6, SERVER6)):
            for link in (ETHERNET, RAW, SLL, SLL2, NULL):
                with self.subTest(link=link, ends=ends):
                    c = Capture(link)
                    s = Stream(c, *ends).open().talk()
                    s.send(0, PSH | ACK, b'x')
                    s.plain_reset(s.next[1], ttl=64)
                    s.send(1, RST | ACK)
                    self.same(c, 2)

    def test_vlan_and_short_snap_length(self):
        for snap in (65535, 58):
            c = Capture(snap=snap)
            s = Stream(c, vlan=7).open()
            s.send(1, RST | ACK)
            self.same(c, 1)

    def test_packets_in_packets(self):
        for ends in ((CLIENT, SERVER), (CLIENT6, SERVER6)):
            inner = ip(*ends, tcp(*ends, RST, 1))
            kind = 41 if ends[0] == CLIENT6 else 4
            ether = struct.pack('>H', 0x86dd if kind == 41 else 0x0800)
            vxlan = struct.pack('>HHHHII', 40000, 4789, 16 + 14 + len(inner), 0, 8 << 24, 7 << 8) + frame(ETHERNET, inner)
            for outer in (OUTER, OUTER6):
                with self.subTest(ends=ends, outer=outer):
                    c = Capture(RAW)
                    c.raw(ip(*outer, inner, protocol=kind))
                    c.raw(ip(*outer, b'\0\0' + ether + inner, protocol=47))
                    c.raw(ip(*outer, vxlan, protocol=17))
                    self.same(c, 3)

    def test_fragments(self):
        c = Capture(RAW)
        segment = tcp(CLIENT, SERVER, RST, 1, data=b'x' * 20)
        c.raw(ip(CLIENT, SERVER, segment[:24], ident=5, df=False, fragment=0x2000))
        c.raw(ip(CLIENT, SERVER, segment[24:], ident=5, df=False, fragment=3))
        segment = tcp(CLIENT6, SERVER6, RST, 1, data=b'x' * 20)
        c.raw(ip(CLIENT6, SERVER6, struct.pack('>BBHI', 6, 0, 1, 9) + segment[:24], protocol=44))
        c.raw(ip(CLIENT6, SERVER6, struct.pack('>BBHI', 6, 0, 24, 9) + segment[24:], protocol=44))
        self.same(c, 2)

    def test_an_icmp_error_about_a_reset_is_none(self):
        c = Capture(RAW)
        reset = ip(CLIENT, SERVER, tcp(CLIENT, SERVER, RST, 1))
        c.raw(ip(('10.1.0.1', 0), CLIENT, struct.pack('>BBHI', 3, 13, 0, 0) + reset, protocol=1))
        reset = ip(CLIENT6, SERVER6, tcp(CLIENT6, SERVER6, RST, 1))
        c.raw(ip(('2001:db8:1::1', 0), CLIENT6, struct.pack('>BBHI', 1, 1, 0, 0) + reset, protocol=58))
        self.same(c, 0)

    def test_every_combination_of_flags(self):
        c = Capture(RAW)
        for flags in range(256):
            c.add(CLIENT, SERVER, flags, flags * 1000, 1 if flags & ACK else 0, b'x' * (flags % 7))
        c.add(CLIENT, SERVER, SYN)
        self.same(c, 128)


@unittest.skipUnless(FOLDER, 'FWLINT_CAPTURES names no folder')
class Public(unittest.TestCase):
    def test_each_capture_of_the_folder(self):
        resets = captures = unread = 0
        for where, _, names in sorted(os.walk(FOLDER)):
            for name in sorted(names):
                path = os.path.join(where, name)
                with self.subTest(path):
                    found = ours(path)
                    if found is None:
                        unread += 1
                        continue
                    captures += 1
                    resets += len(found)
                    self.assertEqual(found, resets_of(path))
        print('%d captures with %d resets, as tshark counts; %d files are no captures for libpcap' % (captures, resets, unread))
        self.assertGreater(resets, 0)


if __name__ == '__main__':
    if not is_there():
        common.leave_out('tshark is missing')
    common.main()
