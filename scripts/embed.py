#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes C with the style sheet and the script of the page (--format html), and their hashes for its Content-Security-Policy.

usage: embed.py PAGE.css PAGE.js OUT.c
"""
import base64
import hashlib
import sys

HEAD = """/* Made by scripts/embed.py. */
#include <fwlint/base.h>

extern const struct str page_css, page_js;
extern const char page_css_hash[], page_js_hash[];
"""


def main():
    css, js, out = sys.argv[1:]
    with open(out, 'w', encoding='ascii') as f:
        f.write(HEAD)
        for name, path in (('css', css), ('js', js)):
            with open(path, 'rb') as text:
                data = text.read()
            digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
            f.write('\nconst char page_%s_hash[] = "sha256-%s";\nstatic const char %s[] = {\n' % (name, digest, name))
            for i in range(0, len(data), 20):
                f.write('\t' + ' '.join('%d,' % (b if b < 128 else b - 256) for b in data[i:i + 20]) + '\n')
            f.write('\t0\n};\nconst struct str page_%s = { %s, %d };\n' % (name, name, len(data)))


main()
