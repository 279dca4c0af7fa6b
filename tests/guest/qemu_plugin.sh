# SPDX-License-Identifier: MIT
# The plugin for qemu-riscv64: what it stores is what etch-guest stores, as far as QEMU
# shows it; threads, a forked child, a kill; and, where it shows registers, faults and
# signals in the middle of a block, and code that the table of instructions has not.
#
#   qemu_plugin.sh [registers]
#
# Reads: PLUGIN, INSN (etch-insn), CHECK (recomputes what a trace says), ETCH. With `registers`
#        a QEMU that shows them, which fetch-qemu.sh builds; else the installed one.
set -eu
. "$TESTS/lib.sh"
. "$TESTS/guest/lib.sh"
ulimit -c 0
qemu=$(command -v qemu-riscv64) levels="blocks memory" best=memory
if [ "${1-}" = registers ]; then
    qemu=$("$TESTS/guest/fetch-qemu.sh")/qemu-riscv64
    levels="blocks memory replay full" best=full
fi

# plugin STATUS LEVEL PROGRAM...: into the trace LEVEL; its lines into LEVEL.txt.
plugin()
{
    local want=$1 level=$2
    shift 2
    rm -rf "$level"
    run "$want" env ETCH_TRACE="policy=block,ctf=$level" "$qemu" -plugin "$PLUGIN,level=$level" "$@"
    mv out said
    run 0 "$INSN" --exe "$1" "$level"
    mv out "$level.txt"
}

# guest NAME STATUS: such a program of the cases; ours.txt are its lines.
guest()
{
    $cross -static -O1 -nostdlib -ffreestanding -fno-tree-loop-distribute-patterns -Wl,-e,begin \
        -o "$1" "$TESTS/guest/cases/begin.S" "$TESTS/guest/cases/$1.c"
    rm -rf ours
    run "$2" env ETCH_TRACE=policy=block,ctf=ours "$GUEST" --trace-insn full "./$1"
    mv out want
    "$INSN" ours >ours.txt
}

guest traced 0
for level in $levels; do
    plugin 0 $level ./traced
    cmp said want || fail "the guest's output under the plugin"
    diff <(awk '{print $1}' ours.txt) <(awk '{print $1}' "$level.txt") >diff ||
        fail "level=$level: other instructions: $(head -4 diff)"
done

# The same memory is read and written; of atomic instructions QEMU tells what they leave.
values()
{
    grep -v -e 'amo' -e 'sc\.' "$1" | sed -n 's/.*\(\[[0-9a-f]*\][^ ]*\)$/\1/p'
}
values ours.txt >have
values memory.txt >seen
[ "$(wc -l <have)" -gt 300 ] || fail "only $(wc -l <have) accesses"
diff have seen >diff || fail "other accesses: $(head -4 diff)"
run 0 "$INSN" --who "0x$(nm traced | sed -n 's/^0*\([0-9a-f]*\) . word$/\1/p')" --exe traced memory
has out "floats"

# --- with registers each line is that of etch-guest
# same_lines -e PATTERN...: but those that have one of them.
same_lines()
{
    local level
    for level in replay full; do
        diff <(grep -v "$@" ours.txt) <(grep -v "$@" $level.txt) >diff ||
            fail "level=$level: other lines: $(head -4 diff)"
        run 0 "$CHECK" $level
        hasnt out " 0 recomputed"
    done
}
if [ $best = full ]; then
    same_lines -e '^$'

    # Frames of signals and what returns from them lie elsewhere.
    guest faults 139
    plugin 139 replay ./faults
    plugin 139 full ./faults
    [ "$(grep -c '<handler' full.txt)" = "$(grep -c '<handler' ours.txt)" ] || fail "the handler's instructions"
    same_lines -e '<handler' -e '<__BSS_END__'

    # clz is none of the table's: what it does is known behind it.
    cat >strange.S <<'END'
    .globl _start
_start:
    li t0, 5
    .word 0x60029293 # clz t0, t0
    addi t1, t0, 1
    li a7, 94
    li a0, 0
    ecall
END
    $cross -static -nostdlib -o strange strange.S
    rm -rf strange.d
    run 0 env ETCH_TRACE=policy=block,ctf=strange.d "$qemu" -cpu max -plugin "$PLUGIN,level=full" ./strange
    run 0 "$INSN" strange.d
    [ "$(wc -l <out)" = 5 ] || fail "not five instructions"
    grep -q 'addi t1, t0, 1  *t0=3d -> t1=3e$' out || fail "registers behind an unknown instruction"

    # What is left of a trace with gaps, and of a flight recorder, can be read by itself.
    mix=$("$TESTS/guest/fetch-guests.sh" mix)/mix
    for policy in drop,buffer=128K overwrite,buffer=1M; do
        rm -rf gaps
        run 0 env ETCH_TRACE="policy=$policy,ctf=gaps" "$qemu" -plugin "$PLUGIN,level=full" "$mix" 1 mandel
        run 0 "$CHECK" gaps
        grep -Eq '^[0-9]{6,} instructions, [0-9]{4,} recomputed' out || fail "few instructions with policy=$policy"
    done

    for program in signals threads; do
        $cross -D_GNU_SOURCE -static -O2 -pthread -o $program "$TESTS/guest/cases/$program.c" -lrt -lm
        for level in replay full; do
            rm -rf case
            mkdir case
            (cd case && ETCH_TRACE=policy=block,buffer=16M timeout 100 "$qemu" -plugin "$PLUGIN,level=$level" \
                ../$program 10 >../out 2>../err) || true
            has out "$program: all as it should be"
            for one in case/*.ctf; do
                [ "$(du -sm "$one" | cut -f1)" -lt 32 ] || continue
                "$CHECK" "$one" >said 2>&1 || fail "$program at level $level: $(tail -1 said)"
            done
        done
    done
fi

# --- threads, and a child that has a trace of its own
cat >many.c <<'END'
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
__attribute__((noinline)) static void *work(void *a) { volatile long n = 0; for (long i = 0; i < 3000; i++) n += i; return a; }
int main(void)
{
    pthread_t t[3];
    for (int i = 0; i < 3; i++) pthread_create(&t[i], NULL, work, NULL);
    for (int i = 0; i < 3; i++) pthread_join(t[i], NULL);
    pid_t child = fork();
    if (child == 0) { work(NULL); _exit(7); }
    int status;
    return waitpid(child, &status, 0) != child || status != 7 << 8;
}
END
$cross -static -O2 -o many many.c -lpthread
run 0 "$ETCH" record -o d --policy block -- "$qemu" -plugin "$PLUGIN,level=$best" ./many
[ "$(ls -d d/*.ctf | wc -l)" = 2 ] || fail "not two traces"
for trace in d/*.ctf; do
    run 0 "$INSN" --exe many --hot --top 1 "$trace"
    grep -Eq '^[0-9]{5,} .*<work' out || fail "$trace: work is not what took the time"
done
run 0 "$INSN" --json d
[ "$(sed 's/.*"tid":\([0-9]*\).*/\1/' out | sort -u | wc -l)" = 5 ] || fail "not five threads"

# --- killed
is_killed "$qemu" -plugin "$PLUGIN,level=$best"
[ $best = memory ] || run 0 "$CHECK" killed

# --- refused
run 1 "$qemu" -plugin "$PLUGIN,level=all" ./traced
has err "level=blocks, memory, replay or full, but not level=all"
if [ $best = memory ]; then
    run 1 "$qemu" -plugin "$PLUGIN,level=full" ./traced
    has err "QEMU shows registers from 9.0 on"
fi
