#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What is installed, the library for other programs, and that the packages agree.  usage: packages.py FWLINT BUILD"""
import fnmatch
import os
import re
import shutil
import subprocess
import sys
import unittest

import common
from common import ROOT, Folder, argument, read, run

common.program()
BUILD = argument()
BAD = read(os.path.join(common.EXAMPLES, 'web-host.v4'))


def files_below(folder):
    return sorted(os.path.relpath(os.path.join(top, f), folder) for top, _, files in os.walk(folder) for f in files)


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = os.path.join(BUILD, 'installed-for-test')
        shutil.rmtree(cls.folder, ignore_errors=True)
        done = run('meson', 'install', '-C', BUILD, '--no-rebuild', '--quiet', '--destdir', cls.folder)
        assert done.returncode == 0, done.stdout + done.stderr
        cls.files = files_below(cls.folder)
        cls.prefix = os.path.join(cls.folder, next(f for f in cls.files if f.endswith('/bin/fwlint'))[:-len('/bin/fwlint')])

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def test_all_of_it_is_there(self):
        for pattern in ('*/bin/fwlint', '*/include/fwlint.h', '*/libfwlint.a', '*/pkgconfig/fwlint.pc', '*/man/man1/fwlint.1',
                        '*/man/man1/fwlint-lsp.1', '*/man/man5/fwlint.ini.5', '*/bash-completion/completions/fwlint', '*/site-functions/_fwlint',
                        '*/vendor_completions.d/fwlint.fish', '*/doc/fwlint/README.md', '*/doc/fwlint/CHANGELOG.md', '*/doc/fwlint/checks/FW102*.md',
                        '*/doc/fwlint/examples/lint.c', '*/doc/fwlint/integrations/git/pre-commit', '*/doc/fwlint/rules-examples/web-host.v4'):
            self.assertTrue(fnmatch.filter(self.files, pattern), pattern)
        self.assertFalse([f for f in self.files if f.endswith(('meson.build', '.o', '.pyc'))])

    def test_debian_takes_every_file_once(self):
        prefix = os.path.relpath(self.prefix, self.folder)
        names = [os.path.join('usr', os.path.relpath(f, prefix)).replace('/doc/fwlint/examples/', '/doc/libfwlint-dev/') for f in self.files]
        patterns = [(p, package) for package in ('fwlint', 'libfwlint-dev')
                    for p in read(os.path.join(ROOT, 'debian', package + '.install')).split()]
        for name in names:
            took = [package for p, package in patterns if fnmatch.fnmatch(name, p) or fnmatch.fnmatch(name, p + '/*')]
            with self.subTest(file=name):
                self.assertEqual(len(took), 1)
        for p, _ in patterns:
            self.assertTrue(fnmatch.filter(names, p + '*'), p)

    def pkg_config(self, *args):
        folder = os.path.dirname(next(os.path.join(self.folder, f) for f in self.files if f.endswith('/fwlint.pc')))
        env = dict(os.environ, PKG_CONFIG_LIBDIR=folder, PKG_CONFIG_SYSROOT_DIR=self.folder, PKG_CONFIG_ALLOW_SYSTEM_LIBS='1',
                   PKG_CONFIG_ALLOW_SYSTEM_CFLAGS='1')
        done = run('pkg-config', *args, 'fwlint', env=env)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.split()

    def compile(self, out, *args, compiler='cc'):
        done = run(compiler, *args, *self.pkg_config('--cflags', '--libs'), '-o', out)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_pkg_config_knows_the_version(self):
        version, = self.pkg_config('--modversion')
        self.assertEqual('fwlint ' + version, common.fwlint('--version').stdout.split('\n')[0])

    def test_the_example_of_the_library_finds_what_fwlint_finds(self):
        example = next(os.path.join(self.folder, f) for f in self.files if f.endswith('/lint.c'))
        program = os.path.join(self.folder, 'lint')
        self.compile(program, '-Wall', '-Wextra', '-Werror', example)
        for name in ('web-host.v4', 'workstation.nft', 'home-router.v4', 'server.json', 'server-fixed.nft'):
            text = read(os.path.join(common.EXAMPLES, name))
            with self.subTest(name=name):
                got = run(program, stdin=text)
                whole = common.fwlint('--no-config', '--no-include', '--severity', 'note', '--format', 'gcc', '-', stdin=text)
                wanted = re.sub(r'(?m): (.*) \[(FW\d+)\]$', r': \1 \2', whole.stdout)
                lines = [re.sub(r'^(\S+ \S+) (FW\d+) (.*)', r'\1 \3 \2', x) for x in got.stdout.split('\n') if re.match(r'stdin:\d', x)]
                self.assertEqual(lines, wanted.split('\n')[:-1])
                self.assertTrue(got.stdout.endswith(common.fwlint('--no-config', '--diff', '-', stdin=text).stdout))
        broken = run(program, stdin='*filter\n-A INPUT -p tpc\nCOMMIT\n')
        self.assertEqual(broken.returncode, 2)
        self.assertRegex(broken.stderr, r'^stdin:2:\d+: error: ')

    def test_options_and_nonsense_of_the_library(self):
        source = os.path.join(self.folder, 'try.c')
        with open(source, 'w', encoding='utf-8') as f:
            f.write('''#include <fwlint.h>
#include <stdio.h>
#include <string.h>
static void show(const char *name, const char *text, const struct fwlint_options *o)
{
	struct fwlint_report *r = fwlint_lint(name, text, strlen(text), o);
	struct fwlint_finding f;
	size_t n;
	printf("%s %zu", fwlint_error(r) ? fwlint_error(r) : "read", fwlint_count(r));
	for (size_t i = 0; fwlint_get(r, i, &f); i++)
		printf(" %s", f.code);
	fwlint_corrected(r, &n);
	printf(" %d %d\\n", strlen(fwlint_corrected(r, NULL)) == n, *fwlint_diff(r) != 0);
	fwlint_free(r);
}
int main(void)
{
	const char *bad = "*filter\\n:INPUT DROP\\n:OUTPUT ACCEPT\\n-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\\n-A INPUT -p tcp -j REJECT --reject-with tcp-reset\\nCOMMIT\\n";
	const struct fwlint_options select = { .select = "FW102" }, ignore = { .ignore = "FW10" }, unknown = { .select = "FW999" },
		dialect = { .dialect = "x" }, nft = { .dialect = "nft" };
	show("a", bad, NULL);
	show("a", bad, &select);
	show("a", bad, &ignore);
	show("a", bad, &unknown);
	show("a", bad, &dialect);
	show("-", bad, &select);
	show("a", "", NULL);
	show("a", "include \\"/etc/passwd\\"\\n", &nft);
	show("a\\x1b[31m", "nonsense", NULL);
	fwlint_free(NULL);
	return 0;
}
''')
        program = os.path.join(self.folder, 'try')
        self.compile(program, '-Wall', '-Wextra', '-Werror', source)
        got = run(program)
        self.assertEqual((got.returncode, got.stderr), (0, ''))
        lines = got.stdout.split('\n')[:-1]
        self.assertRegex(lines[0], r'^read \d+ .*FW102.* 1 1$')
        self.assertEqual(lines[1], 'read 1 FW102 1 1')
        self.assertNotIn('FW102', lines[2])
        self.assertTrue(lines[3].startswith("there is no check 'FW999' 0"), lines[3])
        self.assertTrue(lines[4].startswith("there is no dialect 'x' 0"), lines[4])
        self.assertEqual(lines[5], lines[1])
        self.assertEqual(lines[6], 'read 0 1 0')
        self.assertIn('files are not included', lines[7])
        self.assertNotIn('\x1b', got.stdout)

    def test_only_the_names_of_the_header_are_global(self):
        library = next(os.path.join(self.folder, f) for f in self.files if f.endswith('/libfwlint.a'))
        names = set(re.findall(r' [A-Z] (\w+)', run('nm', '-g', '--defined-only', library).stdout))
        declared = set(re.findall(r'\b(fwlint_\w+)\(', read(os.path.join(ROOT, 'include', 'fwlint.h'))))
        self.assertEqual({n for n in names if not n.startswith('__')}, declared)

    @unittest.skipUnless(shutil.which('g++'), 'no g++')
    def test_the_header_is_for_cxx_too(self):
        source = os.path.join(self.folder, 'x.cc')
        with open(source, 'w', encoding='utf-8') as f:
            f.write('#include <fwlint.h>\nint main() { return !*fwlint_version(); }\n')
        self.compile(os.path.join(self.folder, 'x'), source, compiler='g++')


