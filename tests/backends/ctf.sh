# SPDX-License-Identifier: MIT
# The ctf backend and two readers of CTF that are not ours, babeltrace 1.5 and
# babeltrace2: every type, names and texts that need care, counts, order, what was
# discarded; and which folder a trace goes to.
set -eu
. "$TESTS/backends/lib.sh"
needs babeltrace babeltrace2 python3

# build NAME BACKENDS
build()
{
    "$ETCH" gen --qemu=2.8 -b "$2" -g ctf "$SOURCES/ctf-events" 2>log || fail "$(cat log)"
    gcc -O2 "${warnings[@]}" -I"$INCLUDE" -I. "$SOURCES/ctf.c" trace-ctf.c "$LIBETCH" -lpthread \
        -o "$1" 2>err || fail "gcc"
}

# readers TRACE: both read it without a word; ./one and ./two have what they say,
# from the name of the event on.
readers()
{
    run 0 babeltrace "$1"
    is err ""
    sed -E 's/^\[[^]]*\] \([^)]*\) [^ ]*:ctf:[0-9]+ //' out >one
    run 0 babeltrace2 "$1"
    is err ""
    sed -E 's/^\[[^]]*\] \([^)]*\) [^ ]*:ctf:\([0-9]+\) //' out >two
}

# kept READER TRACE: how many events it shows and says to be lost.
kept()
{
    run 0 "$1" "$2"
    grep -v 'racer discarded [0-9]* events\? between' err >words || true
    is words ""
    lost=$(sed -n 's/.*racer discarded \([0-9]*\) event.*/\1/p' err | awk '{n += $1} END {print n + 0}')
    events=$(wc -l <out)
}

build ctf ctf
build both ctf,simple
nul=$'(null)\342\201\240'

