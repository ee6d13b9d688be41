# SPDX-License-Identifier: GPL-2.0-or-later
"""What tshark finds in a capture."""
import shutil
import subprocess


def is_there():
    return shutil.which('tshark') is not None


def resets_of(path):
    """The numbers of the frames with a TCP reset, as tshark counts; an ICMP error only quotes one."""
    r = subprocess.run(['tshark', '-n', '-r', path, '-Y', 'tcp.flags.reset == 1 and not icmp and not icmpv6', '-T', 'fields', '-e',
                        'frame.number'], capture_output=True, text=True)
    return [int(x) for x in r.stdout.split()]
