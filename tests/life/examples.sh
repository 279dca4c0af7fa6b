# SPDX-License-Identifier: MIT
# The examples, as their README says.
set -eu
. "$TESTS/life/lib.sh"

# ---- hello ----
run 0 "$HELLO" world
is out "hello, world
"
is err ""
[ -z "$(ls trace-* 2>/dev/null)" ] || fail "a trace that nobody asked for"
run 0 "$HELLO" --trace help
is out "hello_greet
hello_done
"
run 0 "$HELLO" --trace 'hello_*,file=F' world 'all of you'
is out "hello, world
hello, all of you
"
run 0 "$ETCH" print --exe "$HELLO" F
[ "$(sed 's/^ *[0-9.]* *[0-9/]* *//' out)" = "hello_greet whom world times 1
hello_greet whom all of you times 1
hello_done done" ] || fail "what hello recorded"
run 1 "$HELLO" --trace file=F,colour=red
is err "hello: --trace file=F,colour=red: Invalid parameter 'colour'
"
run 0 "$ETCH" record -e hello_done -- "$HELLO" x
run 0 "$ETCH" print etch.data
[ "$(wc -l <out)" = 1 ] || fail "other events than those asked for"

# ---- vmalloc, in C and in C++ ----
vmalloc()
{
    run 0 "$1"
    is out "vmalloc: done
"
    [ -z "$(ls trace-* 2>/dev/null)" ] || fail "a trace that nobody asked for"
    run 0 "$1" --trace '*,file=F'
    run 0 "$ETCH" print --exe "$1" F
    [ "$(grep -c ' qemu_vmalloc size [0-9]* ptr 0x' out)" = 8 ] || fail "$1: qemu_vmalloc"
    [ "$(grep -c ' qemu_vfree ptr 0x' out)" = 4 ] || fail "$1: qemu_vfree"
    sed -n 's/.*vmalloc_summary //p' out >summary
    is summary "live 8 bytes 147456 largest 32768
live 4 bytes 81920 largest 32768
"
    run 0 "$1" --trace help
    is out "qemu_vmalloc
qemu_vfree
vmalloc_summary
"
    run 1 "$1" --nonsense
}
vmalloc "$VMALLOC"
if command -v "${CXX:-c++}" >/dev/null; then
    root=$(dirname "$TESTS")
    run 0 "${CXX:-c++}" -Wall -Wextra -Werror -std=c++11 -I"$root/include" -I"$BUILD/examples" \
        -x c++ "$root/examples/vmalloc/vmalloc.c" "$BUILD/examples/trace-vmalloc.c" \
        -o vmalloc++ -L"$BUILD/src/runtime" -letch -Wl,-rpath,"$BUILD/src/runtime"
    vmalloc ./vmalloc++
fi
