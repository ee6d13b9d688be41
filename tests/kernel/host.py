# SPDX-License-Identifier: GPL-2.0-or-later
"""A host for the tests of --live --apply: network and mount namespaces with a /run of their own, and rules in them."""
import concurrent.futures
import difflib
import json
import os
import re
import signal
import subprocess
import sys
import time
import unittest

import common

# Under nohup it is ignored, and all children would ignore it too: the tests of a terminal that goes would wait for ever.
signal.signal(signal.SIGHUP, signal.SIG_DFL)

IPTABLES = '''*mangle
:PREROUTING ACCEPT [7:77]
[5:500] -A PREROUTING -i eth9 -j MARK --set-xmark 0x1/0xffffffff
COMMIT
*filter
:INPUT ACCEPT [12:3456]
:FORWARD DROP [1:2]
:user - [0:0]
[1:60] -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
[2:120] -A INPUT -i lo -j ACCEPT
[3:180] -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
[4:240] -A INPUT -j user
[5:300] -A INPUT -p tcp -j REJECT --reject-with tcp-reset
[6:360] -A user -p udp -m udp --dport 53 -j ACCEPT
COMMIT
'''
NFT = '''table inet f {
	set blocked {
		type ipv4_addr
		elements = { 192.0.2.1 }
	}

	chain other {
		udp dport 53 counter packets 9 bytes 99 accept
	}

	chain input {
		type filter hook input priority 0; policy accept;
		ct state established,related counter packets 4 bytes 400 accept
		iif "lo" accept
		ip saddr @blocked drop
		tcp dport { 22, 80 } counter packets 5 bytes 500 accept
		counter packets 6 bytes 600 jump other
		meta l4proto tcp counter packets 7 bytes 700 reject with tcp reset
	}
}
'''
# what the rule looks like that goes in, and the one that it must follow
PLACES = {
    'legacy': ('[0:0] -A INPUT -m conntrack --ctstate INVALID -j DROP', '[2:120] -A INPUT -i lo -j ACCEPT'),
    'iptables-nft': ('[0:0] -A INPUT -m conntrack --ctstate INVALID -j DROP', '[2:120] -A INPUT -i lo -j ACCEPT'),
    'nft': ('ct state invalid drop', 'iif "lo" accept'),
}


