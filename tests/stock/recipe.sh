# SPDX-License-Identifier: GPL-2.0-or-later
# What the recipes are written with; sourced by inside.sh.

# The host that all recipes run on: eth0 to the Internet, eth1 to a network of its own.
host() {
	ip link set lo up
	for n in 0 1; do
		ip link add "eth$n" type veth peer name "peer$n"
		ip link set "peer$n" up
		ip link set "eth$n" up
	done
	ip addr add 203.0.113.10/24 dev eth0
	ip addr add 198.51.100.1/24 dev eth1
	ip -6 addr add 2001:db8::10/64 dev eth0 nodad
	ip -6 addr add 2001:db8:1::1/64 dev eth1 nodad
	ip route add default via 203.0.113.1
	ip -6 route add default via 2001:db8::1
	echo 1 >/proc/sys/net/ipv4/ip_forward
	echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
}

# The head of a dump: the comment at the top of the recipe, and what made it.
head_of() {
	sed -n '/^# SPDX/d; /^#/!q; p' "/stock/recipes/$STOCK_RECIPE.sh"
	made="Made by $(dpkg-query -W -f '${Package} ${Version}' "$program") of Debian 12, dumped by $1, in a"
	made="$made network namespace: tests/stock/recipes/$STOCK_RECIPE.sh, run by tests/stock/make.sh."
	echo "$made" | fold -s -w 98 | sed 's/^/# /; s/ *$//'
}

# without what differs each time: times, counters, the chain that Shorewall names after its time
plain() {
	sed '/^# \(Generated\|Completed\|Warning\)/d; s/\[[0-9]*:[0-9]*\]/[0:0]/
		s/\(sha-[lr]h\)-[0-9a-f]*/\1-0/'
}

save4() {
	{ head_of "$(iptables --version | sed 's/^iptables /iptables-save /')"; iptables-save | plain; } >"/out/$1.v4"
	not_empty ^-A "/out/$1.v4"
}

save6() {
	{ head_of "$(ip6tables --version | sed 's/^ip6tables /ip6tables-save /')"; ip6tables-save | plain; } >"/out/$1.v6"
	not_empty ^-A "/out/$1.v6"
}

# a program that uses the other backend than the one dumped leaves it empty
not_empty() {
	grep -q "$1" "$2" || { echo "no rule in $2" >&2; return 1; }
}

save_nft() {
	{ head_of "nft -s list ruleset ($(nft --version | cut -d' ' -f2))"; nft -s list ruleset; } >"/out/$1.nft"
	not_empty "^table" "/out/$1.nft"
}

legacy() {
	update-alternatives --set iptables /usr/sbin/iptables-legacy >/dev/null
	update-alternatives --set ip6tables /usr/sbin/ip6tables-legacy >/dev/null
}

# the message bus, for the programs that are asked over it
bus() {
	mkdir -p /run/dbus
	dbus-uuidgen --ensure
	dbus-daemon --system --fork
}

# wait_for COMMAND: until it succeeds, 20 seconds at most
wait_for() {
	for _ in $(seq 100); do
		if "$@" >/dev/null 2>&1; then return 0; fi
		sleep 0.2
	done
	echo "waited in vain: $*" >&2
	return 1
}

# unpack PACKAGE: one that make.sh has only fetched
unpack() {
	DEBIAN_FRONTEND=noninteractive dpkg --force-all -i /var/cache/apt/archives/"$1"_*.deb
}
