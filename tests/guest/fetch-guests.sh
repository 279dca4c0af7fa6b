#!/bin/bash
# SPDX-License-Identifier: MIT
# Builds the guests of the tests and benchmarks: busybox, sqlite3, lua and zstd from Debian's source
# packages, and the number-crunching mix of tests/guest/programs; each static and dynamic, for RV64GC.
# Reads:  the configured apt sources (see debian_source.sh), Debian's cross compiler for riscv64.
# Writes: a cache folder outside the repository, ${ETCH_CACHE:-${XDG_CACHE_HOME:-~/.cache}/etch}/guests,
#         and prints it. NAME is the static program, NAME-dynamic the other one. A second run finds
#         them, and builds only what is missing or, of the mix, older than its source.
# Never:  leaves a half built program under its name, touches /etc/apt, or needs root.
# Usage:  fetch-guests.sh [NAME...]; without a name all.
# Status: 0 the folder is printed; 1 it cannot be had here (the reason is on stderr).
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
cache=${ETCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/etch}
folder=$cache/guests
cross=riscv64-linux-gnu-
work=

die() { echo "fetch-guests: $*" >&2; exit 1; }

# shellcheck source=tests/debian_source.sh
. "$here/../debian_source.sh"

# both NAME COMPILER-ARGUMENTS: links the program twice.
both() {
    local name=$1
    shift
    "${cross}gcc" -o "$work/$name-dynamic" "$@"
    "${cross}gcc" -static -o "$work/$name" "$@" 2>"$work/warnings" || { cat "$work/warnings" >&2; return 1; }
    publish "$name"
}

publish() {
    mv "$work/$1-dynamic" "$work/$1" "$folder/"
}

# busybox's own build; what differs between the two is the link.
build_busybox() {
    local static
    make -s ARCH=riscv CROSS_COMPILE="$cross" defconfig >/dev/null
    for static in n y; do
        sed -Ei "s/^(# )?CONFIG_STATIC[ =].*/CONFIG_STATIC=$static/" .config
        # What its 1.35 has against newer kernels' headers, and what needs a library of its own.
        sed -Ei 's/^CONFIG_(TC|FEATURE_TC_INGRESS|PAM)=y/# CONFIG_\1 is not set/' .config
        make -s ARCH=riscv CROSS_COMPILE="$cross" oldconfig >/dev/null < <(yes '' 2>/dev/null)
        make -s ARCH=riscv CROSS_COMPILE="$cross" SKIP_STRIP=y busybox >&2
        if [ $static = y ]; then mv busybox "$work/busybox"; else mv busybox "$work/busybox-dynamic"; fi
    done
    publish busybox
}

build_sqlite3() {
    command -v tclsh >/dev/null || die "tclsh is missing, which makes sqlite3.c: scripts/setup.sh test"
    ./configure --disable-tcl --disable-readline >/dev/null
    make -s sqlite3.c shell.c >&2
    both sqlite3 -O2 -DSQLITE_ENABLE_FTS5 -DSQLITE_ENABLE_RTREE -DSQLITE_ENABLE_MATH_FUNCTIONS \
        sqlite3.c shell.c -lm
}

build_lua() {
    local sources
    # Debian's build makes this one.
    echo '#define DEB_HOST_MULTIARCH "riscv64-linux-gnu"' >src/lua5.4-deb-multiarch.h
    sources=$(find src -name '*.c' ! -name luac.c)
    # shellcheck disable=SC2086
    both lua -O2 -std=gnu99 -DLUA_USE_LINUX $sources -lm
}

build_zstd() {
    local sources
    sources=$(find lib/common lib/compress lib/decompress lib/dictBuilder programs -maxdepth 1 \
        -name '*.c')
    # shellcheck disable=SC2086
    both zstd -O2 -DZSTD_MULTITHREAD -DXXH_NAMESPACE=ZSTD_ -DZSTD_LEGACY_SUPPORT=0 \
        -DZSTD_DISABLE_ASM -Ilib -Ilib/common -Iprograms $sources -lpthread
}

# package NAME SOURCE-PACKAGE: unpacked and built, unless both programs are there.
package() {
    local name=$1 source=$2 version
    [ ! -e "$folder/$name" ] || [ ! -e "$folder/$name-dynamic" ] || return 0
    [ -n "${apt_options+set}" ] || prepare_sources "$work"
    version=$(newest_source "$source")
    [ -n "$version" ] || die "the configured apt sources have no source package $source"
    get_source "$work" "$source=$version"
    (cd "$work/source" && cd "$(find . -mindepth 1 -maxdepth 1 -type d -name "$source-*")" &&
        "build_$name")
}

mix() {
    local sources=("$here"/programs/{mix,qsort,crc,matmul,hash,sha256,pi,nbody,mandel,vm,text}.c)
    [ ! -e "$folder/mix" ] || [ ! -e "$folder/mix-dynamic" ] ||
        [ -n "$(find "${sources[@]}" -newer "$folder/mix")" ] || return 0
    both mix -O2 -g "${sources[@]}" -lm
}

command -v "${cross}gcc" >/dev/null || die "${cross}gcc is missing: scripts/setup.sh test installs it"
mkdir -p "$folder"
exec 9>"$cache/fetch-guests.lock"
flock 9
work=$(mktemp -d "$cache/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
[ $# -gt 0 ] || set -- mix lua zstd sqlite3 busybox
for name; do
    case $name in
    mix) mix ;;
    busybox | sqlite3) package "$name" "$name" ;;
    lua) package lua lua5.4 ;;
    zstd) package zstd libzstd ;;
    *) die "no guest '$name': mix lua zstd sqlite3 busybox" ;;
    esac
done
echo "$folder"
