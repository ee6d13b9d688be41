# SPDX-License-Identifier: GPL-2.0-or-later
"""The gate and the plugin of integrations/netfilter-persistent, with the real netfilter-persistent and its plugins."""
import os
import unittest

from host import BAD_V4, BROKEN_V4, GOOD_V4, INTEGRATIONS, OTHER_V4, WORDS, Test, read, run, write

DEFAULT = '/etc/default/netfilter-persistent'
V4, V6 = '/etc/iptables/rules.v4', '/etc/iptables/rules.v6'
PLUGINS = '/usr/share/netfilter-persistent/plugins.d/'


def loaded():
    return run('iptables-save')[1]


class Gate(Test):
    def setUp(self):
        super().setUp()
        write(V4, GOOD_V4)
        write(V6, GOOD_V4)
        self.addCleanup(write, DEFAULT, read(DEFAULT))

    def gate(self):
        write(DEFAULT, read(DEFAULT) + read(INTEGRATIONS + '/netfilter-persistent/gate'))

    def test_a_good_ruleset_is_loaded(self):
        self.gate()
        for verb, text, name in (('start', GOOD_V4, 'good'), ('reload', OTHER_V4, 'other'), ('restart', GOOD_V4, 'good')):
            write(V4, text)
            self.succeeds('netfilter-persistent', verb)
            self.assertIn('comment ' + name, loaded())

    def test_a_bad_and_a_broken_one_are_refused_and_the_old_one_stays(self):
        self.gate()
        self.succeeds('netfilter-persistent', 'start')
        for path in (V4, V6):
            for text, words in ((BAD_V4, WORDS), (BROKEN_V4, "error: FW004 'nonsense' is not a value")):
                for verb in ('start', 'reload', 'restart'):
                    write(path, text)
                    said = self.fails('netfilter-persistent', verb, words=words)
                    self.assertIn(path, said)
                    self.assertIn('comment good', loaded())
                    self.assertNotIn('comment bad', loaded() + run('ip6tables-save')[1])
            write(path, GOOD_V4)

    def test_where_no_rules_run_they_are_loaded_with_a_warning(self):
        self.gate()
        write(V4, BAD_V4)
        said = self.succeeds('netfilter-persistent', 'start')
        self.assertIn(WORDS, said)
        self.assertIn('loaded all the same', said)
        self.assertIn('comment bad', loaded())

    def test_rules_of_nft_are_rules_that_run(self):
        self.gate()
        write(V4, BAD_V4)
        for text in ('table inet x { chain i { type filter hook input priority 0; policy drop; }; }',
                     'table inet x { chain i { type filter hook input priority 0; tcp dport 22 accept; }; }'):
            self.succeeds('nft', '-f', '-', stdin='flush ruleset\n' + text)
            self.assertIn('those that run stay', self.fails('netfilter-persistent', 'start'))
            self.assertNotIn('comment bad', loaded())
        self.succeeds('nft', '-f', '-', stdin='flush ruleset\ntable inet x { set s { type ipv4_addr; elements = { 192.0.2.1 }; }; '
                                              'chain i { type filter hook input priority 0; policy accept; }; }')
        self.assertIn('loaded all the same', self.succeeds('netfilter-persistent', 'start'))

    def test_a_plugin_alone_stops_nothing(self):
        """The pitfall is real."""
        self.addCleanup(os.unlink, write(PLUGINS + '05-test', '#!/bin/sh\nfwlint --quiet %s\n' % V4, 0o755))
        write(V4, BAD_V4)
        self.fails('netfilter-persistent', 'start')
        self.assertIn('comment bad', loaded())

    def test_the_plugin_speaks_at_save(self):
        self.install('netfilter-persistent/40-fwlint', PLUGINS + '40-fwlint', 0o755)
        self.succeeds('iptables-restore', stdin=GOOD_V4)
        self.succeeds('netfilter-persistent', 'save')
        self.succeeds('iptables-restore', stdin=BAD_V4)
        self.assertIn(V4, self.fails('netfilter-persistent', 'save'))
        self.assertIn('comment bad', read(V4))
        self.succeeds('netfilter-persistent', 'start')


if __name__ == '__main__':
    unittest.main()
