#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Mutants of the program: one thing is made wrong, and a quick test has to fail.

The operators are fixed: each comparison, each boolean, each constant one more and one less, each
statement left out. The seed gives the order in which the mutants are taken, so the same seed takes the
same ones, of each folder in turn, and a run that was stopped goes on where it was (--folder keeps the results). A mutant that
does not compile does not count. The survivors are listed with their reasons, which are in
docs/mutants.tsv (file, operator, line or 'function(): line', reason); the exit status is 1 when one has none.

--named: the mutants of scripts/mutants.named instead (what, old text, new text, tests of meson). Each old text
stands once in src, and one of the tests fails with the new one. As root: some are about the running firewall.
"""
import argparse
import collections
import hashlib
import itertools
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FOLDERS = ['src/flow', 'src/fix', 'src/pktset', 'src/dialect']
NAMED = os.path.join(ROOT, 'scripts', 'mutants.named')
REASONS = os.path.join(ROOT, 'docs', 'mutants.tsv')
TARGETS = ['fwlint', 'tests/unit', 'tests/pktset', 'tests/forms', 'tests/judge', 'tests/fix_text', 'tests/property', 'tests/walk',
           'tests/fields', 'tests/orders', 'tests/follow', 'tests/question']
FIRST = 'tests/judge'
MEMORY = 4 << 30

SLOW = ('test_hostile_rulesets_end_with_an_error', 'test_all_of_many_equal_defects_are_fixed_in_one_run',
        'test_long_lists_of_nested_chains_end')  # half the time of cli.py


def cli(slow):
    """The tests of cli.py by name: the slow ones, or the others."""
    with open(os.path.join(ROOT, 'tests', 'cli.py')) as f:
        words = re.findall(r'^(?:class (\w+)|    def (test_\w+))', f.read(), re.M)
    names, inside = [], ''
    for name, test in words:
        inside = name or inside
        names += ['%s.%s' % (inside, test)] if test and (test in SLOW) == slow else []
    return [sys.executable, '../tests/cli.py', 'fwlint', '-f', *names]


# Those that fail most often for what they take first: the first that fails ends it. Which folder a test is for: '' for all.
# What belongs to one dialect is not asked about the other.
TESTS = [
    ('judge', '', ['tests/judge']),
    ('fix-text', '', ['tests/fix_text']),
    ('pktset', 'src/pktset', ['tests/pktset', '150']),
    ('forms', 'src/dialect', ['tests/forms', '../tests/forms']),
    ('walk', 'src/flow', ['tests/walk']),
    ('fields', 'src/dialect', ['tests/fields']),
    ('follow', '', ['tests/follow']),
    ('question', '', ['tests/question']),
    ('unit', '', ['env', 'CK_RUN_CASE=all', 'tests/unit']),
    ('compare-iptables', 'iptables', ['tests/property', 'iptables', 'compare', '30', '60', '3']),
    ('compare-nft', 'nft', ['tests/property', 'nft', 'compare', '30', '60', '1']),
    ('pairs-iptables', 'iptables', ['tests/property', 'iptables', 'pairs', '60', '60', '1']),
    ('pairs-nft', 'nft', ['tests/property', 'nft', 'pairs', '60', '60', '1']),
    ('ask-iptables', 'iptables', ['tests/property', 'iptables', 'ask', '20', '60', '1']),
    ('ask-nft', 'nft', ['tests/property', 'nft', 'ask', '20', '60', '1']),
    ('translated-iptables', 'iptables', ['tests/property', 'iptables', 'translated', '60', '60', '1']),
    ('translated-nft', 'nft', ['tests/property', 'nft', 'translated', '60', '60', '1']),
    ('words-iptables', 'iptables', ['tests/property', 'iptables', 'words', '30', '60', '1']),
    ('words-nft', 'nft', ['tests/property', 'nft', 'words', '30', '60', '1']),
    ('fixes-iptables', 'iptables', ['tests/property', 'iptables', 'fixes', '30', '1', '1']),
    ('fixes-nft', 'nft', ['tests/property', 'nft', 'fixes', '30', '1', '1']),
    ('meaning', '', [sys.executable, '../tests/meaning.py', 'fwlint', '-f', 'Meaning']),
    ('table', '', [sys.executable, '../tests/table.py', 'fwlint', '-f']),
    ('orders', '', ['tests/orders', '20', '1']),
    ('tests', 'src/dialect', [sys.executable, '../tests/meaning.py', 'fwlint', '-f', 'Tests']),
    ('shell', 'src/dialect/shell', [sys.executable, '../tests/shell.py', 'fwlint', '-f']),
    ('defects', '', [sys.executable, '../tests/defects.py', 'fwlint', '-f']),
    ('trace', 'src/flow', [sys.executable, '../tests/trace.py', 'fwlint', '-f']),
    ('policy', 'src/flow', [sys.executable, '../tests/policy.py', 'fwlint', '-f']),
    ('compared', 'src/flow', [sys.executable, '../tests/compared.py', 'fwlint', '-f']),
    ('load', 'src/dialect', [sys.executable, '../tests/load.py', 'fwlint', '-f']),
    ('versions', 'src/dialect', [sys.executable, '../tests/versions.py', 'fwlint', '-f']),
    ('golden', '', [sys.executable, '../tests/golden.py', 'fwlint']),
    ('errors', 'src/dialect', [sys.executable, '../tests/errors.py', 'fwlint']),
    ('cli', '', cli(False)),
    ('bounds', 'src/pktset', ['env', 'CK_RUN_CASE=bounds', 'tests/unit']),
    ('cli-slow', 'src/fix', cli(True)),
]


# What is no statement and survives these is tried once more with the sanitizers: they see what reads beyond an array.
SANITIZED = ('pktset', 'judge', 'fix-text', 'pairs-iptables', 'pairs-nft', 'fixes-iptables', 'fixes-nft', 'unit', 'meaning',
             'forms', 'walk', 'fields', 'follow', 'question', 'table', 'orders')


def is_for(folder, path):
    """Can a test of this folder see what is wrong in that file?"""
    if '/' in folder:
        return path.startswith(folder)
    return not folder or not path.startswith('src/dialect/') or path.startswith('src/dialect/%s/' % folder)


PATTERNS = [
    ('comparison', r'(?<= )(==|!=|<=|>=|<|>)(?= )',
     {'==': ['!='], '!=': ['=='], '<': ['<=', '>='], '<=': ['<'], '>': ['>=', '<='], '>=': ['>']}),
    ('boolean', r'&&|\|\||\btrue\b|\bfalse\b|!(?=[\w(])',
     {'&&': ['||'], '||': ['&&'], 'true': ['false'], 'false': ['true'], '!': ['']}),
    ('constant', r'(?<![\w.])(?:0x[0-9a-f]+|\d+)(?=[uUlL]*\b)(?![\w.]*["\'])', None),
    ('statement', r'^\t+((?:continue|break)|[\w*(][^;{}]*(?:=|\+\+|--|\))[^;{}]*);$', None),
]
# what is not left out: what steers, declarations, memory, and what only the compiler reads
NO_STATEMENT = re.compile(r'(return|goto|if|for|while|do|else|case|default|switch|static|const|struct|enum|unsigned|bool|'
                          r'size_t|int|char|u?int\d+_t|u128|va_list|va_start|va_end|FW_ASSERT|arena_free)\b|\(void\)\w+$')
DECLARES = re.compile(r'\s*(static |const |struct |unsigned |enum )*\w+ [\w*, \[\]]*\[$')

Mutant = collections.namedtuple('Mutant', 'path line column kind old new text function')


def without_words(text):
    """Comments, strings and what the preprocessor reads, as blanks of the same length."""
    def blank(m):
        return re.sub(r'[^\n]', ' ', m.group())
    return re.sub(r'/\*[\s\S]*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|^[ \t]*#(?:\\\n|.)*', blank, text, flags=re.M)


def replacements(kind, table, m, line):
    if kind == 'statement':
        return [] if NO_STATEMENT.match(m.group(1)) or m.group(1).count('(') != m.group(1).count(')') else ['']
    if kind == 'constant':
        n = int(m.group(), 0)
        if DECLARES.match(line[:m.start()]) and line[m.end():m.end() + 1] == ']':
            return [str(n - 1)] if n else []  # an array of one more holds the same
        if re.search(r'arena_new_array\([^;]*\+ $', line[:m.start()]):
            return [str(n - 1)] if n else []  # so does one that is asked for
        return [str(n + 1)] + ([str(n - 1)] if n else [])
    return table[m.group()]


def mutants_of(path):
    with open(os.path.join(ROOT, path)) as f:
        text = f.read()
    lines, before, function = text.split('\n'), ';', ''
    for number, line in enumerate(without_words(text).split('\n')):
        head = re.match(r'[a-z][\w *]*?(\w+)\(', line)
        function = head[1] if head else function
        for kind, pattern, table in PATTERNS:
            if kind == 'statement' and before[-1:] not in ';{}:)':
                continue  # the end of a longer one
            if kind == 'statement' and before[-1:] == ')' and not re.match(r'\s*(\}? ?else )?(if|for|while)\b', before):
                continue
            for m in re.finditer(pattern, line):
                group = 1 if kind == 'statement' else 0
                for new in replacements(kind, table, m, line):
                    old = lines[number][m.start(group):m.end(group)]  # with its strings
                    yield Mutant(path, number + 1, m.start(group), kind, old, new, lines[number].strip(), function)
        before = line.rstrip() or before


def all_mutants(paths):
    files = []
    for p in paths:
        if p.endswith('.c'):
            files.append(p)
        for folder, _, names in os.walk(os.path.join(ROOT, p)):
            files += [os.path.relpath(os.path.join(folder, n), ROOT) for n in names if n.endswith('.c')]
    return [m for path in sorted(files) for m in mutants_of(path)]


def shuffled(mutants, seed):
    """In an order of its own for each seed, which a change of the source leaves as it is elsewhere."""
    times, keys = collections.Counter(), {}
    for m in mutants:
        what = (m.path, m.kind, m.old, m.new, m.text)
        times[what] += 1
        keys[m] = hashlib.sha256(repr((seed, times[what], what)).encode()).digest()
    return sorted(mutants, key=keys.get)


def in_turn(paths, seed):
    """As many of each folder as of any other, as long as it has some."""
    lists = [shuffled(all_mutants([os.path.normpath(p)]), seed) for p in paths]
    ret = [m for row in itertools.zip_longest(*lists) for m in row if m]
    return list(dict.fromkeys(ret))


def describe(m):
    what = {'statement': 'left out'}.get(m.kind, "'%s' is '%s'" % (m.old, m.new))
    return '%s:%d:%d: %s %s: %s' % (m.path, m.line, m.column + 1, m.kind, what, m.text)


def operator(m):
    return 'left out' if m.kind == 'statement' else '%s -> %s' % (m.old, m.new or 'nothing')


class Work:
    """A copy of the source with a build folder of its own."""

    def __init__(self, folder, sanitized=False, live=False):
        self.sanitized = sanitized
        self.tests = [t for t in TESTS if t[0] in SANITIZED or not sanitized]
        self.tree = os.path.join(folder, 'sanitized' if sanitized else 'tree')
        self.build = os.path.join(self.tree, 'build')
        self.copy()
        if not os.path.exists(os.path.join(self.build, 'build.ninja')):
            subprocess.run(['meson', 'setup', self.build, self.tree, '--buildtype=plain', '-Doptimization=1', '-Dwerror=false',
                            *([] if live else ['-Dlive-nft=disabled', '-Dlive-legacy=disabled']),
                            *(['-Db_sanitize=address', '-Db_lundef=false'] if sanitized else [])],
                           check=True, stdout=subprocess.DEVNULL)
        self.limits = {}

    def copy(self):
        """Only what differs, so that what was built stays."""
        names = subprocess.run(['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], cwd=ROOT,
                               capture_output=True, text=True, check=True).stdout.split('\0')
        for name in filter(None, names):
            old, new = os.path.join(ROOT, name), os.path.join(self.tree, name)
            if not os.path.isfile(old):
                continue
            with open(old, 'rb') as f:
                text = f.read()
            if os.path.exists(new):
                with open(new, 'rb') as f:
                    if f.read() == text:
                        continue
            os.makedirs(os.path.dirname(new), exist_ok=True)
            shutil.copy(old, new)
            os.utime(new)

    def run(self, command, seconds):
        """Its exit status, and whether it took longer: no process may use so many seconds of the CPU."""
        def limit():
            os.setsid()
            if not self.sanitized:  # whose shadow is larger
                resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        env = dict(os.environ, ASAN_OPTIONS='detect_leaks=0') if self.sanitized else None
        p = subprocess.Popen(command, cwd=self.build, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             stdin=subprocess.DEVNULL, preexec_fn=limit)
        try:
            status = p.wait(60 + 20 * seconds)
            return status, status in (-signal.SIGKILL, -signal.SIGXCPU)
        except subprocess.TimeoutExpired:
            return None, True
        finally:
            try:
                os.killpg(p.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            p.wait()

    def compiles(self, *targets):
        return subprocess.run(['ninja', *targets], cwd=self.build, capture_output=True).returncode == 0

    def check_baseline(self):
        """Without a mutant all pass; how long they take says what is too long."""
        r = subprocess.run(['ninja', *TARGETS], cwd=self.build, capture_output=True, text=True)
        if r.returncode:
            sys.exit(r.stdout + 'the source does not build')
        self.leave_out_live()
        for name, _, command in self.tests:
            began = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            if self.run(command, 600)[0] != 0:
                sys.exit("test '%s' fails without any mutant: %s, in %s" % (name, ' '.join(command), self.build))
            self.limits[name] = 2 + int(5 * (resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - began))

    def leave_out_live(self):
        """Without the backends fwlint starts faster; what cli.py asks of them fails, and is left out."""
        for name, _, command in self.tests:
            if name != 'cli':
                continue
            r = subprocess.run([w for w in command if w != '-f'], cwd=self.build, capture_output=True, text=True)
            failed = re.findall(r'^(?:FAIL|ERROR): (test_\w+) \(__main__\.(\w+)', r.stderr, re.M)
            print('left out of cli: ' + ', '.join(sorted('%s.%s' % (c, t) for t, c in failed)), flush=True)
            for t, c in failed:
                if '%s.%s' % (c, t) in command:
                    command.remove('%s.%s' % (c, t))

    def killer(self, path, linked=False):
        """The test that fails, or None. Most fail the first, so the other programs are linked behind it."""
        for name, folder, command in self.tests:
            if not is_for(folder, path):
                continue
            if command[0] != FIRST and not linked:
                linked = self.compiles(*TARGETS)
            status, is_long = self.run(command, self.limits[name])
            if status != 0:
                return ('sanitized ' if self.sanitized else '') + name + (' (hangs)' if is_long else '')
        return None

    def try_mutant(self, m):
        path = os.path.join(self.tree, m.path)
        with open(path) as f:
            text = f.read()
        lines = text.split('\n')
        line = lines[m.line - 1]
        assert line[m.column:].startswith(m.old), m
        lines[m.line - 1] = line[:m.column] + m.new + line[m.column + len(m.old):]
        try:
            with open(path, 'w') as f:
                f.write('\n'.join(lines))
            if not self.compiles(FIRST):
                return 'not compiled'
            return self.killer(m.path) or 'SURVIVED'
        finally:
            with open(path, 'w') as f:
                f.write(text)


def named():
    """What is wrong, the old text, the new one, and the tests of each."""
    with open(NAMED) as f:
        rows = [row.split('\t') for row in f.read().split('\n')[1:] if row]
    return [(what, *(t.replace('\\n', '\n').replace('\\t', '\t') for t in (old, new)), tests.split()) for what, old, new, tests in rows]


def files_with(text, tree):
    """The files of src that have the text, as often as each has it."""
    found = []
    for folder, _, names in os.walk(os.path.join(tree, 'src')):
        for path in (os.path.join(folder, n) for n in names if n.endswith('.c')):
            with open(path) as f:
                found += [path] * f.read().count(text)
    return found


def check_lists():
    """Each entry of the two lists is about the source as it is now."""
    wrong = ['%s: no such mutant: %s' % (os.path.relpath(REASONS, ROOT), '\t'.join(key)) for key in reasons()
             if key not in {k for m in mutants_of(key[0]) for k in keys(m)}]
    wrong += ["%s: %d times in src: %s" % (os.path.relpath(NAMED, ROOT), n, what)
              for what, old, _, _ in named() for n in [len(files_with(old, ROOT))] if n != 1]
    print('\n'.join(wrong + ['%d entries are wrong' % len(wrong)]))
    return 1 if wrong else 0


class Named:
    """The mutants of scripts/mutants.named, each built as far as its tests need it."""

    def __init__(self, folder):
        self.work, self.sound = Work(folder, live=True), set()

    def passes(self, test):
        """None: it was skipped."""
        r = subprocess.run(['meson', 'test', test], cwd=self.work.build, capture_output=True, text=True)
        skipped = re.search(r'^Skipped: +([1-9])', r.stdout, re.M)
        return None if skipped else r.returncode == 0

    def killer(self, old, new, tests):
        """The first test that fails, and why there is none."""
        paths = files_with(old, self.work.tree)
        if len(paths) != 1:
            return None, 'the old text does not stand once in src'
        path = paths[0]
        with open(path) as f:
            text = f.read()
        try:
            with open(path, 'w') as f:
                f.write(text.replace(old, new))
            if not self.work.compiles('fwlint'):
                return None, 'does not compile'
            for test in tests:
                passed = self.passes(test)
                if not passed:
                    return (test, None) if passed is False else (None, "'%s' was skipped" % test)
            return None, 'SURVIVED'
        finally:
            with open(path, 'w') as f:
                f.write(text)

    def run(self, pattern):
        rows, left = [r for r in named() if re.search(pattern, r[0])], 0
        for what, old, new, tests in rows:
            test, why = self.killer(old, new, tests)
            if test and test not in self.sound:  # it passes without the mutant
                if not self.passes(test):
                    sys.exit("'%s' fails without any mutant, too, in %s" % (test, self.work.build))
                self.sound.add(test)
            left += test is None
            print('%-14s %s' % (test or why, what), flush=True)
        print('%d named mutants, %d killed' % (len(rows), len(rows) - left))
        return 1 if left else 0


class Results:
    """A line of JSON for each mutant that was tried. It counts as long as its file is the same."""

    def __init__(self, path):
        self.path, self.known, self.hashes = path, {}, {}
        if os.path.exists(path):
            with open(path) as f:
                for line in f:
                    try:
                        key, result = json.loads(line)
                    except ValueError:
                        continue  # stopped in the middle of it
                    self.known[tuple(key)] = result

    def key(self, m):
        if m.path not in self.hashes:
            with open(os.path.join(ROOT, m.path), 'rb') as f:
                self.hashes[m.path] = hashlib.sha256(f.read()).hexdigest()[:16]
        return (m.path, self.hashes[m.path], m.line, m.column, m.old, m.new)

    def add(self, m, result):
        self.known[self.key(m)] = result
        with open(self.path, 'a') as f:
            f.write(json.dumps([self.key(m), result]) + '\n')


def reasons():
    ret = {}
    with open(REASONS) as f:
        for row in f.read().split('\n')[1:]:
            cells = row.split('\t')
            if len(cells) == 4:
                ret[tuple(cells[:3])] = cells[3]
    return ret


def keys(m):
    """What a row of reasons may name it: its line, which stands for all the same, or the one of its function."""
    return [(m.path, operator(m), m.text), (m.path, operator(m), '%s(): %s' % (m.function, m.text))]


def reason_of(m, known):
    return known.get(keys(m)[1]) or known.get(keys(m)[0])


def report(tried, results, left):
    known, count, unexplained = reasons(), collections.Counter(), 0
    survivors = [m for m in tried if results[m] == 'SURVIVED']
    for m in tried:
        count[results[m]] += 1
    for m in survivors:
        why = reason_of(m, known)
        unexplained += why is None
        print('%s\n    %s' % (describe(m), why or 'NO REASON in docs/mutants.tsv: %s' % '\t'.join((m.path, operator(m), m.text))))
    print('killed by: ' + ', '.join('%s %d' % (k, n) for k, n in count.most_common() if k not in ('SURVIVED', 'not compiled')))
    n = len(tried) - count['not compiled']
    print('%d mutants, %d killed, %d survived (%d without a reason); %d more did not compile%s' %
          (n, n - len(survivors), len(survivors), unexplained, count['not compiled'], '; stopped before the end' if left else ''))
    return 1 if unexplained else 0


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('paths', nargs='*', default=FOLDERS, help='folders or files (%s)' % ' '.join(FOLDERS))
    p.add_argument('--count', type=int, default=600, help='mutants that compile (600)')
    p.add_argument('--seconds', type=float, default=float('inf'), help='stop then; the same command goes on')
    p.add_argument('--seed', type=int, help='of the order (a new one)')
    p.add_argument('--folder', default=os.path.join(ROOT, 'build-mutants'), help='for the copy and the results (build-mutants)')
    p.add_argument('--only', metavar='TEXT', help='of these those whose line of output has the text')
    p.add_argument('--again', action='store_true', help='try those that survived without a reason again: there are new tests')
    p.add_argument('--with', dest='tests', metavar='NAMES', help='only these tests (table,cli): where the others were survived before')
    p.add_argument('--named', nargs='?', const='', metavar='PATTERN', help='those of scripts/mutants.named instead')
    p.add_argument('--quick', action='store_true', help='without what is slow and the sanitizers: --again tries what is left with them')
    p.add_argument('--check', action='store_true', help='only look whether both lists are about the source as it is (a test)')
    p.add_argument('--list', action='store_true', help='print the mutants, try none')
    o = p.parse_args()
    if o.check:
        return check_lists()
    if o.named is not None:
        return Named(o.folder + '-named').run(o.named)
    if o.seed is None:
        o.seed = random.SystemRandom().randrange(1 << 31)
    mutants = in_turn(o.paths, o.seed)
    print('%d mutants are possible in %s; seed %d' % (len(mutants), ' '.join(o.paths), o.seed), flush=True)
    if o.only:
        mutants = [m for m in mutants if o.only in describe(m)]
    if o.list:
        for m in mutants[:o.count]:
            print(describe(m))
        return 0
    if o.quick:
        TESTS[:] = [t for t in TESTS if t[0] not in ('golden', 'errors', 'versions', 'compared', 'cli', 'cli-slow', 'bounds')]
    if o.tests:
        TESTS[:] = [t for t in TESTS if t[0] in o.tests.split(',')]
    os.makedirs(o.folder, exist_ok=True)
    results, done, counted, end = Results(os.path.join(o.folder, 'results.jsonl')), {}, 0, time.time() + o.seconds
    works, known = {}, reasons()

    def attempt(m, sanitized):
        if sanitized not in works:
            works[sanitized] = Work(o.folder, sanitized)
            works[sanitized].check_baseline()
        return works[sanitized].try_mutant(m)
    for m in mutants:
        if counted == o.count or time.time() > end:
            break
        result = results.known.get(results.key(m))
        if not result or (o.again and result == 'SURVIVED' and not reason_of(m, known)):
            began = time.time()
            result = attempt(m, False)
            if result == 'SURVIVED' and not o.quick and m.kind != 'statement':
                result = attempt(m, True)
            results.add(m, result)
            print('%-16s %5.1f s  %s' % (result, time.time() - began, describe(m)), flush=True)
        done[m] = result
        counted += result != 'not compiled'
    return report(list(done), done, counted < o.count and len(done) < len(mutants))


if __name__ == '__main__':
    signal.signal(signal.SIGTERM, lambda *_: sys.exit('stopped: the same seed goes on where it was'))
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit('stopped: the same seed goes on where it was')
