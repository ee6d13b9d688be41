#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a hook of a configuration management meets: a copy of a file that will stand elsewhere.  usage: hooks.py FWLINT"""
import json
import os
import unittest

import common

FWLINT = common.program()

RULES = ('table inet t {\n\tchain c {\n\t\ttype filter hook input priority 0; policy drop;\n'
         '\t\tct state established,related accept\n%s\t\tmeta l4proto tcp reject with tcp reset\n\t}\n}\n')
BAD, GOOD = RULES % '', RULES % '\t\tct state invalid drop\n'
NAT_DROP = 'table ip n {\n\tchain p {\n\t\ttype nat hook prerouting priority -100; policy accept;\n\t\tct state invalid drop\n\t}\n}\n'
ALL = 'include "rules.d/*.nft"\n'


class Copy(common.Folder):
    """srv/main.nft will stand there; srv/rules.d is there already; tmp/copy is what a hook is given."""
    def setUp(self):
        super().setUp()
        for name in ('srv/rules.d', 'tmp'):
            os.makedirs(os.path.join(self.dir, name))
        self.target = os.path.join(self.dir, 'srv/main.nft')

    def file(self, name, text):
        return common.write(os.path.join(self.dir, name), text)

    def copy(self, text, *args, **kw):
        return common.outcome(*args, self.file('tmp/copy', text), **kw)


class Target(Copy):
    def test_a_glob_is_looked_for_where_the_file_will_stand(self):
        self.file('srv/rules.d/a.nft', BAD)
        status, out, err = self.copy(ALL, '--target', self.target)
        self.assertEqual(status, 1, err)
        self.assertIn('srv/rules.d/a.nft:4:32: error: FW101', out)
        self.file('srv/rules.d/a.nft', GOOD)
        self.assertEqual(self.copy(ALL, '--target', self.target)[0], 0)

    def test_so_is_a_file_and_what_it_includes(self):
        self.file('srv/rules.d/a', 'include "b"\n')
        self.file('srv/rules.d/b', 'include "rules.d/c"\n')
        self.file('srv/rules.d/c', BAD)
        for text in ('include "rules.d/a"\n', 'include "./rules.d/a"\n', 'include "%s/srv/rules.d/a"\n' % self.dir):
            status, out, err = self.copy(text, '--target', self.target)
            self.assertEqual(status, 1, err)
            self.assertIn('srv/rules.d/c:4:32: error: FW101', out)

    def test_a_glob_that_matches_nothing_is_said(self):
        status, _, err = self.copy(ALL + GOOD)
        self.assertEqual(status, 0)
        self.assertIn("tmp/copy:1:10: note: no file matches 'rules.d/*.nft'", err)
        self.assertIn('--target', err)
        status, _, err = self.copy(ALL + GOOD, '--quiet')  # rules that nobody looked at: a hook says so, too
        self.assertEqual((status, err.count('\n')), (0, 1))
        self.assertIn("tmp/copy:1:10: note: no file matches 'rules.d/*.nft'", err)

    def test_a_target_is_the_name_of_a_file(self):
        for target, words in (('', "'' is not a value of --target"), (self.dir + '/srv', 'is a directory'), (self.dir + '/srv/', 'is a directory'),
                              (self.dir + '/nowhere/', 'is a directory')):
            status, out, err = self.copy(GOOD, '--target', target)
            self.assertEqual((status, out), (2, ''))
            self.assertIn(words, err)

    def test_with_a_target_it_is_an_error(self):
        for args in ((), ('--quiet',)):
            status, out, err = self.copy(ALL + GOOD, '--target', self.target, *args)
            self.assertEqual((status, out), (2, ''))
            self.assertIn("srv/main.nft:1:9: error: FW009 no file matches 'rules.d/*.nft'", err)
            self.assertIn('--include-dir', err)

    def test_a_file_that_is_not_there_names_the_way_out(self):
        status, _, err = self.copy('include "rules.d/a.nft"\n')
        self.assertEqual(status, 2)
        self.assertIn('--target', err)
        self.assertIn('--include-dir', err)

    def test_its_name_stands_in_messages_and_in_the_diff(self):
        status, out, _ = self.copy(BAD, '--target', self.target)
        self.assertEqual(status, 1)
        self.assertNotIn('tmp/copy', out)
        self.assertIn(self.target + ':4:32: error: FW101', out)
        self.assertIn('--- %s\n+++ %s\n' % (self.target, self.target), out)
        self.assertIn(self.target + ':1:1: error', self.copy('nonsense', '--target', self.target)[2])

    def test_the_directory_of_the_copy_is_no_root(self):
        self.file('tmp/x.nft', BAD)
        self.assertEqual(self.copy('include "x.nft"\n')[0], 1)
        self.assertEqual(self.copy('include "x.nft"\n', '--target', self.target)[0], 2)
        err = self.copy('include "%s/tmp/x.nft"\n' % self.dir, '--target', self.target)[2]
        self.assertIn('outside the directories', err)

    def test_a_file_that_includes_its_own_target_includes_itself(self):
        self.file('srv/main.nft', GOOD)
        self.assertIn('16 deep', self.copy('include "main.nft"\n', '--target', self.target)[2])

    def test_standard_input_has_a_directory_and_may_have_another_name(self):
        self.file('srv/rules.d/a.nft', 'table ip x { }\n')
        self.assertEqual(common.outcome('--target', self.target, '-', stdin=ALL)[0], 0)
        self.assertEqual(common.outcome('--stdin-filename', self.target, '-', stdin=ALL)[0], 2)
        args = ('--target', self.target, '--stdin-filename', 'staged', '--quiet')
        self.assertIn('staged:5:32: error: FW101', common.outcome(*args, stdin=ALL + BAD)[1])

    def test_what_is_fixed_is_the_copy(self):
        self.file('srv/main.nft', BAD)
        status, _, err = self.copy(BAD, '--apply', '--target', self.target)
        self.assertEqual((status, common.read(os.path.join(self.dir, 'tmp/copy'))), (0, GOOD), err)
        self.assertEqual(common.read(self.target), BAD)
        self.assertEqual(sorted(os.listdir(os.path.join(self.dir, 'tmp'))), ['copy', 'copy~'])

    def test_what_the_copy_includes_is_not_written(self):
        self.file('srv/rules.d/a.nft', BAD)
        status, _, err = self.copy(ALL, '--apply', '--target', self.target)
        self.assertEqual((status, common.read(os.path.join(self.dir, 'srv/rules.d/a.nft'))), (2, BAD))
        self.assertIn('with --target only the copy is written', err)
        self.assertEqual(os.listdir(os.path.join(self.dir, 'srv/rules.d')), ['a.nft'])

    def test_it_goes_with_one_file(self):
        copy = self.file('tmp/copy', GOOD)
        for args, words in (((copy, copy), 'it takes one FILE, and there are 2'), (('--live',), '--live reads no file')):
            status, out, err = common.outcome('--target', self.target, *args)
            self.assertEqual((status, out), (2, ''))
            self.assertIn(words, err)


