# SPDX-License-Identifier: MIT
# Real guests (busybox, sqlite3, lua, zstd) and the mix of number crunching, static
# and dynamic: output, messages, status and files are those of qemu-riscv64.
#
#   guests.sh [full]     else one of static and dynamic each, by the translator if
#                        there is one
set -eu
. "$TESTS/lib.sh"
. "$TESTS/guest/lib.sh"
full=${1:-}
guests=$("$TESTS/guest/fetch-guests.sh") || fail "no guests: see above"

# Runs in a folder of its own: result FOLDER COMMAND...
result()
{
    local folder=$1 status=0
    shift
    rm -rf "$folder"
    mkdir "$folder"
    (cd "$folder" && timeout 100 "$@" <"$work/input" >"$work/$folder.out" 2>"$work/$folder.err") ||
        status=$?
    echo "status $status" >>"$folder.out"
}

# A turn each: static by the first engine, dynamic by the next.
turn=0
same()
{
    local name=$1 program engine wanted=
    shift
    read -ra engines <<<"$ENGINES"
    for program in "$name" "$name-dynamic"; do
        for engine in "${engines[@]}"; do
            if [ -z "$full" ]; then
                [ "$engine" = "${engines[-1]}" ] || continue
                turn=$((turn + 1))
                [ $((turn % 2)) = 0 ] || continue
            fi
            [ "$wanted" = "$program" ] || result theirs qemu-riscv64 -L "$sysroot" "$guests/$program" "$@"
            wanted=$program
            result ours "$GUEST" --engine "$engine" -L "$sysroot" "$guests/$program" "$@"
            for part in .out .err; do
                cmp theirs$part ours$part || {
                    diff -a theirs$part ours$part | head -20 >out
                    fail "$program $* ($engine): $part differs"
                }
            done
            diff -r theirs ours >out || fail "$program $* ($engine): the files differ"
        done
    done
    turn=$((turn + 1))
}

echo 'a line' >input
same busybox echo hello
same busybox ls -la /usr/lib/os-release
# shellcheck disable=SC2016
same busybox sh -c 'echo $((3 * 4)); for i in 1 2 3; do echo $i | cat; done; (exit 4); echo $?
    read x; echo "$x"; a=$(echo sub; true); echo $a; trap "echo got" USR1; kill -USR1 $$
    nothing-such; echo $?; kill -TERM $$'
same busybox awk 'BEGIN { for (i = 0; i < 3000; i++) s += sin(i) * sqrt(i) / (i + .5); print s }'
same busybox sh -c 'seq 1 3000 | sort -r | md5sum; seq 1 9999 | gzip -c | gunzip -c | tail -1
    mkdir a; for i in 1 2 3; do seq $i 100 >a/$i; done; touch -d 2001-02-03 a/* a
    tar cf a.tar a; tar tf a.tar
    find a -type f | sort | xargs sha256sum; vi -h 2>&1 | head -1; grep -c 7 a/*; sed -n s/1/x/p a/1'
same lua -e 'local t = {} for i = 1, 20000 do t[i] = math.sin(i) * 1e5 end table.sort(t)
    print(t[1], t[777], string.format("%q %a", t[5], t[9]), pcall(error, "x"))
    print(select("#", string.rep("ab", 1000):gsub("a", "b")), coroutine.wrap(function() return 1 end)())
    print(2^53, 7 // 2, -7 % 3, 1e308 * 10, 0/0 ~= 0/0, 1 << 63, math.tointeger(3.0))
    io.open("f", "w"):write("text"):close() os.rename("f", "g") os.exit(7)'
same sqlite3 test.db 'create table t(a integer primary key, b text, c real);
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)
    insert into t select i, hex(i * i), i / 7.0 from n; create index x on t(b);
    select count(*), sum(c), max(b) from t; select * from t where b like "3%" limit 5;
    pragma journal_mode = wal; begin; update t set c = c * 2; commit; pragma integrity_check;
    create virtual table f using fts5(w); insert into f select b from t; select count(*) from f
    where f match "39*"; pragma journal_mode = delete; select nothing;'
same lua "$TESTS/guest/scripts/all.lua"
same sqlite3 :memory: ".read $TESTS/guest/scripts/all.sql"
same mix
head -c 1000000 "$guests/sqlite3" >input
same zstd -q -c -3
same zstd -q -c -T4 -9
cp input "$work/data"
same zstd -q -f -3 -T2 "$work/data" -o out.zst
