# A router with arno-iptables-firewall: eth0 outside, eth1 inside, NAT.
program=arno-iptables-firewall
host
unpack arno-iptables-firewall
cat >/etc/arno-iptables-firewall/conf.d/00debconf.conf <<'R'
EXT_IF="eth0"
EXT_IF_DHCP_IP=0
OPEN_TCP="22"
OPEN_UDP=""
INT_IF="eth1"
NAT=1
INTERNAL_NET="198.51.100.0/24"
NAT_INTERNAL_NET="198.51.100.0/24"
OPEN_ICMP=1
R
/usr/sbin/arno-iptables-firewall start
save4 arno-router
