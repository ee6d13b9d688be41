#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The findings of the whole corpus, counted by file and check, against docs/corpus-findings.tsv.

usage: corpus_findings.py FWLINT [--write]
"""
import collections
import json
import os
import sys

import common

common.program()
TABLE = os.path.join(common.ROOT, 'docs', 'corpus-findings.tsv')


def count(name):
    r = common.fwlint('--format', 'json', common.in_corpus(name))
    if r.returncode > 1:
        return name, None
    found = json.loads(r.stdout)['inputs'][0]['findings']
    return name, collections.Counter('%s %s' % (f['code'], f['severity']) for f in found)


def table():
    results = common.each(count, [cells[0] for cells in common.manifest(*common.IPTABLES, *common.NFT)])
    read = [(n, c) for n, c in results if c is not None]
    columns = sorted({k for _, c in read for k in c})
    lines = ['file\t' + '\t'.join(columns)]
    for name, c in sorted(read):
        if c:
            lines.append(name + '\t' + '\t'.join(str(c[k] or '') for k in columns))
    total = sum((c for _, c in read), collections.Counter())
    lines.append('all: %d files read, %d not read, %d with findings\t' % (
        len(read), len(results) - len(read), sum(bool(c) for _, c in read)) + '\t'.join(str(total[k]) for k in columns))
    return '\n'.join(lines) + '\n'


def main():
    if common.no_corpus():
        common.leave_out(common.no_corpus())
    now = table()
    if '--write' in sys.argv:
        common.write(TABLE, now)
        return 0
    was = common.read(TABLE)
    for line in sorted(set(was.split('\n')) ^ set(now.split('\n'))):
        print(('- ' if line in was else '+ ') + line)
    print(now.split('\n')[-2])
    return 0 if was == now else 1


if __name__ == '__main__':
    sys.exit(main())
