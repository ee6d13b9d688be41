#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The rulesets of ordinary hosts in tests/stock: each loads, has the findings of docs/stock.md.

usage: stock.py FWLINT [--write]

The table has for each file the findings and the exit status as it is, after --apply, and after
--apply --unsafe-fixes. --write makes docs/stock.md anew: read what changed before it is committed.
Loading is skipped where there is no namespace.
"""
import collections
import json
import os
import re
import shutil
import sys
import tempfile
import unittest

import common

common.program()
STOCK = os.path.join(common.ROOT, 'tests', 'stock')
TABLE = os.path.join(common.ROOT, 'docs', 'stock.md')
LOADERS = {'.v4': [['iptables-nft-restore'], ['iptables-legacy-restore']],
           '.v6': [['ip6tables-nft-restore'], ['ip6tables-legacy-restore']],
           '.nft': [['nft', '-f', '-']]}
LETTER = {'error': ' E', 'warning': ' W', 'note': ' n'}
# all their tables are a program's, which writes them anew
OWNED = ('docker-29.nft', 'kube-proxy-1.33.nft', 'lxc-net.nft', 'lxd.nft', 'networkd-masquerade.nft',
         'networkmanager-shared.nft', 'sshguard.nft', 'wg-quick-client.nft')
# what these let through, or answer, goes back by the interface that it came from
BACK_BY_THE_SAME = ('docker', 'cloud-aws-nat', 'home-router-dd')
# one rule in a chain that others share cures what all of them lack; each net that is masqueraded needs its own
PRIVATE = ('10.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16')
SHARED = ['-A loc-fw -m conntrack --ctstate INVALID -j DROP', '-A reject -p tcp -m conntrack --ctstate INVALID -j DROP']
FEWEST = {
    'shorewall-two.v4': ['-A FORWARD -s %s -m conntrack --ctstate INVALID -j DROP' % net for net in PRIVATE] + SHARED,
    'shorewall-three.v4': ['-A FORWARD -s %s -o eth0 -m conntrack --ctstate INVALID -j DROP' % net for net in PRIVATE] + SHARED,
}
# IPv6 to the WAN is let through too: only a drop in front of all is one rule for both accepts, and nothing
# comes to the one in handle_reject any more
DEAD_LATER = ('openwrt-fw4.nft',)
HEAD = """# Ordinary hosts

What fwlint says of the rulesets in [tests/stock](../tests/stock): findings by code (E error, W
warning, n note) and exit status as they are, after `--apply`, and after `--apply --unsafe-fixes`.
The head comment of each file says what it is and which program made it, or after which document
it was written; `sh tests/stock/make.sh` makes those of packaged programs anew.

This table is made by `python3 tests/stock.py build/fwlint --write`, and the test `stock` fails when
it is not what is seen.

