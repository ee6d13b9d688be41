#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel as witness, in network namespaces.  usage: kernel.py FWLINT

Loads the examples and what fwlint makes of them, and lets a live TCP connection meet an
out-of-window segment: before the fix it dies, after it goes on. Needs root (or rights to make
network namespaces), iptables and iproute2; exits with 77 (skipped) where these are not to be had.

kernel.py FWLINT --write FILE: the answers of iptables-legacy and -nft to forms.py go into FILE:
tests/forms/iptables.txt, which the unit test `forms` reads.
"""
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import common  # noqa: E402
import forms  # noqa: E402
import network  # noqa: E402
import spellings  # noqa: E402
from common import EXAMPLES, fwlint  # noqa: E402
from network import C, PORT, R, sh  # noqa: E402

common.program()
BACKENDS = ('legacy', 'nft')


def restore(ns, text, backend, family=4):
    if backend == 'nft itself':
        return sh('nft', '-f', '-', ns=ns, stdin='flush ruleset\n' + text, check=False)
    tool = '%s-%s-restore' % ('ip6tables' if family == 6 else 'iptables', backend)
    return sh(tool, ns=ns, stdin=text, check=False)


def why_not():
    try:
        sh('ip', 'netns', 'add', 'fwl-probe')
        try:
            r = restore('fwl-probe', '*filter\nCOMMIT\n', 'legacy')
            return r.stderr.strip() if r.returncode else None
        finally:
            sh('ip', 'netns', 'del', 'fwl-probe', check=False)
    except (RuntimeError, OSError) as e:
        return str(e)


def refused_by_tools(text):
    refused = set()
    for backend in BACKENDS:
        r = subprocess.run(['unshare', '-n', 'iptables-%s-restore' % backend], input=text, capture_output=True, text=True)
        if r.returncode:
            refused.add(backend)
    return refused


def write_answers(path):
    """The answers of the tools, for the unit test `forms`."""
    with open(path, 'w') as f:
        for text in forms.FORMS:
            if text not in forms.DIFFERENT and text.endswith('\n') and not any(x.startswith('== ') for x in text.split('\n')):
                f.write('== %s\n%s' % (' '.join(sorted(refused_by_tools(text))) or 'taken', text))


class Loads(unittest.TestCase):
    NS = 'fwl-load'

    def setUp(self):
        sh('ip', 'netns', 'add', self.NS)
        self.addCleanup(sh, 'ip', 'netns', 'del', self.NS, check=False)

    def test_examples_and_their_fixes_load(self):
        loaded = 0
        for name in sorted(os.listdir(EXAMPLES)):
            if not name.endswith(('.v4', '.v6')) and name != 'dual-stack.rules':
                continue
            path = os.path.join(EXAMPLES, name)
            with open(path) as f:
                text = f.read()
            fixed = fwlint('--fix', '--unsafe-fixes', path).stdout
            families = (4, 6) if name.startswith('dual') else (6,) if name.endswith('v6') else (4,)
            for backend in BACKENDS:
                for family in families:
                    for what, rules in (('original', text), ('fixed', fixed)):
                        with self.subTest(name=name, backend=backend, family=family, what=what):
                            r = restore(self.NS, rules, backend, family)
                            if 'SYNPROXY' in rules and r.returncode:
                                self.skipTest('no SYNPROXY in this kernel: ' + r.stderr.strip())
                            self.assertEqual(r.returncode, 0, r.stderr)
                            loaded += 1
            for backend in BACKENDS:
                for t in ('filter', 'nat', 'mangle', 'raw'):
                    for tool in ('iptables', 'ip6tables'):
                        sh('%s-%s' % (tool, backend), '-t', t, '-F', ns=self.NS, check=False)
                        sh('%s-%s' % (tool, backend), '-t', t, '-X', ns=self.NS, check=False)
        print('%d loads of examples and fixed examples' % loaded)

    def test_nft_examples_and_their_fixes_load(self):
        loaded = 0
        for name in sorted(os.listdir(EXAMPLES)):
            if not name.endswith(('.nft', '.json')):
                continue
            path = os.path.join(EXAMPLES, name)
            with open(path) as f:
                text = f.read()
            fixed = fwlint('--fix', '--unsafe-fixes', path).stdout
            for what, rules in (('original', text), ('fixed', fixed)):
                with self.subTest(name=name, what=what):
                    args = ['nft', '-j'] if name.endswith('.json') else ['nft']
                    r = subprocess.run(['unshare', '-n', *args, '-f', '-'], input=rules, capture_output=True,
                                       text=True)
                    if name == 'bridge.nft' and r.returncode:
                        self.skipTest('no conntrack for bridges in this kernel: ' + r.stderr.split('\n')[0])
                    self.assertEqual(r.returncode, 0, r.stderr)
                    loaded += 1
        print('%d loads of nft examples and fixed examples' % loaded)

    def test_what_the_kernel_lists_has_the_same_findings(self):
        for name in ('home-router.v4', 'web-host.v4', 'shorewall-like.v4', 'kube-node.v4'):
            path = os.path.join(EXAMPLES, name)
            with open(path) as f:
                text = f.read()
            codes = [w for w in fwlint('-q', '--severity', 'note', path).stdout.split() if w.startswith('FW1')]
            for backend in BACKENDS:
                with self.subTest(name=name, backend=backend):
                    # a namespace of its own: other tables would be listed too
                    listed = subprocess.run(
                        ['unshare', '-n', 'sh', '-c', 'iptables-%s-restore && iptables-%s-save' % (backend, backend)],
                        input=text, capture_output=True, text=True, check=True).stdout
                    found = fwlint('-q', '--severity', 'note', '-', stdin=listed).stdout
                    self.assertEqual(sorted(w for w in found.split() if w.startswith('FW1')),
                                     sorted(codes))

    def test_what_fwlint_refuses_the_kernel_refuses(self):
        cases = ['*filter\n:A - [0:0]\n:B - [0:0]\n-A INPUT -j A\n-A A -j B\n-A B -j A\nCOMMIT\n',
                 '*filter\n-A INPUT -j NOWHERE\nCOMMIT\n',
                 '*filter\n-A INPUT -j REJECT --reject-with tcp-reset\nCOMMIT\n',
                 "*filter\n-A INPUT -m comment --comment 'a b' -j ACCEPT\nCOMMIT\n",
                 '*filter\n-A INPUT -j ACCEPT # x\nCOMMIT\n',
                 '*filter\n-A INPUT -p tcp --dport 70000\nCOMMIT\n',
                 '*nat\n-A POSTROUTING -j REJECT\nCOMMIT\n']
        for text in cases:
            self.assertEqual(fwlint('-', stdin=text).returncode, 2, text)
            for backend in BACKENDS:
                with self.subTest(text=text, backend=backend):
                    self.assertNotEqual(restore(self.NS, text, backend).returncode, 0)


    def refused_by(self, text):
        """The loaders that refuse the file, by fwlint's word: all of them, or those that FW002 names."""
        args = ('--format', 'json', '--select', 'FW002', '--dialect', 'iptables', '-')
        plain = fwlint(*args, stdin=text)
        if plain.returncode == 2:
            return set(BACKENDS)
        found = [f['message'] for f in json.loads(plain.stdout)['inputs'][0]['findings'] if f['severity'] == 'note']
        refused = set()
        for backend in BACKENDS if found else ():
            named = json.loads(fwlint('--loader', backend, *args, stdin=text).stdout)['inputs'][0]['findings']
            if any(f['severity'] == 'warning' and f['message'] in found for f in named):
                refused.add(backend)
        return refused

    def test_takes_and_refuses_what_the_tools_do(self):
        agreed = 0
        answers = common.each(lambda text: (refused_by_tools(text), self.refused_by(text)), forms.FORMS)
        for text, (refused, ours) in zip(forms.FORMS, answers):
            with self.subTest(text=text):
                if text in forms.DIFFERENT:
                    self.assertNotEqual(ours, refused, 'no exception any more')
                else:
                    self.assertEqual(ours, refused)
                    agreed += 1
        print('%d forms taken or refused by each backend as fwlint says, %d exceptions' % (
            agreed, len(forms.DIFFERENT)))


    def test_D_finds_a_rule_in_another_spelling(self):
        """Where both loaders find it, fwlint does; where they do not, it does not."""
        sh('ip', 'netns', 'add', 'fwl-spell')
        self.addCleanup(sh, 'ip', 'netns', 'del', 'fwl-spell', check=False)
        found = lost = 0
        for table, chain, family, pairs in spellings.PAIRS:
            # what fwlint takes for a file of IPv6
            hint = '*security\n-A OUTPUT -s fd00::99 -j ACCEPT\nCOMMIT\n' if family == 6 else ''
            for pair in pairs.split('\n')[1:-1]:
                one, other = pair.split(' == ')
                text = '*%s\n-A %s %s\n-D %s %s\nCOMMIT\n' % (table, chain, one, chain, other)
                with self.subTest(pair=pair):
                    answers = {restore('fwl-spell', text, b, family).returncode == 0 for b in BACKENDS}
                    self.assertEqual(len(answers), 1, 'the loaders differ')
                    ours = fwlint('-', stdin=hint + text)
                    self.assertEqual({'no such rule' not in ours.stderr}, answers, ours.stderr)
                    found, lost = found + (True in answers), lost + (False in answers)
        print('%d rules are found by -D in another spelling, %d are others' % (found, lost))

    def test_what_is_loaded_is_what_was_read(self):
        """The ruleset that the kernel has after a file is the one that fwlint made of it."""
        same = 0
        for text in forms.NUMBERED + forms.DELETED + forms.CONNMARK + forms.COMMANDS:
            for backend in BACKENDS:
                with self.subTest(text=text, backend=backend), tempfile.NamedTemporaryFile('w', suffix='.v4') as old:
                    r = subprocess.run(['unshare', '-n', 'sh', '-c', 'iptables-%s-restore >/dev/null && iptables-%s-save' % (
                        backend, backend)], input=text, capture_output=True, text=True)
                    if r.returncode or 'COMMIT' not in r.stdout:
                        continue
                    old.write(text)
                    old.flush()
                    compared = fwlint('compare', '--dialect', 'iptables', old.name, '-', stdin=r.stdout)
                    self.assertEqual(compared.returncode, 0, compared.stdout + compared.stderr)
                    same += 1
        print('%d files mean what is loaded' % same)


