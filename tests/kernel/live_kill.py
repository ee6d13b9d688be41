#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fwlint killed at a system call: in the fwlint that was typed, its tools, or the guardian.

usage: live_kill.py FWLINT KILL_AT [--points N] [--seed N] [--what apply,confirm,rollback,file]

Each point is a command (--live --apply, confirm, rollback, --apply FILE), a backend or all at once, a system call of all those
that the command makes, and whether only the process that makes it is killed, or all. Afterwards the ruleset must be the
old one, or the change is in and pending (after confirm: or confirmed), and can be taken back; FILE must be
the old one or the fixed one. Prints how often each was the case, and how many points a second; exit status 1: neither.
"""
import argparse
import collections
import os
import random
import re
import signal
import sys
import tempfile
import time

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import common  # noqa: E402
import host  # noqa: E402

BACKENDS = ('nft', 'iptables-nft', 'legacy', 'all')  # all: one change of the three


class Wrong(Exception):
    pass


def run(*args, text=None):
    return common.run(*args, stdin=text)


def wait(condition, seconds=120):
    end = time.time() + seconds
    while not condition():
        if time.time() > end:
            return False
        time.sleep(0.01)
    return True


def rules():
    """What the kernel shows; counters apart: those of iptables-legacy are set by a system call of their own."""
    text = run('sh', '-c', 'nft -a list ruleset; ! grep -q . /proc/net/ip_tables_names || iptables-legacy-save').stdout
    return re.sub(r'^#.*\n|\[\d+:\d+\]', '', text, flags=re.M)


class Point:
    def __init__(self, fwlint, kill_at, what, backend):
        self.fwlint, self.kill_at, self.what, self.backend = fwlint, kill_at, what, backend
        self.before = rules()

    def call(self, *args):
        return run(self.fwlint, *args)

    def pending(self):
        return self.call('pending').stdout

    def guardians(self):
        here, out = os.readlink('/proc/self/ns/net'), []
        for pid in filter(str.isdigit, os.listdir('/proc')):
            try:
                with open('/proc/%s/cmdline' % pid, errors='replace') as f:
                    if f.read().split('\0')[1:2] == ['guard'] and os.readlink('/proc/%s/ns/net' % pid) == here:
                        out.append(int(pid))
            except OSError:
                pass
        return out

    def prepare(self):
        """The command that is to be killed, and the process of a guardian that is killed with it; 0: none."""
        if self.what == 'file':
            self.folder = tempfile.mkdtemp(dir='/run')
            self.file = self.folder + '/rules'
            with open(self.file, 'w') as f:
                f.write(host.NFT if self.backend == 'nft' else host.IPTABLES)
            return [self.fwlint, '--apply', self.file], 0
        apply = ['--live' if self.backend == 'all' else '--live=' + self.backend, '--apply', '--confirm-within', '600']
        if self.what == 'apply':
            return [self.fwlint] + apply, 0
        self.call(*apply)
        guardian = self.guardians()
        if len(guardian) != 1:
            raise Wrong('no guardian: ' + self.pending())
        return [self.fwlint, self.what], guardian[0]

    def kill(self, n, mode):
        command, guardian = self.prepare()
        r = run(self.kill_at, str(n), mode, str(guardian), *command)
        return int(r.stdout.rsplit('\n', 2)[-2]), r.stderr

    def judge_file(self):
        with open(self.file) as f:
            text = f.read()
        old = host.NFT if self.backend == 'nft' else host.IPTABLES
        new = run(self.fwlint, '--fix', '-', text=old).stdout
        run('rm', '-rf', self.folder)
        if text not in (old, new):
            raise Wrong('the file is neither the old one nor the fixed one:\n' + text)
        return 'file: the old one' if text == old else 'file: the fixed one'

    def judge(self):
        if self.what == 'file':
            return self.judge_file()
        # a guardian that is at its work is not done yet
        busy = re.compile('being undone|must still be undone|must be undone|: $')
        if not wait(lambda: not any(busy.search(x) and 'guardian is gone' not in x for x in self.pending().split('\n'))):
            raise Wrong('a guardian does not end: ' + self.pending())
        if not wait(lambda: not self.guardians() or rules() != self.before):
            raise Wrong('a guardian waits, and nothing is in: ' + self.pending())
        now, ids = rules(), re.findall(r'^([0-9a-f]+): ', self.pending(), re.M)
        if now == self.before:
            outcome = 'the old ruleset'
        elif len(ids) == 1:
            outcome = 'in and pending'
        elif self.what == 'confirm' and not ids:
            outcome, ids = 'in and confirmed', self.confirmed()
        else:
            raise Wrong('in, and not pending: %r' % ids)
        for x in ids:
            self.call('rollback', x)
        if rules() != self.before:
            raise Wrong('it cannot be taken back (%s): %s' % (outcome, self.pending()))
        for pid in self.guardians():
            os.kill(pid, signal.SIGKILL)
        run('rm', '-rf', '/run/fwlint')
        return self.what + ': ' + outcome

    def confirmed(self):
        out = []
        for name in os.listdir('/run/fwlint'):
            if name.endswith('.confirmed'):
                out.append(name.split('.')[0])
        return out


def load(backend):
    run('nft', 'flush', 'ruleset')
    if os.path.exists('/proc/net/ip_tables_names') and open('/proc/net/ip_tables_names').read():
        run('iptables-legacy-restore', text='*mangle\nCOMMIT\n*filter\n:FORWARD ACCEPT\nCOMMIT\n')
    for one in BACKENDS[:3] if backend == 'all' else (backend,):
        if one == 'nft':
            run('nft', '-f', '-', text=host.NFT)
        else:
            run('iptables-%s-restore' % one.replace('iptables-', ''), '-c', text=host.IPTABLES)


def main():
    p = argparse.ArgumentParser()
    p.add_argument('fwlint')
    p.add_argument('kill_at')
    p.add_argument('--points', type=int, default=60)
    p.add_argument('--seed', type=int, default=int(time.time()))
    p.add_argument('--what', default='apply,confirm,rollback,file')
    p.add_argument('--inside', action='store_true', help=argparse.SUPPRESS)
    o = p.parse_args()
    if not o.inside:
        why = host.why_not()
        if why:
            common.leave_out(why)
        os.execvp('unshare', ['unshare', '-nm', '--propagation', 'private', 'sh', '-c',
                              'mount -t tmpfs tmpfs /run && ip link set lo up && exec "$0" "$@"', sys.executable, __file__]
                  + sys.argv[1:] + ['--inside', '--seed', str(o.seed)])
    fwlint, kill_at = os.path.abspath(o.fwlint), os.path.abspath(o.kill_at)
    os.environ.pop('SSH_CONNECTION', None)
    dice, counts, began, done, wrong = random.Random(o.seed), collections.Counter(), time.time(), 0, 0
    whats = o.what.split(',')
    for backend in BACKENDS:
        load(backend)
        for what in whats:
            share = o.points // len(whats) // len(BACKENDS) + 1
            point = Point(fwlint, kill_at, what, backend)
            total, _ = point.kill(0, 'one')
            point.judge()
            for _ in range(min(share, o.points - done)):
                n, mode = dice.randrange(1, total + 1), dice.choice(('one', 'one', 'all'))
                errors = ''
                done += 1
                try:
                    _, errors = point.kill(n, mode)
                    counts[point.judge()] += 1
                except Wrong as e:
                    wrong += 1
                    print('WRONG: %s %s, call %d of %d, %s killed: %s\n%s' % (backend, what, n, total, mode, e, errors), flush=True)
                    for pid in point.guardians():
                        os.kill(pid, signal.SIGKILL)
                    run('rm', '-rf', '/run/fwlint')
                    load(backend)
                    point.before = rules()
    print('seed %d: %d points in %d s, %d wrong: %s' % (o.seed, done, time.time() - began, wrong, ', '.join(
        '%d %s' % (n, x) for x, n in sorted(counts.items()))), flush=True)
    sys.exit(wrong != 0)


if __name__ == '__main__':
    main()
