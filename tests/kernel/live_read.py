#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fwlint --live reads what the kernel's own tools print.

usage: live_read.py FWLINT

Rulesets are loaded into network namespaces through each backend; `--live` must have the findings of the
saved text, and the text that it reads from iptables-legacy must be that of iptables-legacy-save, byte for byte.
"""
import collections
import json
import os
import re
import subprocess
import sys
import unittest

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import common  # noqa: E402
from common import CORPUS, EXAMPLES, in_namespace, read  # noqa: E402

FWLINT = common.program()
BUILTIN = ('INPUT', 'OUTPUT', 'FORWARD', 'PREROUTING', 'POSTROUTING')


def without_comments(text):
    return '\n'.join(line for line in text.split('\n') if not line.startswith('#'))


def without_counters(text):
    return re.sub(r'^(:\S+ \S+) \[\d+:\d+\]', r'\1', without_comments(text), flags=re.M)


def rules_of_the_extensions(v6):
    """(table, chain, rule) of iptables' own extension tests."""
    for folder in sorted(os.listdir(CORPUS)):
        tests = os.path.join(CORPUS, folder, 'extensions')
        for name in sorted(os.listdir(tests)) if os.path.isdir(tests) else ():
            if not name.endswith('.t') or name.startswith(('libebt', 'libarpt', 'libipt_' if v6 else 'libip6t_')):
                continue
            table, chains = 'filter', ['INPUT']
            with open(os.path.join(tests, name), errors='replace') as f:
                for line in f.read().split('\n'):
                    if line.startswith(':'):
                        chains = line[1:].split(',')
                    elif line.startswith('*'):
                        table = line[1:].strip()
                    elif line and line[0] not in '#@%' and line.count(';') >= 2 and line.split(';')[2] == 'OK':
                        yield table, chains[0], line.split(';')[0]


LOAD_EACH = '''
while IFS="\t" read -r table chain rule; do
	$0 -t "$table" -N "$chain" 2>/dev/null
	eval "$0 -t \\"\\$table\\" -A \\"\\$chain\\" $rule" >/dev/null 2>&1
done
'''


class Legacy(unittest.TestCase):
    def test_every_extension_reads_as_iptables_legacy_save_prints_it(self):
        if not os.path.isdir(CORPUS):
            self.skipTest('no corpus at %s' % CORPUS)
        for v6 in (False, True):
            tool = 'ip6tables-legacy' if v6 else 'iptables-legacy'
            rules = list(rules_of_the_extensions(v6))
            script = ('ip link set lo up; sh -c "$2" "$0"; printf "=====\\n"; "$0-save"; printf "=====\\n"; '
                      '"$1" --live=legacy --dump text')
            r = subprocess.run(['unshare', '-n', 'sh', '-c', script, tool, FWLINT, LOAD_EACH],
                               input='\n'.join('\t'.join(x) for x in rules) + '\n', capture_output=True, text=True)
            _, saved, live = r.stdout.split('=====\n')
            self.assertEqual(without_comments(live), without_comments(saved), r.stderr[-2000:])
            lines = [line for line in saved.split('\n') if line.startswith('-A')]
            matches = set(re.findall(r'-m (\S+)', saved)) | set(re.findall(r'-[jg] (\S+)', saved))
            print('%s: %d of %d rules of the extensions\' tests load and read the same: %d matches and targets'
                  % (tool, len(lines), len(rules), len(matches)))
            self.assertGreater(len(lines), 300)

    def test_heads_of_rules(self):
        heads = {
            'iptables-legacy': [
                '-s 10.0.0.0/255.0.255.0', '! -s 10.0.0.1', '-d 0.0.0.0/1', '! -d 10.1.0.0/16', '-i eth+', '! -i lo', '-o +',
                '! -o abcdefghijklmno', '-i abcdefghijklmn+', '! -p tcp', '-p 0', '-p 254', '-f', '! -f', '! -s 0.0.0.0/0'],
            'ip6tables-legacy': [
                '-s fd00::/8', '! -s ::1', '-d ff::/ff::ff', '! -d ::/0', '-i +', '-p icmpv6', '-p mh', '! -p 33', '-s ::1/128'],
        }
        for tool, list_ in heads.items():
            rules = ['-A FORWARD %s -j ACCEPT' % h for h in list_]
            rules += ['-A FORWARD -p %d' % n for n in range(256)] + ['-A FORWARD -g user', '-A FORWARD -j user', '-A FORWARD']
            text = '*filter\n:user - [0:0]\n%s\nCOMMIT\n*raw\n:PREROUTING DROP [5:7]\nCOMMIT\n' % '\n'.join(rules)
            r = in_namespace('"$1-restore" || exit 9; "$1-save"; echo =====; "$2" --live=legacy --dump text', tool, FWLINT,
                             stdin=text)
            self.assertNotEqual(r.returncode, 9, r.stderr)
            saved, live = r.stdout.split('=====\n')
            self.assertEqual(without_comments(live), without_comments(saved))
            self.assertEqual(saved.count('-A '), len(rules))

    def test_reading_makes_no_table(self):
        r = in_namespace('"$1" --live -q; cat /proc/net/ip_tables_names /proc/net/ip6_tables_names; nft list tables', FWLINT)
        self.assertEqual(r.stdout, '')
        self.assertIn('no ruleset is loaded', r.stderr)


