#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Real rulesets, where the corpus is there (see common.py).  usage: corpus.py FWLINT"""
import json
import os
import unittest

import common
from common import in_corpus, manifest

common.program()

# Files that one of the kernel's --test modes takes and fwlint does not, with the reason.
REFUSED = {
    'unsupported_command': "a line '-h' (the tool prints its help and stops)",
    'unsupported_rule_spec_options': "'-m tcp' without '-p tcp': passes --test, a real load fails",
}
# FAIL lines of matches and targets that the model types: all must be refused, but
# for these, which depend on more than the line.
# though their test says that they fail: both loaders of 1.8.9 take them
LOADS = ('-m conntrack --ctproto 0', '-m conntrack ! --ctproto 0')
TYPED = ('tcp', 'udp', 'multiport', 'icmp', 'icmp6', 'conntrack', 'state', 'mark', 'connmark', 'iprange',
         'pkttype', 'length', 'ttl', 'hl', 'dscp', 'physdev', 'comment', 'standard', 'REJECT', 'MARK',
         'CONNMARK', 'TTL', 'HL', 'DSCP', 'DNAT', 'SNAT', 'MASQUERADE', 'REDIRECT', 'NETMAP', 'CT',
         'NOTRACK', 'LOG')


def lint(*args, text=None):
    return common.outcome(*args, stdin=text, text=text is not None)


class Corpus(unittest.TestCase):
    def test_files_that_load_parse_and_stay_the_same_without_a_finding(self):
        counts = {'parsed': 0, 'with findings': 0, 'same bytes': 0, 'refused with a reason': 0}
        for name, dialect, _, nft, legacy, *_ in manifest(*common.IPTABLES):
            path = in_corpus(name)
            code, out, err = lint('--format', 'json', path)
            self.assertIn(code, (0, 1, 2), name)
            if code == 2:
                if 'ok' in (nft, legacy) or dialect == 'iptables-S':
                    self.assertIn(os.path.basename(name), REFUSED, (name, err))
                    counts['refused with a reason'] += 1
                continue
            counts['parsed'] += 1
            if json.loads(out)['inputs'][0]['findings']:
                counts['with findings'] += 1
                continue
            with open(path, 'rb') as f:
                self.assertEqual(lint('--fix', path)[1], f.read(), name)
            counts['same bytes'] += 1
        print('corpus files:', ', '.join('%d %s' % (v, k) for k, v in counts.items()))

    def test_labelled_chains(self):
        with open(in_corpus('TARGETS.tsv')) as f:
            rows = [r.split('\t') for r in f.read().split('\n')[1:] if r]
        kinds = {r[0]: r[1] for r in manifest()}
        bug = ok = 0
        for name, chain, _, labels in rows:
            if not kinds.get(name, '').startswith(('iptables', 'ip6tables')):
                continue
            code, out, err = lint('--format', 'json', in_corpus(name))
            found = json.loads(out)['inputs'][0]['findings']
            resets = [f for f in found if f['code'] == 'FW102']
            if 'BUG_BROAD' in labels:
                self.assertTrue([f for f in resets if f['severity'] == 'error'], name)
                bug += 1
            elif 'RST_OK' in labels and 'BUG' not in labels:
                self.assertEqual(resets, [], name)
                ok += 1
        print('labelled chains: %d broad ones found, %d right ones left alone' % (bug, ok))

    def rules_of(self, name):
        base = os.path.basename(name)
        v6 = base.startswith('libip6t')
        table, chains = 'filter', ['INPUT']
        with open(in_corpus(name), errors='replace') as f:
            lines = f.read().split('\n')
        for line in lines:
            if line.startswith(':'):
                chains = line[1:].split(',')
            elif line.startswith('*'):
                table = line[1:].strip()
            elif line and line[0] not in '#@%' and line.count(';') >= 2:
                rule, _, result = line.split(';')[:3]
                built_in = ('INPUT', 'OUTPUT', 'FORWARD', 'PREROUTING', 'POSTROUTING')
                heads = ''.join(':%s %s\n' % (c, 'ACCEPT' if c in built_in else '-') for c in chains)
                yield rule, result, '# by %s-save\n*%s\n%s-A %s %s\nCOMMIT\n' % (
                    'ip6tables' if v6 else 'iptables', table, heads, chains[0], rule)

    def test_lines_of_the_extensions_tests(self):
        ok = fail = typed = accepted = 0
        for name, dialect, *_ in manifest():
            base = os.path.basename(name)
            if dialect != 'xt-test' or base.startswith(('libebt', 'libarpt')):
                continue
            ext = base[:-2].split('_', 1)[-1]
            for rule, result, text in self.rules_of(name):
                code, _, err = lint('-', text=text)
                self.assertIn(code, (0, 1, 2), (base, rule))
                if result == 'OK':
                    ok += 1
                    self.assertIn(code, (0, 1), (base, rule, err))
                elif result == 'FAIL':
                    fail += 1
                    accepted += code != 2
                    if ext in TYPED and rule not in LOADS:
                        typed += 1
                        # 4:3: the version of the corpus is not the only one
                        said = 'later versions refuse it' in lint('-q', '--severity', 'note', '-', text=text)[1]
                        self.assertTrue(code == 2 or said, (base, rule))
        print('lines of the extensions\' tests: %d OK parse; of %d FAIL, %d of typed ones are refused, '
              '%d of the others are not' % (ok, fail, typed, accepted))

    def test_every_fix_is_idempotent(self):
        n = 0
        for name, dialect, *_ in manifest():
            if not dialect.startswith(('iptables-', 'ip6tables-')):
                continue
            code, out, _ = lint('--format', 'json', '--unsafe-fixes', in_corpus(name))
            if code == 2 or not json.loads(out)['inputs'][0]['diff']:
                continue
            fixed = lint('--fix', '--unsafe-fixes', in_corpus(name))[1].decode('latin-1')
            again = lint('--fix', '--unsafe-fixes', '--stdin-filename', name, '-', text=fixed)[1]
            self.assertEqual(again, fixed, name)
            n += 1
        print('%d rulesets fixed, a second run changes nothing' % n)


if __name__ == '__main__':
    common.main(common.no_corpus())
