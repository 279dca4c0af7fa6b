# SPDX-License-Identifier: MIT
# The full form of a test whose subject is chance: again and again, TIMES times
# (50), every run by itself.
#   repeat.sh SCRIPT
set -eu
out=$(mktemp)
trap 'rm -f "$out"' EXIT
for i in $(seq "${TIMES:-50}"); do
    bash "$1" >"$out" 2>&1 || {
        status=$?
        cat "$out" >&2
        echo "FAIL: run $i of $1" >&2
        exit $status
    }
done
