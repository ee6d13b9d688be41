#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What must get through, in network namespaces.  usage: essentials.py FWLINT

A ruleset with which something fails that nobody wants to fail, and the same with a rule more: fwlint finds the one
(FW301, FW302, FW303) and not the other, and the kernel agrees. Needs root, or rights to make namespaces.
"""
import os
import socket
import sys
import time

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import common  # noqa: E402
import network  # noqa: E402
from network import C, PORT, R, S, make_socket, sh  # noqa: E402

common.program()

HOST = ('table inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter; policy drop;\n%s\t}\n'
        '\tchain output {\n\t\ttype filter hook output priority filter; policy accept;\n\t}\n}\n')
EST = '\t\tct state established,related accept\n'
BIG = b'x' * 200000


def codes(text):
    code, out, err = common.outcome('--select', 'FW301,FW302,FW303', '--severity', 'note', '--quiet', stdin=text)
    return sorted({word for word in out.split() if word.startswith('FW3')})


class Essentials(network.Network):
    def host(self, ns, text):
        sh('nft', '-f', '-', ns=ns, stdin='flush ruleset\n' + text)

    def answers(self, family, target, listen_at, text=b'x'):
        """Does a connection from the client get the text to the end?"""
        listener, client = (make_socket(ns, family, socket.SOCK_STREAM) for ns in (listen_at, C))
        with listener, client:
            for s in (listener, client):
                s.settimeout(2)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(('::' if family == socket.AF_INET6 else '0.0.0.0', PORT))
            listener.listen(1)
            try:
                client.connect(target)
                server, _ = listener.accept()
            except OSError:
                return False
            with server:
                server.settimeout(2)
                client.setblocking(False)
                sent = got = 0
                end = time.monotonic() + 3
                while got < len(text) and time.monotonic() < end:
                    try:
                        sent += client.send(text[sent:]) if sent < len(text) else 0
                    except BlockingIOError:
                        pass
                    try:
                        server.settimeout(0.1)
                        got += len(server.recv(65536))
                    except socket.timeout:
                        pass
                return got == len(text)

    def test_neighbour_discovery(self):
        ssh = '\t\tip6 saddr fd00::/8 tcp dport %d accept\n' % PORT
        bad = HOST % (EST + '\t\tiifname "lo" accept\n' + ssh)
        good = HOST % (EST + '\t\tiifname "lo" accept\n\t\ticmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept\n' + ssh)
        self.assertEqual((codes(bad), codes(good)), (['FW301'], []))
        for text, want in ((bad, False), (good, True)):
            self.host(R, text)
            for ns in (C, R):
                sh('ip', '-6', 'neigh', 'flush', 'all', ns=ns, check=False)
            self.assertEqual(self.answers(socket.AF_INET6, ('fd00:9:1::1', PORT), R), want)

    def test_path_mtu(self):
        lo = '\t\tiifname "lo" accept\n\t\ticmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept\n'
        bad, good = HOST % (EST.replace(',related', '') + lo), HOST % (EST + lo)
        self.assertEqual((codes(bad), codes(good)), (['FW302'], []))
        sh('ip', 'link', 'set', 'tos', 'mtu', '1300', ns=R)
        for family, target in ((socket.AF_INET, '10.9.2.2'), (socket.AF_INET6, 'fd00:9:2::2')):
            for text, want in ((bad, False), (good, True)):
                self.host(C, text)
                sh('ip', 'route', 'flush', 'cache', ns=C)
                sh('ip', '-6', 'route', 'flush', 'cache', ns=C)
                self.assertEqual(self.answers(family, (target, PORT), S), True)  # a small one passes
                self.assertEqual(self.answers(family, (target, PORT), S, BIG), want)

    def test_replies(self):
        lo = '\t\tiifname "lo" accept\n\t\ticmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept\n'
        bad, good = HOST % (lo + '\t\ttcp dport 22 accept\n'), HOST % (EST + lo + '\t\ttcp dport 22 accept\n')
        self.assertIn('FW303', codes(bad))
        self.assertEqual(codes(good), [])
        for family, target in ((socket.AF_INET, '10.9.2.2'), (socket.AF_INET6, 'fd00:9:2::2')):
            for text, want in ((bad, False), (good, True)):
                self.host(C, text)
                self.assertEqual(self.answers(family, (target, PORT), S), want)


class Scripts(network.Network):
    def test_a_script_without_a_flush_doubles_its_rules(self):
        rules = 'table inet filter {\n\tchain forward {\n\t\ttype filter hook forward priority filter;\n\t\tct state invalid drop\n\t}\n}\n'
        head = '#!/usr/sbin/nft -f\n'
        for text, found, times in ((head + rules, True, 2), (head + 'table inet filter\nflush table inet filter\n' + rules, False, 1),
                                   (head + 'table inet filter\ndelete table inet filter\n' + rules, False, 1)):
            sh('nft', 'flush', 'ruleset', ns=R)
            for _ in range(2):
                sh('nft', '-f', '-', ns=R, stdin=text)
            self.assertEqual(sh('nft', 'list', 'ruleset', ns=R).stdout.count('invalid drop'), times)
            self.assertEqual('FW501' in common.outcome('--select', 'FW5', '--quiet', stdin=text)[1], found)


if __name__ == '__main__':
    try:
        sh('ip', 'netns', 'add', R)
        sh('ip', 'netns', 'del', R)
    except (RuntimeError, OSError) as e:
        common.leave_out('no network namespaces: %s' % e)
    common.main()
