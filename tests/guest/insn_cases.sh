# SPDX-License-Identifier: MIT
# Guests with threads, signals and faults, code that changes, processes: all of a trace
# that can be computed again is what it says.
#
#   insn_cases.sh PROGRAM...
#
# Reads: CHECK (recomputes what a trace says).
set -eu
. "$TESTS/lib.sh"
. "$TESTS/guest/lib.sh"

for program; do
    $cross -D_GNU_SOURCE -static -O2 -pthread -o "$program" "$TESTS/guest/cases/$program.c" -lrt -lm
    for method in helper inline; do
        for level in replay full; do
            rm -rf d
            mkdir d
            cd d
            ETCH_TRACE=policy=block,buffer=16M timeout 100 "$GUEST" --trace-insn $level \
                --trace-method $method "../$program" 10 >../out 2>../err || true
            cd ..
            has out "$program: all as it should be"
            for one in d/*.ctf; do
                # Children that go round until they are killed tell nothing new.
                [ "$(du -sm "$one" | cut -f1)" -lt 16 ] || continue
                "$CHECK" "$one" >said 2>&1 || fail "$program by $method at level $level: $(tail -1 said)"
                grep -q ' [1-9][0-9]* recomputed' said || fail "$program: nothing was recomputed"
            done
        done
    done
done
