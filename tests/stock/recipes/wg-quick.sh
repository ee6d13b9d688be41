# A WireGuard server: `wg-quick up` with the PostUp lines that its tutorials show (accept by
# interface, MASQUERADE), and no other rule.
program=wireguard-tools
host
cat >/etc/wireguard/wg0.conf <<R
[Interface]
Address = 10.8.0.1/24
ListenPort = 51820
PrivateKey = $(wg genkey)
PostUp = iptables -A FORWARD -i %i -j ACCEPT; iptables -A FORWARD -o %i -j ACCEPT
PostUp = iptables -t nat -A POSTROUTING -o eth0 -j MASQUERADE
[Peer]
PublicKey = $(wg genkey | wg pubkey)
AllowedIPs = 10.8.0.2/32
R
export WG_QUICK_USERSPACE_IMPLEMENTATION=wireguard-go
wg-quick up wg0
save4 wg-quick
