# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of the Language Server Protocol 3.17, for tests: what it sends and gets is checked against the base protocol."""
import json
import queue
import subprocess
import threading
import time


def apply_edits(text, edits):
    """The text after the TextEdits of one document, as the protocol says: all refer to the old text, columns are UTF-16 units."""
    lines = text.split('\n')

    def offset(p):
        before = '\n'.join(lines[:p['line']]) + ('\n' if p['line'] else '')
        line = lines[p['line']] if p['line'] < len(lines) else ''
        units = line.encode('utf-16-le')[:2 * p['character']]
        return len(before) + len(units.decode('utf-16-le'))

    spans = sorted(((offset(e['range']['start']), offset(e['range']['end']), i, e['newText']) for i, e in enumerate(edits)), reverse=True)
    for lo, hi, _, new in spans:
        text = text[:lo] + new + text[hi:]
    return text


class Client:
    def __init__(self, exe, *args, capabilities=None, start=True, **popen):
        self.process = subprocess.Popen([exe, 'lsp', *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **popen)
        self.got, self.id, self.replies, self.notes = queue.Queue(), 0, {}, []
        threading.Thread(target=self.read, daemon=True).start()
        if start:
            self.initialized = self.ask('initialize', processId=None, rootUri=None, capabilities=capabilities or {})
            self.tell('initialized')

    def read(self):
        out = self.process.stdout
        while True:
            header = out.readline()
            if not header:
                break
            name, length = header.split(b':')
            assert name == b'Content-Length' and header.endswith(b'\r\n'), header
            assert out.readline() == b'\r\n'
            self.got.put((time.monotonic(), json.loads(out.read(int(length)))))
        self.got.put((time.monotonic(), None))

    def send_raw(self, body):
        self.process.stdin.write(b'Content-Length: %d\r\n\r\n%s' % (len(body), body))
        self.process.stdin.flush()

    def send(self, **message):
        self.send_raw(json.dumps(dict(jsonrpc='2.0', **message)).encode())

    def tell(self, method, **params):
        self.send(method=method, params=params)

    def take(self, timeout):
        when, m = self.got.get(timeout=timeout)
        assert m is not None, 'the server is gone: ' + self.process.stderr.read().decode()
        assert m['jsonrpc'] == '2.0'
        if 'method' in m:
            self.notes.append((when, m))
        else:
            self.replies[m['id']] = m
        return m

    def request(self, method, **params):
        self.id += 1
        self.send(id=self.id, method=method, params=params)
        return self.id

    def reply(self, number, timeout=30):
        while number not in self.replies:
            self.take(timeout)
        return self.replies.pop(number)

    def ask(self, method, **params):
        answer = self.reply(self.request(method, **params))
        assert 'error' not in answer, answer
        return answer['result']

    def fails(self, method, **params):
        return self.reply(self.request(method, **params))['error']['code']

    def open(self, uri, text, version=1):
        self.tell('textDocument/didOpen', textDocument={'uri': uri, 'languageId': 'nft', 'version': version, 'text': text})

    def change(self, uri, version, *changes):
        self.tell('textDocument/didChange', textDocument={'uri': uri, 'version': version}, contentChanges=list(changes))

    def diagnostics(self, uri, version, timeout=30):
        """What is published for this version of the document, and when it came."""
        end = time.monotonic() + timeout
        while True:
            for when, m in self.notes:
                p = m['params']
                if m['method'] == 'textDocument/publishDiagnostics' and p['uri'] == uri and p.get('version') == version:
                    self.notes.remove((when, m))
                    self.when = when
                    return p['diagnostics']
            self.take(max(0.01, end - time.monotonic()))

    def actions(self, uri, diagnostic, **context):
        return self.ask('textDocument/codeAction', textDocument={'uri': uri}, range=diagnostic['range'],
                        context=dict(diagnostics=[diagnostic], **context))

    def hover(self, uri, line, character):
        return self.ask('textDocument/hover', textDocument={'uri': uri}, position={'line': line, 'character': character})

    def end(self):
        self.ask('shutdown')
        self.tell('exit')
        return self.process.wait(10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for f in (self.process.stdin, self.process.stdout, self.process.stderr):
            f.close()
