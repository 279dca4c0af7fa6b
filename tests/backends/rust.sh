# SPDX-License-Identifier: MIT
# The format rs: compiled by rustc without a warning, its events arrive where
# those of C do.
set -eu
. "$TESTS/backends/lib.sh"
minor=$(rustc --version 2>/dev/null | sed -n 's/^rustc 1\.\([0-9]*\)\..*/\1/p')
[ "${minor:-0}" -ge 82 ] || fail "no rustc 1.82 or later: scripts/setup.sh test installs it"

cat >main.rs <<'EOF'
#![deny(warnings)]
#[allow(dead_code)]
mod trace {
    include!("trace-fire.rs");
}

fn main() {
    let mut text = *b"text\0";
    let p = text.as_mut_ptr();
    println!("wanted {}", trace::trace_two_enabled());
    trace::trace_none();
    trace::trace_one(-1);
    trace::trace_two(0xdeadbeefcafe, u64::MAX);
    trace::trace_text(c"some text", 7);
    trace::trace_six(1, 2, 3, 4, 5, 6);
    trace::trace_ten(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    trace::trace_widths(-1, 255, -2, 65535, -3, u32::MAX, -4, u64::MAX, true, 42);
    trace::trace_pointers(0x1234 as *mut (), p.cast(), c"pointed");
    trace::trace_no_format(1, c"unseen");
    trace::trace_off(1);
}
EOF

for set in log log,ctf,dtrace nop; do
    for format in h c rs d; do
        name=trace-fire.$format
        [ $format != d ] || name=trace-dtrace-fire.dtrace
        run 0 "$TRACETOOL" --backends=$set --group=fire --format=$format "$SOURCES/trace-events" $name
    done
    gcc -O1 "${warnings[@]}" -I"$INCLUDE" -I"$TESTS/../compat/qemu" -I. -c trace-fire.c 2>err || fail "gcc"
    objects=(-C link-arg=trace-fire.o -C link-arg="$LIBETCH")
    if [[ $set = *dtrace* ]]; then
        dtrace -G -s trace-dtrace-fire.dtrace -o probes.o
        objects+=(-C link-arg=probes.o)
    fi
    rustc --edition 2021 -O "${objects[@]}" main.rs -o rusty 2>err || fail "rustc of $set"
    run 0 ./rusty
    is out "wanted false
"
    run 0 env ETCH_TRACE='*' ETCH_LOG_TIME=none ./rusty
    if [ $set = nop ]; then
        is err ""
        continue
    fi
    is out "wanted true
"
    is_fired all <err || fail "$set: not what was fired"
done
