#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel holds after loading reads the same as what was loaded.

usage: listings.py FWLINT

Every nft ruleset of the corpus is loaded into a network namespace and listed by nft as text, with
handles, with numbers, and as JSON: the findings must be those of the source. iptables rulesets
go through iptables-nft. Every fix must load. Skipped where there is no corpus or no namespace.
"""
import json
import os
import sys
import unittest

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import common  # noqa: E402
from common import each, fwlint, in_corpus, in_namespace, manifest, read  # noqa: E402

common.program()

# Listings that no nft reads back either.
BROKEN = {
    'typeof_maps_add_delete.nft': "nft 1.0.6 lists an element as '0xa020304 [invalid type]'",
    'typeof_maps_concat_update_0.nft': 'nft 1.0.6 has no JSON for a map that packets fill, and leaves its second key out',
    'netdev-ingress.nft': 'nft 1.0.6 leaves the device of an ingress chain out of JSON',
    '0002table_0.nft': 'nft 1.0.6 ends the JSON of a table flag that it has no name for',
}


def findings(*args, stdin=None):
    r = fwlint('--ignore', 'FW5', '--format', 'json', *args, stdin=stdin)  # FW5 is about how a script is written
    if r.returncode > 1:
        return r.stderr.split('\n')[0]
    return sorted((f['code'], f['severity'], f.get('table', ''), f.get('chain', ''), f.get('rule_number', 0))
                  for f in json.loads(r.stdout)['inputs'][0]['findings'])


def listed(cells):
    path = in_corpus(cells[0])
    r = in_namespace('nft -f "%s" || exit 9; for o in "" -a -nn -j; do nft $o list ruleset; echo; '
                     'echo =====; done' % path, cwd=os.path.dirname(path))
    if r.returncode == 9:
        return cells[0], None, None
    texts = r.stdout.split('\n=====\n')[:4]
    return cells[0], findings(path), [findings('-', stdin=t) if t.strip() else [] for t in texts]


def through_iptables_nft(cells):
    path = in_corpus(cells[0])
    tool = 'ip6tables-nft' if cells[1].startswith('ip6') else 'iptables-nft'
    r = in_namespace('%s-restore < "%s" || exit 9; nft list ruleset' % (tool, path))
    if r.returncode:
        return cells[0], None, None
    # nft hides tests: what FW3 says is not let through may pass by one of them
    source, listing = findings('--ignore', 'FW3', path), findings('--ignore', 'FW3', '-', stdin=r.stdout)
    if not isinstance(source, str):
        source = sorted({f[:2] for f in source})
    if not isinstance(listing, str):
        listing = sorted({f[:2] for f in listing})
    return cells[0], source, listing


def fixed_and_loaded(cells):
    path = in_corpus(cells[0])
    fixed = fwlint('--fix', '--unsafe-fixes', path)
    if fixed.returncode > 1 or fixed.stdout == read(path):
        return None
    load = common.run('unshare', '-n', 'nft', *(['-j'] if cells[1] == 'nft-json' else []), '-f', '-',
                      stdin=fixed.stdout, cwd=os.path.dirname(path))
    again = fwlint('--fix', '--unsafe-fixes', '--include-dir', os.path.dirname(path), '-', stdin=fixed.stdout)
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
                # nft prints the rules that set a helper as "xt target CT", which may as well be NOTRACK
                hidden = [('FW101', 'note')] if name.endswith('awall/test/output/related/rules6-save') else []
                # users, groups and fragments are other fields to nft, of which less is known
                dead = [[x for x in found if x[0] == 'FW201'] for found in (listing, source)]
                self.assertLessEqual(len(dead[0]), len(dead[1]), name)
                self.assertEqual(sorted(x for x in listing + hidden if x[0] != 'FW201'), [x for x in source if x[0] != 'FW201'], name)
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
    common.main(common.no_corpus() or common.no_namespace())
