# SPDX-License-Identifier: GPL-2.0-or-later
"""A program whose standard output and standard error are a terminal."""
import os
import pty
import subprocess
import unittest


def why_not():
    """Why no terminal can be made here (a chroot without a mounted /dev/pts), or None."""
    try:
        for fd in pty.openpty():
            os.close(fd)
    except OSError as e:
        return 'no terminal can be made here: %s' % e
    return None


WHY_NOT = why_not()
needed = unittest.skipIf(WHY_NOT, WHY_NOT)  # by a test


def run(command, **kw):
    """(exit status, what it wrote, as bytes)"""
    master, slave = pty.openpty()
    p = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=slave, stderr=slave, **kw)
    os.close(slave)
    got = b''
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:
            break
        if not piece:
            break
        got += piece
    os.close(master)
    return p.wait(timeout=60), got.replace(b'\r\n', b'\n')
