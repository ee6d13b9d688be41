# A web server behind ufw: ssh limited, http and https open, one address blocked, reject as the
# default.
program=ufw
host
ufw default reject incoming
ufw deny from 192.0.2.66
ufw limit 22/tcp
ufw allow 80/tcp
ufw allow 443
ufw --force enable
save4 ufw-web
