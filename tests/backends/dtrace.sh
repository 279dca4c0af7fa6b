# SPDX-License-Identifier: MIT
# The dtrace backend: its probes fired into bpftrace, perf and gdb, its tapsets
# taken by stap.
set -eu
. "$TESTS/backends/lib.sh"
needs dtrace bpftrace perf gdb stap readelf
export HOME=$work # perf keeps copies of programs there
fire dtrace gcc -g

# ---- the probes are there, each with its semaphore, disabled ones are not ----
readelf -nW fire >notes
[ "$(grep -c 'Provider: fire' notes)" = 10 ] || fail "not 10 probes"
[ "$(grep -A2 'Provider: fire' notes | grep -c 'Semaphore: 0x0000000000000000')" = 0 ] ||
    fail "a probe has no semaphore"
! grep -q 'Name: off$' notes || fail "a disabled event has a probe"

# ---- nobody listens: nothing is computed, and our own control does not gate it ----
run 0 ./fire state lazy
is out "wanted 0 word 0
"
run 0 env ETCH_TRACE='*' ./fire state lazy
is out "wanted 0 word 1
"

# ---- what its backends cannot do is refused, as QEMU does ----
run 1 ./fire --trace file=x all
is err "error: --trace file=...: option not supported by the selected tracing backends
"

# ---- gdb: sets the semaphore, and finds the arguments ----
run 0 timeout 60 gdb -nx -batch -ex 'break -probe-stap fire:two' -ex 'break -probe-stap fire:one' \
    -ex 'run state lazy all' -ex 'print $_probe_argc' -ex 'print $_probe_arg0' -ex continue \
    -ex 'print (int)$_probe_arg0' -ex continue -ex 'print/x $_probe_arg0' -ex 'print $_probe_arg1' \
    -ex delete -ex continue ./fire
has out "wanted 1 word 0"
has out "computed"
has out '$1 = 1'
has out '$2 = 5'
has out '$3 = -1'
has out '$4 = 0xdeadbeefcafe'
has out '$5 = 18446744073709551615'

# ---- uprobes of the kernel: bpftrace, perf ----
tracefs=/sys/kernel/tracing
[ -w $tracefs/uprobe_events ] || skip "this kernel has no uprobes for user $(id -un); the rest passed"
cat >probes.bt <<'EOF'
usdt:./fire:fire:none { printf("none\n"); }
usdt:./fire:fire:one { printf("one %d\n", (int32)arg0); }
usdt:./fire:fire:two { printf("two %lx %lx\n", arg0, arg1); }
usdt:./fire:fire:text { printf("text %s %d\n", str(arg0), (int32)arg1); }
usdt:./fire:fire:ten { printf("ten %d %d %d\n", arg0, arg4, arg5); }
usdt:./fire:fire:widths { printf("widths %d %d %d %d\n", (int8)arg0, (uint8)arg1, (int16)arg2, (int32)arg4); }
usdt:./fire:fire:counted { @n = count(); }
EOF
run 0 timeout 100 bpftrace probes.bt -c './fire state all count 2 500'
has out "wanted 1 word 0"
cat >want <<EOF
none
one -1
two deadbeefcafe ffffffffffffffff
text some text 7
ten 1 5 6
widths -1 255 -2 -3
@n: 1000
EOF
grep -vE '^(Attaching|wanted|ERROR|$)' out | sort >have
sort want | diff - have >&2 || fail "bpftrace"

run 0 timeout 60 perf --buildid-dir "$work/ids" buildid-cache --add ./fire
run 0 timeout 60 perf --buildid-dir "$work/ids" probe -q --add 'sdt_fire:one'
trap 'perf --buildid-dir "$work/ids" probe -q -d "sdt_fire:*" 2>/dev/null || true; cleanup' EXIT
run 0 timeout 60 perf --buildid-dir "$work/ids" record -o data -e sdt_fire:one ./fire lazy all
run 0 timeout 60 perf script -i data
[ "$(grep -c 'sdt_fire:one: ([0-9a-f]*) arg1=' out)" = 2 ] || fail "perf"
has out "arg1=5"
has out "arg1=-1"

# ---- SystemTap takes the tapsets ----
headers=$(find /usr/src -maxdepth 1 -name "linux-headers-*-$(dpkg --print-architecture)" | sort -V | tail -1)
[ -n "$headers" ] || fail "no kernel headers: scripts/setup.sh test installs them"
mkdir tapset
for format in stap log-stap simpletrace-stap; do
    run 0 "$TRACETOOL" --backends=dtrace --group=all --format=$format --binary="$work/fire" \
        --probe-prefix=fire "$SOURCES/trace-events" tapset/$format.stp
done
# QEMU 2.8's readers want a whole file.
mkdir tapset28
run 0 "$TRACETOOL" --qemu=2.8 --backends=dtrace --format=stap --binary="$work/fire" --probe-prefix=fire \
    "$SOURCES/trace-events"
cp out tapset28/fire.stp
run 0 "$TRACETOOL" --qemu=2.8 --backends=dtrace --format=simpletrace-stap --probe-prefix=fire "$SOURCES/trace-events"
cp out tapset28/simpletrace.stp
run 0 timeout 200 stap -p2 -r "$headers" -I tapset28 -e 'probe fire.simpletrace.* { }'
has out "simpletrace_named"
for kind in '' log. simpletrace.; do
    run 0 timeout 200 stap -p2 -r "$headers" -I tapset -e "probe fire.$kind* { println(pn()) }"
    [ "$(grep -c '^process(.*statement(' out)" = 10 ] || fail "stap finds not 10 probes of fire.$kind*"
done
