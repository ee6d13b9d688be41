# SPDX-License-Identifier: GPL-2.0-or-later
"""A network of three namespaces, client - router - server, and what becomes of a TCP connection through it."""
import ctypes
import os
import socket
import struct
import time
import unittest

import common

C, R, S = ('fwlab%d-%s' % (os.getpid(), n) for n in 'crs')
PORT = 5000
DIES, LIVES = 'dies', 'lives'


def sh(*args, ns=None, stdin=None, check=True):
    if ns:
        args = ('ip', 'netns', 'exec', ns) + args
    r = common.run(*args, stdin=stdin)
    if check and r.returncode:
        raise RuntimeError('%s: %s' % (' '.join(args), r.stderr.strip()))
    return r


def make_socket(ns, *args):
    """A socket of the namespace."""
    libc = ctypes.CDLL(None, use_errno=True)  # Python has os.setns() only since 3.12

    def enter(f):
        if libc.setns(f.fileno(), 0):
            raise OSError(ctypes.get_errno(), 'setns')

    with open('/proc/self/ns/net') as home, open('/run/netns/' + ns) as there:
        enter(there)
        try:
            return socket.socket(*args)
        finally:
            enter(home)


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


class Network(unittest.TestCase):
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
            sh(tool, ns=R, stdin='*nat\nCOMMIT\n*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\nCOMMIT\n')
        if backend == 'nft itself':
            sh('nft', '-f', '-', ns=R, stdin=text)
        else:
            sh('%s-%s-restore' % ('ip6tables' if v6 else 'iptables', backend), ns=R, stdin=text)

    def connect(self, family, target, listen_at=S):
        listener = make_socket(listen_at, family, socket.SOCK_STREAM)
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

    def outcome(self, rules, backend, v6, event, target=None, listen_at=S, by=S):
        """What the event makes of a connection through the rules (DIES or LIVES), and whether it drew a reset.

        The client connects to the target, or to the server by its own address; `listen_at` answers. A segment is
        injected by the server or by the client (`by`), as that end sees the connection.
        """
        family = socket.AF_INET6 if v6 else socket.AF_INET
        target = target or ('fd00:9:2::2' if v6 else '10.9.2.2', PORT)
        self.load(rules, backend, v6)
        sniffed = Sniffer(by, family)
        client, server, peer = self.connect(family, target, listen_at)
        own, other = (client.getsockname(), target) if by == C else (server.getsockname(), peer)
        raw = make_socket(by, family, socket.SOCK_RAW, socket.IPPROTO_TCP)
        with client, server, raw, sniffed.sock:
            self.assertTrue(self.talk(server, client, b'hello') and self.talk(client, server, b'thanks') and
                            self.talk(server, client, b'welcome'))
            # what the other end has acknowledged is what this end sends next, and so on
            of_it = lambda: [s for s in sniffed.segments() if s[0] == other[1] and s[1] == own[1]]
            last = [s for s in of_it() if not s[4] & 2][-1]
            seq, ack = last[3], last[2] + last[5]
            send = lambda seq, ack, flags: raw.sendto(
                segment(family, own[0], own[1], other[0], other[1], seq, ack, flags), (other[0], 0))
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
            lives = True
            if event in ('flush', 'timeout'):
                try:
                    server.sendall(b'still ')
                    time.sleep(0.1)
                    client.sendall(b'yes')  # the answer that brings the entry back
                    time.sleep(0.4)         # and the server's retransmission
                except OSError:
                    pass
                lives = self.receive(client, b'still ') and self.receive(server, b'yes')
            resets = [s for s in of_it() if s[4] & 4]
            lives = lives and self.talk(server, client, b'there') and self.talk(client, server, b'here')
        return LIVES if lives else DIES, bool(resets)

    @staticmethod
    def receive(sock, text):
        try:
            return sock.recv(len(text)) == text
        except OSError:
            return False
