# SPDX-License-Identifier: MIT
# Where there is no room: the program goes on, what was written reads, the loss
# is counted and said once, and no signal comes.
set -eu
. "$TESTS/life/lib.sh"

# numbers FILE: $kept and $lost of it.
numbers()
{
    run 0 "$CHECK" --gaps --pools "$1"
    kept=$(sed -n 's/^events //p' out) lost=$(sed -n 's/^lost //p' out)
}

# ---- a small ulimit -f ----
for size in 0 1 64; do
    rm -f F
    # Its own output goes into a pipe, which has no limit.
    run 0 bash -o pipefail -c '(ulimit -f '$size'; ETCH_TRACE="*,file=F" exec "$0" \
        fire 100000 say on 2>&1) | cat' "$ACTOR"
    has out on
    # No file of ours, the pool's neither, may be larger than that.
    [ "$(grep -c 'file too large' out)" = 1 ] || fail "ulimit -f $size: not said once"
    [ ! -e F ] || [ "$(stat -c %s F)" -le $((size * 1024)) ] || fail "larger than allowed"
done
numbers F
[ "$kept" -gt 0 ] || fail "nothing of what fits a small file is kept"

# ctf_numbers FOLDER: the same.
ctf_numbers()
{
    run 0 "$ETCH" stat --json "$1"
    kept=$(grep -o '"events":[0-9]*' out | head -n 1 | cut -d: -f2)
    lost=$(grep -o '"dropped":[0-9]*' out | head -n 1 | cut -d: -f2)
}

for size in 0 1 64; do
    rm -rf F
    run 0 bash -o pipefail -c '(ulimit -f '$size'; ETCH_TRACE="*,ctf=F" exec "$0" \
        fire 100000 threads 3 1000 say on 2>&1) | cat' "$ACTOR_CTF"
    has out on
    [ "$(grep -c 'file too large' out)" = 1 ] || fail "ctf, ulimit -f $size: not said once"
    [ -z "$(find F -type f -size "+${size}k")" ] || fail "ctf: larger than allowed"
done
ctf_numbers F
[ "$kept" -gt 0 ] || fail "ctf: nothing of what fits a small file is kept"
rm -rf F

# ---- a full disk ----
[ "$(id -u)" = 0 ] || skip "the rest needs root, to mount small file systems"
mkdir small
unshare -m true 2>err && unshare -m mount -t tmpfs -o size=1M none small 2>err ||
    skip "the rest needs mount: $(head -n 1 err)"

# inside SIZE COMMAND: in a mount namespace, with a small file system at ./small.
inside()
{
    unshare -m bash -euc "mount -t tmpfs -o size=$1 none small; $2" "$ACTOR" "$ACTOR_CTF" "$ETCH"
}

for policy in drop block; do
    run 0 inside 1M 'ETCH_TRACE="*,file=small/F,policy='$policy'" timeout 60 "$0" \
        fire 200000 note say on; ls -l small >&2; cp small/F F; rm small/F'
    has out on
    has err "no space left on device"
    [ "$(grep -c 'no space left' err)" = 1 ] || fail "said more than once"
    [ "$(stat -c %s F)" -gt 500000 ] || fail "what fits is not there"
    rm -f ledger
    numbers F
    [ "$kept" -gt 10000 ] || fail "$kept kept of 200000"
done

for policy in drop block; do
    rm -rf F
    run 0 inside 1M 'ETCH_TRACE="*,ctf=small/F,policy='$policy'" timeout 60 "$1" \
        fire 200000 threads 3 1000 say on; "$2" stat --json small/F >all; cp -r small/F F'
    has out on
    [ "$(grep -c 'no space left' err)" = 1 ] || fail "ctf: not said once"
    [ "$(du -sk F | cut -f1)" -gt 900 ] || fail "ctf: what fits is not there"
    # With what the pool has: the folder is another's name by now.
    kept=$(grep -o '"events":[0-9]*' all | head -n 1 | cut -d: -f2)
    lost=$(grep -o '"dropped":[0-9]*' all | head -n 1 | cut -d: -f2)
    [ $((kept + lost)) = 203000 ] || fail "ctf, $policy: kept $kept + lost $lost of 203000"
done
rm -rf F

# Room comes back while the program runs: what the pool holds is not lost, what
# it could not hold is counted, and later events are there.
mkfifo to from
mkdir -m 700 elsewhere
run 0 inside 32M '
    head -c 32700k /dev/zero >small/ballast
    ETCH_TRACE="*,file=small/F,policy=drop" "$0" fire 400000 flush say full read \
        fire 10 flush say b read fire 5 <to >from &
    exec 8<>to 9<>from
    read -r _ <&9
    rm small/ballast
    echo >&8
    read -r _ <&9
    echo >&8
    wait $!
    cp small/F F'
numbers F
[ $((kept + lost)) = 400015 ] || fail "kept $kept + lost $lost of 400015"
[ "$lost" != 0 ] || fail "nothing was lost: the test tests nothing"
run 0 "$ETCH" print F
tail -n 1 out | grep -q "arg2=0x$(printf %x 400014)\$" || fail "the last event"