BAD_SEGMENT = """
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
for _ in range(3):
    s.sendto(struct.pack('!HHIIBBHHH', 1, 2, 3, 4, 5 << 4, 3, 100, 0, 0), ('127.0.0.1', 0))  # SYN and FIN
"""


class Shown(unittest.TestCase):
    rules = ('table inet f {\n\tchain input {\n\t\ttype filter hook input priority 0; policy accept;\n'
             '\t\tct state established accept\n\t\tmeta l4proto tcp reject with tcp reset\n\t}\n}\n')

    def test_findings_name_table_chain_rule_number_and_handle(self):
        r = in_namespace('nft -f -; nft insert rule inet f input udp dport 53 accept; nft -a list ruleset; echo =====; '
                         '"$1" --live --select FW1 --format json --severity note; echo =====; '
                         '"$1" --live --select FW1 --severity note', FWLINT, stdin=self.rules)
        listing, found, text = r.stdout.split('=====\n')
        findings = json.loads(found)['inputs'][0]['findings']
        self.assertEqual([f['code'] for f in findings], ['FW101', 'FW102', 'FW103'])
        for f in findings:
            self.assertEqual((f['table'], f['chain']), ('f', 'input'))
            self.assertEqual(f['handle'], int(re.search(re.escape(f['rule']) + r' # handle (\d+)', listing)[1]))
            if f['code'] != 'FW102':  # it is shown under FW101, whose fix cures it
                self.assertIn('rule:    %d of chain input, table inet f, handle %d\n' % (f['rule_number'], f['handle']), text)

    def test_figures_of_conntrack_are_those_of_its_own_tool(self):
        r = in_namespace('nft -f -; "$1" -c "$2"; "$3" --live --format json; echo =====; conntrack -S; conntrack -C; '
                         'echo =====; "$3" --live', sys.executable, BAD_SEGMENT, FWLINT, stdin=self.rules)
        found, stats, text = r.stdout.split('=====\n')
        figures = json.loads(found)['conntrack']
        for name in ('invalid', 'drop', 'early_drop', 'insert_failed'):
            self.assertEqual(figures[name], sum(int(x) for x in re.findall(r'\b%s=(\d+)' % name, stats)), name)
        self.assertGreaterEqual(figures['invalid'], 3)
        self.assertEqual(figures['entries'], int(stats.split()[-1]))
        with open('/proc/sys/net/netfilter/nf_conntrack_max') as f:
            self.assertEqual(figures['max'], int(f.read()))
        self.assertIn('nf_conntrack_tcp_timeout_established = 432000', figures['sysctl'])
        self.assertIn('conntrack: %d of %d entries; %d packets INVALID' % (figures['entries'], figures['max'], figures['invalid']),
                      text)

    def test_a_short_time_out_of_the_running_kernel_is_found(self):
        r = in_namespace('nft -f -; sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_established=600; "$1" --live -q', FWLINT,
                         stdin=self.rules)
        self.assertIn('/proc/sys/net/netfilter:1:', r.stdout)
        self.assertIn('FW109', r.stdout)

    def test_two_backends_at_once(self):
        r = in_namespace('nft -f -; iptables-legacy -A INPUT -j ACCEPT; "$1" --live -q', FWLINT, stdin=self.rules)
        self.assertIn('more than one backend is active: nft iptables-legacy;', r.stderr)
        self.assertEqual(r.returncode, 1)
        cured = in_namespace('nft -f -; nft insert rule inet filter input ct state invalid drop; '
                             'iptables-legacy -A INPUT -m state --state ESTABLISHED,RELATED -j ACCEPT; '
                             'iptables-legacy -A INPUT -p tcp -j REJECT --reject-with tcp-reset; "$1" --live -q --select FW101,FW102', FWLINT,
                             stdin='table inet filter {\n\tchain input {\n\t\ttype filter hook input priority -5;\n\t}\n}\n')
        self.assertEqual((cured.returncode, cured.stdout), (0, ''), cured.stderr)
        r = in_namespace('nft -f -; iptables-legacy -S; "$1" --live -q', FWLINT, stdin=self.rules)
        self.assertNotIn('more than one', r.stderr)

    def test_what_runs_is_compared_with_its_files(self):
        v4 = ('*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -m state --state ESTABLISHED -j ACCEPT\n'
              '-A INPUT -p tcp -j REJECT --reject-with tcp-reset\nCOMMIT\n')
        script = ('d=$(mktemp -d); trap "rm -r $d" EXIT; cat > $d/a.nft; echo "$2" > $d/a.v4; nft -f $d/a.nft; iptables-legacy-restore $d/a.v4; '
                  'for files in "$d/a.v4" "$d/a.nft" "$d/a.v4 $d/a.nft" "$d/a.nft $d/a.v4"; do "$1" compare -q --live $files >&2; echo $?; done; '
                  'iptables-legacy -I INPUT -p udp --dport 53 -j DROP; '
                  'for files in "$d/a.v4" "$d/a.nft" "$d/a.v4 $d/a.nft"; do "$1" compare -q --live $files >&2; echo $?; done; '
                  '"$1" compare --live $d/a.v4; "$1" compare --live=iptables-nft $d/a.v4')
        r = in_namespace(script, FWLINT, v4, stdin=self.rules)
        self.assertEqual(r.stdout.split('\n')[:7], ['0', '0', '0', '0', '1', '0', '1'], r.stdout + r.stderr)
        self.assertIn('5 -A INPUT -p udp -m udp --dport 53 -j DROP', r.stdout)
        self.assertRegex(r.stderr, "no ruleset of the same kind as '.*a.v4' is loaded here")

    def test_files_of_which_nothing_runs_are_compared_with_no_ruleset(self):
        empty = 'table inet x {\n\tchain in {\n\t\ttype filter hook input priority 0; policy accept;\n\t}\n}\n'
        for text, status in ((self.rules, 1), (empty, 0)):
            r = in_namespace('"$1" compare --live --format json -', FWLINT, stdin=text)
            doc = json.loads(r.stdout)
            self.assertEqual((r.returncode, doc['equal'], bool(doc['differences'])), (status, not status, bool(status)), r.stderr)
            self.assertIn('no ruleset of the same kind as', r.stderr)

    def test_a_table_that_iptables_nft_save_would_misread_is_read_by_nft(self):
        text = ('table ip filter {\n\tchain INPUT {\n\t\ttype filter hook input priority 0; policy accept;\n'
                '\t\ttcp dport { 22, 23 } counter accept\n\t}\n}\n')
        r = in_namespace('nft -f -; iptables-nft-save; echo =====; "$1" --live --dump text', FWLINT, stdin=text)
        tool, live = r.stdout.split('=====\n')
        self.assertIn('tcp dport { 22, 23 } counter packets 0 bytes 0 accept', live)
        self.assertNotIn('*filter', live)
        r = in_namespace('iptables-nft -A INPUT -m recent --set; iptables-nft -A INPUT -j ACCEPT; "$1" --live --dump text; '
                         'echo =====; nft add rule ip filter INPUT tcp dport { 22, 23 } accept; "$1" --live --dump text; '
                         '"$1" --live', FWLINT)
        before, after = r.stdout.split('=====\n')
        self.assertIn('*filter', before)
        self.assertNotIn('*filter', after)
        self.assertIn('xt match', after)

    def test_several_tables_of_nft_beside_those_of_iptables_nft(self):
        """libnftables 1.0.6, asked for two tables in one run, reads the last one only."""
        text = ''.join('table %s {\n\tchain c {\n\t\tcounter drop comment "of %s"\n\t}\n}\n' % (t, t)
                       for t in ('inet a', 'inet b', 'ip a', 'arp filter', 'bridge filter'))
        r = in_namespace('nft -f -; iptables-nft -A INPUT -p tcp --dport 22 -j ACCEPT; "$1" --live --dump text', FWLINT, stdin=text)
        self.assertEqual(r.returncode, 0, r.stderr)
        self.assertEqual(re.findall('comment "of (.*)"', r.stdout), ['inet a', 'inet b', 'ip a', 'arp filter', 'bridge filter'])
        self.assertEqual(r.stdout.count('-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT'), 1)

    def test_all_that_a_listing_can_hold_is_counted(self):
        text = '''table inet f {
	set dyn { type ipv4_addr; flags dynamic,timeout; timeout 1m; elements = { 1.1.1.1 } }
	set empty_dyn { type ipv4_addr; size 9; flags dynamic; }
	set big { type ipv4_addr; flags interval; auto-merge; elements = { 10.0.0.0/8, 11.0.0.0/8 } }
	set none { type ipv4_addr; }
	map v { type ipv4_addr : verdict; elements = { 1.2.3.4 : drop } }
	counter c { }
	quota q { 10 mbytes }
	chain b {
		type filter hook input priority 0
		ip saddr 1.2.3.4 jump {
			tcp dport 1 accept
			tcp dport { 1, 2 } drop
		}
		ip saddr @big log prefix "a" comment "x { # handle 9"
		counter name "c"
	}
}
table bridge x {
	chain y {
	}
}
table ip e {
}
'''
        for others in ('true', 'iptables-nft -A INPUT -m recent --set; ip6tables-nft -A INPUT -m comment --comment "-A x" -j LOG; '
                               'arptables-nft -A INPUT -j DROP; ebtables-nft -A INPUT -j DROP'):
            r = in_namespace('nft -f - || exit 9; %s; "$1" --live --dump text' % others, FWLINT, stdin=text)
            self.assertEqual(r.returncode, 0, r.stderr)
            self.assertIn('elements = { 10.0.0.0/7 }', r.stdout)


