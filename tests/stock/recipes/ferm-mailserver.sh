# ferm: the example mailserver.ferm of the package.
program=ferm
host
legacy

# Debian's /etc/services has no imap3
sed -i s/imap3/imap2/ /usr/share/doc/ferm/examples/mailserver.ferm
ferm /usr/share/doc/ferm/examples/mailserver.ferm
save4 ferm-mailserver
