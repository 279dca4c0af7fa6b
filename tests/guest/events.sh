# SPDX-License-Identifier: MIT
# The guest's own events: those of system calls and CPUs, and the loads and stores that
# translated code traces by itself, which are those that --trace-insn tells of.
set -eu
. "$TESTS/lib.sh"
. "$TESTS/guest/lib.sh"

cat >work.c <<'END'
#include <pthread.h>
#include <stdio.h>
#include <string.h>
static long sum(long n)
{
    volatile long s = 0;
    for (long i = 0; i < n; i++)
        s += i;
    return s;
}
static void *thread(void *arg)
{
    return (void *)sum((long)arg);
}
int main(void)
{
    pthread_t t[2];
    void *r;
    for (int i = 0; i < 2; i++)
        pthread_create(&t[i], NULL, thread, (void *)1000L);
    for (int i = 0; i < 2; i++)
        pthread_join(t[i], &r);
    printf("%ld %ld\n", sum(5000), (long)r);
    return 0;
}
END
$cross -O1 -static -o work work.c -lpthread

# What `etch help` and completions know of the options is what there is.
options() { grep -o -- '--[a-z][a-z-]*' | sort -u; }
for tool in guest insn; do
    "$([ $tool = guest ] && echo "$GUEST" || echo "$INSN")" --help | options >there
    "$ETCH" help $tool | options >known
    diff there known >out || fail "other options of etch $tool"
done

run 0 "$ETCH" list "$GUEST"
for event in tcg_gen_code guest_mem_before_trans guest_mem_before_exec guest_cpu_enter \
    guest_cpu_exit guest_user_syscall guest_user_syscall_ret; do
    grep -q "\b$event(" out || fail "etch list has no $event"
done

# calls NAME: how often it is in the trace `trace`
calls() { "$ETCH" print trace | grep -c " $1 " || true; }
for engine in $ENGINES; do
    rm -rf trace
    run 0 "$GUEST" --engine "$engine" -o trace --trace 'guest_cpu_*' --trace 'guest_user_*' ./work
    is out "12497500 499500
"
    [ "$(calls guest_cpu_enter)" = 3 ] || fail "$engine: threads that begin: $(calls guest_cpu_enter)"
    [ "$(calls guest_cpu_exit)" = 3 ] || fail "$engine: threads that end: $(calls guest_cpu_exit)"
    # exit_group does not come back.
    [ $(($(calls guest_user_syscall) - $(calls guest_user_syscall_ret))) = 1 ] ||
        fail "$engine: $(calls guest_user_syscall) system calls, $(calls guest_user_syscall_ret) back"
    "$ETCH" print trace | grep -q 'guest_user_syscall cpu=0x[0-9a-f]* num=64 arg1=0x1 ' || fail "no write"
done

case $ENGINES in *translator*) ;; *) exit 0 ;; esac
rm -rf trace
run 0 "$GUEST" -o trace --trace 'guest_mem_before_exec,policy=block' --trace tcg_gen_code ./work
is out "12497500 499500
"
# A load and a store a round, of three loops, in the threads that ran them.
"$ETCH" print --json trace >json
python3 - <<'END' || fail "other accesses"
import collections, json
by_cpu = collections.defaultdict(collections.Counter)
blocks = 0
for line in open("json"):
    e = json.loads(line)
    if e["name"] == "guest_mem_before_exec":
        a = e["args"]
        by_cpu[a["__cpu"]][(a["vaddr"], a["size"], bool(a["store"]))] += 1
    else:
        blocks += 1
top = sorted((c.most_common(2) for c in by_cpu.values()), key=lambda t: -t[0][1])
assert len(top) == 3 and blocks > 100, (len(top), blocks)
for pair, rounds in zip(top, (5000, 1000, 1000)):
    (v0, s0, st0), n0 = pair[0]
    (v1, s1, st1), n1 = pair[1]
    assert v0 == v1 and s0 == s1 == 8, pair
    assert all(rounds <= n < rounds + 20 for n in (n0, n1)), (pair, rounds)
END
run 0 "$ETCH" stat trace
has out "dropped: 0"

# The same accesses, in the same order, as the trace of instructions has.
cat >one.c <<'END'
#include <stdio.h>
int main(void)
{
    volatile long s = 0;
    for (int i = 0; i < 300; i++)
        s += i;
    printf("%ld\n", s);
    return 0;
}
END
$cross -O1 -static -o one one.c
rm -rf trace
run 0 "$GUEST" -o trace --trace-insn=full --trace guest_mem_before_exec,policy=block ./one
is out '44850
'
"$ETCH" print trace | sed -n 's/.* guest_mem_before_exec .*vaddr=0x0*\([0-9a-f]*\) .*/\1/p' >events
"$INSN" trace/*.ctf | sed -n 's/.*\[\([0-9a-f]*\)\].*/\1/p' >instructions
[ "$(wc -l <events)" -gt 1000 ] || fail "only $(wc -l <events) accesses"
cmp events instructions || fail "other accesses than the instructions'"

# Switched on while the guest runs: code that was translated before traces, too, from the
# next system call on; switched off, it does so no more.
cat >twice.c <<'END'
#include <stdio.h>
#include <unistd.h>
static volatile long s;
int main(void)
{
    char c;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 1000; i++)
            s += i;
        write(1, "x", 1);
        if (read(0, &c, 1) != 1)
            return 1;
    }
    return 0;
}
END
$cross -O1 -static -o twice twice.c
rm -rf trace
mkfifo said told
"$GUEST" -o trace ./twice <told >said &
exec 7>told 8<said
for state in on off off; do
    read -r -N 1 <&8
    run 0 "$ETCH" ctl $! trace-event guest_mem_before_exec $state
    echo >&7
done
wait $!
at=$(readelf -s twice | sed -n 's/.*: 0*\([0-9a-f]*\) .* s$/\1/p')
[ "$("$ETCH" print trace | grep -c "guest_mem_before_exec .*vaddr=0x0*$at ")" = 2000 ] ||
    fail "$("$ETCH" print trace | grep -c "vaddr=0x0*$at ") accesses of 2000"
