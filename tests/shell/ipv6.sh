#!/bin/sh
IP6T=$(which ip6tables)
$IP6T -P INPUT DROP
$IP6T -A INPUT -i lo -j ACCEPT
$IP6T -A INPUT -m rt --rt-type 0 -j DROP
$IP6T -A INPUT -p icmpv6 --icmpv6-type destination-unreachable -j ACCEPT
$IP6T -A INPUT -p icmpv6 --icmpv6-type packet-too-big -j ACCEPT
$IP6T -A INPUT -p tcp -s 2001:db8::/32 --dport 22 -j ACCEPT
$IP6T -A INPUT -m state --state ESTABLISHED -j ACCEPT
$IP6T -A INPUT -p tcp -j REJECT --reject-with tcp-reset
