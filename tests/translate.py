#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`fwlint compare` of real iptables dumps with what iptables-restore-translate makes of them.

usage: translate.py FWLINT

Equal, or a difference whose reason is known: rules that are not translated (they stand as comments
in the translation), translations that are wrong, and tests that the two dialects do not share words for.
Chains that a file uses without declaring them are declared first, for both sides.
"""
import collections
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import common
from common import each, in_corpus, read, write

common.program()
BUILTIN = ('INPUT', 'OUTPUT', 'FORWARD', 'PREROUTING', 'POSTROUTING')

# Examined by hand; each is a fault or a limit of the translation, or of what fwlint knows.
PROTOCOL_LOST = "the translation drops '-p udp -m udp' without ports: a reject of UDP becomes one of all"
WORDS = {
    'tcpmss': "fwlint keeps '-m tcpmss' whole, nft has 'tcp option maxseg size'",
    'rpfilter': "fwlint keeps '-m rpfilter' whole, nft has 'fib saddr . iif'",
}
KNOWN = {
    'firehol/tests/firehol/not-both/ipv4-disable-conf.aud6': 'nothing in this dump says that it is one of IPv6',
    'hosts/lkrms+lk-settings/desktop/iptables/ip6tables.rules': PROTOCOL_LOST,
    'hosts/lkrms+lk-settings/desktop/iptables/iptables.rules': PROTOCOL_LOST,
}


def completed(text):
    """Declares what is used."""
    out = []
    for part in re.split(r'(?m)^(?=\*)', text):
        declared = set(re.findall(r'(?m)^:(\S+)', part))
        used = set(re.findall(r'(?m)^\s*(?:\[\d+:\d+\]\s*)?-[AI] (\S+)', part))
        used |= {t for t in re.findall(r'(?:-j|-g|--jump|--goto) (ufw6?-\S+)', part)}
        new = ''.join(':%s %s [0:0]\n' % (c, 'ACCEPT' if c in BUILTIN else '-') for c in sorted(used - declared))
        out.append(re.sub(r'\A(\*.*\n)', r'\1' + new, part))
    return ''.join(out)


def compare(cells):
    text = completed(read(in_corpus(cells[0]), errors='replace'))
    v6 = cells[1].startswith('ip6')
    with tempfile.TemporaryDirectory() as d:
        old, new = os.path.join(d, 'rules.v6' if v6 else 'rules.v4'), os.path.join(d, 'rules.nft')
        write(old, text)
        try:  # it resolves host names
            t = common.run('ip6tables-restore-translate' if v6 else 'iptables-restore-translate', '-f', old, timeout=5)
        except subprocess.TimeoutExpired:
            return cells[0], 'not translated', ''
        if t.returncode:
            return cells[0], 'not translated', t.stderr
        write(new, t.stdout)
        r = common.fwlint('compare', '-q', old, new)
        left_out = len(re.findall(r'(?m)^# -t', t.stdout))
        if r.returncode == 0:
            return cells[0], 'equal', ''
        if r.returncode == 2:
            return cells[0], 'not read', r.stderr
        if left_out:
            return cells[0], 'rules left out of the translation', ''
        for word, why in WORDS.items():
            if word in text:
                return cells[0], why, ''
        return cells[0], KNOWN.get(cells[0], 'UNKNOWN'), r.stdout


class Translate(unittest.TestCase):
    def test_dumps_and_their_translations(self):
        results = each(compare, common.manifest('iptables-save', 'ip6tables-save'))
        count = collections.Counter(what for _, what, _ in results)
        print('iptables dumps against their translations: ' + ', '.join('%d %s' % (n, w) for w, n in count.most_common()))
        for name, what, more in results:
            self.assertNotEqual(what, 'UNKNOWN', '%s:\n%s' % (name, more))
        compared = len(results) - count['not translated'] - count['not read']
        self.assertGreaterEqual(compared, 100)
        self.assertGreaterEqual(count['equal'], 60)


def why_not():
    if common.no_corpus():
        return common.no_corpus()
    return None if shutil.which('iptables-restore-translate') else 'no iptables-restore-translate'


if __name__ == '__main__':
    common.main(why_not())
