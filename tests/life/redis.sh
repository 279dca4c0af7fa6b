# SPDX-License-Identifier: MIT
# A server that nobody here wrote, redis-server from Debian with the heap example
# preloaded, under load by redis-benchmark: it is attached to, events go on and off, it
# is recorded, left, and recorded again; each request has its reply, and the server is
# as it was.
set -eu
. "$TESTS/life/lib.sh"
. "$TESTS/life/attached.sh"
needs redis-server redis-benchmark

LD_PRELOAD="$HEAP" redis-server --port 0 --unixsocket "$work/sock" --save '' --appendonly no \
    --daemonize no --dir "$work" >log 2>steady.err &
pid=$!
cli() { redis-cli -s "$work/sock" "$@"; }
until [ "$(cli ping 2>/dev/null)" = PONG ]; do :; done

# load N: so many requests of two kinds, until all have been answered.
load()
{
    redis-benchmark -s "$work/sock" -c 20 -n "$1" -r 1000 -d 300 -t set,get -q >bench 2>&1
}
# serve: load upon load, until there is a file `enough`; then `asked` says how many requests.
serve()
{
    local n=0
    while [ ! -e enough ]; do
        load 5000
        n=$((n + 5000))
    done
    echo "$n" >asked
}
# calls NAME: how many requests of a kind the server has answered.
calls()
{
    cli info commandstats | sed -n "s/^cmdstat_$1:calls=\([0-9]*\),.*/\1/p"
}

load 1000
threads=$(ls /proc/"$pid"/task | wc -l)
"$ETCH" ps --json | grep -q "\"pid\":$pid,.*\"command\":\"redis-server\"" || fail "it is not listed"
settled before
served=$(calls set)

# ---- while it serves: recorded twice, events switched between, recorded again ----
serve &
client=$!
until [ "$(calls set)" -gt "$served" ]; do :; done
run 0 "$ETCH" record -p "$pid" -e 'heap_m*' -e heap_free -o first --for 300ms
has err "dropped: 0"
run 0 "$ETCH" record -p redis-server -o second --for 200ms
has err "dropped: 0"
touch enough
wait "$client" || fail "redis-benchmark: $(cat bench)"
requests=$(cat asked)
[ "$(calls set)" = $((served + requests)) ] && [ "$(calls get)" = "$(calls set)" ] ||
    fail "$(calls set) sets and $(calls get) gets are answered, of $((served + requests))"
for d in first second; do
    run 0 "$ETCH" stat --json "$d"
    has out '"name":"heap_malloc"'
    has out '"name":"heap_free"'
    has out '"dropped":0'
done
run 0 "$ETCH" stat --json first
hasnt out '"name":"heap_calloc"'
settled after
# Of memory redis has its own ways.
for f in before after; do grep -v ^map "$f" | sed '/^ *[0-9]* map /d' >"$f.kept"; done
diff before.kept after.kept >diff || { cat diff >&2; fail "it is not as it was"; }

# ---- on and off by hand, under load; its own trace is whole ----
served=$(calls set)
requests=60000
load $requests &
client=$!
for _ in 1 2 3 4 5; do
    run 0 "$ETCH" ctl "$pid" trace-event 'heap_*' on
    run 0 "$ETCH" ctl "$pid" trace-event 'heap_*' off
done
wait "$client" || fail "redis-benchmark: $(cat bench)"
[ "$(calls set)" = $((served + requests)) ] || fail "a reply is lost"
run 1 "$ETCH" record -p "$pid" -o third
has err "process $pid records already, into $work/trace-$pid"
cli shutdown nosave || true
wait "$pid" || fail "redis-server failed: $(tail -3 log)"
run 0 "$ETCH" stat --json "$work"/trace-"$pid"*
has out '"name":"heap_malloc"'
has out '"dropped":0'
