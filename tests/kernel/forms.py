# SPDX-License-Identifier: GPL-2.0-or-later
"""Small files that the kernel's tools take or refuse; fwlint must do the same."""

import itertools

FORMS = [
    '*filter\n:LOG - [0:0]\n-A INPUT -j LOG\n-A LOG -j DROP\nCOMMIT\n',
    '*filter\n:reject - [0:0]\n-A INPUT -j reject\n-A reject -j REJECT\nCOMMIT\n',
    '*filter\n:DOS~Pro-t_ect - [0:0]\n-A INPUT -j DOS~Pro-t_ect\nCOMMIT\n',
    '*filter\n-A newchain -j ACCEPT\nCOMMIT\n',
    '* filter\nCOMMIT\n',
    '*filter \nCOMMIT \n',
    '*filter\n:INPUT ACCEPT\nCOMMIT\n',
    '*filter\n:INPUT ACCEPT [1:2] junk\nCOMMIT\n',
    '*filter\n:INPUT  -  [0:0]\nCOMMIT\n',
    '*filter\n:INPUT ACCEPT [x]\nCOMMIT\n',
    '*filter\n-A INPUT -s 1.2.3.4,5.6.7.8 -j ACCEPT\nCOMMIT\n',
    '*filter\n-A INPUT ! -s 1.2.3.4,5.6.7.8 -j ACCEPT\nCOMMIT\n',
    '*filter\n-A INPUT -s 10/8 -j ACCEPT\nCOMMIT\n',
    '*filter\n-A INPUT -s 10.0.0.0/255.0.0.0 -j ACCEPT\nCOMMIT\n',
    '*filter\n-A INPUT -s 10.0.0.1/255.0.255.255 -j ACCEPT\nCOMMIT\n',
    '*filter\n-A INPUT -p TCP --dport ssh -j ACCEPT\nCOMMIT\n',
    '*filter\n-A INPUT -p tcp --dport 22 --syn -j ACCEPT\nCOMMIT\n',
    '*filter\n-A INPUT -ptcp -jACCEPT\nCOMMIT\n',
    '*filter\n-A INPUT --protocol=tcp --jump ACCEPT\nCOMMIT\n',
    '*filter\n-A INPUT --proto tcp --jum ACCEPT\nCOMMIT\n',
    '*filter\n-A INPUT -p tcp -m tcp --dpo 22 -j ACCEPT\nCOMMIT\n',
    '*filter\n-A INPUT -p tcp -m tcp --d 22 -j ACCEPT\nCOMMIT\n',
    '*filter\n-A INPUT -m conntrack ! --ctstate NEW -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -m conntrack --ctstate ! NEW -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -s ! 1.2.3.4 -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -j ACCEPT -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -p tcp -p udp\nCOMMIT\n',
    '*filter\n-A INPUT -i "" -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -m comment --comment "a\\"b" -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -m comment --comment a\\ b -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -f -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT ! -f -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -p all -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT ! -p all -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -p 300 -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -p tcp -m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15 -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -p tcp -m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16 -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -p tcp -m multiport --dports 5:1 -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -p tcp --dport 5:1 -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -m multiport --dports 1 -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -p icmp --icmp-type ping -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -p icmp --icmp-type echo -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -p icmp --icmp-type echo-req -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -p icmp --icmp-type 8/0 -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -p icmp --icmp-type 256 -j DROP\nCOMMIT\n',
    '*filter\n-I INPUT 1 -j DROP\nCOMMIT\n',
    '*filter\n-I INPUT 3 -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -j DROP\n-D INPUT -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -j DROP\n-D INPUT 1\nCOMMIT\n',
    '*filter\n-D INPUT 1\nCOMMIT\n',
    '*filter\n-A INPUT -j DROP\n-R INPUT 1 -j ACCEPT\nCOMMIT\n',
    '*filter\n-R INPUT 1 -j ACCEPT\nCOMMIT\n',
    '*filter\n-N foo\n-A foo -j DROP\n-X foo\nCOMMIT\n',
    '*filter\n-N foo\n-X foo\nCOMMIT\n',
    '*filter\n-P INPUT DROP\nCOMMIT\n',
    '*filter\n-P INPUT REJECT\nCOMMIT\n',
    '*filter\n-F\n-Z\n-X\nCOMMIT\n',
    '*filter\n-A INPUT -j RETURN\n-A INPUT -g INPUT\nCOMMIT\n',
    '*filter\n-A INPUT -j INPUT\nCOMMIT\n',
    '*filter\n-A INPUT -t filter -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -v -n -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -w -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -c 5 6 -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -c 5,6 -j DROP\nCOMMIT\n',
    '*filter\n[5:6] -A INPUT -j DROP\nCOMMIT\n',
    '*filter\n[5:6]-A INPUT -j DROP\nCOMMIT\n',
    '*filter\n  -A INPUT -j DROP\nCOMMIT\n',
    '*filter\n\t\nCOMMIT\n',
    '*filter\n\n# c\nCOMMIT\n',
    '*filter\n-A INPUT -j REJECT --reject-with tc -p tcp\nCOMMIT\n',
    '*filter\n-A INPUT -p tcp -j REJECT --reject-with TCP-RESET\nCOMMIT\n',
    '*filter\n-A INPUT -p tcp -j REJECT --reject-with icmp\nCOMMIT\n',
    '*filter\n-A INPUT ! -p tcp -j REJECT --reject-with tcp-reset\nCOMMIT\n',
    '*filter\n-A INPUT -m state --state NEW,FOO -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -m state --state new -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -m state -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -m state --state SNAT -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -m conntrack --ctstate SNAT -j DROP\nCOMMIT\n',
    '*nat\n-A PREROUTING -j DNAT --to 1.2.3.4\nCOMMIT\n',
    '*nat\n-A PREROUTING -p tcp -j DNAT --to-destination :80\nCOMMIT\n',
    '*nat\n-A POSTROUTING -j MASQUERADE --random\nCOMMIT\n',
    '*nat\n-A PREROUTING -j SNAT --to 1.2.3.4\nCOMMIT\n',
    '*nat\n-A PREROUTING -p tcp -j REDIRECT --to-ports 80-90\nCOMMIT\n',
    '*nat\n:PREROUTING DROP\nCOMMIT\n',
    '*mangle\n-A PREROUTING -j MARK --set-mark 0x1/0x2\nCOMMIT\n',
    '*filter\n-A INPUT -j MARK --set-mark 1\nCOMMIT\n',
    '*filter\n-A INPUT -j TTL --ttl-set 5\nCOMMIT\n',
    '*filter\n-A INPUT -m mark --mark 1/2 -j DROP\nCOMMIT\n',
    '*raw\n-A PREROUTING -j NOTRACK\nCOMMIT\n',
    '*raw\n-A PREROUTING -j CT --notrack\nCOMMIT\n',
    '*filter\n-A INPUT -j CT --notrack\nCOMMIT\n',
    '*filter\n-A INPUT -j LOG --log-prefix "x y" --log-level 4\nCOMMIT\n',
    '*filter\n-A INPUT -j LOG --log-prefix "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"\nCOMMIT\n',
    '*filter\n:abcdefghijklmnopqrstuvwxyzabc - [0:0]\nCOMMIT\n',
    '*filter\n:abcdefghijklmnopqrstuvwxyzab - [0:0]\nCOMMIT\n',
    '*filter\n:-x - [0:0]\nCOMMIT\n',
    '*filter\n:ACCEPT - [0:0]\nCOMMIT\n',
    '*filter\n:a - [0:0]\n:a - [0:0]\nCOMMIT\n',
    '*filter\n:a ACCEPT [0:0]\nCOMMIT\n',
    '*filter\nCOMMIT\n*filter\n-A INPUT -j DROP\nCOMMIT\n',
    '*filter\n*nat\nCOMMIT\n',
    'COMMIT\n',
    '*filter\n-A INPUT -m limit --limit 5/min --limit-burst 3 -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -m limit --limit 5/parsec -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -m limit --limit 0/s -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -m iprange --src-range 1.2.3.4-1.2.3.9 -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -m mac --mac-source 00:11:22:33:44:55 -j DROP\nCOMMIT\n',
    '*filter\n-A OUTPUT -m mac --mac-source 00:11:22:33:44:55 -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -m owner --uid-owner 0 -j DROP\nCOMMIT\n',
    '*filter\n-A OUTPUT -m owner --uid-owner root -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -m pkttype --pkt-type multicast -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -p tcp -m tcp --tcp-flags SYN,ACK SYN -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -p tcp -m tcp --tcp-flags SYN -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -p tcp --tcp-flags ALL ALL,NONE -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -d localhost -j DROP\nCOMMIT\n',
    '*filter\n-A FORWARD -i eth+ -o + -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -i eth0:1 -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -i "a b" -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -m unknownmatch -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -m icmp6 -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -p ipv6-icmp -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -j QUEUE\nCOMMIT\n',
    '*filter\n-A INPUT -j NFQUEUE --queue-num 1\nCOMMIT\n',
    '*filter\n-A INPUT\nCOMMIT\n',
    '*filter\n-A\nCOMMIT\n',
    '*filter\n-A INPUT -j\nCOMMIT\n',
    '*filter\n-A INPUT -p tcp -j TCPMSS --clamp-mss-to-pmtu\nCOMMIT\n',
    '*filter\n-A INPUT -p tcp --syn -j TCPMSS --clamp-mss-to-pmtu\nCOMMIT\n',
    '*filter\n-A INPUT -m ttl --ttl-lt 5 -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -m length --length 5:1 -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -m dscp --dscp-class AF11 -j DROP\nCOMMIT\n',
    '*filter\n-A INPUT -m dscp --dscp 64 -j DROP\nCOMMIT\n',
]

