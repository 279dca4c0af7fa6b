#!/bin/bash
# SPDX-License-Identifier: MIT
# Generation: the whole process of `etch gen` and `etch-tracetool` beside QEMU 7.2's tracetool.py
# over all declarations of a full build, over a file of 100 lines, and what a generated header of
# 50 events costs the compiler beside the standard headers alone.
set -euo pipefail

work=$TMPFS/gen
mkdir -p "$work/out"

# declarations N: so many, plain
declarations() {
    local i
    for i in $(seq "$1"); do
        echo "gen_event_$i(uint64_t address, int size, const char *name)" \
            "\"address 0x%\" PRIx64 \" size %d name %s\""
    done
}

# median_us OUTPUT LINE: of spawn's output
median_us() { sed -n "$2s/ .*//p" <<<"$1"; }
ms() { awk -v us="$1" 'BEGIN { printf "%.2f", us / 1000 }'; }

all=${BENCH_EVENTS:-$work/trace-events-all}
# Two user-mode emulators declare the same names; one of them is enough.
[ -e "$all" ] || find "$QEMU" -name trace-events ! -path '*/bsd-user/*' -exec cat {} + >"$all"
count=$(grep -cE '^[^#[:space:]].*\(' "$all")
declarations 98 >"$work/small"
declarations 50 >"$work/trace-events"
tracetool=("$PREFIX/bin/etch-tracetool" --qemu=7.2 --format=h --backend=simple --group=all)
theirs=(python3 "$QEMU/scripts/tracetool.py" --format=h --backend=simple --group=all)
forced=(sh -c "rm -f '$work/out/'*; exec '$ETCH' gen --backends=simple --group=all -o '$work/out' \
    '$all'")

ours=$("$BENCH/spawn" 41 -- "$ETCH" gen --backends=simple --group=all -o "$work/out" "$all" \
    -- "${forced[@]}" -- "${tracetool[@]}" "$all" "$work/out/h" \
    -- "$ETCH" gen --backends=simple --group=small -o "$work/out" "$work/small" \
    -- "${tracetool[@]}" "$work/small" "$work/out/small.h")
old=$("$BENCH/spawn" 5 -- "${theirs[@]}" "$all" "$work/out/h" \
    -- "${theirs[@]}" "$work/small" "$work/out/small.h")

echo "| generate, whole process, ms (median) | $count events | 100 lines |"
echo "|---|---|---|"
echo "| etch gen, .h and .c, unchanged | $(ms "$(median_us "$ours" 1)") |" \
    "$(ms "$(median_us "$ours" 4)") |"
echo "| rm; etch gen, .h and .c, written (with sh and rm) | $(ms "$(median_us "$ours" 2)") | |"
echo "| etch-tracetool, .h | $(ms "$(median_us "$ours" 3)") | $(ms "$(median_us "$ours" 5)") |"
echo "| tracetool.py 7.2, .h | $(ms "$(median_us "$old" 1)") | $(ms "$(median_us "$old" 2)") |"
echo
echo "tracetool.py ÷ etch-tracetool: $(awk -v a="$(median_us "$old" 1)" \
    -v b="$(median_us "$ours" 3)" 'BEGIN { printf "%.0f", a / b }')"

# The compiler's part: the standard headers that the generated one includes, alone and with it.
(cd "$work" && "$ETCH" gen --backends=simple --group=fifty -o "$work" trace-events)
gcc -I"$PREFIX/include" -H -fsyntax-only -x c "$work/trace-fifty.h" 2>&1 |
    sed -nE 's/^\.+ (.*)/\1/p' | grep -v -e "$PREFIX" -e "$work" >"$work/headers" || true
# Only those that are included directly by ours can be named; the rest come with them.
cat "$work/trace-fifty.h" "$PREFIX/include/etch/"*.h |
    sed -nE 's/^#include (<[a-z]+\.h>)/#include \1/p' | sort -u |
    while read -r line; do
        name=$(sed -E 's/.*<(.*)>/\1/' <<<"$line")
        if grep -q "/$name\$" "$work/headers"; then echo "$line"; fi
    done >"$work/standard.c"
printf '#include "trace-fifty.h"\nint user(void);\nint user(void) { return 0; }\n' >"$work/user.c"
printf 'int user(void);\nint user(void) { return 0; }\n' >>"$work/standard.c"
cost=$("$BENCH/spawn" 40 -- gcc -O2 -c -o "$work/a.o" "$work/standard.c" \
    -- gcc -O2 -c -I"$PREFIX/include" -I"$work" -o "$work/b.o" "$work/user.c")
echo
echo "gcc -O2 -c, standard headers alone $(ms "$(median_us "$cost" 1)") ms," \
    "with a generated header of 50 events $(ms "$(median_us "$cost" 2)") ms"
