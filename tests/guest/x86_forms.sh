# SPDX-License-Identifier: MIT
# The translator's encoder beside the GNU assembler: each form that it writes is, disassembled,
# what the assembler makes of the same text.
#
# Reads: X86_FORMS (writes both).
set -eu
. "$TESTS/lib.sh"

# listing FILE OPTION...: addresses and instructions, without bytes, padding and comments
listing()
{
    objdump -M intel --no-show-raw-insn "$@" | sed -n 's/^ *\([0-9a-f]*\):\t\(.*\)/\1 \2/p' |
        sed 's/ *#.*//; s/ *<[^>]*>//; s/ *$//; s/ 0x\([0-9a-f]*\)$/ \1/' | grep -v 'nop\|xchg   ax,ax\|cs \|data16'
}

run 0 "$X86_FORMS" bytes text.s
as -o theirs.o text.s || fail "the assembler refuses a form"
listing -d theirs.o >theirs
listing -D -b binary -m i386:x86-64 bytes >ours
[ "$(wc -l <ours)" -gt 30000 ] || fail "only $(wc -l <ours) forms"
cmp -s ours theirs || { diff theirs ours | head -20 >out; fail "the assembler's (<) and ours (>)"; }
