#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The configuration file: where it is found, what it says, and what it may not say.  usage: config.py FWLINT"""
import json
import os
import re
import shutil
import unittest

import common
from common import PASTED, ROOT, Folder, outcome, read, write

common.program()
SKELETON = '[fwlint]\n%s\n'
# keys that change what is read or written, with a value that would
TRUSTED = {
    'include-dir': 'elsewhere', 'include-any': 'true', 'sysctl': 'elsewhere/settings', 'conntrack-count': '7',
    'unsafe-fixes': 'true', 'backup-dir': 'elsewhere', 'baseline': 'elsewhere/b.json',
    'interfaces': 'eth9', 'tidy': 'true',
}
NEVER = {
    'apply': 'true', 'live': 'nft', 'netns': 'x', 'save': 'true', 'output': 'elsewhere/out', 'config': 'elsewhere/c',
    'no-config': 'true', 'stdin-filename': 'x', 'target': 'elsewhere/x', 'fix': 'true', 'diff': 'true', 'jobs': '2', 'dump': 'ast',
    'confirm-within': '0', 'keep-open': 'none', 'dry-run': 'true', 'together': 'true', 'show-settings': 'true',
    'version': 'true', 'help': 'true', 'write-baseline': 'elsewhere/b', 'add-allow': 'why', 'diff-base': 'HEAD',
}
SAFE = {
    'kernel': '5.10', 'select': 'FW101', 'extend-select': 'FW103', 'ignore': 'FW102', 'severity': 'note', 'fail-on': 'error', 'format': 'json',
    'dialect': 'iptables', 'loader': 'legacy', 'no-include': 'true', 'color': 'never', 'verbose': 'true', 'quiet': 'true',
    'statistics': 'true', 'exit-zero': 'true', 'owned-chains': 'MINE-*', 'hazards': 'asymmetric-routing',
    'profile': 'hardening',
}


class Config(Folder):
    def setUp(self):
        super().setUp()
        self.env = dict(os.environ, HOME=self.path('home'), XDG_CONFIG_HOME='')
        os.mkdir(self.path('home'))
        os.makedirs(self.path('repo/hosts/a'))
        self.rules = self.write('repo/hosts/a/rules.v4', PASTED)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        return write(self.path(name), text)

    def config(self, text, name='repo/.fwlint.ini'):
        return self.write(name, text if text.startswith('[') else SKELETON % text)

    def lint(self, *args, **kw):
        return outcome(*args, env=self.env, **kw)

    def codes(self, *args, stdin=''):
        code, out, err = self.lint('--format', 'json', *(args or (self.rules,)), stdin=stdin)
        self.assertLess(code, 2, err)
        return [f['code'] for i in json.loads(out)['inputs'] for f in i['findings']]

    def error(self, words, *args):
        code, out, err = self.lint(*(args or (self.rules,)))
        self.assertEqual((code, out), (2, ''), err)
        self.assertIn(words, err)


