#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The service of the booted tree that runs the tests; see boot.sh.
export HOME=/root LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ip link set lo up
cd /src/tests/integrations || exit
tests=$(cat /out/tests)
if [ -n "$tests" ]; then
	# shellcheck disable=SC2086 # a list of words
	python3 -m unittest -v $tests
else
	python3 -m unittest discover -v -p 'test_*.py'
fi >/out/log 2>&1
echo $? >/out/status
