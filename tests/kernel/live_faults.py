#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fwlint --live --apply with each of its calls to the kernel's firewall failing once.

usage: live_faults.py FWLINT LIBRARY [STEP]

For each backend and each kind of call of the guardian the n-th call fails, for every n until there is no n-th; of
those of the fwlint that was typed, which changes nothing itself, each STEP-th (beginning with another one each day): refused before it is made, or made and its answer lost. After each
run the ruleset must be the old one, or the change is in and pending; then it is taken back, and the ruleset must be the old one.
"""
import collections
import datetime
import errno
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import host  # noqa: E402
from host import Host  # noqa: E402

FWLINT, LIBRARY = (os.path.abspath(x) for x in sys.argv[1:3])
STEP = int(sys.argv[3]) if len(sys.argv) > 3 else 1
del sys.argv[1:]
host.Host.program = FWLINT
MANY = 100000


def rules_of(text):
    """Without counters: a table of iptables-legacy whose counters could not be set again has lost them."""
    text = re.sub(r'^\[\d+:\d+\] ', '', text, flags=re.M)
    return re.sub(r'^(:.*) \[\d+:\d+\]', r'\1', text, flags=re.M)


class Faults(Host):
    def run_with(self, kind, n, error, when, who, *args):
        log = '/run/fault'
        self.run_('rm', '-f', log)
        r = self.fwlint(*args, env={'LD_PRELOAD': LIBRARY, 'FAULT': '%s:%d:%d:%s' % (kind, n, error, when),
                                    'FAULT_WHO': who, 'FAULT_LOG': log, 'ASAN_OPTIONS': 'verify_asan_link_order=0'})
        return r, self.run_('test', '-e', log, check=False).returncode == 0

    def settled(self):
        """No guardian is at its work still: it waits, or is gone."""
        return self.wait(lambda: not re.search('still to be taken back|is to be taken back', self.fwlint('pending').stdout), 30)

    def judge(self, before, what, r):
        self.assertTrue(self.settled(), what)
        after = self.state()
        pending = re.findall(r'^([0-9a-f]+): ', self.fwlint('pending').stdout, re.M)
        if rules_of(after) == rules_of(before):
            outcome = 'the old ruleset'
            # what is pending without a rule of its own is a promise that cannot be kept
            for change in pending:
                self.fwlint('rollback', change)
        else:
            self.assertEqual(len(pending), 1, '%s: in, and not pending: %s' % (what, r.stderr))
            outcome = 'in and pending'
            back = self.fwlint('rollback', pending[0])
            self.assertEqual(back.returncode, 0, '%s: %s' % (what, back.stderr))
        self.assertEqual(rules_of(self.state()), rules_of(before), '%s: %s' % (what, r.stderr))
        self.assertTrue(self.wait(lambda: not self.guardians()), what)
        return outcome

    def every(self, backend, who, kinds):
        self.load(backend)
        counts = collections.Counter()
        for kind in kinds:
            for when, error in (('before', errno.ENOBUFS), ('after', errno.ENOBUFS), ('before', errno.EPERM), ('after', errno.EINTR)):
                step = STEP if who == 'front' else 1
                for n in range(1 + datetime.date.today().toordinal() % step, MANY, step):
                    before = self.state()
                    r, happened = self.run_with(kind, n, error, when, who, '--live=' + backend, '--apply')
                    what = '%s %s: %s %d %s (%s)' % (backend, who, kind, n, when, errno.errorcode[error])
                    outcome = self.judge(before, what, r)
                    counts[outcome, r.returncode] += 1
                    if not happened:
                        break
        print('%s, %s: %d faults: %s' % (backend, who, sum(counts.values()), ', '.join(
            '%d %s (exit status %d)' % (n, outcome, status) for (outcome, status), n in sorted(counts.items()))), flush=True)
        self.assertGreater(sum(counts.values()), 4)

    def test_nft_in_the_guardian(self):
        self.every('nft', 'guard', ('send', 'receive', 'socket'))

    def test_nft_in_front(self):
        self.every('nft', 'front', ('send', 'receive', 'socket'))

    def test_iptables_nft_in_the_guardian(self):
        self.every('iptables-nft', 'guard', ('send', 'receive', 'socket'))

    def test_iptables_nft_in_front(self):
        self.every('iptables-nft', 'front', ('send', 'receive', 'socket'))

    def test_legacy_in_the_guardian(self):
        self.every('legacy', 'guard', ('getsockopt', 'setsockopt', 'socket'))

    def test_legacy_in_front(self):
        self.every('legacy', 'front', ('getsockopt', 'setsockopt', 'socket'))


if __name__ == '__main__':
    why = host.why_not()
    if why:
        print('SKIPPED: %s' % why)
        sys.exit(77)
    unittest.main()
