# A server on which ufw was enabled, with ssh allowed: `ufw allow OpenSSH; ufw enable`.
program=ufw
host
ufw allow 22/tcp
ufw --force enable
save4 ufw-enabled
save6 ufw-enabled
