#!/bin/bash
# SPDX-License-Identifier: MIT
#
# condition_types.sh: an argument of every type reaches its event's condition as it was
# fired, in both dialects, in C and C++, before every backend; and an event under a
# condition that does not hold reaches none.
set -eu
. "$TESTS/lib.sh"

cat >trace-events <<'EOF'
none(void) "none"
truth(bool a) "truth %d"
plain(char a) "plain %d"
tiny(int8_t a) "tiny %d"
byte(uint8_t a) "byte %u"
small(short a) "small %d"
half(unsigned short a) "half %u"
number(int a) "number %d"
word(uint32_t a) "word %u"
wide(long a) "wide %ld"
long_word(unsigned long a) "long_word %lu"
big(int64_t a) "big %" PRId64
huge(uint64_t a) "huge %" PRIu64
size(size_t a) "size %zu"
ssize(ssize_t a) "ssize %zd"
address(uintptr_t a) "address %" PRIxPTR
pointer(void *a) "pointer %p"
object(struct thing *a) "object %p"
text(const char *a) "text %s"
ten(int a, const char *b, int8_t c, void *d, uint64_t e, bool f, short g, long h, char i, int j) "ten %d %s %d %p %" PRIu64 " %d %d %ld %d %d"
keywords(int class, int this, int values, int group) "keywords %d %d %d %d"
never(int a) "never %d"
EOF

# What is wanted of each event: what fire.c fires first, not what it fires then. -1 of
# each type, so that signs count.
cat >conditions <<'EOF'
truth if a
plain if a == 'x'
tiny if a < 0 && a == -1
byte if a == 255
small if a == -1 && a & 0xffff == 0xffff
half if a == 65535
number if a == -1 && a & 0x80000000
word if a == 0xffffffff
wide if a == -1
long_word if a > 0xffffffff
big if a < -2147483648
huge if a == 0xffffffffffffffff
size if a == 4K
ssize if a < 0
address if a == 0xdead
pointer if a == NULL
object if a == 0x1000
text if a =~ "a?c*" && a != "abc"
ten if a == -1 && b == "b" && c == -3 && d == 0x4 && e == 5 && f && g == -7 && h == -8 && i == 'i' && j == 10
keywords if class == 1 && this == 2 && values == 3 && group == 4
never if a == 0 && a != 0
none limit 1/s
EOF

cat >fire.c <<'EOF'
#include "trace-fire.h"

#define VOID(x) ((void *)(uintptr_t)(x))
#define THING(x) ((struct thing *)(uintptr_t)(x))

int main(void)
{
    for (int miss = 0; miss < 2; miss++) {
        trace_none();
        trace_truth(!miss);
        trace_plain(miss ? 'y' : 'x');
        trace_tiny((int8_t)(miss - 1));
        trace_byte((uint8_t)(miss - 1));
        trace_small((short)(miss - 1));
        trace_half((unsigned short)(miss - 1));
        trace_number(miss - 1);
        trace_word((uint32_t)(miss - 1));
        trace_wide(miss - 1);
        trace_long_word((unsigned long)(miss - 1));
        trace_big(miss ? 0 : -2147483649LL);
        trace_huge((uint64_t)(miss - 1));
        trace_size(miss ? 4097 : 4096);
        trace_ssize(miss - 1);
        trace_address(miss ? 0 : 0xdead);
        trace_pointer(miss ? VOID(1) : VOID(0));
        trace_object(miss ? THING(0) : THING(0x1000));
        trace_text(miss ? "abc" : "abcd");
        trace_ten(-1, "b", -3, VOID(4), 5, true, -7, -8, 'i', miss ? 9 : 10);
        trace_keywords(1, 2, miss, 4);
        trace_keywords(1, 2, 3, miss);
        trace_keywords(1, 2, 3 - miss, 4);
        trace_never(miss);
    }
    trace_text(0); /* a string that is none */
    return 0;
}
EOF

cat >want <<'EOF'
none
truth 1
plain 120
tiny -1
byte 255
small -1
half 65535
number -1
word 4294967295
wide -1
long_word 18446744073709551615
big -2147483649
huge 18446744073709551615
size 4096
ssize -1
address dead
pointer (nil)
object 0x1000
text abcd
ten -1 b -3 0x4 5 1 -7 -8 105 10
keywords 1 2 3 4
etch_suppressed none: 1 over the limit of 1/s, 1 in all
EOF

warnings=(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
export ETCH_LOG_TIME=none

# check DIALECT COMPILER:STANDARD FLAG...: the log, and the packets.
check()
{
    local dialect=$1 cc=${2%:*} std=${2#*:} as=c
    shift 2
    [[ $cc != *++ ]] || as=c++
    run 0 "$ETCH" gen --dialect="$dialect" -b log,simple -g fire trace-events
    "$cc" -std="$std" "$@" "${warnings[@]}" -I"$INCLUDE" -I"$QEMU" -I. -x $as trace-fire.c fire.c \
        -x none "$LIBETCH" -lpthread -o fire 2>err ||
        { cat err >&2; fail "$dialect $cc -std=$std $*"; }
    rm -f trace-[0-9]*
    ETCH_TRACE="events=conditions" run 0 ./fire
    # each name twice: as the event, and in front of its text
    sed 's/^\([a-z_]*\) \1/\1/' err | diff want - >diff ||
        { cat diff >&2; fail "$dialect $cc -std=$std $*: the log"; }
    "$ETCH" print --exe fire trace-*[0-9] | sed 's/^ *[0-9.]* *[0-9]* //; s/^\([a-z_]*\) \1/\1/' |
        diff want - >diff || { cat diff >&2; fail "$dialect $cc -std=$std $*: the trace"; }
}

check etch gcc:c11 -O2
check qemu gcc:gnu17 -O3 -fPIC
check etch gcc:c11 -O0
check etch g++:c++11 -O2
check qemu g++:c++20 -O1
check etch clang:c17 -O2 -fPIE
check qemu clang:c11 -Os
check etch clang++:c++17 -O3
