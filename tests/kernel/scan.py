#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of `fwlint services` is what a scan of the kernel finds.

usage: scan.py FWLINT [--full] [--seed N] [TEST...]

Rulesets of tests/stock are loaded in a network namespace that has the interfaces they name. Another one sends a SYN
and a datagram to every port of the host, and of a host behind it, from each interface and source; what comes to
a socket of the host, or out of the other interface, is open, translated or not. Without --full a sample of the ports is
asked: both sides of each border in the table, the numbers in the ruleset, and some by chance; with it, all
65,536 of three rulesets.
"""
import ipaddress
import itertools
import json
import os
import random
import re
import socket
import struct
import sys
import unittest

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import common  # noqa: E402
from network import checksum, make_socket, sh  # noqa: E402

common.program()
FULL = '--full' in sys.argv and not sys.argv.remove('--full')
SEED = random.SystemRandom().randrange(2 ** 32)
if '--seed' in sys.argv:
    SEED = int(sys.argv.pop(sys.argv.index('--seed') + 1))
    sys.argv.remove('--seed')

STOCK = os.path.join(common.ROOT, 'tests', 'stock')
HOST, FAR = ('fwscan%d-%s' % (os.getpid(), n) for n in ('host', 'far'))
SPORT = 40123
TCP, UDP = socket.IPPROTO_TCP, socket.IPPROTO_UDP
PROTOCOLS = {TCP: 'tcp', UDP: 'udp'}
BATCH = 256   # packets between two looks at what has come
ASKED = 3     # times that a port is asked which should be open: a packet may be lost
BY_CHANCE = 60
MAGIC = 0x66777363  # a packet of the scan
# The helper drops what is none, where the source is translated (nf_nat_snmp_basic_main.c): a question for a name.
SNMP_PORT = 161
SNMP = bytes.fromhex('302602010004067075626c6963a01902047ac5a1d3020100020100300b300906052b060102010500')
IP_TYPES = {4: 0x0800, 6: 0x86dd}

# ruleset: its interfaces with the host's address there, and the sources that are asked from by each; the first
# source of the other interface is what is behind the host
V4 = {'eth0': ('198.18.0.1', ['198.18.0.9', '8.8.4.4']), 'eth1': ('198.19.0.1', ['198.19.0.9'])}
V6 = {'eth0': ('2001:db8:a::1', ['2001:db8:a::9']), 'eth1': ('2001:db8:b::1', ['2001:db8:b::9'])}
RULESETS = {
    'apf.v4': {4: {'eth0': ('198.18.0.1', ['8.8.4.4', '10.255.255.53'])}},
    'arch-stateful.nft': {4: V4, 6: V6},
    'arno-router.v4': {4: V4},
    'docker-26-portmap.v4': {4: {'eth0': ('198.18.0.1', ['198.18.0.9']), 'docker0': ('172.17.0.1', ['172.17.0.2'])}},
    'csf-cpanel.v4': {4: {'eth0': ('198.18.0.1', ['198.18.0.9', '192.0.2.7', '192.0.2.66'])}},
    'ferm-dsl-router.v4': {4: {'ppp0': ('198.18.0.1', ['198.18.0.9']), 'eth0': ('192.168.1.1', ['192.168.1.9', '198.19.0.9'])}},
    'ferm-dmz-router.v4': {4: {'eth1': ('203.0.113.10', ['203.0.113.99']), 'eth0': ('192.168.0.1', ['192.168.0.4']),
                               'eth2': ('192.168.1.1', ['192.168.1.2', '192.168.1.3', '192.168.1.4'])}},
    'firewalld-public.nft': {4: V4, 6: V6},
    'gentoo-router.v4': {4: {'eth1': ('198.18.0.1', ['198.18.0.9']), 'eth0': ('198.51.100.1', ['198.51.100.20'])}},
    'home-router-dd.v4': {4: {'eth0': ('203.0.113.10', ['203.0.113.99']), 'br0': ('198.51.100.1', ['198.51.100.20'])}},
    'nftables-wiki-router.nft': {4: {'ppp0': ('198.18.0.1', ['198.18.0.9']), 'eth1': ('192.168.0.1', ['192.168.0.9'])}},
    'shorewall-three.v4': {4: {'eth0': ('198.18.0.1', ['198.18.0.9']), 'eth1': ('10.10.10.1', ['10.10.10.9']),
                               'eth2': ('10.20.20.1', ['10.20.20.9'])}},
    'shorewall6-two.v6': {6: V6},
    'ufw-enabled.v6': {6: V6},
}
# Ports of the host's address that come out behind it, by interface: which addresses the host has is not in the table.
TRANSLATED = {
    'docker-26-portmap.v4': {('eth0', TCP): {8080}},
    'ferm-dmz-router.v4': {('eth1', TCP): {25, 53, 80}, ('eth1', UDP): {53}},
    'gentoo-router.v4': {('eth1', TCP): {2222}},
    'home-router-dd.v4': {('eth0', TCP): {8443}},
}
ALL_PORTS = ('ferm-dmz-router.v4', 'ferm-dsl-router.v4', 'home-router-dd.v4')


# ---- the words of the table ----

def items(words):
    return words.strip('{ }').split(', ')


def holds(words, is_in):
    """Does a value of the table hold? is_in: of one value that stands there."""
    if words in ('any', 'all'):
        return True
    if words.startswith('!= '):
        return not holds(words[3:], is_in)
    return any(is_in(x) for x in items(words))


def is_number(words, n):
    def is_in(x):
        lo, _, hi = x.partition('-')
        return int(lo) <= n <= int(hi or lo)
    return holds(words, is_in)


def is_address(words, address):
    address = ipaddress.ip_address(address)

    def is_in(x):
        if '-' in x:
            lo, hi = (ipaddress.ip_address(y) for y in x.split('-'))
            return lo.version == address.version and lo <= address <= hi
        return address in ipaddress.ip_network(x)
    return holds(words, is_in)


def is_interface(words, name):
    return holds(words, lambda x: name.startswith(x[1:-2]) if x.endswith('*"') else x == '"%s"' % name)


# What else must hold, and whether it does for a packet of the scan: a SYN or a datagram to an address of the host's or
# behind it, whose source has a route back by the interface, untranslated.
CONDITIONS = [
    (re.compile(r'th sport (!= )?(\{ [^}]* \}|[^ ,]+)'), lambda scan, m: is_number((m[1] or '') + m[2], scan.sport)),
    (re.compile(r'tcp flags & \(([a-z| ]+)\) (==|!=) ([a-z]+|\([a-z| ]+\)|0x0)'),
     lambda scan, m: ((m[3] == 'syn') if 'syn' in m[1].split(' | ') else m[3] == '0x0') == (m[2] == '==')),
    (re.compile(r'ct status & 0x20 (==|!=) 0x0'), lambda scan, m: m[1] == '=='),
    (re.compile(r'fib saddr \. mark \. iif oif != 0'), lambda scan, m: True),
    (re.compile(r"if it has no 'fib saddr \. mark \. iif oif'"), lambda scan, m: False),
    (re.compile(r"if it (matches|does not match) '-m rt --rt-type 0'"), lambda scan, m: m[1] != 'matches'),
    (re.compile(r"if it (matches|does not match) '-m addrtype --(src|dst)-type (\w+)'"),
     lambda scan, m: (m[1] == 'matches') == (m[2] == 'dst' and m[3] == 'LOCAL' and scan.is_of_host)),
]


def condition_holds(text, scan):
    rest, all_hold = text, True
    while rest:
        for pattern, says in CONDITIONS:
            found = pattern.match(rest)
            if found:
                all_hold &= says(scan, found)
                rest = re.sub('^[, ]+', '', rest[found.end():])
                break
        else:
            raise AssertionError('what is "%s" of a packet of the scan?' % rest)
    return all_hold


class Table:
    """What `fwlint services` says of a ruleset."""

    def __init__(self, path):
        code, out, err = common.outcome('services', '--format', 'json', path)
        assert (code, err) == (0, ''), err
        self.rows = json.loads(out)['services']
        self.text = common.read(path)

    def is_row(self, row, scan):
        protocol = PROTOCOLS[scan.protocol]
        return (row['path'] == ('forward' if scan.out else 'input') and
                holds(row['protocol'], lambda x: x == protocol) and row['ipv%d' % scan.version] is not None and
                is_interface(row['in'], scan.by) and (not scan.out or is_interface(row['out'], scan.out)) and
                is_address(row['source'], scan.source) and is_address(row['destination'], scan.to) and
                condition_holds(row['conditions'], scan))

    def open_ports(self, scan, ports):
        words = [row['ipv%d' % scan.version] for row in self.rows if self.is_row(row, scan)]
        return {p for p in ports if any(is_number(w, p) for w in words)}

    def source_ports(self):
        """Any, and those that the table names."""
        named = re.findall(r'th sport (\d+)', ' '.join(row['conditions'] for row in self.rows))
        return sorted({SPORT, *map(int, named)})

    def sample(self, rng):
        """Ports that tell one table from another."""
        numbers = {int(n) for n in re.findall(r'\d+', self.text + json.dumps(self.rows)) if len(n) < 6}
        near = {p for n in numbers for p in (n - 1, n, n + 1)} | {0, 65535}
        return sorted({p for p in near if 0 <= p < 65536} | {rng.randrange(65536) for _ in range(BY_CHANCE)})


# ---- the scan ----

class Scan:
    """From a source by an interface, to the host or (out) behind it."""

    def __init__(self, version, protocol, by, source, sport, out, to, is_of_host):
        self.version, self.protocol, self.by, self.source, self.sport = version, protocol, by, source, sport
        self.out, self.to, self.is_of_host = out, to, is_of_host

    def __str__(self):
        return '%s IPv%d from %s, port %d, by %s to %s%s' % (
            PROTOCOLS[self.protocol], self.version, self.source, self.sport, self.by, self.to,
            ' by ' + self.out if self.out else '')


def packet(scan, dport):
    v6 = scan.version == 6
    src, dst = (ipaddress.ip_address(x).packed for x in (scan.source, scan.to))
    if scan.protocol == TCP:
        head = struct.pack('!HHIIBBHHH', scan.sport, dport, dport, MAGIC, 5 << 4, 2, 1000, 0, 0)
        at = 16
    else:
        data = SNMP if dport == SNMP_PORT else struct.pack('!IH', MAGIC, dport)
        head = struct.pack('!HHHH', scan.sport, dport, 8 + len(data), 0) + data
        at = 6
    pseudo = src + dst + (struct.pack('!II', len(head), scan.protocol) if v6 else
                          struct.pack('!BBH', 0, scan.protocol, len(head)))
    head = head[:at] + struct.pack('!H', checksum(pseudo + head) or 0xffff) + head[at + 2:]
    if v6:
        return struct.pack('!IHBB', 6 << 28, len(head), scan.protocol, 64) + src + dst + head
    ip = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(head), 1, 0, 64, scan.protocol, 0) + src + dst
    return ip[:10] + struct.pack('!H', checksum(ip)) + ip[12:] + head


def open_port(scan, data):
    """The port that a packet of the scan was sent to, whatever it is now; None: it is another packet."""
    if scan.version == 4:
        protocol, rest = data[9], data[(data[0] & 15) * 4:]
    elif scan.out:
        protocol, rest = data[6], data[40:]
    else:  # a raw socket gets it without the header
        protocol, rest = scan.protocol, data
    if protocol != scan.protocol:
        return None
    if protocol == UDP and rest[8:] == SNMP:
        return SNMP_PORT
    port, magic = struct.unpack('!II', rest[4:12]) if protocol == TCP else struct.unpack('!IH', rest[8:14])[::-1]
    return port if magic == MAGIC else None


class Wires:
    """A host with interfaces, whose other ends are in one namespace."""

    def __init__(self, test):
        for ns in (HOST, FAR):
            sh('ip', 'netns', 'add', ns)
            test.addCleanup(sh, 'ip', 'netns', 'del', ns, check=False)
        sh('sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1', 'net.ipv4.conf.all.rp_filter=0',
           'net.ipv4.conf.default.rp_filter=0', ns=HOST)
        # many connections that nobody answers: the kernel's table of them must not fill up
        sh('sysctl', '-qew', *('net.netfilter.nf_conntrack_%s=1' % t for t in (
            'tcp_timeout_syn_sent', 'tcp_timeout_close', 'udp_timeout', 'udp_timeout_stream')), ns=HOST)
        sh('sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=1', ns=FAR)
        sh('ip', 'link', 'set', 'lo', 'up', ns=HOST)
        self.macs = {}

    def add(self, name, networks):
        """networks: by version, the host's address and the sources."""
        sh('ip', 'link', 'add', name, 'netns', HOST, 'type', 'veth', 'peer', 'name', name, 'netns', FAR)
        for ns in (HOST, FAR):
            sh('ip', 'link', 'set', name, 'up', ns=ns)
        mac = {ns: re.search(r'link/ether (\S+)', sh('ip', 'link', 'show', name, ns=ns).stdout)[1] for ns in (HOST, FAR)}
        self.macs[name] = bytes.fromhex((mac[HOST] + mac[FAR]).replace(':', ''))
        for version, (address, sources) in networks.items():
            sh('ip', 'addr', 'add', '%s/%d' % (address, 24 if version == 4 else 64), 'dev', name,
               *(['nodad'] if version == 6 else []), ns=HOST)
            for source in sources:
                sh('ip', '-%d' % version, 'route', 'replace', source, 'dev', name, ns=HOST)
                sh('ip', 'neigh', 'replace', source, 'lladdr', mac[FAR], 'dev', name, 'nud', 'permanent', ns=HOST)

    def receiver(self, scan):
        if scan.out:
            sock = make_socket(FAR, socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(IP_TYPES[scan.version]))
            sock.bind((scan.out, IP_TYPES[scan.version]))
        else:
            sock = make_socket(HOST, socket.AF_INET6 if scan.version == 6 else socket.AF_INET, socket.SOCK_RAW, scan.protocol)
        sock.setsockopt(socket.SOL_SOCKET, 33, 1 << 24)  # SO_RCVBUFFORCE
        sock.setblocking(False)
        return sock

    def ask(self, scan, ports):
        """The ports of these that are open."""
        found = set()
        sender = make_socket(FAR, socket.AF_PACKET, socket.SOCK_RAW, 0)
        sender.bind((scan.by, 0))
        frame = self.macs[scan.by] + struct.pack('!H', IP_TYPES[scan.version])
        with sender, self.receiver(scan) as receiver:
            for i in range(0, len(ports), BATCH):
                for port in ports[i:i + BATCH]:
                    sender.send(frame + packet(scan, port))
                try:
                    while True:
                        found.add(open_port(scan, receiver.recv(2048)))
                except BlockingIOError:
                    pass
        return found - {None}

    def scan(self, scan, ports, expected):
        found = set()
        for _ in range(ASKED):
            if ports:
                found |= self.ask(scan, ports)
            ports = sorted(expected - found)
        return found