class Found(Config):
    def test_from_the_directory_of_the_file_upwards(self):
        self.config('select = FW101', 'repo/.fwlint.ini')
        self.assertEqual(self.codes(), ['FW101'])
        self.config('select = FW102', 'repo/hosts/a/.fwlint.ini')
        self.assertEqual(self.codes(), ['FW102'])

    def test_the_directory_of_the_target_takes_its_place(self):
        self.config('select = FW101')
        copy = self.write('copy', PASTED)
        self.assertEqual(self.codes(copy), ['FW101', 'FW102', 'FW103'])
        self.assertEqual(self.codes('--target', self.rules, copy), ['FW101'])
        self.assertEqual(self.codes('--target', self.rules, stdin=PASTED), ['FW101'])

    def test_then_that_of_the_user(self):
        os.makedirs(self.path('home/.config'))
        self.config('select = FW102', 'home/.config/fwlint.ini')
        self.assertEqual(self.codes(), ['FW102'])
        self.env['XDG_CONFIG_HOME'] = self.path('xdg')
        os.mkdir(self.path('xdg'))
        self.config('select = FW103', 'xdg/fwlint.ini')
        self.assertEqual(self.codes(), ['FW103'])
        self.config('select = FW101')
        self.assertEqual(self.codes(), ['FW101'])

    def test_config_and_no_config(self):
        self.config('select = FW101')
        other = self.config('select = FW102', 'other.ini')
        self.assertEqual(self.codes('--config', other, self.rules), ['FW102'])
        self.assertEqual(self.codes('--no-config', self.rules), ['FW101', 'FW102', 'FW103'])
        self.error('No such file', '--config', self.path('none'), self.rules)

    def test_files_with_different_configurations_have_each_its_own(self):
        os.mkdir(self.path('repo/hosts/b'))
        other = shutil.copy(self.rules, self.path('repo/hosts/b'))
        self.config('select = FW101')
        self.assertEqual(self.codes(self.rules, other), ['FW101', 'FW101'])
        mine = self.config('select = FW102', 'repo/hosts/b/.fwlint.ini')
        third = shutil.copy(self.rules, self.path('repo/hosts/b/third.v4'))
        self.assertEqual(self.codes(self.rules, other), ['FW101', 'FW102'])
        self.assertEqual(self.codes(other, self.rules, third), ['FW102', 'FW101', 'FW102'])
        self.assertEqual(self.codes('--ignore', 'FW102', other, self.rules), ['FW101'])
        self.assertEqual(self.codes(self.rules, '-', stdin=PASTED), ['FW101', 'FW101'])
        self.assertEqual(self.codes('--config', mine, self.rules, other), ['FW102', 'FW102'])
        self.error('have different configurations', '--together', self.rules, other)
        # what is shown and what fails
        self.config('severity = error\nselect = FW1', 'repo/.fwlint.ini')
        self.config('severity = note\nselect = FW1\nexit-zero = true', 'repo/hosts/b/.fwlint.ini')
        code, out, _ = self.lint('--quiet', self.rules, other)
        self.assertEqual(code, 1)
        self.assertEqual([out.count(self.rules), out.count(other)], [2, 3], out)
        self.assertEqual(self.lint('--quiet', other, third)[0], 0)
        self.assertEqual(self.lint('--quiet', other, self.rules)[0], 1)
        for shown, files in (('severity = error', self.rules), ('severity = note', other)):
            part = self.lint('--show-settings', self.rules, other, third)[1].split('\n\n')[files == other]
            self.assertIn("; of '%s'" % files, part)
            self.assertIn(shown, part)
        self.assertIn("'%s' '%s'" % (other, third), part)
        # nothing is written where one of them is wrong
        self.config('selct = FW1', 'repo/hosts/b/.fwlint.ini')
        self.error("there is no key 'selct'", '--apply', self.rules, other)
        self.assertEqual(read(self.rules), PASTED)

    def test_one_that_others_may_have_written_is_passed_over_and_said(self):
        path = self.config('select = FW101')
        for make, words in ((lambda: os.chmod(path, 0o666), 'others can write it'),
                            (lambda: os.chmod(path, 0o664), 'others can write it'),
                            (lambda: (os.remove(path), os.symlink(self.config('select = FW101', 'x.ini'), path)), 'not a regular file'),
                            (lambda: (os.remove(path), os.mkfifo(path)), 'not a regular file'),
                            (lambda: (os.remove(path), self.config('select = FW101'), os.chown(path, 65534, -1)),
                             'uid 65534 owns it, neither root nor you')):
            if '65534' in words and os.geteuid() != 0:
                continue
            make()
            _, _, err = self.lint(self.rules)
            self.assertIn("the configuration '%s' is ignored" % path, err)
            self.assertIn(words, err)
            self.assertEqual(self.codes(), ['FW101', 'FW102', 'FW103'])


