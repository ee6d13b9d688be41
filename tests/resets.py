#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fwlint resets: captures made here (kernel/resets_lab.py has a kernel's).  usage: resets.py FWLINT"""
import json
import os
import random
import resource
import struct

import common
from captures import (ACK, CLIENT, CLIENT6, ETHERNET, FIN, NULL, PSH, RAW, RST, SERVER, SERVER6, SLL, SLL2, SYN, Capture, Stream, arp,
                      ip, solicitation, tcp)
from common import Folder, outcome, write

common.program()
INVALID_RESET = '''*filter
:FORWARD ACCEPT [0:0]
-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT
-A FORWARD -p tcp -j REJECT --reject-with tcp-reset
COMMIT
'''
NEW_RESET = '''*filter
:INPUT ACCEPT [0:0]
-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT
-A INPUT -p tcp -m tcp --dport 99 -j REJECT --reject-with tcp-reset
COMMIT
'''


class Case(Folder):
    def file(self, text):
        return write(os.path.join(self.dir, 'file'), text)

    def resets(self, capture, *args, status=0):
        path = os.path.join(self.dir, 'capture')
        capture.write(path)
        code, out, err = outcome('resets', '--format', 'json', path, *args)
        self.assertEqual(code, status, err)
        return json.loads(out)['resets']

    def one(self, capture, *args):
        found = self.resets(capture, *args)
        self.assertEqual(len(found), 1, found)
        return found[0]

    def causes(self, capture, *args):
        return [r['cause'] for r in self.resets(capture, *args)]


