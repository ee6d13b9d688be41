#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel holds after loading reads the same as what was loaded.

usage: listings.py FWLINT SOURCE_ROOT

Every nft ruleset of the corpus is loaded into a network namespace and listed by nft as text, with
handles, with numbers, and as JSON: the findings must be those of the source. iptables rulesets
go through iptables-nft. Every fix must load. Skipped where there is no corpus or no namespace.
"""
import concurrent.futures
import json
import os
import subprocess
import sys
import unittest

FWLINT = os.path.abspath(sys.argv.pop(1))
ROOT = os.path.abspath(sys.argv.pop(1))
CORPUS = os.environ.get('FWLINT_CORPUS', os.path.join(ROOT, '..', 'shared', 'corpus'))
MANIFEST = os.path.join(CORPUS, 'MANIFEST.tsv')

# Listings that no nft reads back either.
BROKEN = {
    'typeof_maps_add_delete.nft': "nft 1.0.6 lists an element as '0xa020304 [invalid type]'",
    'netdev-ingress.nft': 'nft 1.0.6 leaves the device of an ingress chain out of JSON',
    '0002table_0.nft': 'nft 1.0.6 ends the JSON of a table flag that it has no name for',
}


def manifest(*dialects):
    with open(MANIFEST) as f:
        for row in f.read().split('\n')[1:]:
            cells = row.split('\t')
            if len(cells) > 4 and cells[1] in dialects:
                yield cells


def lint(*args, text=None):
    return subprocess.run([FWLINT, *args], input=text, capture_output=True, text=True)


def findings(*args, text=None):
    r = lint('--format', 'json', *args, text=text)
    if r.returncode > 1:
        return r.stderr.split('\n')[0]
    return sorted((f['code'], f['severity'], f['table'], f['chain'], f['rule_number'])
                  for f in json.loads(r.stdout)['inputs'][0]['findings'])


def in_namespace(script, cwd=None):
    return subprocess.run(['unshare', '-n', 'sh', '-c', 'ip link set lo up; ' + script],
                          capture_output=True, text=True, cwd=cwd)


def each(work, items):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(work, items))


def why_not():
    if not os.path.exists(MANIFEST):
        return 'no corpus at %s' % CORPUS
    r = in_namespace('nft list ruleset')
    return None if r.returncode == 0 else 'no network namespace, or no nft: ' + r.stderr.strip()


def listed(cells):
    path = os.path.join(CORPUS, cells[0])
    r = in_namespace('nft -f "%s" || exit 9; for o in "" -a -nn -j; do nft $o list ruleset; echo; '
                     'echo =====; done' % path, os.path.dirname(path))
    if r.returncode == 9:
        return cells[0], None, None
    texts = r.stdout.split('\n=====\n')[:4]
    return cells[0], findings(path), [findings('-', text=t) if t.strip() else [] for t in texts]


def through_iptables_nft(cells):
    path = os.path.join(CORPUS, cells[0])
    tool = 'ip6tables-nft' if cells[1].startswith('ip6') else 'iptables-nft'
    r = in_namespace('%s-restore < "%s" || exit 9; nft list ruleset' % (tool, path))
    if r.returncode:
        return cells[0], None, None
    source, listing = findings(path), findings('-', text=r.stdout)
    if not isinstance(source, str):
        source = sorted({f[:2] for f in source})
    if not isinstance(listing, str):
        listing = sorted({f[:2] for f in listing})
    return cells[0], source, listing


def fixed_and_loaded(cells):
    path = os.path.join(CORPUS, cells[0])
    fixed = lint('--fix', '--unsafe-fixes', path)
    with open(path) as f:
        if fixed.returncode > 1 or fixed.stdout == f.read():
            return None
    load = subprocess.run(['unshare', '-n', 'nft', '-f', '-'] if cells[1] != 'nft-json' else
                          ['unshare', '-n', 'nft', '-j', '-f', '-'], input=fixed.stdout,
                          capture_output=True, text=True, cwd=os.path.dirname(path))
    again = lint('--fix', '--unsafe-fixes', '--include-dir', os.path.dirname(path), '-', text=fixed.stdout)
    return cells[0], load.returncode, load.stderr, again.stdout == fixed.stdout


class Listings(unittest.TestCase):
    def test_four_listings_give_the_findings_of_the_source(self):
        n = with_findings = broken = cannot = 0
        loads = [c for c in manifest('nft-list', 'nft-script') if c[3] == 'ok']
        for name, source, lists in each(listed, loads):
            if source is None:
                continue
            n += 1
            with_findings += bool(source)
            if os.path.basename(name) in BROKEN and any(isinstance(x, str) for x in lists):
                broken += 1
                continue
            if isinstance(lists[3], str) and 'cannot tell' in lists[3]:
                lists, cannot = lists[:3], cannot + 1  # nft 1.0.6 leaves devices and flags out of its JSON
            for option, got in zip(('text', '-a', '-nn', '-j'), lists):
                self.assertEqual(got, source, (name, option))
        print('%d rulesets listed four ways (%d with findings), %d that nft lists wrongly, %d whose JSON is "cannot tell"'
              % (n, with_findings, broken, cannot))
        self.assertLess(cannot, 12)
        self.assertGreaterEqual(n, 200)

    def test_iptables_rulesets_listed_by_nft(self):
        same = cannot = 0
        for name, source, listing in each(through_iptables_nft,
                                          manifest('iptables-save', 'ip6tables-save')):
            if source is None or isinstance(source, str):
                continue
            if isinstance(listing, str):
                self.assertIn('cannot tell', listing, name)
                cannot += 1
            else:
                self.assertEqual(listing, source, name)
                same += 1
        print('iptables rulesets listed by nft: %d same findings, %d "cannot tell"' % (same, cannot))
        self.assertGreater(same, 0)

    def test_every_fix_loads_and_a_second_run_changes_nothing(self):
        n = 0
        loads = [c for c in manifest('nft-list', 'nft-script') if c[3] == 'ok']
        for r in each(fixed_and_loaded, loads):
            if r is None:
                continue
            name, status, errors, stays = r
            self.assertEqual(status, 0, (name, errors))
            self.assertTrue(stays, name)
            n += 1
        print('%d fixed rulesets load' % n)


if __name__ == '__main__':
    why = why_not()
    if why:
        print('SKIPPED: %s' % why)
        sys.exit(77)
    unittest.main(verbosity=2)
