# SPDX-License-Identifier: GPL-2.0-or-later
"""The lines that other programs run: CI services, Salt and Chef, which Debian 12 does not have. The lines run, as they are written there."""
import os
import re
import unittest

import yaml

from host import BAD, BROKEN, GOOD, INTEGRATIONS, OTHER, Test, read, rules, run, write


def load(name):
    return yaml.safe_load(read(os.path.join(INTEGRATIONS, name)))


class Ci(Test):
    def lint(self, script, text, shell):
        self.file('fw/host.nft', text)
        env = {'PATH': '/usr/local/bin:/usr/bin:/bin', 'RUNNER_TEMP': self.dir, 'FWLINT_FILES': 'fw/*.nft', 'FWLINT_OPTIONS': ''}
        return run(*shell, script, cwd=self.dir, env=env)

    def judges(self, script, shell, report, bad, broken):
        for text, want, words in ((GOOD, 0, ''), (BAD, 1, bad), (BROKEN, 2, broken)):
            status, said = self.lint(script, text, shell)
            self.assertEqual(status, want, said)
            self.assertIn(words, said)
            self.assertIn('"version"', read(os.path.join(self.dir, report)))
        os.unlink(self.dir + '/fw/host.nft')
        status, said = run(*shell, script, cwd=self.dir, env={'PATH': '/usr/local/bin:/usr/bin:/bin', 'RUNNER_TEMP': self.dir,
                                                              'FWLINT_FILES': 'fw/*.nft', 'FWLINT_OPTIONS': ''})
        self.assertEqual(status, 2, said)

    def test_github(self):
        """GitHub runs a step as bash --noprofile --norc -eo pipefail."""
        action = load('ci/action.yml')
        self.assertEqual(action['runs']['using'], 'composite')
        step = {s['name']: s for s in action['runs']['steps']}['Lint']
        self.assertEqual(set(step['env']), {'FWLINT_FILES', 'FWLINT_OPTIONS'})
        self.assertNotIn('${{', step['run'])
        self.judges(step['run'], ('bash', '--noprofile', '--norc', '-eo', 'pipefail', '-c'), 'fwlint.sarif',
                    '::error file=fw/host.nft,line=6,endLine=6,col=32,endColumn=38,title=FW101 ', '::error file=fw/host.nft,line=3,')

    def test_gitlab(self):
        """The lines of a script run one after the other in a shell that ends at the first error."""
        job = load('ci/gitlab-ci.yml')['fwlint']
        self.judges('\n'.join(job['script']), ('sh', '-e', '-c'), job['artifacts']['paths'][0],
                    'fw/host.nft:6:32: error: FW101', 'fw/host.nft:3:3: error: ')


class Copies(Test):
    """What is run with the name of a temporary copy."""
    def judges(self, command):
        """command: with %s for the copy."""
        self.assertIn('--target /etc/nftables.conf', command)
        for text, want, words in ((GOOD, 0, ''), (BAD, 1, '/etc/nftables.conf:6:32: error: FW101'),
                                  (BROKEN, 2, '/etc/nftables.conf:3:3: error: '),
                                  ('include "fwlint-nowhere.d/*.nft"\n', 2, 'no file matches')):
            status, said = run('sh', '-c', command % self.file('copy', text))
            self.assertEqual(status, want, said)
            self.assertIn(words, said)

    def test_salt(self):
        """Salt runs check_cmd with the file's name behind it."""
        state = load('salt/fwlint.sls')
        arguments = {k: v for d in state['/etc/nftables.conf']['file.managed'] for k, v in d.items()}
        self.judges(arguments['check_cmd'] + ' %s')
        reload = {k: v for d in state['reload nftables']['cmd.run'] for k, v in d.items()}
        self.assertEqual(reload['onchanges'], [{'file': '/etc/nftables.conf'}])
        self.loads(reload['name'])

    def test_chef(self):
        recipe = INTEGRATIONS + '/chef/recipe.rb'
        self.succeeds('ruby', '-c', recipe)
        self.judges(re.search(r"verify '(.*)'", read(recipe))[1].replace('%{path}', '%s'))
        self.loads(re.search(r"command '(.*)'", read(recipe))[1])

    def loads(self, command):
        """A command that loads /etc/nftables.conf, the first time and again."""
        self.addCleanup(run, 'systemctl', 'stop', 'nftables')
        for text, name in ((GOOD, 'good'), (OTHER, 'other')):
            write('/etc/nftables.conf', text)
            self.succeeds('sh', '-c', command)
            self.assertIn('table inet ' + name, rules())


if __name__ == '__main__':
    unittest.main()
