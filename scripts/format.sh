#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Formats the C sources by .clang-format. --check: only says what is not formatted; exit status 1 if anything is.
# usage: sh scripts/format.sh [--check] [FILE...]     (default: all)
set -e
cd "$(dirname "$0")/.."
command -v clang-format >/dev/null || { echo 'SKIPPED: no clang-format'; exit 77; }
how=-i
[ "$1" != --check ] || { how='--dry-run --Werror'; shift; }
[ $# -gt 0 ] || set -- $(find include src tests bench -name '*.[ch]' | LC_ALL=C sort)
exec clang-format $how --style=file "$@"
