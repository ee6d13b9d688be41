#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fwlint watch on a router in a lab of namespaces: resets that its rules make are named while they happen.

usage: watch.py FWLINT
"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import captures  # noqa: E402
import causes  # noqa: E402
import common  # noqa: E402
from network import C, R, S, sh  # noqa: E402

common.program()


class Watch:
    """A running fwlint watch in the router's namespace: its lines with the time when they came."""

    def __init__(self, *args, ns=R):
        self.process = subprocess.Popen(['ip', 'netns', 'exec', ns, common.FWLINT, 'watch', *args],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines, self.said = [], ''
        for line in self.process.stderr:
            self.said += line
            if 'watching' in line:
                break
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append((time.time(), line.rstrip('\n')))

    def wait_for(self, text, seconds=5):
        end = time.time() + seconds
        while time.time() < end:
            for at, line in self.lines:
                if text in line:
                    return at
            time.sleep(0.02)
        raise AssertionError('%r did not come: %s' % (text, [x for _, x in self.lines]))

    def stop(self, number=signal.SIGINT):
        """Returns (exit status, standard output)."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait(timeout=20)
        self.reader.join(timeout=5)
        self.said += self.process.stderr.read()
        return self.process.returncode, '\n'.join(x for _, x in self.lines)


class WatchTest(captures.Scene):
    backend, v6 = 'nft itself', False

    def runTest(self):
        raise NotImplementedError

    def setUp(self):
        super().setUp()
        self.begin(self.v6, self.backend, {}, '')
        self.load(causes.router(self), self.backend, self.v6)
        causes.silence(self)
        self.sniffed = {ns: captures.network.Sniffer(ns, self.family) for ns in (C, S)}
        self.watches = []
        self.addCleanup(self.end)

    def end(self):
        for w in self.watches:
            if w.process.poll() is None:
                w.process.kill()
            w.stop()
            w.process.stdout.close()
            w.process.stderr.close()
        for s in self.open + [x.sock for x in self.sniffed.values()]:
            s.close()

    def watch(self, *args, **more):
        self.watches.append(Watch(*args, **more))
        return self.watches[-1]

    def rule(self, nth=1):
        return [x.strip() for x in causes.router(self).splitlines() if 'with tcp' in x][nth]


class OnEachBackend:
    def named(self, watch, make, word, nth=1):
        """The reset that `make` provokes is named, with its rule, in less than a second."""
        make(self)
        at = watch.wait_for('firewall-rule (%s)' % word)
        watch.wait_for('rule: ')
        i = next(i for i, x in enumerate(watch.lines) if 'firewall-rule' in x[1])
        clock, text = watch.lines[i - 1][1].split()[0], watch.lines[i][1]
        day = time.strftime('%Y-%m-%d ', time.localtime(at))
        took = at - time.mktime(time.strptime(day + clock[:8], '%Y-%m-%d %H:%M:%S')) - float(clock[8:])
        self.assertLess(took, 1)
        words = next(x for _, x in watch.lines if 'rule: ' in x)
        self.assertIn(self.rule(nth).split(' with')[0].replace('-A FORWARD ', ''), words)
        return text

    def test_out_of_window(self):
        w = self.watch()
        self.assertIn(', certain', self.named(w, causes.above, 'out-of-window'))
        code, out = w.stop()
        self.assertEqual(code, 0)
        self.assertIn('1 reset, ', out)  # the summary

    def test_a_connection_that_was_open_before(self):
        _, server = self.pair()
        w = self.watch('--live', '--for', '6')
        self.inject(S, server, seq=10000000)
        w.wait_for('firewall-rule (other), likely')
        w.wait_for('that conntrack knew before')
        self.assertEqual(w.stop()[0], 0)


class Legacy6(OnEachBackend, WatchTest):
    backend, v6 = 'legacy', True


class Nft4(OnEachBackend, WatchTest):
    def folder(self):
        if not hasattr(self, 'where_to'):
            self.where_to = tempfile.TemporaryDirectory()
            self.addCleanup(self.where_to.cleanup)
            os.chmod(self.where_to.name, 0o777)
        return self.where_to.name

    def test_an_entry_that_was_deleted(self):
        w = self.watch('-i', 'tos')
        self.named(w, causes.lost_by_flush, 'lost-entry')

    def test_not_allowed(self):
        self.named(self.watch(), causes.not_allowed, 'new-not-allowed', 0)

    def test_rules_of_a_file(self):
        path = os.path.join(self.folder(), 'rules.nft')
        with open(path, 'w') as f:
            f.write(causes.router(self))
        w = self.watch('--', path)
        causes.above(self)
        w.wait_for('%s:' % path)

    def test_it_ends_by_itself(self):
        w = self.watch('--for', '4', '--format', 'json')
        causes.above(self)
        w.process.wait(timeout=9)
        code, out = w.stop()
        self.assertEqual(code, 0)
        found = json.loads(out)
        self.assertEqual({r['cause'] for r in found['resets']}, {'firewall-rule'})
        self.assertEqual((len(found['groups']), found['lost']), (1, 0))


class Careful(WatchTest):
    def test_packets_are_read_without_rights(self):
        w = self.watch()
        with open('/proc/%d/status' % w.process.pid) as f:
            status = dict(line.rstrip('\n').split(':\t', 1) for line in f)
        self.assertEqual(status['Uid'].split(), ['65534'] * 4)
        self.assertEqual(status['Groups'].strip(), '')
        for name in ('CapPrm', 'CapEff', 'CapInh', 'CapAmb'):
            self.assertEqual(int(status[name], 16), 0, name)
        self.assertEqual(status['NoNewPrivs'], '1')

    def test_the_host_is_not_changed(self):
        before = self.settings()
        self.assertIn('promiscuity 0', before)
        w = self.watch('-i', 'tos', '--for', '10')
        self.assertEqual(self.settings(), before)
        self.assertEqual(w.stop()[0], 0)

    def settings(self):
        links = sh('ip', '-d', 'link', ns=R).stdout
        return '\n'.join([sh('nft', 'list', 'ruleset', ns=R).stdout] + re.findall(r'promiscuity \d+|ALLMULTI|PROMISC', links))

    def test_what_is_lost_is_said(self):
        w = self.watch('--filter', 'udp', '--for', '60')
        os.kill(w.process.pid, signal.SIGSTOP)
        # more than its ring has room for: 16 MB
        code = ('import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n'
                'for i in range(150000):\n    s.sendto(b"x" * 600, ("127.0.0.1", 9))\n')
        sh('ip', 'link', 'set', 'lo', 'up', ns=R)
        sh(sys.executable, '-c', code, ns=R, check=False)
        os.kill(w.process.pid, signal.SIGCONT)
        time.sleep(1)
        code, out = w.stop()
        self.assertEqual(code, 0)
        self.assertRegex(out, r'\d+ frames? that came too fast')

    def wrong(self, *args, ns=R):
        r = common.run('ip', 'netns', 'exec', ns, common.FWLINT, 'watch', '--for', '1', *args)
        return r.returncode, r.stderr

    def test_what_cannot_be_watched(self):
        code, err = self.wrong('-i', 'nosuch')
        self.assertEqual(code, 3)
        self.assertIn("packets of 'nosuch' cannot be captured", err)
        code, err = self.wrong('--filter', 'tcp porrt 1')
        self.assertEqual(code, 3)
        self.assertIn("the filter 'tcp porrt 1' is wrong", err)
        code, err = self.wrong('eth0')
        self.assertEqual(code, 2)
        self.assertIn('-i eth0', err)
        self.assertEqual(self.wrong('--for', '0')[0], 2)
        self.assertEqual(self.wrong('--', '/nonexistent')[0], 2)

    def test_files_that_nobody_may_write_are_refused_at_once(self):
        with tempfile.TemporaryDirectory() as folder:  # of mode 0700
            path = os.path.join(folder, 'out')
            for args in ('--output', path), ('--format', 'json=' + path):
                code, err = self.wrong(*args)
                self.assertEqual(code, 3)
                self.assertIn("'%s' cannot be written: packets are read as uid 65534" % path, err)
                self.assertNotIn('watching', err)
            os.chmod(folder, 0o777)
            self.assertEqual(self.wrong('--output', path)[0], 0)
            self.assertIn('0 resets', common.read(path))

    def test_an_interface_that_goes_away(self):
        w = self.watch('-i', 'tos')
        sh('ip', 'link', 'del', 'tos', ns=R)
        w.process.wait(timeout=5)
        code, out = w.stop()
        self.assertEqual(code, 3)
        self.assertIn('can no longer be watched', w.said)
        self.assertIn('0 resets', out)

    def test_nobody_is_told_to_be_root(self):
        r = common.run('setpriv', '--reuid', '65534', '--clear-groups', common.FWLINT, 'watch', '--for', '1')
        self.assertEqual(r.returncode, 3)
        self.assertIn('root', r.stderr)


if __name__ == '__main__':
    del WatchTest
    unittest.main()
