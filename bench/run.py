#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Ratios of fwlint's time (user + system) to `iptables-legacy-restore --test` on the same file in the same run.

usage: run.py FWLINT [N ...]      (default 10000 100000 1000000; needs root)
       run.py FWLINT nft [N ...]  (to `nft -c`; default 1000 10000)

Each figure is the median of five runs, which take turns. `parse` is fwlint with all checks ignored, `clean` a full
lint without a finding, `fix` a full lint that finds, proves and fixes the defect. The dumps of
$FWLINT_CORPUS with more than 1,000 rules are measured too, where it is there.
"""
import os
import statistics
import subprocess
import sys
import tempfile

FWLINT = os.path.abspath(sys.argv[1])
HERE = os.path.dirname(os.path.abspath(__file__))
RUNS = 5
NFT = sys.argv[2:3] == ['nft']
SIZES = [int(n) for n in sys.argv[2 + NFT:]] or ([1000, 10000] if NFT else [10000, 100000, 1000000])
CORPUS = os.environ.get('FWLINT_CORPUS', os.path.join(HERE, '..', '..', 'shared', 'corpus'))


def once(command, path):
    """Seconds of the processor, megabytes."""
    with open(path) as f:
        p = subprocess.Popen(command, stdin=f, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, _, usage = os.wait4(p.pid, 0)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def row(name, path, clean_path, family=''):
    tool = ['nft', '-c', '-f', '-'] if NFT else ['ip%stables-legacy-restore' % family, '--test']
    runs = [(['unshare', '-n', *tool], path), ([FWLINT, '--ignore', 'FW', '-'], path), ([FWLINT, '-q', '-'], clean_path),
            ([FWLINT, '-q', '-'], path)]
    took = [[once(*r) for r in runs] for _ in range(RUNS)]
    test, parse, clean, fix = (statistics.median(t[i][0] for t in took) for i in range(len(runs)))
    mb = max(t[-1][1] for t in took)
    print('%-24s %7.2fs  %7.2f %7.2f %7.2f %9.0f' % (name, test, parse / test, clean / test, fix / test, mb),
          flush=True)
    return fix


print('%-24s %8s  %7s %7s %7s %9s' % ('', 'nft -c' if NFT else '--test', 'parse/', 'clean/', 'fix/', 'fix MB'))
with tempfile.TemporaryDirectory() as d:
    took = {}
    for n in SIZES:
        paths = [os.path.join(d, 'rules'), os.path.join(d, 'clean')]
        for path, extra in zip(paths, ([], ['clean'])):
            with open(path, 'w') as f:
                subprocess.run([sys.executable, os.path.join(HERE, 'generate.py'), str(n), *extra, *(['nft'] if NFT else [])],
                               stdout=f, check=True)
        took[n] = row('%d mixed rules' % n, *paths)
    for a, b in zip(SIZES, SIZES[1:]):
        print('%d rules take %.1f times as long as %d' % (b, took[b] / took[a], a))
    manifest = os.path.join(CORPUS, 'MANIFEST.tsv')
    if NFT:
        pass
    elif os.path.exists(manifest):
        for line in open(manifest).read().split('\n')[1:]:
            f = line.split('\t')
            if len(f) > 2 and f[1].endswith('-save') and int(f[2] or 0) > 1000:
                row(f[0].split('/', 2)[-1][-24:], os.path.join(CORPUS, f[0]),
                    os.path.join(CORPUS, f[0]), '6' if f[1].startswith('ip6') else '')
    else:
        print('(no corpus at %s: its dumps are left out)' % CORPUS)
