#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line as a user meets it.  usage: cli.py FWLINT"""
import collections
import glob
import json
import os
import re
import shutil
import stat
import subprocess
import tempfile
import unittest

import common
from common import EXAMPLES, PASTED, ROOT, read

FWLINT = common.program()

CLEAN = ('*filter\n:INPUT DROP [0:0]\n-A INPUT -m conntrack --ctstate INVALID -j DROP\n'
         '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\nCOMMIT\n')
PASTED_FIXED = ('-A FORWARD -m state --state RELATED,ESTABLISHED -j ACCEPT\n'
                '-A FORWARD -m state --state INVALID -j DROP\n'
                '-A FORWARD -p tcp -j REJECT --reject-with tcp-reset\n')


def with_header(text):
    return '*filter\n' + text + 'COMMIT\n'


def run(*args, stdin='', env=None, cwd=None):
    e = dict(os.environ, **(env or {}))
    e.pop('NO_COLOR', None)
    e.update(env or {})
    return common.outcome(*args, stdin=stdin, env=e, cwd=cwd)


class Folder(common.Folder):
    def file(self, text, name='rules'):
        return common.write(os.path.join(self.dir, name), text)


class Together(Folder):
    """Files of one host: a packet passes the chains of all."""
    def setUp(self):
        super().setUp()
        self.reset = self.file(with_header(
            ':INPUT DROP [0:0]\n:OUTPUT DROP [0:0]\n-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT\n'
            '-A INPUT -p tcp -j REJECT --reject-with tcp-reset\n'
            '-A OUTPUT -p tcp --tcp-flags RST RST -j ACCEPT\n'), 'rules.v4')

    def nft(self, priority, rule='ct state invalid drop', name='x'):
        return self.file('table inet %s {\n\tchain in {\n\t\ttype filter hook input priority %s; policy accept;\n'
                         '\t\t%s\n\t}\n}\n' % (name, priority, rule), '%s.nft' % name)

    def codes(self, *files):
        status, out, err = run('--together', '--format', 'json', '--ignore', 'FW103', *files)
        self.assertIn(status, (0, 1), err)
        inputs = json.loads(out)['inputs']
        self.assertEqual(len(inputs), 1)
        return {(os.path.basename(f['file']), f['code'], f['severity']) for f in inputs[0]['findings']}

    def test_a_drop_in_an_nft_chain_cures_a_reset_in_iptables(self):
        self.assertIn(('rules.v4', 'FW102', 'error'), self.codes(self.reset, self.nft(10)))
        self.assertEqual(self.codes(self.reset, self.nft(-10)), set())
        self.assertEqual(self.codes(self.nft(-10), self.reset), set())

    def test_an_accept_of_the_first_chain_does_not_spare_the_reset_of_the_second(self):
        self.assertIn(('rules.v4', 'FW102', 'error'), self.codes(self.nft(-10, 'accept'), self.reset))

    def test_what_one_order_of_equal_priorities_finds_is_less_severe(self):
        for files in ((self.reset, self.nft(0)), (self.nft(0), self.reset)):
            self.assertEqual(self.codes(*files), {('rules.v4', 'FW101', 'warning'), ('rules.v4', 'FW102', 'warning')})
            self.assertIn('for one order of the chains', run('--together', *files)[1])

    def test_a_reset_in_either_order_is_an_error_by_whichever_chain(self):
        nft = self.nft(0, 'ct state established accept; meta l4proto tcp reject with tcp reset')
        codes = self.codes(self.reset, nft)
        self.assertIn(('rules.v4', 'FW102', 'error'), codes)
        self.assertIn(('x.nft', 'FW102', 'error'), codes)
        status, diff, err = run('--together', '--diff', self.reset, nft)
        self.assertEqual((diff.count('+-A INPUT -m state --state INVALID -j DROP'), diff.count('ct state invalid drop')), (1, 1))

    def test_what_both_orders_find_is_an_error(self):
        self.assertIn(('rules.v4', 'FW102', 'error'), self.codes(self.reset, self.nft(0, 'udp dport 53 drop')))

    def test_the_fix_goes_into_the_file_with_the_reset(self):
        nft = self.nft(10)
        before = read(nft)
        status, _, err = run('--together', '--apply', nft, self.reset)
        self.assertEqual(status, 0, err)
        self.assertEqual(read(nft), before)
        self.assertIn('--state INVALID -j DROP\n', read(self.reset))
        self.assertEqual(run('--together', '--diff', nft, self.reset), (0, '', ''))

    def test_places_name_their_file(self):
        _, out, _ = run('--together', self.nft(10), self.reset)
        self.assertIn('line 5 of %s answers it with a tcp reset' % self.reset, ' '.join(out.split()))

    def test_JSON_as_a_later_part_is_edited_in_its_place(self):
        text = read(os.path.join(EXAMPLES, 'server.json'))
        listing = self.file(text, 'server.json')
        alone = run('--diff', listing)[1]
        status, diff, err = run('--together', '--diff', self.nft(10, 'udp dport 53 drop'), listing)
        self.assertEqual((status, diff), (1, alone), err)
        _, out, _ = run('--together', '--select', 'FW1', '--format', 'json', self.nft(10, 'udp dport 53 drop'), listing)
        _, own, _ = run('--select', 'FW1', '--format', 'json', listing)
        places = [[(f['line'], f['column'], f['pointer']) for f in json.loads(x)['inputs'][0]['findings']] for x in (out, own)]
        self.assertEqual(places[0], places[1])

    def test_a_table_in_two_files_is_refused(self):
        other = self.file(read(self.reset), 'other.v4')
        status, out, err = run('--together', self.reset, other)
        self.assertEqual((status, out), (2, ''))
        self.assertIn('table ip filter is in', err)
        errors = json.loads(run('--together', '--format', 'json', self.reset, other)[1])['inputs']
        self.assertEqual([i['file'] for i in errors], ['%s and %s' % (self.reset, other)])

    def test_standard_input_is_no_file_to_write_into(self):
        nft, before = self.nft(10), read(self.reset)
        for files in ((self.reset, '-'), ('-', self.reset)):
            status, out, err = run('--together', '--apply', *files, stdin=read(nft))
            self.assertEqual((status, out), (2, ''))
            self.assertIn('--together --apply writes files', err)
            self.assertEqual(read(self.reset), before)
            status, out, _ = run('--together', '--diff', *files, stdin=read(nft))
            self.assertEqual((status, out.count('\n+-A INPUT')), (1, 1))
        self.assertEqual(run('--together', '--apply', '-', stdin=before)[:2], run('--apply', '-', stdin=before)[:2])

    def test_what_is_wrong_with_any_part_is_said(self):
        bad, worse = self.file('-A INPUT -j\n', 'bad.v4'), self.file('table x {\n', 'worse.nft')
        status, out, err = run('--together', self.reset, bad, worse)
        self.assertEqual((status, out), (2, ''))
        self.assertRegex(err, r'bad.v4:1:\d+: error')
        self.assertRegex(err, r'worse.nft:\d+:\d+: error')
        self.assertIn('bad.v4', json.loads(run('--together', '--format', 'json', self.reset, bad)[1])['inputs'][0]['file'])


class ManyFixes(Folder):
    def test_all_of_many_equal_defects_are_fixed_in_one_run(self):
        n = 60
        text = with_header(''.join(
            [':INPUT DROP [0:0]\n'] + [':c%d - [0:0]\n' % i for i in range(n)] +
            ['-A INPUT -s 10.0.0.%d -j c%d\n' % (i, i) for i in range(n)] +
            ['-A c%d -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A c%d -p tcp -j REJECT --reject-with tcp-reset\n' % (i, i)
             for i in range(n)]))
        for unsafe, count in ((), n), (('--unsafe-fixes',), n):
            _, once, _ = run('--fix', *unsafe, stdin=text)
            self.assertEqual(once.count('--ctstate INVALID -j DROP'), count)
            self.assertEqual(run('--fix', *unsafe, stdin=once)[1], once)
        self.assertNotIn('no fix was found', run(self.file(text))[1])


class MapElements(unittest.TestCase):
    def test_no_second_element_for_invalid_goes_into_a_verdict_map(self):
        chain = ('table inet x {\n\tchain log_it {\n\t\tcounter\n\t}\n\tchain in {\n\t\ttype filter hook input priority 0; policy drop;\n'
                 '\t\t%s\n\t\tmeta l4proto tcp reject with tcp reset\n\t}\n}\n')
        for vmap in ('ct state vmap { established : accept, related : accept, invalid : jump log_it }',
                     'iifname . ct state vmap { "eth0" . established : accept, "eth0" . invalid : jump log_it }'):
            _, fixed, _ = run('--fix', '--unsafe-fixes', stdin=chain % vmap)
            self.assertIn('\t\t%s\n' % vmap, fixed)
            self.assertIn('ct state invalid drop\n', fixed)


class CommandPlaces(unittest.TestCase):
    def test_commands_count_the_rules_that_one_line_makes(self):
        text = with_header('-A INPUT -s 10.0.0.1,10.0.0.2,10.0.0.3 -d 10.1.0.1,10.1.0.2 -j LOG\n'
                           '-A INPUT --source=10.0.0.1,10.0.0.9 -j LOG\n'
                           '-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT\n'
                           '-A INPUT -p tcp -j REJECT --reject-with tcp-reset\n')
        _, out, _ = run('--format', 'commands', '--select', 'FW101', stdin=text)
        self.assertIn('iptables -t filter -I INPUT 10 -m state --state INVALID -j DROP\n', out)


class UsersExample(Folder):
    def test_pasted_lines_as_standard_input(self):
        for text in (PASTED, with_header(PASTED)):
            code, out, err = run(stdin=text)
            self.assertEqual(code, 1, err)
            self.assertEqual(re.findall('error: (FW1..)', out), ['FW101'])
            self.assertIn('cures FW102 in line', out)
            added = [l[1:] for l in out.split('\n') if l.startswith('+') and not l.startswith('+++')]
            self.assertEqual(added, ['-A FORWARD -m state --state INVALID -j DROP'])

    def test_output_is_a_patch(self):
        for text in (PASTED, with_header(PASTED)):
            path = self.file(text)
            _, out, _ = run(path)
            subprocess.run(['patch', '-s', path], input=out, text=True, check=True)
            self.assertEqual(read(path), text.replace(PASTED, PASTED_FIXED))

    def test_apply_gives_the_same_file_and_it_is_clean(self):
        for i, text in enumerate((PASTED, with_header(PASTED))):
            path = self.file(text, 'rules%d' % i)
            code, _, _ = run('--apply', path)
            self.assertEqual(code, 0)
            self.assertEqual(read(path), text.replace(PASTED, PASTED_FIXED))
            self.assertEqual(read(path + '~'), text)
            self.assertEqual(run(path)[0], 0)

    def test_fix_and_apply_of_standard_input_print_the_corrected_text(self):
        self.assertEqual(run('--fix', stdin=PASTED)[:2], (1, PASTED_FIXED))
        self.assertEqual(run('--apply', stdin=PASTED)[:2], (0, PASTED_FIXED))

    def test_diff_alone_is_a_patch_for_git_too(self):
        path = self.file(PASTED)
        _, out, _ = run('--diff', 'rules', cwd=self.dir)
        self.assertTrue(out.startswith('--- rules\n+++ rules\n@@ -1,2 +1,3 @@\n'), out)
        subprocess.run(['git', 'apply', '-p0', '-'], input=out, text=True, check=True, cwd=self.dir)
        self.assertEqual(read(path), PASTED_FIXED)

    def test_no_line_end_at_the_end_of_the_file(self):
        path = self.file('-A INPUT -p tcp -j REJECT --reject-with tcp-reset\n'
                         '-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n'
                         '-A FORWARD -j REJECT')
        _, out, _ = run(path)
        subprocess.run(['patch', '-s', path], input=out, text=True, check=True)
        self.assertEqual(run(path)[0], 0)


class Assumptions(Folder):
    """A witness says what it assumes of tests that are not known, also where a drop was passed by."""

    def witness(self, rules):
        found = json.loads(run('--format', 'json', '-', stdin=rules)[1])['inputs'][0]['findings']
        return [f['witness'] for f in found if f['code'] == 'FW102'][0]

    def test_of_a_drop_that_was_not_taken(self):
        for rules, what in (
                ('-A INPUT -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT\n'
                 '-A INPUT -m limit --limit 5/min -j DROP\n-A INPUT -p tcp -j REJECT --reject-with tcp-reset\n',
                 '-m limit --limit 5/min'),
                ('table inet t {\nchain c {\ntype filter hook input priority 0; policy drop;\n'
                 'ct state new,established accept\nquota over 5 mbytes drop\n'
                 'meta l4proto tcp reject with tcp reset\n}\n}\n', 'quota over 5242880 bytes'),
                # one test that fails is enough
                ('-A INPUT -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT\n'
                 '-A INPUT -m limit --limit 5/min -m string --string x --algo bm -j DROP\n'
                 '-A INPUT -p tcp -j REJECT --reject-with tcp-reset\n', '-m limit --limit 5/min')):
            w = self.witness(rules)
            self.assertEqual(w['assumes'], ['not: ' + what])
            self.assertIn("if it does not match '%s'" % what, w['text'])

    def test_what_another_rule_needs_is_enough(self):
        w = self.witness('-A INPUT -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT\n'
                         '-A INPUT -m limit --limit 5/min -m string --string x --algo bm -j DROP\n'
                         '-A INPUT -m string --string x --algo bm -j DROP\n'
                         '-A INPUT -p tcp -j REJECT --reject-with tcp-reset\n')
        self.assertEqual(w['assumes'], ['not: -m string --string x --algo bm'])

    def test_of_a_mark_that_was_written(self):
        w = self.witness('*mangle\n-A PREROUTING -m limit --limit 5/min -j MARK --set-mark 1\nCOMMIT\n*filter\n:INPUT DROP\n'
                         '-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\n'
                         '-A INPUT -p tcp -m mark --mark 1 -j REJECT --reject-with tcp-reset\nCOMMIT\n')
        self.assertEqual(w['assumes'], ['-m limit --limit 5/min'])

    def test_what_only_logs_is_not_named(self):
        w = self.witness('-A INPUT -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT\n'
                         '-A INPUT -m limit --limit 5/min -j LOG\n-A INPUT -p tcp -j REJECT --reject-with tcp-reset\n')
        self.assertEqual(w['assumes'], [])


class Ask(Folder):
    """fwlint ask MATCH FILE"""
    RULES = ('*filter\n:INPUT DROP\n:FORWARD DROP\n-A INPUT -i lan0 -p tcp --dport 22 -j ACCEPT\n-A INPUT -p tcp --dport 443 -j ACCEPT\n'
             '-A INPUT -p tcp --dport 80 -j ACCEPT\n-A INPUT -p tcp --dport 113 -j REJECT --reject-with tcp-reset\nCOMMIT\n')

    def ask(self, question, *options, text=None):
        return run('ask', question, *options, self.file(text or self.RULES))

    def classes(self, question, text=None):
        code, out, err = self.ask(question, '--format', 'json', text=text)
        self.assertEqual((code, err), (0, ''))
        return json.loads(out)['classes']

    def matches(self, question, text=None):
        return [(c['verdict'], c['match'], c['lines']) for c in self.classes(question, text)]

    def test_classes_are_disjoint_and_complete_and_in_words_of_nft(self):
        self.assertEqual(self.matches('input'), [
            ('accept', 'iifname "lan0" tcp dport 22', [4]),
            ('accept', 'tcp dport { 80, 443 }', [5, 6]),
            ('reject', 'tcp dport 113', [7]),
            ('drop', 'iifname != "lan0" tcp dport 22', [2]),
            ('drop', 'tcp dport != { 22, 80, 113, 443 }', [2]),
            ('drop', 'meta l4proto != tcp', [2])])

    def test_a_question_is_kept_to(self):
        self.assertEqual(self.matches('input iifname "wan0" tcp dport 1-100 ct state new'), [
            ('accept', 'iifname "wan0" tcp dport 80 ct state new', [6]),
            ('drop', 'iifname "wan0" tcp dport { 1-79, 81-100 } ct state new', [2])])

    def test_all_paths_are_asked_unless_one_is_named(self):
        self.assertEqual([(c['path'], c['verdict']) for c in self.classes('udp dport 53')],
                         [('input', 'drop'), ('forward', 'drop'), ('output', 'accept')])
        self.assertEqual([c['path'] for c in self.classes('forward udp dport 53')], ['forward'])

    def test_a_sample_is_in_the_words_of_a_witness(self):
        sample = self.classes('input tcp dport 443')[0]['sample']
        self.assertEqual(sample, 'NEW tcp 192.0.2.10:40123 -> 198.51.100.20:443, flags SYN, in eth0')

    def test_a_verdict_that_is_asked_for_is_the_exit_status(self):
        self.assertEqual(self.ask('input tcp dport 443', '--verdict', 'accept')[0], 0)
        self.assertEqual(self.ask('input tcp dport 22', '--verdict', 'accept')[0], 1)
        self.assertEqual(self.ask('input udp', '--verdict', 'drop')[0], 2)

    def test_a_wrong_question_has_a_place(self):
        code, out, err = self.ask('input tcp dprot 22')
        self.assertEqual((code, out), (2, ''))
        self.assertIn('question:1:11: error: ', err)
        self.assertIn("did you mean 'drop'", self.ask('udp dport 53', '--verdict', 'dropp')[2])

    def test_what_a_test_answers_is_an_assumption(self):
        text = '*filter\n:INPUT DROP\n-A INPUT -p udp --dport 53 -m limit --limit 5/min -j ACCEPT\nCOMMIT\n'
        self.assertEqual([(c['verdict'], c['match'], c['assumes']) for c in self.classes('input udp dport 53', text)],
                         [('accept', 'udp dport 53', ["it matches '-m limit --limit 5/min'"]),
                          ('drop', 'udp dport 53', ["it does not match '-m limit --limit 5/min'"])])

    def test_families_are_told_apart_where_they_differ(self):
        text = 'table ip f {\n chain i { type filter hook input priority 0; tcp dport 22 drop; }\n}\n'
        self.assertEqual([c[:2] for c in self.matches('input tcp dport 22', text)],
                         [('drop', 'meta nfproto ipv4 tcp dport 22'), ('accept', 'meta nfproto ipv6 tcp dport 22')])


