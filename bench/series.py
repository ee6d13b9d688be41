#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How the time and memory of a lint grow with rulesets of each hard kind (generate_*.py).

usage: series.py FWLINT [FAMILY ...]

Each family at n, 2n, 4n, 8n: user + system seconds, megabytes, and how much more each doubling takes. A run ends after
60 seconds of the processor; the rest of its series is left out, and said.
"""
import os
import resource
import subprocess
import sys
import tempfile

FWLINT = os.path.abspath(sys.argv[1])
HERE = os.path.dirname(os.path.abspath(__file__))
FIRST = {'base_chains': 50, 'calico': 100, 'diamonds': 5, 'drops': 10000, 'kube_proxy': 100, 'marks': 500, 'pairs': 5,
         'ports': 2000, 'zones': 50}
SECONDS = 60


def lint(path):
    """Seconds and megabytes; None: it took too long."""
    p = subprocess.Popen([FWLINT, '--quiet', path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                         preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS)))
    _, status, usage = os.wait4(p.pid, 0)
    if os.WIFSIGNALED(status):
        return None
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


with tempfile.TemporaryDirectory() as d:
    rules = os.path.join(d, 'rules')
    print('%-12s %8s %9s %7s %9s %7s' % ('', 'n', 'seconds', '', 'MB', ''))
    for family in sys.argv[2:] or sorted(FIRST):
        before = None
        for n in (FIRST[family] * k for k in (1, 2, 4, 8)):
            with open(rules, 'w') as f:
                subprocess.run([sys.executable, os.path.join(HERE, 'generate_%s.py' % family), str(n)], stdout=f, check=True)
            now = lint(rules)
            if not now:
                print('%-12s %8d more than %d seconds' % (family, n, SECONDS))
                break
            more = ['x %.1f' % (x / y) if y else '' for x, y in zip(now, before or (0, 0))]
            print('%-12s %8d %9.2f %7s %9.0f %7s' % (family, n, now[0], more[0], now[1], more[1]), flush=True)
            before = now
