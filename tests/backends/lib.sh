# SPDX-License-Identifier: MIT
#
# lib.sh: what the tests of this folder share; sourced by them. Each builds
# fire.c with the backends that it is about and looks with the real tool of the
# other side.
#
# Reads:  ETCH, TRACETOOL, LIBETCH, INCLUDE and SOURCES (this folder), set by meson.
. "$TESTS/lib.sh"

warnings=(-Wall -Wextra -Wshadow -Werror)

# fire BACKENDS [COMPILER [FLAG...]]: ./fire, and its generated files, in the
# working folder. g++ compiles all of it as C++.
fire()
{
    local backends=$1 compiler=${2:-gcc} objects=() language=c
    shift $(($# > 1 ? 2 : 1))
    [[ $compiler != *++ ]] || language=c++
    "$ETCH" gen -b "$backends" -g fire -o . "$SOURCES/trace-events" >log 2>&1 || {
        cat log >&2
        fail "etch gen -b $backends"
    }
    if [[ $backends = *dtrace* ]]; then
        dtrace -DSTAP_SDT_V2 -h -s trace-dtrace-fire.dtrace -o trace-dtrace-fire.h 2>err &&
            dtrace -DSTAP_SDT_V2 -G -s trace-dtrace-fire.dtrace -o trace-dtrace-fire.o 2>>err ||
            fail "dtrace"
        objects+=(trace-dtrace-fire.o)
    fi
    [[ $backends != *ust* ]] || objects+=(-llttng-ust -ldl)
    timeout 100 "$compiler" -O1 "${warnings[@]}" -I"$INCLUDE" -I. "$@" -x $language \
        "$SOURCES/fire.c" trace-fire.c -x none "$LIBETCH" "${objects[@]}" -lpthread -o fire \
        2>err || fail "$compiler of $backends"
}

# private_dev: /dev becomes a tmpfs of this mount namespace's own, with four devices
# bound into it; the machine's is not reachable below the working folder, which is
# removed.
private_dev()
{
    local node
    mkdir private
    mount -t tmpfs none private
    for node in null zero full urandom; do
        touch private/$node
        mount --bind /dev/$node private/$node
    done
    mkdir -m 1777 private/shm
    ln -s /proc/self/fd private/fd
    mount --move private /dev
    rmdir private
}

# until WHAT COMMAND...: waits until it succeeds, 20 s at most.
until_true()
{
    local what=$1 end=$((SECONDS + 20))
    shift
    while ! "$@"; do
        [ $SECONDS -lt $end ] || fail "waited in vain: $what"
        read -rt 0.02 <> <(:) || true
    done
}

# said FILE N TEXT: the file holds the text in N lines.
said()
{
    local n
    n=$(grep -cF -- "$3" "$1" || true)
    [ "$n" = "$2" ] || fail "'$3' was said $n times instead of $2 in $1: $(head -5 "$1")"
}

# is_fired COMMAND...: whether what comes in is what these commands of fire give, all,
# null or percent, in QEMU's words. Where fire's own pointers point does not count, nor
# spaces at the end of a line.
is_fired()
{
    local command
    for command; do
        case $command in
        all) cat <<'EOF' ;;
none nothing
one one -1
two two 0xdeadbeefcafe 18446744073709551615
text text some text n 7
six six 1 2 3 4 5 6
ten ten 1 2 3 4 5 6 7 8 9 10
widths widths -1 255 -2 65535 -3 4294967295 -4 18446744073709551615 1 42
pointers pointers 0x1234 ADDRESS pointed
no_format
EOF
        null) echo 'text text (null) n 0' ;;
        percent) echo 'text text 100%s %n %d n 3' ;;
        *) fail "is_fired does not know $command" ;;
        esac
    done >want
    sed -E 's/(0x1234 )0x[0-9a-f]+/\1ADDRESS/; s/ *$//' | diff want - >&2
}
