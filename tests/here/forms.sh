#!/bin/bash
# SPDX-License-Identifier: MIT
#
# forms.sh [full]: etch/here.h in every shape of a binary: C and C++, gcc and
# clang, all levels, PIE, static, LTO, garbage-collected sections, lld. Each
# program prints what its trace shall hold. The short form takes a sample.
set -eu
. "$TESTS/lib.sh"
full=${1:-}
here=$TESTS/here
warnings=(-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wundef -Wcast-align
    -Wwrite-strings -Wredundant-decls -Wmissing-declarations -Werror)
events=13 # calls in values.inc

# one "COMPILER -std=X" FLAG...: compiles, lists, runs off and on, strips, lists.
one()
{
    local language=$1 source=values.c
    shift
    needs "${language%% *}"
    [[ $language != *++* ]] || source=values.cc
    # shellcheck disable=SC2086
    $language "$@" "${warnings[@]}" -I"$INCLUDE" "$here/$source" "$LIBETCH" -o values 2>err ||
        fail "$language $*"
    run 0 "$ETCH" list values
    [ "$(sort -u out | wc -l)" = $events ] || fail "$language $*: list"
    has out 'bare(void)'
    has out 'bare(const char *again) "again=%s"'
    has out 'small(bool yes, char c, signed char sc, unsigned char uc, short s, unsigned short us)'
    has out 'strings(const char *array, const char *text, const char *literal)'
    has out 'real(float f, double d) "f=%g d=%g"'
    run 0 ./values
    [ -z "$(ls trace-* 2>/dev/null)" ] || fail "$language $*: a trace that nobody asked for"
    run 1 "$ETCH" record -o data -e '*' ./values
    cp out want
    run 0 "$ETCH" print data
    sed 's|^ *[0-9.]* *[0-9/]* *||' out >got
    diff want got >diff || { cat diff >&2; fail "$language $*: values"; }
    rm -rf data data.old
    strip -s values
    run 0 "$ETCH" list values
    [ "$(sort -u out | wc -l)" = $events ] || fail "$language $*: list of a stripped program"
}

languages=("gcc -std=c11" "gcc -std=gnu17" "clang -std=c11" "clang -std=gnu17"
    "g++ -std=c++17" "g++ -std=gnu++20" "clang++ -std=c++17" "clang++ -std=gnu++20")
forms=("-O0 -fPIE -pie" "-O1 -fno-pie -no-pie" "-O2 -fPIE -pie -fvisibility=hidden" "-O3 -fPIE -pie"
    "-O2 -static" "-O2 -static-pie -fPIE" "-O2 -flto"
    "-O2 -ffunction-sections -fdata-sections -Wl,--gc-sections"
    "-O2 -fuse-ld=lld -ffunction-sections -fdata-sections -Wl,--gc-sections" "-O2 -fno-common -g3")
if [ "$full" = full ]; then
    for language in "${languages[@]}"; do
        for form in "${forms[@]}"; do
            # clang's LTO wants lld.
            [ "$language ${form/-flto/}" = "$language $form" ] || [[ $language != clang* ]] ||
                form="-O2 -flto -fuse-ld=lld"
            # shellcheck disable=SC2086
            one "$language" $form
        done
    done
    one "gcc -std=c11" -O1 -fsanitize=address,undefined
    one "g++ -std=c++17" -O1 -fsanitize=thread
    exit
fi
one "gcc -std=c11" -O0 -fPIE -pie
one "gcc -std=gnu17" -O2 -flto
one "clang -std=c11" -O2 -static
one "clang -std=gnu17" -O3 -flto -fuse-ld=lld
one "g++ -std=c++17" -O2 -ffunction-sections -fdata-sections -Wl,--gc-sections
one "g++ -std=gnu++20" -O0 -static-pie -fPIE
one "clang++ -std=c++17" -O2 -fPIE -pie -fvisibility=hidden
