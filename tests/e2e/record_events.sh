# SPDX-License-Identifier: MIT
# etch record and etch trace with programs that have events: what is recorded
# is what is read, whatever becomes of the program; and what is said about it.
set -eu
. "$TESTS/lib.sh"
hello=$BUILD/examples/hello

# counted DIR: the events that a reader finds.
counted()
{
    "$ETCH" stat --json "$1" >counted || fail "etch stat $1"
    sed -n 's/^{"events":\([0-9]*\),"dropped":0,.*/\1/p' counted
}

# told: the events that etch record spoke of.
told()
{
    sed -n 's/^etch record: \([0-9]*\) events\{0,1\} of .*dropped: 0$/\1/p' "$work/err"
}

agree()
{
    [ -n "$(told)" ] && [ "$(told)" = "$(counted "$1")" ] ||
        fail "$1: said '$(told)', read '$(counted "$1")'"
}

# ---- a program of our own ----
run 0 "$ETCH" record "$hello" ann bob
is out "hello, ann
hello, bob
"
has err "3 events of 1 process in etch.data"
has err '`etch print` shows them'
agree etch.data
run 0 "$ETCH" print
has out "hello_greet whom ann times 1"
has out "hello_done done"
run 0 "$ETCH" record -e 'hello_d*' "$hello" ann
has err "1 event of 1 process"
run 0 "$ETCH" record -e 'hello_*' -e -hello_done "$hello" ann
has err "1 event of 1 process"
run 0 "$ETCH" print
has out hello_greet
hasnt out hello_done
printf '# all but one\nhello_*\n-hello_greet\n' >patterns
run 0 "$ETCH" record --events patterns "$hello" ann bob
has err "1 event of 1 process"

# ---- nothing recorded: why ----
run 0 "$ETCH" record -e 'no_such_*' -e hello_done "$hello"
has err "no event is called 'no_such_*'"
hasnt err "'hello_done'"
run 0 "$ETCH" record -e hello_greet "$hello"
has err "declares 2 events, of which none that was on happened"
run 0 "$ETCH" record true
has err "true declares no events of etch"
run 0 "$ETCH" record --preload "$BUILD/src/runtime/libetch.so" true
grep -q "libetch.so[.0-9]* declares no events of etch" err || fail "a library without events"
run 0 "$ETCH" record -o nothing -e hello_greet "$hello"
has err "0 events of 0 processes in nothing"
hasnt err "etch print"

# ---- a program of others, its children, its death ----
run 0 "$ETCH" record -o heap --preload heap -- bash -c 'for i in 1 2 3; do ls / >/dev/null; done'
agree heap
[ "$(told)" -gt 300 ] || fail "only $(told) events of bash and ls"
[ "$(ls heap/trace-* | grep -vc meta)" -ge 4 ] || fail "bash and three ls"
run 137 "$ETCH" record -o kill --preload heap -- bash -c 'ls / >/dev/null; kill -9 $$'
has err "killed by signal 9 (Killed), 0 events lost"
agree kill
run 0 "$ETCH" print -e heap_malloc kill
grep -q 'heap_malloc size [0-9]* ptr 0x' out || fail "no malloc of the killed bash"

# A descendant that lives on is named, and what it records later is read.
mkfifo up go gone
run 0 "$ETCH" record -o on --preload heap -- \
    bash -c 'bash -c "ls / >/dev/null; echo >up; read -r x <go; : \$(ls /); echo >gone" &
             read -r x <up' </dev/null
has err "still run"
before=$(counted on)
echo >go
read -r _ <gone
[ "$(counted on)" -gt "$before" ] || fail "nothing of the descendant"
# Its rest goes with the folder, and never into another recording.
rm -rf on
run 0 "$ETCH" record -o on "$hello"
has err "1 event of 1 process in on"

# ---- live ----
run 0 "$ETCH" trace "$hello" ann
is out "hello, ann
"
has err "hello_greet whom ann times 1"
has err "hello_done done"
[ "$(wc -l <err)" = 2 ] || fail "more than two events"
run 0 "$ETCH" trace -e hello_done -o lines "$hello" ann
[ "$(wc -l <lines)" = 1 ] || fail "-o"
is err ""
run 3 "$ETCH" trace --preload heap -- bash -c 'ls /; exit 3'
grep -q 'heap_free ptr 0x' err || fail "no free of bash"
run 137 "$ETCH" trace --preload heap -- bash -c 'kill -9 $$'
has err "killed by signal 9"
run 0 "$ETCH" trace -e nothing "$hello"
has err "no event is called 'nothing'"
run 127 "$ETCH" trace no-such-program
run 1 "$ETCH" trace -o missing/folder "$hello"
has err "missing/folder: No such file"
# The program waits for us to have seen its event.
mkfifo lines2
"$ETCH" trace --preload heap -o lines2 -- bash -c ': $(echo); read -r x <go' >/dev/null 2>&1 &
exec 3<lines2
grep -m1 -q 'heap_malloc' <&3 || fail "no event while the program runs"
echo >go
cat <&3 >/dev/null
exec 3<&-
wait $! || fail "trace of a program that waits"
[ -z "$(ls -d etch-trace.* 2>/dev/null)" ] || fail "a temporary folder stays"

# ---- a full disk: the program goes on, and all that was recorded is read ----
if unshare -rm true 2>/dev/null; then
    mkdir small
    cat >small.sh <<'E2'
mount -t tmpfs -o size=100k tmpfs small
"$ETCH" record -o small/d --preload heap -- bash -c 'for i in $(seq 3000); do x+=.$i; done; exit 5'
echo "status $?"
"$ETCH" stat small/d
E2
    ETCH=$ETCH run 0 unshare -rm sh small.sh
    has out "status 5"
    has err "No space left on device"
    has out "events: $(sed -n 's/^etch record: \([0-9]*\) events of.*/\1/p' err)
"
fi

# ---- a trigger that cannot be meant is refused before anything runs ----
for trigger in '' 'x foo' 'x before 10s' 'x if n == 3 before 10s' 'x, before 10' 'x, bfore 1s' 'x limit 5/s'; do
    run 2 "$ETCH" record -o refused --trigger "$trigger" touch ran
    [ ! -e refused ] && [ ! -e ran ] || fail "--trigger '$trigger' is taken"
done

# ---- Ctrl-C at a terminal reaches the program once ----
if command -v python3 >/dev/null; then
    cat >terminal.py <<'E2'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], [sys.argv[1], "record", "-o", "tty", "--", "bash", "-c",
        'n=0; trap "n=\\$((n+1))" INT; trap "exit \\$((40+n))" USR1; mkfifo never; echo ready;'
        'while [ $n = 0 ]; do read -t 0.05 _ <>never; done; kill -USR1 $$'])
text = b""
while b"ready" not in text:
    text += os.read(fd, 100)
os.write(fd, b"\x03")
try:
    while os.read(fd, 100):
        pass
except OSError:
    pass
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
E2
    run 41 timeout 60 python3 terminal.py "$ETCH"
fi
