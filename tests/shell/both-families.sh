#!/bin/sh
# One script for both families.
iptables -w -P INPUT DROP
ip6tables -w -P INPUT DROP
iptables -w 5 -A INPUT -i lo -j ACCEPT
ip6tables -w 5 -A INPUT -i lo -j ACCEPT
iptables --wait -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
ip6tables --wait -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
ip6tables -A INPUT -p ipv6-icmp -j ACCEPT
iptables -A INPUT -p icmp -j ACCEPT
iptables -A INPUT -p tcp --dport 22 -j ACCEPT
ip6tables -A INPUT -p tcp --dport 22 -j ACCEPT
iptables -A INPUT -p tcp -j REJECT --reject-with tcp-reset
ip6tables -A INPUT -p tcp -j REJECT --reject-with tcp-reset
