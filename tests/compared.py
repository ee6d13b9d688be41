#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/compared.md: each command of the table is run, and does what the table says.  usage: compared.py FWLINT"""
import os
import re
import shutil
import sys
import unittest

import common
from common import EXAMPLES, ROOT, Folder, read, run

common.program()
POINTS = ['codes', 'pages', 'explain', 'fix', 'diff', 'unsafe fixes', 'exit status', 'select', 'ignore', 'severity', 'configuration', 'per file',
          'suppression', 'unused suppression', 'baseline', 'formats', "standard input's name", 'man', 'completion', 'statistics']


def rows():
    """[(point, command, exit status, [words])]"""
    for line in read(os.path.join(ROOT, 'docs', 'compared.md')).splitlines():
        cells = [c.strip() for c in re.split(r'(?<!\\)\|', line)[1:-1]]
        if len(cells) == 6 and cells[4].isdigit():
            yield cells[0], cells[3].strip('`').replace('\\|', '|'), int(cells[4]), re.findall(r'`(.+?)`', cells[5])


class Table(Folder):
    def setUp(self):
        super().setUp()
        os.makedirs(os.path.join(self.dir, 'bin'))
        os.symlink(os.path.abspath(common.FWLINT), os.path.join(self.dir, 'bin', 'fwlint'))
        pages = os.path.join(self.dir, 'man', 'man1')
        os.makedirs(pages)
        run(sys.executable, os.path.join(ROOT, 'scripts', 'manual.py'), common.FWLINT, os.path.join(ROOT, 'docs', 'fwlint.1'), pages)
        self.env = dict(os.environ, PATH=os.path.join(self.dir, 'bin') + ':/usr/bin:/bin', HOME=self.dir, XDG_CONFIG_HOME=self.dir,
                        MANPATH=os.path.join(self.dir, 'man'), LC_ALL='C.UTF-8')

    def test_all_points_are_there(self):
        self.assertEqual([r[0] for r in rows()], POINTS)

    def test_each_command_does_what_the_table_says(self):
        for point, command, status, words in rows():
            if 'man ' in command and not (shutil.which('man') and shutil.which('groff')):
                continue
            with self.subTest(point=point):
                folder = os.path.join(self.dir, 'rows', point)
                os.makedirs(folder)
                shutil.copy(os.path.join(EXAMPLES, 'home-router.v4'), os.path.join(folder, 'rules.v4'))
                r = run('sh', '-c', command, cwd=folder, env=self.env)
                out = re.sub('.\x08', '', r.stdout) + r.stderr
                self.assertEqual(r.returncode, status, out)
                for word in words if point != 'exit status' else []:
                    self.assertIn(word, out)
                if point == 'exit status':
                    self.assertRegex(out, r'(?s)^1\n0\n2\n.*No such file')
                if not words:
                    self.assertNotRegex(out, r'FW\d')


if __name__ == '__main__':
    common.main()
