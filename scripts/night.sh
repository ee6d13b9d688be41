#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The long random tests, with new seeds: for a night, or longer.
#
# usage: night.sh [--folder DIR] [--seed N] [--percent N] [--only PATTERN] [--list]
#
# Stop it at any time; the same command goes on behind the last finished step, with the same seeds. When all
# steps are done the next run begins anew. DIR (build-night) has: seed; done/STEP, the status of each finished
# step; log/STEP, its output; night.log, a line a step with its seed, its time and the counts that it printed.
# --percent: of all counts. --only: steps whose name matches, as in `case`. A step that fails does not stop the
# others, and is run again by the next call; it is made to fail again by its seed.
set -u
cd "$(dirname "$0")/.." || exit 2
root=$PWD folder=$root/build-night seed='' percent=100 only='*' list=
while [ $# -gt 0 ]; do
	case $1 in
	--folder | --seed | --percent | --only)
		[ $# -gt 1 ] || { echo "night.sh: $1 needs a value" >&2; exit 2; }
		case $1 in
		--folder) folder=$(realpath -m "$2") ;;
		--seed) seed=$2 ;;
		--percent) percent=$2 ;;
		--only) only=$2 ;;
		esac
		shift 2 ;;
	--list) list=1; shift ;;
	*) sed -n '3,12s/^# \{0,1\}//p' "$0"; [ "$1" = --help ]; exit ;;
	esac
done

mkdir -p "$folder/done" "$folder/log"
if [ -z "$list" ]; then
	[ ! -e "$folder/finished" ] || rm -rf "$folder/done" "$folder/seed" "$folder/finished" "$folder/ways"
	mkdir -p "$folder/done"
	if [ -n "$seed" ] && [ "$seed" != "$(cat "$folder/seed" 2>/dev/null)" ]; then
		rm -rf "$folder/done"
		mkdir -p "$folder/done"
		echo "$seed" >"$folder/seed"
	fi
	[ -s "$folder/seed" ] || od -An -N4 -tu4 /dev/urandom | tr -d ' ' >"$folder/seed"
	seed=$(cat "$folder/seed")
fi
failed=0 skipped=0 passed=0 child=
trap 'trap - TERM INT; [ -z "$child" ] || kill -TERM -"$child" 2>/dev/null; say "stopped: the same command goes on"; exit 130' INT TERM

say() {
	echo "$(date '+%F %T') $*" | tee -a "$folder/night.log"
}

# So many, or the percentage of it that was asked for.
n() {
	v=$(($1 * percent / 100))
	[ "$v" -gt 0 ] || v=1
	echo "$v"
}

# Is it asked for, and not done yet?
is_due() {
	# shellcheck disable=SC2254 # a pattern is what it is
	case $1 in $only) [ ! -e "$folder/done/$1" ] ;; *) false ;; esac
}

# make FOLDER SETUP-OPTIONS...
make() {
	dir=$1
	shift
	{ [ -f "$dir/build.ninja" ] || meson setup "$dir" --buildtype=debugoptimized "$@"; } >"$folder/log/build" 2>&1 &&
		nice ninja -C "$dir" >>"$folder/log/build" 2>&1 || { tail -n 50 "$folder/log/build"; exit 1; }
}

# step NAME SEED COMMAND...
step() {
	name=$1 its_seed=$2
	shift 2
	is_due "$name" || return
	[ -z "$list" ] || { echo "$name: $*"; return; }
	began=$(date +%s)
	setsid nice "$@" >"$folder/log/$name" 2>&1 &
	child=$!
	wait "$child"
	status=$?
	child=
	counts=$(grep -aE '[0-9]+ (rulesets|mutations|packets|mutants|points|faults|runs|segments|tests)|stat::number_of_executed_units' \
		"$folder/log/$name" | tail -n 4 | tr -s '\n ' ' ')
	case $status in
	0) passed=$((passed + 1)) word=ok ;;
	77) skipped=$((skipped + 1)) word=SKIPPED counts=$(tail -n 1 "$folder/log/$name") ;;
	*) failed=$((failed + 1)) word="FAILED ($status), see $folder/log/$name:" ;;
	esac
	say "$name: seed $its_seed, $(($(date +%s) - began)) s: $word $counts"
	case $status in 0 | 77) echo "$status" >"$folder/done/$name" ;; esac
}

