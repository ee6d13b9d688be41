# A server whose only rules are fail2ban's: jails sshd (iptables-multiport) and recidive
# (iptables-allports), two addresses banned.
program=fail2ban
host
cat >/etc/fail2ban/jail.local <<'R'
[DEFAULT]
banaction = iptables-multiport
banaction_allports = iptables-allports
[sshd]
enabled = true
backend = polling
logpath = /var/log/auth.log
[recidive]
enabled = true
backend = polling
R
touch /var/log/auth.log /var/log/fail2ban.log
mkdir -p /run/fail2ban
fail2ban-server -b
wait_for fail2ban-client status sshd
fail2ban-client set sshd banip 192.0.2.66
fail2ban-client set recidive banip 192.0.2.67
sleep 2
save4 fail2ban
