# SPDX-License-Identifier: MIT
# The plugin for qemu-riscv64: what it stores is what etch-guest stores, as far as QEMU
# shows it; threads, a forked child, a kill.
#
# Reads: PLUGIN, INSN (etch-insn), ETCH.
set -eu
. "$TESTS/lib.sh"
. "$TESTS/guest/lib.sh"
ulimit -c 0

$cross -static -O1 -nostdlib -ffreestanding -fno-tree-loop-distribute-patterns -o traced \
    "$TESTS/guest/cases/traced.c"
run 0 env ETCH_TRACE=policy=block,ctf=ours "$GUEST" --trace-insn full ./traced
mv out want
"$INSN" ours >ours.txt
for level in blocks memory; do
    run 0 env ETCH_TRACE="policy=block,ctf=$level" qemu-riscv64 -plugin "$PLUGIN,level=$level" ./traced
    cmp out want || fail "the guest's output under the plugin"
    "$INSN" --exe traced "$level" >"$level.txt"
    diff <(awk '{print $1}' ours.txt) <(awk '{print $1}' "$level.txt") >diff || fail "level=$level: other instructions"
done

# The same memory is read and written; stacks lie elsewhere, and of atomic instructions
# QEMU tells what they leave.
values()
{
    grep -v -e 'amo' -e 'sc\.' -e '(sp)' -e '(s0)' "$1" | sed -n 's/.*\(\[[0-9a-f]*\][^ ]*\)$/\1/p'
}
values ours.txt >have
values memory.txt >seen
[ "$(wc -l <have)" -gt 100 ] || fail "only $(wc -l <have) accesses"
diff have seen >diff || fail "other accesses: $(head -4 diff)"
run 0 "$INSN" --who "0x$(nm traced | sed -n 's/^0*\([0-9a-f]*\) . word$/\1/p')" --exe traced memory
has out "floats"

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
run 0 "$ETCH" record -o d --policy block -- qemu-riscv64 -plugin "$PLUGIN,level=memory" ./many
[ "$(ls -d d/*.ctf | wc -l)" = 2 ] || fail "not two traces"
for trace in d/*.ctf; do
    run 0 "$INSN" --exe many --hot --top 1 "$trace"
    grep -Eq '^[0-9]{5,} .*<work' out || fail "$trace: work is not what took the time"
done
run 0 "$INSN" --json d
[ "$(sed 's/.*"tid":\([0-9]*\).*/\1/' out | sort -u | wc -l)" = 5 ] || fail "not five threads"

# --- killed
is_killed qemu-riscv64 -plugin "$PLUGIN,level=memory"

# --- refused
run 1 qemu-riscv64 -plugin "$PLUGIN,level=all" ./traced
has err "level=blocks or level=memory"
