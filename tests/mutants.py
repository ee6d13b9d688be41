#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Mutants of rules-examples and of JSON listings through every output and
command: never a crash, never a document that is broken, never a byte that
steers a terminal.  usage: mutants.py FWLINT [COUNT [SEED]]"""
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import unicodedata

import common
from common import EXAMPLES

FWLINT = common.program()
COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 200
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 1

COMMANDS = [(), ('--quiet',), ('--unsafe-fixes',), ('--format', 'json'), ('--format', 'json', '--unsafe-fixes'),
            ('--format', 'commands', '--unsafe-fixes'), ('--diff',), ('--fix', '--unsafe-fixes'), ('--dump', 'ast'),
            ('--dump', 'flow'), ('--dump', 'text'), ('--apply', '--dry-run'), ('compare',), ('compare', '--format', 'json'),
            ('--sysctl',), ('--dialect', 'iptables'), ('--dialect', 'nft'), ('--dialect', 'nft-json')]
BYTES = [b'\x00', b'\x1b[2J', b'\r', b'\n', b'\\', b'"', b"'", b'\xff', b'\xe2\x80\xae', b'\xc2\x9b', b'##vso[', b'::error::',
         b'\\x1b', b'%s%n', b'{', b'}', b';', b'-' * 70, b'9' * 40, b'1:0', b'::/0', b'!', b'*', b'$x', b'include "*"', b'#']
VALUES = [True, False, None, 0, -1, 2 ** 70, 1.5, '', 'a\x01b', 'a"b\\', '\U0001f600', '\u202e', [], {}, [[]], [None], {'a': 1},
          '-', '0x', 'x' * 300, '*', {'set': []}, {'range': [1]}, {'prefix': {}}, {'elem': {}}, {'&': []}, {'concat': [1]}]


def mutate_json(r, doc):
    """Replaces, removes, doubles or renames at a place of the document."""
    places = []

    def walk(j):
        for k in (range(len(j)) if isinstance(j, list) else list(j)):
            places.append((j, k))
            if isinstance(j[k], (dict, list)):
                walk(j[k])
    walk(doc)
    for _ in range(r.choice((1, 1, 1, 2, 3))):
        j, k = r.choice(places)
        try:
            what = r.randrange(5)
            if what <= 1:
                j[k] = r.choice(VALUES)
            elif what == 2:
                del j[k]
            elif what == 3:
                other, key = r.choice(places)
                j[k] = json.loads(json.dumps(other[key]))
            elif isinstance(j, dict):
                j[r.choice(['', 'accept', 'rule', 'a\x01', 'set', 'drop', 'vmap', 'jump'])] = j.pop(k)
            else:
                j.insert(k, j[k])
        except (KeyError, IndexError, ValueError, RecursionError):
            pass
    return json.dumps(doc, indent=r.choice((None, 1, 2, '\t')), ensure_ascii=r.random() < 0.5).encode('utf-8', 'surrogatepass')


def mutate_text(r, text, other):
    for _ in range(r.choice((1, 1, 2, 4))):
        at = r.randrange(len(text) + 1)
        end = min(len(text), at + r.choice((0, 1, 3, 10, 60)))
        what = r.randrange(6)
        if what <= 2:
            text = text[:at] + r.choice(BYTES) + text[end if what == 1 else at:]
        elif what == 3:
            text = text[:at] + text[end:]
        elif what == 4:
            text = text[:end] + text[at:]
        else:
            lines, more = text.split(b'\n'), other.split(b'\n')
            lines.insert(r.randrange(len(lines) + 1), r.choice(more + lines))
            text = b'\n'.join(lines)
    return text


def is_visible(out):
    try:
        text = out.decode('utf-8')
    except UnicodeDecodeError:
        return False
    return all(c in '\n\t' or unicodedata.category(c) not in ('Cc', 'Cf', 'Zl', 'Zp') for c in text) and \
        not re.search(r'^\s*::[a-z]|##[a-z]*\[', text, re.M)


def wrong(args, code, out, err):
    """What is wrong with that run, or None."""
    if code not in (0, 1, 2) or b'Sanitizer' in err or b'runtime error' in err or b'internal error' in err:
        return 'exit status %d' % code
    if not is_visible(err):
        return 'standard error is not visible'
    raw = args[:1] in (('--diff',), ('--fix',)) or 'text' in args or '--apply' in args
    if not raw and not is_visible(re.split(rb'^--- ', out, maxsplit=1, flags=re.M)[0]):
        return 'standard output is not visible'
    if ('json' in args or 'ast' in args or 'flow' in args) and (out or code < 2):
        try:
            json.loads(out)
        except ValueError as e:
            return 'no JSON: %s' % e
    return None


def main():
    names = sorted(os.listdir(EXAMPLES))
    texts = {name: common.read(os.path.join(EXAMPLES, name), mode='rb') for name in names}
    began, failed = time.time(), 0
    with tempfile.TemporaryDirectory() as folder:
        path, other = os.path.join(folder, 'mutant'), os.path.join(folder, 'other')
        for i in range(COUNT):
            r = random.Random('%d/%d' % (SEED, i))
            name = 'server.json' if r.random() < 0.4 else r.choice(names)
            if name.endswith('.json'):
                text = mutate_json(r, json.loads(texts[name]))
            else:
                text = mutate_text(r, texts[name], texts[r.choice(names)])
            common.write(path, text)
            common.write(other, texts[name])
            args = r.choice(COMMANDS)
            if '--sysctl' in args:
                command = [FWLINT, '--sysctl', path, other]
            else:
                command = [FWLINT, *args, *([other] if 'compare' in args else []), path]
            try:
                p = subprocess.run(command, capture_output=True, timeout=60, stdin=subprocess.DEVNULL, cwd=folder)
                why = wrong(args, p.returncode, p.stdout, p.stderr)
            except subprocess.TimeoutExpired:
                why = 'it takes more than 60 seconds'
            if why:
                failed += 1
                print('FAIL seed %d mutant %d of %s, %s: %s' % (SEED, i, name, ' '.join(args), why), flush=True)
                if why.startswith('exit'):
                    print(p.stderr.decode('utf-8', 'replace')[-1500:], flush=True)
                common.write(os.path.join(tempfile.gettempdir(), 'mutant-%d-%d' % (SEED, i)), text)
    print('%d mutants, %d failed, seed %d, %.0f s' % (COUNT, failed, SEED, time.time() - began))
    return 1 if failed else 0


if __name__ == '__main__':
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())
