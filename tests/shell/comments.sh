#!/bin/sh
# Quotes, comments and long lines.
iptables -P FORWARD DROP   # nothing passes
iptables -A INPUT -p tcp --dport 22 \
	-m comment --comment "ssh, for everybody" \
	-m conntrack --ctstate NEW \
	-j ACCEPT
iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED \
	-j ACCEPT # what belongs to it
iptables -N 'log-and-drop'
iptables -A log-and-drop -m limit --limit 5/min -j LOG --log-prefix 'fw: dropped '
iptables -A log-and-drop -p tcp -j REJECT --reject-with tcp-reset
iptables -A log-and-drop -j DROP
iptables -A INPUT \
	-j log-and-drop
