# SPDX-License-Identifier: MIT
# Events that are declared notime: no clock is read for them, their order is
# exact, their times are shown as bounds; with ids that need the extended header;
# out of the pool of a killed process.
#
# Reads: BUILD (the build folder).
set -eu
. "$TESTS/lib.sh"
include=$(dirname "$TESTS")/include

# The events behind the 8,191st need the extended header.
{
    printf 'timed(int a) "a=%%d"\nnotime step(int n, const char *s) "n=%%d s=%%s"\n'
    for i in $(seq 8200); do echo "disable filler_$i(void)"; done
    printf 'notime late(uint64_t n) "n=%%" PRIu64\n'
} >trace-events
cat >main.c <<'END'
#include "trace-notime.h"
#include <signal.h>
#include <stdio.h>
int main(int argc, char **argv)
{
    (void)argv;
    for (int i = 0; i < 3000; i++) {
        if (i % 3 == 0)
            trace_timed(i);
        trace_step(i, "text");
        trace_late((uint64_t)i);
    }
    if (argc > 1) {
        puts("fired");
        fflush(stdout);
        raise(SIGKILL);
    }
}
END
"$ETCH" gen -b ctf,simple -g notime trace-events
cc -O2 -Wall -Wextra -Werror -I"$include" main.c trace-notime.c "$BUILD/src/runtime/libetch.a" -o main

# No clock in the function of the event, and one in that of the other.
if [ "$(uname -m)" = x86_64 ]; then
    objdump -d --no-show-raw-insn main | awk '/^[0-9a-f]+ </ { f = $2 } /rdtsc/ { print f }' >clocks
    has clocks "etch_fire_notime_timed"
    hasnt clocks "etch_fire_notime_step"
    hasnt clocks "etch_fire_notime_late"
fi

# order FILE: the events of FILE are what the program fired, in that order.
order()
{
    awk '{ sub(/^ *(>=)?[0-9.]+ +[0-9\/]+ +/, ""); print }' "$1" >got
    awk 'BEGIN { for (i = 0; i < 3000; i++) {
        if (i % 3 == 0) print "timed a=" i
        print "step n=" i " s=text"
        print "late n=" i } }' >want
    cmp want got || fail "$2: not the events in their order"
}

# bounds FILE: `>=` stands before just those that have no time, and times do not fall.
bounds()
{
    awk '{ bound = sub(/>=/, "") }
        bound != ($3 != "timed") || $1 < last { print; bad = 1 }
        { last = $1 }
        END { exit bad }' "$1" || fail "$2: times"
}

for end in whole killed; do
    if [ $end = whole ]; then
        run 0 "$ETCH" record -o data ./main
    else
        run 137 "$ETCH" record -o data ./main kill
    fi
    run 0 "$ETCH" print data
    cp out lines
    order lines $end
    bounds lines $end
    run 0 "$ETCH" print --json data
    [ "$(grep -c '^{"time_ns":null,"not_before_ns":[0-9]*,.*"name":"\(step\|late\)"' out)" = 6000 ] ||
        fail "$end: JSON of events without a time"
    [ "$(grep -c '^{"time_ns":[0-9]*,"pid".*"name":"timed"' out)" = 1000 ] || fail "$end: JSON"
    run 0 "$ETCH" print data/trace-*[0-9]
    order out "$end, simple"
    bounds out "$end, simple"
    rm -rf data
done

# Differences count from one time to the next.
run 0 "$ETCH" record -o data -e timed -e step ./main
run 0 "$ETCH" print --delta -n 6 data
awk '{ n = gsub(/\+[0-9]/, "&"); exit n != ($0 !~ />=/) }' out || fail "--delta"

# No duration is made of a bound.
run 0 "$ETCH" pair -s step -d late -k n data
has out "matched: 0"
run 0 "$ETCH" record -o data ./main
run 0 "$ETCH" pair -s step -d late -k n data
has out "matched: 2999" # a key of 0 is none
hasnt out "median"
run 0 "$ETCH" pair -s late -d timed.a -k n data
has out "             ?"