class Packages(Folder):
    def test_all_have_the_version_of_the_source(self):
        version = re.search(r"version: '([\d.]+)'", read(os.path.join(ROOT, 'meson.build')))[1]
        for path, pattern in (('debian/changelog', r'^fwlint \((.*?)\)'), ('packaging/rpm/fwlint.spec', r'(?m)^Version: +(.*)$'),
                              ('packaging/alpine/APKBUILD', r'(?m)^pkgver=(.*)$'), ('packaging/openwrt/fwlint/Makefile', r'(?m)^PKG_VERSION:=(.*)$'),
                              ('CHANGELOG.md', r'(?m)^## (\S+)')):
            with self.subTest(path=path):
                self.assertEqual(re.search(pattern, read(os.path.join(ROOT, path)))[1], version)

    def test_debian_names_the_libraries_that_are_mapped_late(self):
        named = read(os.path.join(ROOT, 'debian', 'control'))
        for f in os.listdir(os.path.join(ROOT, 'src', 'late')):
            soname = re.search(r'"lib([\w.]+)\.so\.(\d[\d.]*)"', read(os.path.join(ROOT, 'src', 'late', f)))
            if soname:  # Debian's comes first
                with self.subTest(library=soname[0]):
                    self.assertRegex(named, r'\blib%s%s%s\b' % (re.escape(soname[1]), '-?', re.escape(soname[2])))

    def test_alpine_names_libraries_that_are_looked_for(self):
        looked_for = ''.join(read(os.path.join(ROOT, 'src', 'late', f)) for f in os.listdir(os.path.join(ROOT, 'src', 'late')))
        named = re.findall(r'so:(lib[\w.]+)', read(os.path.join(ROOT, 'packaging', 'alpine', 'APKBUILD')))
        self.assertTrue(named)
        for soname in named:
            self.assertIn('"%s"' % soname, looked_for)

    @unittest.skipUnless(shutil.which('rpmlint') and shutil.which('rpmspec'), 'no rpmlint')
    def test_rpm_reads_the_spec(self):
        spec = os.path.join(ROOT, 'packaging', 'rpm', 'fwlint.spec')
        self.assertEqual(run('rpmspec', '-P', spec).returncode, 0)
        self.assertIn(' 0 errors', run('rpmlint', spec).stdout)

    def test_the_shells_read_the_recipes(self):
        for path in ('packaging/alpine/APKBUILD', 'scripts/archive.sh', 'scripts/test-debian.sh', 'scripts/test-rpm.sh'):
            self.assertEqual(run('sh', '-n', os.path.join(ROOT, path)).returncode, 0, path)

    @unittest.skipUnless(shutil.which('make'), 'no make')
    def test_make_reads_the_recipe_of_openwrt(self):
        for name in ('rules.mk', 'package.mk', 'meson.mk'):
            open(os.path.join(self.dir, name), 'w', encoding='utf-8').close()
        done = subprocess.run(['make', '-n', '-f', os.path.join(ROOT, 'packaging', 'openwrt', 'fwlint', 'Makefile'), 'TOPDIR=' + self.dir,
                               'INCLUDE_DIR=' + self.dir, '--eval', 'all:'], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ''))


if __name__ == '__main__':
    sys.exit(common.main())
