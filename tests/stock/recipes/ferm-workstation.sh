# A workstation with ferm: the example workstation.ferm of the package.
program=ferm
host
legacy
ferm /usr/share/doc/ferm/examples/workstation.ferm
save4 ferm-workstation
