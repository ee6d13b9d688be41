# SPDX-License-Identifier: GPL-2.0-or-later
"""Both hooks of integrations/git, with the real git and pre-commit."""
import os
import unittest

from host import BAD, BROKEN, GOOD, SRC, OTHER, Test, read, run

TEMPLATE = 'table inet x {\n{% for port in ports %}\n'


class Repository(Test):
    def setUp(self):
        super().setUp()
        self.repo = self.dir + '/repo'
        self.git('init', '-q', self.repo, at=self.dir)
        self.hook()

    def git(self, *args, at=None):
        status, said = run('git', '-c', 'user.name=x', '-c', 'user.email=x@example.org', *args, cwd=at or self.repo)
        self.assertEqual(status, 0, said)
        return said

    def commit(self):
        return run('git', '-c', 'user.name=x', '-c', 'user.email=x@example.org', 'commit', '-m', 'x', cwd=self.repo)

    def stage(self, name, text):
        self.file('repo/' + name, text)
        self.git('add', name)

    def refused(self, *words):
        status, said = self.commit()
        self.assertNotEqual(status, 0, said)
        for word in words:
            self.assertIn(word, said)
        return said

    def accepted(self):
        status, said = self.commit()
        self.assertEqual(status, 0, said)


class Hook:
    """What is asked of both."""
    def test_good_is_committed_and_bad_and_broken_are_not(self):
        self.stage('fw/main.nft', GOOD)
        self.accepted()
        self.stage('fw/main.nft', BAD)
        self.refused('fw/main.nft:6:32: error: FW101')
        self.stage('fw/main.nft', BROKEN)
        self.refused('fw/main.nft:3:3: error: ')
        self.stage('fw/main.nft', OTHER)
        self.accepted()

    def test_what_is_staged_counts_not_what_lies_there(self):
        self.stage('main.nft', BAD)
        self.file('repo/main.nft', GOOD)
        self.refused('main.nft:6:32: error: FW101')
        self.stage('main.nft', GOOD)
        self.file('repo/main.nft', BAD)
        self.accepted()
        self.assertEqual(read(self.repo + '/main.nft'), BAD)

    def test_templates_and_other_files_are_none(self):
        self.stage('main.nft.j2', TEMPLATE)
        self.stage('README', BAD)
        self.stage('99-disk.rules', 'ACTION=="add", SUBSYSTEM=="block", RUN+="/bin/true"\n')  # udev's
        self.accepted()

    def test_a_file_with_a_strange_name(self):
        self.stage("fw/a 'b'\t$(c).nft", BAD)
        self.refused('FW101')


class Includes(Hook):
    """Of those that know what a ruleset includes."""
    def test_links_have_no_text_of_their_own(self):
        self.stage('good.nft', GOOD)
        os.symlink('good.nft', self.repo + '/link.nft')
        os.symlink('/etc/passwd', self.repo + '/elsewhere.nft')
        self.git('add', '.')
        self.accepted()
        self.stage('good.nft', BAD)
        self.assertNotIn('link.nft', self.refused('good.nft:6:32: error: FW101'))

    def test_includes_are_those_that_are_staged(self):
        self.stage('fw/rules.d/x.nft', BAD)
        self.file('repo/fw/rules.d/x.nft', GOOD)
        self.stage('fw/main.nft', 'flush ruleset\ninclude "rules.d/*.nft"\n')
        said = self.refused('FW101')
        self.assertIn('fw/rules.d/x.nft:6:32', said)

    def test_a_ruleset_is_linted_when_what_it_includes_is_staged(self):
        self.stage('fw/main.nft', 'flush ruleset\ninclude "rules.d/*"\n')
        self.stage('fw/rules.d/x', GOOD)
        self.stage('other/old.nft', BAD)
        self.git('commit', '-q', '--no-verify', '-m', 'as it was')
        self.stage('notes', 'x\n')
        self.accepted()
        self.stage('fw/rules.d/x', BAD)
        said = self.refused('fw/rules.d/x:6:32: error: FW101')
        self.assertNotIn('old.nft', said)


