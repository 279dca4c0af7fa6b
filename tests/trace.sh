# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# trace.sh: writes traces of QEMU's simple format record by record, with any
# fault that a test wants; sourced.
#
# Reads:  nothing.
# Writes: stdout of its functions, in the byte order of a little endian host.

# u64 N, u32 N: a number; may be negative or 0x....
u64()
{
    local hex i
    printf -v hex %016x "$1"
    for i in 14 12 10 8 6 4 2 0; do printf "\\x${hex:i:2}"; done
}

u32()
{
    local hex i
    printf -v hex %08x $(($1 & 0xffffffff))
    for i in 6 4 2 0; do printf "\\x${hex:i:2}"; done
}

# header [VERSION]
header()
{
    u64 -1
    u64 0xf2b177cb0aa429b4
    u64 "${1:-4}"
}

# mapping ID NAME
mapping()
{
    u64 0
    u64 "$1"
    u32 ${#2}
    printf %s "$2"
}

# values VALUE...: a number is a u64, s:TEXT a string, with printf's escapes.
values()
{
    local value
    for value; do
        case $value in
        s:*)
            u32 "$(printf %b "${value#s:}" | wc -c)"
            printf %b "${value#s:}"
            ;;
        *) u64 "$value" ;;
        esac
    done
}

# event ID TIME PID VALUE...
event()
{
    local id=$1 time=$2 pid=$3
    shift 3
    u64 1
    u64 "$id"
    u64 "$time"
    u32 $((24 + $(values "$@" | wc -c)))
    u32 "$pid"
    values "$@"
}

# dropped COUNT TIME PID
dropped()
{
    event 0xfffffffffffffffe "$2" "$3" "$1"
}
