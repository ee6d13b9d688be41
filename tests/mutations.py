#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Rulesets that load, changed at random: does fwlint refuse what the kernel refuses?

usage: mutations.py FWLINT [DIALECT [COUNT [SEED [FILE...]]]]

DIALECT is nft, iptables or all. A mutation changes one or two tokens of a ruleset of tests/mutations.txt, of
tests/load.txt or of the files: another word, number, name or address in its place, or none, or twice, or
two of them swapped. Each is loaded into the kernel, in a network namespace of this test (root), and judged by
fwlint. It fails when fwlint refuses one that loads, or takes more than 5 % of those that do not: one with a
FW002 is taken, too, unless that says what is missing where nothing was loaded before, as in this test.
FWLINT_STATE: a file that gets what was found, a line for each hundred; those that it has are not run again.
"""
import collections
import json
import os
import random
import re
import subprocess
import sys

import common

MISSES_MAX = 5  # per cent
TOKENS = {'nft': re.compile(r'"[^"\n]*"|\n|[\w.\-/:@$*\\+]+|==|!=|<=|>=|<<|>>|[^\s\w]'),
          'iptables': re.compile(r'"[^"\n]*"|\n|[^\s"]+')}
NUMBERS = '0 1 2 3 5 15 16 31 32 33 63 64 65 127 128 129 255 256 1023 4096 65535 65536 4294967295 4294967296 -1'.split()
# Words, or phrases, that stand in each other's place: the mutations that are no mere errors of syntax.
ALIKE = {
    'nft': """
filter|nat|route
prerouting|input|forward|output|postrouting|ingress|egress
priority 0|priority -300|priority -200|priority -150|priority -100|priority 100|priority 300|priority filter|priority dstnat|priority srcnat|priority mangle|priority raw|priority security|priority out|priority filter - 10
table ip|table ip6|table inet|table bridge|table netdev|table arp
ipv4_addr|ipv6_addr|inet_service|inet_proto|ether_addr|mark|ifname|verdict|ct_state|tcp_flag|dscp|icmp_type|integer|iface_index
flags interval|flags dynamic|flags timeout|flags constant|flags dynamic,timeout|auto-merge|timeout 1h|size 10|gc-interval 5s
policy accept|policy drop|policy continue|policy reject
accept|drop|continue|return|reject|masquerade|redirect|notrack|reject with tcp reset|reject with icmp host-unreachable|reject with icmpv6 no-route|reject with icmpx admin-prohibited|tproxy to :80|dnat to 10.0.0.1|snat to 10.0.0.1|dnat to 10.0.0.1:80|dnat ip to 10.0.0.1|dnat ip6 to ::1|synproxy mss 1400 wscale 5|dup to 10.0.0.1|fwd to "lo"|ct helper set "ftp"|counter|log|limit rate 5/second|counter accept|jump ssh|goto user|meta mark set 1|ct mark set 1|meta priority set 1:2|ip ttl set 5|ip6 hoplimit set 5|tcp option maxseg size set rt mtu|ct zone set 1|masquerade to :1024-2000|redirect to :80|meta pkttype set host|meta nftrace set 1|ether saddr set 00:11:22:33:44:55|ip saddr set 10.0.0.1|tcp dport set 80|ip protocol set tcp|ct state set new|meta iif set 1|reset tcp option mss
ip saddr|ip daddr|ip6 saddr|ip6 daddr|tcp dport|tcp sport|udp dport|udp sport|th dport|sctp dport|meta l4proto|ip protocol|ip6 nexthdr|meta mark|ct mark|ct state|iifname|oifname|iif|oif|ether saddr|ether type|icmp type|icmpv6 type|meta nfproto|meta protocol|meta length|meta pkttype|meta skuid|ip dscp|ip6 dscp|ip ttl|tcp flags|tcp option mss size|vlan id|arp operation|ct status|ct direction|ct original saddr|ct original ip saddr|ct reply ip6 daddr|ct zone|ct helper|rt mtu|rt classid|rt nexthop|fib saddr . iif oif|fib daddr type|fib daddr . oif type|fib saddr oifname|socket transparent|socket mark|numgen inc mod 2|jhash ip saddr mod 3|symhash mod 2|meta day|meta hour|meta time|meta iiftype|ip length|ip id|ip frag-off|frag id|exthdr frag|igmp type|ah spi|esp spi|dccp dport|ct bytes|ct label|ct expiration|ct l3proto|ct proto-dst|ct original proto-dst|meta cpu|meta cgroup|osf name|ipsec in reqid|meta ibrname|tcp sequence|icmp code|icmpv6 code|icmp id|udp length|ct id|@th,16,16|meta priority|meta random|meta rtclassid|meta iifgroup
 map | vmap | set | == | != | < | >= | & 1 == | ! 
