# A router with FireHOL: the inside is masqueraded, a web server is forwarded.
program=firehol
host
legacy
cat >/etc/firehol/firehol.conf <<'R'
version 6
ipv4 masquerade eth0
ipv4 dnat to 198.51.100.20 inface eth0 proto tcp dport 443
interface eth1 lan
	policy accept
interface eth0 internet
	protection strong
	server ssh accept
	client all accept
router lan2internet inface eth1 outface eth0
	route all accept
router internet2lan inface eth0 outface eth1
	ipv4 route https accept dst 198.51.100.20
R
echo START_FIREHOL=YES >/etc/default/firehol
firehol start
save4 firehol-router
