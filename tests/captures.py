# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures made in Python: segments into frames into pcap files."""
import socket
import struct

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
CLIENT, SERVER = ('10.1.0.2', 40000), ('10.2.0.2', 80)
CLIENT6, SERVER6 = ('2001:db8:1::2', 40000), ('2001:db8:2::2', 80)
ETHERNET, RAW, SLL, SLL2, NULL = 1, 101, 113, 276, 0
MACS = {'near': bytes.fromhex('020000000001'), 'router': bytes.fromhex('020000000002'), 'other': bytes.fromhex('020000000003')}


def checksum(data):
    data += b'\0' * (len(data) % 2)
    total = sum(struct.unpack('>%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return 0xffff ^ total


def tcp(source, destination, flags, seq=0, ack=0, data=b'', window=500, stamp=None):
    options = b'' if stamp is None else b'\1\1\x08\x0a' + struct.pack('>II', stamp, 0)
    return struct.pack('>HHIIBBHHH', source[1], destination[1], seq & 0xffffffff, ack & 0xffffffff,
                       (20 + len(options)) // 4 << 4, flags, window, 0, 0) + options + data


def ip(source, destination, payload, ttl=64, ident=0, df=True, protocol=6, label=0, fragment=0):
    if ':' in source[0]:
        return struct.pack('>IHBB', 0x60000000 | label, len(payload), protocol, ttl) + socket.inet_pton(
            socket.AF_INET6, source[0]) + socket.inet_pton(socket.AF_INET6, destination[0]) + payload
    head = struct.pack('>BBHHHBBH', 0x45, 0, 20 + len(payload), ident, (0x4000 if df else 0) | fragment, ttl, protocol, 0)
    head += socket.inet_aton(source[0]) + socket.inet_aton(destination[0])
    return head[:10] + struct.pack('>H', checksum(head)) + head[12:] + payload


def frame(link, packet, mac='near', out=False, vlan=None):
    kind = 0x86dd if packet[0] >> 4 == 6 else 0x0800
    if link == ETHERNET:
        tag = b'' if vlan is None else struct.pack('>HH', 0x8100, vlan)
        return b'\2\0\0\0\0\x09' + MACS[mac] + tag + struct.pack('>H', kind) + packet
    if link == SLL:
        return struct.pack('>HHH', 4 if out else 0, 1, 6) + MACS[mac] + b'\0\0' + struct.pack('>H', kind) + packet
    if link == SLL2:
        return struct.pack('>HHIHBB', kind, 0, 2 if out else 1, 1, 4 if out else 0, 6) + MACS[mac] + b'\0\0' + packet
    if link == NULL:
        return struct.pack('<I', 24 if kind == 0x86dd else 2) + packet
    return packet


def arp(mac, address):
    body = struct.pack('>HHBBH', 1, 0x0800, 6, 4, 2) + MACS[mac] + socket.inet_aton(address) + MACS['near'] + b'\0' * 4
    return b'\xff' * 6 + MACS[mac] + struct.pack('>H', 0x0806) + body


def solicitation(mac, address):
    """Neighbour discovery: the host of the address asks for another, and says its own link-layer address."""
    body = struct.pack('>BBHI', 135, 0, 0, 0) + socket.inet_pton(socket.AF_INET6, '2001:db8:2::1') + b'\1\1' + MACS[mac]
    head = struct.pack('>IHBB', 6 << 28, len(body), 58, 255) + socket.inet_pton(socket.AF_INET6, address) + \
        socket.inet_pton(socket.AF_INET6, 'ff02::1:ff00:1')
    return b'\x33\x33\xff\0\0\1' + MACS[mac] + struct.pack('>H', 0x86dd) + head + body


class Capture:
    """Frames with their times; `snap` cuts them."""

    def __init__(self, link=ETHERNET, snap=65535):
        self.link, self.snap, self.frames, self.time, self.ids = link, snap, [], 1700000000.0, {}

    def raw(self, data, after=0.001):
        self.time += after
        self.frames.append((self.time, data))
        return len(self.frames)

    def add(self, source, destination, flags, seq=0, ack=0, data=b'', after=0.001, ttl=64, ident=None, mac='near', out=False, df=True,
            label=0, vlan=None, **more):
        if ident is None:
            ident = self.ids[source] = self.ids.get(source, 1000) + 1
        packet = ip(source, destination, tcp(source, destination, flags, seq, ack, data, **more), ttl=ttl, ident=ident, df=df, label=label)
        return self.raw(frame(self.link, packet, mac, out, vlan), after)

    def bytes(self):
        out = struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, self.snap, self.link)
        for time, data in self.frames:
            out += struct.pack('<IIII', int(time), int(time % 1 * 1e6), min(len(data), self.snap), len(data)) + data[:self.snap]
        return out

    def write(self, path):
        with open(path, 'wb') as f:
            f.write(self.bytes())
        return path


class Stream:
    """A connection of two ends that keeps count of its numbers."""

    def __init__(self, capture, client=CLIENT, server=SERVER, ttl=(64, 63), stamps=True, **more):
        self.capture, self.ends, self.ttl, self.more = capture, (client, server), ttl, more
        self.next, self.stamps, self.clock = [1000, 500000], stamps, 7000

    def send(self, side, flags=ACK, data=b'', after=0.001, **more):
        self.clock += 1
        values = {'ttl': self.ttl[side], 'stamp': self.clock if self.stamps else None, **self.more, **more}
        seq = values.pop('seq', self.next[side])
        ack = values.pop('ack', self.next[1 - side] if flags & ACK else 0)
        number = self.capture.add(self.ends[side], self.ends[1 - side], flags, seq, ack, data, after, **values)
        if seq == self.next[side]:
            self.next[side] += len(data) + (1 if flags & (SYN | FIN) else 0)
        return number

    def open(self):
        self.send(0, SYN, window=64000)
        self.send(1, SYN | ACK, ident=0, window=64000)
        self.send(0, ACK)
        return self

    def talk(self, times=3, after=0.001):
        for _ in range(times):
            self.send(0, PSH | ACK, b'q' * 100, after)
            self.send(1, PSH | ACK, b'a' * 200)
            self.send(0, ACK)
        return self

    def plain_reset(self, seq, side=1, after=0.001, **more):
        """As a kernel without a socket makes it, or a reject rule: answers an ACK."""
        values = {**self.more, 'ttl': self.ttl[side], 'ident': 0, 'window': 0, **more}
        return self.capture.add(self.ends[side], self.ends[1 - side], RST, seq, 0, after=after, **values)