22|80|65535|65536|0|1|255|256|22-80|80-22|10.0.0.1|10.0.0.0/8|10.0.0.0/33|10.0.0.1-10.0.0.5|10.0.0.5-10.0.0.1|::1|fe80::/10|fe80::/129|"lo"|"eth*"|tcp|udp|icmp|ipv6-icmp|ipv4|new|established,related|syn|{ 1, 2 }|{ 1, 1 }|{ }|{ 10.0.0.0/8, 10.0.0.1 }|{ tcp, udp }|@allowed|@ports|@s|@seen|@nothing|exists|missing|echo-request|00:11:22:33:44:55|5s|100-200|{ 22, 80-90, 85 }|{ 22 : accept }|{ 22 : 80, 80 : 22 }|{ 10.0.0.1 : drop }|10.0.0.1 . 80|{ 10.0.0.1 . 80 }|"a name that is much longer than fifteen"|syn,ack|1.2.3.4.5|1.2.3|af11|ef|broadcast|local|0x10/0xff
type ipv4_addr|type ipv6_addr|type inet_service|type ipv4_addr . inet_service|type ipv4_addr : verdict|type ipv4_addr : ipv4_addr|type inet_service : inet_service|typeof ip saddr|typeof tcp dport : meta mark|type ipv4_addr : ipv4_addr . inet_service
add|create|insert|delete|flush|replace|destroy
chain|set|map|rule|element|table|counter|quota|limit|flowtable
second|minute|hour|day|week|year|ms
bytes|kbytes|mbytes|gbytes|packets
""",
    'iptables': """