# ---- no room for the pool: a memfd takes its place ----
for where in 'size=64k' 'size=1M' 'ro'; do
    run 0 unshare -m bash -euc "mount -t tmpfs -o $where none /dev/shm
        mount -t tmpfs -o $where none /run
        ETCH_TRACE='*,file=F' \"\$0\" fire 100000 note pid threads 20 100 fork fire 10 end say on" "$ACTOR"
    has out on
    is err ""
    numbers F
    rm -f ledger F.*
    [ "$kept" = 102000 ] || fail "$where: kept $kept, lost $lost"
    # etch record holds that memory: a kill loses nothing, of the children neither.
    rm -rf ledger d d.old
    run 137 unshare -m bash -euc "mount -t tmpfs -o $where none /dev/shm
        mount -t tmpfs -o $where none /run
        exec \"\$1\" record -o d -e '*' -- \"\$0\" fire 100 flush fire 1000 fork fire 20 note _exit 0 end \
            fork fire 5 note kill 9 end fork fire 5 note exec fire 3 note end threads 3 1000 note kill 9" \
        "$ACTOR" "$ETCH"
    has err "killed by signal 9 (Killed), 0 events lost"
    has err "dropped: 0"
    same d
    [ ! -e d/pools ] || fail "the socket stays"
    run 137 unshare -m bash -euc "mount -t tmpfs -o $where none /dev/shm
        mount -t tmpfs -o $where none /run
        exec \"\$1\" record -o d -e '*' -- \"\$0\" fire 100 flush fire 1000 fork fire 20 _exit 0 end \
            threads 3 1000 kill 9" "$ACTOR_CTF" "$ETCH"
    has err "killed by signal 9 (Killed), 0 events lost"
    ctf_numbers d
    [ "$kept $lost" = "4120 0" ] || fail "ctf, $where: $kept kept, $lost lost"
done

# Nobody holds it, but who asks the process: a flight recorder without tmpfs.
rm -rf F
ETCH_TRACE='*,ctf=F,policy=overwrite' unshare -m bash -euc "mount -t tmpfs -o ro none /dev/shm
    mount -t tmpfs -o ro none /run; exec \"\$0\" fire 1000 pid say a read" "$ACTOR_CTF" <to >from &
exec 8<>to 9<>from
read -r -u 9 _ pid
read -r -u 9 _
run 0 "$ETCH" snapshot -o snap "$pid"
ctf_numbers snap
[ "$kept" = 1000 ] || fail "snapshot without tmpfs: $kept events"
echo >&8
wait $!
rm -rf F

# In a folder whose name is too long for a socket's address; and where there is none.
deep=$(printf 'deep%.0s' {1..40})
mkdir "$deep"
without="mount -t tmpfs -o ro none /dev/shm; mount -t tmpfs -o ro none /run"
rm -rf ledger
run 137 unshare -m bash -euc "$without; exec \"\$1\" record -o $deep/d -- \"\$0\" fire 1000 note kill 9" \
    "$ACTOR" "$ETCH"
same "$deep/d"
run 137 unshare -m bash -euc "$without; exec \"\$1\" record -o d -- bash -c \
    'rm d/pools; exec \"\$0\" fire 100 flush fire 10 kill 9' \"\$0\"" "$ACTOR" "$ETCH"
[ "$(grep -c 'a kill loses what is not yet written: no such file' err)" = 1 ] || fail "not said once"
numbers d
[ "$kept" -ge 100 ] || fail "$where: flushed events are lost"

# ---- the runtime folder: missing, somebody else's, a link, too open ----
for make in 'true' 'mkdir -m 700 /dev/shm/etch-0; chown 12345 /dev/shm/etch-0' \
    'ln -s "$PWD/elsewhere" /dev/shm/etch-0' 'mkdir -m 755 /dev/shm/etch-0' 'touch /dev/shm/etch-0'; do
    run 0 unshare -m bash -euc "mount -t tmpfs none /run; mount -t tmpfs none /dev/shm; $make
        ETCH_TRACE='*,file=F' \"\$0\" fire 1000 say on
        [ ! -d /dev/shm/etch-0 ] || [ -z \"\$(ls -A /dev/shm/etch-0)\" ]" "$ACTOR"
    has out on
    is err ""
    numbers F
    [ "$kept" = 1000 ] || fail "$make: kept $kept"
done
run 0 unshare -m bash -euc 'mount -t tmpfs none /run; umount -l /dev/shm 2>/dev/null || :
    mount -t tmpfs -o ro none /dev; ETCH_TRACE="*,file=F" "$0" fire 1000' "$ACTOR"
numbers F
[ "$kept" = 1000 ] || fail "no /dev/shm: kept $kept"

# ---- memory is full by the time that the control page's blocks are needed ----
run 0 unshare -m bash -euc 'mount -t tmpfs none /run; mount -t tmpfs -o size=64K none /dev/shm
    "$0" pid read fire 1000 flush say on <to >from &
    exec 8>to 9<from
    read -r -u 9 _ pid
    cat /dev/zero >/dev/shm/full 2>/dev/null || true
    "$1" "$pid" 0 0 1
    echo >&8
    read -r -u 9 word
    [ "$word" = on ]
    wait $!
    mv "trace-$pid" F' "$ACTOR" "$SWITCH"
numbers F
[ "$kept $lost" = "1000 0" ] || fail "events lost without blocks: $kept $lost"
