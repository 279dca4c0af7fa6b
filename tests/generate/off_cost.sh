#!/bin/bash
# SPDX-License-Identifier: MIT
#
# off_cost.sh: what an event costs that is off: the instructions and bytes at
# its call site, by objdump. Asserted for gcc on x86-64; other compilers that
# are installed are shown, and asserted where the compiler allows.
set -eu
. "$TESTS/lib.sh"

cat >trace-events <<'EOF'
two(size_t size, void *ptr) "size %zu ptr %p"
disable never(size_t size, void *ptr) "size %zu ptr %p"
EOF
cat >site.c <<'EOF'
#include "trace-cost.h"
int leaf_constant(size_t a, void *p);
int leaf_value(size_t a, void *p, int z);
void leaf_tail(size_t a, void *p);
void *leaf_argument(void *p, size_t a);
long loop(const long *v, size_t n, void *p);
int never(size_t a, void *p, int z);
int without(size_t a, void *p, int z);
int leaf_constant(size_t a, void *p)
{
    trace_two(a, p);
    return 7;
}
int leaf_value(size_t a, void *p, int z)
{
    trace_two(a, p);
    return 3 * z;
}
void leaf_tail(size_t a, void *p)
{
    trace_two(a, p);
}
void *leaf_argument(void *p, size_t a)
{
    trace_two(a, p);
    return p;
}
int never(size_t a, void *p, int z)
{
    trace_never(a, p);
    return 3 * z;
}
int without(size_t a, void *p, int z)
{
    (void)a;
    (void)p;
    return 3 * z;
}
EOF
"$ETCH" gen -g cost -b simple,log trace-events

# listing CC FUNCTION: "BYTES INSTRUCTION" a line, without padding.
listing()
{
    "${objdump:-objdump}" -d --insn-width=15 "$1.o" | awk -v f="<$2>:" '
        $2 == f { inside = 1; next }
        inside && NF == 0 { exit }
        inside && split($0, part, "\t") > 2 && $0 !~ /nop|xchg +%ax,%ax/ {
            print gsub(/[0-9a-f][0-9a-f]/, "", part[2]), part[3]
        }'
}

# cost CC FUNCTION: "INSTRUCTIONS BYTES BEFORE" of the test up to its branch;
# BEFORE counts those that stand before the load of the word.
cost()
{
    listing "$1" "$2" | awk '
        /cmpw|ldrh/ { seen = 1 }
        { if (seen) { n++; bytes += $1 } else before++ }
        seen && /^[0-9]+ (j[a-z]+|b\.[a-z]+|cbn?z)( |$)/ { exit }
        END { print n + 0, bytes + 0, before + 0 }'
}

# In an executable and in a shared library.
for flags in "-O2 -fPIE" "-O2 -fPIC" "-O3 -fno-pie"; do
    # shellcheck disable=SC2086
    gcc $flags -Wall -Wextra -Werror -I"$INCLUDE" -c site.c -o gcc.o
    [ -n "$(listing gcc never)" ] || fail "objdump shows nothing"
    [ "$(listing gcc never)" = "$(listing gcc without)" ] ||
        fail "disable: the call site holds code: $(listing gcc never)"
    [ "$(uname -m)" = x86_64 ] || continue
    for f in leaf_constant leaf_value leaf_tail leaf_argument; do
        read -r instructions bytes before <<<"$(cost gcc "$f")"
        echo "gcc $flags $f: $instructions instructions, $bytes bytes, $before before"
        [ "$instructions" = 2 ] && [ "$bytes" -le 14 ] || fail "$f: more than 2, or 14 bytes"
        # The value that leaf_argument returns is moved either way.
        [ "$before" = 0 ] || [ "$f" = leaf_argument ] || fail "$f: work before the test"
    done
done

for cc in clang aarch64-linux-gnu-gcc; do
    needs "$cc"
    objdump=objdump
    [ "$cc" = clang ] || objdump=aarch64-linux-gnu-objdump
    "$cc" -O2 -I"$INCLUDE" -c site.c -o "$cc.o"
    for f in leaf_constant leaf_value leaf_tail; do
        read -r instructions bytes before <<<"$(cost "$cc" "$f")"
        echo "$cc $f: $instructions instructions, $bytes bytes, $before before"
        [ "$cc $(uname -m)" != "clang x86_64" ] || [ "$instructions" = 2 ] || fail "$cc $f"
    done
    [ "$(listing "$cc" never)" = "$(listing "$cc" without)" ] || fail "$cc disable"
done
