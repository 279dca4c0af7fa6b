# SPDX-License-Identifier: MIT
# etch list: trace-events files, a program without running it, its trace.
set -eu
. "$TESTS/lib.sh"
needs cc
mkdir -p src/net
printf '# top\nstart(int n, const char *who) "n=%%d who=%%s"\ndisable never(void)\n' >src/trace-events
printf 'rx(uint64_t addr, size_t len) "addr=0x%%" PRIx64 " len=%%zu"\n' >src/net/trace-events
cd src
run 0 "$ETCH" list trace-events net/trace-events
is "$work/out" 'start(int n, const char *who) "n=%d who=%s"
disable never(void)
rx(uint64_t addr, size_t len) "addr=0x%" PRIx64 " len=%zu"
'
is "$work/err" ""
run 0 "$ETCH" list --json trace-events
is "$work/out" '[
{"name":"start","args":[{"type":"int","name":"n"},{"type":"const char *","name":"who"}],"format":"\"n=%d who=%s\"","properties":[],"file":"trace-events","line":2},
{"name":"never","args":[],"format":null,"properties":["disable"],"file":"trace-events","line":3}
]
'

# The binary tells the same, wherever its sources are. It is never run.
run 0 "$ETCH" gen --local trace-events net/trace-events
cat >main.c <<'END'
#include <stdlib.h>
#include "trace-root.h"
int main(void) { abort(); }
END
INCLUDE="-I$TESTS/../include"
for c in trace/*.c main.c; do
    cc -O1 -g $INCLUDE -I. -Itrace -c "$c" -o "$(basename "$c" .c).o" 2>"$work/err" || fail "cc $c"
done
ld -r -o prog.o ./*.o 2>"$work/err" || fail "ld"
strip -g prog.o
run 0 "$ETCH" list --json prog.o
for name in start never rx; do
    has "$work/out" "{\"name\":\"$name\","
done
has "$work/out" '"file":"net/trace-events","line":1'
run 0 "$ETCH" list trace-events net/trace-events
sort "$work/out" >want
run 0 "$ETCH" list prog.o
sort "$work/out" | cmp - want || fail "the binary tells something else"

# A recorded folder tells each event once; a bare trace only names.
hello=$BUILD/examples/hello
printf '%s\n' 'hello_greet(const char *whom, int times) "whom %s times %d"' \
    'hello_done(void) "done"' >want
run 0 "$ETCH" list "$hello"
cmp "$work/out" want || fail "list of hello"
run 0 "$ETCH" record -o data -- sh -c "'$hello'; '$hello'; :"
run 0 "$ETCH" list data
cmp "$work/out" want || fail "list of a folder"
for trace in data/trace-*; do
    case $trace in *.meta) continue ;; esac
    run 0 "$ETCH" list "$trace"
    cmp "$work/out" want || fail "list of a trace"
done
"$MAKE_TRACE" 100 >bare
run 0 "$ETCH" list --json bare
has "$work/out" '{"name":"device_name","args":null,"format":null,"properties":[],"file":"bare","line":null}'
run 0 "$ETCH" list bare
has "$work/out" "heap_malloc"
head -c 30 bare >cut
run 1 "$ETCH" list cut

run 1 "$ETCH" list /bin/true
has "$work/err" "no events in it"
run 1 "$ETCH" list nothere trace-events
has "$work/err" "nothere: No such file or directory"
has "$work/out" "start(int n"
printf 'good(void)\nbad(int\n' >broken
run 1 "$ETCH" list broken
has "$work/err" "broken:2:8: error: missing ')'"
is "$work/out" 'good(void)
'
run 1 "$ETCH" list --qemu=11 ../src
has "$work/err" "no trace in this folder"
status=0
"$ETCH" list trace-events >/dev/full 2>"$work/err" || status=$?
[ $status = 1 ] || fail "status $status at a full disk"
has "$work/err" "No space left on device"
