# SPDX-License-Identifier: MIT
# Programs of random instructions: every register and flag is the same under
# qemu-riscv64, the interpreter and the translator, traced and not.
#
#   random.sh PROGRAMS [FIRST-SEED]     programs of 4,000 cases each
#
# Reads: RANDOM_PROGRAM (writes the programs), CHECK (recomputes what a trace says).
set -eu
. "$TESTS/lib.sh"
. "$TESTS/guest/lib.sh"
programs=${1:-4} first=${2:-1} cases=4000 state=528
levels=(blocks replay full)

differs()
{
    local seed=$1 engine=$2 at
    at=$(cmp want got | sed -n 's/.*[a-z] \([0-9]*\),.*/\1/p')
    [ -n "$at" ] || fail "seed $seed: the $engine's output is cut off"
    "$RANDOM_PROGRAM" "$seed" $cases --list $(((at - 9) / state)) >out
    fail "seed $seed, case $(((at - 9) / state)), word $(((at - 9) % state / 8)) of x, f, fcsr: $engine"
}

for ((seed = first; seed < first + programs; seed++)); do
    "$RANDOM_PROGRAM" "$seed" $cases >program
    chmod +x program
    qemu-riscv64 ./program >want || fail "seed $seed: qemu-riscv64 ends with $?"
    [ "$(stat -c %s want)" = $((8 + cases * state + 4096)) ] || fail "seed $seed: output is cut off"
    for engine in $ENGINES; do
        "$GUEST" --engine "$engine" ./program >got || fail "seed $seed: $engine ends with $?"
        cmp -s want got || differs "$seed" "$engine"
    done
    level=${levels[seed % ${#levels[@]}]}
    "$GUEST" --trace-insn="$level" -o trace ./program >got || fail "seed $seed: $level ends with $?"
    cmp -s want got || differs "$seed" "$level"
    [ "$level" = blocks ] || run 0 "$CHECK" trace/*.ctf
    rm -rf trace
done