def rulesets():
    """(path, kind): of rules-examples all, of the corpus those that the kernel loads."""
    kinds = {'.v4': ('iptables',), '.v6': ('ip6tables',), '.rules': ('iptables', 'ip6tables'), '.nft': ('nft',), '.json': ('json',)}
    for name in sorted(os.listdir(EXAMPLES)):
        for kind in kinds[os.path.splitext(name)[1]]:
            yield os.path.join(EXAMPLES, name), kind
    if not os.path.isdir(CORPUS):
        return
    kinds = {'iptables-save': 'iptables', 'ip6tables-save': 'ip6tables', 'nft-list': 'nft', 'nft-script': 'nft'}
    n = collections.Counter()
    for cells in common.manifest(*kinds):
        kind = kinds[cells[1]]
        if 'ok' in cells[3:5] and int(cells[2]) < 3000 and n[kind] < 150:
            n[kind] += 1
            yield common.in_corpus(cells[0]), kind


WAYS = {
    'iptables': (('legacy', 'iptables-legacy-restore', 'iptables-legacy-save'),
                 ('iptables-nft', 'iptables-nft-restore', 'iptables-nft-save')),
    'ip6tables': (('legacy', 'ip6tables-legacy-restore', 'ip6tables-legacy-save'),
                  ('iptables-nft', 'ip6tables-nft-restore', 'ip6tables-nft-save')),
    'nft': (('nft', 'nft -f -', 'nft list ruleset'),),
    'json': (('nft', 'nft -j -f -', 'nft list ruleset'),),
}


