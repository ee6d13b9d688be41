#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Files in hostile places: what is read, what is written, and what is left when a run ends early.

usage: files.py FWLINT SHIM
"""
import ctypes
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(1, os.path.dirname(sys.path[0]))
import common  # noqa: E402
from common import read  # noqa: E402

FWLINT = common.program()
SHIM = common.argument()
STEP = int(os.environ.get('FILES_STEP', '7'))  # 1: each call is made to fail
SEED = int(os.environ.get('FILES_SEED', '0')) or random.SystemRandom().randrange(1, 1 << 31)  # of the first call
OTHER = 1234  # another user

OLD = ('-A FORWARD -m state --state RELATED,ESTABLISHED -j ACCEPT\n'
       '-A FORWARD -p tcp -j REJECT --reject-with tcp-reset\n')
NEW = OLD.replace('\n', '\n-A FORWARD -m state --state INVALID -j DROP\n', 1)
NFT = 'table inet t {\n\tchain c {\n\t\ttype filter hook forward priority 0; policy accept;\n%s\t}\n}\n'
RULE = '\t\tct state established,related accept\n\t\tmeta l4proto tcp reject with tcp reset\n'
RULE_NEW = RULE.replace('\n', '\n\t\tct state invalid drop\n', 1)

needs_root = unittest.skipIf(os.getuid(), 'needs root: files of several users')


def cannot_mount():
    """None, or why a test cannot mount for itself: in a chroot, in a container."""
    if os.getuid():
        return None  # those tests do without
    r = subprocess.run(['unshare', '-m', 'mount', '-t', 'tmpfs', 'none', '/mnt'], capture_output=True, text=True)
    return 'nothing can be mounted here: ' + r.stderr.strip() if r.returncode else None


WHY_NOT = cannot_mount()
needs_mounts = unittest.skipIf(WHY_NOT, WHY_NOT)


def run(*args, env=None, cwd=None, stdin='', timeout=20):
    e = dict(os.environ, ASAN_OPTIONS='verify_asan_link_order=0', **(env or {}))
    return common.outcome(*args, stdin=stdin, env=e, cwd=cwd, timeout=timeout)


def renameat2(a, b, flags):
    return ctypes.CDLL(None, use_errno=True).renameat2(-100, a.encode(), -100, b.encode(), flags)


class Folder(common.Folder):
    def setUp(self):
        super().setUp()
        os.chmod(self.dir, 0o755)

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def file(self, name, text=OLD, owner=None):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w') as f:
            f.write(text)
        if owner is not None:
            os.chown(path, owner, owner)
        return path

    def folder(self, name, owner=None):
        os.makedirs(self.path(name), exist_ok=True)
        if owner is not None:
            os.chown(self.path(name), owner, owner)
        return self.path(name)

    def clear(self):
        for n in os.listdir(self.dir):
            p = self.path(n)
            shutil.rmtree(p) if os.path.isdir(p) and not os.path.islink(p) else os.unlink(p)


class Read(Folder):
    def test_a_fifo_without_a_writer_is_answered(self):
        os.mkfifo(self.path('f'))
        code, _, err = run(self.path('f'), timeout=5)
        self.assertEqual(code, 2)
        self.assertIn('FIFO that nobody writes to', err)

    def test_a_fifo_is_read_when_its_writer_is_slow(self):
        os.mkfifo(self.path('f'))
        for script in ('(sleep 0.3; cat {r} > {f}) & {w} {f}', '(sleep 0.1; exec >{f}; sleep 1.5; cat {r}) & {w} {f}'):
            r = subprocess.run(['bash', '-c', script.format(r=self.file('r'), f=self.path('f'), w=FWLINT)],
                               capture_output=True, text=True, timeout=10)
            self.assertIn('+-A FORWARD -m state --state INVALID', r.stdout, r.stderr)

    def test_process_substitution_is_read(self):
        r = self.file('r')
        for script in ('{w} <(cat {r})', '{w} <(sleep 1.5; cat {r})', '{w} /dev/stdin < {r}', 'cat {r} | {w} /dev/stdin',
                       '{w} --sysctl <(sleep 0.2; echo net.netfilter.nf_conntrack_tcp_loose = 1) {r}'):
            with self.subTest(script=script):
                out = subprocess.run(['bash', '-c', script.format(r=r, w=FWLINT)], capture_output=True, text=True, timeout=10)
                self.assertIn('+-A FORWARD -m state --state INVALID', out.stdout, out.stderr)

    @needs_root
    def test_a_fifo_of_another_user_is_not_waited_for(self):
        path = self.path('f')
        os.mkfifo(path)
        os.chown(path, OTHER, OTHER)
        fd = os.open(path, os.O_RDWR)
        self.addCleanup(os.close, fd)
        for args in ((), ('--apply',)):
            code, _, err = run(*args, path, timeout=5)
            self.assertEqual(code, 2)
            self.assertRegex(err, 'FIFO of another user|not a regular file')

    def test_devices_are_answered(self):
        for path in ('/dev/zero', '/dev/null', '/dev/urandom'):
            code, _, err = run(path, timeout=5)
            self.assertEqual(code, 2)
            self.assertRegex(err, 'is a device|is empty')

    def test_apply_refuses_what_is_no_regular_file(self):
        os.mkfifo(self.path('f'))
        fd = os.open(self.path('f'), os.O_RDWR)
        self.addCleanup(os.close, fd)
        for path in (self.path('f'), '/dev/zero', '/dev/null'):
            code, _, err = run('--apply', path, timeout=5)
            self.assertEqual(code, 2)
            self.assertIn('not a regular file', err)


class Backup(Folder):
    def test_the_first_backup_is_never_overwritten(self):
        path = self.file('rules')
        other = OLD.replace('tcp-reset\n', 'tcp-reset\n-A FORWARD -p udp -j DROP\n')
        for text, backup in ((OLD, '~'), (other, '~2'), (OLD, '~'), (other, '~2'), (other + '-A INPUT -j ACCEPT\n', '~3')):
            self.file('rules', text)
            code, _, err = run('--apply', path)
            self.assertEqual(code, 0, err)
            self.assertIn('the old text is in %s%s\n' % (path, backup), err)
            self.assertEqual(read(path + backup), text)
        self.assertEqual(read(path + '~'), OLD)
        self.assertEqual(sorted(os.listdir(self.dir)), ['rules', 'rules~', 'rules~2', 'rules~3'])

    def test_a_backup_of_another_program_is_kept(self):
        path = self.file('rules')
        self.file('rules~', 'of my editor\n')
        run('--apply', path)
        self.assertEqual((read(path + '~'), read(path + '~2')), ('of my editor\n', OLD))

    def test_nothing_is_left_where_a_glob_reads(self):
        self.folder('state')
        for name, file in (('by the ruleset', 'd/10-a'), ('by its name', 'conf.d/10-a')):
            with self.subTest(name):
                inner = self.file(file, RULE)
                folder = os.path.dirname(inner)
                main = self.file('main', NFT % ('\t\tinclude "%s/*"\n' % folder))
                code, _, err = run('--apply', '--ignore', 'FW103', '--backup-dir', self.path('state'), main)
                self.assertEqual((code, read(inner)), (0, RULE_NEW), err)
                self.assertEqual(os.listdir(folder), ['10-a'])
                backup = self.path('state', inner.replace('/', '%') + '~')
                self.assertIn('the old text is in ' + backup, err)
                self.assertEqual(read(backup), RULE)

    @needs_mounts
    def test_a_globbed_file_by_itself(self):
        inner = self.file('nftables.d/10-a', NFT % RULE)
        home = self.folder('home')
        for i, env in enumerate(({'XDG_STATE_HOME': self.path('state')}, {'XDG_STATE_HOME': '', 'HOME': home})):
            self.file('nftables.d/10-a', NFT % RULE)
            if os.getuid() == 0:
                e = ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /var/backups && "$@" && ls /var/backups/fwlint', 'sh']
            else:
                e = []
            r = subprocess.run(e + [FWLINT, '--apply', '--ignore', 'FW103', inner], env=dict(os.environ, **env),
                               capture_output=True, text=True)
            self.assertEqual(r.returncode, 0, r.stderr)
            where = '/var/backups/fwlint' if os.getuid() == 0 else (self.path('state', 'fwlint', 'backups') if not i else
                                                                    home + '/.local/state/fwlint/backups')
            self.assertIn('the old text is in %s/' % where, r.stderr)
            self.assertEqual(os.listdir(self.path('nftables.d')), ['10-a'])

    @needs_root
    @needs_mounts
    def test_a_file_of_a_directory_that_the_system_globs(self):
        """By itself: its directory has no name that says so, and no FILE of this run includes it."""
        script = ('mount --bind "$1" /etc && mount --bind "$2" /var/backups && shift 2 && exec "$@"')
        inner = self.path('etc', 'fw', 'mine', '10-a')
        for ruleset, line, globbed in (
                ('nftables.conf', 'include "/etc/fw/mine/*"', True),
                ('nftables.conf', 'include "fw/*/*"', True),
                ('nftables.conf', 'table ip x { }; include "./etc/fw/mine/?0-*" # mine', True),
                ('sysconfig/nftables.conf', ' include\t"/etc/link/[0-9]*.nft"', True),
                ('nftables/main.nft', 'include "/etc/fw/mine/*.nft"', True),
                ('nftables.conf', '# include "/etc/fw/mine/*"', False),
                ('nftables.conf', 'include "/etc/fw/mine/10-a"', False),
                ('nftables.conf', 'include "/etc/fw/*"', False),
                ('nftables.conf', 'include "fw', False),
                ('other.conf', 'include "/etc/fw/mine/*"', False)):
            with self.subTest(line=line, ruleset=ruleset):
                for d in ('etc', 'backups'):
                    shutil.rmtree(self.path(d), ignore_errors=True)
                    self.folder(d)
                self.file('etc/fw/mine/10-a', NFT % RULE)
                os.symlink('fw/mine', self.path('etc', 'link'))
                self.file('etc/' + ruleset, '#!/usr/sbin/nft -f\nflush ruleset\n' + line + '\n')
                r = subprocess.run(['unshare', '-m', 'sh', '-c', script, '-', self.path('etc'), self.path('backups'), FWLINT,
                                    '--apply', '--ignore', 'FW103', '/etc/fw/mine/10-a'], capture_output=True, text=True)
                self.assertEqual((r.returncode, read(inner)), (0, NFT % RULE_NEW), r.stderr)
                self.assertEqual(os.listdir(os.path.dirname(inner)) == ['10-a'], globbed, r.stderr)
                self.assertEqual(os.path.exists(self.path('backups', 'fwlint')), globbed)

    def test_a_backup_directory_that_is_loaded_is_refused(self):
        inner = self.file('d/10-a', RULE)
        main = self.file('main', NFT % ('\t\tinclude "%s/*"\n' % self.path('d')))
        for where in (self.path('d'), self.path('x.d')):
            code, _, err = run('--apply', '--backup-dir', where, main)
            self.assertEqual((code, read(inner)), (3, RULE))
            self.assertIn('choose another --backup-dir', err)

    @needs_root
    def test_a_backup_directory_of_another_user_is_refused(self):
        path = self.file('rules')
        code, _, err = run('--apply', '--backup-dir', self.folder('b', OTHER), path)
        self.assertEqual((code, read(path)), (3, OLD))
        self.assertIn('not safe for backups', err)


class Links(Folder):
    def test_other_names_of_a_file_are_said(self):
        path = self.file('rules')
        os.link(path, self.path('other'))
        code, _, err = run('--apply', path)
        self.assertEqual((code, read(path), read(self.path('other'))), (0, NEW, OLD))
        self.assertIn('2 names (hard links)', err)

    @needs_root
    def test_a_link_of_another_user_to_a_third_ones_file_is_refused(self):
        victim = self.file('victim')
        os.symlink(victim, self.path('link'))
        os.lchown(self.path('link'), OTHER, OTHER)
        code, _, err = run('--apply', self.path('link'))
        self.assertEqual((code, read(victim)), (3, OLD))
        self.assertIn('a link of another user', err)

    @needs_root
    def test_a_directory_link_of_another_user_is_refused(self):
        victim = self.file('etc/rules')
        os.symlink(self.path('etc'), self.path('link'))
        os.lchown(self.path('link'), OTHER, OTHER)
        self.assertEqual(run('--apply', self.path('link', 'rules'))[0], 3)
        self.assertEqual((read(victim), os.listdir(self.path('etc'))), (OLD, ['rules']))

    def test_own_links_are_followed(self):
        os.mkdir(self.path('a'))
        self.file('a/rules')
        os.symlink('a', self.path('b'))
        os.symlink('../b/rules', self.path('a', 'c'))
        self.assertEqual(run('--apply', self.path('b', 'c'))[0], 0)
        self.assertEqual(read(self.path('a', 'rules')), NEW)
        os.symlink('loop', self.path('loop'))
        self.assertIn('Too many levels', run('--apply', self.path('loop'))[2])


@needs_root
class Owner(Folder):
    def test_in_a_users_directory_all_is_his(self):
        self.folder('u', OTHER)
        path = self.file('u/rules', owner=OTHER)
        code, _, err = run('--apply', path)
        self.assertEqual((code, read(path)), (0, NEW), err)
        for n in ('rules', 'rules~'):
            st = os.stat(self.path('u', n))
            self.assertEqual((st.st_uid, st.st_gid), (OTHER, OTHER))

    def test_refused_where_the_owner_may_not_write(self):
        self.folder('u', OTHER)
        path = self.file('u/rules', owner=OTHER + 1)
        code, _, err = run('--apply', path)
        self.assertEqual((code, read(path), os.listdir(self.path('u'))), (3, OLD, ['rules']))
        self.assertIn("with the rights of the file's owner, uid %d" % (OTHER + 1), err)
        self.assertIn('no file was changed', err)

    def test_a_file_of_a_user_in_roots_directory_is_kept_his(self):
        path = self.file('rules', owner=OTHER)
        self.assertEqual(run('--apply', path)[0], 0)
        self.assertEqual((os.stat(path).st_uid, read(path)), (OTHER, NEW))

    def test_only_files_of_the_same_owner_are_written(self):
        inner = self.file('inner', RULE, owner=OTHER)
        main = self.file('main', NFT % ('\t\tinclude "%s"\n' % inner))
        code, _, err = run('--apply', '--ignore', 'FW103', main)
        self.assertEqual((code, read(inner)), (3, RULE))
        self.assertIn('is not written: uid %d owns it' % OTHER, err)


@needs_root
class Race(Folder):
    """Another user swaps his directory for a link to one of root's while root runs --apply."""

    def prepare(self):
        self.clear()
        self.folder('root')
        self.folder('home', OTHER)
        self.folder('home/u', OTHER)
        self.file('home/u/rules', owner=OTHER)

    def test_a_swap_at_every_call_puts_nothing_into_roots_directory(self):
        for victim in (None, OLD):
            for at in range(random.randint(1, STEP), 2000, STEP):
                self.prepare()
                if victim:
                    self.file('root/rules', victim)
                env = {'LD_PRELOAD': SHIM, 'SHIM_AT': str(at), 'SHIM_DO': 'swap', 'SHIM_LOG': self.path('log'),
                       'SHIM_DIR': self.path('home', 'u'), 'SHIM_TARGET': self.path('root')}
                run('--apply', self.path('home', 'u', 'rules'), env=env)
                with self.subTest(at=at, victim=victim):
                    self.assertEqual(os.listdir(self.path('root')), ['rules'] if victim else [])
                    if victim:
                        self.assertEqual((read(self.path('root', 'rules')), os.stat(self.path('root', 'rules')).st_uid), (OLD, 0))
                if not os.path.exists(self.path('log')):
                    break
            self.assertGreater(at, 20)
            print('swaps at each %d. of %d calls' % (STEP, at), file=sys.stderr)

    def test_an_attacker_process(self):
        self.prepare()
        victim = self.file('root/rules')
        link, u = self.path('home', 'link'), self.path('home', 'u')
        os.symlink(self.path('root'), link)
        os.lchown(link, OTHER, OTHER)
        attacker = os.fork()
        if not attacker:
            os.setgid(OTHER)
            os.setuid(OTHER)
            while True:
                renameat2(link, u, 2)
        try:
            end, runs = time.time() + 4, 0
            while time.time() < end:
                run('--apply', os.path.join(u, 'rules'))
                runs += 1
                self.assertEqual((os.listdir(self.path('root')), read(victim)), (['rules'], OLD))
        finally:
            os.kill(attacker, signal.SIGKILL)
            os.waitpid(attacker, 0)
        print('%d runs against an attacker' % runs, file=sys.stderr)


