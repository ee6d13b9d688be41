#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fwlint lsp, asked by a client that speaks the protocol, and by neovim.  usage: lsp.py FWLINT"""
import os
import shutil
import signal
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import common  # noqa: E402
from client import Client, apply_edits  # noqa: E402

FWLINT = common.program()

HEAD = ('*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n'
        '-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT\n')
RESET = '-A INPUT -p tcp -j REJECT --reject-with tcp-reset\n'
DROP = '-A INPUT -m conntrack --ctstate INVALID -j DROP\n'
GOOD = HEAD + DROP + RESET + 'COMMIT\n'
BAD = HEAD + RESET + 'COMMIT\n'
NFT = ('table inet f {\n\tchain input {\n\t\ttype filter hook input priority 0; policy drop;\n'
       '\t\tct state established,related accept\n%s\t\tmeta l4proto tcp reject with tcp reset\n\t}\n}\n')
URI = 'file:///nowhere/rules.v4'


def codes(diagnostics):
    return sorted(d['code'] for d in diagnostics)


def at(line, character=0):
    return {'line': line, 'character': character}


def replace(start, end, text):
    return {'range': {'start': start, 'end': end}, 'text': text}


class Session(unittest.TestCase):
    """Open, edit to a defect, diagnostics, the code action, hover."""

    def test_a_defect_is_typed_found_fixed_and_explained(self):
        with Client(FWLINT, '--no-config') as c:
            c.open(URI, GOOD)
            self.assertEqual(c.diagnostics(URI, 1), [])
            c.change(URI, 2, replace(at(5), at(6), ''))
            found = c.diagnostics(URI, 2)
            self.assertEqual(codes(found), ['FW101', 'FW102'])
            reset = found[1]
            self.assertEqual(reset['range'], {'start': at(5, 19), 'end': at(5, 25)})
            self.assertEqual((reset['severity'], reset['source']), (1, 'fwlint'))
            fix = c.actions(URI, reset)[0]
            self.assertTrue(fix['isPreferred'])
            self.assertEqual(fix['diagnostics'], [reset])
            text = apply_edits(BAD, fix['edit']['changes'][URI])
            self.assertIn('--ctstate INVALID -j DROP\n' + RESET, text)
            hover = c.hover(URI, 5, 3)
            self.assertIn('FW102 invalid-reaches-tcp-reset', hover['contents']['value'])
            c.change(URI, 3, {'text': text})
            self.assertEqual(c.diagnostics(URI, 3), [])
            self.assertEqual(c.end(), 0)

    def test_the_comment_that_allows_is_understood(self):
        with Client(FWLINT, '--no-config') as c:
            c.open(URI, BAD)
            text, version = BAD, 1
            found = c.diagnostics(URI, 1)
            while found:
                allow = [x for x in c.actions(URI, found[0]) if 'allow' in x['title']]
                text, version = apply_edits(text, allow[0]['edit']['changes'][URI]), version + 1
                self.assertLess(version, 5)
                c.change(URI, version, {'text': text})
                found = c.diagnostics(URI, version)
            self.assertIn('# fwlint: allow FW102 because', text)
            self.assertEqual(c.hover(URI, text[:text.index('FW102')].count('\n'), 18)['contents']['kind'], 'plaintext')

    def test_a_rule_that_does_nothing_is_deleted(self):
        with Client(FWLINT, '--no-config', '--extend-select', 'FW201', '--severity', 'note') as c:
            again = '-A INPUT -p udp -j ACCEPT\n'
            text = HEAD + DROP + again + again + 'COMMIT\n'
            c.open(URI, text)
            found, = [d for d in c.diagnostics(URI, 1) if d['code'] == 'FW201']
            tidy = c.actions(URI, found)[0]
            self.assertIn('no verdict changes', tidy['title'])
            text = apply_edits(text, tidy['edit']['changes'][URI])
            self.assertEqual(text, HEAD + DROP + again + 'COMMIT\n')

    def test_fix_all_and_kinds_and_document_changes(self):
        with Client(FWLINT, '--no-config', capabilities={
                'workspace': {'workspaceEdit': {'documentChanges': True}},
                'textDocument': {'hover': {'contentFormat': ['markdown', 'plaintext']}}}) as c:
            c.open(URI, BAD, 7)
            found = c.diagnostics(URI, 7)
            everything, = c.actions(URI, found[0], only=['source.fixAll'])
            self.assertEqual(everything['kind'], 'source.fixAll.fwlint')
            change, = everything['edit']['documentChanges']
            self.assertEqual(change['textDocument'], {'uri': URI, 'version': 7})
            self.assertEqual(c.actions(URI, found[0], only=['refactor']), [])
            self.assertEqual({a['kind'] for a in c.actions(URI, found[0], only=['quickfix'])}, {'quickfix'})
            self.assertEqual(c.hover(URI, 5, 3)['contents']['kind'], 'markdown')
            self.assertIsNone(c.hover(URI, 1, 0))

    def test_closing_takes_the_diagnostics_away(self):
        with Client(FWLINT, '--no-config') as c:
            c.open(URI, BAD)
            self.assertTrue(c.diagnostics(URI, 1))
            c.tell('textDocument/didClose', textDocument={'uri': URI})
            self.assertEqual(c.diagnostics(URI, 1), [])
            c.open(URI, GOOD, 2)
            self.assertEqual(c.diagnostics(URI, 2), [])

    def test_what_cannot_be_read_is_said_at_its_place(self):
        with Client(FWLINT, '--no-config') as c:
            c.open(URI, HEAD + '-A INPUT -p tpc -j nonsense --foo\nCOMMIT\n')
            found = c.diagnostics(URI, 1)
            self.assertEqual({(d['code'], d['range']['start']['line']) for d in found}, {('FW003', 5)})
            for version, text in ((2, 'hello\n'), (3, 'a: 1\n'), (4, '\0\0')):
                c.change(URI, version, {'text': text})
                found = c.diagnostics(URI, version)
                self.assertEqual([d['severity'] for d in found], [1], text)
            c.change(URI, 5, {'text': ''})
            self.assertEqual(c.diagnostics(URI, 5), [])


    def test_bytes_that_control_are_shown_once_as_escapes(self):
        with Client(FWLINT, '--no-config', capabilities={'textDocument': {'hover': {'contentFormat': ['markdown']}}}) as c:
            c.open(URI, HEAD + '-A INPUT -j "no\x07pe"\nCOMMIT\n')
            wrong, = c.diagnostics(URI, 1)
            self.assertIn(r"'no\x07pe'", wrong['message'])
            c.change(URI, 2, {'text': HEAD + '-A INPUT -p tcp -m comment --comment "a\x1b" -j REJECT --reject-with tcp-reset\nCOMMIT\n'})
            self.assertTrue(c.diagnostics(URI, 2))
            self.assertIn(r'--comment "a\x1b"', c.hover(URI, 5, 3)['contents']['value'])


