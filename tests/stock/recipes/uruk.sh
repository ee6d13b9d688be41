# A server with uruk: an rc of its own after the example of its package, ssh and http open.
program=uruk
host
unpack uruk
cat >/etc/uruk/rc <<'R'
version=20140319
loglevel=30
interfaces="eth0"
interfaces_unprotect="lo eth1"
ips_eth0=default
ip_eth0_default=203.0.113.10
net_eth0_default=0.0.0.0/0
ip6_eth0_default=2001:db8::10
services_eth0_default_tcp="local public"
sources_eth0_default_tcp_local="192.0.2.0/24"
ports_eth0_default_tcp_local="ssh"
sources_eth0_default_tcp_public="0.0.0.0/0 ::/0"
ports_eth0_default_tcp_public="http"
R
uruk
save4 uruk