NOT_LOADED = ({'bridge.nft'},  # where the kernel has no connection tracking of bridges
              set())


def findings(text):
    out = []
    try:
        inputs = json.loads(text)['inputs']
    except ValueError as e:
        raise AssertionError('no JSON: %r' % text) from e
    for x in inputs:
        out += [(f['code'], f['severity'], f['table'], f['chain'], f['rule_number']) for f in x['findings'] if 'table' in f]
        out += [e['message'] for e in x['errors']]
    return sorted(out, key=str)


def read_both_ways(job):
    path, backend, load, save = job
    text = read(path, errors='surrogateescape')
    if path.endswith('.rules') and '*' not in text:
        text = '*filter\n%sCOMMIT\n' % text
    r = subprocess.run(
        ['unshare', '-n', 'sh', '-c', 'ip link set lo up; %s >/dev/null || exit 9; %s > "$1.$$"; "$0" --format json "$1.$$"; echo =====; '
         '"$0" --live=%s --format json; echo =====; "$0" --live --format json; rm "$1.$$"' % (load, save, backend),
         FWLINT, '/tmp/fwlint-live'],
        input=text, capture_output=True, text=True, errors='surrogateescape', cwd=os.path.dirname(path))
    if r.returncode == 9:
        return path, backend, None, None, None
    parts = r.stdout.split('=====\n')
    empty = 'the input is empty' in r.stderr
    if len(parts) != 3 or '' in parts[1:] or not (empty or parts[0]):
        raise AssertionError((path, r.stdout, r.stderr))
    return (path, backend) + tuple([] if empty else findings(p) for p in parts)


def without_places(v):
    """An answer without what only the file has: its name, and where a rule stands in it."""
    if isinstance(v, dict):
        return {k: without_places(x) for k, x in v.items()
                if k not in ('file', 'ruleset', 'line', 'end_line', 'column', 'end_column', 'places') and
                not (k == 'lines' and x and isinstance(x[0], int))}
    return [without_places(x) for x in v] if isinstance(v, list) else v


