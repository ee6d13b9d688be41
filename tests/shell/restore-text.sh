#!/bin/sh
ADMIN=203.0.113.7
iptables-restore <<-EOT
	*filter
	:INPUT DROP [0:0]
	:FORWARD DROP [0:0]
	:OUTPUT ACCEPT [0:0]
	:admin - [0:0]
	-A INPUT -i lo -j ACCEPT
	-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
	-A INPUT -s ${ADMIN} -j admin
	-A INPUT -p tcp -j REJECT --reject-with tcp-reset
	-A admin -p tcp -m tcp --dport 22 -j ACCEPT
	COMMIT
EOT
ip6tables-restore << 'EOT'
*filter
:INPUT DROP [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT
-A INPUT -p ipv6-icmp -j ACCEPT
-A INPUT -p tcp -j REJECT --reject-with tcp-reset
COMMIT
EOT
