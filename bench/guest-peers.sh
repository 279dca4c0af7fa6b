#!/bin/bash
# SPDX-License-Identifier: MIT
# Traces of a guest's instructions by others: a small plugin of stock qemu-riscv64 7.2 that stores
# blocks, addresses and data in memory (guest_plugin.c), QEMU's own libexeclog and its log, and ours,
# beside each other on the same programs; a newer QEMU, whose plugins see registers, where it was built
# (tests/guest/fetch-qemu.sh); then how fast etch insn reads. Seconds of processor time; of each the
# least of BENCH_TURNS (3) runs in turn. BENCH_GUESTS="qsort crc": these alone.
# Reads:  QEMU 7.2's source package, once, for libexeclog: kept in the bench's folder.
set -euo pipefail

guests=$("$BENCH_SOURCE/../tests/guest/fetch-guests.sh")
turns=${BENCH_TURNS:-3}
guest=$(dirname "$ETCH")/etch-guest insn=$(dirname "$ETCH")/etch-insn
work=$TMPFS/guest-peers
mkdir -p "$work"
cd "$work"
TIMEFORMAT='%U %S'

# --- the peers
execlog() {
    local sources=$BENCH/execlog version archive
    [ ! -e "$sources/libexeclog.so" ] || return 0
    # shellcheck source=tests/debian_source.sh
    . "$BENCH_SOURCE/../tests/debian_source.sh"
    rm -rf "$sources"
    mkdir -p "$sources"
    prepare_sources "$sources"
    version=$(newest_source qemu '.:7\.2')
    get_source "$sources" "qemu=$version" --download-only
    archive=$(ls "$sources"/source/qemu_7.2*.orig.tar.*[!c])
    tar -xf "$archive" -C "$sources" --strip-components=1 --wildcards \
        '*/contrib/plugins/execlog.c' '*/include/qemu/qemu-plugin.h'
    rm -rf "$sources/source" "$sources/lists" "$sources/archives"
    # shellcheck disable=SC2046
    gcc -O2 -shared -fPIC -I"$sources/include/qemu" $(pkg-config --cflags glib-2.0) \
        -o "$sources/libexeclog.so" "$sources/contrib/plugins/execlog.c"
}
execlog
execlog=$BENCH/execlog/libexeclog.so
gcc -O2 -Wall -shared -fPIC -I"$BENCH_SOURCE/../plugins/qemu" -o small.so "$BENCH_SOURCE/guest_plugin.c"
cat >loop.c <<'END'
#include <stdio.h>
int main(void)
{
    long sum = 0;
    for (int i = 0; i < ROUNDS; i++)
        sum += i;
    printf("%ld\n", sum);
}
END
riscv64-linux-gnu-gcc -O0 -static -DROUNDS=1000000 -o loop loop.c
riscv64-linux-gnu-gcc -O0 -static -DROUNDS=100000 -o loop-short loop.c
newer=$("$BENCH_SOURCE/../tests/guest/fetch-qemu.sh" --there 2>/dev/null) || newer=

ours() { # LEVEL METHOD COMMAND...
    local level=$1 method=$2
    shift 2
    rm -rf trace
    ETCH_TRACE="file=$work/trace;policy=overwrite" \
        "$guest" --trace-insn="$level" --trace-method="$method" "$@"
}

# run KIND COMMAND...
run() {
    local kind=$1 items=(-d "exec,cpu,in_asm" -D /dev/null)
    local plugin=(-plugin "$execlog" -d plugin -D /dev/null)
    shift
    case $kind in
    qemu) qemu-riscv64 "$@" ;;
    small-*) qemu-riscv64 -plugin "./small.so,level=${kind#small-}" "$@" ;;
    execlog) qemu-riscv64 "${plugin[@]}" "$@" ;;
    steps) qemu-riscv64 -singlestep "${items[@]}" "$@" ;;
    steps-execlog) qemu-riscv64 -singlestep "${plugin[@]}" "$@" ;;
    newer) "$newer/qemu-riscv64" "$@" ;;
    newer-execlog) "$newer/qemu-riscv64" -plugin "$newer/libexeclog.so,reg=*" -d plugin -D /dev/null "$@" ;;
    newer-*)
        rm -rf trace
        ETCH_TRACE="file=$work/trace;policy=overwrite" "$newer/qemu-riscv64" \
            -plugin "$PREFIX/lib/etch/libetch-qemu.so,level=${kind#newer-}" "$@"
        ;;
    etch) "$guest" "$@" ;;
    etch-steps) "$guest" --singlestep "${items[@]}" "$@" ;;
    etch-helper) ours full helper "$@" ;;
    etch-*) ours "${kind#etch-}" inline "$@" ;;
    esac
}

# seconds KIND COMMAND...
seconds() {
    { time run "$@" >output 2>errors </dev/null; } 2>&1 | awk '{ print $1 + $2 }'
}