filter|nat|mangle|raw|security|broute
INPUT|FORWARD|OUTPUT|PREROUTING|POSTROUTING|ssh|other|nothing
ACCEPT|DROP|RETURN|QUEUE|REJECT|LOG|MASQUERADE|DNAT --to-destination 10.0.0.1|DNAT --to-destination ::1|SNAT --to-source 10.0.0.1|SNAT --to-source 10.0.0.1:5-9|REDIRECT|REDIRECT --to-ports 80|NETMAP --to 10.0.0.0/8|TPROXY --on-port 5|MARK --set-mark 1|CONNMARK --save-mark|CT --notrack|CT --zone 5|NOTRACK|TCPMSS --clamp-mss-to-pmtu|TCPMSS --set-mss 1400|TOS --set-tos 4|DSCP --set-dscp 70|DSCP --set-dscp-class EF|TTL --ttl-set 300|TTL --ttl-dec 1|HL --hl-set 5|CLASSIFY --set-class 1:2|NFLOG|NFLOG --nflog-group 70000|NFQUEUE --queue-num 5|CHECKSUM --checksum-fill|REJECT --reject-with tcp-reset|REJECT --reject-with icmp-host-unreachable|REJECT --reject-with icmp6-no-route|SECMARK|TRACE|AUDIT --type accept|ssh|other|nothing|IDLETIMER --timeout 5 --label x|SET --add-set x src|ECN --ecn-tcp-remove|TEE --gateway 10.0.0.1|SYNPROXY --mss 1400|HMARK --hmark-tuple src --hmark-mod 5 --hmark-rnd 1|RATEEST --rateest-name x --rateest-interval 250ms --rateest-ewmalog 0.5s|DNAT|SNAT|TCPOPTSTRIP --strip-options 5|CLUSTERIP|ULOG|MIRROR
-p tcp|-p udp|-p icmp|-p all|-p 6|-p 300|-p sctp|! -p tcp|-p esp|-p ipv6-icmp|-p nonsense|-p tcp -p udp|-p 0|-p ah
-s 10.0.0.1|-s 10.0.0.0/8|-s 10.0.0.0/33|-s 10.0.0.1,10.0.0.2|! -s 10.0.0.1,10.0.0.2|-s ::1|-s fe80::/10|-s 10.0.0.1 -s 10.0.0.2|-s ! 10.0.0.1|-s 10.0.0|-s 10.0.0.0/255.0.0.0|-s 300.0.0.1|-d 10.0.0.1|! -d 10.0.0.0/8|-d
-i eth0|-o eth0|-i lo|! -o eth+|-i averylonginterfacename|-i eth/0|-o 'eth 0'|-i eth0 -i eth1|-f|! -f|-c 5 6|-c 5|-4|-6
-m tcp --dport 22|-m tcp --dport 22:|-m tcp --dport 80:22|-m tcp --dport 65536|-m tcp ! --sport 22|-m tcp --syn|-m tcp --tcp-flags SYN|-m tcp --tcp-flags SYN,ACK SYN|-m tcp --tcp-option 300|--dport 22|-m tcp --dport ssh|-m tcp --dport nonsense|-m udp --dport 53|-m udp --syn|-m multiport --dports 1,2,3|-m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16|-m multiport --ports 1:2,4|-m multiport --dports 2:1|-m icmp --icmp-type 8|-m icmp --icmp-type 300|-m icmp --icmp-type echo-request|-m icmp --icmp-type 8/1|-m icmp6 --icmpv6-type 1|-m icmp --icmp-type nonsense|-m sctp --dport 5
-m conntrack --ctstate NEW|-m conntrack --ctstate NEW,NONSENSE|-m conntrack|-m conntrack ! --ctstate INVALID|-m conntrack --ctproto 6 --ctorigsrc 10.0.0.1|-m conntrack --ctexpire 5:1|-m conntrack --ctdir BOTH|-m conntrack --ctstatus SEEN_REPLY|-m state --state NEW|-m state|-m state --state UNTRACKED|-m state ! --state NEW,NEW|-m conntrack --ctstate DNAT
-m limit --limit 5/sec|-m limit --limit 20000/sec|-m limit --limit 10001/sec|-m limit --limit 0/sec|-m limit --limit 5/year|-m limit --limit-burst 0|-m limit --limit-burst 10001|-m limit|-m hashlimit --hashlimit-upto 5/sec --hashlimit-name x|-m hashlimit --hashlimit-above 5/sec|-m hashlimit --hashlimit-name x|-m hashlimit --hashlimit-upto 5/sec --hashlimit-name x --hashlimit-mode nonsense|-m connlimit --connlimit-above 5|-m connlimit --connlimit-above 5 --connlimit-mask 33|-m connlimit|-m quota --quota 5|-m quota|-m quota --quota x
-m mark --mark 1|-m mark --mark 0x1/0xfff|-m mark --mark x|-m mark|-m mark --mark 4294967296|-m connmark --mark 1/2|-m owner --uid-owner 5|-m owner --uid-owner 5-2|-m owner --socket-exists|-m owner|-m mac --mac-source 00:11:22:33:44:55|-m mac --mac-source 00:11|-m addrtype --src-type LOCAL|-m addrtype --src-type NONSENSE|-m addrtype|-m addrtype --dst-type LOCAL --limit-iface-in|-m addrtype --dst-type LOCAL --limit-iface-out|-m addrtype --limit-iface-in|-m rpfilter|-m socket|-m socket --transparent|-m policy --dir in --pol none|-m policy --dir out --pol ipsec|-m policy --dir in|-m policy --pol ipsec|-m physdev --physdev-in eth0|-m physdev --physdev-out eth0|-m physdev|-m physdev --physdev-is-bridged
-m ttl --ttl-eq 5|-m ttl --ttl-eq 256|-m ttl --ttl-lt 5|-m ttl|-m hl --hl-eq 5|-m length --length 5|-m length --length 9:5|-m length --length 70000|-m length|-m dscp --dscp 5|-m dscp --dscp 64|-m dscp --dscp-class CS1|-m dscp --dscp-class XX|-m tos --tos 5|-m tos --tos 300|-m tos --tos Minimize-Delay|-m ecn --ecn-tcp-ece|-m pkttype --pkt-type unicast|-m pkttype --pkt-type nonsense|-m pkttype|-m iprange --src-range 10.0.0.1-10.0.0.5|-m iprange --src-range 10.0.0.5-10.0.0.1|-m iprange|-m iprange --src-range 10.0.0.1|-m tcpmss --mss 5:1|-m tcpmss --mss 500|-m realm --realm 5
-m comment --comment x|-m comment|-m comment --comment "a b"|-m string --string x --algo bm|-m string --string x|-m string --algo kmp|-m string --string x --algo foo|-m recent --set|-m recent|-m recent --set --update|-m recent --update --seconds 0|-m recent --update --hitcount 500|-m recent --update --ttl|-m recent --rcheck --name averyveryveryveryveryveryveryveryveryveryveryveryveryveryverylongnameofalistindeed|-m recent --remove --seconds 5|-m statistic --mode random --probability 0.5|-m statistic --mode random --probability 5|-m statistic --mode nth --every 3 --packet 3|-m statistic --mode nth --every 0|-m statistic --mode nth|-m statistic|-m time --timestart 10:00|-m time --timestart 25:00|-m time --weekdays Mon,Xyz|-m time --monthdays 32|-m time --datestart 2026-01-01T00:00:00|-m time|-m u32 --u32 "0&0xff=1"|-m u32 --u32 "x"|-m nonsense|-m cpu --cpu 1|-m cluster --cluster-total-nodes 2 --cluster-local-node 1 --cluster-hash-seed 1|-m connbytes --connbytes 5 --connbytes-dir both --connbytes-mode bytes|-m connbytes --connbytes 5|-m helper --helper ftp|-m esp --espspi 5|-m ah --ahspi 5|-m dccp --dccp-types REQUEST|-m devgroup --src-group 5|-m bpf --bytecode "1,6 0 0 1"|-m cgroup --cgroup 5|-m rateest --rateest x --rateest-gt --rateest-bps 5|-m nfacct --nfacct-name x|-m osf --genre Linux|-m set --match-set x src|-m ipv6header --header frag|-m frag --fragid 5|-m rt --rt-type 0|-m eui64|-m hbh --hbh-len 5|-m mh --mh-type 5|-m connlabel --label 5
-A|-I|-D|-R|-N|-X|-P|-F|-E|-Z|--append|-X ssh|-N ssh|-P INPUT DROP|-F nothing
[0:0]|[5:6]|[0]|[x:y]|-
4|7|8|warn|warning|debug|emerg|256
"""}
# What depends on the host, or on modules that this kernel may lack.
OF_HOST = re.compile(r'Interface does not exist|resolve hostname|name resolution|host/network|missing kernel module|Unknown error|'
                     r'user "|group "|does not exist as|Couldn.t load|Extension .* not supported|'
                     r'is not supported by|Cannot open|cannot open|No such file or directory.*connlabel')


# The FW002 that says: refused where no such thing is there before the file is loaded.
OF_BEFORE = re.compile(r'exists yet|--noflush|another program|not declared')


def rulesets(path):
    """Those that load: dialect, is it IPv6, text."""
    for dialect, _, text in common.blocks(path):
        if text[0] in ('loads', ''):
            text = text[1:]
        elif text[0].startswith('refused'):
            continue
        if not any(line.startswith('repeat ') for line in text):
            yield 'nft' if dialect == 'nft' else 'iptables', dialect == 'ip6tables', '\n'.join(text) + '\n'


def kind_of(token):
    if token == '\n':
        return 'end'
    if re.fullmatch(r'-?(0x[0-9a-f]+|\d+)', token):
        return 'number'
    if re.fullmatch(r'"[^"]*"', token):
        return 'string'
    if re.search(r'\d[.:/]|:', token):
        return 'address'
    return 'word' if re.search(r'\w', token) else 'sign'


class Loader:
    """What takes a text, or why not. Each process has its own namespace."""
    def __init__(self, dialect):
        self.dialect = dialect

    def run(self, command, text):
        try:
            r = common.run(*command, stdin=text, timeout=30)
        except subprocess.TimeoutExpired:
            return None, 'timeout'
        return (None if r.returncode < 0 else r.returncode == 0), r.stderr

    def nft(self, text):
        self.run(['nft', 'flush', 'ruleset'], '')
        return [self.run(['nft', '-f', '-'], text)]

    def iptables(self, text, six):
        name = 'ip6tables' if six else 'iptables'
        self.run(['nft', 'flush', 'ruleset'], '')
        answers = [self.run([name + '-nft-restore'], text), self.run([name + '-legacy-restore'], text)]
        for table in re.findall(r'^\*(\w+)', text, re.M):
            self.run([name + '-legacy', '-t', table, '-F'], '')
            self.run([name + '-legacy', '-t', table, '-X'], '')
        return answers

    def answers(self, text, six):
        return self.nft(text) if self.dialect == 'nft' else self.iptables(text, six)


class Mutator:
    def __init__(self, dialect, seeds, rng):
        self.tokens, self.rng = TOKENS[dialect], rng
        self.alike = [line.split('|') for line in ALIKE[dialect].strip('\n').split('\n')]
        self.words = collections.defaultdict(list)
        for _, text in seeds:
            for token in self.tokens.findall(text):
                self.words[kind_of(token)].append(token)
        self.words['number'] += NUMBERS * max(1, len(self.words['number']) // 40)
        # each word as often as others, whether it is common or not
        for kind in ('word', 'address', 'string'):
            self.words[kind] = sorted(set(self.words[kind]))

    def other(self, token):
        kind = kind_of(token)
        if kind in ('end', 'sign') or self.rng.random() < 0.08:
            kind = self.rng.choice(['word', 'number', 'address', 'sign', 'string'])
        return self.rng.choice(self.words[kind] or ['x'])

    def put_alike(self, text):
        """A word or a phrase by another one of its kind; a match, a target or an option among iptables'."""
        lists = [(a, b, group) for group in self.alike for word in group
                 for a, b in [m.span() for m in re.finditer(r'(?<![\w-])' + re.escape(word) + r'(?![\w-])', text)]]
        if not lists:
            return text
        group = self.rng.choice(sorted({tuple(x[2]) for x in lists}))
        a, b, _ = self.rng.choice([x for x in lists if tuple(x[2]) == group])
        return text[:a] + self.rng.choice(group) + text[b:]

    def put_in(self, text):
        """Another phrase in a line."""
        lines = text.split('\n')
        i = self.rng.randrange(len(lines))
        places = [m.start() for m in re.finditer(r'(?<=\s)(?=\S)', lines[i])]
        if places:
            a = self.rng.choice(places)
            lines[i] = lines[i][:a] + self.rng.choice(self.rng.choice(self.alike)).strip() + ' ' + lines[i][a:]
        return '\n'.join(lines)

    def move_line(self, text):
        """A line elsewhere, twice, or not at all."""
        lines = text.split('\n')
        i, k = self.rng.randrange(len(lines)), self.rng.randrange(len(lines))
        line = lines[i]
        if self.rng.random() < 0.5:
            del lines[i]
        if self.rng.random() < 0.8:
            lines.insert(k, line)
        return '\n'.join(lines)

    def mutate(self, text):
        how = self.rng.random()
        return (self.put_alike(text) if how < 0.45 else self.put_in(text) if how < 0.55 else
                self.move_line(text) if how < 0.65 else self.change_tokens(text))

    def change_tokens(self, text):
        places = [m.span() for m in self.tokens.finditer(text)]
        for _ in range(1 if self.rng.random() < 0.8 else 2):
            i = self.rng.randrange(len(places))
            a, b = places[i]
            token, what = text[a:b], self.rng.random()
            if what < 0.70:
                new = self.other(token)
            elif what < 0.80:
                new = ''
            elif what < 0.87:
                new = token + ' ' + token
            elif what < 0.93:
                new = token + ' ' + self.other(token)
            else:
                c, d = places[self.rng.randrange(len(places))]
                if kind_of(text[c:d]) == kind_of(token) and (d <= a or b <= c):
                    x, y = sorted([(a, b), (c, d)])
                    text = text[:x[0]] + text[slice(*y)] + text[x[1]:y[0]] + text[slice(*x)] + text[y[1]:]
                    places = [m.span() for m in self.tokens.finditer(text)]
                continue
            text = text[:a] + new + text[b:]
            places = [m.span() for m in self.tokens.finditer(text)]
        return text


