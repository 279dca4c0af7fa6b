# SPDX-License-Identifier: MIT
# QEMU's options of the log: -D, -d trace:, -msg timestamp=.
set -eu
. "$TESTS/backends/lib.sh"
fire log
line='one one -1'

run 0 ./fire -d trace:one -msg timestamp=off all
is err "$line
"
run 0 ./fire -d 'trace:one,trace:s?x' -msg timestamp=off all
is err "$line
six six 1 2 3 4 5 6
"
run 0 ./fire -d trace:one -msg timestamp=on all
grep -qxE "[0-9]+@[0-9]{10}\.[0-9]{6}:$line" err || fail "timestamp=on"
run 0 env ETCH_LOG_TIME=none ./fire -d trace:one -msg timestamp=on all
grep -qxE "[0-9]+@[0-9]{10}\.[0-9]{6}:$line" err || fail "timestamp=on counts before ETCH_LOG_TIME"

# ---- -D ----
run 0 ./fire -D file -msg timestamp=off --trace one all
is err ""
is file "$line
"
echo old >file
run 0 ./fire -D file -msg timestamp=off --trace six all
is file "six six 1 2 3 4 5 6
"
./fire -D 'at-%d' --trace one wait all <<<x >told 2>err &
program=$!
wait $program
[ -s "at-$program" ] || fail "%d is not the process id: $(ls)"
run 0 ./fire -D other --trace one,file=file -msg timestamp=off all
is file "$line
"
[ ! -e other ] || fail "-D counts before file="
for bad in %s %d%d 100% %; do
    run 1 ./fire -D "$bad" --trace one all
    has err "Bad logfile template: $bad"
done
run 0 ./fire -D nowhere/file -msg timestamp=off --trace one all
said err 1 "Error opening logfile: nowhere/file: no such file or folder"
has err "$line"

# ---- whole lines of many threads in it ----
run 0 ./fire -msg timestamp=off -D shared --trace counted count 4 500
[ "$(grep -cxE 'counted counted thread [0-3] n [0-9]+' shared)" = 2000 ] || fail "broken lines"
[ "$(wc -l <shared)" = 2000 ] || fail "$(wc -l <shared) lines"

# ---- and of many processes: forked, and started each for itself ----
run 0 ./fire -msg timestamp=on -D both --trace counted count 1 1 fork count 4 500
[ "$(wc -l <both)" = 4001 ] || fail "$(wc -l <both) lines of two processes"
[ "$(grep -cxE '[0-9]+@[0-9]{10}\.[0-9]{6}:counted counted thread [0-3] n [0-9]+' both)" = 4001 ] ||
    fail "broken lines of two processes"
[ "$(sed 's/@.*//' both | sort -u | wc -l)" = 9 ] || fail "not the ids of 9 threads"
processes=()
for i in 1 2 3 4; do
    ./fire -msg timestamp=off --trace counted count 2 500 2>>many &
    processes+=($!)
done
wait "${processes[@]}"
[ "$(wc -l <many)" = 4000 ] && [ "$(grep -cxE 'counted counted thread [01] n [0-9]+' many)" = 4000 ] ||
    fail "broken lines of four processes"

# ---- a long line, and what its format asks of libc ----
run 0 ./fire -msg timestamp=off --trace text long 100000
[ "$(wc -c <err)" = 100015 ] || fail "$(wc -c <err) bytes of a long line"

# ---- what is refused, and what is not ours ----
run 1 ./fire -d trace:one,cpu all
has out "Log items"
run 1 ./fire -d trace: all
has out "Log items"
run 0 ./fire -d trace:help
has out "six"
run 1 ./fire -msg timestamp=maybe
has err "timestamp is on or off, not maybe"
run 0 ./fire -d cpu -msg guest-name=on
fire ftrace
run 0 ./fire -D file -msg timestamp=on