class Interrupted(Folder):
    """Several files are replaced all or none, whatever call fails; a killed run leaves nothing that is loaded."""

    def prepare(self):
        self.clear()
        self.files = {self.file('a/rules'): (OLD, NEW), self.file('b/rules'): (OLD, NEW),
                      self.file('d/10-a', RULE): (RULE, RULE_NEW)}
        self.main = self.file('main', NFT % ('\t\tinclude "%s/*"\n' % self.path('d')))

    def apply(self, at, do, poor):
        env = {'LD_PRELOAD': SHIM, 'SHIM_AT': str(at), 'SHIM_DO': do, 'SHIM_LOG': self.path('log')}
        if poor:
            env['SHIM_POOR'] = '1'
        return run('--apply', '--ignore', 'FW103', '--backup-dir', self.path('state'), self.path('a', 'rules'),
                   self.path('b', 'rules'), self.main, env=env)

    def states(self):
        ret = {}
        for path, (old, new) in self.files.items():
            text = read(path)
            self.assertIn(text, (old, new))
            ret[path] = text == new
            visible = [n for n in os.listdir(os.path.dirname(path)) if not n.startswith('.')]
            self.assertEqual(visible, [os.path.basename(path)])
        return ret

    def every_call(self, do, poor, check):
        for at in range(random.randint(1, STEP), 3000, STEP):
            self.prepare()
            code, _, err = self.apply(at, do, poor)
            with self.subTest(at=at, poor=poor, err=err):
                check(code, err)
            if not os.path.exists(self.path('log')):
                self.assertEqual(code, 0, err)
                break
        self.assertGreater(at, 50)
        print('%s at each %d. of %d calls' % (do, STEP, at), file=sys.stderr)

    def all_or_none(self, code, err):
        states = self.states()
        call = read(self.path('log')) if os.path.exists(self.path('log')) else ''
        if code == 0:
            self.assertTrue(all(states.values()))
        else:
            self.assertIn(code, (1, 2, 3))
            for path, is_new in states.items():
                self.assertEqual(is_new, "'%s' has the new text" % path in err)
            self.assertFalse(any(states.values()), 'one fault is no reason not to put files back')
        if not call.startswith('unlink') and 'fstat' not in call:
            for path in self.files:
                self.assertEqual(os.listdir(os.path.dirname(path)), [os.path.basename(path)])

    def new_ones_have_backups(self, code, err):
        backups = [read(self.path('state', n)) for n in os.listdir(self.path('state'))] if os.path.exists(self.path('state')) else []
        for path, is_new in self.states().items():
            if is_new:
                self.assertIn(self.files[path][0], backups)

    def test_each_call_fails_once(self):
        self.every_call('fail', False, self.all_or_none)

    def test_each_call_fails_once_on_a_poor_file_system(self):
        self.every_call('fail', True, self.all_or_none)

    def test_killed_before_each_call(self):
        self.every_call('kill', False, self.new_ones_have_backups)

    def test_killed_before_each_call_on_a_poor_file_system(self):
        self.every_call('kill', True, self.new_ones_have_backups)


