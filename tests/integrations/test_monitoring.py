# SPDX-License-Identifier: GPL-2.0-or-later
"""The checks of integrations/monitoring; what the textfile says is read by the real node exporter."""
import os
import re
import subprocess
import time
import unittest

from host import BAD, GOOD, INTEGRATIONS, Test, read, rules, run

CHECK = INTEGRATIONS + '/monitoring/check_fwlint'
TEXTFILE = INTEGRATIONS + '/monitoring/fwlint-textfile'
LINE = re.compile(r'FWLINT (OK|WARNING|CRITICAL|UNKNOWN) - [^|\n]+( \| errors=\d+;;0 warnings=\d+;0)?\n')


class Nagios(Test):
    def check(self, status, *args):
        before = rules()
        got, said = run(CHECK, *args)
        self.assertEqual(got, status, said)
        self.assertTrue(LINE.fullmatch(said), said)
        self.assertEqual(rules(), before)
        return said

    def test_good_bad_and_unreadable(self):
        self.succeeds('nft', '-f', '-', stdin=GOOD)
        self.assertIn('FWLINT OK', self.check(0))
        self.succeeds('nft', '-f', '-', stdin=BAD)
        said = self.check(2)
        self.assertIn('FWLINT CRITICAL', said)
        self.assertIn('FW101', said)
        self.assertRegex(said, r'errors=[1-9]\d*;;0')
        self.assertIn('FWLINT UNKNOWN', self.check(3, '--netns', 'nowhere'))

    def test_only_warnings(self):
        self.succeeds('nft', '-f', '-', stdin=GOOD + 'table ip n {\n\tchain p {\n\t\ttype nat hook prerouting priority -100; '
                      'policy accept;\n\t\tct state invalid drop\n\t}\n}\n')
        self.assertIn('FWLINT WARNING - 0 errors, 1 warnings', self.check(1))
        self.check(0, '--ignore', 'FW107')

    def test_nothing_is_loaded(self):
        self.check(0)


class Prometheus(Test):
    def setUp(self):
        super().setUp()
        self.path = self.dir + '/fwlint.prom'

    def exported(self):
        """The figures of fwlint as the node exporter hands them out."""
        run('nft', 'flush', 'ruleset')  # it would refuse the question
        exporter = subprocess.Popen(['prometheus-node-exporter', '--collector.disable-defaults', '--collector.textfile',
                                     '--collector.textfile.directory', self.dir, '--web.listen-address', '127.0.0.1:9100'],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            for _ in range(100):
                status, said = run('curl', '-s', 'http://127.0.0.1:9100/metrics')
                if status == 0:
                    break
                time.sleep(0.1)
        finally:
            exporter.kill()
            words = exporter.communicate()[1]
        self.assertIn('node_textfile_scrape_error 0', said, words)
        return dict(re.findall(r'^(fwlint_\S+) (\S+)$', said, re.M))

    def test_good_bad_and_unreadable(self):
        for text, errors in ((GOOD, False), (BAD, True)):
            self.succeeds('nft', '-f', '-', stdin=text)
            self.succeeds(TEXTFILE, self.path)
            figures = self.exported()
            self.assertEqual(figures['fwlint_up'], '1')
            self.assertEqual(figures['fwlint_findings{severity="error"}'] != '0', errors)
            self.assertGreater(float(figures['fwlint_conntrack_max']), 0)
            self.assertLess(abs(float(figures['fwlint_last_run_seconds']) - time.time()), 60)
        os.mkdir(self.dir + '/directory.prom')  # it cannot be put there
        self.fails(TEXTFILE, self.dir + '/directory.prom', words='Error')
        self.assertEqual(sorted(os.listdir(self.dir)), ['directory.prom', 'fwlint.prom'])
        os.rmdir(self.dir + '/directory.prom')
        self.fails(TEXTFILE, self.path, '--netns', 'nowhere', words='nowhere')
        figures = self.exported()
        self.assertEqual(figures['fwlint_up'], '0')
        self.assertNotIn('fwlint_findings', read(self.path))


if __name__ == '__main__':
    unittest.main()
