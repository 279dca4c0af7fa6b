# SPDX-License-Identifier: MIT
# What the compiler refuses of a call, and what it costs that is off; `etch list`
# of binaries whose notes are damaged.
set -eu
. "$TESTS/lib.sh"

# ---- refused, with the header as a system header, too ----
refuses()
{
    local call=$1 text=$2 language
    printf '#include <etch/here.h>\nstruct s { int x; };\nvoid f(int a, struct s b, char *p);\n' >bad.c
    printf 'void f(int a, struct s b, char *p)\n{\n    (void)a; (void)b; (void)p;\n    %s;\n}\n' "$call" >>bad.c
    cp bad.c bad.cc
    for language in "gcc -std=c11 bad.c" "clang -std=c11 bad.c" "g++ -std=c++17 bad.cc" \
        "clang++ -std=c++17 bad.cc"; do
        needs "${language%% *}"
        # shellcheck disable=SC2086
        run 1 $language -Wall -Werror -isystem "$INCLUDE" -fsyntax-only
        grep -qE "$text" err || fail "$language: '$call' lacks '$text'"
    done
}
refuses 'etch("x %s", a)' "bad.cc?:7:.*(format|char \*)"
refuses 'etch("x %d %d", a)' "bad.cc?:7:"
refuses 'etch("x %d", b)' "an argument is no integer, pointer, string, float or double"
refuses 'etch("x %p", (__int128)a)' "an argument is no integer, pointer, string, float or double"
refuses 'etch("")' "the format begins with the event's name|begins with the event.*s name"
refuses 'etch("x", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)' "an event has 10 arguments at most"
refuses 'etch(p, a)' "bad.cc?:7:"
run 1 gcc -std=c99 -I"$INCLUDE" -fsyntax-only bad.c
has err "needs C11"
run 1 g++ -std=c++14 -I"$INCLUDE" -fsyntax-only bad.cc
has err "needs C++17"

# ---- off: two instructions in the hot text, in front of nothing ----
printf '#include <etch/here.h>\nint leaf(size_t a, void *p, int z);\n' >site.c
printf 'int leaf(size_t a, void *p, int z)\n{\n    etch("two %%zu %%p", a, p);\n    return 3 * z;\n}\n' >>site.c
cp site.c site.cc
for language in "gcc -std=c11 -O2 -fPIE site.c" "gcc -std=gnu17 -O2 -fPIC site.c" \
    "gcc -std=c11 -O3 -fno-pie site.c" "g++ -std=c++17 -O2 -fPIE site.cc" \
    "g++ -std=c++20 -O3 -fPIC site.cc"; do
    [ "$(uname -m)" = x86_64 ] || break
    # shellcheck disable=SC2086
    run 0 $language -I"$INCLUDE" -c -o site.o
    objdump -d --no-show-raw-insn site.o | awk '
        /<[^>]*leaf[^>]*>:$/ && !/cold|fire/ { inside = 1; next }
        inside && split($0, part, "\t") > 1 { print part[2]; if (part[2] ~ /^ret/) exit }' >hot
    [ "$(sed 's/ .*//' hot | tr '\n' ' ')" = "cmpw jne lea ret " ] || fail "$language: $(cat hot)"
done

# ---- damaged ----
printf '#include <etch/here.h>\nint main(void)\n{\n    etch("event %%d", 1);\n}\n' >main.c
gcc -I"$INCLUDE" main.c "$LIBETCH" -o main
run 0 "$ETCH" list main
is out 'event(int arg1) "%d"
'
read -r at size <<<"$(readelf -SW main | awk '{ gsub(/\[ */, "["); for (i = 1; i < NF; i++) if ($i == "etch_notes") print $(i + 3), $(i + 4) }')"
[ "$size" = 000020 ] || fail "etch_notes has $size bytes"
# patch OFFSET BYTE...: in the note
patch()
{
    local offset=$((0x$at + $1))
    shift
    cp main broken
    # shellcheck disable=SC2059
    printf "$(printf '\\x%s' "$@")" | dd of=broken bs=1 seek=$offset conv=notrunc 2>/dev/null
}
patch 28 00 00 00 70 # leads out of the file
run 1 "$ETCH" list broken
has err "broken: a note in etch_notes leads to nothing that etch/here.h describes"
patch 28 00 00 00 00 # leads to itself
run 1 "$ETCH" list broken
has err "leads to nothing"
patch 20 02 00 00 00
run 1 "$ETCH" list broken
has err "broken: a note in etch_notes is of another version of etch"
