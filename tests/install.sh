# SPDX-License-Identifier: MIT
# Installs etch into a folder and builds programs against what is installed
# there, in C and C++, with pkg-config alone, Make, Meson and CMake; runs them
# and reads their traces.
#
# Reads: $ROOT, the sources.
set -eu
. "$TESTS/lib.sh"
unset ETCH BUILD MAKEFLAGS DESTDIR
prefix=$work/prefix
make -C "$ROOT" install BUILD="$work/build" PREFIX="$prefix" >log 2>&1 || {
    tail -30 log >&2
    fail "make install"
}
libdir=$(dirname "$(find "$prefix" -name libetch.a)")
export PATH=$prefix/bin:$PATH PKG_CONFIG_PATH=$libdir/pkgconfig LD_LIBRARY_PATH=$libdir
export CMAKE_PREFIX_PATH=$prefix

# ---- what is there ----
for file in bin/etch bin/etch-tracetool include/etch/etch.h share/etch/etch.mk \
    share/etch/meson.build share/bash-completion/completions/etch.bash \
    share/zsh/site-functions/_etch share/fish/vendor_completions.d/etch.fish; do
    [ -e "$prefix/$file" ] || fail "$file is not installed"
done
for file in libetch.so libetch.so.0 etch/libetch-heap.so pkgconfig/etch.pc \
    cmake/Etch/EtchConfig.cmake; do
    [ -e "$libdir/$file" ] || fail "$file is not installed"
done
needs scdoc
for page in etch.1 etch-tracetool.1 trace-events.5 libetch.3 \
    $("$prefix/bin/etch" help | sed -n 's/^  \([a-z]*\) .*/etch-\1.1/p'); do
    [ -s "$prefix/share/man/man${page##*.}/$page" ] || fail "no man page $page"
done
readelf -d "$libdir/libetch.so" | grep -q 'SONAME.*libetch.so.0\]' || fail "soname"
# A path of it that is relative to the build folder (../..$ROOT/) does not count.
! LC_ALL=C grep -rlaP "(?<![.])\Q$ROOT/\E" "$prefix" >&2 ||
    fail "the source folder's name is installed"

# ---- the installed etch records any program ----
run 0 etch record --preload heap ls "$prefix"
grep -q '^etch record: [1-9][0-9]* events of 1 process' err || fail "record --preload heap"

# ---- guests: tools of their own, with events of their own ----
if [ "$(uname -m)" = x86_64 ]; then
    for tool in guest insn; do
        run 0 etch $tool --version
        has out "etch-$tool "
    done
    strip "$prefix/bin/etch-guest"
    run 0 etch list "$prefix/bin/etch-guest"
    for event in tcg_gen_code guest_mem_before_trans guest_mem_before_exec guest_user_syscall \
        guest_user_syscall_ret guest_cpu_enter guest_cpu_exit; do
        has out "$event("
    done
fi

# ---- programs ----
mkdir program program/net
cat >program/trace-events <<'E2'
greet(const char *name, int n) "name %s n %d"
E2
cat >program/net/trace-events <<'E2'
sent(size_t bytes) "bytes %zu"
E2
cat >program/main.c <<'E2'
#include <stddef.h>
#include <etch/etch.h>
#include "trace-root.h"
#include "trace-net.h"

int main(int argc, char **argv)
{
    for (int i = 1; i < argc;) {
        int n = etch_option(argv + i);
        if (n <= 0)
            return 1;
        i += n;
    }
    trace_greet("world", 3);
    trace_sent(4096);
    return 0;
}
E2
cp program/main.c program/main.cc

# check PROGRAM: its events arrive, by --trace, ETCH_TRACE and etch record.
check()
{
    local program=$1
    rm -rf t1 t2
    run 0 "$program" --trace '*,file=t1'
    run 0 etch print --exe "$program" t1
    has out "greet name world n 3"
    has out "sent bytes 4096"
    run 0 env ETCH_TRACE='gr*;file=t2' "$program"
    run 0 etch print --exe "$program" t2
    has out "greet name world n 3"
    hasnt out sent
    run 0 etch record "$program"
    has err "2 events of 1 process"
    run 0 etch print
    has out "sent bytes 4096"
}

