# A server with Shorewall: the package's example one-interface.
program=shorewall
host
cp /usr/share/doc/shorewall/examples/one-interface/[a-z]* /etc/shorewall/
gunzip -f /etc/shorewall/*.gz 2>/dev/null || :
sed -i s/^STARTUP_ENABLED=.*/STARTUP_ENABLED=Yes/ /etc/shorewall/shorewall.conf
shorewall start
save4 shorewall-one
