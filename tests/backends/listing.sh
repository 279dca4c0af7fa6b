# SPDX-License-Identifier: MIT
# etch backends: all that there are, and what keeps one from working here.
set -eu
. "$TESTS/backends/lib.sh"
needs unshare python3

run 0 "$ETCH" backends
grep -oE '^[a-z]+' out >listed
run 0 "$TRACETOOL" --list-backends
tr -d ' ' <out | tr , '\n' | diff listed - >&2 || fail "the list of etch-tracetool is another"

# What an event costs is measured, wherever this user may; nothing stays of it.
left() { ls -d /dev/shm/etch-cost.* /tmp/etch-cost.* /sys/kernel/tracing/instances/etch-[0-9]* 2>/dev/null || true; }
left >before
run 0 env ETCH_TRACE='*,file=mine' "$ETCH" backends --json
left | diff before - >&2 || fail "something stays"
[ ! -e mine ] || fail "what it measures goes to the user's trace"
cat >costs.py <<'EOF'
import json, os, sys
rows = {b["name"]: b for b in json.load(sys.stdin)}
for name, least, most in (("simple", 1, 2e3), ("ctf", 1, 2e3), ("log", 100, 2e5), ("syslog", 100, 1e6),
                          ("ftrace", 100, 1e5), ("dtrace", 100, 2e5), ("ust", 20, 1e5)):
    row = rows[name]
    assert 0 < row["off_ns"] < 100, row
    if row["on_ns"] is None:
        assert row["cost_why"] and (len(sys.argv) > 1 or os.getuid() or name in ("ftrace", "dtrace")), row
    else:
        assert least < row["on_ns"] < most and row["cost_why"] is None, row
assert rows["ctf"]["needs"] is None and "sessiond" in rows["ust"]["needs"]
EOF
python3 costs.py <out || fail "costs"
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    chmod 755 .
    mkdir -m 755 bin
    find "${ETCH%/*}" -maxdepth 1 -type f \( -name etch -o -name 'etch-cost-*' \) -exec cp {} bin \;
    run 0 setpriv --reuid 65534 --regid 65534 --clear-groups env HOME="$work" bin/etch backends --json
    left | diff before - >&2 || fail "something stays of another user's"
    python3 costs.py other <out || fail "another user's costs"
    has out "that takes root"
fi

# names DIRECTORY...: what does not work where these are hidden
broken()
{
    run 0 unshare -m sh -c 'for d; do mount -t tmpfs none "$d" || exit; done; exec /usr/bin/env PATH=/nowhere "$0" backends --json' \
        "$ETCH" "$@"
    python3 -c 'import json, sys
print(" ".join(b["name"] for b in json.load(sys.stdin) if not b["usable"]))
' <out >names
}
unshare -m true 2>/dev/null || skip "this kernel gives no mount namespace to user $(id -un)"
broken /sys/kernel /dev /run
is names "dtrace ftrace syslog ust
"
has out "mount -t tracefs"
run 2 "$ETCH" backends ctf
# One that does not exist is refused with the list of those that do.
run 2 "$ETCH" gen -b log,nonsense "$SOURCES/trace-events"
has err "unknown backend 'nonsense'; there are nop, dtrace"
run 1 "$TRACETOOL" --backends=log,nonsense --group=g --format=h "$SOURCES/trace-events" o
has err "unknown backend: nonsense (there are: nop, dtrace"
