#!/bin/sh
# Old rules by iptables, a new one by nft.
iptables -A INPUT -i lo -j ACCEPT
iptables -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT
nft add table ip extra
nft add chain ip extra input '{ type filter hook input priority 10; }'
nft add rule ip extra input tcp dport 113 counter reject with tcp reset