def load(name, text):
    if name.endswith('.nft'):
        sh('nft', '-f', '-', ns=HOST, stdin=text)
    else:
        sh('ip6tables-legacy-restore' if name.endswith('.v6') else 'iptables-legacy-restore', ns=HOST, stdin=text)


def ways(interfaces, by):
    """Where a packet may come out, where it is sent to, and whether that is the host: in, through, and by translation."""
    own = interfaces[by][0]
    yield None, own, True
    for out, (_, behind) in interfaces.items():
        if out != by:
            yield out, behind[0], False
            yield out, own, True


def scans_of(networks, source_ports):
    for version, interfaces in networks.items():
        for by, (_, sources) in interfaces.items():
            for source in sources:
                for out, to, is_of_host in ways(interfaces, by):
                    for protocol, sport in itertools.product(PROTOCOLS, source_ports):
                        yield Scan(version, protocol, by, source, sport, out, to, is_of_host)


class Services(unittest.TestCase):
    def scan_of_ruleset(self, name, all_ports):
        table = Table(os.path.join(STOCK, name))
        wires = Wires(self)
        networks = RULESETS[name]
        for interface in sorted({i for v in networks.values() for i in v}):
            wires.add(interface, {version: v[interface] for version, v in networks.items()})
        load(name, table.text)
        ports = list(range(65536)) if all_ports else table.sample(random.Random(SEED))
        asked = were_open = translated = 0
        for scan in scans_of(networks, table.source_ports()):
            expected = table.open_ports(scan, ports)
            if scan.out and scan.is_of_host:
                expected &= TRANSLATED.get(name, {}).get((scan.by, scan.protocol), set())
            found = wires.scan(scan, ports, expected)
            self.assertEqual((sorted(found - expected)[:9], sorted(expected - found)[:9]), ([], []),
                             '%s: %s: open and not in the table, in the table and not open' % (name, scan))
            asked += len(ports)
            were_open += len(found)
            translated += len(found) if scan.out and scan.is_of_host else 0
        print('%s: %d ports asked, %d of them open, %d behind a translation, as in the table' % (name, asked, were_open, translated),
              flush=True)
        self.assertEqual(translated > 0, name in TRANSLATED)
        return asked, were_open


def test_of(name):
    def test(self):
        asked, were_open = self.scan_of_ruleset(name, FULL and name in ALL_PORTS)
        self.assertTrue(0 < were_open < asked)
    return test


for ruleset in RULESETS:
    setattr(Services, 'test_' + re.sub(r'\W', '_', ruleset), test_of(ruleset))

if __name__ == '__main__':
    print('seed %d' % SEED)
    common.main(common.no_namespace() or common.no_namespace('iptables-legacy-save', what='iptables-legacy'))
