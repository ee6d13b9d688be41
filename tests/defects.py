#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The defects beside FW1xx: what is found and what is not, edits that tidy, profiles.

usage: defects.py FWLINT
"""
import json
import os
import re
import tempfile
import unittest

import common

common.program()
HEAD = '*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n'
NFT = 'table inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter; policy drop;\n%s\t}\n}\n'


def lint(text, *options):
    r = common.fwlint('--format', 'json', '--severity', 'note', *options, stdin=text)
    assert r.returncode < 2, r.stderr
    return json.loads(r.stdout)['inputs'][0]['findings']


def found(text, code, *options):
    """Of the findings of one check: line and severity."""
    return [(f['line'], f['severity']) for f in lint(text, '--extend-select', code, *options) if f['code'] == code]


def of_iptables(*rules):
    return HEAD + ''.join(r + '\n' for r in rules) + 'COMMIT\n'


def of_nft(*rules):
    return NFT % ''.join('\t\t%s\n' % r for r in rules)


def tidied(text, *options):
    return common.fwlint('--fix', '--tidy', '--severity', 'note', *options, stdin=text).stdout


class Unreachable(unittest.TestCase):
    def test_another_verdict_is_a_warning_and_the_same_a_note(self):
        self.assertEqual(found(of_iptables('-A INPUT -s 10.0.0.0/8 -j DROP', '-A INPUT -s 10.1.0.0/16 -j ACCEPT',
                                           '-A INPUT -s 10.2.0.0/16 -j DROP'), 'FW201'), [(6, 'warning'), (7, 'note')])
        self.assertEqual(found(of_nft('ip saddr 10.0.0.0/8 drop', 'ip saddr 10.1.0.0/16 accept', 'ip saddr 10.2.0.0/16 drop'),
                               'FW201'), [(5, 'warning'), (6, 'note')])

    def test_two_rules_take_together_what_none_takes_alone(self):
        text = of_nft('ip saddr 10.0.0.0/9 accept', 'ip saddr 10.128.0.0/9 accept', 'ip saddr 10.0.0.0/8 tcp dport 22 drop')
        f, = [f for f in lint(text) if f['code'] == 'FW201']
        self.assertEqual((f['line'], f['severity']), (6, 'warning'))
        self.assertIn('line 4 and line 5 take all', f['message'])
        self.assertEqual(found(text.replace('10.0.0.0/9', '10.0.0.0/10'), 'FW201'), [])

    def test_rules_of_one_line_are_one_place(self):
        taken = 'ip saddr 10.0.0.0/8 tcp dport 22 accept'
        for rules, place in ((('ip saddr vmap { 10.0.0.0/9 : drop, 10.128.0.0/9 : drop }', taken), 'line 4 takes'),
                             (('ip saddr vmap { 10.0.0.0/9 : drop, 10.128.0.0/10 : drop }', 'ip saddr 10.192.0.0/10 drop', taken),
                              'line 4 and line 5 take'),
                             (('ip saddr 10.0.0.0/9 drop; ip saddr 10.128.0.0/9 drop', taken), 'line 4 takes')):
            for rule, code in ((taken, 'FW201'), (taken.replace('accept', 'log'), 'FW207')):
                f, = [f for f in lint(of_nft(*rules).replace(taken, rule)) if f['code'] == code]
                self.assertIn(': %s ' % place, f['message'])

    def test_rules_behind_one_that_takes_all_are_one_finding(self):
        f, = [f for f in lint(of_iptables('-A INPUT -j DROP', '-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT',
                                          '-A INPUT -s 192.0.2.1/32 -j ACCEPT')) if f['code'] == 'FW201']
        self.assertEqual((f['line'], f['severity']), (6, 'warning'))
        self.assertIn('2 rules from here on', f['message'])

    def test_a_test_that_is_not_known_takes_nothing_for_sure(self):
        for test in ('-m string --string x --algo bm', '-m limit --limit 1/sec', '-m recent --name x --update', '-m set --match-set s src'):
            self.assertEqual(found(of_iptables('-A INPUT %s -j DROP' % test, '-A INPUT -p tcp -j ACCEPT'), 'FW201'), [], test)
        self.assertEqual(found(of_iptables('-A INPUT -m limit --limit 1/sec -j DROP', '-A INPUT -m limit --limit 1/sec -j ACCEPT'),
                               'FW201'), [])

    def test_a_mark_may_come_from_elsewhere(self):
        text = ('*mangle\n-A PREROUTING -i eth0 -j MARK --set-xmark 0x1/0xffffffff\nCOMMIT\n' +
                of_iptables('-A INPUT -m mark --mark 0x2 -j ACCEPT'))
        self.assertEqual(found(text, 'FW201'), [])

    def test_addresses_of_a_translation_are_an_effect(self):
        text = ('*nat\n-A PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.1\n'
                '-A PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.2\nCOMMIT\n')
        self.assertEqual(found(text, 'FW201'), [(3, 'warning')])

    def test_what_is_in_front_of_a_translation_tests_another_destination(self):
        # Docker drops direct access to a container in table raw, and accepts in FORWARD what its DNAT sends there
        raw = '*raw\n-A PREROUTING %s -j DROP\nCOMMIT\n'
        dnat = '*nat\n-A PREROUTING -i eth0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 198.51.100.2:80\nCOMMIT\n'
        accept = HEAD + '-A FORWARD %s -i eth0 -p tcp -m tcp --dport 80 -j ACCEPT\nCOMMIT\n'
        for by, asked, codes, without in (('-d 198.51.100.2/32', '-d 198.51.100.2/32', [], 1),
                                          ('-d 198.51.100.2/32 -i eth0', '-d 198.51.100.2/32', [], 1),
                                          ('-s 203.0.113.0/24', '-s 203.0.113.7/32', ['warning'], 1)):
            text = raw % by + dnat + accept % asked
            self.assertEqual([s for _, s in found(text, 'FW201')], codes, by)
            self.assertEqual(len(found(text.replace(dnat, ''), 'FW201')), without, by)
            if not codes:
                self.assertEqual(tidied(text), text)
        nft = ('table ip t {\nchain raw {\ntype filter hook prerouting priority raw; policy accept;\n'
               'ip daddr 198.51.100.2 drop\n}\nchain nat {\ntype nat hook prerouting priority dstnat; policy accept;\n'
               'tcp dport 8080 dnat to 198.51.100.2:80\n}\nchain forward {\n'
               'type filter hook forward priority filter; policy drop;\nip daddr 198.51.100.2 tcp dport 80 accept\n}\n}\n')
        self.assertEqual(found(nft, 'FW201'), [])
        self.assertEqual(found(nft.replace('tcp dport 8080 dnat to 198.51.100.2:80\n', ''), 'FW201'), [(11, 'warning')])
        # the first lets the published address go on, so the second is not for what is translated
        text = raw.replace(' %s -j DROP', ' -d 192.0.2.1/32 -j ACCEPT\n-A PREROUTING -j DROP') + dnat + accept % '-d 198.51.100.2/32'
        self.assertEqual(found(text, 'FW201'), [])

    def test_a_jump_or_a_device_in_front_of_a_translation_too(self):
        text = ('table ip t {\n%schain nat {\ntype nat hook prerouting priority dstnat; policy accept;\n'
                'tcp dport 8080 dnat to 198.51.100.2:80\n}\nchain forward {\ntype filter hook forward priority filter; policy drop;\n'
                'iifname "eth0" ip daddr 198.51.100.2 tcp dport 80 accept\n}\n}\n')
        own = ('chain own {\nip %s 198.51.100.2 drop\n}\nchain raw {\ntype filter hook prerouting priority raw; policy accept;\n'
               'jump own\n}\n')
        device = ('table netdev d {\nchain c {\ntype filter hook ingress device "eth0" priority 0; policy accept;\n'
                  'ip daddr 198.51.100.2 drop\n}\n}\n' + text % '')
        for ruleset in (text % own % 'daddr', device):
            self.assertEqual(found(ruleset, 'FW201'), [])
            self.assertEqual(len(found(ruleset.replace('tcp dport 8080 dnat to 198.51.100.2:80\n', ''), 'FW201')), 1)
        by_source = (text % own % 'saddr').replace('ip daddr', 'ip saddr')
        self.assertEqual(len(found(by_source, 'FW201')), 1)

    def test_a_consequence_is_not_found_again(self):
        self.assertEqual(found(of_nft('ct state != established,new drop', 'tcp dport 22 accept'), 'FW201'), [])
        self.assertTrue(found(of_nft('ct state != established,new drop', 'tcp dport 22 accept'), 'FW110'))

    def test_chains_of_one_priority_have_an_order_in_one_file(self):
        chain = 'table ip %s { chain c { type filter hook input priority 0; policy accept; tcp dport 22 %s; }; }\n'
        # the one that is registered last runs first (nf_hook_entries_grow)
        self.assertEqual(found(chain % ('a', 'drop') + chain % ('b', 'accept'), 'FW201'), [])
        self.assertEqual(found(chain % ('a', 'accept') + chain % ('b', 'drop'), 'FW201'), [(1, 'warning')])


class Impossible(unittest.TestCase):
    def test_tests_that_exclude_each_other(self):
        self.assertEqual(found(of_iptables('-A INPUT -p tcp -m tcp --tcp-flags SYN,RST SYN,FIN -j DROP'), 'FW202'), [(5, 'warning')])
        self.assertEqual(found(of_nft('ip saddr 10.0.0.0/8 ip saddr 192.0.2.0/24 accept'), 'FW202'), [(4, 'warning')])
        self.assertEqual(found(of_nft('ip saddr 10.0.0.0/8 ip saddr 10.2.0.0/24 accept'), 'FW202'), [])

    def test_what_leads_there_excludes_it(self):
        self.assertEqual(found(HEAD + ':u - [0:0]\n-A INPUT -p tcp -j u\n-A u -p udp -j ACCEPT\n-A u -j ACCEPT\nCOMMIT\n', 'FW202'),
                         [(7, 'note')])

    def test_frames_that_are_no_ip_packets_are_not_judged(self):
        for family in ('bridge', 'netdev'):
            hook = 'ingress device "eth0"' if family == 'netdev' else 'input'
            text = ('table %s t {\nchain c {\ntype filter hook %s priority 0; policy accept;\nether type arp accept\n'
                    'meta protocol ip drop\nmeta protocol ip6 drop\ncounter accept\ndrop\n}\n}\n' % (family, hook))
            for code in ('FW201', 'FW202'):
                self.assertEqual(found(text, code), [], family)


class Others(unittest.TestCase):
    def test_chains_that_others_fill_are_not_unused(self):
        self.assertEqual(found(HEAD + ':mine - [0:0]\n:f2b-sshd - [0:0]\n:empty - [0:0]\n-A mine -j DROP\n-A f2b-sshd -j DROP\nCOMMIT\n',
                               'FW204'), [(5, 'note')])

    def test_a_chain_that_limits_or_logs_is_no_futile_one(self):
        for rule, code in (('-A u -s 10.0.0.0/8 -j RETURN', [(6, 'note')]), ('-A u -j LOG', []), ('-A u -m recent --set', []),
                           ('-A u -m limit --limit 1/s -j RETURN', []), ('-A u -j MARK --set-xmark 0x1/0xffffffff', []), ('', [])):
            self.assertEqual(found(HEAD + ':u - [0:0]\n-A INPUT -j u\n%s\nCOMMIT\n' % rule, 'FW205'), code, rule)

    def test_elements_that_no_packet_brings(self):
        self.assertEqual(found(of_nft('tcp dport 22 drop', 'tcp dport vmap { 22 : accept, 80 : accept }'), 'FW206'), [(5, 'note')])
        self.assertEqual(found(of_nft('tcp dport vmap { 22 : accept, 80 : accept }'), 'FW206'), [])

    def test_a_log_behind_the_verdict(self):
        text = of_iptables('-A INPUT -p tcp -m tcp --dport 23 -j DROP', '-A INPUT -p tcp -m tcp --dport 23 -j LOG')
        self.assertEqual(found(text, 'FW207'), [(6, 'warning')])
        self.assertEqual(found(text, 'FW201'), [])
        both = of_iptables('-A INPUT -j DROP', '-A INPUT -j LOG', '-A INPUT -p tcp -m tcp --dport 23 -j ACCEPT')
        self.assertEqual(found(both, 'FW207') + found(both, 'FW201'), [(6, 'warning')])  # of one cause


class Redundant(unittest.TestCase):
    def test_rules_behind_it_say_the_same(self):
        self.assertEqual(found(of_iptables('-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT', '-A INPUT -p udp -j DROP'), 'FW203'),
                         [(6, 'note')])
        self.assertEqual(found(of_nft('ip saddr 10.1.0.0/16 accept', 'tcp dport 9 accept', 'ip saddr 10.0.0.0/8 accept', 'accept'),
                               'FW203'), [(4, 'note')])  # three of them, one finding

    def test_not_where_it_does_something_or_another_decides_between(self):
        for rule in ('-A INPUT -p udp -m limit --limit 1/s -j DROP', '-A INPUT -p udp -m recent --set -j DROP',
                     '-A INPUT -m conntrack --ctstate INVALID -j DROP'):
            self.assertEqual(found(of_iptables(rule), 'FW203'), [], rule)
        self.assertEqual(found(of_iptables('-A INPUT -p tcp -m tcp --dport 22 -j DROP', '-A INPUT -s 10.0.0.0/8 -j ACCEPT'), 'FW203'), [])
        self.assertEqual(found(of_iptables('-A INPUT -p udp -j DROP', '-A INPUT -p udp -j LOG'), 'FW203'), [])
        self.assertEqual(found(of_nft('counter name "x" drop').replace('chain input', 'counter x { }\n\tchain input'), 'FW203'), [])


class Essentials(unittest.TestCase):
    def test_loopback(self):
        drop = of_iptables('-A INPUT -p tcp -m tcp --dport 22 -s 10.0.0.0/8 -j ACCEPT')
        self.assertEqual(found(drop, 'FW304'), [(2, 'note')])
        for rule in ('-A INPUT -i lo -j ACCEPT', '-A INPUT -s 127.0.0.0/8 -j ACCEPT', '-A INPUT ! -i eth0 -j ACCEPT', '-A OUTPUT -o lo -j DROP'):
            self.assertEqual(found(drop.replace('COMMIT', rule + '\nCOMMIT'), 'FW304'), [], rule)
        self.assertEqual(found(of_iptables(), 'FW304'), [])  # nothing is taken from anybody

    def test_families(self):
        self.assertEqual(found(of_nft('iif lo accept', 'ip saddr 0.0.0.0/0 tcp dport { 80, 443 } accept', 'tcp dport 22 accept'), 'FW307'),
                         [(5, 'note')])
        self.assertEqual(found(of_nft('iif lo accept', 'tcp dport { 22, 443 } accept'), 'FW307'), [])
        self.assertEqual(found(of_iptables('-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT'), 'FW307'), [])

    DOCKER = ('*nat\n:PREROUTING ACCEPT [0:0]\n:DOCKER - [0:0]\n-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT '
              '--to-destination 172.17.0.2:80\n-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER\nCOMMIT\n'
              '*filter\n:INPUT %s [0:0]\n:FORWARD DROP [0:0]\n:DOCKER-USER - [0:0]\n-A FORWARD -j DOCKER-USER\n'
              '-A FORWARD -o docker0 -j ACCEPT\n%sCOMMIT\n')

    def test_published_ports(self):
        closed = '-A INPUT -p tcp -m tcp --dport 8080 -j DROP\n'
        self.assertEqual(found(self.DOCKER % ('ACCEPT', closed), 'FW306'), [(4, 'warning')])
        self.assertEqual(found(self.DOCKER % ('DROP', ''), 'FW306'), [(4, 'note')])
        self.assertEqual(found(self.DOCKER % ('ACCEPT', ''), 'FW306'), [])
        cured = '-A DOCKER-USER -p tcp -m conntrack --ctorigdstport 8080 -j DROP\n'
        limited = self.DOCKER % ('ACCEPT', closed + '-A DOCKER-USER -d 172.17.0.2/32 -j DROP\n')
        self.assertEqual(found(limited, 'FW306'), [])
        self.assertEqual(found(self.DOCKER % ('ACCEPT', closed + cured), 'FW306'), [])
        other = cured.replace('8080', '808')
        self.assertEqual(found(self.DOCKER % ('ACCEPT', closed + other), 'FW306'), [(4, 'warning')])

    def test_a_flush_beside_docker(self):
        with tempfile.TemporaryDirectory() as d:
            mine, docker = os.path.join(d, 'nftables.conf'), os.path.join(d, 'rules.v4')
            common.write(docker, self.DOCKER % ('ACCEPT', ''))
            for text, lines in (('#!/usr/sbin/nft -f\nflush ruleset\n' + of_nft('accept'), [2]), (of_nft('accept'), []),
                                ('# flush ruleset\n' + of_nft('accept'), [])):
                common.write(mine, text)
                r = common.fwlint('--format', 'json', '--together', mine, docker)
                got = [f for f in json.loads(r.stdout)['inputs'][0]['findings'] if f['code'] == 'FW502']
                self.assertEqual([f['line'] for f in got], lines, text)
                self.assertEqual({f['severity'] for f in got} - {'warning'}, set())


class Tidy(unittest.TestCase):
    DEAD = of_iptables('-A INPUT -s 10.0.0.0/8 -j ACCEPT', '-A INPUT -s 10.1.0.0/16 -j ACCEPT')

    def test_it_is_shown_and_done_only_when_asked_for(self):
        r = common.fwlint('--severity', 'note', stdin=self.DEAD)
        self.assertIn('delete this rule: no verdict changes; not applied without --tidy', re.sub(r'\s+', ' ', r.stdout))
        self.assertNotIn('--- ', r.stdout)
        f, = [f for f in lint(self.DEAD) if f['code'] == 'FW201']
        self.assertEqual(f['tidy'], {'what': 'delete this rule', 'used': False})
        self.assertEqual(tidied(self.DEAD), self.DEAD.replace('-A INPUT -s 10.1.0.0/16 -j ACCEPT\n', ''))
        f, = [f for f in lint(self.DEAD, '--tidy') if f['code'] == 'FW201']
        self.assertTrue(f['tidy']['used'])

    def test_never_live(self):
        r = common.fwlint('--live', '--tidy')
        self.assertEqual(r.returncode, 2)
        self.assertIn('cannot be used with --live', r.stderr)

    def test_forms_of_text(self):
        for rule, left in (('ip saddr 10.1.0.0/16 accept', ''), ('ip saddr 10.1.0.0/16 accept # old', ''),
                           ('ip saddr 10.1.0.0/16 accept;', ''), ('ip saddr 10.1.0.0/16 accept; udp dport 9 accept', '\t\t udp dport 9 accept\n'),
                           ('ip saddr {\n10.1.0.0/16, 10.3.0.0/16 } accept', '')):
            text = of_nft('ip saddr 10.0.0.0/8 accept', rule)
            self.assertEqual(tidied(text), text.replace('\t\t%s\n' % rule, left), rule)
        command = 'add table ip t\nadd chain ip t c { type filter hook input priority 0; }\nadd rule ip t c ip saddr 10.0.0.0/8 drop\n'
        dead = 'add rule ip t c ip saddr 10.1.0.0/16 drop\n'
        self.assertEqual(tidied(command + dead), command)

    def test_the_old_state_match_is_rewritten_and_no_text_in_quotes(self):
        rules = ['-A INPUT -m comment --comment don\'t -m %s ESTABLISHED -m comment --comment "was -m state --state NEW \\" -m state " -j ACCEPT',
                 '-A INPUT -j LOG --log-prefix "in -m state x "']
        old, new = ([r % word if '%s' in r else r for r in rules] for word in ('state --state', 'conntrack --ctstate'))
        self.assertEqual(tidied(of_iptables(*old), '--select', 'FW401'), of_iptables(*new))

    def test_a_file_is_written(self):
        with tempfile.TemporaryDirectory() as d:
            path = os.path.join(d, 'rules.v4')
            common.write(path, self.DEAD)
            r = common.fwlint('--apply', '--tidy', '--severity', 'note', path)
            self.assertIn('1 finding tidied; the old text is in', r.stderr)
            self.assertNotIn('10.1.0.0', common.read(path))
            self.assertEqual(common.read(path + '~'), self.DEAD)


class Profiles(unittest.TestCase):
    def test_the_list_as_json(self):
        doc = json.loads(common.fwlint('checks', '--format', 'json').stdout)
        self.assertGreater(len(doc['checks']), 15)
        for c in doc['checks']:
            self.assertIn(c['severity'], ('note', 'warning', 'error'))
            self.assertIn(c['profile'], ('default', 'hardening', 'all'))
            self.assertEqual(c['default'], c['profile'] == 'default')
            self.assertIn(c['fix'], ('none', 'insert', 'tidy'))

    def test_the_list_as_markdown(self):
        page = common.fwlint('checks', '--format', 'markdown').stdout
        self.assertIn('\n# Checks\n', page)  # a heading of its own
        self.assertIn('\n| [FW201](FW201.md) | unreachable-rule | warning | default | tidy | ', page)

    OPEN = of_iptables('-A INPUT -p tcp -m tcp --dport 3000:7000 -j ACCEPT').replace(':INPUT DROP', ':INPUT ACCEPT')

    def codes(self, *options):
        r = common.fwlint('--format', 'json', *options, stdin=self.OPEN)
        return {f['code'] for f in json.loads(r.stdout)['inputs'][0]['findings']}

    def test_opinions_are_asked_for(self):
        opinions = {'FW311', 'FW312', 'FW313'}
        self.assertEqual(self.codes() & opinions, set())
        self.assertEqual(self.codes('--profile', 'hardening') & opinions, opinions)
        self.assertEqual(self.codes('--profile', 'all') & opinions, opinions)
        self.assertEqual(self.codes('--extend-select', 'FW311') & opinions, {'FW311'})
        self.assertEqual(self.codes('--select', 'FW312'), {'FW312'})
        self.assertEqual(self.codes('--profile', 'hardening', '--ignore', 'FW31') & opinions, set())

    def test_a_configuration_may_say_it(self):
        with tempfile.TemporaryDirectory() as d:
            path = os.path.join(d, 'rules.v4')
            common.write(path, self.OPEN)
            common.write(os.path.join(d, '.fwlint.ini'), '[fwlint]\nprofile = hardening\n')
            found = json.loads(common.fwlint('--format', 'json', path, cwd=d).stdout)['inputs'][0]['findings']
            self.assertIn('FW311', {f['code'] for f in found})

    def test_a_port_is_found_by_arithmetic(self):
        for rule, is_open in (('-p tcp -m tcp --dport 3000:7000', True), ('-p tcp -m tcp ! --dport 1:7000', True), ('-p tcp', True),
                              ('-p tcp -s 10.0.0.0/8', False), ('-p tcp -m multiport --dports 80,443', False),
                              ('-p tcp -m tcp --dport 3000:7000 -i lo', False)):
            got = found(of_iptables('-A INPUT %s -j ACCEPT' % rule), 'FW312')
            self.assertEqual(got, [(5, 'warning')] if is_open else [], rule)

    def test_a_wrong_name_is_refused(self):
        r = common.fwlint('--profile', 'strict', stdin=Tidy.DEAD)
        self.assertEqual(r.returncode, 2)


if __name__ == '__main__':
    unittest.main(argv=['defects.py'])
