#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The output formats: each by its grammar or schema, by its golden file, and with any bytes in names and comments.

usage: formats.py FWLINT [--write]        --write: the golden files anew

SARIF is asked of two schemas: that of OASIS (tests/schema/oasis, see its README), and one of our own, which lets through what fwlint says
and nothing else.
"""
import glob
import html.parser
import json
import os
import random
import re
import shutil
import stat
import sys
import unittest
import unittest.mock as mock
import xml.etree.ElementTree

import common
from common import EXAMPLES, ROOT, Folder, is_error, outcome, read, run, write

try:
    import jsonschema
except ImportError:  # package python3-jsonschema
    jsonschema = None

common.program()
HERE = os.path.join(ROOT, 'tests', 'formats')
SCHEMA = os.path.join(ROOT, 'tests', 'schema')
INPUTS = ('gateway.v4', 'broken.v4', 'clean.v4', 'missing.v4')
FORMATS = ('text', 'json', 'sarif', 'junit', 'github', 'gitlab', 'checkstyle', 'gcc', 'html', 'commands')
OASIS = os.path.join(SCHEMA, 'oasis', 'sarif-2.1.0-rtm.5.json')
EXAMPLE_FILES = sorted(p for p in glob.glob(os.path.join(EXAMPLES, '*')) if os.path.isfile(p))


# ---- grammars ----

def members(pairs):
    """An object whose names differ: json.loads() keeps the last of two silently."""
    assert len(dict(pairs)) == len(pairs), [name for name, _ in pairs]
    return dict(pairs)


def check_json(test, out, schema):
    doc = json.loads(out, object_pairs_hook=members)
    test.assertTrue(out.isascii())
    rules = json.loads(read(schema), object_pairs_hook=members)
    if jsonschema:
        jsonschema.validate(doc, rules)
    return doc


def check_sarif(test, out):
    doc = check_json(test, out, os.path.join(SCHEMA, 'sarif.json'))
    if jsonschema:
        jsonschema.validate(doc, json.loads(read(OASIS)))
    return doc['runs'][0]['results']


def check_xml(test, out, name):
    if shutil.which('xmllint'):
        r = run('xmllint', '--noout', '--schema', os.path.join(SCHEMA, name + '.xsd'), '-', stdin=out)
        test.assertEqual(r.returncode, 0, r.stderr)
    return xml.etree.ElementTree.fromstring(out.encode())


def check_junit(test, out):
    root = check_xml(test, out, 'junit')
    for suite in root:
        for word, element in (('failures', 'failure'), ('errors', 'error'), ('tests', None)):
            n = len(suite.findall('testcase' + ('/' + element if element else '')))
            test.assertEqual(int(suite.get(word)), n)
    return root.findall('*/*/failure')


def check_gitlab(test, out):
    """docs.gitlab.com, Code Quality report format."""
    doc = json.loads(out)
    for x in doc:
        test.assertEqual(sorted(x), ['check_name', 'description', 'fingerprint', 'location', 'severity'])
        test.assertIn(x['severity'], ('info', 'minor', 'major', 'critical', 'blocker'))
        test.assertFalse(x['location']['path'].startswith('./'))
        test.assertGreaterEqual(x['location']['lines']['begin'], 1)
    test.assertEqual(len({x['fingerprint'] for x in doc}), len(doc), 'fingerprints are unique')
    return [x for x in doc if x['severity'] != 'blocker']


def check_github(test, out):
    """docs.github.com, Workflow commands: "::COMMAND PROPERTY=VALUE,…::MESSAGE"."""
    found = []
    for line in out.split('\n')[:-1]:
        m = re.fullmatch(r'::(error|warning|notice) file=([^:,%\r\n]|%[0-9A-F]{2})*'
                         r'(,line=\d+,endLine=\d+(,col=\d+,endColumn=\d+)?)?,title=(fwlint|(FW\d\d\d) [a-z-]+)'
                         r'::([^%\r\n]|%[0-9A-F]{2})+', line)
        test.assertTrue(m, line)
        if m[6] and not is_error(m[6]):
            found.append(line)
    return found


def check_gcc(test, out):
    found = []
    for line in out.split('\n')[:-1]:
        m = re.fullmatch(r'.+?:(\d+:\d+:)? (error|warning|note): .+?( \[(FW\d\d\d)\])?', line)
        test.assertTrue(m, line)
        if m[3] and not is_error(m[4]):
            found.append(line)
    return found


class Page(html.parser.HTMLParser):
    """The elements of the page, each with what it may have; whatever is more came from the input."""
    ELEMENTS = {'html': 'lang', 'head': '', 'meta': 'charset name content http-equiv', 'title': '', 'style': '', 'body': '', 'header': '', 'main': '',
                'footer': '', 'section': 'id', 'h1': '', 'h2': '', 'h3': '', 'p': 'class hidden', 'span': 'class', 'b': 'class', 'i': '', 'code': '',
                'pre': 'class', 'br': '', 'a': 'href', 'button': 'id type', 'table': '', 'tr': 'class data-finding', 'td': '', 'th': '', 'ol': '', 'li': '',
                'div': 'class id data-lines data-lane data-chains data-calls', 'details': 'id', 'summary': '', 'figure': 'data-lane', 'figcaption': '',
                'svg': 'role width height viewbox', 'g': 'data-chain class', 'rect': 'class x y width height rx', 'text': 'class x y text-anchor',
                'tspan': 'class', 'path': 'class data-call d', 'script': ''}

    def __init__(self, test, out):
        super().__init__()
        self.test, self.open, self.findings = test, [], []
        self.feed(out)
        self.close()
        test.assertEqual(self.open, [])

    def handle_starttag(self, tag, attrs):
        self.test.assertIn(tag, self.ELEMENTS)
        self.test.assertLessEqual({k for k, _ in attrs}, set(self.ELEMENTS[tag].split()), tag)
        if tag not in ('meta', 'br', 'td', 'th') and not self.get_starttag_text().endswith('/>'):
            self.open.append(tag)
        values = dict(attrs)
        self.test.assertTrue(values.get('href', '#').startswith('#'))
        if values.get('class', '').startswith('finding '):
            self.findings.append(values['id'])

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        self.test.assertEqual(self.open.pop(), tag)


CHECKS = {
    'json': lambda test, out: [f for i in check_json(test, out, os.path.join(ROOT, 'docs', 'json.schema.json'))['inputs']
                               for f in i['findings']],
    'sarif': lambda test, out: [r for r in check_sarif(test, out) if 'suppressions' not in r],
    'junit': check_junit,
    'github': check_github,
    'gitlab': check_gitlab,
    'checkstyle': lambda test, out: [e for e in check_xml(test, out, 'checkstyle').findall('*/error')
                                     if e.get('source').startswith('fwlint.FW') and not is_error(e.get('source')[7:])],
    'gcc': check_gcc,
    'html': lambda test, out: Page(test, out).findings,
}


class Grammar(Folder):
    def test_each_format_has_each_finding_of_all_examples(self):
        wanted = None
        for name, check in CHECKS.items():
            with self.subTest(format=name):
                code, out, _ = outcome('--severity', 'note', '--format', name, *EXAMPLE_FILES)
                self.assertLessEqual(code, 2)
                n = len(check(self, out))
                wanted = wanted or n
                self.assertEqual(n, wanted)
        self.assertGreater(wanted, 40)

    def test_what_cannot_be_read_is_in_each_format(self):
        for name in FORMATS:
            with self.subTest(format=name):
                path = os.path.join(self.dir, name)
                code, out, _ = outcome('--format', name + '=' + path, 'broken.v4', 'missing.v4', cwd=HERE)
                self.assertEqual((code, out), (2, ''))
                text = read(path)
                self.assertIn("unknown option", text)
                self.assertIn('No such file or directory', text)
                if name in CHECKS:
                    self.assertEqual(CHECKS[name](self, text), [])

    def test_a_failure_of_the_system_is_in_each_format(self):
        for name in FORMATS:
            with self.subTest(format=name):
                path = os.path.join(self.dir, name)
                code, _, err = outcome('--live', '--netns', 'there-is-none', '--format', name + '=' + path)
                self.assertEqual(code, 3)
                self.assertIn(err[len('fwlint: '):].split("'")[0].strip()[:20], read(path))
                if name in CHECKS:
                    self.assertEqual(CHECKS[name](self, read(path)), [])

    @unittest.skipUnless(jsonschema, 'no python3-jsonschema')
    def test_the_schema_of_oasis_is_asked(self):
        doc = json.loads(outcome('--format', 'sarif', 'gateway.v4', cwd=HERE)[1])
        doc['runs'][0]['results'][0]['level'] = 'grave'
        with mock.patch('__main__.check_json', lambda test, out, schema: doc):
            with self.assertRaisesRegex(jsonschema.ValidationError, 'grave'):
                check_sarif(self, '')

    @unittest.skipUnless(jsonschema, 'no python3-jsonschema')
    def test_sarif_of_every_ruleset_with_every_option_is_valid(self):
        for args in (('--severity', 'note'), ('--unsafe-fixes',), ('--together',), ('--select', 'FW1')):
            for path in EXAMPLE_FILES:
                with self.subTest(args=args, path=os.path.basename(path)):
                    code, out, _ = outcome('--format', 'sarif', *args, path)
                    self.assertLess(code, 2)
                    check_sarif(self, out)

    @unittest.skipUnless(jsonschema, 'no python3-jsonschema')
    def test_the_schemas_refuse_what_is_not_in_them(self):
        for name, schema in (('json', 'docs/json.schema.json'), ('sarif', 'tests/schema/sarif.json')):
            doc = json.loads(outcome('--format', name, 'gateway.v4', cwd=HERE)[1])
            (doc['inputs'][0]['findings'] if name == 'json' else doc['runs'][0]['results'])[0]['new'] = 1
            with self.assertRaises(jsonschema.ValidationError):
                jsonschema.validate(doc, json.loads(read(os.path.join(ROOT, schema))))


# ---- what they say ----

class Meaning(Folder):
    def setUp(self):
        super().setUp()
        shutil.copy(os.path.join(HERE, 'gateway.v4'), self.dir)

    def sarif(self, *args):
        return check_sarif(self, outcome('--format', 'sarif', *args, cwd=self.dir)[1])

    def test_replacements_of_sarif_make_the_text_that_fix_prints(self):
        for path in EXAMPLE_FILES:
            if 'synproxy' in path:
                continue
            results = self.sarif('--unsafe-fixes', path)
            fixes = {json.dumps(r['fixes'][0]['artifactChanges'], sort_keys=True) for r in results if 'fixes' in r}
            lines = read(path).splitlines(keepends=True)
            edits = [json.loads(e) for e in sorted({json.dumps(e, sort_keys=True) for f in fixes for c in json.loads(f)
                                                    for e in c['replacements']})]
            wanted = outcome('--unsafe-fixes', '--fix', path)[1]
            if not edits or len({json.dumps(e['deletedRegion']) for e in edits}) < len(edits):
                continue  # nothing, or several at one place, whose order is that of the rules
            for e in sorted(edits, key=lambda e: (-e['deletedRegion']['startLine'], -e['deletedRegion']['startColumn'])):
                at = e['deletedRegion']
                self.assertEqual(at['startLine'], at['endLine'])
                if at['startLine'] > len(lines):
                    lines.append('')
                line = lines[at['startLine'] - 1]
                lines[at['startLine'] - 1] = (line[:at['startColumn'] - 1] + e['insertedContent']['text'] +
                                              line[at['endColumn'] - 1:])
            self.assertEqual(''.join(lines), wanted, path)

    def test_the_code_flow_is_the_trace(self):
        trace = json.loads(outcome('--format', 'json', 'gateway.v4', cwd=self.dir)[1])['inputs'][0]['findings'][0]
        flow = self.sarif('gateway.v4')[0]['codeFlows'][0]
        self.assertIn(trace['witness']['text'], flow['message']['text'])
        steps = flow['threadFlows'][0]['locations']
        self.assertEqual([s['location']['physicalLocation']['region']['startLine'] for s in steps],
                         [s['line'] for s in trace['trace']])

    def test_a_fix_of_json_names_its_findings_and_its_place(self):
        doc = json.loads(outcome('--format', 'json', 'gateway.v4', cwd=self.dir)[1])
        for i in doc['inputs']:
            for f in i['fixes']:
                self.assertTrue(f['findings'])
                for n in f['findings']:
                    self.assertEqual(i['findings'][n]['cure'], f['cure'])
            self.assertEqual([(f['line'], f['behind'], f['chain'], f['rule_number']) for f in i['fixes']],
                             [(7, False, 'INPUT', 2), (8, True, 'FORWARD', 2)])
        self.assertEqual(doc['totals'], {'inputs': 1, 'unreadable': 0, 'errors': 3, 'warnings': 0, 'notes': 2, 'allowed': 1,
                                         'fixes': 2, 'offered': 0})

    def prints(self, text, **kw):
        path = write(os.path.join(self.dir, 'rules'), text)
        return [(f['code'], f['fingerprint']) for f in
                json.loads(outcome('--format', 'json', path, **kw)[1])['inputs'][0]['findings']]

    def test_fingerprints_survive_what_moves_a_rule(self):
        text = read(os.path.join(HERE, 'gateway.v4'))
        was = self.prints(text)
        self.assertEqual(len(set(was)), len(was))
        other = '-A INPUT -i lo -j ACCEPT\n'
        for changed in (text.replace('# fwlint', other + '# fwlint', 1),
                        '# a\n# b\n' + text,
                        text.replace('-A INPUT -p tcp', '-A INPUT  -p  tcp'),
                        re.sub('(?m)^-A', '[12:34] -A', text),
                        text.replace('-A FORWARD -p', '-A FORWARD -s 192.0.2.77 -j ACCEPT\n-A FORWARD -p')):
            self.assertEqual(self.prints(changed), was, changed)
        self.assertNotEqual(self.prints(text.replace('-A INPUT -p tcp', '-A INPUT -i eth0 -p tcp')), was)

    def test_fingerprints_of_listings_survive_counters_and_handles(self):
        for counted in ('%d', '9%d'):
            text = ('table inet f {\n\tchain i {\n\t\ttype filter hook input priority filter; policy drop;\n'
                    '\t\tct state established accept\n\t\tmeta l4proto tcp counter packets %s bytes %s reject with tcp reset # handle %s\n'
                    '\t}\n}\n') % ((counted % 1,) * 3)
            if counted == '%d':
                was = self.prints(text)
        self.assertTrue(was)
        self.assertEqual(self.prints(text), was)

    def test_two_rules_of_the_same_words_differ(self):
        rule = '-A FORWARD -p tcp -m limit --limit 1/s -j REJECT --reject-with tcp-reset\n'
        was = self.prints('*filter\n:FORWARD DROP [0:0]\n-A FORWARD -m state --state ESTABLISHED -j ACCEPT\n' + 2 * rule + 'COMMIT\n')
        self.assertEqual([c for c, _ in was].count('FW102'), 2)
        self.assertEqual(len({f for _, f in was}), len(was))

    def test_statistics_count_each_check(self):
        found = json.loads(outcome('--format', 'json', 'gateway.v4', cwd=self.dir)[1])['inputs'][0]['findings']
        code, out, _ = outcome('--statistics', 'gateway.v4', 'gateway.v4', cwd=self.dir)
        self.assertEqual(code, 1)
        got = [line.split() for line in out.split('\n')[:-1]]
        self.assertEqual({g[1]: int(g[0]) for g in got},
                         {c: 2 * sum(f['code'] == c for f in found) for c in {f['code'] for f in found}})
        self.assertEqual([int(g[0]) for g in got], sorted((int(g[0]) for g in got), reverse=True))


# ---- where they go ----

class Where(Folder):
    def setUp(self):
        super().setUp()
        self.rules = shutil.copy(os.path.join(HERE, 'gateway.v4'), self.dir)

    def out(self, name='out'):
        return os.path.join(self.dir, name)

    def test_several_formats_in_one_run(self):
        want = {f: outcome('--format', f, self.rules)[1] for f in ('text', 'sarif', 'gitlab')}
        for args in (('--format', 'sarif=' + self.out('s'), '--format', 'text', '--format', 'gitlab=' + self.out('g')),
                     ('--format', 'text', '--format', 'gitlab=' + self.out('g'), '--format', 'sarif=' + self.out('s'))):
            code, out, err = outcome(*args, self.rules)
            self.assertEqual((code, out, err), (1, want['text'], ''))
            self.assertEqual((read(self.out('s')), read(self.out('g'))), (want['sarif'], want['gitlab']))
        self.assertEqual(outcome('--format', 'sarif=' + self.out('s'), self.rules)[:2], (1, ''))

    def test_output_takes_what_would_be_printed(self):
        for args in ((), ('--format', 'json'), ('--diff',), ('--fix',), ('--dump', 'ast'), ('compare', self.rules)):
            want = outcome(*args, self.rules)
            got = outcome(*args, '--output', self.out(), self.rules)
            self.assertEqual((got[0], got[1], read(self.out())), (want[0], '', want[1]), args)

    def test_a_new_file_has_the_mode_of_the_umask_and_an_old_one_keeps_its_own(self):
        old = os.umask(0o027)
        self.addCleanup(os.umask, old)
        outcome('--output', self.out(), self.rules)
        self.assertEqual(stat.S_IMODE(os.stat(self.out()).st_mode), 0o640)
        os.chmod(self.out(), 0o604)
        outcome('--output', self.out(), self.rules)
        self.assertEqual(stat.S_IMODE(os.stat(self.out()).st_mode), 0o604)
        self.assertEqual(sorted(os.listdir(self.dir)), ['gateway.v4', 'out'])

    @unittest.skipIf(common.is_sanitized(), 'the sanitizers take their own memory')
    def test_little_memory_gives_all_of_a_report_or_none(self):
        rules = write(self.out('long.nft'), '# x\n' * 40000)
        command = (common.FWLINT, '--format', 'html', '--output')
        self.assertEqual(run(*command, self.out('whole'), rules).returncode, 0)
        statuses = set()
        for mib in range(8, 32, 3):
            path = self.out('in %d' % mib)
            r = run('prlimit', '--as=%d' % (mib << 20), *command, path, rules)
            statuses.add(r.returncode)
            self.assertEqual(os.path.exists(path), r.returncode == 0, (mib, r))
            if r.returncode == 0:
                self.assertEqual(read(path), read(self.out('whole')), mib)
        self.assertTrue({0, 3} <= statuses <= {0, 3, 127}, statuses)

    def test_a_link_of_another_user_is_not_followed(self):
        if os.geteuid() != 0:
            self.skipTest('not root')
        secret = write(self.out('secret'), 'old')
        os.symlink(secret, self.out('link'))
        outcome('--output', self.out('link'), self.rules)
        self.assertNotEqual(read(secret), 'old')
        write(secret, 'old')
        os.lchown(self.out('link'), 65534, 65534)
        for args in (('--output', self.out('link')), ('--format', 'sarif=' + self.out('link'))):
            code, _, err = outcome(*args, self.rules)
            self.assertEqual(code, 3)
            self.assertIn('through a link of another user', err)
            self.assertEqual(read(secret), 'old')
        os.symlink(self.dir, self.out('folder'))
        os.lchown(self.out('folder'), 65534, 65534)
        self.assertEqual(outcome('--output', self.out('folder/new'), self.rules)[0], 3)
        self.assertFalse(os.path.exists(self.out('new')))

    def test_what_is_no_file_is_refused_and_stays(self):
        os.mkdir(self.out('dir'))
        os.mkfifo(self.out('fifo'))
        os.symlink('nowhere', self.out('dangling'))
        for name in ('dir', 'fifo', 'dangling', 'dir/', 'none/x', 'gateway.v4/x'):
            code, out, err = outcome('--output', self.out(name), self.rules)
            self.assertEqual((code, out), (3, ''), name)
            self.assertEqual(err.count('\n'), 1)
        self.assertEqual(sorted(os.listdir(self.dir)), ['dangling', 'dir', 'fifo', 'gateway.v4'])
        self.assertEqual(outcome('--output', '/dev/stdout', self.rules)[0], 3)
        self.assertTrue(os.path.islink('/dev/stdout'))

    def test_words_that_name_no_file(self):
        for args, words in ((('--format', 'sarif='), "is not a value of --format"),
                            (('--format', 'srif=x'), "did you mean 'sarif'?"),
                            (('--format', 'sarif=' + self.out(), '--diff'), 'cannot be used with --diff'),
                            (('--format', 'sarif=' + self.out(), '--format', 'json=' + self.out()),
                             'two formats cannot go into one file'),
                            (('--format', 'sarif=' + self.out(), '--output', self.out()),
                             'two formats cannot go into one file'),
                            (('resets', '--format', 'json=' + self.out(), '--format', 'text=' + self.out()),
                             'two formats cannot go into one file'),
                            (('compare', '--format', 'sarif=' + self.out(), self.rules), 'compare does not print sarif')):
            code, _, err = outcome(*args, self.rules)
            self.assertEqual(code, 2)
            self.assertIn(words, err)
        self.assertFalse(os.path.exists(self.out()))


# ---- any bytes ----

class Hostile(Folder):
    """Comments and file names of any bytes inject nothing: each output obeys its grammar, line by line."""
    EVIL = (b'::error::x', b'##[error]x', b'##vso[task.setvariable]x', b'\x1b[2J', b'\r\n::error::x', b'<!--', b']]>', b'&x;', b'<a b="',
            b'%0A::error::x', b'"}]', b'\xff\xfe', b'\xe2\x80\xae', b'\xef\xbf\xbe', b'\x7f', b'\x01', b'{0}', b'[a](b)', b'\xed\xa0\x80')

    def word(self, r, name):
        w = b''.join(r.choice(self.EVIL) if r.random() < 0.6 else bytes([r.randrange(1, 256)]) for _ in range(r.randint(1, 6)))
        w = w.replace(b'\n', b'').replace(b'\0', b'')
        return w.replace(b'/', b'') if name else w.replace(b'"', b'').replace(b'\\', b'').replace(b'\r', b'')

    def check_lines(self, out, name):
        for line in re.split(r'[\r\n\u2028\u2029\x0b\x0c\x85]', out):
            self.assertIsNone(re.search(r'##[a-z]*\[|[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u200b-\u200f]', line), line)
            if name != 'github':
                self.assertIsNone(re.match(r'\s*::[a-z]', line), line)

    def test_a_page_shows_a_byte_that_controls_as_one_escape(self):
        path = os.path.join(self.dir, 'rules.v4')
        write(path, b'*filter\n:INPUT DROP\n:a\x07b -\n-A INPUT -p tcp -m comment --comment "\x1b" -j a\x07b\nCOMMIT\n')
        out = outcome('--format', 'html', path)[1]
        self.assertIn(r'--comment &quot;\x1b&quot; -j a\x07b<', out)
        self.assertRegex(out, r'<text class="name"[^>]*>a\\x07b<')

    def test_fuzz(self):
        r = random.Random(17)
        for i in range(int(os.environ.get('FORMATS_FUZZ', '60'))):
            comment, name = self.word(r, False), b'r' + self.word(r, True)[:100] if r.random() < 0.5 else self.word(r, True)[:100]
            if name.startswith(b'-') or name in (b'', b'.', b'..'):
                name = b'x' + name
            wrong = b'-A FORWARD --' + self.word(r, False).replace(b' ', b'') + b'\n' if r.random() < 0.3 else b''
            path = os.path.join(os.fsencode(self.dir), name)
            write(path, b'*filter\n-A FORWARD -m comment --comment "' + comment + b'" -m state --state RELATED,ESTABLISHED -j ACCEPT\n' +
                  wrong + b'-A FORWARD -m comment --comment "' + comment + b'" -p tcp -j REJECT --reject-with tcp-reset\nCOMMIT\n')
            counts = set()
            for fmt, check in CHECKS.items():
                with self.subTest(i=i, name=name, comment=comment, format=fmt):
                    g = run(common.FWLINT, '--severity', 'note', '--format', fmt, name, text=False, cwd=self.dir)
                    self.assertLessEqual(g.returncode, 2)
                    out = g.stdout.decode()  # raises when it is not UTF-8
                    self.check_lines(out, fmt)
                    counts.add(len(check(self, out)))
            self.assertEqual(len(counts), 1, (name, comment))
            os.unlink(path)


# ---- golden files ----

def expected(name):
    return os.path.join(HERE, 'expected.' + name)


def actual(name):
    out = outcome('--format', name, *INPUTS, cwd=HERE)[1]
    if name == 'html':  # its style and script, and the texts of the checks, are not ours
        out = re.sub(r'(?s)<(style|script)>.*?</\1>|<h2>What was looked for.*(?=</main>)|\'sha256-[^\']*\'', '', out)
    if name != 'sarif':
        return out
    doc = json.loads(out)  # the texts of the checks are not ours
    del doc['runs'][0]['tool']['driver']['rules'], doc['runs'][0]['tool']['driver']['notifications']
    return json.dumps(doc, indent=2) + '\n'


class Golden(unittest.TestCase):
    def test_each_format_prints_what_it_did(self):
        self.maxDiff = None
        listed = re.findall(r'^  (\w+) ', outcome('--help')[1].partition('Formats:\n')[2].partition('\n\n')[0], re.M)
        self.assertEqual(sorted(listed), sorted(FORMATS))
        for name in FORMATS:
            with self.subTest(format=name):
                self.assertEqual(actual(name), read(expected(name)))


if sys.argv[1:] == ['--write']:
    for n in FORMATS:
        write(expected(n), actual(n))
else:
    common.main()
