# ferm: the example dmz_router.ferm of the package.
program=ferm
host
legacy
ferm /usr/share/doc/ferm/examples/dmz_router.ferm
save4 ferm-dmz-router
