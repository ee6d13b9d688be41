#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Shell scripts: what each way of writing a command loads, what is not understood, and where findings and fixes go.

usage: shell.py FWLINT

What a shell makes of the words is POSIX.1-2017, XCU 2; tests/kernel/scripts.py runs the scripts of tests/shell.
"""
import difflib
import json
import os
import unittest

import common
from common import read

common.program()
SCRIPTS = os.path.join(common.ROOT, 'tests', 'shell')
DROP = '-A INPUT -p tcp --dport 22 -j DROP'
TWO = DROP + '\n-A INPUT -p udp --dport 53 -j DROP'
A, B = 'iptables -A INPUT -p tcp --dport 22 -j DROP', 'iptables -A INPUT -p udp --dport 53 -j DROP'

# what, the lines of the script, the rules that it loads
READ = [
    ('a variable', 'P=22\niptables -A INPUT -p tcp --dport $P -j DROP', DROP),
    ('a variable in braces', 'P=2\niptables -A INPUT -p tcp --dport ${P}2 -j DROP', DROP),
    ('a variable in quotes', "P='tcp'\niptables -A INPUT -p \"$P\" --dport 22 -j DROP", DROP),
    ('several words in a variable', 'M="-p tcp --dport 22"\niptables -A INPUT $M -j DROP', DROP),
    ('a variable of another', 'A=22\nB=$A\niptables -A INPUT -p tcp --dport $B -j DROP', DROP),
    ('what stands for one that is not set', 'iptables -A INPUT -p tcp --dport ${P:-22} -j DROP', DROP),
    ('what stands for one that is empty', 'P=\niptables -A INPUT -p tcp --dport ${P:-22} -j DROP', DROP),
    ('what stands for one that is set', 'P=22\niptables -A INPUT -p tcp --dport ${P:-23} -j DROP', DROP),
    ('one that is empty is set', 'P=\niptables -A INPUT ${P--p udp} -p tcp --dport 22 -j DROP', DROP),
    ('what stands for one that is not set, of two words', 'iptables -A INPUT ${M:-"-p" tcp} --dport 22 -j DROP', DROP),
    ('one that has to be set, and is', 'P=22\niptables -A INPUT -p tcp --dport ${P:?no port} -j DROP', DROP),
    ('no variable in single quotes', "P=22\niptables -A INPUT -p tcp --dport 22 -m comment --comment '$P' -j DROP", DROP),
    ('the program in a variable', 'IPT=/sbin/iptables\n$IPT -A INPUT -p tcp --dport 22 -j DROP', DROP),
    ('the program that is looked for', 'IPT=$(which iptables)\n$IPT -A INPUT -p tcp --dport 22 -j DROP', DROP),
    ('the program that is looked for, in backticks', 'IPT=`command -v iptables`\n$IPT -A INPUT -p tcp --dport 22 -j DROP', DROP),
    ('the program that is looked for, and what it says of that', 'IPT=$(type -p iptables 2>/dev/null)\n$IPT -A INPUT -p tcp --dport 22 -j DROP', DROP),
    ('a line that goes on', 'iptables -A INPUT \\\n -p tcp --dport 22 -j DROP', DROP),
    ('a word that goes on', 'iptables -A INPUT -p tc\\\np --dport 22 -j DROP', DROP),
    ('a letter behind a backslash', 'iptables -A INPUT -p \\tcp --dport 22 -j DROP', DROP),
    ('a backslash in quotes', 'iptables -A INPUT -p tcp --dport 22 -m comment --comment "a\\"b" -j DROP', DROP),
    ('a comment', '# iptables -P INPUT DROP\n' + A + ' # iptables -P INPUT DROP', DROP),
    ('no comment within a word', 'iptables -A INPUT -p tcp --dport 22 -m comment --comment a#b -j DROP', DROP),
    ('two commands on a line', A + '; ' + B, TWO),
    ('a command behind one that has to pass', A + ' && ' + B, TWO),
    ('a command behind one that passes and should not', A + ' || ' + B, DROP),
    ('a command behind one that fails', 'iptables -F nothere 2>/dev/null || ' + A, DROP),
    ('no command behind one that fails and has to pass', 'iptables -F nothere 2>/dev/null && ' + B + '\n' + A, DROP),
    ('what may fail', 'iptables -X nothere 2>/dev/null || true\n' + A, DROP),
    ('what may fail, and set -e', 'set -e\niptables -X nothere 2>/dev/null || true\n' + A, DROP),
    ('true and false', 'true && ' + A + '\nfalse && ' + B, DROP),
    ('set -e', 'set -e\n' + A + '\n' + B, TWO),
    ('the end', A + '\nexit 0\n' + B, DROP),
    ('no end', A + ' || exit 1\n' + B, TWO),
    ('an output that goes nowhere', A + ' >/dev/null 2>&1', DROP),
    ('what only looks', 'iptables -L -n\niptables -S INPUT\niptables-save\nnft list ruleset\n' + A, DROP),
    ('what others do', 'echo hello\nmodprobe ip_tables\nsysctl -w net.ipv4.ip_forward=1\necho 1 > /proc/sys/net/ipv4/ip_forward\n' + A, DROP),
    ('another user', 'sudo ' + A, DROP),
    ('with what waits for the lock', 'iptables -w -A INPUT -p tcp --dport 22 -j DROP', DROP),
    ('rules that are flushed', B + '\niptables -F\n' + A, DROP),
    ('a rule in front', B + '\niptables -I INPUT -p tcp --dport 22 -j DROP', TWO),
    ('a rule that is taken away', A + '\n' + B + '\niptables -D INPUT -p udp --dport 53 -j DROP', DROP),
    ('the other program', A + '\nip6tables -A INPUT -p udp --dport 53 -j DROP', '-4 ' + DROP + '\n-6 -A INPUT -p udp --dport 53 -j DROP'),
    ('a whole ruleset in the text', 'iptables-restore <<EOF\n*filter\n:INPUT ACCEPT\n' + DROP + '\nCOMMIT\nEOF', DROP),
    ('a whole ruleset in the text, with variables', 'P=22\niptables-restore <<EOF\n*filter\n-A INPUT -p tcp --dport $P -j DROP\nCOMMIT\nEOF', DROP),
    ('a whole ruleset in the text, without tabs', 'iptables-restore <<-EOF\n\t*filter\n\t' + DROP + '\n\tCOMMIT\n\tEOF', DROP),
    ('a whole ruleset in the text, as it is', "iptables-restore <<'EOF'\n*filter\n-A INPUT -p tcp --dport 22 -m comment --comment $P -j DROP\nCOMMIT\nEOF", DROP),
    ('a function that loads nothing', 'say() {\n  echo "$1"\n}\n' + A, DROP),
    ('a function that loads nothing, on lines', 'say ( )\n{\n  echo "$1"\n} >/dev/null\n' + A, DROP),
    ('a loop that loads nothing', 'for f in a b; do echo $f; done\nwhile false; do echo; done\n' + A, DROP),
    ('a test that loads nothing', 'if [ "$(id -u)" != 0 ]; then echo root >&2; exit 1; fi\n' + A, DROP),
    ('a choice that loads nothing', 'case "$1" in\n start) echo ;;\n *) echo ;;\nesac\n' + A, DROP),
    ('others by themselves', '(cd /; ls) >/dev/null\n{ echo; } 2>&1\n' + A, DROP),
    ('harmless commands in a variable', 'X="echo a; ls"\nsh -c "$X"\ntrap "$X; rm -f \\$T" EXIT\n' + A, DROP),
    ('two assignments', 'P=22 Q=tcp\niptables -A INPUT -p $Q --dport $P -j DROP', DROP),
    ('what is exported', 'export P=22\nreadonly Q=tcp\niptables -A INPUT -p $Q --dport $P -j DROP', DROP),
]

# what, the lines of the script, what is said
REFUSED = [
    ('a variable that is not set', 'iptables -A INPUT -p tcp --dport $P -j DROP', 'not set in this script'),
    ('a variable that is read', 'read P\niptables -A INPUT -p tcp --dport $P -j DROP', "'read P': it is known only when the script runs"),
    ('the second variable that is read', 'read A P\niptables -A INPUT -p tcp --dport $P -j DROP', "'read A P': it is known only"),
    ('what a command prints', 'iptables -A INPUT -s $(hostname -i) -j DROP', 'what a command prints is known only when it runs'),
    ('an argument of the script', 'iptables -A INPUT -p tcp --dport $1 -j DROP', 'known only when the script runs'),
    ('a sum', 'iptables -A INPUT -p tcp --dport $((20+2)) -j DROP', 'arithmetic is not understood'),
    ('a part of a variable', 'P=222\niptables -A INPUT -p tcp --dport ${P%2} -j DROP', 'this kind of expansion is not understood'),
    ('a loop', 'for p in 1 2; do iptables -A INPUT -p tcp --dport $p -j DROP; done', 'a loop around'),
    ('a function', 'f() {\n' + A + '\n}\nf', "the function 'f' around"),
    ('a command that may run', 'ping -c1 10.0.0.1 && ' + A, 'cannot tell whether this command runs'),
    ('a command that fails', 'set -e\niptables -F nothere\n' + A, "'set -e' ends the script here"),
    ('a word that is wrong', 'iptables -A INPUT -p tcpp -j DROP', 'tcpp'),
    ('commands in a variable, for another shell', 'X="echo a; iptables -F"\n' + A + '\nsh -c "$X"', 'does not follow the commands in this word'),
    ('commands in a variable, for the end', 'X="echo a; iptables -F"\n' + A + '\ntrap "$X" EXIT', 'when the script ends is not followed'),
    ('commands in a variable, for eval', 'X="echo a; iptables -F"\n' + A + '\neval $X', 'does not follow the commands in this word'),
    ('quotes that do not end', 'iptables -A INPUT -m comment --comment "a -j DROP', 'FW0'),
]


class Shell(common.Folder):
    def test_a_script_loads_what_its_commands_say(self):
        for name, script, rules in READ:
            with self.subTest(name):
                text = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n%s\nCOMMIT\n' % rules
                status, out, err = self.compared('#!/bin/sh\n%s\n' % script, text)
                self.assertEqual(status, 0, '%s\n%s%s' % (script, out, err))
                status, out, err = self.compared('#!/bin/sh\n%s\n' % script, text.replace('22', '2222').replace('53', '5353'))
                self.assertEqual(status, 1, '%s\n%s%s' % (script, out, err))

    def compared(self, script, rules):
        paths = os.path.join(self.dir, 'a.sh'), os.path.join(self.dir, 'b')
        return common.outcome('compare', *(common.write(p, t) for p, t in zip(paths, (script, rules))))

    def test_what_is_not_understood_is_said(self):
        for name, script, what in REFUSED:
            with self.subTest(name):
                status, out, err = common.outcome('-', stdin='#!/bin/sh\n%s\n' % script)
                self.assertEqual(status, 2, '%s\n%s%s' % (script, out, err))
                self.assertIn(what, err)

    def test_findings_are_at_the_lines_of_the_script_and_fixes_beside_them(self):
        expected = dict(line.split(':', 1) for line in read(os.path.join(SCRIPTS, 'expected.txt')).splitlines() if line[0] != '#')
        for name, places in expected.items():
            with self.subTest(name):
                path = os.path.join(SCRIPTS, name)
                findings = json.loads(common.outcome('--no-config', '--format', 'json', path)[1])['inputs'][0]['findings']
                self.assertEqual(sorted('%s %d' % (f['code'], f['line']) for f in findings if f['severity'] != 'note'),
                                 sorted(x.strip() for x in places.split(',') if x.strip()))
                fixed = common.outcome('--no-config', '--fix', path)[1]
                for line in difflib.ndiff(read(path).splitlines(), fixed.splitlines()):
                    self.assertIn(line[:2], ('  ', '+ '), line)
                self.assertEqual(common.outcome('--no-config', '--fix', '--dialect', 'shell', '-', stdin=fixed)[1], fixed)


if __name__ == '__main__':
    unittest.main()
