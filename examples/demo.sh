#!/bin/bash
# SPDX-License-Identifier: MIT
#
# demo.sh [DIR]: traces malloc and free in four programs that know nothing of
# it, and shows what etch says of them. `make demo` installs, builds and runs it.
#
# Reads:  BUILD, the build folder (default: build).
# Writes: the traces, below DIR (default: demo in the build folder).
# Never:  shows an output that is not the command's, or goes on after a failure:
#         a dropped event is one.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "$root" && cd "${BUILD:-build}" && pwd)
dir=${1:-$build/demo}
step=start
trap '[ "$step" = done ] || echo "demo: failed: $step" >&2' EXIT

bold='' plain=''
if [ -t 1 ]; then
    bold=$'\e[1m' plain=$'\e[0m'
fi

title()
{
    printf '\n%s%s%s\n' "$bold" "$*" "$plain"
}

# run COMMAND: shows the line and runs just that.
run()
{
    step=$1
    printf '\n%s$ %s%s\n' "$bold" "$1" "$plain"
    eval "$1"
}

# trace NAME COMMAND: records the command into NAME.data and shows what it did.
trace()
{
    local name=$1 starts='' event json
    run "etch record -o $name.data --preload heap -- $2"
    run "etch print -n 5 $name.data"
    run "etch stat --field 'heap_*.count*size' --top 5 $name.data"
    step="etch stat --json $name.data"
    json=$(etch stat --json "$name.data")
    [[ $json == '{"events":'[1-9]*',"dropped":0,'* ]] || {
        step="$name.data: no events, or some were dropped"
        exit 1
    }
    # Only what it called: etch warns of others. What a realloc ends is its `old`.
    for event in heap_malloc heap_calloc heap_realloc; do
        [[ $json != *"\"name\":\"$event\""* ]] || starts+=" -s $event"
    done
    run "etch pair$starts -d heap_free -d heap_realloc.old \\
    --key ptr --sum 'count*size' --unmatched 5 $name.data"
}

mkdir -p "$dir"
cd "$dir"
PATH=$build/src/cli:$PATH
unset ETCH_TRACE LD_PRELOAD
printf '%s$ cd %s\n$ PATH=%s:$PATH%s\n' "$bold" "$dir" "$build/src/cli" "$plain"
start=$SECONDS

# Without a history of its own (an unpacked archive), git gets a small one.
repository=$root
step='a repository for git log'
if ! git -C "$root" rev-parse -q --verify HEAD >/dev/null 2>&1; then
    rm -rf repository
    git init -q repository
    cp "$root/README.md" repository
    git -C repository add .
    git -C repository -c user.name=demo -c user.email=demo@localhost commit -q -m 'One file'
    repository=repository
fi
title "1. git reads the history of this repository"
trace git "git -C $repository log --stat >log.txt"

title "2. sqlite3 fills a table with 100,000 rows"
rm -f rows.db
cat >rows.sql <<'END'
CREATE TABLE city(id INTEGER PRIMARY KEY, name TEXT, height REAL);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
INSERT INTO city SELECT i, 'city ' || i, i * 0.5 FROM n;
END
run 'cat rows.sql'
trace sqlite "sqlite3 rows.db <rows.sql"

title "3. python3 parses 20,000 of them as JSON, with an object a malloc"
run 'sqlite3 -json rows.db "SELECT * FROM city LIMIT 20000" >rows.json'
cat >parse.py <<'END'
import json
print(len(json.load(open("rows.json"))), "rows")
END
run 'cat parse.py'
run 'export PYTHONMALLOC=malloc'
trace python "/usr/bin/python3 parse.py"
unset PYTHONMALLOC

title "4. gcc compiles a file, by way of cc1, as, collect2 and ld"
cat >sum.c <<'END'
#include <stdio.h>

int main(void)
{
    double sum = 0, value;
    while (scanf("%lf", &value) == 1)
        sum += value;
    printf("%g\n", sum);
}
END
run 'cat sum.c'
trace gcc "gcc -O2 -o sum sum.c"

title "5. All of it"
run "etch stat git.data sqlite.data python.data gcc.data | sed -n 1,4p"
cat <<END

That took $((SECONDS - start)) s. What to try next:
  cd $dir
  export PATH=$build/src/cli:\$PATH
  etch print --delta gcc.data | less     all processes of gcc in the order of time
  etch print --json -n 3 python.data     the same as JSON
  etch record --preload heap -- ls -l    a program of yours; then etch print
  etch list gcc.data                     the events that were there to record
  etch help record                       all that record can do
To trace events of your own: "Your first event" in README.md
END
step=done
