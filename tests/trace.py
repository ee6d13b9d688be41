#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fwlint trace and fwlint ask: the words of their JSON, and the example of docs/trace.md.

usage: trace.py FWLINT [TEST...]
"""
import json
import os
import re

import common

common.program()

MANUAL = os.path.join(common.ROOT, 'docs', 'trace.md')
VERDICTS = {
    1: ('tcp dport 1 reject with tcp reset', 'reject', 'tcp reset'),
    2: ('tcp dport 2 reject', 'reject', 'icmpx port-unreachable'),
    3: ('tcp dport 3 queue num 1', 'queue', None),
    4: ('tcp dport 4 drop', 'drop', None),
    5: ('tcp dport 5 accept', 'accept', None),
    6: ('tcp dport 6 limit rate 1/second reject with tcp reset', 'accept', None),
}
RULES = ('table inet t {\n\tchain c {\n\t\ttype filter hook input priority 0;\n%s\t}\n}\n'
         % ''.join('\t\t%s\n' % v[0] for v in VERDICTS.values()))
STOLEN = ('table netdev n {\n\tchain c {\n\t\ttype filter hook ingress device "eth0" priority 0;\n'
          '\t\ttcp dport 7 fwd to "eth1"\n\t}\n}\n')


def packet(port):
    return 'NEW tcp 192.0.2.10:40123 -> 198.51.100.20:%d, flags SYN, in eth0' % port


class Trace(common.Folder):
    def trace(self, text, *args):
        code, out, err = common.outcome('trace', '--format', 'json', *args, '--',
                                        common.write(os.path.join(self.dir, 'rules.nft'), text))
        self.assertEqual((code, err), (0, ''))
        return json.loads(out)

    def test_a_verdict_is_one_of_five_words(self):
        for port, (_, verdict, answer) in VERDICTS.items():
            found = self.trace(RULES, packet(port))
            self.assertEqual((found['verdict'], found['reject_with']), (verdict, answer), port)
            self.assertEqual(found['steps'][-1]['verdict'], verdict)
        found = self.trace(STOLEN, packet(7))
        self.assertEqual((found['verdict'], found['steps'][-1]['verdict']), ('stolen', 'stolen'))

    def test_what_could_change_has_the_same_words(self):
        found, = self.trace(RULES, packet(6))['could_change']
        self.assertEqual((found['test'], found['answer'], found['verdict'], found['line']),
                         ('limit rate 1/second', 'yes', 'reject', 9))

    def test_matches_and_words_get_the_same_interface(self):
        text = ('table inet t {\n\tchain c {\n\t\ttype filter hook forward priority 0;\n'
                '\t\tiifname "wan0" oifname "lan0" accept\n\t}\n}\n')
        for words in ('NEW tcp 192.0.2.10:40123 -> 198.51.100.20:443, in wan0', 'iifname "wan0" tcp dport 443'):
            self.assertIn('oifname lan0', self.trace(text, '--path', 'forward', words)['assumes'], words)

    def test_a_net_is_of_ipv6_though_its_number_is_small(self):
        text = ('table ip6 t {\n\tchain c {\n\t\ttype nat hook prerouting priority -100;\n'
                '\t\tdnat ip6 prefix to ip6 daddr map { 2001:db8:1::/64 : ::/64 }\n\t}\n}\n')
        found = self.trace(text, 'NEW tcp [2001:db8::1]:1 -> [2001:db8:1::5]:443, in eth0')
        self.assertEqual(found['steps'][0]['to'], '[::5]:443')

    FORWARDED = ('table ip t {\n\tchain p {\n\t\ttype nat hook prerouting priority -100;\n'
                 '\t\tiifname "wan0" tcp dport 443 dnat to 10.0.0.5:8443\n'
                 '\t\tiifname "wan0" tcp dport 2222 redirect to :22\n'
                 '\t\tiifname "wan0" tcp dport 70-72 dnat to 10.0.0.8-10.0.0.9\n\t}\n'
                 '\tchain i {\n\t\ttype filter hook input priority 0; policy drop;\n\t\ttcp dport { 22, 80, 443 } accept\n\t}\n'
                 '\tchain f {\n\t\ttype filter hook forward priority 0; policy drop;\n'
                 '\t\tip daddr 10.0.0.5 tcp dport 8443 accept\n\t\tip daddr 10.0.0.9 ct status dnat accept\n\t}\n}\n')

    def ask(self, question, text=FORWARDED):
        rules = common.write(os.path.join(self.dir, 'rules.nft'), text)
        code, out, err = common.outcome('ask', '--format', 'json', question, rules)
        self.assertEqual((code, err), (0, ''))
        return [(x['verdict'], x['match'], bool(x['assumes']), x['lines']) for x in json.loads(out)['classes']]

    def test_ask_follows_a_forwarded_port(self):
        self.assertEqual(self.ask('forward meta nfproto ipv4 iifname "wan0" tcp dport 443 ct state new'),
                         [('accept', 'meta nfproto ipv4 iifname "wan0" tcp dport 443 ct state new', False, [4, 14])])
        # to port 8443 of 10.0.0.5 as they set out, and those that are translated to it
        self.assertEqual(self.ask('forward meta nfproto ipv4 iifname "wan0" ip daddr 10.0.0.7 tcp dport 8443 ct state new'),
                         [('drop', 'iifname "wan0" ip daddr 10.0.0.7 tcp dport 8443 ct state new', False, [12])])

    def test_what_is_forwarded_does_not_come_to_the_host(self):
        self.assertEqual(self.ask('input meta nfproto ipv4 iifname "wan0" ip daddr 198.51.100.1 tcp dport 443 ct state new'), [])
        self.assertEqual([x[0] for x in self.ask('input iifname "wan0" ip daddr 198.51.100.1 tcp dport 2222 ct state new')], ['accept'])
        self.assertEqual(self.ask('forward meta nfproto ipv4 iifname "wan0" tcp dport 2222 ct state new'), [])
        # packets of a connection are as they are
        self.assertEqual([x[0] for x in self.ask('input meta nfproto ipv4 iifname "wan0" tcp dport 443 ct state invalid')], ['accept'])

    def test_each_address_of_a_range_is_looked_at(self):
        found = self.ask('forward meta nfproto ipv4 iifname "wan0" tcp dport 71 ct state new')
        self.assertEqual({(v, a) for v, _, a, _ in found}, {('accept', True), ('drop', True)})

    def test_translation_by_somebody_else_is_possible(self):
        alone = re.sub(r'\tchain p \{.*?\n\t\}\n', '', self.FORWARDED, flags=re.S)
        found = self.ask('forward ip daddr 10.0.0.9 ct state new', alone)
        self.assertEqual({x[0] for x in found}, {'accept', 'drop'})
        found = self.ask('forward ip daddr 10.0.0.9 tcp dport 9 ct state new')
        self.assertEqual({x[0] for x in found}, {'drop'})

    def test_a_sample_is_traced_to_the_same_verdict(self):
        rules = common.write(os.path.join(self.dir, 'rules.nft'), self.FORWARDED)
        out = common.outcome('ask', '--format', 'json', 'meta nfproto ipv4 iifname "wan0" tcp dport 443 ct state new', rules)[1]
        for x in json.loads(out)['classes']:
            found = self.trace(self.FORWARDED, '--path', x['path'], x['sample'])
            self.assertEqual((found['verdict'], found['ends_on']), (x['verdict'], x['path']), x)

    def test_too_many_translations_are_said(self):
        many = 'table ip t {\n chain p { type nat hook prerouting priority -100;\n%s }\n' \
               ' chain f { type filter hook forward priority 0; policy drop; ip daddr 10.0.0.0/8 accept; }\n}\n' % ''.join(
                   '  tcp dport %d dnat to 10.0.%d.%d\n' % (i, i // 200, i % 200 + 1) for i in range(1, 301))
        rules = common.write(os.path.join(self.dir, 'rules.nft'), many)
        code, out, _ = common.outcome('ask', '--format', 'json', 'forward meta nfproto ipv4 tcp dport 1 ct state new', rules)
        self.assertEqual(code, 0)
        self.assertEqual([n.split(' to be followed')[0] for n in json.loads(out)['notes']],
                         ['there are too many address translations'])

    def test_one_family_with_too_many_is_no_hindrance_for_the_other(self):
        """All walks of an answer translate, or none."""
        text = 'table ip t {\n chain p { type nat hook prerouting priority -100; tcp dport 1 dnat to 10.0.0.5; }\n' \
               ' chain f { type filter hook forward priority 0; policy drop; ip daddr 10.0.0.5 accept; }\n}\n' \
               'table ip6 t {\n chain p { type nat hook prerouting priority -100;\n%s }\n' \
               ' chain f { type filter hook forward priority 0; policy drop; ip6 daddr 2001:db8:1::/48 accept; }\n}\n' % ''.join(
                   '  tcp dport %d dnat to 2001:db8:1:%x::%x\n' % (i, i // 200, i % 200 + 1) for i in range(1, 301))
        self.assertEqual([(v, m.split(' tcp ')[0]) for v, m, _, _ in self.ask('forward tcp dport 1 ct state new', text)],
                         [('accept', 'ip daddr 10.0.0.5'), ('drop', 'ip daddr != 10.0.0.5'),
                          ('accept', 'ip6 daddr 2001:db8:1::/48'), ('drop', 'ip6 daddr != 2001:db8:1::/48')])

    def test_several_packets_are_a_list(self):
        found = self.trace(RULES, packet(4), packet(5))
        self.assertEqual([x['verdict'] for x in found['packets']], ['drop', 'accept'])

    def test_ask_has_the_same_words(self):
        rules = common.write(os.path.join(self.dir, 'rules.nft'), RULES + STOLEN)
        code, out, err = common.outcome('ask', '--format', 'json', 'input iifname "eth0" tcp dport 1-7', rules)
        self.assertEqual((code, err), (0, ''))
        found = {}
        for x in json.loads(out)['classes']:
            found.setdefault(int(re.search(r'-> \S+:(\d+)', x['sample']).group(1)), set()).add(x['verdict'])
        self.assertEqual({port: v[1] for port, v in VERDICTS.items() if v[1] not in found[port]}, {})
        self.assertEqual(found[7], {'stolen'})

    def test_a_class_leaves_out_any_number_of_marks(self):
        drops = ''.join('\t\tct mark & 0xff00 == 0x%x drop\n' % (i << 8) for i in range(1, 71))
        rules = common.write(os.path.join(self.dir, 'rules.nft'),
                             'table ip t {\n\tchain c {\n\t\ttype filter hook input priority 0;\n%s'
                             '\t\tmeta mark & 1 == 1 accept\n\t}\n}\n' % drops)
        out = common.outcome('ask', '--format', 'json', 'input meta nfproto ipv4 ct state new', rules)[1]
        accepted, = [x for x in json.loads(out)['classes'] if x['verdict'] == 'accept']
        self.assertEqual(accepted['match'].count('ct mark & 0xff00 != 0x'), 70)

    def test_the_example_of_the_manual_is_what_it_prints(self):
        rules, words, expected = re.search(r"\$ cat rules\.nft\n(.*?)\$ fwlint trace '(.*?)' -- rules\.nft\n(.*?)```",
                                           common.read(MANUAL), re.S).groups()
        common.write(os.path.join(self.dir, 'rules.nft'), rules)
        self.assertEqual(common.outcome('trace', words, '--', 'rules.nft', cwd=self.dir), (0, expected, ''))


class Documented(common.Folder):
    """The keys of the JSON are those of the tables in docs/ask.md and docs/trace.md."""
    RULES = ('table inet t {\n chain n { type nat hook prerouting priority -100; tcp dport 443 dnat ip to 10.0.0.5:8443; }\n'
             ' chain i { type filter hook input priority 0; policy drop; tcp dport 22 accept; tcp dport 23 reject; }\n}\n')

    def tables(self, page):
        """The keys of each table, in the order of the page."""
        found = []
        for line in common.read(os.path.join(common.ROOT, 'docs', page)).split('\n'):
            if line == '| key | is |':
                found.append(set())
            elif found and line.startswith('| `'):
                found[-1].update(re.findall('`([a-z_0-9]+)`', line.split('|')[1]))
        return found

    def json(self, *args):
        rules = common.write(os.path.join(self.dir, 'rules.nft'), self.RULES)
        code, out, err = common.outcome(*args, '--', rules) if args[0] != 'services' else common.outcome(*args, rules)
        self.assertIn(code, (0, 1), err)
        return json.loads(out)

    def test_ask_services_and_test(self):
        document, one, services, row, tested, line = self.tables('ask.md')
        answer = self.json('ask', '--format', 'json', 'input tcp dport 1-1024')
        self.assertEqual(set(answer), document)
        for x in answer['classes']:
            self.assertEqual(set(x), one)
        table = self.json('services', '--format', 'json')
        self.assertEqual(set(table), services)
        for x in table['services']:
            self.assertEqual(set(x), row)
        common.write(os.path.join(self.dir, 'old.nft'), self.RULES.replace('22', '24'))
        spec = common.write(os.path.join(self.dir, 'p.spec'), 'accept input tcp dport 22\nsame old.nft\n')
        held = self.json('test', '--format', 'json', spec)
        self.assertEqual(set(held), tested)
        self.assertEqual([set(x) for x in held['lines']], [line - {'path', 'verdict', 'trace', 'old'}, line])
        self.assertEqual([held['version'], table['version'], answer['version']], [1, 1, 1])

    def test_trace(self):
        document, step = self.tables('trace.md')
        seen, steps = set(), set()
        for port, more in ((443, ['--reply']), (22, ['--reply']), (23, ['--reply'])):
            one = self.json('trace', '--format', 'json', *more, 'tcp 192.0.2.10:40123 -> 198.51.100.20:%d, in eth0' % port)
            seen.update(one)
            steps.update(k for x in one['steps'] for k in x)
        self.assertEqual(seen | {'kernel'}, document)
        self.assertEqual(steps | {'goes'}, step)


if __name__ == '__main__':
    common.main()
