#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Files and standard input where /proc is not mounted: a hook in a chroot that builds an image.

usage: without_proc.py FWLINT
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(1, os.path.dirname(sys.path[0]))
import common  # noqa: E402
from common import read  # noqa: E402

FWLINT = common.program()
OTHER = 1234  # another user
OLD = common.PASTED
NEW = OLD.replace('\n', '\n-A FORWARD -m state --state INVALID -j DROP\n', 1)
FIX = '+-A FORWARD -m state --state INVALID -j DROP'

needs_root = unittest.skipIf(os.getuid(), 'needs root: files of several users')


class WithoutProc(common.Folder):
    def setUp(self):
        super().setUp()
        os.chmod(self.dir, 0o755)

    def file(self, owner=None):
        path = common.write(os.path.join(self.dir, 'rules'), OLD)
        if owner is not None:
            os.chown(self.dir, owner, owner)
            os.chown(path, owner, owner)
        return path

    def assert_applied(self, path, result):
        code, _, err = result
        self.assertEqual((code, read(path), read(path + '~')), (0, NEW, OLD), err)
        self.assertEqual(sorted(os.listdir(self.dir)), ['rules', 'rules~'])

    def test_files_and_standard_input_are_read(self):
        for args, stdin in (((self.file(),), ''), (('-',), OLD), (('/dev/stdin',), OLD)):
            code, out, err = common.outcome(*args, stdin=stdin)
            self.assertEqual(code, 1, err)
            self.assertIn(FIX, out)

    def test_process_substitution_is_read(self):
        for script in ('"$0" <(cat "$1")', '"$0" /dev/stdin < "$1"',
                       '"$0" --sysctl <(echo net.netfilter.nf_conntrack_tcp_loose = 1) "$1"'):
            r = common.run('bash', '-c', script, FWLINT, self.file())
            self.assertIn(FIX, r.stdout, (script, r.stderr))

    def test_a_descriptor_that_is_not_open_is_an_error(self):
        for path in ('/dev/fd/77', '/dev/fd/', '/dev/fd/x', '/dev/fd/99999999999'):
            code, _, err = common.outcome(path)
            self.assertEqual(code, 2)
            self.assertIn("cannot read '%s': No such file or directory" % path, err)

    def test_a_descriptor_is_not_replaced(self):
        path = self.file()
        with open(path) as f:
            r = subprocess.run([FWLINT, '--apply', '/dev/stdin'], stdin=f, capture_output=True, text=True)
        self.assertEqual(r.returncode, 2)
        self.assertEqual(r.stderr, "fwlint: '/dev/stdin' is not a regular file: it cannot be replaced\n")
        self.assertEqual((read(path), os.listdir(self.dir)), (OLD, ['rules']))

    def test_apply_replaces_a_file(self):
        path = self.file()
        self.assert_applied(path, common.outcome('--apply', path))

    @needs_root
    def test_apply_by_root_replaces_a_file_of_a_user(self):
        path = self.file(OTHER)
        self.assert_applied(path, common.outcome('--apply', path))
        self.assertEqual(os.stat(path).st_uid, OTHER)

    @needs_root
    def test_apply_by_a_user_replaces_his_file(self):
        path = self.file(OTHER)
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            copy = shutil.copy(FWLINT, folder)  # he may not reach where it was built
            r = subprocess.run([copy, '--apply', path], user=OTHER, group=OTHER, extra_groups=[],
                               capture_output=True, text=True)
        self.assert_applied(path, (r.returncode, r.stdout, r.stderr))


if os.path.exists('/proc/self'):
    if common.is_inside():
        common.leave_out('/proc is still there')
    os.environ[common.INSIDE] = '1'
    why = common.run('unshare', '-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/proc')
    if why.returncode:
        common.leave_out('/proc cannot be hidden here: ' + why.stderr.strip())
    os.execvp('unshare', ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs tmpfs /proc && exec "$@"', 'sh',
                          sys.executable, *sys.argv[:1], FWLINT])
if 'LeakSanitizer has encountered a fatal error' in common.fwlint('--version').stderr:
    common.leave_out('LeakSanitizer needs /proc')
common.main()
