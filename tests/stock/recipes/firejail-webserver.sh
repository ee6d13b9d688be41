# The inside of a sandbox of firejail with a network of its own: the package's webserver.net.
program=firejail
host
iptables-restore </etc/firejail/webserver.net
save4 firejail-webserver
