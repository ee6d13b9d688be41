#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The reset lab: client - router - server, a live TCP connection, and what kills it.

usage: lab.py FWLINT [SHARE | -k PATTERN]

Each row is a ruleset, a thing that happens to the connection, and what docs/facts.md and the checks say becomes of
it: with the ruleset as it is, and with the one that fwlint makes of it. Every row runs with iptables-legacy,
iptables-nft and nft, over IPv4 and IPv6.
"""
import os
import platform
import re
import subprocess
import sys

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import common  # noqa: E402
import network  # noqa: E402
from network import C, DIES, LIVES, PORT, R, S, sh  # noqa: E402

FWLINT = common.program()
SHARE = int(sys.argv.pop(1)) if len(sys.argv) > 1 and sys.argv[1].isdigit() else None
SHARES = 9  # processes: it is mostly waiting

# FORWARD is right; a segment that comes to INPUT, since it was not translated, is not.
INPUT_RESETS = ('*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n'
                '-A INPUT -p udp -j ACCEPT\n-A INPUT -p ipv6-icmp -j ACCEPT\n'
                '-A INPUT -p tcp -j REJECT --reject-with tcp-reset\n'
                '-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n'
                '-A FORWARD -m conntrack --ctstate INVALID -j DROP\n'
                '-A FORWARD -i toc -p tcp --syn -m conntrack --ctstate NEW -j ACCEPT\nCOMMIT\n')
INPUT_RESETS_NFT = ('\tchain input {\n\t\ttype filter hook input priority filter; policy drop;\n'
                    '\t\tmeta l4proto { udp, ipv6-icmp } accept\n\t\tmeta l4proto tcp reject with tcp reset\n\t}\n'
                    '\tchain forward {\n\t\ttype filter hook forward priority filter; policy drop;\n'
                    '\t\tct state vmap { established : accept, related : accept, invalid : drop }\n'
                    '\t\tiifname "toc" tcp flags & (fin | syn | rst | ack) == syn ct state new accept\n\t}\n}\n')
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
    'masquerading, and INPUT resets': (
        '*nat\n-A POSTROUTING -o tos -j MASQUERADE\nCOMMIT\n' + INPUT_RESETS,
        'table inet lab {\n\tchain postrouting {\n\t\ttype nat hook postrouting priority srcnat;\n'
        '\t\toifname "tos" masquerade\n\t}\n' + INPUT_RESETS_NFT),
    'masquerading midstream, and INPUT resets': (
        '*nat\n-A POSTROUTING -o tos -j MASQUERADE\nCOMMIT\n' + INPUT_RESETS.replace(' --syn', ''),
        'table inet lab {\n\tchain postrouting {\n\t\ttype nat hook postrouting priority srcnat;\n'
        '\t\toifname "tos" masquerade\n\t}\n' + INPUT_RESETS_NFT.replace(' tcp flags & (fin | syn | rst | ack) == syn', '')),
    'source translated, and INPUT resets': (
        '*nat\n-A POSTROUTING -o tos -p tcp -j SNAT --to-source {router}\nCOMMIT\n' + INPUT_RESETS,
        'table inet lab {\n\tchain postrouting {\n\t\ttype nat hook postrouting priority srcnat;\n'
        '\t\toifname "tos" meta l4proto tcp snat {family} to {router}\n\t}\n' + INPUT_RESETS_NFT),
    'port forwarding, and INPUT resets': (
        '*nat\n-A PREROUTING -i toc -p tcp --dport 8080 -j DNAT --to-destination {server}\nCOMMIT\n' + INPUT_RESETS,
        'table inet lab {\n\tchain prerouting {\n\t\ttype nat hook prerouting priority dstnat;\n'
        '\t\tiifname "toc" tcp dport 8080 dnat {family} to {server}\n\t}\n' + INPUT_RESETS_NFT),
    'another port of the router': (
        '*nat\n-A PREROUTING -i toc -p tcp --dport 8080 -j REDIRECT --to-ports %d\nCOMMIT\n'
        '*filter\n:INPUT DROP [0:0]\n-A INPUT -p ipv6-icmp -j ACCEPT\n-A INPUT -p tcp --dport %d -j ACCEPT\n'
        '-A INPUT -p tcp -j REJECT --reject-with tcp-reset\nCOMMIT\n' % (PORT, PORT),
        'table inet lab {\n\tchain prerouting {\n\t\ttype nat hook prerouting priority dstnat;\n'
        '\t\tiifname "toc" tcp dport 8080 redirect to :%d\n\t}\n'
        '\tchain input {\n\t\ttype filter hook input priority filter; policy drop;\n'
        '\t\tmeta l4proto ipv6-icmp accept\n\t\ttcp dport %d accept\n\t\tmeta l4proto tcp reject with tcp reset\n\t}\n}\n' % (PORT, PORT)),
    'a transparent proxy': (
        '*nat\n-A PREROUTING -i toc -p tcp --dport 8080 -j REDIRECT --to-ports %d\nCOMMIT\n'
        '*filter\n:FORWARD DROP [0:0]\n-A FORWARD -p tcp -j REJECT --reject-with tcp-reset\nCOMMIT\n' % PORT,
        'table inet lab {\n\tchain prerouting {\n\t\ttype nat hook prerouting priority dstnat;\n'
        '\t\tiifname "toc" tcp dport 8080 redirect to :%d\n\t}\n'
        '\tchain forward {\n\t\ttype filter hook forward priority filter; policy drop;\n'
        '\t\tmeta l4proto tcp reject with tcp reset\n\t}\n}\n' % PORT),
}
BACKENDS = ('legacy', 'nft', 'nft itself')

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
    ('a masqueraded reply comes to INPUT', 'masquerading, and INPUT resets', 'above', (DIES, True), (LIVES, False)),
    ('a reply to a translated source comes to INPUT', 'source translated, and INPUT resets', 'above',
     (DIES, True), (LIVES, False)),
    ('lost, and a masqueraded reply comes to INPUT', 'masquerading midstream, and INPUT resets', 'flush',
     (DIES, True), (LIVES, False)),
    ('a segment to a forwarded port comes to INPUT', 'port forwarding, and INPUT resets', 'client above',
     (DIES, True), (LIVES, False)),
    ('a segment to a redirected port is of another port', 'another port of the router', 'client above',
     (DIES, True), (LIVES, False)),
    ('a segment to a transparent proxy goes through', 'a transparent proxy', 'client above', (DIES, True), (LIVES, False)),
]


class Lab(network.Network):
    """Its tests are the rows."""


def add(row, backend, v6):
    name, ruleset, event, before, after = row

    def test(self):
        if event == 'below' and tuple(int(x) for x in re.findall(r'\d+', platform.release())[:2]) < (6, 1):
            self.skipTest('before Linux 6.1 such segments are INVALID too')
        rules = RULESETS[ruleset][backend == 'nft itself']
        rules = rules.replace('{server}', ('[fd00:9:2::2]:%d' if v6 else '10.9.2.2:%d') % PORT)
        rules = rules.replace('{router}', 'fd00:9:2::1' if v6 else '10.9.2.1')
        rules = rules.replace('{family}', 'ip6' if v6 else 'ip')
        if not v6:
            rules = rules.replace('-A INPUT -p ipv6-icmp -j ACCEPT\n', '')
        if event == 'timeout':
            sh('nft', 'add table inet probe; add chain inet probe c { type filter hook input priority 0; ct state new; }',
               ns=R, check=False)
            sh('sysctl', '-qw', 'net.netfilter.nf_conntrack_tcp_timeout_established=1',
               'net.netfilter.nf_conntrack_tcp_timeout_unacknowledged=1', ns=R)
        at_router = 'fd00:9:1::1' if v6 else '10.9.1.1'
        at_server = 'fd00:9:2::2' if v6 else '10.9.2.2'
        target = {'port forwarding': at_router, 'port forwarding, and INPUT resets': at_router,
                  'another port of the router': at_router, 'a transparent proxy': at_server}.get(ruleset)
        target = target and (target, 8080)
        listen_at = R if ruleset in ('another port of the router', 'a transparent proxy') else S
        by, what_happens = (C, event[7:]) if event.startswith('client ') else (S, event)
        fixed = common.fwlint('--fix', '--unsafe-fixes', '--severity', 'note', '-', stdin=rules)
        self.assertIn(fixed.returncode, (0, 1), fixed.stderr)
        for what, text, (want, reset) in (('as it is', rules, before), ('fixed', fixed.stdout, after)):
            got = self.outcome(text, backend, v6, what_happens, target, listen_at, by)
            self.assertEqual(got[0], want, '%s: it %s\n%s' % (what, got[0], text))
            if reset is not None:
                self.assertEqual(got[1], reset, '%s: a reset was %sdrawn\n%s' % (what, '' if got[1] else 'not ', text))

    label = re.sub(r'\W+', '_', '%s %s ipv%d' % (name, backend, 6 if v6 else 4))
    setattr(Lab, 'test_' + label, test)


def why_not():
    try:
        sh('ip', 'netns', 'add', C)
        try:
            sh('sysctl', '--version', ns=C)  # it mounts /sys: not in every chroot
        finally:
            sh('ip', 'netns', 'del', C, check=False)
        sh('conntrack', '--version')
    except (RuntimeError, OSError) as e:
        return str(e)
    return None


if __name__ == '__main__':
    reason = why_not()
    if reason:
        common.leave_out('no network namespaces or mounts, or a tool is missing: ' + reason)
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
    common.main()
