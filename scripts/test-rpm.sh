#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the RPM packages of packaging/rpm/fwlint.spec and tries what is in them. Needs rpm (Debian has it); what the
# packages are built with is looked for by meson, not by rpm. Takes some three minutes.
# usage: sh scripts/test-rpm.sh
set -eu
cd "$(dirname "$0")/.."
. scripts/setup.sh
need_build
need rpmbuild rpm
need rpm2cpio rpm2cpio
need cpio cpio
install_missing
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$(sed -n 's/^Version: *//p' packaging/rpm/fwlint.spec)

echo "==> rpmbuild"
mkdir "$work/SOURCES"
git ls-files | tar -czf "$work/SOURCES/fwlint-$version.tar.gz" --transform "s,^,fwlint-$version/," -T -
# Fedora's package of meson brings these macros
rpmbuild --nodeps -ba --define "_topdir $work" \
	--define 'meson meson setup --prefix=%{_prefix} --libdir=%{_libdir} --buildtype=plain build-rpm' \
	--define 'meson_build meson compile -C build-rpm' \
	--define 'meson_install DESTDIR=%{buildroot} meson install --no-rebuild -C build-rpm' \
	packaging/rpm/fwlint.spec >"$work/log" 2>&1 || {
	tail -40 "$work/log"
	exit 1
}

echo "==> what is in them"
mkdir "$work/root"
for package in "$work"/RPMS/*/*.rpm; do
	rpm -qp --qf '%{NAME} %{VERSION}-%{RELEASE}: %{SUMMARY}\n' "$package"
	[ -z "$(rpm -qp --scripts "$package")" ]
	rpm2cpio "$package" | (cd "$work/root" && cpio -idm --quiet)
done
fwlint=$work/root/usr/bin/fwlint
[ "fwlint $version" = "$("$fwlint" --version | head -1)" ]
"$fwlint" --no-config --quiet rules-examples/home-router-fixed.v4
status=0
"$fwlint" --no-config --quiet rules-examples/home-router.v4 >/dev/null 2>&1 || status=$?
[ "$status" = 1 ]
for file in share/man/man1/fwlint.1 include/fwlint.h lib64/libfwlint.a share/doc/fwlint-devel/examples/lint.c; do
	[ -e "$work/root/usr/$file" ] || [ -e "$work/root/usr/$file.gz" ]
done
echo "==> all of it is well"
