#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes down what fwlint says now, in all places where tests expect something of it.

usage: golden.py FWLINT [--write]

The places: `expect:` and `fixes:` of tests/table, `# expect:` of rules-examples (and tests/examples-json.txt), the
example and the table of checks in README.md, docs/checks. With --write they are written, for a look at the diff
(scripts/golden.sh); else this is a test: nothing may change, and what was spoiled before must come back.
"""
import difflib
import glob
import json
import os
import re
import shutil
import sys
import tempfile
import unittest

import common
import table
from common import read


class Tree:
    """The files of a source tree, in memory until they are written."""

    def __init__(self, root):
        self.root, self.was, self.now = root, {}, {}

    def read(self, name):
        if name not in self.was:
            path = os.path.join(self.root, name)
            self.was[name] = self.now[name] = read(path) if os.path.exists(path) else ''
        return self.now[name]

    def write(self, name, text):
        self.read(name)
        self.now[name] = text

    def changed(self):
        return [name for name in sorted(self.now) if self.now[name] != self.was[name]]

    def diff(self):
        return ''.join(line for name in self.changed() for line in difflib.unified_diff(
            self.was[name].splitlines(True), self.now[name].splitlines(True), name, name))

    def save(self):
        for name in self.changed():
            common.write(os.path.join(self.root, name), self.now[name])


def told(document):
    found = json.loads(document)['inputs'][0]['findings']
    return {line: sorted({f['code'] for f in found if f['line'] == line}) for line in {f['line'] for f in found}}


# ---- the places ----

def line_of(word, rows):
    return ('%s: %s' % (word, ', '.join(' '.join(r) for r in rows))).strip()


def with_rows(part, expect, fixes, adds, found, classes, adds_now):
    """A block; what says the same in another order stays as it is. Only some say what the fixes write."""
    if found != expect:
        part = re.sub(r'(?m)^expect:.*\n', '', part)
        part = re.sub(r'\A.*\n', lambda m: m[0] + line_of('expect', found) + '\n', part)
    if classes != fixes:
        part = re.sub(r'(?m)^fixes:.*\n', '', part)
        if classes:
            part = re.sub(r'(?m)^expect:.*\n', lambda m: m[0] + line_of('fixes', classes) + '\n', part)
    if adds != adds_now:
        part = re.sub(r'(?m)^adds:.*\n', '', part)
        part = re.sub(r'\A.*\n(?:(?:expect|fixes):.*\n)*', lambda m: m[0] + ''.join('adds: %s\n' % line for line in adds_now),
                      part)
    return part


def tables(tree):
    blocks = [(path, block) for path in sorted(glob.glob(os.path.join(tree.root, 'tests', 'table', '*.txt')))
              for block in table.blocks(path)]
    rulesets = [table.ruleset_of(path, block[-1]) for path, block in blocks]
    said = table.read_all([text for text, _ in rulesets])
    fixed = table.read_all([text for text, _ in rulesets], '--unsafe-fixes')
    now = {}
    for (path, (_, expect, fixes, adds, _)), (_, shift), doc, after in zip(blocks, rulesets, said, fixed):
        adds_now = adds and table.added(after.get('diff') or '', shift)
        now.setdefault(path, []).append((expect, fixes, adds, *table.observed(doc, shift), adds_now))
    for path, rows in now.items():
        name = os.path.relpath(path, tree.root)
        first, *parts = re.split(r'(?m)^(?=== )', tree.read(name))
        tree.write(name, first + ''.join(with_rows(part, *row) for part, row in zip(parts, rows)))


def with_comments(text, found):
    """The lines, and above each what is expected of it."""
    out, said = [], None
    for i, line in enumerate(text.split('\n'), 1):
        m = re.match(r'\s*# expect: (.*)', line)
        if m:
            said = line, m[1]
            continue
        codes = found.get(i, [])
        if codes and said and sorted(said[1].split()) == codes:
            out.append(said[0])
        elif codes:
            out.append(re.match(r'\s*', line)[0] + '# expect: ' + ' '.join(codes))
        said = None
        out.append(line)
    return '\n'.join(out)


def examples(tree):
    of_json = []
    for path in sorted(glob.glob(os.path.join(tree.root, 'rules-examples', '*'))):
        name = os.path.join('rules-examples', os.path.basename(path))
        found = told(common.fwlint('--format', 'json', '--select', table.CODES, path).stdout)
        if name.endswith('.json'):
            of_json += ['%s %d %s\n' % (os.path.basename(name), n, ' '.join(found[n])) for n in sorted(found)]
        else:
            tree.write(name, with_comments(tree.read(name), found))
    name = os.path.join('tests', 'examples-json.txt')
    head = re.match(r'(#.*\n)*', tree.read(name))[0]
    tree.write(name, head + ''.join(of_json))


def readme(tree):
    """What is said of the example; what each check finds."""
    text = tree.read('README.md')
    shown = common.fwlint(stdin=common.PASTED).stdout
    text = re.sub(r'(?s)(\$ iptables-save \| fwlint\n).*?(?=```)', lambda m: m[1] + shown, text, count=1)
    rows = []
    for line in common.fwlint('checks').stdout.strip().split('\n'):
        code, name, _, finds = re.split(r'  +| (?=error|warning|note)', line, maxsplit=3)
        rows.append('| %s %s | %s |\n' % (code, name.strip(), finds.strip()))
    tree.write('README.md', re.sub(r'(?m)(^\| FW\d{3} .*\n)+', lambda m: ''.join(rows), text, count=1))


def pages(tree):
    for line in common.fwlint('checks').stdout.strip().split('\n'):
        code = line.split()[0]
        tree.write(os.path.join('docs', 'checks', code + '.md'), common.fwlint('explain', '--markdown', code).stdout)


def look(root):
    tree = Tree(root)
    for place in (tables, examples, readme, pages):
        place(tree)
    return tree


# ---- the test ----

SPOILED = [
    ('tests/table/invalid.txt', r'^expect: FW101 error 1, ', 'expect: '),
    ('tests/table/nft.txt', r'^fixes: FW101 safe', 'fixes: FW101 unsafe'),
    ('tests/table/nft.txt', r'^adds: 1 .*', 'adds: 2 drop'),
    ('tests/table/nft.txt', r'^fixes: FW101 safe.*\n', ''),
    ('rules-examples/pasted.rules', r'^# expect: FW101\n', ''),
    ('rules-examples/server-listed.nft', r'^(\s*# expect: ).*', r'\1FW110'),
    ('rules-examples/web-host.v4', r'\A', '# expect: FW101\n'),
    ('tests/examples-json.txt', r'FW101', 'FW102'),
    ('README.md', r'this accept: line 2', 'this accept: line 3'),
    ('README.md', r'^\+-A FORWARD.*\n', ''),
    ('README.md', r'^\| FW105 .*\n', ''),
    ('docs/checks/FW101.md', r'\A.*\n', ''),
]


class Golden(unittest.TestCase):
    maxDiff = None

    def test_nothing_changes(self):
        self.assertEqual(look(common.ROOT).diff(), '')

    def test_what_was_spoiled_comes_back(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ('tests/table', 'rules-examples', 'docs/checks'):
                shutil.copytree(os.path.join(common.ROOT, name), os.path.join(folder, name))
            for name in ('README.md', 'tests/examples-json.txt'):
                shutil.copy(os.path.join(common.ROOT, name), os.path.join(folder, name))
            for name, pattern, other in SPOILED:
                path = os.path.join(folder, name)
                text, n = re.subn(pattern, other, read(path), count=1, flags=re.M)
                self.assertEqual(n, 1, (name, pattern))
                common.write(path, text)
            tree = look(folder)
            self.assertEqual(tree.changed(), sorted({name for name, _, _ in SPOILED}))
            tree.save()
            for name in tree.was:
                self.assertEqual(read(os.path.join(folder, name)), read(os.path.join(common.ROOT, name)), name)


if __name__ == '__main__':
    common.program()
    if '--write' in sys.argv:
        look(common.ROOT).save()
    else:
        common.main()
