#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Input that cannot be loaded: each error has a code, a page, a place in every format, and stays.

usage: errors.py FWLINT
"""
import json
import os
import re
import unittest

import common
from common import ROOT, Folder, outcome, read, run, write

common.program()

CODES = {line.split()[0]: line.split()[1] for line in outcome('checks')[1].strip().split('\n') if common.is_error(line.split()[0])}


def examples(code):
    """(dialect, what is found, what to use instead) of the page."""
    return re.findall(r'^Found:\n\n```([\w-]+)\n(.*?)```\n\nUse instead:\n\n```[\w-]+\n(.*?)```\n',
                      read(os.path.join(ROOT, 'docs', 'checks', code + '.md')), re.M | re.S)


def errors(*args, stdin):
    code, out, _ = outcome('--format', 'json', *args, stdin=stdin)
    return code, [e['code'] for e in json.loads(out)['inputs'][0]['errors']]


class Pages(unittest.TestCase):
    def test_there_is_one_for_each_kind_that_the_readers_report(self):
        kinds = re.findall(r'^\tERROR_\w+ = (\d+)', read(os.path.join(ROOT, 'include', 'fwlint', 'source.h')), re.M)
        self.assertEqual(sorted(CODES), sorted('FW%03d' % int(k) for k in kinds if k != '0'))

    def test_each_example_is_an_error_of_its_code_and_of_no_other(self):
        for code in CODES:
            self.assertTrue(examples(code), code)
            for dialect, bad, good in examples(code):
                with self.subTest(code=code, dialect=dialect, text=bad):
                    self.assertEqual(errors(stdin=bad), (2, [code]))
                    self.assertEqual(outcome('--select', 'FW0', stdin=good)[0], 0)

    def test_explain_tells_them(self):
        for code, name in CODES.items():
            for word in (code, code.lower(), name):
                status, out, _ = outcome('explain', word)
                self.assertEqual(status, 0)
                self.assertTrue(out.startswith('%s %s (error of the input, exit status 2' % (code, name)), out[:80])


class Kept(Folder):
    """Nothing makes an error of the input go away."""

    def setUp(self):
        super().setUp()
        self.bad = {code: examples(code)[0][1] for code in CODES}

    def test_ignore_and_select_leave_it(self):
        for code, bad in self.bad.items():
            for args in (('--ignore', code), ('--ignore', CODES[code].upper()), ('--ignore', 'FW0'), ('--select', 'FW102'),
                         ('--select', 'FW102', '--extend-select', 'FW103'), ('--exit-zero',), ('--fail-on', 'error'), ('--quiet',)):
                with self.subTest(code=code, args=args):
                    self.assertEqual(errors(*args, stdin=bad), (2, [code]))

    def test_who_ignores_it_is_told(self):
        for code in CODES:
            err = outcome('--ignore', 'FW105,' + code.lower(), stdin='*filter\nCOMMIT\n')[2]
            self.assertIn('note: %s cannot be ignored' % code, err)
        self.assertEqual(outcome('--ignore', 'FW0,FW002', stdin='*filter\nCOMMIT\n')[2], '')

    def test_a_comment_allows_none(self):
        for code, bad in self.bad.items():
            if bad.startswith('Chain'):
                continue
            mark = '# fwlint: allow-file %s we know better\n' % code
            self.assertEqual(errors(stdin=mark + bad), (2, [code]))
            code_, out, _ = outcome(stdin=mark + '*filter\n-A INPUT -j ACCEPT\nCOMMIT\n')
            self.assertEqual(code_, 1)
            self.assertIn('FW901 this allows nothing: %s is an error of the input, which cannot be allowed' % code, ' '.join(out.split()))

    def test_a_baseline_holds_none(self):
        for code, bad in self.bad.items():
            path, base = write(os.path.join(self.dir, 'rules'), bad), os.path.join(self.dir, 'baseline.json')
            status, out, _ = outcome('--write-baseline', base, path)
            self.assertEqual(status, 2, out)
            error = json.loads(outcome('--format', 'json', path)[1])['inputs'][0]['errors'][0]
            write(base, json.dumps({'version': 1, 'findings': [{'file': 'rules', 'code': code, 'fingerprint': '0' * 32,
                                                                'line': error['line'], 'message': error['message']}]}))
            status, out, err = outcome('--baseline', base, '--format', 'json', path)
            self.assertEqual(status, 2)
            self.assertIn(error['message'], err)

    def test_a_configuration_changes_none(self):
        for code, bad in self.bad.items():
            write(os.path.join(self.dir, '.fwlint.ini'), '[fwlint]\nignore = %s\n[fwlint:per-file-ignore]\n* = %s\n' % (code, code))
            path = write(os.path.join(self.dir, 'rules'), bad)
            status, out, _ = outcome('--format', 'json', 'rules', cwd=self.dir)
            self.assertEqual((status, [e['code'] for e in json.loads(out)['inputs'][0]['errors']]), (2, [code]))
            write(os.path.join(self.dir, '.fwlint.ini'), '[fwlint:severity]\n%s = note\n' % code)
            status, _, err = outcome(path, cwd=self.dir)
            self.assertEqual(status, 2)
            self.assertIn('%s is an error of the input: its severity cannot be changed' % code, err)


class Formats(Folder):
    def test_each_has_the_code_and_the_place(self):
        for code in CODES:
            for n, (_, bad, _) in enumerate(examples(code)):
                write(os.path.join(self.dir, 'rules'), bad)
                doc = json.loads(outcome('--format', 'json', 'rules', cwd=self.dir)[1])
                e = doc['inputs'][0]['errors'][0]
                self.assertEqual((e['code'], e['name'], e['file']), (code, CODES[code], 'rules'))
                line, column = e['line'], e['column']
                self.assertGreaterEqual((line, column), (1, 1))
                for name, words in (
                        ('gcc', 'rules:%d:%d: error: .* \\[%s\\]\n' % (line, column, code)),
                        ('github', '::error file=rules,line=%d,.*,title=%s %s::' % (line, code, CODES[code])),
                        ('gitlab', '"check_name": "%s",(.|\n)*"begin": %d,' % (CODES[code], line)),
                        ('checkstyle', '<error line="%d" column="%d" severity="error" .* source="fwlint.%s"/>' % (line, column, code)),
                        ('junit', 'name="%s, line %d" time="0">\n *<error type="%s" (.|\n)*>rules:%d:%d: error: ' % (
                            code, line, code, line, column)),
                        ('html', '<b>error %s</b> rules:%d:%d: ' % (code, line, column)),
                        ('sarif', '"id": "%s",\n *"index": [0-9]+\n(.|\n)*"startLine": %d,' % (code, line))):
                    with self.subTest(code=code, n=n, format=name):
                        status, out, _ = outcome('--format', name, 'rules', cwd=self.dir)
                        self.assertEqual(status, 2)
                        self.assertRegex(out, words)
                self.assertIn('rules:%d:%d: error: %s ' % (line, column, code), outcome('rules', cwd=self.dir)[2])

    def test_a_notification_of_sarif_names_the_page(self):
        doc = json.loads(outcome('--format', 'sarif', stdin='*filter\n-A INPUT -j NOWHERE\nCOMMIT\n')[1])['runs'][0]
        said = doc['invocations'][0]['toolExecutionNotifications'][0]['descriptor']
        self.assertEqual(doc['tool']['driver']['notifications'][said['index']]['id'], said['id'])
        self.assertEqual(said['id'], 'FW009')


class Questions(unittest.TestCase):
    def test_the_words_of_a_question_have_no_code(self):
        err = run(common.FWLINT, 'ask', 'tcp dprot 22', '-', stdin='*filter\nCOMMIT\n').stderr
        self.assertIn('question:1:', err)
        self.assertNotIn('FW0', err)


common.main()
