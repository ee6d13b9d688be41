# A server with firewalld as it is installed: zone public, ssh and dhcpv6-client, backend nftables.
program=firewalld
host
bus
firewalld --nofork --nopid >/tmp/firewalld.log 2>&1 &
wait_for firewall-cmd --state
firewall-cmd --add-interface=eth0
firewall-cmd --add-service=https
save_nft firewalld-public
