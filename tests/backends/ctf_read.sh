# SPDX-License-Identifier: MIT
# etch reads its CTF traces as babeltrace2 does: every event, time and value, and
# what is missing; of programs that ended well, that were killed, and that live.
set -eu
. "$TESTS/backends/lib.sh"
needs babeltrace2 python3

build()
{
    "$ETCH" gen --qemu=2.8 -b "$2" -g ctf "$SOURCES/ctf-events" 2>log || fail "$(cat log)"
    gcc -O2 "${warnings[@]}" -I"$INCLUDE" -I. "$SOURCES/ctf.c" trace-ctf.c "$LIBETCH" -lpthread \
        -o "$1" 2>err || fail "gcc"
}

# same TRACE: both readers say the same; ./counts has events, lost events, lost
# packets.
same()
{
    "$ETCH" print --json "$1" >ours 2>words || fail "etch print $1: $(cat words)"
    babeltrace2 --clock-seconds --no-delta "$1" >theirs 2>warnings || fail "babeltrace2 $1"
    run 0 python3 "$SOURCES/ctf_same.py" "$1" ours theirs warnings
    read -r events lost packets <out
}

build ctf ctf
build both ctf,simple

# ---- every type, and the declarations ----
run 0 env ETCH_TRACE="*,ctf=T" ./ctf all
same T
[ "$events" = 12 ] || fail "$events events"
run 0 "$ETCH" list ./ctf
grep -v '^disable' out >want
run 0 "$ETCH" list T
diff want out >&2 || fail "the declarations"
run 0 "$ETCH" list --json T
cp out listed
run 0 "$ETCH" list --json ./ctf
python3 - <<'EOF' || fail "the declarations, as data"
import json
have, want = json.load(open("listed")), json.load(open("out"))
assert have == [d for d in want if "disable" not in d["properties"]]
EOF

# ---- as data: what simple has, too; in one folder it is shown once ----
mkdir d
(cd d && run 0 env ETCH_TRACE="*" ../both all)
run 0 "$ETCH" print --json d/trace-*[0-9]
run 0 "$ETCH" print --json --exe ./both d/trace-*[0-9]
cp out simple
run 0 "$ETCH" print --json d/trace-*.ctf
cp out ctf-json
python3 - <<'EOF' || fail "simple and ctf differ"
import json
def read(path):
    events = [json.loads(line) for line in open(path)]
    for e in events:
        # simple has no NULL, and floating point as whole numbers; two lines
        # through the clock differ a little
        e["args"] = {k: "" if v is None else int(v) if isinstance(v, float) else v
                     for k, v in e["args"].items()}
        del e["tid"], e["time_ns"]
    return events
assert read("simple") == read("ctf-json"), [
    x for x in zip(read("simple"), read("ctf-json")) if x[0] != x[1]][:1]
EOF
run 0 "$ETCH" print d
[ "$(wc -l <out)" = 12 ] || fail "a process with both backends is shown $(wc -l <out) times"
run 0 "$ETCH" print d/trace-*[0-9] d/trace-*.ctf
[ "$(wc -l <out)" = 12 ] || fail "both named: $(wc -l <out)"
# Several at once, and a folder of both kinds.
(cd d && run 0 env ETCH_TRACE="*" ../ctf all)
run 0 "$ETCH" print d
[ "$(wc -l <out)" = 24 ] || fail "two processes: $(wc -l <out)"

# ---- threads and signals; what is discarded and overwritten ----
run 0 env ETCH_TRACE="*,ctf=T,policy=block" ./ctf count 4 5000
awk '/^fired/ {n += $3 + $4} END {print n}' out >want
same T
[ "$events $lost $packets" = "$(cat want) 0 0" ] || fail "$events, $lost, $packets"
run 0 env ETCH_TRACE="*,ctf=T,buffer=64K" ./ctf count 4 20000
awk '/^fired/ {n += $3 + $4} END {print n}' out >want
same T
[ $((events + lost)) = "$(cat want)" ] && [ "$lost" -gt 0 ] || fail "$events, $lost discarded"
run 0 "$ETCH" stat --json T
python3 -c "
import json
s = json.load(open('out'))
assert s['events'] == $events and s['dropped'] == $lost, s
assert sum(x['events'] for x in s['lost'] if x['reason'] == 'discarded') == $lost, s['lost']
" || fail "etch stat"
run 0 "$ETCH" print T
has out "events lost: discarded, "
run 0 env ETCH_TRACE="*,ctf=T,buffer=512K,policy=overwrite" ./ctf count 4 20000
same T
[ "$events" -gt 1000 ] && [ "$lost" = 0 ] || fail "overwritten: $events, $lost"
run 0 "$ETCH" print T
has out "lost: overwritten, "

