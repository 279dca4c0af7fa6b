# SPDX-License-Identifier: MIT
# trace-file, snapshot, conditions and limits in a program that runs, from another
# terminal: every event is in one trace, once, whoever is killed or stopped.
set -eu
. "$TESTS/life/lib.sh"

# A name that no other test uses.
name=ac$$
ln -s "$ACTOR_CTF" "$name"

# start WORD...: an actor that does the words after each line that it reads, $rounds times;
# by its own $settings.
start()
{
    mkfifo in out.
    env -u ETCH_TRACE ${settings:+"ETCH_TRACE=$settings"} "./$name" repeat "${rounds:-1000}" read "$@" say done end <in >out. 2>said &
    pid=$!
    exec 7>in 8<out.
    rm in out.
}
# more: has it do its words once.
more()
{
    echo >&7
    read -r answer <&8
    [ "$answer" = done ] || fail "the actor said '$answer': $(cat said)"
}
finish()
{
    exec 7>&-
    wait "$pid" || true
}
ctl()
{
    run 0 "$ETCH" ctl "$pid" "$@"
}
# count TRACE...: how many events life_tick, and none twice.
count()
{
    "$ETCH" print --json "$@" | sed -n 's/.*"name":"life_tick".*"n":\([0-9]*\).*/\1/p' >numbers
    [ "$(sort numbers | uniq -d | wc -l)" = 0 ] || fail "events are twice in $*"
    wc -l <numbers
}

# ---- before anything is recorded ----
start fire 10
until "$ETCH" ctl "$pid" info trace-events >/dev/null 2>&1; do :; done
ctl trace-file
is out "No event was recorded yet.
"
for words in "trace-file flush" "snapshot s"; do
    run 1 "$ETCH" ctl "$pid" $words
    has err "nothing is recorded: no event that is on has fired"
done
ctl info trace-buffers
has out "nothing is recorded"
ctl info trace-backends
grep -qE '^ctf : [0-9]+ events$' out || fail "no backend"
ctl trace-file set one
is out "no event was recorded yet: this holds from the first one on
"
ctl trace-file off
ctl trace-file
has out "Trace file \"$work/one\" off."
has out 'none will be until `trace-file on`'
ctl trace-file on
ctl trace-event life_tick on
more
ctl trace-file
is out "Trace file \"$work/one\" on.
"

# ---- on, off, set: each event once, in order of what was said ----
more
ctl trace-file set two
is out ""
[ "$(count one)" = 20 ] || fail "one has $(count one)"
more
ctl trace-file flush
[ "$(count two)" = 10 ] || fail "two has $(count two)"
ctl trace-file off
ctl trace-file off
more
ctl trace-file
is out "Trace file \"$work/two\" off.
"
"$ETCH" ps >out
grep -qE "^$pid .* $name +off: $work/two$" out || fail "ps: $(cat out)"
"$ETCH" ps --json >out
grep -q "\"pid\":$pid,.*\"trace\":\"off\",\"output\":\"$work/two\"" out || fail "ps: $(cat out)"
ctl trace-file on
is out "\"$work/two\" is there already: the trace goes to \"$work/two.1\"
"
# Now and then the drain writes what little there is: then there is nothing to take.
shots=0
until [ -e shot ]; do
    more
    shots=$((shots + 1))
    "$ETCH" ctl "$pid" snapshot shot 2>err || has err "no event is in memory"
done
ctl trace-file flush
[ "$(count two)" = 10 ] || fail "two was not left alone"
[ "$(count two.1)" = $((10 * shots)) ] || fail "two.1 has $(count two.1)"
[ "$(count shot)" = 10 ] || fail "the snapshot has $(count shot)"
for trace in one two two.1 shot; do
    "$ETCH" print $trace >lines
    hasnt lines "lost"
    babeltrace2 $trace >lines 2>faults || fail "babeltrace2 $trace: $(cat faults)"
    [ ! -s faults ] || fail "babeltrace2 $trace: $(cat faults)"
done
ctl info trace-buffers
grep -qE '^recorded : [1-9][0-9]* bytes in files, [0-9]+ packets begun$' out || fail "not counted"
has out "discarded : 0 events"
! ls | grep -vqE '^(one|two|two\.1|shot|numbers|lines|faults|out|err|said|ledger|'"$name"')$' ||
    fail "files are left: $(ls)"

# ---- the drain is woken: it answers sooner than it looks by itself ----
before=${EPOCHREALTIME/./}
for i in $(seq 40); do ctl trace-file flush; done
took=$((${EPOCHREALTIME/./} - before))
[ $took -lt 2000000 ] || fail "40 commands take $took us"

