# An IPv6 router with Shorewall6: the package's example two-interfaces.
program=shorewall6
host
cp /usr/share/doc/shorewall6/examples/two-interfaces/[a-z]* /etc/shorewall6/
gunzip -f /etc/shorewall6/*.gz 2>/dev/null || :
sed -i s/^STARTUP_ENABLED=.*/STARTUP_ENABLED=Yes/ /etc/shorewall6/shorewall6.conf
shorewall6 start
save6 shorewall6-two
