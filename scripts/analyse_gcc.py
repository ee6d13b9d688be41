#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""gcc -fanalyzer on one file, with the options that it is built with.  usage: analyse_gcc.py BUILD_FOLDER FILE"""
import json
import os
import shlex
import subprocess
import sys

FOLDER, FILE = sys.argv[1:]
# -O2 makes its paths hard to follow and adds none; a shallow limit keeps each file below a minute
# what is allocated belongs to an arena, which is freed as a whole: gcc takes each block for lost
MORE = ['-fanalyzer', '-Wno-analyzer-malloc-leak', '-fdiagnostics-color=never', '-O0', '-U_FORTIFY_SOURCE', '-Werror', '-o', os.devnull]

for entry in json.load(open(os.path.join(FOLDER, 'compile_commands.json'))):
    if os.path.realpath(os.path.join(entry['directory'], entry['file'])) != os.path.realpath(FILE):
        continue
    words = shlex.split(entry['command'])
    words = words[next(i for i, w in enumerate(words) if w.startswith('-')):]
    del words[words.index('-o'):words.index('-o') + 2]
    for option in ('-MD', '-MQ', '-MF'):
        if option in words:
            at = words.index(option)
            del words[at:at + (1 if option == '-MD' else 2)]
    sys.exit(subprocess.run(['gcc', *words, *MORE], cwd=entry['directory']).returncode and 1)
sys.exit('%s: not in %s' % (FILE, FOLDER))
