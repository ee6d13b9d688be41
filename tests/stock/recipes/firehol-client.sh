# A workstation with FireHOL: all may go out, ssh may come in.
program=firehol
host
legacy
cat >/etc/firehol/firehol.conf <<'R'
version 6
interface eth0 internet
	policy drop
	protection strong
	server ssh accept
	client all accept
R
echo START_FIREHOL=YES >/etc/default/firehol
firehol start
save4 firehol-client
