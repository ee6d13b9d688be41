# SPDX-License-Identifier: GPL-2.0-or-later
# make.sh runs this in new namespaces: lays the overlay, enters it, and runs the recipe there.
set -eu
top=$(mktemp -d)
mount --make-rprivate /
mount -t tmpfs tmpfs "$top"
mkdir "$top/upper" "$top/work" "$top/root"
mount -t overlay -o "lowerdir=$STOCK_ROOT,upperdir=$top/upper,workdir=$top/work" overlay "$top/root"
cd "$top/root"
mkdir -p stock out
mount --bind "$STOCK_HERE" stock
mount --bind "$STOCK_OUT" out
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mount -t tmpfs tmpfs dev
mount -t cgroup2 cgroup2 sys/fs/cgroup 2>/dev/null || :
for device in null zero random urandom tty; do
	touch "dev/$device"
	mount --bind "/dev/$device" "dev/$device"
done
ln -s /proc/self/fd dev/fd
mkdir -p dev/net dev/shm
[ ! -e /dev/net/tun ] || { touch dev/net/tun && mount --bind /dev/net/tun dev/net/tun; }
hostname stock.example.net
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C HOME=/root STOCK_RECIPE="$STOCK_RECIPE" \
	chroot . sh -euc '. /stock/recipe.sh; . "/stock/recipes/$STOCK_RECIPE.sh"'
