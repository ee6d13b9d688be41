# A laptop whose wg-quick sends everything through the tunnel (AllowedIPs = 0.0.0.0/0): wg-quick's
# own rules.
program=wireguard-tools
host
cat >/etc/wireguard/wg0.conf <<R
[Interface]
Address = 10.8.0.2/24
PrivateKey = $(wg genkey)
[Peer]
PublicKey = $(wg genkey | wg pubkey)
Endpoint = 192.0.2.1:51820
AllowedIPs = 0.0.0.0/0
R
export WG_QUICK_USERSPACE_IMPLEMENTATION=wireguard-go
wg-quick up wg0
save_nft wg-quick-client
