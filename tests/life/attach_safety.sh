# SPDX-License-Identifier: MIT
# Whom `etch ps` and `etch ctl` trust: pages that are not as libetch makes them,
# other users, other namespaces, processes that are gone.
set -eu
. "$TESTS/life/lib.sh"
[ "$(id -u)" = 0 ] || skip "root is needed, to be another user"

name=sa$$
ln -s /bin/cat "$name"
mkfifo in
# start [COMMAND...]: a program that waits, under a prefix; its number in $pid.
start()
{
    "$@" env LD_PRELOAD="$HEAP" "./$name" <in &
    pid=$!
}
# page PID: its control page.
page()
{
    ls /run/user/0/etch/control."$1".* /dev/shm/etch-0/control."$1".* 2>/dev/null | head -1
}
# listed: how many programs of our name `etch ps` shows.
listed()
{
    "$ETCH" ps --json >out 2>err || fail "ps"
    grep -c "\"command\":\"$name\"" out || true
}
await()
{
    until [ "$(listed)" = "$1" ]; do :; done
}

exec 9<>in
start
await 1
first=$pid
page=$(page "$pid")
cp "$page" copy

# ---- a page that is not as it was made ----
# spoiled WHAT: the program is not listed, ctl does not touch it.
spoiled()
{
    [ "$(listed)" = 0 ] || fail "$1: it is listed"
    run 1 "$ETCH" ctl "$pid" trace-event '*' on
    has err "process $pid cannot be attached to"
}
chmod 644 "$page"
spoiled "mode 644"
chmod 600 "$page"
[ "$(listed)" = 1 ] || fail "it is not listed again"
ln "$page" "$page.9"
spoiled "a hard link"
rm "$page.9"
chown nobody "$page"
spoiled "a foreign owner"
chown root "$page"
mv "$page" "$page.old"
ln -s "$page.old" "$page"
spoiled "a symbolic link"
rm "$page"
mkfifo "$page"
spoiled "a pipe"
rm "$page"
mkdir "$page"
spoiled "a folder"
rmdir "$page"
for size in 0 7 8 100 4095 4096; do
    (umask 077 && head -c $size copy >"$page")
    "$ETCH" ps >out 2>&1 || fail "ps of $size bytes"
    "$ETCH" ctl "$pid" trace-event '*' on >out 2>&1 && fail "a page of $size bytes"
    rm -f "$page"
done
cp copy "$page"
spoiled "a copy that no process holds"
[ ! -e "$page" ] || fail "what no process holds is not swept"
mv "$page.old" "$page"
# spoil OFFSET BYTES: the program's own page with other bytes there.
spoil()
{
    printf "$2" | dd of="$page" bs=1 seek="$1" conv=notrunc status=none
    spoiled "bytes at $1"
    dd if=copy of="$page" bs=4096 count=1 conv=notrunc status=none
    [ "$(listed)" = 1 ] || fail "bytes at $1: it is not listed again"
}
spoil 0 X                      # magic
spoil 12 '\377\377\377\377'    # header_size
spoil 16 '\1\0\0\0'            # pid
spoil 20 '\377\377\377\377'    # n_groups
spoil 68 '\377\377\377\377'    # n_events of a group
spoil 72 '\377\377\377\377\377' # offset of a group
# Of a younger process: the number was used before.
spoil 24 '\1\0\0\0\0\0\0\0'
# Of another version: what can be done is said.
printf '\3' | dd of="$page" bs=1 seek=8 conv=notrunc status=none
for cut in 1048576 48; do
    truncate -s "<$cut" "$page"
    [ "$(listed)" = 0 ] || fail "another version is listed"
    has err "process $pid ($name) speaks version 3 of the control page, and this etch version"
    for who in "$pid" "$name"; do
        run 1 "$ETCH" ctl "$who" trace-event '*' on
        has err "process $pid ($name) speaks version 3"
        has err "rebuild the program, or use the etch that its libetch came with"
    done
done
cat copy >"$page"
[ "$(listed)" = 1 ] || fail "it is not listed again"
run 0 "$ETCH" ctl "$pid" trace-event heap_free on

# ---- a page of a former version: named while its process lives, swept once that is gone ----
start
await 2
former=$(page "$pid")
printf '\4' | dd of="$former" bs=1 seek=8 conv=notrunc status=none
[ "$(listed)" = 1 ] || fail "a former version is listed"
has err "process $pid ($name) speaks version 4"
[ -e "$former" ] || fail "the page of a former version is swept while it is in use"
kill -KILL "$pid"
wait "$pid" 2>/dev/null || true
[ "$(listed)" = 1 ] || fail "what is left of a former version is listed"
is err ""
[ ! -e "$former" ] || fail "the page of a former version stays"
pid=$first

# ---- another user neither sees nor switches; root sees him ----
cp "$HEAP" heap.so
chmod 755 . heap.so
mkfifo theirs
chmod 666 theirs
exec 8<>theirs
setpriv --reuid 65534 --clear-groups env LD_PRELOAD="$work/heap.so" "./$name" <theirs &
await 2
setpriv --reuid 65534 --clear-groups "$ETCH" ps --json >out
[ "$(grep -c "\"command\":\"$name\",.*" out)" = 1 ] || fail "a user sees another's programs"
! setpriv --reuid 65534 --clear-groups "$ETCH" ctl "$pid" trace-event '*' on 2>err ||
    fail "a user switches another's program"
has err "cannot be attached to: it belongs to another user"
"$ETCH" ps --json >out
theirs=$(sed -n "s/.*\"pid\":\([0-9]*\),.*\"uid\":65534,.*\"command\":\"$name\".*/\1/p" out)
run 0 "$ETCH" ctl "$theirs" trace-event heap_malloc on
kill "$theirs"
await 1

