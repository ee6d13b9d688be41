#!/usr/bin/python
# SPDX-License-Identifier: GPL-2.0-or-later
"""Lints a ruleset, deploys it, or fixes it where it stands."""
import json
import os
import tempfile

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r'''
module: fwlint
short_description: Lints, deploys and fixes netfilter rulesets
description:
  - With I(content) or I(src) the ruleset is linted, and written to I(path) only when there is nothing to say against it.
  - Without them the file at I(path) is linted; with I(fix) it is fixed.
  - Check mode lints too, and fails just where the run would fail; C(validate) of template and copy is skipped there.
options:
  path:
    description: Where the ruleset stands or will stand. What it includes is looked for there.
    type: path
    required: true
  content:
    description:
      - The new ruleset, such as C({{ lookup('ansible.builtin.template', 'nftables.conf.j2') }}).
      - A ruleset in JSON that a template made a structure of is written as JSON again.
    type: raw
  src:
    description: A file on the managed host that holds the new ruleset.
    type: path
  fix:
    description: Insert the rules that fwlint proves to be missing.
    type: bool
    default: false
  unsafe_fixes:
    description: Use unsafe fixes too.
    type: bool
    default: false
  include_dirs:
    description: More directories to include from (nft -I).
    type: list
    elements: path
    default: []
  fail_on:
    description: From which severity on a finding is a failure.
    choices: [error, warning, note]
    default: warning
    type: str
  ignore:
    description: Codes that are not looked for.
    type: list
    elements: str
    default: []
  backup:
    description: Keep the old file when another is deployed. What is fixed always has a backup.
    type: bool
    default: false
  executable:
    description: The program.
    type: str
    default: fwlint
extends_documentation_fragment: ansible.builtin.files
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
'''
EXAMPLES = r'''
- name: Deploy the ruleset, unless fwlint has something to say
  fwlint.fwlint.fwlint:
    path: /etc/nftables.conf
    content: "{{ lookup('ansible.builtin.template', 'nftables.conf.j2') }}"
    mode: '0644'
  notify: Reload nftables

- name: Fix the saved rules
  fwlint.fwlint.fwlint:
    path: /etc/iptables/rules.v4
    fix: true
'''
RETURN = r'''
findings:
  description: What is left, one line for each.
  returned: always
  type: list
  elements: str
fixed:
  description: How many rules were inserted, or in check mode would be.
  returned: always
  type: int
backup_file:
  description: The old file.
  returned: when one was kept
  type: str
'''

LEVELS = ('note', 'warning', 'error')


class Linter:
    def __init__(self, module):
        self.module = module
        self.path = module.params['path']
        self.program = module.get_bin_path(module.params['executable'], required=True)

    def run(self, path, *options):
        """Its exit status, and its report of one file."""
        p = self.module.params
        command = [self.program, '--format', 'json', '--fail-on', p['fail_on'], *options]
        for folder in p['include_dirs']:
            command += ['--include-dir', folder]
        if p['ignore']:
            command += ['--ignore', ','.join(p['ignore'])]
        if p['unsafe_fixes']:
            command.append('--unsafe-fixes')
        if path != self.path:
            command += ['--target', self.path]
        status, out, err = self.module.run_command(command + ['--', path])
        try:
            return status, json.loads(out)['inputs'][0], err
        except (ValueError, LookupError):
            self.module.fail_json(msg='fwlint failed: ' + (err or out).strip(), rc=status)

    def lines(self, report):
        """What it says, one line each: what would be shown by --quiet."""
        least = min(LEVELS.index('warning'), LEVELS.index(self.module.params['fail_on']))
        shown = [f for f in report['findings'] if LEVELS.index(f['severity']) >= least]
        lines = []
        for f in shown:
            lines.append('%s:%s:%s: %s: %s %s' % (f['file'], f['line'], f['column'], f['severity'], f['code'], f['message']))
        for e in report['errors']:
            place = '%s:%s:%s: error: ' % (e['file'], e['line'], e['column']) if 'line' in e else ''
            lines.append(place + e['message'])
        return lines


def read(path):
    try:
        with open(path, encoding='utf-8', errors='surrogateescape', newline='') as f:
            return f.read()
    except FileNotFoundError:
        return ''


