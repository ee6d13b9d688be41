#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fwlint test: policies of rules-examples hold, and what breaks one line is caught by that line.

usage: policy.py FWLINT [TEST...]
"""
import json
import os
import re
import unittest

import common

common.program()

HERE = os.path.dirname(os.path.abspath(__file__))
EXAMPLES = os.path.join(HERE, '..', 'rules-examples')
POLICIES = os.path.join(HERE, 'policies')

# ruleset, its text and what becomes of it; then the line that fails, and what its counterexample must be like
MUTATIONS = [
    ('web-host.v4', '--dports 80,443', '--dports 80', 2, r'^NEW tcp .*:443, flags SYN'),
    ('web-host.v4', '-p icmp -j ACCEPT', '-p icmp -j DROP', 3, r'^NEW icmp .*type 8'),
    ('web-host.v4', '--state RELATED,ESTABLISHED', '--state ESTABLISHED', 4, r'^RELATED '),
    ('web-host.v4', ':FORWARD DROP', ':FORWARD ACCEPT', 7, r', out '),
    ('home-router.v4', '-A INPUT -i lan0 -j ACCEPT', '-A INPUT -i wan0 -j ACCEPT', 3, r'^NEW .*, in wan0'),
    ('home-router.v4', '-A FORWARD -i lan0 -o wan0', '-A FORWARD -o lan0 -i wan0', 5, r'^NEW .*, in wan0, out lan0'),
    ('server-fixed.nft', '{ 22, 80, 443 }', '{ 22, 80 }', 3, r'^NEW tcp .*:443, '),
    ('server-fixed.nft', 'ct state invalid counter drop', '', 2, r'^INVALID '),
    ('workstation.nft', 'tcp dport ssh accept', 'tcp dport { ssh, 5900 } accept', 5, r'^NEW tcp .*:5900, '),
    ('workstation.nft', 'meta l4proto ipv6-icmp accept', '', 4, r'^\w+ ipv6-icmp .*type (134|135)'),
    ('mail-host-ident.v4', 'reject-with tcp-reset', 'reject-with icmp-port-unreachable', None, None),
    ('mail-host-ident.v4', '-j REJECT --reject-with tcp-reset', '-j DROP', 3, r'^NEW tcp .*:113, '),
    ('mail-host-ident.v4', '25,465,587,993', '25,143,465,587,993', 4, r'^NEW tcp .*:143, '),
]


def test(spec, rules, *options):
    code, out, err = common.outcome('test', '--format', 'json', *options, spec, '--', rules)
    return code, json.loads(out) if out else None, err


class Examples(common.Folder):
    def spec(self, name):
        return os.path.join(POLICIES, name + '.spec')

    def test_each_policy_holds(self):
        names = sorted(f[:-len('.spec')] for f in os.listdir(POLICIES))
        self.assertGreaterEqual(len(names), 5)
        for name in names:
            code, found, err = test(self.spec(name), os.path.join(EXAMPLES, name))
            self.assertEqual((code, err, [x for x in found['lines'] if not x['held']]), (0, '', []), name)

    def test_a_mutation_is_caught_by_its_line(self):
        for name, old, new, line, counterexample in MUTATIONS:
            text = common.read(os.path.join(EXAMPLES, name))
            self.assertIn(old, text, name)
            rules = common.write(os.path.join(self.dir, name), text.replace(old, new))
            code, found, err = test(self.spec(name), rules)
            self.assertTrue(found, err)
            failed = {x['line']: x for x in found['lines'] if not x['held']}
            if not line:
                self.assertEqual((code, failed), (0, {}), new)
                continue
            self.assertEqual(code, 1, (name, new))
            self.assertIn(line, failed, (name, new))
            self.assertRegex(failed[line]['counterexample'], counterexample, (name, new))
            self.assertTrue(failed[line]['trace'], (name, new))


class Contract(common.Folder):
    RULES = 'table inet f {\n chain i { type filter hook input priority 0; policy drop; tcp dport 22 accept; }\n}\n'

    def files(self, spec, rules=None):
        return (common.write(os.path.join(self.dir, 'p.spec'), spec),
                common.write(os.path.join(self.dir, 'rules.nft'), rules or self.RULES))

    def test_each_line_is_said_with_its_number(self):
        code, found, _ = test(*self.files('# policy\n\naccept input tcp dport 22 # ssh\nsome accept input udp\n'.replace('udp', 'udp dport 53')))
        self.assertEqual((code, found['held']), (1, False))
        self.assertEqual([(x['line'], x['text'], x['held']) for x in found['lines']],
                         [(3, 'accept input tcp dport 22', True), (4, 'some accept input udp dport 53', False)])
        self.assertIsNone(found['lines'][0]['counterexample'])
        self.assertRegex(found['lines'][1]['counterexample'], r'^\w+ udp .*:53')

    def test_the_same_as_a_file_that_is_beside_the_spec(self):
        spec, rules = self.files('same old.nft\n')
        common.write(os.path.join(self.dir, 'old.nft'), self.RULES)
        self.assertEqual(test(spec, rules)[0], 0)
        common.write(os.path.join(self.dir, 'old.nft'), self.RULES.replace('22', '23'))
        code, found, _ = test(spec, rules)
        self.assertEqual(code, 1)
        self.assertRegex(found['lines'][0]['counterexample'], r':2[23], ')

    FORWARDED = ('table ip n {\n chain p { type nat hook prerouting priority -100; iifname "wan0" tcp dport 443 dnat to 10.0.0.5:8443; }\n'
                 ' chain f { type filter hook forward priority 0; policy drop;\n  tcp dport 8443 accept\n }\n}\n')

    def test_a_policy_follows_a_forwarded_port(self):
        files = self.files('accept forward meta nfproto ipv4 iifname "wan0" tcp dport 443 ct state new\n'
                           'drop forward meta nfproto ipv4 iifname "lan0" tcp dport 443 ct state new\n'
                           'drop forward meta nfproto ipv4 tcp dport 443 ct state new\n', self.FORWARDED)
        code, found, _ = test(*files)
        self.assertEqual((code, [x['held'] for x in found['lines']]), (1, [True, True, False]))
        self.assertRegex(found['lines'][2]['counterexample'], r'^NEW tcp .*:443, .*in wan0')
        self.assertEqual([x['line'] for x in found['lines'][2]['trace']], [2, 4])

    def compare(self, old, new):
        paths = [common.write(os.path.join(self.dir, n), t) for n, t in (('old.nft', old), ('new.nft', new))]
        code, out, err = common.outcome('compare', '--format', 'json', *paths)
        self.assertEqual(err, '')
        return code, json.loads(out)

    def test_rules_behind_a_translation_are_compared_with_what_they_see(self):
        # before PREROUTING translates, 8443 is dropped: only what is forwarded comes to FORWARD with that port
        first = ' chain r { type filter hook prerouting priority -300; tcp dport 8443 drop; }\n chain f'
        old = self.FORWARDED.replace(' chain f', first)
        self.assertEqual(self.compare(old, old)[0], 0)
        code, found = self.compare(old, old.replace('  tcp dport 8443 accept\n', ''))
        self.assertEqual(code, 1)
        self.assertRegex(json.dumps(found), r'NEW tcp [^"]*:443, ')

    def test_another_target_is_seen_where_a_rule_tells_it(self):
        old = self.FORWARDED.replace('  tcp dport', '  ip daddr 10.0.0.5 tcp dport')
        code, found = self.compare(old, old.replace('dnat to 10.0.0.5', 'dnat to 10.0.0.6'))
        self.assertEqual(code, 1)
        self.assertRegex(json.dumps(found), r'NEW tcp [^"]*:443, ')
        self.assertEqual(self.compare(self.FORWARDED, self.FORWARDED.replace('10.0.0.5', '10.0.0.6'))[0], 0)

    def test_unknown_words_are_errors_with_a_place(self):
        for spec, place in [('accept input\nacept input\n', ':2:1: error: '), ('some input\n', ':1:6: error: '),
                            ('drop input tcp dprot 22\n', ':1:16: error: '), ('same\n', ':1:1: error: '),
                            ('\n  some\n', ':2:3: error: '), ('accept inptu tcp dport 22\n', ':1:8: error: ')]:
            code, found, err = test(*self.files(spec))
            self.assertEqual((code, found), (2, None), spec)
            self.assertIn('p.spec' + place, err, spec)

    def test_a_missing_file_is_an_error(self):
        code, _, err = test(*self.files('same nowhere.nft\n'))
        self.assertEqual(code, 2)
        self.assertIn('nowhere.nft', err)

    def test_a_quoted_hash_is_no_comment(self):
        self.assertEqual(test(*self.files('drop input iifname "a#b" udp dport 53\n'))[0], 0)

    def test_text_tap_and_junit(self):
        files = self.files('accept input tcp dport 22\naccept input tcp dport 23\n')
        out = {f: common.outcome('test', '--format', f, files[0], '--', files[1]) for f in ('text', 'tap', 'junit')}
        self.assertEqual({code for code, _, _ in out.values()}, {1})
        self.assertIn(':2: failed: accept input tcp dport 23', out['text'][1])
        self.assertIn('1 of 2 lines held', out['text'][1])
        self.assertRegex(out['tap'][1], r'^TAP version 13\n1\.\.2\nok 1 - .*\nnot ok 2 - .*\n# input: drop: ')
        self.assertEqual(len(re.findall('<testcase', out['junit'][1])), 2)
        self.assertEqual(len(re.findall('<failure', out['junit'][1])), 1)

    def test_the_files_stand_behind_dashes(self):
        self.assertEqual(common.outcome('test', *self.files('accept input\n'))[0], 2)


if __name__ == '__main__':
    common.main()
