# SPDX-License-Identifier: MIT
# Guest programs that check themselves, static and dynamic, on each engine; the
# static ones traced, too.
#
#   cases.sh [THREADS]     so many at once, of which a process has at most
set -eu
. "$TESTS/lib.sh"
. "$TESTS/guest/lib.sh"
threads=${1:-100}

# In a folder of its own.
checked()
{
    local status=$1 name=$2
    shift 2
    rm -rf folder
    mkdir folder
    cd folder
    run "$status" timeout 60 "$GUEST" -L "$sysroot" "$@"
    cd ..
    has out "$name: all as it should be"
}

# check STATUS NAME ARGUMENTS...
check()
{
    local status=$1 name=$2 engine program
    shift 2
    for program in "$name" "$name-dynamic"; do
        $cross -D_GNU_SOURCE -Wall -Wextra -Werror -O2 -pthread \
            $([ "$program" != "$name" ] || echo -static) -o "$program" \
            "$TESTS/guest/cases/$name.c" -lrt -lm 2>err || fail "$name.c does not compile"
        for engine in $ENGINES; do
            checked "$status" "$name" --engine "$engine" "../$program" "$@"
        done
    done
    checked "$status" "$name" --trace-insn=replay -o ../trace "../$name" "$@"
    rm -rf trace
}

check 5 threads "$threads"
check 0 signals
check 0 memory etch
check 0 files
check 0 process
