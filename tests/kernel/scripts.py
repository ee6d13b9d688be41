#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Shell scripts of iptables and nft commands, as people publish them: tests/shell/*.sh.

usage: scripts.py FWLINT

What fwlint reads in a script is what the script loads in a network namespace: the findings are those of
what iptables-save and `nft list ruleset` then say, with iptables-legacy and with iptables-nft. The line of
each is in tests/shell/expected.txt. The corrected script loads what the fix promises.
"""
import json
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))

import common
from common import ROOT, read, run, write

FWLINT = common.program()
SCRIPTS = os.path.join(ROOT, 'tests', 'shell')
NAMES = sorted(f for f in os.listdir(SCRIPTS) if f.endswith('.sh'))

# Programs that the scripts call and that do nothing here.
STUBS = {'sudo': 'exec "$@"\n', 'modprobe': '', 'sysctl': '', 'netfilter-persistent': '', 'logger': '',
         'apt-get': ''}
TOOLS = ('iptables', 'ip6tables', 'iptables-restore', 'ip6tables-restore')
# A line with several addresses is one rule here and several in the kernel.
COUNTED_OTHERWISE = ('lists.sh',)


def interpreter(text):
    return 'bash' if 'bash' in text.split('\n')[0] else 'sh'


def expected():
    """{script: ['FW101 9', …]}"""
    return {name: [x.strip() for x in rest.split(',') if x.strip()]
            for name, rest in (line.split(':', 1) for line in
                               read(os.path.join(SCRIPTS, 'expected.txt')).splitlines()
                               if line and line[0] != '#')}


def key(finding, numbers=True):
    """The finding without its place in the text."""
    words = re.sub(r'\bline \d+( of \S+)?', 'line', finding['message'])
    words = re.sub(r'(the policy of \S+) of /\S+', r'\1', words)
    return (finding['code'], finding['severity'], finding.get('table'), finding.get('chain'),
            finding.get('rule_number') if numbers else None, finding.get('path'), words)


class Scripts(common.Folder):
    def lint(self, *args):
        r = common.fwlint('--no-config', '--format', 'json', *args)
        self.assertLess(r.returncode, 2, r.stdout[:3000] + r.stderr)
        return [f for i in json.loads(r.stdout)['inputs'] for f in i['findings']]

    def programs(self, loader):
        """A folder of programs, for PATH."""
        path = os.path.join(self.dir, 'bin-' + loader)
        os.makedirs(path, exist_ok=True)
        for name, body in STUBS.items():
            stub = write(os.path.join(path, name), '#!/bin/sh\n' + body)
            os.chmod(stub, 0o755)
        for name in TOOLS:
            real = name.replace('tables', 'tables-' + loader)
            if not os.path.lexists(os.path.join(path, name)):
                os.symlink('/usr/sbin/' + real, os.path.join(path, name))
        return path

    def loaded(self, script, loader):
        """What the script loads: [files]."""
        text = re.sub(r'/(usr/)?sbin/(?=iptables|nft|ip6tables)', '', read(script))
        text = re.sub(r'^export PATH=.*$', ':', text, flags=re.M)
        bin_ = self.programs(loader)
        copy = write(os.path.join(self.dir, 'script'), text)
        parts = [os.path.join(self.dir, x) for x in ('v4', 'v6', 'nft')]
        r = run('unshare', '-n', 'sh', '-c',
                'export PATH=%s:$PATH; %s %s; iptables-%s-save >%s; ip6tables-%s-save >%s; nft list ruleset >%s'
                % (bin_, interpreter(text), copy, loader, parts[0], loader, parts[1], parts[2]))
        # nft lists the tables of iptables-nft, too
        ours = [t for t in re.split(r'(?m)^(?=table )', read(parts[2])) if t.strip() and
                not (loader == 'nft' and re.match(r'table ip6? (filter|nat|mangle|raw|security) ', t))
                and not t.startswith('#')]
        write(parts[2], ''.join(ours))
        found = [p for p in parts if re.search(r'(?m)^(\*|table)', read(p))]
        self.assertTrue(found, r.stderr)
        return found

    def of_what_is_loaded(self, script, loader):
        parts = self.loaded(script, loader)
        return self.lint(*(['--together'] if len(parts) > 1 else []), '--loader', loader, *parts)

    def same(self, name, script, loader):
        numbers = name not in COUNTED_OTHERWISE
        want = sorted((key(f, numbers) for f in self.of_what_is_loaded(script, loader)), key=str)
        got = sorted((key(f, numbers) for f in self.lint('--loader', loader, script)), key=str)
        self.assertEqual(want, got, name)

    def test_the_findings_are_those_of_what_the_script_loads(self):
        for name in NAMES:
            for loader in ('nft', 'legacy'):
                with self.subTest(name, loader=loader):
                    self.same(name, os.path.join(SCRIPTS, name), loader)

    def test_each_finding_is_at_the_line_of_the_script(self):
        lines = expected()
        self.assertEqual(sorted(lines), NAMES)
        self.assertGreaterEqual(len(NAMES), 20)
        for name in NAMES:
            with self.subTest(name):
                found = self.lint(os.path.join(SCRIPTS, name))
                self.assertEqual(lines[name], ['%s %d' % (f['code'], f['line']) for f in found
                                               if f['severity'] != 'note'])

    def test_the_corrected_script_loads_what_the_fix_promises(self):
        fixed = 0
        for name in NAMES:
            with self.subTest(name):
                script = os.path.join(SCRIPTS, name)
                r = common.fwlint('--no-config', '--fix', script)
                self.assertLess(r.returncode, 2, r.stderr)
                if r.stdout == read(script):
                    continue
                fixed += 1
                copy = write(os.path.join(self.dir, name), r.stdout)
                self.assertLess(len(self.lint(copy)), len(self.lint(script)))
                self.same(name, copy, 'nft')
        self.assertGreater(fixed, 12)

    def test_what_shorewall_compiles_is_the_ruleset_that_it_restores(self):
        head = '*filter\n:INPUT DROP [0:0]\n:$g_sha1sum1 - [0:0]\n:net-fw - [0:0]\n-A INPUT -i eth0 -j net-fw\n'
        tail = '-A net-fw -m conntrack --ctstate ESTABLISHED -j ACCEPT\n' \
               '-A net-fw -p tcp -j REJECT --reject-with tcp-reset\nCOMMIT\n'
        script = write(os.path.join(self.dir, 'firewall'), '''#!/bin/sh
#
# Compiled firewall script generated by Shorewall 5.2.8 - Sun Nov 29 12:37:24 UTC 2026
#
stop_firewall() { $IPTABLES -F; }
setup_netfilter()
{
	cat >&3 << __EOF__
%s__EOF__
	[ -f ${VARDIR}/.dynamic ] && cat ${VARDIR}/.dynamic >&3
	cat >&3 << __EOF__
%s__EOF__
    exec 3>&-
}
''' % (head, tail))
        restored = write(os.path.join(self.dir, 'restored'), (head + tail).replace('$g_sha1sum1', 'checksum'))
        found = self.lint(script)
        self.assertEqual(sorted(map(key, self.lint(restored)), key=str), sorted(map(key, found), key=str))
        self.assertIn(('FW101', 17), [(f['code'], f['line']) for f in found])


if __name__ == '__main__':
    common.main(common.no_namespace())