# Where fwlint differs from both backends of iptables 1.8.9, with the reason.
DIFFERENT = {
    '*filter\n:-x - [0:0]\nCOMMIT\n':
        'iptables-legacy-restore makes it, but no rule can be put into it',
    '*filter\n-A INPUT -ptcp -jACCEPT\nCOMMIT\n':
        'glued short options are taken, as on the command line',
    '*filter\n-A INPUT --protocol=tcp --jump ACCEPT\nCOMMIT\n':
        "the tool reads the wrong word after '='; others of its versions take it",
    '*filter\n-A INPUT -m conntrack --ctstate ! NEW -j DROP\nCOMMIT\n':
        'old dumps (before iptables 1.4.3) write it so',
    '*filter\n-A INPUT -s ! 1.2.3.4 -j DROP\nCOMMIT\n':
        'old dumps (before iptables 1.4.3) write it so',
}


# ---- what a line needs, and what a file says twice ----

HEAD = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n'


def line(rule, chain='INPUT', table='filter'):
    return '*%s\n-A %s %s\nCOMMIT\n' % (table, chain, rule)


def nested(n, how):
    return HEAD + ''.join(':c%d - [0:0]\n' % i for i in range(n)) + '-A INPUT -j c0\n' + ''.join(
        '-A c%d -%s c%d\n' % (i, how, i + 1) for i in range(n - 1)) + 'COMMIT\n'