class Positions(unittest.TestCase):
    def test_columns_are_utf16_units(self):
        # U+1F525 takes two units, ä one
        text = HEAD + '-A INPUT -p tcp -m comment --comment "\U0001F525ä" -j REJECT --reject-with tcp-reset\nCOMMIT\n'
        with Client(FWLINT, '--no-config') as c:
            c.open(URI, text)
            found = [d for d in c.diagnostics(URI, 1) if d['code'] == 'FW102']
            line = text.split('\n')[5]
            col = len(line[:line.index('REJECT')].encode('utf-16-le')) // 2
            self.assertEqual(found[0]['range'], {'start': at(5, col), 'end': at(5, col + 6)})
            # the emoji goes, and a line is put before
            c.change(URI, 2, replace(at(5, 38), at(5, 40), ''), replace(at(5), at(5), '# \U0001F525\n'))
            found = [d for d in c.diagnostics(URI, 2) if d['code'] == 'FW102']
            self.assertEqual(found[0]['range'], {'start': at(6, col - 2), 'end': at(6, col + 4)})

    def test_a_carriage_return_ends_a_line_too(self):
        text = BAD.replace('\n', '\r\n')
        with Client(FWLINT, '--no-config') as c:
            c.open(URI, text)
            found = c.diagnostics(URI, 1)
            self.assertIn('CRLF', found[0]['message'])
            self.assertEqual(found[0]['range']['start'], at(0, 7))
            c.change(URI, 2, *[replace(at(i, 999), at(i + 1, 0), '\n') for i in range(7)])
            self.assertEqual(codes(c.diagnostics(URI, 2)), ['FW101', 'FW102'])

    def test_incremental_edits_give_the_text_that_the_client_has(self):
        # each edit beside an exact copy; positions behind the end mean the end (the protocol's own words)
        edits = [(at(0), at(0), 'x'), (at(0, 0), at(0, 1), ''), (at(99), at(99), '# end\n'), (at(2, 999), at(2, 999), ' '),
                 (at(4, 8), at(4, 8), '\r'), (at(4, 8), at(5, 0), ''), (at(1), at(3), ''), (at(1), at(1), ':INPUT DROP\n:FORWARD DROP\n')]
        lines, starts = BAD, None
        with Client(FWLINT, '--no-config') as c:
            c.open(URI, BAD)
            for version, (lo, hi, new) in enumerate(edits, 2):
                starts = [0]
                for i, ch in enumerate(lines):
                    if ch == '\n' or (ch == '\r' and lines[i + 1:i + 2] != '\n'):
                        starts.append(i + 1)

                def offset(p):
                    if p['line'] >= len(starts):
                        return len(lines)
                    end = starts[p['line'] + 1] if p['line'] + 1 < len(starts) else len(lines)
                    return min(starts[p['line']] + p['character'], len(lines[:end].rstrip('\r\n')) if end > starts[p['line']] else end) \
                        if lines[starts[p['line']]:end].strip('\r\n') else starts[p['line']]
                lines = lines[:offset(lo)] + new + lines[offset(hi):]
                c.change(URI, version, replace(lo, hi, new))
            last = len(edits) + 1
            incremental = c.diagnostics(URI, last)
            c.change(URI, last + 1, {'text': lines})
            self.assertEqual(c.diagnostics(URI, last + 1), incremental)
            self.assertEqual(codes(incremental), ['FW101', 'FW102'])