# built COMMAND...: runs it in ./program.
built()
{
    (cd program && "$@") >log 2>&1 || {
        tail -30 log >&2
        fail "$*"
    }
}

# probes PROGRAM: it has them, beside the trace; dtrace(1) and LTTng were used.
probes()
{
    readelf -nW "$1" >out
    has out "Provider: root"
    has out "Name: sent"
    readelf -dW "$1" >out
    has out "[liblttng-ust.so"
    check "$1"
}

# pkg-config alone, shared and static, C and C++.
cat >program/build.sh <<'E2'
set -eu
mkdir out
for folder in . net; do
    etch gen --group="$(echo $folder | sed 's/^\.$/root/')" -o out $folder/trace-events
done
flags="-Wall -Wextra -Werror -Iout $(pkg-config --cflags etch)"
cc -std=c11 $flags main.c out/trace-*.c $(pkg-config --libs etch) -o out/c
cc -std=c11 $flags main.c out/trace-*.c "$(pkg-config --variable=libdir etch)/libetch.a" -o out/c-static
cc -c $flags out/trace-root.c -o out/root.o
cc -c $flags out/trace-net.c -o out/net.o
c++ -std=c++11 $flags main.cc out/root.o out/net.o $(pkg-config --libs etch) -o out/cxx
E2
built sh build.sh
check program/out/c
check program/out/cxx
LD_LIBRARY_PATH=/nowhere check program/out/c-static

# Make.
cat >program/Makefile <<'E2'
ETCH_FOLDERS = . net
ETCH_OUT     = made
include $(shell pkg-config --variable=makefile etch)

CFLAGS = -O2 -Wall -Wextra -Werror
all: c cxx
c: main.o $(ETCH_OBJECTS)
	$(CC) $(LDFLAGS) -o $@ $^ $(ETCH_LIBS)
cxx: plus/main.o $(ETCH_OBJECTS)
	$(CXX) $(LDFLAGS) -o $@ $^ $(ETCH_LIBS)
E2
mkdir program/plus
cp program/main.cc program/plus
built make -j4
check program/c
check program/cxx
built make
has log "Nothing to be done"
# A declaration that changes is generated anew.
sed -i 's/name %s/called %s/' program/trace-events
built make
run 0 etch record program/c
run 0 etch print
has out "greet called world n 3"
sed -i 's/called %s/name %s/' program/trace-events

# More backends.
built make -B ETCH_GENFLAGS=--backends=simple,dtrace,ust ETCH_OUT=probes
probes program/c
probes program/cxx

# Meson.
cat >program/meson.build <<'E2'
project('program', 'c', 'cpp', default_options: ['warning_level=2', 'werror=true'])
etch_folders = ['.', 'net']
subdir('etch')
executable('c', 'main.c', dependencies: etch_events)
executable('cxx', 'main.cc', dependencies: etch_events)
E2
mkdir program/etch
cp "$prefix/share/etch/meson.build" program/etch
built meson setup meson-build
built ninja -C meson-build
check program/meson-build/c
check program/meson-build/cxx
sed -i "2i etch_arguments = ['--backends=simple,dtrace,ust']" program/meson.build
built meson setup meson-probes
built ninja -C meson-probes
probes program/meson-probes/c
probes program/meson-probes/cxx

# CMake; also a project without C.
cat >program/CMakeLists.txt <<'E2'
cmake_minimum_required(VERSION 3.13)
project(program C CXX)
find_package(Etch 0.1 REQUIRED)
add_executable(c main.c)
etch_trace_events(c . net)
add_executable(cxx main.cc)
etch_trace_events(cxx . net BACKENDS simple)
add_executable(probes main.c)
etch_trace_events(probes . net BACKENDS simple,dtrace,ust)
E2
built cmake -S . -B cmake-build
built cmake --build cmake-build
check program/cmake-build/c
check program/cmake-build/cxx
probes program/cmake-build/probes
sed -i 's/ C CXX/ CXX/; / c/d; /(c /d; /probes/d' program/CMakeLists.txt
built cmake -S . -B cmake-cxx
built cmake --build cmake-cxx
check program/cmake-cxx/cxx

. "$TESTS/readme.sh"
