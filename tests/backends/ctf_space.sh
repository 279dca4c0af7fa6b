# SPDX-License-Identifier: MIT
# The ctf backend where things are short: ids, descriptors, room, a folder that
# vanishes. What is written, babeltrace 1.5 and babeltrace2 read without a word;
# what is missing is said once.
set -eu
. "$TESTS/backends/lib.sh"
needs babeltrace babeltrace2

"$ETCH" gen --qemu=2.8 -b ctf -g ctf "$SOURCES/ctf-events" 2>log || fail "$(cat log)"
gcc -O2 "${warnings[@]}" -I"$INCLUDE" -I. "$SOURCES/ctf.c" trace-ctf.c "$LIBETCH" -lpthread -o ctf

# count TRACE: $events that both show, without a word.
count()
{
    local reader
    for reader in babeltrace babeltrace2; do
        run 0 $reader "$1"
        is err ""
        [ $reader = babeltrace ] || [ "$events" = "$(grep -c 'tid = ' out)" ] || fail "$1: the readers differ"
        events=$(grep -c 'tid = ' out)
    done
}

# ---- 2,000 threads at once, with 16 descriptors ----
run 0 bash -c 'ulimit -n 16; ETCH_TRACE="*,ctf=T,buffer=64M" exec ./ctf once 2000'
is err ""
count T
[ "$events" = 2000 ] || fail "$events of 2000 threads"
[ "$(ls T/stream-* | wc -l)" = 2000 ] || fail "files: $(ls T | wc -l)"

# ---- more events than the header's id has bits, and times far apart ----
awk 'BEGIN {for (i = 0; i < 9000; i++) {off = (i > 2 && i < 8190) || (i > 8192 && i < 8999)
    printf "%sm_%d(int x) \"x %%d\"\n", off ? "disable " : "", i}}' >many-events
"$ETCH" gen -b ctf -g many many-events
cat >many.c <<EOF
#include <time.h>
#include "trace-many.h"
int main(void)
{
    struct timespec t = {0, 2000000};
    trace_m_0(0), trace_m_8190(1), trace_m_8191(2), trace_m_8999(3);
    nanosleep(&t, 0);
    trace_m_1(4), trace_m_8192(5), trace_m_2(6);
}
EOF
gcc -O0 -I"$INCLUDE" -I. many.c trace-many.c "$LIBETCH" -lpthread -o many
run 0 env ETCH_TRACE="*,ctf=M" ./many
count M
sed -E 's/.* (m_[0-9]+): .*x = ([0-9]) .*/\1 \2/' out | tr '\n' ' ' >have
is have "m_0 0 m_8190 1 m_8191 2 m_8999 3 m_1 4 m_8192 5 m_2 6 "

# ---- a library that comes later ----
printf 'late(int x) "x %%d"\n' >late-events
"$ETCH" gen -b ctf -g late late-events
printf '#include "trace-late.h"\nvoid fire(void);\nvoid fire(void) { trace_late(7); }\n' >late.c
gcc -shared -fPIC -I"$INCLUDE" -I. late.c trace-late.c -o late.so
cat >early.c <<EOF
#include <dlfcn.h>
#include "trace-many.h"
int main(void)
{
    trace_m_0(1);
    void *late = dlopen("./late.so", RTLD_NOW);
    if (!late)
        return 1;
    ((void (*)(void))dlsym(late, "fire"))();
    dlclose(late);
    trace_m_1(2);
    return 0;
}
EOF
gcc -O0 -rdynamic -I"$INCLUDE" -I. early.c trace-many.c -Wl,--whole-archive "$LIBETCH" \
    -Wl,--no-whole-archive -lpthread -ldl -o early
run 0 env ETCH_TRACE="*,ctf=L" ./early
count L
sed -E 's/.* ([a-z_0-9]+): .*x = ([0-9]) .*/\1 \2/' out | tr '\n' ' ' >have
is have "m_0 1 late 7 m_1 2 "

# ---- a small ulimit -f ----
for size in 0 4 64; do
    rm -rf T
    run 0 bash -o pipefail -c '(ulimit -f '$size'; ETCH_TRACE="*,ctf=T" exec ./ctf count 2 30000 2>&1) | cat'
    [ "$(grep -c 'file too large' out)" = 1 ] || fail "ulimit -f $size: not said once"
done
[ "$(stat -c %s T/stream-0)" -le 65536 ] || fail "larger than allowed"
count T
[ "$events" -gt 1000 ] || fail "nothing of what fits is there"

# ---- a folder that is removed ----
mkfifo to from
ETCH_TRACE="*,ctf=T,buffer=64K" ./ctf all hold count 2 30000 <to >from 2>said &
exec 8>to 9<from
read -r line <&9
rm -r T
exec 8>&-
cat <&9 >fired
wait $! || fail "the program suffers"
said said 1 "cannot write the CTF trace"

# ---- a full disk ----
[ "$(id -u)" = 0 ] || skip "the rest needs root, to mount small file systems"
mkdir small
unshare -m true 2>err && unshare -m mount -t tmpfs -o size=1M none small 2>err ||
    skip "the rest needs mount: $(head -n 1 err)"
for policy in drop block; do
    rm -rf kept
    run 0 unshare -m bash -euc "mount -t tmpfs -o size=1M none small
        ETCH_TRACE='*,ctf=small/T,policy=$policy' timeout 60 ./ctf count 2 50000; cp -r small/T kept"
    [ "$(grep -c 'no space left' err)" = 1 ] || fail "$policy: not said once"
    count kept
    [ "$events" -gt 40000 ] || fail "what fits is not there: $events"
done
# Not even room for the metadata: they come with the room.
run 0 unshare -m bash -euc 'mount -t tmpfs -o size=1M none small
    mkdir small/T
    mkfifo small/to small/from
    head -c 2M /dev/zero >small/ballast 2>/dev/null || true
    ETCH_TRACE="*,ctf=small/T" ./ctf all hold all <small/to >small/from &
    exec 8>small/to 9<small/from
    read -r line <&9
    until grep -q . small/T/metadata 2>/dev/null || [ -s said ]; do
        read -rt 0.02 <> <(:) || true
        echo 1 >said
    done
    rm small/ballast
    exec 8>&-
    wait $!
    rm -rf kept
    cp -r small/T kept'
count kept
[ "$events" = 24 ] || fail "$events of 24 when there was room again"
