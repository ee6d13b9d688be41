#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The page of --format html in headless Chromium: clicks, colours, print, no error, nothing loaded.  usage: browser.py FWLINT [--pictures FOLDER]

Chromium is spoken to by --remote-debugging-pipe: JSON, each message ended by a NUL.
"""
import base64
import fcntl
import json
import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import common

FWLINT = common.program()
PICTURES = sys.argv[sys.argv.index('--pictures') + 1] if '--pictures' in sys.argv else None
CHROMIUM = shutil.which('chromium') or shutil.which('chromium-browser') or shutil.which('google-chrome')
EVIL = ['</script><script>document.title="evil"</script>', '"><img src=x onerror=document.title="evil">', '</style></code></pre></div>',
        '&lt;b&gt;', '\u202e', "'-alert(1)-'", 'data-chain="1"', ']]>', '<!--']


class Browser:
    def __init__(self):
        self.home = tempfile.mkdtemp()
        # the browser reads 3 and writes 4
        there, self.to = os.pipe()
        self.back, here = os.pipe()
        keep = tuple(fcntl.fcntl(f, fcntl.F_DUPFD, 10) for f in (there, here))
        self.process = subprocess.Popen(
            ['bash', '-c', 'exec "$@" 3<&%d 4>&%d' % keep, 'bash', CHROMIUM, '--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
             '--hide-scrollbars', '--window-size=1400,1000', '--no-first-run', '--disable-background-networking', '--remote-debugging-pipe', '--user-data-dir=' + self.home],
            pass_fds=keep, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ, HOME=self.home))
        for f in (there, here, *keep):
            os.close(f)
        self.rest, self.number, self.events, self.session = b'', 0, [], None
        target = self.call('Target.createTarget', url='about:blank')['targetId']
        self.session = self.call('Target.attachToTarget', targetId=target, flatten=True)['sessionId']
        for domain in ('Page', 'Runtime', 'Log', 'Network'):
            self.call(domain + '.enable')

    def read(self, timeout):
        end = time.monotonic() + timeout
        while b'\0' not in self.rest:
            if not select.select([self.back], [], [], max(0, end - time.monotonic()))[0]:
                raise TimeoutError('the browser does not answer')
            data = os.read(self.back, 1 << 20)
            if not data:
                raise EOFError('the browser is gone')
            self.rest += data
        message, self.rest = self.rest.split(b'\0', 1)
        return json.loads(message)

    def call(self, method, **params):
        self.number += 1
        message = {'id': self.number, 'method': method, 'params': params}
        if self.session:
            message['sessionId'] = self.session
        os.write(self.to, json.dumps(message).encode() + b'\0')
        while True:
            m = self.read(60)
            if m.get('id') == self.number:
                assert 'error' not in m, m
                return m['result']
            self.events.append(m)

    def open(self, path):
        self.events.clear()
        self.call('Page.navigate', url='file://' + path)
        end = time.monotonic() + 60
        while not any(m.get('method') == 'Page.loadEventFired' for m in self.events):
            self.events.append(self.read(end - time.monotonic()))

    def value(self, script):
        got = self.call('Runtime.evaluate', expression=script, returnByValue=True)
        assert 'exceptionDetails' not in got, got
        return got['result'].get('value')

    def click(self, selector):
        place = self.value('(() => { const e = document.querySelector(%s); e.scrollIntoView({block: "center"});'
                           'const r = e.getBoundingClientRect(); return [r.left + Math.min(r.width / 2, 60), r.top + Math.min(r.height / 2, 12)]; })()'
                           % json.dumps(selector))
        for kind in ('mousePressed', 'mouseReleased'):
            self.call('Input.dispatchMouseEvent', type=kind, x=place[0], y=place[1], button='left', clickCount=1)

    def key(self, letter):
        for kind in ('keyDown', 'keyUp'):
            self.call('Input.dispatchKeyEvent', type=kind, key=letter, text=letter if kind == 'keyDown' else '')

    def picture(self, path):
        with open(path, 'wb') as f:
            f.write(base64.b64decode(self.call('Page.captureScreenshot')['data']))

    def troubles(self):
        """What went wrong, and what the page asked for beside itself."""
        bad = [m for m in self.events if m.get('method') in ('Runtime.exceptionThrown', 'Runtime.consoleAPICalled', 'Log.entryAdded')]
        asked = [m['params']['request']['url'] for m in self.events if m.get('method') == 'Network.requestWillBeSent']
        return bad, asked[1:]

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.to)
        os.close(self.back)
        shutil.rmtree(self.home, ignore_errors=True)


def example(name):
    return os.path.join(common.EXAMPLES, name)


@unittest.skipUnless(CHROMIUM, 'Chromium is not installed')
class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = Browser()
        cls.folder = tempfile.mkdtemp()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        shutil.rmtree(cls.folder)

    def show(self, *files, args=()):
        page = os.path.join(self.folder, 'page.html')
        done = common.fwlint('--no-config', '--format', 'html=' + page, *args, *files, cwd=common.ROOT, timeout=120)
        self.assertIn(done.returncode, (0, 1, 2), done.stderr)
        self.assertEqual(done.stdout, '')
        self.browser.open(page)
        return page

    def tearDown(self):
        self.assertEqual(self.browser.troubles(), ([], []))

    def test_a_finding_that_is_clicked_marks_its_way(self):
        b = self.browser
        self.show(example('workstation.nft'))
        self.assertEqual(b.value('document.querySelectorAll(".hi").length'), 0)
        b.click('tr[data-finding]:nth-child(3) td:last-child')
        self.assertEqual(b.value('document.querySelector(".finding.hi a").textContent'), 'FW102')
        lines = b.value('[...document.querySelectorAll(".l.hi")].map((e) => +e.id.split("l")[1])')
        self.assertEqual(lines, [17])
        self.assertEqual(b.value('[...document.querySelectorAll("svg .hi")].map((e) => e.querySelector("title").textContent)'), ['input'])
        self.assertEqual(b.value('document.querySelector("figure:has(svg .hi) figcaption").textContent'), 'input: IPv4 and IPv6')
        b.click('.finding.hi > p > b:last-child')  # again: nothing is marked
        self.assertEqual(b.value('document.querySelectorAll(".hi").length'), 0)

    def test_keys_go_from_finding_to_finding(self):
        b = self.browser
        self.show(example('workstation.nft'))
        for key, code in (('n', 'FW101'), ('n', 'FW102'), ('n', 'FW101'), ('p', 'FW102')):
            b.key(key)
            self.assertEqual(b.value('document.querySelector(".finding.hi a").textContent'), code)

    def test_jumps_of_the_way_are_marked(self):
        b = self.browser
        self.show(example('openwrt-fw4.nft'))
        calls = 'document.querySelectorAll("svg .call.hi").length'
        for i in range(b.value('document.querySelectorAll(".finding").length')):
            b.key('n')
            card = 'document.querySelectorAll(".finding")[%d]' % i
            wanted = b.value(card + '.dataset.calls.split(" ").filter((x) => x).length')
            if wanted:
                self.assertGreater(b.value(calls), 0)
                break
        else:
            self.fail('no finding has a jump on its way')

    def test_light_and_dark_and_print(self):
        b = self.browser
        self.show(example('web-host.v4'))
        back = 'getComputedStyle(document.body).backgroundColor'
        shades = {}
        for scheme in ('light', 'dark'):
            b.call('Emulation.setEmulatedMedia', features=[{'name': 'prefers-color-scheme', 'value': scheme}])
            shades[scheme] = b.value(back)
        self.assertNotEqual(shades['light'], shades['dark'])
        b.click('#theme')
        self.assertEqual(b.value(back), shades['light'])
        b.click('#theme')
        self.assertEqual(b.value(back), shades['dark'])
        b.call('Emulation.setEmulatedMedia', media='print')
        self.assertEqual(b.value(back), 'rgb(255, 255, 255)')
        self.assertEqual(b.value('getComputedStyle(document.querySelector(".tools")).display'), 'none')
        self.assertEqual(b.value('getComputedStyle(document.querySelector(".text")).maxHeight'), 'none')
        self.assertTrue(b.call('Page.printToPDF')['data'])
        b.call('Emulation.setEmulatedMedia', media='', features=[])

    def test_text_of_the_input_is_never_markup(self):
        b = self.browser
        rules = ''.join('-A INPUT -p tcp -m comment --comment "%s" -j REJECT --reject-with tcp-reset\n' % e.replace('"', '\\"') for e in EVIL)
        path = os.path.join(self.folder, '<img src=x onerror=1>&".v4')
        with open(path, 'w', encoding='utf-8') as f:
            f.write('*filter\n:INPUT DROP\n:OUTPUT ACCEPT\n:<b>x</b> -\n-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\n'
                    '-A INPUT -p udp -j <b>x</b>\n%sCOMMIT\n' % rules)
        broken = os.path.join(self.folder, 'broken.v4')
        with open(broken, 'w', encoding='utf-8') as f:
            f.write('*filter\n-A INPUT -j <script>alert(1)</script>\nCOMMIT\n')
        page = self.show(path, broken)
        self.assertEqual(b.value('document.title'), 'fwlint')
        self.assertEqual(b.value('document.querySelectorAll("script").length'), 1)
        self.assertEqual(b.value('document.querySelectorAll("img, body b b, section script, code *").length'), 0)
        self.assertIn('<script>alert(1)</script>', b.value('document.body.textContent'))
        self.assertIn('onerror=document.title', b.value('document.querySelector(".text").textContent'))
        self.assertEqual(b.value('document.querySelectorAll("h2")[0].textContent'), path)
        with open(page, encoding='utf-8') as f:
            self.assertNotIn('\u202e', f.read())

    def test_without_its_script_all_is_there(self):
        self.browser.call('Emulation.setScriptExecutionDisabled', value=True)
        try:
            page = self.show(example('web-host.v4'))
        finally:
            self.browser.call('Emulation.setScriptExecutionDisabled', value=False)
        with open(page, encoding='utf-8') as f:
            text = f.read()
        self.assertIsNone(re.search(r'(src|href)="(?!#)', text))
        with open(example('web-host.v4'), encoding='utf-8') as f:
            lines = f.readlines()
        for line in lines:
            self.assertIn(line.strip().replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;').replace('"', '&quot;'), text)

    def test_several_inputs_and_what_cannot_be_read(self):
        b = self.browser
        self.show(example('web-host.v4'), example('workstation.nft'), os.path.join(self.folder, 'absent.v4'))
        self.assertEqual(b.value('document.querySelectorAll("section").length'), 3)
        self.assertIn('3 inputs', b.value('document.querySelector(".totals").textContent'))
        self.assertIn('1 could not be read', b.value('document.querySelector(".totals").textContent'))
        self.assertEqual(b.value('new Set([...document.querySelectorAll("[id]")].map((e) => e.id)).size'),
                         b.value('document.querySelectorAll("[id]").length'))
        self.assertEqual(b.value('[...document.querySelectorAll("a[href^=\\"#\\"]")].filter((a) => !document.getElementById(a.getAttribute("href").slice(1))).length'), 0)

    def test_ten_thousand_rules_are_usable(self):
        b = self.browser
        path = os.path.join(self.folder, 'long.v4')
        with open(path, 'w', encoding='utf-8') as f:
            f.write('*filter\n:INPUT DROP\n:OUTPUT ACCEPT\n-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\n')
            f.writelines('-A INPUT -s 10.%d.%d.1/32 -p tcp -m tcp --dport %d -j %s\n' % (i >> 8, i & 255, 1 + i % 500, ('ACCEPT', 'DROP')[i % 2])
                         for i in range(10000))
            f.write('-A INPUT -p tcp -j REJECT --reject-with tcp-reset\nCOMMIT\n')
        began = time.monotonic()
        page = self.show(path)
        self.assertLess(os.path.getsize(page), 2100000)  # docs/page.md
        self.assertEqual(b.value('document.querySelectorAll(".l").length'), 10006)
        loaded = time.monotonic()
        b.click('tr[data-finding]:last-child td:last-child')
        self.assertTrue(b.value('(() => { const r = document.querySelector(".finding.hi").getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight; })()'))
        clicked = time.monotonic()
        print('10,000 rules: made and shown in %.1f s, clicked in %.1f s' % (loaded - began, clicked - loaded))
        self.assertLess(clicked - loaded, 5)

    def test_the_ways_end_where_the_rules_say(self):
        b = self.browser
        path = os.path.join(self.folder, 'ways.nft')
        with open(path, 'w', encoding='utf-8') as f:
            f.write('table ip t {\n chain a { type filter hook input priority 0; policy accept; ct state invalid drop\n ct state new jump s\n }\n'
                    ' chain s { tcp dport 22 accept\n reject\n }\n'
                    ' chain n { type nat hook input priority 100; }\n}\n')
        self.show(path, args=('--severity', 'error'))
        pills = b.value('''[...document.querySelectorAll('figure[data-lane="0-0"] g[data-chain]')].map((g) =>
            [g.querySelector("title").textContent, [...g.querySelectorAll(".pill + text")].map((t) => t.textContent)])''')
        self.assertEqual(pills, [['a', ['drop I', 'policy accept']], ['s', ['accept N', 'reject N']], ['n', ['policy accept N']]])
        self.assertEqual(b.value('[...document.querySelectorAll("figure[data-lane=\\"0-0\\"] svg > text")].pop().textContent'), 'this host N')
        calls = b.value('[...document.querySelectorAll("figure[data-lane=\\"0-0\\"] .call[data-call]")].length')
        self.assertEqual(calls, 1)

    @unittest.skipUnless(PICTURES, 'no --pictures')
    def test_pictures_for_the_documentation(self):
        b = self.browser
        for name, scheme in (('docker-host.v4', 'light'), ('workstation.nft', 'dark'), ('openwrt-fw4.nft', 'light')):
            b.call('Emulation.setEmulatedMedia', features=[{'name': 'prefers-color-scheme', 'value': scheme}])
            self.show(os.path.join('rules-examples', name), args=('--severity', 'note'))  # a path that is the same everywhere
            b.key('n')
            b.value('scrollTo(0, 0)')
            b.picture(os.path.join(PICTURES, name.split('.')[0] + '.png'))


if __name__ == '__main__':
    if '--pictures' in sys.argv:
        del sys.argv[sys.argv.index('--pictures'):][:2]
        sys.argv = [sys.argv[0], 'Page.test_pictures_for_the_documentation']
    unittest.main(verbosity=2)