class Services(Folder):
    """fwlint services FILE"""
    RULES = ('table inet f {\n chain i {\n  type filter hook input priority 0; policy drop;\n  iifname "lan0" tcp dport { 22, 80 } accept\n'
             '  ip saddr 10.0.0.0/8 udp dport 53 accept\n  meta nfproto ipv4 tcp dport 443 accept\n }\n'
             ' chain o { type filter hook forward priority 0; policy drop; tcp dport 25 accept; }\n}\n')

    def rows(self, *options):
        code, out, err = run('services', *options, self.file(self.RULES))
        self.assertEqual((code, err), (0, ''))
        return out

    def test_ports_by_interface_source_and_family(self):
        rows = json.loads(self.rows('--format', 'json'))['services']
        self.assertEqual([(r['path'], r['in'], r['source'], r['protocol'], r['ipv4'], r['ipv6'], r['differs'], r['lines'])
                          for r in rows],
                         [('input', '"lan0"', 'any', 'tcp', '{ 22, 80 }', '{ 22, 80 }', False, [4]),
                          ('input', 'any', 'any', 'tcp', '443', None, True, [6]),
                          ('input', 'any', '10.0.0.0/8', 'udp', '53', None, True, [5]),
                          ('forward', 'any', 'any', 'tcp', '25', '25', False, [8])])

    def test_tables(self):
        self.assertIn('| this host | any | any | 10.0.0.0/8 | any | udp | 53 | - | ! |  |', self.rows('--format', 'markdown'))
        self.assertIn('"this host","any","any","10.0.0.0/8","any","udp","53","-","!",""\n', self.rows('--format', 'csv'))
        self.assertRegex(self.rows(), r'(?m)^this host +"lan0" +any +any +any +tcp +\{ 22, 80 \} +\{ 22, 80 \}')