class Host(Config):
    """What no ruleset shows of its host."""

    def findings(self, *args):
        out = self.lint('--format', 'json', *args, self.rules)[1]
        i = json.loads(out)['inputs'][0]
        return {(f['code'], f['severity']) for f in i['findings']}

    def test_no_rule_goes_into_owned_chains(self):
        was = self.findings()
        self.assertIn(('FW101', 'error'), was)
        for value in ('FORWARD', 'IN*, FORW*', 'filter/FORWARD'):
            self.config('owned-chains = ' + value)
            self.assertEqual({s for _, s in self.findings()}, {'note'}, value)
            self.assertNotIn('INVALID', self.lint('--fix', '--severity', 'note', '--unsafe-fixes', self.rules)[1])
        for value in ('FORW', 'nat/*', 'forward'):
            self.config('owned-chains = ' + value)
            self.assertEqual(self.findings(), was, value)

    def test_hazards_make_fixes_unsafe(self):
        self.assertIn('INVALID', self.lint('--fix', self.rules)[1])
        for value in ('asymmetric-routing', 'failover, fast-path'):
            self.config('hazards = ' + value)
            self.assertNotIn('INVALID', self.lint('--fix', self.rules)[1])
            self.assertIn('INVALID', self.lint('--fix', '--unsafe-fixes', self.rules)[1])
        self.config('hazards = asymetric-routing')
        self.error("did you mean 'asymmetric-routing'?", self.rules)

    def test_what_comes_by_other_interfaces_is_not_looked_at(self):
        write(self.rules, PASTED.replace('-A FORWARD -p tcp', '-A FORWARD -i wan0 -p tcp'))
        was = self.findings()
        self.assertTrue(was)
        for names, found in (('wan0', True), ('eth0,wa+', True), ('+', True), ('eth0', False), ('wan', False), ('wan1+', False)):
            got = self.findings('--interfaces', names)
            self.assertEqual(bool({c for c, _ in got} & {'FW102'}), found, names)


