# SPDX-License-Identifier: MIT
# Under valgrind; on other machines: i386, and qemu-aarch64, which accepts
# MADV_WIPEONFORK and ignores it; with another libc; static and static-pie.
set -eu
. "$TESTS/life/lib.sh"
root=$(dirname "$TESTS")

cc=aarch64-linux-gnu-gcc m32=x86_64-linux-gnu-gcc-12
needs valgrind qemu-aarch64 $cc $m32 musl-gcc

run 0 env ETCH_TRACE='life_*,file=F' valgrind -q --error-exitcode=9 --child-silent-after-fork=yes \
    "$ACTOR" fire 1000 text 100 signal 100 threads 3 500 fork fire 10 end fire 10 flush
grep -q '^==' err && fail "valgrind complains"
run 0 "$CHECK" F
has out "events 2611"
has out "lost 0"

# ---- other machines, another libc ----
runtime="-O1 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DETCH_BUILD_LIBETCH
    -fno-tree-loop-distribute-patterns -fno-stack-protector -I$root/include -I$root/src
    -I$BUILD/tests/life"
kernel="-idirafter /usr/include -idirafter /usr/include/$(gcc -dumpmachine)"
libetch="$root/src/runtime/*.c $root/src/condition/*.c"
actor="$root/tests/life/actor.c $BUILD/tests/life/trace-life.c"

# lives COMMAND...: the actor that the command runs: its threads, strings, signals
# and children, each end of a process.
lives()
{
    # The first event is a thread's that ends: in QEMU 7.2 a forked child may start
    # no thread in the place of one that its parent had as second.
    rm -f F F.* ledger
    run 0 env ETCH_TRACE='life_*,file=F' "$@" threads 3 500 fire 1000 text 100 \
        signal 100 fork pid fire 10 end fire 10 note
    is err ""
    child=$(sed -n 's/^pid //p' out)
    run 0 "$CHECK" F
    has out "events 2611"
    has out "lost 0"
    run 0 "$CHECK" "F.$child"
    has out "events 10"
    rm -f ledger

    run 0 "$ETCH" record -o kept -e '*' -- "$@" threads 1 100 fire 100 fork fire 20 note _exit 0 end \
        fork fire 5 kill 9 end fire 10 note
    "$CHECK" kept >counted || fail "check of $*"
    grep -qx 'lost 0' counted || fail "lost: $*"
    while read -r pid name n; do
        grep -qx "$pid $name $n" counted || fail "$*: $pid $name $n"
    done <ledger
    grep -q ' life_tick 5$' counted || fail "$*: the child that was killed"
    run 0 "$ETCH" print kept
    has out "life_tick who 0 n 109"
}

# shellcheck disable=SC2086 # lists of words
{
    run 0 $cc $runtime -DACTOR_STATIC $libetch $actor -static -o actor-aarch64 -lpthread
    run 0 $m32 -m32 $runtime $kernel -DACTOR_STATIC $libetch $actor -static -o actor-i386 -lpthread
    mkdir musl
    (cd musl && run 0 musl-gcc $runtime $kernel -fPIC -fvisibility=hidden -c $libetch)
    flags=${runtime/-DETCH_BUILD_LIBETCH/}
    run 0 musl-gcc $flags $kernel -DACTOR_STATIC $actor musl/*.o -static -o actor-musl
    run 0 gcc $flags -fPIE -DACTOR_STATIC $actor "$BUILD/src/runtime/libetch.a" -static-pie -o actor-pie
}
lives qemu-aarch64 ./actor-aarch64

# Where stores may overtake each other: an event stores its arguments, then with
# release content_size, then with release that it is done.
aarch64-linux-gnu-objdump -d actor-aarch64 |
    awk '/<etch_fire_life_life_tick>:/ {on = 1} on && $3 ~ /^st/ {print $3} on && $3 == "ret" {exit}' |
    tail -n 4 >stores
[ "$(grep -c stlr stores)" = 2 ] && [ "$(tail -n 2 stores | sort -u)" = stlr ] ||
    fail "the stores of an event on aarch64: $(paste -sd' ' stores)"

lives ./actor-i386
lives ./actor-musl
lives ./actor-pie

# ---- musl with libraries: one comes and goes while it is traced ----
# shellcheck disable=SC2086
{
    run 0 musl-gcc -shared -Wl,--version-script="$root/src/runtime/libetch.map" -o libetch.so.0 \
        -Wl,-soname,libetch.so.0 musl/*.o
    run 0 musl-gcc $flags $kernel $actor -o actor-dynamic libetch.so.0
    run 0 musl-gcc $flags $kernel -fPIC -shared "$root/tests/life/plugin/plugin.c" \
        "$BUILD/tests/life/trace-plugin.c" -o plugin.so libetch.so.0
}
export LD_LIBRARY_PATH=$PWD
lives ./actor-dynamic
rm -f ledger
run 0 "$ETCH" record -o kept -e '*' -- ./actor-dynamic fire 10 dlopen "$PWD/plugin.so" 100 fire 10 \
    threads 2 100 dlopen "$PWD/plugin.so" 50 note
same kept