REDECLARED = [HEAD + text + 'COMMIT\n' for text in (
    ':a - [0:0]\n-A a -p tcp -j DROP\n:a - [0:0]\n-A a -p udp -j DROP\n',
    '-A INPUT -p tcp -j DROP\n:INPUT DROP [0:0]\n',
    ':a - [0:0]\n-A INPUT -j a\nCOMMIT\n*filter\n:INPUT DROP\n-A INPUT -p udp -j ACCEPT\n',
    ':a - [0:0]\nCOMMIT\n*filter\n-A INPUT -j a\n', ':a - [0:0]\nCOMMIT\n*filter\n:a - [0:0]\n-A INPUT -j a\n',
    '-A INPUT -j a\n:a - [0:0]\n', '-A a -j DROP\n:a - [0:0]\n', '-N a\n-N a\n', ':a - [0:0]\n-N a\n', '-N a\n:a - [0:0]\n',
    ':a - [0:0]\n-A INPUT -j a\n-X a\n', ':a - [0:0]\n-X a\n-A INPUT -j a\n', ':a - [0:0]\n-A a -j DROP\n-X a\n',
    ':a - [0:0]\n:b - [0:0]\n-X\n', ':a - [0:0]\n-A a -j DROP\n-X\n', ':a - [0:0]\n-A INPUT -j a\n-X\n', '-X a\n',
    '-X INPUT\n', '-A INPUT -j DROP\n-X INPUT\n', '-F a\n', ':a - [0:0]\n-A a -j DROP\n-F a\n', '-P a DROP\n',
    ':a [0:0]\n', ':a ACCEPT [0:0]\n', ':a FOO\n', ':a\n', ':a - [0:0]\n-E a b\n', ':a - [0:0]\n-A INPUT -j a\n-E a b\n',
    '-E a b\n', ':a - [0:0]\n:b - [0:0]\n-E a b\n', '-E INPUT b\n', '-A INPUT -p tcp\n-C INPUT -p tcp\n',
    '-C INPUT -p tcp\n', '-L nope\n', '-S INPUT\n', ':a - [0:0]\n:b - [0:0]\n-A a -j b\n-A b -j a\n',
    ':a - [0:0]\n-A a -g a\n-A INPUT -j a\n', ':a - [0:0]\n-A INPUT -j DROP\n-A INPUT -j a\n-A a -j a\n',
    ':a - [0:0]\n-A a -j RETURN\n-A a -j a\n-A INPUT -j a\n', ':a - [0:0]\n-A INPUT -j a\n-A a -j a\n-D INPUT -j a\n',
    '-A INPUT\n-R INPUT 1 -s 1.1.1.1,1.1.1.2 -j DROP\n',
)] + [nested(n, how) for n in (15, 16, 40) for how in 'jg']

# A rule, and another spelling of it for -D; or what only means the same.
DELETED = [HEAD + '-A INPUT %s\n-D INPUT %s\nCOMMIT\n' % pair for pair in (
    ('-p tcp -m tcp --dport 22 -j ACCEPT', '-p tcp --dport ssh -j ACCEPT'),
    ('-p tcp --dport 22 -j ACCEPT', '-j ACCEPT --protocol 6 --dport 22:22'),
    ('-p tcp --dport 22 -j ACCEPT', '-p tcp -m multiport --dports 22 -j ACCEPT'),
    ('-s 10.0.0.0/8 -p tcp -j DROP', '-p tcp -s 10.1.2.3/255.0.0.0 -j DROP'),
    ('-p tcp --dport 22 -m mark --mark 1', '-m mark --mark 1 -p tcp --dport 22'),
    ('-m state --state NEW', '-m conntrack --ctstate NEW'),
    ('-m state --state NEW,EST', '-m state --state ESTABLISHED,NEW'),
    ('-m comment --comment a', '-j ACCEPT'), ('-j REJECT', '-j REJECT --reject-with icmp-port-unreachable'),
    ('-j LOG --log-prefix x --log-level 4', '-j LOG --log-level warning --log-prefix x'),
    ('-m limit --limit 5/min', '-m limit --limit 5/minute --limit-burst 5'),
    ('-p tcp --dport 0:65535', '-p tcp'), ('-p tcp --dport 0:65535', '-p tcp -m tcp'), ('-i +', '-p all'),
    ('-p tcp -m multiport --dports 22,80', '-p tcp -m multiport --dports 80,22'),
    ('-p icmp --icmp-type 8', '-p icmp --icmp-type echo-request'), ('-p icmp --icmp-type 8', '-p icmp --icmp-type 8/0'),
    ('-m recent --name a --set', '-m recent --set --name a'),
    ('-p tcp --syn', '-p tcp --tcp-flags SYN,RST,ACK,FIN SYN'),
    ('-m limit', '-m limit --limit 3/hour --limit-burst 5'), ('-p tcp', '-p tcp -m tcp'), ('-p tcp -m tcp', '-p tcp'),
    ('-s 0/0 -p tcp', '-p tcp -d 0.0.0.0/0'), ('-j LOG', '-j LOG --log-level 4'), ('-j LOG --log-level warning', '-j LOG'),
    ('-j LOG --log-prefix ""', '-j LOG'), ('-j LOG', '-j LOG --log-level 5'), ('-j NFQUEUE', '-j NFQUEUE --queue-num 0'),
    ('-m statistic --mode random --probability 0.5', '-m statistic --mode random --probability 0.50'),
    ('-m statistic --mode random --probability 0.5', '-m statistic --mode random --probability 0.51'),
    ('-m recent --set', '-m recent --set --name DEFAULT --rsource --mask 255.255.255.255'), ('-m recent --set', '-m recent --set --rdest'),
    ('-m recent --rcheck', '-m recent --rcheck --name other'), ('-m string --string a --algo bm', '-m string --string a --algo bm --to 65535'),
    ('-m connlimit --connlimit-above 3', '-m connlimit --connlimit-above 3 --connlimit-mask 32 --connlimit-saddr'),
    ('-m connlimit --connlimit-above 3', '-m connlimit --connlimit-above 3 --connlimit-mask 24'),
    ('-m connlimit --connlimit-above 3', '-m connlimit --connlimit-above 3 --connlimit-daddr'),
    ('-m mac --mac-source 00:AA:22:33:44:55', '-m mac --mac-source 00:aa:22:33:44:55'),
    ('-m hashlimit --hashlimit-upto 5/min --hashlimit-name a', '-m hashlimit --hashlimit-upto 5/min --hashlimit-burst 5 --hashlimit-name a'),
)]

