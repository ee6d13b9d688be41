#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the Debian packages, and tries them in a fresh Debian: installed, the manual, completion, pkg-config, the
# example program; purged, nothing is left. Needs root, debootstrap, debhelper, lintian and a mirror (MIRROR); takes
# some ten minutes.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
root=$work/root
trap 'umount "$root/proc" 2>/dev/null || :; rm -rf "$work"' EXIT

echo "==> dpkg-buildpackage"
mkdir "$work/fwlint"
git ls-files | tar -cf - -T - | tar -xf - -C "$work/fwlint"
(cd "$work/fwlint" && DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS:-nocheck parallel=2}" dpkg-buildpackage -us -uc >"$work/log" 2>&1) || {
	tail -40 "$work/log"
	exit 1
}

echo "==> lintian"
lintian --fail-on error,warning --info --display-info "$work"/*.changes

echo "==> a fresh Debian"
debootstrap --variant=minbase --include=man-db,bash-completion,gcc,libc6-dev,pkgconf,less \
	${SUITE:-bookworm} "$root" ${MIRROR:-} >"$work/log" 2>&1 || {
	tail "$work/log"
	exit 1
}
mount -t proc proc "$root/proc"
in_root() {
	chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}
files() {
	in_root find / -xdev -path /proc -prune -o -path /var/lib/dpkg -prune -o -path /var/cache -prune -o \
		-path /var/log -prune -o -print | sort
}
# minbase leaves manuals and documentation where they are; slim images do not
rm -f "$root"/etc/dpkg/dpkg.cfg.d/*
in_root apt-get install -y libjansson4 libinih1 libmnl0 libnftables1 libnftnl11 libip4tc2 libip6tc2 libxtables12 libpcap0.8 >/dev/null
files >"$work/before"

echo "==> installed"
cp "$work"/fwlint_*.deb "$work"/libfwlint-dev_*.deb "$root/tmp/"
in_root sh -c 'dpkg -i /tmp/*.deb && rm /tmp/*.deb'
in_root fwlint --version
in_root sh -c 'man -P cat fwlint | grep -q "^NAME" && man -P cat fwlint-lsp >/dev/null && man -P cat 5 fwlint.ini >/dev/null'
in_root bash -ic '. /usr/share/bash-completion/bash_completion; _completion_loader fwlint; complete -p fwlint' 2>/dev/null
version=$(in_root pkg-config --modversion fwlint)
[ "fwlint $version" = "$(in_root fwlint --version | head -1)" ]
in_root sh -ec 'cd /tmp; cc -Wall -Werror /usr/share/doc/libfwlint-dev/examples/lint.c $(pkg-config --cflags --libs fwlint) -o lint
	./lint </usr/share/doc/fwlint/rules-examples/web-host.v4 && exit 1; [ $? = 1 ]; rm lint'
in_root sh -c 'fwlint --format html=/tmp/out.html /usr/share/doc/fwlint/rules-examples/web-host.v4; [ -s /tmp/out.html ] && rm /tmp/out.html'

echo "==> purged"
in_root dpkg --purge fwlint libfwlint-dev
files >"$work/after"
diff "$work/before" "$work/after"
echo "==> all of it is well"
