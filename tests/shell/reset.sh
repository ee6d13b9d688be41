#!/bin/bash
# Back to nothing.
iptables -A INPUT -j DROP
iptables -N junk
iptables -A junk -j RETURN
iptables -A OUTPUT -j junk
iptables -P INPUT ACCEPT
iptables -P FORWARD ACCEPT
iptables -P OUTPUT ACCEPT
iptables -t nat -F
iptables -t mangle -F
iptables -F
iptables -X
iptables -t nat -A POSTROUTING -o ppp0 -j MASQUERADE
exit 0
iptables -A INPUT -j REJECT
this is never reached
