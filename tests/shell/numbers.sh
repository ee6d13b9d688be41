#!/bin/sh
iptables -A INPUT -p tcp --dport 22 -j ACCEPT
iptables -I INPUT -i lo -j ACCEPT
iptables -I INPUT 2 -m conntrack --ctstate ESTABLISHED -j ACCEPT
iptables -A INPUT -p tcp --dport 23 -j ACCEPT
iptables -A INPUT -p tcp --dport 80 -j REJECT --reject-with tcp-reset
iptables -D INPUT -p tcp --dport 23 -j ACCEPT
iptables -R INPUT 3 -p tcp --dport 2222 -j ACCEPT
iptables -N web
iptables -A web -p tcp --dport 443 -j REJECT --reject-with tcp-reset
iptables -A INPUT -j web
iptables -E web www
iptables -D INPUT 4
iptables -Z
