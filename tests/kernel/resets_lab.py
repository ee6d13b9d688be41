#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fwlint resets on captures whose truth is known (captures.py makes them).

usage: resets_lab.py FWLINT [--all] [DIRECTORY]

Without --all each cause once. In a DIRECTORY that has captures those are judged, and none is made.
"""
import glob
import json
import os
import sys
import tempfile
import unittest

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import captures  # noqa: E402
import causes  # noqa: E402
import common  # noqa: E402
import network  # noqa: E402
import wireshark  # noqa: E402

common.program()
ALL = '--all' in sys.argv
if ALL:
    sys.argv.remove('--all')
DIRECTORY = common.argument() if len(sys.argv) > 1 and not sys.argv[1].startswith('-') else None


def wrong(truth, judged, found):
    """What is wrong with what fwlint says of the capture: sentences."""
    out = []
    if not found['resets']:
        return ['no reset found, there are frames %s' % truth['frames']]
    for r in found['resets']:
        at = 'frame %s: ' % r['frame']
        if r['frame'] not in truth['frames']:
            out.append(at + 'is no reset')
        if r['cause'] == 'unknown':
            if not judged['unknown']:
                out.append(at + 'unknown, it is ' + judged['cause'])
            continue
        if r['cause'] not in judged['right']:
            out.append(at + '%s, it is %s' % (r['cause'], judged['cause']))
        elif r['cause'] == 'firewall-rule' and judged['rules']:
            if r['why'] != judged['why']:
                out.append(at + 'why %s, it is %s' % (r['why'], judged['why']))
            if r.get('line') != judged['line'] and not (judged['line_unknown'] and r.get('line') is None):
                out.append(at + 'line %s, it is %s' % (r.get('line'), judged['line']))
        if r.get('confidence') not in ('certain', 'likely'):
            out.append(at + 'confidence %s' % r.get('confidence'))
    return out


def print_table(rows):
    """Judgements of each scene at each place: right, and + those that are unknown."""
    print('%-24s' % '' + ''.join('%10s' % v for v in captures.VANTAGES))
    for scene, row in sorted(rows.items()):
        print('%-24s' % scene + ''.join('%10s' % ('%d+%d' % (r, u) if u else r or '-') for r, u in row.values()))


class Captures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.where = DIRECTORY
        if not cls.where:
            cls.folder = tempfile.TemporaryDirectory()
            cls.addClassCleanup(cls.folder.cleanup)
            cls.where = cls.folder.name
        if not glob.glob(os.path.join(cls.where, '*.json')):
            for scene, v6, backend in causes.every(not ALL):
                captures.run(scene, v6, backend, cls.where)

    def test_each_reset_has_its_cause(self):
        counts, rows = {'right': 0, 'unknown': 0}, {}
        for truth in self.truths():
            for judged in truth['judge']:
                rules = ['--', os.path.join(self.where, judged['rules'])] if judged['rules'] else []
                with self.subTest(capture=truth['capture'], rules=judged['rules']):
                    r = common.fwlint('resets', '--format', 'json', os.path.join(self.where, truth['capture']), *rules)
                    self.assertEqual(r.returncode, 0, r.stderr)
                    found = json.loads(r.stdout)
                    self.assertEqual(wrong(truth, judged, found), [])
                    unknown = all(x['cause'] == 'unknown' for x in found['resets'])
                    counts['unknown' if unknown else 'right'] += 1
                    row = rows.setdefault(truth['scene'], {v: [0, 0] for v in captures.VANTAGES})
                    row[truth['vantage']][unknown] += 1
        print_table(rows)
        print('%d captures; %d judgements are right, %d are "not enough evidence"' % (len(self.truths()), counts['right'], counts['unknown']))
        self.assertGreater(counts['right'], counts['unknown'])

    def truths(self):
        return [json.loads(common.read(p)) for p in sorted(glob.glob(os.path.join(self.where, '*.json')))]

    @unittest.skipUnless(wireshark.is_there(), 'tshark is missing')
    def test_tshark_counts_the_same_resets(self):
        for truth in self.truths():
            with self.subTest(truth['capture']):
                self.assertEqual(wireshark.resets_of(os.path.join(self.where, truth['capture'])), truth['frames'])

    def test_each_cause_was_made(self):
        made = {t['scene'] for t in self.truths()}
        self.assertEqual(sorted({s['name'] for s in causes.SCENES} - made), [])


def why_not():
    try:
        network.sh('ip', 'netns', 'add', network.C)
        network.sh('ip', 'netns', 'del', network.C, check=False)
        for tool in ('conntrack', 'tcpdump', 'dumpcap'):
            network.sh(tool, '--version')
    except (RuntimeError, OSError) as e:
        return str(e)
    return None


if __name__ == '__main__':
    reason = why_not()
    if reason:
        common.leave_out('no network namespaces, or a tool is missing: ' + reason)
    common.main()
