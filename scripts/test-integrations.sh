#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs every integration of integrations/ with the real program of Debian 12, in a tree of its own that
# boots in namespaces: the host's ruleset, processes and files stay as they are, and that is looked at.
#
# usage: sh scripts/test-integrations.sh [FWLINT] [TEST ...]      (root; without FWLINT it is built first)
#
# The tree is made once, in $FWLINT_TREE (default /var/cache/fwlint/integrations), and read only from then on.
# Exit status 77, with the reason: it cannot be tried here (not root, no package mirror, no namespaces); 1 where CI is set.
set -eu
cd "$(dirname "$0")/.."
. scripts/setup.sh
source=$PWD
tree=${FWLINT_TREE:-/var/cache/fwlint/integrations}
# what the README of each integration names, and what fwlint itself is linked with
packages=nftables,iptables-persistent,netfilter-persistent,systemd,systemd-sysv,iproute2,procps,ansible-core,puppet,pre-commit,git
packages=$packages,python3-yaml,prometheus-node-exporter,curl
packages=$packages,libjansson4,libinih1,libmnl0,libpcap0.8,libnftables1,libnftnl11,libip4tc2,libip6tc2,libxtables12

leave_out() {
	if [ -n "${CI:-}" ]; then
		echo "the integrations cannot be tried here, and CI is set, where they must be: $*" >&2
		exit 1
	fi
	echo "SKIPPED: the integrations: $*"
	exit 77
}

# Without a mirror there is nothing to try; any other failure is one.
make_tree() {
	[ "$(cat "$tree/.packages" 2>/dev/null)" != "$packages" ] || return 0
	need mmdebstrap mmdebstrap
	install_missing >/dev/null 2>&1 || leave_out "mmdebstrap is not here and cannot be installed"
	rm -rf "$tree" "$tree.new"
	mkdir -p "$(dirname "$tree")"
	echo "making $tree"
	# no service starts there: mmdebstrap puts a policy-rc.d into the tree while it installs
	if ! mmdebstrap --quiet --variant=minbase --mode=root --dpkgopt=force-unsafe-io \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
		--aptopt='Apt::Install-Recommends "false"' --include="$packages" bookworm "$tree.new" \
		>"$work/tree.log" 2>&1; then
		rm -rf "$tree.new"
		apt-get update -qq -o APT::Update::Error-Mode=any >/dev/null 2>&1 || leave_out "no package mirror is reached"
		cat "$work/tree.log" >&2
		exit 1
	fi
	printf '%s' "$packages" >"$tree.new/.packages"
	mv "$tree.new" "$tree"
}

# What must be the same afterwards. Counters are not.
host_state() {
	for command in 'nft -s list ruleset' iptables-legacy-save ip6tables-legacy-save; do
		$command >"$work/rules" || { echo "'$command' failed: the host's ruleset cannot be compared" >&2; exit 1; }
		sed '/^#/d; s/\[[0-9:]*\]//' "$work/rules"
	done
	find /etc /opt /srv /boot /usr/local /usr/sbin /usr/lib/systemd /usr/share/netfilter-persistent -xdev \
		-printf '%p %m %u %s %T@\n' 2>/dev/null | sort
}

# The host's services: who ends one has done it here. (Processes of a session come and go.)
services() {
	ps -e -o pid=,ppid=,etimes=,tty=,lstart=,comm= | awk '$2 == 1 && $3 > 600 && $4 == "?" { $2 = $3 = ""; print }' | sort
}

# Processes of the tree that still run, though its first process has ended.
left_running() {
	for p in /proc/[0-9]*; do
		[ "$(readlink "$p/ns/pid" 2>/dev/null)" != "$(cat "$work/pid-namespace" 2>/dev/null || echo none)" ] || echo "$p"
	done
}

[ "$(id -u)" = 0 ] || leave_out "only root makes namespaces and trees"
if [ $# -eq 0 ]; then
	need_build
	install_missing || leave_out "what fwlint is built with cannot be installed"
	build_program
	set -- build/fwlint
fi
fwlint=$(realpath "$1")
shift
[ -x "$fwlint" ] || { echo "$0: there is no program '$fwlint'" >&2; exit 1; }
need nft nftables
need iptables-legacy-save iptables
need unshare util-linux
need ps procps
install_missing || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$(dirname "$tree")"
exec 9>"$(dirname "$tree")/lock"
flock 9
make_tree
unshare -m -u -i -n -p -C -f true 2>/dev/null || leave_out "no namespaces can be made"
host_state >"$work/before"
services >"$work/services"
status=0
sh tests/integrations/boot.sh "$tree" "$work" "$source" "$fwlint" "$@" 9>&- &
child=$!
trap 'kill "$child"; wait "$child"; exit 143' TERM INT
wait "$child" || status=$?
trap - TERM INT
host_state >"$work/after"
cat "$work/out/log" 2>/dev/null || :
if [ "$status" != 0 ]; then
	echo "the tree did not boot (exit status $status); its last words:" >&2
	tail -n 20 "$work/console" >&2
fi
running=$(left_running)
[ -z "$running" ] || { echo "still running: $running" >&2; status=1; }
services | cat - "$work/services" | sort | uniq -d | diff "$work/services" - >&2 || { echo "a process of the host has ended" >&2; status=1; }
[ -s "$work/pid-namespace" ] || { echo "nobody knows which processes were the tree's" >&2; status=1; }
diff "$work/before" "$work/after" >&2 || { echo "the host was changed" >&2; status=1; }
[ "$(cat "$work/out/status" 2>/dev/null)" = 0 ] || status=1
exit $status
