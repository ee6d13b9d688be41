#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What fwlint answers to a newcomer's mistakes: tests/newcomer.txt.

usage: newcomer.py FWLINT FOREIGN [--write]

A block of newcomer.txt is a command, its input and the whole answer:

    # a comment
    @ NAME        the lines of input that follow are this file; without it they are standard input
    | TEXT        a line of input; in "|x TEXT" bytes are written \\xHH, and there is no line end
    $ COMMAND     what is typed; its exit status is 2
    > TEXT        a line of the answer

--write writes the answers anew: read the diff. FOREIGN is tests/unit/foreign.c.
"""
import os
import re
import shutil
import subprocess
import sys
import unittest

import common
from common import EXAMPLES, ROOT, in_corpus, manifest

FWLINT = common.program()
FOREIGN = common.argument()
STOCK = os.path.join(ROOT, 'tests', 'stock')
TRANSCRIPT = os.path.join(ROOT, 'tests', 'newcomer.txt')
# Each answer says one of these: what to do next.
NEXT = re.compile(r"did you mean|\(see fwlint|fwlint checks|\| fwlint|sudo fwlint|fwlint trial|patch FILE|iconv|--sysctl FILE|"
                  r"name the files|give fwlint|give it|only one of|it may be|needs --|usage:|is not a list of .* \(|expected|save the ruleset|takes one input")


def blocks():
    """(line number of the command, {file: bytes}, command, answer)"""
    files, target, command, at, answer = {}, None, None, 0, []
    with open(TRANSCRIPT) as f:
        lines = f.read().split('\n')
    for number, line in enumerate(lines + ['$ end'], 1):
        mark, text = line[:1], line[2:]
        if command is not None and mark in '@|$' and mark:
            yield at, files, command, answer
            files, target, command, answer = {}, None, None, []
        if mark == '@':
            target = text
            files[target] = b''
        elif line.startswith('|x '):
            files[target] = files.get(target, b'') + text[1:].encode().decode('unicode_escape').encode('latin-1')
        elif mark == '|':
            files[target] = files.get(target, b'') + text.encode() + b'\n'
        elif mark == '$':
            command, at = text, number
        elif mark == '>':
            answer.append(text)


class Newcomer(common.Folder):
    def answer(self, files, command):
        folder = os.path.join(self.dir, 'd')
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(os.path.join(folder, 'folder'))
        for name, data in files.items():
            if name:
                with open(os.path.join(folder, name), 'wb') as f:
                    f.write(data)
        r = subprocess.run(['sh', '-c', 'fwlint() { "$0" "$@"; }; ' + command, FWLINT], input=files.get(None, b''), cwd=folder,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        return r.returncode, r.stdout.decode(errors='replace').rstrip('\n').split('\n')

    def test_transcript(self):
        n = 0
        for at, files, command, answer in blocks():
            with self.subTest(line=at, command=command):
                self.assertEqual(self.answer(files, command), (2, answer))
                self.assertRegex('\n'.join(answer), NEXT)
            n += 1
        self.assertGreaterEqual(n, 20)

    def test_no_ruleset_that_loads_looks_like_something_else(self):
        files = [os.path.join(EXAMPLES, x) for x in sorted(os.listdir(EXAMPLES))]
        files += [os.path.join(STOCK, x) for x in sorted(os.listdir(STOCK)) if re.search(r'\.(v4|v6|nft)$', x)]
        if os.path.isfile(common.MANIFEST):
            files += [in_corpus(row[0]) for row in manifest() if 'ok' in row[3:5] or row[1] in common.IPTABLES + common.NFT]
        out = []
        for i in range(0, len(files), 200):
            out += common.run(FOREIGN, *files[i:i + 200]).stdout.splitlines()
        loads = [line for line in out if common.fwlint('-q', line.split(': ')[0]).returncode != 2]
        self.assertEqual(loads, [])
        self.assertGreater(len(files), 20)
        print('%d rulesets, %d look like something else, none of them loads' % (len(files), len(out)))


def write():
    """The transcript with the answers that are given now."""
    with open(TRANSCRIPT) as f:
        lines = f.read().split('\n')
    answers = {}
    case = Newcomer('test_transcript')
    case.setUp()
    for at, files, command, _ in blocks():
        status, answer = case.answer(files, command)
        if status != 2:
            print('line %d: exit status %d' % (at, status))
        answers[at] = answer
    case.doCleanups()
    out = []
    for number, line in enumerate(lines, 1):
        if line[:1] == '>':
            continue
        out.append(line)
        out += [('> ' + x).rstrip() for x in answers.get(number, ())]
    with open(TRANSCRIPT, 'w') as f:
        f.write('\n'.join(out))


if __name__ == '__main__':
    if '--write' in sys.argv:
        write()
    else:
        common.main()