# ---- in another PID and mount namespace ----
if unshare -pmf --kill-child --mount-proc true 2>/dev/null; then
    start unshare -pmf --kill-child --mount-proc --propagation private sh -c \
        'mount -t tmpfs none /dev/shm && [ ! -d /run/user ] || mount -t tmpfs none /run/user; exec "$@"' sh
    await 2
    inside=$(sed -n "s/.*\"pid\":\([0-9]*\),\"inner_pid\":1,.*\"command\":\"$name\".*/\1/p" out)
    [ -n "$inside" ] || fail "no program is number 1 where it lives"
    run 0 "$ETCH" ctl "$inside" trace-event heap_malloc on
    run 0 "$ETCH" ctl "$inside" info trace-events heap_malloc
    is out "heap_malloc : state 1
"
    # Sweeping leaves the pages of numbers that mean something elsewhere.
    unshare -pmf --kill-child --mount-proc sh -c 'for i in 1 2 3 4 5 6; do true & wait; done; "$@" <&9 & wait' \
        sh env LD_PRELOAD="$HEAP" "./$name" <in &
    await 3
    [ "$(listed)" = 3 ] || fail "a page of another PID namespace was swept"
    inner=$(sed -n "s/.*\"inner_pid\":\([0-9]*\),.*\"command\":\"$name\".*/\1/p" out |
        grep -vx -e 1 -e "$first")
    former=$(page "$inner")
    printf '\4' | dd of="$former" bs=1 seek=8 conv=notrunc status=none
    [ "$(listed)" = 2 ] || fail "a former version is listed"
    [ -e "$former" ] || fail "a former version's page of another PID namespace was swept"
    printf '\5' | dd of="$former" bs=1 seek=8 conv=notrunc status=none
    [ "$(listed)" = 3 ] || fail "it is not listed again"
fi

# ---- killed: no longer listed, its page is swept ----
kill -KILL "$first"
wait "$first" 2>/dev/null || true
"$ETCH" ps --json >out
hasnt out "\"pid\":$first,"
[ ! -e "$page" ] || fail "the page of a killed program stays"

# ---- two at once: each of their events is as one of them said ----
start
await_one() { until "$ETCH" ps --json | grep -q "\"pid\":$pid,"; do :; done; }
await_one
for word in on off; do
    for i in 1 2 3 4; do
        "$ETCH" ctl "$pid" trace-event 'heap_*' $word >"two$i" 2>&1 &
        two[i]=$!
    done
    for i in 1 2 3 4; do wait "${two[i]}" || fail "one of four: $(cat "two$i")"; done
    run 0 "$ETCH" ctl "$pid" info trace-events
    if [ $word = on ]; then hasnt out "state 0"; else hasnt out "state 1"; fi
done

# ---- the page is cut, filled with rubbish or replaced while etch works ----
page=$(page "$pid")
cp "$page" whole
for i in $(seq 20); do
    "$ETCH" ctl "$pid" info trace-events >/dev/null 2>"err" &
    other=$!
    case $((i % 3)) in
    0) : >"$page" ;;
    1) head -c 16384 /dev/urandom >"$page" ;;
    2) cp whole "$page" ;;
    esac
    got=0
    wait "$other" || got=$?
    [ "$got" -le 1 ] || fail "status $got of a page that changes: $(cat err)"
    "$ETCH" ps >/dev/null 2>&1 || fail "ps of a page that changes"
done

# ---- its blocks are scribbled over while etch asks for what they tell ----
start
await_one
page=$(page "$pid")
for i in 1 2; do
    while :; do
        head -c 16384 /dev/urandom | dd of="$page" bs=4096 seek=1 conv=notrunc status=none
    done &
    scribbler=$!
    for words in "info trace-buffers" trace-file "trace-file set x" "trace-file flush" "snapshot y"; do
        got=0
        # shellcheck disable=SC2086
        timeout 30 "$ETCH" ctl "$pid" $words >/dev/null 2>err || got=$?
        [ $got -le 1 ] || fail "status $got of '$words' of a page that is scribbled over: $(cat err)"
    done
    got=0
    timeout 30 "$ETCH" ctl "$pid" trace-event 'heap_free if ptr == 0' on >/dev/null 2>err || got=$?
    [ $got -le 1 ] || fail "status $got of a condition: $(cat err)"
    timeout 30 "$ETCH" record -p "$pid" -o scribbled --for 50ms >/dev/null 2>err || got=$?
    [ $got -le 1 ] || fail "status $got of record -p: $(cat err)"
    "$ETCH" ps >/dev/null 2>err || fail "ps: $(cat err)"
    kill $scribbler
    wait $scribbler 2>/dev/null || true
done
kill -0 "$pid" || fail "the program is gone"
kill "$pid"
start
await_one

# ---- root records another user's program as that user; he does not record root's ----
! setpriv --reuid 65534 --clear-groups "$ETCH" record -p "$pid" -o "$work/no" 2>err ||
    fail "a user records root's program"
has err "cannot be attached to"
kill "$pid"
setpriv --reuid 65534 --clear-groups env LD_PRELOAD="$work/heap.so" python3 -c 'while True: bytes(10000)' &
pid=$!
await_one
mkdir -m 755 theirs.d
run 0 "$ETCH" record -p "$pid" -o "$work/theirs.d/t" --for 200ms
has err "of 1 process in"
[ "$(stat -c %u theirs.d/t theirs.d/t/session theirs.d/t/trace-*.meta | sort -u)" = 65534 ] ||
    fail "not all is the user's: $(ls -ln theirs.d/t)"
run 1 "$ETCH" record -p "$pid" -o "$HOME/etch-test-$$" --for 200ms
has err "cannot write there"
rm -rf "$HOME/etch-test-$$"
kill "$pid"
