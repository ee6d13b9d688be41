# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the other scripts: installs what is missing (Debian 12). Does not
# touch the package system when nothing is missing.

# need COMMAND-OR-FILE PACKAGE: remembers the package when the first is not there
missing=
need() {
	case $1 in
	/*) [ -e "$1" ] && return ;;
	*) command -v "$1" >/dev/null 2>&1 && return ;;
	esac
	missing="$missing $2"
}

install_missing() {
	[ -z "$missing" ] && return 0
	echo "installing:$missing"
	as_root=
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null 2>&1 || {
			echo "these packages are missing:$missing (run as root, or install sudo)" >&2
			return 1
		}
		as_root=sudo
	fi
	export DEBIAN_FRONTEND=noninteractive
	$as_root apt-get update -qq || return 1
	# shellcheck disable=SC2086 # a list of words
	$as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null || return 1
	missing=
}

need_build() {
	need cc gcc
	need /usr/include/stdio.h libc6-dev
	need meson meson
	need ninja ninja-build
	need pkg-config pkg-config
	need /usr/include/jansson.h libjansson-dev
	need /usr/include/ini.h libinih-dev
	need /usr/include/libmnl/libmnl.h libmnl-dev
	need /usr/include/pcap/pcap.h libpcap-dev
	need /usr/include/nftables/libnftables.h libnftables-dev
	need /usr/include/libnftnl/rule.h libnftnl-dev
	need /usr/include/libiptc/libiptc.h libip4tc-dev
	need /usr/include/libiptc/libip6tc.h libip6tc-dev
	need /usr/include/xtables.h libxtables-dev
}

need_tests() {
	need_build
	need gcc gcc
	need clang clang
	need "$(ls /usr/lib/llvm-14/lib/clang/*/lib/linux/libclang_rt.asan-*.a 2>/dev/null | head -n 1 |
		grep . || echo /missing)" libclang-rt-14-dev
	need /usr/include/check.h check
	need python3 python3
	need clang-format clang-format
	need /usr/lib/python3/dist-packages/jsonschema python3-jsonschema
	need xmllint libxml2-utils
	need strace strace
	need nvim neovim
	need chromium chromium
	need bash bash
	need zsh zsh
	need fish fish
	need man man-db
	need groff groff-base
	need patch patch
	need git git
	need iptables-legacy-restore iptables
	need nft nftables
	need conntrack conntrack
	need tcpdump tcpdump
	need dumpcap wireshark-common
	need tshark tshark
	need sysctl procps
	need ip iproute2
	need unshare util-linux
	need mmdebstrap mmdebstrap
}

# build/fwlint, as a release
build_program() {
	[ -f build/build.ninja ] || meson setup build --buildtype=release -Dtests=false >build.log 2>&1 || {
		cat build.log
		exit 1
	}
	rm -f build.log
	ninja -C build fwlint >/dev/null
}
