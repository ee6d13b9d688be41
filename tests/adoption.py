#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Rulesets that have findings already: baselines, comments that allow, the change of a branch.  usage: adoption.py FWLINT"""
import json
import os
import re
import shutil
import unittest

import common
from common import PASTED, Folder, outcome, read, run, write

common.program()
RESET = '-A FORWARD -p tcp -j REJECT --reject-with tcp-reset\n'
CLEAN = '*filter\n:INPUT DROP [0:0]\n-A INPUT -i lo -j ACCEPT\nCOMMIT\n'


class Repository(Folder):
    def setUp(self):
        super().setUp()
        if not shutil.which('git'):
            self.skipTest('no git')
        self.env = dict(os.environ, HOME=self.dir, GIT_CONFIG_NOSYSTEM='1', GIT_AUTHOR_NAME='a', GIT_AUTHOR_EMAIL='a@b',
                        GIT_COMMITTER_NAME='a', GIT_COMMITTER_EMAIL='a@b')
        self.git('init', '-q', '-b', 'trunk')

    def git(self, *args):
        r = run('git', *args, cwd=self.dir, env=self.env)
        self.assertEqual(r.returncode, 0, r.stderr)
        return r.stdout

    def file(self, name, text):
        return write(os.path.join(self.dir, name), text)

    def commit(self, words):
        self.git('add', '-A')
        self.git('commit', '-q', '-m', words)

    def lint(self, *args, cwd=None):
        return outcome(*args, cwd=cwd or self.dir, env=self.env)

    def found(self, *args, **kw):
        code, out, err = self.lint('--format', 'json', *args, **kw)
        self.assertLess(code, 2, err)
        return [(i['file'], f['code'], f['line']) for i in json.loads(out)['inputs'] for f in i['findings']]


def host(n):
    """A ruleset with findings, another for each n."""
    rules = ''.join('-A INPUT -s 10.%d.%d.0/24 -p udp -j ACCEPT\n' % (n, i) for i in range(60))
    return ('*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n' + rules +
            '-A FORWARD -i eth%d -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n' % n + RESET + 'COMMIT\n')


class Walk(Repository):
    """A team: 12 rulesets with findings, a baseline, a merge that adds one defect and moves fifty lines, a finding that is fixed."""

    def test_it(self):
        names = ['host%02d.v4' % n for n in range(12)]
        for n, name in enumerate(names):
            self.file(name, host(n))
        self.commit('as it was')
        self.assertEqual(self.lint(*names)[0], 1)
        code, _, err = self.lint('--write-baseline', 'baseline.json', *names)
        self.assertEqual(code, 0, err)
        self.commit('baseline')
        self.assertEqual(self.lint('--baseline', 'baseline.json', *names)[:2][0], 0)
        self.assertEqual(self.found('--baseline', 'baseline.json', *names), [])
        # the merge
        self.git('checkout', '-q', '-b', 'change')
        lines = host(3).splitlines(keepends=True)
        moved = [l for l in lines if '-p udp' in l][:50]
        rest = [l for l in lines if l not in moved]
        at = rest.index(next(l for l in rest if '-A FORWARD' in l))
        new = '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A INPUT -p tcp -j REJECT --reject-with tcp-reset\n'
        self.file(names[3], ''.join(rest[:at] + moved) + new + ''.join(rest[at:]))
        self.commit('one defect, fifty lines moved')
        self.git('checkout', '-q', 'trunk')
        self.git('merge', '-q', '--no-ff', '-m', 'merge', 'change')
        for args in (('--baseline', 'baseline.json'), ('--diff-base', 'HEAD^1')):
            with self.subTest(args=args):
                # one missing rule; its two findings have one fix
                got = self.found('--select', 'FW101', *args, *names)
                self.assertEqual([(f, c) for f, c, _ in got], [(names[3], 'FW101')])
                line = got[0][2]
                code, out, _ = self.lint(*args, *names)
                self.assertEqual(code, 1)
                self.assertEqual(re.findall(r'^(\S+?):(\d+):\d+: \w+: (FW\d+)', out, re.M), [(names[3], str(line), 'FW101')])
                self.assertEqual(out.count('\n+-A '), 1)
                _, out, _ = self.lint('--format', 'sarif', '--select', 'FW101', *args, *names)
                results = json.loads(out)['runs'][0]['results']
                self.assertEqual([(r['ruleId'], r['locations'][0]['physicalLocation']['region']['startLine']) for r in results],
                                 [('FW101', line)])
                _, out, _ = self.lint('--format', 'github', '--select', 'FW101', *args, *names)
                self.assertEqual(out.count('\n'), 1)
                self.assertTrue(out.startswith('::error file=%s,line=%d,' % (names[3], line)), out)
        # a finding is fixed
        self.lint('--select', 'FW101,FW102', '--apply', names[7])
        code, _, err = self.lint('--baseline', 'baseline.json', *names)
        self.assertRegex(err, r'baseline\.json: outdated: FW101 in host07\.v4 is no longer found')
        self.assertNotIn('outdated: FW103', err)
        self.assertNotIn('host08', err)
        self.lint('--write-baseline', 'baseline.json', *names)
        self.assertEqual(self.lint('--baseline', 'baseline.json', *names)[2], '')


