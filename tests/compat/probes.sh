#!/bin/bash
# SPDX-License-Identifier: MIT
# The files for dtrace(1) and SystemTap beside QEMU 7.2's, over all its trace-events files: the same
# lines, but for the remark at the top, which is in our words.
# usage: probes.sh TRACETOOL
# Reads:  QEMU's source, which fetch-qemu.sh gets.
set -euo pipefail

tool=$1
qemu=$("$(dirname "$0")/fetch-qemu.sh") || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >own <<'EOF'
none(void) "nothing"
two(int a, const char *s) "a %d s %s"
disable off(int a) "%d"
words(int self, int next, int counter, int new, int string, int while) "%d %d %d %d %d %d"
macros(uint64_t x, size_t z, long l) "x 0x%"PRIx64" z %zu %% \"q\" %5lx %08llx" PRIu32 " %d"
escapes(char *a, void *b, char next) "t\t %s \\ %p %c"
unsaid(int a, const char * b)
pointers(const char *try, const  char *s2, char **pp) "%s %s %p"
longs(unsigned long long u, signed long long s, long long l) "%llu %lld %lld"
EOF
printf 'disable off(int a) "%%d"\n' >off
: >empty

# same FILE FORMAT OPTION...
same()
{
    local file=$1 format=$2
    shift 2
    python3 "$qemu/scripts/tracetool.py" --backends=dtrace --group=g --format="$format" "$@" "$file" theirs
    "$tool" --qemu=7.2 --backends=dtrace --group=g --format="$format" "$@" "$file" ours
    sed -i 1d theirs ours
    # What no conversion prints, stap refuses: ours leaves it out.
    sed -i -E 's/^( *printf\("%d@%d \w+ \\n", pid\(\), gettimeofday_ns\(\)).*\)$/\1)/' theirs
    cmp -s theirs ours || {
        diff theirs ours | head -20 >&2
        echo "$format of $file differs" >&2
        exit 1
    }
}

files=0
while read -r file; do
    files=$((files + 1))
    same "$file" d
    same "$file" stap --binary=/usr/bin/q --target-type=system --target-name=x86_64
    for format in stap log-stap simpletrace-stap; do
        same "$file" $format --binary=/usr/bin/q --probe-prefix=qemu.user.arm
    done
done < <(printf '%s\n' own off empty; [ "${ETCH_STRESS:-}" != full ] || find "$qemu" -name trace-events)

# All of QEMU's in one run of each.
find "$qemu" -name trace-events ! -path '*bsd-user*' -exec cat {} + >all
for format in d stap log-stap simpletrace-stap; do
    same all $format --binary=/usr/bin/q --probe-prefix=qemu.user.arm
done
echo "$files files, and $(grep -c . all) lines of QEMU: the same"
