#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the manual page of each command, fwlint-COMMAND(1), from fwlint(1) and from what the program says of itself.

usage: manual.py --list PAGE                          the names of the pages
       manual.py FWLINT PAGE FOLDER                   writes them

What a command does and what its options mean is written once, in docs/fwlint.1: its lines of the SYNOPSIS, the paragraphs from the one that begins
with .B "fwlint COMMAND" on, the entries of the options that it takes by its --help, and of EXAMPLES those that call it.
"""
import os
import re
import subprocess
import sys

WHOLE = ('EXIT STATUS', 'ENVIRONMENT')  # sections that are for all commands


def read(path):
    with open(path, encoding='utf-8') as f:
        return f.read()


def plain(line):
    return line.replace('\\-', '-')


def sections(page):
    """{name: text} of each .SH."""
    parts = re.split(r'(?m)^\.SH (.*)\n', page)
    return dict(zip(parts[1::2], parts[2::2]))


def synopsis(of):
    """[(command or lint, lines)] in order."""
    out = []
    for entry in re.split(r'(?m)^\.br\n', of['SYNOPSIS']):
        m = re.match(r'\.B fwlint (\w+)', entry)
        out.append((m.group(1) if m else 'lint', entry))
    return out


def names(page):
    return list(dict.fromkeys(name for name, _ in synopsis(sections(page))))


def description(of, command):
    """The paragraphs from that which begins with "fwlint COMMAND" to the next that begins so; those before are lint's."""
    mine, owner = [], 'lint'
    for paragraph in re.split(r'(?m)^\.PP\n', of['DESCRIPTION']):
        m = re.match(r'\.B "fwlint (?:(\w+)|\\-)', paragraph)
        owner = m.group(1) or 'lint' if m else owner
        if owner == command:
            mine.append(paragraph)
    return '.PP\n'.join(mine)


def option_entries(of):
    """[(names, text)] of OPTIONS; what is between .RS and .RE belongs to the entry before it."""
    entries, depth = [], 0
    for line in of['OPTIONS'].splitlines(keepends=True):
        if line == '.TP\n' and depth == 0:
            entries.append('')
        depth += line.startswith('.RS') - line.startswith('.RE')
        entries[-1] += line
    return [(re.findall(r'--([a-z-]+)', plain(e.split('\n')[1])), e) for e in entries]


def of_program(fwlint, command):
    """The options of the command, and what it is for, by --help."""
    text = subprocess.run([fwlint, 'help', command], capture_output=True, text=True, check=True).stdout
    first = subprocess.run([fwlint, '--help'], capture_output=True, text=True, check=True).stdout
    about = re.search(r'(?m)^  %s +(.*)' % command, first.partition('\nCommands')[2]).group(1)
    return re.findall(r'(?m)^  (?:-., )?--([a-z-]+)', text), about


def examples(of, command, all_commands):
    lines = []
    for line in of.get('EXAMPLES', '').splitlines():
        m = re.search(r'fwlint (\w+)', plain(line))
        if line[:1] != '.' and (m.group(1) if m and m.group(1) in all_commands else 'lint') == command:
            lines.append(line)
    return lines


def page_of(fwlint, page, command):
    of, date = sections(page), re.search(r'(?m)^\.TH .*', page).group(0).replace('FWLINT 1', 'FWLINT\\-%s 1' % command.upper())
    options, about = of_program(fwlint, command)
    out = '.\\" Made by scripts/manual.py from docs/fwlint.1; do not edit.\n%s\n' % date
    out += '.SH NAME\nfwlint\\-%s \\- %s\n.SH SYNOPSIS\n' % (command, about)
    out += '.br\n'.join(e for name, e in synopsis(of) if name == command)
    out += '.SH DESCRIPTION\n' + description(of, command)
    out += '.SH OPTIONS\n' + ''.join(e for names, e in option_entries(of) if set(names) & set(options))
    for name in WHOLE:
        out += '.SH %s\n%s' % (name, of[name])
    lines = examples(of, command, names(page))
    if lines:
        out += '.SH EXAMPLES\n.EX\n%s\n.EE\n' % '\n'.join(lines)
    others = [n for n in names(page) if n != command]
    return out + '.SH SEE ALSO\n.BR fwlint (1),\n.BR fwlint.ini (5)' + ''.join(',\n.BR fwlint\\-%s (1)' % n for n in others) + '\n'


def main():
    if sys.argv[1] == '--list':
        print('\n'.join('fwlint-%s.1' % n for n in names(read(sys.argv[2]))))
        return
    fwlint, page, folder = sys.argv[1], read(sys.argv[2]), sys.argv[3]
    for command in names(page):
        with open(os.path.join(folder, 'fwlint-%s.1' % command), 'w', encoding='utf-8') as f:
            f.write(page_of(fwlint, page, command))


main()
