#!/bin/sh
set -u
T="iptables -w -t mangle"
$T -F
$T -N MARKING
$T -A PREROUTING -j MARKING
$T -A MARKING -j CONNMARK --restore-mark
$T -A MARKING -m mark ! --mark 0 -j RETURN
$T -A MARKING -i eth1 -j MARK --set-mark 1
$T -A MARKING -j CONNMARK --save-mark
iptables -w -P FORWARD DROP
iptables -w -A FORWARD -m mark --mark 1 -j ACCEPT
iptables -w -A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
iptables -w -t nat -A POSTROUTING -o eth0 -m mark --mark 1 -j SNAT --to-source 203.0.113.1
iptables -w -A FORWARD -p tcp -j REJECT --reject-with tcp-reset
