# Debian's /etc/nftables.conf as the package installs it.
program=nftables
host
nft -f /etc/nftables.conf
save_nft nftables-default
