#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Names and comments in the kernel that steer a terminal, forge a line or are no text: seen by --live and changed by --apply.

usage: live_hostile.py FWLINT [CLASS.TEST]

They are put there by the JSON of nft, which takes any name that is UTF-8, and by the tools of iptables, which take any byte.
"""
import json
import os
import re
import sys

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import common  # noqa: E402
import host  # noqa: E402
from host import Host  # noqa: E402
import hostile  # noqa: E402
import terminal  # noqa: E402

FWLINT = hostile.FWLINT
WORDS = dict(hostile.EVIL, **{'a line': b'a\nfwlint: all is well', 'a chain': b'x {\n\t}\n\tchain y', 'a table': b'x {\n}\n}\ntable ip y',
                              'a rule': b'a" # handle 1\n\t\tct state invalid drop comment "b', 'a quote': b'a"b', 'a comment': b'a # b', 'a semicolon': b'a; flush ruleset', 'an option': b'-h'})
ARGS = ((), ('--quiet',), ('--unsafe-fixes',), ('--format', 'commands'), ('--format', 'json'), ('--dump', 'text'), ('--fix',),
        ('--diff',), ('--apply', '--dry-run'))


def nft_json(word, where):
    """A ruleset that gets a fix, with the word as the name of its table, chain, set or comment."""
    name = {w: word if w == where else 'a_' + w for w in ('table', 'chain', 'set', 'comment')}
    at = {'family': 'inet', 'table': name['table']}
    state = {'match': {'op': 'in', 'left': {'ct': {'key': 'state'}}, 'right': ['established', 'related']}}
    rules = ([state, {'accept': None}], [{'match': {'op': '==', 'left': {'payload': {'protocol': 'ip', 'field': 'saddr'}},
                                                    'right': '@' + name['set']}}, {'accept': None}],
             [{'match': {'op': '==', 'left': {'meta': {'key': 'l4proto'}}, 'right': 'tcp'}}, {'reject': {'type': 'tcp reset'}}])
    return json.dumps({'nftables': [
        {'add': {'table': {'family': 'inet', 'name': name['table']}}},
        {'add': {'set': dict(at, name=name['set'], type='ipv4_addr', elem=['192.0.2.1'])}},
        {'add': {'chain': dict(at, name=name['chain'], type='filter', hook='input', prio=0, policy='accept')}},
        *({'add': {'rule': dict(at, chain=name['chain'], expr=e, comment=name['comment'])}} for e in rules)]})


class Hostile(Host):
    assert_visible = hostile.Hostile.assert_visible

    def bytes_(self, *args, stdin=None):
        r = common.run(*self.inside(*args), stdin=stdin, text=False, timeout=600)
        return r.returncode, r.stdout, r.stderr

    def listing(self):
        """As bytes, and without what moves by itself."""
        out = b''.join(self.bytes_(*c)[1] for c in (('nft', '-a', 'list', 'ruleset'), ('iptables-legacy-save',), ('iptables-nft-save',)))
        return re.sub(rb'(?m)^#.*\n|\[\d+:\d+\]', b'', out)

    def on_terminal(self, *args):
        return terminal.run(self.inside(FWLINT, *args), env=dict(os.environ, TERM='xterm'))

    def look(self, why):
        """Nothing raw in what is said, whatever it is. Returns the exit status of --live."""
        for args in ARGS:
            code, out, err = self.bytes_(FWLINT, '--live', *args)
            what = '%s %s' % (why, ' '.join(args))
            self.assertIn(code, (0, 1, 2, 3), what)
            self.assert_visible(err, what)
            if not {'--dump', '--fix', '--diff', '--dry-run'} & set(args):  # those are the ruleset, byte for byte
                self.assert_visible(out.split(b'--- ')[0], what)
                self.assertNotIn(b'fwlint: all is well', out.split(b'\n'), what)
            self.assertNotIn(b'fwlint: all is well', err.split(b'\n'), what)
            if 'json' in args and out:
                json.loads(out)
                self.assertTrue(out.isascii(), what)
            code, out = self.on_terminal('--live', *args)
            self.assertIn(code, (0, 1, 2, 3), what)
            self.assert_visible(out, what)
        return self.bytes_(FWLINT, '--live', '-q')[0]

    def change(self, why):
        """One rule more and its way back, or a refusal and nothing changed. Returns whether it was done."""
        before = self.listing()
        code, out, err = self.bytes_(FWLINT, '--live', '--apply', '--keep-open', 'none', '--confirm-within', '600')
        self.assert_visible(err, why)
        if code in (2, 3) or b'inserted' not in err:
            self.assertEqual(self.listing(), before, '%s: %r' % (why, err))
            self.assertEqual(self.guardians(), [])
            return False
        self.assertNotEqual(self.listing(), before)
        for args in (('pending',), ('rollback',), ('pending',)):
            code, out, err = self.bytes_(FWLINT, *args)
            self.assertEqual(code, 0, '%s: %r' % (why, err))
            self.assert_visible(out + err, why)
        self.assertEqual(self.listing(), before, why)
        self.assertTrue(self.wait(lambda: not self.guardians()))
        return True

    def all_of(self, kind, rulesets):
        done = seen = loaded = 0
        for why, load in rulesets:
            with self.subTest(why):
                self.run_('sh', '-c', 'nft flush ruleset; rm -rf /run/fwlint; iptables-legacy -F; iptables-legacy -X')
                if load():
                    continue
                loaded += 1
                seen += self.look(why) == 1
                done += self.change(why)
        print('%s: %d rulesets, %d with findings, %d changed and taken back' % (kind, loaded, seen, done))
        self.assertGreater(loaded, len(WORDS) // 2)
        self.assertGreater(done, 3)

    def test_nft(self):
        def rulesets():
            for name, word in WORDS.items():
                try:
                    text = word.decode('utf-8')
                except UnicodeDecodeError:
                    continue
                for where in ('table', 'chain', 'set', 'comment'):
                    yield '%s as %s' % (name, where), lambda text=text, where=where: self.bytes_(
                        'nft', '-j', '-f', '-', stdin=nft_json(text, where).encode())[0]
        self.all_of('nft', rulesets())

    def test_a_forged_rule_is_not_believed(self):
        """A line end in a comment or a name makes rules of the listing that the kernel has not."""
        for word, where in (('a" # handle 1\n\t\tct state invalid drop comment "b', 'comment'),
                            ('x {\n\t}\n\tchain y', 'chain'), ('x {\n\t\ttype ipv4_addr\n\t}\n\n\tset y', 'set')):
            self.run_('nft', 'flush', 'ruleset')
            self.run_('nft', '-j', '-f', '-', text=nft_json(word, where))
            r = self.fwlint('--live')
            self.assertEqual((r.returncode, r.stdout), (3, ''), where)
            self.assertIn('a name or a comment contains a line break', r.stderr)

    def iptables(self, tool):
        def load(word):
            # commands: words are taken as they are
            for args in (('-N', word), ('-A', 'INPUT', '-j', word),
                         ('-A', word, '-m', 'conntrack', '--ctstate', 'ESTABLISHED', '-m', 'comment', '--comment', word, '-j', 'ACCEPT'),
                         ('-A', word, '-p', 'tcp', '-j', 'REJECT', '--reject-with', 'tcp-reset')):
                code = self.bytes_(tool, *args)[0]
                if code:
                    return code
            return 0
        self.all_of(tool, ((name, lambda word=word: load(word)) for name, word in WORDS.items()))

    def test_legacy(self):
        self.iptables('iptables-legacy')

    def test_iptables_nft(self):
        self.iptables('iptables-nft')


if __name__ == '__main__':
    host.main(__file__, FWLINT)
