# SPDX-License-Identifier: MIT
# What is no program, or a bad one: it is said why, and what to do; the status is
# the one that a shell expects.
set -eu
. "$TESTS/lib.sh"
. "$TESTS/guest/lib.sh"

# refused STATUS FILE TEXT: etch-guest does not run it, for that reason.
refused()
{
    run "$1" timeout 10 "$GUEST" "$2"
    has err "etch-guest: $2: "
    has err "$3"
    [ "$(wc -l <err)" = 1 ] || fail "more than a line for $2"
}

# patch FILE OFFSET BYTES: a copy of hello, changed.
patch()
{
    cp hello "$1"
    # shellcheck disable=SC2059
    printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

cat >hello.c <<'END'
#include <stdio.h>
int main(void) { puts("hello"); return 0; }
END
$cross -O1 -static -o hello hello.c
$cross -O1 -o hello-dynamic hello.c
$cross -O1 -c -o hello.o hello.c
run 0 "$GUEST" ./hello
is out "hello
"

# Arguments of more than a megabyte are none too many.
long=$(head -c 100000 /dev/zero | tr '\0' a)
run 0 "$GUEST" ./hello "$long" "$long" "$long" "$long" "$long" "$long" "$long" "$long" "$long" \
    "$long" "$long" "$long"

refused 127 ./missing 'No such file'
refused 126 . 'is not a regular file'
: >empty
refused 126 ./empty 'is too short'
head -c 40 hello >short
refused 126 ./short 'is too short'
head -c 100 hello >headers
refused 126 ./headers 'program headers are not there'
head -c 100000 hello >half
refused 126 ./half 'is cut off'
head -c 4096 /dev/zero >zeros
refused 126 ./zeros 'is not an ELF file'
refused 126 "$GUEST" 'is for another machine; build it for RISC-V'
refused 126 ./hello.o 'link it'
patch of-32-bits 4 '\1'
refused 126 ./of-32-bits 'of 32 bits'
patch big-endian 5 '\2'
refused 126 ./big-endian 'big-endian'
patch no-headers 56 '\0\0'
refused 126 ./no-headers 'no program headers'
patch many-headers 56 '\377\0'
refused 126 ./many-headers 'more than 64'
patch far-headers 32 '\0\0\0\0\0\0\0\177'
refused 126 ./far-headers 'program headers are not there'
run 127 "$GUEST" ./hello-dynamic
has err "is the program's dynamic loader and not there; give its folder by -L"
run 127 "$GUEST" -L /nowhere ./hello-dynamic
has err "give its folder by -L"
run 0 "$GUEST" -L "$sysroot" ./hello-dynamic
run 2 "$GUEST"
has err 'which program?'
run 2 "$GUEST" --engine steam ./hello
has err 'no such engine: steam'
run 2 "$GUEST" --nothing ./hello

# It starts where nothing is.
patch no-entry 24 '\0\0\0\20'
for engine in $ENGINES; do
    run 139 bash -c '"$@"; exit $?' - "$GUEST" --engine "$engine" ./no-entry
    has err 'SIGSEGV at pc 0x10000000'
done

# A system call that there is not: ENOSYS, and a message, once each.
cat >unknown.c <<'END'
#include <errno.h>
#include <unistd.h>
#include <sys/syscall.h>
int main(void)
{
    for (int i = 0; i < 3; i++)
        if (syscall(500) != -1 || errno != ENOSYS || syscall(501) != -1 || errno != ENOSYS ||
            syscall(100000) != -1 || errno != ENOSYS || syscall(-1) != -1 || errno != ENOSYS)
            return 1;
    return 0;
}
END
$cross -D_GNU_SOURCE -O1 -static -o unknown unknown.c
run 0 "$GUEST" ./unknown
[ "$(grep -c 'system call 500 is not supported' err)" = 1 ] || fail "not once"
[ "$(grep -c 'system call 501 is not supported' err)" = 1 ] || fail "not once"

# By default a fault ends it, with a message; its kernel's status.
cat >fault.c <<'END'
int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1)
        __asm__ volatile(".2byte 0");
    return *(volatile int *)24;
}
END
$cross -O1 -w -static -o fault fault.c
for engine in $ENGINES; do
    run 139 bash -c '"$@"; exit $?' - "$GUEST" --engine "$engine" ./fault
    has err 'etch-guest: SIGSEGV at pc 0x'
    has err 'address 0x18'
    run 132 bash -c '"$@"; exit $?' - "$GUEST" --engine "$engine" ./fault illegal
    has err 'etch-guest: SIGILL at pc 0x'
done

# Options hold for what the guest executes, from wherever it does that.
cat >chain.c <<'END'
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    if (argc > 1) {
        puts(argv[0]);
        return access("/lib/ld-linux-riscv64-lp64d.so.1", R_OK);
    }
    char self[4096] = "";
    if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0 || chdir("/") < 0)
        return 1;
    execl(self, "name", "again", (char *)0);
    return 2;
}
END
$cross -O1 -w -o chain chain.c
ln -s "$sysroot" root
run 0 "$GUEST" --argv0 mine -L root ./chain
is out "name
"
