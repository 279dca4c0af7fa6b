# SPDX-License-Identifier: MIT
# The log backend: whole lines whoever writes them, where they are wanted, with
# the time that is wanted.
set -eu
. "$TESTS/life/lib.sh"

line='who [0-9]+ n [0-9]+ text 0123456789abcdefghijklmnopqrstuvwxyz end'
prefix='[0-9]+@[0-9]{10}\.[0-9]{6}:'

# lines FILE N: so many lines, each whole, each once.
lines()
{
    [ "$(grep -cxE "${prefix}log_line $line" "$1")" = "$2" ] || fail "$1: broken lines"
    [ "$(wc -l <"$1")" = "$2" ] || fail "$1: $(wc -l <"$1") lines instead of $2"
    [ "$(grep -oE 'who [0-9]+ n [0-9]+' "$1" | sort -u | wc -l)" = "$2" ] || fail "$1: lines twice"
}

# ---- many writers ----
run 0 env ETCH_TRACE='log_*' "$LOGGER" lines 4 8 200
lines err 6400
is out ""
run 0 env ETCH_TRACE='log_*,file=F' "$LOGONLY" lines 4 8 200
is err ""
lines F 6400
# a second run replaces it, whoever of its processes writes first
run 0 env ETCH_TRACE='log_*,file=F' "$LOGONLY" late
[ "$(sed 's/.*text \(.*\) end/\1/' F | tr '\n' ' ')" = "child child child parent " ] ||
    fail "late: $(cat F)"

# ---- the prefix ----
run 0 env ETCH_TRACE='log_*' ETCH_LOG_TIME=unix "$LOGGER" lines 1 1 1
lines err 1
run 0 env ETCH_TRACE='log_*' ETCH_LOG_TIME=none "$LOGGER" lines 1 1 1
grep -qxE "log_line $line" err || fail "none: $(cat err)"
run 0 env ETCH_TRACE='log_*' ETCH_LOG_TIME=iso "$LOGGER" lines 1 1 1
iso='[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z'
grep -qxE "$iso log_line $line" err || fail "iso: $(cat err)"
stamp=$(date -d "$(cut -d' ' -f1 err)" +%s)
[ $(($(date +%s) - stamp)) -lt 60 ] && [ $(($(date +%s) - stamp)) -ge 0 ] || fail "another time"
run 0 env ETCH_TRACE='log_*' ETCH_LOG_TIME=often "$LOGGER" lines 1 1 1
has err "ETCH_LOG_TIME is none, unix or iso, not: often"

# ---- long lines, many arguments, NULL ----
for size in 0 900 960 980 1000 1024 100000; do
    run 0 env ETCH_TRACE='log_*' ETCH_LOG_TIME=none "$LOGGER" long $size
    { printf 'log_line who 1 n 2 text '; head -c $size /dev/zero | tr '\0' x; echo ' end'; } >want
    cmp err want || fail "a string of $size bytes"
done
run 0 env ETCH_TRACE='*' ETCH_LOG_TIME=none "$LOGGER" ten
is err "log_ten -1 2 -3 deadbeefcafe 0x1234 six g 8 -9 10
log_line who 0 n 0 text (null) end
"

# ---- the program's own sink ----
run 0 env ETCH_TRACE='*' ETCH_LOG_TIME=none "$LOGGER" sink
is err "log_line who 1 n 1 text before end
log_line who 3 n 3 text after end
"
is out "sunk log_line who 2 n 2 text within end
"

# ---- nowhere to write: the program goes on ----
run 0 env ETCH_TRACE='log_*,file=nowhere/F' ETCH_LOG_TIME=none "$LOGONLY" lines 1 1 2
[ "$(grep -c 'Error opening logfile' err)" = 1 ] || fail "said $(grep -c Error err) times"
[ "$(grep -c '^log_line' err)" = 2 ] || fail "the lines do not go to stderr"
run 0 bash -c 'ETCH_TRACE="log_*" exec "$0" lines 1 1 2 2>&-' "$LOGGER"
run 0 bash -c 'ETCH_TRACE="log_*" exec "$0" lines 1 1 2 2>/dev/full' "$LOGGER"

# ---- two backends: each event once in each ----
run 0 env ETCH_TRACE='both_*,file=F' ETCH_LOG_TIME=none "$LOGGER" both 100
[ "$(grep -cx 'both_tick who 0 n [0-9]*' err)" = 100 ] || fail "log of both"
run 0 "$CHECK" F
has out "events 100"
run 0 env ETCH_TRACE='-both_*' "$LOGGER" both 100
is err ""
