# SPDX-License-Identifier: MIT
#
# lib.sh: what the tests of etch-guest share; sourced behind tests/lib.sh.
#
# Reads:  GUEST (etch-guest under test), ENGINES, set by meson.
# Writes: programs into the working directory.

cross=riscv64-linux-gnu-gcc
needs $cross qemu-riscv64
# Where Debian's cross compiler has its dynamic loader and libraries.
sysroot=/usr/riscv64-linux-gnu

# is_killed RUNNER...: kills a guest that turns a loop; the folder ./killed has its last
# instructions.
is_killed()
{
    local victim
    rm -rf killed spun
    cat >spin.c <<'END'
#include <stdio.h>
int main(void) { volatile unsigned long n = 0; puts("on"); fflush(stdout); for (;;) n += n * 3 + 1; }
END
    $cross -static -O2 -o spin spin.c
    ETCH_TRACE="policy=overwrite,buffer=1M,ctf=killed" "$@" ./spin >spun &
    victim=$!
    until [ -s spun ]; do kill -0 $victim || fail "the guest has ended"; done
    kill -9 $victim
    wait $victim || true
    run 0 "$INSN" --count killed
    [ "$(sed -n 's/^instructions //p' out)" -gt 10000 ] || fail "few instructions of a killed guest"
}
