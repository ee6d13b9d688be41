# A gateway with systemd-networkd: IPMasquerade=ipv4 on eth1.
program=systemd
host
mkdir -p /etc/systemd/network /run/systemd/netif
cat >/etc/systemd/network/eth1.network <<'R'
[Match]
Name=eth1
[Network]
Address=198.51.100.1/24
IPMasquerade=ipv4
R
bus
mkdir -p /run/systemd/netif/links /run/systemd/netif/leases /run/systemd/netif/lldp
chown -R systemd-network /run/systemd/netif
mount -o remount,bind,ro /sys
/lib/systemd/systemd-networkd >/tmp/networkd.log 2>&1 &
wait_for sh -c 'nft list ruleset | grep -q .' || { cat /tmp/networkd.log >&2; exit 1; }
save_nft networkd-masquerade
