#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fwlint trial with the firewall managers of Debian, each as its package comes: ufw, shorewall, firehol.

usage: managers.py FWLINT

The packages are unpacked inside of the sandbox, so the host never has them. What fwlint finds is what it finds
in the ruleset that the same script loads by hand, in a network namespace and an overlay of the test's own. The
packages are kept in $FWLINT_PACKAGES (default /var/cache/fwlint/packages). ferm is in sandbox.py.
"""
import glob
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))

import common
from common import read, run, write
from sandbox import findings, host_state

FWLINT = common.program()
CACHE = os.environ.get('FWLINT_PACKAGES', '/var/cache/fwlint/packages')

MANAGERS = {
    'ufw': (['ufw'], 'ufw --force enable\n'),
    'shorewall': (['shorewall', 'shorewall-core'], '''
cp /usr/share/doc/shorewall/examples/one-interface/* /etc/shorewall/ 2>/dev/null ||
    cp /usr/share/shorewall/configfiles/* /etc/shorewall/
gunzip -f /etc/shorewall/*.gz 2>/dev/null || true
sed -i 's/^STARTUP_ENABLED=.*/STARTUP_ENABLED=Yes/' /etc/shorewall/shorewall.conf
ip link add eth0 type veth peer name eth0p
ip address add 192.0.2.1/24 dev eth0
ip link set eth0 up
shorewall start
'''),
    'firehol': (['firehol', 'firehol-common', 'iprange', 'traceroute', 'ipset', 'libipset13'], '''
sed -i s,START_FIREHOL=NO,START_FIREHOL=YES, /etc/default/firehol
firehol start
'''),
}

# The script in an overlay and a network namespace; then what is loaded there.
BY_HAND = '''
mount --make-rprivate /
mount -t tmpfs tmpfs /mnt && cd /mnt && mkdir upper work root
mount -t overlay overlay root -o lowerdir=/,upperdir=upper,workdir=work
mount -t proc proc root/proc; mount --rbind /dev root/dev; mount --rbind /sys root/sys; mount -t tmpfs tmpfs root/run
ip link set lo up
chroot root sh "$1" >"$2/log" 2>&1 </dev/null || echo failed >"$2/failed"
for i in iptables-legacy ip6tables-legacy iptables-nft ip6tables-nft; do $i-save >"$2/$i"; done
'''


def packages(names):
    """Their files; None: they cannot be had."""
    os.makedirs(CACHE, exist_ok=True)
    missing = [n for n in names if not glob.glob('%s/%s_*.deb' % (CACHE, n))]
    if missing:
        run('apt-get', '-o', 'Acquire::Retries=3', 'download', *missing, cwd=CACHE, timeout=200)
    found = [f for n in names for f in glob.glob('%s/%s_*.deb' % (CACHE, n))]
    return found if len(found) >= len(names) else None


class Managers(common.Folder):
    def setUp(self):
        super().setUp()
        self.before = host_state()

    def tearDown(self):
        self.assertEqual(self.before, host_state(), 'the host is as before')

    def script(self, name):
        names, text = MANAGERS[name]
        files = packages(names)
        if not files:
            self.skipTest('SKIPPED: the packages %s cannot be had' % ' '.join(names))
        return write(os.path.join(self.dir, name + '.sh'),
                     'set -e\nexport PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive\n'
                     'dpkg --force-depends --force-confdef -i %s >/dev/null 2>&1\n%s' % (' '.join(files), text))

    def by_hand(self, script):
        out = script + '.by-hand'
        os.mkdir(out)
        r = run('unshare', '-n', '-m', '-p', '-f', 'sh', '-c', BY_HAND, 'sh', script, out)
        self.assertFalse(os.path.exists(os.path.join(out, 'failed')), read(os.path.join(out, 'log')) + r.stderr)
        parts = [p for p in sorted(glob.glob(out + '/ip*')) if '\n-A' in read(p)]
        self.assertGreater(sum(read(p).count('\n-A ') for p in parts), 30, 'its rules are there')
        return common.fwlint('--no-config', '--format', 'json', *(['--together'] if len(parts) > 1 else []), *parts)

    def test_the_findings_are_those_of_the_ruleset_loaded_by_hand(self):
        for name in MANAGERS:
            with self.subTest(name):
                script = self.script(name)
                r = common.fwlint('trial', '--format', 'json', '--', 'sh', script, timeout=200)
                self.assertLess(r.returncode, 2, r.stderr)
                hand = self.by_hand(script)
                self.assertLess(hand.returncode, 2, hand.stdout + hand.stderr)
                self.assertEqual(findings(r), findings(hand))


if __name__ == '__main__':
    why = common.no_namespace() or (os.geteuid() and 'needs root') or \
        (not packages(['ufw']) and 'no package mirror is reached')
    common.main_in_namespace(why)