build=$folder/build fuzz=$folder/fuzz
if [ -z "$list" ]; then
	say "seed $seed, $percent % of all counts, in $folder"
	. scripts/setup.sh
	need_tests
	install_missing || exit 1
	make "$build"
fi

# Parts of each, so that not much is lost when it is stopped.
for i in 1 2 3 4 5 6 7 8 9 10; do
	s=$((${seed:-0} + i))
	for d in iptables nft; do
		step "pairs-$d-$i" "$s" "$build/tests/property" $d pairs "$(n 2000)" 360 "$s"
		step "ask-$d-$i" "$s" "$build/tests/property" $d ask "$(n 1700)" 600 "$s"
		step "property-translated-$d-$i" "$s" "$build/tests/property" $d translated "$(n 1000)" 60 "$s"
		step "fixes-$d-$i" "$s" "$build/tests/property" $d fixes "$(n 1000)" "$s"
		step "compare-$d-$i" "$s" "$build/tests/property" $d compare "$(n 500)" 500 "$s"
		step "property-words-$d-$i" "$s" "$build/tests/property" $d words "$(n 500)" 100 "$s"
		step "differential-$d-$i" "$s" "$build/tests/differential" $d "$(n 500)" 50 "$s"
		step "translated-$d-$i" "$s" "$build/tests/translated" $d "$(n 200)" 50 "$s"
		step "injected-$d-$i" "$s" "$build/tests/injected" $d "$(n 100)" "$s"
	done
	step "conntrack-$i" "$s" "$build/tests/conntrack" "$(n 200000)" "$s"
	step "pktset-$i" "$s" "$build/tests/pktset" "$(n 5000)" "$s"
	step "orders-$i" "$s" "$build/tests/orders" "$(n 300)" "$s"
	step "words-$i" "$s" python3 tests/kernel/words.py "$build/fwlint" "$(n 3000)" "$s"
	step "inputs-$i" "$s" python3 tests/mutants.py "$build/fwlint" "$(n 2000)" "$s"
	step "mutations-$i" "$s" python3 tests/mutations.py "$build/fwlint" all "$(n 3000)" "$s"
	step "live-kill-$i" "$s" python3 tests/kernel/live_kill.py "$build/fwlint" "$build/tests/kill_at" \
		--points "$(n 200)" --seed "$s"
done
step ways "${seed:-0}" python3 tests/kernel/ways.py "$build/fwlint" "$build/tests/property" --corpus --examples --random "$(n 3000)" \
	--seed "${seed:-0}" --folder "$folder/ways"
step files "${seed:-0}" env FILES_STEP=1 FILES_SEED="${seed:-0}" python3 tests/files/files.py "$build/fwlint" "$build/tests/shim.so"
step scan "${seed:-0}" python3 tests/kernel/scan.py "$build/fwlint" --full --seed "${seed:-0}"
step live-faults 0 python3 tests/kernel/live_faults.py "$build/fwlint" "$build/tests/libfaults.so" 1
for entry in lint json compare fix include sysctl record capture packet spec; do
	if [ -z "$list" ] && is_due "fuzz-$entry"; then
		CC=clang make "$fuzz" -Db_lundef=false -Dfuzz=true -Db_sanitize=address,undefined
	fi
	step "fuzz-$entry" "${seed:-0}" sh tests/fuzz/run.sh "$fuzz/tests/fuzz_$entry" "$root" "$(n 600)" "${seed:-0}"
done
step named-mutants 0 python3 scripts/mutants.py --folder "$folder/mutants" --named
step mutants "${seed:-0}" python3 scripts/mutants.py --folder "$folder/mutants" --seed "${seed:-0}" --count "$(n 1000)"

[ -z "$list" ] || exit 0
say "$passed steps passed, $failed failed, $skipped skipped"
[ "$failed" != 0 ] || [ "$only" != '*' ] || touch "$folder/finished"
[ "$failed" = 0 ]
