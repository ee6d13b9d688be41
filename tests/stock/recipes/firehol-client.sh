# A workstation with FireHOL: all may go out, ssh may come in.
program=firehol
host
legacy
printf 'version 6\ninterface eth0 internet\n\tpolicy drop\n\tprotection strong\n\tserver ssh accept\n\tclient all accept\n' >/etc/firehol/firehol.conf
echo START_FIREHOL=YES >/etc/default/firehol
firehol start
save4 firehol-client