class Causes(Case):
    def test_closed_port(self):
        c = Capture()
        Stream(c).open().talk()
        c.add(CLIENT, ('10.2.0.2', 99), SYN, 77)
        n = c.add(('10.2.0.2', 99), CLIENT, RST | ACK, 0, 78, ttl=63, ident=0, window=0)
        r = self.one(c)
        self.assertEqual((r['frame'], r['cause'], r['why'], r['confidence']), (n, 'closed-port', None, 'certain'))
        self.assertEqual((r['source'], r['destination']), ('10.2.0.2:99', '10.1.0.2:40000'))
        self.assertAlmostEqual(r['time'], c.time, 3)
        self.assertNotIn('file', r)

    def test_answer_to_a_syn_with_another_ttl_is_of_a_box(self):
        c = Capture()
        Stream(c).open().talk()
        c.add(CLIENT, ('10.2.0.2', 99), SYN, 77)
        c.add(('10.2.0.2', 99), CLIENT, RST | ACK, 0, 78, ttl=64, ident=0, window=0)
        self.assertEqual(self.causes(c), ['middlebox'])

    def test_a_syn_that_is_reset_and_taken_was_reset_by_a_box(self):
        c = Capture()
        s = Stream(c)
        s.send(0, SYN)
        c.add(SERVER, CLIENT, RST | ACK, 0, s.next[0], ttl=63, ident=0, window=0)
        s.send(1, SYN | ACK)
        self.assertEqual(self.causes(c), ['middlebox'])

    def test_rejected_syn_names_the_rule(self):
        c = Capture()
        Stream(c).open().talk()
        c.add(CLIENT, ('10.2.0.2', 99), SYN, 77)
        c.add(('10.2.0.2', 99), CLIENT, RST | ACK, 0, 78, ttl=63, ident=0, window=0)
        rules = self.file(NEW_RESET)
        r = self.one(c, '--', rules)
        self.assertEqual((r['cause'], r['why'], r['file'], r['line']), ('firewall-rule', 'new-not-allowed', rules, 4))

    def test_segment_out_of_the_window_names_the_rule(self):
        c = Capture()
        s = Stream(c).open().talk()
        n = s.send(0, PSH | ACK, b'x', seq=s.next[0] + 10000000)
        s.plain_reset(s.next[1], ttl=64)
        s.send(1, PSH | ACK, b'goes on')
        rules = self.file(INVALID_RESET)
        r = self.one(c, '--', rules)
        self.assertEqual((r['cause'], r['why'], r['line'], r['confidence']), ('firewall-rule', 'out-of-window', 4, 'certain'))
        self.assertIn('frame %d' % n, r['evidence'][0])
        self.assertEqual(self.one(c)['cause'], 'middlebox')  # without the rules nobody knows whose it was

    def test_ack_of_unseen_data(self):
        c = Capture()
        s = Stream(c).open().talk()
        ack = s.next[1] + 5000000
        s.send(0, PSH | ACK, b'x', ack=ack)
        s.plain_reset(ack, ttl=64)
        r = self.one(c, '--', self.file(INVALID_RESET))
        self.assertEqual((r['cause'], r['why']), ('firewall-rule', 'unseen-ack'))

    def test_segment_that_its_state_does_not_allow(self):
        c = Capture()
        s = Stream(c).open().talk()
        s.send(0, SYN | ACK)
        s.plain_reset(s.next[1], ttl=64)
        r = self.one(c, '--', self.file(INVALID_RESET))
        self.assertEqual((r['cause'], r['why']), ('firewall-rule', 'other'))
        self.assertIn('SYN/ACK in state ESTABLISHED', r['evidence'][0])

    def test_lost_entry(self):
        rules = INVALID_RESET.replace('-p tcp -j', '-p tcp ! --syn -m conntrack --ctstate NEW -j')
        c = Capture()
        s = Stream(c).open().talk()
        s.send(0, PSH | ACK, b'x')
        s.plain_reset(s.next[1], ttl=64)
        r = self.one(c, '--', self.file(rules))
        self.assertEqual((r['cause'], r['why'], r['confidence']), ('firewall-rule', 'lost-entry', 'likely'))

    def test_rule_that_does_not_reset_it_is_not_named(self):
        c = Capture()
        s = Stream(c).open().talk()
        s.send(0, PSH | ACK, b'x', seq=s.next[0] + 10000000)
        s.plain_reset(s.next[1], ttl=64)
        rules = INVALID_RESET.replace('-A FORWARD -p', '-A FORWARD -m conntrack --ctstate INVALID -j DROP\n-A FORWARD -p')
        self.assertEqual(self.causes(c, '--', self.file(rules.replace('-p tcp -j', '-p tcp --dport 81 -j'))), ['middlebox'])

    def test_socket_that_was_aborted(self):
        c = Capture()
        s = Stream(c).open().talk()
        s.send(1, RST | ACK)
        r = self.one(c)
        self.assertEqual((r['cause'], r['confidence']), ('aborted-by-endpoint', 'certain'))

    def test_reset_that_was_forged(self):
        for more in ({'ttl': 120}, {'ident': 40000, 'stamp': None}, {'seq': None, 'ttl': 64}):
            c = Capture()
            s = Stream(c).open().talk()
            if 'seq' in more:
                more['seq'] = s.next[1]
            s.send(1, RST | ACK, **more)
            s.send(1, PSH | ACK, b'the answer')
            with self.subTest(more):
                self.assertEqual(self.causes(c), ['middlebox'])

    def test_data_after_the_program_closed(self):
        c = Capture()
        s = Stream(c).open().talk()
        s.send(1, FIN | ACK)
        s.send(0, PSH | ACK, b'more')
        s.plain_reset(s.next[1])
        self.assertEqual(self.causes(c), ['aborted-by-endpoint'])

    def test_half_open(self):
        c = Capture()
        s = Stream(c).open().talk()
        s.send(0, PSH | ACK, b'more', after=2)
        s.plain_reset(s.next[1])
        r = self.one(c)
        self.assertEqual((r['cause'], r['confidence']), ('half-open', 'likely'))

    def test_host_that_goes_on_was_not_half_open(self):
        c = Capture()
        s = Stream(c).open().talk()
        s.send(0, PSH | ACK, b'more')
        s.plain_reset(s.next[1])
        s.send(1, PSH | ACK, b'here', after=0.1)
        self.assertEqual(self.causes(c), ['unknown'])
        self.assertNotIn('confidence', self.one(c))

    def test_forged_reset_with_a_window_and_the_ttl_of_the_stream(self):
        c = Capture()
        s = Stream(c, CLIENT6, SERVER6).open().talk()
        s.plain_reset(s.next[1], window=1000)
        s.send(1, PSH | ACK, b'here', after=0.1)
        self.assertEqual(self.causes(c), ['middlebox'])

    def test_silence_before_a_reset_of_a_box(self):
        c = Capture()
        for i in range(4):
            s = Stream(c, client=('10.1.0.2', 41000 + i)).open().talk(after=0.5)
            s.send(0, PSH | ACK, b'hello', after=600)
            s.plain_reset(s.next[1], ttl=64)
        found = self.resets(c)
        self.assertEqual([r['cause'] for r in found], ['idle-timeout'] * 4)
        self.assertTrue(any('600 s' in line for line in found[0]['evidence']))

    def test_silence_alone_is_the_time_out_of_the_program(self):
        c = Capture()
        s = Stream(c).open().talk()
        s.send(1, RST | ACK, after=300)
        r = self.one(c)
        self.assertEqual(r['cause'], 'aborted-by-endpoint')
        self.assertTrue(any('silence of 300 s' in line for line in r['evidence']))

    def test_burst_without_silence(self):
        c = Capture()
        streams = [Stream(c, client=('10.1.0.2', 41000 + i)).open().talk() for i in range(6)]
        for s in streams:
            s.send(0, PSH | ACK, b'hello')
            s.plain_reset(s.next[1], ttl=64)
        self.assertEqual(self.causes(c), ['table-eviction'] * 6)

    def test_two_hosts_with_one_address(self):
        for claim, client, server in ((arp, CLIENT, ('10.1.0.9', 80)), (solicitation, CLIENT6, ('2001:db8:2::9', 80))):
            c = Capture()
            s = Stream(c, client=client, server=server, ttl=(64, 64))
            c.raw(claim('router', server[0]))
            for side, flags in ((0, SYN), (1, SYN | ACK), (0, ACK), (0, PSH | ACK), (1, ACK)):
                s.send(side, flags, mac='router' if side else 'near')
            c.raw(claim('other', server[0]))
            s.send(0, PSH | ACK, b'q')
            s.plain_reset(s.next[1], mac='other')
            r = self.one(c)
            self.assertEqual((r['cause'], r['confidence']), ('duplicate-address', 'certain'))

    def test_reset_that_left_the_host_but_never_came_in(self):
        c = Capture(SLL)
        s = Stream(c)
        for _ in range(2):
            for side, flags in ((0, SYN), (1, SYN | ACK)) if not s.capture.frames else ((0, PSH | ACK), (1, PSH | ACK)):
                s.send(side, flags, b'' if flags & SYN else b'data', mac='near', ttl=64, ident=7)
                c.frames.append((c.time + 1e-5, c.frames[-1][1]))
                c.frames[-1] = (c.time + 1e-5, b'\0\4' + c.frames[-1][1][2:24] + b'\x3f' + c.frames[-1][1][25:])
        s.send(0, PSH | ACK, b'x', seq=s.next[0] + 10000000)
        s.plain_reset(s.next[1], ttl=64, out=True)
        r = self.one(c)
        self.assertEqual((r['cause'], r['why'], r['confidence']), ('firewall-rule', 'out-of-window', 'certain'))
        self.assertNotIn('line', r)

    def test_captures_of_both_sides_name_the_sender(self):
        inside, outside = Capture(), Capture()
        a, b = Stream(inside, ttl=(64, 63)).open().talk(), Stream(outside, ttl=(63, 64)).open().talk()
        a.send(0, PSH | ACK, b'x', seq=a.next[0] + 10000000)
        a.plain_reset(a.next[1], ttl=64)
        paths = [c.write(os.path.join(self.dir, name)) for c, name in ((inside, 'inside'), (outside, 'outside'))]
        code, out, _ = outcome('resets', '--format', 'json', *paths)
        found = json.loads(out)['resets']
        self.assertEqual((code, [(r['cause'], r['why'], r['confidence'], r['capture']) for r in found]),
                         (0, [('firewall-rule', 'out-of-window', 'certain', paths[0])]))
        # a reset that both have comes from beyond
        b.send(0, PSH | ACK, b'x', seq=b.next[0] + 10000000)
        b.plain_reset(b.next[1], ttl=65)
        outside.write(paths[1])
        found = json.loads(outcome('resets', '--format', 'json', *paths)[1])['resets']
        self.assertEqual([r['cause'] for r in found], ['middlebox'] * 2)

    def both(self, inside, outside):
        """What is said of two captures: (cause, why, confidence, capture) of each reset, and the evidence."""
        paths = [c.write(os.path.join(self.dir, name)) for c, name in ((inside, 'inside'), (outside, 'outside'))]
        code, out, err = outcome('resets', '--format', 'json', *paths)
        self.assertEqual(code, 0, err)
        found = json.loads(out)['resets']
        return [(r['cause'], r['why'], r.get('confidence'), os.path.basename(r['capture'])) for r in found], found

    # the ends outside: of a masqueraded client, of a forwarded port, of both
    NATS = ((('203.0.113.1', 61000), SERVER), (CLIENT, ('10.9.9.9', 8080)), (('203.0.113.1', 61000), ('10.9.9.9', 8080)))

    def test_addresses_that_are_translated_between_two_captures(self):
        for ends in self.NATS:
            with self.subTest(ends=ends):
                inside, outside = Capture(), Capture()
                a, b = Stream(inside, ttl=(64, 63)).open().talk(), Stream(outside, *ends, ttl=(63, 64)).open().talk()
                a.send(0, PSH | ACK, b'x', seq=a.next[0] + 10000000)
                a.plain_reset(a.next[1], ttl=64)
                b.send(1, ACK)
                said, found = self.both(inside, outside)
                self.assertEqual(said, [('firewall-rule', 'out-of-window', 'certain', 'inside')])
                self.assertTrue(any('as %s:%d -> %s:%d' % (*ends[1], *ends[0]) in line for line in found[0]['evidence']), found)
                # a reset that both have comes from beyond
                b.send(0, PSH | ACK, b'x', seq=b.next[0] + 10000000)
                b.plain_reset(b.next[1], ttl=65)
                self.assertEqual([s[0] for s in self.both(inside, outside)[0]], ['middlebox'] * 2)

    def test_a_syn_that_is_translated_went_through(self):
        inside, outside = Capture(), Capture()
        for c, client, ttl in ((inside, CLIENT, 64), (outside, ('203.0.113.1', 61000), 63)):
            c.add(client, SERVER, SYN, 77, ident=5, ttl=ttl)
        alone = self.both(inside, outside)
        self.assertEqual(alone[0], [])
        inside.add(SERVER, CLIENT, RST | ACK, 0, 78, ttl=64, ident=0, window=0)
        self.assertNotEqual(self.both(inside, outside)[0][0][0], 'firewall-rule')
        # … and one of another port of a scan is not it
        outside.frames.clear()
        outside.add(CLIENT, (SERVER[0], 81), SYN, 77, ident=6, ttl=63)
        self.assertEqual(self.both(inside, outside)[0], [('firewall-rule', 'new-not-allowed', 'likely', 'inside')])

    def test_a_scan_on_both_sides_is_compared_quickly(self):
        """Its SYNs have the same numbers; to look at each reset for each SYN took minutes."""
        inside, outside = Capture(), Capture()
        for port in range(1, 20000):
            for c, ttl in ((inside, 64), (outside, 63)):
                c.add(CLIENT, (SERVER[0], port), SYN, 77, ident=0, ttl=ttl)
                c.add((SERVER[0], port), CLIENT, RST | ACK, 0, 78, ttl=127 - ttl, ident=0, window=0)
                c.time -= 0.0019
        paths = [c.write(os.path.join(self.dir, name)) for c, name in ((inside, 'inside'), (outside, 'outside'))]
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        code, out, err = outcome('resets', '--format', 'json', *paths)
        self.assertEqual(code, 0, err)
        self.assertEqual(len(json.loads(out)['resets']), 2 * 19999)
        self.assertLess(resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before, 8)

    def test_a_capture_of_another_time_proves_nothing(self):
        inside, outside = Capture(), Capture()
        a = Stream(inside, ttl=(64, 63)).open().talk()
        Stream(outside, ttl=(63, 64)).open().talk()
        inside.time += 60
        a.send(0, PSH | ACK, b'x', seq=a.next[0] + 10000000)
        a.plain_reset(a.next[1], ttl=63)
        self.assertNotEqual(self.both(inside, outside)[0][0][0], 'firewall-rule')

    # what public captures showed: systems differ in what they send without a socket, and in a reset
    def test_a_closed_socket_answers_with_an_ip_id_of_its_own(self):
        c = Capture()
        s = Stream(c).open().talk()
        s.send(1, FIN | ACK)
        s.send(0, PSH | ACK, b'x')
        s.plain_reset(s.next[1], ident=40000, window=5)
        r = self.one(c)
        self.assertEqual((r['cause'], r['confidence']), ('aborted-by-endpoint', 'likely'))

    def test_a_socket_may_leave_the_timestamps_out(self):
        for ident, cause in ((None, 'aborted-by-endpoint'), (0, 'unknown')):
            c = Capture()
            Stream(c).open().talk().send(1, RST | ACK, stamp=None, ident=ident)
            self.assertEqual(self.causes(c), [cause])

    def test_evidence_that_contradicts_itself_is_not_enough(self):
        c = Capture()
        s = Stream(c).open().talk()
        s.send(1, RST | ACK)
        s.send(1, PSH | ACK, b'goes on')
        self.assertEqual(self.causes(c), ['unknown'])

    def test_a_damaged_capture_is_not_compared(self):
        c = Capture()
        c.add(CLIENT, SERVER, SYN, 77)
        c.add(SERVER, CLIENT, RST | ACK, 0, 78, ttl=64, ident=0, window=0)
        alone = self.one(c)
        other = Capture().write(os.path.join(self.dir, 'other'))
        with open(other, 'ab') as f:
            f.write(struct.pack('<IIII', 1, 1, 0x7fffffff, 0x7fffffff) + b'x' * 100)
        code, out, _ = outcome('resets', '--format', 'json', os.path.join(self.dir, 'capture'), other)
        self.assertEqual((code, [r['cause'] for r in json.loads(out)['resets']]), (2, [alone['cause']]))

    def test_interfaces_that_are_tried_are_said(self):
        rules = INVALID_RESET.replace('-A FORWARD -p', '-A FORWARD -i lan7 -p')
        c = Capture()
        s = Stream(c).open().talk()
        s.send(0, PSH | ACK, b'x', seq=s.next[0] + 10000000)
        s.plain_reset(s.next[1], ttl=64)
        r = self.one(c, '--', self.file(rules))
        self.assertEqual((r['cause'], r['confidence']), ('firewall-rule', 'likely'))
        self.assertTrue(any('assumed: in lan7' in line for line in r['evidence']), r['evidence'])

    def test_loss_before_the_segment_is_said(self):
        c = Capture()
        s = Stream(c).open().talk()
        s.next[0] += 500
        s.send(0, PSH | ACK, b'behind a hole')
        s.send(0, PSH | ACK, b'x', seq=s.next[0] + 10000000)
        s.plain_reset(s.next[1], ttl=64)
        r = self.one(c, '--', self.file(INVALID_RESET))
        self.assertTrue(any('500 bytes before it were lost' in line for line in r['evidence']), r['evidence'])


