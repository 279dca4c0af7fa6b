# SPDX-License-Identifier: MIT
# Under valgrind, and on another machine: qemu-aarch64, which accepts
# MADV_WIPEONFORK and ignores it.
set -eu
. "$TESTS/life/lib.sh"
root=$(dirname "$TESTS")

cc=aarch64-linux-gnu-gcc
for tool in valgrind qemu-aarch64 $cc; do
    command -v $tool >/dev/null || fail "no $tool: scripts/setup.sh test installs it"
done

run 0 env ETCH_TRACE='life_*,file=F' valgrind -q --error-exitcode=9 --child-silent-after-fork=yes \
    "$ACTOR" fire 1000 text 100 signal 100 threads 3 500 fork fire 10 end fire 10 flush
grep -q '^==' err && fail "valgrind complains"
run 0 "$CHECK" F
has out "events 2611"
has out "lost 0"

run 0 $cc -O2 -g -D_GNU_SOURCE -DETCH_BUILD_LIBETCH -DACTOR_STATIC -fno-tree-loop-distribute-patterns \
    -fno-stack-protector -I"$root/include" -I"$root/src" -I"$BUILD/tests/life" \
    "$root"/src/runtime/*.c "$root"/src/condition/*.c "$root/tests/life/actor.c" "$BUILD/tests/life/trace-life.c" \
    -static -o actor -lpthread
# The first event is a thread's that ends: in QEMU 7.2 a forked child may start
# no thread in the place of one that its parent had as second.
run 0 env ETCH_TRACE='life_*,file=F' qemu-aarch64 ./actor threads 3 500 fire 1000 text 100 \
    signal 100 fork pid fire 10 end fire 10 note
is err ""
child=$(sed -n 's/^pid //p' out)
run 0 "$CHECK" F
has out "events 2611"
has out "lost 0"
run 0 "$CHECK" "F.$child"
has out "events 10"
rm -f ledger

# Recorded, with children that end in every way.
run 0 "$ETCH" record -o kept -e '*' -- qemu-aarch64 ./actor threads 1 100 fire 100 fork fire 20 note _exit 0 end \
    fork fire 5 kill 9 end fire 10 note
"$CHECK" kept >counted || fail "check of aarch64"
grep -qx 'lost 0' counted || fail "lost on aarch64"
while read -r pid name n; do
    grep -qx "$pid $name $n" counted || fail "aarch64: $pid $name $n"
done <ledger
grep -q ' life_tick 5$' counted || fail "the child that was killed"
run 0 "$ETCH" print kept
has out "life_tick who 0 n 109"
