# A host with ferm and the configuration that the package installs.
program=ferm
host
legacy
ferm /etc/ferm/ferm.conf
save4 ferm-default
save6 ferm-default
