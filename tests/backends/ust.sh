# SPDX-License-Identifier: MIT
# The ust backend and a real lttng-sessiond, both with folders of their own: as
# root in a mount namespace, since root's sessiond is the machine's.
set -eu
. "$TESTS/backends/lib.sh"
needs lttng lttng-sessiond babeltrace2 unshare

if [ "$(id -u)" = 0 ] && [ "${1-}" != inside ]; then
    unshare -m true 2>/dev/null || skip "this kernel gives no mount namespace"
    unshare -m bash "$0" inside
    exit
fi
if [ "${1-}" = inside ]; then
    mount -t tmpfs none /run
    mount -t tmpfs none /dev/shm
fi
export LTTNG_HOME=$work HOME=$work
fire ust gcc -g

# ---- nobody there: the program starts and works, and our control gates nothing ----
run 0 timeout 20 ./fire state lazy all count 2 100
is out "wanted 0 word 0
"
is err ""

lttng-sessiond --no-kernel >daemon.log 2>&1 &
daemon=$!
stop()
{
    kill "$daemon" 2>/dev/null && wait "$daemon" || true
    cleanup
}
trap stop EXIT
ready() { lttng --no-sessiond list >/dev/null 2>&1; }
until_true "lttng-sessiond answers" ready

# ---- listed while the program runs ----
mkfifo go
exec 3<>go
waits() { [ "$(wc -l <told)" = "$1" ]; }
# The program waits until it is registered with the daemon.
export LTTNG_UST_REGISTER_TIMEOUT=-1
./fire wait state all <&3 >told 2>err &
program=$!
until_true "the program waits" waits 1
run 0 lttng list -u
[ "$(grep -cE '^ +fire:[a-z_]+ ' out)" = 10 ] || fail "lttng list -u"
hasnt out "fire:off "
run 0 lttng create one --output="$work/one"
run 0 lttng enable-event -u 'fire:t*'
run 0 lttng start
echo >&3
wait $program || fail "the program ended with $?"
grep -q 'wanted 1 word 0' told || fail "an enabled event does not say so: $(cat told)"
run 0 lttng stop
run 0 lttng view
grep -o 'fire:.*' out | sed -E 's/\{ cpu_id = [0-9]+ \}, //; s/0x[0-9A-F]{12,}/&/' >have
cat >want <<'EOF'
fire:two: { a = 0xDEADBEEFCAFE, b = 18446744073709551615 }
fire:text: { s = "some text", n = 7 }
fire:ten: { a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8, i = 9, j = 10 }
EOF
diff want have >&2 || fail "lttng view"
run 0 lttng destroy one

# ---- all kinds of arguments; computed only if they are wanted ----
run 0 lttng create all --output="$work/all"
run 0 lttng enable-event -u 'fire:*'
run 0 lttng start
run 0 ./fire lazy all null percent count 4 500
is out "computed
"
run 0 lttng stop
run 0 lttng destroy all
babeltrace2 all >out 2>err || fail "babeltrace2"
[ "$(grep -oE 'counted: .*thread = [0-3], n = [0-9]+' out | sed 's/.*}, {//' | sort -u | wc -l)" = 2000 ] ||
    fail "counted: $(grep -c counted out)"
grep -v counted out | grep -o 'fire:.*' |
    sed -E 's/\{ cpu_id = [0-9]+ \}, //; s/(q = )0x[0-9A-F]+/\1ADDRESS/' >have
cat >want <<'EOF'
fire:one: { a = 5 }
fire:none: { }
fire:one: { a = -1 }
fire:two: { a = 0xDEADBEEFCAFE, b = 18446744073709551615 }
fire:text: { s = "some text", n = 7 }
fire:six: { a = 1, b = 2, c = 3, d = 4, e = 5, f = 6 }
fire:ten: { a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8, i = 9, j = 10 }
fire:widths: { a = -1, b = 255, c = -2, d = 65535, e = -3, f = 4294967295, g = -4, h = 18446744073709551615, i = 1, j = 42 }
fire:pointers: { p = 0x1234, q = ADDRESS, s = "pointed" }
fire:no_format: { a = 1, s = "unseen" }
fire:text: { s = "(null)", n = 0 }
fire:text: { s = "100%s %n %d", n = 3 }
EOF
diff want have >&2 || fail "all events"

# ---- a provider of another name ----
cat >heap-events <<'EOT'
heap_malloc(size_t size, void *ptr) "size %zu ptr %p"
heap_free(void *ptr) "ptr %p"
other(int a) "a %d"
EOT
"$ETCH" gen -b ust --provider=app -g heap heap-events 2>log || fail "etch gen --provider"
cat >heap.c <<'EOT'
#include "trace-heap.h"
int main(void)
{
    trace_heap_malloc(48, (void *)0x1000);
    trace_other(1);
    trace_heap_free((void *)0x1000);
}
EOT
gcc "${warnings[@]}" -I"$INCLUDE" -I. heap.c trace-heap.c "$LIBETCH" -llttng-ust -ldl -o heap 2>err || fail "gcc"
run 0 lttng create app --output="$work/app"
run 0 lttng enable-event -u 'app:heap_*'
run 0 lttng start
run 0 ./heap
run 0 lttng stop
run 0 lttng view
grep -o 'app:.*' out | sed -E 's/\{ cpu_id = [0-9]+ \}, //' >have
cat >want <<'EOF'
app:heap_malloc: { size = 48, ptr = 0x1000 }
app:heap_free: { ptr = 0x1000 }
EOF
diff want have >&2 || fail "app:heap_*"
run 0 lttng destroy app

# ---- the daemon is killed in mid-run: the program goes on, other backends lose nothing ----
fire ust,log
run 0 lttng create killed --output="$work/killed"
run 0 lttng enable-event -u 'fire:*'
run 0 lttng start
ETCH_TRACE='*' ETCH_LOG_TIME=none ./fire wait all wait count 2 500 <&3 >told 2>err &
program=$!
until_true "the program waits" waits 1
echo >&3
until_true "the program waits again" waits 2
kill -KILL "$daemon"
wait "$daemon" 2>/dev/null || true
echo >&3
wait $program || fail "the program ended with $?"
[ "$(grep -c 'counted counted thread' err)" = 1000 ] || fail "log lost events"
