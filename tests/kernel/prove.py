#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`fwlint prove`: what the kernel does with the witnesses, and that nothing else changes.

usage: prove.py FWLINT
"""
import collections
import glob
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import common  # noqa: E402
from common import EXAMPLES, each  # noqa: E402

FWLINT = common.program()
TABLE = os.path.join(common.ROOT, 'docs', 'corpus-findings.tsv')

# Why a finding is not shown, where that is so.
NOT_LOADED = {
    'bridge.nft': 'this kernel may lack connection tracking of bridges',
    '01_ruleset.expect1.nft': 'a ct helper that this kernel may lack',
    '0032pknock_0.json-nft': 'nft 1.0.6 does not read a set flag of its own',
}
NOT_PROVED = {
    'ufw-without-invalid.v4': 'the rule stands in a chain of ufw: there is no fix',
    'ufw.v4': 'the rule stands in a chain of ufw: there is no fix',
    'home-router.v4 FW103': 'the answer is masqueraded: the lab\'s connection was made without translation',
    'iptables.rules FW103': 'the answer is accepted by a mark that only a sender\'s hardware address gives',
    'ip6tables.rules FW103': 'the answer is accepted by a mark that only a sender\'s hardware address gives',
}


def prove(*args, **kw):
    return common.fwlint('prove', *args, timeout=120, **kw)


def why_not():
    r = prove(stdin='')
    return r.stderr.strip() if r.returncode == 3 else None


def examine(path):
    r = prove('--format', 'json', path)
    if r.returncode == 2:
        return path, r.returncode, r.stderr, []
    return path, r.returncode, r.stderr, json.loads(r.stdout)['findings']


def host_state():
    """What the host's own namespace and files look like; its counters go on by themselves."""
    tools = ['ip -o link', 'ip -o addr', 'ip rule', 'ip -4 route', 'ip -6 route', 'nft list ruleset',
             'iptables-save', 'ip6tables-save', 'iptables-legacy-save', 'ls -la --time-style=full-iso /run',
             'sysctl net.ipv4.ip_forward net.ipv4.conf.all.rp_filter']
    out = [subprocess.run(t, shell=True, capture_output=True, text=True).stdout for t in tools]
    lines = [l for o in out for l in o.split('\n') if not l.startswith(('#', 'total '))]
    # namespaces of other tests come and go
    return [re.sub(r'\[\d+:\d+\]|counter packets \d+ bytes \d+', '', l) for l in lines if not l.endswith(' netns')]


# Other programs write into /tmp too: one that is seen by this process alone, which must be empty afterwards.
OWN_TMP = '''mount -t tmpfs none /tmp && mount -t tmpfs none /var/tmp || exit 125
"$@" >/dev/null & pid=$!
[ -z "$DELAY" ] || { sleep "$DELAY"; kill -KILL $pid; }
wait $pid; status=$?
[ -z "$DELAY" ] || sleep 0.5
find /tmp /var/tmp -mindepth 1 >&2
exit $status'''


def prove_in_own_tmp(*args, delay=''):
    return subprocess.run(['unshare', '-m', 'sh', '-c', OWN_TMP, 'sh', FWLINT, 'prove', *args], capture_output=True, text=True,
                          timeout=120, env=dict(os.environ, DELAY=str(delay)))


