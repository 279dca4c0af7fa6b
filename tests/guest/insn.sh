# SPDX-License-Identifier: MIT
# Traces of guest instructions (etch guest --trace-insn) and what etch-insn makes of
# them: each level, against the instructions that qemu-riscv64 says it ran; replay made
# full, byte for byte; values against an independent computation; kill; threads; fork.
#
# Reads: INSN (etch-insn), CHECK (recomputes what a trace says), ETCH.
set -eu
. "$TESTS/lib.sh"
. "$TESTS/guest/lib.sh"

# trace DIR LEVEL [OPTION...] PROGRAM...: the names are as long as each other, since a guest sees
# its environment.
trace()
{
    local dir=$1 level=$2
    shift 2
    rm -rf "$dir"
    run 0 env ETCH_TRACE="policy=block,ctf=$dir" "$GUEST" --trace-insn "$level" "$@"
}

$cross -static -O1 -nostdlib -ffreestanding -fno-tree-loop-distribute-patterns -o traced \
    "$TESTS/guest/cases/traced.c"
qemu-riscv64 -singlestep -d nochain,exec -D log ./traced >want
sed -n 's#^Trace.*\[[0-9a-f]*/0*\([0-9a-f]*\)/.*#\1#p' log >pcs

# --- which instructions were run, at each level; registers do not hang on the method
for level in blocks replay full; do
    trace "trace-${level:0:1}" $level ./traced
    cmp -s out want || fail "the guest's output at level $level"
    run 0 "$INSN" "trace-${level:0:1}"
    awk '{print $1}' out | cmp -s - pcs || fail "level $level has other instructions than qemu-riscv64"
    mv out text-$level
done
cmp text-replay text-full || fail "replay, made full, is not full"
sed 's/  *[a-z0-9.]* .*//' text-full >have
grep -q '<fibonacci+' have || fail "no symbols"
run 0 "$CHECK" trace-f
has out "recomputed"
hasnt out "0 recomputed"
run 0 "$CHECK" trace-r
mv out checked

# --- by a helper for each instruction: the same
trace trace-h full --trace-method helper ./traced
run 0 "$INSN" trace-h
cmp out text-full || fail "the helper stores other values than translated code"

# --- the lines, in other forms
grep -q ' sd ra, 8(sp) .*sp=\([0-9a-f]*\) ra=0 \[[0-9a-f]*\]<-0$' text-full || fail "a store"
run 0 "$INSN" --execlog trace-f
[ "$(wc -l <out)" = "$(grep -vc ecall text-full)" ] || fail "execlog: another number of lines"
grep -q '^0, 0x[0-9a-f]*, 0xe406, "sd ra, 8(sp)", store, 0x[0-9a-f]*$' out || fail "execlog"
run 0 "$INSN" --json trace-r
python3 -c 'import json, sys; n = [json.loads(l) for l in sys.stdin]; assert len(n) > 2000 and n[1]["in"]["ra"] == "0x0"' <out ||
    fail "json"

# --- searching
run 0 "$INSN" --from memory --to atomics trace-f
head -1 out | grep -q '<memory> ' || fail "--from SYMBOL"
tail -1 out | grep -q '<atomics> ' || fail "--to SYMBOL"
run 0 "$INSN" -n --from 1000 --to 1009 trace-r
[ "$(cut -d' ' -f1 out | tr '\n' ' ')" = "1000 1001 1002 1003 1004 1005 1006 1007 1008 1009 " ] ||
    fail "--from and --to by number"
run 0 "$INSN" --reg fa5 trace-f
grep -q 'fa5=' out || fail "--reg"
! grep -qv 'fa5' out || fail "--reg shows others"
at=0x$(nm traced | sed -n 's/^0*\([0-9a-f]*\) . counter$/\1/p')
run 0 "$INSN" --mem "$at+8" trace-f
[ "$(wc -l <out)" = 4 ] || fail "--mem"
last=$(grep -e '<-' out | tail -1)
run 0 "$INSN" --who "$at" trace-f
has out "$last"
run 0 "$INSN" --who "$at" --to "$("$INSN" -n trace-f | awk '/ <atomics\+32>/ {print $1; exit}')" trace-f
has out amoxor
run 1 "$INSN" --who 0x10 trace-f
run 0 "$INSN" --at 1500 trace-f
mv out state-full
run 0 "$INSN" --at 1500 trace-r
cmp out state-full || fail "--at differs between levels"
pc=$(sed -n 1501p text-full | awk '{print $1}')
grep -q "^pc *$pc " out || fail "--at is elsewhere"

