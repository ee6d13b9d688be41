# SPDX-License-Identifier: GPL-2.0-or-later
"""The module of integrations/puppet, with the real puppet."""
import shutil
import unittest

from host import BAD, BROKEN, GOOD, INTEGRATIONS, OTHER, Test, read, rules, run, write


class Puppet(Test):
    def setUp(self):
        super().setUp()
        shutil.copytree(INTEGRATIONS + '/puppet/fwlint', self.dir + '/modules/fwlint')
        self.conf = self.file('etc/nftables.conf', GOOD)
        self.succeeds('nft', '-f', self.conf)

    def apply(self, manifest, *args):
        """puppet apply --detailed-exitcodes: 0 nothing to do, 2 changed, 4 and 6 failed."""
        return run('puppet', 'apply', '--detailed-exitcodes', '--color=false', '--modulepath', self.dir + '/modules', *args,
                   self.file('site.pp', manifest))

    def deploy(self, text, extra='', *args):
        source = self.file('new.conf', text)
        return self.apply("fwlint::ruleset { '%s': source => '%s', %s }\nexec { '/usr/sbin/nft -f %s': refreshonly => true,\n"
                          "  subscribe => Fwlint::Ruleset['%s'] }\n" % (self.conf, source, extra, self.conf, self.conf), *args)

    def test_good_is_deployed_and_bad_and_broken_are_not(self):
        status, said = self.deploy(OTHER)
        self.assertEqual((status, read(self.conf)), (2, OTHER), said)
        self.assertIn('table inet other', rules())
        for text, words in ((BAD, self.conf + ':6:32: error: FW101'), (BROKEN, self.conf + ':3:3: error: ')):
            status, said = self.deploy(text)
            self.assertIn(status, (4, 6), said)
            self.assertEqual(read(self.conf), OTHER)
            self.assertIn('table inet other', rules())
            self.assertIn(words, said)
            self.assertLess(len(said), 3000, said)  # twice, and readable
            self.assertNotIn('witness', said)

    def test_what_it_includes_is_looked_for_where_it_will_stand(self):
        """A glob of includes, from a temporary file."""
        text = 'flush ruleset\ninclude "rules.d/*.nft"\n'
        status, said = self.deploy(text)
        self.assertIn(status, (4, 6), said)
        self.assertIn('no file matches', said)
        self.file('etc/rules.d/bad.nft', BAD)
        status, said = self.deploy(text)
        self.assertIn(status, (4, 6), said)
        self.assertIn('rules.d/bad.nft:6:32: error: FW101', said)
        self.assertEqual(read(self.conf), GOOD)

    def test_a_path_with_what_shell_and_puppet_obey(self):
        self.conf = self.file('etc/100 % $x/nft.conf', GOOD)
        manifest = "fwlint::ruleset { '%s': content => file('%s') }\n"
        status, said = self.apply(manifest % (self.conf, self.file('other', OTHER)))
        self.assertEqual((status, read(self.conf)), (2, OTHER), said)
        status, said = self.apply(manifest % (self.conf, self.file('bad', BAD)))
        self.assertEqual(read(self.conf), OTHER)
        self.assertIn(self.conf + ':6:32: error: FW101', said)

    def test_the_example_of_the_readme(self):
        write('/etc/fwlint/nftables.conf', OTHER)
        write('/etc/nftables.conf', GOOD)
        self.addCleanup(run, 'systemctl', 'stop', 'nftables')
        self.succeeds('systemctl', 'start', 'nftables')
        manifest = read(INTEGRATIONS + '/puppet/site.pp')
        status, said = self.apply(manifest)
        self.assertEqual((status, read('/etc/nftables.conf')), (2, OTHER), said)
        self.assertIn('table inet other', rules())
        write('/etc/fwlint/nftables.conf', BAD)
        status, said = self.apply(manifest)
        self.assertIn(status, (4, 6), said)
        self.assertEqual(read('/etc/nftables.conf'), OTHER)
        self.assertIn('table inet other', rules())


if __name__ == '__main__':
    unittest.main()
