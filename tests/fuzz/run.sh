#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: run.sh FUZZER SOURCE_ROOT [SECONDS [SEED]]: a short run from the examples as seeds
set -eu
fuzzer=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# a short run of one of the slower targets is not to be spent on its seeds
case $fuzzer in
*_lint) find "$2/rules-examples" -type f -exec cp {} . \; ;;
*) find "$2/rules-examples" -type f -size -2 -exec cp {} . \; ;;
esac
case $fuzzer in
*_json) cp "$2/rules-examples/server.json" . ;;
*_compare) # two rulesets with the line between them
	for i in *; do
		{ cat "$i"; printf '\n%%%%\n'; cat "$2/rules-examples/${last:-$i}"; } >"pair-$i"
		last=$i
	done ;;
esac
case $fuzzer in
*_packet) # a packet in front of each
	for i in *; do
		{ printf 'NEW tcp 192.0.2.10:40123 -> 198.51.100.20:443, flags SYN, in eth0\n%%%%\n' && cat "$i"; } >"packet-$i"
		{ printf 'iifname "eth0" tcp dport 22 ct state new\n%%%%\n' && cat "$i"; } >"question-$i"
	done ;;
esac
case $fuzzer in
*_spec) # a policy in front of each
	for i in *; do
		{ printf 'accept input iifname "eth0" tcp dport 22 ct state new\nsome drop forward\nsame x\n%%%%\n' && cat "$i"; } >"spec-$i"
		{ printf 'block output # all\n%%%%\n' && cat "$i"; } >"policy-$i"
	done ;;
esac
{ printf 'include "1"\ninclude "*"\n'; cat ./*.nft | head -c 2000; printf '\n%%%%\ndefine x = 22\n'; } >include
printf 'net.netfilter.nf_conntrack_tcp_timeout_established = 300\n-net/netfilter/nf_conntrack_max=65536\n' >sysctl
printf '%s' '{"state": "pending", "seconds": 60, "deadline": 1, "netns": 1, "netns_path": "x", "message": "y", "save": false,
"unsafe": false, "select": "", "ignore": "", "extend": "", "severities": "", "generation": 1, "legacy": "00", "rules": [{"backend": "nft", "family": 1,
"table": "t", "chain": "c", "number": 1, "rule": "r", "protocol": 0, "certificate": "", "code": "00ff", "handle": 1,
"twins": 0, "where": 0}]}' >record
# captures of each link layer
python3 - "$2/tests" <<'END'
import sys
sys.path.insert(0, sys.argv[1])
import captures
for link in (captures.ETHERNET, captures.SLL, captures.SLL2, captures.RAW):
    for ends in ((captures.CLIENT, captures.SERVER), (captures.CLIENT6, captures.SERVER6)):
        c = captures.Capture(link)
        s = captures.Stream(c, *ends).open().talk()
        s.plain_reset(s.next[1], ttl=64)
        c.write('capture-%d-%d' % (link, len(ends[0][0])))
END
exec "$fuzzer" -max_total_time="${3:-45}" -timeout=20 -rss_limit_mb=4096 -max_len=4096 -print_final_stats=1 \
	-seed="${4:-1}" -dict="$2/tests/fuzz/words.dict" -artifact_prefix="$work/" "$work"
