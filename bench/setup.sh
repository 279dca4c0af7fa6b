#!/bin/sh
# SPDX-License-Identifier: MIT
# The Debian packages that the benchmarks need beside those of the build, one a line: the peers
# and what builds them. scripts/setup.sh installs them.
cat <<'END'
binutils
bpftrace
clang
gcc-aarch64-linux-gnu
git
heaptrack
libglib2.0-dev
liblttng-ust-dev
lttng-tools
pkg-config
python3
sqlite3
END
