#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Ratios of `fwlint --live` to the kernel's own tools, in the same run, on the generated rules of run.py.

usage: live.py FWLINT [N ...]      (default 1000 10000 100000; needs root)

Rules are loaded into a network namespace. `text` is the reading alone, to `iptables-legacy-save` and to `nft -a list
ruleset`; `lint` the whole; `apply` one change and its way back, in seconds. Each is the least of three runs.
"""
import os
import subprocess
import sys
import time

FWLINT = os.path.abspath(sys.argv[1])
HERE = os.path.dirname(os.path.abspath(__file__))
SIZES = [int(n) for n in sys.argv[2:]] or [1000, 10000, 100000]
NETNS = 'fwlint-bench-%d' % os.getpid()
TOOLS = {'legacy': ('iptables-legacy-restore', ['iptables-legacy-save']), 'nft': ('nft -f -', ['nft', '-a', 'list', 'ruleset'])}


def inside(*args):
    return ['ip', 'netns', 'exec', NETNS, *args]


def least(*commands):
    best = None
    for _ in range(3):
        start = time.monotonic()
        for c in commands:
            subprocess.run(inside(*c), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        took = time.monotonic() - start
        best = took if best is None else min(best, took)
    return best


print('%-22s %9s %7s %7s %8s' % ('', 'its tool', 'text/', 'lint/', 'apply'))
for backend, (load, save) in TOOLS.items():
    for n in SIZES if backend == 'legacy' else [n for n in SIZES if n <= 10000]:
        subprocess.run(['ip', 'netns', 'add', NETNS], check=True)
        try:
            rules = subprocess.run([sys.executable, os.path.join(HERE, 'generate.py'), str(n),
                                    *(['nft'] if backend == 'nft' else [])], stdout=subprocess.PIPE, check=True).stdout
            subprocess.run(inside('sh', '-c', load), input=rules, check=True)
            tool = least(save)
            text = least([FWLINT, '--live=' + backend, '--dump', 'text'])
            lint = least([FWLINT, '--live=' + backend, '-q'])
            apply = least([FWLINT, '--live=' + backend, '--apply'], [FWLINT, 'rollback'])
            print('%-22s %8.2fs %7.2f %7.2f %7.2fs' % ('%s, %d rules' % (backend, n), tool, text / tool, lint / tool, apply),
                  flush=True)
        finally:
            subprocess.run(['ip', 'netns', 'del', NETNS], check=True)
