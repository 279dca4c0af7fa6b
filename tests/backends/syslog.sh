# SPDX-License-Identifier: MIT
# The syslog backend and a real rsyslogd, on a /dev/log of their own: the test
# runs in a mount namespace with a private /dev.
set -eu
. "$TESTS/backends/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
needs rsyslogd unshare

if [ "${1-}" != inside ]; then
    if ! unshare "${UNSHARE:--m}" true 2>/dev/null; then
        unshare -rm true 2>/dev/null || skip "this kernel gives no mount namespace to user $(id -un)"
        UNSHARE=-rm
    fi
    unshare "${UNSHARE:--m}" bash "$0" inside
    exit
fi

private_dev

fire syslog

# rsyslog FILE [RATE LIMIT]: rsyslogd on /dev/log, its messages in FILE.
rsyslog()
{
    local file=$1 limit=${2:-0}
    cat >"$file.conf" <<EOF
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="/dev/log" CreatePath="on" RateLimit.Interval="$limit" RateLimit.Burst="50")
template(name="line" type="string" string="%syslogfacility-text%.%syslogseverity-text% %programname% %procid%:%msg%\n")
action(type="omfile" file="$work/$file" template="line")
EOF
    rm -f /dev/log "$work/pid"
    rsyslogd -n -f "$work/$file.conf" -i "$work/pid" 2>"$file.err" &
    daemon=$!
    until_true "rsyslogd listens" test -S /dev/log
}

# messages FILE: those of fire alone.
messages()
{
    grep ' fire ' "$1" || true
}

# settled FILE N: ends the daemon when it has written N messages; what it has not
# read by then is lost.
settled()
{
    arrived() { [ "$(messages "$1" | wc -l)" -ge "$2" ]; }
    until_true "$2 messages in $1" arrived "$1" "$2"
    kill "$daemon"
    wait "$daemon" || true
    rm -f /dev/log
}

# ---- each event, as QEMU words it ----
rsyslog one
run 0 env ETCH_TRACE='*' ./fire all null percent
is err ""
settled one 11
messages one | sed -E 's/^daemon\.info fire [0-9]+: ?//' | is_fired all null percent ||
    fail "not what was fired"
messages one | cut -d: -f1 | sort -u >who
grep -qxE 'daemon\.info fire [0-9]+' who && [ "$(wc -l <who)" = 1 ] || fail "facility, level or pid: $(cat who)"

# ---- many threads: each whole, each once ----
rsyslog many
run 0 env ETCH_TRACE='*' ./fire count 4 500
settled many 2000
[ "$(messages many | grep -oE 'counted thread [0-3] n [0-9]+$' | sort -u | wc -l)" = 2000 ] ||
    fail "many: $(messages many | wc -l) messages"

# ---- a rate limit: the daemon drops and says so, the program does not care ----
rsyslog limited 60
run 0 env ETCH_TRACE='*' ./fire count 1 500
is err ""
settled limited 50
[ "$(messages limited | grep -c counted)" = 50 ] || fail "limited: $(messages limited | wc -l)"

# ---- nobody listens: said once; a daemon that comes later gets the rest ----
mkfifo go
exec 3<>go
waits() { [ "$(wc -l <told)" = "$1" ]; }
ETCH_TRACE='*' ./fire all count 1 50 wait all wait count 1 3 <&3 >told 2>late &
program=$!
until_true "the program waits" waits 1
[ "$(grep -c 'syslog backend go nowhere until a daemon listens on: /dev/log' late)" = 1 ] ||
    fail "said: $(cat late)"
rsyslog late1
echo >&3
until_true "the program waits again" waits 2
settled late1 9
messages late1 | grep -q 'six 1 2 3 4 5 6' || fail "a late daemon gets nothing"
rsyslog late2
echo >&3
wait $program || fail "the program ended with $?"
exec 3>&-
settled late2 3
[ "$(messages late2 | grep -c counted)" = 3 ] || fail "a restarted daemon gets nothing"
[ "$(wc -l <late)" = 1 ] || fail "more was said: $(cat late)"

# ---- a long string ----
rsyslog long
run 0 env ETCH_TRACE='*' ./fire long 100000 count 1 1
settled long 2
messages long | grep -q 'counted thread 0 n 0' || fail "nothing behind a long string"
messages long | grep -qE 'text text x{5000}' || fail "the long string is missing"
