# The example nat.nft of Debian's nftables, a home router's address translation.
program=nftables
host
sed -i 's/1\.1\.1\.1/192.0.2.1/; s/2\.2\.2\.2/192.0.2.2/; s/3\.3\.3\.3/192.0.2.3/' /usr/share/doc/nftables/examples/nat.nft
nft -f /usr/share/doc/nftables/examples/nat.nft
save_nft nftables-nat
