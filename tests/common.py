# SPDX-License-Identifier: GPL-2.0-or-later
"""What the test scripts share: arguments, running fwlint, folders, the corpus, what is left out.

A script takes its first argument with program(), others with argument(), and ends with main().
"""
import concurrent.futures
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
EXAMPLES = os.path.join(ROOT, 'rules-examples')

# The corpus is a folder with MANIFEST.tsv (file, dialect, rules, does the nft backend's --test take
# it, does legacy's) and TARGETS.tsv (chains with a tcp reset, labelled). It is looked for in
# $FWLINT_CORPUS, and beside the source.
CORPUS = os.environ.get('FWLINT_CORPUS', os.path.join(ROOT, '..', 'shared', 'corpus'))
MANIFEST = os.path.join(CORPUS, 'MANIFEST.tsv')
IPTABLES = ('iptables-save', 'ip6tables-save', 'iptables-S')
NFT = ('nft-list', 'nft-script', 'nft-json')

# What users paste when they ask for help.
PASTED = ('-A FORWARD -m state --state RELATED,ESTABLISHED -j ACCEPT\n'
          '-A FORWARD -p tcp -j REJECT --reject-with tcp-reset\n')

SKIPPED = 77  # the exit status by which meson knows a test that is left out
FWLINT = None  # the fwlint under test


# ---- arguments ----

def argument():
    """The next argument of the script, a path."""
    return os.path.abspath(sys.argv.pop(1))


def is_sanitized():
    """Is the program built with sanitizers, which take time and memory of their own?"""
    text = read(FWLINT, mode='rb')
    return b'__asan_init' in text or b'__ubsan_handle' in text


def program():
    """The next argument is the fwlint under test: returns it, and has fwlint() run it."""
    global FWLINT
    FWLINT = argument()
    return FWLINT


def is_error(code):
    """Is it the code of an error of the input (FW0xx), and no check? FW002 is one."""
    return code.startswith('FW0') and code != 'FW002'


# ---- running ----

def run(*command, stdin=None, text=True, **kw):
    """What a command wrote: text, or bytes."""
    if text:
        kw.setdefault('errors', 'replace')
    return subprocess.run(command, input=stdin, capture_output=True, text=text, **kw)


def fwlint(*args, stdin=None, **kw):
    return run(FWLINT, *args, stdin=stdin, **kw)


def outcome(*args, stdin='', **kw):
    """The exit status of fwlint, its standard output and its standard error."""
    r = fwlint(*args, stdin=stdin, **kw)
    return r.returncode, r.stdout, r.stderr


def in_namespace(script, *args, **kw):
    """Runs a shell script in a network namespace of its own, whose lo is up."""
    return run('unshare', '-n', 'sh', '-c', 'ip link set lo up; ' + script, 'sh', *args, **kw)


def each(work, items):
    """What comes of each, several at a time."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(work, items))


# ---- files ----

def read(path, **kw):
    with open(path, **kw) as f:
        return f.read()


def write(path, text):
    with open(path, 'wb' if isinstance(text, bytes) else 'w') as f:
        f.write(text)
    return path


class Folder(unittest.TestCase):
    """A test with a folder of its own, self.dir."""

    def setUp(self):
        self.dir = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.dir)


def blocks(path):
    """Those of a file, each behind a line "== DIALECT: NAME": dialect, name and lines."""
    for block in read(path).split('\n== ')[1:]:
        head, *lines = block.rstrip('\n').split('\n')
        yield (*head.split(': ', 1), lines)


# ---- the corpus ----

def manifest(*dialects):
    """The rows of the corpus that are of these dialects (none: all), as cells."""
    for row in read(MANIFEST).split('\n')[1:]:
        cells = row.split('\t')
        if len(cells) > 4 and (not dialects or cells[1] in dialects):
            yield cells


def in_corpus(name):
    return os.path.join(CORPUS, name)


# ---- what cannot be tested here ----

def no_corpus():
    """Why there is none, or None."""
    return None if os.path.exists(MANIFEST) else 'no corpus at %s' % CORPUS


def no_namespace(*command, what='nft'):
    """Why a command (nft list ruleset) fails in a network namespace of its own, or None."""
    r = run('unshare', '-n', *(command or ('nft', 'list', 'ruleset')))
    if r.returncode:
        return 'no network namespace, or no %s: %s' % (what, r.stderr.strip())
    return None


def leave_out(why):
    print('SKIPPED: ' + why)
    sys.exit(SKIPPED)


def main(why_not=None):
    """Runs the tests of the script; why_not: why they cannot run here."""
    if why_not:
        leave_out(why_not)
    unittest.main(verbosity=2)


INSIDE = 'FWLINT_TEST_INSIDE'


def is_inside():
    """Is it the run that enter_namespace() starts?"""
    return INSIDE in os.environ


def enter_namespace(why_not):
    """Starts the script again in a network namespace of its own, whose lo is up; returns there."""
    if not is_inside():
        if why_not:
            leave_out(why_not)
        os.environ[INSIDE] = '1'
        os.execvp('unshare', ['unshare', '-n', sys.executable, sys.argv[0], FWLINT, *sys.argv[1:]])
    subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)


def main_in_namespace(why_not, argv=None):
    """Runs the tests (of the command line argv) in a network namespace of their own."""
    enter_namespace(why_not)
    unittest.main(argv=argv, verbosity=2)
