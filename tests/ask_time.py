#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How long `fwlint ask` takes for every packet that there is: each ruleset of rules-examples, and a sample of
the corpus, where it is there (see common.py).

usage: ask_time.py FWLINT [COUNT [SEED]]
"""
import os
import random
import resource
import sys
import time
import unittest

import common
from common import in_corpus, manifest

common.program()
COUNT = int(sys.argv.pop(1)) if len(sys.argv) > 1 else 200
SEED = sys.argv.pop(1) if len(sys.argv) > 1 else str(int(time.time()))

SECONDS = 2.0
# They took long once: many rules that overlap, marks, tests that are kept as words.
HARD = ('awall/test/output/no-track/rules-save', 'awall/test/output/string/rules-save',
        'awall/test/output/related/rules-save', 'hosts/iDigitalFlame+Spaceport/etc/nftables.conf',
        'hosts/ustclug+liimstrap/etc/iptables/rules.v4')
# 1,000 chains of limits, each of which may or may not match; in one of the two marks besides.
GIVEN_UP = ('awall/test/output/filter-limit/rules-save', 'awall/test/output/filter-limit/rules6-save')


def ask(path):
    """The seconds of processor time that the question takes, and its exit status."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    code, _, err = common.outcome('ask', '', '--format', 'json', path)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, code, err


class Time(unittest.TestCase):
    def setUp(self):
        if common.is_sanitized():
            self.skipTest('the sanitizers take their own time')

    def check(self, paths):
        slowest = (0, '')
        for path in paths:
            seconds, code, err = ask(path)
            if code == 2 and 'could not be answered' not in err:
                continue  # no ruleset
            for _ in range(3):  # the machine may be busy
                if seconds >= SECONDS:
                    seconds = min(seconds, ask(path)[0])
            slowest = max(slowest, (seconds, path))
            self.assertEqual(code, 0, (path, err))
            self.assertLess(seconds, SECONDS, path)
        print('%d rulesets, the slowest took %.2f s: %s' % (len(paths), *slowest))

    def test_each_of_rules_examples(self):
        self.check(sorted(os.path.join(common.EXAMPLES, f) for f in os.listdir(common.EXAMPLES)))

    def test_a_sample_of_the_corpus(self):
        why = common.no_corpus()
        if why:
            self.skipTest(why)
        names = [row[0] for row in manifest(*common.IPTABLES, *common.NFT) if row[0] not in GIVEN_UP]
        print('seed', SEED)
        sample = random.Random(SEED).sample(names, min(COUNT, len(names)))
        self.check([in_corpus(name) for name in sorted(set(HARD).union(sample))])


if __name__ == '__main__':
    common.main()
