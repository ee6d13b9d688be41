#!/bin/sh
iptables -N KNOCK
iptables -A INPUT -m state --state ESTABLISHED,RELATED -j ACCEPT
iptables -A INPUT -p tcp --dport 22 -m recent --rcheck --seconds 30 --name ssh -j ACCEPT
iptables -A INPUT -p tcp --dport 7000 -j KNOCK
iptables -A KNOCK -m recent --name ssh --set -j DROP
iptables -A INPUT -p tcp --dport 22 -j REJECT --reject-with tcp-reset
