#!/bin/bash
# SPDX-License-Identifier: MIT
# A reader that was written from doc/format.md reads what etch reads: traces,
# their side files, and the pool of a process that was killed.
set -eu
. "$TESTS/lib.sh"
reader=$TESTS/e2e/format_reader.py
heap=$HEAP_SIMPLE

# same PRINTED READ [timeless]: the objects, without what the file cannot tell.
same()
{
    /usr/bin/python3 - "$@" <<'END' || fail "the reader of doc/format.md differs from etch print: $*"
import json, sys
def objects(path):
    all = [json.loads(line) for line in open(path)]
    for o in all:
        o.pop('tid', None)
        if len(sys.argv) > 3:
            o.pop('time_ns', None)
    return all
a, b = objects(sys.argv[1]), objects(sys.argv[2])
if a != b:
    for x, y in zip(a, b):
        if x != y:
            sys.exit(f'{x}\n{y}')
    sys.exit(f'{len(a)} and {len(b)} objects')
if not a:
    sys.exit('nothing to compare')
END
}

# Strings: empty, of several bytes a character, longer than what is kept.
long=$(printf '%0600d' 0)
run 0 "$ETCH" record -o d -- "$HELLO_SIMPLE" one '' grüße "$long" -5
trace=$(ls d/trace-*[0-9])
run 0 "$ETCH" print --json d
cp out printed
run 0 /usr/bin/python3 "$reader" "$trace" "$trace.meta"
same printed out
[ "$(wc -l <printed)" = 6 ] || fail "events of hello"
has out "$(printf '%0512d' 0)\""

# Numbers and pointers, thousands of them.
run 0 "$ETCH" record -o h --preload "$heap" -- bash -c 'for i in {1..100}; do a[i]=$i$i; done'
trace=$(ls h/trace-*[0-9])
run 0 "$ETCH" print --json h
cp out printed
run 0 /usr/bin/python3 "$reader" "$trace" "$trace.meta"
same printed out
[ "$(wc -l <printed)" -gt 400 ] || fail "events of bash"

# A process that was killed, and what only its pool has.
run 137 env ETCH_TRACE='*,file=killed,policy=block' LD_PRELOAD="$heap" \
    bash -c 'echo $$ >pid; for i in {1..100}; do a[i]=$i$i; done; kill -9 $$'
for folder in /run/user/$(id -u)/etch /dev/shm/etch-$(id -u); do
    pool=$(ls $folder/pool."$(cat pid)".* 2>/dev/null || true)
    [ -z "$pool" ] || break
done
[ -n "$pool" ] || fail "no pool is left of $(cat pid)"
trap 'rm -f "$pool" "${pool/pool./meta.}"; rm -rf "$work"' EXIT
run 0 "$ETCH" print --json killed
cp out printed
run 0 /usr/bin/python3 "$reader" killed "${pool/pool./meta.}" "$pool"
same printed out timeless
[ "$(wc -l <printed)" -gt 400 ] || fail "events of the killed bash"
[ "$(grep -c time_ns out || true)" -lt "$(wc -l <out)" ] || fail "the pool held nothing"
