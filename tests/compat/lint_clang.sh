# SPDX-License-Identifier: MIT
# The lint judges every type with every conversion as a C compiler does, for
# several machines: what clang warns of here is found, what is called an error
# clang warns of here, what is called a warning clang warns of somewhere, and
# what passes is right everywhere.
set -eu
. "$TESTS/lib.sh"
needs clang

types=('bool ' 'char ' 'int8_t ' 'uint8_t ' 'int16_t ' 'uint16_t ' 'short ' 'int ' 'unsigned '
    'int32_t ' 'uint32_t ' 'long ' 'unsigned long ' 'long long ' 'unsigned long long ' 'int64_t '
    'uint64_t ' 'size_t ' 'ssize_t ' 'ptrdiff_t ' 'uintptr_t ' 'void *' 'const void *'
    'const char *' 'char *' 'uint8_t *' 'char **')
conversions=('%d' '%i' '%u' '%x' '%08X' '%o' '%c' '%s' '%.8s' '%p' '%f' '%hhd' '%hhx' '%hd' '%hu'
    '%ld' '%lu' '%#lx' '%lld' '%llu' '%-5llx' '%zu' '%zd' '%zx' '%td' '%tx')
for letter in d u x; do
    for width in 8 16 32 64 PTR; do
        conversions+=("%\"PRI$letter$width\"")
    done
done

n=0
echo '#include "lint_head.h"' >check.c
for type in "${types[@]}"; do
    for conversion in "${conversions[@]}"; do
        n=$((n + 1))
        echo "e$n(${type}x) \"$conversion\"" >>events
        printf '#line %s "events"\nvoid f%s(%sx) { print("%s", x); }\n' \
            $n $n "$type" "$conversion" >>check.c
    done
done

# warned TARGET: the lines of events that clang warns of.
warned()
{
    clang --target="$1" -I "$TESTS/compat" -ffreestanding -fsyntax-only -Wno-everything -Wformat -ferror-limit=0 \
        check.c 2>err || fail "clang for $1"
    sed -n 's/^events:\([0-9]*\):.*warning: .*/\1/p' err | sort -u
}
warned x86_64-linux-gnu >here
[ -s here ] || fail "clang warns of nothing"
for target in aarch64-linux-gnu i386-linux-gnu x86_64-apple-darwin x86_64-pc-windows-msvc; do
    warned $target
done | sort -u - here >somewhere

"$ETCH" lint events 2>found || true
for severity in error warning note; do
    sed -n "s/^events:\([0-9]*\):[0-9]*: $severity: .*/\1/p" found | sort -u >$severity
done
sort -u error warning note >any

# none FILE WHAT: the file names no line.
none()
{
    local n
    for n in $(cat "$1"); do
        sed -n "${n}p" events >&2
    done
    [ ! -s "$1" ] || fail "$2"
}
comm -23 here any >missed
none missed "clang warns of it, the lint does not"
comm -23 error here >wrong
none wrong "an error that clang does not warn of"
# That a trace holds the address of such bytes is no matter of the compiler.
sed -n '/is stored as an address/s/^events:\([0-9]*\):.*/\1/p' found | sort -u >address
comm -23 warning somewhere | comm -23 - address >wrong
none wrong "a warning that no machine justifies"
comm -23 somewhere any >missed
none missed "some machine's clang warns of it, the lint does not"
echo "$n pairs, $(wc -l <error) errors, $(wc -l <warning) warnings, $(wc -l <note) notes"