class Links(Case):
    def stream(self, link, ends, **more):
        c = Capture(link)
        s = Stream(c, *ends, **more).open().talk()
        s.send(1, RST | ACK)
        return c

    def test_every_link_layer(self):
        for ends in ((CLIENT, SERVER), (CLIENT6, SERVER6)):
            for link in (ETHERNET, RAW, SLL, SLL2, NULL):
                with self.subTest(link=link, ends=ends):
                    self.assertEqual(self.causes(self.stream(link, ends)), ['aborted-by-endpoint'])

    def test_vlan(self):
        self.assertEqual(self.causes(self.stream(ETHERNET, (CLIENT, SERVER), vlan=7)), ['aborted-by-endpoint'])

    def test_extension_headers_and_fragments(self):
        c = Capture(RAW)
        segment = tcp(CLIENT6, SERVER6, RST, 1, data=b'x' * 20)
        c.raw(ip(CLIENT6, SERVER6, b'\x3c\0' + b'\0' * 6 + b'\x06\0' + b'\0' * 6 + segment, protocol=0))
        c.raw(ip(CLIENT6, SERVER6, struct.pack('>BBHI', 6, 0, 1, 9) + segment[:24], protocol=44))
        self.assertEqual([r['frame'] for r in self.resets(c)], [1])
        c.raw(ip(CLIENT6, SERVER6, struct.pack('>BBHI', 6, 0, 24, 9) + segment[24:], protocol=44))
        self.assertEqual([r['frame'] for r in self.resets(c)], [1, 3])
        segment = tcp(CLIENT, SERVER, RST, 1, data=b'x' * 20)
        c.raw(ip(CLIENT, SERVER, segment[24:], ident=5, df=False, fragment=3))
        c.raw(ip(CLIENT, SERVER, segment[:24], ident=5, df=False, fragment=0x2000))
        self.assertEqual([r['frame'] for r in self.resets(c)], [1, 3, 5])

    def test_packets_in_packets(self):
        c = Capture(RAW)
        inner = ip(CLIENT, SERVER, tcp(CLIENT, SERVER, RST, 1))
        outer = (('192.0.2.1', 0), ('192.0.2.2', 0))
        c.raw(ip(*outer, inner, protocol=4))
        c.raw(ip(*outer, b'\0\0\x08\0' + inner, protocol=47))
        self.assertEqual(len(self.resets(c)), 2)

    def test_short_snap_length(self):
        c = self.stream(ETHERNET, (CLIENT, SERVER))
        whole = self.resets(c)
        c.snap = 14 + 20 + 14
        self.assertEqual([r['frame'] for r in self.resets(c)], [r['frame'] for r in whole])
        c.snap = 14 + 20 + 13
        self.assertEqual(self.resets(c), [])


