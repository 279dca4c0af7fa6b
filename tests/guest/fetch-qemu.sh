#!/bin/bash
# SPDX-License-Identifier: MIT
# Builds a qemu-riscv64 whose plugins see registers (9.2 or later; Debian 12 has 7.2, which has
# none), and its libexeclog.so, from Debian's source package: that of the configured sources where
# it is new enough, else Debian 13's. Takes some minutes, once.
# Reads:  the configured apt sources (see debian_source.sh).
# Writes: a cache folder outside the repository, ${ETCH_CACHE:-${XDG_CACHE_HOME:-~/.cache}/etch}/qemu-new,
#         and prints it. A second run finds both there.
# Never:  leaves a half built program under its name, touches /etc/apt, or needs root.
# Usage:  fetch-qemu.sh [--there]; with --there it builds nothing, and fails if they are missing.
# Status: 0 the folder is printed; 1 it cannot be had here (the reason is on stderr).
set -euo pipefail

cache=${ETCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/etch}
folder=$cache/qemu-new
new_enough='(9\.[2-9]|[1-9][0-9]+\.)'
work=

die() { echo "fetch-qemu: $*" >&2; exit 1; }

# shellcheck source=tests/debian_source.sh
. "$(dirname "$(readlink -f "$0")")/../debian_source.sh"

# The configured mirror's Debian 13, beside what is configured.
add_newer_debian() {
    local uri
    # shellcheck disable=SC2016 # apt's own variable
    uri=$(apt-get "${apt_options[@]}" indextargets --format '$(REPO_URI)' 'Origin: Debian' | head -n 1)
    printf '%s\n' 'Types: deb deb-src' "URIs: ${uri:-http://deb.debian.org/debian}" 'Suites: trixie' \
        'Components: main' 'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg' \
        >"$work/parts/newer.sources"
    apt-get "${apt_options[@]}" update >&2 || true
}

# QEMU's build wants Meson 1.5: where the installed one is older, Debian 13's, unpacked.
newer_meson() {
    ! /usr/bin/python3 -c 'import sys, mesonbuild.coredata as c
sys.exit(tuple(map(int, c.version.split(".")[:2])) < (1, 5))' 2>/dev/null || return 0
    [ -e "$work/parts/newer.sources" ] || add_newer_debian
    (cd "$work" && apt-get "${apt_options[@]}" download meson/trixie >&2 &&
        dpkg -x meson_*.deb "$work/meson")
    export PYTHONPATH=$work/meson/usr/lib/python3/dist-packages
}

build() {
    local version
    prepare_sources "$work"
    version=$(newest_source qemu "^([0-9]+:)?$new_enough")
    [ -n "$version" ] || add_newer_debian
    version=$(newest_source qemu "^([0-9]+:)?$new_enough")
    [ -n "$version" ] || die "neither the configured apt sources nor Debian 13 have a source" \
        "package qemu of version 9.2 or later"
    newer_meson
    get_source "$work" "qemu=$version"
    mkdir "$work/build"
    cd "$work/build"
    "$(echo "$work"/source/qemu-*/configure)" --python=/usr/bin/python3 \
        --target-list=riscv64-linux-user --without-default-features --enable-plugins \
        --disable-system --disable-tools --disable-docs --disable-download \
        --disable-install-blobs >log 2>&1 ||
        { tail -n 20 log >&2; die "configure of QEMU $version failed"; }
    nice ninja qemu-riscv64 contrib/plugins/libexeclog.so >log 2>&1 ||
        { tail -n 20 log >&2; die "the build of QEMU $version failed"; }
    strip qemu-riscv64
    mkdir -p "$folder"
    mv contrib/plugins/libexeclog.so qemu-riscv64 "$folder/"
}

there() { [ -e "$folder/qemu-riscv64" ] && [ -e "$folder/libexeclog.so" ]; }

if ! there; then
    [ "${1-}" != --there ] || die "$folder has no qemu-riscv64; ${0##*/} builds it"
    command -v apt-get >/dev/null || die "apt-get is not here; put qemu-riscv64 and libexeclog.so into $folder"
    mkdir -p "$cache"
    exec 9>"$cache/fetch-qemu-new.lock"
    flock 9
    if ! there; then
        work=$(mktemp -d "$cache/fetch.XXXXXX")
        trap 'rm -rf "$work"' EXIT
        build
    fi
fi
echo "$folder"