# ---- every type ----
run 0 env ETCH_TRACE="*,ctf=T" ./ctf all
is err ""
cat >want <<EOF
c_none: { }
c_signed: { a = -128, b = -32768, c = -2147483648, d = -9223372036854775808, e = -1, f = -1, g = -1, h = -1, i = -1 }
c_signed: { a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8, i = 9 }
c_unsigned: { a = 255, b = 65535, c = 4294967295, d = 18446744073709551615, e = 1, f = 2, g = 3, h = 4, i = 5 }
c_long_long: { a = -1, b = 18446744073709551615, c = -5, d = 2748 }
c_other: { t = 1, f = 0, c = 120, p = 0xDEADBEEFCAFE, q = 0x0 }
c_text: { s = "plain", t = "café \"quoted\" back\\\\slash" }
c_text: { s = "", t = "$nul" }
c_text: { s = "(null)", t = "tab\tand\nline" }
c_words: { event = 1, stream = 2, struct_ = 3, string = 4, id = 5, timestamp = 6, _x = 7, __y = 8 }
c_ten: { a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8, i = 9, j = -10 }
c_real: { f = 1.5, d = -0.25 }
EOF
readers T
sed -E 's/\{ tid = [0-9]+, level = 0 \}, //' two >have
diff want have >&2 || fail "babeltrace2 reads other values"
# Its elder shows strings as they are.
sed -E 's/\{ tid = [0-9]+, level = 0 \}, //' one >have
printf '%b\n' "$(sed 's/\\"/"/g' want)" >want.raw
diff want.raw have >&2 || fail "babeltrace reads other values"
run 0 babeltrace2 T
[ "$(grep -c " $(uname -n):ctf:(" out)" = 12 ] || fail "machine and program are not shown"

# The clock is that of the day, and what was said at the start is near the end's.
now=$(date +%s) then=$(babeltrace2 --clock-seconds T | sed -n '1s/^\[\([0-9]*\)\..*/\1/p')
[ $((now - then)) -ge 0 ] && [ $((now - then)) -le 30 ] || fail "recorded at $then, now it is $now"

# ---- the declarations, byte for byte ----
python3 - T/metadata >have <<'EOF'
import re, sys, urllib.parse
for uri in re.findall(r'model\.emf\.uri = "etch:([^"]*)";', open(sys.argv[1]).read()):
    path, query = uri.split('?', 1)
    v = {k: urllib.parse.unquote(x) for k, x in (p.split('=', 1) for p in query.split('&'))}
    assert path.endswith('ctf-events') and v['group'] == 'ctf' and v['flags'] == '0', uri
    print(f"{v['line']}:{v['args']}:{v['format']}:{len(v['kinds'])}")
EOF
grep -n '^c_' "$SOURCES/ctf-events" |
    sed -E 's/^([0-9]+):[a-z_]*\(([^)]*)\) (.*)$/\1:\2:\3/' >want
sed 's/:[0-9]*$//' have | diff want - >&2 || fail "the declarations differ"
id=$(readelf -n ctf | sed -n 's/.*Build ID: //p')
[ -z "$id" ] || has T/metadata "build_id = \"$id\";"
has T/metadata 'command = "./ctf all";'

# ---- threads, and signals in them ----
run 0 env ETCH_TRACE="*,ctf=T,policy=block" ./ctf count 4 20000
is err ""
awk '/^fired/ {n += $3 + $4} END {print n}' out >want
cp out said
readers T
wc -l <two | diff want - || fail "events are missing"
# c_count: { tid = 5, level = 8 }, { who = 13, n = 16 }
tr -d ',' <two >fields
awk '$16 != n[$5 " " $13]++ {print "out of order: " $0; exit 1}' fields >&2 || fail "the order"
awk '{n[$5 " " $13]++} END {for (k in n) print k, n[k]}' fields | sort >have
awk '/^fired/ {print $2, 0, $3; print $2, 1, $4}' said | sort | diff - have >&2 || fail "counts"
babeltrace2 --clock-seconds T | sed 's,^\[\([^]]*\)\].*,\1,' | sort -c || fail "time goes back"
# Events of one nanosecond in two threads come in any order.
for reader in one two; do
    sed 's/ (+[^)]*)//' $reader | sort >$reader.sorted
done
cmp one.sorted two.sorted || fail "the readers differ"

# ---- what is discarded is told, by both, to the last event ----
run 0 env ETCH_TRACE="*,ctf=T,buffer=64K" ./ctf count 4 20000
awk '/^fired/ {n += $3 + $4} END {print n}' out >want
for reader in babeltrace babeltrace2; do
    kept $reader T
    [ "$lost" -gt 0 ] || fail "nothing was discarded"
    echo $((events + lost)) | diff want - >&2 || fail "$reader: $events kept, $lost lost"
done
# Threads that never got a packet.
run 0 env ETCH_TRACE="*,ctf=T,buffer=64K" ./ctf once 200
for reader in babeltrace babeltrace2; do
    kept $reader T
    [ $((events + lost)) = 200 ] || fail "$reader: once: $events kept, $lost lost"
done

# ---- with simple: each event once in each ----
run 0 env ETCH_TRACE="*,file=F,ctf=T,policy=block" ./both count 3 5000
awk '/^fired/ {n += $3 + $4} END {print n}' out >want
readers T
wc -l <two | diff want - || fail "ctf beside simple"
run 0 "$ETCH" print --exe ./both F
wc -l <out | diff want - || fail "simple beside ctf"
sed 's/.*who \([0-9]*\) n \([0-9]*\).*/\1 \2/' out | sort >have
sed 's/.*who = \([0-9]*\), n = \([0-9]*\) .*/\1 \2/' two | sort | diff - have || fail "they differ"

# ---- which folder ----
rm -rf T F
run 0 env ETCH_TRACE="*" ./ctf all
readers trace-[0-9]*.ctf
rm -r trace-[0-9]*.ctf
run 0 env ETCH_TRACE="*,file=F" ./ctf all
[ -d F ] || fail "file= does not name the folder"
run 0 env ETCH_TRACE="*,file=F" ./ctf all
[ -z "$(ls -A | grep '^trace-[0-9]\|^F\.')" ] || fail "it is not replaced: $(ls)"
readers F
[ "$(wc -l <two)" = 12 ] || fail "the old trace is still there"
mkdir full && echo mine >full/file
run 0 env ETCH_TRACE="*,ctf=full" ./ctf all
has err "it holds other files; choose another one"
is full/file "mine
"
run 0 env ETCH_TRACE="*,ctf=F" ./ctf all fork
child=$(sed -n 's/^child //p' out)
readers "F.$child"
[ "$(wc -l <two)" = 1 ] || fail "the child's"
readers F
[ "$(wc -l <two)" = 12 ] || fail "the parent's"
# Of a process that lives.
mkfifo to from
ETCH_TRACE="*,ctf=F" ./ctf all hold <to >from &
exec 8>to 9<from
read -r line <&9
run 0 env ETCH_TRACE="*,ctf=F" ./ctf all
[ "$(ls -d F.[0-9]* | wc -l)" = 2 ] || fail "a trace that is being written was replaced: $(ls)"
exec 8>&-
wait
readers F
[ "$(wc -l <two)" = 12 ] || fail "the trace of who lived"
# Killed, its metadata are whole, and the next may have the folder.
run 137 env ETCH_TRACE="*,ctf=F" ./ctf all die
[ "$(grep -c '^event {' F/metadata)" = 10 ] || fail "the metadata of a process that was killed"
run 0 env ETCH_TRACE="*,ctf=F" ./ctf all
readers F