class Baseline(Repository):
    def setUp(self):
        super().setUp()
        self.file('rules', PASTED)

    def test_paths_are_below_the_directory_of_the_baseline(self):
        os.mkdir(os.path.join(self.dir, 'ci'))
        self.lint('--write-baseline', 'b.json', 'rules')
        self.assertEqual({f['file'] for f in json.loads(read(os.path.join(self.dir, 'b.json')))['findings']}, {'rules'})
        self.assertEqual(self.found('--baseline', '../b.json', '../rules', cwd=os.path.join(self.dir, 'ci')), [])
        self.assertEqual(self.found('--baseline', 'b.json', os.path.join(self.dir, 'rules')), [])
        self.assertEqual(len(self.found('--baseline', 'b.json', self.file('other', PASTED))), 3)

    def test_what_is_known_is_counted_and_not_fixed(self):
        self.lint('--write-baseline', 'b.json', 'rules')
        code, out, _ = self.lint('--baseline', 'b.json', 'rules')
        self.assertEqual((code, out), (0, 'rules: 3 findings known before\n'))
        self.assertEqual(self.lint('--baseline', 'b.json', '--apply', 'rules')[0], 0)
        self.assertEqual(read(os.path.join(self.dir, 'rules')), PASTED)

    def test_what_was_not_looked_for_is_not_outdated(self):
        self.file('other', PASTED)
        self.lint('--write-baseline', 'b.json', 'rules', 'other')
        self.file('rules', CLEAN)
        _, _, err = self.lint('--baseline', 'b.json', '--ignore', 'FW101', 'rules')
        self.assertEqual(sorted(re.findall(r'outdated: (FW\d+) in (\w+)', err)), [('FW102', 'rules'), ('FW103', 'rules')])

    def test_no_baseline(self):
        for text in ('', '{}', '[]', '{"version": 2, "findings": []}', '{"version": 1, "findings": [{}]}', '\xff'):
            self.file('b.json', text)
            code, out, err = self.lint('--baseline', 'b.json', 'rules')
            self.assertEqual((code, out), (2, ''))
            self.assertIn("'b.json' is not a baseline", err)
        self.assertEqual(self.lint('--baseline', 'none', 'rules')[0], 2)

    def test_a_wrong_input_writes_none(self):
        self.file('wrong', '*filter\n-A\nCOMMIT\n')
        self.assertEqual(self.lint('--write-baseline', 'b.json', 'rules', 'wrong')[0], 2)
        self.assertFalse(os.path.exists(os.path.join(self.dir, 'b.json')))


