#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Boots the tree of scripts/test-integrations.sh in namespaces, with systemd as the first process; it runs the tests
# (inside.sh) as a service and ends with them.
#
# usage: boot.sh TREE WORK SOURCE FWLINT [TEST ...]
#
# WORK/out has what came of it (log, status), WORK/console what systemd said.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tree=$1 work=$2 source=$3 fwlint=$4
shift 4
mkdir "$work/out" "$work/cgroup" "$work/mount"
printf '%s\n' "$@" >"$work/out/tests"

# Groups of the tree's processes hang below one of their own, which goes with them.
clean() {
	tries=50 # a process that was killed may still be on its way out
	until find "$work/cgroup/$group" -depth -type d -exec rmdir {} + 2>/dev/null || [ $tries = 0 ]; do
		tries=$((tries - 1))
		sleep 0.1
	done
	umount "$work/cgroup" || :
}
mount -t cgroup2 none "$work/cgroup"
# not the process number: it may be that of a run in another PID namespace
group=$(basename "$(mktemp -d "$work/cgroup/fwlint-integrations.XXXXXX")") || { umount "$work/cgroup"; exit 1; }
trap clean EXIT
status=0
sh -c 'echo $$ >"$1/cgroup.procs" && shift && exec timeout -s KILL 900 unshare -m -u -i -n -p -C -f --kill-child sh "$@"' sh \
	"$work/cgroup/$group" "$here/root.sh" "$tree" "$work" "$source" "$fwlint" </dev/null >"$work/console" 2>&1 &
child=$!
# all of the tree at once (cgroup-v2.rst, cgroup.kill; Linux 5.14)
trap 'echo 1 >"$work/cgroup/$group/cgroup.kill"; exit 143' TERM INT
wait $child || status=$?
exit $status
