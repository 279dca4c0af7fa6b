#!/bin/bash
# SPDX-License-Identifier: MIT
# The demo: four real programs, nothing dropped, and what it shows is so.
set -eu
. "$TESTS/lib.sh"
needs git sqlite3 /usr/bin/python3 gcc

export HOME=$work
run 0 env BUILD="$BUILD" bash "$TESTS/../examples/demo.sh" "$work/demo"
! grep -v '^etch record: \|shows them$' err || fail "more on stderr than etch record says"

# Each program: what was recorded, its first events, its table, its pairs.
for name in git sqlite python gcc; do
    has out "\$ etch record -o $name.data --preload heap -- "
    has out "\$ etch print -n 5 $name.data"
    "$ETCH" print -n 5 demo/$name.data >first
    [ "$(grep -cxFf first out)" = 5 ] || fail "the first events of $name"
    "$ETCH" stat demo/$name.data >table
    [ "$(grep -cxFf table out)" -ge "$(grep -c . table)" ] || fail "the table of $name"
done
[ "$(grep -cx 'dropped: 0' out)" = 9 ] || fail "a line 'dropped: 0' for each table"
hasnt out "dropped: 1"
[ "$(grep -c '^matched: [1-9][0-9]* (count\*size [1-9][0-9]*)$' out)" = 4 ] || fail "pairs"
[ "$(grep -c '^never ended: [1-9][0-9]* (count\*size [1-9][0-9]*)$' out)" = 4 ] || fail "leaks"
[ "$(grep -c '^heap_\*\.count\*size: [1-9]' out)" = 4 ] || fail "bytes asked for"
has out "20000 rows"
[ "$(awk 'length > 100' out | wc -l)" = 0 ] || fail "lines over 100 columns"
hasnt out $'\e'

# What the programs did is what was traced: a malloc and a free a row at least,
# a process each of gcc, cc1, as, collect2 and ld.
[ "$(sqlite3 demo/rows.db 'SELECT count(*) FROM city')" = 100000 ] || fail "the table of sqlite3"
events()
{
    "$ETCH" stat --json demo/$1.data | sed 's/{"events":\([0-9]*\),.*/\1/'
}
[ "$(events sqlite)" -gt 200000 ] || fail "events of sqlite3"
[ "$(events python)" -gt 200000 ] || fail "events of python3"
[ "$(ls demo/gcc.data/trace-*.meta | wc -l)" -ge 5 ] || fail "processes of gcc"
for program in cc1 as collect2 ld; do
    grep -qE "^ +[1-9][0-9]* .* 0  [0-9]+ ([a-z0-9_]+-linux-gnu-)?$program(\.[a-z]+)?$" out ||
        fail "no $program in the table of gcc"
done
[ "$(echo 1 2.5 | demo/sum)" = 3.5 ] || fail "what gcc compiled"

# What it says to try next, word for word.
sed '1,/What to try next/d' out | sed -n 's/^  //; s/   .*//; s/| less/>less/; /^[a-z]/p' >next
[ "$(wc -l <next)" = 7 ] || fail "what to try next"
run 0 bash -eu next
has demo/less heap_malloc

# A git without history, as in an unpacked archive; and a failure is one.
mkdir -p copy/examples
cp "$TESTS/../examples/demo.sh" copy/examples
echo text >copy/README.md
run 0 env BUILD="$BUILD" GIT_CEILING_DIRECTORIES="$work" bash copy/examples/demo.sh "$work/copy/demo"
has copy/demo/log.txt "One file"
mkdir bin
printf '#!/bin/sh\nexit 3\n' >bin/sqlite3
chmod +x bin/sqlite3
run 3 env BUILD="$BUILD" PATH="$work/bin:$PATH" bash copy/examples/demo.sh "$work/copy/demo"
has err "demo: failed: etch record -o sqlite.data"
