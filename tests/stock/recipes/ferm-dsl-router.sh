# ferm: the example dsl_router.ferm of the package.
program=ferm
host
legacy
sed -i s/81.209.165.42/192.0.2.66/ /usr/share/doc/ferm/examples/dsl_router.ferm
ferm /usr/share/doc/ferm/examples/dsl_router.ferm
save4 ferm-dsl-router
