#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Real nft rulesets and nft's own tests, where the corpus is there (see common.py).  usage: corpus_nft.py FWLINT"""
import collections
import json
import re
import unittest

import common
from common import each, in_corpus, manifest

common.program()

# Lines of nft's own tests that nft refuses and fwlint does not, by what nft refuses
# them for: none of it is grammar. A line that fits no reason fails the test.
NO_GRAMMAR = [
    ('the protocol or the family around it does not fit',
     r'reject with|ether type (ip|arp)|^(dnat|snat|tproxy|redirect|masquerade)|dnat (ip6? )?to|snat (ip6? )?to|'
     r'tproxy|geneve|gre(tap)? |vxlan|vlan id|meta (ibr|obr|broute)|ct original (ip )?saddr|ct reply|nexthop|'
     r'ip6? [sd]addr (!= )?@set|redirect|icmp mtu|masquerade|ct original [sd]addr'),
    ('a value does not fit the width or the unit of a field that is not modelled',
     r'ct (label|zone|helper|expiration|event|l3proto)|limit rate .* burst|vlan|tcp option|reset tcp option|'
     r'@(th|ih|nh|ll),|queue|spnum|osf|socket|srh|hdrlength|ip6? (dscp|ecn|flowlabel|version|hdrlength) set|'
     r'meta (day|time|hour)|ct mark original|rawpayload'),
    ('fib does not take these flags together', r'^fib'),
    ('an object or an element is not there, or overlaps another', r'name "|vmap \{ (10|3)\.'),
]


def lint(*args, text=None):
    return common.fwlint(*args, stdin=text, text=False)


def parse(cells):
    path = in_corpus(cells[0])
    r = lint('--format', 'json', path)
    if r.returncode > 1:
        return cells[0], cells[3], r.stderr.decode(), None, None
    found = bool(json.loads(r.stdout)['inputs'][0]['findings'])
    with open(path, 'rb') as f:
        same = lint('--fix', path).stdout == f.read()
    return cells[0], cells[3], None, found, same


def without_places(o):
    """The model less its places, and less the words of statements, which are those of the text."""
    if isinstance(o, dict):
        left = ('line', 'dialect', 'file') + (('text',) if 'kind' in o else ())
        return {k: without_places(v) for k, v in o.items() if k not in left}
    return [without_places(x) for x in o] if isinstance(o, list) else o


def model(path):
    r = lint('--dump', 'ast', path)
    return without_places(json.loads(r.stdout)) if r.returncode == 0 else None


def pair(name):
    return name, model(in_corpus(name[:-9] + '.nft')), model(in_corpus(name))


def opaque_in(match):
    if 'opaque' in match:
        return 1
    return sum(opaque_in(m) for m in match.get('any', []) + match.get('all', []))


def counts(cells):
    m = model(in_corpus(cells[0]))
    total = opaque = 0
    for table in m['tables'] if m else []:
        for chain in table['chains']:
            for rule in chain['rules']:
                total += len(rule['matches']) + len(rule['statements']) + (rule['verdict'] != 'continue')
                opaque += sum(bool(opaque_in(x)) for x in rule['matches'])
    return total, opaque


def object_of(text):
    """'cnt1 type counter' as a declaration: 'counter cnt1 { }'."""
    name, what = text.split(' type ', 1)
    kind = re.match(r'ct \w+|\w+', what)[0]
    rest = what[len(kind):].strip()
    return '%s %s %s' % (kind, name, rest if rest.startswith('{') else '{ %s }' % rest)


def lines_of(name):
    """Rules of one .t file: the line, ok or fail, and the table texts around it."""
    chains, tables, sets, objects = {}, [], [], []
    with open(in_corpus(name), errors='replace') as f:
        for line in f.read().split('\n'):
            line = line.strip()
            if not line or line[0] in '#-?':
                continue
            if line[0] == '%':
                text, result = line.rsplit(';', 1)
                if result == 'ok':
                    objects.append(object_of(text[1:]))
                continue
            cells = line.split(';')
            if line[0] == ':':
                chains[cells[0][1:]] = line.split(';', 1)[1] + ';' if len(cells) > 1 else ''
            elif line[0] == '*' and len(cells) > 2:
                tables.append((cells[0][1:], cells[1], cells[2].split(',')[0]))
            elif line[0] == '!' and cells[-1] == 'ok':
                set_name, what = cells[0][1:].split(' ', 1)
                what = what.replace(' timeout ', '; timeout ').replace(' flags ', '; flags ')
                sets.append('%s %s { %s; }' % ('map' if ':' in what else 'set', set_name, what))
            elif line[0] not in '!*' and len(cells) > 1 and tables:
                yield cells[0].strip(), cells[1].strip(), [
                    'table %s %s {\n%s\nchain %s { %s\n%s\n}\n}\n' %
                    (family, table, '\n'.join(objects + sets), chain, chains.get(chain, ''), cells[0])
                    for family, table, chain in tables]


