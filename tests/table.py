#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables of small rulesets with their exact findings and the class of each fix (tests/table/*.txt).

usage: table.py FWLINT
"""
import json
import os
import re
import tempfile
import unittest

import common

HERE = os.path.dirname(os.path.abspath(__file__))
SHORT = [
    (r'\bEST\b', '-m conntrack --ctstate RELATED,ESTABLISHED'),
    (r'\bINV\b', '-m conntrack --ctstate INVALID'),
    (r'(-A \S+) RST$', r'\1 -p tcp -j REJECT --reject-with tcp-reset'),
]
NFT_SHORT = [(r'\bEST\b', 'ct state established,related'), (r'\bRST\b', 'meta l4proto tcp reject with tcp reset')]
NFT_HEAD = ('table inet filter {\nchain input {\ntype filter hook input priority 0; policy drop;\n', '}\n}\n')
NFT_OWN = ('table', 'define', 'add', '{', '#!')
CODES = 'FW0,FW1,FW9'  # what the tables are about: other checks have their own
HEAD = '*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n'


def blocks(path):
    name, expect, fixes, adds, lines = None, None, [], [], []
    with open(path) as f:
        text = f.read()
    for line in text.split('\n') + ['== end']:
        if line.startswith('== '):
            if name:
                yield name, expect, fixes, adds, lines
            name, expect, fixes, adds, lines = line[3:], None, [], [], []
        elif line.startswith('expect:'):
            expect = sorted(tuple(e.split()) for e in line[7:].split(',') if e.strip())
        elif line.startswith('fixes:'):
            fixes = sorted(tuple(e.split()) for e in line[6:].split(',') if e.strip())
        elif line.startswith('adds: '):
            adds.append(line[6:])
        elif line and not (line.startswith('#') and not name):
            for short, whole in NFT_SHORT if 'nft' in os.path.basename(path) else SHORT:
                line = re.sub(short, whole, line)
            lines.append(line)


def ruleset_of(path, lines):
    """A block as a whole ruleset, and how many lines stand before those of the block."""
    nft = 'nft' in os.path.basename(path)
    head, tail = NFT_HEAD if nft else (HEAD, 'COMMIT\n')
    text = '\n'.join(lines) + '\n'
    own = lines and lines[0].startswith(NFT_OWN if nft else '*')
    return (text, 0) if own else (head + text + tail, head.count('\n'))


def read_all(texts, *args):
    """What is said of each. One process reads them all: most of the time would go into starting one for each."""
    with tempfile.TemporaryDirectory() as d:
        paths = [common.write(os.path.join(d, str(i)), text) for i, text in enumerate(texts)]
        code, out, err = common.outcome('--severity', 'note', '--format', 'json', '--select', CODES, *args, *paths)
    if code not in (0, 1):
        raise AssertionError(err)
    return json.loads(out)['inputs']


def observed(doc, shift):
    """The findings of a block and the classes of their fixes, as the tables say them."""
    return (sorted((f['code'], f['severity'], str(f['line'] - shift)) for f in doc['findings']),
            sorted((f['for'], 'safe' if f['safe'] else 'unsafe') for f in doc['fixes']))


def added(diff, shift):
    """What all fixes write, unsafe ones too: behind which line of the block, and the new line."""
    at, out = 0, []
    for line in diff.split('\n')[2:]:
        hunk = re.match(r'@@ -(\d+)', line)
        at = int(hunk[1]) - 1 if hunk else at + (line[:1] in ('-', ' '))
        if line[:1] == '+':
            out.append('%d %s' % (at - shift, line[1:].strip()))
    return out


def patched(text, diff):
    old, new, at = text.split('\n'), [], 0
    for line in diff.split('\n')[2:]:
        hunk = re.match(r'@@ -(\d+)', line)
        if hunk:
            start = int(hunk[1]) - 1
            new, at = new + old[at:start], start
        elif line[:1] in ('-', ' '):
            assert old[at] == line[1:], line
            at += 1
        if line[:1] in ('+', ' '):
            new.append(line[1:])
    return '\n'.join(new + old[at:])


def fingerprint(f):
    return f['code'], f.get('chain'), f.get('rule'), f['message'] if 'rule' not in f else ''


class Table(unittest.TestCase):
    texts = {}

    @classmethod
    def setUpClass(cls):
        cls.inputs = dict(zip(cls.texts, read_all(cls.texts.values())))
        fixed = read_all(cls.texts.values(), '--unsafe-fixes')
        cls.after = dict(zip(cls.texts, zip(fixed, read_all(
            [patched(text, doc.get('diff') or '') for text, doc in zip(cls.texts.values(), fixed)]))))

    def look_behind_fixes(self, name):
        """What a fix is said to cure is gone (or less severe), and the rest is as it was."""
        before, after = self.after[name]
        used = {f['cure']: f['used'] for f in before['fixes']}
        cured = [(*fingerprint(f), f['severity']) for f in before['findings'] if used.get(f['cure'])]
        left = [(*fingerprint(f), f['severity']) for f in before['findings'] if not used.get(f['cure'])]
        order = ['note', 'warning', 'error']
        for f in after['findings']:
            was = [c for c in cured if c[:-1] == fingerprint(f) and order.index(c[-1]) > order.index(f['severity'])]
            if (*fingerprint(f), f['severity']) in left:
                left.remove((*fingerprint(f), f['severity']))
            else:
                self.assertTrue(was, 'a finding that is said to be cured: %s' % f['message'])
        self.assertEqual(left, [], 'what no fix is said to cure is gone')


def add(path, name, expect, fixes, adds, lines):
    text, shift = ruleset_of(path, lines)
    name = 'test_' + re.sub(r'\W+', '_', path[:-4] + ' ' + name)
    assert name not in Table.texts, name
    Table.texts[name] = text

    def test(self):
        doc = self.inputs[name]
        self.assertEqual(observed(doc, shift), (expect, fixes), text)
        for f in doc['findings']:  # each finding is proved by a packet
            if f['code'] in ('FW101', 'FW102'):
                self.assertEqual(f['witness']['ct state'], 'INVALID')
            if f['code'] == 'FW102':
                self.assertEqual(f['verdict'], 'tcp reset')
        self.look_behind_fixes(name)
        if adds:
            self.assertEqual(added(self.after[name][0].get('diff') or '', shift), adds, text)

    setattr(Table, name, test)


if __name__ == '__main__':
    common.program()
    n = 0
    for f in sorted(os.listdir(os.path.join(HERE, 'table'))):
        for name, *block in blocks(os.path.join(HERE, 'table', f)):
            add(f, name, *block)
            n += 1
    print('%d rulesets in the tables' % n)
    common.main()
