#!/bin/sh
# All goes through the tunnel.
iptables --policy INPUT DROP
iptables --policy FORWARD DROP
iptables --policy OUTPUT DROP
iptables --append INPUT --in-interface lo --jump ACCEPT
iptables --append OUTPUT --out-interface lo --jump ACCEPT
iptables --append INPUT --match conntrack --ctstate ESTABLISHED --jump ACCEPT
iptables --append OUTPUT --protocol udp --destination 198.51.100.9 --dport 51820 --jump ACCEPT
iptables --append OUTPUT --out-interface wg0 --jump ACCEPT
iptables --append INPUT --protocol tcp --jump REJECT --reject-with tcp-reset
iptables --append OUTPUT --jump REJECT
