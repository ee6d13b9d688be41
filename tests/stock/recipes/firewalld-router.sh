# A router with firewalld: eth0 in zone external (masquerade, a forwarded port), eth1 in zone
# internal, a policy that lets the inside out; backend nftables.
program=firewalld
host
bus
firewalld --nofork --nopid >/tmp/firewalld.log 2>&1 &
wait_for firewall-cmd --state
firewall-cmd --permanent --zone=external --add-interface=eth0
firewall-cmd --permanent --zone=internal --add-interface=eth1
firewall-cmd --permanent --zone=external \
	--add-forward-port=port=8443:proto=tcp:toport=443:toaddr=198.51.100.20
firewall-cmd --permanent --new-policy=out
firewall-cmd --permanent --policy=out --add-ingress-zone=internal
firewall-cmd --permanent --policy=out --add-egress-zone=external
firewall-cmd --permanent --policy=out --set-target=ACCEPT
firewall-cmd --reload
save_nft firewalld-router
