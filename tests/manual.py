#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The manual pages: one for each command, made of fwlint(1) and the program's --help; read by man.  usage: manual.py FWLINT"""
import glob
import os
import re
import shutil
import sys
import unittest

import common
from common import ROOT, Folder, outcome, read, run

common.program()
DOCS = os.path.join(ROOT, 'docs')
COMMANDS = re.findall(r'^  (\w+) ', outcome('--help')[1].partition('\nCommands')[2], re.M)


class Pages(Folder):
    def setUp(self):
        super().setUp()
        r = run(sys.executable, os.path.join(ROOT, 'scripts', 'manual.py'), common.FWLINT, os.path.join(DOCS, 'fwlint.1'), self.dir)
        self.assertEqual(r.returncode, 0, r.stderr)

    def shown(self, path):
        if not shutil.which('man') or not shutil.which('groff'):
            self.skipTest('no man-db, or no groff')
        env = dict(os.environ, MANWIDTH='400', LC_ALL='C.UTF-8', MAN_KEEP_FORMATTING='', MANROFFOPT='-rHY=0')
        r = run('man', '--warnings=w', '--nj', '--nh', '-E', 'UTF-8', '-l', path, env=env)
        self.assertEqual((r.returncode, r.stderr), (0, ''), path)
        return re.sub(r'.\x08', '', r.stdout)

    def test_each_command_has_one(self):
        self.assertEqual(sorted(os.listdir(self.dir)), sorted('fwlint-%s.1' % c for c in COMMANDS))
        self.assertGreater(len(COMMANDS), 9)

    def test_it_says_what_the_command_does_and_each_of_its_options(self):
        for command in COMMANDS:
            with self.subTest(command=command):
                text = self.shown(os.path.join(self.dir, 'fwlint-%s.1' % command))
                part = dict(re.findall(r'^([A-Z ]+)\n((?: .*\n|\n)+)', text, re.M))
                self.assertLessEqual({'NAME', 'SYNOPSIS', 'DESCRIPTION', 'OPTIONS', 'EXIT STATUS', 'SEE ALSO'}, set(part))
                self.assertIn('fwlint' if command == 'lint' else 'fwlint ' + command, part['SYNOPSIS'])
                self.assertGreater(len(part['DESCRIPTION'].split()), 8)
                if command != 'lint':
                    self.assertTrue(part['DESCRIPTION'].strip().startswith('fwlint ' + command), part['DESCRIPTION'])
                heads = ' '.join(re.findall(r'^ {7}(-.*)', part['OPTIONS'], re.M))
                for option in re.findall(r'^  (?:-., )?(--[a-z-]+)', outcome('help', command)[1], re.M):
                    self.assertRegex(heads, r'%s(?![a-z-])' % option)
                self.assertEqual(set(re.findall(r'--[a-z-]+', heads)), set(re.findall(r'^  (?:-., )?(--[a-z-]+)', outcome('help', command)[1], re.M)))

    def test_man_reads_all_of_them_without_a_warning(self):
        for path in sorted(glob.glob(os.path.join(DOCS, '*.[15]'))):
            self.assertGreater(len(self.shown(path)), 1000)


class Pager(Folder):
    def explain(self, pager, rows=10, *args, topic='FW102'):
        import terminal
        if terminal.WHY_NOT:
            self.skipTest(terminal.WHY_NOT)
        out = os.path.join(self.dir, 'paged')
        env = dict(os.environ, TERM='xterm')
        env.pop('PAGER', None)
        if pager is not None:
            env['PAGER'] = pager.replace('OUT', out)
        code, shown = terminal.run(['sh', '-c', 'stty rows %d <&1; exec "$@"' % rows, 'sh', common.FWLINT, 'explain', topic, *args], env=env)
        return code, shown.decode(), read(out) if os.path.exists(out) else None

    def test_a_page_that_is_longer_than_the_terminal_goes_through_it(self):
        code, shown, paged = self.explain('cat >OUT')
        self.assertEqual((code, shown), (0, ''))
        self.assertIn('FW102', paged)
        self.assertIn('\033[1m', paged)
        self.assertEqual(paged, self.explain('', 10, '--color', 'always')[1])
        self.assertIn('middlebox', self.explain('cat >OUT', topic='resets')[2])

    def test_otherwise_it_does_not(self):
        for pager, rows in (('cat >OUT', 1000), ('', 10), ('cat', 10)):
            code, shown, paged = self.explain(pager, rows)
            self.assertEqual((code, paged), (0, None))
            self.assertIn('FW102', shown)
        r = run(common.FWLINT, 'explain', 'FW102', env=dict(os.environ, PAGER='touch %s/paged' % self.dir))
        self.assertIn('FW102', r.stdout)
        self.assertFalse(os.path.exists(os.path.join(self.dir, 'paged')))

    def test_one_that_is_left_early_is_no_failure(self):
        self.assertEqual(self.explain('head -n 1 >OUT')[0], 0)
        self.assertEqual(self.explain('exit 3')[0], 0)


class Progress(Folder):
    def test_a_run_over_several_files_says_where_it_is_and_leaves_nothing(self):
        import terminal
        if terminal.WHY_NOT:
            self.skipTest(terminal.WHY_NOT)
        names = [common.write(os.path.join(self.dir, n), common.PASTED) for n in ('a', 'b\x1b[m')]
        env = dict(os.environ, TERM='xterm')
        env.pop('NO_COLOR', None)
        shown = terminal.run([common.FWLINT, *names], env=env)[1].decode()
        self.assertIn('\r\033[K[1/2] ' + names[0] + '\r\033[K', shown)
        self.assertIn('[2/2] ', shown)
        self.assertNotIn('b\x1b[m', shown)
        for args, env in (((names[0],), env), (('--quiet', *names), env), (names, dict(env, TERM='dumb'))):
            self.assertNotIn('/2]', terminal.run([common.FWLINT, *args], env=env)[1].decode())
        self.assertNotIn('/2]', run(common.FWLINT, *names).stderr)


if __name__ == '__main__':
    common.main()
