#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# How many lines of the folders that change and ask the kernel its tests reach (gcc, gcov; as root).
# usage: coverage.sh [TEST...]      (default: those of live, process and prove)
set -e
cd "$(dirname "$0")/.."
dir=${BUILD:-build-coverage}
[ -d "$dir" ] || meson setup "$dir" -Db_coverage=true -Dbuildtype=debug
meson compile -C "$dir"
find "$dir" -name '*.gcda' -delete
# some tests run without root too, and add to the counts
chmod -R a+rwX "$dir"
umask 0
[ $# -gt 0 ] || set -- process live-read live-apply live-hard live-faults live-between live-kill prove
meson test -C "$dir" --no-rebuild "$@" || echo 'coverage.sh: a test failed' >&2
for folder in live process prove; do
	find "$dir" -name "src_${folder}_*.gcda" | while read -r data; do
		gcov -n -o "$(dirname "$data")" "$data"
	done | awk -v folder="$folder" '
		/^File / { ours = index($0, "src/" folder "/") && index($0, ".c'"'"'"); name = $2 }
		/^Lines executed:/ && ours {
			split($2, p, /[:%]/); n = $4; done = p[2] * n / 100; total += n; sum += done
			printf "%6.1f %% of %4d lines  %s\n", p[2], n, name; ours = 0
		}
		END { if (total) printf "%6.1f %% of %4d lines  src/%s\n", 100 * sum / total, total, folder }'
done
