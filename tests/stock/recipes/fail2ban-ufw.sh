# A server with ufw (ssh and https open) and fail2ban beside it, one address banned.
program=fail2ban
host
ufw allow 22/tcp
ufw allow 443/tcp
ufw --force enable
cat >/etc/fail2ban/jail.local <<'R'
[sshd]
enabled = true
backend = polling
logpath = /var/log/auth.log
banaction = iptables-multiport
R
touch /var/log/auth.log
mkdir -p /run/fail2ban
fail2ban-server -b
wait_for fail2ban-client status sshd
fail2ban-client set sshd banip 192.0.2.66
sleep 2
save4 fail2ban-ufw
