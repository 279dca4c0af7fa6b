#!/bin/bash
# SPDX-License-Identifier: MIT
# Whole programs with every malloc and free recorded: `etch record --preload heap` beside
# heaptrack, LTTng's libc wrapper and bpftrace uprobes, in turn. What is timed is the program as
# its user waits for it; setting up and ending LTTng's session and attaching bpftrace is not.
set -euo pipefail
# shellcheck source=bench/peers.sh
. "$BENCH_SOURCE/peers.sh"

turns=${BENCH_TURNS:-5}
work=$TMPFS/programs
mkdir -p "$work"
# That of the programs: ldconfig may know others first, for 32 bits.
libc=$(ldd "$(command -v git)" | sed -n 's/.*libc\.so\.6 => \(.*\) (.*/\1/p')
wrapper=$(ldconfig -p | sed -n 's/.*liblttng-ust-libc-wrapper\.so\.[0-9]* .*=> //p' | head -n 1)

# A repository of 2,000 commits, the same on every machine.
make_repository() {
    git init -q "$work/repository"
    awk 'BEGIN { for (i = 1; i <= 2000; i++) {
        text = "line " i "\nfile of commit " i * i "\n"
        message = "commit " i "\n"
        printf "commit refs/heads/main\ncommitter A <a@example.org> %d +0000\ndata %d\n%s",
            1600000000 + i, length(message), message
        printf "M 644 inline f%d\ndata %d\n%s\n", i % 40, length(text), text } }' |
        git -C "$work/repository" fast-import --quiet
}

cat >"$work/table.sql" <<'END'
CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, value REAL);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
INSERT INTO t SELECT i, printf('name %d', i), i * 1.5 FROM n;
CREATE INDEX by_name ON t (name);
SELECT count(*), sum(length(name)) FROM t;
END

program_git=(git -C "$work/repository" --no-pager log --stat refs/heads/main)
program_sqlite3=(sqlite3 :memory: ".read $work/table.sql")
program_gcc=(gcc -O2 -D_GNU_SOURCE -c -o "$work/spawn.o" "$BENCH_SOURCE/spawn.c")

# timed COMMAND...: seconds into the variable `seconds`
timed() {
    local start=$EPOCHREALTIME
    "$@" >"$work/stdout" 2>"$work/stderr" || { cat "$work/stdout" "$work/stderr" >&2; return 1; }
    seconds=$(awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.4f", b - a }')
}

with_plain() { timed "$@"; }
with_etch() { timed "$ETCH" record --preload heap -o "$work/out" -- "$@"; }
with_heaptrack() { timed heaptrack --raw -o "$work/out" "$@"; }
with_lttng() {
    lttng_session 'lttng_ust_libc:*' vpid
    timed env LD_PRELOAD="$wrapper" "$@"
    lttng_session_end
    mv "$TMPFS/lttng" "$work/out"
}
with_bpftrace() {
    local ready=$work/ready
    bpftrace -o "$work/out" -e "
        BEGIN { printf(\"ready\\n\"); }
        uprobe:$libc:malloc { printf(\"%d malloc %lu\\n\", pid, arg0); }
        uretprobe:$libc:malloc { printf(\"%d = %p\\n\", pid, retval); }
        uprobe:$libc:free { printf(\"%d free %p\\n\", pid, arg0); }" >/dev/null 2>"$ready" &
    local tracer=$!
    local deadline=$((SECONDS + 60))
    until grep -q ready "$work/out" 2>/dev/null; do
        kill -0 "$tracer" && [ "$SECONDS" -lt "$deadline" ] || { cat "$ready" >&2; return 1; }
        sleep .1
    done
    timed "$@"
    kill -INT "$tracer"
    wait "$tracer" || true
}

# one TOOL PROGRAM: appends "seconds bytes"
one() {
    local seconds bytes
    local -n argv=program_$2
    "with_$1" "${argv[@]}"
    bytes=$({ du -sbc "$work/out"* 2>/dev/null || true; } | tail -n 1 | cut -f1)
    echo "$seconds ${bytes:-0}" >>"$work/figures-$1-$2"
    rm -rf "$work/out"*
}

median() { awk -v n="$2" '{ print $n }' "$1" | sort -n | sed -n "$(((turns + 1) / 2))p"; }

cell() {
    local plain
    plain=$(median "$work/figures-plain-$2" 1)
    awk -v a="$(median "$work/figures-$1-$2" 1)" -v p="$plain" \
        -v b="$(median "$work/figures-$1-$2" 2)" \
        'BEGIN { printf " %.1f ms, × %.2f, %.2f MB |", a * 1e3, a / p, b / 1e6 }'
}

make_repository
lttng_start
tools="plain etch heaptrack lttng"
[ "$(id -u)" != 0 ] || tools="$tools bpftrace"
for _ in $(seq "$turns"); do
    for program in git sqlite3 gcc; do
        for tool in $tools; do one "$tool" "$program"; done
    done
done

echo "| every malloc and free of | git log | sqlite3 | gcc |"
echo "|---|---|---|---|"
for tool in $tools; do
    echo "| $tool |$(cell "$tool" git)$(cell "$tool" sqlite3)$(cell "$tool" gcc)"
done