class Files(Case):
    def setUp(self):
        super().setUp()
        self.capture = Capture()
        s = Stream(self.capture).open().talk()
        s.send(1, RST | ACK)
        self.path = self.capture.write(os.path.join(self.dir, 'a.pcap'))

    def test_standard_input(self):
        with open(self.path, 'rb') as f:
            out = common.run(common.FWLINT, 'resets', '--format', 'json', '-', stdin=f.read(), text=False).stdout
        self.assertEqual(len(json.loads(out)['resets']), 1)

    def test_truncated_file_is_read_to_its_end(self):
        data = self.capture.bytes()
        for cut in (3, 20, 60):
            with open(self.path, 'wb') as f:
                f.write(data + self.capture.bytes()[24:-cut])
            code, out, err = outcome('resets', '--format', 'json', self.path)
            self.assertEqual(code, 0)
            self.assertGreaterEqual(len(json.loads(out)['resets']), 1)
            self.assertIn('ends in the middle of a frame', err)

    def test_damaged_file_is_answered_as_far_as_it_goes(self):
        with open(self.path, 'ab') as f:
            f.write(struct.pack('<IIII', 1, 1, 0x7fffffff, 0x7fffffff) + b'x' * 100)
        code, out, err = outcome('resets', '--format', 'json', self.path)
        self.assertEqual((code, len(json.loads(out)['resets'])), (2, 1))
        self.assertIn('is damaged after frame %d' % len(self.capture.frames), err)

    def test_what_is_no_capture(self):
        for args in ((self.file('*filter\nCOMMIT\n'),), (os.path.join(self.dir, 'missing'),), (self.dir,), ('--', self.path),
                     (self.path, '--', self.file('*filter\n-A\n')), ('--filter', 'tcp porte 80', self.path)):
            with self.subTest(args):
                code, out, err = outcome('resets', *args)
                self.assertEqual((code, out), (2, ''))
                self.assertTrue(err)

    def test_filter_keeps_the_numbers_of_frames(self):
        n = len(self.capture.frames)
        found = json.loads(outcome('resets', '--format', 'json', '--filter', 'tcp[tcpflags] & tcp-rst != 0', self.path)[1])['resets']
        self.assertEqual([r['frame'] for r in found], [n])
        self.assertEqual(json.loads(outcome('resets', '--format', 'json', '--filter', 'udp', self.path)[1])['resets'], [])

    def test_write_copies_the_frames_of_the_evidence(self):
        to = os.path.join(self.dir, 'few.pcap')
        self.assertEqual(outcome('resets', '--write', to, self.path)[0], 0)
        found = json.loads(outcome('resets', '--format', 'json', to)[1])['resets']
        self.assertEqual(len(found), 1)
        self.assertLess(os.path.getsize(to), os.path.getsize(self.path))
        code, _, err = outcome('resets', '--write', self.path, self.path)
        self.assertEqual(code, 2)
        self.assertIn('overwrite', err)

    def test_text_says_cause_evidence_and_what_to_do(self):
        code, out, _ = outcome('resets', self.path)
        self.assertEqual(code, 0)
        self.assertRegex(out, r'(?s)1 reset, aborted-by-endpoint, certain: .*\n  frame \d+: .*\n    .*\n  next: ')
        self.assertRegex(out, r'1 reset in \d+ TCP segments of 1 connection\n$')

    def test_explain_has_every_cause(self):
        code, out, _ = outcome('explain', 'resets')
        self.assertEqual(code, 0)
        for word in ('firewall-rule', 'closed-port', 'aborted-by-endpoint', 'half-open', 'middlebox', 'idle-timeout', 'table-eviction',
                     'duplicate-address', 'unknown', 'out-of-window', 'unseen-ack', 'bad-flags', 'lost-entry', 'new-not-allowed'):
            self.assertIn(word, out)

    def test_no_reset_is_an_answer(self):
        c = Capture()
        Stream(c).open().talk()
        c.write(self.path)
        self.assertEqual(json.loads(outcome('resets', '--format', 'json', self.path)[1])['groups'], [])

    def test_groups_count(self):
        groups = json.loads(outcome('resets', '--format', 'json', self.path)[1])['groups']
        self.assertEqual([(g['cause'], g['count']) for g in groups], [('aborted-by-endpoint', 1)])


class Hostile(Case):
    def test_bytes_that_changed_are_no_crash(self):
        chance = random.Random(22)
        for ends in ((CLIENT, SERVER), (CLIENT6, SERVER6)):
            c = Capture()
            s = Stream(c, *ends).open().talk()
            s.plain_reset(s.next[1], ttl=64)
            data = c.bytes()
            for _ in range(30):
                changed = bytearray(data)
                for _ in range(chance.randint(1, 40)):
                    changed[chance.randrange(24, len(changed))] = chance.choice((0, 255, chance.randrange(256)))
                path = write(os.path.join(self.dir, 'hostile'), bytes(changed))
                code, out, err = outcome('resets', '--format', 'json', path, '--', self.file(INVALID_RESET), timeout=20)
                self.assertIn(code, (0, 2), err)
                json.loads(out)


if __name__ == '__main__':
    common.main()
