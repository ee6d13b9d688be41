#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Another program changes the ruleset between two calls of fwlint to the kernel.

usage: live_between.py FWLINT LIBRARY [CLASS.TEST]

The library (faults.c) makes fwlint wait before its n-th call; the other program comes, and it goes on. What was read before is old by
then, handles too: a table that was made anew begins them again. Nothing may land at another place, and nothing of the
other program's may go.
"""
import os
import re
import subprocess
import sys
import time

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import common  # noqa: E402
import host  # noqa: E402
from host import Host  # noqa: E402

FWLINT, LIBRARY = common.program(), common.argument()
LOG = '/run/fault'
MANY = 1000

# The same rules, and one of the other program before them: each handle is that of another rule.
NFT_ANEW = 'delete table inet f\n' + host.NFT.replace('\t\tct state', '\t\tudp dport 9 accept\n\t\tct state')
IPTABLES_ANEW = host.IPTABLES.replace('[1:60] -A INPUT', '-A INPUT -p udp --dport 9 -j ACCEPT\n[1:60] -A INPUT')
# … and one behind them: it gets the handle that ours had
NFT_BEHIND = 'delete table inet f\n' + host.NFT + 'add rule inet f input udp dport 9 accept\n'
IPTABLES_BEHIND = host.IPTABLES.replace('-A user -p udp -m udp --dport 53 -j ACCEPT\n',
                                        '-A user -p udp -m udp --dport 53 -j ACCEPT\n-A INPUT -p udp --dport 9 -j ACCEPT\n')
ANEW = {'nft': (NFT_ANEW, 'nft -f -'), 'iptables-nft': (IPTABLES_ANEW, 'nft delete table ip filter; iptables-nft-restore -c')}
BEHIND = {'nft': (NFT_BEHIND, 'nft -f -'), 'iptables-nft': (IPTABLES_BEHIND, 'nft delete table ip filter; iptables-nft-restore -c')}
INSERT = {'nft': ('', 'nft insert rule inet f input udp dport 9 accept'),
          'iptables-nft': ('', 'iptables-nft -I INPUT -p udp --dport 9 -j ACCEPT')}
OTHERS = ('udp dport 9 accept', '-A INPUT -p udp -m udp --dport 9 -j ACCEPT')
OURS = ('ct state invalid drop', '-A INPUT -m conntrack --ctstate INVALID -j DROP')
BEFORE_OURS = ('iif "lo" accept', '-A INPUT -i lo -j ACCEPT')


class Between(Host):
    def rules(self, backend):
        """The rules of the chain, in order, without counters and handles."""
        command = {'nft': 'nft list chain inet f input', 'iptables-nft': 'iptables-nft-save'}
        lines = self.run_('sh', '-c', command[backend]).stdout.split('\n')
        lines = [re.sub(r' counter packets \d+ bytes \d+', '', x.strip()) for x in lines]
        return [x for x in lines if not x.startswith(('table', 'chain', '}', 'type', '#', ':', '*', 'COMMIT', '-A user', '-A PRE')) and x]

    def clear(self):
        for pid in self.guardians():
            os.kill(pid, 9)
        self.assertTrue(self.wait(lambda: not self.guardians()))
        self.run_('sh', '-c', 'nft flush ruleset; rm -rf /run/fwlint')

    def start(self, kind, n, *args):
        env = {k: v for k, v in os.environ.items() if k != 'SSH_CONNECTION'}
        env.update(LD_PRELOAD=LIBRARY, FAULT='%s:%d:1:pause' % (kind, n), FAULT_WHO='guard', FAULT_LOG=LOG)
        p = subprocess.Popen(self.inside(FWLINT, *args), env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(p.stderr.close)
        return p

    def end_with(self, p, text, command):
        """Waits for the end of a fwlint; what waits before its call goes on after the other program's change. Was there one?"""
        came = False
        log = '/proc/%d/root%s' % (self.holder.pid, LOG)
        while p.poll() is None:
            if os.path.exists(log):
                if not came:
                    self.run_('sh', '-c', command, text=text)
                came = True
                os.unlink(log)
            time.sleep(0.005)
        return came

    def assert_in_place(self, backend, what):
        rules = self.rules(backend)
        at = [i for i, x in enumerate(rules) if x in OURS]
        self.assertEqual(len(at), 1, '%s: %r' % (what, rules))
        self.assertIn(rules[at[0] - 1], BEFORE_OURS, '%s: %r' % (what, rules))
        return rules

    def inserted(self, backend, kind, text, command, most=MANY):
        """At each call until there is no n-th. Returns how many there were."""
        for n in range(1, most + 1):
            self.clear()
            self.load(backend)
            p = self.start(kind, n, '--live=' + backend, '--apply', '--confirm-within', '600')
            came = self.end_with(p, text, command)
            error = p.stderr.read()
            what = '%s %d: %s' % (kind, n, error)
            self.assertIn(p.returncode, (0, 1), what)
            rules = self.assert_in_place(backend, what)
            self.assertEqual(sum(x in OTHERS for x in rules), came, what)
            if not came:
                return n - 1
        return most

    def test_a_rule_goes_in_at_its_place(self):
        for backend in INSERT:
            with self.subTest(backend=backend):
                self.assertGreater(self.inserted(backend, 'send', *INSERT[backend]), 3)

    def test_the_handle_of_its_neighbour_is_another_rule(self):
        for backend in ANEW:
            with self.subTest(backend=backend):
                self.assertEqual(self.inserted(backend, 'batch', *ANEW[backend], most=1), 1)

    def handle(self, backend, rule):
        table, chain = ('inet f', 'input') if backend == 'nft' else ('ip filter', 'INPUT')
        m = re.search(r'%s.* # handle (\d+)' % rule, self.run_('sh', '-c', 'nft -a list chain %s %s' % (table, chain)).stdout)
        return m and m[1]

    def taken_back(self, backend, kind, first, text, command):
        """At each call of the way back until there is no n-th."""
        n = first
        while True:
            self.clear()
            self.load(backend)
            p = self.start(kind, n, '--live=' + backend, '--apply', '--confirm-within', '600')
            # the n-th call may be one of the way in
            came = self.end_with(p, text, command)
            self.assertIn(p.returncode, (0, 1), p.stderr.read())
            handle = self.handle(backend, 'state invalid')
            p = subprocess.Popen(self.inside(FWLINT, 'rollback'), stderr=subprocess.PIPE, text=True)
            self.addCleanup(p.stderr.close)
            came = self.end_with(p, text, command) or came
            error = p.stderr.read()
            what = '%s %d: %s' % (kind, n, error)
            self.assertEqual(p.returncode, 0, what)
            rules = self.rules(backend)
            self.assertEqual([x for x in rules if x in OURS], [], what)
            self.assertEqual(sum(x in OTHERS for x in rules), came, '%s: %r' % (what, rules))
            self.assertEqual(len([x for x in rules if x in BEFORE_OURS]), 1, what)
            if not came:
                return n - first, None
            if kind == 'batch':
                return 1, (handle, self.handle(backend, 'dport 9'))
            n += 1

    def test_it_is_taken_out_and_nothing_else(self):
        for backend in INSERT:
            for change in (INSERT[backend], BEHIND[backend]):
                with self.subTest(backend=backend, change=change):
                    n, _ = self.taken_back(backend, 'send', 1, *change)
                    self.assertGreater(n, 6)

    def test_its_handle_is_that_of_another_rule(self):
        for backend in BEHIND:
            with self.subTest(backend=backend):
                n, (ours, others) = self.taken_back(backend, 'batch', 2, *BEHIND[backend])
                self.assertEqual(n, 1)
                self.assertEqual(ours, others, 'the test shows nothing')


if __name__ == '__main__':
    host.main(__file__, FWLINT, LIBRARY)
