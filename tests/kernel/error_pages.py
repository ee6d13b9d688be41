#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The pages of the errors (docs/checks/FW0xx.md) against the tools: each "Found" is refused, each "Use instead" is
loaded, and each message of "What the tools say" is one that a tool says.

usage: error_pages.py    (root)
"""
import glob
import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import common
from common import ROOT, read

TOOLS = {'iptables': ('iptables-legacy-restore', 'iptables-nft-restore'), 'nft': ('nft',), 'nft-json': ('nft -j',),
         'text': ('iptables-legacy-restore', 'iptables-nft-restore')}
TOO_DEEP = '*filter\n:INPUT ACCEPT [0:0]\n' + ''.join(':c%d - [0:0]\n' % i for i in range(1, 18)) + '-A INPUT -j c1\n' + ''.join(
    '-A c%d -j c%d\n' % (i, i + 1) for i in range(1, 17)) + 'COMMIT\n'
# Messages that no example of the page provokes, with what does.
OTHERS = {
    'iptables-restore: COMMIT expected at line': ('iptables', '*filter\n-A INPUT -j ACCEPT\n'),
    "iptables-restore: host/network `192.0.2.300' not found": ('iptables', '*filter\n-A INPUT -s 192.0.2.300 -j ACCEPT\nCOMMIT\n'),
    'iptables-nft-restore: RULE_APPEND failed (Invalid argument): rule in chain INPUT':
        ('iptables', '*filter\n-A INPUT -j REJECT --reject-with tcp-reset\nCOMMIT\n'),
    'iptables-nft-restore: RULE_APPEND failed (Too many links): rule in chain': ('iptables', TOO_DEEP),
    'nft: Error: Could not process rule: No such file or directory': ('nft', 'table ip t {\n\tchain c {\n\t\tjump nowhere\n\t}\n}\n'),
    'iptables-legacy: Too many levels of symbolic links':
        ('shell', 'iptables-legacy -N a; iptables-legacy -A INPUT -j a; iptables-legacy -A a -j a'),
    'nft: Error: Include nested too deeply': ('nft', 'include "NAME"\n'),
    'nft: Error: Could not process rule: File exists': ('nft', 'add table ip t\ncreate table ip t\n'),
}


def load(tool, text):
    """(is it loaded, what it says) in a network namespace of its own."""
    with tempfile.NamedTemporaryFile('w', suffix='.rules') as f:
        f.write(text.replace('NAME', f.name))
        f.flush()
        command = {'nft': tool.split() + ['-f'], 'sh': ['sh']}.get(tool.split()[0], [tool]) + [f.name]
        r = subprocess.run(['unshare', '-n'] + command, capture_output=True, text=True, timeout=60)
    return r.returncode == 0, r.stdout + r.stderr


def pages():
    for path in sorted(glob.glob(os.path.join(ROOT, 'docs', 'checks', 'FW0*.md'))):
        if common.is_error(os.path.basename(path)[:5]):
            yield os.path.basename(path)[:5], read(path)


def is_of(tool, message):
    """iptables-restore: both of the two say it."""
    name = message.split(':')[0]
    return name in (tool, tool.replace('-legacy', '').replace('-nft', ''))


class Pages(unittest.TestCase):
    def test_what_the_tools_do_with_the_examples(self):
        for code, page in pages():
            if code == 'FW015':  # the tools may load it
                continue
            messages = re.findall(r'^## What the tools say\n\n```text\n(.*?)\n```', page, re.M | re.S)[0].split('\n')
            said = []
            for dialect, bad, good in re.findall(
                    r'^Found:\n\n```([\w-]+)\n(.*?)```\n\nUse instead:\n\n```[\w-]+\n(.*?)```\n', page, re.M | re.S):
                for tool in TOOLS[dialect]:
                    with self.subTest(code=code, tool=tool, text=bad):
                        loaded, out = load(tool, bad)
                        self.assertFalse(loaded)
                        mine = [m for m in messages if is_of(tool, m) and m.split(': ', 1)[1] in out]
                        self.assertTrue(mine or code == 'FW014' or not out.strip(), out)
                        said += mine
                        self.assertEqual(load(tool, good), (True, ''))
            for message in set(messages) - set(said):
                with self.subTest(code=code, message=message):
                    self.assertIn(message, OTHERS)
                    dialect, text = OTHERS[message]
                    tool = 'sh' if dialect == 'shell' else next(t for t in TOOLS[dialect] if is_of(t, message))
                    loaded, out = load(tool, text)
                    self.assertFalse(loaded)
                    self.assertIn(message.split(': ', 1)[1], out)


if os.geteuid():
    sys.exit(common.SKIPPED)
common.main()
