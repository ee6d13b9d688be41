#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What nft and the kernel refuse because of where it stands; fwlint refuses the same.

usage: nft_forms.py FWLINT [--write FILE]

--write: the answers of nft and the kernel go into FILE instead: tests/forms/nft.txt, which the unit test `forms` reads.

Protocols that exclude each other in one rule, statements at each hook, base chains of each family, type, hook and
priority. Each ruleset is loaded into a network namespace for real: `nft -c` does not ask the kernel. A
ruleset that nft 1.0.6 refuses must be an error here (exit status 2), or a line of FW002.
"""
import itertools
import json
import os
import random
import sys
import unittest

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import common  # noqa: E402

common.program()
WRITE = open(sys.argv.pop(2), 'w') if sys.argv[1:2] == ['--write'] and common.is_inside() else None
HOOK = {'netdev': 'filter hook ingress device lo priority 0'}

# Rules of one line that name several protocols, or none where one is needed.
PROTOCOLS = '''tcp dport 22 udp dport 53|ip saddr 1.2.3.4 ip6 daddr ::1|icmp type echo-request tcp dport 22|
    tcp dport 22 icmp type 8|meta l4proto tcp udp dport 53|ip protocol tcp udp dport 53|ip6 nexthdr tcp udp dport 5|
    meta l4proto { tcp, udp } tcp dport 22|meta l4proto != tcp udp dport 4|meta l4proto != tcp tcp dport 4|
    meta nfproto ipv4 ip6 saddr ::1|meta protocol ip ip6 saddr ::1|ether type ip ip6 saddr ::1|
    ether type arp ip saddr 1.2.3.4|vlan id 4 ip saddr 1.2.3.4|th dport 22 tcp dport 22|
    th dport 22 tcp dport 22 udp dport 22|icmp type 8 icmpv6 type 128|icmpv6 type 128 ip saddr 1.2.3.4|
    ip6 saddr ::1 icmp type 8|ip saddr 1.2.3.4 icmpv6 type 128|ip protocol icmp ip6 saddr ::1|
    udp dport 53 reject with tcp reset|ip saddr 1.2.3.4 reject with icmpv6 type no-route|
    meta l4proto { tcp, udp } reject with tcp reset|meta l4proto { udp, tcp } reject with tcp reset|
    ip saddr 1.1.1.1 ct original ip6 saddr ::1|tcp flags syn udp dport 3|tcp option maxseg size 4 udp dport 4|
    udp dport 4 tcp option maxseg size 3|udp dport 3 ip dscp set 3|ip6 saddr ::1 ip dscp set 3|
    udp dport 3 tcp dport set 3|udp dport 3 meta mark set tcp dport map { 1 : 1 }|udp dport 3 meta mark set tcp dport|
    udp dport . tcp dport { 1 . 2 }|ip saddr . ip6 daddr { 1.1.1.1 . ::1 }|
    ip saddr . tcp dport { 1.1.1.1 . 1 } udp sport 3|
    tcp dport vmap { 1 : accept } udp dport 3|tcp dport { 1, 2 } udp dport 3|
    meta l4proto . th dport { tcp . 22 } udp dport 3|meta l4proto tcp meta l4proto udp|ip protocol tcp ip protocol udp|
    meta nfproto ipv4 meta nfproto ipv6|ip protocol tcp meta l4proto udp|esp spi 3 tcp dport 3|
    sctp dport 3 dccp dport 4|igmp type 17 tcp dport 3|ip version 4 ip6 version 6|frag id 3 ip saddr 1.2.3.4|
    ip saddr 1.2.3.4 frag id 3|rt type 0 ip saddr 1.1.1.1|hbh nexthdr 3 ip saddr 1.1.1.1|mh type 3 ip saddr 1.1.1.1|
    ip saddr 1.1.1.1 exthdr frag exists|ip option rr exists ip6 saddr ::1|ip6 saddr ::1 ip option rr exists|
    sctp chunk data exists tcp dport 3|udplite sport 3 udp sport 3|ip6 nexthdr udp tcp dport 3|
    ip6 nexthdr { udp, tcp } tcp dport 3|ip protocol { udp, tcp } tcp dport 3|ip protocol != udp tcp dport 3|
    meta l4proto 1-20 tcp dport 3|jhash tcp dport mod 4 0 udp dport 3|udp dport 3 queue num jhash tcp dport mod 3|
    ct l3proto ipv4 ip6 saddr ::1|meta nfproto { ipv4, ipv6 } ip6 saddr ::1|meta nfproto ipv6 icmp type 8|
    meta l4proto icmp ip6 saddr ::1|meta l4proto icmp icmpv6 type 128|meta l4proto icmpv6 ip saddr 1.1.1.1|
    tcp dport 0x16 @th,0,16 3 udp dport 3|ip saddr 1.1.1.1 @nh,0,4 4 ip6 saddr ::1|
    ether saddr 00:11:22:33:44:55 ip saddr 1.1.1.1|ip saddr 1.1.1.1 ether saddr 00:11:22:33:44:55|
    meta iiftype ether ether saddr 00:11:22:33:44:55|meta iiftype 1 ip saddr 1.1.1.1|
    meta iiftype loopback ether saddr 00:11:22:33:44:55|vlan id 3 vlan id 4 vlan id 5|vlan id 3 ether type ip|
    arp operation request ip saddr 1.1.1.1|ip saddr 1.1.1.1 arp operation request|ether type vlan ip saddr 1.1.1.1|
    ether type vlan vlan id 4|ether type ip vlan id 4|ether type 8021q vlan id 4 ip6 saddr ::1 ip daddr 1.1.1.1|
    meta protocol arp ip saddr 1.1.1.1|meta protocol { ip, ip6 } ip saddr 1.1.1.1|meta protocol vlan ip saddr 1.1.1.1|
    meta protocol vlan vlan id 3|rt nexthop 1.1.1.1|ct original saddr 1.1.1.1'''

# Rules that one hook or another has no use for.
PLACED = '''masquerade|redirect|tcp dport 1 redirect to :80|redirect to :80|redirect to 80|dnat ip to 1.1.1.1|
    dnat to 1.1.1.1|ip saddr 2.2.2.2 dnat to 1.1.1.1|ip6 saddr ::1 dnat ip to 1.1.1.1|dnat ip to 1.1.1.1:80|
    tcp dport 1 dnat ip to 1.1.1.1:80|snat ip to 1.1.1.1|udp dport 1 snat ip to 1.1.1.1:1-2|masquerade to :1-2|
    tcp dport 1 masquerade to :1-2|dnat ip to ip daddr . tcp dport map { 1.1.1.1 . 1 : 2.2.2.2 . 2 }|
    reject|reject with tcp reset|reject with icmp host-unreachable|reject with icmpx no-route|notrack|
    tproxy ip to :80|tcp dport 1 tproxy ip to :80|tcp dport 1 tproxy to :80|tcp dport 1 synproxy mss 1460|ct zone set 1|
    tcp flags syn tcp option maxseg size set rt mtu|rt ip nexthop 1.1.1.1|rt mtu 1000|fib saddr type local|
    fib saddr . iif type local|fib daddr . oif type local|fib saddr oif 0|fib daddr oifname "lo"|fib saddr . iif oif 0|
    meta pkttype set host|meta mark set 1|socket transparent 1|osf name "Linux"|ipsec in reqid 1|ipsec out reqid 1|
    meta ipsec exists|dup to 1.1.1.1|ct state new|iif lo|oif lo|meta skuid 0|numgen random mod 2 0|ct count over 2|
    exthdr frag exists|ether saddr 00:11:22:33:44:55'''
# Values under masks, ranges, numbers that are never taken, elements in conflict: beside values.py, which only asks nft.
VALUES = '''tcp flags 0x2 / 0x12|tcp flags 0x2/2|tcp flags != 0x2 / 8|tcp flags syn / 0x12|tcp flags 0x2 / syn,ack|
    tcp flags 0x2 / 0|ct state 0x8 / 0x9|ct status 1 / 33|meta mark 0x1 / 0x3|tcp dport 1 / 17|
    meta time "2022-01-01"-"2021-01-01"|meta time "2021-01-01"-"2022-01-01"|
    meta time "2022-01-01 10:00"-"2022-01-01 09:00"|
    meta hour "18:00"-"09:00"|meta hour "09:00"-"18:00"|meta hour != "18:00"-"09:00"|meta hour { "18:00"-"09:00" }|
    meta hour { "09:00"-"18:00" }|meta hour vmap { "18:00"-"09:00" : accept }|meta day "Friday"-"Monday"|
    meta day "Monday"-"Friday"|ct expiration 5m-1m|icmp type 8-0|ip dscp cs5-cs1|ip protocol udp-tcp|
    numgen inc mod 3 3|numgen inc mod 3 2|numgen inc mod 3 offset 10 13|numgen inc mod 3 offset 10 12|
    numgen random mod 0 0|numgen inc mod 3 != 5|numgen inc mod 3 { 1, 5 }|numgen inc mod 3 1-5|jhash ip saddr mod 3 3|
    jhash ip saddr mod 3 2|jhash ip saddr mod 0 2|symhash mod 3 3|numgen inc mod 3 vmap { 0 : accept, 5 : drop }|
    meta mark set numgen inc mod 3 map { 0 : 1, 7 : 2 }|ip saddr . tcp dport { 10.0.0.0/8 . 22, 10.1.0.0/16 . 22 }|
    ip saddr . tcp dport { 10.1.0.0/16 . 22, 10.0.0.0/8 . 22 }|
    ip saddr . tcp dport { 10.0.0.0/8 . 22, 10.0.0.0/8 . 22 }|
    ip saddr . tcp dport { 10.0.0.0/8 . 22-30, 10.0.0.0/8 . 25-40 }|
    ip saddr . tcp dport { 10.0.0.1 . 22, 10.0.0.1 . 22 }|
    ip saddr . tcp dport != { 10.0.0.0/8 . 22, 10.1.0.0/16 . 22 }|
    ip saddr . tcp dport { 10.0.0.1 . 1-5, 10.0.0.2 . 3-9 }|
    tcp dport { 22, , 23 }|tcp dport { , 22 }|tcp dport { 22,, }|tcp dport { 22 ;, 23 }|tcp dport { 22; }|
    tcp dport { 20-30, 25-40 }|tcp dport vmap { 20-30 : accept, 30-40 : accept }|
    tcp dport vmap { 20-30 : accept, 31-40 : accept }|tcp dport { }|tcp dport vmap { }|tcp dport not 22|ct state ! new|
    ct state ! { new, related }|meta mark ! 1|limit rate 0/second|limit rate 0x0/second|limit rate 1/second|counter|
    meta day 5-1|meta day 1-5|meta day 6-0|meta day { 6-0 }|meta day { 0-6 }|meta day != 5-1|
    meta day { "Friday"-"Monday" }|meta day { "Monday"-"Friday" }|meta day vmap { "Friday"-"Monday" : accept }|
    meta day vmap { 1-5 : accept }|meta hour 5-3|meta hour { 5-3 }|meta hour 79200-3600|
    tcp flags { 0x2/2 }|tcp flags { 0x2/2, 0x10 }|tcp flags != { 0x2/2 }|tcp flags { 0x2/9 }|
    tcp flags { syn / syn,ack }|
    ct state { 0x2/31 }|ct status { 1/32 }|ct mark { 0x10/28 }|ct mark 0x10/33|meta length 64/20|meta pkttype 0/7|
    tcp dport { 1024/6 }|tcp dport 1024/17|ip saddr . tcp dport { 1.2.3.4 . 1024/6 }|
    meta ibrname "br0"|meta obrname "br0"|meta ibrname . tcp dport { "x" . 5 }'''
# Names that a rule takes, declared here or not, or of something else.
NAMED = '''counter name "c"|counter name c|counter name nope|counter name "nope"|quota name "q"|quota name nope|
    limit name "l"|limit name nope|ct helper set "h"|ct helper set "nope"|ct helper set h|ct timeout set "o"|
    ct timeout set nope|ct expectation set "e"|ct expectation set "nope"|tcp dport 5 synproxy name "y"|
    tcp dport 5 synproxy name "nope"|counter name q|quota name c|limit name c|counter name tcp dport map { 22 : "c" }|
    counter name tcp dport map { 22 : "nope" }|counter name tcp dport map @om|counter name tcp dport map @nope|
    counter name tcp dport map @oq|counter name tcp dport map @mm|counter name tcp dport map @st|
    quota name tcp dport map @oq|limit name tcp dport map { 1 : "l" }|limit name tcp dport map { 1 : "q" }|
    ct helper set tcp dport map { 21 : "h" }|ct helper set tcp dport map { 21 : "nope" }|
    ct timeout set tcp dport map { 21 : "o" }|flow add @nope|flow add @s|tcp dport @nope|tcp dport @st|
    tcp dport vmap @nope|tcp dport vmap @m|tcp dport vmap @st|tcp dport vmap @mm|add @nope { ip saddr }|
    add @s { ip saddr }|update @s { ip saddr }|delete @s { ip saddr }|add @st { tcp dport }|
    add @m { tcp dport : accept }|meta mark set tcp dport map @mm|meta mark set tcp dport map @m|
    meta mark set tcp dport map @st|meta mark set tcp dport map @nope|meta mark set tcp dport map @om|tcp dport @m|
    tcp dport @mm|ip saddr @st|tcp dport @s|tcp dport != @nope|meter x { ip saddr limit rate 5/second }|
    add @s { ip saddr limit rate 5/second }|ip saddr . tcp dport @st|counter name h|ct helper set "c"'''
OBJECTS = ('''table ip t {
 counter c { }
 quota q { 10 mbytes }
 limit l { rate 5/second }
 ct helper h { type "ftp" protocol tcp; }
 ct timeout o { protocol tcp; policy = { established : 100 }; }
 ct expectation e { protocol tcp; dport 5; timeout 1m; size 5; }
 synproxy y { mss 1460; wscale 7; }
 set s { type ipv4_addr; flags dynamic; size 99; }
 set st { type inet_service; elements = { 1 }; }
 map m { type inet_service : verdict; elements = { 1 : accept }; }
 map mm { type inet_service : mark; elements = { 1 : 5 }; }
 map om { type inet_service : counter; elements = { 1 : "c" }; }
 map oq { type inet_service : quota; elements = { 1 : "q" }; }
 chain c { type filter hook input priority 0; %s
 }
}
''')
BASES = (['filter hook %s priority 0' % h for h in ('prerouting', 'input', 'forward', 'output', 'postrouting')] +
         ['nat hook %s priority 0' % h for h in ('prerouting', 'input', 'output', 'postrouting')] +
         ['route hook output priority 0'])

# Commands on MADE, lines of one script divided by a slash.
MADE = ('table ip t {\n chain b {\n  type filter hook input priority 0;\n }\n chain a {\n }\n'
        ' chain d {\n  counter\n }\n'
        ' set s {\n  type inet_service;\n  elements = { 1, 2 }\n }\n map m {\n  type inet_service : verdict;\n }\n}\n')
COMMANDS = """delete table ip x|flush table ip x|delete chain ip t x|flush chain ip t x|delete set ip t x|
    flush set ip t x|
    delete map ip t x|flush map ip t x|delete element ip t s { 9 }|delete element ip t s { 1 }|
    delete element ip t s { 1, 9 }|delete rule ip t b handle 99|rename chain ip t x y|rename chain ip t a z|
    delete chain ip x a|flush chain ip x a|add rule ip t b jump q / add chain ip t q|
    add chain ip t q / add rule ip t b jump q|create element ip t s { 1 }|create element ip t s { 3 }|
    add element ip t s { 1 }|create chain ip t a|create table ip t|create table ip u|create chain ip t e|
    create set ip t s { type inet_service; }|add chain ip t b { type filter hook input priority 0; }|
    add chain ip t b { type filter hook input priority 1; }|add chain ip t b { type filter hook output priority 0; }|
    add chain ip t b { policy drop; }|add chain ip t a { policy drop; }|delete chain ip t d|delete chain ip t a|
    add rule ip t b jump a / delete chain ip t a|add rule ip t b jump a / flush chain ip t b / delete chain ip t a|
    add rule ip t b tcp dport @s / delete set ip t s|add rule ip t b tcp dport vmap @m / delete map ip t m|
    flush map ip t s|flush set ip t m|add element ip t m { 1 : accept }|add element ip t m { 1 : jump a }|
    add element ip t m { 1 : jump nope }|add element ip t m { 1 : jump a } / delete chain ip t a|
    add rule ip t a jump b|add rule ip t b jump a / add rule ip t a jump d / add rule ip t d jump a|
    insert rule ip t b handle 99 accept|add rule ip t b position 99 accept|replace rule ip t d handle 99 accept|
    insert rule ip t d index 0 accept|insert rule ip t d index 1 accept|delete rule ip t d index 0|delete rule ip t d|
    replace rule ip t d index 0 accept|add map ip t s { type inet_service : verdict; }|add rule ip t nope accept|
    add element ip t nope { 1 }|delete table ip t / add rule ip t b accept|delete table ip t / delete table ip t|
    flush ruleset ip / flush table ip t|flush ruleset ip6 / flush table ip t|flush ruleset / delete table ip t|
    flush set ip t s / delete element ip t s { 1 }|rename table ip t y|add element ip t s { 1-5 }|
    add table ip6 t / add chain ip6 t a / add rule ip6 t a jump d|
    add set ip t s { type ipv4_addr; }|add set ip t s { type inet_service; flags interval; }|
    add set ip t s { type inet_service; }|add map ip t m { type inet_service : mark; }|
    add map ip t m { type ipv4_addr : verdict; }|add map ip t m { type inet_service : verdict; }|
    add set ip t s { type inet_service; size 5; }|add set ip t s { type inet_service; timeout 5m; }|
    add set ip t s { type inet_service; flags constant; }|add set ip t s { type inet_service; flags dynamic; }|
    add set ip t s { type inet_service; counter; }|add set ip t s { type inet_service . inet_service; }|
    add set ip t s { type inet_proto; }|add set ip t s { typeof tcp dport; }|add set ip t s { typeof ip saddr; }|
    add set ip t s { type inet_service; auto-merge; }|add set ip t s { type inet_service; policy memory; }|
    add set ip t s { type inet_service; comment "x"; }|add set ip t s { type inet_service; gc-interval 5s; }|
    add set ip t s|add chain ip t b { type nat hook input priority 0; }|
    add chain ip t b { type filter hook input priority filter; policy drop; }|add chain ip t b|add chain ip t b { }|
    add chain ip t a { type filter hook input priority 0; }|add element ip t m { 5 : jump b }|
    add element ip t m { 5 : goto b }|add element ip t m { 5 : jump a }|
    add map ip t n { type inet_service : verdict; elements = { 1 : jump b }; }|
    add map ip t n { type inet_service : verdict; elements = { 1 : goto a }; }|
    add rule ip t b tcp dport vmap { 1 : jump b }|list chain ip t x|list chain ip t a|list table ip x|list table ip t|
    list set ip t x|list set ip t s|list set ip t m|list map ip t m|list map ip t s|list map ip t x|list ruleset|
    list ruleset ip|list tables|list chains|list sets|list counters|list counter ip t x|list quota ip t x|
    list limit ip t x|list ct helper ip t x|list flowtable ip t x|list tables ip|list counters table ip x|
    list counters table ip t|get element ip t s { 1 }|get element ip t s { 9 }|get element ip t x { 1 }|
    reset counter ip t x|reset quota ip t x|reset counters|reset counters ip|reset counters table ip x|reset rules|
    delete counter ip t x|delete quota ip t x|delete limit ip t x|delete ct helper ip t x|delete ct timeout ip t x|
    delete flowtable ip t x|delete synproxy ip t x|flush chain ip t nope|flush ruleset ip|list hooks|
    list ruleset bogus|add counter ip t k|add counter ip t k / add counter ip t k|
    create counter ip t k / create counter ip t k|add counter ip t k / delete counter ip t k|
    add counter ip t k / add rule ip t b counter name k|add rule ip t b counter name k / add counter ip t k|
    add counter ip t k / add rule ip t b counter name k / delete counter ip t k|add counter ip x k|
    add quota ip t k 10 mbytes / add rule ip t b quota name k|add quota ip t k { over 10 mbytes }|
    add quota ip t k / add rule ip t b accept|add limit ip t k { rate 1/second; }|add limit ip t k rate 1/second|
    add ct helper ip t k { type "ftp" protocol tcp; }|add ct helper ip t k { protocol tcp; }|
    add counter ip t k packets 5 bytes 6|add counter ip t k { packets 5 bytes 6 }|
    add counter ip t k / add quota ip t k { 10 mbytes }|add counter ip t s|add set ip t b { type mark; }|
    add chain ip t s|add table ip b|delete set ip t m|delete map ip t s|
    add set ip t x { type mark; } / delete map ip t x|delete set ip t s / add set ip t s { type ipv4_addr; }|
    delete table ip t / add table ip t / add chain ip t a / add rule ip t a accept"""
T = {'family': 'ip', 'table': 't'}
BASE = {**T, 'name': 'b', 'type': 'filter', 'hook': 'input', 'prio': 0, 'policy': 'accept'}


def rule(chain, *expr, **more):
    return {'rule': {**T, 'chain': chain, 'expr': list(expr), **more}}


JSON_MADE = [{'add': {'table': {'family': 'ip', 'name': 't'}}}, {'add': {'chain': BASE}},
             {'add': {'chain': {**T, 'name': 'a'}}},
             {'add': {'set': {**T, 'name': 's', 'type': 'inet_service', 'elem': [1, 2]}}}]
JSON_COMMANDS = [
    [{'create': {'table': {'family': 'ip', 'name': 't'}}}], [{'create': {'table': {'family': 'ip', 'name': 'u'}}}],
    [{'create': {'chain': {**T, 'name': 'a'}}}], [{'create': {'chain': {**T, 'name': 'e'}}}],
    [{'add': {'chain': {**T, 'name': 'a'}}}], [{'add': {'chain': BASE}}],
    [{'add': {'chain': {**BASE, 'hook': 'output'}}}],
    [{'flush': {'table': {'family': 'ip', 'name': 'x'}}}], [{'flush': {'table': {'family': 'ip', 'name': 't'}}}],
    [{'flush': {'chain': {**T, 'name': 'x'}}}], [{'flush': {'chain': {**T, 'name': 'b'}}}],
    [{'flush': {'set': {**T, 'name': 'x'}}}], [{'flush': {'set': {**T, 'name': 's'}}}],
    [{'delete': {'table': {'family': 'ip', 'name': 'x'}}}], [{'delete': {'chain': {**T, 'name': 'x'}}}],
    [{'delete': {'chain': {**T, 'name': 'a'}}}], [{'delete': {'set': {**T, 'name': 'x'}}}],
    [{'rename': {'chain': {**T, 'name': 'x', 'newname': 'y'}}}],
    [{'rename': {'chain': {**T, 'name': 'a', 'newname': 'y'}}}],
    [{'add': rule('b', {'jump': {'target': 'q'}})}, {'add': {'chain': {**T, 'name': 'q'}}}],
    [{'add': {'chain': {**T, 'name': 'q'}}}, {'add': rule('b', {'jump': {'target': 'q'}})}],
    [{'add': rule('b', {'jump': {'target': 'a'}})}, {'delete': {'chain': {**T, 'name': 'a'}}}],
    [{'insert': rule('b', {'accept': None})}], [{'insert': rule('nope', {'accept': None})}],
    [{'replace': rule('b', {'accept': None}, handle=99)}], [{'delete': {'rule': {**T, 'chain': 'b', 'handle': 99}}}],
    [{'add': rule('b', {'counter': 'nope'})}],
    [{'add': {'counter': {**T, 'name': 'k'}}}, {'add': rule('b', {'counter': 'k'})}],
    [{'add': rule('b', {'counter': 'k'})}, {'add': {'counter': {**T, 'name': 'k'}}}],
    [{'add': {'counter': {**T, 'name': 'k'}}}, {'delete': {'counter': {**T, 'name': 'k'}}}],
    [{'delete': {'counter': {**T, 'name': 'k'}}}],
    [{'add': rule('b', {'ct helper': 'nope'})}],
    [{'add': {'set': {**T, 'name': 's', 'type': 'ipv4_addr'}}}], [{'add': {'set': {**T, 'name': 's', 'type': 'inet_service'}}}],
    [{'add': {'map': {**T, 'name': 'm', 'type': 'inet_service', 'map': 'verdict', 'elem': [[1, {'jump': {'target': 'b'}}]]}}}],
    [{'add': {'map': {**T, 'name': 'm', 'type': 'inet_service', 'map': 'verdict', 'elem': [[1, {'jump': {'target': 'a'}}]]}}}],
    [{'flush': {'ruleset': None}}, {'delete': {'table': {'family': 'ip', 'name': 't'}}}],
]


def split(text):
    return [' '.join(w.split()) for w in text.split('|') if w.strip()]


def table(family, base, rule):
    return 'table %s t {\n chain c {\n  type %s;\n  %s\n }\n}\n' % (family, base, rule)


def jumped(base, rule):
    """The rule two jumps away, once through a map."""
    return ('table inet t {\n chain c {\n  type %s;\n  ct state new jump a\n }\n'
            ' chain a {\n  meta mark vmap { 1 : jump b }\n }\n chain b {\n  %s\n }\n}\n' % (base, rule))


def nft(text, *options):
    """Whether it loads; None: nft itself does not survive it, or a kernel module is missing."""
    first = '' if options else 'flush ruleset\n'
    r = common.run('nft', *options, '-f', '-', stdin=first + text, timeout=60)
    no_module = 'No such file' in r.stderr and 'reject' in text and 'table bridge' in text
    no_module = no_module or 'Could not process rule: Protocol error' in r.stderr
    unknown = r.returncode < 0 or 'BUG:' in r.stderr or no_module
    return None if unknown else r.returncode == 0


def fwlint(text, *options):
    """Taken, and told of."""
    dialect = 'nft-json' if options else 'nft'
    r = common.fwlint('--severity', 'note', '--dialect', dialect, '-', stdin=text, timeout=60)
    assert r.returncode in (0, 1, 2), (r.returncode, text)
    return r.returncode != 2, 'FW002' in r.stdout


class Forms(unittest.TestCase):
    def write(self, what, texts, *options):
        """A third of what differs by hook only. Loops are found when all is read: not there."""
        for text in texts[::3 if what in ('rules at a hook', 'rules behind jumps', 'base chains') else 1]:
            theirs = nft(text, *options)
            if theirs is not None and not options and text[-1] == '\n' and 'jump d\nadd rule ip t d jump a' not in text:
                WRITE.write('== %s\n%s' % ('taken' if theirs else 'refused', text))

    def compare(self, what, texts, *options):
        if WRITE:
            self.write(what, texts, *options)
            return
        different, refused = [], 0
        for text in texts:
            theirs = nft(text, *options)
            ours, told = fwlint(text, *options)
            if theirs is None or ours == theirs or (told and not theirs):
                refused += theirs is False
                continue
            different.append(('nft takes it: ' if theirs else 'fwlint takes it: ') + text)
        self.assertEqual(different, [], '\n'.join(different[:20]))
        print('%d %s, %d of them refused by both' % (len(texts), what, refused))
        self.assertGreater(refused, len(texts) // 20)
        self.assertGreater(len(texts) - refused, len(texts) // 20)

    def test_protocols_that_exclude_each_other(self):
        self.compare('rules of several protocols', [
            table(f, HOOK.get(f, 'filter hook input priority 0'), rule)
            for rule in split(PROTOCOLS) for f in ('inet', 'ip', 'ip6', 'bridge', 'netdev', 'arp')])

    def test_values_that_the_kernel_sees(self):
        self.compare('rules with values', [table(f, HOOK.get(f, 'filter hook input priority 0'), rule)
                                           for rule in split(VALUES) for f in ('inet', 'ip')])

    def test_names_that_are_declared_or_not(self):
        self.compare('rules with names', [OBJECTS % rule for rule in split(NAMED)])

    def test_commands_on_what_is_there_or_not(self):
        self.compare('scripts of commands', ['flush ruleset\n' + MADE + '\n'.join(c.split(' / ')) + '\n'
                                             for c in split(COMMANDS)])
        self.compare('scripts of commands, on a host that may have more', [
            MADE + '\n'.join(c.split(' / ')) + '\n' for c in split(COMMANDS)])

    def test_commands_in_json(self):
        flush = [{'flush': {'ruleset': None}}]
        self.compare('JSON commands', [json.dumps({'nftables': flush + JSON_MADE + c}) for c in JSON_COMMANDS], '-j')

    def test_ends_of_lines_anywhere(self):
        """A table with semicolons, ends of lines and blanks in other places; most as it should be."""
        seed = int(os.environ.get('FORMS_SEED', '1'))
        r = random.Random(seed)
        tokens = ('table ip t { ~ chain c { ~ type filter hook input priority 0 ; ~ policy drop ; ~ counter ~ '
                  'tcp dport 22 accept ~ } ~ chain d { ~ drop ~ } ~ set s { ~ type inet_service ; ~ '
                  'elements = { 1 , 2 } ~ } ~ counter k { ~ } ~ } ~')
        texts = []
        for _ in range(200):
            wrong = r.choice((0.02, 0.1, 0.5))
            texts.append(''.join(
                (r.choice((' ', ';', '')) if r.random() < wrong else r.choice(('\n', ';\n', '\n\n'))) if t == '~' else
                (r.choice(('', '\n')) if r.random() < wrong else ';') if t == ';' else
                t + r.choice((' ', '\n') if r.random() < wrong else (' ',)) for t in tokens.split()))
        print('seed %d' % seed)
        self.compare('placements of semicolons and ends of lines', texts)

    def test_statements_at_each_hook(self):
        self.compare('rules at a hook', [table('inet', b, rule) for rule in split(PLACED) for b in BASES])

    def test_statements_that_a_jump_leads_to(self):
        self.compare('rules behind jumps', [jumped(b, rule) for rule in split(PLACED)[::2] for b in BASES])

    def test_base_chains_of_each_family(self):
        texts = []
        for f, t, h in itertools.product(('ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev'), ('filter', 'nat', 'route'), (
                'prerouting', 'input', 'forward', 'output', 'postrouting', 'ingress', 'egress')):
            at_device = h in ('ingress', 'egress')
            for device in ('', ' device lo') if at_device or h == 'input' else ('',):
                texts += [table(f, '%s hook %s%s priority %s' % (t, h, device, p), '') for p in ('0', '-200', '-199')]
            names = 'raw|mangle|dstnat|filter|security|srcnat|out|filter + 5|dstnat - 5|first'.split('|')
            texts += [table(f, 'filter hook %s%s priority %s' % (h, ' device lo' if at_device else '', p), '')
                      for p in names if t == 'filter']
        self.compare('base chains', texts)


if __name__ == '__main__':
    common.main_in_namespace(common.no_namespace(), sys.argv[:1] if WRITE else None)