class Kept(Folder):
    """What other programs write meanwhile, and what a crash of the machine leaves."""

    def test_what_another_program_writes_meanwhile_is_not_lost(self):
        """A line more at any call: the file keeps it, or it came after the file had been replaced."""
        refused = 0
        for at in range(random.randint(1, STEP), 2000, STEP):
            self.clear()
            path = self.file('rules')
            env = {'LD_PRELOAD': SHIM, 'SHIM_AT': str(at), 'SHIM_DO': 'change', 'SHIM_LOG': self.path('log'), 'SHIM_TARGET': path}
            code, _, err = run('--apply', path, env=env)
            if not os.path.exists(self.path('log')):
                break
            with self.subTest(at=at, call=read(self.path('log')), err=err):
                # changed before it was read, between (nothing is written), or after
                self.assertEqual(read(path), {0: NEW + '\n', 3: OLD + '\n'}[code])
                if code:
                    self.assertIn('was changed meanwhile', err)
                    self.assertIn('no file was changed', err)
                    refused += 1
                self.assertEqual([n for n in os.listdir(self.dir) if n.startswith('.')], [])
        self.assertGreater(refused, 0)

    def test_texts_are_on_the_disk_before_they_have_names_and_names_at_the_end(self):
        path, log = self.file('rules'), self.path('calls')
        code, _, err = run('--apply', path, env={'LD_PRELOAD': SHIM, 'SHIM_TRACE': log})
        self.assertEqual((code, read(path)), (0, NEW), err)
        calls = read(log).split()
        calls = calls[:calls.index('write', calls.index('renameat2'))] if 'write' in calls[calls.index('renameat2'):] else calls
        first_name = min(calls.index(c) for c in ('linkat', 'renameat2') if c in calls)  # without /proc all have hidden names
        writes = [i for i, c in enumerate(calls[:first_name]) if c == 'write']
        self.assertEqual(len(writes), 2, calls)  # the new text and the backup
        for begin, end in zip(writes, writes[1:] + [first_name]):
            self.assertIn('fsync', calls[begin:end])
        exchanged = len(calls) - 1 - calls[::-1].index('renameat2')
        self.assertIn('fsync', calls[first_name:exchanged])  # the backup has its name
        removed = len(calls) - 1 - calls[::-1].index('unlinkat')
        self.assertGreater(removed, exchanged)
        self.assertIn('fsync', calls[removed:])