class Files(unittest.TestCase):
    def setUp(self):
        self.dir = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.dir)

    def write(self, name, text):
        path = os.path.join(self.dir, name)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text)
        return 'file://' + path.replace(' ', '%20')

    def test_includes_are_read_from_the_directory_and_from_the_editor(self):
        part = self.write('part one.nft', 'meta l4proto tcp reject with tcp reset\n')
        main = self.write('main.nft', '')
        text = NFT.replace('\t\tmeta l4proto tcp reject with tcp reset\n', '\t\tinclude "./part one.nft"\n') % ''
        with Client(FWLINT, '--no-config') as c:
            c.open(main, text)
            found = c.diagnostics(main, 1)
            self.assertEqual(codes([d for d in found if d['severity'] == 1]), ['FW101', 'FW102'])
            inside, = [d for d in found if d['code'] == 'FW102']
            self.assertEqual(inside['range']['start']['line'], 4)  # the include statement
            self.assertEqual(inside['relatedInformation'][0]['location']['uri'], part)
            fix = c.actions(main, inside)[0]['edit']['changes']
            self.assertEqual(list(fix), [main])  # before the accept, or before the include statement
            text = apply_edits(text, fix[main])
            c.change(main, 2, {'text': text})
            self.assertNotIn('FW102', codes(c.diagnostics(main, 2)))
            c.change(main, 3, {'text': text.replace('ct state invalid drop', 'counter')})
            self.assertIn('FW102', codes(c.diagnostics(main, 3)))
            # the editor's text of the included file counts, and its change lints the includer anew
            c.open(part, 'tcp dport 22 accept\n')
            self.assertNotIn('FW102', codes(c.diagnostics(main, 3)))

    def test_the_configuration_of_the_directory_counts(self):
        self.write('.fwlint.ini', '[fwlint]\nignore = FW101\n')
        uri = self.write('rules.v4', '')
        with Client(FWLINT) as c:
            c.open(uri, BAD)
            self.assertEqual(codes(c.diagnostics(uri, 1)), ['FW102'])
            self.write('.fwlint.ini', '[fwlint]\nignroe = FW101\n')
            c.tell('textDocument/didSave', textDocument={'uri': uri})
            wrong, = c.diagnostics(uri, 1)
            self.assertIn('ignroe', wrong['message'])

    @unittest.skipUnless('Landlock' in common.fwlint('--version').stdout and shutil.which('strace'), 'no Landlock or no strace')
    def test_a_lint_confines_itself_and_still_reads_what_is_included(self):
        self.write('part.nft', 'meta l4proto tcp reject with tcp reset\n')
        uri = self.write('main.nft', '')
        trace = os.path.join(self.dir, 'trace')
        wrapper = os.path.join(self.dir, 'traced')
        with open(wrapper, 'w', encoding='utf-8') as f:
            f.write('#!/bin/sh\nexec strace -f -e trace=landlock_restrict_self,seccomp -o %s %s "$@"\n' % (trace, FWLINT))
        os.chmod(wrapper, 0o755)
        with Client(wrapper) as c:
            c.open(uri, NFT.replace('\t\tmeta l4proto tcp reject with tcp reset\n', '\t\tinclude "./part.nft"\n') % '')
            self.assertIn('FW102', codes(c.diagnostics(uri, 1)))
        with open(trace, encoding='utf-8') as f:
            self.assertRegex(f.read(), r'landlock_restrict_self\(.*= 0')

    def test_nothing_of_the_text_is_executed_or_written(self):
        mark = os.path.join(self.dir, 'mark')
        uri = self.write('rules.sh', '')
        before = sorted(os.listdir(self.dir))
        with Client(FWLINT, cwd=self.dir) as c:
            for version, text in enumerate(('#!/bin/sh\ntouch %s\niptables -A INPUT $(touch %s)\n' % (mark, mark),
                                            NFT % ('\t\tinclude "|touch %s"\n' % mark), BAD + '# $(touch %s)\n' % mark), 1):
                (c.change(uri, version, {'text': text}) if version > 1 else c.open(uri, text))
                c.diagnostics(uri, version)
        self.assertEqual(sorted(os.listdir(self.dir)), before)


