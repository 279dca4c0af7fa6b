# SPDX-License-Identifier: MIT
# etch record runs a program as if etch were not there: status, signals,
# streams, environment; and it keeps its hands off folders that are not its own.
set -eu
. "$TESTS/lib.sh"

# ---- status ----
run 0 "$ETCH" record true
run 7 "$ETCH" record -- sh -c 'exit 7'
run 137 "$ETCH" record sh -c 'kill -9 $$'
has err "killed by signal 9"
run 127 "$ETCH" record ./no-such-program
has err "./no-such-program: no such program"
run 127 "$ETCH" record no-such-program --version
echo text >text
run 126 "$ETCH" record ./text
has err "./text: not executable"
chmod +x text
run 126 "$ETCH" record ./text
has err "Exec format error"
run 126 "$ETCH" record /
run 2 "$ETCH" record
has err "which program?"
run 2 "$ETCH" record --policy=maybe true
run 2 "$ETCH" record --buffer=1X true
run 2 "$ETCH" record --buffer=1 true
run 2 "$ETCH" record -e '' true
run 1 "$ETCH" record --events nowhere true
has err "nowhere: No such file"
run 1 "$ETCH" record --preload ./nowhere.so true
rm -rf etch.data etch.data.old

# ---- the program's streams and environment ----
echo input | run 0 "$ETCH" record -e 'a*' -e -ab -e 'x,y' --buffer=1M -o d -- \
    sh -c 'cat; echo message >&2; echo "$ETCH_TRACE"; echo "${LD_PRELOAD-none}"'
is out "input
dir=$work/d,policy=block,buffer=1048576;enable=a*;enable=-ab;enable=x,,y
none
"
grep -qx message err || fail "the program's stderr"
run 0 "$ETCH" record -o d --policy=drop --preload /bin/true -- sh -c 'echo "$LD_PRELOAD"' 2>/dev/null
echo '*' >patterns
run 0 env ETCH_TRACE=stale "$ETCH" record -o d --events patterns -- sh -c 'echo "$ETCH_TRACE"'
is out "dir=$work/d,policy=block;events=$work/patterns
"
hasnt err stale

# A SIGPIPE that etch ignores kills the program as ever.
status=0
"$ETCH" record -o d -- bash -c 'kill -PIPE $$' 2>err || status=$?
[ $status = 141 ] || fail "SIGPIPE: status $status"

# Nor is a parent that ignores the death of its children in the way.
run 3 timeout -s KILL 60 env --ignore-signal=CHLD "$ETCH" record -o d -- sh -c 'exit 3'

# ---- the session file ----
run 3 "$ETCH" record -o s -e 'p*' -- sh -c 'exit 3' "a b" "it's"
for key in 'etch-session 1' "command sh -c 'exit 3' 'a b' 'it'\\\\''s'" 'cwd ' 'host ' \
    'start_realtime_ns ' 'start_monotonic_ns ' 'end_realtime_ns ' 'policy block' 'pattern p*' 'program /' \
    'status 3'; do
    has s/session "$key"
done
id=$(readelf -n "$(sed -n 's/^program //p' s/session)" | sed -n 's/.*Build ID: //p')
[ -z "$id" ] || has s/session "program_build_id $id"
[ "$(stat -c %a s)" = 700 ] || fail "mode of the folder"

# ---- folders ----
run 0 "$ETCH" record -o s -- sh -c 'exit 0'
has s.old/session "status 3"
has s/session "status 0"
run 0 "$ETCH" record -o s/ -- sh -c 'exit 0'
has s.old/session "status 0"
mkdir other empty
echo precious >other/file
run 1 "$ETCH" record -o other true
has err "no trace of etch"
[ "$(cat other/file)" = precious ] || fail "a foreign folder was touched"
run 0 "$ETCH" record -o empty true
echo precious >s.old/file
run 1 "$ETCH" record -o s true
has err "not etch's"
[ "$(cat s.old/file)" = precious ] && [ -f s.old/session ] || fail "a foreign file went"
rm -r s.old
mkdir s.old
echo precious >s.old/file
run 1 "$ETCH" record -o s true
[ -f s/session ] && [ -f s.old/file ] || fail "a foreign .old went"
run 1 "$ETCH" record -o text true
run 1 "$ETCH" record -o missing/folder true
has err "cannot make the folder missing/folder"
run 1 "$ETCH" record -o 'a;b' true
# Nothing is moved away for a program that cannot be run.
run 127 "$ETCH" record -o empty no-such-program
[ ! -e empty.old ] || fail "moved for nothing"

# ---- signals: what others send is handed on, and etch waits ----
# With job control on, background jobs do not ignore SIGINT and SIGQUIT; nor what
# whoever started the tests ignored.
set -m
for pair in INT:130 TERM:143 HUP:129 QUIT:131; do
    mkfifo ready
    env --default-signal "$ETCH" record -o sig -- sh -c 'ulimit -c 0; echo >ready; exec sleep 1000' 2>err &
    pid=$!
    read -r _ <ready
    kill -"${pair%:*}" $pid
    status=0
    wait $pid || status=$?
    [ $status = "${pair#*:}" ] || fail "$pair: status $status"
    rm ready
done
# A program that handles the signal decides what becomes of it; it comes once.
mkfifo ready never
"$ETCH" record -o sig -- bash -c 'n=0; trap "n=\$((n+1))" TERM; trap "exit \$n" USR1; echo >ready
    while [ $n = 0 ]; do read -t 0.05 _ <>never; done; kill -USR1 $$; exit 99' 2>err &
pid=$!
read -r _ <ready
kill -TERM $pid
status=0
wait $pid || status=$?
[ $status = 1 ] || fail "SIGTERM arrived $status times"

# Two recorders do not share a folder.
rm ready
mkfifo ready go
"$ETCH" record -o busy -- sh -c 'echo >ready; read _ <go' 2>/dev/null &
pid=$!
read -r _ <ready
run 1 "$ETCH" record -o busy true
has err "another etch records into"
echo >go
wait $pid || fail "the first recorder"
