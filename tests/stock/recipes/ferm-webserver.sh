# A web server with ferm: the example webserver.ferm of the package.
program=ferm
host
legacy
ferm /usr/share/doc/ferm/examples/webserver.ferm
save4 ferm-webserver
