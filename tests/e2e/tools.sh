# SPDX-License-Identifier: MIT
# What is called etch-NAME runs as `etch NAME`, as git does it.
set -eu
. "$TESTS/lib.sh"

mkdir bin
cat >bin/etch-greet <<'END'
#!/bin/sh
echo "greet: $*"
exit 7
END
cp bin/etch-greet bin/etch-stat
cp bin/etch-greet bin/etch-a.b
chmod +x bin/*
echo >bin/etch-data

run 2 "$ETCH" greet
grep -q "'greet' is not a command" err || fail "a tool that is nowhere"
export PATH=$PWD/bin:$PATH
run 7 "$ETCH" greet one 'two  words' --help
[ "$(cat out)" = "greet: one two  words --help" ] || fail "its arguments"
run 7 "$ETCH" a.b
run 2 "$ETCH" data
grep -q "'data' is not a command" err || fail "a file that cannot be run"
run 2 "$ETCH" ../bin/greet
run 2 "$ETCH" ''
# Commands of the table come first.
run 0 "$ETCH" stat --help
grep -q '^Usage: etch stat' out || fail "a command of etch's own"
