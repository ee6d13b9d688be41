# The inside of a sandbox of firejail with a network of its own: its default filter, as --netfilter
# loads it.
program=firejail
host
iptables-restore </etc/firejail/nolocal.net
save4 firejail-default
