#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the rulesets of tests/stock that packaged programs make: each recipe runs the real program
# of Debian 12 in a network namespace of its own, and dumps what it left in the kernel.
#
# usage: sh tests/stock/make.sh [RECIPE ...]      (root; debootstrap)
#
# The programs are installed under $STOCK_ROOT (default /var/tmp/fwlint-stock), never on the machine
# itself; a recipe sees that tree through an overlay that goes with it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=${STOCK_ROOT:-/var/tmp/fwlint-stock}

# what the recipes need: each line is installed by itself, those of one line may need each other
packages='iptables nftables iproute2 procps ipset dbus
ufw
firewalld
ferm
pyroman
shorewall shorewall6
wireguard-tools wireguard-go
fail2ban
sshguard
firehol
apf-firewall net-tools
lxc dnsmasq-base
libvirt-daemon-system libvirt-daemon libvirt-daemon-driver-lxc libvirt-clients
libvirt-daemon-config-network
docker.io
podman netavark aardvark-dns containernetworking-plugins
network-manager
firejail
sshuttle'
# those that do not stand beside ufw are only fetched; their recipes unpack them
fetched='arno-iptables-firewall uruk'

install_all() {
	[ -e "$root/etc/debian_version" ] || debootstrap --variant=minbase bookworm "$root" >&2
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod 755 "$root/usr/sbin/policy-rc.d"
	rm -f "$root/etc/apt/sources.list"
	cp -r /etc/apt/sources.list* /etc/apt/apt.conf.d "$root/etc/apt/"
	# the network of this machine, for the download only
	unshare -m sh -c 'mount -t proc proc "$0/proc" && chroot "$0" sh -c "$1"' "$root" "
		export DEBIAN_FRONTEND=noninteractive LC_ALL=C
		apt-get update -qq
		echo '$packages' | while read -r line; do
			apt-get install -y -qq --no-install-recommends \$line >/dev/null || echo \"not installed: \$line\" >&2
		done
		apt-get clean
		apt-get install -y -qq --download-only --no-install-recommends $fetched >/dev/null"
	touch "$root/installed"
}

# one recipe, in namespaces of its own; what it dumps lands in $out
run() {
	STOCK_HERE=$here STOCK_ROOT=$root STOCK_OUT=$out STOCK_RECIPE=$1 \
		timeout 120 unshare -n -m -u -i -p -f --kill-child sh "$here/inside.sh" </dev/null
}

own_ruleset() {
	{ nft -s list ruleset; iptables-legacy-save; ip6tables-legacy-save; } | sed '/^#/d; s/\[[0-9:]*\]//'
}

[ "$(id -u)" = 0 ] || { echo "$0: only root may do this" >&2; exit 1; }
[ -e "$root/installed" ] || install_all
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
before=$(own_ruleset)
[ $# -gt 0 ] || set -- $(cd "$here/recipes" && ls | sed 's/\.sh$//')
failed=
for recipe; do
	if run "$recipe" >"$out/.log" 2>&1 && [ -n "$(ls "$out")" ]; then
		mv "$out"/* "$here/"
	else
		rm -f "$out"/*
		failed="$failed $recipe"
		echo "== $recipe: failed" >&2
		tail -n 15 "$out/.log" >&2
	fi
done
[ "$before" = "$(own_ruleset)" ] ||
	{ echo "the machine's own ruleset was changed" >&2; exit 1; }
[ -z "$failed" ] || { echo "failed:$failed" >&2; exit 1; }
