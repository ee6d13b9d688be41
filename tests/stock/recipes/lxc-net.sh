# A host of LXC containers: the bridge lxcbr0 of lxc-net.
program=lxc
host
printf 'USE_LXC_BRIDGE="true"\n' >/etc/default/lxc-net
/usr/libexec/lxc/lxc-net start
save_nft lxc-net