class Plain(Includes, Repository):
    def hook(self):
        self.install('git/pre-commit', self.repo + '/.git/hooks/pre-commit', 0o755)

    def test_a_merge(self):
        self.install('git/pre-commit', self.repo + '/.git/hooks/pre-merge-commit', 0o755)
        self.stage('a.nft', GOOD)
        self.accepted()
        self.git('checkout', '-q', '-b', 'side')
        self.stage('b.nft', BAD)
        self.git('commit', '-q', '--no-verify', '-m', 'bad')
        self.git('checkout', '-q', '-')
        self.stage('c.nft', GOOD)
        self.accepted()
        status, said = run('git', '-c', 'user.name=x', '-c', 'user.email=x@y', 'merge', '--no-ff', '-m', 'x', 'side', cwd=self.repo)
        self.assertNotEqual(status, 0, said)
        self.assertIn('b.nft:6:32: error: FW101', said)

    def test_templates_are_none_under_any_names(self):
        self.git('config', 'fwlint.files', 'firewall/*')
        self.stage('firewall/main.nft.j2', TEMPLATE)
        self.stage('firewall/main.erb', TEMPLATE)
        self.accepted()
        self.stage('firewall/main', TEMPLATE)
        self.refused('error: ')

    def test_the_configuration_is_the_staged_one_whatever_the_umask(self):
        self.stage('.fwlint.ini', '[fwlint]\nignore = FW1\n')
        self.stage('main.nft', BAD)
        self.addCleanup(os.umask, os.umask(0o002))
        self.accepted()
        self.stage('.fwlint.ini', '[fwlint]\n')
        self.stage('main.nft', BAD + '# again\n')
        self.refused('main.nft:6:32: error: FW101')

    def test_the_names_are_configured(self):
        self.git('config', 'fwlint.files', 'firewall/*')
        self.stage('main.nft', BAD)
        self.accepted()
        self.stage('firewall/host', BAD)
        self.refused('firewall/host:6:32: error: FW101')

    def test_without_fwlint_nothing_is_committed(self):
        self.stage('main.nft', GOOD)
        status, said = run('env', 'PATH=/usr/bin:/bin', 'git', '-c', 'user.name=x', '-c', 'user.email=x@y', 'commit', '-m', 'x', cwd=self.repo)
        self.assertNotEqual(status, 0, said)


class PreCommit(Hook, Repository):
    id = 'fwlint'

    def hook(self):
        """fwlint's repository, as pre-commit clones it."""
        hooks = self.dir + '/fwlint'
        self.file('fwlint/.pre-commit-hooks.yaml', read(SRC + '/.pre-commit-hooks.yaml'))
        self.file('fwlint/integrations/git/pre-commit', read(SRC + '/integrations/git/pre-commit'), 0o755)
        self.git('init', '-q', '-b', 'main', at=hooks)
        self.git('add', '.', at=hooks)
        self.git('commit', '-q', '-m', 'hooks', at=hooks)
        revision = self.git('rev-parse', 'HEAD', at=hooks).strip()
        self.file('repo/.pre-commit-config.yaml', 'repos:\n- repo: %s\n  rev: %s\n  hooks: [{id: %s}]\n' % (hooks, revision, self.id))
        self.git('add', '.pre-commit-config.yaml')
        self.succeeds('pre-commit', 'install', cwd=self.repo)

    def test_templates_are_none_under_any_names(self):
        path = 'repo/.pre-commit-config.yaml'
        self.file(path, read(self.dir + '/' + path).replace('{id: fwlint}', '{id: fwlint, files: "^firewall/"}'))
        self.git('add', '.pre-commit-config.yaml')
        self.stage('firewall/main.nft.j2', TEMPLATE)
        self.accepted()
        self.stage('firewall/main', TEMPLATE)
        self.refused('error: ')

    def test_all_files_by_hand(self):
        self.stage('a.nft', GOOD)
        self.stage('b.nft', BAD)
        self.assertIn('b.nft:6:32: error: FW101', self.fails('pre-commit', 'run', '--all-files', cwd=self.repo))


class PreCommitIncludes(Includes, PreCommit):
    id = 'fwlint-includes'
    test_templates_are_none_under_any_names = Plain.test_templates_are_none_under_any_names

    def test_an_included_file_that_goes_is_one_that_is_staged(self):
        self.stage('fw/main.nft', 'flush ruleset\ninclude "x"\n')
        self.stage('fw/x', GOOD)
        self.accepted()
        self.git('rm', '-q', 'fw/x')
        self.refused('fw/main.nft:2:9: error: ')

    def test_options(self):
        path = 'repo/.pre-commit-config.yaml'
        self.file(path, read(self.dir + '/' + path).replace('}', ', args: [--ignore, "FW101,FW102", --]}'))
        self.git('add', '.pre-commit-config.yaml')
        self.stage('main.nft', BAD)
        self.accepted()
        self.stage('main.nft', BROKEN)
        self.refused('main.nft:3:3: error: ')

    def test_only_what_is_named_and_what_includes_it(self):
        self.stage('fw/main.nft', 'flush ruleset\ninclude "rules.d/*"\n')
        self.stage('fw/rules.d/x', BAD)
        self.stage('old.nft', BAD)
        self.git('commit', '-q', '--no-verify', '-m', 'as it was')
        said = self.fails('pre-commit', 'run', '--files', 'fw/rules.d/x', cwd=self.repo)
        self.assertIn('fw/rules.d/x:6:32: error: FW101', said)
        self.assertNotIn('old.nft', said)
        self.succeeds('pre-commit', 'run', '--files', '.pre-commit-config.yaml', cwd=self.repo)


if __name__ == '__main__':
    unittest.main()
