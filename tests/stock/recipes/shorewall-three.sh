# A router with a DMZ and Shorewall: the package's example three-interfaces.
program=shorewall
host
ip link add eth2 type veth peer name peer2
ip addr add 192.0.2.1/24 dev eth2
ip link set eth2 up
cp /usr/share/doc/shorewall/examples/three-interfaces/[a-z]* /etc/shorewall/
gunzip -f /etc/shorewall/*.gz 2>/dev/null || :
sed -i s/^STARTUP_ENABLED=.*/STARTUP_ENABLED=Yes/ /etc/shorewall/shorewall.conf
shorewall start
save4 shorewall-three
