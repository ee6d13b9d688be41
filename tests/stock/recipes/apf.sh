# A web server with APF: ssh, http and https open.
program=apf-firewall
host
legacy
sed -i 's/^DEVEL_MODE=.*/DEVEL_MODE="0"/; s/^IFACE_IN=.*/IFACE_IN="eth0"/; 
	s/^IFACE_OUT=.*/IFACE_OUT="eth0"/
	s/^IG_TCP_CPORTS=.*/IG_TCP_CPORTS="22,80,443"/; s/^SET_MONOKERN=.*/SET_MONOKERN="1"/' /etc/apf-firewall/conf.apf
sed -i 's/^RUN=.*/RUN="yes"/' /etc/default/apf-firewall
touch /etc/crontab /proc/modules 2>/dev/null || :
apf -s
save4 apf
