#!/bin/sh
set -e
PORTS="22, 80"
nft -f - <<EOF
flush ruleset
table inet fw {
	chain input {
		type filter hook input priority filter; policy drop;
		iifname "lo" accept
		ct state established,related accept
		tcp dport { $PORTS } accept
		meta l4proto ipv6-icmp accept
		reject with tcp reset
	}
}
EOF
nft -f - <<'RULES'
add chain inet fw forward { type filter hook forward priority 0; policy accept; }
add rule inet fw forward ct state established accept
add rule inet fw forward meta l4proto tcp reject with tcp reset
RULES
