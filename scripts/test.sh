#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs what is missing, builds with gcc and with clang and under the
# sanitizers, and runs all tests in each.
set -eu
cd "$(dirname "$0")/.."
. scripts/setup.sh
need_tests
install_missing

passed=0 failed=0 skipped=0

# run_suite FOLDER TEST-OPTIONS SETUP-OPTIONS...
run_suite() {
	dir=$1 which=$2
	shift 2
	[ -f "$dir/build.ninja" ] || meson setup "$dir" "$@" >"$dir.log" 2>&1 || {
		cat "$dir.log"
		exit 1
	}
	rm -f "$dir.log"
	echo "==> $dir: build"
	ninja -C "$dir" >"$dir/build.log" 2>&1 || {
		cat "$dir/build.log"
		exit 1
	}
	echo "==> $dir: tests"
	# shellcheck disable=SC2086 # a list of words
	meson test -C "$dir" $which --no-rebuild --print-errorlogs >"$dir/test.log" 2>&1 || true
	cat "$dir/test.log"
	passed=$((passed + $(count "$dir/test.log" 'Ok:') + $(count "$dir/test.log" 'Expected Fail:')))
	failed=$((failed + $(count "$dir/test.log" 'Fail:') + $(count "$dir/test.log" 'Timeout:') +
		$(count "$dir/test.log" 'Unexpected Pass:')))
	skipped=$((skipped + $(count "$dir/test.log" 'Skipped:')))
	show_skips "$dir"
}

# The number behind a word of meson's summary.
count() {
	sed -n "s/^$2 *\([0-9][0-9]*\).*/\1/p" "$1" | tail -n 1 | grep . || echo 0
}

# Tests that were left out inside of test programs, with their reasons.
show_skips() {
	grep -hE "skipped ['\"]|^SKIPPED" "$1/meson-logs/testlog.txt" 2>/dev/null | sort -u |
		sed 's/^/    left out: /' || true
}

CC=gcc run_suite build-gcc '' --buildtype=debugoptimized -Dkernel-rulesets=150
# with clang's program nearly all runs under the sanitizers; without them what would show a difference of the compilers
CC=clang run_suite build-clang 'unit judge fix-text orders layers table meaning cli property-pairs-nft property-pairs-iptables' --buildtype=debugoptimized -Drounds=900
CC=clang run_suite build-asan '--no-suite faults --no-suite tools --no-suite contributing' --buildtype=debugoptimized -Db_sanitize=address,undefined \
	-Db_lundef=false -Dfuzz=true -Dkernel-rulesets=20 -Drounds=900

echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
