#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Two spellings that mean the same, and two that look alike and do not: `fwlint compare` says so.

usage: meaning.py FWLINT
"""
import os
import re
import tempfile
import unittest

import common

common.program()
CHAIN = {
    'nft': 'table ip t {\nct helper helper-netbios-ns-udp { type "netbios-ns" protocol udp; }\nchain c {\ntype filter hook %s priority %s; policy accept;\n%s\n}\n}\n',
    'nft inet': 'table inet t {\nchain c {\ntype filter hook %s priority %s; policy accept;\n%s\n}\n}\n',
    'nft ip6': 'table ip6 t {\nchain c {\ntype filter hook %s priority %s; policy accept;\n%s\n}\n}\n',
    'nft bridge': 'table bridge t {\nchain c {\ntype filter hook %s priority %s; policy accept;\n%s\n}\n}\n',
    'iptables': '*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n%s\nCOMMIT\n',
}
NOTHING = ''

# dialect, what it is of, rules, other rules of the same meaning
TWICE = 'tcp dport @s drop\n}\nset s {\ntype inet_service; elements = { 22 }\n}\n}\ntable ip t {\nset s {\ntype inet_service; %selements = { 23 }\n'
SAME = [
    ('nft', 'a set that is declared twice', TWICE % '', 'tcp dport { 22, 23 } drop'),
    ('iptables', 'a policy that is set again', '-P INPUT DROP\n-P INPUT ACCEPT', NOTHING),
    ('iptables', 'long options in front of the command', '--protocol tcp --append INPUT --jump DROP', '-A INPUT -p tcp -j DROP'),
    ('nft', 'a great number of a protocol behind a header', 'ah nexthdr 200 drop', 'ah nexthdr 200 drop'),
    ('iptables', 'the greatest number of a user', '-A OUTPUT -m owner --uid-owner 4294967294 -j DROP',
     '-A OUTPUT -m owner --uid-owner 4294967294-4294967294 -j DROP'),
    ('iptables', 'a class of a type of service', '-A INPUT -m dscp --dscp-class AF21 -j DROP', '-A INPUT -m dscp --dscp 18 -j DROP'),
    ('iptables', 'zeros in front of a date', '-A INPUT -m time --datestart 002026-0001-01 -j DROP', '-A INPUT -m time --datestart 2026 -j DROP'),
    ('iptables', 'of whole packets, where only one makes the kernel reassemble', '-A FORWARD -f -j DROP',
     '-A FORWARD -f -j DROP\n-A FORWARD -m conntrack --ctstate NEW -j ACCEPT'),
    ('nft', 'a limit of a rule that is the same, behind another that tests something else', 'ip id 7 limit rate 1/second drop',
     'udp length 9 limit rate 1/second counter\nip id 7 limit rate 1/second drop'),
    ('nft', 'what is missing does not exist', 'fib saddr . iif oif missing drop', 'fib saddr . iif oif != exists drop'),
    ('nft bridge', 'a word behind a MAC address without a space', 'ether saddr 00:11:22:33:44:55accept', 'ether saddr 00:11:22:33:44:55 accept'),
    ('nft', 'more than a port', 'tcp dport > 1024 drop', 'tcp dport 1025-65535 drop'),
    ('nft', 'the name of an object has more letters than that of a helper',
     'tcp dport 21 ct helper set "helper-netbios-ns-udp" drop', 'tcp dport 21 drop'),
    ('nft', 'a prefix of bits in a set', 'tcp flags { 0x2/2 } drop', 'tcp flags & 0xc0 == 0 drop'),
    ('nft', 'two prefixes of a mark', 'meta mark { 0x10/28, 0x20/28 } drop', 'meta mark 0x10-0x2f drop'),
    ('nft', 'a prefix of a state in a set', 'ct state { 0x2/31 } drop', 'ct state established drop'),
    ('nft', 'a prefix of a length', 'meta length 64/20 drop', 'meta length 0-4095 drop'),
    ('nft', 'a port and more', 'tcp dport >= 1024 drop', 'tcp dport 1024-65535 drop'),
    ('nft', 'less than a port', 'tcp dport < 1024 drop', 'tcp dport 0-1023 drop'),
    ('nft', 'a port and less', 'tcp dport <= 1024 drop', 'tcp dport 0-1024 drop'),
    ('nft', 'more than all but one', 'tcp dport > 65534 drop', 'tcp dport 65535 drop'),
    ('nft', 'the greatest is reached', 'tcp dport >= 65535 drop', 'tcp dport 65535 drop'),
    ('nft', 'more than all', 'tcp dport > 65535 drop', NOTHING),
    ('nft', 'less than nothing', 'tcp dport < 0 drop', NOTHING),
    ('nft', 'more than a mark', 'meta mark > 0xfffffffe drop', 'meta mark 0xffffffff drop'),
    ('nft', 'more than all marks', 'meta mark > 0xffffffff drop', NOTHING),
    ('nft ip6', 'more than all addresses', 'ip6 saddr > ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff drop', NOTHING),
    ('nft ip6', 'more than all addresses but one', 'ip6 saddr > ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe drop',
     'ip6 saddr ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff drop'),
    ('nft', 'a mask that is a prefix', 'ip saddr & 255.255.0.0 == 10.1.0.0 drop', 'ip saddr 10.1.0.0/16 drop'),
    ('nft', 'bits outside of the mask', 'ip saddr & 255.255.0.0 == 10.1.2.0 drop', NOTHING),
    ('iptables', 'no type, or no code', '-A INPUT -m conntrack --ctstate NEW -p icmp ! --icmp-type 3/4 -j DROP',
     '-A INPUT -p icmp --icmp-type 3/4 -j ACCEPT\n-A INPUT -m conntrack --ctstate NEW -p icmp -j DROP'),
    ('iptables', 'a policy of two elements', *['-A INPUT -m policy --dir in --pol ipsec --strict --reqid 1 --spi 2 --proto esp --mode tunnel '
     '--tunnel-src 10.0.0.1 --tunnel-dst 10.0.0.2 --next --reqid 2 --proto ah --mode transport -j DROP'] * 2),
    ('nft', 'a mask of numbers, as nft -n lists it', 'tcp flags 0x2 / 0x2,0x10 drop', 'tcp flags syn / syn,ack drop'),
    ('nft', 'a mask of numbers, negated', 'tcp flags != 0x2,0x10 / 2 , 16 drop', 'tcp flags != syn,ack / syn,ack drop'),
    ('nft', 'states under a mask of numbers', 'ct state 0x8 / 0x8,0x2 drop', 'ct state new / established,new drop'),
    ('nft bridge', 'a MAC address', 'ether saddr 00:11:22:33:44:55 drop', 'ether saddr 0:11:22:33:44:55 drop'),
    ('nft bridge', 'a MAC address as a key', 'ether saddr { 00:11:22:33:44:55, aa:bb:cc:dd:ee:ff } drop',
     'ether saddr 0:11:22:33:44:55 drop\nether saddr aa:bb:cc:dd:ee:ff drop'),
    ('nft bridge', 'a MAC address in a map', 'ether saddr vmap { 00:11:22:33:44:55 : drop }', 'ether saddr vmap { 0:11:22:33:44:55:drop }'),
    ('nft ip6', 'an address as long as a MAC address', 'ip6 saddr 0:1:2:3:4:5:6:7 drop', 'ip6 saddr ::1:2:3:4:5:6:7 drop'),
    ('nft ip6', 'an address with six colons', 'ip6 saddr { a:b:c:d:e:f::, 1::2:3:4:5:6 } drop',
     'ip6 saddr a:b:c:d:e:f:0:0 drop\nip6 saddr 1:0:0:2:3:4:5:6 drop'),
    ('nft', 'the address of a direction', 'ct original saddr 10.0.0.1 drop', 'ct original saddr 10.0.0.1 drop'),
    ('nft ip6', 'the address of a direction', 'ct reply daddr fe80::1 drop', 'ct reply daddr fe80::1 drop'),
    ('iptables', 'an address of one part', '-A INPUT -s 10/8 -j DROP', '-A INPUT -s 10.0.0.0/8 -j DROP'),
    ('iptables', 'an address of two parts', '-A INPUT -s 10.1/16 -j DROP', '-A INPUT -s 10.1.0.0/16 -j DROP'),
    ('iptables', 'an address of three parts', '-A INPUT -d 10.1.2/24 -j DROP', '-A INPUT -d 10.1.2.0/24 -j DROP'),
    ('iptables', 'a mask with dots', '-A INPUT -s 10.1.2.3/255.255.0.0 -j DROP', '-A INPUT -s 10.1.0.0/16 -j DROP'),
    ('iptables', 'a mask of no bits', '-A INPUT -s 10.1.2.3/0 -j DROP', '-A INPUT -j DROP'),
    ('iptables', 'a range without its begin', '-A INPUT -p tcp --dport :80 -j DROP', '-A INPUT -p tcp --dport 0:80 -j DROP'),
    ('iptables', 'a range without its end', '-A INPUT -p tcp --dport 80: -j DROP',
     '-A INPUT -p tcp --dport 80:65535 -j DROP'),
    ('iptables', 'a type of address by its beginning', '-A INPUT -m addrtype --dst-type LOCAL -j DROP',
     '-A INPUT -m addrtype --dst-type lo -j DROP'),
    ('iptables', 'days, and all but the others', '-A INPUT -m time --weekdays Sat,Sun -j DROP',
     '-A INPUT -m time ! --weekdays 1,2,3,4,5 -j DROP'),
    ('iptables', 'all days, in two rules', '-A INPUT -m time --weekdays 6,7 -j DROP\n-A INPUT -m time --weekdays 1,2,3,4,5 -j DROP',
     '-A INPUT -j DROP'),
    ('iptables', 'bytes in two forms', '-A INPUT -m string --algo bm --string abc -j DROP',
     '-A INPUT -m string --algo bm --hex-string "a|62 63|" -j DROP'),
    ('iptables', 'a port of udp is decimal', '-A INPUT -p udp --dport 010 -j DROP', '-A INPUT -p udp --dport 10 -j DROP'),
    ('iptables', 'a port of tcp is as in C', '-A INPUT -p tcp --dport 010 -j DROP', '-A INPUT -p tcp --dport 8 -j DROP'),
    ('iptables', 'a mark turned over twice by one line',
     '-A INPUT -s 10.0.0.0/8,10.0.0.1 -j MARK --xor-mark 1\n-A INPUT -m mark --mark 1 -j DROP',
     '-A INPUT -s 10.0.0.0/8 -j MARK --xor-mark 1\n-A INPUT -s 10.0.0.1 -j MARK --xor-mark 1\n-A INPUT -m mark --mark 1 -j DROP'),
    ('iptables', 'a chain walked twice for one line',
     ':a -\n-A a -m mark --mark 1 -j DROP\n-A a -j MARK --set-mark 1\n-A INPUT -s 10.0.0.0/8,10.0.0.1 -j a',
     ':a -\n-A a -m mark --mark 1 -j DROP\n-A a -j MARK --set-mark 1\n-A INPUT -s 10.0.0.0/8 -j a\n-A INPUT -s 10.0.0.1 -j a'),
    ('iptables', 'reversed ports of udp, in which none lies', '-A INPUT -p udp --sport 90:80 -j DROP', NOTHING),
    ('iptables', 'a reversed length, in which none lies', '-A INPUT -m length --length 90:80 -j DROP', NOTHING),
]

# Fields without a place in the model have numbers in the order of the rules; limits of rules that are the same answer alike.
LIMITED = 'ip length 100 limit rate 5/minute drop'
MARKS = '{ %s }' % ', '.join(str(7 * i + 1) for i in range(256))
SAME += [
    ('iptables', 'a class of services, ' + name, '-A INPUT -m dscp --dscp-class %s -j DROP' % name, '-A INPUT -m dscp --dscp %d -j DROP' % n)
    for name, n in [('CS%d' % n, 8 * n) for n in range(8)] + [('AF%d%d' % (n, d), 8 * n + 2 * d) for n in (1, 2, 3, 4) for d in (1, 2, 3)] +
    [('EF', 46), ('BE', 0), ('af11', 10)]  # RFC 2474, RFC 2597, RFC 3246
] + [
    ('nft', 'a line that goes on', 'tcp dport \\\n22 drop', 'tcp dport 22 drop'),
    ('nft', 'a set whose name has two letters', 'tcp dport @ab drop\n}\nset ab {\ntype inet_service;\nelements = { 22 }', 'tcp dport 22 drop'),
    ('nft', 'a set whose name begins as a header', 'tcp dport @th2 drop\n}\nset th2 {\ntype inet_service;\nelements = { 22 }', 'tcp dport 22 drop'),
    ('iptables', 'bytes by number', '-A INPUT -m string --algo bm --hex-string "|4a 6B|" -j DROP', '-A INPUT -m string --algo bm --string Jk -j DROP'),
    ('iptables', 'any type of ICMP', '-A INPUT -p icmp --icmp-type any -j DROP', '-A INPUT -p icmp -j DROP'),
    ('iptables', 'the type of ICMP that is any', '-A INPUT -p icmp --icmp-type 255 -j DROP', '-A INPUT -p icmp -j DROP'),
    ('iptables', 'a number of a type of service', '-A INPUT -m tos --tos 4 -j DROP', '-A INPUT -m tos --tos 0x04/0xff -j DROP'),
    ('nft', 'at one priority the chain that was made last is first: a mark it tests is not written yet',
     'meta mark set 1\n}\nchain d {\ntype filter hook input priority 0;\nmeta mark 1 drop', 'meta mark 1 drop'),
    ('nft', 'at one priority the chain that was made last is first: a mark it writes is tested',
     'meta mark 1 drop\n}\nchain d {\ntype filter hook input priority 0;\nmeta mark set 1', 'drop'),
    ('iptables', 'a rule of one family in a file of both', '-4 -A INPUT -j DROP\n-6 -A INPUT -j DROP',
     '-A INPUT -j DROP\n-4 -A INPUT -j ACCEPT\n-6 -A INPUT -j ACCEPT'),
] + [
    ('iptables', 'a name of a type of service, ' + name, '-A INPUT -m tos --tos %s -j DROP' % name, '-A INPUT -m tos --tos %s/0x3f -j DROP' % n)
    for name, n in (('Minimize-Delay', 16), ('Maximize-Throughput', 8), ('Maximize-Reliability', 4), ('Minimize-Cost', 2),
                    ('Normal-Service', 0), ('minimize-cost', '0x02'))
] + [
    ('nft', 'no mark of many', 'meta mark != %s accept\ndrop' % MARKS, 'meta mark %s drop' % MARKS),
    ('nft', 'no mark of many, behind one that is written', 'ip saddr 10.0.0.1 meta mark set 8\nmeta mark != %s accept\ndrop' % MARKS,
     'ip saddr 10.0.0.1 meta mark set 8\nmeta mark %s drop' % MARKS),
] + [
    ('nft', 'limits that let the same pass: ' + one, 'ip id 7 limit rate %s drop' % one, 'ip id 7 limit rate %s drop' % other)
    for one, other in (('60/minute', '1/second'), ('3600/hour burst 5 packets', '1/second'), ('over 24/day burst 9 packets', 'over 1/hour burst 9 packets'),
                       ('7/week', '7/week burst 5 packets'), ('14/week', '2/day'))
] + [
    ('iptables', 'limits that let the same pass: ' + one, '-A INPUT -m limit %s -j DROP' % one, '-A INPUT -m limit %s -j DROP' % other)
    for one, other in (('--limit 60/min', '--limit 1/s'), ('--limit 24/day --limit-burst 9', '--limit 1/hour --limit-burst 9'), ('', '--limit 3/h'),
                       ('--limit 180/m --limit-burst 5', '--limit 3'))
] + [
    ('nft', 'a limit, though a rule before it names another field', LIMITED, 'ip id 1 counter\n' + LIMITED),
    ('nft', 'a limit behind notrack, though it stands elsewhere in the text', 'tcp dport 80 notrack limit rate 5/minute drop',
     'ip id 1 counter\ntcp dport 80 notrack limit rate 5/minute drop'),
]

TWO_CHAINS = 'table ip t {\n%s%s}\n'
FIRST, LATER = ('chain %s {\ntype filter hook input priority %d;\n%s limit rate 5/minute drop\n}\n' % c for c in (
    ('a', 0, 'tcp dport 22'), ('b', 10, 'tcp dport 80')))

# A test, one of another value, and what both stand behind. The rule is not the same without the test or with the
# other value; where the test can be negated, both together are of all packets.
TESTS_IPTABLES = [
    ('--dport 22', '--dport 23', '-p tcp'), ('--sport 1:9', '--sport 1:8', '-p udp'), ('--dport 5:', '--dport 6:', '-p sctp'),
    ('--sport :7', '--sport :8', '-p dccp'),
    ('--dports 1,3:5', '--dports 1,3:6', '-p tcp -m multiport'), ('--sports 1,3', '--sports 1,4', '-p udp -m multiport'),
    ('--ports 1,3', '--ports 1,4', '-p tcp -m multiport'), ('--tcp-flags SYN,ACK SYN', '--tcp-flags SYN,ACK ACK', '-p tcp'),
    ('--tcp-flags FIN,RST,PSH,URG PSH', '--tcp-flags ALL PSH', '-p tcp'), ('--syn', '--tcp-flags SYN SYN', '-p tcp'),
    ('--icmp-type 8', '--icmp-type 0', '-p icmp'), ('--icmp-type 3/4', '--icmp-type 3/3', '-p icmp'),
    ('-s 10.0.0.1', '-s 10.0.0.2', ''), ('-d 10.0.0.0/9', '-d 10.0.0.0/8', ''), ('-s 10.0.0.1/255.0.0.255', '-s 10.0.0.1/255.0.0.254', ''),
    ('-i eth0', '-i eth1', ''), ('-i eth+', '-i et+', ''), ('-p 50', '-p 51', ''), ('-f', None, ''),
    ('--mark 1', '--mark 2', '-m mark'), ('--mark 1/3', '--mark 1/1', '-m mark'), ('--mark 0x10/0xf0', '--mark 0x10', '-m mark'),
    ('--mark 1', '--mark 2', '-m conntrack --ctstate NEW -m connmark'), ('--mark 1/3', '--mark 1/1', '-m conntrack --ctstate NEW -m connmark'),
    ('--src-range 10.0.0.1-10.0.0.9', '--src-range 10.0.0.1-10.0.0.8', '-m iprange'),
    ('--dst-range 10.0.0.1-10.0.0.9', '--dst-range 10.0.0.2-10.0.0.9', '-m iprange'),
    ('--length 100', '--length 101', '-m length'), ('--length 100:200', '--length 100:201', '-m length'),
    ('--ttl-eq 9', '--ttl-eq 8', '-m ttl'), ('--dscp 9', '--dscp 8', '-m dscp'), ('--dscp-class AF11', '--dscp-class AF12', '-m dscp'),
    ('--pkt-type unicast', '--pkt-type multicast', '-m pkttype'), ('--tos 4/0x3f', '--tos 2/0x3f', '-m tos'),
    ('--ctstate NEW', '--ctstate RELATED', '-m conntrack'), ('--ctstate NEW,INVALID', '--ctstate NEW', '-m conntrack'),
    ('--ctstate DNAT', '--ctstate SNAT', '-m conntrack --ctstate NEW -m conntrack'),
    ('--ctstatus ASSURED', '--ctstatus EXPECTED', '-m conntrack --ctstate ESTABLISHED -m conntrack'),
    ('--ctdir ORIGINAL', '--ctdir REPLY', '-m conntrack --ctstate ESTABLISHED -m conntrack'),
    ('--ctproto 6', '--ctproto 17', '-m conntrack --ctstate NEW -m conntrack'), ('--state NEW', '--state INVALID', '-m state'),
    ('--uid-owner 5', '--uid-owner 6', '-m owner'), ('--mac-source 00:11:22:33:44:55', '--mac-source 00:11:22:33:44:56', '-m mac'),
    ('--src-type LOCAL', '--src-type UNICAST', '-m addrtype'), ('--helper ftp', '--helper sip', '-m conntrack --ctstate NEW -m helper'),
    ('--string a', '--string b', '-m string --algo bm'), ('--realm 5', '--realm 6', '-m realm'), ('--cpu 1', '--cpu 2', '-m cpu'),
    ('--mss 5:9', '--mss 5:8', '-p tcp -m tcpmss'), ('--chunk-types all DATA', '--chunk-types all INIT', '-p sctp'),
    ('--vaddr 10.0.0.1', '--vaddr 10.0.0.2', '-m ipvs'), ('--connbytes 5:9', '--connbytes 5:8', '-m connbytes --connbytes-dir both --connbytes-mode bytes'),
    ('--espspi 5:9', '--espspi 5:8', '-p esp -m esp'), ('--ahspi 5:9', '--ahspi 5:8', '-p ah -m ah'),
    ('--probability 0.5', '--probability 0.25', '-m statistic --mode random'), ('--every 4 --packet 1', '--every 4 --packet 2', '-m statistic --mode nth'),
    ('--pol none', '--pol ipsec', '-m policy --dir in'), ('--rcheck --seconds 5', '--rcheck --seconds 6', '-m recent --name x'),
    ('--label 5', '--label 6', '-m conntrack --ctstate NEW -m connlabel'), ('--genre Linux', '--genre NMAP', '-p tcp -m osf'),
    ('--timestart 10:00', '--timestart 10:01', '-m time'), ('--datestart 2030-02-28', '--datestart 2030-03-01', '-m time'),
]
# What is not there answers a negated test with no too; or the two are two questions to the model.
NOT_NEGATED = ('--espspi', '--probability', '--every', '--pol', '--rcheck', '--timestart', '--datestart', '--ctstate DNAT',
               '--chunk', '--mss', '--helper', '--label', '--vaddr', '--mac-source', '--ctdir', '--icmpv6-type', '--dst-len', '--fragid',
               '--rt-type', '--soft', '--dport', '--sport', '--sports', '--ports', '--string', '--genre', '--ahspi', '--connbytes', '-f')
TESTS_IP6TABLES = [
    ('-s 2001:db8::1', '-s 2001:db8::2', ''), ('-d 2001:db8::/32', '-d 2001:db8::/33', ''), ('--hl-eq 5', '--hl-eq 6', '-m hl'),
    ('--icmpv6-type 128', '--icmpv6-type 129', '-p icmpv6'), ('--icmpv6-type 1/4', '--icmpv6-type 1/3', '-p icmpv6'),
    ('--src-range 2001:db8::1-2001:db8::9', '--src-range 2001:db8::1-2001:db8::8', '-m iprange'), ('--soft --header hop', '--soft --header dst', '-m ipv6header'),
    ('--fragid 5:9', '--fragid 5:8', '-m frag'), ('--rt-type 0', '--rt-type 1', '-m rt'), ('--dst-len 8', '--dst-len 9', '-m dst'),
    ('-s 2001:db8::1/ffff:ffff::ffff', '-s 2001:db8::1/ffff:ffff::fffe', ''), ('-p 50', '-p 51', ''),
]

# The same of nft: a selector, two values, a test that holds wherever there is something to select.
TESTS_NFT = [(test.split('|') + [''])[:4] for test in '''tcp dport|22|23|meta l4proto tcp
    udp sport|1-9|1-8|meta l4proto udp
    udplite dport|{ 1, 5-9 }|{ 1, 5-8 }|meta l4proto udplite
    sctp dport|http|ssh|meta l4proto sctp
    dccp sport|5|6|meta l4proto dccp
    ip saddr|10.0.0.1|10.0.0.2|meta nfproto ipv4
    ip daddr|10.0.0.0/8|10.0.0.0/9|meta nfproto ipv4
    ip saddr|10.0.0.1-10.0.0.9|10.0.0.1-10.0.0.8|meta nfproto ipv4
    ip6 saddr|2001:db8::1|2001:db8::2|meta nfproto ipv6
    ip6 daddr|2001:db8::/32|2001:db8::/33|meta nfproto ipv6
    ip protocol|tcp|udp|meta nfproto ipv4
    ip ttl|5|6|meta nfproto ipv4
    ip6 hoplimit|5|6|meta nfproto ipv6
    ip dscp|af11|af12|meta nfproto ipv4
    ip6 dscp|cs1|cs2|meta nfproto ipv6
    ip length|100|101|
    ip id|5|6|
    ip6 flowlabel|5|6|
    icmp type|echo-request|echo-reply|
    icmp code|port-unreachable|net-unreachable|
    icmpv6 type|echo-request|echo-reply|
    icmpv6 code|no-route|policy-fail|
    tcp sequence|5|6|
    tcp window|5|6|
    esp spi|5|6|
    ah spi|5|6|
    comp cpi|5|6|
    udp length|5|6|
    sctp vtag|5|6|
    dccp type|request|reset|
    igmp type|membership-query|leave-group|
    frag id|5|6|
    hbh nexthdr|5|6|
    rt type|5|6|
    mh type|home-test|binding-error|
    tcp option maxseg size|5|6|
    ip option rr length|5|6|
    @th,16,16|5|6|
    @nh,8,8|5|6|
    meta mark|1|2|
    meta length|100|101|
    meta l4proto|tcp|udp|
    meta nfproto|ipv4|ipv6|
    meta pkttype|host|multicast|
    meta iifname|eth0|eth1|
    iifname|"eth*"|"et*"|
    iif|lo|"eth0"|
    meta skuid|5|6|
    meta cgroup|5|6|
    meta cpu|5|6|
    meta iifgroup|5|6|
    meta iiftype|ether|loopback|
    meta rtclassid|5|6|
    meta day|"Monday"|"Tuesday"|
    meta hour|"10:00"-"11:00"|"10:00"-"11:01"|
    meta time|"2030-01-01"-"2030-01-02"|"2030-01-01"-"2030-01-03"|
    ct state|new|related|
    ct state|{ new, invalid }|{ new, untracked }|
    ct mark|1|2|ct state new
    ct direction|original|reply|ct state established
    ct status|assured|expected|
    ct zone|5|6|
    ct helper|"ftp"|"sip"|
    ct original ip saddr|10.0.0.1|10.0.0.2|
    ct expiration|5m|6m|
    ct bytes|>5|>6|
    ct l3proto|ipv4|ipv6|
    ct protocol|tcp|udp|
    ct label|5|6|
    fib saddr type|local|unicast|
    fib daddr . iif type|local|broadcast|
    socket transparent|0|1|
    rt classid|5|6|
    ipsec in reqid|5|6|
    osf name|"Linux"|"NMAP"|
    numgen inc mod 4|0|1|
    tcp option sack|exists|missing|
    exthdr frag|exists|missing|
    ip option rr|exists|missing|
    meta ipsec|exists|missing|
    tcp flags|== syn|== ack|
    tcp flags|& 0x12 == 0x2|& 0x12 == 0x10|
    tcp flags|syn / syn,ack|ack / syn,ack|
    meta mark|& 0xf0 == 0x10|& 0xf0 == 0x20|
    ip saddr|& 255.255.0.0 == 10.1.0.0|& 255.255.0.0 == 10.2.0.0|
    ip saddr . tcp dport|{ 10.0.0.1 . 22 }|{ 10.0.0.1 . 23 }|'''.split('\n')]

SETS = '}\nset s {\ntype inet_service;\n%selements = { 22 }\n'
DIFFERENT = [
    ('nft', 'one mark of many', 'meta mark != %s accept\ndrop' % MARKS, 'meta mark %s drop' % MARKS.replace('1786', '1787')),
] + [
    ('nft', 'limits that let others pass: ' + one, 'ip id 7 limit rate %s drop' % one, 'ip id 7 limit rate %s drop' % other)
    for one, other in (('61/minute', '1/second'), ('60/minute burst 6 packets', '1/second'), ('over 60/minute', '1/second'),
                       ('60 bytes/minute', '1 bytes/second'), ('8/week', '1/day'), ('1/week', '1/day'))
] + [
    ('iptables', 'limits that let others pass: ' + one, '-A INPUT -m limit %s -j DROP' % one, '-A INPUT -m limit %s -j DROP' % other)
    for one, other in (('--limit 61/min', '--limit 1/s'), ('--limit 1/s --limit-burst 6', '--limit 1/s'), ('', '--limit 4/h'))
] + [
    ('nft', 'the clock goes on between two rules: time', 'meta time > "2030-01-01 00:00:00" accept\nmeta time > "2030-01-01 00:00:00" drop', 'meta time > "2030-01-01 00:00:00" accept'),
    ('nft', 'the clock goes on between two rules: hour', 'meta hour "08:00"-"10:00" accept\nmeta hour "08:00"-"10:00" drop', 'meta hour "08:00"-"10:00" accept'),
    ('nft', 'the clock goes on between two rules: day', 'meta day "Monday" accept\nmeta day "Monday" drop', 'meta day "Monday" accept'),
    ('iptables', 'the last of many rules', ''.join('-A INPUT -s 10.0.0.%d -j ACCEPT\n' % i for i in range(16)) + '-A INPUT -s 10.0.1.1 -j DROP', NOTHING),
    ('nft', 'a range of users that have names', 'meta skuid bin-daemon drop', NOTHING),
    ('iptables', 'what only IPv6 has, in a file that does not say so', '-A INPUT -m hl --hl-lt 5 -j DROP', NOTHING),
    ('nft', 'a set that packets fill', 'tcp dport @s drop\n' + SETS % 'flags dynamic;\n', 'tcp dport 22 drop'),
    ('nft', 'a set whose elements end', 'tcp dport @s drop\n' + SETS % 'flags timeout;\n', 'tcp dport 22 drop'),
    ('nft', 'a set with a timeout', 'tcp dport @s drop\n' + SETS % 'timeout 5m;\n', 'tcp dport 22 drop'),
    ('iptables', 'a rule of IPv4 in a file of both', '-4 -A INPUT -j DROP\n-6 -A INPUT -j ACCEPT',
     '-A INPUT -j DROP\n-6 -A INPUT -j ACCEPT\n-4 -A INPUT -j ACCEPT'),
    ('iptables', 'a number of a type of service is not one of six bits', '-A INPUT -m tos --tos 4 -j DROP', '-A INPUT -m tos --tos 4/0x3f -j DROP'),
    ('iptables', 'later fragments have no ports', '-A FORWARD -p tcp --dport 0:65535 -j ACCEPT\n-A FORWARD -f -p tcp -j DROP',
     '-A FORWARD -p tcp --dport 0:65535 -j ACCEPT'),
    ('nft', 'whole packets, where one of them reassembles', 'tcp dport 80 drop', 'ct state invalid counter\ntcp dport 81 drop'),
    ('nft', 'more than a port, and that port too', 'tcp dport > 1024 drop', 'tcp dport 1024-65535 drop'),
    ('nft', 'a mask with a hole is no range', 'ip saddr & 255.0.255.255 == 10.0.0.1 drop', 'ip saddr 10.0.0.1-10.255.0.1 drop'),
    ('nft', 'a mask with a hole is no prefix', 'ip saddr & 255.0.255.0 == 10.0.1.0 drop', 'ip saddr 10.0.1.0/24 drop'),
    ('nft', 'a mask of low bits is no prefix', 'ip saddr & 0.0.0.255 == 0.0.0.1 drop', 'ip saddr 0.0.0.1 drop'),
    ('nft', 'a key of conntrack asks for an entry', 'ct mark 0 drop\nct mark != 0 drop', 'drop'),
    ('nft', 'a key of conntrack asks for an entry, its zone too', 'ct direction { original, reply } drop', 'drop'),
]

# The spellings of nft whose rules stand before connection tracking.
BEFORE_CONNTRACK = [
    ('what was NEW is UNTRACKED behind notrack', 'notrack ct state untracked drop', 'drop'),
    ('and not NEW any more', 'notrack ct state new drop', 'notrack'),
    ('a test before notrack is of what was before', 'tcp dport 80 notrack ct state untracked drop', 'tcp dport 80 drop'),
]

DIFFERENT_BEFORE_CONNTRACK = [
    ('a rule with notrack and one without', 'tcp dport 80 notrack\nct state untracked drop', 'tcp dport 80 counter\nct state untracked drop'),
    ('a rule with a zone and one without', 'tcp dport 80 ct zone set 1\nct state new drop', 'tcp dport 80 counter\nct state new drop'),
]

# A nat chain is asked for the first packet of a connection, and not for ICMP errors about another one.
IN_NAT = [
    ('nft', 'errors of ICMP', 'ct state related meta l4proto icmp drop', NOTHING),
    ('nft ip6', 'errors of ICMPv6', 'ct state related meta l4proto icmpv6 drop', NOTHING),
    ('nft', 'a connection that goes on', 'ct state established drop', NOTHING),
    ('nft', 'what has no entry', 'ct state invalid,untracked drop', NOTHING),
]
ASKED_IN_NAT = [
    ('nft', 'a first packet', 'ct state new drop'), ('nft ip6', 'a first packet', 'ct state new drop'),
    ('nft', 'a first packet of a connection that another one announced', 'ct state related meta l4proto tcp drop'),
    ('nft ip6', 'a first packet of a connection that another one announced', 'ct state related meta l4proto tcp drop'),
]

# Rules that are refused, and what is said of them.
REFUSED = [
    ('iptables', 'a year after the last', '-A INPUT -m time --datestart 2039 -j DROP', '2039'),
    ('nft', 'a set that is declared again in another way', TWICE % 'flags timeout; ', 'cannot be changed'),
    ('nft', 'what is wrong behind what is wrong', 'tcp dprot 22 drop\nip sadr 10.0.0.1 drop', "'sadr'"),
    ('iptables', 'a class that there is not', '-A INPUT -m dscp --dscp-class AF14 -j DROP', 'AF14'),
    ('iptables', 'the greatest number is no user', '-A OUTPUT -m owner --uid-owner 4294967295 -j DROP', '4294967295'),
    ('nft', 'what is for another hook', 'meta l4proto tcp tproxy to :80', 'it works only at hook prerouting,'),
    ('iptables', 'reversed ports of tcp', '-A INPUT -p tcp --dport 90:80 -j DROP', '90:80'),
    ('iptables', 'the ports of a reversed range', '-A INPUT -p udp -m multiport --dports 90:80 -j DROP', '90:80'),
    ('iptables', 'a tcp reset for all', '-A INPUT -j REJECT --reject-with tcp-reset', 'without \'-p tcp\''),
    ('iptables', 'a tcp reset for udp', '-A INPUT -p udp -j REJECT --reject-with tcp-reset', 'without \'-p tcp\''),
    ('iptables', 'a tcp reset for all but tcp', '-A INPUT ! -p tcp -j REJECT --reject-with tcp-reset', 'without \'-p tcp\''),
    ('iptables', 'a mask of two parts', '-A INPUT -s 10.0.0.0/255.255 -j DROP', '255.255'),
    ('iptables', 'a mask of three parts', '-A INPUT -s 10.0.0.0/255.255.0 -j DROP', '255.255.0'),
    ('iptables', 'a mask of five parts', '-A INPUT -s 10.0.0.0/255.255.0.0.0 -j DROP', '255.255.0.0.0'),
    ('iptables', 'an address of five parts', '-A INPUT -s 10.0.0.0.1 -j DROP', '10.0.0.0.1'),
    ('iptables', 'a part of an address that is too great', '-A INPUT -s 10.256.0.1 -j DROP', '10.256.0.1'),
    ('iptables', 'an address that ends with a dot', '-A INPUT -s 10.0.0. -j DROP', '10.0.0.'),
    ('nft', 'addresses that end before they begin', 'ip saddr 10.0.0.5-10.0.0.1 drop', 'ends before it begins'),
    ('nft', 'ports that end before they begin', 'tcp dport 80-22 drop', 'ends before it begins'),
    ('nft', 'a range of names', 'tcp dport http-ssh drop', 'not a port'),
    ('nft', 'an empty map', 'tcp dport vmap { } drop', 'expected an element'),
    ('iptables', 'a word longer than an address', '-A INPUT -s 1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc -j DROP', 'cccc'),
    ('nft', 'a range of interfaces', 'iifname "a"-"b" drop', 'names have no ranges'),
    ('nft', 'a range of helpers', 'ct helper "a"-"b" drop', 'names have no ranges'),
    ('nft bridge', 'a MAC address with a digit more', 'ether saddr 00:11:22:33:44:555 drop', '00:11:22:33:44'),
    ('nft inet', 'a statement of other hooks', 'redirect', 'in chains of type nat at hook prerouting, output'),
    ('nft inet', 'a selector of other hooks', 'fib daddr . oif type local', 'hook forward, output, postrouting'),
    ('nft inet', 'IPv6 behind an option of IPv4', 'ip option rr exists ip6 saddr ::1 drop', 'ip6'),
    ('nft inet', 'IPv4 behind an extension header', 'frag id 1 ip saddr 10.0.0.1 drop', 'ip'),
    ('nft inet', 'another protocol behind two tests of one', 'tcp dport 22 tcp sport 22 udp dport 53 drop', 'udp'),
    ('nft inet', 'another family behind two tests of one', 'ip saddr 1.1.1.1 ip daddr 1.1.1.1 ip6 saddr ::1 drop', 'ip6'),
    ('nft bridge', 'another family behind the Ethernet header', 'ether saddr 0:1:2:3:4:5 ip saddr 1.1.1.1 ip6 saddr ::1 drop', 'ip6'),
    ('nft bridge', 'another family behind a tag', 'vlan id 3 ip saddr 1.1.1.1 ip6 saddr ::1 drop', 'ip6'),
    ('iptables', 'a prefix longer than the address', '-A INPUT -s 10.0.0.0/33 -j DROP', '33'),
]

# Names that JSON does not hold, or no name in the kernel does.
JSON = '{"nftables": [{"table": {"family": "ip", "name": "%s"}}]}'
JSON_RULES = '''{"nftables": [{"table": {"family": "ip", "name": "t"}}, {"chain": {"family": "ip", "table": "t", "name": "c",
"type": "filter", "hook": "input", "prio": 0, "policy": "accept"}}, {"rule": {"family": "ip", "table": "t", "chain": "c",
"expr": [%s]}}]}'''
# What nft has no JSON for it prints as text.
JSON_SAME = [
    ('text among the statements', '"tcp dport 22", {"drop": null}', 'tcp dport 22 drop'),
    ('a character of three bytes', '{"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": "\\u20ac0"}}, {"drop": null}',
     'iifname "€0" drop'),
    ('a statement as text', '{"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 22}}, "drop"',
     'tcp dport 22 drop'),
]
JSON_REFUSED = [
    ('a zero', 'a\\u0000b'), ('an unknown escape', 'a\\qb'), ('a number of three digits', 'a\\u041'),
    ('the first half of a pair', 'a\\ud83db'), ('the second half of a pair', 'a\\ude00b'),
    ('two first halves', 'a\\ud83d\\ud83d'),
]

# The numbers that nft itself gives (`nft describe`, 1.0.6)
WORDS = [
    ('nft', 'ct state',
     'invalid=1 new=8 established=2 related=4 untracked=64'),
    ('nft', 'ct status',
     'expected=1 seen-reply=2 assured=4 confirmed=8 snat=16 dnat=32 dying=512'),
    ('nft', 'ct direction',
     'original=0 reply=1'),
    ('nft bridge', 'arp operation',
     'request=1 reply=2 rrequest=3 rreply=4 inrequest=8 inreply=9 nak=10'),
    ('nft', 'tcp flags',
     'fin=1 syn=2 rst=4 psh=8 ack=16 urg=32 ecn=64 cwr=128'),
    ('nft', 'icmp type',
     'echo-reply=0 destination-unreachable=3 source-quench=4 redirect=5 echo-request=8 '
     'router-advertisement=9 router-solicitation=10 time-exceeded=11 parameter-problem=12 '
     'timestamp-request=13 timestamp-reply=14 info-request=15 info-reply=16 address-mask-request=17 '
     'address-mask-reply=18'),
    ('nft', 'icmp code',
     'net-unreachable=0 host-unreachable=1 prot-unreachable=2 port-unreachable=3 net-prohibited=9 '
     'host-prohibited=10 admin-prohibited=13 frag-needed=4'),
    ('nft ip6', 'icmpv6 type',
     'destination-unreachable=1 packet-too-big=2 time-exceeded=3 parameter-problem=4 echo-request=128 '
     'echo-reply=129 mld-listener-query=130 mld-listener-report=131 mld-listener-done=132 '
     'mld-listener-reduction=132 nd-router-solicit=133 nd-router-advert=134 nd-neighbor-solicit=135 '
     'nd-neighbor-advert=136 nd-redirect=137 router-renumbering=138 ind-neighbor-solicit=141 '
     'ind-neighbor-advert=142 mld2-listener-report=143'),
    ('nft ip6', 'icmpv6 code',
     'no-route=0 admin-prohibited=1 addr-unreachable=3 port-unreachable=4 policy-fail=5 '
     'reject-route=6'),
    ('nft', 'meta pkttype',
     'host=0 unicast=0 broadcast=1 multicast=2 other=3'),
    ('nft', 'fib saddr type',
     'unspec=0 unicast=1 local=2 broadcast=3 anycast=4 multicast=5 blackhole=6 unreachable=7 '
     'prohibit=8'),
    ('nft', 'ip dscp',
     'cs0=0 cs1=8 cs2=16 cs3=24 cs4=32 cs5=40 cs6=48 cs7=56 df=0 be=0 lephb=1 af11=10 af12=12 af13=14 '
     'af21=18 af22=20 af23=22 af31=26 af32=28 af33=30 af41=34 af42=36 af43=38 va=44 ef=46'),
    ('nft', 'tcp option mptcp subtype',  # RFC 8684; nft 1.0.6 takes numbers only
     'mp-capable=0 mp-join=1 dss=2 add-addr=3 remove-addr=4 mp-prio=5 mp-fail=6 mp-fastclose=7 mp-tcprst=8'),
    ('nft', 'ip ecn',
     'not-ect=0 ect1=1 ect0=2 ce=3'),
    ('nft bridge', 'ether type',
     'ip=2048 arp=2054 ip6=34525 8021q=33024 8021ad=34984 vlan=33024'),
    ('nft', 'dccp type',
     'request=0 response=1 data=2 ack=3 dataack=4 closereq=5 close=6 reset=7 sync=8 syncack=9'),
    ('nft', 'igmp type',
     'membership-query=17 membership-report-v1=18 membership-report-v2=22 membership-report-v3=34 '
     'leave-group=23'),
    ('nft ip6', 'mh type',
     'binding-refresh-request=0 home-test-init=1 careof-test-init=2 home-test=3 careof-test=4 '
     'binding-update=5 binding-acknowledgement=6 binding-error=7 fast-binding-update=8 '
     'fast-binding-acknowledgement=9 fast-binding-advertisement=10 experimental-mobility-header=11 '
     'home-agent-switch-message=12'),
    ('nft inet', 'meta nfproto',
     'ipv4=2 ipv6=10'),
    ('nft', 'meta iiftype',
     'ether=1 ppp=512 ipip=768 ipip6=769 loopback=772 sit=776 ipgre=778'),
]


def whole(dialect, rules, hook='input', priority='0'):
    return CHAIN[dialect] % ((hook, priority, rules) if dialect != 'iptables' else rules)


def compare(old, new):
    with tempfile.TemporaryDirectory() as d:
        paths = [os.path.join(d, 'old'), os.path.join(d, 'new')]
        for path, text in zip(paths, (old, new)):
            common.write(path, text)
        status, out, err = common.outcome('compare', *paths)
    return status, out + err


class Meaning(unittest.TestCase):
    pass


class Tests(unittest.TestCase):
    """Each test of a packet by itself."""


def add(name, test, where=Meaning):
    name = 'test_' + re.sub(r'\W+', '_', name)
    assert not hasattr(where, name), name
    setattr(where, name, test)


def add_pair(name, old, new, status, where=Meaning):
    def test(self):
        code, out = compare(old, new)
        self.assertEqual(code, status, '%s\n%s\n%s' % (old, new, out))
    add(name, test, where)


def add_refused(name, text, what):
    def test(self):
        status, out, err = common.outcome('-', stdin=text)
        self.assertEqual(status, 2, out + err)
        self.assertIn(what, err)
    add(name, test)


for dialect, name, one, other in SAME:
    add_pair('same: %s: %s' % (dialect, name), whole(dialect, one), whole(dialect, other), 0)
for dialect, name, one, other in DIFFERENT:
    add_pair('different: %s: %s' % (dialect, name), whole(dialect, one), whole(dialect, other), 1)
for selector, value, another, behind in TESTS_NFT:
    selector = selector.strip()
    name = 'nft: a test: %s %s %s' % (behind, selector, value)
    rule, other, inverted, plain = (whole('nft inet', '%s %s drop' % (behind, t)) for t in (
        '%s %s' % (selector, value), '%s %s' % (selector, another), '%s %s drop\n%s %s != %s' % (selector, value, behind, selector, value), ''))
    add_pair('different: ' + name, rule, plain, 1, Tests)
    add_pair('different: another value: ' + name, rule, other, 1, Tests)
    if behind:
        add_pair('same: both: ' + name, inverted, plain, 0, Tests)

FAMILY = {'iptables': '10.0.0.0/8', 'ip6tables': '2001:db8::/32'}
for dialect, (test, other, behind) in [('iptables', t) for t in TESTS_IPTABLES] + [('ip6tables', t) for t in TESTS_IP6TABLES]:
    chain = 'OUTPUT' if 'owner' in behind else 'INPUT'
    # the first rule says which family it is
    head = '*filter\n:INPUT ACCEPT\n:OUTPUT ACCEPT\n-A %s -s %s -m mark --mark 0xffffffff -j LOG\n' % (chain, FAMILY[dialect])
    rule, another, inverted = ('-A %s %s %s -j DROP\n' % (chain, behind, t) for t in (test, other, '! ' + test))
    plain = '-A %s %s -j DROP\n' % (chain, behind.rpartition('-m ')[0] if '-m ' in behind else behind)
    name = '%s: a test: %s %s' % (dialect, behind, test)
    add_pair('different: ' + name, head + rule + 'COMMIT\n', head + plain + 'COMMIT\n', 1, Tests)
    if other:
        add_pair('different: another value: ' + name, head + rule + 'COMMIT\n', head + another + 'COMMIT\n', 1, Tests)
    if not test.startswith(NOT_NEGATED):
        add_pair('same: both: ' + name, head + rule + inverted + 'COMMIT\n', head + plain + 'COMMIT\n', 0, Tests)
for name, one, other in BEFORE_CONNTRACK:
    add_pair('same: before conntrack: ' + name, whole('nft', one, 'prerouting', '-300'), whole('nft', other, 'prerouting', '-300'), 0)
for name, one, other in DIFFERENT_BEFORE_CONNTRACK:
    add_pair('different: before conntrack: ' + name, whole('nft', one, 'prerouting', '-300'), whole('nft', other, 'prerouting', '-300'), 1)
MANGLE = '*mangle\n:PREROUTING ACCEPT\n%s-A PREROUTING -m mark --mark %s -j DROP\nCOMMIT\n'
for target, what in (('MARK --set-mark 1', 1), ('HMARK --hmark-tuple src --hmark-mod 2 --hmark-rnd 1', 1), ('CONNMARK --restore-mark', 1),
                     ('MARK --set-xmark 0x80000000/0x80000000', '0x80000000'), ('MARK --or-mark 2', 2), ('MARK --and-mark 1', 3),
                     ('MARK --xor-mark 4', 4)):
    add_pair('different: a mark that is written: ' + target, MANGLE % ('-A PREROUTING -j %s\n' % target, what), MANGLE % ('', what), 1)
WRITES, ASKS = (' chain %s { type filter hook input priority 0; %s; }\n' % c for c in (('w', 'meta mark set 1'), ('a', 'meta mark 1 drop')))
add_pair('different: chains of one priority in another order', *('table ip t {\n%s}\n' % x for x in (WRITES + ASKS, ASKS + WRITES)), 1)
add_pair('same: chains of two priorities in another order of the text', TWO_CHAINS % (FIRST, LATER), TWO_CHAINS % (LATER, FIRST), 0)
for dialect, name, one, other in IN_NAT:
    add_pair('same: in nat: %s: %s' % (dialect, name), *(whole(dialect, r).replace('type filter', 'type nat') for r in (one, other)), 0)
for dialect, name, one in ASKED_IN_NAT:
    add_pair('different: in nat: %s: %s' % (dialect, name),
             *(whole(dialect, r).replace('type filter', 'type nat') for r in (one, NOTHING)), 1)
for name, expr, rule in JSON_SAME:
    add_pair('same: JSON: ' + name, JSON_RULES % expr, whole('nft', rule), 0)
for name, text in JSON_REFUSED:
    add_refused('refused: JSON: ' + name, JSON % text, 'escape')
for dialect, name, rules, what in REFUSED:
    add_refused('refused: %s: %s' % (dialect, name), whole(dialect, rules), what)

for dialect, selector, words in WORDS:
    one, other = (whole(dialect, ''.join('%s %s drop\n' % (selector, x.split('=')[i]) for x in words.split())) for i in (0, 1))
    add_pair('same: words of ' + selector, one, other, 0)

if __name__ == '__main__':
    common.main()
