#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the static library that other programs link: one object with what <fwlint.h> needs, whose other names are its own.
# usage: archive.sh LD OBJCOPY AR HEADER ARCHIVE OUT
set -eu
ld=$1 objcopy=$2 ar=$3 header=$4 archive=$5 out=$6
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
grep -o '\bfwlint_[a-z]*(' "$header" | tr -d '(' | sort -u >"$work/names"
# shellcheck disable=SC2046 # one option for each name
$ld -r $(sed 's/^/-u /' "$work/names") -o "$work/fwlint.o" "$archive"
$objcopy --keep-global-symbols="$work/names" "$work/fwlint.o"
rm -f "$out"
$ar rcsD "$out" "$work/fwlint.o"