# ---- errors ----
run 1 "$ETCH" ctl "$pid" trace-file set /proc/nowhere/x
is err 'cannot open "/proc/nowhere/x": no such file or folder
'
run 1 "$ETCH" ctl "$pid" trace-file nonsense
is err 'unexpected argument "nonsense"
trace-file on|off|flush|set [arg] -- open, close, or flush trace file, or set a new file name
'
run 1 "$ETCH" ctl "$pid" trace-file on off
has err "trace-file: extraneous characters at the end of line"
ctl trace-file
is out "Trace file \"$work/two.1\" on.
"
touch empty
echo mine >mine
ctl trace-file set mine
has out "\"$work/mine\" is there already: the trace goes to \"$work/mine.1\""
is mine "mine
"

# ---- conditions and limits ----
run 1 "$ETCH" ctl "$pid" trace-event 'life_tick if nix == 1' on
has err "column 14 of 'life_tick if nix == 1': life_tick has no argument"
run 1 "$ETCH" ctl "$pid" trace-event 'life_tick if n ==' on
has err "column"
run 1 "$ETCH" ctl "$pid" trace-event 'life_tick if n == 1' off
has err "what is switched off takes no condition"
run 1 "$ETCH" ctl "$pid" trace-event 'nix* if n == 1' on
is err 'no event matches "nix*"
'
finish
start fire 10
until "$ETCH" ctl "$pid" info trace-events >/dev/null 2>&1; do :; done
ctl trace-file set rules
ctl trace-event 'life_tick if n < 3' on
ctl trace-event 'life_tick if n == 7 || n == 12 || n == 13' on
more
more
ctl trace-event 'life_tick if n == 25' on
more
ctl trace-event 'life_tick limit 1/s' on
more
ctl trace-event life_tick off
more
ctl trace-event life_tick on for 2min
more
ctl trace-file flush
"$ETCH" print --json rules | sed -n 's/.*"name":"life_tick".*"n":\([0-9]*\).*/\1/p' | tr '\n' ' ' >numbers
is numbers "7 12 13 25 30 50 51 52 53 54 55 56 57 58 59 "
[ ! -s said ] || fail "the program says: $(cat said)"

# ---- JSON ----
"$ETCH" ctl --json "$pid" >out 2>err <<'E2'
{"execute": "trace-file"}
{"execute": "trace-file", "arguments": {"action": "set", "path": "rules"}, "id": 1}
{"execute": "trace-file", "arguments": {"action": "off"}}
{"execute": "trace-file", "arguments": {"action": "set"}}
{"execute": "trace-file", "arguments": {"action": "away"}}
{"execute": "trace-file", "arguments": {"action": "set", "path": "/proc/x/y"}}
{"execute": "trace-event-set-state", "arguments": {"name": "life_tick if n > 3", "enable": true}}
{"execute": "trace-event-set-state", "arguments": {"name": "life_tick if x > 3", "enable": true}}
{"execute": "query-trace-buffers", "arguments": {"x": 1}}
E2
cat >want <<E2
{"return":{"enabled":true,"recording":true,"files":[{"name":"$work/rules","backend":"ctf"}]}}
{"return":{"enabled":true,"recording":true,"files":[{"name":"$work/rules.1","backend":"ctf"}],"message":"\"$work/rules\" is there already: the trace goes to \"$work/rules.1\""},"id":1}
{"return":{"enabled":false,"recording":true,"files":[{"name":"$work/rules.1","backend":"ctf"}]}}
{"error":{"class":"GenericError","desc":"Parameter 'path' is missing"}}
{"error":{"class":"GenericError","desc":"Parameter 'action' does not accept value 'away'"}}
{"return":{"enabled":false,"recording":true,"files":[{"name":"$work/rules.1","backend":"ctf"}]}}
{"return":{}}
{"error":{"class":"GenericError","desc":"column 14 of 'life_tick if x > 3': life_tick has no argument \`x\`; it has who, n"}}
{"error":{"class":"GenericError","desc":"Parameter 'x' is unexpected"}}
E2
diff want out || fail "JSON"
echo '{"execute": "query-trace-buffers"}' | "$ETCH" ctl --json "$pid" >out
has out '"recording":true,"policy":"drop"'
finish