def judged(dialect, six, text):
    """Does fwlint take it; what of it is FW002; what is wrong."""
    head = '# Generated by ip%stables-save v1.8.9\n' % ('6' if six else '') if dialect != 'nft' else ''
    r = common.fwlint('--dialect', dialect, '--severity', 'note', '--format', 'gcc', '-',
                      stdin=head + text, timeout=60)
    return r.returncode < 2, '\n'.join(x for x in r.stdout.split('\n') if '[FW002]' in x), r.stderr or r.stdout


def kind_of_refusal(why):
    """The message without names and numbers."""
    lines = [x for x in why.split('\n') if x.strip() and not x.startswith('Warning')]
    line = next((x for x in lines if 'rror' in x or 'nknown' in x), lines[0] if lines else '')
    line = re.sub(r'^.*?Error: ', '', line)
    return re.sub(r"[\"'`][^\"'`]*[\"'`]", "'…'", re.sub(r'\d+', 'N', re.sub(r'^\S+-restore\S* ?(v\S+)? ?(\(\S+\))?:? ?', '', line)))[:90]


PART = 100  # mutations that have random numbers of their own: where a run was stopped the next one goes on


class Count:
    """What became of the mutations of one part, or of several."""
    def __init__(self, saved=None):
        saved = saved or {}
        self.n = collections.Counter(saved.get('n', {}))
        self.found = saved.get('found', [])

    def add(self, other):
        self.n += other.n
        self.found += other.found

    def note(self, what, why, said, old, text):
        changed = [y for x, y in zip(old.split('\n'), text.split('\n')) if x != y][:1]
        self.n[what] += 1
        self.found.append({'what': what, 'why': why.strip(), 'said': said, 'at': changed, 'text': text})

    def of(self, what):
        return [x for x in self.found if x['what'] == what]


