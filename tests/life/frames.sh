# SPDX-License-Identifier: MIT
# Frames (etch/frame.h) of a C program: they go the way of events, are read by
# babeltrace2, and survive a kill; other commands pass over them.
set -eu
. "$TESTS/life/lib.sh"

# whole DIR THREADS FRAMES: each thread's frames are there, all of them.
whole()
{
    run 0 "$FRAMES" "$1"
    [ "$(grep -cx "$3 frames, next $3, gaps 0" out)" = "$2" ] || fail "$1: not $2 times $3 frames"
    has out "lost 0 overwritten 0"
}

# --- both outputs of the program's events, and of ctf alone
for framer in "$FRAMER_RINGS" "$FRAMER_CTF"; do
    rm -rf d counts
    run 0 "$ETCH" record -o d -e '*' --policy block -- "$framer" counts 3 30000
    has err "dropped: 0"
    whole d 3 30000
    run 0 "$ETCH" print d
    [ "$(grep -c life_tick out)" = 90 ] || fail "the events beside the frames"
    run 0 "$ETCH" stat d
    has out life_tick
done

# --- another reader, value for value
run 0 babeltrace2 d/*.ctf
grep -c ' both: ' out | grep -qx 30000 || fail "babeltrace2 sees other frames"
for thread in 0 1 2; do
    sed -n 's/.* both: .*{ number = \([0-9]*\), thread = '$thread' }$/\1/p' out >have
    seq 0 3 29997 | diff -q - have >diff || fail "frames of thread $thread by babeltrace2"
done
has d/*.ctf/metadata 'etch-frame:text \"of\" both'

# --- a forked child has a trace and a dictionary of its own
rm -rf d counts
run 0 "$ETCH" record -o d -e '*' --policy block -- "$FRAMER_CTF" counts 2 20000 fork
whole d 4 20000

# --- no room: what is not stored is counted
rm -rf d counts
run 0 "$ETCH" record -o d -e '*' --buffer 64K --policy drop -- "$FRAMER_CTF" counts 3 30000
run 0 "$FRAMES" d
[ "$(grep -c '^30000 frames, next 30000, gaps 0$' out)" = 3 ] || fail "frames after discarded ones"

# --- killed at any moment: what was committed is there
for i in 1 2 3 4; do
    rm -rf d counts
    run 137 "$ETCH" record -o d -e '*' --policy block -- "$FRAMER_CTF" counts 2 100000000 kill \
        $((i * i * 2003))
    run 0 "$FRAMES" d
    n=$(sed -n '1,2s/^\([0-9]*\) frames, next \1, gaps 0$/\1/p' out | awk '{n += $1} END {print n + 0}')
    counted=$(od -An -v -t u8 counts | awk '{for (i = 1; i <= NF; i++) n += $i} END {printf "%d", n}')
    [ "$n" -ge "$counted" ] && [ "$n" -le $((counted + 2)) ] || fail "$n frames, $counted counted"
    babeltrace2 d/*.ctf >read 2>faults || fail "babeltrace2: $(head -3 faults)"
    [ "$(grep -c -e ' both: ' -e ' number: ' -e ' none: ' read)" = "$n" ] || fail "babeltrace2: not $n"
done

# --- killed outside of etch record: the pool is read, and written into the trace
rm -rf counts
run 137 env ETCH_TRACE='enable=*,policy=block,ctf=t.ctf' "$FRAMER_CTF" counts 1 100000000 kill 50000
run 0 "$FRAMES" t.ctf
before=$(sed -n 's/ frames, next .*, gaps 0$//p' out)
[ "$before" -ge 50000 ] || fail "only $before frames of a killed process"
run 0 "$ETCH" recover t.ctf
run 0 "$FRAMES" t.ctf
[ "$before" = "$(sed -n 's/ frames, next .*, gaps 0$//p' out)" ] || fail "recovery changes them"
run 0 "$ETCH" recover t.ctf

# --- a flight recorder: the newest, up to the last; a snapshot from outside
mkfifo go
rm -rf counts u.ctf
ETCH_TRACE='enable=*,policy=overwrite,buffer=256K,ctf=u.ctf' "$FRAMER_CTF" counts 1 300000 hold <go &
victim=$!
exec 9>go
until [ "$(od -An -v -t u8 -N8 counts 2>/dev/null | tr -d ' ')" = 300000 ]; do
    kill -0 "$victim" 2>/dev/null || fail "the program has ended"
done
run 0 "$ETCH" snapshot -o snap "$victim"
run 0 "$FRAMES" snap*
grep -q 'frames, next 300000, gaps' out || fail "the last frame is not in the snapshot"
n=$(sed -n 's/ frames.*//p' out)
[ "$n" -gt 10000 ] && [ "$n" -lt 100000 ] || fail "$n frames in a snapshot of 256 KiB"
echo >&9
exec 9>&-
wait "$victim" || fail "the program fails"
run 0 "$FRAMES" u.ctf
grep -q 'frames, next 300000, gaps' out || fail "the last frame is not in the trace"
run 0 babeltrace2 u.ctf