# ---- who follows goes along, whatever it is called, and loses nothing ----
follow()
{
    : >followed
    "$ETCH" print -f --json "$@" >followed 2>follower &
    follower=$!
}
# followed N: it ends with the program, and has had N events, each once, in order.
followed()
{
    wait "$follower" || fail "the follower's status is $?: $(cat follower)"
    [ ! -s follower ] || fail "the follower says: $(cat follower)"
    sed -n 's/.*"name":"life_tick".*"n":\([0-9]*\).*/\1/p' followed >numbers
    [ "$(sort -n numbers | uniq | wc -l)" = "$1" ] || fail "$(sort -n numbers | uniq | wc -l) of $1"
    sort -nc numbers || fail "the follower's order"
    [ "$(wc -l <numbers)" = "$1" ] || fail "the follower has events twice"
}
rm -rf -- one* two* mine* rules* shot empty
for by in pid name simple; do
    [ $by != simple ] || ln -sf "$ACTOR" "$name"
    rounds=6
    start fire 10
    rounds=
    until "$ETCH" ctl "$pid" trace-event life_tick on 2>/dev/null; do :; done
    more
    ctl trace-file flush
    case $by in pid) follow "$pid" ;; name) follow trace-"$pid".ctf ;; *) follow trace-"$pid" ;; esac
    until grep -q life_tick followed; do :; done
    more
    ctl trace-file set two
    more
    ctl trace-file off
    ctl trace-file set three
    ctl trace-file on
    more
    ctl trace-file set four
    more
    # A moment is enough for what is called as before.
    ctl trace-file set five
    until [ "$(grep -c life_tick followed)" = 50 ]; do :; done
    ctl trace-file off
    run 1 "$ETCH" print -f "$pid"
    has err "its trace is switched off"
    ctl trace-file on
    more
    finish
    followed 60
    rm -rf two three* four five* trace-*
done
ln -sf "$ACTOR_CTF" "$name"

# ---- under `etch record` a trace may go elsewhere, and is found ----
# recorded HOW: in the folder, elsewhere, in the folder again; it ends by itself or is killed.
recorded()
{
    mkfifo in out.
    "$ETCH" record -o rec -e life_tick -- "./$name" repeat 6 read fire 10 say done end \
        <in >out. 2>said &
    recorder=$!
    exec 7>in 8<out.
    rm in out.
    more
    pid=$("$ETCH" ps --json | sed -n "s/.*\"pid\":\([0-9]*\),.*\"command\":\"$name\".*/\1/p")
    follow rec
    more
    ctl trace-file set "$work/away"
    more
    ctl trace-file off
    ctl trace-file set "$work/rec/trace-$pid"
    ctl trace-file on
    more
    ctl trace-file set "$work/away"
    has out "the trace goes to \"$work/away.1\""
    more
    if [ "$1" = killed ]; then kill -KILL "$pid"; else more; fi
    exec 7>&- 8<&-
    wait "$recorder" && [ "$1" = ends ] || [ "$1" = killed ] || fail "$1: $(cat said)"
    n=$([ "$1" = killed ] && echo 50 || echo 60)
    grep -q "$n events of 1 process in rec" said || fail "$1: $(cat said)"
    grep -q "2 of the traces lie elsewhere (.trace-file.), the last in $work/away.1" said ||
        fail "$1: $(cat said)"
    [ "$(count rec)" = $n ] || fail "$1: the folder has $(count rec) of $n"
    followed $n
    mv away.1 gone
    "$ETCH" print rec >lines 2>faults || true
    has faults "$work/away.1: process $pid went on here (\`trace-file\`), which cannot be read: No such"
    rm -rf rec away gone
}
for by in ctf simple; do
    [ $by != simple ] || ln -sf "$ACTOR" "$name"
    recorded ends
    recorded killed
done
ln -sf "$ACTOR_CTF" "$name"

# ---- whatever is written, and however ----
for program in "$ACTOR" "$ACTOR_RINGS"; do
    ln -sf "$program" "$name"
    for settings in policy=drop max-size=64K policy=overwrite,buffer=1M; do
        start fire 2000
        until "$ETCH" ctl "$pid" trace-event life_tick on 2>/dev/null; do :; done
        more
        ctl trace-file set two
        more
        ctl trace-file off
        more
        ctl trace-file on
        more
        ctl trace-file flush
        [ $settings != max-size=64K ] || [ -e two.part1 ] || fail "$program: one file: $(ls)"
        [ "$(count --exe "$program" trace-"$pid" two two.1)" = 6000 ] ||
            fail "$program, $settings: $(wc -l <numbers) of 6000 in $(ls)"
        if [ "$program" = "$ACTOR_RINGS" ]; then
            [ "$(count $(ls -d *.ctf*))" = 6000 ] || fail "ctf, $settings: of 6000 in $(ls)"
        fi
        kill "$pid"
        wait "$pid" || true
        "$ETCH" recover . >/dev/null
        rm -rf two* trace-*
    done
done
settings=
ln -sf "$ACTOR_CTF" "$name"

