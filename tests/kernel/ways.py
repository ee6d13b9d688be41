#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every fix, in each of the ways that it can be made: does it load, and change what its certificate says?

usage: ways.py FWLINT PROPERTY [--random N] [--seed SEED] [--corpus] [--examples] [--folder DIR] [--jobs N]

--random: so many rulesets of each dialect, by the generator of the property test. The ways: `file`, the fixed text is
loaded; `listing`, what the kernel lists of the ruleset is fixed and loaded; `json`, the same of `nft -j`; `commands`, those
of --format commands, on top of the loaded ruleset; `live`, by --live --apply; `legacy`, the same of iptables-legacy. In
each the kernel's listing before and after are compared: they differ in the classes of the certificates and in nothing else,
and with any of the new lines taken out there is another difference. With --folder a run that was stopped goes on.
"""
import argparse
import collections
import ctypes
import difflib
import json
import multiprocessing
import os
import random
import re
import subprocess
import sys
import tempfile

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import common  # noqa: E402

CLONE_NEWNS, CLONE_NEWNET = 0x20000, 0x40000000
FWLINT = None


class Wrong(Exception):
    pass


class Cannot(Exception):
    """Not for fwlint to mend: said by the tool about its own output."""


def run(*command, text=None, cwd=None):
    return common.run(*command, stdin=text, cwd=cwd, timeout=300)


def tool(*command, text=None, cwd=None):
    r = run(*command, text=text, cwd=cwd)
    if r.returncode:
        raise Wrong('%s: %s' % (' '.join(command), r.stderr.strip()[:500]))
    return r.stdout


def new_namespace(flags=CLONE_NEWNET):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags):
        raise OSError(ctypes.get_errno(), 'unshare')
    if flags & CLONE_NEWNS:
        tool('mount', '--make-rprivate', '/')
        tool('mount', '-t', 'tmpfs', 'tmpfs', '/run')
    tool('ip', 'link', 'set', 'lo', 'up')


# ---- how a ruleset gets in and out ----

class Nft:
    ways = ('file', 'listing', 'json', 'commands', 'live')
    backend = 'nft'

    def __init__(self, dialect, cwd):
        self.json, self.cwd, self.dual = dialect == 'nft-json', cwd, False

    def load(self, text, is_json=False):
        new_namespace()
        tool('nft', *(['-j'] if is_json else []), '-f', '-', text=text, cwd=self.cwd)

    def load_source(self, text):
        self.load(text, self.json)

    def list(self):
        return tool('nft', '-s', 'list', 'ruleset')


class Iptables:
    ways = ('file', 'listing', 'commands', 'live')
    backend = 'iptables-nft'
    variant = 'nft'

    def __init__(self, text, path):
        self.dual = re.search(r'(?m)^\s*-[46] ', text)  # the other half is not loaded
        v6 = re.search(r'6tables|icmp6|icmpv6|::|ip6-', text) or re.search(r'6(-save|\.rules)?$|\.v6$|rules6', path)
        self.family = 'ip6tables' if v6 else 'iptables'
        self.cwd = None

    def load(self, text):
        new_namespace()
        tool('%s-%s-restore' % (self.family, self.variant), text=text)

    load_source = load

    def list(self):
        out = tool('%s-%s-save' % (self.family, self.variant))
        return re.sub(r'\[\d+:\d+\]', '[0:0]', ''.join(x + '\n' for x in out.split('\n') if x and not x.startswith('#')))


class Legacy(Iptables):
    ways = ('legacy',)
    backend = 'legacy'
    variant = 'legacy'


# ---- what fwlint says ----

def norm(verdict):
    """icmp, icmpv6 and icmpx port-unreachable are one answer."""
    return re.sub(r'\(icmp(x|6|v6)?[ -]', '(icmp ', verdict)


def used_fixes(*args, text=None):
    r = run(FWLINT, '--format', 'json', '--unsafe-fixes', *args, text=text)
    if r.returncode > 1:
        return None, r.stderr.strip()
    doc = json.loads(r.stdout)['inputs'][0]
    return [f for f in doc['fixes'] if f['used']], doc['dialect']


def fixed_text(*args, text=None):
    r = run(FWLINT, '--fix', '--unsafe-fixes', *args, text=text)
    if r.returncode > 1:
        raise Wrong('--fix: ' + r.stderr.strip()[:500])
    return r.stdout


def compare(folder, old, new):
    """The classes that differ; None: not known."""
    paths = []
    for name, text in (('old', old), ('new', new)):
        paths.append(os.path.join(folder, name))
        with open(paths[-1], 'w') as f:
            f.write(text)
    r = run(FWLINT, 'compare', '--format', 'json', *paths)
    if r.returncode > 1:
        if 'could not be compared' in r.stderr:
            return None
        raise Cannot('compare: ' + r.stderr.strip()[:200])
    return {(d['path'], d['state'], norm(d['old']), norm(d['new'])) for d in json.loads(r.stdout)['differences']}


def verify(folder, before, after, fixes, dual):
    if before == after and fixes:
        raise Wrong('nothing is changed')
    says = {(c['path'], f['state'], norm(c['old']), norm(c['new'])) for f in fixes for c in f['classes']}
    differ = compare(folder, before, after)
    if differ is not None and differ != says and not (dual and differ < says):
        raise Wrong('compare and the certificates do not say the same: %s' % (differ ^ says))
    old, new = before.split('\n'), after.split('\n')
    for op, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if op == 'equal':
            continue
        if op == 'delete' or (op == 'replace' and b - a > d - c):
            raise Wrong('lines are gone: %s' % old[a:b])
        for i in range(c, d):
            put = [] if i - c >= b - a else [old[a + i - c]]
            without = '\n'.join(new[:i] + put + new[i + 1:])
            if compare(folder, without, after) == set():
                raise Wrong('needless: %s' % new[i])


# ---- the ways ----

def by_file(h, source, before, folder):
    h.load_source(fixed_text(*source.args, text=source.text))
    return before, source.fixes


def by_listing(h, source, before, folder):
    try:
        h.load(before)
    except Wrong as e:
        raise Cannot('the tool does not read its own listing: %s' % e)
    before = h.list()  # nft writes some sets in another way then
    fixes, why = used_fixes('-', text=before)
    if fixes is None:
        raise Cannot(why)
    h.load(fixed_text('-', text=before))
    return before, fixes


def by_json(h, source, before, folder):
    text = tool('nft', '-j', 'list', 'ruleset')
    fixes, why = used_fixes('-', text=text)
    if fixes is None:
        raise Cannot(why)
    try:
        h.load(text, True)
    except Wrong as e:
        raise Cannot('the tool does not read its own JSON: %s' % e)
    before = h.list()  # nft 1.0.6 leaves flags of sets and tables out
    text = tool('nft', '-j', 'list', 'ruleset')
    fixes, why = used_fixes('-', text=text)
    if not fixes:
        raise Cannot(why if fixes is None else 'what is left of it in JSON has no fixes')
    h.load(fixed_text('-', text=text), True)
    return before, fixes


def by_commands(h, source, before, folder):
    r = run(FWLINT, '--format', 'commands', '--unsafe-fixes', *source.args, text=source.text)
    if 'cannot be written as a command' in r.stdout + r.stderr:
        raise Cannot('not every fix can be written as a command')
    script = r.stdout
    if isinstance(h, Iptables):
        if h.dual:
            script = ''.join(l for l in script.splitlines(True) if l.startswith((h.family + ' ', '#')))
        script = re.sub(r'(?m)^(ip6?tables) ', r'\1-nft ', script)
    tool('sh', '-e', text=script)
    return before, source.fixes


def by_live(h, source, before, folder):
    fixes, why = used_fixes('--live=' + h.backend)
    if fixes is None:
        raise Cannot(why)
    r = run(FWLINT, '--live=' + h.backend, '--apply', '--unsafe-fixes', '--confirm-within', '0', '--keep-open', 'none')
    if r.returncode > 1:
        raise Wrong('--apply: ' + r.stderr.strip()[:500])
    return before, fixes


WAYS = {'file': by_file, 'listing': by_listing, 'json': by_json, 'commands': by_commands, 'live': by_live, 'legacy': by_live}


class Source:
    def __init__(self, path, text):
        self.path = path
        self.args = ('--include-dir', os.path.dirname(path), path) if path else ('-',)
        self.text = None if path else text
        self.fixes, self.dialect = used_fixes(*self.args, text=self.text)


def examine(item):
    """The outcome of each way: 'ok', 'cannot: …' or 'WRONG: …'."""
    name, path, text = item
    if path:
        text = common.read(path, errors='replace')
    ret = {}
    try:
        source = Source(path, text)
        if source.fixes is None:
            return name, {'all': 'not read'}
        if not source.fixes:
            return name, {'all': 'no fixes'}
        nft = source.dialect.startswith('nft')
        hosts = [Nft(source.dialect, os.path.dirname(path) if path else None)] if nft else \
            [Iptables(text, path or ''), Legacy(text, path or '')]
        with tempfile.TemporaryDirectory() as folder:
            for h in hosts:
                for way in h.ways:
                    try:
                        h.load_source(text)
                    except Wrong as e:
                        ret[way] = 'cannot: it does not load: %s' % e
                        continue
                    try:
                        before, fixes = WAYS[way](h, source, h.list(), folder)
                        verify(folder, before, h.list(), fixes, h.dual)
                        ret[way] = 'ok'
                    except Wrong as e:
                        ret[way] = 'WRONG: %s' % e
                    except Cannot as e:
                        ret[way] = 'cannot: %s' % e
    except subprocess.TimeoutExpired as e:
        ret['all'] = 'WRONG: %s' % e
    return name, ret


# ---- which rulesets ----

def inputs(o):
    if o.examples:
        for name in sorted(os.listdir(common.EXAMPLES)):
            yield 'rules-examples/' + name, os.path.join(common.EXAMPLES, name), None
    if o.corpus and common.no_corpus():
        print('SKIPPED: ' + common.no_corpus())
    elif o.corpus:
        for cells in common.manifest(*common.IPTABLES, *common.NFT):
            yield cells[0], common.in_corpus(cells[0]), None
    for dialect in ('nft', 'iptables'):
        texts = tool(o.property, dialect, 'print', str(o.random), str(o.seed)).split('\f\n') if o.random else []
        for i, text in enumerate(texts[:-1]):
            yield 'random %s %d %d' % (dialect, o.seed, i), None, text


def begin():
    new_namespace(CLONE_NEWNET | CLONE_NEWNS)


def main():
    global FWLINT
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('fwlint')
    p.add_argument('property')
    p.add_argument('--random', type=int, default=0)
    p.add_argument('--seed', type=int, help='of the random rulesets (a new one)')
    p.add_argument('--corpus', action='store_true')
    p.add_argument('--examples', action='store_true')
    p.add_argument('--folder')
    p.add_argument('--jobs', type=int, default=os.cpu_count())
    o = p.parse_args()
    FWLINT = os.path.abspath(o.fwlint)
    o.seed = random.SystemRandom().randrange(1 << 31) if o.seed is None else o.seed
    why = run('unshare', '-nm', 'sh', '-c', 'mount -t tmpfs tmpfs /run && nft list ruleset && iptables-legacy -S')
    if why.returncode:
        print('SKIPPED: no namespaces, or no iptables and nft: ' + why.stderr.strip())
        return common.SKIPPED
    print('seed %d' % o.seed, flush=True)
    done, log = {}, None
    if o.folder:
        os.makedirs(o.folder, exist_ok=True)
        log = open(os.path.join(o.folder, 'results.jsonl'), 'a+')
        log.seek(0)
        for line in log:
            if line.endswith('\n') and '"WRONG' not in line:  # those are looked at again
                done.update([json.loads(line)])
    items = list(inputs(o))
    left = [i for i in items if i[0] not in done]
    with multiprocessing.Pool(o.jobs, begin) as pool:
        for name, ret in pool.imap_unordered(examine, left):
            done[name] = ret
            if log:
                log.write(json.dumps([name, ret]) + '\n')
                log.flush()
            for way, what in ret.items():
                if what.startswith('WRONG'):
                    print('%s, %s: %s' % (name, way, what), flush=True)
    counts, wrong = collections.defaultdict(collections.Counter), 0
    for i in items:
        for way, what in done[i[0]].items():
            counts[way][what.split(':')[0]] += 1
            wrong += what.startswith('WRONG')
    print('%d rulesets' % len(items))
    for way in ('all', *WAYS):
        if counts[way]:
            print('%-8s %s' % (way, ', '.join('%s %d' % x for x in counts[way].most_common())))
    reasons = collections.Counter(w for i in items for w in done[i[0]].values() if w.startswith('cannot'))
    for what, n in reasons.most_common(12):
        print('%5d %s' % (n, what.replace('\n', ' ')[:150]))
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