class Apply(Copy):
    """--apply --format json: what a configuration management needs to know of it."""
    def apply(self, text, *args):
        status, out, err = self.copy(text, '--apply', '--format', 'json', *args)
        return status, json.loads(out)['inputs'][0], err

    def text(self):
        return common.read(os.path.join(self.dir, 'tmp/copy'))

    def test_says_how_many_rules_were_inserted_and_then_none(self):
        status, report, err = self.apply(BAD)
        self.assertEqual((status, report['changed'], self.text()), (0, 1, GOOD), err)
        self.assertEqual([f['code'] for f in report['findings'] if f['severity'] != 'note'], [])
        self.assertEqual([f['rule'] for f in report['fixes'] if f['used']], ['ct state invalid drop'])
        self.assertIn('+\t\tct state invalid drop', report['diff'])
        status, report, _ = self.apply(self.text())
        self.assertEqual((status, report['changed'], report['diff']), (0, 0, ''))

    def test_a_dry_run_says_what_it_would_do(self):
        status, report, err = self.apply(BAD, '--dry-run')
        self.assertEqual((status, report['changed'], self.text()), (0, 1, BAD))
        self.assertIn('+\t\tct state invalid drop', report['diff'])

    def test_changed_and_exit_1_when_a_warning_is_left(self):
        """A handler tells by 'changed' that it was patched, and by the status that something is left."""
        status, report, err = self.apply(BAD + NAT_DROP)
        self.assertEqual((status, report['changed']), (1, 1), err)
        self.assertEqual([f['code'] for f in report['findings'] if f['severity'] != 'note'], ['FW107'])
        status, report, err = self.apply(self.text())
        self.assertEqual((status, report['changed']), (1, 0), err)

    def test_what_is_broken_is_not_changed(self):
        status, report, err = self.apply('table inet t {\n\tnonsense\n')
        self.assertEqual((status, report['changed'], report['findings']), (2, 0, []))
        self.assertTrue(report['errors'])
        one = self.file('tmp/good', BAD)
        status, out, err = common.outcome('--apply', '--format', 'json', one, self.file('tmp/broken', 'nonsense'))
        self.assertEqual((status, [i['changed'] for i in json.loads(out)['inputs']]), (2, [0, 0]))
        self.assertEqual(common.read(one), BAD)

    def test_what_cannot_be_written_is_not_changed(self):
        os.mkdir(os.path.join(self.dir, 'tmp/rules.d'))
        one = self.file('tmp/rules.d/x.nft', BAD)
        status, out, err = common.outcome('--apply', '--format', 'json', '--backup-dir', one + '/x', one)
        self.assertEqual((status, [i['changed'] for i in json.loads(out)['inputs']]), (3, [0]), err)
        self.assertIn('FW101', out)

    def test_standard_input_has_no_room_for_it(self):
        status, out, err = common.outcome('--apply', '--format', 'json', stdin=BAD)
        self.assertEqual((status, out), (2, ''))
        self.assertIn('--fix', err)


class Quiet(Copy):
    def test_one_line_for_each_finding_and_each_error(self):
        status, out, err = self.copy(BAD, '--quiet')
        self.assertEqual((status, err), (1, ''))
        self.assertEqual([line.split(' ')[2] for line in out.splitlines()], ['FW101', 'FW102'])
        status, out, err = self.copy('table inet t {\n\tchain c {\n\t\tfoo\n\t\tbar\n\t}\n}\n', '--quiet')
        self.assertEqual((status, out), (2, ''))
        self.assertEqual([line.split(': ')[1] for line in err.splitlines()], ['error', 'error'])


if __name__ == '__main__':
    common.main()
