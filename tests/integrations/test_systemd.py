# SPDX-License-Identifier: GPL-2.0-or-later
"""The drop-ins of integrations/systemd, with the real systemd, nft and netfilter-persistent."""
import os
import unittest

from host import BAD, BAD_V4, BROKEN, GOOD, GOOD_V4, INTEGRATIONS, OTHER, OTHER_V4, WORDS, Test, run, rules, write

CONF = '/etc/nftables.conf'
UNITS = '/etc/systemd/system/'


class Units(Test):
    unit = 'nftables.service'
    drop_ins = ()

    def setUp(self):
        super().setUp()
        for name in self.drop_ins:
            self.install('systemd/%s.d/%s' % (self.unit, name), UNITS + '%s.d/%s' % (self.unit, name))
        self.addCleanup(run, 'systemctl', 'stop', self.unit)
        self.addCleanup(run, 'systemctl', 'reset-failed', self.unit)
        self.daemon_reload()

    def daemon_reload(self):
        self.succeeds('systemctl', 'daemon-reload')
        self.addCleanup(run, 'systemctl', 'daemon-reload')

    def drop_in(self, text):
        self.addCleanup(os.unlink, write(UNITS + self.unit + '.d/99-test.conf', text))
        self.daemon_reload()

    def said(self):
        """What systemctl status shows of it."""
        run('journalctl', '--sync')
        return run('systemctl', 'status', '-n', '30', '--no-pager', '-l', self.unit)[1]


class Nftables(Units):
    drop_ins = ('fwlint.conf',)

    def setUp(self):
        super().setUp()
        write(CONF, GOOD)
        self.succeeds('systemctl', 'restart', self.unit)
        self.assertIn('table inet good', rules())

    def test_reload_loads_a_good_ruleset(self):
        write(CONF, OTHER)
        self.succeeds('systemctl', 'reload', self.unit)
        self.assertIn('table inet other', rules())

    def test_reload_refuses_a_bad_one_and_the_old_one_stays(self):
        before = rules()
        for text, words in ((BAD, WORDS), (BROKEN, 'nftables.conf:3:3: error: ')):
            write(CONF, text)
            self.assertNotEqual(run('systemctl', 'reload', self.unit)[0], 0)
            self.assertEqual(rules(), before)
            self.assertIn(words, self.said())
            self.assertEqual(run('systemctl', 'is-active', self.unit), (0, 'active\n'))

    def test_a_start_loads_a_bad_one_and_warns(self):
        """As at boot: a firewall with a fault is better than none."""
        run('systemctl', 'stop', self.unit)
        self.assertEqual(rules(), '')
        write(CONF, BAD)
        self.succeeds('systemctl', 'start', self.unit)
        self.assertIn('table inet bad', rules())
        self.assertIn(WORDS, self.said())

    def test_a_restart_with_a_bad_one_leaves_no_open_firewall(self):
        write(CONF, BAD)
        self.succeeds('systemctl', 'restart', self.unit)
        self.assertIn('table inet bad', rules())

    def test_who_gates_the_start_has_an_open_firewall_after_a_restart(self):
        """The pitfall is real."""
        self.drop_in('[Service]\nExecStartPre=fwlint --quiet %s\n' % CONF)
        write(CONF, BAD)
        self.assertNotEqual(run('systemctl', 'restart', self.unit)[0], 0)
        self.assertEqual(rules(), '')

    def test_systemd_has_nothing_to_say_of_the_drop_in(self):
        """It exits with 0 for an unknown key: its words are read."""
        self.assertEqual(run('systemd-analyze', '--man=no', 'verify', self.unit), (0, ''))
        self.drop_in('[Service]\nExecReloadPre=fwlint %s\n' % CONF)
        status, said = run('systemd-analyze', '--man=no', 'verify', self.unit)
        self.assertEqual(status, 0)
        self.assertIn('Unknown key', said)


class KeepRules(Units):
    drop_ins = ('fwlint.conf', 'keep-rules.conf')

    def test_a_restart_with_a_broken_file_keeps_the_rules(self):
        write(CONF, GOOD)
        self.succeeds('systemctl', 'start', self.unit)
        before = rules()
        write(CONF, BROKEN)
        self.assertNotEqual(run('systemctl', 'restart', self.unit)[0], 0)
        self.assertEqual(rules(), before)
        write(CONF, OTHER)
        self.succeeds('systemctl', 'restart', self.unit)
        self.assertIn('table inet other', rules())
        self.assertNotIn('table inet good', rules())

    def test_without_it_the_host_is_open(self):
        os.unlink(UNITS + 'nftables.service.d/keep-rules.conf')
        self.addCleanup(write, UNITS + 'nftables.service.d/keep-rules.conf', '')
        self.daemon_reload()
        write(CONF, GOOD)
        self.succeeds('systemctl', 'start', self.unit)
        write(CONF, BROKEN)
        self.assertNotEqual(run('systemctl', 'restart', self.unit)[0], 0)
        self.assertEqual(rules(), '')


class NetfilterPersistent(Units):
    unit = 'netfilter-persistent.service'
    drop_ins = ('fwlint.conf',)

    def test_reload_is_gated_and_restart_keeps_the_rules(self):
        default = '/etc/default/netfilter-persistent'
        with open(default) as f:
            self.addCleanup(write, default, f.read())
        with open(default, 'a') as f, open(INTEGRATIONS + '/netfilter-persistent/gate') as gate:
            f.write(gate.read())
        write('/etc/iptables/rules.v4', GOOD_V4)
        write('/etc/iptables/rules.v6', GOOD_V4)
        self.succeeds('systemctl', 'start', self.unit)
        before = run('iptables-save')[1]
        self.assertIn('good', before)
        write('/etc/iptables/rules.v4', BAD_V4)
        for verb in ('reload', 'restart'):
            self.assertNotEqual(run('systemctl', verb, self.unit)[0], 0)
            self.assertIn('comment good', run('iptables-save')[1])
            self.assertIn(WORDS, self.said())
        write('/etc/iptables/rules.v4', OTHER_V4)
        self.succeeds('systemctl', 'restart', self.unit)
        self.assertIn('comment other', run('iptables-save')[1])


if __name__ == '__main__':
    unittest.main()