# ---- one live connection through a router ----

LAB = '''*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -m %s RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -i toc -m conntrack --ctstate NEW -j ACCEPT
-A FORWARD -p tcp -j REJECT --reject-with tcp-reset
COMMIT
'''


class ResetLab(network.Network):
    def survives(self, rules, backend):
        """Does the connection outlive an above-window segment of the server?"""
        return self.outcome(rules, backend, False, 'above')[0] == network.LIVES

    def test_the_connection_dies_before_the_fix_and_lives_after(self):
        for backend in BACKENDS:
            for state in ('conntrack --ctstate', 'state --state'):
                with self.subTest(backend=backend, state=state):
                    rules = LAB % state
                    fixed = fwlint('--fix', '-', stdin=rules).stdout
                    self.assertNotEqual(rules, fixed)
                    self.assertFalse(self.survives(rules, backend), 'the defect was not there')
                    self.assertTrue(self.survives(fixed, backend), 'the fix does not cure')

    NFT = ('table inet filter {\n\tchain forward {\n\t\ttype filter hook forward priority filter; policy accept;\n'
           '\t\t%s\n%s\t\tiifname "toc" ct state new accept\n\t\tmeta l4proto tcp reject with tcp reset\n\t}\n}\n')

    def test_the_same_with_nft(self):
        for accept in ('ct state established,related accept', 'ct state { established, related } counter accept',
                       'ct state vmap { established : accept, related : accept }'):
            with self.subTest(accept=accept):
                rules = self.NFT % (accept, '')
                fixed = fwlint('--fix', '-', stdin=rules).stdout
                self.assertNotEqual(rules, fixed)
                self.assertFalse(self.survives(rules, 'nft itself'), 'the defect was not there')
                self.assertTrue(self.survives(fixed, 'nft itself'), 'the fix does not cure')

    # The same for nft: what stands between the accept and the reset.
    BETWEEN_NFT = [
        ('ct state invalid log prefix "x"', False),
        ('ct state invalid counter', False),
        ('meta l4proto udp ct state invalid drop', False),
        ('meta l4proto tcp ct state invalid drop', True),
        ('ct state != { new, established, related } drop', True),
        ('ct state ! new,established,related drop', True),
        ('ct state invalid,untracked drop', True),
        ('ct state 0x1 drop', True),
        ('ct state & (invalid | untracked) != 0 drop', True),
        ('ct state vmap { invalid : drop, new : continue }', True),
        ('ct state vmap { invalid | untracked : drop }', False),
        ('ct direction reply ct mark != 5 drop', False),
        ('ct direction reply drop', False),
        ('ct state invalid meta mark set 7 meta mark 7 drop', True),
        ('ct state invalid meta mark set 7 meta mark 8 drop', False),
        ('ct state invalid ct mark set 7\n\t\tct mark 7 drop', False),
        ('tcp flags ! syn ct state new drop', False),
        ('ct state invalid th sport 0-65535 drop', True),
        ('oifname . ct state vmap { "tos" . invalid : drop }', False),
        ('ct state invalid jump {\n\t\t\tcounter\n\t\t\tdrop\n\t\t}', True),
        ('ct state invalid ip6 nexthdr tcp drop', False),
        ('ct state vmap { new : accept } drop', False),
        ('ct state vmap { new : accept, * : drop }', True),
    ]

    def test_what_cures_and_what_only_looks_so_with_nft(self):
        for rule, lives in self.BETWEEN_NFT:
            with self.subTest(rule=rule):
                rules = self.NFT % ('ct state established,related accept', '\t\t%s\n' % rule)
                found = fwlint('-q', '--select', 'FW102', '-', stdin=rules).stdout
                self.assertEqual('FW102' not in found, lives, 'fwlint says otherwise')
                self.assertEqual(self.survives(rules, 'nft itself'), lives, 'the kernel says otherwise')

    # What stands between the accept and the reset: does the connection live?
    BETWEEN = [
        ('-m conntrack --ctstate INVALID -j LOG', False),
        ('-m conntrack --ctstate INVALID -m limit --limit 1/day --limit-burst 1 -p udp -j DROP', False),
        ('-p udp -m conntrack --ctstate INVALID -j DROP', False),
        ('-p tcp -m conntrack --ctstate INVALID -j DROP', True),
        ('-m conntrack ! --ctstate NEW,ESTABLISHED,RELATED -j DROP', True),
        ('-m conntrack --ctstate INVALID,UNTRACKED -j DROP', True),
        ('-m conntrack --ctstate INVALID --ctproto udp -j DROP', True),
        ('-m conntrack --ctproto tcp --ctdir REPLY -j DROP', False),
        ('-m conntrack --ctstate DNAT -j DROP', False),
        ('-m conntrack --ctstate INVALID,DNAT -j DROP', True),
        ('-p tcp ! --syn -m connmark ! --mark 5 -j DROP', False),
        ('-m conntrack --ctstate INVALID --ctstatus ASSURED -j DROP', True),
        ('-p tcp ! --syn -m conntrack --ctstate NEW -j DROP', False),
        ('-p tcp --tcp-flags ALL NONE -j DROP', False),
        ('-m conntrack --ctstate INVALID -j MARK --set-mark 7', False),
    ]

    def test_what_cures_and_what_only_looks_so(self):
        for rule, lives in self.BETWEEN:
            with self.subTest(rule=rule):
                rules = (LAB % 'conntrack --ctstate').replace(
                    '-A FORWARD -i toc', '-A FORWARD %s\n-A FORWARD -i toc' % rule)
                found = fwlint('-q', '--select', 'FW102', '-', stdin=rules).stdout
                self.assertEqual('FW102' not in found, lives, 'fwlint says otherwise')
                self.assertEqual(self.survives(rules, 'legacy'), lives, 'the kernel says otherwise')