class Host(unittest.TestCase):
    maxDiff = None
    program = None  # of a class that runs a copy of fwlint

    def setUp(self):
        self.holder = subprocess.Popen(
            ['unshare', '-nm', '--propagation', 'private', 'sh', '-c',
             'mount -t tmpfs tmpfs /run && ip link set lo up && echo ready && exec cat'],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # it ends with the test
        self.addCleanup(self.end)
        self.assertEqual(self.holder.stdout.readline(), 'ready\n')

    def end(self):
        for pid in self.guardians():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:  # it ended by itself meanwhile
                pass
        self.holder.kill()
        self.holder.wait()
        self.holder.stdout.close()
        if self.holder.stdin:
            self.holder.stdin.close()

    def inside(self, *args):
        return ['nsenter', '-t', str(self.holder.pid), '-n', '-m', *args]

    def run_(self, *args, text=None, env=None, check=True):
        r = common.run(*self.inside(*args), stdin=text, env=dict(os.environ, **(env or {})))
        if check and r.returncode:
            self.fail('%s: %s' % (' '.join(args), r.stderr))
        return r

    def fwlint(self, *args, env=None):
        clean = {k: v for k, v in os.environ.items() if k != 'SSH_CONNECTION'}
        return common.run(*self.inside(self.program or common.FWLINT, *args), env=dict(clean, **(env or {})))

    def load(self, backend, v6=False):
        if backend == 'nft':
            self.run_('nft', '-f', '-', text=NFT)
        else:
            tool = '%s-%s' % ('ip6tables' if v6 else 'iptables', backend.replace('iptables-', ''))
            self.run_(tool + '-restore', '-c', text=IPTABLES)

    def state(self):
        """Everything that the kernel shows of the rules, with handles and counters; none of it is made by asking."""
        out = [self.run_('nft', '-a', 'list', 'ruleset').stdout]
        for names, tool in (('ip_tables_names', 'iptables'), ('ip6_tables_names', 'ip6tables')):
            if self.run_('cat', '/proc/net/' + names, check=False).stdout.strip():
                out.append(self.run_(tool + '-legacy-save', '-c').stdout)
        for family, tool in (('ip', 'iptables'), ('ip6', 'ip6tables')):
            if re.search(r'^table %s filter \{' % family, out[0], re.M):
                out.append(self.run_(tool + '-nft-save', '-c').stdout)
        return '\n'.join(line for line in ''.join(out).split('\n') if not line.startswith('#'))

    def added(self, before, after):
        d = [x for x in difflib.ndiff(before.split('\n'), after.split('\n')) if x[0] in '+-']
        self.assertEqual([x for x in d if x[0] == '-'], [])
        return [re.sub(r' # handle \d+$', '', x[2:]).strip() for x in d]

    def apply(self, *args, status=(0, 1), env=None):
        """The change; None: none was made. status: which exit status may be, None: any."""
        r = self.fwlint('--live', '--apply', *(() if '--confirm-within' in args else ('--confirm-within', '600')), *args, env=env)
        if status:
            self.assertIn(r.returncode, status, r.stderr)
        m = re.search(r'change ([0-9a-f]+): \d+ rules? inserted', r.stderr)
        return m[1] if m else None

    def guardians(self):
        """Processes of this host's fwlint that are left."""
        out = []
        for pid in filter(str.isdigit, os.listdir('/proc')):
            try:
                with open('/proc/%s/cmdline' % pid, errors='replace') as f:
                    words = f.read().split('\0')
                if words[1:2] == ['guard'] and os.readlink('/proc/%s/ns/net' % pid) == \
                        os.readlink('/proc/%d/ns/net' % self.holder.pid):
                    out.append(int(pid))
            except OSError:
                pass
        return out

    def end_now(self):
        """The guardian takes its change back as it does when the time is over."""
        guardian, = self.guardians()
        os.kill(guardian, signal.SIGTERM)

    def wait(self, condition, seconds=120):
        """It becomes true. The limit is for a machine with much else to do."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True

    def while_pending(self, look, *args, window=2):
        """
        Makes a change, looks, and waits for nothing. Was the window over before the end of the look, what was seen says nothing: then
        again with twice the time. Returns the change, what was seen, and the window.
        """
        before = len(self.guardians())
        while True:
            began = time.monotonic()
            change = self.apply('--confirm-within', str(window), *args, status=None)
            seen = look(change)
            if time.monotonic() - began < window:
                self.assertIsNotNone(change)
                return change, seen, window
            for pid in self.guardians():
                os.kill(pid, signal.SIGCONT)
            self.assertTrue(self.wait(lambda: len(self.guardians()) == before))
            window *= 2

    def record(self, change):
        return json.loads(self.run_('cat', '/run/fwlint/%s.json' % change).stdout)


def why_not():
    r = common.run('unshare', '-nm', 'sh', '-c', 'mount -t tmpfs tmpfs /run && nft list ruleset && iptables-legacy -S')
    if r.returncode:
        return 'no namespaces, or no iptables and nft: ' + r.stderr.strip()
    return None if os.geteuid() == 0 else 'not root'


def main(path, *args):
    """Runs the tests of a file: mostly waiting, so many at once, each in a process of its own."""
    why = why_not()
    if why or len(sys.argv) > 1:
        common.main(why)
    suites = unittest.defaultTestLoader.loadTestsFromModule(sys.modules['__main__'])
    names = [t.id().split('.', 1)[1] for suite in suites for t in suite]

    def one(name):
        r = subprocess.run([sys.executable, path, *args, name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return name, r.returncode, r.stdout
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        for name, status, text in pool.map(one, names):
            # of those that passed: what they counted, and why something was left out
            print(name + ': ' + text if status else ''.join(
                x + '\n' for x in text.split('\n') if re.search('another program|skipped|[0-9] (faults|rulesets)', x)), end='', flush=True)
            failed += status != 0
    print('%d tests, %d failed' % (len(names), failed))
    sys.exit(failed != 0)
