# ferm: the example dsl_router.ferm of the package.
program=ferm
host
legacy
ferm /usr/share/doc/ferm/examples/dsl_router.ferm
save4 ferm-dsl-router