# --- which way it went
run 0 "$INSN" --flow trace-b
grep -Eq '^3001 +1 +[0-9a-f]+ <_start>$' out || grep -Eq '^[0-9]+ +1 +[0-9a-f]+ <_start>$' out ||
    fail "--flow: no root"
[ "$(awk '$4 == "<fibonacci>" {n += $2} END {print n}' out)" = 109 ] || fail "--flow: calls of fibonacci(9)"
run 0 "$INSN" --hot --top 3 trace-b
[ "$(wc -l <out)" = 4 ] || fail "--hot"
run 0 "$INSN" --count trace-b
has out "instructions $(wc -l <pcs)"

# --- other readers, and what passes over frames
run 0 babeltrace2 trace-f
has out out0_sp
for command in print stat; do
    run 0 "$ETCH" $command trace-f
    has err "\`etch insn\` prints them"
done

# --- libraries that the guest's loader maps: their symbols
printf '#include <stdio.h>\nint main(void) { return puts("on") < 0; }\n' >shared.c
$cross -O2 -o shared shared.c
trace trace-s blocks -L "$sysroot" ./shared
run 0 "$INSN" trace-s
at=$(nm -D "$sysroot/lib/libc.so.6" | sed -n 's/^0*\([0-9a-f]*\) W puts@.*/\1/p')
grep -qE "^[0-9a-f]*${at: -3} <(_IO_)?puts> " out || fail "no symbol of libc's at ...${at: -3}"

# --- killed: what is there can be read to its last frame
is_killed "$GUEST" --trace-insn replay
run 0 "$ETCH" recover killed
run 0 "$CHECK" killed
has out recomputed

# --- bad input
run 0 "$GUEST" -o events --trace 'guest_user_*' ./traced
run 1 "$INSN" events
has err "no instructions are in it"
run 2 "$INSN"
run 2 "$INSN" nowhere
run 2 "$INSN" --reg q9 trace-f
run 2 "$INSN" --from nosuch trace-f
mkdir bad && cp trace-f/stream-* bad/
sed 's/etch-frame:results [0-9a-f]*:/&00/' trace-f/metadata >bad/metadata
run 2 "$INSN" bad
has err "etch-insn: "

# --- -d: the log that qemu-riscv64 writes; stacks lie elsewhere, and so do QEMU's blocks
masked()
{
    grep -e '^ ' "$1" | sed 's/ 0000003f[0-9a-f]\{8\}/ STACK/g; s/ 0000004[0-9a-f]\{9\}/ STACK/g'
}
qemu-riscv64 -singlestep -d exec,cpu,fpu,nochain -D theirs ./traced >want
run 0 "$GUEST" --singlestep -d in_asm,exec,cpu,fpu,nochain -D log-single ./traced
cmp out want || fail "the guest's output with -d"
masked theirs >a
masked log-single >b
[ "$(wc -l <a)" -gt 50000 ] || fail "qemu-riscv64 logs little"
cmp a b || fail "-d cpu,fpu: other registers than qemu-riscv64"
[ "$(grep -c '^Trace' theirs)" = "$(grep -c '^Trace' log-single)" ] || fail "-d exec"
grep -q '^0x0000000000010[0-9a-f]*:  1141              addi sp, sp, -16$' log-single || fail "-d in_asm"
qemu-riscv64 -d exec,nochain -D theirs ./traced >want
run 0 "$GUEST" -d exec,nochain ./traced
# QEMU ends blocks behind accesses of CSRs, too.
begins()
{
    sed -n 's#^Trace.*\[[0-9a-f]*/\([0-9a-f]*\)/.*#\1#p' "$1"
}
begins theirs >a
begins err >b
[ "$(diff a b | grep -c '^>')" = 0 ] && [ "$(wc -l <b)" -gt 500 ] || fail "-d exec: other blocks"
run 2 "$GUEST" -d nosuch ./traced
run 2 "$GUEST" -d cpu --trace-insn full ./traced