def try_line(case):
    rule, result, texts = case
    return rule, result, [lint('--dialect', 'nft', '--quiet', '-', text=t.encode()).returncode
                          for t in texts]


class CorpusNft(unittest.TestCase):
    def test_files_that_load_parse_and_stay_the_same_without_a_finding(self):
        for dialect in ('nft-list', 'nft-script', 'nft-json'):
            n = collections.Counter()
            for name, loads, error, found, same in each(parse, manifest(dialect)):
                if loads != 'ok':
                    n['that the kernel refuses are read' if error is None else 'are refused'] += 1
                    continue
                self.assertIsNone(error, name)
                n['parse'] += 1
                if found:
                    n['with findings'] += 1
                else:
                    self.assertTrue(same, name)
                    n['same bytes'] += 1
            print('%s files: %s' % (dialect, ', '.join('%d %s' % (v, k) for k, v in n.items())))

    def test_text_and_json_give_the_same_model(self):
        names = {c[0] for c in manifest(*common.NFT)}
        pairs = [n for n in sorted(names) if n.endswith('.json-nft') and n[:-9] + '.nft' in names]
        both = neither = 0
        for name, text, js in each(pair, pairs):
            if text is None or js is None:
                neither += 1
                continue
            self.assertEqual(text, js, name)
            both += 1
        print('%d pairs of text and JSON give the same model, of %d pairs at least one is refused' % (both, neither))

    def test_lines_of_nfts_own_tests(self):
        n, reasons = collections.Counter(), collections.Counter()
        for cells in manifest('nft-pytest'):
            for rule, result, codes in each(try_line, lines_of(cells[0])):
                self.assertTrue(set(codes) <= {0, 1, 2}, (cells[0], rule))
                if result == 'ok':
                    self.assertNotIn(2, codes, (cells[0], rule))
                    n['ok'] += 1
                    continue
                n['fail'] += 1
                if min(codes) == 2:
                    n['refused'] += 1
                    continue
                why = [r for r, pattern in NO_GRAMMAR if re.search(pattern, rule)]
                self.assertTrue(why, ('no reason why this is taken', cells[0], rule))
                reasons[why[0]] += 1
        print("lines of nft's own tests: %(ok)d ok ones parse; of %(fail)d fail ones %(refused)d are refused"
              % n + ''.join('\n  %4d taken: %s' % (v, k) for k, v in reasons.most_common()))

    def test_labelled_chains(self):
        with open(in_corpus('TARGETS.tsv')) as f:
            rows = [r.split('\t') for r in f.read().split('\n')[1:] if r]
        kinds = {c[0]: c[1] for c in manifest(*common.NFT)}
        bug = ok = 0
        for name, _, _, labels in rows:
            if name not in kinds:
                continue
            out = lint('--format', 'json', in_corpus(name)).stdout
            resets = [f for f in json.loads(out)['inputs'][0]['findings'] if f['code'] == 'FW102']
            if 'BUG_BROAD' in labels:
                self.assertTrue([f for f in resets if f['severity'] == 'error'], name)
                bug += 1
            elif 'RST_OK' in labels and 'BUG' not in labels:
                self.assertEqual(resets, [], name)
                ok += 1
        print('labelled chains: %d broad ones found, %d right ones left alone' % (bug, ok))

    def test_share_of_what_is_opaque(self):
        loads = [c for c in manifest(*common.NFT) if c[3] == 'ok']
        total, opaque = map(sum, zip(*each(counts, loads)))
        print('%d of %d matches, statements and verdicts are opaque (%.1f %%)'
              % (opaque, total, 100 * opaque / total))
        # 0.2 % of it: whether a map that packets fill has the key
        self.assertLess(opaque, total * 0.013)


if __name__ == '__main__':
    common.main(common.no_corpus())