# What --set-xmark, --save-mark and --restore-mark take, and which of them are one rule to -D.
CONNMARK = ['*mangle\n-A INPUT -j CONNMARK %s\nCOMMIT\n' % x for x in (
    '--set-mark 1 --mask 3', '--save-mark --mask 1 --nfmask 2', '--set-mark 1 --left-shift-mark 2', '--left-shift-mark 2',
    '--save-mark --left-shift-mark 3 --right-shift-mark 2', '--restore-mark --left-shift-mark 31',
    '--restore-mark --left-shift-mark 32', '--save-mark --set-mark 1', '--save-mark --ctmask 1', '--ctmask 7',
)] + ['*mangle\n-A INPUT -j CONNMARK %s\n-D INPUT -j CONNMARK %s\nCOMMIT\n' % x for x in (
    ('--save-mark', '--save-mark --nfmask 0xffffffff --ctmask 0xffffffff'), ('--restore-mark', '--restore-mark --mask 0xffffffff'),
    ('--restore-mark --nfmask 1', '--restore-mark --nfmask 2'), ('--restore-mark --nfmask 1', '--restore-mark'),
    ('--save-mark --left-shift-mark 1', '--save-mark'), ('--save-mark --left-shift-mark 1', '--save-mark --right-shift-mark 1'),
    ('--set-mark 1 --mask 3', '--set-xmark 1/3'), ('--set-mark 4 --mask 3', '--set-mark 4'), ('--mask 3 --set-mark 1', '--set-mark 1'),
    ('--ctmask 3 --set-mark 1', '--set-xmark 1'), ('--set-mark 1 --nfmask 3', '--set-xmark 1'), ('--save-mark', '--restore-mark'),
    ('--save-mark --left-shift-mark 0', '--save-mark'),
)]

# A line with several addresses is several rules.
SEVERAL = '-A INPUT -s 10.0.0.1,10.0.0.2 -d 10.1.0.1,10.1.0.2 -j DROP\n'
NUMBERED = [HEAD + SEVERAL + x + 'COMMIT\n' for x in [
    form % n for form in ('-I INPUT %d -p tcp -j ACCEPT\n', '-A INPUT -p udp -j DROP\n-D INPUT %d\n',
                          '-A INPUT -p udp -j DROP\n-R INPUT %d -p icmp -j DROP\n') for n in range(1, 7)] + [
    '-I INPUT 2 -s 10.0.0.3,10.0.0.4 -j ACCEPT\n-I INPUT 3 -p udp -j DROP\n', SEVERAL.replace('A', 'D', 1),
    SEVERAL.replace('A', 'C', 1), '-D INPUT -d 10.1.0.2 -s 10.0.0.1 -j DROP\n', '-D INPUT -s 10.0.0.1 -j DROP\n',
    '-C INPUT -d 10.1.0.2 -s 10.0.0.1 -j DROP\n', '-A INPUT -j ACCEPT\n-D INPUT -s 0/0,0/0\n',
    '-D INPUT -s 10.0.0.1 -d 10.1.0.1,10.1.0.2 -j DROP\n', '-D INPUT -s 10.0.0.1 -d 10.1.0.1,10.1.0.3 -j DROP\n',
    '-I INPUT 0 -j DROP\n', '-I INPUT 0x2 -j DROP\n', '-I INPUT x -j DROP\n', '-D INPUT x\n', '-R INPUT -j DROP\n',
    '-D INPUT 1 -j DROP\n', '-D INPUT 1 2\n',
    # a rule before which another was put, and then deleted; and one that only stands beside it
    '-A INPUT -p tcp\n-I INPUT 5 -p udp\n-D INPUT -p tcp\n', '-A INPUT -p tcp\n-I INPUT 6 -p udp\n-D INPUT -p tcp\n',
    '-I INPUT -p tcp\n-I INPUT 1 -p udp\n-D INPUT -p tcp\n', '-A INPUT -p tcp\n-I INPUT 5 -p udp\n-D INPUT 5\n',
    '-A INPUT -p tcp\n-I INPUT 5 -p udp\n-D INPUT 6\n', '-I INPUT 2 -s 1.1.1.1,2.2.2.2\n-D INPUT 2\n',
    '-I INPUT 2 -s 1.1.1.1,2.2.2.2\n-D INPUT 3\n', '-I INPUT 3 -p udp\n-D INPUT -s 10.0.0.1 -d 10.1.0.2 -j DROP\n',
    '-I INPUT 3 -p udp\n-D INPUT -s 10.0.0.2 -d 10.1.0.1 -j DROP\n', '-I INPUT 3 -p udp\n-F INPUT\n',
]]

