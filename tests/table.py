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
    name, expect, fixes, lines = None, None, [], []
    with open(path) as f:
        text = f.read()
    for line in text.split('\n') + ['== end']:
        if line.startswith('== '):
            if name:
                yield name, expect, fixes, lines
            name, expect, fixes, lines = line[3:], None, [], []
        elif line.startswith('expect:'):
            expect = sorted(tuple(e.split()) for e in line[7:].split(',') if e.strip())
        elif line.startswith('fixes:'):
            fixes = sorted(tuple(e.split()) for e in line[6:].split(',') if e.strip())
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


def read_all(texts):
    """What is said of each. One process reads them all: most of the time would go into starting one for each."""
    with tempfile.TemporaryDirectory() as d:
        paths = [common.write(os.path.join(d, str(i)), text) for i, text in enumerate(texts)]
        code, out, err = common.outcome('--severity', 'note', '--format', 'json', '--select', CODES, *paths)
    if code not in (0, 1):
        raise AssertionError(err)
    return json.loads(out)['inputs']


def observed(doc, shift):
    """The findings of a block and the classes of their fixes, as the tables say them."""
    return (sorted((f['code'], f['severity'], str(f['line'] - shift)) for f in doc['findings']),
            sorted((f['for'], 'safe' if f['safe'] else 'unsafe') for f in doc['fixes']))


class Table(unittest.TestCase):
    texts = {}

    @classmethod
    def setUpClass(cls):
        cls.inputs = dict(zip(cls.texts, read_all(cls.texts.values())))


def add(path, name, expect, fixes, lines):
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

    setattr(Table, name, test)


if __name__ == '__main__':
    common.program()
    n = 0
    for f in sorted(os.listdir(os.path.join(HERE, 'table'))):
        for name, expect, fixes, lines in blocks(os.path.join(HERE, 'table', f)):
            add(f, name, expect, fixes, lines)
            n += 1
    print('%d rulesets in the tables' % n)
    common.main()