class Protocol(unittest.TestCase):
    def test_the_life_of_a_server(self):
        with Client(FWLINT, start=False) as c:
            self.assertEqual(c.fails('textDocument/hover', textDocument={'uri': URI}, position=at(0)), -32002)
            c.ask('initialize', processId=None, rootUri=None, capabilities={})
            self.assertEqual(c.fails('initialize', capabilities={}), -32600)
            self.assertEqual(c.fails('textDocument/rename'), -32601)
            self.assertEqual(c.fails('$/unknown'), -32601)
            self.assertEqual(c.fails('textDocument/hover', textDocument={'uri': 'file:///unopened'}, position=at(0)), -32602)
            self.assertIsNone(c.ask('shutdown'))
            self.assertEqual(c.fails('textDocument/hover'), -32600)
            c.tell('exit')
            self.assertEqual(c.process.wait(10), 0)

    def test_exit_without_shutdown_and_a_client_that_goes_away(self):
        with Client(FWLINT) as c:
            c.tell('exit')
            self.assertEqual(c.process.wait(10), 1)
        with Client(FWLINT) as c:
            c.open(URI, BAD)
            c.process.stdin.close()
            self.assertEqual(c.process.wait(10), 1)
            c.process.stdin = open(os.devnull, 'wb')

    def test_nonsense_is_answered_and_survived(self):
        with Client(FWLINT, '--no-config') as c:
            for body, code in ((b'{', -32700), (b'\xff', -32700), (b'[]', -32600), (b'1', -32600), (b'{"id":{}}', -32600),
                               (b'{"jsonrpc":"2.0","id":1}', -32600), (b'"\\ud800"', -32700), (b'[' * 100000, -32700)):
                c.send_raw(body)
                self.assertEqual(c.take(10)['error']['code'], code, body[:40])
            for m in ('textDocument/didOpen', 'textDocument/didChange', 'textDocument/didClose', 'textDocument/didSave',
                      '$/cancelRequest', 'unknown/thing'):
                for params in (None, [], {}, {'textDocument': 1}, {'textDocument': {'uri': 1, 'text': 2}, 'contentChanges': [1]},
                               {'textDocument': {'uri': '', 'text': ''}}):
                    c.send(method=m, params=params)
            c.open(URI, BAD)
            for change in ({}, {'text': 1}, {'text': '', 'range': 1}, {'text': '', 'range': {'start': at(-1), 'end': at(0)}}):
                c.change(URI, 2, change)
            for params in ({}, {'textDocument': {'uri': URI}}, {'textDocument': {'uri': URI}, 'range': 3, 'position': 'x'}):
                c.reply(c.request('textDocument/codeAction', **params))
                c.reply(c.request('textDocument/hover', **params))
            self.assertEqual(c.end(), 0)

    def test_a_message_that_is_too_long_is_not_kept(self):
        with Client(FWLINT, '--no-config') as c:
            def used():
                with open('/proc/%d/status' % c.process.pid, encoding='ascii') as f:
                    return int(next(line for line in f if line.startswith('VmHWM')).split()[1]) >> 10
            before = used()
            c.send_raw(b' ' * (100 << 20))
            self.assertEqual(c.take(30)['error']['code'], -32600)
            c.open(URI, BAD)
            self.assertEqual(codes(c.diagnostics(URI, 1)), ['FW101', 'FW102'])
            self.assertLess(used() - before, 50)  # MiB

    def test_a_header_without_length_ends_it(self):
        with Client(FWLINT) as c:
            c.process.stdin.write(b'GET / HTTP/1.0\r\n\r\n')
            c.process.stdin.flush()
            self.assertEqual(c.process.wait(10), 1)

    def test_markup_in_the_text_is_no_markup_in_the_hover(self):
        with Client(FWLINT, '--no-config', capabilities={'textDocument': {'hover': {'contentFormat': ['markdown']}}}) as c:
            evil = '<img src=x onerror=alert(1)> [x](javascript:1) ``` `'
            c.open(URI, HEAD + '-A INPUT -p tcp -m comment --comment "%s" -j REJECT --reject-with tcp-reset\nCOMMIT\n' % evil)
            self.assertTrue(c.diagnostics(URI, 1))
            words = c.hover(URI, 5, 3)['contents']['value']
            line, = [x for x in words.split('\n') if 'onerror' in x and x.startswith('- line')]
            self.assertRegex(line, r'^- line 6: (````+) .*onerror.* \1$')


