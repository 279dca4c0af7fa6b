# SPDX-License-Identifier: MIT
# The ftrace backend and the kernel's tracefs: in an instance of the test's own,
# and once in the top-level trace, which is where events go by themselves.
set -eu
. "$TESTS/backends/lib.sh"
needs unshare setpriv strace
tracefs=/sys/kernel/tracing
[ -d $tracefs/instances ] || mount -t tracefs nodev $tracefs 2>/dev/null || true
[ -w $tracefs/instances ] || skip "no tracefs here that user $(id -un) may write"

instance=$tracefs/instances/etch-test-$$
mkdir "$instance"
trap 'rmdir "$instance"; cleanup' EXIT
fire ftrace

# marked FILE: the messages of fire in a trace, without task, processor and time.
marked()
{
    sed -n 's/^.*: tracing_mark_write: //p' "$1"
}

# ---- each event, as QEMU words it ----
run 0 env ETCH_TRACE="*;ftrace=$instance/trace_marker" ./fire all null percent
is err ""
marked "$instance/trace" | is_fired all null percent ||
    fail "not what was fired"

# ---- one write an event ----
run 0 env ETCH_TRACE="*;ftrace=$instance/trace_marker" strace -f -e trace=write -o calls ./fire count 1 50
[ "$(grep -c 'write(.*counted' calls)" = 50 ] || fail "not one write an event"

# ---- many threads: each whole, each once ----
echo >"$instance/trace"
run 0 env ETCH_TRACE="*;ftrace=$instance/trace_marker" ./fire count 4 500
[ "$(marked "$instance/trace" | grep -xE 'counted counted thread [0-3] n [0-9]+' | sort -u | wc -l)" = 2000 ] ||
    fail "many: $(marked "$instance/trace" | wc -l) events"

# ---- the top-level trace, which is found and switched on ----
was=$(cat $tracefs/tracing_on)
run 0 env ETCH_TRACE='six' ./fire all
is err ""
cat $tracefs/trace >top
echo "$was" >$tracefs/tracing_on
[ "$(marked top | grep -cx 'six six 1 2 3 4 5 6')" -ge 1 ] || fail "nothing in the top-level trace"

# ---- found where it is mounted, which /proc/mounts tells ----
mkdir 'another place'
run 0 unshare -m sh -c 'mount -t tmpfs none /sys/kernel && mount -t tracefs nodev "another place" &&
    ETCH_TRACE=ten ./fire all'
is err ""
cat $tracefs/trace >top
echo "$was" >$tracefs/tracing_on
[ "$(marked top | grep -cx 'ten ten 1 2 3 4 5 6 7 8 9 10')" -ge 1 ] || fail "nothing through another mount"

# ---- nothing is allocated ----
cat >count.c <<'EOF'
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
extern void *__libc_malloc(size_t size);
static unsigned long calls;
void *malloc(size_t size)
{
    calls++;
    return __libc_malloc(size);
}
__attribute__((destructor)) static void tell(void)
{
    char text[32];
    int n = snprintf(text, sizeof(text), "malloc %lu\n", calls);
    if (write(2, text, (size_t)n) < 0)
        _exit(1);
}
EOF
gcc -shared -fPIC -o count.so count.c
for n in 1 1000; do
    run 0 env LD_PRELOAD="$PWD/count.so" ETCH_TRACE="*;ftrace=$instance/trace_marker" ./fire count 1 $n all percent
    cp err allocated-$n
done
cmp allocated-1 allocated-1000 >&2 || fail "events allocate"

# ---- a long string is cut, nothing behind it is lost ----
echo >"$instance/trace"
run 0 env ETCH_TRACE="*;ftrace=$instance/trace_marker" ./fire long 100000 count 1 1
is err ""
marked "$instance/trace" >have
grep -qE '^text text x{900}' have && grep -qx 'counted counted thread 0 n 0' have || fail "a long string"

# ---- full, and it does not overwrite: said once, and the program goes on ----
echo 0 >"$instance/options/overwrite"
echo 4 >"$instance/buffer_size_kb"
run 0 env ETCH_TRACE="*;ftrace=$instance/trace_marker" ./fire count 2 20000 all
said err 1 "the kernel refuses events of the ftrace backend: $instance/trace_marker: its buffer is full"
[ "$(wc -l <err)" = 1 ] || fail "said more than once"
[ "$(marked "$instance/trace" | grep -c counted)" -gt 20 ] || fail "nothing at all was kept"

# ---- no tracefs, no permission, no such file: said once, and the program goes on ----
run 0 unshare -m sh -c 'mount -t tmpfs none /sys/kernel && ETCH_TRACE="*" exec ./fire all all'
said err 1 "the events of the ftrace backend go nowhere: tracefs is not mounted"
[ "$(wc -l <err)" = 1 ] || fail "said more than once"
if [ "$(id -u)" = 0 ]; then
    chmod 755 .
    run 0 setpriv --reuid 65534 --clear-groups env ETCH_TRACE="*;ftrace=$instance/trace_marker" ./fire all all
    said err 1 "the events of the ftrace backend go nowhere: $instance/trace_marker: permission denied"
    [ "$(wc -l <err)" = 1 ] || fail "said more than once"
fi
run 0 env ETCH_TRACE="*;ftrace=nowhere/trace_marker" ./fire all all
said err 1 "the events of the ftrace backend go nowhere: $work/nowhere/trace_marker: no such file or folder"

# ---- the key is refused where nothing would use it ----
fire log
run 1 ./fire --trace ftrace=x
has err "ftrace= needs the backend ftrace; the program was built with: log"
fire syslog,dtrace
run 1 ./fire --trace ctf=x
has err "ctf= needs the backend ctf; the program was built with: dtrace, syslog"
