# A server with firewalld and FirewallBackend=iptables: zone public on eth0, https open; eth1 in
# zone drop.
program=firewalld
host
bus
sed -i 's/^FirewallBackend=.*/FirewallBackend=iptables/' /etc/firewalld/firewalld.conf
firewalld --nofork --nopid >/tmp/firewalld.log 2>&1 &
wait_for firewall-cmd --state
firewall-cmd --add-interface=eth0
firewall-cmd --zone=drop --add-interface=eth1
firewall-cmd --add-service=https
save4 firewalld-iptables
