# ferm: the example dmz_router.ferm of the package.
program=ferm
host
legacy
sed -i s/193.43.91.203/203.0.113.10/ /usr/share/doc/ferm/examples/dmz_router.ferm
ferm /usr/share/doc/ferm/examples/dmz_router.ferm
save4 ferm-dmz-router
