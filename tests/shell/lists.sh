#!/bin/sh
TCP_PORTS="22,80,443"
FRIENDS="192.0.2.1,192.0.2.2"
OPTS="-m conntrack --ctstate NEW"
iptables -P INPUT DROP
iptables -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT
iptables -A INPUT -p tcp -m multiport --dports $TCP_PORTS $OPTS -j ACCEPT
iptables -A INPUT -s $FRIENDS -p tcp --dport 3306 -j ACCEPT
iptables -A INPUT -p tcp ! -s 192.0.2.0/24 -j REJECT --reject-with tcp-reset
iptables -A FORWARD -p tcp --dport ${FPORT:-8080} -j ACCEPT
