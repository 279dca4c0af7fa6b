# SPDX-License-Identifier: MIT
# Programs of random instructions, one instruction at a time: in front of each all registers are
# those that `qemu-riscv64 -singlestep -d cpu,fpu,nochain` logs. Both logs go through pipes.
#
#   steps.sh PROGRAMS CASES [FIRST-SEED]
#
# Reads: RANDOM_PROGRAM (writes the programs).
set -eu
. "$TESTS/lib.sh"
. "$TESTS/guest/lib.sh"
programs=$1 cases=$2 first=${3:-1}
log=(-d "cpu,fpu,nochain" -D)

# A record is 17 lines of fixed length. What differs is where the stack, a signal's frame and the
# way back from its handler lie: sp until a case sets it, and ra, sp, a1 and a2 in the handler.
cat >compare.py <<'END'
import re
import sys

HANDLER = int(sys.argv[4], 16)
theirs, ours = (open(name, 'rb') for name in sys.argv[1:3])
value = re.compile(rb' (\S+) +([0-9a-f]{16})')


def fields(record):
    return {name.decode(): int(v, 16) for name, v in value.findall(record)}


def handled(pc):
    return pc >= 0x3000000000 or HANDLER <= pc < HANDLER + 36


def same(a, b, loaded):
    a, b = fields(a), fields(b)
    way_back = a['pc'] >= 0x3000000000 and b['pc'] >= 0x3000000000
    may = {'pc'} if way_back else set()
    if handled(a['pc']):
        may |= {'x1/ra', 'x2/sp', 'x11/a1', 'x12/a2'}
    if not loaded:
        may.add('x2/sp')
    return [name for name in a if a[name] != b[name] and name not in may], a['pc']


size = int(sys.argv[3])
count, loaded = 0, False
while True:
    a, b = theirs.read(size * 256), ours.read(size * 256)
    if len(a) != len(b):
        sys.exit(f'{count + min(len(a), len(b)) // size} instructions, then one log ends')
    if not a:
        break
    for at in range(0, len(a), size):
        if a[at:at + size] == b[at:at + size]:
            loaded = True
        else:
            differ, pc = same(a[at:at + size], b[at:at + size], loaded)
            if differ:
                sys.exit(f'instruction {count}, before pc {pc:x}: {" ".join(differ)}')
        count += 1
print(count)
END
mkfifo theirs ours
total=0
for ((seed = first; seed < first + programs; seed++)); do
    "$RANDOM_PROGRAM" "$seed" "$cases" >program
    chmod +x program
    handler=$("$RANDOM_PROGRAM" "$seed" "$cases" --handler)
    qemu-riscv64 -singlestep "${log[@]}" theirs ./program >want &
    "$GUEST" --singlestep "${log[@]}" ours ./program >got &
    python3 compare.py theirs ours 1707 "$handler" >count || fail "seed $seed: see above"
    wait
    cmp -s want got || fail "seed $seed: the output differs"
    [ "$(cat count)" -gt $((cases * 100)) ] || fail "seed $seed: only $(cat count) instructions"
    total=$((total + $(cat count)))
done
echo "$total instructions"
