# SPDX-License-Identifier: MIT
# examples/here, as its first lines say.
set -eu
. "$TESTS/lib.sh"
libetch=$(dirname "$LIBETCH_SO")

cp "$ROOT"/examples/here/* .
run 0 make CC="${CC:-cc}" CFLAGS="-Wall -Werror -I$INCLUDE -L$libetch -Wl,-rpath,$libetch"
run 0 "$ETCH" list ./prog
[ "$(sort out)" = 'counted(const char *word, unsigned long letters) "word=%s letters=%zu"
done(double mean) "mean=%.1f"
started(int words) "words=%d"' ] || fail "what the example declares"
run 0 ./prog soup tea
is out "7
"
[ -z "$(ls etch.data trace-* 2>/dev/null)" ] || fail "a trace that nobody asked for"
run 0 "$ETCH" record -e '*' -- ./prog soup tea
run 0 "$ETCH" print
sed -i 's|^ *[0-9.]* *[0-9/]* *||' out
is out "started words=2
counted word=soup letters=4
counted word=tea letters=3
done mean=3.5
"

# A condition is asked for before anything is stored.
run 0 "$ETCH" record -e 'counted if letters > 3' -- ./prog soup tea beans
run 0 "$ETCH" print
[ "$(sed 's/.*word=//' out)" = "soup letters=4
beans letters=5" ] || fail "a condition"
