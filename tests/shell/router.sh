#!/bin/bash
# A router for the home.

### settings ###
IPT=/sbin/iptables
WAN="eth0"
LAN='eth1'
LAN_NET="192.168.1.0/24"
SERVER="192.168.1.10"

echo "1" > /proc/sys/net/ipv4/ip_forward
modprobe ip_conntrack_ftp

$IPT -F; $IPT -X
$IPT -t nat -F
$IPT -t nat -X
$IPT -t mangle -F

$IPT -P INPUT DROP
$IPT -P FORWARD DROP
$IPT -P OUTPUT ACCEPT

# loopback and the LAN
$IPT -A INPUT -i lo -j ACCEPT
$IPT -A INPUT -i $LAN -s $LAN_NET -j ACCEPT

# replies
$IPT -A INPUT -i $WAN -m state --state RELATED,ESTABLISHED -j ACCEPT
$IPT -A FORWARD -i $WAN -o ${LAN} -m state --state RELATED,ESTABLISHED -j ACCEPT

# the way out
$IPT -A FORWARD -i ${LAN} -o $WAN -j ACCEPT
$IPT -t nat -A POSTROUTING -o $WAN -j MASQUERADE

# a web server
$IPT -t nat -A PREROUTING -i $WAN -p tcp --dport 80 -j DNAT --to-destination $SERVER:80
$IPT -A FORWARD -i $WAN -o $LAN -p tcp -d "$SERVER" --dport 80 -m state --state NEW -j ACCEPT
exit 0
