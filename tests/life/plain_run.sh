# SPDX-License-Identifier: MIT
# Without etch record: where the trace goes, under which name, and what becomes
# of the program's own files and folders.
set -eu
. "$TESTS/life/lib.sh"

# count FILE N: the trace holds so many life_tick and nothing is lost.
count()
{
    run 0 "$CHECK" --pools "$1"
    has out "events $2"
    has out "lost 0"
}

# ---- the default name; a further image's ----
run 0 env ETCH_TRACE='life_tick' "$ACTOR" pid fire 10 exec fire 20 exec fire 30
pid=$(sed -n 's/^pid //p' out)
count "trace-$pid" 10
count "trace-$pid.1" 20
count "trace-$pid.2" 30
[ "$(stat -c %a "trace-$pid")" = 600 ] || fail "mode of the trace"
rm trace-*

# ---- a name that is taken, as by a process of the same number long ago ----
# The first life of this shell's child knows its number before it starts.
run 0 bash -c 'echo old >trace-$$; export ETCH_TRACE="life_tick"; exec "$0" fire 5' "$ACTOR"
grep -qx old trace-* || fail "an older trace was replaced"
count "$(ls trace-*.1)" 5
rm trace-*

# ---- file=F is replaced; a link in its place is followed as open(2) does ----
echo precious >target
ln -s target F
run 0 env ETCH_TRACE='life_tick;file=F' "$ACTOR" fire 10
count F 10
run 0 env ETCH_TRACE='life_tick,file=F' "$ACTOR" fire 3
count target 3
rm F target

# ---- a live process writes F: F.PID; a forked child: F.PID ----
mkfifo ready go
ETCH_TRACE='life_tick,file=F' "$ACTOR" fire 10 flush say ready read fire 10 >ready <go &
first=$!
exec 6<>go
read -r _ <ready
run 0 env ETCH_TRACE='life_tick,file=F' "$ACTOR" pid fire 3
count "F.$(sed -n 's/^pid //p' out)" 3
echo >&6
exec 6>&-
wait $first
count F 20
rm F*
run 0 env ETCH_TRACE='life_tick,file=F' "$ACTOR" fire 4 fork pid fire 5 end fork pid fire 6 end fire 4
# shellcheck disable=SC2046 # two words
set -- $(sed -n 's/^pid //p' out)
count F 8
count "F.$1" 5
count "F.$2" 6
rm F*

# ---- the folder is where the program is at its first event ----
mkdir sub
run 0 env ETCH_TRACE=life_tick "$ACTOR" chdir sub pid fire 7 chdir / fire 1
count "sub/trace-$(sed -n 's/^pid //p' out)" 8
run 0 env ETCH_TRACE=life_tick,file=F "$ACTOR" chdir sub fire 2
count sub/F 2

# ---- umask ----
run 0 env ETCH_TRACE=life_tick,file=F "$ACTOR" umask 077 fire 2
[ "$(stat -c %a F)" = 600 ] || fail "umask 077: $(stat -c %a F)"
rm F
run 0 env ETCH_TRACE=life_tick,file=F "$ACTOR" umask 022 fire 2
[ "$(stat -c %a F)" = 644 ] || fail "umask 022: $(stat -c %a F)"
run 0 env ETCH_TRACE=life_tick "$ACTOR" umask 777 pid fire 2 fork pid fire 3 end
for p in $(sed -n 's/^pid //p' out); do
    [ -s "trace-$p" ] || fail "umask 777"
done
rm -rf trace-* F sub

# ---- where nothing can be written the program goes on, and it is said once ----
mkdir locked
chmod 500 locked
nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
$nobody true 2>/dev/null || nobody=
[ "$(id -u)" = 0 ] && [ -z "$nobody" ] || {
    chmod 711 "$work"
    touch out err && chmod 666 out err
    # A copy: the build may lie where nobody else may go.
    install -m 755 "$ACTOR_STATIC" actor
    run 0 $nobody env ETCH_TRACE=life_tick bash -c 'cd locked 2>/dev/null; exec "$0" fire 1000 say on' \
        "$work/actor"
    is out "on
"
}
run 0 env ETCH_TRACE=life_tick,file=nowhere/F "$ACTOR" fire 1000 say on
is out "on
"
has err "life-actor: etch: cannot open the trace file: $work/nowhere/F: no such file or folder"
has err "life-actor: etch: 1000 events are lost"
[ "$(wc -l <err)" = 2 ] || fail "said more than once"
run 0 env ETCH_TRACE=life_tick,file=/ "$ACTOR" pid fire 1000 fork pid fire 10 end
has err "is a folder"
for p in $(sed -n 's/^pid //p' out); do
    [ -z "$(find /dev/shm/etch-* /run/user/*/etch -newer locked -name "*.$p.*" 2>/dev/null)" ] ||
        fail "a pool stays where no trace could be"
done

# ---- the program's descriptors ----
"$ACTOR" fds >before
run 0 env ETCH_TRACE=life_tick,file=F "$ACTOR" fire 1000 fds
cmp out before || fail "descriptors of ours"
run 0 env ETCH_TRACE=life_tick,file=F "$ACTOR" fire 1000 closefrom 3 fire 1000 flush fds fire 10
is out "fd 0
fd 1
fd 2
"
count F 2010
# without any descriptor at all: nothing of ours takes the place of stdout
run 0 env ETCH_TRACE=life_tick,file=F "$ACTOR" closefrom 0 fire 1000 flush fire 5
count F 1005
run 0 bash -c 'ETCH_TRACE=life_tick,file=F exec "$0" fire 1000 say nonsense <&- >&- 2>&-' "$ACTOR"
count F 1000
hasnt F nonsense

# ---- into a pipe ----
mkfifo pipe
cat pipe >piped &
run 0 env ETCH_TRACE=life_tick,file=pipe "$ACTOR" fire 1000
wait $!
count piped 1000
