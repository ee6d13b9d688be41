#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A live change with each of its calls to the kernel's firewall failing once.

usage: live_faults.py FWLINT LIBRARY [STEP [CLASS.TEST...]]

For each backend, and for all at once, and for each kind of call of the guardian, the n-th call fails, for every n until
there is no n-th; those of confirm and rollback; of those of the fwlint that was typed for --live --apply, or only reads, each STEP-th (beginning with
another one each day): refused before it is made, or made and its answer lost. After each run the ruleset must be the old
one, or the change is in and pending (after confirm: or confirmed); then it is taken back, and the ruleset must be the old one.
"""
import collections
import datetime
import errno
import os
import re
import signal
import sys

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import common  # noqa: E402
import host  # noqa: E402
from host import Host  # noqa: E402

FWLINT, LIBRARY = common.program(), common.argument()
STEP = int(sys.argv.pop(1)) if len(sys.argv) > 1 else 1
MANY = 100000


def rules_of(text):
    """Without counters: a table of iptables-legacy whose counters could not be set again has lost them."""
    text = re.sub(r'^\[\d+:\d+\] ', '', text, flags=re.M)
    return re.sub(r'^(:.*) \[\d+:\d+\]', r'\1', text, flags=re.M)


CALLS = {'nft': ('send', 'receive', 'socket'), 'iptables-nft': ('send', 'receive', 'socket'),
         'legacy': ('getsockopt', 'setsockopt', 'socket')}
CALLS['all'] = ('send', 'receive', 'getsockopt', 'setsockopt', 'socket')
ERRORS = (('before', errno.ENOBUFS), ('after', errno.ENOBUFS), ('before', errno.EPERM), ('after', errno.EINTR))
LOG = '/run/fault'


def step_of(backend):
    """Where there are fewer calls more of them."""
    return STEP if backend in ('nft', 'all') else STEP // 4 or 1


class Faults(Host):
    def shim(self, kind, n, error, when, who):
        return {'LD_PRELOAD': LIBRARY, 'FAULT': '%s:%d:%d:%s' % (kind, n, error, when), 'FAULT_WHO': who, 'FAULT_LOG': LOG,
                'ASAN_OPTIONS': 'verify_asan_link_order=0'}

    def pending(self):
        return re.findall(r'^([0-9a-f]+): ', self.fwlint('pending').stdout, re.M)

    def settled(self):
        """No guardian is at its work still: it waits, or is gone."""
        return self.wait(lambda: not re.search('must still be undone|must be undone|being undone',
                                               self.fwlint('pending').stdout), 120)

    def decisions(self, name):
        return [os.path.basename(x)[:-len(name) - 1] for x in
                self.run_('sh', '-c', 'ls /run/fwlint/*.%s' % name, check=False).stdout.split()]

    # ---- each verb: what is typed, and what may have become of the change; returns the outcome, and which changes are in ----

    def do_apply(self, which, shim):
        r = self.fwlint(*which, '--apply', '--confirm-within', '600', env=shim)
        self.assertTrue(self.settled(), r.stderr)
        return r, self.pending()

    def do_confirm(self, which, shim):
        self.apply(*which)
        r = self.fwlint('confirm', env=shim)
        self.assertTrue(self.wait(lambda: not self.guardians() or self.pending()))
        confirmed, pending = self.decisions('confirmed'), self.pending()
        self.assertEqual(len(confirmed) + len(pending), 1, r.stderr)
        self.assertEqual(len(confirmed), r.returncode == 0, r.stderr)
        return r, confirmed + pending

    def do_rollback(self, which, shim, guard, orphan=False):
        # the n-th call of the guardian may be one of the way in
        self.apply(*which, env=shim if guard else None, status=None if guard else (0, 1))
        for pid in self.guardians() if orphan else []:
            os.kill(pid, signal.SIGKILL)
        self.assertTrue(not orphan or self.wait(lambda: not self.guardians()))
        r = self.fwlint('rollback', env=None if guard else shim)
        self.assertTrue(orphan or self.settled(), r.stderr)
        return r, self.pending()

    def judge(self, before, what, r, changes):
        after = self.state()
        if rules_of(after) == rules_of(before):
            outcome = 'the old ruleset'
        else:
            self.assertEqual(len(changes), 1, '%s: in, and not pending: %s' % (what, r.stderr))
            outcome = 'in and pending' if changes == self.pending() else 'in and confirmed'
        for change in changes:
            # what is pending without a rule of its own is a promise that cannot be kept
            back = self.fwlint('rollback', change)
            self.assertTrue(back.returncode == 0 or outcome == 'the old ruleset', '%s: %s' % (what, back.stderr))
        self.assertTrue(self.wait(lambda: not self.guardians(), 120), what)
        self.assertEqual(rules_of(self.state()), rules_of(before), '%s: %s' % (what, r.stderr))
        self.run_('rm', '-rf', '/run/fwlint')
        return outcome

    def every(self, backend, who, verb, do):
        for name in ('nft', 'iptables-nft', 'legacy') if backend == 'all' else (backend,):
            self.load(name)
        which = ['--live'] if backend == 'all' else ['--live=' + backend]
        counts = collections.Counter()
        step = step_of(backend) if who == 'front' and verb == 'apply' else 1
        for kind in CALLS[backend]:
            for when, error in ERRORS:
                for n in range(1 + datetime.date.today().toordinal() % step, MANY, step):
                    before = self.state()
                    self.run_('rm', '-f', LOG)
                    r, changes = do(which, self.shim(kind, n, error, when, who))
                    happened = self.run_('test', '-e', LOG, check=False).returncode == 0
                    what = '%s %s %s: %s %d %s (%s)' % (backend, who, verb, kind, n, when, errno.errorcode[error])
                    outcome = self.judge(before, what, r, changes)
                    if verb == 'apply':
                        self.assertEqual(r.returncode > 1, outcome == 'the old ruleset', '%s: %s' % (what, r.stderr))
                    if not happened:
                        break
                    counts[outcome, r.returncode] += 1
        print('%s, %s, %s: %d faults: %s' % (backend, who, verb, sum(counts.values()), ', '.join(
            '%d %s (exit status %d)' % (n, outcome, status) for (outcome, status), n in sorted(counts.items()))), flush=True)
        self.assertGreater(sum(counts.values()), 0 if step > 1 else 4)  # the errors are four

    def test_who_starts_the_guardian_is_killed(self):
        """There is a guardian, and nobody knows of it: what it does is not lost all the same."""
        for backend in ('nft', 'iptables-nft', 'legacy'):
            self.load(backend)
            for when in ('before', 'after'):
                before, outcomes = self.state(), collections.Counter()
                for _ in range(5):  # the guardian may be quicker, or not
                    self.run_('rm', '-f', LOG)
                    r, changes = self.do_apply(['--live=' + backend], self.shim('between', 1, errno.EIO, when, 'front'))
                    self.assertEqual(self.run_('test', '-e', LOG, check=False).returncode, 0)
                    outcome = self.judge(before, 'killed %s it said so' % when, r, changes)
                    self.assertEqual(r.returncode > 1, outcome == 'the old ruleset', r.stderr)
                    outcomes[outcome] += 1
                self.assertTrue(outcomes['in and pending'])

    def test_no_process_can_be_made(self):
        for backend in ('nft', 'legacy'):
            self.load(backend)
            for n in range(1, MANY):
                before = self.state()
                self.run_('rm', '-f', LOG)
                r, changes = self.do_apply(['--live=' + backend], self.shim('fork', n, errno.EAGAIN, 'before', 'front'))
                if self.run_('test', '-e', LOG, check=False).returncode:
                    break
                self.assertEqual(self.judge(before, 'fork %d' % n, r, changes), 'the old ruleset')
                self.assertEqual(r.returncode, 3)
            self.assertGreater(n, 2)
            self.judge(before, 'all forks', r, changes)

    def whole(self, backend, who):
        """What is read with a call failing is all that there is, or nothing is said of it."""
        for name in ('nft', 'iptables-nft', 'legacy') if backend == 'all' else (backend,):
            self.load(name)
        if backend == 'nft':
            self.run_('nft', 'add map inet f m { type ipv4_addr : mark; elements = { 192.0.2.7 : 5 }; }; add counter inet f c; '
                      'add chain inet f last { counter name c; udp dport 1 jump { udp sport { 2, 3 } accept; }; }')
        command = ['--live'] if backend == 'all' else ['--live=' + backend]
        # the name of an interface is asked for by a socket too, and has another spelling
        text = lambda r: re.sub(r'\biif 1\b', 'iif "lo"', re.sub(r'^#.*\n', '', r.stdout, flags=re.M))
        if who == 'tool':  # it is believed in what it prints, not that it prints all: an extension's revision asked for in vain prints 0x1 as another number
            text = lambda r: len(re.findall('^-A', r.stdout, re.M))
        good = text(self.fwlint(*command, '--dump', 'text'))
        counts, step = collections.Counter(), step_of(backend)
        for kind in CALLS[backend]:
            for when, error in ERRORS:
                for n in range(1 + datetime.date.today().toordinal() % step, MANY, step):
                    self.run_('rm', '-f', LOG)
                    r = self.fwlint(*command, '--dump', 'text', env=self.shim(kind, n, error, when, who))
                    if self.run_('test', '-e', LOG, check=False).returncode:
                        break
                    what = '%s %s read: %s %d %s (%s)' % (backend, who, kind, n, when, errno.errorcode[error])
                    if r.returncode != 3:
                        self.assertEqual((r.returncode, text(r)), (0, good), what)
                    counts[r.returncode] += 1
        print('%s, %s, read: %d faults: %s' % (backend, who, sum(counts.values()), ', '.join(
            '%d exit status %d' % (n, status) for status, n in sorted(counts.items()))), flush=True)
        self.assertGreater(sum(counts.values()), 0)


def add_read(backend, who):
    setattr(Faults, 'test_read_%s_%s' % (re.sub(r'\W', '_', backend), who), lambda self: self.whole(backend, who))


def add(backend, who, verb):
    def test(self):
        do = {'apply': self.do_apply,
              'confirm': self.do_confirm,
              'rollback': lambda which, shim: self.do_rollback(which, shim, who == 'guard'),
              'rollback without a guardian': lambda which, shim: self.do_rollback(which, shim, False, orphan=True)}
        self.every(backend, who, verb, do[verb])
    setattr(Faults, 'test_' + re.sub(r'\W', '_', '%s_%s_%s' % (verb, backend, who)), test)


for b in CALLS:
    for w, v in (('guard', 'apply'), ('front', 'apply'), ('front', 'confirm'), ('guard', 'rollback'), ('front', 'rollback without a guardian')):
        add(b, w, v)
    add_read(b, 'front')
add_read('iptables-nft', 'tool')


if __name__ == '__main__':
    host.main(__file__, FWLINT, LIBRARY, str(STEP))