class Asked(common.Folder):
    """trace, ask, services and test answer for the running ruleset what they answer for its saved text."""
    LOADED = {'web-host.v4': ('iptables-legacy-restore', 'iptables-legacy-save'),
              'workstation.nft': ('nft -f -', 'nft list ruleset')}

    COMMANDS = (['trace', '--format', 'json', '--path', 'input', 'NEW tcp 192.0.2.10:40123 -> 198.51.100.20:22, flags SYN, in eth0'],
                ['trace', '--format', 'json', '--path', 'input', 'NEW udp 192.0.2.10:40123 -> 198.51.100.20:161, in eth0'],
                ['ask', '--format', 'json', 'input iifname "eth0" tcp dport 1-1024 ct state new'],
                ['services', '--format', 'json'])

    def test_each_command_answers_as_for_the_saved_text(self):
        for name, (load, save) in self.LOADED.items():
            spec = os.path.join(common.ROOT, 'tests', 'policies', name + '.spec')
            broken = common.write(os.path.join(self.dir, 'broken.spec'), 'accept input tcp dport 25\n')
            for command in (*self.COMMANDS, ['test', '--format', 'json', spec], ['test', '--format', 'json', broken]):
                saved = os.path.join(self.dir, 'saved.' + name.split('.')[1])
                r = in_namespace('%s <"$1" && %s >"$2" && shift 2 && exec "$@"' % (load, save), os.path.join(EXAMPLES, name),
                                 saved, FWLINT, *command, '--live')
                files = [saved] if command[0] in ('ask', 'services') else ['--', saved]
                code, out, err = common.outcome(*command, *files)
                self.assertEqual((r.returncode, err), (code, ''), (command, r.stderr))
                self.assertEqual(code, 1 if broken in command else 0)
                live, text = (without_places(json.loads(x)) for x in (r.stdout, out))
                self.assertTrue(any(live.get(k) for k in ('steps', 'classes', 'services', 'lines')), live)
                self.assertEqual(live, text, command)

    def test_where_nothing_runs_all_is_open(self):
        r = in_namespace('exec "$1" services --live --format json', FWLINT)
        self.assertEqual([x['ipv4'] for x in json.loads(r.stdout)['services'] if x['path'] == 'input'], ['all'] * 3)


class Unknown(unittest.TestCase):
    def test_without_proc_nobody_says_that_there_are_no_rules(self):
        r = common.run('unshare', '-nm', '--propagation', 'private', 'sh', '-c', 'iptables-legacy -A INPUT -j ACCEPT; '
                       'mount -t tmpfs tmpfs /proc || exit 77; "$1" --live=legacy', 'sh', FWLINT)
        if r.returncode == 77 or 'propagation' in r.stderr:
            self.skipTest('nothing can be mounted here')
        if 'LeakSanitizer has encountered a fatal error' not in r.stderr:  # it needs /proc, and ends with a status of its own
            self.assertEqual(r.returncode, 3, r.stderr)
        self.assertEqual(r.stdout, '', r.stderr)
        self.assertIn('ip_tables_names', r.stderr)
        self.assertIn('mount /proc', r.stderr)


class SameFindings(unittest.TestCase):
    def test_live_has_the_findings_of_the_saved_text(self):
        jobs = [(path,) + way for path, kind in rulesets() if kind for way in WAYS[kind]]
        n, some, loaded = collections.Counter(), collections.Counter(), set()
        for path, backend, saved, live, all_ in common.each(read_both_ways, jobs):
            if saved is None:
                continue
            with self.subTest(path=path, backend=backend):
                self.assertEqual(live, saved)
                if backend != 'nft':  # a table of nft may be one that iptables-nft could have made
                    self.assertEqual(all_, saved)
            n[backend] += 1
            loaded.add(path)
            some[backend] += bool(saved)
        print('rulesets read live with the findings of the saved text: ' +
              ', '.join('%s %d (%d with findings)' % (b, n[b], some[b]) for b in n))
        examples = {os.path.join(EXAMPLES, name) for name in os.listdir(EXAMPLES)}
        self.assertIn({os.path.basename(x) for x in examples - loaded}, NOT_LOADED)
        self.assertGreaterEqual(min(n[b] for b in ('legacy', 'iptables-nft', 'nft')), 15)


if __name__ == '__main__':
    probe = in_namespace('"$1" --live -q && iptables-legacy -S', FWLINT)
    if probe.returncode:
        common.leave_out('no network namespace, or no iptables-legacy: ' + probe.stderr.strip())
    common.main()