class Prove(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        why = why_not()
        if why:
            raise unittest.SkipTest(why)

    def check(self, paths):
        count = collections.Counter()
        for path, code, err, findings in each(examine, paths):
            name = os.path.basename(path)
            if code == 2:
                self.assertIn(name, NOT_LOADED, err)
                count['not loaded'] += 1
                continue
            self.assertIn(code, (0, 1), err)
            for f in findings:
                key = '%s %s' % (name, f['code'])
                if not f['proved']:
                    self.assertTrue(key in NOT_PROVED or name in NOT_PROVED, (path, f))
                    count[f['code'] + ' not proved'] += 1
                    continue
                self.assertEqual((f['before']['outcome'], f['before']['exact'], f['before']['alive']),
                                 ('reset', True, True), (path, f))
                if f['after']:
                    self.assertNotEqual(f['after']['outcome'], 'reset')
                    self.assertTrue(f['after']['goes_on'])
                count[f['code'] + ' proved'] += 1
        return count

    def test_rules_examples(self):
        count = self.check([p for p in sorted(glob.glob(os.path.join(EXAMPLES, '*')))])
        print('rules-examples: %s' % dict(count))
        self.assertGreaterEqual(count['FW102 proved'], 20)

    def test_corpus(self):
        if common.no_corpus():
            self.skipTest(common.no_corpus())
        with open(TABLE) as f:
            head, *rows = [line.rstrip('\n').split('\t') for line in f][:-1]
        resets = [i for i, c in enumerate(head) if c[:5] in ('FW102', 'FW103')]
        paths = [common.in_corpus(r[0]) for r in rows if any(i < len(r) and r[i] for i in resets)]
        count = self.check(paths)
        print('%d real rulesets with a tcp reset that is reached: %s' % (len(paths), dict(count)))
        self.assertGreaterEqual(count['FW102 proved'] + count['FW103 proved'], 20)

    def proofs(self, text, *options):
        """What was seen of each finding of a ruleset: {code: finding}."""
        r = prove('--format', 'json', '--select', 'FW101,FW102,FW103', *options, '-', stdin=text)
        self.assertIn(r.returncode, (0, 1), r.stderr)
        return {f['code']: f for f in json.loads(r.stdout)['findings']}

    DUMP = '*filter\n-A %(chain)s -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n%(rule)sCOMMIT\n'
    NFT = ('table inet t {\n chain c {\n  type filter hook %(chain)s priority 0;\n  ct state established,related accept\n'
           '%(rule)s }\n}\n')

    def test_the_witness_goes_out_with_its_own_flags_and_length(self):
        rule = '-A %s -p tcp -m length --length %s -m tcp --tcp-flags ALL %s -j REJECT --reject-with tcp-reset\n'
        for chain, length, flags in (('INPUT', '200:300', 'FIN,ACK'), ('INPUT', '40', 'ACK'),
                                     ('FORWARD', '1400:1500', 'ACK'), ('OUTPUT', '90:91', 'PSH,ACK,URG')):
            text = self.DUMP % {'chain': chain, 'rule': rule % (chain, length, flags)}
            found = self.proofs(text)
            self.assertTrue(found['FW102']['proved'], (text, found))
            for f in found.values():
                self.assertEqual((f['before']['outcome'], f['before']['exact']), ('reset', True), (text, f))
        text = self.NFT % {'chain': 'forward', 'rule': '  meta nfproto ipv6 tcp flags == fin|psh|ack meta length 500-600 '
                                                       'reject with tcp reset\n'}
        found = self.proofs(text)
        self.assertTrue(found['FW102']['proved'], (text, found))

    def test_a_length_that_no_segment_of_the_wires_has_is_said(self):
        rule = '-A INPUT -p tcp -m length --length 9000:9100 -j REJECT --reject-with tcp-reset\n'
        found = self.proofs(self.DUMP % {'chain': 'INPUT', 'rule': rule})['FW102']
        self.assertFalse(found['proved'])
        self.assertIn('a segment of 90', found['before']['why'])

    def test_resets_in_output_are_proved(self):
        rule = '-A OUTPUT -p tcp -j REJECT --reject-with tcp-reset\n'
        for text, options in ((self.DUMP % {'chain': 'OUTPUT', 'rule': rule}, ()),
                              (self.NFT % {'chain': 'output', 'rule': '  reject with tcp reset\n'}, ()),
                              (self.NFT % {'chain': 'output', 'rule': '  meta nfproto ipv6 reject with tcp reset\n'}, ())):
            found = self.proofs(text, *options)
            self.assertEqual({'FW102', 'FW103'}, set(found), text)
            for f in found.values():
                self.assertEqual((f['before']['outcome'], f['before']['exact'], f['proved']), ('reset', True, True), (text, f))

    def test_a_connection_that_is_translated_is_not_opened_and_that_is_said(self):
        found = self.proofs('*nat\n-A POSTROUTING -o wan0 -j MASQUERADE\nCOMMIT\n*filter\n:INPUT DROP\n:FORWARD ACCEPT\n'
                            '-A INPUT -p tcp -j REJECT --reject-with tcp-reset\nCOMMIT\n')
        self.assertFalse(found['FW102']['proved'])
        self.assertIn('is translated', found['FW102']['before']['why'])

    def test_a_ruleset_that_does_not_load(self):
        with tempfile.NamedTemporaryFile('w', suffix='.nft') as f:
            f.write('table inet t {\n ct helper h {\n  type "none" protocol tcp\n }\n chain c {\n  type filter hook input priority 0;\n'
                    '  iifname "eth0" ct helper set "h"\n }\n}\n')
            f.flush()
            r = prove(f.name)
            self.assertEqual((r.returncode, r.stdout), (2, ''))
            self.assertIn('does not load it: ', r.stderr)

    def test_nothing_to_prove(self):
        r = prove(stdin='*filter\n-A INPUT -j ACCEPT\nCOMMIT\n')
        self.assertEqual(r.returncode, 0, r.stderr)
        self.assertIn('it loads; no segment of a living connection reaches a tcp reset', r.stdout)

    def test_a_caller_may_leave_descriptors_closed_and_ignore_its_children(self):
        path = os.path.join(EXAMPLES, 'home-router.v4')
        want = prove(path, stdin='')
        self.assertIn('proved', want.stdout)
        for name, way in (('no input', lambda: os.close(0)), ('no input, no errors', lambda: (os.close(0), os.close(2))),
                          ('SIGCHLD ignored', lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))):
            with self.subTest(name):
                r = prove(path, stdin='', preexec_fn=way)
                self.assertEqual((r.returncode, r.stdout, r.stderr), (want.returncode, want.stdout, want.stderr))

    def test_nothing_outside_changes(self):
        before = host_state()
        for name in ('home-router.v4', 'openwrt-fw4.nft'):
            r = prove_in_own_tmp(os.path.join(EXAMPLES, name), '--select', 'FW101,FW102')
            self.assertEqual((r.returncode, r.stderr), (0, ''))
        self.assertEqual(host_state(), before)

    def test_nothing_outside_changes_when_it_is_killed(self):
        before = host_state()
        for delay in (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.8):
            r = prove_in_own_tmp(os.path.join(EXAMPLES, 'home-router.v4'), delay=delay)
            self.assertNotEqual(r.returncode, 125)
            self.assertEqual(r.stderr.replace('Killed\n', ''), '')
        self.assertEqual(host_state(), before)
        # the namespaces end with their processes: none of ours is left
        left = subprocess.run(['pgrep', '-f', FWLINT + ' prove'], capture_output=True, text=True).stdout
        self.assertEqual(left, '')

    def test_without_root(self):
        if os.geteuid() != 0:
            self.skipTest('this is no root: the other tests are without, then')
        with tempfile.TemporaryDirectory() as d:
            os.chmod(d, 0o755)
            tool = os.path.join(d, 'fwlint')
            subprocess.run(['cp', FWLINT, tool], check=True)
            rules = os.path.join(d, 'rules.nft')
            subprocess.run(['cp', os.path.join(EXAMPLES, 'server-listed.nft'), rules], check=True)
            r = subprocess.run(['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', tool, 'prove',
                                '--select', 'FW101,FW102', rules], capture_output=True, text=True)
            if r.returncode == 3:
                self.assertIn('nothing can be proved here: ', r.stderr)
                self.skipTest(r.stderr.strip())
            self.assertEqual(r.returncode, 0, r.stdout + r.stderr)
            self.assertIn('proved', r.stdout)


if __name__ == '__main__':
    common.main()