| ruleset | as it is | exit | after `--apply` | exit | after `--unsafe-fixes` | exit |
|---|---|---|---|---|---|---|
"""


def rulesets():
    return sorted(n for n in os.listdir(STOCK) if os.path.splitext(n)[1] in LOADERS)


def findings(path):
    """The findings in short, and the exit status."""
    r = common.fwlint('--format', 'json', path)
    if r.returncode > 1:
        return 'not read', r.returncode
    found = json.loads(r.stdout)['inputs'][0]['findings']
    count = collections.Counter(f['code'] + LETTER[f['severity']] for f in found)
    cells = [kind + (' ×%d' % n if n > 1 else '') for kind, n in sorted(count.items())]
    return ', '.join(cells), r.returncode


def all_findings():
    paths = [os.path.join(STOCK, n) for n in rulesets()]
    for i in json.loads(common.fwlint('--format', 'json', *paths).stdout)['inputs']:
        for f in i['findings']:
            yield os.path.basename(f['file']), f


def applied(name, *options):
    with tempfile.TemporaryDirectory() as d:
        path = shutil.copy(os.path.join(STOCK, name), d)
        r = common.fwlint('--apply', *options, path)
        now = findings(path)
        if r.returncode != now[1]:
            raise AssertionError('%s: --apply %s: exit %d, and then %d' % (
                name, ' '.join(options), r.returncode, now[1]))
        return now


def row(name):
    cells = []
    states = findings(os.path.join(STOCK, name)), applied(name), applied(name, '--unsafe-fixes')
    for what, status in states:
        cells += [what, str(status)]
    return '| [%s](../tests/stock/%s) | %s |\n' % (name, name, ' | '.join(cells))


def table():
    rows = common.each(row, rulesets())
    status = [[c.strip() for c in r.split('|')][3::2] for r in rows]
    ends = ['%d of %d' % (sum(s[i] == '1' for s in status), len(rows)) for i in range(3)]
    return HEAD + ''.join(rows) + (
        '\nExit 1: %s as they are, %s after `--apply`, %s after `--apply --unsafe-fixes`.\n' % tuple(ends))


def inserted(name, *runs):
    """The rules that are new after the runs of --apply, sorted."""
    with tempfile.TemporaryDirectory() as d:
        path = shutil.copy(os.path.join(STOCK, name), d)
        before = common.read(path).splitlines()
        for options in runs or [[]]:
            common.fwlint('--apply', *options, path)
        after = common.read(path).splitlines()
    return sorted((collections.Counter(after) - collections.Counter(before)).elements())


class Stock(unittest.TestCase):
    maxDiff = None

    def test_there_are_sixty_and_each_says_what_it_is(self):
        self.assertGreaterEqual(len(rulesets()), 60)
        for name in rulesets():
            self.assertRegex(common.read(os.path.join(STOCK, name)), r'\A# .{20}', name)

    def test_each_loads(self):
        why_not = common.no_namespace()
        if why_not:
            self.skipTest(why_not)
        for name in rulesets():
            text = common.read(os.path.join(STOCK, name))
            for loader in LOADERS[os.path.splitext(name)[1]]:
                with self.subTest(name=name, loader=loader[0]):
                    r = common.run('unshare', '-n', *loader, stdin=text)
                    self.assertEqual((r.returncode, r.stderr), (0, ''))

    def test_tables_of_programs_are_not_changed(self):
        for name in OWNED:
            path = os.path.join(STOCK, name)
            with self.subTest(name=name):
                fixed = common.fwlint('--fix', '--unsafe-fixes', path)
                self.assertEqual((fixed.returncode > 1, fixed.stdout), (False, common.read(path)))

    def test_witnesses_are_such_as_a_reader_has_in_mind(self):
        for name, f in all_findings():
            w = f.get('witness')
            if not w:
                continue
            with self.subTest(name=name, witness=w['text']):
                self.assertNotEqual(w['saddr'], w['daddr'])
                self.assertNotRegex(w['text'], r'\.127\.255\b|\.127\b|CAST\b')
                # out of a net of guests, by the uplink
                self.assertNotRegex(w['text'], r'in (docker|br-|virbr|lxc|lxdbr|tun)\w*, out (eth1|lan0|lxc\d)\b')
                if f['path'] == 'forward' and not name.startswith(BACK_BY_THE_SAME):
                    self.assertNotEqual(w['iifname'], w['oifname'])
                if f['path'] == 'forward':
                    self.assertNotRegex(w['text'], "matches '-m addrtype --(dst|src)-type LOCAL|type local")

    def test_half_of_those_with_findings_need_less_than_25_lines_and_none_is_too_wide(self):
        lines = []
        for name in rulesets():
            out = common.fwlint(name, cwd=STOCK, env=dict(os.environ, COLUMNS='80')).stdout
            lines += [out.count('\n')] if out else []
            for line in out.split('\n--- ')[0].split('\n'):
                if not re.match(r' {1,10}\d+ | +\| |    \S+:\d+ |  fix: ', line):
                    self.assertLessEqual(len(line.expandtabs()), 80, name + ': ' + line)
        self.assertGreater(len(lines), 60)
        self.assertLess(sorted(lines)[len(lines) // 2], 25)

    def test_what_answers_for_a_service_of_Kubernetes_is_no_ClusterIP(self):
        for name, f in all_findings():
            if f.get('witness') and name.startswith(('kube-proxy', 'k3s')):
                with self.subTest(name=name, witness=f['witness']['text']):
                    self.assertNotRegex(f['witness']['saddr'], r'^10\.(96|43)\.')

    def test_what_is_behind_DNAT_answers_with_its_own_address(self):
        seen = {(name, f['witness']['saddr'], f['witness']['sport']) for name, f in all_findings()
                if f['code'] == 'FW104' and f['detail'].startswith('replies are forwarded')}
        for name, address, port in (('arch-gateway.v4', '198.51.100.20', '443'),
                                    ('ufw-router.v4', '198.51.100.20', '443'),
                                    ('gentoo-router.v4', '198.51.100.20', '22')):
            self.assertIn((name, address, port), seen)

    def test_the_table_of_ones_own_leaves_nothing_to_do_and_is_said_once(self):
        for name in OWNED:
            path = os.path.join(STOCK, name)
            said = common.fwlint(path)
            own = re.findall(r'^    (table inet drop_invalid \{\n(?:     .*\n)+    \}\n)', said.stdout, re.M)
            with self.subTest(name=name):
                self.assertEqual(len(own), said.returncode)
                if own:
                    with tempfile.TemporaryDirectory() as d:
                        both = common.write(os.path.join(d, name), common.read(path) + own[0])
                        self.assertEqual(findings(both)[1], 0)

    def test_the_step_in_the_program_that_makes_the_rules_is_said_once(self):
        for name, step in (('shorewall-two.v4', 'INVALID_DISPOSITION=DROP'), ('shorewall6-two.v6', 'INVALID_DISPOSITION=DROP'),
                           ('openwrt-fw3.v4', 'option drop_invalid 1'), ('openwrt-fw4.nft', 'option drop_invalid 1'),
                           ('arno-router.v4', '/etc/arno-iptables-firewall/custom-rules'),
                           ('ufw-router.v4', '/etc/ufw/before.rules'), ('debian-wiki.v4', None)):
            said = ' '.join(common.fwlint(os.path.join(STOCK, name)).stdout.split())
            with self.subTest(name=name):
                self.assertEqual(said.count('These rules are made by'), 1 if step else 0)
                self.assertIn(step or '', said)

    def test_the_fewest_rules_are_inserted_that_cure_all(self):
        for name, rules in FEWEST.items():
            with self.subTest(name=name):
                self.assertEqual(inserted(name), rules)

    def test_no_rule_of_apply_is_dead_after_a_later_run_with_unsafe_fixes(self):
        for name in rulesets():
            safe = inserted(name)
            if name in OWNED + DEAD_LATER or not safe:
                continue
            with tempfile.TemporaryDirectory() as d:
                path = shutil.copy(os.path.join(STOCK, name), d)
                for options in [], ['--unsafe-fixes']:
                    common.fwlint('--apply', *options, path)
                text = common.read(path)
                for rule in set(safe):
                    # one that packets come to makes a difference as an accept
                    other = re.sub('(?<=-j )DROP|drop$', 'ACCEPT' if '-j' in rule else 'accept', rule)
                    accepts = common.write(os.path.join(d, 'accepts' + os.path.splitext(name)[1]),
                                           text.replace(rule + '\n', other + '\n', 1))
                    with self.subTest(name=name, rule=rule):
                        self.assertNotEqual(common.fwlint('compare', path, accepts).returncode, 0)

    def test_findings_are_those_of_the_table(self):
        self.assertEqual(common.read(TABLE), table(),
                         'python3 tests/stock.py build/fwlint --write, and read the difference')


if __name__ == '__main__':
    if '--write' in sys.argv:
        common.write(TABLE, table())
    else:
        common.main()
