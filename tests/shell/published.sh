#!/bin/bash
# as found on wikis: what surrounds the rules does nothing to them
exec 3>&1 2>/dev/null
apt-get install -y iptables-persistent
trap 'echo interrupted; iptables -F' INT TERM
trap 'rm -f "$TEMPORARY"' EXIT
while IFS= read -r line; do echo "$line"; done </dev/null
sudo sh -c "echo 1 > /proc/sys/net/ipv4/ip_forward"
EXT=eth0
iptables -tnat -A POSTROUTING -o $EXT -j MASQUERADE
iptables --table=nat -A POSTROUTING -o eth1 -j MASQUERADE
iptables -A INPUT -i $EXT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
iptables -A INPUT -i $EXT -p tcp -j REJECT --reject-with tcp-reset
nft -cf /etc/nftables.conf
/etc/init.d/iptables save
unset EXT
exit 0
