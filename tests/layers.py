#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The include block of each file may name only layers below its own.

The table is the one of docs/architecture.md, which this test reads, so that
the page is what is enforced.  usage: layers.py SOURCE_ROOT
"""
import os
import re
import runpy
import sys
import unittest

ROOT = os.path.abspath(sys.argv.pop(1))


def read(path):
    with open(path) as f:
        return f.read()


def table():
    rows = {}
    for line in read(os.path.join(ROOT, 'docs', 'architecture.md')).split('\n'):
        m = re.match(r'\| `(\w+)` \|[^|]*\| ([^|]*)\|', line)
        if m:
            rows[m[1]] = set(m[2].split())
    return rows


def layer_of(header):
    """include/fwlint/LAYER.h is a layer's contract, LAYER_matter.h one more part of it."""
    return header.split('_')[0]


def sources():
    for top, _, files in os.walk(os.path.join(ROOT, 'src')):
        for f in files:
            if f.endswith(('.c', '.h')):
                yield os.path.relpath(os.path.join(top, f), ROOT)


class Layers(unittest.TestCase):
    def test_table_has_every_folder(self):
        self.assertEqual(set(next(os.walk(os.path.join(ROOT, 'src')))[1]), set(table()))

    def test_each_folder_builds_its_files_sorted_and_each_once(self):
        for top, _, files in os.walk(os.path.join(ROOT, 'src')):
            with self.subTest(folder=top):
                lists = re.findall(r'files\(\n((?: *\'[^\']*\',\n)*) *\)', read(os.path.join(top, 'meson.build')))
                lists = [re.findall(r"'(.*)'", names) for names in lists]
                self.assertEqual(lists, [sorted(names) for names in lists])
                self.assertEqual(sorted(sum(lists, [])), sorted(f for f in files if f.endswith('.c')))

    def test_files_include_only_what_their_layer_may_use(self):
        rows = table()
        for path in sources():
            layer = path.split('/')[1]
            text = read(os.path.join(ROOT, path))
            for used in re.findall(r'#include <fwlint/(\w+)\.h>', text):
                with self.subTest(path=path, used=used):
                    self.assertTrue(layer_of(used) == layer or layer_of(used) in rows[layer],
                                    '%s may not use %s' % (path, used))

    def test_headers_include_only_what_their_layer_may_use(self):
        rows = table()
        for f in sorted(os.listdir(os.path.join(ROOT, 'include', 'fwlint'))):
            layer = layer_of(f[:-2])
            text = read(os.path.join(ROOT, 'include', 'fwlint', f))
            for used in re.findall(r'#include <fwlint/(\w+)\.h>', text):
                with self.subTest(header=f, used=used):
                    self.assertIn(layer_of(used), rows[layer] | {layer})

    def test_only_cli_and_report_print_or_end_the_program(self):
        words = r'\b(printf|fprintf|fputs|puts|exit|perror)\('
        for path in sources():
            layer = path.split('/')[1]
            # libxtables prints: src/live/legacy.c does it in a child, and reads what that printed
            if layer in ('cli', 'report') or path in ('src/base/arena.c', 'src/late/late.c', 'src/live/legacy.c'):
                continue
            with self.subTest(path=path):
                self.assertIsNone(re.search(words, read(os.path.join(ROOT, path))))

    def test_the_environment_is_read_where_options_are_known_only(self):
        for path in sources():
            if path.split('/')[1] not in ('cli', 'report', 'job'):
                with self.subTest(path=path):
                    self.assertIsNone(re.search(r'\bgetenv\(', read(os.path.join(ROOT, path))))

    def test_text_of_the_input_is_printed_by_say_only(self):
        # say() makes visible what would steer a terminal or forge a line; these write literals, or JSON by json_print()
        others = ('say.c', 'explain.c', 'json.c', 'json_util.c', 'dump.c')
        words = r'\b(v?f?printf|puts|putchar|fwrite|json_dump\w*)\(|\bfputs\((?!")'
        for path in sources():
            if path.split('/')[1] in ('cli', 'report') and os.path.basename(path) not in others:
                with self.subTest(path=path):
                    found = re.search(words, read(os.path.join(ROOT, path)))
                    self.assertIsNone(found, 'use say() or say_text() of <fwlint/report.h>')

    def test_json_is_written_by_json_print_only(self):
        for path in sources():
            if path.split('/')[1] == 'report' and not path.endswith('/json_util.c'):
                with self.subTest(path=path):
                    text = read(os.path.join(ROOT, path))
                    self.assertIsNone(re.search(r'json_dump', text), 'use json_print() of "json_util.h"')
                    self.assertIsNone(re.search(r'json_string\((?!")', text), 'use json_text() or json_words()')

    def test_the_libraries_of_the_kernel_are_used_in_live_only(self):
        for path in sources():
            if path.split('/')[1] not in ('late', 'live'):
                with self.subTest(path=path):
                    self.assertIsNone(re.search(r'#include <(libnftnl/|nftables/|libiptc/|xtables|fwlint/late_(nft|ip|xt))', read(os.path.join(ROOT, path))))

    def test_netlink_is_spoken_in_its_layer_and_above_only(self):
        for path in sources():
            if path.split('/')[1] not in ('late', 'netlink', 'live'):
                with self.subTest(path=path):
                    self.assertIsNone(re.search('#include <(libmnl/|fwlint/late_mnl)', read(os.path.join(ROOT, path))))

    def test_private_headers_stay_in_their_folder(self):
        for path in sources():
            folder = os.path.dirname(os.path.join(ROOT, path))
            for h in re.findall(r'#include "([^"]+)"', read(os.path.join(ROOT, path))):
                with self.subTest(path=path, header=h):
                    self.assertTrue(os.path.exists(os.path.join(folder, h)))

    def test_nft_was_asked_for_the_values_of_each_selector(self):
        sys.argv = ['values.py', 'fwlint']
        values = runpy.run_path(os.path.join(ROOT, 'tests', 'kernel', 'values.py'))
        asked = [(values['CHAINS'][where][0], s) for where, text in values['SELECTORS'].items()
                 for s in values['split'](text)]
        answers = read(os.path.join(ROOT, 'tests', 'forms', 'nft-values.txt')).split('\n')[2:-1]
        self.assertEqual([tuple(line.split('\t')[:2]) for line in answers], asked)  # else values.py --write
        left_out = values['split']('|'.join(values['NOT_ASKED'].values()))
        nft = os.path.join(ROOT, 'src', 'dialect', 'nft')
        names = re.findall(r'ROW\("([^"]*)"', read(os.path.join(nft, 'selector.c')))
        types = re.findall(r'\{ "([^"]*)", (?:"([^"]*)", )?(NUMBER|\{)', read(os.path.join(nft, 'selector_type.c')))
        names += [head if not tail and head[-1:] != ' ' else head + '*' + tail for head, tail, _ in types]
        self.assertGreater(len(names), 200)
        for name in names:
            # meta may be left out; some keys of ct need a direction, or a protocol in front
            form = re.escape(name).replace(r'\*', '.*').replace('meta\\ ', '(meta )?')
            form = form.replace('ct\\ ', '(meta l4proto tcp )?ct (original |reply )?')
            with self.subTest(selector=name):
                self.assertNotEqual(any(re.fullmatch(form, s) for _, s in asked), name in left_out)

    def test_each_format_and_command_is_in_its_list(self):
        for what, folder, name in (('format', 'report', 'format.c'), ('command', 'cli', 'commands.c')):
            listed = read(os.path.join(ROOT, 'src', folder, name))
            texts = [read(os.path.join(ROOT, path)) for path in sources() if path.split('/')[1] == folder]
            names = re.findall(r'^const struct %s (\w+) = \{' % what, '\n'.join(texts), re.M)
            self.assertGreater(len(names), 3)
            for n in names:
                with self.subTest(name=n):
                    self.assertIn('\tX(%s)' % n.replace(what + '_', '', 1), listed)

    def test_each_check_is_in_the_list_and_has_examples(self):
        listed = read(os.path.join(ROOT, 'src', 'checks', 'list.c'))
        for f in os.listdir(os.path.join(ROOT, 'src', 'checks')):
            if f in ('list.c',) or not f.endswith('.c'):
                continue
            with self.subTest(check=f):
                self.assertIn('\tX(%s)' % f[:-2], listed)
                self.assertIn('.examples = examples', read(os.path.join(
                    ROOT, 'src', 'checks', f)))


if __name__ == '__main__':
    unittest.main(verbosity=2)
