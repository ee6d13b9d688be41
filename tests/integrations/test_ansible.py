# SPDX-License-Identifier: GPL-2.0-or-later
"""validate:, the module and the role of integrations/ansible, with the real ansible-playbook.

A run of it takes seconds: each test has as few as it can, and asks many tasks in one.
"""
import json
import os
import shutil
import unittest

from host import BAD, BROKEN, GOOD, INTEGRATIONS, NFT, OTHER, SRC, Test, read, rules, run, write

ENV = {'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME': '/root', 'LC_ALL': 'C.UTF-8',
       'ANSIBLE_NOCOLOR': '1', 'ANSIBLE_PIPELINING': '1', 'ANSIBLE_PYTHON_INTERPRETER': '/usr/bin/python3',
       'ANSIBLE_LOCALHOST_WARNING': 'False'}
BAD_FIXED = NFT % ('bad', '\t\tct state invalid drop\n')
# a drop in a nat chain sees no INVALID packet: found, and there is no fix
LEFT = 'table ip n {\n\tchain p {\n\t\ttype nat hook prerouting priority -100; policy accept;\n\t\tct state invalid drop\n\t}\n}\n'
GLOB = 'flush ruleset\ninclude "rules.d/*.nft"\n'


class Playbook(Test):
    def setUp(self):
        super().setUp()
        shutil.copytree(INTEGRATIONS + '/ansible/ansible_collections', self.dir + '/ansible_collections')
        self.conf = self.file('etc/nftables.conf', GOOD)
        self.succeeds('nft', '-f', self.conf)

    def ansible(self, book, *args, variables=None, **env):
        return run('ansible-playbook', '-i', 'localhost,', '-c', 'local', *args, '-e', json.dumps(variables or {}), book, cwd=self.dir,
                   env=dict(ENV, ANSIBLE_COLLECTIONS_PATH=self.dir, **env))

    def book(self, tasks):
        """A playbook with these tasks; the handler loads self.conf."""
        return self.file('play.yml', json.dumps([{
            'hosts': 'localhost', 'connection': 'local', 'gather_facts': False, 'tasks': tasks,
            'handlers': [{'name': 'load', 'command': 'nft -f ' + self.conf}]}]))

    def play(self, tasks, *args, **variables):
        return self.ansible(self.book(tasks), *args, variables=variables)

    def results(self, tasks, *args):
        """What each of the tasks gave: a task that fails does not end the run."""
        names = ['result%d' % i for i in range(len(tasks))]
        book = self.book([dict(t, ignore_errors=True, register=name) for t, name in zip(tasks, names)] + [
            {'copy': {'dest': self.dir + '/results', 'content': '{{ [%s] | to_json }}' % ', '.join(names)}, 'check_mode': False,
             'diff': False}])
        status, said = self.ansible(book, *args)
        self.assertEqual(status, 0, said)
        return json.loads(read(self.dir + '/results'))

    def said(self, result):
        return '%s%s%s' % (result.get('msg', ''), result.get('stdout', ''), result.get('stderr', ''))

    def assert_refused(self, result, words):
        self.assertTrue(result.get('failed'), result)
        self.assertFalse(result.get('changed'), result)
        self.assertIn(words, self.said(result))

    def assert_changed(self, result, changed=True):
        self.assertFalse(result.get('failed'), result)
        self.assertEqual(result['changed'], changed, result)


