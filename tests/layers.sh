# SPDX-License-Identifier: MIT
# Who may include whom, and that libetch needs libc alone: the picture of
# ARCHITECTURE.md holds in the code.
#
# Reads: the sources below $ROOT, $LIBETCH (the shared library).
set -eu
. "$TESTS/lib.sh"

# The folders that a folder of src/ may include from, itself apart.
allowed()
{
    case $1 in
    format) ;;
    condition) echo format ;;
    declare) echo format ;;
    generate) echo declare format ;;
    runtime) echo condition format ;;
    read) echo declare format ;;
    sink) echo read declare condition format ;;
    monitor) echo format runtime ;;
    attach) echo read declare format ;;
    cli) echo declare generate condition format runtime read sink attach monitor ;;
    *) return 1 ;;
    esac
}

bad=0
checked=0
for file in "$ROOT"/src/*/*.[ch] "$ROOT"/src/cli/*.def; do
    name=${file#"$ROOT"/src/}
    area=${name%%/*}
    allow=$(allowed "$area") || { echo "$name: a folder without a rule" >&2; bad=1; continue; }
    checked=$((checked + 1))
    # shellcheck disable=SC2013
    for include in $(sed -n 's/^ *# *include *"\([^"]*\)".*/\1/p' "$file"); do
        case " $area $allow " in
        *" ${include%%/*} "*) [ "$include" != "${include%/*}" ] && continue ;;
        esac
        echo "$name: may not include \"$include\"" >&2
        bad=1
    done
done
for file in "$ROOT"/include/etch/*.h; do
    checked=$((checked + 1))
    ! grep -nE '^ *# *include *"' "$file" /dev/null >&2 || bad=1
done
[ $checked -gt 20 ] || fail "only $checked files found"
[ $bad = 0 ] || fail "the layers are mixed"

# A traced program needs libetch and libc alone.
readelf -d "$LIBETCH" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' >needed
[ -s needed ] || fail "$LIBETCH needs nothing?"
! grep -vE '^(libc\.so|libc\.musl|ld-linux|libgcc_s\.so)' needed >&2 || fail "libetch needs more than libc"