declare -A best
measure() { # NAME KINDS COMMAND...
    local name=$1 kinds=$2 kind i
    shift 2
    for ((i = 0; i < turns; i++)); do
        for kind in $kinds; do
            best[$name,$kind]=$(awk -v a="${best[$name,$kind]:-}" -v b="$(seconds "$kind" "$@")" \
                'BEGIN { print a != "" && a < b ? a : b }')
        done
    done
}

# instructions COMMAND...
instructions() {
    rm -rf trace
    ETCH_TRACE="file=$work/trace;policy=block" "$guest" --trace-insn=blocks "$@" >/dev/null
    "$insn" --count trace | awk '/^instructions/ { print $2 }'
}

# --- the same programs by all: millions of instructions a second
kinds="qemu small-blocks small-address small-data etch etch-blocks etch-replay etch-full"
echo "| M instructions a second | qemu-riscv64 | plugin: blocks | + address | + data | libexeclog, to /dev/null | etch guest | blocks | replay | full | full, helper |"
echo "|---|---|---|---|---|---|---|---|---|---|---|"
for name in ${BENCH_GUESTS-qsort crc matmul hash}; do
    n=$(instructions "$guests/mix" "${BENCH_SCALE:-100}" "$name")
    slow=$(instructions "$guests/mix" 1 "$name")
    measure "$name" "$kinds" "$guests/mix" "${BENCH_SCALE:-100}" "$name"
    turns=1 measure "$name" "execlog etch-helper" "$guests/mix" 1 "$name"
    printf '| %s' "$name"
    for kind in qemu small-blocks small-address small-data execlog etch etch-blocks etch-replay \
        etch-full etch-helper; do
        case $kind in execlog | etch-helper) count=$slow ;; *) count=$n ;; esac
        awk -v n="$count" -v s="${best[$name,$kind]}" 'BEGIN { printf " | %.1f", n / s / 1e6 }'
    done
    echo " |"
done
echo

# --- with registers: libexeclog on the short loop alone, since it takes as long for each instruction
if [ -n "$newer" ]; then
    turns=1 measure loop newer-execlog ./loop-short
    n=$(instructions ./loop-short)
    registers=$(awk -v n="$n" -v s="${best[loop,newer-execlog]}" 'BEGIN { print n / s / 1e6 }')
    echo "$("$newer/qemu-riscv64" --version | head -n 1); its libexeclog with reg=*, to /dev/null: $registers M instructions a second"
    echo
    echo "| M instructions a second | qemu-riscv64 | our plugin, replay | full | etch guest, full | by libexeclog with registers |"
    echo "|---|---|---|---|---|---|"
    for name in ${BENCH_GUESTS-qsort crc matmul hash}; do
        n=$(instructions "$guests/mix" 10 "$name")
        measure "$name-10" "newer newer-replay newer-full etch-full" "$guests/mix" 10 "$name"
        awk -v name="$name" -v n="$n" -v base="$registers" -v a="${best[$name-10,newer]}" \
            -v b="${best[$name-10,newer-replay]}" -v c="${best[$name-10,newer-full]}" \
            -v d="${best[$name-10,etch-full]}" 'BEGIN { n /= 1e6
            printf "| %s | %.1f | %.1f | %.1f | %.1f | %.0f |\n", name, n / a, n / b, n / c, n / d, n / d / base }'
    done
else
    echo "libexeclog with registers: not measured, since no newer QEMU is built (tests/guest/fetch-qemu.sh)"
fi
echo

# --- the known table
echo "for (i = 0; i < 1000000; i++) sum += i; $(instructions ./loop) instructions; logs to /dev/null"
echo
echo "| | seconds |"
echo "|---|---|"
for kind in qemu execlog steps steps-execlog etch etch-blocks etch-replay etch-full etch-helper etch-steps; do
    measure loop "$kind" ./loop
    echo "| $kind | ${best[loop,$kind]} |"
done
echo

# --- reading
ETCH_TRACE="file=$work/read-full;policy=block" "$guest" --trace-insn=full "$guests/mix" 1 qsort >/dev/null
ETCH_TRACE="file=$work/read-replay;policy=block" "$guest" --trace-insn=replay "$guests/mix" 1 qsort >/dev/null
count=$("$insn" --count read-full | awk '/^instructions/ { print $2 }')
least() { # COMMAND...
    local i t fastest=
    for ((i = 0; i < turns; i++)); do
        t=$({ time "$@" >/dev/null; } 2>&1 | awk '{ print $1 + $2 }')
        fastest=$(awk -v a="$fastest" -v b="$t" 'BEGIN { print a != "" && a < b ? a : b }')
    done
    echo "$fastest"
}
echo "| etch insn, $count instructions | M instructions a second |"
echo "|---|---|"
while read -r what options trace; do
    # shellcheck disable=SC2086
    awk -v w="$what" -v n="$count" -v s="$(least "$insn" ${options//,/ } "$trace")" \
        'BEGIN { gsub("_", " ", w); printf "| %s | %.1f |\n", w, n / s / 1e6 }'
done <<'END'
replay,_made_full --count read-replay
full,_read --count read-full
lines_of_full -- read-full
lines_of_replay -- read-replay
END
