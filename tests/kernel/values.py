#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Values of every type, right and wrong, beside every selector: nft and fwlint take the same.

usage: values.py FWLINT [--write FILE]

--write: what nft says of each selector and value goes into FILE instead: tests/forms/nft-values.txt, which the unit
test `forms` reads.

libnftables itself is asked (dry run), in a network namespace. One row of SELECTORS is a selector and
the base chain that its rules stand in; each goes with each of VALUES, alone, in a list, in a set, as the end of a
range and negated. RULES are whole rules. Skipped where there is no namespace or no libnftables.
"""
import ctypes
import os
import re
import sys
import unittest

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import common  # noqa: E402

common.program()
WRITE = sys.argv[sys.argv.index('--write') + 1] if '--write' in sys.argv else None

INET, IP, IP6, BRIDGE, ARP = range(5)
CHAINS = [('inet', 'filter hook prerouting priority 0'), ('ip', 'filter hook prerouting priority 0'),
          ('ip6', 'filter hook prerouting priority 0'), ('bridge', 'filter hook prerouting priority 0'),
          ('arp', 'filter hook input priority 0')]

SELECTORS = {
    INET: '''ct state|ct status|ct direction|ct zone|ct l3proto|ct protocol|ct id|ct bytes|ct expiration|
        ct original ip saddr|ct reply ip6 daddr|ct original zone|ct mark|
        meta iiftype|meta skuid|meta skgid|meta rtclassid|meta pkttype|meta cpu|meta iifgroup|meta cgroup|meta ipsec|
        meta time|meta day|meta hour|meta length|meta protocol|meta random|meta nfproto|meta l4proto|meta mark|
        iif|iifname|oifname|iifkind|fib saddr type|fib daddr . iif type|fib saddr oif|fib daddr oifname|
        socket transparent|socket mark|socket wildcard|rt classid|rt ip nexthop|rt ip6 nexthop|rt mtu|rt ipsec|
        ipsec in reqid|ipsec in spi|ipsec in ip saddr|osf name|exthdr hbh|exthdr frag|
        tcp option maxseg size|tcp option sack0 left|tcp option mptcp subtype|tcp option window count|
        ether type|vlan id|vlan dei|vlan pcp|vlan type|ip version|ip hdrlength|ip dscp|ip ecn|ip length|ip id|
        ip frag-off|ip ttl|ip protocol|ip checksum|ip saddr|ip daddr|ip6 version|ip6 dscp|ip6 ecn|ip6 flowlabel|
        ip6 length|ip6 nexthdr|ip6 hoplimit|ip6 saddr|icmp type|icmp code|icmp id|icmp sequence|icmp gateway|icmp mtu|
        igmp type|igmp mrt|icmpv6 type|icmpv6 code|icmpv6 mtu|icmpv6 max-delay|ah nexthdr|ah spi|esp spi|
        comp nexthdr|comp cpi|udp sport|udp length|udplite csumcov|tcp dport|tcp sequence|tcp doff|tcp flags|
        tcp window|dccp type|sctp dport|sctp vtag|th dport|hbh nexthdr|rt type|rt seg-left|rt0 addr[1]|
        frag frag-off|frag more-fragments|frag id|mh type|mh nexthdr|@th,16,16|@nh,0,3|@nh,8,8|
        ah hdrlength|ah reserved|ah sequence|esp sequence|comp flags|udp checksum|udplite checksum|tcp ackseq|tcp reserved|
        tcp checksum|tcp urgptr|sctp checksum|hbh hdrlength|rt nexthdr|rt hdrlength|srh last-entry|srh flags|srh tag|
        icmp checksum|igmp checksum|icmpv6 checksum|icmpv6 id|
        icmpv6 sequence|frag nexthdr|frag reserved|dst nexthdr|dst hdrlength|mh hdrlength|mh reserved|mh checksum|
        ip6 daddr|sctp sport|dccp dport|dccp sport|tcp sport|th sport|udp dport|udplite dport|
        udplite sport|ct event|ct helper|ct packets|ct avgpkt|ct original ip daddr|
        ct original ip6 saddr|meta sdifname|meta oifkind|meta oiftype|meta nftrace|osf version|
        vlan cfi|frag reserved2|tcp option sack0 length|tcp option sack0 right|
        tcp option timestamp tsval|tcp option timestamp tsecr|ip option ra value|ip option rr ptr|
        ip option rr length|ip option ra|ipsec in ip daddr|ipsec in ip6 saddr|ipsec in ip6 daddr|
        osf ttl loose version|osf ttl skip name|numgen inc mod 5|symhash mod 5|jhash ip saddr mod 5|
        tcp option fastopen|meta l4proto tcp ct original proto-src|meta l4proto tcp ct reply proto-dst|
        tcp option @34,8,8|sctp chunk data|sctp chunk data type|sctp chunk init flags|sctp chunk sack length|
        sctp chunk data tsn|sctp chunk data stream|sctp chunk data ssn|sctp chunk data ppid|sctp chunk init init-tag|
        sctp chunk init-ack a-rwnd|sctp chunk init num-outbound-streams|sctp chunk init-ack num-inbound-streams|
        sctp chunk init initial-tsn|sctp chunk sack cum-tsn-ack|sctp chunk sack num-gap-ack-blocks|
        sctp chunk sack num-dup-tsns|sctp chunk ecne lowest-tsn|sctp chunk asconf seqno|
        sctp chunk forward-tsn new-cum-tsn''',
    IP: 'ip saddr|meta protocol',
    IP6: 'ip6 saddr',
    BRIDGE: '''ether type|ether daddr|ip saddr|arp operation|arp htype|vlan id|meta ibrname|meta obrname|
        meta ibrpvid|meta ibrvproto''',
    ARP: 'arp operation|arp ptype|arp hlen|arp plen',
}

# Rows of src/dialect/nft/selector_type.c that nothing is asked about, and why.
NOT_ASKED = {
    'later than nft 1.0.6': '''meta broute|meta ibrhwaddr|
        icmpv6 parameter-problem|icmpv6 packet-too-big|icmpv6 taddr|icmpv6 daddr|gre version|gre flags|
        gre protocol|vxlan vni|vxlan flags|geneve vni|geneve type|srh seg-left|tcp option * kind''',
    'a number to nft 1.0.6, an address to later ones': 'igmp group|ip option * addr',
    'only the host knows its words': '''ct label|meta sdif|meta oif|meta oifgroup|meta priority|
        meta secmark|socket cgroupv2|srh sid[*]''',
    'nft 1.0.6 takes addresses that lack bytes': 'ether saddr|arp saddr ether|arp daddr ether',
    'nft asks for the addresses of names': 'arp saddr ip|arp daddr ip',
}

# A comma would end an element: a list is made of two of them.
VALUES = '''1 0 10 300 70000 0x10 5000000000 18446744073709551616 10.0.0.1 10.0.0 10.0.0.300 ::1 fe80::g
    00:11:22:33:44:55 00:11:22:33:44:zz lo "lo" "averyveryverylongname" ssh "ssh" sshh udpp established relatd
    ESTABLISHED syn syn|ack akk assured asured original backward new ipv4 ip6 arp vlan vlann host unicast othr local lokal
    Monday Moonday "18:00" 18:00 "25:00" "2020-01-01 10:00:00" "2020-13-01" 2h 1d2h exists missing root request reply
    replly ef cs1 af99 ect0 cee echo-request echo-rqst nd-router-solicit port-unreachable membership-query
    binding-update dataack ether pppp 1.2 "Linux"'''

# The ends of fields of each width.
VALUES += ''.join(' %d %d' % (2 ** w - 1, 2 ** w) for w in (1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 16, 20, 24, 31, 32))

# Selectors whose words the host decides: no word is wrong here.
BY_NAME = r'(skuid|skgid|mark|rtclassid|classid|iifgroup)$'
INTERFACES = r'(iif|oif)$'
# Addresses may be host names, which fwlint does not look up.
ADDRESSES = r'(ip6? [sd]addr|nexthop|rt0 addr\[1\]|original saddr)$'
IS_WORD = re.compile(r'"?[A-Za-z][A-Za-z0-9.|-]*"?$')
# nft 1.0.6 crashes on lists of what has no bits, and on names under a mask.
FORMS = ['!= V', '{ V }', '{ V, 1 }', '1-V', 'V-V', '< V']
BIT_FORMS = ['V,V', '& V == 1']
BITS = ('ct state', 'ct status', 'tcp flags')

RULES = '''ct state established,relatd|ct state established,related|ct state { established, relatd }|
    ct state vmap { established : accept, relatd : drop }|ct state & (new \\| relatd) == new|
    ct state & (new\\|invalid) == new|ct state new / invalid,new|ct state new / invalid,nwe|
    ct state new,invalid / invalid,new|ct status dnat,snnat|tcp flags syn,akk|tcp flags syn / syn,akk|
    tcp flags & (syn\\|akk) == syn|tcp flags & (syn,ack) == syn|tcp flags { syn, syn\\|ack }|tcp flags & 256 == 0|
    tcp dport 22,80|tcp dport { 22, sshh }|tcp dport ssh-http|tcp dport 80-22|tcp dport 22-70000|tcp dport 22/17|
    tcp dport > 70000|ip saddr 10.0.0.1-10.0.0|ip saddr 10.0.0.5-10.0.0.1|ip saddr 10.0.0.0/33|
    ip saddr 10.0.0.0/255.0.0.0|ip saddr { 10.0.0.1, ::1 }|ip saddr & 255.255.255 == 10.0.0.0|
    ip saddr . tcp dport { 10.0.0.1 . sshh }|ip saddr . tcp dport { 10.0.0.1 }|
    ip saddr . tcp dport { 10.0.0.1 . 22 . 5 }|ip saddr . tcp dport vmap { 10.0.0.1 . sshh : accept }|
    meta mark set 5000000000|meta mark set tcp dport map { 22 : 1, sshh : 2 }|
    meta mark set tcp dport map { 22 : 1, 80 : 5000000000 }|meta mark set mark and 0xfffffffff|meta mark 1,2|
    ct event set new,related|ct event set new,relatd|ct zone set 70000|ip ecn set cee|ip dscp set af99|
    meta nftrace set 2|fib saddr . saddr type local|fib saddr . daddr type local|fib iif type local|
    fib saddr . iif . oif type local|meta hour 18:00-19:00|hour 18:00-19:00 accept|meta day "Monday"-"Friday"|
    meta day Monday-Friday|iifname accept|ipsec exists|meta ipsec existss|tcp option maxseg exists|
    tcp option foo exists|tcp option sack-perm 1|tcp option maxseg size set 70000|
    reject with icmp type host-unreach|reject with icmpx type net-unreachable|reject with icmpx host-unreachable|
    reject with icmpv6 no-route|reject with tcp rst|log level warnn|log flags tcp sequence,option|log flags al|
    limit rate 5/minut|limit rate 5/second burst 3|limit rate 5/second burst 3 packets|
    limit rate 5 mbytes/second burst 3 packets|limit rate 5 kbytes/second burst 2 mbytes|quota 5 packets|
    quota over 5 mbytes|queue num 70000|queue num 3-1|queue num 1 bypas|queue flags bypas to 1|
    tcp dport { 22, 20-30 }|
    tcp dport vmap { 22 : accept, 22 : drop }|tcp dport vmap { 22 : accept, 22 : accept }|
    tcp dport vmap { ssh : accept, 22 : drop }|tcp dport vmap { 22 : accept, 20-30 : drop }|
    ip saddr vmap { 10.0.0.0/8 : accept, 10.1.0.0/16 : accept }|ct state vmap { new : accept, new : drop }|
    iifname vmap { "e*" : accept, "eth0" : drop }|meta mark set tcp dport map { 22 : 1, 22 : 2 }|
    ip saddr . tcp dport vmap { 10.0.0.0/8 . 22 : accept, 10.0.0.1 . 22 : drop }|
    ip saddr . tcp dport vmap { 10.0.0.1 . 22 : accept, 10.0.0.0/8 . 22 : drop }|
    ip saddr . tcp dport vmap { 10.0.0.0/8 . 22-30 : accept, 10.0.0.0/16 . 10-40 : drop }|
    icmp type vmap { 8 : accept, echo-request : drop }|tcp dport vmap { * : accept, * : drop }|
    masquerade persistentt|ct count foo|counter packets 1 byte 2|ip saddr @nosuch|tcp dport $nosuch|
    meta priority exists|meta priority root|meta priority set missing|meta secmark exists|sctp chunk data init-tag 3|
    sctp chunk 5 type 1|sctp chunk heartbeat tsn 1|sctp chunk data != exists|sctp chunk data { exists }|
    sctp chunk data "exists"|sctp chunk cwr length 3'''


def words(text):
    return re.findall(r'"[^"]*"|\S+', text)


def split(text):
    return [w.strip().replace('\\|', '|') for w in re.split(r'(?<!\\)\|', text.replace('\n', ' ')) if w.strip()]


class Nft:
    """libnftables; `takes` asks, `runs` does."""

    def __init__(self):
        self.lib = ctypes.CDLL('libnftables.so.1')
        self.lib.nft_ctx_new.restype = ctypes.c_void_p
        self.lib.nft_ctx_get_error_buffer.restype = ctypes.c_char_p
        self.ctx = ctypes.c_void_p(self.lib.nft_ctx_new(0))
        self.lib.nft_ctx_buffer_error(self.ctx)
        self.lib.nft_ctx_buffer_output(self.ctx)

    def run(self, text, dry):
        self.lib.nft_ctx_set_dry_run(self.ctx, dry)
        ok = self.lib.nft_run_cmd_from_buffer(self.ctx, text.encode()) == 0
        return ok, self.lib.nft_ctx_get_error_buffer(self.ctx).decode()


def taken_by_fwlint(family, rules):
    """For each rule: is there no error on its line? 90 at a time: at most 100 errors are kept."""
    out = []
    for at in range(0, len(rules), 90):
        part = rules[at:at + 90]
        text = 'table %s t {\nchain c {\n%s\n}\n}\n' % (family, '\n'.join(part))
        r = common.fwlint('--dialect', 'nft', '--quiet', '-', stdin=text)
        assert r.returncode in (0, 1, 2), (r.returncode, r.stderr)
        wrong = {int(n) for n in re.findall(r'^stdin:(\d+):\d+: error', r.stderr, re.M)}
        out += [i + 3 not in wrong for i in range(len(part))]
    return out


def is_left_open(selector, value):
    """Does only the host know whether the word is a value?"""
    if re.search(INTERFACES, selector):
        return not re.match(r'[0-9]+$|"?lo"?$|"avery', value)
    return bool(IS_WORD.match(value)) and bool(re.search(BY_NAME, selector) or re.search(ADDRESSES, selector))


class Values(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.nft = Nft()
        for i, (family, hook) in enumerate(CHAINS):
            ok, why = cls.nft.run('table %s t%d {\nchain c {\ntype %s;\n}\n}' % (family, i, hook), False)
            assert ok, why

    def ask(self, where, rule):
        """Does nft take it? None: this kernel cannot do it."""
        taken, why = self.nft.run('add rule %s t%d c %s' % (CHAINS[where][0], where, rule), True)
        if re.search('Could not process rule: (No such file|Operation not supported|Invalid argument)', why):
            taken = None
        return taken, why

    @unittest.skipUnless(WRITE, 'for --write')
    def test_write(self):
        with open(WRITE, 'w') as f:
            f.write('# Written by tests/kernel/values.py: which of the values nft takes (+), refuses (-); . is not asked.\n')
            f.write('\t'.join(words(VALUES)) + '\n')
            for where, text in SELECTORS.items():
                for selector in split(text):
                    said = ''
                    for v in words(VALUES):
                        asked = not is_left_open(selector, v) and selector != 'ether daddr'
                        said += '.-+'[1 + self.ask(where, '%s %s' % (selector, v))[0]] if asked and (
                            self.ask(where, '%s %s' % (selector, v))[0] is not None) else '.'
                    f.write('%s\t%s\t%s\n' % (CHAINS[where][0], selector, said))

    def compare(self, where, rules):
        """The rules that one takes and the other refuses; what the kernel cannot do says nothing of the text."""
        different, refused = [], 0
        for rule, ours in zip(rules, taken_by_fwlint(CHAINS[where][0], rules)):
            theirs, why = self.ask(where, rule)
            if theirs is None:
                continue
            refused += not theirs
            if theirs != ours:
                different.append((rule, 'nft takes it' if theirs else 'fwlint takes it', why.split('\n')[0]))
        return different, refused

    def test_values_of_every_type_beside_every_selector(self):
        n = refused = 0
        for where, text in SELECTORS.items():
            for selector in split(text):
                values = [v for v in words(VALUES) if not is_left_open(selector, v)]
                if selector == 'ether daddr': # nft reads them with bytes missing, and more
                    values = [v for v in values if v.count(':') == 5 or IS_WORD.match(v) and len(v) > 4]
                with self.subTest(selector):
                    rules = ['%s %s' % (selector, v) for v in values]
                    different, bad = self.compare(where, rules)
                    self.assertEqual(different, [])
                    n += len(rules)
                    refused += bad
        print('%d rules of a selector and a value, %d of them refused by both' % (n, refused))
        self.assertGreater(refused, 1000)

    def test_values_in_lists_sets_ranges_and_under_masks(self):
        n = refused = 0
        for where, text in SELECTORS.items():
            for i, selector in enumerate(split(text)):
                if selector == 'ether daddr':
                    continue
                # nft takes exists and missing in a set of anything
                values = [v for v in words(VALUES) if not is_left_open(selector, v) and v not in ('exists', 'missing')]
                values = values[i % 7::7]
                forms = FORMS + BIT_FORMS if selector in BITS else FORMS
                with self.subTest(selector):
                    rules = ['%s %s' % (selector, f.replace('V', v)) for f in forms for v in values]
                    different, bad = self.compare(where, rules)
                    self.assertEqual(different, [])
                    n += len(rules)
                    refused += bad
        print('%d rules with lists, sets, ranges, masks, %d of them refused by both' % (n, refused))
        self.assertGreater(refused, 1000)

    def test_whole_rules(self):
        rules = split(RULES)
        different, refused = self.compare(INET, rules)
        self.assertEqual(different, [])
        print('%d whole rules, %d of them refused by both' % (len(rules), refused))


def no_libnftables():
    try:
        ctypes.CDLL('libnftables.so.1')
        return None
    except OSError as e:
        return 'no libnftables: %s' % e


if __name__ == '__main__':
    common.main_in_namespace(common.no_namespace() or no_libnftables(),
                             [sys.argv[0], 'Values.test_write'] if WRITE else None)
