#!/bin/bash
# SPDX-License-Identifier: MIT
# Guests: RISC-V programs by etch guest and by stock qemu-riscv64, untraced; then what each level of
# --trace-insn costs beside etch guest's own untraced run, into a flight recorder, and what it stores.
# Seconds of processor time, user's and system's; of each the least of BENCH_TURNS (5) runs in turn.
# BENCH_GUESTS="qsort lua": these alone.
set -euo pipefail

guests=$("$BENCH_SOURCE/../tests/guest/fetch-guests.sh")
turns=${BENCH_TURNS:-5}
kernels="qsort crc matmul hash sha256 pi nbody mandel vm text"
names=${BENCH_GUESTS:-$kernels lua sqlite3 zstd busybox}
guest=$(dirname "$ETCH")/etch-guest insn=$(dirname "$ETCH")/etch-insn
work=$TMPFS/guest
mkdir -p "$work"
cd "$work"
TIMEFORMAT='%U %S'

cat >work.lua <<'END'
local t = {}
for i = 1, 400000 do t[i] = i * 7919 % 100003 end
table.sort(t)
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
local p = {}
for i = 1, 20000 do p[#p + 1] = string.format("%d:%s", i, ("x"):rep(i % 10)) end
print(t[1000], fib(31), #table.concat(p, ","))
END
cat >work.sql <<'END'
create table a(x, y);
with recursive c(n) as (select 1 union all select n + 1 from c where n < 200000)
    insert into a select n * 17 % 1003, n from c;
create index i on a(x);
select sum(x), count(distinct y) from a;
select x, count(*) from a group by x order by 2 desc, 1 limit 3;
END
cat "$guests/sqlite3" "$guests/lua" >data

# command NAME SCALE: the program and its arguments, in `run`
command() {
    case $1 in
    lua) run=("$guests/lua" work.lua) ;;
    sqlite3) run=("$guests/sqlite3" -init work.sql :memory: .exit) ;;
    zstd) run=("$guests/zstd" -q -c -7 data) ;;
    busybox) run=("$guests/busybox" sha512sum data data data data data data data data) ;;
    *) run=("$guests/mix" "$2" "$1") ;;
    esac
}

# seconds COMMAND...: of processor time
seconds() {
    { time "$@" >output 2>/dev/null </dev/null; } 2>&1 | awk '{ print $1 + $2 }'
}

traced() { # LEVEL COMMAND...
    rm -rf trace
    ETCH_TRACE="file=$work/trace;policy=overwrite" "$guest" --trace-insn="$@"
}

least() { # A B
    awk -v a="$1" -v b="$2" 'BEGIN { print a != "" && a < b ? a : b }'
}

geometric_mean() { # COLUMN FILE
    awk -v c="$1" '{ s += log($c); n++ } END { printf "%.2f", exp(s / n) }' "$2"
}

: >rows
for name in $names; do
    command "$name" "${BENCH_SCALE:-200}"
    qemu='' plain='' blocks='' replay='' full=''
    for ((i = 0; i < turns; i++)); do
        qemu=$(least "$qemu" "$(seconds qemu-riscv64 "${run[@]}")")
        cp output theirs
        plain=$(least "$plain" "$(seconds "$guest" "${run[@]}")")
        cmp -s output theirs || { echo "guest: $name: the output is not QEMU's" >&2; exit 1; }
        blocks=$(least "$blocks" "$(seconds traced blocks "${run[@]}")")
        replay=$(least "$replay" "$(seconds traced replay "${run[@]}")")
        full=$(least "$full" "$(seconds traced full "${run[@]}")")
    done
    # bytes an instruction, of those that the flight recorder held at the end
    bytes=
    for level in blocks replay full; do
        traced $level "${run[@]}" >/dev/null 2>&1 </dev/null
        bytes+=" $("$insn" --count trace | awk '/^bytes/ { b = $2 } /^instructions/ { i = $2 }
            END { printf "%.2f", b / i }')"
    done
    echo "$name $qemu $plain $blocks $replay $full$bytes" |
        awk '{ print $0, $2 / $3, $4 / $3, $5 / $3, $6 / $3 }' >>rows
done

echo "| guest | qemu-riscv64, s | etch guest, s | times as fast | blocks | replay | full | bytes an instruction: blocks, replay, full |"
echo "|---|---|---|---|---|---|---|---|"
awk '{ printf "| %s | %.3f | %.3f | %.2f | %.2f | %.2f | %.2f | %s, %s, %s |\n", $1, $2, $3, $10,
    $11, $12, $13, $7, $8, $9 }' rows
printf '| geometric mean | | | %s | %s | %s | %s | |\n' "$(geometric_mean 10 rows)" \
    "$(geometric_mean 11 rows)" "$(geometric_mean 12 rows)" "$(geometric_mean 13 rows)"