class Validate(Playbook):
    def task(self, text, target=True, module='copy', name='nftables.conf'):
        source = self.file('new.%d' % len(os.listdir(self.dir)), text)
        path = self.dir + '/etc/' + name
        command = 'fwlint --quiet %s%%s' % ('--target %s ' % path if target else '')
        return {module: {'src': source, 'dest': path, 'validate': command}}

    def test_the_step_of_the_tutorial_deploys_what_is_clean_only(self):
        book = read(SRC + '/docs/tutorial.md').split('```yaml site.yml\n')[1].split('```')[0]
        there = self.dir + '/deployed.v4'
        book = self.file('site.yml', book.replace('/etc/iptables/rules.v4', there))
        head = '*filter\n:INPUT DROP [0:0]\n-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n'
        reject = '-A INPUT -p tcp -j REJECT --reject-with tcp-reset\nCOMMIT\n'
        self.file('rules.v4', head + reject)
        status, said = self.ansible(book)
        self.assertNotEqual(status, 0, said)
        self.assertFalse(os.path.exists(there))
        self.file('rules.v4', head + '-A INPUT -m conntrack --ctstate INVALID -j DROP\n' + reject)
        status, said = self.ansible(book)
        self.assertEqual(status, 0, said)
        self.assertTrue(os.path.exists(there))

    def test_good_is_deployed_and_loaded(self):
        status, said = self.play([dict(self.task(OTHER, module='template'), notify='load')])
        self.assertEqual((status, read(self.conf)), (0, OTHER), said)
        self.assertIn('table inet other', rules())

    def test_the_reason_is_readable_in_its_output_and_the_old_rules_stay(self):
        status, said = self.play([dict(self.task(BAD), notify='load')])
        self.assertEqual((status, read(self.conf)), (2, GOOD), said)
        self.assertIn('table inet good', rules())
        self.assertIn(self.conf + ':6:32: error: FW101', said)
        self.assertLess(len(said), 2500, said)

    def test_bad_broken_and_globs(self):
        """A glob of includes from a temporary file: with --target it is looked for where the file will stand."""
        os.mkdir(self.dir + '/etc/more')
        tasks = [self.task(text, module=module) for module in ('copy', 'template') for text in (BAD, BROKEN)]
        tasks += [self.task(GLOB),  # nothing matches
                  self.task(GLOB, target=False, name='deployed.conf')]  # the pitfall: it is deployed
        results = self.results(tasks)
        for r, words in zip(results, (':6:32: error: FW101', ':3:3: error: ') * 2 + ('no file matches',)):
            self.assert_refused(r, self.conf + words if words[0] == ':' else words)
        self.assert_changed(results[5])
        self.file('etc/rules.d/x.nft', BAD)
        results = self.results([self.task(GLOB), self.task(GLOB, target=False, name='deployed-too.conf')])
        self.assert_refused(results[0], 'etc/rules.d/x.nft:6:32: error: FW101')
        self.assert_changed(results[1])  # the pitfall: a bad ruleset is deployed
        self.assertEqual(read(self.conf), GOOD)
        self.file('etc/rules.d/x.nft', OTHER)
        self.assert_changed(self.results([self.task(GLOB)])[0])
        self.assertEqual(read(self.conf), GLOB)

    def test_check_mode_does_not_validate(self):
        """The pitfall: only the module tells."""
        results = self.results([self.task(BAD), {'fwlint.fwlint.fwlint': {'path': self.conf, 'content': BAD}}], '--check')
        self.assert_changed(results[0])
        self.assert_refused(results[1], 'FW101')


class Module(Playbook):
    def task(self, content=None, name='nftables.conf', **args):
        if content is not None:
            args['content'] = content
        return {'fwlint.fwlint.fwlint': dict(args, path='%s/etc/%s' % (self.dir, name))}

    def text(self, name='nftables.conf'):
        return read('%s/etc/%s' % (self.dir, name))

    def test_deploys_what_is_good(self):
        self.file('etc/rules.d/x.nft', BAD)
        self.file('more/y.nft', 'table inet y { }\n')
        source = self.file('new.conf', OTHER)
        results = self.results([
            self.task(BAD), self.task(BROKEN), self.task(GLOB), self.task('include "none.d/*"\n'),
            self.task(src=self.dir + '/nowhere'),
            self.task(OTHER), self.task(OTHER),
            self.task(src=source, name='b', mode='0600', backup=True), self.task(src=source, name='b', mode='0600'),
            self.task(GOOD, name='b', backup=True),
            self.task('include "y.nft"\n', name='c', include_dirs=[self.dir + '/more']),
            self.task(BAD, name='d', fix=True), self.task(BAD, name='d', fix=True),
            self.task(BAD, name='e', ignore=['FW101', 'FW102'])])
        for r, words in zip(results, (self.conf + ':6:32: error: FW101', self.conf + ':3:3: error: ', 'rules.d/x.nft:6:32: error: FW101',
                                      'no file matches', "there is no file '")):
            self.assert_refused(r, words)
        for r, changed in zip(results[5:], (True, False, True, False, True, True, True, False, True)):
            self.assert_changed(r, changed)
        self.assertEqual(self.text(), OTHER)
        self.assertEqual(run('stat', '-c', '%a', self.dir + '/etc/b')[1], '600\n')
        self.assertEqual((self.text('b'), read(results[9]['backup_file'])), (GOOD, OTHER))
        self.assertEqual((self.text('d'), results[11]['fixed']), (BAD_FIXED, 1))

    def test_check_mode_lints_shows_the_diff_and_writes_nothing(self):
        self.file('etc/fix', BAD)
        results = self.results([self.task(BAD), self.task(BROKEN), self.task(OTHER), self.task(GOOD), self.task(GOOD, name='new'),
                                self.task(name='fix', fix=True)], '--check', '--diff')
        self.assert_refused(results[0], 'FW101')
        self.assert_refused(results[1], ':3:3: error: ')
        for r, changed in zip(results[2:], (True, False, True, True)):
            self.assert_changed(r, changed)
        self.assertEqual(results[2]['diff']['before'], GOOD)
        self.assertEqual(results[2]['diff']['after'], OTHER)
        self.assertIn('+\t\tct state invalid drop', results[5]['diff']['prepared'])
        self.assertEqual(sorted(os.listdir(self.dir + '/etc')), ['fix', 'nftables.conf'])
        self.assertEqual((self.text(), self.text('fix')), (GOOD, BAD))

    def test_a_handler_that_patched_is_idempotent(self):
        self.file('etc/bad', BAD)
        self.file('etc/left', BAD + LEFT)
        results = self.results([self.task(name='bad'), self.task(name='bad', fix=True), self.task(name='bad', fix=True), self.task(name='bad'),
                                self.task(name='left', fix=True), self.task(name='left', fix=True),
                                self.task(name='left', fix=True, fail_on='error')], '--diff')
        self.assert_refused(results[0], 'FW101')
        for r, changed in zip(results[1:], (True, False, False)):
            self.assert_changed(r, changed)
        self.assertEqual(self.text('bad'), BAD_FIXED)
        self.assertEqual((results[1]['diff']['before'], results[1]['diff']['after']), (BAD, BAD_FIXED))
        # what is left is a failure, and it is said that the file was patched; the second time it was not
        for r, changed in zip(results[4:], (True, False)):
            self.assertEqual((r['failed'], r['changed'], len(r['findings'])), (True, changed, 1), r)
            self.assertIn('FW107', r['msg'])
        self.assert_changed(results[6], False)
        self.assertEqual(self.text('left'), BAD_FIXED + LEFT)

    def test_links_structures_folders(self):
        real = self.file('etc/real', GOOD)
        os.symlink('real', self.dir + '/etc/link')
        document = '{"nftables": [{"add": {"table": {"family": "inet", "name": "x"}}}]}'
        tasks = [self.task(OTHER, name='link'), self.task(document, name='json'), self.task(json.loads(document), name='json2'),
                 {'fwlint.fwlint.fwlint': {'path': self.dir + '/etc', 'content': GOOD}}, self.task(3, name='number'),
                 self.task(OTHER, name='nowhere/x')]
        results = self.results(tasks, '--diff')
        for r in results[:3]:
            self.assert_changed(r)
        self.assertTrue(os.path.islink(self.dir + '/etc/link'))
        self.assertEqual(read(real), OTHER)
        for name in ('json', 'json2'):
            self.assertEqual(json.loads(self.text(name)), json.loads(document))
        for r, words in zip(results[3:], ('is a directory', 'content is no text', 'there is no folder')):
            self.assert_refused(r, words)
        # a folder that an earlier task would make is not there in check mode
        self.assert_changed(self.results(tasks[5:], '--check')[0])

    def test_its_documentation_is_read_by_ansible(self):
        said = self.succeeds('ansible-doc', 'fwlint.fwlint.fwlint', env=dict(ENV, ANSIBLE_COLLECTIONS_PATH=self.dir))
        self.assertIn('include_dirs', said)


