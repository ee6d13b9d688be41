# A laptop that shares its connection with NetworkManager (ipv4.method shared on eth1).
program=network-manager
host
bus
mount -o remount,bind,ro /sys
NetworkManager
wait_for nmcli general
nmcli device set eth1 managed yes
nmcli connection add type ethernet ifname eth1 con-name shared \
	ipv4.method shared ipv4.addresses 10.42.0.1/24 ipv6.method disabled
nmcli connection up shared || nmcli device
save_nft networkmanager-shared
