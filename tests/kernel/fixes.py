#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every fix that rulesets of the corpus and of rules-examples get.

usage: fixes.py FWLINT

The fixed ruleset loads; `fwlint compare` of old and fixed says just what the certificates say;
what was fixed is not found again; and the commands of --format commands, run on top of the loaded
original, give the ruleset that loading the fixed file gives. Kernel parts are skipped where there is
no namespace, the corpus where it is absent.
"""
import collections
import json
import os
import re
import sys
import tempfile
import unittest

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import common  # noqa: E402
from common import EXAMPLES, each, fwlint, in_corpus, manifest, read, write  # noqa: E402

common.program()


def inputs():
    for name in sorted(os.listdir(EXAMPLES)):
        yield os.path.join(EXAMPLES, name)
    if not common.no_corpus():
        for cells in manifest(*common.IPTABLES, *common.NFT):
            yield in_corpus(cells[0])


def loaders(dialect, path, text):
    """Commands that load standard input, and one that lists the result."""
    if dialect == 'nft':
        return ['nft -f -'], 'nft -s list ruleset'
    if dialect == 'nft-json':
        return ['nft -j -f -'], 'nft -s list ruleset'
    save = 'iptables-save; ip6tables-save'
    if re.search(r'(?m)^\s*-[46] ', text):
        return ['iptables-restore', 'ip6tables-restore'], save
    v6 = re.search(r'6tables|icmp6|icmpv6|::|ip6-', text) or re.search(r'6(-save|\.rules)?$|\.v6$|rules6', path)
    return ['ip6tables-restore' if v6 else 'iptables-restore'], save


def ruleset_after(load, save, text, commands, folder):
    with tempfile.TemporaryDirectory() as d:
        write(os.path.join(d, 'rules'), text)
        write(os.path.join(d, 'commands'), 'set -e\n' + commands)
        script = '%s || exit 9; sh "%s/commands" || exit 8; %s' % (
            ' && '.join('%s < "%s/rules"' % (l, d) for l in load), d, save)
        r = common.in_namespace(script, cwd=folder)
    lines = [l for l in r.stdout.split('\n') if not l.startswith('#')]
    return r.returncode, re.sub(r'\[\d+:\d+\]', '', '\n'.join(lines)), r.stderr


def classes(found):
    return {(c['path'], f['state'], norm(c['old']), norm(c['new'])) for f in found for c in f['classes']}


def norm(verdict):
    """icmp, icmpv6 and icmpx port-unreachable are one answer."""
    return re.sub(r'\(icmp(x|6|v6)?[ -]', '(icmp ', verdict)


def examine(path):
    """None: no fix. Else what is wrong, as text."""
    options = ['--unsafe-fixes', '--include-dir', os.path.dirname(path)]
    r = fwlint('--format', 'json', *options, path)
    if r.returncode > 1:
        return None
    doc = json.loads(r.stdout)['inputs'][0]
    used = [f for f in doc['fixes'] if f['used']]
    if not used:
        return None
    fixed = fwlint('--fix', *options, path)
    if fixed.returncode == 2:
        return 'included'
    wrong = []
    old = read(path, errors='replace')
    with tempfile.NamedTemporaryFile('w', suffix='.rules') as f:
        f.write(fixed.stdout)
        f.flush()
        again = fwlint('--format', 'json', '--include-dir', os.path.dirname(path), f.name)
        cured = {u['for'] for u in used}
        before = collections.Counter((x['code']) for x in doc['findings'] if x['severity'] != 'note')
        after = collections.Counter((x['code']) for x in json.loads(again.stdout)['inputs'][0]['findings']
                                    if x['severity'] != 'note')
        for code in cured:
            if after[code] >= before[code]:
                wrong.append('%s is found as often as before' % code)
        c = fwlint('compare', '--format', 'json', '--include-dir', os.path.dirname(path), path, f.name)
        if c.returncode == 2:
            wrong.append('compare: ' + c.stderr)
        else:
            differ = {(d['path'], d['state'], norm(d['old']), norm(d['new'])) for d in json.loads(c.stdout)['differences']}
            if differ != classes(used):
                wrong.append('compare says %s, the certificates %s' % (differ ^ classes(used), 'else'))
    return doc['dialect'], old, fixed.stdout, wrong, fwlint('--format', 'commands', *options, path).stdout


def run_commands(item):
    path, (dialect, old, fixed, _, commands) = item
    load, save = loaders(dialect, path, old)
    folder = os.path.dirname(path)
    code, want, err = ruleset_after(load, save, fixed, '', folder)
    if ruleset_after(load, save, old, '', folder)[0]:
        return path, 'the original does not load'
    if code:
        return path, 'WRONG: the fixed ruleset does not load: ' + err
    if 'cannot be said' in commands:
        return path, 'not every fix can be said as a command'
    code, got, err = ruleset_after(load, save, old, commands, folder)
    if code or got != want:
        return path, 'WRONG: the commands give another ruleset: %s\n%s\n%s\n%s' % (err, commands, got, want)
    return path, 'same'


class Fixes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        paths = list(inputs())
        cls.results = [(p, r) for p, r in zip(paths, each(examine, paths)) if r and r != 'included']

    def test_comparison_and_certificates_say_the_same(self):
        for path, (_, _, _, wrong, _) in self.results:
            self.assertEqual(wrong, [], path)
        print('%d rulesets with fixes: compared, linted again' % len(self.results))
        self.assertGreater(len(self.results), 20)

    def test_fixed_files_load_and_commands_do_the_same(self):
        why = common.no_namespace()
        if why:
            self.skipTest(why)
        outcome = collections.Counter()
        for path, what in each(run_commands, self.results):
            self.assertFalse(what.startswith('WRONG'), '%s: %s' % (path, what))
            outcome[what] += 1
        print('commands on top of the loaded original: %s' % dict(outcome))
        self.assertGreater(outcome['same'], 15)


if __name__ == '__main__':
    common.main()
