# SPDX-License-Identifier: MIT
# All backends in one program, and the other side of some in trouble: each trouble is
# said once, the program goes on, and the other backends lose nothing. Strings that are
# NULL, full of conversions, or of 100,000 bytes.
set -eu
. "$TESTS/backends/lib.sh"
needs dtrace bpftrace lttng lttng-sessiond babeltrace2 unshare python3
if [ "${1-}" != inside ]; then
    [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null ||
        skip "this kernel gives no mount namespace with a /run of its own to user $(id -un)"
    unshare -m bash "$0" inside
    exit
fi
private_dev
mount -t tmpfs none /run
export LTTNG_HOME=$work HOME=$work ETCH_LOG_TIME=none
instance=
tracefs=/sys/kernel/tracing
daemon=
stop()
{
    [ -z "$daemon" ] || { kill "$daemon" 2>/dev/null && wait "$daemon" || true; }
    [ -z "$instance" ] || rmdir "$instance"
    cleanup
}
trap stop EXIT
if [ -w $tracefs/instances ]; then
    instance=$tracefs/instances/etch-test-$$
    mkdir "$instance"
    echo 0 >"$instance/options/overwrite"
    echo 4 >"$instance/buffer_size_kb"
fi
marker=${instance:-$work/nowhere}/trace_marker
fire ctf,dtrace,ftrace,log,simple,syslog,ust
long=$(printf '%100000s' '' | tr ' ' x)
mkfifo go
exec 3<>go
waits() { [ "$(wc -l <told)" = "$1" ]; }

# kept COUNTED: log, simple and ctf have so many of these, and each string.
kept()
{
    [ "$(grep -cxE 'counted counted thread [0-9] n [0-9]+' err)" = "$1" ] || fail "log lost events"
    for text in "(null) n 0" "100%s %n %d n 3" "$long n 1"; do
        [ "$(grep -cFx "text text $text" err)" = 1 ] || fail "the log has not 'text ${text:0:20}'"
    done
    "$ETCH" print --exe ./fire trace-*[0-9] >simple
    "$ETCH" print trace-*.ctf >ctf
    for output in simple ctf; do
        [ "$(grep -c ' counted counted thread' $output)" = "$1" ] || fail "$output lost events"
        # Of a string 512 bytes are kept.
        [ "$(grep -cE ' text text (100%s %n %d|x{512}) n [13]$' $output)" = 2 ] || fail "$output: strings"
        [ "$(grep -cE ' text text .*n 0$' $output)" = 1 ] || fail "$output: NULL"
    done
    babeltrace2 trace-*.ctf >theirs 2>words || fail "babeltrace2"
    [ "$(wc -l <theirs)" = $(($1 + 3)) ] || fail "babeltrace2 counts $(wc -l <theirs)"
}

# ---- no /dev/log, no lttng-sessiond, ftrace full or not there ----
run 0 env ETCH_TRACE="*,policy=block;ftrace=$marker" ./fire count 2 2000 null percent long 100000
kept 4000
said err 1 'the events of the syslog backend go nowhere until a daemon listens on: /dev/log'
if [ -n "$instance" ]; then
    said err 1 "the kernel refuses events of the ftrace backend: $marker: its buffer is full"
else
    said err 1 "the events of the ftrace backend go nowhere: $marker"
fi
[ "$(grep -cvE '^(counted|text) ' err)" = 2 ] || fail "more was said: $(grep -vE '^(counted|text) ' err)"

# ---- daemons that come and are killed while the program fires ----
listen()
{
    rm -f /dev/log
    python3 -c 'import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/dev/log")
while True: print(len(s.recv(200000)), flush=True)' >>messages &
    listener=$!
    until_true "/dev/log is there" test -S /dev/log
}
rm -rf trace-*
: >messages
lttng-sessiond --no-kernel >daemon.log 2>&1 &
daemon=$!
ready() { lttng --no-sessiond list >/dev/null 2>&1; }
until_true "lttng-sessiond answers" ready
lttng create one --output="$work/one" >log
lttng enable-event -u 'fire:*' >>log
lttng start >>log
listen
export LTTNG_UST_REGISTER_TIMEOUT=-1
ETCH_TRACE="*,policy=block;ftrace=$marker" ./fire state null percent long 100000 wait count 2 2000 \
    wait count 2 2000 <&3 >told 2>err &
program=$!
until_true "the program waits" waits 2
has told "wanted 1 word 1"
echo >&3
# Killed while it fires, if it has not finished by then.
all_there() { [ "$(wc -l <messages)" -ge $1 ]; }
until_true "messages arrive" all_there 100
kill -KILL "$listener" "$daemon"
wait "$listener" "$daemon" 2>/dev/null || true
daemon=
until_true "the program waits again" waits 3
before=$(wc -l <messages)
listen
echo >&3
wait $program || fail "the program ended with $?"
until_true "the messages of the second daemon" all_there $((before + 4000))
kill "$listener"
wait "$listener" || true
kept 8000
[ "$(grep -cvE '^(counted|text) ' err)" = 1 ] || fail "said more than that ftrace is full: $(grep -vE '^(counted|text) ' err)"

# ---- LTTng and bpftrace take such strings, and what comes behind them ----
lttng-sessiond --no-kernel >daemon.log 2>&1 &
daemon=$!
until_true "lttng-sessiond answers" ready
lttng create two --output="$work/two" >log
lttng enable-event -u 'fire:*' >>log
lttng start >>log
run 0 ./fire null percent long 100000 count 2 100
is err ""
lttng destroy two >>log
babeltrace2 two >theirs 2>words || fail "babeltrace2 of LTTng's"
[ "$(grep -c 'fire:counted' theirs)" = 200 ] || fail "LTTng lost events behind a long string"
grep -q 's = "(null)"' theirs && grep -qF 's = "100%s %n %d"' theirs && grep -qF "s = \"$long\"" theirs ||
    fail "LTTng's strings"
if [ -w $tracefs/uprobe_events ]; then
    cat >probes.bt <<'EOT'
usdt:./fire:fire:text { printf("text %s %d\n", str(arg0), (int32)arg1); }
usdt:./fire:fire:counted { @n = count(); }
EOT
    run 0 timeout 100 bpftrace probes.bt -c './fire null percent long 100000 count 2 100'
    for line in 'text  0' 'text 100%s %n %d 3' '@n: 200'; do
        grep -qFx -- "$line" out || fail "bpftrace: no '$line' in $(cat out)"
    done
    grep -qE '^text x+ 1$' out || fail "bpftrace: the long string"
fi
