# SPDX-License-Identifier: MIT
# doc/format.md says of each structure what the compiler says.
#
# Reads: doc/format.md, src/format/*.h below $ROOT.
set -eu
. "$TESTS/lib.sh"

{
    echo '#include <stddef.h>'
    for header in "$ROOT"/src/format/*.h; do
        echo "#include \"format/${header##*/}\""
    done
    awk -F'|' '
        /^`struct [a-z_]*`, [0-9]* bytes:$/ {
            gsub(/[`,]/, "")
            type = $0
            sub(/ [0-9]* bytes:/, "", type)
            split($0, word, " ")
            printf "_Static_assert(sizeof(%s) == %d, \"\");\n", type, word[3]
            next
        }
        /^\| offset \|/ { rows = 1 }
        /^$/ { if (rows) type = ""; rows = 0 }
        type && rows && /^\| *[0-9]+ \|/ {
            gsub(/[ `]/, "")
            member = "((" type " *)0)->" $4
            printf "_Static_assert(offsetof(%s, %s) == %d && sizeof(%s) == %d, \"%s\");\n",
                type, $4, $2, member, $3, $4
            next
        }
        !/^\|/ && $0 { type = "" }' "$ROOT/doc/format.md"
} >layout.c
# site.h, text.h and tsdl.h have no layout of their own: they make text.
structs=$(find "$ROOT/src/format" -name '*.h' ! -name site.h ! -name text.h ! -name tsdl.h -exec cat {} + |
    grep -c '^struct [a-z_]* {$')
[ "$(grep -c 'sizeof(struct [a-z_]*) ==' layout.c)" -ge "$structs" ] || fail "a structure is missing"
[ "$(grep -c offsetof layout.c)" -gt 90 ] || fail "fields are missing"
run 0 ${CC:-cc} -fsyntax-only -I"$ROOT/src" -I"$ROOT/include" layout.c
sed 's/== 80 /== 81 /; t' layout.c >wrong.c
run 1 ${CC:-cc} -fsyntax-only -I"$ROOT/src" -I"$ROOT/include" wrong.c
