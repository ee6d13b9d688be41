#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fwlint trial: what a command loads is linted, and the host is as before.

usage: sandbox.py FWLINT

Everything runs in a network namespace of the test's own, which stands for the host.
"""
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))

import common
from common import ROOT, read, run, write

FWLINT = common.program() if __name__ == '__main__' else common.FWLINT
SCRIPTS = os.path.join(ROOT, 'tests', 'shell')

LOOP = '''#!/bin/sh
for port in 22 80; do
    iptables -A INPUT -p tcp --dport $port -j ACCEPT
done
iptables -A INPUT -m state --state ESTABLISHED -j ACCEPT
[ -e /etc/hostname ] && iptables -A INPUT -p tcp -j REJECT --reject-with tcp-reset
'''


def no_namespaces():
    return None if run('unshare', '-Urnmpf', 'true').returncode == 0 else 'no user namespaces'


def key(f):
    return (f['code'], f['severity'], f.get('table'), f.get('chain'), f.get('rule_number'), f.get('path'),
            f.get('rule'))


def findings(r):
    return sorted((key(f) for i in json.loads(r.stdout)['inputs'] for f in i['findings']), key=str)


def processes():
    """Command lines of all processes."""
    out = []
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            out.append(read('/proc/%s/cmdline' % pid, errors='replace').replace('\0', ' '))
        except OSError:
            pass
    return out


def running(token):
    return sum(token in p for p in processes())


def soon(condition):
    end = time.time() + 5
    while not condition() and time.time() < end:
        time.sleep(0.05)
    return condition()


def host_state():
    """The ruleset and what a sandbox may try to write."""
    texts = [run('nft', 'list', 'ruleset').stdout]
    for name in ('iptables-legacy-save', 'ip6tables-legacy-save'):
        texts.append(re.sub(r'(?m)^#.*\n', '', run(name).stdout))
    for path in ('/etc/passwd', '/etc/resolv.conf', '/proc/sys/vm/swappiness', '/proc/sys/kernel/pid_max',
                 '/proc/sys/net/ipv4/ip_forward', '/etc/hostname'):
        texts.append(read(path) if os.path.exists(path) else '-')
    for path in ('/etc', '/usr/sbin', '/root', '/', '/var/lib', '/run', '/dev'):
        texts.append('\n'.join(sorted(os.listdir(path))))
    return hashlib.sha256('\0'.join(texts).encode()).hexdigest()


class Trial(common.Folder):
    def setUp(self):
        super().setUp()
        os.chmod(self.dir, 0o755)
        self.before = host_state()
        self.token = 'sleep 9%d' % (os.getpid() * 1000 + hash(self.id()) % 1000)

    def tearDown(self):
        self.assertTrue(soon(lambda: not running(self.token)), 'its processes have ended')
        self.assertEqual(self.before, host_state(), 'the host is as before')

    def script(self, text, name='fw.sh'):
        path = write(os.path.join(self.dir, name), text)
        os.chmod(path, 0o755)
        return path

    def trial(self, *command, options=(), **kw):
        kw.setdefault('timeout', 60)
        kw.setdefault('stdin', '')
        return common.fwlint('trial', *options, '--', *command, **kw)

    def by_hand(self, command):
        """The findings of what it loads in a namespace, saved and linted."""
        names = ('iptables-nft', 'ip6tables-nft', 'iptables-legacy', 'ip6tables-legacy')
        saved = [os.path.join(self.dir, x) for x in names]
        nft = os.path.join(self.dir, 'nft')
        run('unshare', '-n', 'sh', '-c', 'ip link set lo up; %s; %s; nft list ruleset >%s' %
            (command, ';'.join('%s-save >%s' % x for x in zip(names, saved)), nft))
        parts = [p for p in saved if '*' in read(p)] or [nft]
        return findings(common.fwlint('--no-config', '--format', 'json',
                                      *(['--together'] if len(parts) > 1 else []), *parts))

    def stdout_of(self, text):
        """What a script prints in the sandbox."""
        return self.trial('sh', self.script(text), options=['--verbose']).stderr

    # ---- what it loads ----

    def test_the_findings_are_those_of_the_ruleset_loaded_by_hand(self):
        self.script(LOOP)
        r = self.trial('sh', './fw.sh', options=['--format', 'json'], cwd=self.dir)
        self.assertEqual(r.returncode, 1, r.stderr)
        self.assertEqual(findings(r), self.by_hand('sh ' + os.path.join(self.dir, 'fw.sh')))
        for name in ('marks', 'nft-text', 'nft-commands', 'restore-text', 'both-families', 'lists'):
            with self.subTest(name):
                path = os.path.join(SCRIPTS, name + '.sh')
                self.assertEqual(findings(self.trial('sh', path, options=['--format', 'json'])),
                                 self.by_hand('sh ' + path))

    def test_iptables_legacy_is_read_too(self):
        r = self.trial('sh', self.script(LOOP.replace('iptables', 'ip6tables-legacy')),
                       options=['--format', 'json'])
        self.assertEqual(['FW101', 'FW102'],
                         [f[0] for f in findings(r) if f[1] != 'note'], r.stdout + r.stderr)
        self.assertEqual('ip6tables-legacy', json.loads(r.stdout)['inputs'][0]['file'])

    @unittest.skipIf(os.geteuid(), 'needs root')
    def test_an_ordinary_user_may_do_it(self):
        self.script(LOOP)
        program = shutil.copy(FWLINT, os.path.join(self.dir, 'fwlint'))
        r = run('setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', program, 'trial', '--format',
                'json', '--', './fw.sh', cwd=self.dir)
        self.assertEqual(r.returncode, 1, r.stderr)
        self.assertEqual(findings(r), self.by_hand('sh ' + os.path.join(self.dir, 'fw.sh')))

    def test_ferm(self):
        if not shutil.which('ferm'):
            self.skipTest('no ferm')
        write(os.path.join(self.dir, 'ferm.conf'), read(os.path.join(SCRIPTS, 'ferm.conf')))
        r = self.trial('ferm', 'ferm.conf', options=['--format', 'json'], cwd=self.dir)
        self.assertLess(r.returncode, 2, r.stderr)
        want = self.by_hand('ferm ' + os.path.join(self.dir, 'ferm.conf'))
        self.assertEqual(findings(r), want)
        self.assertTrue(want)

    # ---- how it ends ----

    def test_nothing_loaded_is_clean(self):
        r = self.trial('true')
        self.assertEqual((r.returncode, r.stdout), (0, ''))
        self.assertIn('loaded no ruleset', r.stderr)

    def test_a_command_that_fails_is_status_2_with_its_own_words(self):
        for text, words in (('echo to start with; echo cannot do it >&2; exit 3', 'cannot do it'),
                            ('kill -9 $$', 'signal 9'),
                            ('iptables -A INPUT -j nowhere', 'nowhere'), ('nosuch', 'nosuch')):
            with self.subTest(text):
                r = self.trial('sh', '-c', text)
                self.assertEqual(r.returncode, 2, r.stderr)
                self.assertIn(words, r.stderr)
                r = self.trial('sh', '-c', text, options=['--format', 'json'])
                self.assertEqual(r.returncode, 2)
                self.assertIn(words, json.loads(r.stdout)['inputs'][0]['errors'][0]['message'])
        self.assertEqual(self.trial('/no/such/program').returncode, 2)

    def test_the_command_stands_behind_two_dashes(self):
        for words in ((), ('true',), ('--',)):
            r = common.fwlint('trial', *words)
            self.assertEqual(r.returncode, 2)
            self.assertIn('--', r.stderr)
        self.assertEqual(self.trial('sh', '-c', 'exit 0', '--help').returncode, 0)

    def test_formats_and_files(self):
        self.script(LOOP)
        out = os.path.join(self.dir, 'out.sarif')
        r = self.trial('./fw.sh', options=['--format', 'gcc', '--format', 'sarif=' + out, '--severity', 'error'],
                       cwd=self.dir)
        self.assertEqual(r.returncode, 1)
        self.assertRegex(r.stdout, r'^iptables-nft:\d+:\d+: error: ')
        self.assertEqual(json.loads(read(out))['version'], '2.1.0')
        self.assertEqual(self.trial('./fw.sh', options=['--ignore', 'FW1'], cwd=self.dir).returncode, 0)

    def test_standard_input_is_the_command_s(self):
        r = self.trial('nft', '-f', '/dev/stdin', stdin='table inet x { chain y { type filter hook input priority '
                       '0; ct state established accept; reject with tcp reset; }; }')
        self.assertEqual(r.returncode, 1, r.stderr)

    def test_much_output_does_no_harm(self):
        r = self.trial('sh', '-c', 'yes | head -c 50000000; echo the end; exit 1')
        self.assertEqual(r.returncode, 2)
        self.assertIn('the end', r.stderr)
        self.assertLess(len(r.stderr), 1000000)

    # ---- what it can do ----

    def test_nothing_of_the_host_can_be_written(self):
        text = self.stdout_of('''
for f in /etc/passwd /etc/fwlint-was-here /usr/sbin/iptables /root/x /x /var/lib/x %s/fw.sh /boot/x /dev/x; do
    echo broken > $f; rm -f $f
done
for f in /proc/sys/vm/swappiness /proc/sys/kernel/pid_max /proc/sysrq-trigger /sys/kernel/uevent_helper; do
    echo 1 > $f && echo WROTE $f
done
mknod /tmp/disk b 254 0 && cat /tmp/disk && echo READ
mount -o remount,rw /proc/sys && echo REMOUNTED
umount /proc/sys && echo UNMOUNTED
umount /run && echo UNCOVERED
mount -t proc proc /mnt && echo 1 > /mnt/sys/vm/swappiness && echo WROTE
echo 1 > /proc/sys/net/ipv4/ip_forward && echo its own network
hostname broken; ip link add dummy9 type dummy; true
''' % self.dir)
        self.assertNotRegex(text, 'WROTE|READ|REMOUNTED|UNMOUNTED|UNCOVERED')
        self.assertIn('its own network', text)
        self.assertEqual(read(os.path.join(self.dir, 'fw.sh'))[:4], '\nfor')
        self.assertNotEqual(socket.gethostname(), 'broken')

    def test_it_sees_what_it_writes(self):
        text = self.stdout_of('echo new > /etc/fwlint-x; cat /etc/fwlint-x; mkdir -p /var/lib/fwlint-x && ls -d '
                              '/var/lib/fwlint-x; echo y > %s/z; cat %s/z' % (self.dir, self.dir))
        self.assertEqual(text.split()[:3], ['new', '/var/lib/fwlint-x', 'y'], text)
        self.assertFalse(os.path.exists(os.path.join(self.dir, 'z')))

    @unittest.skipIf(os.geteuid(), 'needs root')
    def test_a_mount_among_many_files(self):
        many = os.path.join(self.dir, 'many')
        os.makedirs(os.path.join(many, 'mounted'))
        os.mkdir(os.path.join(many, 'part'))
        for i in range(1500):
            write(os.path.join(many, str(i)), '')
        script = self.script('echo y > many/part/z && cat many/part/z; ls many | wc -l')
        r = run('unshare', '-m', 'sh', '-c', 'mount -t tmpfs none many/mounted && exec "$@"', 'sh', FWLINT,
                'trial', '--verbose', '--', script, cwd=self.dir)
        self.assertEqual(r.stderr.split()[:2], ['y', '1502'], r.stderr)
        self.assertFalse(os.path.exists(os.path.join(many, 'part', 'z')))
        # of still more, nothing of the host is there: no socket of it can be reached
        for i in range(1500, 20000):
            write(os.path.join(many, str(i)), '')
        script = self.script('ls many | wc -l')
        r = run('unshare', '-m', 'sh', '-c', 'mount -t tmpfs none many/mounted && exec "$@"', 'sh', FWLINT,
                'trial', '--verbose', '--', script, cwd=self.dir)
        self.assertEqual(r.stderr.split()[:1], ['0'], r.stderr)

    def test_no_process_or_socket_of_the_host_is_there(self):
        name = os.path.join(self.dir, 'socket')
        with socket.socket(socket.AF_UNIX) as s, socket.socket(socket.AF_UNIX) as hidden:
            s.bind(name)
            s.listen()
            hidden.bind('\0fwlint-test-%d' % os.getpid())
            hidden.listen()
            text = self.stdout_of('''
ls /run /var/run/ | grep -v lock
kill -0 %d && echo ALIVE
ls /proc | grep -c '^[0-9]'
python3 - <<EOF
import socket
for name in ('%s', '\\0fwlint-test-%d', '/run/dbus/system_bus_socket', '/var/run/docker.sock', '/dev/log'):
    try:
        socket.socket(socket.AF_UNIX).connect(name)
        print('CONNECTED', name)
    except OSError:
        pass
EOF
env | grep -E 'DBUS|SSH_AUTH|DOCKER' && echo TOLD
ip -o link | wc -l
true''' % (os.getpid(), name, os.getpid()))
        self.assertNotRegex(text, 'ALIVE|CONNECTED|TOLD|docker|dbus', text)
        self.assertIn('1', text.split())

    # ---- that it ends ----

    def test_what_it_leaves_running_ends(self):
        r = self.trial('sh', '-c', '(setsid %s &); %s & nft add table x; exit 0' % (self.token, self.token))
        self.assertEqual(r.returncode, 0, r.stderr)
        self.assertEqual(running(self.token), 0)

    def test_all_ends_with_fwlint(self):
        for sig in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT):
            with self.subTest(sig):
                p = subprocess.Popen([FWLINT, 'trial', '--', 'sh', '-c', '(setsid %s &); %s' %
                                      (self.token, self.token)], stderr=subprocess.DEVNULL)
                self.assertTrue(soon(lambda: running(self.token) >= 2), 'it runs')
                p.send_signal(sig)
                p.wait()
                self.assertTrue(soon(lambda: not running(self.token)))

    def test_it_cannot_kill_its_keeper(self):
        r = self.trial('sh', '-c', 'kill -9 1; kill -TERM 1; nft add table x; kill -9 -1; exit 0')
        self.assertIn(r.returncode, (0, 2))
        self.assertNotIn('namespaces ended', r.stderr)

    def test_a_terminal_is_not_given_away(self):
        import pty
        leader, follower = pty.openpty()
        p = subprocess.run([FWLINT, 'trial', '-v', '--', 'sh', '-c', 'test -t 0 && echo TERMINAL; true'],
                           stdin=follower, capture_output=True, text=True)
        os.close(leader)
        os.close(follower)
        self.assertNotIn('TERMINAL', p.stderr)


if __name__ == '__main__':
    common.main_in_namespace(common.no_namespace() or no_namespaces())
