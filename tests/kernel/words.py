#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Words of rulesets with one letter changed: what nft refuses is an error here too.

usage: words.py FWLINT [COUNT [SEED]]

The words are those of tests/stock/*.nft and rules-examples/*.nft, outside of quotes and comments; nft is asked (dry
run, in a network namespace) about what fwlint takes. Not counted: interfaces that this host has not.
"""
import glob
import os
import random
import re
import string
import sys

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import common  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OF_THE_HOST = 'Interface does not exist'
WORD = re.compile(r'(?<=[ ,{])[a-z][a-z0-9-]{2,}(?=[ ,}\n])')


def places():
    """Each word of each file: the text before it, the word, the text behind it."""
    for path in sorted(glob.glob(ROOT + '/tests/stock/*.nft') + glob.glob(ROOT + '/rules-examples/*.nft')):
        text = common.read(path)
        for m in WORD.finditer(text):
            line = text[text.rfind('\n', 0, m.start()) + 1:m.start()]
            if '#' not in line and '"' not in line:
                yield text[:m.start()], m.group(), text[m.end():]


def mutants(count, rnd):
    """Each word once, in one of its places; then again, in others."""
    by_word = {}
    for place in places():
        by_word.setdefault(place[1], []).append(place)
    words = sorted(by_word)
    for i in range(count):
        if i % len(words) == 0:
            rnd.shuffle(words)
        before, word, behind = rnd.choice(by_word[words[i % len(words)]])
        at = rnd.randrange(len(word))
        letter = rnd.choice(string.ascii_lowercase.replace(word[at], ''))
        yield before, word, word[:at] + letter + word[at + 1:], behind


def main():
    why_not = common.no_namespace()
    if why_not:
        common.leave_out(why_not)
    common.program()
    count, seed = (int(x) for x in (sys.argv[1:] + ['300', '12'][len(sys.argv) - 1:])[:2])
    refused = same = failed = 0
    for before, word, other, behind in mutants(count, random.Random(seed)):
        text = before + other + behind
        if common.outcome('-', stdin=text)[0] == 2:
            refused += 1
            continue
        answer = common.run('unshare', '-n', 'nft', '-c', '-f', '-', stdin=text)
        if not answer.returncode or OF_THE_HOST in answer.stderr:
            same += 1
            continue
        failed += 1
        print('FAILED: %s for %s in: %s\n%s' % (other, word, text[text.rfind('\n', 0, len(before)) + 1:].split('\n')[0],
                                                answer.stderr.split('\n')[0]))
    print('seed %d: %d words with another letter, %d refused, %d taken by nft too, %d by fwlint alone'
          % (seed, count, refused, same, failed))
    return failed or refused < count / 3


if __name__ == '__main__':
    sys.exit(1 if main() else 0)