class OwnAddresses(network.Network):
    """chain_sees_foreign(): which end of a forwarded packet may be an address of the router's."""
    RULES = """table inet t {
        counter before { }
        counter forwarded { }
        counter to_self { }
        counter from_self { }
        chain raw { type filter hook prerouting priority -300; fib daddr type local tcp dport 5000 counter name "before"; }
        chain pre {
            type nat hook prerouting priority -100;
            ip daddr 10.9.1.1 tcp dport 5000 dnat ip to 10.9.2.2;
            ip6 daddr fd00:9:1::1 tcp dport 5000 dnat ip6 to fd00:9:2::2;
        }
        chain through {
            type filter hook forward priority 0;
            meta l4proto != tcp accept
            counter name "forwarded"
            fib daddr type local counter name "to_self"
            fib saddr type local counter name "from_self"
        }
    }
    """

    def count(self, name):
        return int(sh('nft', 'list', 'counter', 'inet', 't', name, ns=R).stdout.split('packets ')[1].split()[0])

    def send_from_own(self, family, source, target):
        """A segment with an address of the router's as its source."""
        data = network.segment(family, source, 1000, target, 2000, 5, 6, 16)
        a, b = socket.inet_pton(family, source), socket.inet_pton(family, target)
        if family == socket.AF_INET6:
            head = struct.pack('!IHBB', 6 << 28, len(data), 6, 64) + a + b
        else:
            head = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(data), 1, 0, 64, 6, 0, a, b)
        with network.make_socket(C, family, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
            raw.sendto(head + data, (target, 0))
        time.sleep(0.3)

    def test_a_forwarded_packet_is_not_for_the_router_nor_from_it_in_ipv4(self):
        for name in ('all', 'default', 'toc'):
            sh('sysctl', '-qw', 'net.ipv4.conf.%s.rp_filter=0' % name, ns=R)
        for family, net in ((socket.AF_INET, '10.9.%d.%d'), (socket.AF_INET6, 'fd00:9:%d::%d')):
            with self.subTest(family=family):
                v6 = family == socket.AF_INET6
                self.load(self.RULES, 'nft itself', v6)
                client, server, _ = self.connect(family, (net % (1, 1), PORT))
                client.close()
                server.close()
                self.assertGreater(self.count('before'), 2)  # in front of the translation it is for the router
                self.assertGreater(self.count('forwarded'), 2)
                self.assertEqual(self.count('to_self'), 0)
                self.send_from_own(family, net % (2, 1), net % (2, 2))
                self.assertEqual(self.count('from_self'), 1 if v6 else 0)


if __name__ == '__main__':
    why = why_not()
    if why:
        common.leave_out('no network namespaces or no iptables here: ' + why)
    if sys.argv[1:2] == ['--write']:
        sys.exit(write_answers(sys.argv[2]))
    common.main()
