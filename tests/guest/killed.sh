# SPDX-License-Identifier: MIT
# A guest that is killed in the middle of translated code, which it does not leave: what it
# stored since its packet began is in the recovered trace, too, and each frame is whole.
#
# Reads: GUEST, ETCH. Writes: programs and traces into the working directory.
set -eu
. "$TESTS/lib.sh"
. "$TESTS/guest/lib.sh"

cat >spin.c <<'END'
#include <stdint.h>
#include <unistd.h>
int main(void)
{
    volatile uint64_t n = 0;
    if (write(1, "ready\n", 6) != 6)
        return 1;
    for (;;)
        n++;
}
END
$cross -static -O2 -o spin spin.c || fail "spin.c does not compile"

number() # FILE OFFSET: the u64 there
{
    od -An -tu8 -j"$2" -N8 "$1" | tr -d ' '
}

last_content() # FILE: the bytes of its last packet that are content
{
    local at=0 size content=0
    size=$(stat -c %s "$1")
    while [ "$at" -lt "$size" ]; do
        content=$(($(number "$1" $((at + 48))) / 8))
        at=$((at + $(number "$1" $((at + 56))) / 8))
    done
    echo "$content"
}

for level in replay full; do
    rm -rf spun fifo
    mkfifo fifo
    ETCH_TRACE="file=$work/spun;policy=overwrite;buffer=64K" "$GUEST" --trace-insn=$level ./spin >fifo &
    pid=$!
    read -r line <fifo
    [ "$line" = ready ] || fail "the guest said '$line'"
    # until it has gone round the pool some times, so that it is in its loop
    ticks=$(awk '{ print $14 }' "/proc/$pid/stat")
    while [ "$(awk '{ print $14 }' "/proc/$pid/stat")" -lt $((ticks + 5)) ]; do :; done
    kill -KILL $pid
    wait $pid 2>/dev/null || true
    run 0 "$ETCH" recover "$work/spun"
    has out "0 lost"
    babeltrace2 spun >frames 2>err || fail "babeltrace2 does not read what was recovered"
    # its packet began with the state, 4 + 64 * 8 + 8 bytes behind the header
    [ "$(last_content spun/stream-0)" -gt $((88 + 524)) ] ||
        fail "$level: nothing was recovered behind what was committed"
done

# A loop that goes back only within a block's path is left for a signal, too.
cat >loop.c <<'END'
#include <signal.h>
#include <unistd.h>
static void ended(int sig)
{
    _exit(sig);
}
int main(void)
{
    signal(SIGALRM, ended);
    alarm(1);
    __asm__ volatile("j 2f\n1: addi t0, t0, 1\nj 2f\nnop\n2: j 1b" ::: "t0");
    return 1;
}
END
$cross -static -O2 -o loop loop.c || fail "loop.c does not compile"
for level in "" --trace-insn=blocks; do
    # shellcheck disable=SC2086
    run 14 env ETCH_TRACE="file=$work/looped;policy=overwrite" timeout 20 "$GUEST" $level ./loop
done
