#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Writes docs/checks/*.md from the program that was built: sh scripts/pages.sh [FWLINT]
set -e
cd "$(dirname "$0")/.."
fwlint=${1:-build/fwlint}
mkdir -p docs/checks
"$fwlint" checks --format markdown > docs/checks/README.md
"$fwlint" checks | while read -r code rest; do
	"$fwlint" explain --markdown "$code" > "docs/checks/$code.md"
done
