# SPDX-License-Identifier: GPL-2.0-or-later
"""A program whose standard output and standard error are a terminal."""
import os
import pty
import subprocess


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
