#!/bin/bash
# SPDX-License-Identifier: MIT
# The command line of etch-tracetool --qemu=7.2 beside QEMU 7.2's tracetool.py: the same arguments
# over the same files give the same exit status, the same standard output and the same message,
# and what is refused is refused for the same reason.
# usage: command_line.sh TRACETOOL
# Reads:  QEMU's source, which fetch-qemu.sh gets.
set -euo pipefail

tool=$1
qemu=$("$(dirname "$0")/fetch-qemu.sh") || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
passed=0 failed=0

# both ARG...: runs the two tools; status.S, out.S and err.S for S in theirs, ours
both() {
    rm -f output
    set +e
    python3 "$qemu/scripts/tracetool.py" "$@" >out.theirs 2>err.theirs
    echo $? >status.theirs
    [ -e output ] && cp output made.theirs || rm -f made.theirs
    rm -f output
    "$tool" --qemu=7.2 "$@" >out.ours 2>err.ours
    echo $? >status.ours
    [ -e output ] && cp output made.ours || rm -f made.ours
    set -e
}

# verdict PROBLEM ARG...: an empty problem is none
verdict() {
    if [ -z "$1" ]; then
        passed=$((passed + 1))
        return
    fi
    failed=$((failed + 1))
    echo "FAIL: ${*:2}: $1" >&2
    echo "  theirs: status $(cat status.theirs): $(tail -n 1 err.theirs | head -c 300)" >&2
    echo "  ours:   status $(cat status.ours): $(head -n 1 err.ours | head -c 300)" >&2
}

# usage ARG...: both end alike; the line that begins with Error, if any, is the same, and ours may
# go on. A list of backends is theirs and ctf.
usage() {
    local problem= error
    both "$@"
    cmp -s status.theirs status.ours || problem="another status"
    sed -i 's/, ctf//' out.ours
    cmp -s out.theirs out.ours || problem="$problem another output"
    error=$(sed -n '/^Error: /p' err.theirs)
    [[ "$(sed -n '/^Error: /p' err.ours)" = "$error"* ]] || problem="$problem another message"
    [ -e made.theirs ] || [ ! -e made.ours ] || problem="$problem a file was made"
    verdict "$problem" "$@"
}

# refused TEXT: both refuse this file, ours in the words of theirs where those are any
refused() {
    local problem='' reason
    printf "$1" >events
    both --backend=log --group=g --format=h events output
    [ "$(cat status.theirs)" != 0 ] || problem="QEMU accepts it"
    [ "$(cat status.ours)" = "$(cat status.theirs)" ] || problem="$problem another status"
    reason=$(sed -nE '$s/^ValueError: (Error at [^:]*:[0-9]+: )?//p' err.theirs)
    case $reason in
    'not enough values'*) reason= ;; # Python's own words
    esac
    grep -qF -- "$reason" err.ours || problem="$problem not said: $reason"
    grep -qE '^(events:[0-9]+:[0-9]+: error:|.*events does not end)' err.ours ||
        problem="$problem no file, line and column"
    verdict "$problem" "refused: $1"
}

# accepted TEXT: both accept it and offer the same functions
accepted() {
    local problem=
    printf "$1" >events
    both --backend=log --group=g --format=h events output
    [ "$(cat status.theirs)" = 0 ] || problem="QEMU refuses it"
    [ "$(cat status.ours)" = 0 ] || problem="$problem refused"
    [ -z "$problem" ] &&
        [ "$(grep -oE '^static inline void trace_\w+' made.theirs | sort)" != \
            "$(grep -oE '^static inline void trace_\w+' made.ours | sort)" ] &&
        problem="other functions"
    verdict "$problem" "accepted: $1"
}

printf 'a(int x) "x %%d"\n' >good
printf 'bad\n' >bad

usage --help
usage --list-backends
usage --list-backends=3
usage --list-b
usage --list
usage --check-backends
usage --check-backends --backends=simple
usage --check-backends --backends=simple,log,nop
usage --check-backends --backends=simple,none
usage --check-backends --backends=
usage --backend=log,none --check-backends
usage
usage good output
usage --frobnicate
usage --b=log
usage -x
usage --format
usage --format=h --group=g good output
usage --backends=log --format=h good output
usage --backends=log --group=g --format=h
usage --backends=log --group=g --format=h good
usage --backends=log --group=g good output
usage --backends=log --group=g --format=none good output
usage --backends=none --group=g --format=h good output
usage --backends=log --group=g --format=h missing output
usage --backends=log --group=g --format=h good missing/output
usage --backends=log --group=g --format=h bad output
usage --backends=log --group=g --format=stap good output
usage --backends=log --group=g --format=stap --binary=b good output
usage --backends=log --group=g --format=stap --binary=b --target-type=t good output
usage --backends log --group g --format h good output
usage --back=log --gr=g --fo=c good output
usage --backends=log --group=g --format=h good good output
usage --backends=log --group=g --format=h good --format=c output
usage --help --frobnicate
usage --help --list-backends
usage --list-backends --help
usage --backends=nop --group=g --format=h -- good output

refused 'bad\n'
refused 'a b(int x)\n'
refused 'a (int x)\n'
refused 'a(int x\n'
refused 'a-b(int x)\n'
refused '// comment\n'
refused 'a(int x,)\n'
refused 'a(int x, , int y)\n'
refused 'a(,)\n'
refused 'a()\n'
refused 'a(int)\n'
refused 'a(struct s *p) "%%p"\n'
refused 'a(float x) "%%f"\n'
refused 'a(int x, FILE *f) "%%d %%p"\n'
refused 'a(volatile int x) "%%d"\n'
refused 'a(unsigned\tint x) "%%d"\n'
refused 'a(int b, int c, int d, int e, int f, int g, int h, int i, int j, int k, int l) "x"\n'
refused 'odd a(int x) "%%d"\n'
refused 'a(int x) "%%m"\n'
refused 'a(int x) "%%d" # %%m\n'
refused 'a(int x) "%%d\\n"\n'
refused 'a(int x) "%%d"'
refused 'good(int x) "%%d"\n# comment'
refused 'good(int x) "%%d"\n\n\nbad\n'

accepted ''
accepted '\n'
accepted '# comment\n'
accepted '   # comment\n'
accepted 'a(void)\n'
accepted 'a(int x, void)\n'
accepted 'a(void*p) "%%p"\n'
accepted 'a(const char *s, char * t) "%%s %%s"\n'
accepted 'a(int x) "%%d"\r\n'
accepted 'a(int x)"%%d"\n'
accepted 'a(int x) ""\n'
accepted 'a(int x) "%%d" # tail\n'
accepted 'a(int x) tail\n'
accepted 'disable a(int x) "%%d"\nb(int x) "%%d"\n'
accepted 'disable(int x) "%%d"\n'
accepted 'disable disable a(int x) "%%d"\n'
accepted 'vcpu a(int x) "%%d"\n'
accepted 'a(const const int x) "%%d"\n'
accepted 'a(unsigned int x) "%%u) (%%"PRIx64""\n'
accepted 'a(int b, int c, int d, int e, int f, int g, int h, int i, int j, int k) "x"\n'
accepted '  a(int x) "%%d"\n'

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