# The command in any place and form, and what does not go with it.
COMMANDS = [HEAD + '-N zz\n' + x + '\nCOMMIT\n' for x in (
    '-AINPUT -j DROP', '-p tcp -A INPUT -j DROP', '-p tcp --dport 22 -A INPUT -j DROP', '-j DROP -A INPUT', '--append=INPUT -j DROP',
    '-A=INPUT -j DROP', '--app INPUT -j DROP', '--a INPUT -j DROP', '--ins INPUT 1 -j DROP', '--in INPUT -j DROP', '-IINPUT 1 -j DROP',
    '-I INPUT -p tcp 1 -j DROP', '-vA INPUT -j DROP', '-4A INPUT -j DROP', '-A INPUT -I FORWARD -j DROP', '-n -A INPUT -j DROP',
    '-A INPUT -vn -j DROP', '-A INPUT --in lo -j DROP', '-A INPUT --in-int lo -j DROP', '-A INPUT --s 10.0.0.1 -j DROP',
    '-A INPUT --sou 10.0.0.1 -j DROP', '-A INPUT --d 10.0.0.1 -j DROP', '-A INPUT --f -j DROP', '-A INPUT --fr -j DROP',
    '-A INPUT -s 1.1.1.1 -s 2.2.2.2', '-A INPUT -s 1.1.1.1 --src 2.2.2.2', '-A INPUT -i lo -i eth0', '-A INPUT -f -f',
    '-A INPUT -c 1,2 -c 3,4', '-A INPUT -v -v', '-A INPUT ! -c 1 2', '-A INPUT ! -j DROP', '-A INPUT --modprobe=/x', '-A INPUT -M x',
    '-A INPUT "-j" DROP', '"-A" INPUT -j DROP', '-A "INPUT" "-p" tcp "!" --dport 22', '-P INPUT DROP [0:0]', '-F INPUT FORWARD',
    '-N a -j DROP', '-P INPUT DROP -j DROP', '-F INPUT -p tcp', '-N a -v', '-N -v', '-Na', '-FINPUT', '-PINPUT DROP', '-Xzz', '-ZINPUT',
    '-Z INPUT 1', '-A INPUT -j DROP\n-Z INPUT 1', '-Z INPUT x', '-L INPUT 1 -n', '-L -x', '--new a', '--pol INPUT DROP', '--delete-c',
    '--list', '-E zz b', '-E zz', '-A INPUT -p tcp -4 foo', '-A INPUT -4 -J ACCEPT', '-A INPUT ! -s 0/0', '-A INPUT -p tcp --tcp-flags SYN,RST SYN,',  '-A INPUT -j DROP\n-D INPUT -c 1 2 -j DROP', '-A INPUT -j DROP\n[1:2] -D INPUT -j DROP',
)]

