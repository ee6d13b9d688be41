# A host of virtual machines with libvirt: its default network (NAT) is started.
program=libvirt-daemon
host
bus
mkdir -p /var/log/libvirt
libvirtd -d
wait_for virsh -c lxc:///system version
virsh -c lxc:///system net-start default
save4 libvirt
save6 libvirt