# ---- a fork while a rule waits for its first event: it is the child's, too ----
start fork fire 10 end fire 10
until "$ETCH" ctl "$pid" trace-event 'life_tick if n == 3 || n == 4' on 2>/dev/null; do :; done
more
ctl trace-file flush
until [ "$(ls -d trace-*.ctf | wc -l)" = 2 ]; do :; done
for trace in trace-*.ctf; do
    until [ "$(count "$trace")" = 2 ]; do :; done
    [ "$(sort -n numbers | tr '\n' ' ')" = "3 4 " ] || fail "the rule of $trace: $(cat numbers)"
done
kill "$pid"
wait "$pid" || true
"$ETCH" recover . >/dev/null
rm -rf trace-*

# ---- no room where it is to go ----
if [ "$(id -u)" = 0 ] && mkdir small && mount -t tmpfs -o size=256k none small 2>/dev/null; then
    trap 'umount -l "$work/small"; cleanup' EXIT
    start fire 1000
    until "$ETCH" ctl "$pid" trace-event life_tick on 2>/dev/null; do :; done
    more
    dd if=/dev/zero of=small/fill bs=4k 2>/dev/null || true
    for i in 1 2; do
        run 1 "$ETCH" ctl "$pid" trace-file set small/x
        has err "\"$work/small/x\": no space left"
        [ -z "$(ls small | grep -v fill)" ] || fail "it leaves $(ls small)"
        ctl trace-file
        is out "Trace file \"$work/trace-$pid.ctf\" on.
"
        more
    done
    ctl trace-file off
    ctl trace-file set small/x
    run 1 "$ETCH" ctl "$pid" trace-file on
    has err "\"$work/small/x\": no space left"
    # It fills up: what does not fit there goes to the next one.
    rm small/fill
    ctl trace-file on
    for i in $(seq 30); do more; done
    run 1 "$ETCH" ctl "$pid" trace-file flush
    has err "cannot write"
    ctl trace-file set roomy
    more
    ctl trace-file flush
    [ "$(count trace-"$pid".ctf small/x roomy)" = 34000 ] ||
        fail "$(count trace-"$pid".ctf small/x roomy) of 34000"
    has said "no space left"
    finish
    umount small
    trap cleanup EXIT
    rm -rf small roomy trace-*
fi

# ---- two etch at once: each gets its answer, and no event is lost ----
start fire 1000
until "$ETCH" ctl "$pid" trace-event life_tick on 2>/dev/null; do :; done
more
for i in 1 2; do
    for k in 1 2 3 4; do "$ETCH" ctl "$pid" trace-file set "both$i$k" || echo failed >>broken; done &
    jobs[i]=$!
done
for i in 1 2 3 4 5 6 7 8; do more; done
wait "${jobs[1]}" "${jobs[2]}"
[ ! -e broken ] || fail "one of two had no answer"
ctl trace-file flush
[ "$(count trace-"$pid".ctf both*)" = 9000 ] || fail "$(count trace-"$pid".ctf both*) of 9000"

# ---- etch is killed in mid-command: the next one works ----
for i in 1 2 3 4 5 6; do
    "$ETCH" ctl "$pid" trace-file set "killed$i" >/dev/null 2>&1 &
    k=$!
    kill -KILL $k 2>/dev/null || true
    wait $k 2>/dev/null || true
    more
done
ctl trace-file flush
killed=$(ls -d killed* 2>/dev/null || true)
[ "$(count trace-"$pid".ctf both* $killed)" = 15000 ] || fail "events are missing after etch was killed"

# ---- stopped: no answer within a second is an error, and it is not done later ----
kill -STOP "$pid"
run 1 "$ETCH" ctl "$pid" trace-file set late
is err "the program does not answer: it is stopped, or waits for a disk
"
kill -CONT "$pid"
more
ctl trace-file flush
[ ! -e late ] || fail "a command that was given up is carried out"

# ---- the program is killed between one file and the next ----
finish
for i in 1 2 3 4 5; do
    rm -rf trace-* both* killed*
    start fire 100
    until "$ETCH" ctl "$pid" trace-event life_tick on 2>/dev/null; do :; done
    more
    own=$pid
    "$ETCH" ctl "$own" trace-file set after >/dev/null 2>&1 &
    k=$!
    [ "$i" = 1 ] || while [ ! -e after ] && kill -0 $k 2>/dev/null; do :; done
    kill -KILL "$own"
    wait $k || true
    wait "$own" 2>/dev/null || true
    exec 7>&- 8<&-
    "$ETCH" recover . >/dev/null
    # Killed before the new trace began, it leaves the new folder empty.
    traces=$(ls -d trace-"$own".ctf after/metadata 2>/dev/null || true)
    traces=${traces//\/metadata/}
    [ "$(count $traces)" = 100 ] || fail "killed while it switched: $(count $traces) of 100"
    rm -rf after
done
