#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fwlint --live --apply on a host of its own: what it changes, and that it is undone.

usage: live_apply.py FWLINT [CLASS.TEST]      LIVE_SEED=N: that of its random pauses

Each test has a host: network and mount namespaces with a /run of their own. After an undo the ruleset must be
what it was, byte for byte, with handles and counters.
"""
import difflib
import json
import os
import pty
import random
import re
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import common  # noqa: E402
import host  # noqa: E402
import network  # noqa: E402
from host import NFT, PLACES, Host  # noqa: E402

FWLINT = common.program()
SEED = int(os.environ.get('LIVE_SEED') or time.time())


class Apply(Host):
    def test_one_rule_more_at_its_place_and_nothing_else_changes(self):
        for backend in PLACES:
            for v6 in (False, True) if backend != 'nft' else (False,):
                with self.subTest(backend=backend, v6=v6):
                    self.load(backend, v6)
                    before = self.state()
                    change = self.apply()
                    after = self.state()
                    want, behind = PLACES[backend]
                    added = self.added(before, after)
                    self.assertEqual(added.count(want), 1, added)
                    # a table of iptables-nft is shown by nft too
                    self.assertEqual(len(added), 2 if backend == 'iptables-nft' else 1, added)
                    lines = [re.sub(r' # handle \d+$', '', x).strip() for x in after.split('\n')]
                    at = max(i for i, x in enumerate(lines) if x == want)
                    # ip6tables-nft-restore -c sets no counters of rules
                    self.assertEqual(re.sub(r'^\[.*?\] ', '', lines[at - 1]), re.sub(r'^\[.*?\] ', '', behind))
                    self.assertEqual(self.fwlint('rollback', change).returncode, 0)
                    self.assertEqual(self.state(), before)
                    self.run_('nft', 'flush', 'ruleset')
                    for tool in ('iptables', 'ip6tables'):
                        if self.run_('cat', '/proc/net/%s_tables_names' % tool[:-6].replace('iptables', 'ip'), check=False).stdout:
                            self.run_(tool + '-legacy-restore', text='*mangle\nCOMMIT\n*filter\n:FORWARD ACCEPT\nCOMMIT\n')

    def test_all_backends_and_families_are_one_change(self):
        for backend, v6 in (('legacy', False), ('legacy', True), ('iptables-nft', False), ('iptables-nft', True), ('nft', False)):
            self.load(backend, v6)
        before = self.state()
        change = self.apply('--unsafe-fixes', '--severity', 'note')
        rules = self.record(change)['rules']
        self.assertEqual({(r['backend'], r['family']) for r in rules},
                         {('legacy', 0), ('legacy', 1), ('iptables-nft', 0), ('iptables-nft', 1), ('nft', 2)})
        shown_twice = sum(r['backend'] == 'iptables-nft' for r in rules)
        self.assertEqual(len(self.added(before, self.state())), len(rules) + shown_twice)
        self.assertEqual(self.fwlint('--live', '-q').returncode, 0)
        self.assertEqual(self.fwlint('rollback').returncode, 0)
        self.assertEqual(self.state(), before)

    def test_a_part_that_fails_undoes_the_parts_before(self):
        self.load('legacy')
        self.load('nft')
        before = self.state()
        # the second part is refused: a table that only its owner may change (NFT_TABLE_F_OWNER)
        self.run_('nft', 'delete', 'table', 'inet', 'f')
        owner = subprocess.Popen(self.inside('nft', '-i'), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(owner.wait)
        self.addCleanup(owner.kill)
        owner.stdin.write('add table inet f { flags owner; }\n' + '; '.join(
            'add ' + x for x in ('chain inet f input { type filter hook input priority 0; }',
                                 'rule inet f input ct state established accept',
                                 'rule inet f input meta l4proto tcp reject with tcp reset')) + '\n')
        owner.stdin.flush()
        self.assertTrue(self.wait(lambda: 'tcp reset' in self.run_('nft', 'list', 'ruleset').stdout))
        before = self.state()
        r = self.fwlint('--live', '--apply')
        after = self.state()
        owner.stdin.close()
        self.assertEqual(r.returncode, 3, r.stderr)
        self.assertIn('the kernel refuses the change: Operation not permitted', r.stderr)
        self.assertEqual(after, before)

    def test_sets_interfaces_and_ports_go_in_as_they_are_shown(self):
        self.run_('ip', 'link', 'add', 'wan0', 'type', 'veth', 'peer', 'name', 'wan1')
        self.run_('nft', '-f', '-', text='''table ip x {
	chain input {
		type filter hook input priority 0; policy accept;
		iif "wan0" tcp dport { 113, 1000-2000 } ct state established accept
		iif "wan0" tcp dport { 113, 1000-2000 } reject with tcp reset
	}
}
''')
        before = self.state()
        self.apply('--confirm-within', '0')
        added = self.added(before, self.state())
        self.assertEqual(len(added), 1, added)
        self.assertIn('iifname "wan0" tcp dport { 113, 1000-2000 }', added[0])
        self.assertIn('ct state invalid drop', added[0])
        self.assertTrue(self.wait(lambda: not self.guardians()))

    def test_a_family_beside_a_protocol_of_its_own_is_shown_too(self):
        # nft 1.0.6 shows no `meta nfproto ipv4` before `meta l4proto icmp`
        tests = {'icmp type 8': 'meta l4proto icmp meta nfproto ipv4', 'tcp dport 22 ip ttl 9': 'meta nfproto ipv4 tcp dport 22',
                 'icmpv6 type 128': 'meta l4proto ipv6-icmp meta nfproto ipv6'}
        ruleset = 'table inet x {\nchain output {\ntype filter hook output priority 0; policy accept;\n%s}\n}\n' % ''.join(
            x + ' ct state . meta mark { new . 0, invalid . 1 } reject\n' for x in tests)
        self.run_('nft', '-f', '-', text=ruleset)

        def drops():
            return [x.strip() for x in self.run_('nft', 'list', 'ruleset').stdout.split('\n') if x.endswith(' drop')]
        want = [x + ' ct state invalid drop' for x in tests.values()]
        self.apply('--unsafe-fixes', '--confirm-within', '0')
        self.assertEqual(drops(), want)
        for x in ('', '-j '):
            self.run_('sh', '-ec', 'nft flush ruleset; nft -f -; nft %slist ruleset > /run/x; nft flush ruleset; '
                      '"$0" --fix --unsafe-fixes /run/x > /run/y || true; nft %s-f /run/y' % (x, x), FWLINT, text=ruleset)
            self.assertEqual(drops(), want)

    def test_a_verdict_map_is_left_as_it_is(self):
        self.run_('nft', '-f', '-', text='''table inet x {
	chain input {
		type filter hook input priority 0; policy accept;
		ct state vmap { established : accept, related : accept }
		meta l4proto tcp reject with tcp reset
	}
}
''')
        before = self.state()
        self.apply()
        added = self.added(before, self.state())
        self.assertEqual(len(added), 1, added)
        self.assertIn('ct state invalid drop', added[0])

    def test_dry_run_and_nothing_to_fix_change_nothing(self):
        self.load('nft')
        before = self.state()
        r = self.fwlint('--live', '--apply', '--dry-run')
        self.assertEqual(self.state(), before)
        self.assertIn('+\t\tct state invalid drop', r.stdout)
        self.assertIn('would be inserted', r.stderr)
        self.apply('--confirm-within', '0', '--unsafe-fixes')
        after = self.state()
        r = self.fwlint('--live', '--apply', '--unsafe-fixes')
        self.assertIn('nothing to fix', r.stderr)
        self.assertEqual(r.returncode, 0)
        self.assertEqual(self.state(), after)

    def test_a_report_says_what_was_changed_and_what_is_left(self):
        self.load('nft')
        args = ('--live', '--apply', '--confirm-within', '0', '--format', 'json', '--ignore', 'FW103')
        reports = []
        for more in (('--dry-run',), (), ()):
            r = self.fwlint(*args, *more)
            reports.append(json.loads(r.stdout)['inputs'][0])
            self.assertEqual(r.returncode, int(any(f['severity'] != 'note' for f in reports[-1]['findings'])), r.stderr)
        would, done, again = reports
        self.assertGreater(done['changed'], 0)
        self.assertEqual(self.state().count('ct state invalid drop'), done['changed'])
        self.assertEqual((would['changed'], would['diff'], would['findings']), (done['changed'], done['diff'], done['findings']))
        self.assertEqual((again['changed'], again['diff']), (0, ''))
        self.assertIn('+\t\tct state invalid drop', done['diff'])

    def test_a_name_that_the_record_cannot_hold(self):
        self.run_('sh', '-c', 'c=$(printf "x\\377"); iptables-legacy -N "$c" && iptables-legacy -A INPUT -p tcp -j "$c" && '
                      'iptables-legacy -A "$c" -m conntrack --ctstate ESTABLISHED -j ACCEPT && '
                      'iptables-legacy -A "$c" -p tcp -j REJECT --reject-with tcp-reset')
        p = subprocess.run(self.inside(FWLINT, '--live', '--apply'), capture_output=True)
        self.assertEqual(p.returncode, 3, p.stderr)
        self.assertIn(b'a name in it is not UTF-8', p.stderr)
        self.assertEqual(self.run_('sh', '-c', 'iptables-legacy-save -c | grep -c INVALID', check=False).stdout, '0\n')

    def test_fix_prints_one_ruleset(self):
        self.load('nft')
        self.load('legacy')
        self.assertIn('ct state invalid drop', self.fwlint('--live=nft', '--fix').stdout)
        r = self.fwlint('--live', '--fix')
        self.assertEqual((r.returncode, r.stdout), (2, ''))
        self.assertIn('--fix prints one ruleset, and 2 are loaded', r.stderr)

    def test_netns_by_name_and_path(self):
        self.load('nft')
        path = '/proc/%d/ns/net' % self.holder.pid
        r = subprocess.run([FWLINT, '--live', '--netns', path, '-q'], capture_output=True, text=True)
        self.assertIn('FW102', r.stdout)
        r = subprocess.run([FWLINT, '--live', '--netns', 'no-such-netns'], capture_output=True, text=True)
        self.assertEqual(r.returncode, 3)
        self.assertIn("there is no network namespace 'no-such-netns'", r.stderr)

    def test_saved_once_confirmed(self):
        self.run_('sh', '-c', 'cp -a /etc /run/etc && mount --bind /run/etc /etc && mkdir -p /etc/iptables')
        self.load('legacy')
        self.run_('sh', '-c', 'iptables-legacy-save > /etc/iptables/rules.v4')
        change = self.apply('--save')
        self.assertNotIn('INVALID', self.run_('cat', '/etc/iptables/rules.v4').stdout)
        r = self.fwlint('confirm', change)
        self.assertEqual(r.returncode, 0, r.stderr)
        saved = self.run_('cat', '/etc/iptables/rules.v4').stdout
        self.assertEqual(saved.count('-A INPUT -m conntrack --ctstate INVALID -j DROP'), 1)
        self.assertNotIn('INVALID', self.run_('cat', '/etc/iptables/rules.v4~').stdout)
        self.assertIn('/etc/iptables/rules.v4', r.stderr)

    def test_what_was_said_of_the_host_holds_when_it_is_confirmed(self):
        self.run_('sh', '-c', 'cp -a /etc /run/etc && mount --bind /run/etc /etc')
        rules = 'ct state established,related accept; meta l4proto tcp reject with tcp reset; '
        self.run_('sh', '-c', 'cat >/etc/nftables.conf; nft -f /etc/nftables.conf', text='table inet x {\n%s}\n' % ''.join(
            'chain %s { type filter hook %s priority 0; %s }\n' % (c, c, rules) for c in ('input', 'output')))
        change = self.apply('--save', '--owned-chains', 'input')
        self.assertEqual(self.fwlint('confirm', change).returncode, 0)
        saved = self.run_('cat', '/etc/nftables.conf').stdout
        for text in (saved, self.state()):
            self.assertEqual(text.count('ct state invalid drop'), 1, text)
        self.assertNotIn('invalid', saved.split('chain output')[0])

    def test_what_a_baseline_knows_is_left(self):
        self.load('nft')
        before = self.state()
        self.assertEqual(self.fwlint('--live', '--write-baseline', '/run/b.json').returncode, 0)
        r = self.fwlint('--live', '--apply', '--confirm-within', '0', '--baseline', '/run/b.json')
        self.assertEqual((r.returncode, self.state()), (0, before), r.stderr)
        r = self.fwlint('--live', '--apply', '--save', '--baseline', '/run/b.json')
        self.assertEqual((r.returncode, self.state()), (2, before), r.stderr)
        self.assertIn('--save fixes files', r.stderr)
        self.run_('nft', 'flush', 'ruleset')
        r = self.fwlint('--live', '--apply', '--baseline', '/run/b.json')
        self.assertEqual(r.returncode, 0, r.stderr)

    def test_a_report_says_what_was_inserted_though_it_is_not_saved(self):
        self.run_('mount', '-t', 'tmpfs', 'none', '/etc')
        self.load('nft')
        r = self.fwlint('--live', '--apply', '--save', '--confirm-within', '0', '--format', 'json')
        self.assertEqual(r.returncode, 3, r.stderr)
        self.assertIn('NOT saved', r.stderr)
        doc = json.loads(r.stdout)
        self.assertEqual(doc['inputs'][0]['changed'], self.state().count('ct state invalid drop'))
        self.assertGreater(doc['inputs'][0]['changed'], 0)


class Lab(network.Network):
    """The reset lab: the cure goes into the running ruleset of the router."""
    cure = False

    def load(self, text, backend, v6):
        super().load(text, backend, v6)
        if self.cure:
            # ip-netns(8) gives it mounts of its own: its records are not among those of the host
            r = network.sh('sh', '-c', 'mount -t tmpfs tmpfs /run && exec "$0" "$@"', FWLINT, '--live', '--apply',
                           '--unsafe-fixes', '--confirm-within', '0', ns=network.R, check=False)
            self.assertIn(r.returncode, (0, 1), r.stderr)
            self.assertIn('inserted', r.stderr)

    def test_the_live_change_cures(self):
        iptables = ('*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n'
                    '-A FORWARD -i toc -m conntrack --ctstate NEW -j ACCEPT\n'
                    '-A FORWARD -p tcp -j REJECT --reject-with tcp-reset\nCOMMIT\n')
        nft = ('table inet lab {\n\tchain forward {\n\t\ttype filter hook forward priority filter; policy accept;\n'
               '\t\tct state established,related accept\n\t\tiifname "toc" ct state new accept\n'
               '\t\tmeta l4proto tcp reject with tcp reset\n\t}\n}\n')
        for backend, rules in (('legacy', iptables), ('nft', iptables), ('nft itself', nft)):
            for v6 in (False, True):
                with self.subTest(backend=backend, v6=v6):
                    self.cure = False
                    self.assertEqual(self.outcome(rules, backend, v6, 'above')[0], network.DIES)
                    self.cure = True
                    self.assertEqual(self.outcome(rules, backend, v6, 'above')[0], network.LIVES)


class Others(Host):
    """Another program changes the ruleset at the same time, 50 times a second: none of its changes is lost."""
    changes = 500

    def race(self, command):
        """Returns the numbers of the changes that were made, and how the runs of fwlint ended."""
        script = 'for i in $(seq 1001 %d); do %s && echo $i; sleep 0.01; done' % (1000 + self.changes, command)
        other = subprocess.Popen(self.inside('sh', '-c', script), stdout=subprocess.PIPE, text=True)
        outcomes, began, dice = [], time.time(), random.Random(SEED)
        while other.poll() is None:
            r = self.fwlint('--live', '--apply')
            outcomes.append(r.returncode)
            self.assertIn(r.returncode, (0, 1, 3), r.stderr)
            if r.returncode == 3:
                self.assertIn('nothing was changed', r.stderr)
                continue
            self.assertIn('1 rule inserted', r.stderr)
            time.sleep(dice.random() / 10)
            r = self.fwlint('rollback')
            self.assertEqual(r.returncode, 0, r.stderr)
        done = [int(x) for x in other.communicate()[0].split()]
        self.assertTrue(self.wait(lambda: not self.guardians()))
        self.assertEqual(done, list(range(1001, 1001 + self.changes)))
        return done, outcomes, time.time() - began

    def check(self, backend, command, save, pattern):
        self.load(backend)
        before = self.state()
        mine, outcomes, seconds = self.race(command)
        text = self.run_(*save).stdout
        there = [int(x) for x in re.findall(pattern, text)]
        self.assertEqual(sorted(there), mine)
        # iptables-legacy itself sets the counters of policies to 0
        lost = [x for x in difflib.ndiff(before.split('\n'), self.state().split('\n')) if x[0] == '-' and x[2] != ':']
        self.assertEqual(lost, [])
        self.assertNotIn('invalid', self.state().lower())
        print('%s, seed %d: %d changes of another program in %d s, all there; %d of %d runs of fwlint done, the others refused'
              % (backend, SEED, len(mine), seconds, sum(x != 3 for x in outcomes), len(outcomes)))
        self.assertGreater(len(outcomes), 0)

    def test_one_that_is_faster_than_fwlint(self):
        """It is done or refused, in bounded time."""
        self.load('nft')
        other = subprocess.Popen(self.inside('nft', '-i'), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        runs = []

        def run():
            runs.append(self.fwlint('--live', '--apply', '--confirm-within', '0'))
        t = threading.Thread(target=run)
        t.start()
        n = 0
        while t.is_alive():
            n += 1
            other.stdin.write('add element inet f blocked { 10.%d.%d.%d }\n' % (n >> 16, n >> 8 & 255, n & 255))
            other.stdin.flush()
        t.join()
        other.stdin.close()
        other.wait()
        text = self.run_('nft', 'list', 'ruleset').stdout
        self.assertEqual(len(re.findall(r'\b10\.\d+\.\d+\.\d+', text)), n)
        self.assertIn(runs[0].returncode, (0, 1, 3))
        self.assertEqual('ct state invalid drop' in text, runs[0].returncode != 3)
        if runs[0].returncode == 3:
            self.assertRegex(runs[0].stderr, 'changed? so often|changes so often')
        print('%d changes by another program while fwlint ran: exit status %d' % (n, runs[0].returncode))

    def test_nft(self):
        self.check('nft', 'nft add rule inet f other tcp dport $i drop', ('nft', 'list', 'ruleset'), r'tcp dport (\d{4}) drop')

    def test_iptables_nft(self):
        self.check('iptables-nft', 'iptables-nft -A user -p tcp --dport $i -j DROP', ('iptables-nft-save',),
                   r'--dport (\d{4}) -j DROP')

    def test_legacy(self):
        self.check('legacy', 'iptables-legacy -w -A user -p tcp --dport $i -j DROP', ('iptables-legacy-save',),
                   r'--dport (\d{4}) -j DROP')


class Rollback(Host):
    def setUp(self):
        super().setUp()
        for backend in PLACES:
            self.load(backend, backend == 'iptables-nft')
        self.before = self.state()

    def is_undone(self):
        return not self.guardians() and self.state() == self.before

    def assert_undone(self):
        if not self.wait(self.is_undone):
            self.assertEqual(self.guardians(), [], 'a guardian is left')
            self.assertEqual(self.state(), self.before)

    def test_not_confirmed(self):
        change, (there, pending), window = self.while_pending(lambda _: (self.state(), self.fwlint('pending').stdout))
        self.assertNotEqual(there, self.before)
        self.assertIn(change, pending)
        self.assert_undone()
        self.assertEqual(self.fwlint('pending').stdout, '')
        r = self.fwlint('confirm', change)
        self.assertEqual(r.returncode, 2)
        self.assertRegex(r.stderr, r'change %s cannot be confirmed: undone at .*, because nobody confirmed it within %d seconds'
                         % (change, window))
        self.assertEqual(self.state(), self.before)

    def test_confirmed(self):
        for window in (2, 8, 32, 128):
            change = self.apply('--confirm-within', str(window), status=None)
            r = self.fwlint('confirm')
            if r.returncode == 0:
                break
            self.assertRegex(r.stderr, 'no change is pending|undone|seconds are over')  # a slow machine: more time
            self.assert_undone()
        self.assertEqual(r.returncode, 0, r.stderr)
        there = self.state()
        self.assertNotEqual(there, self.before)
        self.assertTrue(self.wait(lambda: not self.guardians()))
        time.sleep(window + 0.5)
        self.assertEqual(self.state(), there)
        r = self.fwlint('confirm', change)
        self.assertEqual(r.returncode, 2)
        self.assertIn('confirmed at', r.stderr)
        # and still it can be taken back
        self.assertEqual(self.fwlint('rollback', change).returncode, 0)
        self.assertEqual(self.state(), self.before)

    def kill_at_any_time(self, how):
        """The signal comes at another moment each time, from before the start of the guardian to after the end."""
        began = time.time()
        self.apply()
        whole = time.time() - began
        self.assertEqual(self.fwlint('rollback').returncode, 0)
        self.run_('rm', '-rf', '/run/fwlint')
        for i in range(15):
            p = subprocess.Popen(self.inside(FWLINT, '--live', '--apply', '--confirm-within', '1'), stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL, start_new_session=True)
            time.sleep(1.5 * whole * i / 14)
            os.killpg(p.pid, how)
            p.wait()
            time.sleep(0.2)
            self.assert_undone()
        records = self.run_('sh', '-c', 'cat /run/fwlint/*.json').stdout
        self.assertIn('because nobody confirmed it within 1 seconds', records, 'no run came so far as to change anything')

    def test_sighup(self):
        self.kill_at_any_time(signal.SIGHUP)

    def test_sigterm(self):
        self.kill_at_any_time(signal.SIGTERM)

    def test_sigkill(self):
        self.kill_at_any_time(signal.SIGKILL)

    def test_terminal_goes(self):
        for window in (4, 16, 64, 256):
            began = time.monotonic()
            pid, fd = pty.fork()
            if pid == 0:
                args = self.inside('sh', '-c', '"$0" --live --apply --confirm-within %d; sleep 1000' % window, FWLINT)
                os.execvp(args[0], args)
            self.assertTrue(self.wait(lambda: self.state() != self.before or time.monotonic() > began + window))
            guardians = self.guardians()
            os.close(fd)  # the kernel sends SIGHUP to the session
            os.waitpid(pid, 0)
            there = self.state()
            in_time = time.monotonic() < began + window
            self.assert_undone()
            if in_time:
                break
        self.assertTrue(in_time)
        self.assertEqual(len(guardians), 1)
        self.assertNotEqual(there, self.before)

    def test_the_guardian_has_no_parent_session_or_terminal(self):
        self.apply()
        guardian, = self.guardians()
        with open('/proc/%d/stat' % guardian) as f:
            ppid, group, session, tty = f.read().rsplit(')', 1)[1].split()[1:5]
        self.assertEqual(tty, '0')
        self.assertNotEqual(int(session), os.getsid(0))
        self.assertNotEqual(int(ppid), os.getpid())
        for fd in '012':
            self.assertEqual(os.readlink('/proc/%d/fd/%s' % (guardian, fd)), '/dev/null')
        for s in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
            os.kill(guardian, s)
        time.sleep(0.2)
        self.assertEqual(self.guardians(), [guardian])
        self.assertNotEqual(self.state(), self.before)

    def test_the_guardian_is_told_to_end(self):
        self.apply()
        os.kill(self.guardians()[0], signal.SIGTERM)
        self.assert_undone()

    def test_the_guardian_is_killed(self):
        change = self.apply()
        os.kill(self.guardians()[0], signal.SIGKILL)
        self.assertTrue(self.wait(lambda: not self.guardians()))
        self.assertTrue(self.wait(lambda: 'its guardian is gone: fwlint rollback ' + change in self.fwlint('pending').stdout))
        self.assertEqual(self.fwlint('rollback').returncode, 0)
        self.assertEqual(self.state(), self.before)

    def test_the_record_is_removed(self):
        _, there, _ = self.while_pending(lambda _: (self.run_('rm', '-rf', '/run/fwlint'), self.state())[1])
        self.assertNotEqual(there, self.before)
        self.assert_undone()

    def test_two_changes_wait(self):
        first = self.apply('--select', 'FW101')
        one = self.state()
        second, r, _ = self.while_pending(lambda _: self.fwlint('confirm'), '--select', 'FW103', '--severity', 'note', '--unsafe-fixes')
        self.assertNotEqual(first, second)
        self.assertEqual(r.returncode, 2)
        self.assertIn('2 changes are pending', r.stderr)
        self.assertTrue(self.wait(lambda: len(self.guardians()) == 1 and self.state() == one))
        self.assertEqual(self.fwlint('rollback').returncode, 0)
        self.assert_undone()

    def test_taken_back_while_another_change_stays(self):
        self.apply('--select', 'FW101')
        self.apply('--select', 'FW103', '--severity', 'note', '--unsafe-fixes', '--confirm-within', '0')
        self.assertTrue(self.wait(lambda: len(self.guardians()) == 1))
        self.end_now()
        self.assertTrue(self.wait(lambda: not self.guardians()))
        added = self.added(self.before, self.state())
        self.assertTrue(added and all('INVALID' not in x and 'invalid' not in x for x in added), added)

    def test_somebody_else_has_removed_the_rule(self):
        change = self.apply()
        self.run_('iptables-legacy', '-D', 'INPUT', '3')
        policies = lambda: re.sub(r'^(:.*) \[\d+:\d+\]', r'\1', self.state(), flags=re.M)
        handle = re.search(r'ct state invalid drop # handle (\d+)', self.run_(
            'nft', '-a', 'list', 'table', 'inet', 'f').stdout)[1]
        self.run_('nft', 'delete', 'rule', 'inet', 'f', 'input', 'handle', handle)
        self.end_now()
        self.assertTrue(self.wait(lambda: not self.guardians()))
        self.assertEqual(policies(), re.sub(r'^(:.*) \[\d+:\d+\]', r'\1', self.before, flags=re.M))
        self.assertIn('somebody else had removed it', self.record(change)['message'])
        r = self.fwlint('rollback', change)
        self.assertEqual(r.returncode, 2)
        self.assertIn('has nothing to undo', r.stderr)

    def test_a_rule_just_like_it_was_there_before(self):
        """It is found by what it says; what others have stays, whichever of the two they remove."""
        self.run_('iptables-legacy', '-A', 'INPUT', '-m', 'conntrack', '--ctstate', 'INVALID', '-j', 'DROP')
        self.before = self.state()
        rules = self.run_('iptables-legacy', '-S', 'INPUT').stdout
        self.apply()
        self.end_now()
        self.assert_undone()
        self.apply()
        self.run_('iptables-legacy', '-D', 'INPUT', '3')
        self.end_now()
        self.assertTrue(self.wait(lambda: not self.guardians()))
        self.assertEqual(self.run_('iptables-legacy', '-S', 'INPUT').stdout, rules)

    def test_the_record_cannot_be_written(self):
        self.apply()
        self.run_('sh', '-c', 'mount --bind -o ro /run/fwlint /run/fwlint && mount -o remount,ro,bind /run/fwlint')
        self.end_now()
        self.assert_undone()

    def test_what_was_refused_takes_nothing_back(self):
        self.run_('iptables-legacy', '-I', 'INPUT', '3', '-m', 'conntrack', '--ctstate', 'INVALID', '-j', 'DROP')
        self.before = self.state()
        change = self.apply('--unsafe-fixes')
        self.end_now()
        self.assert_undone()
        record = self.record(change)
        for state in ('refused', 'moved'):
            record['state'] = state
            self.run_('sh', '-c', 'cat > /run/fwlint/%s.json' % change, text=json.dumps(record))
            self.assertEqual(self.fwlint('rollback', change).returncode, 2)
            self.assertEqual(self.state(), self.before)

    def test_the_lock_of_iptables_is_held_when_it_is_time(self):
        change = self.apply()
        lock = subprocess.Popen(self.inside('flock', '/run/xtables.lock', 'sh', '-c', 'echo held; read x'), stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, text=True)
        lock.stdout.readline()
        self.end_now()
        self.assertTrue(self.wait(lambda: re.search('must still be undone: .*another program holds the lock of iptables',
                                                    self.fwlint('pending').stdout)))
        lock.communicate('\n')
        self.assert_undone()
        self.assertNotIn('somebody else', self.record(change)['message'])

    def test_another_rule_under_the_same_handle_stays(self):
        change = self.apply()
        # the table is made anew: its handles begin again
        self.run_('nft', '-f', '-', text='delete table inet f\n' + NFT + 'add rule inet f input accept\n')
        there = self.run_('nft', '-a', 'list', 'table', 'inet', 'f').stdout
        self.end_now()
        self.assertTrue(self.wait(lambda: not self.guardians()))
        self.assertEqual(self.run_('nft', '-a', 'list', 'table', 'inet', 'f').stdout, there)
        self.assertIn('somebody else had removed it', self.record(change)['message'])

    def test_rules_before_it_were_added_meanwhile(self):
        self.apply()
        self.run_('iptables-legacy', '-I', 'INPUT', '-p', 'udp', '-j', 'ACCEPT')
        self.run_('nft', 'insert', 'rule', 'inet', 'f', 'input', 'udp', 'dport', '53', 'accept')
        self.end_now()
        self.assertTrue(self.wait(lambda: not self.guardians()))
        # iptables-legacy -I sets the counters of policies to 0
        policies = [re.sub(r'^(:.*) \[\d+:\d+\]', r'\1', x, flags=re.M) for x in (self.before, self.state())]
        self.assertEqual(sorted(self.added(*policies)), ['[0:0] -A INPUT -p udp -j ACCEPT', 'udp dport 53 accept'])

    def test_no_guardian_no_change(self):
        self.run_('sh', '-c', 'mkdir -m 755 /run/fwlint')
        r = self.fwlint('--live', '--apply')
        self.assertEqual(r.returncode, 3)
        self.assertIn("'/run/fwlint' is not a folder of this user alone", r.stderr)
        self.assertEqual(self.state(), self.before)

    def test_unknown_ids(self):
        self.run_('mkdir', '-m', '700', '/run/fwlint')
        for verb in ('confirm', 'rollback'):
            for name in ('beef', '../../etc/passwd', ''):
                r = self.fwlint(verb, name)
                self.assertEqual(r.returncode, 2)
                self.assertIn("there is no change '%s'" % name, r.stderr)
            self.assertIn('no change is pending', self.fwlint(verb).stderr)

    def test_the_folder_is_for_root_alone(self):
        self.apply()
        self.assertEqual(self.run_('stat', '-c', '%a', '/run/fwlint').stdout, '700\n')


class Unit(Host):
    """Where systemd runs the guardian is a unit of it: here in namespaces, on a file system that it cannot write to."""
    program = '/run/fwlint-under-test'

    def setUp(self):
        if not os.path.exists('/lib/systemd/systemd'):
            self.skipTest('no systemd')
        self.holder = subprocess.Popen(
            ['unshare', '-pmn', '--fork', '--kill-child', '--mount-proc', '--cgroup', '--propagation', 'private', 'sh', '-c',
             'mount -t tmpfs tmpfs /run; cp "$0" %s; for d in /tmp /var; do mount -t tmpfs tmpfs $d; done; '
             'mkdir -p /run/lock /var/lib /var/log /var/tmp; mount -o remount,ro,bind / && '
             'mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec /lib/systemd/systemd --system --unit=sockets.target'
             % self.program, FWLINT], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(self.end)
        self.assertTrue(self.wait(self.find_systemd), 'systemd did not start')

    def find_systemd(self):
        with open('/proc/%d/task/%d/children' % (self.holder.pid, self.holder.pid)) as f:
            pids = f.read().split()
        self.systemd = pids and pids[0]
        return pids and self.run_('systemctl', 'is-system-running', check=False).stdout.strip() in ('running', 'degraded')

    def inside(self, *args):
        return ['nsenter', '-t', self.systemd, '-n', '-m', '-p', *args]

    def test_the_guardian_is_a_unit(self):
        self.load('nft')
        before = self.state()
        change, (there, shown), window = self.while_pending(lambda x: (self.state(), self.run_(
            'systemctl', 'show', '-p', 'ActiveState,ControlGroup,SubState', 'fwlint-%s.service' % x).stdout))
        self.assertNotEqual(there, before)
        unit = 'fwlint-%s.service' % change
        self.assertIn('SubState=running', shown)
        self.assertIn('ControlGroup=/system.slice/' + unit, shown)
        self.assertTrue(self.wait(lambda: self.state() == before))
        self.assertTrue(self.wait(lambda: unit not in self.run_('systemctl', 'list-units', '--all', '--no-pager').stdout))
        journal = self.run_('journalctl', '--no-pager', '-t', 'fwlint').stdout
        self.assertRegex(journal, 'change %s: 1 rule inserted, to be confirmed in %d seconds' % (change, window))
        self.assertRegex(journal, 'change %s: undone at .*, because nobody confirmed it' % change)
        # the unit begins in the namespace of systemd, and goes where the change is
        self.run_('ip', 'netns', 'add', 'inner')
        self.run_('ip', 'netns', 'exec', 'inner', 'nft', '-f', '-', text=NFT)
        there = self.run_('ip', 'netns', 'exec', 'inner', 'nft', '-a', 'list', 'ruleset').stdout
        r = self.run_('ip', 'netns', 'exec', 'inner', self.program, '--live', '--apply', '--confirm-within', '600', check=False)
        self.assertIn('invalid', self.run_('ip', 'netns', 'exec', 'inner', 'nft', 'list', 'ruleset').stdout)
        self.assertEqual(self.state(), before)
        self.run_('systemctl', 'stop', 'fwlint-' + re.search('change ([0-9a-f]+): 1 rule', r.stderr)[1])
        self.assertTrue(self.wait(lambda: self.run_('ip', 'netns', 'exec', 'inner', 'nft', '-a', 'list', 'ruleset').stdout == there))
        # and another session, in another namespace, may ask it for the way back
        self.run_('ip', 'netns', 'exec', 'inner', self.program, '--live', '--apply', check=False)
        self.assertEqual(self.fwlint('rollback').returncode, 0)
        self.assertEqual(self.run_('ip', 'netns', 'exec', 'inner', 'nft', '-a', 'list', 'ruleset').stdout, there)
        # stopping it takes the change back too
        change = self.apply()
        self.run_('systemctl', 'stop', 'fwlint-' + change)
        self.assertEqual(self.state(), before)


class Session(Host):
    """A session that conntrack does not know: its packets may be INVALID, and port 22 accepts them now."""

    def setUp(self):
        super().setUp()
        self.load('legacy')
        self.before = self.state()

    def test_a_change_that_would_cut_it_is_refused(self):
        r = self.fwlint('--live', '--apply', env={'SSH_CONNECTION': '192.0.2.7 40000 192.0.2.1 22'})
        self.assertEqual(r.returncode, 3)
        self.assertIn('the change could cut the ssh session of 192.0.2.7 port 40000: packets to the host that are INVALID',
                      r.stderr)
        self.assertEqual(self.state(), self.before)
        self.assertEqual(self.guardians(), [])

    def test_one_that_cannot_be_read_is_not_passed_over(self):
        for words in ('x', '192.0.2.7 40000', '192.0.2.7 70000 192.0.2.1 22'):
            r = self.fwlint('--live', '--apply', env={'SSH_CONNECTION': words})
            self.assertEqual(r.returncode, 3)
            self.assertIn("SSH_CONNECTION is '%s'" % words, r.stderr)
            self.assertEqual(self.state(), self.before)
        self.load('legacy', v6=True)
        r = self.fwlint('--live', '--apply', env={'SSH_CONNECTION': 'fe80::7%eth0 40000 fe80::1%eth0 22'})
        self.assertIn('the change could cut the ssh session of fe80::7%eth0 port 40000', r.stderr)

    def test_the_environment_of_who_started_it_counts_too(self):
        r = self.run_('sh', '-c', 'env -u SSH_CONNECTION sh -c "\\"$0\\" --live --apply; exit \\$?" "$0"; exit $?', FWLINT,
                      env={'SSH_CONNECTION': '192.0.2.7 40000 192.0.2.1 22'}, check=False)
        self.assertEqual(r.returncode, 3)
        self.assertIn('could cut the ssh session', r.stderr)
        self.assertEqual(self.state(), self.before)

    def test_a_session_to_which_nothing_changes(self):
        self.apply(env={'SSH_CONNECTION': 'fd00::7 40000 fd00::1 22'})
        self.assertNotEqual(self.state(), self.before)

    def test_keep_open_none(self):
        self.apply('--keep-open', 'none', env={'SSH_CONNECTION': '192.0.2.7 40000 192.0.2.1 22'})
        self.assertNotEqual(self.state(), self.before)

    def test_keep_open(self):
        """The same for connections of a peer: of any of its ports, to any address of the host."""
        r = self.fwlint('--live', '--apply', '--keep-open', '192.0.2.7:22')
        self.assertEqual(r.returncode, 3)
        self.assertIn('the change could cut connections of 192.0.2.7:22', r.stderr)
        self.assertEqual(self.state(), self.before)
        connection_to_ssh(self)
        r = self.fwlint('--live', '--apply', '--keep-open', '127.0.0.2:22')
        self.assertEqual(r.returncode, 3)
        self.apply('--keep-open', '127.0.0.1:22')
        self.assertNotEqual(self.added(self.before_policies(), self.before_policies(self.state())), [])

    def before_policies(self, text=None):
        """Without counters, which packets move."""
        return re.sub(r'\[\d+:\d+\]', '[]', text or self.before)

    def test_a_session_that_conntrack_knows(self):
        server = connection_to_ssh(self)
        env = {'SSH_CONNECTION': '127.0.0.1 %d 127.0.0.1 22' % server}
        self.apply(env=env)
        self.assertNotEqual(self.state(), self.before)


def connection_to_ssh(host):
    """A connection to port 22 over lo, which connection tracking knows; returns the port of its client."""
    p = subprocess.Popen(host.inside(sys.executable, '-c', '''
import socket, sys, time
s = socket.create_server(('127.0.0.1', 22))
c = socket.create_connection(('127.0.0.1', 22))
a, _ = s.accept()
c.sendall(b'x'); a.recv(1); a.sendall(b'y'); c.recv(1)
print(c.getsockname()[1], flush=True)
time.sleep(100)
'''), stdout=subprocess.PIPE, text=True)
    host.addCleanup(p.stdout.close)
    host.addCleanup(p.wait)
    host.addCleanup(p.kill)
    return int(p.stdout.readline())


if __name__ == '__main__':
    host.main(__file__, FWLINT)
