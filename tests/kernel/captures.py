#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab of captures: resets made for real, each with its cause, captured at client, router and server.

usage: captures.py DIRECTORY [PATTERN] [--sample]

Writes NAME.pcap (or .pcapng), the ruleset that the router had, and NAME.json beside them, which says what is true:

    {"capture": "x.pcap", "vantage": "router", "scene": "...", "frames": [the resets, as Wireshark counts],
     "judge": [{"rules": "x.rules" or null, "cause": "...", "right": [causes], "why": ..., "line": ...,
                "line_unknown": why this place cannot know the line, or null, "unknown": why this place cannot know, or null}]}

`right` has what is true of the reset as this place sees it: a box in the middle that is a firewall is also a middlebox.
The scenes are in causes.py.
"""
import argparse
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import network  # noqa: E402
from network import C, PORT, R, S, sh  # noqa: E402

VANTAGES = {'client': (C, 'up0'), 'router': (R, 'any'), 'server': (S, 'up0')}


class Tap:
    """tcpdump, or dumpcap (which writes pcapng), at one place."""

    def __init__(self, ns, device, path):
        if path.endswith('.pcapng'):
            command = ['dumpcap', '-q', '-i', device, '-w', path]
        else:
            # with the usual snap length its ring has room for eight packets
            command = ['tcpdump', '-i', device, '-s', '2000', '-B', '8192', '-U', '--immediate-mode', '-Z', 'root', '-w', path]
        self.path = path
        self.process = subprocess.Popen(['ip', 'netns', 'exec', ns] + command, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:  # both say when they are ready
            if 'listening on' in line or line.startswith('File:'):
                break

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=10)


def resets_of(path):
    """The numbers of the frames with a TCP reset."""
    out = subprocess.run(['tcpdump', '-n', '-r', path], capture_output=True, text=True, check=True).stdout
    return [i for i, line in enumerate(out.splitlines(), 1) if re.search(r'Flags \[[^]]*R', line)]


def forget(sock):
    """Closes it so that nothing is sent: as a host that was cut off and started anew (TCP_REPAIR, tcp(7) of CRIU)."""
    sock.setsockopt(socket.IPPROTO_TCP, 19, 1)
    sock.close()


def linger_0(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))


class Scene(network.Network):
    """One run: the namespaces, what is captured, and what the scenes of causes.py do."""

    def runTest(self):
        pass

    def begin(self, v6, backend, where, stem):
        self.v6, self.backend = v6, backend
        self.family = socket.AF_INET6 if v6 else socket.AF_INET
        self.server_address = 'fd00:9:2::2' if v6 else '10.9.2.2'
        self.router_address = 'fd00:9:1::1' if v6 else '10.9.1.1'
        self.open, self.children = [], []
        self.where, self.stem, self.taps = where, stem, {}

    def start(self):
        for i, (vantage, (ns, device)) in enumerate(sorted(self.where.items())):
            # one in two of the client's is pcapng
            ext = 'pcapng' if vantage == 'client' and self.v6 else 'pcap'
            self.taps[vantage] = Tap(ns, device, '%s-%s.%s' % (self.stem, vantage, ext))
        self.sniffed = {ns: network.Sniffer(ns, self.family) for ns in (C, S)}

    def stop(self):
        # what is on its way comes into the files, also on a busy machine: dumpcap writes every half second
        sizes, before = None, object()
        while sizes != before:
            before = sizes
            time.sleep(0.6)
            sizes = [os.path.getsize(tap.path) for tap in self.taps.values()]
        for tap in self.taps.values():
            tap.stop()
        for s in self.open + [x.sock for x in self.sniffed.values()]:
            s.close()
        for p in self.children:
            p.kill()
            p.wait()

    def pair(self, port=PORT):
        """A connection that has spoken: (client, server)."""
        network.PORT = port
        try:
            client, server, _ = self.connect(self.family, (self.server_address, port))
        finally:
            network.PORT = PORT
        self.open += [client, server]
        assert self.talk(server, client, b'hello') and self.talk(client, server, b'thanks')
        assert self.talk(server, client, b'welcome')
        return client, server

    def numbers(self, at, sock):
        """SEQ and ACK of the next segment of this socket."""
        own, other = sock.getsockname(), sock.getpeername()
        time.sleep(0.05)
        got = [s for s in self.sniffed[at].segments() if s[0] == other[1] and s[1] == own[1] and not s[4] & 2]
        return got[-1][3], got[-1][2] + got[-1][5]

    def inject(self, at, sock, seq=0, ack=0, flags=0x18):
        """A segment as this socket would send it, with other numbers."""
        own, other = sock.getsockname(), sock.getpeername()
        next_seq, next_ack = self.numbers(at, sock)
        packet = network.segment(self.family, own[0], own[1], other[0], other[1], next_seq + seq, next_ack + ack, flags)
        with network.make_socket(at, self.family, socket.SOCK_RAW, socket.IPPROTO_TCP) as raw:
            raw.sendto(packet, (other[0], 0))

    def forge(self, sock, flags, ttl, ident, with_ack=True):
        """The router sends a reset in the name of the server (to the client's socket `sock`)."""
        own, other = sock.getsockname(), sock.getpeername()
        next_seq, next_ack = self.numbers(C, sock)
        tcp = network.segment(self.family, other[0], other[1], own[0], own[1], next_ack, next_seq if with_ack else 0,
                              flags, b'')
        a, b = (socket.inet_pton(self.family, x) for x in (other[0], own[0]))
        if self.v6:
            head = struct.pack('!IHBB', 6 << 28, len(tcp), 6, ttl) + a + b
        else:
            head = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(tcp), ident, 0, ttl, 6, 0) + a + b
        with network.make_socket(R, self.family, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
            raw.sendto(head + tcp, (own[0], 0))

    def mute(self, ns):
        """No reset of this host leaves it."""
        sh('nft', '-f', '-', ns=ns, stdin='table inet mute { chain o { type filter hook output priority 0; '
           'tcp flags & rst == rst drop; }; }')

    def server_process(self, code):
        """A program at the server that accepts one connection as `c`: it runs the code."""
        program = ('import socket, time, os\ns = socket.socket(%d)\n'
                   's.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\ns.bind(("", %d))\ns.listen()\n'
                   'print("ready", flush=True)\nc, _ = s.accept()\n%s\n' % (self.family, PORT, code))
        p = subprocess.Popen(['ip', 'netns', 'exec', S, sys.executable, '-c', program], stdout=subprocess.PIPE)
        p.stdout.readline()
        self.children.append(p)
        client = network.make_socket(C, self.family, socket.SOCK_STREAM)
        client.settimeout(3)
        client.connect((self.server_address, PORT))
        self.open.append(client)
        return client, p

    def fails(self, sock, text=b'x' * 20):
        """Sends, and waits for the reset."""
        try:
            sock.sendall(text)
            sock.recv(100)
        except OSError:
            pass


def run(scene, v6, backend, directory):
    """Runs one scene; returns the names of its captures."""
    label = '-'.join([scene['name'], {'legacy': 'legacy', 'nft': 'nft-iptables', 'nft itself': 'nft', None: 'none'}[backend],
                      'v6' if v6 else 'v4'])
    stem = os.path.join(directory, label)
    lab = Scene()
    lab.setUp()
    try:
        lab.begin(v6, backend, dict(VANTAGES, **scene.get('where', {})), stem)
        rules = scene['rules'](lab) if scene.get('rules') else None
        if rules:
            lab.load(scene['before'](lab) if scene.get('before') else rules, backend or 'legacy', v6)
            with open(stem + '.rules', 'w') as f:
                f.write(rules)
        if scene.get('prepare'):
            scene['prepare'](lab)
        lab.start()
        try:
            scene['run'](lab)
        finally:
            lab.stop()
    finally:
        lab.doCleanups()
    return [x for x in (judge(scene, lab, v, backend, rules) for v in sorted(lab.taps)) if x]


def judge(scene, lab, vantage, backend, rules):
    """Writes what is true beside the capture; a capture without a reset is not kept."""
    path = lab.taps[vantage].path
    frames = resets_of(path)
    if not frames:
        os.unlink(path)
        return None
    judged = []
    for j in scene['judge']:
        if vantage not in j.get('at', VANTAGES):
            continue
        with_rules = j.get('with_rules', False)
        line = None
        if with_rules:
            wanted = [i for i, text in enumerate(rules.splitlines(), 1) if j['rule'] in text]
            line = wanted[j.get('nth', 0)]
        judged.append({'rules': os.path.basename(lab.stem) + '.rules' if with_rules else None, 'cause': j['cause'],
                       'right': [j['cause']] + j.get('also', []), 'why': j.get('why'), 'line': line,
                       'line_unknown': j.get('line_unknown'), 'unknown': j.get('unknown')})
    with open(os.path.splitext(path)[0] + '.json', 'w') as f:
        json.dump({'capture': os.path.basename(path), 'vantage': vantage, 'scene': scene['name'], 'backend': backend,
                   'family': 6 if lab.v6 else 4, 'frames': frames, 'judge': judged}, f, indent=1)
    return os.path.basename(path)


def main():
    import causes
    parser = argparse.ArgumentParser()
    parser.add_argument('directory')
    parser.add_argument('pattern', nargs='?', default='')
    parser.add_argument('--sample', action='store_true', help='each cause once, with one backend and family')
    args = parser.parse_args()
    os.makedirs(args.directory, exist_ok=True)
    n = 0
    for scene, v6, backend in causes.every(args.sample):
        if re.search(args.pattern, scene['name']):
            made = run(scene, v6, backend, args.directory)
            n += len(made)
            print(' '.join(made) or 'no reset in %s, %s' % (scene['name'], backend), flush=True)
    print('%d captures' % n)


if __name__ == '__main__':
    main()