class Says(Config):
    def test_the_command_line_has_the_last_word(self):
        self.config('select = FW101\nformat = gcc\nseverity = note')
        self.assertEqual(self.codes('--select', 'FW102', self.rules), ['FW102'])
        self.assertEqual(self.codes('--select', 'FW102', '--select', 'FW103', self.rules), ['FW102', 'FW103'])

    def test_lists_add_up(self):
        self.config('ignore = FW101\nignore = FW103')
        self.assertEqual(self.codes(), ['FW102'])
        self.config('select = FW101, FW102\n  FW103')
        self.assertEqual(self.codes(), ['FW101', 'FW102', 'FW103'])

    def test_severity_for_each_check(self):
        self.config('[fwlint:severity]\nFW101 = note\ninvalid-reaches-tcp-reset = note\n')
        found = json.loads(self.lint('--format', 'json', self.rules)[1])['inputs'][0]['findings']
        self.assertEqual({f['code']: f['severity'] for f in found}, {'FW101': 'note', 'FW102': 'note', 'FW103': 'note'})
        self.assertEqual(self.lint(self.rules)[0], 0)

    def test_patterns_for_each_file(self):
        self.config('[fwlint:per-file-ignore]\n*.v4 = FW101\nhosts/*/rules.v4 = invalid-reaches-tcp-reset\nhosts/b/* = FW103\n')
        self.assertEqual(self.codes(), ['FW103'])
        other = shutil.copy(self.rules, self.path('repo/x.rules'))
        self.assertEqual(self.codes(other), ['FW101', 'FW102', 'FW103'])
        self.assertEqual(self.codes('--config', self.path('repo/.fwlint.ini'), self.rules), ['FW103'])
        # what is not there yet
        self.assertEqual(self.codes('--target', self.path('repo/hosts/b/new'), other), ['FW101', 'FW102', 'FW103'])
        os.mkdir(self.path('repo/hosts/b'))
        self.assertEqual(self.codes('--target', self.path('repo/hosts/b/new'), other), ['FW101', 'FW102'])

    def test_flags_are_true_or_false(self):
        self.config('exit-zero = true\nquiet = no')
        self.assertEqual(self.lint(self.rules)[0], 0)
        self.config('exit-zero = perhaps')
        self.error("'exit-zero' must be true or false")

    def test_what_is_wrong_has_a_place(self):
        for text, line, words in (('[fwlint]\n\nselct = FW101\n', 3, "there is no key 'selct': did you mean 'select'?"),
                                  ('[fwlint]\nselect = FW999\n', 2, "'FW999' is not a value of select"),
                                  ('[fwlint]\nfail-on = bad\n', 2, "'bad' is not a value of fail-on"),
                                  ('[fwlint]\nformat = sarif=/x\n', 2, "'format' cannot name a file here"),
                                  ('[fwlin]\nselect = FW101\n', 1, 'there is no section [fwlin]'),
                                  ('[fwlint]\n[fwlint:empty]\n', 2, 'there is no section [fwlint:empty]'),
                                  ('select = FW101\n[x]\n', 1, 'there is no section []'),
                                  ('[fwlint]\nnonsense\n', 2, "expected 'key = value'"),
                                  ('[fwlint:severity]\nFW101 = bad\n', 2, "'bad' is not a severity"),
                                  ('[fwlint:severity]\nFW1 = note\n', 2, "there is no check 'FW1'"),
                                  ('[fwlint:per-file-ignore]\n* = FW999\n', 2, "there is no check 'FW999'"),
                                  ('[fwlint]\n# ' + 'x' * 5000 + '\n', 2, 'the line is longer than')):
            path = self.write('repo/.fwlint.ini', text)
            self.error('%s:%d: error: %s' % (path, line, words))

    def test_show_settings_says_where_each_was_made(self):
        path = self.config('select = FW101\n\n[fwlint:severity]\nFW102 = note')
        code, out, _ = self.lint('--show-settings', '--ignore', 'FW103', self.rules)
        self.assertEqual(code, 0)
        self.assertEqual(out.split('\n')[:-1], ['; ' + path, 'select = FW101  ; %s:2' % path, 'severity:FW102 = note  ; %s:5' % path,
                                                'show-settings = true  ; command line', 'ignore = FW103  ; command line'])

    def test_each_key_is_an_option_and_is_tried_here(self):
        self.assertFalse(set(TRUSTED) & set(NEVER) | set(TRUSTED) & set(SAFE) | set(NEVER) & set(SAFE))
        options = set(re.findall(r'^  (?:-., )?--([a-z-]+)', outcome('--help')[1], re.M))
        self.assertEqual(options - set(TRUSTED) - set(NEVER) - set(SAFE), set())
        for key in NEVER:
            with self.subTest(key=key):
                self.config('%s = %s' % (key, NEVER[key]))
                self.error("'%s' is an option of the command line only" % key)
        for key in SAFE:
            with self.subTest(key=key):
                self.config('%s = %s' % (key, SAFE[key]))
                self.assertLess(self.lint(self.rules)[0], 2)

    def test_select_restricts_and_extend_select_adds(self):
        for args, codes in ((('--select', 'FW101'), ['FW101']), (('--select', 'FW101', '--select', 'FW102'), ['FW101', 'FW102']),
                            (('--select', 'FW101', '--extend-select', 'FW103'), ['FW101', 'FW103']),
                            (('--extend-select', 'FW103'), ['FW101', 'FW102', 'FW103']),
                            (('--ignore', 'FW101', '--ignore', 'FW102'), ['FW103']),
                            (('--select', 'established-without-invalid-drop'), ['FW101']),
                            (('--ignore', 'invalid-reaches-tcp-reset,fw103'), ['FW101'])):
            self.assertEqual(self.codes(*args, self.rules), codes, args)


