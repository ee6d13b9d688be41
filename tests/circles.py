#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Files that call each other in a circle: only those that are named here may.

What a file uses of another is read from its object file (nm of binutils).  usage: circles.py BUILD_FOLDER
"""
import glob
import os
import subprocess
import sys
import unittest

BUILD = os.path.abspath(sys.argv.pop(1))

# A grammar calls itself.
ALLOWED = [
    # nft: a rule holds expressions, an expression may hold a block of rules (an anonymous chain);
    # sets and objects hold statements, and a block holds them
    {'dialect/nft/action', 'dialect/nft/block', 'dialect/nft/define', 'dialect/nft/expression',
     'dialect/nft/object', 'dialect/nft/selector_grammar', 'dialect/nft/set', 'dialect/nft/stateful',
     'dialect/nft/statement'},
    # what a match reads has to be there, and that is a match again (the key of a map)
    {'dialect/nft/lower_match', 'dialect/nft/lower_reads'},
]


def sources():
    """Object file by the path below src/ of its source."""
    for folder in ('libfwlint.a.p', 'liblive.a.p', 'fwlint.p'):
        for path in glob.glob(os.path.join(BUILD, folder, 'src_*.o')):
            yield path


def names(path):
    defined, used = set(), set()
    out = subprocess.run(['nm', path], capture_output=True, text=True, check=True).stdout
    for line in out.split('\n'):
        words = line.split()
        if len(words) == 3 and words[1] in 'BCDRTV':
            defined.add(words[2])
        elif len(words) == 2 and words[0] == 'U':
            used.add(words[1])
    return defined, used


def graph():
    tree = {}
    for top, _, files in os.walk(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'src')):
        for f in files:
            path = os.path.relpath(os.path.join(top, f), os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
            tree[path.replace('/', '_') + '.o'] = path[4:-2]
    known = {tree[os.path.basename(p)]: names(p) for p in sources() if os.path.basename(p) in tree}
    home = {name: file for file, (defined, _) in known.items() for name in defined}
    return {file: {home[u] for u in used if u in home} - {file} for file, (_, used) in known.items()}


def circles(edges):
    """The strongly connected parts with more than one file (Tarjan)."""
    index, low, stack, found = {}, {}, [], []

    def visit(v):
        index[v] = low[v] = len(index)
        stack.append(v)
        for w in edges[v]:
            if w not in index:
                visit(w)
                low[v] = min(low[v], low[w])
            elif w in stack:
                low[v] = min(low[v], index[w])
        if low[v] == index[v]:
            part = set(stack[stack.index(v):])
            del stack[stack.index(v):]
            if len(part) > 1:
                found.append(part)
    for v in edges:
        if v not in index:
            visit(v)
    return found


class Circles(unittest.TestCase):
    def test_they_are_found(self):
        self.assertEqual(circles({'a': {'b'}, 'b': {'c'}, 'c': {'b'}, 'd': {'a'}}), [{'b', 'c'}])

    def test_only_those_that_are_named(self):
        edges = graph()
        self.assertGreater(len(edges), 100)
        self.assertIn('model/model', edges['cli/inputs'] | edges['check/run'] | edges['model/join'])
        self.assertEqual(sorted(map(sorted, circles(edges))), sorted(map(sorted, ALLOWED)))


if __name__ == '__main__':
    unittest.main(verbosity=2)
