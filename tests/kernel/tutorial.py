#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/tutorial.md is walked: each command prints what stands there.

usage: tutorial.py FWLINT

"```sh NAME" and "```yaml NAME" are files. In "```console" a line "# COMMAND" is run and the lines behind it are what it
prints; "…" is any text, on a line of its own any lines. "```console ansible" needs ansible-playbook. All of it runs in
a network namespace and a mount namespace, with an empty /run and an overlay of /etc.
"""
import os
import re
import shutil
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))

import common
from common import ROOT, read, run, write

FWLINT = common.program()
PAGE = os.path.join(ROOT, 'docs', 'tutorial.md')
PLACES = '''
mount --make-rprivate / && mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /mnt && cd /mnt && mkdir upper work &&
mount -t overlay overlay /etc -o lowerdir=/etc,upperdir=upper,workdir=work && mkdir -p /etc/iptables && exec "$@"
'''
STEPS = ('iptables-save', 'fwlint rules.v4', 'fwlint explain', 'fwlint --apply', 'fwlint compare', 'ansible-playbook',
         'fwlint --live --apply', 'fwlint confirm', 'fwlint trial')


def blocks():
    """(kind, name, text)"""
    return re.findall(r'(?ms)^```(\w+) ?(\S*)\n(.*?)^```$', read(PAGE))


def pattern(lines):
    """A line "…" is any lines; "…" in a line any text."""
    out = ''
    for line in lines:
        out += '(?:.*\n)*?' if line == '…' else re.escape(line).replace('…', '.*') + '\n'
    return out + r'\Z'


class Tutorial(common.Folder):
    def test_each_command_prints_what_stands_there(self):
        os.symlink(FWLINT, os.path.join(self.dir, 'fwlint'))
        env = dict(os.environ, PATH=self.dir + ':' + os.environ['PATH'], ANSIBLE_NOCOLOR='1', HOME=self.dir)
        env.pop('SSH_CONNECTION', None)
        ran = ''
        for kind, name, text in blocks():
            if kind in ('sh', 'yaml'):
                write(os.path.join(self.dir, name), text)
                continue
            for part in re.split(r'(?m)^# ', text)[1:]:
                command, *lines = part.rstrip('\n').split('\n')
                ran += command + '\n'
                if name and not shutil.which(name + '-playbook'):
                    print('SKIPPED: no ' + name)
                    continue
                r = run('sh', '-c', command, cwd=self.dir, env=env, timeout=120)
                with self.subTest(command):
                    self.assertRegex(r.stdout + r.stderr, re.compile(r'\A' + pattern(lines)))
        for step in STEPS:
            self.assertIn(step, ran)


if __name__ == '__main__':
    if not common.is_inside() and not common.no_namespace() and os.geteuid() == 0:
        os.environ[common.INSIDE] = '1'
        os.execvp('unshare', ['unshare', '-n', '-m', 'sh', '-c', PLACES, 'sh', sys.executable,
                              os.path.abspath(sys.argv[0]), FWLINT])
    run('ip', 'link', 'set', 'lo', 'up')
    common.main(None if common.is_inside() else common.no_namespace() or 'needs root')
