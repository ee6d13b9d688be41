#!/bin/bash
VPN_NET=10.8.0.0/24
VPN_IF=tun0
sysctl -w net.ipv4.ip_forward=1
iptables -t nat -A POSTROUTING -s ${VPN_NET} -o eth0 -j MASQUERADE
iptables -A INPUT -p udp --dport 1194 -j ACCEPT
iptables -A FORWARD -i ${VPN_IF} -j ACCEPT
iptables -A FORWARD -i eth0 -o "${VPN_IF}" -m state --state RELATED,ESTABLISHED -j ACCEPT
iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
iptables -A FORWARD -p tcp -j REJECT --reject-with tcp-reset
netfilter-persistent save
