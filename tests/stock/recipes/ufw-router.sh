# A router whose ufw masquerades a network, as ufw-framework(8) shows it: rules of the table nat in
# before.rules, `ufw route allow`, and a port forwarded to a server inside.
program=ufw
host
cat >/tmp/nat <<'R'
*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -i eth0 -p tcp --dport 8443 -j DNAT --to-destination 198.51.100.20:443
-A POSTROUTING -s 198.51.100.0/24 -o eth0 -j MASQUERADE
COMMIT
R
cat /tmp/nat /etc/ufw/before.rules >/tmp/before.rules
cp /tmp/before.rules /etc/ufw/before.rules
ufw allow 22/tcp
ufw route allow in on eth1 out on eth0
ufw route allow in on eth0 out on eth1 to 198.51.100.20 port 443 proto tcp
ufw --force enable
save4 ufw-router
