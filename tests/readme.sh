# SPDX-License-Identifier: MIT
#
# readme.sh: does what README.md says, word for word, with the etch that
# install.sh, which sources this file, has installed. A block of README.md
# whose fence is followed by a name ("sh make.sh") becomes that file.
#
# Reads: $ROOT, $prefix, $libdir; PATH and the like are set.
mkdir readme
awk -v folder=readme '
    /^```/ && file { close(file); file = ""; next }
    /^```[a-z]+ [A-Za-z.-]+$/ { file = folder "/" $2; printf "" >file; next }
    file { print >file }' "$ROOT/README.md"
[ "$(ls readme | wc -l)" = 17 ] || fail "blocks of README.md: $(ls readme)"

# says SCRIPT: runs a block in the current folder.
says()
{
    run 0 bash -eu "$work/readme/$1"
}

# project NAME: a fresh folder with the first event in it.
project()
{
    mkdir "$work/first-$1"
    cd "$work/first-$1"
    cp "$work/readme/trace-events" "$work/readme/main.c" .
}

# runs MAIN: run.sh shows what README.md shows, but for times and processes.
runs()
{
    sed "s#\./main#$1#" "$work/readme/run.sh" >run.sh
    run 0 bash -eu run.sh
    sed -n 's,^ *[0-9.][0-9.]* *[0-9/][0-9/]* *,,p' "$work/readme/run.expected" >"$work/expected"
    [ "$(wc -l <"$work/expected")" = 2 ] || fail "run.expected"
    sed 's,^ *[0-9.][0-9.]* *[0-9/][0-9/]* *,,' "$work/out" | cmp - "$work/expected" || fail "$1: $(cat "$work/out")"
    has "$work/err" "2 events of 1 process"
}

project meson
cp "$work/readme/meson.build" .
says meson.sh
runs build/main
project cmake
cp "$work/readme/CMakeLists.txt" .
says cmake.sh
runs build/main
project make
cp "$work/readme/Makefile" .
says make.sh
runs ./main
project hand
says hand.sh
runs ./main

if [ -w /sys/kernel/tracing/instances ]; then
    says backends.sh
    [ -s probes/trace-dtrace-root.dtrace ] || fail "no provider for dtrace(1)"
    run 0 etch print both.data
    has "$work/out" "sched:sched_switch cpu "
    has "$work/out" "order_taken table 3 dish soup"
fi
says next.sh
cp "$work/out" "$work/next"
has "$work/err" "order_taken table 3 dish soup"
has "$work/next" '"name":"order_taken","args":{"table":3,"dish":"soup"}'
has "$work/next" 'order_taken(int table, const char *dish) "table %d dish %s"'
has "$work/next" "events: 2"
[ "$(grep -c ' order_taken table 4 dish tea$' "$work/next")" = 1 ] || fail "print --exe"
[ "$(sed -n 's/^export .*PKG_CONFIG_PATH=\(.*\)\/pkgconfig.*/\1/p' "$work/readme/elsewhere.sh")" = '$lib' ] ||
    fail "elsewhere.sh"
[ "$libdir" = "$prefix/lib/$(gcc -print-multiarch)" ] || fail "README.md's libdir is not $libdir"

# A trace with the declarations beside it, as QEMU leaves them.
cp trace-events trace-events-all
mv lunch trace-4711
says qemu.sh
has "$work/out" "order_taken table 3 dish soup"
has "$work/out" "table=0x3 dish=b'soup'"
has "$work/out" "table=0x3 dish=soup"
says tracetool.sh
[ -s trace-net.o ] || fail "tracetool.sh"

# The table of commands is that of `etch help`.
cd "$work"
sed -n 's/^| `etch \([a-z]*\)` | \(.*\) |$/\1 \2/p' "$ROOT/README.md" >table
etch help | sed -n 's/^  \([a-z]*\)  *\(.*\)/\1 \2/p' >commands
cmp table commands || fail "README.md lists other commands than etch help"

# Links lead somewhere.
for file in README.md ARCHITECTURE.md CONTRIBUTING.md doc/testing.md doc/format.md; do
    for link in $(grep -o '](\([^)#:]*\))' "$ROOT/$file" | sed 's/](\(.*\))/\1/'); do
        [ -e "$ROOT/$(dirname $file)/$link" ] || fail "$file: no $link"
    done
done
