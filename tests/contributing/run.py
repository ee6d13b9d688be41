#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What it takes to add something, as a patch that is tried.  usage: run.py PATCH

The patch begins with words that say what it adds, and with two lines:

    Build: the targets of ninja that are built
    Test: the tests of meson that are run then; SCRIPT.CLASS is one class of tests/SCRIPT.py

Applied to a copy of the source, it builds and the tests pass. With any one of its parts left
out, something does not compile or a test fails: so none can be forgotten. A part is a hunk.
CONTRIBUTING.md says how many files and lines the patch touches.
"""
import os
import re
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from common import ROOT, argument, main, read, run  # noqa: E402

PATCH = argument()


def left_behind(folder, names):
    """What is no source: folders that meson was set up in, and the history."""
    return [n for n in names if n in ('.git', '__pycache__') or os.path.exists(os.path.join(folder, n, 'build.ninja'))]


class Patch:
    def __init__(self, text):
        self.parts = []  # a patch of one hunk each, with the file that it is of
        head, *files = re.split(r'^(?=diff --git )', text, flags=re.M)
        for f in files:
            name, *hunks = re.split(r'^(?=@@ )', f, flags=re.M)
            path = re.search(r'^\+\+\+ b/(\S+)', name, re.M)[1]
            self.parts += [(path, name + h) for h in hunks]
        self.targets = re.search(r'^Build: (.+)', head, re.M)[1].split()
        self.tests = re.search(r'^Test: (.+)', head, re.M)[1].split()
        self.files = len(files)
        self.lines = len(re.findall(r'^\+(?!\+\+ )', text, re.M))


class Trial(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.patch = Patch(read(PATCH))
        cls.folder = tempfile.TemporaryDirectory(prefix='fwlint-trial-')
        cls.tree = os.path.join(cls.folder.name, 'fwlint')
        shutil.copytree(ROOT, cls.tree, ignore=left_behind, symlinks=True)
        # without -g the folder is no part of what the compiler cache goes by
        r = run('meson', 'setup', 'build', '--buildtype=plain', '-Dlive-nft=disabled',
                '-Dlive-legacy=disabled', cwd=cls.tree)
        assert r.returncode == 0, r.stdout + r.stderr

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def change(self, text, *options):
        r = run('patch', '-p1', '--no-backup-if-mismatch', *options, stdin=text, cwd=self.tree)
        self.assertEqual(r.returncode, 0, r.stdout + r.stderr)

    def failure(self):
        """Why it does not build, or which test fails; None: all is well."""
        r = run('ninja', '-C', 'build', *self.patch.targets, cwd=self.tree)
        if r.returncode:
            errors = re.findall(r'^\S+?(\w+/[\w.]+:\d+:\d+: error: .*)|(undefined reference to .*)|(?:ERROR|fatal error): (.*)',
                                r.stdout, re.M)
            errors = [''.join(e) for e in errors]
            return 'does not compile: ' + (errors or [r.stdout])[0]
        r = run('meson', 'test', '-C', 'build', '--no-rebuild', '--print-errorlogs',
                *(t for t in self.patch.tests if '.' not in t), cwd=self.tree)
        failed = re.findall(r'^ *\d+/\d+ (?:\S+ / )?(\S+) +(?:FAIL|TIMEOUT|ERROR)', r.stdout, re.M)
        self.assertEqual(bool(failed), r.returncode != 0, r.stdout + r.stderr)
        failed = list(dict.fromkeys(failed)) + self.failed_in_scripts()
        return 'fails: ' + ', '.join(failed) if failed else None

    def failed_in_scripts(self):
        failed = []
        for script, case in (t.split('.') for t in self.patch.tests if '.' in t):
            r = run('python3', 'tests/%s.py' % script, 'build/fwlint', case, cwd=self.tree)
            names = re.findall(r'^(?:FAIL|ERROR): (\w+)', r.stderr, re.M)
            self.assertEqual(bool(names), r.returncode != 0, r.stdout + r.stderr)
            failed += dict.fromkeys('%s.%s' % (script, n) for n in names)
        return failed

    def test_it_works_and_no_part_of_it_can_be_forgotten(self):
        for _, part in self.patch.parts:
            self.change(part)
        self.assertIsNone(self.failure())
        for i, (path, part) in enumerate(self.patch.parts, 1):
            with self.subTest(part=i, path=path):
                self.change(part, '-R')
                why = self.failure()
                self.change(part)
                print('without part %d, %s: %s' % (i, path, why), file=sys.stderr)
                self.assertIsNotNone(why, part)

    def test_the_page_counts_what_it_touches(self):
        touched = re.search(r'contributing/%s\W.*?(\d+) files?, (\d+) lines?' % re.escape(os.path.basename(PATCH)),
                            read(os.path.join(ROOT, 'CONTRIBUTING.md')))
        self.assertEqual(touched and (int(touched[1]), int(touched[2])), (self.patch.files, self.patch.lines))


if __name__ == '__main__':
    main()
