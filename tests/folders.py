#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A folder as FILE: the rulesets in it are found by name and by content.

usage: folders.py FWLINT
"""
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import common
from common import write

FWLINT = common.program()

BAD = '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -m state --state ESTABLISHED -j ACCEPT\nCOMMIT\n'
CLEAN = '*filter\n:INPUT DROP [0:0]\n-A INPUT -i lo -j ACCEPT\nCOMMIT\n'
CHAIN = 'chain input {\n\ttype filter hook input priority 0; policy drop;\n\tiif "lo" accept\n}\n'


class Folders(common.Folder):
    def fill(self, **files):
        """a__b_c is a/b.c"""
        for name, text in files.items():
            path = os.path.join(self.dir, 'etc', name.replace('__', '/').replace('_', '.'))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            write(path, text)

    def lint(self, *args):
        return common.fwlint('--no-config', '--format', 'json', *args, 'etc', cwd=self.dir)

    def files(self, r):
        return [i['file'] for i in json.loads(r.stdout)['inputs']]

    def test_found_by_name_and_by_content(self):
        self.fill(iptables__rules_v4=BAD, iptables__rules_v6=CLEAN, ufw__before_rules=BAD, sysconfig__iptables=BAD,
                  network__firewall_sh='#!/bin/sh\niptables -A INPUT -j DROP\n', fw_nft='table ip x { %s }\n' % CHAIN,
                  udev__10_rules='KERNEL=="eth0"\n', readme='add a table to the flush\n', hosts='127.0.0.1 x\n',
                  init__other_sh='#!/bin/sh\necho hello\n', x_conf='include "y"\n', binary='\0\1*filter\nCOMMIT\n',
                  **{'iptables__rules_v4~': BAD, 'iptables__rules_v4_bak': BAD, '_hidden_v4': BAD})
        r = self.lint()
        self.assertEqual(r.returncode, 1, r.stderr)
        self.assertEqual(['etc/fw.nft', 'etc/iptables/rules.v4', 'etc/iptables/rules.v6', 'etc/network/firewall.sh',
                          'etc/sysconfig/iptables', 'etc/ufw/before.rules'], self.files(r))
        self.assertIn('etc: 6 rulesets, 0 included by them, 9 other files skipped', r.stderr)
        self.assertNotIn('skipped', self.lint('--quiet').stderr)

    def test_what_a_ruleset_includes_is_read_with_it(self):
        self.fill(nftables_conf='table inet x {\n\tinclude "./nftables.d/*.nft"\n}\n', nftables_d__in_nft=CHAIN)
        r = self.lint()
        self.assertEqual((r.returncode, self.files(r)), (0, ['etc/nftables.conf']), r.stdout + r.stderr)
        self.assertIn('1 ruleset, 1 included', r.stderr)

    def test_one_that_is_named_like_a_ruleset_and_is_none_is_said(self):
        self.fill(a_v4=CLEAN, b_v4='Chain INPUT (policy ACCEPT)\n')
        r = self.lint()
        self.assertEqual(r.returncode, 2)
        self.assertIn('iptables-save', r.stdout)

    def test_a_folder_without_any_is_an_error(self):
        self.fill(readme='x\n')
        r = self.lint()
        self.assertEqual(r.returncode, 2)
        self.assertIn("no ruleset found in 'etc' (1 other file)", r.stderr)

    def test_what_may_not_be_read_is_named(self):
        self.fill(a_v4=CLEAN, sysconfig__iptables=BAD, closed__rules_v4=BAD)
        etc = os.path.join(self.dir, 'etc')
        os.chmod(os.path.join(etc, 'sysconfig', 'iptables'), 0)
        os.chmod(os.path.join(etc, 'closed'), 0)
        for path in (self.dir, etc, os.path.join(etc, 'sysconfig')):
            os.chmod(path, 0o755)
        if os.getuid():
            r = self.lint()
        else:
            fwlint = shutil.copy(FWLINT, self.dir)  # may stand where nobody else looks
            r = common.run('setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', fwlint, '--no-config',
                           '--format', 'json', 'etc', cwd=self.dir)
        os.chmod(os.path.join(etc, 'closed'), 0o755)
        self.assertEqual((r.returncode, self.files(r)), (2, ['etc/a.v4']), r.stderr)
        self.assertIn("fwlint: cannot read 'etc/closed': Permission denied", r.stderr)
        self.assertIn("fwlint: cannot read 'etc/sysconfig/iptables': Permission denied", r.stderr)

    def test_a_folder_is_fixed(self):
        self.fill(a_v4=BAD, b__c_v4=BAD)
        r = common.fwlint('--no-config', '--apply', '--unsafe-fixes', 'etc', cwd=self.dir)
        self.assertEqual(r.returncode, 0, r.stderr)
        for name in ('a.v4', 'b/c.v4'):
            with open(os.path.join(self.dir, 'etc', name)) as f:
                self.assertIn('INVALID', f.read())


if __name__ == '__main__':
    common.main()
