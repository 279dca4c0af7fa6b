# SPDX-License-Identifier: MIT
# Events on other stacks than the thread's own, in threads that are cancelled,
# under exceptions; and what many threads cost.
set -eu
. "$TESTS/life/lib.sh"

# number NAME: what the program printed for it.
number()
{
    sed -n "s/^$1 //p" said
}

# ---- a handler on its own stack, coroutines that change threads ----
for what in signal coroutines; do
    run 0 "$ETCH" record -o kept -e '*' -- "$STACKS" $what
    cp out said
    has err "dropped: 0"
    run 0 "$CHECK" kept
    has out "lost 0"
    [ "$(sed -n 's/^events //p' out)" = $(($(number ticks) + $(number signals))) ] ||
        fail "$what: $(paste -sd' ' said)"
done

# ---- threads that are cancelled wherever they are ----
run 0 "$ETCH" record -o kept -e '*' -- "$STACKS" cancel
cp out said
run 0 "$CHECK" kept
has out "lost 0"
kept=$(sed -n 's/^events //p' out)
[ "$kept" -ge "$(number ticks)" ] && [ "$kept" -le $(($(number ticks) + $(number left))) ] ||
    fail "cancel: $kept events, $(paste -sd' ' said)"

# ---- exceptions ----
root=$(dirname "$TESTS")
run 0 "${CXX:-c++}" -Wall -Wextra -Werror -O2 -std=c++17 -D_GNU_SOURCE -I"$root/include" \
    -I"$BUILD/tests/life" "$TESTS/life/throws.cc" -x c++ "$BUILD/tests/life/trace-life.c" -o throws \
    -L"$BUILD/src/runtime" -letch -Wl,-rpath,"$BUILD/src/runtime"
run 0 "$ETCH" record -o kept -e '*' -- ./throws
cp out said
run 0 "$CHECK" kept
has out "lost 0"
has out "life_tick $(number ticks)"

# ---- 5,000 threads one after the other, 2,000 at once: the pool does not grow ----
folder=/run/user/$(id -u)/etch
[ -w "${folder%/etch}" ] || folder=/dev/shm/etch-$(id -u)
for shape in 'repeat 5000 threads 1 3 end' 'repeat 3 threads 2000 3 end'; do
    rm -f F
    # shellcheck disable=SC2086
    run 0 env ETCH_TRACE='*,file=F,policy=block' "$ACTOR" pid $shape flush _exit 0
    pid=$(sed -n 's/^pid //p' out)
    size=$(du -k "$folder/pool.$pid.0" | cut -f1)
    [ "$size" -le $((4096 + 4096 * 128 / 1024 + 64)) ] || fail "$shape: a pool of $size KiB"
    run 0 "$CHECK" --pools F
    has out "lost 0"
    rm -f "$folder/pool.$pid.0" "$folder/meta.$pid.0" "$folder/control.$pid".*
done
