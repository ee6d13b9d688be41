#!/bin/sh
/usr/sbin/nft flush ruleset
nft add table inet filter
nft add chain inet filter input '{ type filter hook input priority 0; policy drop; }'
nft add chain inet filter forward { type filter hook forward priority 0 \; policy drop \; }
nft add rule inet filter input iif lo accept
nft add rule inet filter input ct state established,related accept
nft add rule inet filter input tcp dport { 22, 80, 443 } accept
nft 'add rule inet filter input meta l4proto { icmp, icmpv6 } accept'
nft "add rule inet filter input tcp dport 8080 accept; add rule inet filter input udp dport 53 accept"
nft add rule inet filter input meta l4proto tcp reject with tcp reset
nft insert rule inet filter input tcp dport 113 reject with tcp reset
nft list ruleset