LINES = [line(x) for x in (
    '-m length --length 90:50', '-p tcp --dport 90:50', '-p udp --dport 90:50', '-p sctp --sport 90:50',
    '-p dccp --sport 90:50', '-p tcp -m multiport --dports 50:50', '-p tcp -m multiport --dports :50',
    '-p tcp -m multiport --dports 50:', '-m iprange --src-range 10.0.0.9-10.0.0.1', '-p tcp -m tcpmss --mss 90:50',
    '-p esp -m esp --espspi 90:50', '-m connbytes --connbytes 90:50 --connbytes-dir both --connbytes-mode bytes',
    '-p icmp --icmp-type 3/9:2', '-m conntrack --ctproto tcp --ctorigsrcport 4:3', '-m conntrack --ctexpire 4:3',
    '-m recent --set --rttl', '-m recent --rcheck --rttl', '-m recent --set --seconds 3', '-m recent --rcheck --reap',
    '-m recent --rcheck --reap --seconds 3', '-m recent --remove --hitcount 3', '-m recent --set --name a/b',
    '-m statistic --mode nth --every 3', '-m statistic --mode nth --every 3 --packet 2',
    '-m statistic --mode nth --every 3 --packet 3', '-m statistic --mode nth ! --every 3', '-m statistic --mode random',
    '-m statistic --mode nth --probability 0.5', '-m statistic --mode rand --probability 0.5',
    '-m string --algo bm --string ' + 'x' * 128, '-m string --algo bm --string ' + 'x' * 129,
    '-m string --algo foo --string x', '-m string --algo bm --hex-string "a|41 42|b"',
    '-m string --algo bm --hex-string "|4|"', '-m string --algo bm --hex-string "|zz|"',
    '-m string --algo bm --hex-string "|41"', '-m string --algo bm --string x --from 9 --to 3',
    '-m hashlimit --hashlimit-upto 0/s --hashlimit-name a', '-m hashlimit --hashlimit-upto 5/foo --hashlimit-name a',
    '-m hashlimit --hashlimit-upto 512kb/s --hashlimit-name a',
    '-m hashlimit --hashlimit-upto 10000000/s --hashlimit-name a',
    '-m hashlimit --hashlimit-upto 5/s --hashlimit-mode srcip,foo --hashlimit-name a', '-m limit --limit 20000/s',
    '-m limit --limit 5/s --limit-burst 0', '-m policy --dir foo --pol ipsec', '-m policy --dir in --pol foo',
    '-m policy --dir in --pol none --strict', '-m policy --dir in --pol ipsec --strict',
    '-m policy --dir out --pol ipsec', '-m policy --dir in --pol ipsec --strict --reqid 1',
    '-m policy --dir in --pol ipsec --strict --reqid 1 --next --reqid 2',
    '-m policy --dir in --pol ipsec --reqid 1 --next --reqid 2',
    '-m policy --dir in --pol ipsec --strict --reqid 1 --next', '-m policy --dir in --pol ipsec --tunnel-src 1.1.1.1',
    '-m policy --dir in --pol ipsec --mode tunnel --tunnel-src 1.1.1.1', '-m policy --dir in --pol ipsec --proto tcp',
    '-m policy --dir in --pol ipsec --reqid 1 --reqid 2', '-m time --weekdays Mon,Foo', '-m time --weekdays Mon,Tu,7',
    '-m time --weekdays mon', '-m time --timestart 25:00', '-m time --timestart 12:30:59', '-m time --timestart 12',
    '-m time --monthdays 32', '-m time --utc --kerneltz', '-m time --weekdays 8', '-m time --weekdays 0',
    '-m time --weekdays 1,33', '-m time ! --weekdays 9', '-m time --weekdays 1,', '-m time --weekdays ,1',
    '-m time --weekdays 1,,2', '-m time --weekdays 08', '-m time --monthdays 0', '-m time --monthdays 0,4',
    '-m time --monthdays 1,,2', '-m time --monthdays ,1', '-m time --monthdays 0x10', '-p udplite --dport 5',
    '-p udplite -m udplite --dport 5', '-p udplite -m udp --dport 5', '-p udplite -m multiport --dports 5',
    '-m cluster --cluster-total-nodes 4 --cluster-local-node 5 --cluster-hash-seed 1',
    '-m cluster --cluster-total-nodes 4 --cluster-local-node 4 --cluster-hash-seed 1', '-m addrtype --src-type local',
    '-m addrtype --limit-iface-out --src-type LOCAL', '-m connlabel --label 127', '-m connlabel --label 128',
    '-p sctp --chunk-types all DATA,INIT', '-p sctp --chunk-types foo DATA', '-p sctp --chunk-types all FOO',
    '-p dccp --dccp-types REQUEST', '-p dccp --dccp-types REQUEST,FOO', '-j NFQUEUE --queue-num 1 --queue-balance 1:2',
    '-j NFQUEUE --queue-cpu-fanout', '-j NFQUEUE --queue-balance 1:2 --queue-cpu-fanout', '-j CLASSIFY --set-class 1:2',
    '-j TRACE', '-j IDLETIMER --timeout 0 --label x', '-j HMARK --hmark-tuple src --hmark-mod 2', '-j QUEUE',
    '! -p tcp --dport 80', '! -p tcp -m tcp --dport 80', '! -p udp --dport 80', '! -p tcp --syn', '! -p tcp -m tcp', '-m tcp --dport 80',
    '-p udp -m tcp --dport 80', '! -p sctp --dport 5', '! -p tcp -m multiport --dports 80', '! -p icmp -m icmp --icmp-type 8',
    '-m comment --comment "abc', '-m comment --comment "abc -j DROP', '-m comment --comment abc" -j DROP', '-j "DROP',
    '-m comment --comment "a b" -j DROP"', '-j LOG --log-prefix "x', '-j NFLOG --nflog-prefix "x', '-p tcp --dport "22', '-s "10.0.0.1',
    '-m comment --comment "a\\" -j DROP', "-m comment --comment 'x' -j DROP", "-m comment --comment 'a b' -j DROP", "-s '10.0.0.1'",
    '-m addrtype --dst-type LOC', '-m addrtype --dst-type LOCAL,', '-m limit --limit 5x/min', '-m limit --limit 0x5/min', '-m limit --limit 5/',
    '-m time --datestart 2039', '-m time --datestart 2020-13', '-m time --datestart 2020-02-31', '-m time --datestart 2020-02-28T8:5:60',
    '-m u32 --u32 x', '-m u32 --u32 0', '-m u32 --u32 0=', '-m u32 --u32 0=:1', '-m u32 --u32 "0 & 1 && 2=5"', '-m u32 --u32 0=0x1ffffffff',
    '-m u32 --u32 "0=1 && 2=5,6:7"', '-p udp --dport 0x50', '-p udp --dport 080', '-p tcp --dport 080', '-p tcp --dport 0x50:0x60',
    '-j AUDIT --type Drop', '-j HMARK --hmark-tuple src,bogus --hmark-mod 2 --hmark-rnd 1', '-p dccp --dport 0x11', '-p sctp --dport 0x11',
    '-m comment --comment ' + 'x' * 256, '-m comment --comment ' + 'x' * 300,
)] + [line(*x) for x in (
    ('-m owner --suppl-groups', 'OUTPUT'), ('-m owner --gid-owner 5 --suppl-groups', 'OUTPUT'),
    ('-m owner --suppl-groups --gid-owner 5', 'OUTPUT'), ('-m owner --uid-owner 9-5', 'OUTPUT'),
    ('-m owner --uid-owner 5-9', 'OUTPUT'), ('-m owner --gid-owner 4294967295', 'OUTPUT'),
    ('-m policy --dir in --pol ipsec', 'OUTPUT'), ('-j CT --helper ftp', 'PREROUTING', 'raw'),
    ('-j CT --ctevents new,foo', 'PREROUTING', 'raw'), ('-j CT --ctevents new,destroy', 'PREROUTING', 'raw'),
    ('-p tcp -j TCPOPTSTRIP --strip-options 2,mss', 'INPUT', 'mangle'), ('-p tcp -j TCPOPTSTRIP --strip-options 2,sack', 'INPUT', 'mangle'),
    ('-p tcp -j DNAT --to-destination 10.1', 'PREROUTING', 'nat'), ('-p tcp -j DNAT --to-destination 10.0.0.010', 'PREROUTING', 'nat'),
    ('-p tcp -j DNAT --to-destination 10.0.0.1:0', 'PREROUTING', 'nat'), ('-p tcp -j DNAT --to-destination :080', 'PREROUTING', 'nat'),
    ('-p udp -j TPROXY --on-port 080', 'PREROUTING', 'mangle'), ('-p udp -j TPROXY --on-port 0x50', 'PREROUTING', 'mangle'),
    ('-j CLASSIFY --set-class 1:2', 'POSTROUTING', 'mangle'), ('-j CLASSIFY --set-class x', 'POSTROUTING', 'mangle'),
    ('-j DSCP --set-dscp-class foo', 'POSTROUTING', 'mangle'), ('-p tcp -j TCPMSS --set-mss 42', 'FORWARD'),
    ('-p tcp --syn -j TCPMSS --set-mss 42', 'FORWARD'), ('-p tcp ! --syn -j TCPMSS --set-mss 42', 'FORWARD'),
    ('-p tcp --tcp-flags SYN,ACK ACK -j TCPMSS --set-mss 42', 'FORWARD'),
    ('-p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu', 'POSTROUTING', 'mangle'),
    ('-p tcp --syn -j TCPMSS --clamp-mss-to-pmtu', 'PREROUTING', 'mangle'),
)]

# Lists of a target, by -D.
LISTS = ['*mangle\n-A PREROUTING -p tcp -j TCPOPTSTRIP --strip-options %s\n-D PREROUTING -p tcp -j TCPOPTSTRIP --strip-options %s\nCOMMIT\n' % x
         for x in (('2', '3'), ('2,3', '3,2'), ('mss,wscale', '2,3'), ('2', '2,255'), ('255', '255'))] + [
    '*mangle\n-A PREROUTING -j HMARK --hmark-rnd 1 --hmark-mod 2 --hmark-tuple src --hmark-%s 1 --hmark-%s 1\nCOMMIT\n' % x
    for x in itertools.product(('spi', 'spi-mask'), ('sport', 'dport', 'sport-mask', 'dport-mask'))]
