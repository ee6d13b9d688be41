#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Text of the input that would steer a terminal, forge a line of output or
break a document.  usage: hostile.py FWLINT"""
import json
import os
import re
import subprocess
import unicodedata
import unittest

import common
import terminal

FWLINT = common.program()

# What a name or a comment may hold: each steers a terminal, hides, reorders, is no UTF-8, or is a command to a CI service.
EVIL = {
    'escape': b'\x1b[2J\x1b]0;x\x07', 'carriage return': b'a\rb', 'backspace': b'a\x08b', 'delete': b'a\x7fb',
    'C1': b'a\xc2\x9b31mb', 'raw C1': b'a\x9b31mb', 'bidi': b'a\xe2\x80\xaeb', 'isolate': b'a\xe2\x81\xa6b',
    'zero width': b'a\xe2\x80\x8bb', 'soft hyphen': b'a\xc2\xadb', 'line separator': b'a\xe2\x80\xa8b',
    'tag': b'a\xf3\xa0\x81\x81b', 'not UTF-8': b'a\xff\xfeb', 'overlong': b'a\xc0\xafb', 'surrogate': b'a\xed\xa0\x80b',
    'azure': b'##vso[task.setvariable variable=a]b', 'actions': b'##[error]b', 'annotation': b'::error::b',
}


def iptables(word):
    """A comment, a chain and an interface with that name."""
    return (b'*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:%s - [0:0]\n-A FORWARD -j %s\n'
            b'-A %s -m comment --comment "%s" -m state --state RELATED,ESTABLISHED -j ACCEPT\n'
            b'-A %s -i %s -p tcp -j REJECT --reject-with tcp-reset\nCOMMIT\n' %
            (word, word, word, word, word, word[:15]))


def nft(word):
    return (b'table inet "%s" {\n\tchain "%s" {\n\t\ttype filter hook forward priority 0; policy accept;\n'
            b'\t\tct state established,related accept comment "%s"\n'
            b'\t\tiifname "%s" meta l4proto tcp reject with tcp reset\n\t}\n}\n' % (word, word, word, word[:15]))


def run(*args, stdin=b'', cwd=None):
    return common.outcome(*args, stdin=stdin, text=False, cwd=cwd, timeout=60)


def run_on_terminal(*args, cwd=None):
    """Standard output and standard error are a terminal."""
    return terminal.run([FWLINT, *args], cwd=cwd, env=dict(os.environ, TERM='xterm', NO_COLOR=''))


def decoded(text):
    """What the escape of docs/security.md stands for."""
    return re.sub(rb'\\x([0-9a-f]{2})', lambda m: bytes([int(m[1], 16)]), text.encode('utf-8'))


class Hostile(common.Folder):
    def file(self, text, name=b'rules'):
        return common.write(os.path.join(os.fsencode(self.dir), name), text)

    def assert_visible(self, out, why):
        """Lines of characters that show; the colours are ours."""
        text = re.sub(rb'\x1b\[[0-9;]*m|\x1b\]8;;[ -~]*\x1b\\', b'', out).decode('utf-8')  # raises when it is not UTF-8
        for line in text.split('\n'):
            for c in line:
                self.assertTrue(c == '\t' or unicodedata.category(c) not in ('Cc', 'Cf', 'Zl', 'Zp', 'Cs'),
                                '%s: %r in %r' % (why, c, line))
            self.assertIsNone(re.search(r'##[a-z]*\[|^\s*::[a-z]', line), '%s: %r' % (why, line))

    def inputs(self):
        for name, word in EVIL.items():
            for dialect, make in (('iptables', iptables), ('nft', nft)):
                yield '%s in %s' % (name, dialect), make(word)

    def test_findings_fixes_and_help_show_no_byte_raw(self):
        for why, text in self.inputs():
            path = self.file(text)
            for args in ((), ('--quiet',), ('--unsafe-fixes',), ('--color', 'always', '--quiet'), ('--format', 'commands')):
                with self.subTest(why, args=args):
                    code, out, err = run(*args, path)
                    findings = out.split(b'--- ')[0]
                    self.assert_visible(findings, why)
                    self.assert_visible(err, why)

    @terminal.needed
    def test_a_terminal_gets_nothing_raw_in_any_output(self):
        for why, text in self.inputs():
            path = self.file(text)
            for args in ((), ('--diff',), ('--fix',), ('--apply', '--dry-run'), ('--dump', 'text'), ('--dump', 'ast'),
                         ('--dump', 'flow'), ('--format', 'json'), ('--format', 'commands'), ('compare', 'same', 'rules')):
                with self.subTest(why, args=args):
                    self.file(b'*filter\n:FORWARD DROP\nCOMMIT\n', b'same')
                    code, out = run_on_terminal(*args, *(() if args[:1] == ('compare',) else (path,)), cwd=self.dir)
                    self.assertIn(code, (0, 1, 2), out)
                    self.assert_visible(out, why)

    def test_errors_show_no_byte_raw(self):
        for why, word in EVIL.items():
            for text in (b'-A INPUT -j %s\n-A INPUT --%s\n' % (word, word), b'%s\n' % word, b'table inet x { %s }\n' % word,
                         b'table inet x { chain c { iifname "%s" jump nowhere; } }\n' % word,
                         b'{"nftables": [{"%s": {}}]}' % word, b'include "%s"\n' % word):
                path = self.file(text)
                for args in ((path,), ('--dialect', 'nft', path), ('--dialect', 'iptables', path), ('--sysctl', path, path),
                             (word, ), ('--' + os.fsdecode(word), ), ('--select', word, path), ('explain', word),
                             ('--stdin-filename', word, '-'), ('confirm', word), ('compare', path, word)):
                    with self.subTest(why, text=text, args=args):
                        code, out, err = run(*args, stdin=text, cwd=self.dir)
                        self.assertIn(code, (0, 1, 2, 3))
                        self.assert_visible(out, why)
                        self.assert_visible(err, why)

    def test_a_file_name_forges_no_line(self):
        for name in (b'a\nfwlint: all is well', b'::error file=x::y', b'a\r\x1b[Kclean', b' ::error ::x', b'\xff\xe2\x80\xae'):
            for make in (iptables, nft):
                path = self.file(make(b'x'), name)
                for args in ((), ('--quiet',), ('--format', 'commands'), ('--apply', '--dry-run'), ('--apply',)):
                    with self.subTest(name, args=args):
                        _, out, err = run(*args, name, cwd=self.dir)
                        self.assert_visible(out, name)
                        self.assert_visible(err, name)
                        self.assertNotIn(b'fwlint: all is well', (out + err).split(b'\n'))

    def test_a_diff_of_a_name_that_needs_quotes_is_a_patch(self):
        for name in (b'a\n+++ b', b'a"b\\c', b'tab\there', b'esc\x1b[m', b'\xff', b'\xe2\x80\xae'):
            with self.subTest(name):
                path = self.file(iptables(b'x'), name)
                _, out, _ = run('--diff', name, cwd=self.dir)
                self.assert_visible(out, name)
                _, want, _ = run('--fix', name, cwd=self.dir)
                for tool in (['git', 'apply', '-p0', '-'], ['patch', '-s', '-p0']):
                    self.file(iptables(b'x'), name)
                    subprocess.run(tool, input=out, check=True, cwd=self.dir)
                    with open(path, 'rb') as f:
                        self.assertEqual(f.read(), want)

    def test_a_piped_diff_and_text_are_byte_exact(self):
        for why, text in self.inputs():
            with self.subTest(why):
                path = self.file(text)
                code, fixed, err = run('--fix', path)
                if code != 1:
                    self.assertEqual(code, 2, err)  # refused as a name, with a reason
                    continue
                for args in (('--diff',), ()):
                    _, diff, _ = run(*args, path)
                    self.file(text)
                    subprocess.run(['patch', '-s', path], input=diff, check=True)
                    with open(path, 'rb') as f:
                        self.assertEqual(f.read(), fixed, why)
                    self.file(text)
                self.assertEqual(run('--dump', 'text', path)[1], text)

    def test_what_is_shown_can_be_told_from_what_looks_like_it(self):
        path = self.file(iptables(b'a\x1bb'))
        self.assertIn(rb'--comment "a\x1bb"', run(path)[1])
        path = self.file(iptables(rb'a\x1bb'))
        self.assertIn(rb'--comment "a\x5cx1bb"', run(path)[1].split(b'--- ')[0])
        path = self.file(iptables('grüße-日本'.encode()))
        self.assertIn('--comment "grüße-日本"'.encode(), run(path)[1].split(b'--- ')[0])

    def test_addresses_are_no_commands(self):
        path = self.file(b'*filter\n:FORWARD ACCEPT\n-A FORWARD -d ::1 -m state --state ESTABLISHED -j ACCEPT\n'
                         b'-A FORWARD -p tcp -j REJECT --reject-with tcp-reset\nCOMMIT\n')
        out = run(path)[1]
        self.assertIn(b'[::1]', out)
        self.assertNotIn(b'\\x3a', out)

    def test_json_holds_every_byte(self):
        for name, word in EVIL.items():
            for make in (iptables, nft):
                file_name = b'f-' + word.replace(b'/', b'_')
                text = make(word)
                self.file(text, file_name)
                for args in (('--format', 'json'), ('--dump', 'ast'), ('--dump', 'flow')):
                    with self.subTest(name, make=make.__name__, args=args):
                        code, out, err = run(*args, file_name, cwd=self.dir)
                        if code == 2 and args[0] == '--dump':
                            continue
                        self.assert_visible(out, name)
                        out.decode('ascii')
                        doc = json.loads(out)
                        if args[0] == '--dump':
                            continue
                        i = doc['inputs'][0]
                        self.assertEqual(decoded(i['file']), file_name)
                        for f in i['errors'] + i['findings']:
                            self.assertEqual(decoded(f['file']), file_name)
                        for f in i['findings']:
                            if f['code'] in ('FW101', 'FW102'):
                                self.assertEqual(decoded(f['chain']), word)
                                self.assertIn(word[:15], decoded(f['rule']))
                        if code == 1:
                            self.assertEqual({'FW101', 'FW102'}, {f['code'] for f in i['findings']} & {'FW101', 'FW102'})
                            self.assertIn(word, decoded(i['diff']))

    def test_json_compare_holds_every_byte(self):
        for name, word in EVIL.items():
            with self.subTest(name):
                old = b'o-' + word.replace(b'/', b'_')
                self.file(iptables(b'x'), old)
                self.file(b'*filter\n:FORWARD DROP\nCOMMIT\n', b'new')
                code, out, err = run('compare', '--format', 'json', old, b'new', cwd=self.dir)
                self.assertEqual(code, 1, err)
                self.assertEqual(decoded(json.loads(out)['old']), old)

    def test_a_text_that_reads_like_the_escape_is_kept_apart_in_json(self):
        self.file(iptables(rb'a\xffb'), rb'f\xff')
        doc = json.loads(run('--format', 'json', rb'f\xff', cwd=self.dir)[1])
        self.assertEqual(doc['inputs'][0]['file'], r'f\x5cxff')
        self.assertEqual(decoded(doc['inputs'][0]['file']), rb'f\xff')

    LISTING = ('{"nftables": [{"table": {"family": "inet", "name": %s}},\n'
               '{"chain": {"family": "inet", "table": %s, "name": %s, "type": "filter", "hook": "forward", "prio": %s, "policy": "accept"}},\n'
               '{"rule": {"family": "inet", "table": %s, "chain": %s, "expr": [{"match": {"op": "in", "left": {"ct": {"key": "state"}},'
               ' "right": ["established", "related"]}}, {"accept": null}]}},\n'
               '{"rule": {"family": "inet", "table": %s, "chain": %s, "expr": [{"match": {"op": "==", "left": {"meta": {"key": "l4proto"}},'
               ' "right": "tcp"}}, {"reject": {"type": "tcp reset"}}]}}]}\n')

    def listing(self, name, prio='0'):
        n = json.dumps(name)
        return (self.LISTING % (n, n, n, prio, n, n, n, n)).encode()

    def test_a_name_in_a_json_listing_may_hold_any_character(self):
        for name in ['a%cb' % c for c in range(1, 32)] + ['a"b', 'a\\b', 'a\x7fb', 'a\U0001f600b', 'a\u202eb', 'a\\u001bb']:
            with self.subTest(name):
                path = self.file(self.listing(name))
                code, out, err = run('--fix', path)
                self.assertEqual(code, 1, err)
                rules = [x['rule'] for x in json.loads(out)['nftables'] if 'rule' in x]
                self.assertEqual([(r['table'], r['chain']) for r in rules], [(name, name)] * 3)
                self.file(out)
                self.assertEqual(run('--ignore', 'FW103', path)[0], 0)

    def test_a_character_that_no_name_holds_is_an_error(self):
        for name in (r'"a\u0000b"', r'"a\ud83db"', r'"a\ude00b"', r'"a\ud83d\u0041b"'):
            with self.subTest(name):
                code, _, err = run(stdin=self.listing('x').replace(b'"x"', name.encode()))
                self.assertEqual(code, 2)
                self.assertIn(b'expected an escape such as', err)

    def test_a_value_of_another_kind_is_an_error(self):
        for prio in ('true', 'false', 'null', '[]', '{}', '[1]', '{"a": 1}', '""', '"-"', '1e9', '-', '99999999999'):
            with self.subTest(prio):
                code, _, err = run(stdin=self.listing('x', prio))
                self.assertEqual(code, 2, err)
                self.assertRegex(err, b'error: FW0.. expected')

    def test_a_verdict_that_is_spelled_with_escapes_is_no_crash(self):
        text = (b'{"nftables": [{"table": {"family": "inet", "name": "x"}},\n'
                b'{"chain": {"family": "inet", "table": "x", "name": "x", "type": "filter", "hook": "forward", "prio": 0}},\n'
                b'{"rule": {"family": "inet", "table": "x", "chain": "x", "expr": [{"vmap": {"key": {"ct": {"key": "state"}}, "data":'
                b' {"set": [["established", {"\\u0061ccept": null}], ["related", {"accept": null}]]}}}]}},\n'
                b'{"rule": {"family": "inet", "table": "x", "chain": "x", "expr": [{"match": {"op": "==", "left": {"meta":'
                b' {"key": "l4proto"}}, "right": "tcp"}}, {"reject": {"type": "tcp reset"}}]}}]}\n')
        code, out, err = run('--unsafe-fixes', stdin=text)
        self.assertEqual(code, 1, err)
        self.assertIn(b'FW101', out)

    def test_a_zero_byte_is_an_error_wherever_it_stands(self):
        ruleset = b'table inet x {\n\tchain c { # a comment\n\t\tmeta l4proto tcp accept comment "abc"\n\t}\n}\n'
        for word in (b'table', b'tcp', b'comment "a', b'comment\n', b'{', b'x'):
            with self.subTest(word):
                at = ruleset.index(word) + len(word)
                code, _, err = run('--dialect', 'nft', stdin=ruleset[:at] + b'\0' + ruleset[at:])
                self.assertEqual(code, 2)
                self.assertIn(b'a NUL byte: this is not a text file', err)

    def test_commands_with_such_names_are_not_given_to_a_shell(self):
        for why, text in self.inputs():
            with self.subTest(why):
                _, out, _ = run('--format', 'commands', self.file(text))
                for line in out.decode().split('\n'):
                    self.assertTrue(not line or line.startswith(('# ', 'iptables ', 'nft ')), line)

    @unittest.skipIf(common.is_sanitized(), 'the sanitizers take their own memory')
    def test_an_endless_pipe_is_refused(self):
        with open('/dev/zero', 'rb') as zero, \
             subprocess.Popen(['cat'], stdin=zero, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as cat:
            p = subprocess.Popen([FWLINT], stdin=cat.stdout, stderr=subprocess.PIPE, text=True)
            cat.stdout.close()
            err = p.stderr.read()
            _, status, usage = os.wait4(p.pid, 0)
            p.returncode = os.waitstatus_to_exitcode(status)
            cat.kill()
        self.assertIn('at most 2 GiB are read', err)
        self.assertEqual(p.returncode, 2)
        self.assertLess(usage.ru_maxrss, 2.2 * 1024 * 1024, 'KiB; what is read is held once')


if __name__ == '__main__':
    common.main()