# ---- killed: the same before and after the recovery, and after another ----
rm -rf T
run 137 env ETCH_TRACE="*,ctf=T,policy=block" stdbuf -oL ./ctf count 4 5000 all die
awk '/^fired/ {n += $3 + $4} END {print n + 12}' out >want
run 0 "$ETCH" print --json T
wc -l <out | diff want - >&2 || fail "of one who was killed"
cp out before
cp -r T T.killed
pool=$(grep -la "$work/T" /run/user/"$(id -u)"/etch/pool.* /dev/shm/etch-"$(id -u)"/pool.* 2>/dev/null | head -1)
[ -n "$pool" ] || fail "there is no pool"
cp "$pool" pool.kept
side=$(tail -c +1329 "$pool" | head -c 1024 | tr -d '\000')
cp "$side" meta.kept
run 0 "$ETCH" recover T
has out " recovered, 0 lost: $work/T"
[ ! -e "$pool" ] || fail "the pool is still there"
same T
[ "$events $lost $packets" = "$(cat want) 0 0" ] || fail "recovered: $events, $lost, $packets"
cp -r T T.first
run 0 "$ETCH" recover T
is out ""
diff -r T T.first || fail "recovered again"

# Killed before it had begun: an empty folder is no trace, and does not stay.
run 0 "$ETCH" record -o begun -- ./ctf once 2
run 0 "$ETCH" print begun
cp out want.begun
mkdir begun/trace-4711.ctf
run 0 "$ETCH" print begun
diff want.begun out >&2 || fail "beside an empty folder"
is err ""
mkdir begun/trace-4712.ctf
echo >begun/trace-4712.ctf/mine
run 0 "$ETCH" recover begun
[ ! -e begun/trace-4711.ctf ] && [ -e begun/trace-4712.ctf/mine ] || fail "what recover removes"
# Interrupted at some moment: from the same pool the same bytes.
for stage in T.killed T.first; do
    rm -rf T
    cp -r "$stage" T
    cp pool.kept pool.again
    cp meta.kept "$side"
    run 0 "$ETCH" recover pool.again
    diff -r T T.first >&2 || fail "recovered from $stage it is another"
done
run 0 "$ETCH" print --json T
# Thread by thread: the clock's frequency is known better than before, and which of two
# threads came first within a nanosecond may look otherwise.
by_thread() { sed 's/"time_ns":[0-9]*,//' "$1" | sort -s -t: -k3,3; }
by_thread before >want.json
by_thread out | diff -q want.json - || fail "other events than before"
run 137 "$ETCH" record -o r -e '*' -- ./ctf count 2 3000 die
has err "killed by signal 9 (Killed), 0 events lost"
same r/trace-*.ctf
[ "$(ls -d r/trace-*.ctf | wc -l)" = 1 ] || fail "$(ls r)"

# ---- nothing left of the metadata, or of the trace ----
rm r/trace-*.ctf/metadata
for operand in r r/trace-*.ctf; do
    run 1 "$ETCH" print "$operand"
    has err "/metadata: cannot read the metadata: No such file or directory"
done
mkdir gone
# A flight recorder: nothing of it was in the files before.
ETCH_TRACE='*,policy=overwrite,ctf=gone/T' ./ctf count 1 100 die 2>/dev/null || true
rm -r gone
pool=$(grep -laF "$work/gone/T" /run/user/"$(id -u)"/etch/pool.* /dev/shm/etch-"$(id -u)"/pool.* 2>/dev/null || true)
run 1 "$ETCH" recover "$pool"
has err "\`etch print POOL\` shows what is left of it"
run 0 "$ETCH" print "$pool"
[ "$(wc -l <out)" -ge 100 ] || fail "print of a pool whose trace is gone"
rm "$pool" "${pool/pool./meta.}"
