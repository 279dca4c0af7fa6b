# SPDX-License-Identifier: MIT
# Where nothing may be written: read-only file systems, no inode left, folders that
# are not ours. The program goes on, the loss is counted and said once.
set -eu
. "$TESTS/life/lib.sh"
[ "$(id -u)" = 0 ] || skip "needs root, to mount small file systems"
mkdir small
unshare -m mount -t tmpfs -o size=1M none small 2>err || skip "needs mount: $(head -n 1 err)"

# denied MOUNTS COMMAND: in a mount namespace after that.
denied()
{
    unshare -m bash -euc "$1; $2" "$actor" "$ETCH" "$key"
}

# said TEXT N: so many times.
said()
{
    [ "$(grep -c "$1" err)" = "$2" ] || fail "$actor: '$1' is not said $2 times"
}

everything='mount -t tmpfs -o ro none small; mount -t tmpfs -o ro none /run
    mount -t tmpfs -o ro none /dev/shm'
for kind in simple ctf; do
    key=file actor=$ACTOR
    [ $kind = simple ] || key=ctf actor=$ACTOR_CTF

    # ---- all read-only: with a name, without, and with children ----
    for name in '' ",$key=F"; do
        run 0 denied "$everything; cd small" 'ETCH_TRACE="*'$name'" "$0" fire 1000 threads 2 100 fork fire 10 end say on'
        has out on
        said 'read-only file system' 2
        said ': 1200 events are lost$' 1
        said ': 10 events are lost$' 1
    done
    run 1 denied "$everything; cd small" '"$1" record -- "$0" fire 1000 say on'
    has err "cannot make the folder etch.data: Read-only file system"

    # ---- no inode for a trace, then for its parts ----
    for inodes in 1 2 3 4 5; do
        run 0 denied "mount -t tmpfs -o nr_inodes=$inodes none small
            mount -t tmpfs -o nr_inodes=$inodes none /dev/shm; mount -t tmpfs -o ro none /run" '
            ETCH_TRACE="*,$2=small/F,policy=drop" "$0" fire 1000 flush threads 4 100 say on
            "$1" stat --json small/F >stat || echo "{\"events\":0,\"dropped\":0" >stat'
        has out on
        kept=$(grep -o '"events":[0-9]*' stat | head -n 1 | cut -d: -f2)
        lost=$(sed -n 's/.* \([0-9]*\) events are lost$/\1/p' err)
        # What no inode was left for is in the pool, and goes with it where that has
        # no name: the message says so.
        [ "$kept" -gt 0 ] || [ "${lost:-0}" = 1400 ] || grep -q 'no space left on device' err ||
            fail "$kind, $inodes inodes: nothing kept, nothing said"
        [ "$(grep -c 'no space left on device' err)" -le 2 ] || fail "$kind, $inodes inodes: said often"
    done

    # ---- recording where the session's file took the last inode but one ----
    for inodes in 4 5 6; do
        run 137 denied "mount -t tmpfs -o nr_inodes=$inodes none small" '
            "$1" record -o small/d -- "$0" fire 1000 kill 9'
        # One that could not open its trace has its events in the pool.
        if grep -q 'cannot open' err; then
            grep -q ' 0 events lost' err && fail "$kind: says that nothing is lost"
        else
            has err "1000 events of 1 process"
        fi
    done

    # ---- the trace cannot be opened, and there is room in the end ----
    rm -rf d d.old ledger
    # Two descriptors are free: for the pool and its side file.
    run 0 "$ETCH" record -o d -e '*' -- bash -euc 'ulimit -n 5; exec "$0" fire 1000 note' "$actor"
    has err "too many open files"
    run 0 "$ETCH" stat --json d
    [ "$(grep -o '"events":[0-9]*' out | head -n 1)" = '"events":1000' ] || fail "$kind: events lost"
done
