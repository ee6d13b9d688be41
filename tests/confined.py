#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What is planted into fwlint where it looks at a ruleset can do nothing else: docs/security.md.

usage: confined.py FWLINT ATTACK.so
"""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

import common

common.program()
ATTACK = os.path.abspath(common.argument())
RULES = '''# attack here
*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p tcp -j REJECT --reject-with tcp-reset
COMMIT
'''


def confined():
    return common.fwlint('--version').stdout


@unittest.skipIf('confinement here: none' in confined(), 'this build, or this kernel, confines nothing')
class Confined(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.chmod(folder.name, 0o777)
        self.dir = os.path.join(folder.name, 'rules')
        self.outside = os.path.join(folder.name, 'outside')
        for d in (self.dir, self.outside):
            os.mkdir(d)
            os.chmod(d, 0o777)
        self.secret = self.file(self.outside, 'secret', 'a secret\n')
        self.rules = self.file(self.dir, 'rules.v4', RULES)
        self.plain = self.file(self.dir, 'plain.v4', RULES.replace('# attack here\n', ''))
        self.server = socket.create_server(('127.0.0.1', 0))
        self.addCleanup(self.server.close)

    @staticmethod
    def file(directory, name, text):
        path = os.path.join(directory, name)
        with open(path, 'w') as f:
            f.write(text)
        os.chmod(path, 0o666)
        return path

    def attack(self, *args, status=(0, 1), stdin=None, **environment):
        """What of the attack worked."""
        env = dict(os.environ, LD_PRELOAD=ATTACK, ATTACK_SECRET=self.secret, ATTACK_OUTSIDE=self.outside,
                   ATTACK_FILE=self.rules, ATTACK_PORT=str(self.server.getsockname()[1]), **environment)
        r = subprocess.run([common.FWLINT, *args], env=env, input=stdin, stdin=None if stdin else subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
        lines = r.stderr.splitlines()
        self.assertIn('attack is over', lines, r.stderr)
        self.assertIn(r.returncode, status, r.stderr)
        if os.geteuid() == 0 and '--apply' not in args and '--output' not in args:
            self.assertIn('attack begins as uid 65534', lines)
        return [x[len('attack: '):] for x in lines if x.startswith('attack: ')]

    def test_the_attack_would_work(self):
        """Where nothing is confined: else these tests could not fail."""
        env = dict(os.environ, LD_PRELOAD=ATTACK, ATTACK_SECRET=self.secret, ATTACK_OUTSIDE=self.outside,
                   ATTACK_FILE=self.rules, ATTACK_PORT=str(self.server.getsockname()[1]))
        r = subprocess.run(['cat', self.rules], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                           universal_newlines=True)
        for what in ('read a file elsewhere', 'make a file elsewhere', 'write into the ruleset', 'connect',
                     'change its mode by fchmodat2', 'a program by posix_spawn', 'a signal to the parent',
                     'a signal to a thread of it', 'a signal by a pipe', "the parent's limits", "the parent's processors",
                     'memory that others find'):
            self.assertIn('attack: ' + what + '\n', r.stderr)

    def test_reading_is_all(self):
        other = self.file(self.dir, 'other.nft', 'table inet t {\n}\n')
        policy = self.file(self.dir, 'policy', 'accept input ct state established\n')
        for args in ([self.rules], ['--diff', self.rules], ['--format', 'json', self.rules], ['--fix', self.rules],
                     ['--jobs', '2', self.plain, self.rules], ['compare', self.plain, self.rules],
                     ['ask', 'tcp dport 22', self.rules], ['trace', 'NEW tcp 192.0.2.1:1 -> 192.0.2.2:2', '--', self.rules],
                     ['services', self.rules], ['test', policy, '--', self.rules], ['--together', other, self.rules]):
            with self.subTest(args=args):
                worked = self.attack(*args)
                if args[0] == 'test':  # what it compares with may stand anywhere
                    worked = [x for x in worked if not x.startswith('read ')]
                self.assertEqual(worked, [])
        self.assertEqual(sorted(os.listdir(self.dir)), ['other.nft', 'plain.v4', 'policy', 'rules.v4'])

    def test_standard_input(self):
        self.assertEqual(self.attack('-', stdin=RULES), [])

    def test_files_are_written_where_it_was_asked_for(self):
        beside = ['make a file beside the ruleset', 'make a folder beside the ruleset']
        with self.subTest('--apply'):
            worked = self.attack('--apply', self.rules, ATTACK_SPARES_FILE='1')
            self.assertEqual(worked, beside)
            shutil.rmtree(os.path.join(self.dir, 'folder'))
            os.unlink(os.path.join(self.dir, 'made'))
            self.assertIn('INVALID -j DROP', common.read(self.rules))
        with self.subTest('--output'):
            other = os.path.join(self.dir, 'reports')
            os.mkdir(other)
            self.assertEqual(self.attack('--output', os.path.join(other, 'out'), self.rules, ATTACK_SPARES_FILE='1'), [])
            self.assertIn(self.rules, common.read(os.path.join(other, 'out')))

    def test_includes_are_read_from_where_they_may_stand(self):
        other = self.file(self.outside, 'other.nft', 'table ip t {\n}\n')
        main = self.file(self.dir, 'main.nft', '# attack here\ninclude "%s"\n' % other)
        self.rules = main
        self.assertEqual(self.attack(main, status=(2,)), [])
        self.assertEqual(self.attack('--include-dir', self.outside, main, status=(0,)),
                         ['read a file elsewhere', 'read it by /proc'])  # which is there

    def test_the_version_says_what_holds(self):
        self.assertRegex(confined(), r'^fwlint \d\S*\nconfinement here: reads no other files \(Landlock\)')


class AsBefore(unittest.TestCase):
    def test_a_file_that_only_root_can_read(self):
        if os.geteuid() != 0:
            self.skipTest('needs root')
        with tempfile.TemporaryDirectory() as folder:  # of mode 0700
            path = Confined.file(folder, 'rules.v4', RULES)
            os.chmod(path, 0o600)
            main = Confined.file(folder, 'main.nft', 'include "part.nft"\n')
            os.chmod(Confined.file(folder, 'part.nft', 'table ip t {\n}\n'), 0o600)
            self.assertEqual(common.fwlint('--quiet', path).returncode, 1)
            self.assertEqual(common.fwlint('--quiet', main).returncode, 0)

    def test_links_in_a_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(os.path.join(folder, 'enabled'))
            path = Confined.file(folder, 'rules.v4', RULES)
            os.symlink('../rules.v4', os.path.join(folder, 'enabled', 'host.v4'))
            for option, status in ('--quiet', 1), ('--apply', 0):
                r = common.fwlint(option, os.path.join(folder, 'enabled'))
                self.assertEqual(r.returncode, status, r.stderr)
            self.assertIn('INVALID -j DROP', common.read(path))

    def test_includes_beside_a_link(self):
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(os.path.join(folder, 'real'))
            Confined.file(os.path.join(folder, 'real'), 'main.nft', 'include "part.nft"\n')
            Confined.file(folder, 'part.nft', 'table ip t {\n}\n')
            link = os.path.join(folder, 'main.nft')
            os.symlink('real/main.nft', link)
            r = common.fwlint('--quiet', link)
            self.assertEqual(r.returncode, 0, r.stderr)

    def test_an_included_file_of_etc_is_written(self):
        if os.geteuid() != 0:
            self.skipTest('needs root')
        with tempfile.TemporaryDirectory() as folder:
            main = Confined.file(folder, 'main.nft', 'include "/etc/nftables.d/*.nft"\n')
            part = Confined.file(folder, 'part.nft', 'table ip t {\n\tchain c {\n\t\ttype filter hook input priority 0\n'
                                 '\t\tct state established accept\n\t\treject with tcp reset\n\t}\n}\n')
            r = common.run('unshare', '-m', 'sh', '-ec', 'mount -t tmpfs none /etc; mount -t tmpfs none /var; mkdir /etc/nftables.d; '
                           'cp "$2" /etc/nftables.d; "$0" --apply "$1"; cat /etc/nftables.d/*', common.FWLINT, main, part)
            self.assertIn('ct state invalid drop', r.stdout, r.stderr)

    def test_a_descriptor(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Confined.file(folder, 'rules.v4', RULES)
            for command in ('"$0" --quiet /dev/fd/3 3<"$1"', '"$0" --quiet <(cat "$1")', 'cat "$1" | "$0" --quiet /dev/stdin'):
                r = subprocess.run(['bash', '-c', command, common.FWLINT, path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                self.assertEqual(r.returncode, 1, r.stdout)


if __name__ == '__main__':
    unittest.main()