class Role(Playbook):
    TASKS = [{'import_role': {'name': 'fwlint.fwlint.ruleset'}}]

    def role(self, text, *args, **more):
        return self.play(self.TASKS, *args, **dict({'fwlint_load': 'nft -f ' + self.conf}, **more, fwlint_path=self.conf, fwlint_content=text,
                                                   fwlint_pending_file=self.dir + '/pending'))

    def test_a_load_that_failed_is_made_up_for_by_the_next_run(self):
        status, said = self.role(OTHER, fwlint_load='false')
        self.assertEqual((status, read(self.conf)), (2, OTHER), said)
        self.assertIn('table inet good', rules())
        status, said = self.role(OTHER)
        self.assertEqual(status, 0, said)
        self.assertIn('table inet other', rules())
        status, said = self.role(OTHER, fwlint_load='false')
        self.assertEqual(status, 0, said)
        self.assertIn('changed=0', said)

    def test_lints_shows_the_diff_deploys_and_loads(self):
        status, said = self.role(OTHER)
        self.assertEqual(status, 0, said)
        self.assertIn('+table inet other {', said)
        self.assertIn('table inet other', rules())
        for text, args, words in ((BAD, (), 'FW101'), (BROKEN, ('--check',), ':3:3: error: ')):
            status, said = self.role(text, *args)
            self.assertEqual((status, read(self.conf)), (2, OTHER), said)
            self.assertIn(words, said)
            self.assertIn('table inet other', rules())

    def test_fixes_what_runs_and_confirms_it(self):
        self.succeeds('nft', '-f', '-', stdin=BAD)  # another program's
        status, said = self.role(GOOD, fwlint_live=True, fwlint_confirm_within=600)
        self.assertEqual(status, 0, said)
        self.assertIn('ct state invalid drop', rules())
        self.assertNotIn('when conditional', said)  # of reset_connection
        self.assertNotIn('600', run('fwlint', 'pending')[1])
        status, said = self.role(GOOD, fwlint_live=True)
        self.assertEqual(status, 0, said)
        self.assertIn('changed=0', said)


class Example(Playbook):
    def test_the_playbook_of_the_readme(self):
        shutil.copy(INTEGRATIONS + '/ansible/site.yml', self.dir)
        write('/etc/nftables.conf', GOOD)
        self.addCleanup(run, 'systemctl', 'stop', 'nftables')
        for text, status in ((OTHER, 0), (BAD, 2)):
            self.file('nftables.conf.j2', text)
            self.assertEqual(self.ansible('site.yml')[0], status)
            self.assertEqual(read('/etc/nftables.conf'), OTHER)
            self.assertIn('table inet other', rules())


if __name__ == '__main__':
    unittest.main()
