# SPDX-License-Identifier: MIT
# Events of CPUs and of translated code (examples/tcg-vcpu): the first CPU translates, the
# second one runs what was translated, and each is traced where it is asked for; by a
# call of the event's function, and by stores of the translated code.
#
# Reads: TCG_VCPU (without its backend), set by meson.
set -eu
. "$TESTS/lib.sh"

# example BACKEND COMMAND...: the program after these commands of the monitor
example()
{
    local backend=$1
    shift
    printf '%s\n' "$@" >in
    rm -rf trace-*
    "$TCG_VCPU-$backend" <in >out 2>err || fail "status $? of tcg-vcpu-$backend"
    # By the numbers 0xc1 and 0xc2, since addresses are others each time.
    sed -n 's/^CPU 0 is \(.*\)/s!cpu=\1 !cpu=0xc1 !/p; s/^CPU 1 is \(.*\)/s!cpu=\1 !cpu=0xc2 !/p' out >script
    if [ "$backend" = log ]; then
        sed 's/^[^:]*://; s/$/ /' err
    elif ls trace-* >/dev/null 2>&1; then
        "$ETCH" print . | sed 's/^ *[0-9.]* *[0-9/]* *//; s/$/ /'
    fi | sed -f script | sed 's/ $//' >seen
}

all='foo a=0xd1
bar cpu=0xc1 a=0xd2
baz_trans cpu=0xc1 a=0xd3
baz_exec cpu=0xc2 a=0xd3
'
both='foo a=0xd1
bar cpu=0xc1 a=0xd2
baz_trans cpu=0xc1 a=0xd3
baz_exec cpu=0xc1 a=0xd3
baz_exec cpu=0xc2 a=0xd3
'
for backend in log ctf; do
    # The code that the other CPU translated is traced when this one runs it.
    example $backend 'trace-event foo on' 'trace-event ba* on' 'trace-event baz_exec off 0'
    is seen "$all"
    example $backend 'trace-event foo on' 'trace-event ba* on'
    is seen "$both"
    # For the first CPU alone: what is translated is its matter, what runs each one's.
    example $backend 'trace-event foo on' 'trace-event ba* on 1'
    is seen 'foo a=0xd1
baz_exec cpu=0xc2 a=0xd3
'
    example $backend 'trace-event baz_exec on' 'trace-event baz_exec off 1' 'info trace-events baz* 0'
    is seen 'baz_exec cpu=0xc1 a=0xd3
'
    has out 'baz_exec : state 1'
    example $backend 'info trace-events'
    is seen ''
    has out 'baz_exec : state 0'
done
# What goes to the packet alone is stored there by the translated code.
run 0 "$ETCH" list "$TCG_VCPU-ctf"
has out 'vcpu baz_exec('

# From outside, while it waits for its commands.
mkfifo commands said
"$TCG_VCPU-log" <commands >said 2>lines &
exec 7>commands 8<said
read -r first <&8
read -r second <&8
[ "${first% *} ${second% *}" = "CPU 0 is CPU 1 is" ] || fail "$first, $second"
ctl() { "$ETCH" ctl $! "$@"; }
ctl trace-event 'ba*' on 1
{ ctl info trace-events 'ba*' 0; ctl info trace-events bar 1; } >seen
is seen 'baz_exec : state 0
baz_trans : state 0
bar : state 0
bar : state 1
'
cat >qmp <<'END'
{"execute": "trace-event-set-state", "arguments": {"name": "ba*_*", "enable": false, "vcpu": 1}}
{"execute": "trace-event-set-state", "arguments": {"name": "baz_exec", "enable": true, "vcpu": 1}}
{"execute": "trace-event-get-state", "arguments": {"name": "ba*", "vcpu": 1}}
{"execute": "trace-event-get-state", "arguments": {"name": "ba*", "vcpu": 0}}
{"execute": "trace-event-get-state", "arguments": {"name": "foo"}}
{"execute": "trace-event-get-state", "arguments": {"name": "foo", "vcpu": 0}}
{"execute": "trace-event-set-state", "arguments": {"name": "bar", "enable": true, "vcpu": 2}}
END
"$ETCH" ctl --json $! <qmp >seen
is seen '{"return":{}}
{"return":{}}
{"return":[{"name":"baz_exec","state":"enabled","vcpu":true},{"name":"baz_trans","state":"disabled","vcpu":true},{"name":"bar","state":"enabled","vcpu":true}]}
{"return":[{"name":"baz_exec","state":"disabled","vcpu":true},{"name":"baz_trans","state":"disabled","vcpu":true},{"name":"bar","state":"disabled","vcpu":true}]}
{"return":[{"name":"foo","state":"disabled"}]}
{"error":{"class":"GenericError","desc":"event \"foo\" is not vCPU-specific"}}
{"error":{"class":"GenericError","desc":"invalid vCPU index 2"}}
'
run 1 "$ETCH" ctl $! trace-event bar on 2
has err 'invalid vCPU index 2'
run 1 "$ETCH" ctl $! trace-event foo on 0
has err 'event "foo" is not vCPU-specific'
exec 7>&-
wait $!
[ "$(wc -l <lines)" = 1 ] || fail "more than one event"
has lines "baz_exec cpu=${second##* } a=0xd3"
