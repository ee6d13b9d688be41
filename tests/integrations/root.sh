#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The first process of boot.sh's namespaces: mounts what a host has around an overlay of the tree, and becomes its systemd.
# Settings of the kernel and devices are out of its reach.
#
# usage: root.sh TREE WORK SOURCE FWLINT
set -eu
tree=$1 work=$2 source=$3 fwlint=$4
root=$work/mount/root
readlink /proc/self/ns/pid >"$work/pid-namespace"
mount -t tmpfs tmpfs "$work/mount"
mkdir "$work/mount/upper" "$work/mount/work" "$root"
mount -t overlay overlay -o "lowerdir=$tree,upperdir=$work/mount/upper,workdir=$work/mount/work" "$root"
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 none "$root/sys/fs/cgroup"
for folder in run tmp dev; do
	mount -t tmpfs tmpfs "$root/$folder"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
for node in null:3 zero:5 full:7 random:8 urandom:9; do
	mknod -m 666 "$root/dev/${node%:*}" c 1 "${node#*:}"
done
mknod -m 666 "$root/dev/tty" c 5 0
chmod 1777 "$root/tmp" "$root/dev/shm"
mkdir "$root/src" "$root/out"
mount --bind "$source" "$root/src"
mount -o remount,bind,ro "$root/src"
mount --bind "$work/out" "$root/out"
install -m 755 "$fwlint" "$root/usr/local/bin/fwlint"
hostname fwlint-integrations
echo fwlint-integrations >"$root/etc/hostname"
echo '127.0.0.1 localhost fwlint-integrations' >"$root/etc/hosts"
cat >"$root/etc/systemd/system/fwlint-tests.service" <<'UNIT'
[Unit]
Description=the tests of the integrations
SuccessAction=exit-force
FailureAction=exit-force
[Service]
Type=oneshot
ExecStart=/bin/sh /src/tests/integrations/inside.sh
UNIT
cd "$root"
mkdir old
pivot_root . old
umount -l old
exec env -i container=fwlint PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	/lib/systemd/systemd --log-target=console --unit=fwlint-tests.service