LINES += [line('-m string --algo bm --hex-string "|%s|"' % x) for x in ('0d 0A', 'ff', 'fg', '/0', ':0', '0', '0dF', '`a', 'A', '@@')]
LINES += [line(x) for x in ['-p dccp --dccp-option %d' % n for n in (0, 1, 2, 255)] + [
    '-m time --datestart %s' % d for d in ('2030', '20301', '2030-2', '2030-12-31', '2030-13-01', '2030-02-30', '2037-12-31', '2038-02-01',
                                           '1969-01-01', '1970-01-01', '2030-01-01T00:00:60', '2030-01-01T24:00')]]

# Options of a number: chain and table, its least and its greatest value, what stands before it. What is next to both is asked too.
U8, U16, U32, U64 = 2**8 - 1, 2**16 - 1, 2**32 - 1, 2**64 - 1
BOUNDS = [
    ((), 0, U32, ['-p ah -m ah --ahspi', '-p esp -m esp --espspi', '-m cpu --cpu',
        '-m connlimit --connlimit-upto', '-p 108 -m ipcomp --ipcompspi',
        '-m policy --dir in --pol ipsec --strict --reqid', '-m policy --dir in --pol ipsec --strict --spi',
        '-m conntrack --ctexpire',
        '-m hashlimit --hashlimit-name x --hashlimit-upto 5 --hashlimit-htable-max', '-m mark --mark',
        '-m connmark --mark', '-m realm --realm', '-m devgroup --src-group', '-j NFLOG --nflog-range',
        '-p tcp -j SYNPROXY --wscale', '-p tcp -j SYNPROXY --mss']),
    ((), 1, 32, ['-m cluster --cluster-local-node 1 --cluster-hash-seed 1 --cluster-total-nodes']),
    ((), 1, 4, ['-m cluster --cluster-total-nodes 4 --cluster-hash-seed 1 --cluster-local-node']),
    ((), 1, 15, ['-m cluster --cluster-total-nodes 4 --cluster-hash-seed 1 --cluster-local-nodemask']),
    ((), 0, U64, ['-m connbytes --connbytes-dir both --connbytes-mode bytes --connbytes', '-m quota --quota']),
    ((), 0, 32, ['-m connlimit --connlimit-above 5 --connlimit-mask']),
    ((), 0, 3, ['-p tcp -m ecn --ecn-ip-ect']),
    ((), 0, 2, ['-p tcp -m osf --genre Linux --ttl', '-p tcp -m osf --genre Linux --log']),
    ((), 0, U16, ['-p tcp -m tcpmss --mss', '-m recent --name x --rcheck --hitcount',
        '-m string --algo bm --string a --from', '-m string --algo bm --string a --to',
        '-m length --length', '-p tcp --dport', '-p udp --sport', '-p sctp --dport', '-p dccp --sport',
        '-p tcp -m multiport --dports', '-j NFLOG --nflog-group', '-j NFLOG --nflog-threshold',
        '-j NFQUEUE --queue-num']),
    ((), 1, U32, ['-m recent --name x --rcheck --seconds', '-m statistic --mode nth --packet 0 --every']),
    ((), 0, 4, ['-m statistic --mode nth --every 5 --packet']),
    ((), 1, U8, ['-p tcp --tcp-option']),
    ((), 0, 10000, ['-m limit --limit 1/s --limit-burst']),
    ((), 1, 10000, ['-m limit --limit',
        '-m hashlimit --hashlimit-name x --hashlimit-upto 5 --hashlimit-burst']),
    ((), 1, 1000000, ['-m hashlimit --hashlimit-name x --hashlimit-upto']),
    ((), 0, U8, ['-m ttl --ttl-lt', '-m ttl --ttl-gt', '-m ttl --ttl-eq', '-m tos --tos',
        '-p icmp --icmp-type', '-p']),
    ((), 0, 63, ['-m dscp --dscp']),
    ((), 0, 127, ['-m connlabel --label']),
    ((), 1, 31, ['-m time --monthdays']),
    ((), 1, 7, ['-m time --weekdays']),
    (('OUTPUT',), 0, 4294967294, ['-m owner --uid-owner', '-m owner --gid-owner']),
    (('OUTPUT',), 0, U32, ['-m cgroup --cgroup']),
    (('INPUT', 'mangle'), 0, U8, ['-j TTL --ttl-set', '-j TOS --set-tos', '-j TOS --and-tos',
        '-j TOS --or-tos', '-j TOS --xor-tos']),
    (('INPUT', 'mangle'), 1, U8, ['-j TTL --ttl-dec', '-j TTL --ttl-inc']),
    (('INPUT', 'mangle'), 0, 63, ['-j DSCP --set-dscp']),
    (('INPUT', 'mangle'), 0, U32, ['-j MARK --set-mark', '-j MARK --and-mark', '-j CONNMARK --set-mark',
        '-j HMARK --hmark-tuple src --hmark-mod 2 --hmark-rnd',
        '-j HMARK --hmark-tuple src --hmark-rnd 1 --hmark-mod 2 --hmark-offset']),
    (('INPUT', 'mangle'), 0, 1, ['-p tcp -j ECN --ecn-tcp-cwr']),
    (('INPUT', 'mangle'), 0, 3, ['-p tcp -j ECN --ecn-ip-ect']),
    (('FORWARD',), 0, 65515, ['-p tcp --syn -j TCPMSS --set-mss']),
    (('FORWARD', 'mangle'), 2, U8, ['-p tcp -j TCPOPTSTRIP --strip-options']),
    (('INPUT', 'mangle'), 1, U32, ['-j HMARK --hmark-tuple src --hmark-rnd 1 --hmark-mod']),
    (('INPUT', 'mangle'), 0, U16, ['-j HMARK --hmark-tuple src --hmark-rnd 1 --hmark-mod 2 --hmark-sport']),
    ((), 1, 2147482, ['-j IDLETIMER --label x --timeout']),
    ((), 0, 7, ['-j LOG --log-level']),
    (('PREROUTING', 'raw'), 0, U16, ['-j CT --zone']),
    (('PREROUTING', 'mangle'), 0, U16, ['-p tcp -j TPROXY --on-port']),
    (('PREROUTING', 'nat'), 0, U16, ['-p tcp -j REDIRECT --to-ports']),
    (('POSTROUTING', 'nat'), 0, U16, ['-p tcp -j MASQUERADE --to-ports']),
    (('PREROUTING', 'mangle'), 0, U32, ['-j CONNMARK --restore-mark --nfmask']),
]
LINES += [line('%s %d' % (option, n), *where) for where, least, most, options in BOUNDS for option in options
          for n in (least - 1, least, most, most + 1) if n >= 0]

