# SPDX-License-Identifier: MIT
# A program that runs with more rights than its user has obeys no environment.
set -eu
. "$TESTS/life/lib.sh"

[ "$(id -u)" = 0 ] || skip "needs root, to make a setuid program and run it as another"
nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
needs setpriv
"${nobody[@]}" true 2>err || skip "setpriv: $(head -n 1 err)"

chmod 755 "$work"
mkdir -m 777 open
cp "$ACTOR_STATIC" actor
run 0 "${nobody[@]}" env ETCH_TRACE='*,file=open/F' ./actor fire 10
[ -s open/F ] || fail "without the bit it records"
rm -f open/*
chmod u+s actor
[ "$("${nobody[@]}" ./actor secure)" = "secure 1" ] || skip "the file system ignores setuid"
run 0 "${nobody[@]}" env ETCH_TRACE='*,file=open/F' ETCH_LOG_TIME=none ./actor fire 10 pid say on
has out "on"
is err ""
[ -z "$(ls open)" ] || fail "a setuid program obeyed ETCH_TRACE"
pid=$(sed -n 's/^pid //p' out)
run 0 "${nobody[@]}" env ETCH_TRACE='*' ./actor read pid <<<''
[ -z "$(find /dev/shm/etch-* /run/user/*/etch -newer open -name "control.$pid.*" 2>/dev/null)" ] ||
    fail "a setuid program has a control page"
# Its own code may ask for a trace.
run 0 "${nobody[@]}" ./actor trace 'life_tick,file=open/F' fire 10
run 0 "$CHECK" open/F
has out "events 10"
