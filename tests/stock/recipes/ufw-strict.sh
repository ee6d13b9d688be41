# A host whose ufw also denies what goes out, but DNS, NTP, http and https; logging high.
program=ufw
host
ufw default deny outgoing
ufw allow out 53
ufw allow out 123/udp
ufw allow out 80/tcp
ufw allow out 443/tcp
ufw allow in on eth1 to any port 22 proto tcp
ufw logging high
ufw --force enable
save4 ufw-strict