class DiffBase(Repository):
    def setUp(self):
        super().setUp()
        self.file('rules', PASTED)
        self.commit('old')

    def test_a_new_file_is_all_new(self):
        self.file('new', PASTED)
        self.assertEqual(len(self.found('--diff-base', 'HEAD', 'new')), 3)
        self.assertEqual(self.found('--diff-base', 'HEAD', 'rules'), [])

    def test_included_files_are_those_of_the_commit(self):
        def part(chain, hook, drop=''):
            return ('table inet %s {\n\tchain i {\n\t\ttype filter hook %s priority 0; policy drop;\n\t\tct state established accept\n%s'
                    '\t\tmeta l4proto tcp reject with tcp reset\n\t}\n}\n' % (chain, hook, drop))
        good = '\t\tct state invalid drop\n'
        os.mkdir(os.path.join(self.dir, 'd'))
        self.file('main.nft', 'include "d/*.nft"\n')
        self.file('d/a.nft', part('a', 'input'))
        self.file('d/b.nft', part('b', 'forward', good))
        self.commit('includes')
        self.assertEqual(self.found('--diff-base', 'HEAD', 'main.nft'), [])
        # of one that was good, and of one that is new; the old fault is known
        self.file('d/b.nft', part('b', 'forward'))
        self.file('d/c.nft', part('c', 'output'))
        got = self.found('--select', 'FW101', '--diff-base', 'HEAD', 'main.nft')
        self.assertEqual(len(got), 2, got)
        out = self.lint('--quiet', '--select', 'FW101', '--diff-base', 'HEAD', 'main.nft')[1]
        self.assertEqual(re.findall(r'd/(\w)\.nft:\d+:\d+: error: FW101', out), ['b', 'c'])
        self.commit('new')
        self.assertEqual(self.found('--diff-base', 'HEAD', 'main.nft'), [])

    def test_names_that_are_no_commit_are_refused(self):
        for ref in ('-x', '--output=x', '--help', 'a b', 'HEAD..HEAD', 'HEAD:rules', '$(touch x)', 'x;touch x', '', 'none', '\x1b[m'):
            code, out, err = self.lint('--diff-base=' + ref, 'rules')
            self.assertEqual(code, 2, ref)
            self.assertIn('--diff-base: ', err)
            self.assertEqual(sorted(os.listdir(self.dir)), ['.git', 'rules'])

    def test_nothing_of_the_repository_is_run(self):
        ran = os.path.join(self.dir, 'ran')
        script = self.file('.git/script', '#!/bin/sh\ntouch %s\n' % ran)
        os.chmod(script, 0o755)
        for key in ('core.fsmonitor', 'core.pager', 'diff.x.textconv', 'diff.external', 'filter.x.smudge', 'core.sshCommand',
                    'core.editor', 'alias.cat-file', 'alias.rev-parse'):
            self.git('config', key, '!' + script if key.startswith('alias') else script)
        self.file('.gitattributes', '* diff=x filter=x\n')
        self.assertEqual(self.found('--diff-base', 'HEAD', 'rules'), [])
        # a partial clone fetches what it has not, from where its configuration says
        for key, value in (('extensions.partialClone', 'o'), ('remote.o.promisor', 'true'), ('remote.o.url', 'ext::' + script),
                           ('protocol.ext.allow', 'always')):
            self.git('config', key, value)
        self.assertEqual(self.lint('--diff-base', '1' * 40, 'rules')[0], 2)
        self.assertFalse(os.path.exists(ran))

    def test_a_file_that_is_in_no_repository(self):
        path = write(os.path.join(self.dir, '.git', 'rules'), PASTED)
        code, _, err = self.lint('--diff-base', 'HEAD', '/proc/self/status')
        self.assertEqual(code, 2)
        self.assertIn('git finds no commit', err)
        self.assertTrue(path)


