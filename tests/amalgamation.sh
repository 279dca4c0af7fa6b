# SPDX-License-Identifier: MIT
# The library in two files, etch.h and etch.c, linked with libc alone: with events
# of etch/here.h, with generated ones, and with both in one source; gcc and clang,
# sanitizers with the argument `full`; what runs in the drain calls nothing of libc.
#
# Reads: ROOT, ETCH, LIBDRAIN (the drain's objects as meson builds them).
set -eu
. "$TESTS/lib.sh"

"$ROOT/scripts/amalgamate.sh" .
printf 'made(int n, const char *s) "n=%%d s=%%s"\nnotime bare(void)\n' >trace-events
"$ETCH" gen -b ctf -g both --header=etch.h trace-events
hasnt trace-both.c "<etch/"
hasnt trace-both.h "<etch/"
cat >here.c <<'END'
#include "etch.h"
#include "trace-both.h"
int main(void)
{
    for (int i = 0; i < 3; i++) {
        etch("here i=%d word=%s", i, "w");
        trace_made(i, "text");
    }
    trace_bare();
}
END
cp here.c here.cc
cat >generated.c <<'END'
#include "trace-both.h"
#include "etch.h" /* brings etch() after all */
int main(void)
{
    for (int i = 0; i < 3; i++) {
        trace_made(i, "text");
        etch("here i=%d word=%s", i, "w");
    }
    trace_bare();
}
END

# The drain's functions call nothing of libc: no mem*, no str*. (clang has no flag
# for that and clears large structures by memset; nor has gcc with sanitizers.)
nm --defined-only "$LIBDRAIN" | awk 'NF == 3 && $2 ~ /[tT]/ { print $3 }' | sort -u >drain
[ "$(wc -l <drain)" -gt 50 ] || fail "no names of the drain's functions"
bare()
{
    objdump -dr --no-show-raw-insn etch.o | awk '
        NR == FNR { drain[$1]; next }
        /^[0-9a-f]+ </ { f = $2; gsub(/[<>:]/, "", f); sub(/\..*/, "", f); sub(/_in_[a-z_]*$/, "", f); n += f in drain }
        /R_X86_64_(PLT|PC)32|R_AARCH64_CALL26/ && f in drain &&
            $NF ~ /^(mem|str[^e]|bcmp|__mem|__str|__stack_chk|__asan|__tsan|__ubsan)/ { print f, $NF }
        END { if (n < 50) print "only", n, "functions" }' drain - >calls
    [ ! -s calls ] || fail "$*: the drain calls $(cat calls)"
}

# one COMPILER FLAG...
one()
{
    local cc=$1
    shift
    needs "$cc"
    run 0 "$cc" "$@" -Wall -Wextra -Werror -c etch.c trace-both.c
    [[ "$cc $*" == *clang* || "$cc $*" == *sanitize* ]] || bare "$cc" "$@"
    for main in here generated; do
        run 0 "$cc" "$@" -Wall -Wextra -Werror $main.c trace-both.o etch.o -o program
        run 0 "$ETCH" record -o data ./program
        run 0 "$ETCH" print data
        [ "$(grep -c ' here i=[012] word=w$' out)" = 3 ] && [ "$(grep -c ' made n=[012] s=text$' out)" = 3 ] &&
            [ "$(grep -c '>=.* bare$' out)" = 1 ] && [ "$(wc -l <out)" = 7 ] || fail "$cc $*: $main"
        run 0 "$ETCH" list program
        [ "$(wc -l <out)" = 3 ] || fail "$cc $*: list"
        rm -rf data
    done
}
one clang -std=gnu11 -O2 -fvisibility=hidden
one gcc -std=gnu17 -O0 -static
if [ "${1-}" = full ]; then
    one clang -std=gnu11 -O1 -fsanitize=thread
    one gcc -std=gnu11 -O1 -fsanitize=address,undefined
    one gcc -std=gnu11 -O3 -fstack-protector-all
fi
one gcc -std=c11 -O2
readelf -d program | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' >needed
is needed "libc.so.6
"

# Other machines and libraries, as far as they are installed (scripts/setup.sh test).
# elsewhere RUNNER COMPILER FLAG...
elsewhere()
{
    local runner=$1
    shift
    needs "$1"
    run 0 "$@" -O2 -static -Wall -Wextra here.c trace-both.c etch.c -o elsewhere
    rm -rf folder
    # shellcheck disable=SC2086
    ETCH_TRACE='*;ctf=folder' run 0 $runner ./elsewhere
    run 0 "$ETCH" print folder
    [ "$(wc -l <out)" = 7 ] || fail "$*"
}
elsewhere "" musl-gcc -idirafter /usr/include -idirafter "/usr/include/$(gcc -print-multiarch)"
needs qemu-aarch64
elsewhere qemu-aarch64 aarch64-linux-gnu-gcc

# C++ beside it.
run 0 g++ -std=c++17 -O2 -Wall -Wextra -Werror here.cc trace-both.o etch.o -o program
run 0 "$ETCH" record -o data ./program
has err "7 events of 1 process"
run 0 g++ -std=c++11 -Wall -Wextra -Werror -fsyntax-only -include etch.h -x c++ /dev/null
