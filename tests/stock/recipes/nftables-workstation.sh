# A workstation with the file that Debian's nftables installs for it.
program=nftables
host
nft -f /usr/share/doc/nftables/examples/workstation.nft
save_nft nftables-workstation
