#!/bin/sh
# SPDX-License-Identifier: MIT
#
# setup.sh build|demo|test|bench: installs the Debian packages that a job
# needs and that are missing; with sudo where not root. Says nothing and asks
# no server when nothing is missing.
set -eu

build="gcc libc6-dev make meson ninja-build pkg-config scdoc libedit-dev libjansson-dev"
demo="$build git sqlite3 python3"
test="$demo g++ binutils ca-certificates clang libclang-rt-14-dev lld cmake file
      libcmocka-dev libglib2.0-dev bash zsh fish bash-completion man-db dpkg-dev xz-utils python3 python3-venv
      qemu-system-common qemu-user gcc-12-multilib gcc-aarch64-linux-gnu libc6-dev-arm64-cross
      gcc-riscv64-linux-gnu libc6-dev-riscv64-cross libcapstone-dev tcl
      musl-tools procps util-linux valgrind rsyslog strace tmux redis-server redis-tools
      gdb bpftrace linux-perf systemtap systemtap-sdt-dev libtracefs-dev linux-headers-$(dpkg --print-architecture 2>/dev/null || :)
      babeltrace babeltrace2 lttng-tools liblttng-ust-dev"
# QEMU's rs format wants 1.82; Debian 12 has that of its browsers.
minor=$(rustc --version 2>/dev/null | sed -n 's/^rustc 1\.\([0-9]*\)\..*/\1/p')
[ "${minor:-0}" -ge 82 ] || test="$test rustc-web"
bench="$test heaptrack lttng-tools liblttng-ust-dev liblttng-ust1 bpftrace
       libglib2.0-dev linux-perf"

case ${1-} in
build) packages=$build ;;
demo) packages=$demo ;;
test) packages=$test ;;
bench) packages=$bench ;;
*)
    echo "usage: $0 build|demo|test|bench" >&2
    exit 2
    ;;
esac

if ! command -v dpkg-query >/dev/null; then
    for tool in gcc make meson ninja pkg-config; do
        command -v $tool >/dev/null && continue
        echo "$0: $tool is missing; packages are installed on Debian and its like only" >&2
        exit 1
    done
    exit 0
fi

missing=
installed=$(dpkg-query -W -f '${binary:Package} ${db:Status-Status}\n' 2>/dev/null |
    sed -n 's/^\([^ :]*\)[^ ]* installed/ \1/p' | tr '\n' ' ')
for p in $packages; do
    case "$installed" in
    *" $p "*) ;;
    *) missing="$missing $p" ;;
    esac
done
[ -n "$missing" ] || exit 0

root=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || {
        echo "$0: not root and no sudo; to be installed:$missing" >&2
        exit 1
    }
    root=sudo
fi
echo "Installing:$missing" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { $root apt-get update -q &&
    $root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends $missing; } >"$log" 2>&1; then
    cat "$log" >&2
    echo "$0: apt-get failed; to be installed:$missing" >&2
    exit 1
fi
