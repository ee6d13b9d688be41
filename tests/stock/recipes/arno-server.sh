# A server with arno-iptables-firewall: eth0 outside, ssh and https open.
program=arno-iptables-firewall
host
unpack arno-iptables-firewall
cat >/etc/arno-iptables-firewall/conf.d/00debconf.conf <<'R'
EXT_IF="eth0"
EXT_IF_DHCP_IP=0
OPEN_TCP="22 443"
OPEN_UDP=""
INT_IF=""
NAT=0
INTERNAL_NET=""
NAT_INTERNAL_NET=""
OPEN_ICMP=1
R
/usr/sbin/arno-iptables-firewall start
save4 arno-server