def judge(count, loads, why, answer, old, text):
    takes, by_one, said = answer
    if any(loads):
        count.n['load' if all(loads) else 'one loads'] += 1
        if not takes:
            count.note('FALSE', why, said, old, text)
        elif not all(loads) and not by_one:
            count.note('UNSAID', why, said, old, text)
        return
    count.n['refused'] += 1
    if takes and OF_BEFORE.search(by_one):
        count.note('BEFORE', why, by_one, old, text)
    elif takes and by_one:
        count.note('FW002', why, by_one, old, text)
    elif takes:
        count.note('MISSED', why, said, old, text)


def try_some(dialect, n, rng, taken, loader):
    mutator, count = Mutator(dialect, taken, rng), Count()
    while count.n['tried'] < n:
        six, old = rng.choice(taken)
        text = mutator.mutate(old)
        if text == old:
            continue
        answers = loader.answers(text, six)
        count.n['tried'] += 1
        if any(ok is None for ok, _ in answers) or any(OF_HOST.search(why) for ok, why in answers if not ok):
            count.n['left out'] += 1
            continue
        loads = [ok for ok, _ in answers]
        why = next((why for ok, why in answers if not ok), '')
        judge(count, loads, why, judged(dialect, six, text), old, text)
    return count


def print_found(dialect, seed, rulesets, all_of):
    n, refused = all_of.n, max(1, all_of.n['refused'])
    print('%s: seed %d, %d rulesets that load, %s' %
          (dialect, seed, rulesets, ', '.join('%d %s' % (v, k) for k, v in n.items())))
    print('%s: %d mutations that load refused; %d of %d that do not were taken (%.1f %%), %d more with FW002 that says '
          'what must be there before, %d with another FW002; of %d that one loader takes, %d without FW002' %
          (dialect, n['FALSE'], n['MISSED'], n['refused'], 100 * n['MISSED'] / refused, n['BEFORE'], n['FW002'],
           n['one loads'], n['UNSAID']))
    kinds = collections.Counter((x['what'].lower(), kind_of_refusal(x['why'])) for x in all_of.found if x['what'] != 'FALSE')
    for (what, kind), times in kinds.most_common(60):
        print('  %s %d: %s' % (what, times, kind))
    for x in all_of.of('FALSE')[:20]:
        print('  refused though it loads: %s\n%s' % (x['said'].split('\n')[0], x['text']))


