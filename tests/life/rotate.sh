# SPDX-License-Identifier: MIT
# Traces in several files: none is larger than allowed, no more are kept than
# allowed, what is missing is counted, and a kill at any place of a rotation
# leaves each event once.
set -eu
. "$TESTS/life/lib.sh"
ulimit -c 0

# fired N: kept + lost of the folder d are N.
fired()
{
    "$ETCH" print d >all 2>err || fail "print"
    ! grep -vE '(was|were) lost while recording' err || fail "print complains"
    kept=$(grep -c ' life_tick ' all || true)
    lost=$(awk '/ -- [0-9]+ events? lost/ {for (i = 1; i < NF; i++) if ($i == "--") {n += $(i + 1); break}} END {print n + 0}' all)
    [ $((kept + lost)) -ge "$1" ] && [ $((kept + lost)) -le $(($1 + ${2-0})) ] ||
        fail "kept $kept + lost $lost, fired $1"
}

# ---- simple: everything kept, in order, in files of that size ----
rm -rf d
run 0 "$ETCH" record -o d --max-size 64K -e '*' -- "$ACTOR" threads 3 10000 fire 1000
has err "31000 events of 1 process"
fired 31000
[ "$lost" = 0 ] || fail "lost $lost"
n=$(find d -name 'trace-*.part*' | wc -l)
[ "$n" -gt 20 ] || fail "only $n files"
[ -z "$(find d -name 'trace-*' -size +64k)" ] || fail "larger than allowed: $(ls -l d)"
# Each is a trace by itself.
for part in d/trace-*.part7 d/trace-*.part8; do
    "$ETCH" print "$part" 2>err | grep -q 'life_tick who' || fail "$part alone"
    is err ""
done

# ---- only so many are kept ----
run 0 "$ETCH" record -o d --max-size 64K --max-files 3 -e '*' -- "$ACTOR" threads 3 10000
fired 30000
[ "$(find d -name 'trace-*.part*' | wc -l)" = 3 ] || fail "not three files: $(ls d)"
has all "lost: rotated"
run 0 "$ETCH" record -o d --max-size 64K --max-files 3 -e '*' -- "$ACTOR" fire 30000
has err "events were in files that --max-files removed"
fired 30000
sed -n 's/.*life_tick who 0 n //p' all >numbers
cmp -s numbers <(seq "$lost" 29999) || fail "what is kept is not the last $kept"

# ---- a name of the user's: older files of that name are no part of it ----
run 0 env ETCH_TRACE='*,policy=block,max-size=64K,file=F' "$ACTOR" fire 10000
[ -e F.part5 ] || fail "no files beside F"
echo mine >F.part3
run 0 env ETCH_TRACE='*,policy=block,max-size=64K,file=F' "$ACTOR" fire 100
run 0 "$CHECK" F
has out "events 100"
is F.part3 "mine
"

# ---- CTF: each stream rotates; to others it is one ----
run 0 "$ETCH" record -o d --max-size 64K -e '*' -- "$ACTOR_CTF" threads 2 10000 fire 10000
fired 30000
[ "$lost" = 0 ] || fail "lost $lost"
[ -z "$(find d -name 'stream-*' -size +64k)" ] || fail "larger than allowed"
babeltrace2 d/*.ctf >foreign 2>err || fail "babeltrace2"
is err ""
[ "$(wc -l <foreign)" = 30000 ] || fail "babeltrace2 sees $(wc -l <foreign)"
run 0 "$ETCH" record -o d --max-size 64K --max-files 2 -e '*' -- "$ACTOR_CTF" fire 30000
[ "$(find d -name 'stream-0*' | wc -l)" = 2 ] || fail "not two files: $(ls d/*.ctf)"
"$ETCH" print d >all 2>err
has all "lost: rotated"
sed -n 's/.*life_tick who 0 n //p' all >numbers
cmp -s numbers <(seq "$(head -n 1 numbers)" 29999) || fail "what is kept are not the last events"
babeltrace2 d/*.ctf >foreign 2>err || fail "babeltrace2"
[ "$(wc -l <foreign)" = "$(wc -l <numbers)" ] || fail "babeltrace2 sees $(wc -l <foreign)"

# ---- with overwrite, many threads, and both bounds ----
# 4 MiB: the slots and cursors of 2,000 threads, the drain's buffers.
run 0 "$ACTOR" threads 2000 3 memory
without=$(sed -n 's/^memory //p' out)
for actor in "$ACTOR" "$ACTOR_CTF"; do
    run 0 "$ETCH" record -o d --flight 1M --max-size 64K --max-files 2 -e '*' -- \
        "$actor" repeat 2 threads 2000 3 flush end fire 10 memory
    with=$(sed -n 's/^memory //p' out)
    [ "$SANITIZE" != none ] || [ $((with - without)) -lt $((1024 + 4096)) ] ||
        fail "2,000 threads take $((with - without)) KiB"
    [ "$(find d -name 'trace-*.part*' -o -name 'stream-0*' | wc -l)" -le 2 ] || fail "$(ls d)"
    "$ETCH" print d 2>/dev/null | grep -c 'life_tick who 0' >n
    is n "10
"
done

# ---- killed at each call of a rotation ----
case $SANITIZE in *thread* | *address*) skip "the rest is traced: no sanitizer" ;; esac
points='unlinkat=2 unlinkat=3 pwrite64=9 ftruncate=3 openat=60 openat=61'
for at in $points; do
    rm -rf d counts
    call=${at%=*}
    run 137 "$ETCH" record -o d --max-size 64K --max-files 3 -e '*' -- strace -f -qq -o calls \
        -e "trace=$call" -e "inject=$call:signal=KILL:when=${at#*=}" \
        "$VICTIM" counts 9 1 1000000000
    fired "$(od -An -v -t u8 counts | awk '{n += $1} END {printf "%d", n}')" 1
    [ "$(find d -name 'trace-*.part*' | wc -l)" -le 3 ] || fail "$at: $(ls d)"
done
