# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of the integrations share: rulesets, the kernel's rules, running a program. They run in the booted tree."""
import os
import shutil
import subprocess
import tempfile
import unittest

SRC = '/src'
INTEGRATIONS = SRC + '/integrations'

NFT = ('#!/usr/sbin/nft -f\nflush ruleset\ntable inet %s {\n\tchain input {\n\t\ttype filter hook input priority 0; policy accept;\n'
       '\t\tct state established,related accept\n%s\t\tmeta l4proto tcp reject with tcp reset\n\t}\n}\n')
GOOD = NFT % ('good', '\t\tct state invalid drop\n')
OTHER = NFT % ('other', '\t\tct state invalid drop\n')
BAD = NFT % ('bad', '')
BROKEN = 'table inet broken {\n\tchain input {\n\t\tno such statement\n'
IPTABLES = ('*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n'
            '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n%s'
            '-A INPUT -p tcp -m comment --comment %s -j REJECT --reject-with tcp-reset\nCOMMIT\n')
GOOD_V4 = IPTABLES % ('-A INPUT -m conntrack --ctstate INVALID -j DROP\n', 'good')
OTHER_V4 = IPTABLES % ('-A INPUT -m conntrack --ctstate INVALID -j DROP\n', 'other')
BAD_V4 = IPTABLES % ('', 'bad')
BROKEN_V4 = '*filter\n-A INPUT -p tcp --dport nonsense -j ACCEPT\nCOMMIT\n'
WORDS = 'FW101'  # of a bad ruleset
BROKEN_WORDS = 'error: '


def read(path):
    with open(path) as f:
        return f.read()


def write(path, text, mode=None):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w') as f:
        f.write(text)
    if mode:
        os.chmod(path, mode)
    return path


def run(*command, stdin='', **kw):
    """Exit status, and all that it said."""
    r = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace',
                       timeout=120, **kw)
    return r.returncode, r.stdout


def rules():
    """The loaded rulesets."""
    return run('nft', 'list', 'ruleset')[1]


class Test(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.dir = tempfile.mkdtemp(dir='/var/tmp')
        self.addCleanup(shutil.rmtree, self.dir)
        run('nft', 'flush', 'ruleset')

    def file(self, name, text, mode=None):
        return write(os.path.join(self.dir, name), text, mode)

    def install(self, source, path, mode=0o644):
        """A file of integrations/, where its README says."""
        write(path, read(os.path.join(INTEGRATIONS, source)), mode)
        self.addCleanup(os.unlink, path)
        return path

    def succeeds(self, *command, **kw):
        status, said = run(*command, **kw)
        self.assertEqual(status, 0, said)
        return said

    def fails(self, *command, words=WORDS, **kw):
        """It fails, and says why."""
        status, said = run(*command, **kw)
        self.assertNotEqual(status, 0, said)
        self.assertIn(words, said)
        return said