def measure(dialect, count, seed, files, state):
    """The parts of it that the file `state` has are not run again."""
    done, all_of, loader, taken = {}, Count(), Loader(dialect), []
    if state and os.path.exists(state):
        with open(state) as f:
            done = {tuple(x['part']): x for x in map(json.loads, f)}
    for path in files:
        for d, six, text in rulesets(path):
            if d == dialect and all(ok for ok, _ in loader.answers(text, six)):
                taken.append((six, text))
    for i in range(0, count, PART):
        part = (dialect, seed, min(PART, count - i), i)
        if part not in done:
            some = try_some(dialect, part[2], random.Random('%d %d' % (seed, i)), taken, loader)
            done[part] = {'part': part, 'n': some.n, 'found': some.found}
            if state:
                with open(state, 'a') as f:
                    f.write(json.dumps(done[part]) + '\n')
        all_of.add(Count(done[part]))
    print_found(dialect, seed, len(taken), all_of)
    return not all_of.n['FALSE'] and (all_of.n['MISSED'] + all_of.n['FW002']) * 100 <= all_of.n['refused'] * MISSES_MAX


def main():
    common.program()
    args = sys.argv[1:]
    dialect, count, seed = (args + ['all', '300', '1'][len(args):])[:3]
    files = [os.path.join(common.ROOT, 'tests', name) for name in ('mutations.txt', 'load.txt')] + args[3:]
    common.enter_namespace(common.no_namespace())
    dialects = ['nft', 'iptables'] if dialect == 'all' else [dialect]
    good = [measure(d, int(count), int(seed), files, os.environ.get('FWLINT_STATE')) for d in dialects]
    return 0 if all(good) else 1


if __name__ == '__main__':
    sys.exit(main())
