#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The findings of the whole corpus, counted by file and check, against docs/corpus-findings.tsv.

usage: corpus_findings.py FWLINT SOURCE_ROOT [--write]
"""
import collections
import concurrent.futures
import json
import os
import subprocess
import sys

FWLINT, ROOT = (os.path.abspath(p) for p in sys.argv[1:3])
CORPUS = os.environ.get('FWLINT_CORPUS', os.path.join(ROOT, '..', 'shared', 'corpus'))
TABLE = os.path.join(ROOT, 'docs', 'corpus-findings.tsv')
DIALECTS = ('iptables-save', 'ip6tables-save', 'iptables-S', 'nft-list', 'nft-script', 'nft-json')


def files():
    with open(os.path.join(CORPUS, 'MANIFEST.tsv')) as f:
        for row in f.read().split('\n')[1:]:
            cells = row.split('\t')
            if len(cells) > 4 and cells[1] in DIALECTS:
                yield cells[0]


def count(name):
    r = subprocess.run([FWLINT, '--format', 'json', os.path.join(CORPUS, name)], capture_output=True, text=True)
    if r.returncode > 1:
        return name, None
    found = json.loads(r.stdout)['inputs'][0]['findings']
    return name, collections.Counter('%s %s' % (f['code'], f['severity']) for f in found)


def table():
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(count, files()))
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
    if not os.path.exists(os.path.join(CORPUS, 'MANIFEST.tsv')):
        print('SKIPPED: no corpus at %s' % CORPUS)
        return 77
    now = table()
    if '--write' in sys.argv:
        with open(TABLE, 'w') as f:
            f.write(now)
        return 0
    with open(TABLE) as f:
        was = f.read()
    for line in sorted(set(was.split('\n')) ^ set(now.split('\n'))):
        print(('- ' if line in was else '+ ') + line)
    print(now.split('\n')[-2])
    return 0 if was == now else 1


if __name__ == '__main__':
    sys.exit(main())