def fix_or_lint(module, linter):
    """The file where it stands."""
    fix = module.params['fix']
    options = (['--apply'] if fix else []) + (['--dry-run'] if fix and module.check_mode else [])
    before = read(linter.path) if fix else ''
    status, report, err = linter.run(linter.path, *options)
    lines = linter.lines(report)
    result = {'changed': report.get('changed', 0) > 0, 'fixed': report.get('changed', 0), 'findings': lines}
    if result['changed'] and module._diff:
        result['diff'] = {'prepared': report['diff']} if module.check_mode else \
            {'before': before, 'after': read(linter.path), 'before_header': linter.path, 'after_header': linter.path}
    if status:
        what = 'is left' if result['changed'] else 'is found'
        module.fail_json(msg='%s in %s: %s' % (what, linter.path, '; '.join(lines) or err.strip()), rc=status, **result)
    return result


def content_of(module):
    """The new ruleset as text."""
    content, src = module.params['content'], module.params['src']
    if content is None:
        if not os.path.isfile(src):
            module.fail_json(msg="there is no file '%s'" % src)
        return read(src)
    if isinstance(content, (dict, list)):  # Ansible makes structures of what looks like JSON
        return json.dumps(content, indent=4) + '\n'
    if not isinstance(content, str):
        module.fail_json(msg='content is no text: %r' % content)
    return content


def deploy(module, linter):
    content = content_of(module)
    folder = os.path.dirname(os.path.realpath(linter.path))
    if not os.path.isdir(folder) and not module.check_mode:
        module.fail_json(msg="there is no folder '%s' to deploy to" % folder)
    handle, copy = tempfile.mkstemp(dir=module.tmpdir, prefix='fwlint-')
    with os.fdopen(handle, 'w', encoding='utf-8', errors='surrogateescape', newline='') as f:
        f.write(content)
    fixed = 0
    if module.params['fix']:
        fixed = linter.run(copy, '--apply')[1].get('changed', 0)
        content = read(copy)
    status, report, err = linter.run(copy)
    lines = linter.lines(report)
    before = read(linter.path)
    result = {'changed': before != content or not os.path.exists(linter.path), 'fixed': fixed, 'findings': lines}
    if module._diff:
        result['diff'] = {'before': before, 'after': content, 'before_header': linter.path, 'after_header': linter.path}
    if status:
        result['changed'] = False
        module.fail_json(msg='%s is not deployed: %s' % (linter.path, '; '.join(lines) or err.strip()), rc=status, **result)
    if result['changed'] and not module.check_mode:
        if module.params['backup'] and os.path.exists(linter.path):
            result['backup_file'] = module.backup_local(linter.path)
        module.atomic_move(copy, os.path.realpath(linter.path))  # a link stays one
    if os.path.exists(linter.path):
        result['changed'] = module.set_fs_attributes_if_different(module.load_file_common_arguments(module.params),
                                                                  result['changed'])
    return result


def main():
    module = AnsibleModule(
        argument_spec={
            'path': {'type': 'path', 'required': True},
            'content': {'type': 'raw'},
            'src': {'type': 'path'},
            'fix': {'type': 'bool', 'default': False},
            'unsafe_fixes': {'type': 'bool', 'default': False},
            'include_dirs': {'type': 'list', 'elements': 'path', 'default': []},
            'fail_on': {'choices': list(LEVELS[::-1]), 'default': 'warning'},
            'ignore': {'type': 'list', 'elements': 'str', 'default': []},
            'backup': {'type': 'bool', 'default': False},
            'executable': {'type': 'str', 'default': 'fwlint'},
        },
        mutually_exclusive=[['content', 'src']],
        add_file_common_args=True,
        supports_check_mode=True,
    )
    linter = Linter(module)
    if os.path.isdir(linter.path):
        module.fail_json(msg="path is the name of a file: '%s' is a directory" % linter.path)
    deploys = module.params['content'] is not None or module.params['src'] is not None
    module.exit_json(**(deploy if deploys else fix_or_lint)(module, linter))


if __name__ == '__main__':
    main()
