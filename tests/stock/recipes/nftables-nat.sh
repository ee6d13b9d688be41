# The example nat.nft of Debian's nftables, a home router's address translation.
program=nftables
host
cat /usr/share/doc/nftables/examples/nat.nft
nft -f /usr/share/doc/nftables/examples/nat.nft
save_nft nftables-nat
