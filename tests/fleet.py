#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Many inputs in one call (--jobs): the answers are those of one after the other.  usage: fleet.py FWLINT"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

FWLINT = os.path.abspath(sys.argv.pop(1))
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')
EXAMPLES = sorted(glob.glob(os.path.join(ROOT, 'rules-examples', '*.*')))


def run(*args, cwd=None):
    r = subprocess.run([FWLINT, '--no-config', *args], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
    return r.returncode, r.stdout, r.stderr


def tree(folder):
    return {os.path.relpath(os.path.join(top, f), folder): open(os.path.join(top, f), 'rb').read()
            for top, _, files in os.walk(folder) for f in files}


class Fleet(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = temporary.name
        self.files = []
        for path in EXAMPLES:
            shutil.copy(path, self.folder)
            self.files.append(os.path.basename(path))
        with open(os.path.join(self.folder, 'wrong.v4'), 'w') as f:
            f.write('*filter\n-A INPUT -p tcp --nonsense\nCOMMIT\n')
        self.inputs = ['missing.v4', *self.files[:20], 'wrong.v4', *self.files[20:]]

    def same(self, *args, inputs=None):
        one = run('--jobs', '1', *args, *(inputs or self.inputs), cwd=self.folder)
        for n in ('2', '7'):
            self.assertEqual(run('--jobs', n, *args, *(inputs or self.inputs), cwd=self.folder), one)
        self.assertEqual(run(*args, *(inputs or self.inputs), cwd=self.folder), one)
        return one

    def test_any_number_of_jobs_prints_the_same(self):
        for args in ([], ['--diff'], ['-q'], ['--statistics'], ['--dump', 'ast'], ['--dump', 'text'], ['--severity', 'note']):
            with self.subTest(args=args):
                self.assertEqual(self.same(*args)[0], 2)
        for name in ('text', 'json', 'sarif', 'junit', 'github', 'gitlab', 'checkstyle', 'gcc', 'commands'):
            with self.subTest(format=name):
                self.same('--format', name)
        self.assertEqual(self.same(inputs=self.files)[0], 1)
        self.assertEqual(self.same(inputs=['home-router-fixed.v4', 'server-fixed.nft'])[0], 0)

    def test_several_formats_and_the_baseline_are_the_same(self):
        seen = []
        for n in ('1', '3'):
            out = run('--jobs', n, '--format', 'json=a.json', '--format', 'sarif=a.sarif', '--write-baseline', 'base', *self.files,
                      cwd=self.folder)
            seen.append((out, {f: tree(self.folder)[f] for f in ('a.json', 'a.sarif', 'base')}))
        self.assertEqual(seen[0], seen[1])
        code, out, err = self.same('--baseline', 'base', inputs=self.files)
        self.assertEqual((code, b'known before' in out), (0, True), err)

    def test_apply_writes_the_same(self):
        seen = []
        for n in ('1', '4'):
            with tempfile.TemporaryDirectory() as copy:
                for f in self.files:
                    shutil.copy(os.path.join(self.folder, f), copy)
                code, out, err = run('--jobs', n, '--apply', '--unsafe-fixes', *self.files, cwd=copy)
                seen.append(((code, out, err.replace(copy.encode(), b'COPY')), tree(copy)))
        self.assertEqual(seen[0], seen[1])
        self.assertIn(b'inserted', seen[0][0][2])

    def test_the_end_says_how_many_and_which_could_not_be_read(self):
        code, _, err = run(*self.inputs, cwd=self.folder)
        self.assertEqual(code, 2)
        found = re.search(rb'fwlint: %d inputs: (\d+) with findings, 2 could not be read:\n  missing.v4\n  wrong.v4\n$'
                          % len(self.inputs), err)
        self.assertTrue(found, err)
        self.assertGreater(int(found[1]), 10)
        self.assertNotIn(b'inputs:', run(self.files[0], cwd=self.folder)[2])
        self.assertNotIn(b'inputs:', run('-q', *self.inputs, cwd=self.folder)[2])

    def test_jobs_is_a_number(self):
        for n in ('0', 'x', '-1', '', '100000'):
            with self.subTest(n=n):
                self.assertEqual(run('--jobs', n, self.files[0], cwd=self.folder)[0], 2)


unittest.main()
