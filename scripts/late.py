#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes include/fwlint/late_NAME.h and src/late/NAME.c for the libraries that are bound late (include/fwlint/late.h).

usage: late.py [--check]      (--check: only says what would change, exit status 1)

Bound is what the files of src name of what the library exports (nm of binutils): there is no list to keep.
"""
import os
import re
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')

# library: (sonames, beginning of its names, headers); where Debian has a soname of its own, that of others comes second
LIBRARIES = {
    'inih': ('libinih.so.1 libinih.so.0', 'ini_', ['ini.h']),
    'ip4tc': ('libip4tc.so.2', 'iptc_', ['libiptc/libiptc.h']),
    'ip6tc': ('libip6tc.so.2', 'ip6tc_', ['libiptc/libip6tc.h']),
    'jansson': ('libjansson.so.4', 'json_', ['jansson.h']),
    'mnl': ('libmnl.so.0', 'mnl_', ['libmnl/libmnl.h']),
    'nftables': ('libnftables.so.1', 'nft_', ['nftables/libnftables.h']),
    'nftnl': ('libnftnl.so.11', 'nftnl_', ['libnftnl/chain.h', 'libnftnl/expr.h', 'libnftnl/gen.h', 'libnftnl/object.h',
                                          'libnftnl/rule.h', 'libnftnl/set.h', 'libnftnl/table.h']),
    'pcap': ('libpcap.so.0.8 libpcap.so.1', 'pcap_', ['pcap/pcap.h']),
    'xtables': ('libxtables.so.12', 'xtables_', ['xtables.h']),
}
# Inline functions of the libraries' headers call these, so they get a function of ours: result, parameters, call.
INLINE = {'json_delete': ('void', 'json_t *json', '(json)'),
          'json_object_update': ('int', 'json_t *object, json_t *other', '(object, other)')}
HEAD = '/* SPDX-License-Identifier: GPL-2.0-or-later */\n/* Written by scripts/late.py. */\n'


def words():
    found = set()
    for top, _, files in [*os.walk(os.path.join(ROOT, 'src')), *os.walk(os.path.join(ROOT, 'include'))]:
        for f in files:
            if f.startswith('late_'):
                continue
            with open(os.path.join(top, f), encoding='utf-8') as text:
                code = re.sub(r'/\*.*?\*/', '', text.read(), flags=re.S)
                found |= set(re.findall(r'\w+', code))
    return found


def exported(library, prefix):
    path = subprocess.run(['cc', '-print-file-name=lib%s.so' % library], check=True, stdout=subprocess.PIPE).stdout
    symbols = subprocess.run(['nm', '-D', '--defined-only', path.strip()], check=True, stdout=subprocess.PIPE).stdout
    return set(re.findall(r' [A-Z] (%s\w+)' % prefix, symbols.decode()))


def macros(headers):
    """What the macros of the headers name."""
    text = subprocess.run(['cc', '-E', '-dM', '-'], input=''.join('#include <%s>\n' % h for h in headers).encode(), check=True,
                          stdout=subprocess.PIPE).stdout.decode()
    return {m[1]: set(re.findall(r'\w+', m[2])) for m in re.finditer(r'^#define (\w+)(.*)', text, re.M)}


def used_of(symbols, seen, headers):
    hidden = set()
    for macro, named in macros(headers).items():
        if macro in seen:
            hidden |= named
    return symbols & (seen | hidden)


def header(name, headers, used, inline):
    guard, macro = 'FWLINT_LATE_%s_H' % name.upper(), 'LATE_' + name.upper()
    lines = ['#ifndef ' + guard, '#define ' + guard, '', '#include <fwlint/late.h>', '']
    lines += ['#define %s late_%s' % (x, x) for x in inline]
    lines += ['#include <%s>' % h for h in headers]
    lines += ['', '// clang-format off', '#define %s(X) \\' % macro] + [' \\\n'.join('\tX(%s)' % x for x in used)]
    lines += ['', 'LATE_DECLARE(%s, %s)' % (name, macro), '']
    lines += ['#define %s (*late_now_%s()->at_%s)' % (x, name, x) for x in used if x not in inline]
    return lines + ['// clang-format on', '', '#endif']


def code(name, sonames, inline):
    lines = ['#include <fwlint/late_%s.h>' % name, '', 'LATE_DEFINE(%s, LATE_%s, "%s")' % (name, name.upper(), '", "'.join(sonames.split()))]
    for x in inline:
        result, parameters, call = INLINE[x]
        lines += ['', '#undef ' + x, '%s late_%s(%s)' % (result, x, parameters), '{',
                  '\t%slate_now_%s()->at_%s%s;' % ('return ' if result != 'void' else '', name, x, call), '}']
    return lines


def main():
    seen, wrong = words(), []
    for name, (sonames, prefix, headers) in LIBRARIES.items():
        symbols = exported(name, prefix)
        inline = [x for x in INLINE if x in symbols]
        files = {'include/fwlint/late_%s.h' % name: header(name, headers, sorted(used_of(symbols, seen, headers) | set(inline)), inline),
                 'src/late/%s.c' % name: code(name, sonames, inline)}
        for path, lines in files.items():
            path, text = os.path.join(ROOT, path), HEAD + '\n'.join(lines) + '\n'
            old = None
            if os.path.exists(path):
                with open(path, encoding='utf-8') as f:
                    old = f.read()
            if text != old:
                wrong.append(os.path.relpath(path, ROOT))
                if '--check' not in sys.argv:
                    with open(path, 'w', encoding='utf-8') as f:
                        f.write(text)
    for path in wrong:
        print(path, 'is not as scripts/late.py writes it' if '--check' in sys.argv else 'written')
    sys.exit(1 if wrong and '--check' in sys.argv else 0)


if __name__ == "__main__":
    main()
