# A host with firewalld, rich rules and sources: one network trusted, one address rejected, ssh
# logged; zone block on eth1; backend nftables.
program=firewalld
host
bus
firewalld --nofork --nopid >/tmp/firewalld.log 2>&1 &
wait_for firewall-cmd --state
firewall-cmd --add-interface=eth0
firewall-cmd --zone=block --add-interface=eth1
firewall-cmd --zone=trusted --add-source=198.51.100.0/24
firewall-cmd --add-rich-rule='rule family=ipv4 source address=192.0.2.66 reject type=tcp-reset'  ||
	firewall-cmd --add-rich-rule='rule family=ipv4 source address=192.0.2.66 reject'
firewall-cmd \
	--add-rich-rule='rule service name=ssh log prefix="ssh " level=info limit value=3/m accept'
save_nft firewalld-rich
