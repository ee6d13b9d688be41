#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fwlint resets on a capture of 1 GB, against tcpdump that copies it: processor time and memory.

usage: captures.py FWLINT [DIRECTORY] [--bytes N] [--live N]

Makes two captures in DIRECTORY (a temporary one without it) where they are not there yet: with 10,000 connections that live at once, and
with 1,000,000 (--live: that number alone). Packets have 300 bytes on average; one connection of a hundred ends with a reset.
"""
import argparse
import json
import os
import random
import resource
import statistics
import struct
import subprocess
import sys
import tempfile

AVERAGE = 300
HEADERS = 66  # Ethernet, IPv4, TCP, timestamps
SMALL, LARGE = (10, 100, 300), (1448,)  # bytes of data; the average so far decides
SYN, ACK, PSH_ACK, FIN_ACK, RST_ACK = 2, 16, 24, 17, 20
START = 1700000000
FRAME = struct.Struct('<IIII12sH')
# what follows the EtherType: IPv4 and TCP with timestamps
PACKET = struct.Struct('!BBHHHBBHIIHHIIBBHHHBBBBII')
DATA = bytes(random.Random(7).randbytes(1448))
MACS = (bytes([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2]), bytes([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1]))


class Connection:
    __slots__ = ('ends', 'seq', 'step', 'last', 'ident')

    def __init__(self, number, rng):
        client = 0x0a000000 | (number * 7919 & 0xffffff)
        self.ends = ((client, 1024 + number % 60000), (0xc6336400 | number % 250, 443))
        self.seq = [rng.getrandbits(32), rng.getrandbits(32)]
        self.ident = [rng.getrandbits(16), rng.getrandbits(16)]
        self.step = 0
        self.last = rng.randrange(4, 60)  # segments until it ends


class Writer:
    def __init__(self, path, rng):
        self.file = open(path, 'wb', buffering=1 << 20)
        self.file.write(struct.pack('<IHHIIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        self.size, self.n, self.rng = 24, 0, rng

    def segment(self, c, side, flags, data=0):
        n = HEADERS + data
        (source, sport), (target, dport) = c.ends[side], c.ends[1 - side]
        c.ident[side] = c.ident[side] + 1 & 0xffff
        ack = c.seq[1 - side] if flags & ACK else 0
        stamp = self.n // 1000
        body = PACKET.pack(0x45, 0, n - 14, c.ident[side], 0x4000, 64 - side * 7, 6, 0, source, target, sport, dport, c.seq[side], ack,
                           0x80, flags, 502, 0, 0, 1, 1, 8, 10, stamp, stamp)
        # ten microseconds between two packets
        self.file.write(FRAME.pack(START + self.n // 100000, self.n % 100000 * 10, n, n, MACS[side], 8))
        self.file.write(body)
        self.file.write(DATA[:data])
        c.seq[side] = c.seq[side] + data + (flags & 3 != 0) & 0xffffffff
        self.size += 16 + n
        self.n += 1

    def step(self, c):
        """The next segment of the connection; True: it was the last."""
        c.step += 1
        if c.step <= 3:
            self.segment(c, c.step == 2, (SYN, SYN | ACK, ACK)[c.step - 1])
        elif c.step < c.last:
            side = c.step % 4 > 1
            if c.step % 2:
                self.segment(c, side, ACK)
            else:
                small = self.size > self.n * (AVERAGE + 16)
                self.segment(c, side, PSH_ACK, self.rng.choice(SMALL if small else LARGE))
        elif c.last % 100 == 7 or c.step > c.last + 2:
            self.segment(c, 0, RST_ACK if c.last % 100 == 7 else ACK)
            return True
        else:
            self.segment(c, c.step == c.last + 1, FIN_ACK)
        return False


def make(path, size, live):
    rng = random.Random(22)
    w = Writer(path + '.new', rng)
    slots = [Connection(i, rng) for i in range(live)]
    number = live
    for c in slots:  # all are there at once
        w.step(c)
        w.step(c)
    while w.size < size:
        i = rng.randrange(live)
        for _ in range(rng.randrange(1, 9)):  # segments come in bursts
            if w.step(slots[i]):
                slots[i] = Connection(number, rng)
                number += 1
    w.file.close()
    os.rename(path + '.new', path)
    print('%s: %d packets of %d bytes on average, %d connections, %d at once' % (
        path, w.n, (w.size - 24) // w.n - 16, number, live), flush=True)


def cost(command):
    """Processor seconds, and the largest resident size in MB."""
    with open(os.devnull, 'w') as null:
        child = subprocess.Popen(command, stdout=null, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit('%s: exit status %d' % (' '.join(command), child.returncode))
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def measure(fwlint, path):
    ours, theirs, memory = [], [], 0
    for _ in range(3):
        theirs.append(cost(['tcpdump', '-r', path, '-w', '/dev/null'])[0])
        seconds, megabytes = cost([fwlint, 'resets', '--format', 'json', path])
        ours.append(seconds)
        memory = max(memory, megabytes)
    said = json.loads(subprocess.run([fwlint, 'resets', '--format', 'json', path], capture_output=True, check=True).stdout)
    t, f = statistics.median(theirs), statistics.median(ours)
    print('%s: %d segments, %d connections, %d resets: tcpdump %.2f s, fwlint %.2f s: %.2f of its speed, %.0f MB' % (
        os.path.basename(path), said['segments'], said['connections'], len(said['resets']), t, f, t / f, memory), flush=True)


def main():
    p = argparse.ArgumentParser()
    p.add_argument('fwlint')
    p.add_argument('directory', nargs='?')
    p.add_argument('--bytes', type=int, default=10**9)
    p.add_argument('--live', type=int, action='append')
    a = p.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        for live in a.live or (10000, 1000000):
            path = os.path.join(a.directory or temporary, 'live-%d-%d.pcap' % (live, a.bytes))
            if not os.path.exists(path):
                make(path, a.bytes, live)
            measure(a.fwlint, path)


if __name__ == '__main__':
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