# What stands before a word, what it is there, and what stands before it: the rule of the one is found by -D with the
# other, and not with the next.
WORDS = [
    ('-j LOG --log-level', 'emerg=0 panic=0 alert=1 crit=2 err=3 error=3 warn=4 warning=4 notice=5 info=6 debug=7', None),
    ('-m dscp --dscp-class', 'cs0=0 cs1=8 CS2=16 cs7=56 be=0 BE=0 ef=46 EF=46 af11=10 AF12=12 af13=14 af21=18 AF43=38', '-m dscp --dscp'),
    ('-m tos --tos', 'Minimize-Delay=0x10/0x3f Maximize-Throughput=8/0x3f Maximize-Reliability=4/0x3f Minimize-Cost=2/0x3f Normal-Service=0/0x3f', None),
    ('-p icmp --icmp-type', 'echo-reply=0 pong=0 destination-unreachable=3 network-unreachable=3/0 host-unreachable=3/1 protocol-unreachable=3/2 '
     'port-unreachable=3/3 fragmentation-needed=3/4 source-route-failed=3/5 network-unknown=3/6 host-unknown=3/7 network-prohibited=3/9 '
     'host-prohibited=3/10 TOS-network-unreachable=3/11 TOS-host-unreachable=3/12 communication-prohibited=3/13 '
     'host-precedence-violation=3/14 precedence-cutoff=3/15 source-quench=4 redirect=5 network-redirect=5/0 host-redirect=5/1 '
     'TOS-network-redirect=5/2 TOS-host-redirect=5/3 echo-request=8 ping=8 router-advertisement=9 router-solicitation=10 time-exceeded=11 '
     'ttl-exceeded=11 ttl-zero-during-transit=11/0 ttl-zero-during-reassembly=11/1 parameter-problem=12 ip-header-bad=12/0 '
     'required-option-missing=12/1 timestamp-request=13 timestamp-reply=14 address-mask-request=17 address-mask-reply=18 any=any', None),
    ('-m pkttype --pkt-type', 'host=unicast bcast=broadcast mcast=multicast', None),
    ('-m time --weekdays', 'Mon=1 Tue=2 We=3 Thu=4 Fr=5 Sat=6 Sun=7', None),
    ('-j REJECT --reject-with', 'net-unreach=icmp-net-unreachable host-unreach=icmp-host-unreachable proto-unreach=icmp-proto-unreachable '
     'port-unreach=icmp-port-unreachable net-prohib=icmp-net-prohibited host-prohib=icmp-host-prohibited admin-prohib=icmp-admin-prohibited', None),
    ('-p', 'tcp=6 udp=17 icmp=1 esp=50 ah=51 sctp=132 udplite=136 gre=47 igmp=2 all=0', None),
    ('-p tcp --tcp-flags SYN', 'FIN=0x01 SYN=SYN NONE=NONE', None),
    ('-m conntrack --ctproto', 'tcp=6 udp=17 icmp=1', None),
    ('-m limit --limit', '60/min=1/s 24/day=1/hour 1440/d=1/minute 7=7/second', None),
    ('-m statistic --mode random --probability', '0.5=.5 0.25=0.250', None),
]


def next_of(word):
    """5 is 6, 3/5 is 3/6, 0x10/0x3f is 0x11/0x3f; of a word, None."""
    head, slash, last = word.rpartition('/') if '0x3f' not in word else ('', '', word.split('/')[0])
    return head + slash + str(int(last, 0) + 1) + ('/0x3f' if '0x3f' in word else '') if last.isdigit() or last.startswith('0x') else None


def of_words():
    for before, words, instead in WORDS:
        for word, other in (w.split('=') for w in words.split()):
            for value in (other, next_of(other)):
                if value:
                    yield HEAD + '-A INPUT %s %s\n-D INPUT %s %s\nCOMMIT\n' % (before, word, instead or before, value)


LISTS += of_words()
LISTS += ['*mangle\n-A PREROUTING -p tcp -j TCPOPTSTRIP --strip-options %s\n-D PREROUTING -p tcp -j TCPOPTSTRIP --strip-options %s\nCOMMIT\n' % x
          for x in (('mss', '2'), ('wscale', '3'), ('sack-permitted', '4'), ('sack', '5'), ('timestamp', '8'), ('md5', '19'), ('md5', '18'))]

# getaddrinfo() takes port 65536 for 0.
DIFFERENT.update((line(*x), 'a port that the loader takes for another one') for x in (
    ('-p udp --sport 65536',), ('-p dccp --sport 65536',), ('-p tcp -j TPROXY --on-port 65536', 'PREROUTING', 'mangle')))

FORMS += LISTS + REDECLARED + DELETED + CONNMARK + NUMBERED + COMMANDS + LINES
