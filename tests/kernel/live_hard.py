#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A live change on a host where things go wrong: large batches, reloads, hung guardians, full file systems.

usage: live_hard.py FWLINT [CLASS.TEST]
"""
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import common  # noqa: E402
import host  # noqa: E402
from host import PLACES, Host  # noqa: E402

FWLINT = common.program()


class Batch(Host):
    """Many rules in one batch."""

    def record_of(self, n):
        """A record of n rules with anonymous sets, made of one: more than fwlint finds in a ruleset."""
        self.run_('nft', '-f', '-', text='''table inet many {
	chain input {
		type filter hook input priority 0; policy accept;
		tcp dport { 113, 1000-2000 } ct state established,related accept
		tcp dport { 113, 1000-2000 } reject with tcp reset
	}
}
''')
        record = self.record(self.apply())
        self.assertEqual(self.fwlint('rollback').returncode, 0)
        before, rule = self.state(), record['rules'][0]
        record.update(state='prepared', message='', generation=self.generation(), rules=[
            dict(rule, number=rule['number'] + i, handle=0, where=0) for i in range(n)])
        for name, text in (('aaaa.json', json.dumps(record)), ('aaaa.open', ''), ('aaaa.guardian', '')):
            self.run_('sh', '-c', 'cat > /run/fwlint/' + name, text=text)
        return before

    def generation(self):
        out = self.run_(sys.executable, '-c', '''
import socket, struct
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
s.sendto(struct.pack('=IHHIIBBH', 20, 10 << 8 | 16, 1, 1, 0, 0, 0, 0), (0, 0))
print(struct.unpack('>I', s.recv(1000)[24:28])[0])
''').stdout
        return int(out)

    def guard(self, env=None):
        p = subprocess.Popen(self.inside(FWLINT, 'guard', 'aaaa'), env=dict(os.environ, **(env or {})))
        self.addCleanup(p.wait)
        self.addCleanup(p.kill)
        return p

    def test_1_150_500_and_2000_rules_with_anonymous_sets(self):
        for n in (1, 150, 500, 2000):
            before = self.record_of(n)
            guardian = self.guard()
            self.assertTrue(self.wait(lambda: self.record('aaaa')['state'] not in ('prepared', 'applying')))
            self.assertEqual(self.record('aaaa')['state'], 'pending', self.record('aaaa')['message'])
            self.assertEqual(self.state().count('ct state invalid drop'), n)
            self.assertIn('aaaa: %d rule' % n, self.fwlint('pending').stdout)
            r = self.fwlint('rollback', 'aaaa')
            self.assertEqual(r.returncode, 0, r.stderr)
            guardian.wait()
            self.assertEqual(self.state(), before)
            self.run_('nft', 'flush', 'ruleset')
            self.run_('rm', '-rf', '/run/fwlint')

    def test_the_mark_is_in_no_listing(self):
        self.load('nft')
        self.load('iptables-nft')
        self.apply()
        for command in (('nft', '-a', 'list', 'ruleset'), ('nft', '-j', 'list', 'ruleset'), ('iptables-nft-save', '-c')):
            self.assertNotIn('fwlint', self.run_(*command).stdout)


class Reloads(Host):
    """Another program changes what is pending: what is left is found, what is gone is said."""

    def assert_only(self, before):
        """As before, handles and counters apart."""
        plain = lambda s: re.sub(r' # handle \d+|\[\d+:\d+\]|counter packets \d+ bytes \d+', '', s)
        self.assertEqual(plain(self.state()), plain(before))

    def renamed(self, backend, *rename):
        self.load(backend)
        for args in ([], ['confirm']):
            self.apply('--confirm-within', '600')
            self.run_('sh', '-c', rename[0])
            if args:
                r = self.fwlint(*args)
                self.assertEqual(r.returncode, 0, r.stderr)
            self.assertEqual(self.fwlint('rollback', self.last()).returncode, 0)
            self.assertNotIn('invalid', self.state().lower())
            self.run_('sh', '-c', rename[1])

    def last(self):
        return self.run_('sh', '-c', 'ls -t /run/fwlint/*.json | head -1').stdout.strip()[len('/run/fwlint/'):-len('.json')]

    def test_the_chain_is_renamed_nft(self):
        self.renamed('nft', 'nft rename chain inet f input incoming', 'nft rename chain inet f incoming input')

    def reload(self, backend, command):
        """The table is listed, and loaded again: other handles, no marks."""
        self.load(backend)
        self.run_('sh', '-c', command)  # iptables-nft-restore makes chains that were not there
        before = self.state()
        change = self.apply('--confirm-within', '600')
        self.run_('sh', '-c', command)
        self.assertIn('invalid', self.state().lower())
        r = self.fwlint('rollback', change)
        self.assertEqual(r.returncode, 0, r.stderr)
        self.assertNotIn('invalid', self.state().lower())
        self.assert_only(before)

    def test_the_ruleset_is_loaded_again_nft(self):
        self.reload('nft', 'nft list ruleset > /run/x; nft flush ruleset; nft -f /run/x')

    def test_the_ruleset_is_loaded_again_iptables_nft(self):
        self.reload('iptables-nft', 'iptables-nft-save -c > /run/x; nft flush ruleset; iptables-nft-restore -c < /run/x')

    def test_the_ruleset_is_loaded_again_legacy(self):
        self.reload('legacy', 'iptables-legacy-save -c > /run/x; iptables-legacy-restore -c < /run/x')

    def test_anonymous_sets_are_compared_by_their_elements(self):
        table = '''table ip x {
	chain input {
		type filter hook input priority 0; policy accept;
		tcp dport { 1, 2 } counter
		tcp dport { 113, 1000-2000 } ct state established accept
		tcp dport { 113, 1000-2000 } reject with tcp reset
	}
}
'''
        self.run_('nft', '-f', '-', text=table)
        self.apply('--confirm-within', '600')
        # like ours, with other elements; and ours under another number of its set
        self.run_('sh', '-c', 'nft insert rule ip x input tcp dport { 114, 1000-2000 } ct state invalid drop; '
                  'nft list ruleset > /run/x; nft flush ruleset; nft add table ip y; nft -f /run/x')
        self.assertEqual(self.fwlint('rollback').returncode, 0)
        left = self.run_('nft', 'list', 'table', 'ip', 'x').stdout
        self.assertIn('tcp dport { 114, 1000-2000 } ct state invalid drop', left)
        self.assertEqual(left.count('ct state invalid drop'), 1)

    def test_a_twin_of_others_stays_after_a_reload(self):
        self.load('nft')
        self.run_('nft', 'add', 'rule', 'inet', 'f', 'other', 'ct', 'state', 'invalid', 'drop')
        self.apply('--confirm-within', '600')
        self.run_('sh', '-c', 'nft list ruleset > /run/x; nft flush ruleset; nft -f /run/x')
        self.assertEqual(self.fwlint('rollback').returncode, 0)
        self.assertEqual(self.run_('nft', 'list', 'chain', 'inet', 'f', 'other').stdout.count('invalid'), 1)
        self.assertNotIn('invalid', self.run_('nft', 'list', 'chain', 'inet', 'f', 'input').stdout)

    def test_confirm_says_that_the_rules_are_gone(self):
        for backend, reload in (('nft', 'nft delete table inet f; nft -f -'), ('iptables-nft', 'iptables-nft-restore'),
                                ('legacy', 'iptables-legacy-restore')):
            with self.subTest(backend=backend):
                self.load(backend)
                before = self.state()
                change = self.apply('--confirm-within', '600')
                self.run_('sh', '-c', reload, text=host.NFT if backend == 'nft' else host.IPTABLES)
                r = self.fwlint('confirm', change)
                self.assertEqual(r.returncode, 2)
                self.assertIn('cannot be confirmed: 1 of its 1 rules is no longer in the ruleset', r.stderr)
                self.assertNotIn('it stays', r.stderr)
                self.assertEqual(self.fwlint('rollback', change).returncode, 0)
                self.assertIn('somebody else had removed it', self.record(change)['message'])
                self.assert_only(before)
                self.run_('nft', 'flush', 'ruleset')


class Moved(Host):
    """The ruleset changes between reading and writing: while fwlint waits for the lock of iptables."""

    def changed_meanwhile(self, *change):
        self.load('legacy')
        lock = subprocess.Popen(self.inside('flock', '/run/xtables.lock', 'sh', '-c', 'echo held; read x'), stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, text=True)
        lock.stdout.readline()
        p = subprocess.Popen(self.inside(FWLINT, '--live', '--apply', '--keep-open', 'none', '--confirm-within', '0'),
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertTrue(self.wait(self.guardians))
        time.sleep(1)
        self.run_(*change, env={'XTABLES_LOCKFILE': '/run/another.lock'})
        lock.communicate('\n')
        out = p.communicate()[0]
        return p.returncode, out

    def test_legacy(self):
        code, out = self.changed_meanwhile('iptables-legacy', '-I', 'INPUT', '1', '-s', '192.0.2.99', '-j', 'LOG')
        self.assertIn(code, (0, 1), out)
        rules = [x for x in self.run_('iptables-legacy', '-S', 'INPUT').stdout.split('\n') if x.startswith('-A')]
        at = [i for i, x in enumerate(rules) if 'INVALID' in x]
        self.assertEqual(len(at), 1, rules)
        self.assertIn('-i lo', rules[at[0] - 1], rules)  # where PLACES has it, not one rule before


class Guardian(Host):
    def setUp(self):
        super().setUp()
        self.load('nft')
        self.before = self.state()

    def stop(self):
        for pid in self.guardians():
            os.kill(pid, signal.SIGSTOP)
        return self.guardians()

    def stopped(self):
        """A change whose time is over, and whose guardian was stopped before."""
        change, guardians, window = self.while_pending(lambda _: self.stop(), window=1)
        self.assertEqual(len(guardians), 1)
        time.sleep(window + 1.1)
        self.assertNotEqual(self.state(), self.before)
        return change, guardians[0], window

    def test_a_stopped_one_is_replaced(self):
        change, guardian, _ = self.stopped()
        self.assertIn('its time is over, but its guardian (process %d) does not act: fwlint rollback --force %s'
                      % (guardian, change), self.fwlint('pending').stdout)
        r = self.fwlint('rollback', '--force')
        self.assertEqual(r.returncode, 0, r.stderr)
        self.assertEqual(self.state(), self.before)
        self.assertTrue(self.wait(lambda: not self.guardians()))
        self.assertEqual(self.record(change)['state'], 'undone')

    def test_once_the_time_is_over_nothing_can_be_confirmed(self):
        change, guardian, window = self.stopped()
        r = self.fwlint('confirm', change)
        self.assertEqual(r.returncode, 2)
        self.assertIn('can no longer be confirmed: its %d seconds are over' % window, r.stderr)
        os.kill(guardian, signal.SIGCONT)
        self.assertTrue(self.wait(lambda: self.state() == self.before))

    def test_a_stopped_one_is_not_waited_for_without_end(self):
        change = self.apply()
        guardian, = self.stop()
        began = time.time()
        r = self.fwlint('rollback')
        self.assertLess(time.time() - began, 90)
        self.assertEqual(r.returncode, 2)
        self.assertIn('does not answer: fwlint rollback --force ' + change, r.stderr)
        os.kill(guardian, signal.SIGCONT)
        self.assertTrue(self.wait(lambda: self.state() == self.before))

    def test_what_was_confirmed_while_it_was_stopped_stays(self):
        for window in (2, 8, 32, 128):
            self.apply('--confirm-within', str(window), status=None)
            guardians = self.stop()
            r = self.fwlint('confirm')
            if r.returncode == 0:
                break
            for pid in guardians:  # a slow machine: more time
                os.kill(pid, signal.SIGCONT)
            self.assertTrue(self.wait(lambda: not self.guardians()))
        self.assertEqual(r.returncode, 0, r.stderr)
        self.assertEqual(len(guardians), 1)
        time.sleep(window)
        os.kill(guardians[0], signal.SIGCONT)
        self.assertTrue(self.wait(lambda: not self.guardians()))
        self.assertNotEqual(self.state(), self.before)

    def test_it_undoes_whoever_holds_the_locks(self):
        """The one that fwlint had for its folder too, and that of the change's own file cannot be taken from it."""
        self.apply()
        holder = subprocess.Popen(self.inside(sys.executable, '-c', '''
import fcntl, glob, time
for name in glob.glob('/run/fwlint/*') + ['/run/fwlint/lock']:
    f = open(name, 'a'); fcntl.flock(f, fcntl.LOCK_EX); globals()[name] = f
print('held', flush=True)
time.sleep(1000)
'''), stdout=subprocess.PIPE, text=True)
        self.addCleanup(holder.stdout.close)
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        self.assertEqual(holder.stdout.readline(), 'held\n')
        self.assertNotEqual(self.state(), self.before)
        self.end_now()
        self.assertTrue(self.wait(lambda: self.state() == self.before))

    def test_its_timer_counts_suspended_time(self):
        self.apply('--confirm-within', '600')
        guardian, = self.guardians()
        info = ''
        for fd in os.listdir('/proc/%d/fdinfo' % guardian):
            with open('/proc/%d/fdinfo/%s' % (guardian, fd)) as f:
                info += f.read()
        self.assertIn('clockid: %d' % time.CLOCK_BOOTTIME, info)

    def test_a_log_that_hangs_is_not_waited_for(self):
        log = subprocess.Popen(self.inside(sys.executable, '-c', '''
import os, socket, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind('/run/log'); os.chmod('/run/log', 0o666)
c = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); c.setblocking(False); c.connect('/run/log')
try:
    while True: c.send(b'x')
except BlockingIOError: print('full', flush=True)
time.sleep(1000)
'''), stdout=subprocess.PIPE, text=True)
        self.addCleanup(log.stdout.close)
        self.addCleanup(log.wait)
        self.addCleanup(log.kill)
        self.assertEqual(log.stdout.readline(), 'full\n')
        self.run_('sh', '-c', 'mkdir /run/dev && mount --bind /dev /run/dev && mount -t tmpfs tmpfs /dev && '
                  'mount --bind /run/dev/null /dev/null 2>/dev/null || cp -a /run/dev/null /run/dev/urandom /dev/; ln -s /run/log /dev/log')
        _, there, _ = self.while_pending(lambda _: self.state(), window=1)
        self.assertNotEqual(there, self.before)
        self.assertTrue(self.wait(lambda: self.state() == self.before))


