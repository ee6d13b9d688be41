#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs what is missing, builds fwlint, and shows it at work.
set -eu
cd "$(dirname "$0")/.."
. scripts/setup.sh
need_build
install_missing

build_program

example=rules-examples/home-router.v4
echo
echo "==> build/fwlint $example"
status=0
build/fwlint "$example" || status=$?
[ "$status" = 1 ] || { echo "expected findings, got exit status $status" >&2; exit 1; }

echo
echo "==> the corrected ruleset: build/fwlint --fix $example"
build/fwlint --fix "$example" >build/corrected.v4 || true
cat build/corrected.v4
echo
echo "==> build/fwlint --quiet --fail-on error build/corrected.v4"
build/fwlint --quiet --fail-on error build/corrected.v4
echo
echo "No error is left. What is left are warnings whose fix is yours to judge (--unsafe-fixes)."
echo "Your own rules: sudo build/fwlint --live, or iptables-save | build/fwlint"