class Allow(Repository):
    def test_add_allow_writes_comments_that_allow_all_of_it(self):
        nft = ('table inet f {\n\tchain i {\n\t\ttype filter hook forward priority filter; policy drop;\n\t\tct state established accept\n'
               '\t\tmeta l4proto tcp \\\n\t\t\treject with tcp reset\n\t}\n}\n')
        for name, text in (('a.v4', PASTED), ('b.nft', nft)):
            path = self.file(name, text)
            code, out, _ = self.lint('--add-allow', '--dry-run', name)
            self.assertEqual((code, read(path)), (0, text))
            self.assertIn('+# fwlint: allow' if name == 'a.v4' else '+\t\t# fwlint: allow', out)
            code, out, err = self.lint('--add-allow=ticket 12', '--severity', 'note', name)
            self.assertEqual((code, out), (0, ''), err)
            self.assertEqual(read(path + '~'), text)
            self.assertRegex(read(path), r'(?m)^\s*# fwlint: allow FW102,FW103 ticket 12$')
            self.assertEqual(self.found(name), [], read(path))
            self.assertIn('nothing to allow', self.lint('--add-allow', name)[2])

    def test_a_reason_is_a_line(self):
        self.file('a', PASTED)
        for reason in ('', ' ', 'a\nb', '\x1b[m'):
            self.assertEqual(self.lint('--add-allow=' + reason, 'a')[0], 2)

    def test_for_a_chain_and_for_a_file(self):
        accept = '-A %s -m state --state RELATED,ESTABLISHED -j ACCEPT\n'
        body = accept % 'FORWARD' + RESET + accept % 'INPUT' + RESET.replace('FORWARD', 'INPUT')
        text = '*filter\n:INPUT DROP [0:0]\n%s:FORWARD DROP [0:0]\n%s' + body + 'COMMIT\n'
        def codes(first, second=''):
            self.file('a', text % (first, second))
            return [c for _, c, _ in self.found('--ignore', 'FW103', 'a')]
        self.assertEqual(codes(''), ['FW101', 'FW102', 'FW101', 'FW102'])
        self.assertEqual(codes('# fwlint: allow-file FW102 all of it\n'), ['FW101', 'FW101'])
        self.assertEqual(codes('', '# fwlint: allow-chain FW101,FW102 the forwarding\n'), ['FW101', 'FW102'])
        self.assertEqual(codes('', '# fwlint: allow FW101 one\n'), ['FW102', 'FW101', 'FW102'])
        self.file('a', text % ('', '') + '# fwlint: allow-chain FW101 nothing follows\n')
        self.assertIn('FW901', [c for _, c, _ in self.found('a')])

    def test_near_misses_are_reported(self):
        for mark in ('fwlint:allow FW101 why', 'fwlint: disable FW101', 'fwlint: ignore=FW101', 'fwlint disable=FW101', 'FWLINT: allow FW101 why',
                     'fwlint: Allow FW101 why', 'fwlint: noqa FW101', 'fwlint: allow: FW101 why', 'fwlint: allow-rule FW101 why',
                     'fwlint: allow FW101 FW102 why', 'fwlint: allow FW101, FW102 why', 'fwlint: allow FW101', 'fwlint: allow', 'fwlint: allow FW999 why'):
            for text in ('# ' + mark + '\n' + PASTED, PASTED.replace('-m state', '-m comment --comment "%s" -m state' % mark)):
                self.file('a', text)
                found = self.found('a')
                self.assertIn('FW901', [c for _, c, _ in found], text)
                self.assertIn('FW101', [c for _, c, _ in found], text)

    def test_codes_that_blanks_part_are_shown_as_they_should_be(self):
        for codes, right in (('FW101 FW102', 'FW101,FW102'), ('FW101, FW102', 'FW101,FW102'), ('FW101; FW102', 'FW101,FW102'),
                             ('FW101, FW102, FW103', 'FW101,FW102'), ('FW101,FW102 FW103', 'FW101,FW102,FW103')):
            self.file('a', '# fwlint: allow %s why\n' % codes + PASTED)
            out = self.lint('--quiet', 'a')[1]
            self.assertEqual(re.findall('FW901 (.*)', out), ['this allows nothing: codes are joined by commas alone: ' + right])

    def test_words_that_only_name_fwlint_are_none(self):
        for words in ('fwlint looks at this', 'see fwlint: it says why', 'fwlint-proved', 'made by fwlint --fix'):
            self.file('a', '# ' + words + '\n' + PASTED)
            self.assertNotIn('FW901', [c for _, c, _ in self.found('a')], words)


if __name__ == '__main__':
    common.main()