class Records(Host):
    def setUp(self):
        super().setUp()
        self.load('nft')
        self.before = self.state()

    def edit(self, change, **fields):
        record = dict(self.record(change), **fields)
        self.run_('sh', '-c', 'cat > /run/fwlint/%s.json' % change, text=json.dumps(record))

    def end_guardian(self):
        for pid in self.guardians():
            os.kill(pid, signal.SIGKILL)
        self.assertTrue(self.wait(lambda: not self.guardians()))

    def test_one_of_another_boot_is_void(self):
        change = self.apply('--confirm-within', '600')
        there = self.state()
        self.end_guardian()
        self.edit(change, boot='00000000-0000-0000-0000-000000000000')
        for verb in ('confirm', 'rollback'):
            r = self.fwlint(verb, change)
            self.assertEqual(r.returncode, 2)
            self.assertIn('was made before the system was restarted', r.stderr)
        self.assertEqual(self.fwlint('pending').stdout, '')
        self.assertEqual(self.state(), there)

    def test_a_namespace_with_the_same_inode_is_another_one(self):
        change = self.apply('--confirm-within', '600')
        there = self.state()
        self.end_guardian()
        self.assertNotEqual(int(self.record(change)['netns_cookie'], 16), 0)
        self.edit(change, netns_cookie='00000000deadbeef')
        r = self.fwlint('rollback', change)
        self.assertEqual(r.returncode, 2)
        self.assertIn('was made in another network namespace', r.stderr)
        self.assertEqual(self.state(), there)

    def test_run_is_full(self):
        """No change, or an undone one, whenever it became full."""
        outcomes = set()
        for room in list(range(0, 24, 2)) + [40]:
            self.run_('sh', '-c', 'mkdir -p /run/fwlint; mount -t tmpfs -o size=%dk,nr_inodes=%d,mode=700 tmpfs /run/fwlint'
                      % (max(room, 4), 2 + room // 2))
            r = self.fwlint('--live', '--apply', '--confirm-within', '600')
            pending = re.findall(r'^([0-9a-f]+): ', self.fwlint('pending').stdout, re.M)
            if self.state() == self.before:
                self.assertEqual(r.returncode, 3, r.stderr)
                outcomes.add('old')
            else:
                self.assertEqual(len(pending), 1, r.stderr)
                outcomes.add('pending')
                self.assertEqual(self.fwlint('rollback', pending[0]).returncode, 0)
            self.assertTrue(self.wait(lambda: self.state() == self.before), r.stderr)
            self.assertTrue(self.wait(lambda: not self.guardians()))
            self.run_('umount', '/run/fwlint')
        self.assertEqual(outcomes, {'old', 'pending'})

    def test_a_generation_that_cannot_be_read_is_an_error(self):
        """A record that says 0, "do not check", is refused."""
        change = self.apply('--confirm-within', '600')
        self.assertEqual(self.fwlint('rollback').returncode, 0)
        self.edit(change, state='prepared', generation=0, rules=[dict(r, where=0) for r in self.record(change)['rules']])
        self.run_('mv', '/run/fwlint/%s.undone' % change, '/run/fwlint/%s.open' % change)
        self.run_(FWLINT, 'guard', change)
        self.assertEqual(self.state(), self.before)
        self.assertEqual(self.record(change)['message'], 'the generation of nf_tables is not known')


class Save(Host):
    """--save that fails is said, also in the log."""

    def setUp(self):
        super().setUp()
        self.run_('sh', '-c', 'cp -a /etc /run/etc && mount --bind /run/etc /etc && rm -rf /etc/iptables /etc/nftables.conf')
        self.load('legacy')

    def test_a_file_that_cannot_be_read_as_a_ruleset(self):
        self.run_('sh', '-c', 'mkdir -p /etc/iptables && echo nonsense > /etc/iptables/rules.v4')
        change = self.apply('--save', '--confirm-within', '600')
        r = self.fwlint('confirm', change)
        self.assertEqual(r.returncode, 3, r.stderr)
        self.assertIn('the change stays, but it is NOT saved: /etc/iptables/rules.v4 could not be fixed', r.stderr)
        self.assertIn('INVALID', self.state())

    def test_no_file_is_there(self):
        change = self.apply('--save', '--confirm-within', '600')
        r = self.fwlint('confirm', change)
        self.assertEqual(r.returncode, 3)
        self.assertIn('it is NOT saved: none of the files that fwlint knows', r.stderr)

    def test_it_is_in_the_log(self):
        log = subprocess.Popen(self.inside(sys.executable, '-c', '''
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind('/run/log')
print('ready', flush=True)
while True: print(s.recv(5000).decode(), flush=True)
'''), stdout=subprocess.PIPE, text=True)
        self.addCleanup(log.stdout.close)
        self.addCleanup(log.wait)
        self.addCleanup(log.kill)
        self.assertEqual(log.stdout.readline(), 'ready\n')
        os.set_blocking(log.stdout.fileno(), False)
        self.run_('sh', '-c', 'mkdir /run/dev && mount --bind /dev /run/dev && mount -t tmpfs tmpfs /dev && '
                  'cp -a /run/dev/null /run/dev/urandom /dev/; ln -s /run/log /dev/log')
        change = self.apply('--save', '--confirm-within', '600')
        self.fwlint('confirm', change)
        text = ''
        self.assertTrue(self.wait(lambda: 'NOT saved' in self.more(log)), text)

    seen = ''

    def more(self, log):
        self.seen += log.stdout.read() or ''
        return self.seen


if __name__ == '__main__':
    host.main(__file__, FWLINT)