def tables(*args, cwd):
    code, out, err = run('--dump', 'ast', *args, cwd=cwd)
    return [t['name'] for t in json.loads(out)['tables']] if code == 0 else None, err


class Include(Folder):
    def test_outside_of_the_roots_needs_include_any(self):
        secret = self.file('secret/s', 'table ip secret { }\n')
        os.makedirs(self.path('w'))
        os.symlink(secret, self.path('w', 'link'))
        os.symlink('../secret', self.path('w', 'dir'))
        for what in (secret, './link', 'link', '../secret/s', './dir/s', 'dir/*', '/%s/w/../secret/s' % self.dir, '/*/*/secret/s'):
            with self.subTest(what):
                main = self.file('w/main', 'include "%s"\n' % what)
                names, err = tables(main, cwd=self.path('w'))
                self.assertIsNone(names)
                self.assertIn('main:1:9: error', err)
                self.assertIn('--include-any', err)
                if not what.startswith('/*'):
                    self.assertEqual(tables('--include-any', main, cwd=self.path('w'))[0], ['secret'])
                    self.assertEqual(tables('--include-dir', self.path('secret'), main, cwd=self.path('w'))[0], ['secret'])

    def test_nothing_is_included_with_no_include(self):
        self.file('inner', 'table ip x { }\n')
        names, err = tables('--no-include', self.file('main', 'include "./inner"\n'), cwd=self.dir)
        self.assertIsNone(names)
        self.assertIn('--no-include was given', err)

    def test_beside_the_file_comes_last_with_a_note(self):
        self.file('w/sub/a', 'include "b"\n')
        self.file('w/sub/b', 'table ip b { }\n')
        main = self.file('w/main', 'include "sub/a"\n')
        names, err = tables(main, cwd='/')
        self.assertEqual(names, ['b'])
        self.assertEqual(re.findall(r"(main|a):1:10: note: nft will not find '(\S+)' there", err), [('main', 'sub/a'), ('a', 'b')])
        self.assertEqual(tables('--quiet', main, cwd='/')[1], '')

    def test_a_line_that_is_no_ruleset_is_not_shown(self):
        inner = self.file('shadow', 'root:$6$topsecret$hash:19000:0:99999:7:::\ndaemon:*:1::\n')
        for text in ('include "%s"\n', NFT % '\t\tinclude "%s"\n', 'table ip t {\n\tset s {\n\t\ttype ipv4_addr\n\t\tinclude "%s"\n\t}\n}\n'):
            for args in ((), ('--format', 'json'), ('--include-any',)):
                code, out, err = run(*args, self.file('main', text % inner))
                self.assertEqual(code, 2)
                self.assertIn('shadow:1:', out + err)
                for word in ('topsecret', 'hash', '19000', 'daemon', 'root:'):
                    self.assertNotIn(word, out + err)

    def test_a_wrong_line_of_a_ruleset_is_shown(self):
        inner = self.file('inner', 'table ip t {\n\tchain c {\n\t\ttcp dport 70000 accept\n\t}\n}\n')
        err = run(self.file('main', 'include "%s"\n' % inner))[2]
        self.assertIn("inner:3:13: error: FW004 '70000' is not a port", err)
        self.assertIn('3 | \t\ttcp dport 70000 accept', err)

    def test_foreign_lines_of_sysctl_are_not_shown(self):
        shadow = self.file('shadow', 'root:$6$topsecret$hash:19000\n')
        code, out, err = run('--sysctl', shadow, self.file('rules'))
        self.assertEqual(code, 2)
        self.assertIn('shadow:1:1: error', err)
        self.assertNotIn('topsecret', out + err)

    def test_included_from_elsewhere_is_not_written(self):
        inner = self.file('else/inner', RULE)
        main = self.file('w/main', NFT % ('\t\tinclude "%s"\n' % inner))
        code, _, err = run('--apply', '--include-any', '--ignore', 'FW103', main)
        self.assertEqual((code, read(inner)), (3, RULE))
        self.assertIn('is not written: it is outside', err)

    def test_a_wildcard_has_a_bound(self):
        os.makedirs(self.path('w', 'd'))
        for i in range(30):
            os.symlink('.', self.path('w', 'd', 'l%d' % i))
        begun = time.time()
        code, _, err = run(self.file('w/main', 'include "d/*/*/*/*/*/*/*/x"\n'))
        self.assertEqual(code, 2)
        self.assertIn('looks at more than', err)
        self.assertLess(time.time() - begun, 10)

    @needs_root
    @needs_mounts
    @unittest.skipUnless(shutil.which('nft') and shutil.which('unshare'), 'needs nft and namespaces')
    def test_the_order_of_search_is_that_of_nft(self):
        self.assertTrue(os.access(FWLINT, os.X_OK))
        for place in ('etc', 'a', 'b', 'w', 'beside'):
            for name in ('x.nft', 'g/%s.nft' % place, 'g/0.nft'):
                self.file('%s/%s' % (place, name), 'table ip %s { }\n' % re.sub(r'\W', '_', place + '_' + name))
        self.file('b/only.nft', 'table ip only { }\n')
        self.file('beside/here.nft', 'table ip here { }\n')
        os.makedirs(self.path('a', 'g', 'sub.nft'))
        dirs = [('-I', self.path('a')), ('-I', self.path('b'))]
        script = 'mount --bind "$0" /etc && shift && exec "$@"'
        for pattern in ('x.nft', './x.nft', '../a/x.nft', 'only.nft', 'here.nft', './here.nft', 'g/*.nft', './g/*', 'g/?.nft',
                        'g/[0]*', 'none/*', 'none', self.path('b', 'x.nft'), self.path('b', 'g', '*')):
            for include in ([], dirs[:1], dirs, dirs[::-1]):
                with self.subTest(pattern=pattern, include=include):
                    main = self.file('beside/main', 'include "%s"\n' % pattern)
                    base = ['unshare', '-nm', 'sh', '-c', script, self.path('etc'), '-']
                    nft = subprocess.run(base + ['sh', '-c', 'nft "$@" && nft list tables', 'nft'] + [w for d in include for w in d] +
                                         ['-f', main], capture_output=True, text=True, cwd=self.path('w'))
                    ours = subprocess.run(base + [FWLINT, '--include-any', '--dump', 'ast'] +
                                          [w for d in include for w in ('--include-dir', d[1])] + [main],
                                          capture_output=True, text=True, cwd=self.path('w'))
                    loaded = re.findall(r'^table ip (\w+)', nft.stdout, re.M)
                    if nft.returncode or 'nft will not find' in ours.stderr:
                        self.assertTrue(ours.returncode or 'nft will not find' in ours.stderr, ours.stdout)
                        self.assertEqual(loaded, [])
                        continue
                    found = [t['name'] for t in json.loads(ours.stdout)['tables']] if ours.returncode == 0 else ours.stderr
                    self.assertEqual(found, loaded)


if __name__ == '__main__':
    print('seed %d (FILES_SEED)' % SEED, file=sys.stderr)
    random.seed(SEED)
    common.main()
