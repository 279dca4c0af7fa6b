# SPDX-License-Identifier: MIT
# The events of etch/here.h in a program that runs, by an etch to which the kernel denies the
# program's memory, as Yama does to whoever is not root: their description lies in the control
# page's file.
set -eu
. "$TESTS/lib.sh"
libetch=$(dirname "$LIBETCH_SO")

cat >denied.c <<'E2'
#define _GNU_SOURCE
#include <errno.h>
#include <sys/uio.h>
ssize_t process_vm_readv(pid_t pid, const struct iovec *here, unsigned long n,
                         const struct iovec *there, unsigned long m, unsigned long flags)
{
    (void)pid, (void)here, (void)n, (void)there, (void)m, (void)flags;
    errno = EPERM;
    return -1;
}
E2
"${CC:-cc}" -shared -fPIC -o denied.so denied.c
cat >prog.c <<'E2'
#include <etch/here.h>
#include <stdio.h>
int main(void)
{
    char line[80];
    puts("ready");
    fflush(stdout);
    while (fgets(line, sizeof(line), stdin)) {
        etch("asked line=%s", (const char *)line);
        puts("answered");
        fflush(stdout);
    }
    return 0;
}
E2
"${CC:-cc}" -I"$INCLUDE" -o prog prog.c -L"$libetch" -Wl,-rpath,"$libetch" -letch
coproc PROG { exec ./prog; }
to=${PROG[1]} from=${PROG[0]} pid=$PROG_PID
read -r answer <&"$from"
[ "$answer" = ready ] || fail "it said $answer"

run 0 env LD_PRELOAD="$PWD/denied.so" "$ETCH" ps --json
has out "{\"pid\":$pid,\"inner_pid\":$pid,"
run 0 env LD_PRELOAD="$PWD/denied.so" "$ETCH" ctl "$pid" info trace-events
is out "asked : state 0
"
run 0 env LD_PRELOAD="$PWD/denied.so" "$ETCH" ctl "$pid" trace-event asked on
is out ""
echo soup >&"$to"
read -r answer <&"$from"
[ "$answer" = answered ] || fail "it said $answer"
eval "exec $to>&-"
wait "$pid"
run 0 "$ETCH" print "trace-$pid.ctf"
grep -q "asked line=soup" out || fail "the event is not there"
