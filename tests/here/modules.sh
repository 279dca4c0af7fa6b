# SPDX-License-Identifier: MIT
# Calls of etch/here.h in many sources and modules: one group a module, one event
# a place, names that are shared, switching from outside, dlopen and dlclose.
set -eu
. "$TESTS/lib.sh"
here=$TESTS/here/modules
libetch=$(dirname "$LIBETCH_SO")
flags=(-O2 -Wall -Wextra -Werror -fvisibility=hidden -I"$INCLUDE" -I.)
link=(-L"$libetch" -letch -Wl,-rpath,"$libetch")

cp "$here"/* .
"$ETCH" gen -g modules trace-events
for source in program.c part.c trace-modules.c; do
    gcc -std=gnu11 "${flags[@]}" -c $source
done
for source in one.cc two.cc; do
    g++ -std=c++17 "${flags[@]}" -c $source
done
for name in library plugin; do
    gcc -std=gnu11 "${flags[@]}" -fPIC -shared -DNAME=${name}_fire -DTEXT="\"$name\"" library.c \
        -o $name.so "${link[@]}"
done
g++ -o program ./*.o ./library.so -Wl,-rpath,. "${link[@]}" -ldl

# ---- one event each place, in the binaries ----
run 0 "$ETCH" list program
[ "$(sed 's/(.*//' out | sort | tr '\n' ' ')" = \
    "common draw generated hidden_one hidden_two kind same same typed " ] || fail "list of the program"
run 0 "$ETCH" list plugin.so
[ "$(sort out)" = 'plugin(long arg1) "long=%ld"
same(const char *in) "in=%s"' ] || fail "list of the plugin"

# ---- switched by name from outside, modules that come and go ----
mkfifo to from
"$ETCH" record -o data -e '-*' -- ./program <to >from 2>record.err &
exec 3>to 4<from
say()
{
    local answer
    echo "$1" >&3
    read -r answer <&4
    [ "$answer" = ok ] || fail "$1: $answer"
}
ctl()
{
    run 0 "$ETCH" ctl program "$@"
}
say fire # nothing is on
ctl trace-event same on
say fire # program, part, library
ctl trace-event same off
ctl trace-event typed on
ctl trace-event common on
ctl trace-event generated on
say fire
ctl trace-event '*' off
say load
ctl trace-event plugin on
say fire
say unload
say load # a new module: off again
say fire
ctl trace-event plugin on
say fire
say unload
ctl info trace-events
has out "(unloaded) : state 0"
has out "same : state 0"
hasnt out "plugin"
exec 3>&-
wait
has record.err "dropped: 0"
run 0 "$ETCH" print data
sed -i 's|^ *[0-9.]* *[0-9/]* *||' out
is out "same in=program
same in=part number=2
same in=library
generated x=7
common from=1
typed value=1
typed value=2
typed value=97
common from=2
typed value=1
typed value=2
typed value=97
plugin long=1234567890123
plugin long=1234567890123
"
