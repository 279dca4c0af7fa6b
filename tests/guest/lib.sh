# SPDX-License-Identifier: MIT
#
# lib.sh: what the tests of etch-guest share; sourced behind tests/lib.sh.
#
# Reads:  GUEST (etch-guest under test), ENGINES, set by meson.
# Writes: programs into the working directory.

cross=riscv64-linux-gnu-gcc
for tool in $cross qemu-riscv64; do
    command -v $tool >/dev/null || fail "$tool is missing: scripts/setup.sh test installs it"
done
# Where Debian's cross compiler has its dynamic loader and libraries.
sysroot=/usr/riscv64-linux-gnu
