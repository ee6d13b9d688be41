#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Does a test fail when a line of the program is wrong? See scripts/mutants.py --help.
set -eu
cd "$(dirname "$0")/.."
. scripts/setup.sh
need_tests
install_missing
exec nice python3 scripts/mutants.py "$@"