class HostileRepository(Config):
    """What root reads and writes in it is the same with its configuration and without, whatever that says."""

    def setUp(self):
        super().setUp()
        os.mkdir(self.path('elsewhere'))
        self.write('elsewhere/b.json', '{"version": 1, "findings": []}')
        self.write('elsewhere/secret.nft', 'table inet secret {\n}\n')
        self.write('elsewhere/settings', 'net.netfilter.nf_conntrack_tcp_be_liberal = 1\nnet.netfilter.nf_conntrack_max = 5\n')
        self.nft = self.write('repo/hosts/a/main.nft', 'include "%s"\ntable inet x {\n\tchain f {\n\t\ttype filter hook forward priority 0; '
                              'policy drop;\n\t\tct state established accept\n\t\tmeta l4proto tcp reject with tcp reset\n\t}\n}\n'
                              % self.path('elsewhere/secret.nft'))

    def reads(self, *files):
        """The files below the folder that were opened, the configuration aside; and what is there then."""
        trace = self.path('home/trace')
        env = dict(self.env, ASAN_OPTIONS='detect_leaks=0')  # which cannot work while strace looks
        r = common.run('strace', '-f', '-qq', '-e', 'trace=open,openat,openat2', '-o', trace, common.FWLINT, '--apply', *files,
                       env=env, cwd=self.dir)
        opened = {m for m in re.findall(r'"([^"\n]*)"', read(trace)) if 'elsewhere' in m or 'secret' in m or 'settings' in m}
        os.remove(trace)
        state = {}
        for top, _, names in os.walk(self.dir):
            for name in names:
                if name != '.fwlint.ini':
                    state[os.path.join(top, name)] = read(os.path.join(top, name))
        return r.returncode, opened, state

    def restore(self):
        for name in os.listdir(self.path('repo/hosts/a')):
            if name.endswith('~'):
                os.remove(self.path('repo/hosts/a/' + name))
        self.write('repo/hosts/a/rules.v4', PASTED)

    def test_no_key_changes_what_is_read_or_written(self):
        if not shutil.which('strace'):
            self.skipTest('no strace')
        for path in (self.rules, self.nft):
            want = self.reads(path)
            self.assertTrue(path == self.nft or 'INVALID' in want[2][path])
            self.restore()
            for key, value in {**TRUSTED, **NEVER, **{'format': 'sarif=' + self.path('elsewhere/out')}}.items():
                with self.subTest(path=path, key=key):
                    self.config('%s = %s' % (key, value.replace('elsewhere', self.path('elsewhere'))))
                    code, opened, state = self.reads(path)
                    self.assertLessEqual(opened, want[1])
                    if code != 2:  # else the whole run is refused
                        self.assertEqual(state, want[2])
                    else:
                        self.assertEqual(sorted(p for p in state if p.endswith('~') or 'elsewhere/out' in p), [])
                self.restore()
            os.remove(self.path('repo/.fwlint.ini'))

    def test_such_a_key_is_said_and_holds_when_the_file_is_named(self):
        for key, value in TRUSTED.items():
            path = self.config('%s = %s' % (key, value.replace('elsewhere', self.path('elsewhere'))))
            code, _, err = self.lint(self.rules)
            self.assertIn("%s:2: warning: '%s' is ignored" % (path, key), err)
            self.assertNotIn('is ignored', self.lint('--config', path, self.rules)[2])
        self.config('include-any = true')
        self.assertEqual(self.lint(self.nft)[0], 2)
        self.assertEqual(self.lint('--config', self.path('repo/.fwlint.ini'), self.nft)[0], 1)

    def test_an_error_shows_nothing_of_a_file_that_a_link_leads_to(self):
        os.symlink('/etc/shadow', self.path('repo/.fwlint.ini'))
        _, _, err = self.lint(self.rules)
        self.assertNotIn('root:', err)
        self.assertIn('is ignored', err)


class Manual(unittest.TestCase):
    def test_fwlint_ini_has_every_key(self):
        man = read(os.path.join(ROOT, 'docs', 'fwlint.ini.5')).replace('\\-', '-')
        for key in list(SAFE) + list(TRUSTED):
            self.assertRegex(man, r'(?m)^\.B[A-Z]* .*\b%s\b' % key)


if __name__ == '__main__':
    common.main()
