#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The reset lab: client - router - server, a live TCP connection, and what kills it.

usage: lab.py FWLINT [SHARE | -k PATTERN]

Each row is a ruleset, a thing that happens to the connection, and what FACTS and the checks say becomes of
it: with the ruleset as it is, and with the one that fwlint makes of it. Every row runs with iptables-legacy,
iptables-nft and nft, over IPv4 and IPv6.
"""
import os
import platform
import re
import socket
import struct
import subprocess
import sys
import time
import unittest

FWLINT = os.path.abspath(sys.argv.pop(1))
SHARE = int(sys.argv.pop(1)) if len(sys.argv) > 1 and sys.argv[1].isdigit() else None
SHARES = 9  # processes: it is mostly waiting
C, R, S = ('fwlab%d-%s' % (os.getpid(), n) for n in 'crs')
PORT = 5000

# {est}: the accept; {inv}: nothing, or rules behind it. Written for iptables and for nft.
RULESETS = {
    'router': ('*filter\n:FORWARD ACCEPT [0:0]\n'
               '-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n'
               '-A FORWARD -i toc -m conntrack --ctstate NEW -j ACCEPT\n'
               '-A FORWARD -p tcp -j REJECT --reject-with tcp-reset\nCOMMIT\n',
               'table inet lab {\n\tchain forward {\n\t\ttype filter hook forward priority filter; policy accept;\n'
               '\t\tct state established,related accept\n\t\tiifname "toc" ct state new accept\n'
               '\t\tmeta l4proto tcp reject with tcp reset\n\t}\n}\n'),
    'router that asks for SYN': (
        '*filter\n:FORWARD ACCEPT [0:0]\n'
        '-A FORWARD -m conntrack --ctstate INVALID -j DROP\n'
        '-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n'
        '-A FORWARD -i toc -p tcp --syn -m conntrack --ctstate NEW -j ACCEPT\n'
        '-A FORWARD -p tcp -j REJECT --reject-with tcp-reset\nCOMMIT\n',
        'table inet lab {\n\tchain forward {\n\t\ttype filter hook forward priority filter; policy accept;\n'
        '\t\tct state vmap { established : accept, related : accept, invalid : drop }\n'
        '\t\tiifname "toc" tcp flags & (fin | syn | rst | ack) == syn ct state new accept\n'
        '\t\tmeta l4proto tcp reject with tcp reset\n\t}\n}\n'),
    'port forwarding': (
        '*nat\n-A PREROUTING -i toc -p tcp --dport 8080 -j DNAT --to-destination {server}\nCOMMIT\n'
        '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n'
        '-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\nCOMMIT\n',
        'table inet lab {\n\tchain prerouting {\n\t\ttype nat hook prerouting priority dstnat;\n'
        '\t\tiifname "toc" tcp dport 8080 dnat {family} to {server}\n\t}\n'
        '\tchain forward {\n\t\ttype filter hook forward priority filter; policy accept;\n'
        '\t\tct state established,related accept\n\t}\n'
        '\tchain input {\n\t\ttype filter hook input priority filter; policy accept;\n\t}\n}\n'),
    'masquerading': (
        '*nat\n-A POSTROUTING -o tos -j MASQUERADE\nCOMMIT\n'
        '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n'
        '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n'
        '-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n'
        '-A FORWARD -i toc -m conntrack --ctstate NEW -j ACCEPT\nCOMMIT\n',
        'table inet lab {\n\tchain postrouting {\n\t\ttype nat hook postrouting priority srcnat;\n'
        '\t\toifname "tos" masquerade\n\t}\n'
        '\tchain forward {\n\t\ttype filter hook forward priority filter; policy drop;\n'
        '\t\tct state established,related accept\n\t\tiifname "toc" ct state new accept\n\t}\n'
        '\tchain input {\n\t\ttype filter hook input priority filter; policy accept;\n'
        '\t\tct state established,related accept\n\t}\n}\n'),
}
BACKENDS = ('legacy', 'nft', 'nft itself')

DIES, LIVES = 'dies', 'lives'
# name, ruleset, what happens, (as it is, reset drawn), (fixed, reset drawn); None: not looked at
ROWS = [
    ('above the window', 'router', 'above', (DIES, True), (LIVES, False)),
    ('below the window: ignored since Linux 6.1', 'router', 'below', (LIVES, False), (LIVES, False)),
    ('an ACK of data not yet seen', 'router', 'ack', (LIVES, True), (LIVES, False)),
    ('bad flags', 'router', 'flags', (LIVES, True), (LIVES, False)),
    ('the entry is lost (conntrack -F)', 'router', 'flush', (DIES, True), (LIVES, False)),
    ('the entry is lost (time-out)', 'router', 'timeout', (DIES, True), (LIVES, False)),
    ('lost, and NEW needs a SYN: no fix, the reset is honest', 'router that asks for SYN', 'flush',
     (DIES, True), (DIES, True)),
    ('above the window, without any REJECT, behind DNAT', 'port forwarding', 'above', (DIES, None), (LIVES, None)),
    ('above the window, without any REJECT, behind MASQUERADE', 'masquerading', 'above', (DIES, None), (LIVES, None)),
]


def sh(*args, ns=None, stdin=None, check=True):
    if ns:
        args = ('ip', 'netns', 'exec', ns) + args
    r = subprocess.run(args, input=stdin, capture_output=True, text=True)
    if check and r.returncode:
        raise RuntimeError('%s: %s' % (' '.join(args), r.stderr.strip()))
    return r


class inside:
    """Sockets made here belong to the namespace."""

    def __init__(self, ns):
        self.ns = ns

    def __enter__(self):
        self.old = open('/proc/self/ns/net')
        with open('/run/netns/' + self.ns) as f:
            os.setns(f.fileno(), 0) if hasattr(os, 'setns') else self.setns(f.fileno())

    def __exit__(self, *_):
        with self.old as f:
            os.setns(f.fileno(), 0) if hasattr(os, 'setns') else self.setns(f.fileno())

    @staticmethod
    def setns(fd):
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(fd, 0):
            raise OSError(ctypes.get_errno(), 'setns')


def make_socket(ns, *args):
    with inside(ns):
        return socket.socket(*args)


def checksum(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def segment(family, src, sport, dst, dport, seq, ack, flags, payload=b'x' * 20):
    head = struct.pack('!HHIIBBHHH', sport, dport, seq & 0xffffffff, ack & 0xffffffff, 5 << 4, flags, 1000, 0, 0) + payload
    a, b = socket.inet_pton(family, src), socket.inet_pton(family, dst)
    if family == socket.AF_INET:
        pseudo = a + b + struct.pack('!BBH', 0, 6, len(head))
    else:
        pseudo = a + b + struct.pack('!IHBB', len(head), 0, 0, 6)
    return head[:16] + struct.pack('!H', checksum(pseudo + head)) + head[18:]


class Sniffer:
    """TCP segments that come to a namespace."""

    def __init__(self, ns, family):
        self.v6 = family == socket.AF_INET6
        self.sock = make_socket(ns, family, socket.SOCK_RAW, socket.IPPROTO_TCP)
        self.sock.settimeout(0.25)

    def segments(self):
        """(sport, dport, seq, ack, flags, length) of what has come."""
        out = []
        try:
            while True:
                p = self.sock.recv(65536)
                t = p if self.v6 else p[(p[0] & 15) * 4:]
                sport, dport, seq, ack, offset, flags = struct.unpack('!HHIIBB', t[:14])
                out.append((sport, dport, seq, ack, flags, len(t) - 4 * (offset >> 4)))
        except socket.timeout:
            return out


class Lab(unittest.TestCase):
    def setUp(self):
        for ns in (C, R, S):
            sh('ip', 'netns', 'add', ns)
            self.addCleanup(sh, 'ip', 'netns', 'del', ns, check=False)
        sh('sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1', ns=R)
        for ns, dev, net in ((C, 'toc', 1), (S, 'tos', 2)):
            sh('ip', 'link', 'add', 'up0', 'netns', ns, 'type', 'veth', 'peer', 'name', dev, 'netns', R)
            for at, name, host in ((ns, 'up0', 2), (R, dev, 1)):
                sh('ip', 'addr', 'add', '10.9.%d.%d/24' % (net, host), 'dev', name, ns=at)
                sh('ip', 'addr', 'add', 'fd00:9:%d::%d/64' % (net, host), 'dev', name, 'nodad', ns=at)
                sh('ip', 'link', 'set', name, 'up', ns=at)
            sh('ip', 'link', 'set', 'lo', 'up', ns=ns)
            sh('ip', 'route', 'add', 'default', 'via', '10.9.%d.1' % net, ns=ns)
            sh('ip', '-6', 'route', 'add', 'default', 'via', 'fd00:9:%d::1' % net, ns=ns)

    def load(self, text, backend, v6):
        sh('nft', 'flush', 'ruleset', ns=R)
        for tool in ('iptables-legacy-restore', 'ip6tables-legacy-restore'):
            sh(tool, ns=R, stdin='*nat\nCOMMIT\n*filter\nCOMMIT\n')
        if backend == 'nft itself':
            sh('nft', '-f', '-', ns=R, stdin=text)
        else:
            sh('%s-%s-restore' % ('ip6tables' if v6 else 'iptables', backend), ns=R, stdin=text)

    def connect(self, family, target):
        listener = make_socket(S, family, socket.SOCK_STREAM)
        client = make_socket(C, family, socket.SOCK_STREAM)
        with listener:
            for s in (listener, client):
                s.settimeout(3)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(('::' if family == socket.AF_INET6 else '0.0.0.0', PORT))
            listener.listen(1)
            client.connect(target)
            server, peer = listener.accept()
        server.settimeout(3)
        return client, server, peer

    def talk(self, a, b, text):
        """Sends by one, receives by the other; False: the connection is no more."""
        try:
            a.sendall(text)
            got = b''
            while len(got) < len(text):
                part = b.recv(100)
                if not part:
                    return False
                got += part
            return got == text
        except OSError:
            return False

    def outcome(self, rules, backend, v6, ruleset, event):
        family = socket.AF_INET6 if v6 else socket.AF_INET
        server_at = 'fd00:9:2::2' if v6 else '10.9.2.2'
        target = ((('fd00:9:1::1' if v6 else '10.9.1.1'), 8080) if ruleset == 'port forwarding' else (server_at, PORT))
        self.load(rules, backend, v6)
        at_server, at_client = Sniffer(S, family), Sniffer(C, family)
        client, server, peer = self.connect(family, target)
        raw = make_socket(S, family, socket.SOCK_RAW, socket.IPPROTO_TCP)
        with client, server, raw, at_server.sock, at_client.sock:
            self.assertTrue(self.talk(server, client, b'hello') and self.talk(client, server, b'thanks'))
            # what the client has acknowledged is what the server sends next, and so on
            last = [s for s in at_server.segments() if s[0] == peer[1] and not s[4] & 2][-1]
            seq, ack = last[3], last[2] + last[5]
            at_client.segments()
            send = lambda seq, ack, flags: raw.sendto(
                segment(family, server_at, PORT, peer[0], peer[1], seq, ack, flags), (peer[0], 0))
            if event == 'above':
                send(seq + 0x7000000, ack, 0x18)
            elif event == 'below':
                send(seq - 0x7000000, ack, 0x18)
            elif event == 'ack':
                send(seq, ack + 0x100000, 0x18)
            elif event == 'flags':
                send(seq, 0, 0x29)
            elif event == 'timeout':
                time.sleep(2.6)
            elif event == 'flush':
                sh('conntrack', '-F', '-f', 'ipv6' if v6 else 'ipv4', ns=R)
            if event in ('flush', 'timeout'):
                try:
                    server.sendall(b'still ')
                    time.sleep(0.1)
                    client.sendall(b'yes')  # the answer that brings the entry back
                    time.sleep(0.4)         # and the server's retransmission
                except OSError:
                    pass
                resets = [s for s in at_server.segments() if s[4] & 4]
                lives = self.receive(client, b'still ') and self.receive(server, b'yes')
            else:
                resets = [s for s in at_server.segments() if s[4] & 4]
                lives = True
            lives = lives and self.talk(server, client, b'there') and self.talk(client, server, b'here')
        return LIVES if lives else DIES, bool(resets)

    @staticmethod
    def receive(sock, text):
        try:
            return sock.recv(len(text)) == text
        except OSError:
            return False


def add(row, backend, v6):
    name, ruleset, event, before, after = row

    def test(self):
        if event == 'below' and tuple(int(x) for x in re.findall(r'\d+', platform.release())[:2]) < (6, 1):
            self.skipTest('before Linux 6.1 such segments are INVALID too')
        rules = RULESETS[ruleset][backend == 'nft itself']
        rules = rules.replace('{server}', ('[fd00:9:2::2]:%d' if v6 else '10.9.2.2:%d') % PORT)
        rules = rules.replace('{family}', 'ip6' if v6 else 'ip')
        if event == 'timeout':
            sh('nft', 'add table inet probe; add chain inet probe c { type filter hook input priority 0; ct state new; }',
               ns=R, check=False)
            sh('sysctl', '-qw', 'net.netfilter.nf_conntrack_tcp_timeout_established=1',
               'net.netfilter.nf_conntrack_tcp_timeout_unacknowledged=1', ns=R)
        fixed = subprocess.run([FWLINT, '--fix', '--unsafe-fixes', '-'], input=rules, capture_output=True, text=True)
        self.assertIn(fixed.returncode, (0, 1), fixed.stderr)
        for what, text, (want, reset) in (('as it is', rules, before), ('fixed', fixed.stdout, after)):
            got = self.outcome(text, backend, v6, ruleset, event)
            self.assertEqual(got[0], want, '%s: it %s\n%s' % (what, got[0], text))
            if reset is not None:
                self.assertEqual(got[1], reset, '%s: a reset was %sdrawn\n%s' % (what, '' if got[1] else 'not ', text))

    label = re.sub(r'\W+', '_', '%s %s ipv%d' % (name, backend, 6 if v6 else 4))
    setattr(Lab, 'test_' + label, test)


def why_not():
    try:
        sh('ip', 'netns', 'add', C)
        sh('ip', 'netns', 'del', C)
        sh('conntrack', '--version')
    except (RuntimeError, OSError) as e:
        return str(e)
    return None


if __name__ == '__main__':
    reason = why_not()
    if reason:
        print('SKIPPED: no network namespaces, or a tool is missing: ' + reason)
        sys.exit(77)
    every = [(r, b, six) for r in ROWS for b in BACKENDS for six in (False, True)]
    if SHARE is None and len(sys.argv) == 1:
        running = [subprocess.Popen([sys.executable, __file__, FWLINT, str(i)], stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT, text=True) for i in range(SHARES)]
        outputs = [p.communicate()[0] for p in running]
        for p, out in zip(running, outputs):
            if p.returncode:
                print(out)
        print('%d rows, each as it is and fixed' % len(every))
        sys.exit(any(p.returncode for p in running))
    for i, row in enumerate(every):
        if SHARE is None or i % SHARES == SHARE:
            add(*row)
    unittest.main(verbosity=1)
