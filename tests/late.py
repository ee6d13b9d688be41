#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Libraries are mapped when they are needed (include/fwlint/late.h).  usage: late.py FWLINT"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

FWLINT = os.path.abspath(sys.argv.pop(1))
HERE = os.path.dirname(os.path.abspath(__file__))
RULES = os.path.join(HERE, '..', 'rules-examples', 'home-router.v4')


def mapped(*args, **env):
    """The libraries that a run opens, as the dynamic loader names them (ld.so(8): LD_DEBUG)."""
    r = subprocess.run([FWLINT, '--no-config', *args], env={**os.environ, 'LD_DEBUG': 'files', **env},
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    return set(re.findall(r'file=(lib\w+)\.so', r.stderr)) - {'libc'}


class Late(unittest.TestCase):
    def setUp(self):
        with open(FWLINT, 'rb') as f:
            program = f.read()
        if b'__asan_init' in program or b'__ubsan_handle' in program:  # of gcc by a library, of clang in the program
            self.skipTest('the sanitizers bring libraries of their own')

    def test_a_plain_lint_maps_none_but_libc(self):
        for args in ((RULES,), ('--diff', RULES), ('--fix', RULES), ('compare', RULES, RULES), ('--help',)):
            with self.subTest(args=args):
                self.assertEqual(mapped(*args) - {'libdl', 'libgcov'}, set())

    def test_json_maps_jansson_only(self):
        self.assertEqual(mapped('--format', 'json', RULES), {'libjansson'})

    def test_a_missing_library_is_named(self):
        # a library of that name which is none stands first in the search (ld.so(8): LD_LIBRARY_PATH)
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, 'libjansson.so.4'), 'w') as f:
                f.write('no library' * 100)
            r = subprocess.run([FWLINT, '--no-config', '--format', 'json', RULES], env={**os.environ, 'LD_LIBRARY_PATH': folder},
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
        self.assertEqual(r.returncode, 3)
        self.assertIn('fwlint: a library is missing: ', r.stderr)
        self.assertIn('libjansson.so.4', r.stderr)

    def test_the_sonames_of_other_systems_are_tried(self):
        # Debian's inih and libpcap have a soname of their own: Fedora and Alpine have libinih.so.0 and libpcap.so.1
        for library, ours, others, args in (('inih', 'libinih.so.1', 'libinih.so.0', ('--config', '/dev/null', RULES)),
                                            ('pcap', 'libpcap.so.0.8', 'libpcap.so.1', ('resets', '/dev/null'))):
            real = subprocess.run(['cc', '-print-file-name=lib%s.so' % library], stdout=subprocess.PIPE, check=True).stdout.decode().strip()
            with self.subTest(library=library), tempfile.TemporaryDirectory() as folder:
                with open(os.path.join(folder, ours), 'w') as f:
                    f.write('no library' * 100)
                os.symlink(os.path.realpath(real), os.path.join(folder, others))
                r = subprocess.run([FWLINT, *args], env={**os.environ, 'LD_LIBRARY_PATH': folder, 'LD_DEBUG': 'files'},
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
                self.assertIn('calling init: %s' % os.path.join(folder, others), r.stderr)
                self.assertNotIn('a library is missing', r.stderr)

    def test_the_lists_of_names_are_as_the_script_writes_them(self):
        r = subprocess.run([sys.executable, os.path.join(HERE, '..', 'scripts', 'late.py'), '--check'],
                           stdout=subprocess.PIPE, universal_newlines=True)
        self.assertEqual(r.returncode, 0, r.stdout)


unittest.main()
