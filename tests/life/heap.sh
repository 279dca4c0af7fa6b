# SPDX-License-Identifier: MIT
# The heap example against an independent count: a library in front of it counts
# each call of malloc's family, and not one may be missing or too many.
set -eu
. "$TESTS/life/lib.sh"

names='heap_malloc heap_calloc heap_realloc heap_free heap_memalign heap_posix_memalign heap_aligned_alloc'

# compare LEAST COMMAND...: counts and traces the command at once.
compare()
{
    local least=$1 want=0
    shift
    rm -rf d
    head -c 56 /dev/zero >counts
    run 0 "$ETCH" record -o d -e '*' -- \
        env LD_PRELOAD="$COUNT:$HEAP" COUNT_FILE="$work/counts" "$@"
    # The last lines are etch's own.
    has err "dropped: 0"
    "$ETCH" stat --json d >stat
    for name in $names; do
        [ "$name" = heap_malloc ] && want=$(od -An -v -t u8 -w56 counts) && set -- $want
        have=$(grep -o "{\"name\":\"$name\",\"events\":[0-9]*" stat | head -n 1 | sed 's/.*://')
        [ "${have:-0}" = "$1" ] || fail "$name: $have events of $1 calls"
        shift
    done
    want=$(sed 's/.*"events":\([0-9]*\),"dropped":0,.*/\1/;q' stat)
    [ "$want" -ge "$least" ] || fail "only $want events"
}

compare 30 ls /
compare 100 bash -c 'for i in 1 2 3; do (echo $i | cat); done; exec ls /'

if command -v git >/dev/null; then
    git init -q r
    git -C r -c user.name=n -c user.email=e@x commit -q --allow-empty -m first
    for i in 1 2 3; do
        echo $i >r/f$i
        git -C r add f$i
        git -C r -c user.name=n -c user.email=e@x commit -q -m $i
    done
    compare 300 git -C r --no-pager log -p
fi
if command -v sqlite3 >/dev/null; then
    compare 3000 sqlite3 :memory: 'create table t (n integer primary key, s text);
        with recursive c (n) as (select 1 union all select n + 1 from c where n < 5000)
        insert into t select n, hex(n * 7919) from c; select count(*), max(s) from t;'
fi
if [ -x /usr/bin/python3 ]; then
    compare 3000 /usr/bin/python3 -c 'import json, threading
text = json.dumps([{"n": i, "s": str(i) * 9} for i in range(3000)])
threads = [threading.Thread(target=json.loads, args=(text,)) for _ in range(4)]
for t in threads: t.start()
for t in threads: t.join()
import subprocess
subprocess.run(["/bin/echo", "child"])'
fi
