#!/bin/bash
# SPDX-License-Identifier: MIT
# An event that is off, by disassembly: instructions and bytes from the entry of a function that
# does nothing but call it, up to the return.
set -euo pipefail

work=$TMPFS/off
mkdir -p "$work"
(cd "$BENCH_SOURCE" && "$ETCH" gen --backends=simple --group=bench -o "$work" trace-events)
cat >"$work/off.c" <<'END'
#include "trace-bench.h"
void leaf(uint64_t a, uint64_t b);
void leaf(uint64_t a, uint64_t b)
{
    trace_bench_off(a, b);
}
END

# count OBJDUMP OBJECT: "instructions bytes: text" up to the first ret
count() {
    "$1" -d --disassemble=leaf "$2" | awk '
        /^ *[0-9a-f]+:\t/ {
            split($0, f, "\t")
            if (f[3] ~ /^(ret|endbr64)/) { if (f[3] ~ /^ret/) exit; next }
            if (f[3] == "") { bytes += split(f[2], b, " "); next }
            n = split(f[2], b, " ")
            bytes += length(b[1]) == 8 ? 4 * n : n
            sub(/ +[<#].*/, "", f[3])
            gsub(/ +/, " ", f[3])
            text = text (count++ ? "; " : "") f[3] (f[4] ? " " f[4] : "")
        }
        END { printf "%d | %d | `%s`", count, bytes, text }'
}

echo "| event off | instructions | bytes | code |"
echo "|---|---|---|---|"
for how in "gcc -O2" "gcc -O3" "clang -O2" "clang -O3" "aarch64-linux-gnu-gcc -O2"; do
    compiler=${how% *}
    command -v "$compiler" >/dev/null || continue
    # shellcheck disable=SC2086
    $how -I"$PREFIX/include" -I"$work" -c -o "$work/off.o" "$work/off.c"
    case $compiler in
    aarch64*) objdump=aarch64-linux-gnu-objdump ;;
    *) objdump=objdump ;;
    esac
    echo "| $how | $(count "$objdump" "$work/off.o") |"
done
