#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""No file over 500 lines and no function over 60, or a reason at the head of the file.  usage: size.py

The reason is a line of the comment at the head, for the file or for one function:

     * Over 500 lines: REASON
     * FUNCTION is over 60 lines: REASON
"""
import os
import re
import unittest

import common

FOLDERS = ('src', 'include', 'tests', 'bench')
FILE, FUNCTION = 500, 60


def sources():
    for folder in FOLDERS:
        for top, _, names in os.walk(os.path.join(common.ROOT, folder)):
            for name in sorted(names):
                if name.endswith(('.c', '.h')):
                    yield os.path.relpath(os.path.join(top, name), common.ROOT)


def head(lines):
    """The lines of the comments before the first that is none."""
    out, inside = [], False
    for line in lines:
        if not inside and not line.startswith('/*'):
            break
        inside = '*/' not in line
        out.append(line.strip('/* '))
    return out


def functions(lines):
    """(name, lines) of each: from its first line to the brace that ends it; both braces stand at the margin."""
    begin = None
    for i, line in enumerate(lines):
        if line == '{':
            first = i - 1
            while first > 0 and lines[first - 1] and not re.search(r'[;}]$|\*/$|^#', lines[first - 1]):
                first -= 1
            text = ' '.join(lines[first:i])
            m = re.search(r'START_TEST\((\w+)\)', text) or re.search(r'(\w+)\(', text)
            begin, name = first, m[1] if m else text
        elif line == '}' and begin is not None:
            yield name, i - begin + 1
            begin = None


def too_long(text):
    """What is over its limit: {'': lines of the file, function: its lines}; and the reasons given."""
    lines = text.rstrip('\n').split('\n')
    over = {name: n for name, n in functions(lines) if n > FUNCTION}
    if len(lines) > FILE:
        over[''] = len(lines)
    reasons = {}
    for line in head(lines):
        m = re.match(r'Over %d lines: \S' % FILE, line)
        if m:
            reasons[''] = line
        m = re.match(r'(\w+) is over %d lines: \S' % FUNCTION, line)
        if m:
            reasons[m[1]] = line
    return over, reasons


LONG = 'static int f(int a,\n\t     int b)\n{\n%s}\n'
HEAD = '/* SPDX */\n/*\n * What it is.\n *\n%s */\n#include "x.h"\n\n'


class Size(unittest.TestCase):
    def test_what_is_too_long_is_seen(self):
        self.assertEqual(too_long(LONG % ('\tx();\n' * 56))[0], {})
        self.assertEqual(too_long(LONG % ('\tx();\n' * 57))[0], {'f': 61})
        self.assertEqual(too_long('START_TEST(a_b)\n{\n' + '\n' * 58 + '}\nEND_TEST\n')[0], {'a_b': 61})
        self.assertEqual(too_long('int f(void)\n{\n}\n\nconst struct x y = {\n' + '\t1,\n' * 100 + '};\n')[0], {})
        self.assertEqual(too_long('x\n' * 500)[0], {})
        self.assertEqual(too_long('x\n' * 501)[0], {'': 501})

    def test_a_reason_stands_in_the_head(self):
        told = ' * Over 500 lines: one table.\n * f is over 60 lines: a switch over all kinds.\n'
        self.assertEqual(sorted(too_long(HEAD % told)[1]), ['', 'f'])
        self.assertEqual(too_long(HEAD % '' + told)[1], {})
        self.assertEqual(too_long(HEAD % ' * Over 500 lines:\n')[1], {})

    def test_none_is_too_long_without_a_reason(self):
        n = 0
        for path in sources():
            over, reasons = too_long(common.read(os.path.join(common.ROOT, path)))
            n += 1
            for name in sorted(over.keys() | reasons.keys()):
                with self.subTest(path=path, function=name):
                    self.assertIn(name, reasons, '%d lines' % over.get(name, 0))
                    self.assertIn(name, over, 'the reason is no longer needed')
        self.assertGreater(n, 150)


if __name__ == '__main__':
    common.main()
