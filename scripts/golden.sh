#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Writes what the fwlint that was built says into all places where a test expects something of it, and shows what
# changed there: sh scripts/golden.sh [FWLINT]     Read the diff: each line of it is a change that users see.
set -e
cd "$(dirname "$0")/.."
fwlint=${1:-build/fwlint}
python3 tests/golden.py "$fwlint" --write
python3 tests/formats.py "$fwlint" --write
python3 tests/newcomer.py "$fwlint" build/tests/foreign --write
python3 tests/stock.py "$fwlint" --write
# the corpus is not part of the source
status=0
python3 tests/corpus_findings.py "$fwlint" --write || status=$?
[ "$status" -eq 0 ] || [ "$status" -eq 77 ]
git --no-pager diff --stat -- tests rules-examples README.md docs
git --no-pager diff -- tests rules-examples README.md docs
