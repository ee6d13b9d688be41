#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: run.sh FUZZER SOURCE_ROOT [SECONDS]: a short run from the examples as seeds
set -eu
fuzzer=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$2"/rules-examples/* "$work"
cd "$work"
exec "$fuzzer" -max_total_time="${3:-45}" -timeout=20 -rss_limit_mb=4096 -max_len=4096 -print_final_stats=1 \
	-seed=1 -dict="$2/tests/fuzz/words.dict" -artifact_prefix="$work/" "$work"