class Compare(Folder):
    """fwlint compare OLD NEW"""
    OPEN = '*filter\n:INPUT DROP\n-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n'
    EMPTY = '*filter\n:INPUT ACCEPT\nCOMMIT\n'
    TIGHT = '*filter\n:INPUT DROP\n-A INPUT -s 192.0.2.0/24 -p tcp --dport 22 -j ACCEPT\nCOMMIT\n'
    NFT = ('table ip filter {\n chain INPUT {\n  type filter hook input priority 0; policy drop;\n'
           '  %s tcp dport 22 counter accept\n }\n}\n')

    def compare(self, old, new, *options):
        a, b = self.file(old, 'old'), self.file(new, 'new')
        return run('compare', *options, a, b)

    def test_an_index_counts_the_rules_that_were_flushed(self):
        """Seen with nft 1.0.6: behind `flush chain` the places of the old rules are in front of the new ones."""
        head = 'table ip t {\n\tchain c {\n\t\ttype filter hook input priority 0;\n%s\t}\n}\n'
        commands = 'flush chain ip t c\nadd rule ip t c tcp dport 1-9 accept\nadd rule ip t c %s tcp dport 5 drop\n'
        flushed = head % '\t\tip ttl 1\n\t\tip ttl 2\n' + commands
        drop_first = head % '\t\ttcp dport 5 drop\n\t\ttcp dport 1-9 accept\n'
        self.assertEqual(self.compare(flushed % 'index 1', drop_first)[0], 0)
        self.assertEqual(self.compare(flushed % 'index 2', drop_first)[0], 1)
        # what is inserted without an index stands in front of the old rules, and is index 0
        behind = flushed.replace('add rule ip t c tcp dport 1-9', 'insert rule ip t c tcp dport 1-9')
        self.assertEqual(self.compare(behind % 'index 0', drop_first)[0], 1)
        self.assertEqual(self.compare(behind.replace('add rule', 'insert rule') % 'index 0', drop_first)[0], 0)
        command = '{"nftables": [{"add": {"table": {"family": "ip", "name": "t"}}}, {"add": {"chain": {"family": "ip", "table": "t", ' \
            '"name": "c", "type": "filter", "hook": "input", "prio": 0, "policy": "accept"}}}, %s]}'
        rule = '{"%s": {"rule": {"family": "ip", "table": "t", "chain": "c", %s"expr": [{"match": {"op": "==", "left": ' \
            '{"payload": {"protocol": "tcp", "field": "dport"}}, "right": %s}}, {"%s": null}]}}}'
        flush = '{"flush": {"chain": {"family": "ip", "table": "t", "name": "c"}}}'
        json_text = command % ', '.join((rule % ('add', '', 1, 'accept'), flush, rule % ('insert', '', '{"range": [1, 9]}', 'accept'),
                                         rule % ('add', '"index": 0, ', 5, 'drop')))
        self.assertEqual(self.compare(json_text, drop_first)[0], 1)
        self.assertEqual(self.compare(json_text, head % '\t\ttcp dport 1-9 accept\n\t\ttcp dport 5 drop\n')[0], 0)

    def test_what_is_forwarded_untranslated_was_never_for_the_host(self):
        text = ('table ip t {\nchain p {\ntype filter hook prerouting priority mangle\n%s'
                'ct state invalid fib daddr type local accept\nct state invalid drop\n}\n'
                'chain f {\ntype filter hook forward priority filter; policy drop\nfib daddr type != local reject\n}\n'
                'chain i {\ntype filter hook input priority filter; policy drop\n}\n}\n')
        r = self.compare(text % '', text % 'ct state invalid meta l4proto tcp drop\n')
        self.assertEqual(r[0], 0, r)

    def test_marks_in_many_ways(self):
        """Each jump asks how the mark may have come about, twice: both answers are of one way. Too many jumps end it."""
        text = '''table ip t {
            chain u1 {
                meta l4proto tcp limit rate 5/minute meta mark set ct mark tcp dport vmap { 22 : accept, 80 : drop, 1000-2000 : accept }
                meta l4proto tcp ct reply zone set %d
            }
            chain u0 { jump u1; }
            chain i {
                type filter hook input priority filter; policy accept;
                ip saddr 10.0.0.0/8 jump u0
                limit rate 5/minute meta mark set ct mark jump u1
                meta l4proto tcp ct state . meta mark { new . 0, invalid . 1, established . 2 } ct direction reply jump u0
                %s
            }
        }
        '''
        code, out, _ = self.compare(text % (0, ''), text % (1, ''))
        self.assertEqual((code, out.split('\n')[0]), (0, 'equal: every packet has the same verdict in both'))
        again = text.split('\n')[-5] + '\n'
        self.assertIn('jump u0', again)
        code, _, err = self.compare(text % (0, 8 * again), text % (1, 8 * again))
        self.assertIn('could not be compared: a mark is written in too many ways to be followed', err)
        self.assertEqual(code, 2)

    def test_equal(self):
        self.assertEqual(self.compare(self.OPEN, self.OPEN)[:2],
                         (0, 'equal: every packet has the same verdict in both\n'))

    def test_a_later_fragment_has_no_ports_where_nothing_reassembles(self):
        old, new = ('*filter\n%s-A FORWARD -p udp{} -j DROP\nCOMMIT\n'.format(x) for x in (' --dport 0:65535', ''))
        code, out, _ = self.compare(old % '', new % '')
        self.assertEqual((code, 'a later fragment' in out), (1, True), out)
        tracked = '-A FORWARD -m conntrack --ctstate INVALID -j DROP\n'
        self.assertEqual(self.compare(old % tracked, new % tracked)[0], 0)

    FRAGMENTS = 'table ip t {\n chain c {\n  type filter hook %s priority %s;\n  %s drop\n }\n %s}\n'
    TRACKED = 'chain d { type filter hook forward priority 0; ct state invalid drop; }\n'

    def fragments(self, one, other, hook='forward', priority='0', more=''):
        texts = [self.FRAGMENTS % (hook, priority, x, more) for x in (one, other)]
        return self.compare(*texts)[:2]

    def test_nft_reads_ports_of_a_later_fragment_and_no_options(self):
        # nft_payload_fast_eval() reads what stands there, nft_payload_set_eval() and nft_exthdr.c do not
        self.assertEqual(self.fragments('udp dport 0-65535', 'meta l4proto udp')[0], 0)
        for test in ('udp dport set 53', 'reset tcp option timestamp'):
            proto = 'meta l4proto ' + ('tcp' if 'tcp' in test else 'udp')
            code, out = self.fragments(test, proto)
            self.assertEqual((code, 'a later fragment' in out), (1, True), out)
            self.assertEqual(self.fragments(test, proto, more=self.TRACKED)[0], 0)

    def test_where_nft_sees_later_fragments(self):
        test, never = 'ip frag-off & 0x1fff != 0', 'meta mark 1 meta mark 2'
        self.assertIn('a later fragment', self.fragments(test, never)[1])
        self.assertEqual(self.fragments(test, never, more=self.TRACKED)[0], 0)
        self.assertIn('a later fragment', self.fragments(test, never, 'prerouting', '-450', self.TRACKED)[1])
        self.assertEqual(self.fragments(test, never, 'prerouting', '-390', self.TRACKED)[0], 0)
        self.assertEqual(self.fragments(test, never, 'input')[0], 0)
        self.assertEqual(self.fragments('ip frag-off & 8191 == 0', 'ip frag-off & 0x1fff 0')[0], 0)

    def test_later_fragments_are_not_compared_between_dialects(self):
        iptables = '*filter\n:FORWARD ACCEPT\n-A FORWARD -p udp --dport 53 -j DROP\nCOMMIT\n'
        out = self.compare(iptables, self.FRAGMENTS % ('forward', '0', 'udp dport 53', ''))[1]
        self.assertIn('not compared: later fragments, of which nft reads some bytes as ports, while iptables does not', out)

    def test_no_answer_is_new_and_what_is_assured_is_not(self):
        for test in ('ct state new ct direction reply', 'ct state new ct status assured'):
            self.assertEqual(self.compare(self.NFT % test, self.NFT.replace('accept', 'drop') % test)[0], 0, test)
        test = 'ct state new ct status snat'
        self.assertEqual(self.compare(self.NFT % test, self.NFT.replace('accept', 'drop') % test)[0], 1)

    def test_drops_in_front_of_a_drop_behind_many_rules(self):
        text = common.read(os.path.join(common.ROOT, 'tests', 'stock', 'apf.v4'))
        less = text.replace('-A INPUT -p tcp -j DROP\n-A INPUT -p udp -j DROP\n-A INPUT -j DROP\n', '-A INPUT -j DROP\n')
        self.assertNotEqual(less, text)
        for two in ((text, less), (less, text)):
            self.assertEqual(self.compare(*two)[:2], (0, 'equal: every packet has the same verdict in both\n'))

    def test_a_rule_is_gone_from_a_long_list(self):
        lines = ['-A INPUT -s 10.0.%d.%d -j DROP' % (i // 256, i % 256) for i in range(2000)]
        lines += ['-A INPUT -p udp --dport %d -j ACCEPT' % i for i in range(2000)]
        lists = ['*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\n%s\n-A INPUT -p tcp -j REJECT\n-A INPUT -j DROP\nCOMMIT\n'
                 % '\n'.join(x) for x in (lines, lines[1:])]
        for two in (lists, lists[::-1]):
            code, out, err = self.compare(*two)
            self.assertEqual((code, err), (1, ''))
            self.assertEqual(len(re.findall('^input: NEW packets', out, re.M)), 2) # reject; accept

    def test_other_words_for_the_same(self):
        two = self.OPEN.replace('-A INPUT -p tcp --dport 22 -j ACCEPT',
                                '-N ssh\n-A INPUT -p 6 -j ssh\n-A ssh -p tcp ! --dport 22 -j RETURN\n-A ssh -j ACCEPT')
        # a later fragment has no port: it does not return; at INPUT there is none (ip_local_deliver)
        self.assertEqual(self.compare(self.OPEN, two)[0], 0)
        forward = [t.replace('INPUT', 'FORWARD') for t in (self.OPEN, two)]
        self.assertIn('a later fragment', self.compare(*forward)[1])
        tracked = [t.replace('COMMIT', '-A FORWARD -m conntrack --ctstate INVALID -j DROP\nCOMMIT') for t in (self.OPEN, two)]
        self.assertEqual(self.compare(*tracked)[0], 0)

    def test_across_dialects(self):
        self.assertEqual(self.compare(self.OPEN, self.NFT % '')[0], 0)
        self.assertEqual(self.compare(self.TIGHT, self.NFT % 'ip saddr 192.0.2.0/24')[0], 0)
        self.assertEqual(self.compare(self.TIGHT, self.NFT % '')[0], 1)

    def test_a_witness_shows_what_either_of_them_tests_and_nothing_else(self):
        new = ('*filter\n:INPUT ACCEPT\n-A INPUT -p icmp --icmp-type 3/4 -m length --length 100 -m dscp --dscp 46 '
               '-m pkttype --pkt-type multicast -m ttl --ttl-lt 3 -m connmark --mark 5 -j DROP\nCOMMIT\n')
        for texts in ((self.EMPTY, new), (new, self.EMPTY)):
            out = self.compare(*texts)[1]
            self.assertIn('  witness: NEW icmp 192.0.2.10 -> 198.51.100.20, type 3, code 4, in eth0, ct mark 0x5, '
                          'pkttype multicast, length 100, ttl 1, dscp 46\n', out)
        new = '*filter\n:INPUT ACCEPT\n-A INPUT -p udp -j DROP\nCOMMIT\n'
        self.assertIn('  witness: NEW udp 192.0.2.10:40123 -> 198.51.100.20:50321, in eth0\n', self.compare(self.EMPTY, new)[1])

    def test_a_witness_speaks_of_the_hop_limit_of_ipv6(self):
        new = '*filter\n:INPUT ACCEPT\n-A INPUT -p udp -m hl --hl-eq 9 -s fd00::1 -j DROP\nCOMMIT\n'
        self.assertIn('in eth0, hop limit 9\n', self.compare('# ip6tables\n' + self.EMPTY, '# ip6tables\n' + new)[1])

    def test_a_difference_has_a_witness_and_both_ways(self):
        code, out, _ = self.compare(self.OPEN, self.TIGHT, '--format', 'json')
        self.assertEqual(code, 1)
        doc = json.loads(out)
        self.assertFalse(doc['equal'])
        for d in doc['differences']:
            self.assertEqual((d['path'], d['old'], d['new']), ('input', 'accept', 'drop'))
            self.assertEqual(d['sample']['dport'], '22')
            self.assertFalse(d['sample']['saddr'].startswith('192.0.2.'))
            self.assertEqual(d['old_trace'][-1]['line'], 3)
            self.assertTrue(d['new_trace'][-1]['policy'])
        self.assertEqual([d['state'] for d in doc['differences']],
                         ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED'])

    def test_what_a_fix_does(self):
        code, out, _ = self.compare(with_header(PASTED), with_header(PASTED_FIXED), '--quiet')
        self.assertEqual((code, out), (1, 'forward: INVALID packets: accept -> drop\n'
                                          'forward: INVALID packets: tcp reset -> drop\n'
                                          '2 classes of packets differ, all INVALID; '
                                          'every other packet has the same verdict in both\n'))

    def test_order_of_limits_is_seen(self):
        rules = ['-A INPUT -p tcp -m limit --limit 5/min -j ACCEPT\n', '-A INPUT -p tcp --dport 25 -j DROP\n']
        text = '*filter\n:INPUT DROP\n%s%sCOMMIT\n'
        self.assertEqual(self.compare(text % tuple(rules), text % tuple(reversed(rules)))[0], 1)
        self.assertEqual(self.compare(text % tuple(rules), text % tuple(rules))[0], 0)

    def test_elements_of_a_map_are_no_rules_of_their_own(self):
        # what comes back from the chain is past the map, but meets the next rule
        text = ('table ip t {\n chain u {\n  meta mark set 1\n }\n chain i {\n'
                '  type filter hook input priority 0; policy accept;\n%s }\n}\n')
        one = text % '  meta mark vmap { 0 : jump u, 1 : drop }\n'
        two = text % '  meta mark 0 jump u\n  meta mark 1 drop\n'
        self.assertEqual(self.compare(one, one)[0], 0)
        code, out, _ = self.compare(one, two, '--quiet')
        self.assertEqual((code, out.split('\n')[0]), (1, 'input: NEW packets: accept -> drop'))

    def test_reject_types(self):
        text = '*filter\n-A INPUT -j REJECT --reject-with %s\nCOMMIT\n'
        self.assertEqual(self.compare(text % 'icmp-host-prohibited', text % 'icmp-port-unreachable')[0], 1)
        nft = 'table inet filter {\n chain INPUT {\n  type filter hook input priority 0;\n  meta nfproto ipv4 reject with %s\n }\n}\n'
        self.assertEqual(self.compare(text % 'icmp-port-unreachable', nft % 'icmpx type port-unreachable')[0], 0)
        self.assertEqual(self.compare(text % 'icmp-port-unreachable', nft % 'icmpx type admin-prohibited')[0], 1)

    QUEUE = '*filter\n:INPUT DROP\n-A INPUT -p tcp -j %s\nCOMMIT\n'

    def differs(self, old, new):
        code, out, err = self.compare(old, new, '--format', 'json')
        self.assertIn(code, (0, 1), err)
        return code, [d['old'] + ' -> ' + d['new'] for d in json.loads(out)['differences'] if d['state'] == 'NEW']

    def test_queues_differ_by_number_and_by_what_happens_when_nobody_listens(self):
        q = self.QUEUE
        nft = self.NFT.replace('  %s tcp dport 22 counter accept', '  ip protocol tcp queue %s')
        self.assertEqual(self.differs(q % 'NFQUEUE --queue-num 1', q % 'NFQUEUE --queue-num 1 --queue-bypass'),
                         (1, ['queue (1) -> queue (1, bypass)']))
        self.assertIn('queue (1) -> queue (2)', self.differs(q % 'NFQUEUE --queue-num 1', q % 'NFQUEUE --queue-num 2')[1])
        self.assertEqual(self.differs(q % 'NFQUEUE --queue-num 1', q % 'ACCEPT'), (1, ['queue (1) -> accept']))
        self.assertEqual(self.differs(q % 'NFQUEUE --queue-num 1 --queue-bypass', nft % 'flags bypass to 1'), (0, []))
        self.assertEqual(self.differs(q % 'NFQUEUE --queue-num 1', nft % 'flags bypass to 1'),
                         (1, ['queue (1) -> queue (1, bypass)']))

    NAT = ('*nat\n-A PREROUTING -p tcp -m tcp --dport 80 -j %s\nCOMMIT\n')
    NFT_NAT = ('%stable ip nat {\n chain PREROUTING {\n  type nat hook prerouting priority -100;\n'
               '  tcp dport 80 counter %s\n }\n}\n')

    def not_compared(self, old, new):
        """(exit status, what the text says, (what, line of old, line of new) of JSON)"""
        code, out, err = self.compare(old, new)
        as_json = json.loads(self.compare(old, new, '--format', 'json')[1])
        self.assertEqual(as_json['equal'], code == 0, err)
        lines = [l.replace(self.dir + '/', '') for l in out.split('\n') if l.startswith('not compared')]
        return code, lines, [(u['what'], u['old'] and u['old']['line'], u['new'] and u['new']['line'])
                             for u in as_json['not_compared']]

    def test_says_that_translation_differs_which_it_does_not_compare(self):
        one = self.NAT % 'DNAT --to-destination 192.0.2.1:80'
        for two, line in ((self.NAT % 'DNAT --to-destination 192.0.2.2:80', 2),
                          (self.NAT % 'REDIRECT --to-ports 8080', 2),
                          (self.NFT_NAT % ('', 'dnat to 192.0.2.2:80'), 4),
                          (self.NFT_NAT % ('define x = 192.0.2.2\n', 'dnat to $x:80'), 5)):
            self.assertEqual(self.not_compared(one, two),
                             (0, ['not compared: address translation, which differs: old:2, new:%d' % line],
                              [('address translation', 2, line)]), two)

    def test_translation_in_the_words_of_the_other_dialect_is_the_same(self):
        for old, new in ((self.NAT % 'DNAT --to-destination 192.0.2.1:80', self.NFT_NAT % ('', 'dnat to 192.0.2.1:80')),
                         (self.NAT % 'DNAT --to-destination 192.0.2.1-192.0.2.9',
                          self.NFT_NAT % ('', 'dnat ip to 192.0.2.1-192.0.2.9')),
                         (self.NAT % 'REDIRECT --to-ports 8080', self.NFT_NAT % ('', 'redirect to :8080')),
                         (self.NFT_NAT % ('define x = 192.0.2.1\n', 'dnat to $x:80'),
                          self.NFT_NAT % ('', 'dnat to 192.0.2.1:80'))):
            self.assertEqual(self.not_compared(old, new), (0, [], []), new)

    def test_says_that_a_rule_with_translation_is_gone_or_stands_elsewhere(self):
        rules = ['-A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 192.0.2.1\n',
                 '-A PREROUTING -p tcp -j DNAT --to-destination 192.0.2.2\n']
        text = '*nat\n%sCOMMIT\n'
        self.assertEqual(self.not_compared(text % ''.join(rules), text % rules[1]),
                         (0, ['not compared: address translation, which differs: only in old:2'],
                          [('address translation', 2, None)]))
        self.assertEqual(self.not_compared(text % ''.join(rules), text % ''.join(reversed(rules)))[0], 0)
        self.assertEqual(len(self.not_compared(text % ''.join(rules), text % ''.join(reversed(rules)))[1]), 2)
        renamed = '*nat\n-N web\n-A PREROUTING -j web\n' + rules[0].replace('PREROUTING', 'web') + 'COMMIT\n'
        self.assertEqual(self.not_compared(renamed, renamed.replace('web', 'www')), (0, [], []))

    def test_says_that_proxies_marks_and_fanout_differ(self):
        mangle = '*mangle\n-A PREROUTING -p tcp -j %s\nCOMMIT\n'
        helpers = ''.join(' ct helper %s { type "ftp" protocol tcp; };' % name for name in 'ab')
        for text, one, two, what in (
                (mangle, 'TPROXY --on-port 1', 'TPROXY --on-port 2', 'transparent proxying'),
                (mangle, 'TEE --gateway 192.0.2.1', 'TEE --gateway 192.0.2.2', 'what a rule does besides its verdict'),
                (self.QUEUE, 'NFQUEUE --queue-balance 0:3', 'NFQUEUE --queue-balance 0:3 --queue-cpu-fanout',
                 'the fan-out of queues'),
                (self.NFT.replace('tcp dport 22 counter accept', '').replace('input', 'prerouting'),
                 'tcp dport 80 tproxy to :1 accept', 'tcp dport 80 tproxy to :2 accept', 'transparent proxying'),
                (self.NFT.replace('tcp dport 22 counter accept', '').replace('filter {', 'filter {' + helpers),
                 'ct helper set "a"', 'ct helper set "b"',
                 'what a rule does besides its verdict')):
            self.assertEqual([w for w, _, _ in self.not_compared(text % one, text % two)[2]], [what], one)
            self.assertEqual(self.not_compared(text % one, text % one)[1], [], one)
        raw = '*raw\n-A PREROUTING -p tcp -j CT --notrack\nCOMMIT\n'
        nft = 'table ip raw {\n chain PREROUTING {\n  type filter hook prerouting priority -300;\n  ip protocol tcp notrack\n }\n}\n'
        self.assertEqual(self.not_compared(raw, nft), (0, [], []))
        marks = self.not_compared(mangle % 'MARK --set-mark 1', mangle % 'MARK --set-mark 2')
        self.assertEqual((marks[0], {w for w, _, _ in marks[2]}), (0, {'what is written into packets and connections'}))

    def test_bad_input_is_named(self):
        code, out, err = self.compare(self.OPEN, '*filter\n-A NOWHERE -j ACCEPT\nCOMMIT\n')
        self.assertEqual((code, out), (2, ''))
        self.assertIn('new:2:', err)
        self.assertEqual(run('compare', 'one')[0], 2)
        self.assertEqual(run('compare', '/nonexistent', self.file('', 'x'))[0], 2)

    def test_fragments_that_only_one_of_them_reassembles(self):
        # a test of the conntrack state makes the kernel reassemble (nf_defrag_ipv4)
        old = self.file('*filter\n:INPUT DROP\n-A INPUT -m conntrack --ctstate NEW -j ACCEPT\n-A INPUT -p udp --dport 53 -j ACCEPT\nCOMMIT\n', 'old')
        new = self.file('*filter\n:INPUT DROP\n-A INPUT -p udp --dport 53 -j ACCEPT\nCOMMIT\n', 'new')
        words = 'not compared: later fragments, which only one of them makes the kernel reassemble'
        for a, b in ((old, new), (new, old)):
            self.assertIn(words, run('compare', a, b)[1])
            doc = json.loads(run('compare', '--format', 'json', a, b)[1])
            self.assertEqual(doc['not_compared'], [{'what': 'later fragments', 'old': None, 'new': None}])
        for a in (old, new):
            self.assertNotIn(words, run('compare', a, a)[1])


class Sysctl(Folder):
    """--sysctl FILE and --conntrack-count N"""
    DUMP = os.path.join(EXAMPLES, 'web-host.v4')

    def found(self, settings, *options):
        path = self.file(settings, 'sysctl.conf')
        code, out, err = run('--format', 'json', '--sysctl', path, *options, self.DUMP)
        self.assertIn(code, (0, 1), err)
        return {(f['code'], f['severity'], os.path.basename(f['file']), f['line'])
                for f in json.loads(out)['inputs'][0]['findings']}

    def test_other_settings_change_nothing(self):
        self.assertEqual(self.found('# x\n; y\nvm.swappiness = 1\n\nnet.netfilter.nf_conntrack_tcp_loose = 1\n'),
                         {('FW101', 'error', 'web-host.v4', 7), ('FW102', 'error', 'web-host.v4', 13),
                          ('FW103', 'note', 'web-host.v4', 13)})

    def test_liberal_makes_notes_of_what_only_passes(self):
        nat = ('*nat\n-A POSTROUTING -o eth0 -j MASQUERADE\nCOMMIT\n*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n'
               '-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT\nCOMMIT\n')
        path = common.write(os.path.join(self.dir, 'liberal.conf'), 'net.netfilter.nf_conntrack_tcp_be_liberal = 1\n')
        for options, severity in (((), 'warning'), (('--sysctl', path), 'note')):
            found = json.loads(run('--format', 'json', *options, stdin=nat)[1])['inputs'][0]['findings']
            self.assertEqual({(f['code'], f['severity']) for f in found}, {('FW101', severity), ('FW104', severity)})

    def test_liberal_makes_less_of_it_and_says_so(self):
        found = self.found('net.netfilter.nf_conntrack_tcp_be_liberal = 1\n')
        self.assertIn(('FW101', 'warning', 'web-host.v4', 7), found)
        self.assertIn(('FW102', 'note', 'web-host.v4', 13), found)
        out = run('--severity', 'note', '--sysctl', os.path.join(self.dir, 'sysctl.conf'), self.DUMP)[1]
        self.assertIn('sysctl.conf:1)', out)

    def test_not_loose_makes_lost_connections_invalid(self):
        found = self.found('net/netfilter/nf_conntrack_tcp_loose=0\nnet.netfilter.nf_conntrack_tcp_be_liberal=1\n')
        self.assertIn(('FW103', 'note', 'web-host.v4', 13), found)
        self.assertIn(('FW102', 'error', 'web-host.v4', 13), found)

    def test_time_out_and_table(self):
        text = ('net.netfilter.nf_conntrack_tcp_timeout_established = 7439\n'
                'net.netfilter.nf_conntrack_max = 1000\n')
        short, full = ('FW109', 'warning', 'sysctl.conf', 1), ('FW109', 'warning', 'sysctl.conf', 2)
        self.assertEqual(self.found(text) & {short, full}, {short})
        self.assertEqual(self.found(text, '--conntrack-count', '899') & {short, full}, {short})
        self.assertEqual(self.found(text, '--conntrack-count', '900') & {short, full}, {short, full})
        self.assertEqual(self.found(text.replace('7439', '7440')) & {short, full}, set())

    def test_the_last_value_counts(self):
        key = 'net.netfilter.nf_conntrack_tcp_be_liberal=%d\n'
        self.assertIn(('FW102', 'error', 'web-host.v4', 13), self.found(key % 1 + '-' + key % 0))

    def test_fixes_are_made_as_ever(self):
        path = self.file('net.netfilter.nf_conntrack_tcp_timeout_established = 60\n', 'sysctl.conf')
        self.assertEqual(run('--fix', '--sysctl', path, self.DUMP)[1], run('--fix', self.DUMP)[1])

    def test_wrong_lines_have_a_place(self):
        for text in ('net.netfilter.nf_conntrack_max = lots\n', 'nonsense\n'):
            path = self.file('# x\n' + text, 'sysctl.conf')
            code, out, err = run('--sysctl', path, self.DUMP)
            self.assertEqual((code, out), (2, ''))
            self.assertIn('sysctl.conf:2:1: error', err)
        self.assertEqual(run('--sysctl', '/nowhere', self.DUMP)[0], 2)
        self.assertEqual(run('--conntrack-count', '5', self.DUMP)[0], 2)
        self.assertEqual(run('--sysctl', path, '--conntrack-count', 'x', self.DUMP)[0], 2)


class Allow(Folder):
    """fwlint: allow CODE REASON"""
    RULES = ('*filter\n:INPUT DROP\n%s-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED %s-j ACCEPT\n'
             '%s-A INPUT -p tcp %s-j REJECT --reject-with tcp-reset\nCOMMIT\n')
    COMMENT = '-m comment --comment "%s" '

    def codes(self, text, *options):
        code, out, err = run('--format', 'json', '--ignore', 'FW103', *options, stdin=text)
        self.assertIn(code, (0, 1), err)
        doc = json.loads(out)['inputs'][0]
        return [f['code'] for f in doc['findings']], [(f['code'], f['reason']) for f in doc['allowed']], doc['fixes']

    def test_in_the_comment_of_a_rule(self):
        text = self.RULES % ('', self.COMMENT % 'fwlint: allow FW101 we like it', '',
                             self.COMMENT % 'ident; fwlint: allow FW102 so do they')
        self.assertEqual(self.codes(text), ([], [('FW101', 'we like it'), ('FW102', 'so do they')], []))
        self.assertEqual(run('--fix', '--ignore', 'FW103', stdin=text), (0, text, ''))

    def test_a_comment_survives_a_dump_of_nft(self):
        text = NFT % ('\t\tct state established,related accept comment "fwlint: allow FW101 a reason"\n'
                      '\t\treject with tcp reset comment "fwlint: allow FW102,FW103 another"\n')
        code, out, _ = run('-q', stdin=text)
        self.assertEqual((code, out), (0, ''))

    def test_before_the_rule_in_a_file(self):
        text = self.RULES % ('# fwlint: allow FW101 one\n# another comment\n\n', '', '#fwlint: allow FW102 two\n', '')
        self.assertEqual(self.codes(text)[:2], ([], [('FW101', 'one'), ('FW102', 'two')]))

    def test_behind_the_rule_in_a_script(self):
        text = NFT % ('\t\tct state established,related accept # fwlint: allow FW101 here\n'
                      '\t\treject with tcp reset # fwlint: allow FW102,FW103 and here\n')
        self.assertEqual(run('-q', '--select', 'FW1,FW9', '--severity', 'note', stdin=text)[:2], (0, ''))

    def test_only_the_rule_that_it_is_for(self):
        text = self.RULES % ('# fwlint: allow FW102 not here\n', '', '', '')
        found, allowed, fixes = self.codes(text)
        self.assertEqual((sorted(found), allowed), (['FW101', 'FW102', 'FW901'], []))
        self.assertEqual(len(fixes), 1)

    def test_a_fix_for_the_one_that_is_not_allowed(self):
        text = self.RULES % ('', self.COMMENT % 'fwlint: allow FW101 x', '', '')
        found, allowed, fixes = self.codes(text)
        self.assertEqual((found, [a[0] for a in allowed]), (['FW102'], ['FW101']))
        self.assertEqual(fixes[0]['for'], 'FW102')

    def test_without_a_reason_or_a_check_it_is_not_heeded(self):
        for words in ('FW101', 'FW999 why not', '', 'FW101,FW999'):
            text = self.RULES % ('# fwlint: allow %s\n' % words, '', '', '')
            found = self.codes(text)[0]
            self.assertIn('FW101', found)
            self.assertIn('FW901', found)

    def test_a_mark_in_quotes_is_no_comment_of_the_file(self):
        text = NFT % '\t\tlog prefix "# fwlint: allow FW101 x" accept\n'
        self.assertEqual(run('-q', '--severity', 'note', stdin=text)[:2], (0, ''))

    def test_it_is_no_less_used_when_the_check_is_not_selected(self):
        text = self.RULES % ('# fwlint: allow FW101 x\n', '', '', '')
        self.assertEqual(self.codes(text, '--select', 'FW9')[:2], ([], []))

    def test_a_setting_of_the_kernel(self):
        path = self.file('# fwlint: allow FW109 nobody is idle\n'
                         'net.netfilter.nf_conntrack_tcp_timeout_established = 60\n')
        self.assertEqual(run('-q', '--sysctl', path, stdin='*filter\nCOMMIT\n')[:2], (0, ''))

    def test_an_unused_one_has_its_place(self):
        code, out, _ = run(stdin='*filter\n# a fwlint: allow FW105 x\n-A INPUT -j ACCEPT\nCOMMIT\n')
        self.assertEqual(code, 1)
        self.assertTrue(out.startswith('stdin:2:5: warning: FW901 this allows nothing: '), out)
        self.assertNotIn('witness', out)


class Hazards(Folder):
    """What a ruleset shows of where an INVALID drop hurts makes the fix unsafe."""
    TEXT = ('*raw\n%sCOMMIT\n*filter\n:INPUT DROP\n:FORWARD DROP\n'
            '-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\n%s-A INPUT -p tcp -j REJECT --reject-with tcp-reset\n'
            'COMMIT\n')

    def fix(self, raw='', rule=''):
        out = run('--format', 'json', '--select', 'FW101,FW102', stdin=self.TEXT % (raw, rule))[1]
        return json.loads(out)['inputs'][0]['fixes'][0]

    def test_none(self):
        self.assertEqual((self.fix()['safe'], self.fix()['hazard']), (True, None))

    def test_each(self):
        for word, raw, rule in (
                ('NOTRACK', '-A PREROUTING -s 192.0.2.1 -j CT --notrack\n', ''),
                ('offloaded', '', '-A FORWARD -m conntrack --ctstate ESTABLISHED -j FLOWOFFLOAD\n'),
                ('VRRP', '', '-A INPUT -p vrrp -j ACCEPT\n'),
                ('VRRP', '', '-A INPUT -p 112 -j ACCEPT\n'),
                ('IPVS', '', '-A FORWARD -m ipvs --ipvs -j ACCEPT\n')):
            with self.subTest(word=word):
                fix = self.fix(raw, rule)
                self.assertFalse(fix['safe'])
                self.assertFalse(fix['used'])
                self.assertIn(word, fix['hazard'])

    def test_flowtable(self):
        text = ('table inet f {\n flowtable x { hook ingress priority 0; devices = { eth0 }; }\n'
                ' chain o { type filter hook forward priority 0; meta l4proto tcp flow add @x\n }\n'
                ' chain i {\n  type filter hook input priority 0; policy drop;\n  ct state established accept\n'
                '  reject with tcp reset\n }\n}\n')
        fix = json.loads(run('--format', 'json', stdin=text)[1])['inputs'][0]['fixes'][0]
        self.assertIn('offloaded', fix['hazard'])

    def test_to_accept_other_protocols_is_no_hazard(self):
        self.assertTrue(self.fix('', '-A INPUT -p esp -j ACCEPT\n')['safe'])
        self.assertTrue(self.fix('', '-A INPUT -p vrrp -j DROP\n')['safe'])


class Commands(Folder):
    """--format commands (what they do is tried by tests/kernel/fixes.py)"""

    def commands(self, text, *options):
        out = run('--format', 'commands', '--ignore', 'FW103', *options, stdin=text)[1]
        return [l for l in out.split('\n') if l and not l.startswith('#')]

    def test_iptables(self):
        self.assertEqual(self.commands(with_header(PASTED)),
                         ['iptables -t filter -I FORWARD 2 -m state --state INVALID -j DROP'])

    def test_ip6tables(self):
        self.assertEqual(self.commands('*filter\n-6 -A FORWARD -m state --state ESTABLISHED -j ACCEPT\n'
                                       '-4 -A FORWARD -j DROP\n-6 -A FORWARD -p tcp -j REJECT --reject-with tcp-reset\n'
                                       'COMMIT\n'),
                         ['ip6tables -t filter -I FORWARD 2 -m state --state INVALID -j DROP'])

    def test_nft(self):
        self.assertEqual(self.commands(NFT % BROKEN), ["nft 'insert rule inet filter input index 1 ct state invalid drop'"])

    def test_names_are_quoted_for_the_shell(self):
        out = self.commands('*filter\n:INPUT DROP\n-A INPUT -i $(id) -m state --state ESTABLISHED -j ACCEPT\n'
                            "-A INPUT -i a;b -p tcp -j ACCEPT\n"
                            '-A INPUT -p tcp -j REJECT --reject-with tcp-reset\nCOMMIT\n', '--unsafe-fixes')
        self.assertTrue(out)
        for line in out:
            self.assertNotIn(' $(id)', line)
        self.assertIn("'$(id)'", out[0])

    def test_nothing_to_fix(self):
        self.assertEqual(run('--format', 'commands', stdin='*filter\nCOMMIT\n'), (0, '', ''))
        self.assertEqual(run('compare', '--format', 'commands', 'a', 'b')[0], 2)


class Form(Folder):
    """The inserted line looks like its neighbours."""

    def fixed(self, text):
        return run('--fix', '--unsafe-fixes', stdin=text)[1]

    def test_counters_are_taken_over(self):
        out = self.fixed('*filter\n[1:2] -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\n'
                         '[3:4] -A INPUT -p tcp -j REJECT --reject-with tcp-reset\nCOMMIT\n')
        self.assertIn('\n[0:0] -A INPUT -m conntrack --ctstate INVALID -j DROP\n', out)

    def test_interface_and_address_of_the_accept_are_kept(self):
        out = self.fixed('*filter\n-A INPUT -d 192.0.2.1/32 -i eth+ -m state --state ESTABLISHED -j ACCEPT\n'
                         '-A INPUT -p tcp -j REJECT --reject-with tcp-reset\nCOMMIT\n')
        self.assertIn('\n-A INPUT -d 192.0.2.1/32 -i eth+ -m state --state INVALID -j DROP\n', out)

    def test_a_range_of_addresses_of_the_accept_is_kept(self):
        out = self.fixed('*filter\n:INPUT DROP\n'
                         '-A INPUT -m iprange --src-range 10.0.0.5-10.0.0.9 -m state --state ESTABLISHED -j ACCEPT\n'
                         '-A INPUT -p tcp -j REJECT --reject-with tcp-reset\nCOMMIT\n')
        self.assertIn('-A INPUT -m iprange --src-range 10.0.0.5-10.0.0.9 -m state --state INVALID -j DROP\n', out)

    def test_the_drop_goes_behind_loopback(self):
        out = self.fixed('*filter\n:INPUT DROP\n-A INPUT -m state --state ESTABLISHED -j ACCEPT\n-A INPUT -i lo -j ACCEPT\n'
                         '-A INPUT -p tcp -j REJECT --reject-with tcp-reset\nCOMMIT\n')
        lines = out.split('\n')
        self.assertLess(lines.index('-A INPUT -i lo -j ACCEPT'),
                        lines.index('-A INPUT -m state --state INVALID -j DROP'))

    def test_rules_put_in_by_I_stand_in_reverse(self):
        out = self.fixed('*filter\n-A INPUT -p tcp -j REJECT --reject-with tcp-reset\n'
                         '-I INPUT -m state --state ESTABLISHED -j ACCEPT\nCOMMIT\n')
        self.assertEqual(run('--select', 'FW1', stdin=out)[0], 0, out)

    def test_family_prefix_is_kept(self):
        out = self.fixed('*filter\n-6 -A INPUT -m state --state ESTABLISHED -j ACCEPT\n'
                         '-6 -A INPUT -p tcp -j REJECT --reject-with tcp-reset\nCOMMIT\n')
        self.assertIn('\n-6 -A INPUT -m state --state INVALID -j DROP\n', out)

    def test_table_option_of_pasted_lines_is_kept(self):
        out = self.fixed('-t filter -A INPUT -m state --state ESTABLISHED -j ACCEPT\n'
                         '-t filter -A INPUT -p tcp -j REJECT --reject-with tcp-reset\n')
        self.assertIn('-t filter -A INPUT -m state --state INVALID -j DROP\n', out)

    def test_comments_and_blank_lines_stay(self):
        text = '# top\n*filter\n\n# a\n-A INPUT -m state --state ESTABLISHED -j ACCEPT\n\n# b\n' \
               '-A INPUT -p tcp -j REJECT --reject-with tcp-reset\nCOMMIT\n# end\n'
        out = run('--fix', stdin=text)[1]
        self.assertEqual(out.replace('-A INPUT -m state --state INVALID -j DROP\n', ''), text)

    def test_owned_chains_are_not_edited(self):
        path = os.path.join(EXAMPLES, 'ufw-without-invalid.v4')
        code, out, _ = run('--unsafe-fixes', path)
        self.assertEqual(code, 1)
        self.assertNotIn('\n+-A ufw', out)
        self.assertIn('/etc/ufw/before.rules', out)

    def test_synproxy_keeps_its_packets(self):
        text = ('*filter\n:INPUT DROP\n-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT\n'
                '-A INPUT -p tcp --dport 80 -m conntrack --ctstate INVALID,UNTRACKED -j SYNPROXY --mss 1460\n'
                '-A INPUT -p tcp -j REJECT --reject-with tcp-reset\nCOMMIT\n')
        lines = self.fixed(text).split('\n')
        drop = [i for i, l in enumerate(lines) if 'INVALID' in l and 'DROP' in l]
        synproxy = [i for i, l in enumerate(lines) if 'SYNPROXY' in l]
        self.assertEqual(len(drop), 1, lines)
        self.assertGreater(drop[0], synproxy[0])

    def test_notrack_makes_a_fix_unsafe(self):
        text = ('*raw\n-A PREROUTING -i wan0 -j CT --notrack\nCOMMIT\n*filter\n:INPUT DROP\n'
                '-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\n'
                '-A INPUT -p tcp -j REJECT --reject-with tcp-reset\nCOMMIT\n')
        code, out, _ = run(stdin=text)
        self.assertIn('NOTRACK is in use', out)
        self.assertNotIn('\n+-A', out)
        self.assertIn('\n+-A', run('--unsafe-fixes', stdin=text)[1])


class Apply(Folder):
    def test_mode_and_symbolic_link_are_kept(self):
        path = self.file(PASTED, 'real')
        os.chmod(path, 0o640)
        link = os.path.join(self.dir, 'link')
        os.symlink('real', link)
        self.assertEqual(run('--apply', link)[0], 0)
        self.assertTrue(os.path.islink(link))
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o640)
        self.assertEqual(read(path), PASTED_FIXED)
        self.assertEqual(sorted(os.listdir(self.dir)), ['link', 'real', 'real~'])

    @unittest.skipIf(os.getuid(), 'needs root to give a file away')
    def test_owner_is_kept(self):
        path = self.file(PASTED)
        os.chown(path, 1234, 2345)
        run('--apply', path)
        self.assertEqual((os.stat(path).st_uid, os.stat(path).st_gid), (1234, 2345))

    def test_extended_attributes_are_kept(self):
        path = self.file(PASTED)
        try:
            os.setxattr(path, 'user.origin', b'ansible')
        except OSError as e:
            self.skipTest('no extended attributes here: %s' % e)
        run('--apply', path)
        self.assertEqual(os.getxattr(path, 'user.origin'), b'ansible')

    def test_dry_run_writes_nothing(self):
        path = self.file(PASTED)
        code, out, err = run('--apply', '--dry-run', path)
        self.assertEqual((code, read(path), os.listdir(self.dir)), (0, PASTED, ['rules']))
        self.assertIn('+-A FORWARD -m state --state INVALID -j DROP', out)
        self.assertIn('would insert 1 rule', err)

    def test_one_wrong_file_and_none_is_written(self):
        good, bad = self.file(PASTED, 'good'), self.file('*filter\n-A INPUT -j NOWHERE\nCOMMIT\n', 'bad')
        code, _, err = run('--apply', good, bad)
        self.assertEqual(code, 2)
        self.assertIn('bad:2:13: error:', err)
        self.assertEqual(read(good), PASTED)
        self.assertEqual(sorted(os.listdir(self.dir)), ['bad', 'good'])

    def test_one_file_that_cannot_be_replaced_and_none_is(self):
        good = self.file(PASTED, 'good')
        code, _, err = run('--apply', good, '/dev/stdin', stdin=PASTED)
        self.assertEqual(code, 2)
        self.assertIn("'/dev/stdin' is not a regular file", err)
        self.assertEqual(read(good), PASTED)
        self.assertEqual(os.listdir(self.dir), ['good'])

    def test_a_clean_file_is_not_touched(self):
        path = self.file(PASTED_FIXED)
        before = os.stat(path).st_mtime_ns
        self.assertEqual(run('--apply', path)[0], 0)
        self.assertEqual(os.stat(path).st_mtime_ns, before)
        self.assertEqual(os.listdir(self.dir), ['rules'])

    def test_unsafe_fixes_are_not_applied_unasked(self):
        text = ('*filter\n:FORWARD ACCEPT\n-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT\n'
                '-A FORWARD -j ACCEPT\nCOMMIT\n')
        path = self.file(text)
        self.assertEqual(run('--apply', path)[0], 1)
        self.assertEqual(read(path), text)
        self.assertEqual(run('--apply', '--unsafe-fixes', path)[0], 0)
        self.assertIn('INVALID -j DROP', read(path))

    def test_a_safe_fix_is_not_dead_behind_a_later_unsafe_one(self):
        path = self.file('*nat\n-A POSTROUTING -o wan0 -j MASQUERADE\nCOMMIT\n*filter\n:INPUT DROP\n:FORWARD DROP\n'
                         '-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A FORWARD -i lan0 -j ACCEPT\nCOMMIT\n')
        limited = '-A FORWARD -o wan0 -m conntrack --ctstate INVALID -j DROP\n'
        self.assertEqual(run('--apply', path)[0], 1)
        self.assertIn(limited, read(path))
        self.assertEqual(run('--apply', '--unsafe-fixes', path)[0], 0)
        self.assertIn(limited + '-A FORWARD -m conntrack --ctstate INVALID -j DROP\n', read(path))
        both = read(path)
        self.assertEqual(run('--apply', '--unsafe-fixes', path)[0], 0)
        self.assertEqual(read(path), both)

    def test_a_directory_that_cannot_be_written(self):
        if os.getuid() == 0:
            self.skipTest('root may write anywhere')
        path = self.file(PASTED)
        os.chmod(self.dir, 0o500)
        code, _, err = run('--apply', path)
        os.chmod(self.dir, 0o700)
        self.assertEqual(code, 3)
        self.assertEqual(read(path), PASTED)

    def test_applying_twice_changes_nothing_more(self):
        for name in sorted(os.listdir(EXAMPLES)):
            path = self.file(read(os.path.join(EXAMPLES, name)), name)
            run('--apply', path)
            once = read(path)
            run('--apply', path)
            self.assertEqual(read(path), once, name)


class Refused(Folder):
    """What the kernel tools refuse gets its place and the reason."""
    CASES = [
        ('*filter\n-A INPUT -j ACCEPT # web\nCOMMIT\n', 2, 20, 'a comment after a rule'),
        ("*filter\n-A INPUT -m comment --comment 'a b' -j ACCEPT\nCOMMIT\n", 2, 31, 'single quotes'),
        ('*filter\n-A INPUT \\\n -j ACCEPT\nCOMMIT\n', 2, 10, 'cannot be continued'),
        ('*filter\nCOMMIT # x\n', 2, 1, 'COMMIT must stand alone'),
        ('*filter\r\n-A INPUT -j ACCEPT\r\nCOMMIT\r\n', 1, 8, 'CRLF'),
        ('table ip t {\r\n}\r\n', 1, 13, 'CRLF'),
        ('table ip t { } # in comments it may stand\r\ntable ip u { }\r\n', 2, 15, 'CRLF'),
        ('{"nftables": [{"add": {"table": {"family": "ip", "name": "%s"}}}]}\n' % ('x' * 256), 1, 33, 'longer than 255'),
        ('{"nftables": [{"add": {"table": {"family": "ip", "name": "t"}}},\n'
         '{"add": {"chain": {"family": "ip", "table": "t", "name": "%s"}}}]}\n' % ('x' * 256), 2, 19, 'longer than 255'),
        ('\ufeff*filter\nCOMMIT\n', 1, 1, 'byte order mark'),
        ('*filter\n-A INPUT -j ACCEPT\n', 2, 20, 'no COMMIT'),
        (' *filter\nCOMMIT\n', 1, 2, 'no blank is allowed'),
        ('*filter\n-A INPUT -j LOGDROP\nCOMMIT\n', 2, 13, "'LOGDROP' is neither a chain"),
        ('*filter\n-A INPUT -j REJECT --reject-with tcp-reset\nCOMMIT\n', 2, 13, "without '-p tcp'"),
        ('*filter\n:A - [0:0]\n:B - [0:0]\n-A INPUT -j A\n-A A -j B\n-A B -j A\nCOMMIT\n', 6, 9, 'jump loop'),
        ('*filter\n:A - [0:0]\n-A A -j A\n-A INPUT -g A\nCOMMIT\n', 3, 9, 'jump loop'),
        ('*filter\n-A INPUT -j A\n:A - [0:0]\nCOMMIT\n', 2, 13, "chain 'A' is used before it is declared"),
        ('*filter\n:A - [0:0]\nCOMMIT\n*filter\n-A INPUT -j A\nCOMMIT\n', 5, 13, "'A' is neither a chain"),
        ('*filter\n:A - [0:0]\n-X A\n-A INPUT -j A\nCOMMIT\n', 4, 13, "'A' is neither a chain"),
        ('*filter\n:A - [0:0]\n-A INPUT -j A\n-X A\nCOMMIT\n', 4, 4, "a rule jumps to chain 'A'"),
        ('*filter\n:A - [0:0]\n-A A -j DROP\n-X\nCOMMIT\n', 4, 1, "chain 'A' is not empty"),
        ('*filter\n-N A\n-N A\nCOMMIT\n', 3, 4, "chain 'A' already exists"),
        ('*filter\n-C INPUT -j DROP\nCOMMIT\n', 2, 1, 'no such rule'),
        ('*filter\n-A INPUT -p tcp -j DROP\n-D INPUT -p udp -j DROP\nCOMMIT\n', 3, 1, 'no such rule'),
        ('*filter\n-A INPUT -p tcp -m multiport --dports 80: -j DROP\nCOMMIT\n', 2, 20, "'80:' is not a port"),
        ('*filter\n-A INPUT -p tcp --dport 70000 -j ACCEPT\nCOMMIT\n', 2, 25, "'70000' is not a value"),
        ('*filter\n-A INPUT -s 1.2.3.400 -j ACCEPT\nCOMMIT\n', 2, 13, 'is not an IPv4 address'),
        ('*filter\n-A INPUT -m conntrack --ctstate ESTABLISHD -j ACCEPT\nCOMMIT\n', 2, 13, 'connection states'),
        ('*filter\n-A INPUT --dport 22 -j ACCEPT\nCOMMIT\n', 2, 10, "unknown option '--dport'"),
        ('*filter\n-A INPUT -i thisinterfaceistoolong -j ACCEPT\nCOMMIT\n', 2, 13, 'longer than 15'),
        ('*filter\n-A INPUT -o eth0 -j ACCEPT\nCOMMIT\n', 2, 13, 'cannot be used in INPUT'),
        ('*nat\n-A POSTROUTING -j REJECT\nCOMMIT\n', 2, 19, "not allowed in table 'nat'"),
        ('*filtre\nCOMMIT\n', 1, 2, "unknown table 'filtre'"),
        ('*filter\n:INPUT REJECT [0:0]\nCOMMIT\n', 2, 8, "policy 'REJECT'"),
        ('*filter\nCOMMIT\n-A INPUT -j ACCEPT\n', 3, 1, 'no table here'),
        ('*filter\n-A INPUT -p tcp -j\nCOMMIT\n', 2, 17, 'needs an argument'),
        ('*filter\n-A INPUT -j "ACCEPT\nCOMMIT\n', 2, 13, 'is neither a chain'),
        ('*filter\n-A INPUT -j LOG --log-prefix "x\nCOMMIT\n', 2, 30, 'is not a value'),
    ]

    def test_a_commit_without_a_line_end_is_of_one_loader(self):
        """iptables-legacy-restore 1.8.9: Bad argument `COMMIT'; iptables-nft-restore takes it."""
        code, out, _ = run('--severity', 'note', '--select', 'FW002', '--format', 'gcc', stdin='*filter\nCOMMIT')
        self.assertEqual((code, 'iptables-legacy-restore takes COMMIT at the end of a line only' in out), (0, True), out)
        self.assertEqual(run('--select', 'FW002', '--severity', 'note', stdin='*filter\nCOMMIT\n')[1], '')

    def test_place_and_reason(self):
        for text, line, col, reason in self.CASES:
            with self.subTest(text=text):
                code, out, err = run('--stdin-filename', 'x', stdin=text)
                self.assertEqual(code, 2, out)
                self.assertTrue(err.startswith('x:%d:%d: error: ' % (line, col)), err)
                self.assertIn(reason, err.split('\n')[0])
                self.assertIn('^', err)
                self.assertEqual(out, '')

    def test_all_errors_of_a_file_are_reported(self):
        text = '*filter\n' + '-A INPUT -j NOWHERE\n' * 5 + '-A INPUT --bad\nCOMMIT\n'
        _, _, err = run(stdin=text)
        self.assertEqual(err.count(': error: '), 6)

    def test_errors_come_in_the_order_of_the_lines(self):
        text = '*filter\n-A INPUT -j NOWHERE\n-A INPUT --bad\n-A FORWARD -j AWAY\n:late - [0:0]\n-A INPUT -j late --bad\nCOMMIT\n'
        _, _, err = run('--stdin-filename', 'x', stdin=text)
        lines = [int(n) for n in re.findall(r'^x:(\d+):', err, re.M)]
        self.assertEqual((lines, sorted(lines)[:3]), (sorted(lines), [2, 3, 4]))

    def test_up_to_a_bound(self):
        text = '*filter\n' + '-A INPUT --bad\n' * 500 + 'COMMIT\n'
        _, _, err = run(stdin=text)
        self.assertEqual(err.count(': error: '), 100)
        self.assertIn('400 more errors', err)

    def test_nonsense(self):
        for text in ('', 'hello world\n', '\0\1\2\3', '{"nft": []}', '<html>', '-', '*', '-A'):
            with self.subTest(text=text):
                code, out, err = run(stdin=text)
                self.assertEqual(code, 2, text)
                self.assertIn('error', err)

    def test_control_characters_do_not_reach_the_terminal(self):
        _, _, err = run(stdin='*filter\n-A INPUT -j \x1b[31mRED\nCOMMIT\n')
        self.assertNotIn('\x1b', err)


class Options(Folder):
    def test_exit_status(self):
        clean = os.path.join(EXAMPLES, 'home-router-fixed.v4')
        note = os.path.join(EXAMPLES, 'policy-drop-host.v4')
        broken = os.path.join(EXAMPLES, 'home-router.v4')
        self.assertEqual(run(clean)[0], 0)
        self.assertEqual(run(note)[0], 0)
        self.assertEqual(run('--fail-on', 'note', note)[0], 1)
        self.assertEqual(run(broken)[0], 1)
        self.assertEqual(run('--ignore', 'FW1', broken)[0], 0)
        self.assertEqual(run('/nowhere')[0], 2)
        self.assertEqual(run(clean, '/nowhere', broken)[0], 2)

    def test_a_file_that_may_not_be_read_is_a_wrong_input(self):
        path = self.file(CLEAN)
        os.chmod(self.dir, 0o755)
        os.chmod(path, 0)
        copy = shutil.copy(FWLINT, self.dir)
        drop = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'] if os.geteuid() == 0 else []
        r = common.run(*drop, copy, path)
        self.assertEqual((r.returncode, r.stdout), (2, ''))
        self.assertEqual(r.stderr, "fwlint: cannot read '%s': Permission denied (ask as root: sudo fwlint FILE)\n" % path)

    def test_a_command_stands_behind_its_options(self):
        path = self.file(CLEAN)
        self.assertEqual(run('--format', 'json', 'compare', path, path), run('compare', '--format', 'json', path, path))
        self.assertEqual(run('--form', 'json', 'compare', path, path)[0], 0)
        self.assertEqual(run('lint', '-q', path), run('-q', path))
        self.file(CLEAN, 'explain')  # a file with the name of a command
        for args in (('./explain',), ('--', 'explain'), ('--color', 'always', '--', 'explain')):
            self.assertEqual(common.outcome(*args, cwd=self.dir)[0], 0)
        self.assertEqual(common.outcome('explain', cwd=self.dir)[0], 2)

    def test_a_file_is_a_file_though_a_command_is_near(self):
        self.file(CLEAN, 'expain')
        self.assertEqual(common.outcome('expain', cwd=self.dir)[0], 0)
        os.remove(os.path.join(self.dir, 'expain'))
        self.assertEqual(common.outcome('--', 'expain', cwd=self.dir)[2].count('did you mean'), 0)

    def test_wrong_command_lines(self):
        for args in (['--no-such'], ['--format', 'xml'], ['--select', 'FW9'], ['--fail-on', 'x'],
                     ['--diff', '--fix'], ['--dry-run'], ['explain'], ['explain', 'FW000'],
                     ['--fix', 'a', 'b'], ['--dump', 'x'], ['--color', 'x'], ['checks', 'x']):
            with self.subTest(args=args):
                code, out, err = run(*args)
                self.assertEqual((code, out), (2, ''))
                self.assertTrue(err)

    def test_the_wrong_option_is_named_wherever_it_stands(self):
        for args, words in ((('--quiet', '-xq'), "there is no option '-x' (see fwlint --help)"),
                            (('-qx',), "there is no option '-x' (see fwlint --help)"),
                            (('--quiet=3',), "option '--quiet=3' takes no argument (see fwlint --help)"),
                            (('-q', '--format'), "option '--format' needs an argument (see fwlint --help)"),
                            (('--d',), "there is no option '--d': it may be --diff, --dry-run, --dialect, --diff-base, --dump (see fwlint --help)"),
                            (('confirm', '-q'), "there is no option '-q' (see fwlint confirm --help)"),
                            (('compare', '--color', 'x'), "'x' is not a value of --color (see fwlint compare --help)")):
            self.assertEqual(run(*args), (2, '', 'fwlint: %s\n' % words))

    def test_standard_input_is_read_once(self):
        for args in (('-', '-'), ('--together', '-', 'a', '-'), ('compare', '-', '-'), ('compare', '--live', '-', '-')):
            self.assertEqual(run(*args, stdin=PASTED), (2, '', 'fwlint: standard input (-) can be read only once\n'))
        self.assertEqual(run('--', '-', stdin=PASTED), run(stdin=PASTED))

    def test_a_count_of_no_connections_wants_its_limit_too(self):
        for count in ('0', '1'):
            code, out, err = run('--conntrack-count', count, stdin=PASTED)
            self.assertEqual((code, out), (2, ''))
            self.assertIn('--conntrack-count needs --sysctl', err)

    def test_every_command_has_help(self):
        for command in ('explain', 'checks', 'compare', 'prove', 'pending', 'confirm', 'rollback', 'guard'):
            code, out, err = run(command, '--help')
            self.assertEqual((code, err), (0, ''))
            self.assertRegex(out, r'^usage: fwlint %s\b' % command)
        self.assertNotIn('guard', run('--help')[1].split('\n\n')[0])

    def test_select_and_ignore(self):
        codes = lambda *a: set(re.findall(r': (FW\d+) ', run(*a, '-q', '--severity', 'note', stdin=PASTED)[1]))
        self.assertEqual(codes('--select', 'FW102'), {'FW102'})
        self.assertEqual(codes('--ignore', 'fw102'), {'FW101', 'FW103'})
        self.assertEqual(codes('--select', 'fw101', '--select', 'FW102'), {'FW101', 'FW102'})
        self.assertEqual(codes('--ignore', 'FW101', '--ignore', 'FW102'), {'FW103'})
        self.assertEqual(codes('--select', 'Invalid-reaches-TCP-reset'), {'FW102'})
        self.assertEqual(codes('--select', 'FW1'), {'FW101', 'FW102', 'FW103'})

    def test_json(self):
        path, bad = self.file(PASTED), self.file('*filter\n', 'bad')
        code, out, _ = run('--format', 'json', path, bad)
        doc = json.loads(out)
        self.assertEqual(code, 2)
        self.assertEqual([len(i['findings']) for i in doc['inputs']], [3, 0])
        self.assertEqual(doc['inputs'][1]['errors'][0]['line'], 1)
        first = doc['inputs'][0]['findings'][0]
        self.assertEqual((first['code'], first['line'], first['chain'], first['rule_number']),
                         ('FW101', 1, 'FORWARD', 1))
        self.assertEqual(doc['inputs'][0]['fixes'][0]['rule'], '-A FORWARD -m state --state INVALID -j DROP')
        self.assertTrue(doc['inputs'][0]['fixes'][0]['safe'])

    def test_dumps_are_json(self):
        for name in sorted(os.listdir(EXAMPLES)):
            for what in ('ast', 'flow'):
                json.loads(run('--dump', what, os.path.join(EXAMPLES, name))[1])

    def test_dump_shows_what_was_read(self):
        doc = json.loads(run('--dump', 'ast', stdin=PASTED)[1])
        rules = doc['tables'][0]['chains'][0]['rules']
        self.assertEqual([r['verdict'] for r in rules], ['accept', 'tcp reset'])
        self.assertEqual(rules[0]['matches'][0], {'field': 'ct state', 'in': [['ESTABLISHED', 'RELATED']]})

    def test_colour(self):
        self.assertNotIn('\x1b', run(stdin=PASTED)[1])
        self.assertIn('\x1b', run('--color', 'always', stdin=PASTED)[1])

    def test_a_closed_pipe_is_no_error(self):
        p = subprocess.Popen('%s %s; echo $? >&2' % (FWLINT, '- | true'), shell=True, text=True,
                             stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        _, err = p.communicate(PASTED)
        self.assertNotIn('cannot write', err)

    def test_a_full_disk_is_an_error(self):
        if not os.path.exists('/dev/full'):
            self.skipTest('no /dev/full')
        with open('/dev/full', 'w') as full:
            r = subprocess.run([FWLINT], input=PASTED, stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(r.returncode, 3)

    def test_explain_and_checks_and_help(self):
        listed = run('checks')[1]
        for code in ('FW101', 'FW102'):
            self.assertIn(code, listed)
            self.assertIn('References', run('explain', code)[1])
            self.assertEqual(run('explain', code.lower()), run('explain', code))
            self.assertEqual(run('--color', 'always', 'explain', code), run('explain', '--color=always', code))
        self.assertEqual(run('explain', 'INVALID-reaches-tcp-reset'), run('explain', 'FW102'))
        self.assertIn('--unsafe-fixes', run('--help')[1])
        self.assertRegex(run('--version')[1], r'^fwlint \d')

    def test_how_many_arguments_there_may_be(self):
        for args in (('explain',), ('explain', 'FW101', 'FW102'), ('checks', 'x'), ('compare',), ('prove', 'a', 'b')):
            code, out, err = run(*args)
            self.assertEqual((code, out), (2, ''))
            self.assertRegex(err, 'usage: fwlint %s' % args[0])

    def test_a_format_that_a_command_does_not_print(self):
        for args, words in ((('compare', '--format', 'commands', 'a', 'b'), 'compare does not print commands, only text or json'),
                            (('prove', '--format', 'sarif', 'a'), 'prove does not print sarif, only text or json')):
            self.assertEqual(run(*args), (2, '', 'fwlint: %s\n' % words))

    def test_long_lists_of_nested_chains_end(self):
        n = 3000
        text = '*filter\n:INPUT DROP\n' + ''.join(':c%d -\n' % i for i in range(n)) + '-A INPUT -j c0\n' + \
               ''.join('-A c%d -j c%d\n' % (i, i + 1) for i in range(n - 1)) + 'COMMIT\n'
        self.assertEqual(run(stdin=text)[0], 2)
        text = '*filter\n:INPUT DROP\n' + ''.join(':c%d -\n' % i for i in range(40)) + '-A INPUT -j c0\n' + \
               ''.join('-A c%d -i eth+ -j c%d\n-A c%d -j c%d\n' % (i, i + 1, i, i + 1)
                       for i in range(39)) + 'COMMIT\n'
        self.assertEqual(run(stdin=text)[0], 0)
        text = '*filter\n:INPUT DROP\n' + ''.join(':c%d -\n' % i for i in range(40)) + '-A INPUT -j c0\n' + \
               ''.join('-A c%d ! -s 10.0.%d.0/24 -j c%d\n-A c%d ! -d 10.0.%d.0/24 -j c%d\n' % (i, i, i + 1, i, i, i + 1)
                       for i in range(39)) + 'COMMIT\n'
        code, _, err = run(stdin=text)
        self.assertEqual(code, 2)
        self.assertIn('too many ways', err)


class Manual(unittest.TestCase):
    def test_manual_page_has_every_command_option_and_format(self):
        man = read(os.path.join(ROOT, 'docs', 'fwlint.1')).replace('\\', '')
        commands = [()] + [(c,) for c in re.findall(r'^ +fwlint (\w+)', run('--help')[1].split('\n\n')[0], re.M)]
        self.assertGreater(len(commands), 6)
        for command in commands:
            text = run(*command, '--help')[1]
            self.assertRegex(text, r'^usage: fwlint')
            if command:
                self.assertRegex(man, r'(?m)^\.B fwlint %s\b' % command)  # the synopsis
                self.assertRegex(man, r'(?m)^\.B "fwlint %s\b' % command)  # what it does
            for option in re.findall(r'^  (?:-., )?--([a-z-]+)', text, re.M):
                self.assertRegex(man, r'--%s\b' % option)
            for name in re.findall(r'^  (\w+) ', text.partition('Formats:\n')[2].partition('\n\n')[0], re.M):
                self.assertRegex(man, r'(?m)^\.B %s\b' % name)


class Formats(Folder):
    """A clean file, a dirty one and one that cannot be read, in one run."""

    def test_each_format_names_what_is_dirty(self):
        dirty = self.file(PASTED, 'dirty')
        paths = (self.file(CLEAN, 'clean'), dirty, self.file('*filter\n-A\nCOMMIT\n', 'wrong'))
        formats = re.findall(r'^  (\w+) ', run('--help')[1].partition('Formats:\n')[2].partition('\n\n')[0], re.M)
        self.assertIn('text', formats)
        for name in formats:
            with self.subTest(format=name):
                code, out, _ = run('--format', name, *paths)
                self.assertEqual(code, 2)
                self.assertIn(dirty, out)

    def test_each_input_has_its_place(self):
        clean, dirty, wrong = self.file(CLEAN, 'clean'), self.file(PASTED, 'dirty'), self.file('*filter\n-A\nCOMMIT\n', 'wrong')
        missing = os.path.join(self.dir, 'missing')
        for order in ((clean, dirty, wrong, missing), (missing, wrong, clean, dirty), (missing,)):
            code, out, err = run('--format', 'json', *order)
            self.assertEqual(code, 2)
            inputs = json.loads(out)['inputs']
            self.assertEqual([i['file'] for i in inputs], list(order))
            for i in inputs:
                self.assertEqual(bool(i['errors']), i['file'] in (wrong, missing), i)
                self.assertEqual(bool(i['findings']), i['file'] == dirty, i)
            run_ = self.sarif(2, *order)
            self.assertFalse(run_['invocations'][0]['executionSuccessful'])
            wrong_ones = [n['message']['text'] for n in run_['invocations'][0]['toolExecutionNotifications']]
            self.assertIn("cannot read '%s'" % missing, ' '.join(wrong_ones))
            self.assertEqual(len(wrong_ones), len(set(order) & {wrong, missing}))

    def sarif(self, status, *args):
        code, out, _ = run('--format', 'sarif', *args)
        self.assertEqual(code, status)
        doc = json.loads(out)
        self.assertEqual((doc['version'], len(doc['runs'])), ('2.1.0', 1))
        return doc['runs'][0]

    def test_sarif_says_what_json_says(self):
        # a place is in characters, not bytes
        path = self.file(PASTED.replace('-A FORWARD', '-A FORWARD -m comment --comment "\u00fc\u00df"', 1), 'a b\u00e4.v4')
        wanted = json.loads(run('--format', 'json', path)[1])['inputs'][0]['findings']
        self.assertTrue(wanted)
        with open(path, encoding='utf-8') as f:
            lines = f.read().split('\n')
        got = self.sarif(1, path)
        rules = got['tool']['driver']['rules']
        errors = got['tool']['driver']['notifications']
        self.assertEqual(sorted(r['id'] for r in rules + errors), [l.split()[0] for l in run('checks')[1].strip().split('\n')])
        self.assertEqual(len(got['results']), len(wanted))
        for r, f in zip(got['results'], wanted):
            place = r['locations'][0]['physicalLocation']
            self.assertEqual((r['ruleId'], rules[r['ruleIndex']]['id'], r['level'], r['message']['text'],
                              place['region']['startLine']),
                             (f['code'], f['code'], f['severity'], f['message'], f['line']))
            line = lines[f['line'] - 1]
            self.assertEqual(len(line[:place['region']['startColumn'] - 1].encode()), f['column'] - 1)
            self.assertGreater(place['region']['endColumn'], place['region']['startColumn'])
            self.assertTrue(place['artifactLocation']['uri'].endswith('/a%20b%C3%A4.v4'), place)
        self.assertTrue(got['invocations'][0]['executionSuccessful'])

    def uris(self, *args):
        return {r['locations'][0]['physicalLocation']['artifactLocation']['uri'] for r in self.sarif(1, *args)['results']}

    def test_sarif_names_files_by_uri(self):
        path = self.file(PASTED, 'c:#?%.v4')
        real, here = 'file://%s/c%%3A%%23%%3F%%25.v4' % self.dir, os.getcwd()
        self.assertEqual(self.uris(path), {real})
        self.assertEqual(self.uris('//' + path), {real}) # "//host" would be a host
        self.addCleanup(os.chdir, here)
        os.chdir(self.dir)
        for name in ('c:#?%.v4', './c:#?%.v4', './/././c:#?%.v4'):
            self.assertEqual(self.uris(name), {'c%3A%23%3F%25.v4'})
        self.file('table inet x {\n\tchain in {\n\t\ttype filter hook input priority 0;\n\t\tct state established accept\n'
                  '\t\tmeta l4proto tcp reject with tcp reset\n\t}\n}\n', 'inc.nft')
        self.assertEqual(self.uris(self.file('include "./inc.nft"\n', 'main.nft')), {'inc.nft'})

    def test_sarif_messages_make_neither_placeholders_nor_links_of_the_input(self):
        path = self.file('*filter\n-A INPUT --{0}[a](b)[c][d]\nCOMMIT\n')
        notes = self.sarif(2, path)['invocations'][0]['toolExecutionNotifications']
        self.assertEqual(notes[0]['message']['text'], "unknown option '--{{0}}[a] (b)[c][d]'")

    def test_sarif_of_what_is_allowed(self):
        text = PASTED.replace('-A FORWARD -m', '# fwlint: allow FW101 we know\n-A FORWARD -m', 1)
        got = [r for r in self.sarif(1, self.file(text))['results'] if 'suppressions' in r]
        self.assertEqual([(r['ruleId'], r['suppressions']) for r in got],
                         [('FW101', [{'kind': 'inSource', 'justification': 'we know'}])])


class Live(Folder):
    """The command line of --live; what it does is in tests/kernel."""

    def test_options_that_do_not_go_together(self):
        path = self.file(PASTED)
        for args, words in ((('--live', path), '--live reads the running ruleset: it takes no FILE'),
                            (('--live=ufw',), "'ufw' is not a value of --live"),
                            (('--netns', 'x', path), '--netns needs --live'),
                            (('--confirm-within', '5', path), '--confirm-within needs --live --apply'),
                            (('--live', '--save'), '--save needs --live --apply'),
                            (('--live', '--apply', '--save', '--netns', 'x'), '--save cannot be used with --netns'),
                            (('--live', '--keep-open', '192.0.2.1:22'), '--keep-open needs --live --apply'),
                            (('--live', '--apply', '--keep-open', '192.0.2.1'), "is not a value of --keep-open"),
                            (('--live', '--apply', '--confirm-within', '-1'), "is not a value of --confirm-within"),
                            (('confirm', 'a', 'b'), 'usage: fwlint confirm [ID]'),
                            (('rollback', 'a', 'b'), 'usage: fwlint rollback [ID]'),
                            (('pending', 'a'), 'usage: fwlint pending'),
                            (('guard',), 'usage: fwlint guard ID')):
            code, out, err = run(*args)
            self.assertEqual((code, out), (2, ''), args)
            self.assertIn(words, err)

    def test_without_rights_one_line_says_which(self):
        if os.geteuid() != 0:
            self.skipTest('not root')
        os.chmod(self.dir, 0o755)
        copy = shutil.copy(FWLINT, self.dir)
        drop = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups']
        for args, words in (((), 'CAP_NET_ADMIN'), (('--apply',), 'CAP_NET_ADMIN')):
            r = subprocess.run(drop + [copy, '--live', *args], capture_output=True, text=True)
            self.assertEqual((r.returncode, r.stdout), (3, ''))
            self.assertEqual(r.stderr.count('\n'), 1, r.stderr)
            self.assertIn(words, r.stderr)
        r = subprocess.run(drop + [copy, 'pending'], capture_output=True, text=True)
        self.assertEqual(r.returncode, 3)
        self.assertIn('only root may see the changes', r.stderr)

    def test_dump_text_prints_the_input_as_it_was_read(self):
        for text in (PASTED, 'no ruleset at all\n', ''):
            self.assertEqual(run('--dump', 'text', stdin=text)[:2], (0, text))


class Quickstart(Folder):
    def test_it_ends_well(self):
        """The README's first command, all but the build."""
        for name in ('scripts', 'rules-examples'):
            shutil.copytree(os.path.join(ROOT, name), os.path.join(self.dir, name))
        os.makedirs(os.path.join(self.dir, 'build'))
        os.symlink(FWLINT, os.path.join(self.dir, 'build', 'fwlint'))
        self.file('', 'build/build.ninja')
        os.chmod(self.file('#!/bin/sh\n', 'ninja'), 0o755)
        r = subprocess.run(['sh', os.path.join(self.dir, 'scripts', 'quickstart.sh')], capture_output=True, text=True,
                           env=dict(os.environ, PATH=self.dir + ':' + os.environ['PATH']))
        self.assertEqual((r.returncode, r.stderr), (0, ''))
        self.assertIn('FW101', r.stdout)
        self.assertIn('No error is left', r.stdout)

    def test_what_the_tests_call_is_installed(self):
        for tool in ('ls', 'head', 'grep', 'id'):
            os.symlink(shutil.which(tool), os.path.join(self.dir, tool))
        r = subprocess.run(['/bin/sh', '-c', '. scripts/setup.sh; need_tests; echo "$missing"'], capture_output=True, text=True,
                           cwd=ROOT, env=dict(os.environ, PATH=self.dir))
        self.assertLessEqual({'procps', 'iproute2', 'util-linux', 'conntrack', 'nftables', 'iptables'}, set(r.stdout.split()), r)

    def test_without_Check_all_else_is_set_up(self):
        system = subprocess.run(['pkg-config', '--variable', 'pc_path', 'pkg-config'], capture_output=True, text=True)
        for folder in reversed(system.stdout.strip().split(':')):
            for name in os.listdir(folder) if os.path.isdir(folder) else ():
                if name != 'check.pc' and not os.path.lexists(os.path.join(self.dir, name)):
                    os.symlink(os.path.join(folder, name), os.path.join(self.dir, name))
        build = os.path.join(self.dir, 'build')
        r = subprocess.run(['meson', 'setup', build, ROOT], capture_output=True, text=True,
                           env=dict(os.environ, PKG_CONFIG_LIBDIR=self.dir))
        self.assertEqual(r.returncode, 0, r.stdout[-2000:])
        self.assertRegex(r.stdout, 'unit tests are left out: they need Check')
        tests = subprocess.run(['meson', 'test', '-C', build, '--list'], capture_output=True, text=True).stdout
        self.assertIn('cli', tests)
        self.assertNotIn('unit', tests)

    def test_what_is_installed(self):
        build = os.path.join(self.dir, 'build')
        subprocess.run(['meson', 'setup', '-Dtests=false', build, ROOT], capture_output=True, check=True)
        r = subprocess.run(['meson', 'introspect', '--installed', build], capture_output=True, text=True)
        commands = re.findall(r'^  (\w+) ', run('--help')[1].partition('\nCommands')[2], re.M)
        installed = {f for f in json.loads(r.stdout).values() if not f.startswith('/usr/local/share/doc/fwlint/')}
        self.assertEqual(sorted(re.sub('/lib(64|/[^/]*-linux-[^/]*)/', '/lib/', f) for f in installed if f != '/usr/local/share/doc/fwlint'), sorted(
            ['/usr/local/' + name for name in (
                'bin/fwlint', 'share/man/man1/fwlint.1', 'share/man/man5/fwlint-test.5', 'share/man/man5/fwlint.ini.5', 'share/bash-completion/completions/fwlint',
                'include/fwlint.h', 'lib/libfwlint.a', 'lib/pkgconfig/fwlint.pc',
                'share/zsh/site-functions/_fwlint', 'share/fish/vendor_completions.d/fwlint.fish',
                *('share/man/man1/fwlint-%s.1' % c for c in commands))]))


class Readme(Folder):
    def test_the_example_is_what_is_printed(self):
        block = read(os.path.join(ROOT, 'README.md')).split('$ iptables-save | fwlint\n')[1].split('```')[0]
        self.assertEqual(run(stdin=PASTED)[1], block)

    def test_the_table_of_checks_is_complete(self):
        text = read(os.path.join(ROOT, 'README.md'))
        for line in run('checks')[1].strip().split('\n'):
            code, name, _, finds = re.split(r'  +| (?=error|warning|note)', line, maxsplit=3)
            self.assertIn('| %s %s | %s |' % (code, name.strip(), finds.strip()), text)

    def test_the_commands_of_the_table(self):
        path = self.file(PASTED, 'rules.v4')
        other = self.file(read(os.path.join(EXAMPLES, 'ipv6-host.v6')), 'rules.v6')
        self.assertEqual(run('--apply', '--dry-run', path)[0], 0)
        self.assertEqual(run('--quiet', path)[0], 1)
        self.assertEqual(run('--apply', path, other)[0], 0)
        self.assertEqual(run('--apply', '--unsafe-fixes', path, other)[0], 0)
        self.assertEqual(run('--quiet', path, other)[0], 0)


class Calm(unittest.TestCase):
    """What people read is short, and about what can be done."""
    ROUTER = os.path.join(EXAMPLES, 'home-router.v4')
    NOTE = ('*filter\n:INPUT DROP [0:0]\n-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\nCOMMIT\n')

    def prose(self, out):
        """The lines that are neither of a rule, nor of the diff, nor blank."""
        text = out.split('\n--- ')[0]
        return [l for l in text.split('\n') if not re.match(r' {1,10}\d+ | +\| |    \S+:\d+ |  fix: ', l)]

    def test_a_router_fits_on_a_screen(self):
        code, out, _ = run(self.ROUTER, env={'COLUMNS': '80'})
        self.assertEqual(code, 1)
        self.assertLess(len(out.split('\n')), 45)

    def test_half_of_the_examples_need_less_than_25_lines(self):
        lines = sorted(r[1].count('\n') for r in (run('--no-include', path, env={'COLUMNS': '80'})
                                                  for path in glob.glob(os.path.join(EXAMPLES, '*'))) if r[0] == 1)
        self.assertGreater(len(lines), 20)
        self.assertLess(lines[len(lines) // 2], 25)

    def test_prose_is_as_wide_as_the_terminal(self):
        for columns in (40, 60, 80, 120):
            for path in sorted(glob.glob(os.path.join(EXAMPLES, '*'))):
                name = 'x' + os.path.splitext(path)[1]  # no words of ours can break a long name
                out = run('--stdin-filename', name, '--no-include', stdin=read(path), env={'COLUMNS': str(columns)})[1]
                for line in self.prose(out):
                    self.assertLessEqual(len(line), columns, path + ": " + line)

    def test_one_missing_rule_is_one_finding(self):
        out = run(self.ROUTER)[1]
        self.assertEqual(out.count('error:'), 2)
        self.assertEqual(len(re.findall(r'cures FW102 in line \d+ too', out)), 2)
        doc = json.loads(run('--format', 'json', self.ROUTER)[1])['inputs'][0]
        cures = collections.Counter(f['cure'] for f in doc['findings'])
        self.assertEqual(cures, {1: 2, 2: 2, None: 2})
        self.assertEqual([f['cure'] for f in doc['fixes']], [1, 2])

    def test_the_last_line_counts(self):
        name = os.path.join(EXAMPLES, 'home-router.v4')
        out = run(name, env={'COLUMNS': '400'})[1]
        self.assertEqual(out.split('\n')[-2], name + ': 2 rules missing: 2 fixed safely; 2 notes (--severity note)')
        out = run('--severity', 'note', name, env={'COLUMNS': '400'})[1]
        self.assertEqual(out.split('\n')[-2], name + ': 4 rules missing: 2 fixed safely, 2 need --unsafe-fixes')

    def test_notes_are_counted_and_shown_when_asked_for(self):
        code, out, _ = run(stdin=self.NOTE)
        self.assertEqual((code, out), (0, 'stdin: 1 note (--severity note)\n'))
        code, out, _ = run('--severity', 'note', stdin=self.NOTE)
        self.assertEqual(code, 0)
        self.assertIn('note: FW101', out)
        code, out, _ = run('--fail-on', 'note', stdin=self.NOTE)
        self.assertEqual(code, 1)
        self.assertIn('note: FW101', out)
        code, out, _ = run('--severity', 'error', stdin=self.NOTE)
        self.assertEqual((code, out), (0, 'stdin: 1 note (--severity note)\n'))
        self.assertEqual(run('-q', stdin=self.NOTE)[1], '')
        self.assertEqual(len(json.loads(run('--format', 'json', stdin=self.NOTE)[1])['inputs'][0]['findings']), 1)

    def test_notes_are_fixed_only_when_they_are_shown(self):
        apply = ['--fix', '--unsafe-fixes']
        self.assertEqual(run(*apply, self.ROUTER)[1].count('--ctstate NEW -j DROP'), 0)
        self.assertEqual(run(*apply, '--severity', 'note', self.ROUTER)[1].count('--ctstate NEW -j DROP'), 2)

    def test_verbose_shows_all_of_the_certificate(self):
        self.assertNotIn('-> drop:', run(self.ROUTER)[1])
        out = run('--verbose', self.ROUTER)[1]
        self.assertIn('input: tcp reset -> drop: INVALID tcp', ' '.join(out.split()))
        self.assertIn('fwlint explain FW101 (established-without-invalid-drop)', out)

    def test_the_diff_is_coloured(self):
        out = run('--color', 'always', self.ROUTER)[1]
        self.assertIn('\033[32m+-A INPUT -m conntrack --ctstate INVALID -j DROP\033[0m', out)
        self.assertIn('\033[32m+-A INPUT', run('--color', 'always', '--diff', self.ROUTER)[1])
        self.assertNotIn('\033', run('--diff', self.ROUTER)[1])

    def test_a_lost_connection_is_a_warning_where_it_is_shown(self):
        with tempfile.NamedTemporaryFile('w', suffix='.conf') as f:
            for value, severity in (('432000', 'note'), ('7440', 'note'), ('7439', 'warning')):
                f.seek(0)
                f.truncate()
                f.write('net.netfilter.nf_conntrack_tcp_timeout_established = %s\n' % value)
                f.flush()
                doc = json.loads(run('--sysctl', f.name, '--format', 'json', self.ROUTER)[1])['inputs'][0]
                self.assertEqual({x['severity'] for x in doc['findings'] if x['code'] == 'FW103'}, {severity}, value)


class Examples(unittest.TestCase):
    def test_expected_findings(self):
        names = sorted(os.listdir(EXAMPLES))
        self.assertGreaterEqual(len(names), 15)
        of_json = [x.split() for x in read(os.path.join(ROOT, 'tests', 'examples-json.txt')).split('\n') if x[:1] not in '#']
        for name in names:
            with self.subTest(name=name):
                path = os.path.join(EXAMPLES, name)
                expect = {(int(n), c) for file, n, *codes in of_json if file == name for c in codes}
                for i, line in enumerate(read(path).split('\n'), 1):
                    m = re.match(r'\s*# expect: (.*)', line)
                    if m:
                        expect |= {(i + 1, c) for c in m[1].split()}
                code, out, err = run('--format', 'json', '--select', 'FW0,FW1,FW9', path)  # what they are about
                found = json.loads(out)['inputs'][0]['findings']
                self.assertEqual({(f['line'], f['code']) for f in found}, expect, err)


NFT = ('table inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter; policy drop;\n'
       '%s\t}\n}\n')
BROKEN = '\t\tct state established,related accept\n\t\treject with tcp reset\n'
CURED = '\t\tct state established,related accept\n\t\tct state invalid drop\n\t\treject with tcp reset\n'


class Nft(Folder):
    def test_an_empty_file_of_json_is_a_ruleset_without_rules(self):
        for text in ('', '\n'):
            self.assertEqual(run('--dialect', 'nft-json', self.file(text, 'empty.json'))[0], 0)

    """What only nft has: included files, JSON, one line for many rules."""

    def test_fix_in_a_block(self):
        self.assertEqual(run('--fix', stdin=NFT % BROKEN)[1], NFT % CURED)

    def test_fix_keeps_counters(self):
        text = NFT % BROKEN.replace('related accept', 'related counter packets 7 bytes 9 accept')
        self.assertIn('\t\tct state invalid counter packets 0 bytes 0 drop\n', run('--fix', stdin=text)[1])
        text = NFT % BROKEN.replace('related accept', 'related counter accept')
        self.assertIn('\t\tct state invalid counter drop\n', run('--fix', stdin=text)[1])

    def test_fix_on_one_line(self):
        text = 'table ip t { chain c { type filter hook input priority 0; policy drop; %s; reject with tcp reset; }\n}\n'
        out = run('--fix', stdin=text % 'ct state established accept')[1]
        self.assertEqual(out, text % 'ct state established accept; ct state invalid drop')

    def test_fix_in_verdict_maps_of_each_form(self):
        forms = [
            ('ct state vmap { established : accept, related : accept }',
             'ct state vmap { established : accept, related : accept, invalid : drop }'),
            ('ct state vmap { established:accept }', 'ct state vmap { established:accept, invalid:drop }'),
            ('ct state vmap {\n\t\t\testablished : accept,\n\t\t\trelated : accept\n\t\t}',
             'ct state vmap {\n\t\t\testablished : accept,\n\t\t\trelated : accept,\n\t\t\tinvalid : drop\n\t\t}'),
            ('ct state vmap {\n\t\t\testablished : accept,\n\t\t\trelated : accept,\n\t\t}',
             'ct state vmap {\n\t\t\testablished : accept,\n\t\t\trelated : accept,\n\t\t\tinvalid : drop,\n\t\t}'),
            ('counter log prefix "x" ct state vmap { established : accept }',
             'counter log prefix "x" ct state vmap { established : accept, invalid : drop }'),
            ('iifname . ct state vmap { "eth*" . established : accept }',
             'iifname . ct state vmap { "eth*" . established : accept, "eth*" . invalid : drop }'),
        ]
        for bad, good in forms:
            with self.subTest(bad=bad):
                rest = '\t\t%s\n\t\t' + ('iifname "eth*" ' if 'eth' in bad else '') + 'reject with tcp reset\n'
                self.assertEqual(run('--fix', stdin=NFT % (rest % bad))[1], NFT % (rest % good))

    def test_a_map_that_is_declared_elsewhere_stays_as_it_is(self):
        text = NFT.replace('\tchain', '\tmap m { type ct_state : verdict; elements = { established : accept } }\n'
                           '\tchain', 1) % '\t\tct state vmap @m\n\t\treject with tcp reset\n'
        self.assertIn('\t\tct state vmap @m\n\t\tct state invalid drop\n', run('--fix', stdin=text)[1])

    def test_fix_in_commands(self):
        text = ('add table ip t\nadd chain ip t c { type filter hook input priority 0; policy drop; }\n'
                'add rule ip t c ct state established accept\n%sadd rule ip t c reject with tcp reset\n')
        self.assertEqual(run('--fix', stdin=text % '')[1], text % 'add rule ip t c ct state invalid drop\n')

    def test_fix_in_json_keeps_its_form(self):
        compact = ('{"nftables": [{"table": {"family": "ip", "name": "t"}}, {"chain": {"family": "ip", "table": "t", '
                   '"name": "c", "type": "filter", "hook": "input", "prio": 0, "policy": "drop"}}, '
                   '{"rule": {"family": "ip", "table": "t", "chain": "c", "expr": [{"match": {"op": "in", "left": '
                   '{"ct": {"key": "state"}}, "right": "established"}}, {"accept": null}]}}, %s'
                   '{"rule": {"family": "ip", "table": "t", "chain": "c", "expr": [{"reject": {"type": "tcp reset"}}]}}]}\n')
        new = ('{"rule": {"family": "ip", "table": "t", "chain": "c", "expr": [{"match": {"op": "in", "left": {"ct": '
               '{"key": "state"}}, "right": "invalid"}}, {"drop": null}]}}, ')
        self.assertEqual(run('--fix', stdin=compact % '')[1], compact % new)
        pretty = json.dumps(json.loads(compact % ''), indent=4)
        self.assertEqual(run('--fix', stdin=pretty)[1], json.dumps(json.loads(compact % new), indent=4))

    def test_findings_in_json_have_a_pointer(self):
        out = run('--select', 'FW1', '--format', 'json', os.path.join(EXAMPLES, 'server.json'))[1]
        found = json.loads(out)['inputs'][0]['findings']
        self.assertEqual([f['pointer'] for f in found], ['/nftables/3/rule/expr/1'] + 2 * ['/nftables/6/rule/expr/1'])

    def test_an_included_file_is_fixed_where_it_is(self):
        os.mkdir(os.path.join(self.dir, 'd'))
        inner = self.file('\t\tct state established,related accept\n', 'd/accept.nft')
        self.file('\t\treject with tcp reset\n', 'd/z.nft')
        outer = self.file(NFT % '\t\tinclude "d/*.nft"\n', 'main.nft')
        code, out, _ = run('--diff', outer)
        self.assertIn('--- %s\n' % inner, out)
        self.assertIn('+\t\tct state invalid drop\n', out)
        self.assertEqual(run('--fix', outer)[0], 2)
        before = read(outer)
        backups = os.path.join(self.dir, 'backups')
        self.assertEqual(run('--apply', '--ignore', 'FW103', '--backup-dir', backups, outer)[0], 0)
        self.assertEqual(read(outer), before)
        self.assertEqual(read(inner), '\t\tct state established,related accept\n\t\tct state invalid drop\n')
        backup, = os.listdir(backups)
        self.assertEqual(read(os.path.join(backups, backup)), '\t\tct state established,related accept\n')
        self.assertEqual(run('--ignore', 'FW103', outer)[0], 0)

    def test_include_in_a_set(self):
        self.file('elements = { 10.0.0.1, 10.0.0.2 }\n', 'list.nft')
        path = self.file(NFT.replace('\tchain', '\tset s {\n\t\ttype ipv4_addr\n\t\tinclude "list.nft"\n\t}\n\tchain', 1)
                         % '\t\tip saddr @s accept\n', 'set.nft')
        matches = json.loads(run('--dump', 'ast', path)[1])['tables'][0]['chains'][0]['rules'][0]['matches']
        self.assertIn({'field': 'saddr', 'in': [['10.0.0.1', '10.0.0.2']]}, matches)

    def test_errors_in_an_included_file_name_it(self):
        inner = self.file('tabel x\n', 'inner.nft')
        outer = self.file('# main\ninclude "./inner.nft"\n', 'main.nft')
        code, _, err = run(outer)
        self.assertEqual(code, 2)
        self.assertIn('inner.nft:1:1: error: ', err)

    def test_no_table_has_the_name_of_a_word_of_nft_or_stands_in_quotes(self):
        for name, said in (('drop', "is not a keyword of nft, not 'drop'"), ('ruleset', 'is not a keyword'), ('"x"', 'without quotes')):
            for text in ('table ip %s { chain c { accept; }; }\n', 'add table inet %s\n'):
                code, _, err = run(stdin=text % name)
                self.assertEqual((code, said in err), (2, True), text % name)
        for text in ('table ip raw { chain drop { accept; }; }\n', '{"nftables":[{"table":{"family":"ip","name":"drop"}}]}\n'):
            self.assertEqual(run(stdin=text)[0], 0, text)

    def test_standard_input_includes_nothing_unless_told(self):
        self.file(NFT % BROKEN, 'inner.nft')
        text = 'include "inner.nft"\n'
        code, _, err = run(stdin=text)
        self.assertEqual(code, 2)
        self.assertIn('--include-dir', err)
        self.assertEqual(run('--include-dir', self.dir, stdin=text)[0], 1)

    def test_includes_do_not_run_away(self):
        path = self.file('include "self.nft"\n', 'self.nft')
        code, _, err = run(path)
        self.assertEqual(code, 2)
        self.assertIn('16 deep', err)
        self.assertIn("is not there", run(self.file('include "nowhere.nft"\n', 'x.nft'))[2])
        self.assertEqual(run(self.file('table ip t { }\ninclude "no*.match"\n', 'y.nft'))[0], 0)
        self.assertIn('not a regular file', run('--include-any', self.file('include "/dev/zero"\n', 'z.nft'))[2])

    def test_refused_with_the_place(self):
        cases = [
            (NFT % '\t\ttcp dport 70000 accept\n', 4, 13, "'70000' is not a port"),
            (NFT % '\t\tct state bogus accept\n', 4, 12, "'bogus' is not a conntrack state"),
            (NFT % '\t\tct state established,relatd accept\n', 4, 24, "conntrack state: did you mean 'related'?"),
            (NFT % '\t\ttcp flags syn,akk accept\n', 4, 17, "'akk' is not a TCP flag"),
            (NFT % '\t\ttcp flags & (syn | akk) == syn accept\n', 4, 22, "'akk' is not a TCP flag"),
            (NFT % '\t\tct state new / new,invlid accept\n', 4, 22, "did you mean 'invalid'?"),
            (NFT % '\t\tct status dnat,snnat accept\n', 4, 18, "did you mean 'snat'?"),
            (NFT % '\t\tfib saddr type lokal drop\n', 4, 18, "did you mean 'local'?"),
            (NFT % '\t\tip saddr 10.0.0.1-10.0.0 drop\n', 4, 12, 'expected an IPv4 address'),
            (NFT % '\t\tct state vmap { new : accept, relatd : accept }\n', 4, 33, "did you mean 'related'?"),
            (NFT % '\t\tmeta mark set tcp dport map { 22 : 1, 80 : 5000000000 }\n', 4, 46, 'of at most 32 bits'),
            (NFT % '\t\tip saddr . tcp dport { 10.0.0.1 } accept\n', 4, 26, 'expected 2 values, joined by dots'),
            (NFT % '\t\ttcp dport 22,80 accept\n', 4, 13, 'write several values in braces'),
            (NFT % '\t\tiifname accept\n', 4, 11, 'expected a value'),
            (NFT % '\t\tct event set new,relatd\n', 4, 20, "did you mean 'related'?"),
            (NFT % '\t\tqueue num 70000\n', 4, 13, "'70000' is not a number of at most 16 bits"),
            (NFT % '\t\treject with icmpx net-unreachable\n', 4, 21, "not a code of icmpx"),
            ('table ip t {\n\tset s { type inet_service; elements = { 22, sshh }; }\n}\n', 2, 46, "'sshh' is not a port"),
            ('table ip t {\n\tset s { type inet_servise; }\n}\n', 2, 15, 'is not a data type'),
            (NFT % '\t\tjump nowhere\n', 4, 8, "chain 'nowhere' is not declared"),
            (NFT % '\t\ttcp dport $x accept\n', 4, 14, "'x' is not defined"),
            (NFT % '\t\tip saddr @x accept\n', 4, 12, "set 'x' is not declared"),
            (NFT % '\t\taccept drop\n', 4, 10, 'nothing after a verdict has any effect'),
            (NFT % '\t\tlog prefix "x\n', 4, 14, 'no closing quote'),
            ('table inet t {\n', 1, 16, "expected '}'"),
            ('table inet t {\n}\n}\n', 3, 1, 'closes nothing'),
            ('{% for x in y %}\ntable inet t { }\n', 1, 1, 'this looks like a template'),
            ('table inet t {\n{% for x in y %}\n}\n', 2, 1, 'this looks like a template'),
            ('{"nftables": [{"rule": 1}]}', 1, 24, 'family'),
            ('{"nftables": [', 1, 15, 'expected a value'),
        ]
        for text, line, column, words in cases:
            with self.subTest(text=text):
                code, out, err = run(stdin=text)
                self.assertEqual(code, 2, (out, err))
                self.assertIn('stdin:%d:%d: error: ' % (line, column), err)
                self.assertIn(words, err)

    def test_what_is_there_already(self):
        chain = 'add table ip t\nadd chain ip t c { type filter hook input priority 0; }\n'
        for text, line, words in [
                ('create table ip t\ncreate table ip t\n', 2, "'create' fails then"),
                ('add table ip t\nadd chain ip t c\ncreate chain ip t c\n', 3, "'create' fails then"),
                (chain + 'add chain ip t c { type filter hook forward priority 0; }\n', 3, 'cannot be changed'),
                (chain + 'add chain ip t c { type filter hook input priority 5; }\n', 3, 'cannot be changed'),
                ('add table ip t\nadd chain ip t c\nadd chain ip t c { type filter hook input priority 0; }\n', 3,
                 'a hook cannot be added'),
                ('add table ip t\nadd chain ip t c { policy drop; }\n', 2, 'a policy but no hook'),
                ('table ip t {\nflags dormat;\n}\n', 2, 'expected dormant'),
                (NFT % '\t\ttcp dport vmap { 22 : accept, 20-30 : drop }\n', 4, "conflicts with '22 : accept'"),
                ('{"nftables": [{"table": {"family": "ip", "name": "t", "flags": "x"}}]}', 1, 'cannot tell'),
                ('{"nftables": [{"table": {"family": "netdev", "name": "t"}}, {"chain": {"family": "netdev", "table": "t", '
                 '"name": "c", "type": "filter", "hook": "ingress", "prio": 0, "policy": "accept"}}]}', 1, 'the device')]:
            with self.subTest(text=text):
                code, _, err = run(stdin=text)
                self.assertEqual(code, 2, err)
                self.assertIn('stdin:%d:' % line, err)
                self.assertIn(words, err)
        for text in [chain + 'add chain ip t c { policy drop; }\n', chain + 'add chain ip t c\n', chain + chain,
                     'table ip t {\nchain c {\ntype filter hook input priority -2147483648;\n}\n}\n']:
            self.assertEqual(run(stdin=text)[0], 0, text)

    def test_what_nft_1_0_6_refuses_is_loader_dependent(self):
        for text in ['table ip t { chain c { accept; } }\n', 'add table ip t\ndestroy table ip t\n']:
            code, out, _ = run('--format', 'json', '--select', 'FW0', stdin=text)
            codes = [(f['code'], f['severity']) for f in json.loads(out)['inputs'][0]['findings']]
            self.assertEqual((code, codes), (0, [('FW002', 'note')]), text)
            self.assertEqual(run('--loader', 'nft', stdin=text)[0], 1, text)

    def test_a_dormant_table_does_nothing_until_it_is_named_again(self):
        text = NFT % '\t\tct state established accept\n\t\tmeta l4proto tcp reject with tcp reset\n'
        text = text.replace('{\n', '{\n\tflags dormant\n', 1)
        self.assertEqual(run(stdin=text)[0], 0)
        self.assertEqual(run(stdin=text + 'add table inet filter\n')[0], 1)
        self.assertEqual(run(stdin=text + 'add chain inet filter x\n')[0], 0)

    def test_an_error_in_a_set_is_one_error(self):
        code, _, err = run(stdin=NFT % '\t\tip saddr { 10.0.0.1 22 } accept\n\t\taccept\n')
        self.assertEqual((code, err.count(' error: ')), (2, 1), err)

    def test_hostile_rulesets_end_with_an_error(self):
        double = 'define a0 = { 1, 2 }\n' + ''.join('define a%d = { $a%d, $a%d }\n' % (i, i - 1, i - 1)
                                                    for i in range(1, 60))
        bits = 'define a0 = 1 | 2\n' + ''.join('define a%d = $a%d | $a%d\n' % (i, i - 1, i - 1)
                                               for i in range(1, 60))
        many = ', '.join('10.0.%d.%d : accept' % (i >> 8, i & 255) for i in range(20000))
        vmap = NFT.replace('\tchain', '\tmap m { type ipv4_addr : verdict; elements = { %s } }\n\tchain' % many, 1)
        cases = [
            (double + NFT % '\t\ttcp dport $a59 accept\n', 'more than 8000000 parts'),
            (bits + NFT % '\t\tmeta mark $a59 accept\n', 'more than 8000000 parts'),
            (NFT % ('\t\tmeta mark set ' + '(' * 5000 + '1' + ')' * 5000 + '\n'), 'nested more than 64 deep'),
            ('{"nftables": ' + '[' * 100000, 'fewer levels of nesting'),
            (vmap % ('\t\tip saddr vmap @m\n' * 60), 'more than 1000000 elements'),
        ]
        for text, words in cases:
            with self.subTest(words=words):
                code, _, err = run(stdin=text)
                self.assertEqual(code, 2)
                self.assertIn(words, err)

    def test_what_iptables_nft_hides_is_not_guessed(self):
        rule = ('{"nftables": [{"table": {"family": "ip", "name": "filter"}}, {"chain": {"family": "ip", "table": '
                '"filter", "name": "INPUT", "type": "filter", "hook": "input", "prio": 0, "policy": "drop"}}, '
                '{"rule": {"family": "ip", "table": "filter", "chain": "INPUT", "expr": [%s]}}]}')
        for hidden in ('{"xt": {"type": "match", "name": "conntrack"}}, {"accept": null}',
                       '{"xt": {"name": "conntrack"}}', '{"xt": {"type": "target", "name": "REJECT"}}'):
            code, _, err = run(stdin=rule % hidden)
            self.assertEqual(code, 2)
            self.assertIn('cannot tell', err)
        self.assertEqual(run(stdin=rule % '{"xt": {"type": "target", "name": "LOG"}}')[0], 0)


class CheckExamples(unittest.TestCase):
    """Every example that a check declares: bad is found, fixing it gives good."""

    def test_the_pages_are_what_the_program_says(self):
        pages = os.path.join(ROOT, 'docs', 'checks')
        codes = re.findall(r'^FW\d+', run('checks')[1], re.M)
        self.assertEqual(sorted(os.listdir(pages)), [c + '.md' for c in codes] + ['README.md'])
        self.assertEqual(read(os.path.join(pages, 'README.md')), run('checks', '--format', 'markdown')[1])
        for code in codes:  # else run scripts/pages.sh
            self.assertEqual(read(os.path.join(pages, code + '.md')), run('explain', '--markdown', code)[1])

    def test_links_are_for_terminals(self):
        self.assertIn('\033]8;;https://www.rfc-editor.org/rfc/rfc5961\033\\RFC 5961',
                      run('explain', '--color', 'always', 'FW102')[1])
        out = run('explain', 'FW102')[1]
        self.assertNotIn('\033', out)
        self.assertIn('\n    https://www.rfc-editor.org/rfc/rfc5961\n', out)

    def test_explain_shows_them(self):
        for code in re.findall(r'^FW\d+', run('checks')[1], re.M):
            if common.is_error(code):
                continue  # tests/errors.py
            page, text = run('explain', '--markdown', code)[1], run('explain', code)[1]
            examples = re.findall(r'^Found:\n\n```[\w-]+\n(.*?)```\n\n([^\n]*):\n\n```[\w-]+\n(.*?)```\n', page, re.M | re.S)
            self.assertEqual(len(examples), page.count('\n### '))
            for bad, title, good in examples:
                found = json.loads(run('--format', 'json', '--extend-select', code, stdin=bad)[1])['inputs'][0]['findings']
                self.assertIn(code, {f['code'] for f in found})
                self.assertEqual(run('--select', code, stdin=good)[0], 0)
                self.assertIn(re.sub('(?m)^', '  ', bad.rstrip('\n')), text)
                self.assertIn('Use instead\n' + re.sub('(?m)^', '  ', good.rstrip('\n')), text)
                if title == 'Use instead':  # by hand
                    continue
                unsafe = ['--unsafe-fixes'] if 'unsafe' in title else ['--tidy'] if 'tidy' in title else []
                self.assertEqual(run('--fix', '--severity', 'note', '--select', code, *unsafe, stdin=bad)[1], good)


    def test_the_rule_that_a_finding_names_ends_it(self):
        texts = [b for code in ('FW301', 'FW302', 'FW303', 'FW304')
                 for b in re.findall(r'^Found:\n\n```[\w-]+\n(.*?)```\n', run('explain', '--markdown', code)[1], re.M | re.S)]
        texts.append(read(os.path.join(ROOT, 'tests', 'stock', 'firejail-webserver.v4')))
        steps = collections.Counter()
        for text in texts:
            for f in json.loads(run('--format', 'json', '--extend-select', 'FW301', stdin=text)[1])['inputs'][0]['findings']:
                step = re.search(r": (?:put|add) '([^']*)' (?:in front of line (\d+)|to chain (\w+))$", f['detail'] or '')
                if f['code'][:4] != 'FW30' or not step:
                    self.assertNotIn(f['code'], ('FW301', 'FW302', 'FW303', 'FW304'))
                    continue
                lines = text.split('\n')
                if step[2]:
                    at = int(step[2]) - 1
                elif step[1].startswith('-A'):
                    at = len(lines) - 1 - lines[::-1].index('COMMIT')
                else:
                    chain = next(i for i, l in enumerate(lines) if l.strip().startswith('chain %s ' % step[3]))
                    at = next(i for i, l in enumerate(lines) if i > chain and l.strip() == '}')
                lines.insert(at, step[1])
                left = json.loads(run('--format', 'json', stdin='\n'.join(lines))[1])['inputs'][0]['findings']
                with self.subTest(text=text, step=step[0]):
                    self.assertNotIn((f['code'], f['message']), [(x['code'], x['message']) for x in left])
                steps[f['code']] += 1
        self.assertEqual(set(steps), {'FW301', 'FW302', 'FW303', 'FW304'})


class OpenQuestions(Folder):
    """Chains that call each other too deep on the forward path."""
    def setUp(self):
        super().setUp()
        chains = ['D%d' % i for i in range(520)]
        self.text = ''.join(line + '\n' for line in [
            '*filter', ':INPUT DROP [0:0]', ':FORWARD DROP [0:0]', *(':%s - [0:0]' % c for c in chains),
            '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
            '-A INPUT -p tcp -j REJECT --reject-with tcp-reset', '-A FORWARD -j D0',
            *('-A %s -j %s' % pair for pair in zip(chains, chains[1:])), 'COMMIT'])
        self.rules = self.file(self.text)

    def test_others_are_answered_the_open_ones_are_named_and_the_status_is_2(self):
        status, out, err = run(self.rules)
        self.assertEqual(status, 2)
        self.assertIn('error: FW102 INVALID segments reach this tcp', out)
        self.assertIn('error: FW015 FW102 on the forward path of IPv4 could not be answered: user chains', err)
        self.assertNotIn('on the input path', err)
        errors = json.loads(run('--format', 'json', self.rules)[1])['inputs'][0]['errors']
        self.assertIn('FW102 on the forward path of IPv4', str(errors))

    def test_nothing_is_fixed_then(self):
        self.assertEqual(run('--fix', '--unsafe-fixes', self.rules)[:2], (2, self.text))


class Empty(Folder):
    def test_a_file_without_rules_is_a_ruleset_without_rules(self):
        for text in ('', '\n', '# rules to come\n', '  \n# x\n\n'):
            with self.subTest(text=text):
                self.assertEqual(run(self.file(text)), (0, '', ''))
                self.assertEqual(run('--fix', self.file(text)), (0, text, ''))

    def test_nothing_on_standard_input_is_an_error(self):
        for args in ((), ('-',), ('--dialect', 'iptables'), ('--dialect', 'nft', '-')):
            code, out, err = run(*args, stdin='')
            self.assertEqual((code, out), (2, ''))
            self.assertIn('the input is empty', err)
        self.assertEqual(run(stdin='# rules to come\n')[0], 0)


class Redeclared(unittest.TestCase):
    """Files that say a thing twice, and commands by meaning: what is left is what the loaders leave."""

    def rules(self, text, *args):
        text = '*filter\n' + text + 'COMMIT\n'
        code, out, err = run('--dump', 'ast', *args, stdin=text)
        self.assertEqual(code, 0, err)
        lines = text.split('\n')
        return {c['name']: (c.get('policy'), [lines[r['line'] - 1] for r in c['rules']])
                for t in json.loads(out)['tables'] for c in t['chains']}

    def test_a_second_declaration_flushes_a_user_chain_but_no_built_in(self):
        left = self.rules(':INPUT ACCEPT\n:a -\n-A a -p tcp\n-A INPUT -j a\n:a -\n-A a -p udp\n:INPUT DROP\n')
        self.assertEqual(left, {'INPUT': ('drop', ['-A INPUT -j a']), 'a': (None, ['-A a -p udp'])})

    def test_a_second_section_deletes_user_chains(self):
        left = self.rules(':a -\n:b -\n-A a -j b\n-A INPUT -j a\nCOMMIT\n*filter\n:b -\n-A OUTPUT -j b\n')
        self.assertEqual(left, {'INPUT': ('accept', []), 'b': (None, []), 'OUTPUT': ('accept', ['-A OUTPUT -j b'])})

    def test_X_deletes_and_E_renames(self):
        left = self.rules(':a -\n:b -\n-A b -p tcp\n-X a\n-E b c\n-A INPUT -j c\n')
        self.assertEqual(left, {'c': (None, ['-A b -p tcp']), 'INPUT': ('accept', ['-A INPUT -j c'])})
        self.assertEqual(self.rules(':a -\n:b -\n-X\n-N a\n'), {'a': (None, [])})

    def test_D_removes_the_rule_however_it_is_spelled(self):
        for added, removed in (
                ('-p tcp -m tcp --dport 22 -j ACCEPT', '-j ACCEPT --protocol 6 --dport ssh'),
                ('-s 10.0.0.0/8 -p tcp -j DROP', '-p TCP --source 10.1.2.3/255.0.0.0 --jump DROP'),
                ('-p tcp --syn -j DROP', '-p tcp --tcp-flags SYN,RST,ACK,FIN SYN -j DROP'),
                ('-m state --state NEW,ESTABLISHED -j ACCEPT', '-m state --state ESTABLISHED,NEW -j ACCEPT'),
                ('-j REJECT', '-j REJECT --reject-with icmp-port-unreachable'),
                ('-j LOG --log-prefix x --log-level 4', '-j LOG --log-level warning --log-prefix "x"'),
                ('-j MARK --or-mark 1', '-j MARK --set-xmark 0x1/0x1'),
                ('-m limit --limit 5/min -j DROP', '-m limit --limit 5/minute --limit-burst 5 -j DROP'),
                ('-m recent --name a --set', '-m recent --set --name a'),
                ('-m limit --limit 60/min -j DROP', '-m limit --limit 1/s -j DROP'),
                ('-m addrtype ! --dst-type LOCAL -j DROP', '-m addrtype ! --dst-type local -j DROP'),
                ('-m u32 --u32 "6&0xFF=1" -j DROP', '-m u32 --u32 "6 & 255 = 0x1:1" -j DROP'),
                ('-m time --timestart 8:00 --weekdays Sat,Sun', '-m time --timestart 08:00:00 ! --weekdays 1,2,3,4,5'),
                ('-m hashlimit --hashlimit-upto 1/s --hashlimit-htable-expire 60000 --hashlimit-name a',
                 '-m hashlimit --hashlimit-upto 60/min --hashlimit-name a'),
                ('-m connlimit --connlimit-above 3', '-m connlimit ! --connlimit-upto 3'),
                ('-m string --algo bm --string abc', '-m string --algo bm --hex-string "|61|bc"'),
                ('-p udp --dport 017', '-p udp --dport 17'), ('-p tcp --dport 017', '-p tcp --dport 15'),
                ('-m helper --helper ftp', '-m helper ! --helper sip'),
                ('-c 1 2 -i + -j DROP', '-j DROP')):
            with self.subTest(removed=removed):
                self.assertEqual(self.rules('-A INPUT -p udp\n-A INPUT %s\n-D INPUT %s\n' % (added, removed)),
                                 {'INPUT': ('accept', ['-A INPUT -p udp'])})

    def test_D_does_not_remove_what_only_means_the_same(self):
        for added, removed in (
                ('-p tcp --dport 22 -j ACCEPT', '-p tcp -m multiport --dports 22 -j ACCEPT'),
                ('-p tcp --dport 22 -m mark --mark 1', '-m mark --mark 1 -p tcp --dport 22'),
                ('-m state --state NEW', '-m conntrack --ctstate NEW'),
                ('-m comment --comment a -j DROP', '-j DROP'),
                ('-p tcp --dport 0:65535 -j DROP', '-p tcp -j DROP'),
                ('-m tos --tos Minimize-Delay', '-m tos --tos 0x10'),
                ('-m u32 --u32 "0=1,2"', '-m u32 --u32 "0=2,1"'),
                ('-m connlimit --connlimit-above 3', '-m connlimit --connlimit-above 3 --connlimit-mask 32'),
                ('-m conntrack --ctorigsrc 10.0.0.1', '-m conntrack --ctorigsrc 10.0.0.1/32'),
                ('-m policy --dir in --pol ipsec --strict --reqid 1 --next --reqid 2',
                 '-m policy --dir in --pol ipsec --strict --reqid 2 --next --reqid 1'),
                ('-p tcp -m multiport --dports 22,80', '-p tcp -m multiport --dports 80,22')):
            with self.subTest(removed=removed):
                code, _, err = run(stdin='*filter\n-A INPUT %s\n-D INPUT %s\nCOMMIT\n' % (added, removed))
                self.assertEqual(code, 2)
                self.assertIn('no such rule', err)

    def test_a_quote_that_is_not_closed_takes_the_rest_of_the_line(self):
        text = '*filter\n-A INPUT -p tcp -m comment --comment "web -j DROP\nCOMMIT\n'
        code, out, err = run('--severity', 'note', stdin=text)
        self.assertEqual(code, 0, err)
        self.assertIn('the double quote is not closed', ' '.join(out.split()))
        self.assertNotIn('drop', json.loads(run('--dump', 'ast', stdin=text)[1])['tables'][0]['chains'][0]['rules'][0].values())

    def test_what_stands_where_tcp_has_its_ports_is_not_known(self):
        code, out, err = run('--loader', 'legacy', stdin='*filter\n-A INPUT ! -p tcp --dport 80 -j DROP\nCOMMIT\n')
        self.assertIn('warning', out + err)
        self.assertIn("after '! -p tcp'", ' '.join(out.split()))

    def test_chains_that_no_base_chain_reaches_may_loop(self):
        self.assertEqual(run(stdin='*filter\n:a -\n:b -\n-A a -j b\n-A b -j a\nCOMMIT\n')[0], 0)

    def test_chains_of_other_programs_need_no_declaration(self):
        self.assertEqual(self.rules('-I DOCKER-USER -j DROP\n'), {'DOCKER-USER': (None, ['-I DOCKER-USER -j DROP'])})
        # what is there stays: so the policies are not known
        self.assertEqual(self.rules('-A FORWARD -j DOCKER-USER\n')['FORWARD'][0], 'unknown')


class Loaders(unittest.TestCase):
    USER = '*filter\n:INPUT DROP [0:0]\n:a ACCEPT [0:0]\nCOMMIT\n'

    def severities(self, text, *args):
        code, out, _ = run('--format', 'json', '--select', 'FW002', *args, stdin=text)
        return code, [f['severity'] for f in json.loads(out)['inputs'][0]['findings']]

    def test_what_one_loader_refuses_is_a_note(self):
        self.assertEqual(self.severities(self.USER), (0, ['note']))
        self.assertEqual(self.severities(self.USER, '--fail-on', 'note'), (1, ['note']))

    def test_it_is_a_warning_where_the_loader_is_named_that_refuses(self):
        self.assertEqual(self.severities(self.USER, '--loader', 'legacy'), (1, ['warning']))
        self.assertEqual(self.severities(self.USER, '--loader', 'nft'), (0, ['note']))

    # text, who refuses it: None where both take it, but not alike
    CASES = [
        (':a -\n-A a -j DROP\n:a -\n', 'legacy'), ('-N a\n:a -\n', 'legacy'), (':a [0:0]\n', 'legacy'),
        ('-X INPUT\n', 'legacy'), (':a -\n-E a b\n', 'nft'),
        (':a -\n-A INPUT -j DROP\n-A INPUT -j a\n-A a -g a\n', 'nft'),
        (':INPUT DROP\nCOMMIT\n*filter\n', None), ('-A INPUT -p tcp\n-F\n', None), (':INPUT DROP\n-X\n', None),
    ]

    @staticmethod
    def nested(n, how):
        return ''.join(':c%d -\n' % i for i in range(n)) + '-A INPUT -j c0\n' + ''.join(
            '-A c%d -%s c%d\n' % (i, how, i + 1) for i in range(n - 1))

    def test_who_refuses_what(self):
        for text, who in self.CASES + [(self.nested(16, how), 'nft') for how in 'jg']:
            with self.subTest(text=text):
                text = '*filter\n' + text + 'COMMIT\n'
                for loader in ('legacy', 'nft'):
                    self.assertEqual(self.severities(text, '--loader', loader),
                                     (0, ['note']) if who not in (None, loader) else (1, ['warning']))

    def test_fifteen_chains_in_one_another_load_everywhere(self):
        for how in 'jg':
            self.assertEqual(self.severities('*filter\n' + self.nested(15, how) + 'COMMIT\n'), (0, []))

    def test_a_file_that_every_loader_refuses_somewhere_is_a_warning(self):
        self.assertEqual(self.severities('*filter\n:a -\n:a -\n-E a b\nCOMMIT\n'), (1, ['warning', 'warning']))

    def test_loaders_are_legacy_and_nft(self):
        code, _, err = run('--loader', 'nftables', stdin=self.USER)
        self.assertEqual(code, 2)
        self.assertIn("'nftables' is not a value of --loader", err)

    def test_it_can_be_allowed(self):
        text = self.USER.replace(':a', '# fwlint: allow FW002 our hosts have iptables-nft\n:a')
        self.assertEqual(self.severities(text), (0, []))


if __name__ == '__main__':
    common.main()
