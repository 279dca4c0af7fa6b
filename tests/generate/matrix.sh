#!/bin/bash
# SPDX-License-Identifier: MIT
#
# matrix.sh [full]: compiles what is generated from `events` (all that the
# grammar allows) in both dialects, with every set of backends, as C and C++,
# with gcc and clang, and runs it; then the events of a whole QEMU. The short
# form takes a sample of the combinations, the full form all of them.
set -eu
. "$TESTS/lib.sh"
full=${1:-}
here=$TESTS/generate
warnings=(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wundef -Wcast-align -Wwrite-strings
    -Wredundant-decls -Wmissing-declarations -Werror)
c_warnings=(-Wstrict-prototypes -Wmissing-prototypes -Wnested-externs -Wold-style-definition)
includes=(-I"$INCLUDE" -I"$QEMU" -I.)
fired=25 # events of fire.c that are not declared `disable`

languages=(gcc:c11 gcc:c17 clang:c11 clang:c17 g++:c++11 g++:c++20 clang++:c++11 clang++:c++20)
levels=(-O0 -O1 -O2 -O3)
backend_sets=(nop log simple syslog ftrace ctf "log,simple" "ctf,simple" "simple,nop,log,syslog")
only=(-fsyntax-only)
[ "$full" != full ] || only=()

# compile COMPILER:STANDARD FLAG...: trace-matrix.c and fire.c to ./fire.
compile()
{
    local cc=${1%:*} std=${1#*:} as_cxx=
    shift
    needs "$cc"
    [[ $cc = *++ ]] && as_cxx="-x c++" || set -- "$@" "${c_warnings[@]}"
    # shellcheck disable=SC2086
    "$cc" -std="$std" "$@" "${warnings[@]}" "${includes[@]}" $as_cxx trace-matrix.c "$here/fire.c" \
        -x none "$LIBETCH" -lpthread -o fire 2>err || fail "$cc -std=$std $*"
}

# fire BACKENDS: runs it; each backend has each event once.
fire()
{
    rm -rf trace-[0-9]*
    ETCH_TRACE='*' run 0 ./fire
    if [[ $1 = *log* ]]; then
        [ "$(wc -l <err)" = $fired ] || fail "log has not $fired lines"
        has err "functions 0 1 2 3 4 5"
        has err "strings text (null)  three"
        has err "widths 002a                 text 5     c%"
    fi
    if [[ $1 = *simple* ]]; then
        "$ETCH" print trace-*[0-9] >out
        [ "$(wc -l <out)" = $fired ] || fail "simple has not $fired events"
    fi
    if [[ $1 = *ctf* ]]; then
        "$ETCH" print trace-*[0-9].ctf >out
        [ "$(wc -l <out)" = $fired ] || fail "ctf has not $fired events"
    fi
    [[ $1 = *log* || ! -s err ]] || fail "unexpected output"
}

# defines DIALECT BACKENDS
defines()
{
    [ "$1" = etch ] || echo -DQEMU_NAMES
    [ "$2" = nop ] && echo -DFIRED=0 || echo -DFIRED=$fired
}

generate()
{
    "$ETCH" gen --dialect="$1" -b "$2" -g matrix "$here/events" 2>/dev/null || fail "etch gen $*"
}

one()
{
    local dialect=$1 backends=$2 language=$3
    shift 3
    # shellcheck disable=SC2046
    compile "$language" $(defines "$dialect" "$backends") "$@"
    fire "$backends"
}

if [ "$full" = full ]; then
    for dialect in etch qemu; do
        for backends in "${backend_sets[@]}"; do
            generate "$dialect" "$backends"
            for language in "${languages[@]}"; do
                for level in "${levels[@]}"; do
                    one "$dialect" "$backends" "$language" "$level"
                done
            done
        done
    done
else
    generate etch log,simple
    one etch log,simple gcc:c11 -O2
    one etch log,simple clang++:c++11 -O0
    generate qemu log,simple
    one qemu log,simple g++:c++20 -O0
    one qemu log,simple clang:c17 -O3
    generate qemu log
    one qemu log clang++:c++20 -O0
    generate etch ctf,simple
    one etch ctf,simple clang:c11 -O2
    generate etch nop
    one etch nop gcc:c17 -O1
fi

# Other shapes of a binary: the note stays, and names every event.
generate etch simple
for flags in "-O2 -flto" "-O2 -static-pie" "-O2 -no-pie" "-O1 -ffunction-sections -fdata-sections -Wl,--gc-sections -s"; do
    # shellcheck disable=SC2086
    one etch simple gcc:c11 $flags
    "$ETCH" list fire >out
    [ "$(wc -l <out)" = $((fired + 2)) ] || fail "the note of $flags"
done
one etch simple gcc:c11 -O1 -fsanitize=thread

# Two groups in one binary, with link-time optimisation and stripped.
printf 'second(int x) "%%d"\nnone(void)\n' >trace-events
"$ETCH" gen -g other trace-events
one etch simple gcc:c11 -O2 -flto -Wl,--gc-sections -s trace-other.c
"$ETCH" list fire >out
[ "$(wc -l <out)" = $((fired + 4)) ] || fail "two groups"
has out 'second(int x) "%d"'

# QEMU's own warnings, among them one against declarations behind statements.
gcc -std=gnu11 -O2 "${warnings[@]}" "${c_warnings[@]}" -Wdeclaration-after-statement \
    "${includes[@]}" -c trace-matrix.c

# Nothing depends on where the tree lies.
mkdir -p a/x b/y/z
for folder in a/x b/y/z; do
    cp "$here/events" "$folder/trace-events"
    (cd "$folder" && "$ETCH" gen -g same "$PWD/trace-events" 2>/dev/null)
done
cmp a/x/trace-same.c b/y/z/trace-same.c && cmp a/x/trace-same.h b/y/z/trace-same.h

# Compilers' words on a format lead to the declaration.
printf 'fine(int a) "%%d"\nwrong(int a) "%%s"\n' >trace-events
"$ETCH" gen -b log -g wrong trace-events
run 1 gcc -Wall -Werror -I"$INCLUDE" -c trace-wrong.c
has err "trace-events:2:"

# All events of QEMUs, as etch gen and as etch-tracetool see them.
for events in ${ETCH_QEMU_EVENTS:-} /usr/share/qemu/trace-events-all; do
    [ -r "$events" ] || continue
    for backends in nop log simple ctf; do
        rm -f trace-all.*
        for format in h c; do
            "$TRACETOOL" --qemu=7.2 --format=$format --backends=$backends --group=all "$events" \
                trace-all.$format 2>err || fail "etch-tracetool $backends $format"
        done
        gcc "${warnings[@]}" "${includes[@]}" "${only[@]}" -c trace-all.c -o all.o 2>err ||
            fail "$backends of $events"
    done
done
