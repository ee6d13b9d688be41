#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The program is built hardened: each sign of it in the file itself.  usage: hardening.py FWLINT"""
import os
import platform
import re
import subprocess
import unittest

import common

FWLINT = common.program()
X86 = platform.machine() in ('x86_64', 'i686', 'i386')


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True, env=dict(os.environ, LC_ALL='C')).stdout


class Hardening(unittest.TestCase):
    def test_it_is_position_independent(self):
        self.assertRegex(output('readelf', '-h', FWLINT), r'Type:\s+DYN')
        self.assertRegex(output('readelf', '-d', FWLINT), r'FLAGS_1.*\bPIE\b')

    def test_relocations_are_read_only(self):
        self.assertIn('GNU_RELRO', output('readelf', '-lW', FWLINT))

    def test_all_symbols_are_bound_at_the_start(self):
        self.assertRegex(output('readelf', '-d', FWLINT), r'FLAGS_1.*\bNOW\b|BIND_NOW')

    def test_the_stack_is_not_executable(self):
        self.assertRegex(output('readelf', '-lW', FWLINT), r'GNU_STACK.*\bRW\s')

    def test_functions_with_arrays_guard_their_return_address(self):
        self.assertIn('__stack_chk_fail', output('readelf', '--dyn-syms', '-W', FWLINT))
        # strong: also where an array is short; str_char() and main() have none, read_address() has one of 16 bytes
        code = output('objdump', '-d', '--no-show-raw-insn', FWLINT)
        guarded = len(re.findall(r'call.*__stack_chk_fail', code))
        self.assertGreater(guarded, 50, 'functions with a guard')

    def test_calls_of_the_c_library_know_the_size_of_their_buffer(self):
        self.assertRegex(output('readelf', '--dyn-syms', '-W', FWLINT), r'__v?snprintf_chk')

    @unittest.skipUnless(X86, 'another instruction')
    def test_large_frames_touch_each_page(self):
        # gcc: or $0,(%rsp); clang: mov $0,(%rsp), behind sub $0x1000,%rsp
        code = output('objdump', '-d', '--no-show-raw-insn', FWLINT)
        self.assertRegex(code, r'sub +\$0x1000,%[re]sp\n.*(or|mov)[lq]? +\$0x0,(0x[0-9a-f]+)?\(%[re]sp\)')

    @unittest.skipUnless(X86, 'another instruction')
    def test_functions_begin_with_a_landing_pad(self):
        code = output('objdump', '-d', '--no-show-raw-insn', '--disassemble=main', FWLINT)
        self.assertRegex(code, r'<main>:\n.*endbr')


if __name__ == '__main__':
    common.main()
