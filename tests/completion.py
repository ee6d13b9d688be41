#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What bash, zsh and fish complete behind "fwlint", typed into the real shells.  usage: completion.py FWLINT

bash and zsh get a terminal and keys; fish says itself what it would complete (complete -C).
"""
import os
import pty
import re
import select
import shutil
import subprocess
import time
import unittest

import common
from common import Folder, outcome, read, write

common.program()
COMMANDS = re.findall(r'^  (\w+) ', outcome('--help')[1].partition('Commands')[2], re.M)
CODES = re.findall(r'^(FW\d+)', outcome('checks')[1], re.M)


def options_of(command):
    return re.findall(r'^  (?:-., )?(--[a-z-]+)', outcome('help', command)[1], re.M)


def formats_of(command):
    return re.findall(r'^  ([a-z]+) ', outcome('help', command)[1].partition('Formats:\n')[2].partition('\n\n')[0], re.M)


class Terminal:
    """A shell on a terminal."""

    def __init__(self, argv, env, cwd):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execvpe(argv[0], argv, env)
        self.text = ''

    def send(self, keys):
        os.write(self.fd, keys.encode())

    def wait(self, word, seconds=20):
        """Reads until the word comes; returns what came before it."""
        end = time.time() + seconds
        while word not in self.text:
            if not select.select([self.fd], [], [], max(0, end - time.time()))[0]:
                raise AssertionError('%r does not come: %r' % (word, self.text[-2000:]))
            self.text += os.read(self.fd, 65536).decode(errors='replace')
        before, _, self.text = self.text.partition(word)
        return before

    def close(self):
        os.close(self.fd)
        os.waitpid(self.pid, 0)


class Shell(Folder):
    """What a line becomes by the tabulator: done() of one answer, offered() of several."""
    name = None

    def setUp(self):
        super().setUp()
        if not shutil.which(self.name):
            self.skipTest('no ' + self.name)
        os.mkdir(os.path.join(self.dir, 'bin'))
        os.symlink(os.path.abspath(common.FWLINT), os.path.join(self.dir, 'bin', 'fwlint'))
        os.mkdir(os.path.join(self.dir, 'work'))
        self.work = os.path.join(self.dir, 'work')
        for name in ('rules.v4', 'other rules.nft'):
            write(os.path.join(self.work, name), '')
        os.mkdir(os.path.join(self.work, 'directory'))
        self.env = {'PATH': os.path.join(self.dir, 'bin') + ':/usr/bin:/bin', 'HOME': self.dir, 'TERM': 'dumb', 'LC_ALL': 'C.UTF-8',
                    'COLUMNS': '200', 'LINES': '100'}
        self.script = write(os.path.join(self.dir, 'script'), outcome('completion', self.name)[1])
        self.start()

    def start(self):
        pass


class Keys(Shell):
    argv = None
    setup = ''

    def start(self):
        self.t = Terminal(self.argv, self.env, self.work)
        self.addCleanup(self.t.close)
        self.t.send("%s PS1='>'\r" % self.setup.format(self.script))
        self.end()

    n = 0

    def end(self):
        """Behind this nothing of the line before it comes any more."""
        self.n += 1
        self.t.send('echo fin""i%d.\r' % self.n)
        return self.t.wait('fini%d.' % self.n)

    def done(self, line):
        """The whole line behind the tabulator, as the shell takes it."""
        out = os.path.join(self.dir, 'out')
        self.t.send(line + '\t')
        time.sleep(0.1)
        self.t.send('\x05 >%s\x01printf "<%%s>" \r' % out)  # end of the line, begin of it
        self.end()
        return ' '.join(re.findall(r'<([^<>]*)>', read(out)))

    def offered(self, line):
        self.t.send(line + '\t')
        time.sleep(0.3)
        self.t.send('\t')
        time.sleep(0.3)
        self.t.send('\x15')  # the line goes
        return set(re.findall(r'(?<![\w-])-*[A-Za-z][\w.-]*', self.end().split('\n', 1)[-1]))


class Typed:
    """The same for both."""

    def test_one_answer(self):
        for line, wanted in (('fwlint comp', 'fwlint comp'), ('fwlint compa', 'fwlint compare'), ('fwlint expl', 'fwlint explain'),
                             ('fwlint --sel', 'fwlint --select'), ('fwlint explain --mark', 'fwlint explain --markdown'),
                             ('fwlint --format sa', 'fwlint --format sarif'), ('fwlint --format=sa', 'fwlint --format=sarif'),
                             ('fwlint --select FW101,FW10', 'fwlint --select FW101,FW10'),
                             ('fwlint --select FW101,FW002', 'fwlint --select FW101,FW002'),
                             ('fwlint --select=FW101,FW90', 'fwlint --select=FW101,FW901'),
                             ('fwlint --fail-on err', 'fwlint --fail-on error'), ('fwlint --live=leg', 'fwlint --live=legacy'),
                             ('fwlint explain FW90', 'fwlint explain FW901'), ('fwlint completion fi', 'fwlint completion fish'),
                             ('fwlint help rollb', 'fwlint help rollback'),
                             ('fwlint ru', 'fwlint rules.v4'), ('fwlint compare rules.v4 oth', 'fwlint compare rules.v4 other rules.nft'),
                             ('fwlint --baseline ru', 'fwlint --baseline rules.v4'),
                             ('fwlint --backup-dir d', 'fwlint --backup-dir directory/'),
                             ('fwlint --backup-dir r', 'fwlint --backup-dir r')):
            with self.subTest(line=line):
                got = self.done(line)
                self.assertEqual(got.rstrip('/'), wanted.rstrip('/'))

    def test_several_answers(self):
        self.assertLessEqual(set(COMMANDS) | {'rules.v4'}, self.offered('fwlint '))
        for command in COMMANDS:
            with self.subTest(command=command):
                got = {w for w in self.offered('fwlint %s --' % command) if w.startswith('--')}
                self.assertEqual(got, set(options_of(command)))
        self.assertLessEqual(set(CODES), self.offered('fwlint --ignore FW'))
        for command in ('lint', 'compare'):
            got = self.offered('fwlint %s --format ' % command)
            self.assertLessEqual(set(formats_of(command)), got)
        self.assertNotIn('sarif', got)


class Bash(Keys, Typed):
    name = 'bash'
    argv = ['bash', '--norc', '--noprofile', '-i']
    setup = "bind 'set bell-style none'; bind 'set page-completions off'; bind 'set enable-bracketed-paste off'; . {0};"


class Zsh(Keys, Typed):
    name = 'zsh'
    argv = ['zsh', '-f', '-i']
    setup = "unsetopt zle_bracketed_paste prompt_cr prompt_sp; bindkey -e; autoload -Uz compinit; compinit -u -D; LISTMAX=1000; . {0};"


class Fish(Shell):
    name = 'fish'

    def offers(self, line):
        r = subprocess.run(['fish', '--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', self.script, line], env=self.env, text=True,
                           cwd=self.work, capture_output=True, timeout=30)
        self.assertEqual((r.returncode, r.stderr), (0, ''))
        return {l.partition('\t')[0]: l.partition('\t')[2] for l in r.stdout.splitlines()}

    def test_answers(self):
        self.assertLessEqual(set(COMMANDS) | {'rules.v4', 'directory/'}, set(self.offers('fwlint ')))
        self.assertEqual(self.offers('fwlint explain FW90'), {'FW901': 'unused-suppression'})
        for command in COMMANDS:
            with self.subTest(command=command):
                got = self.offers('fwlint %s --' % command)
                self.assertEqual({w.rstrip('=') for w in got}, set(options_of(command)))
                self.assertTrue(all(got.values()), 'each has its words')
        for line, wanted in (('fwlint --format sa', ['sarif']), ('fwlint --format=sa', ['--format=sarif']),
                             ('fwlint --select FW101,FW90', ['FW101,FW901']), ('fwlint --fail-on er', ['error']),
                             ('fwlint --live=le', ['--live=legacy']), ('fwlint completion zs', ['zsh']), ('fwlint help rollb', ['rollback']),
                             ('fwlint compare rul', ['rules.v4']), ('fwlint --baseline rul', ['rules.v4']),
                             ('fwlint --backup-dir dir', ['directory/']), ('fwlint explain ru', [])):
            with self.subTest(line=line):
                self.assertEqual(list(self.offers(line)), wanted)
        self.assertEqual(set(self.offers('fwlint compare --format ')), set(formats_of('compare')))


class Command(unittest.TestCase):
    def test_another_shell(self):
        for words in (('completion',), ('completion', 'tcsh'), ('completion', 'bash', 'zsh')):
            code, out, err = outcome(*words)
            self.assertEqual((code, out), (2, ''))
            self.assertIn('bash', err)

    def test_what_is_hidden_is_not_completed(self):
        for shell in ('bash', 'zsh', 'fish'):
            self.assertNotRegex(outcome('completion', shell)[1], r'\bguard\b(?!ian)')

    def test_help_of_a_command(self):
        self.assertEqual(outcome('help'), outcome('--help'))
        for command in COMMANDS:
            self.assertEqual(outcome('help', command), outcome(command, '--help'))
        for word, answer in (('comprae', "did you mean 'compare'?"), ('FW101', "did you mean 'fwlint explain FW101'?"), ('guard', 'no command')):
            code, out, err = outcome('help', word)
            self.assertEqual((code, out), (2, ''))
            self.assertIn(answer, err)


if __name__ == '__main__':
    common.main()
