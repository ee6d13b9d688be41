#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The recipes of docs/ask.md: each command is run, and prints what stands there.

A block that begins with "$ cat NAME" is a file; "$ fwlint ..." is run in a folder with the files of its section.

usage: recipes.py FWLINT [--write]
"""
import os
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

import common

FWLINT = common.program()
MANUAL = os.path.join(common.ROOT, 'docs', 'ask.md')
BLOCK = re.compile(r'^```\n(.*?)^```$', re.M | re.S)


def run(command, folder):
    """What a command prints, and its exit status where that is not 0."""
    words = shlex.split(command)
    r = subprocess.run([FWLINT, *words[1:]], cwd=folder, capture_output=True, text=True, timeout=60)
    status = '' if r.returncode == 0 else '[exit status %d]\n' % r.returncode
    return r.stdout + r.stderr + status


def replay(block, folder):
    """The block as it is when its commands are run now."""
    out = ''
    for part in re.split(r'(?m)^(?=\$ )', block):
        head, _, body = part.partition('\n')
        if head.startswith('$ cat '):
            common.write(os.path.join(folder, head[len('$ cat '):]), body)
            out += part
        elif head.startswith('$ fwlint '):
            out += head + '\n' + run(head[len('$ '):], folder)
        else:
            out += part
    return out


def replay_all(text):
    sections = re.split(r'(?m)^(?=## )', text)
    for i, section in enumerate(sections):
        with tempfile.TemporaryDirectory() as folder:
            sections[i] = BLOCK.sub(lambda m: '```\n' + replay(m.group(1), folder) + '```', section)
    return ''.join(sections)


class Recipes(unittest.TestCase):
    maxDiff = None

    def test_each_prints_what_the_page_says(self):
        text = common.read(MANUAL)
        self.assertEqual(replay_all(text), text)

    def test_there_are_ten_and_each_names_its_question(self):
        sections = re.split(r'(?m)^## ', common.read(MANUAL))[1:]
        asked = [s for s in sections if re.search(r'\(https://github\.com/\S+/issues/\d+\)', s)]
        self.assertGreaterEqual(len(asked), 10)
        for s in asked:
            self.assertRegex(s, r'(?m)^\$ fwlint (trace|ask|services|test) ', s.split('\n')[0])


if __name__ == '__main__':
    if sys.argv[1:] == ['--write']:
        TEXT = common.read(MANUAL)
        common.write(MANUAL, replay_all(TEXT))
    else:
        common.main()