class Speed(unittest.TestCase):
    """10,000 rules, edited at 20 keystrokes a second."""

    def test_typing_in_a_long_ruleset_does_not_fall_behind(self):
        rules = ''.join('-A INPUT -s 10.%d.%d.1/32 -p tcp -m tcp --dport %d -j %s\n' % (i >> 8, i & 255, 1 + i % 500, ('ACCEPT', 'DROP')[i % 2])
                        for i in range(10000))
        text = HEAD + DROP + rules + RESET + 'COMMIT\n'
        with Client(FWLINT, '--no-config') as c:
            opened = time.monotonic()
            c.open(URI, text)
            self.assertNotIn('FW102', codes(c.diagnostics(URI, 1, 60)))
            alone = c.when - opened  # one lint, on this machine, with this program
            began, version = time.monotonic(), 1
            lost = 'a line that is typed, and then taken away again, letter by letter'
            typed = '# ' + lost
            for i, ch in enumerate(typed):
                version += 1
                c.change(URI, version, replace(at(5000, i), at(5000, i), ch if i else '\n' + ch))
                c.change(URI, version, *([replace(at(5000, 0), at(5001, 0), '')] if not i else []))
                time.sleep(max(0, began + (version - 1) / 20 - time.monotonic()))
            version += 1
            c.change(URI, version, replace(at(5), at(6), ''))  # and the defect
            last = time.monotonic()
            self.assertIn('FW102', codes(c.diagnostics(URI, version, 60)))
            print('diagnostics of the last text came %.2f s behind it' % (c.when - last))
            self.assertLess(c.when - last, max(10, 3 * alone))
            lints = [m['params'].get('version') for _, m in c.notes if m['method'] == 'textDocument/publishDiagnostics']
            self.assertLess(len(lints), len(typed) / 2)
            self.assertEqual(lints, sorted(lints))
            self.assertEqual(c.end(), 0)


@unittest.skipUnless(shutil.which('nvim'), 'neovim is not installed')
class Neovim(unittest.TestCase):
    """A real editor: it shows the diagnostics and applies the code action."""

    def test_neovim_shows_and_fixes(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        path = os.path.join(folder, 'rules.v4')
        with open(path, 'w', encoding='utf-8') as f:
            f.write(BAD)
        env = dict(os.environ, HOME=folder, XDG_CONFIG_HOME=folder, XDG_STATE_HOME=folder, XDG_DATA_HOME=folder, FWLINT=FWLINT)
        done = common.run('nvim', '--headless', '--clean', '-n', '-S', os.path.join(HERE, 'session.lua'), path, env=env, timeout=60)
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, 0, said)
        self.assertIn('FW102', said)
        self.assertIn('invalid-reaches-tcp-reset', said)
        with open(path, encoding='utf-8') as f:
            self.assertIn('--ctstate INVALID -j DROP\n' + RESET, f.read())


if __name__ == '__main__':
    signal.alarm(240)
    unittest.main(verbosity=2)
