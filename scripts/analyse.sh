#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Looks for faults in src without running it: clang-tidy (.clang-tidy), gcc -fanalyzer, cppcheck. Prints what they find;
# exit status 1 if they find anything. All of src takes some minutes of two cores.
# usage: sh scripts/analyse.sh [--changed] [FILE...]     (default: all of src; --changed: the .c files that main has otherwise)
set -eu
cd "$(dirname "$0")/.."
. scripts/setup.sh
need_build
need gcc gcc
need git git
need python3 python3
need clang-tidy clang-tidy
need cppcheck cppcheck
install_missing

dir=build-analyse
[ -f "$dir/build.ninja" ] || meson setup "$dir" >"$dir.log" 2>&1 || {
	cat "$dir.log"
	exit 1
}
rm -f "$dir.log"

if [ "${1-}" = --changed ]; then
	set -- $({ git diff --name-only --diff-filter=d main -- 'src/*.c'; git ls-files -o --exclude-standard -- 'src/*.c'; } | sort -u)
	[ $# -gt 0 ] || {
		echo 'no .c file of src has changed'
		exit 0
	}
fi
[ $# -gt 0 ] || set -- $(git ls-files 'src/*.c')

# each COMMAND: runs it with one file after the other, on as many cores as there are.
each() {
	printf '%s\n' "$files" | xargs -P "$(nproc)" -n 1 "$@"
}
files=$(printf '%s\n' "$@")
status=0

# One file a process: clang-tidy 14 carries what it knows of a va_list from file to file.
echo '==> clang-tidy'
each clang-tidy -p "$dir" --quiet 2>"$dir/tidy.log" || {
	grep 'error:' "$dir/tidy.log" || true
	status=1
}

echo '==> gcc -fanalyzer'
each python3 scripts/analyse_gcc.py "$dir" || status=1

echo '==> cppcheck'
# unknownEvaluationOrder: it takes the field of `x[n++] = (struct match){ .n = 1 }` for the variable; -Wsequence-point looks
cppcheck --quiet -j "$(nproc)" --std=c11 --enable=warning,performance,portability --inline-suppr \
	--error-exitcode=1 --suppress=missingIncludeSystem --suppress=unknownEvaluationOrder -I include -D_GNU_SOURCE -DLIVE_NFT -DLIVE_LEGACY "$@" || status=1

[ "$status" = 0 ] && echo 'no findings'
exit "$status"
