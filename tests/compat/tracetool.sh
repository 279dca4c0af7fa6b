#!/bin/bash
# SPDX-License-Identifier: MIT
# etch-tracetool --qemu=7.2 beside QEMU 7.2's own tracetool.py, over all its trace-events files:
# what both generate is compiled and compared by what it does, never by its text: the names that
# the headers offer, the ids, the records of a trace (decoded by QEMU's simpletrace.py) and the
# log lines. The names are compared for every file; what is fired is a sample of the groups, with
# ETCH_STRESS=full all.
# usage: tracetool.sh TRACETOOL LIBETCH CFLAGS...
# Reads:  QEMU's source, which fetch-qemu.sh gets.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
tool=$1
library=$2
shift 2
cflags=(-D_GNU_SOURCE "$@")
qemu=$("$here/fetch-qemu.sh") || exit 1
pkg-config --exists glib-2.0 || { echo "glib's headers are not installed" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/ours" "$work/theirs" "$work/use"

# The group of a trace-events file, as QEMU's build names it.
group_of() {
    local folder
    folder=$(dirname "$1")
    [ "$folder" = . ] && folder=root
    echo "${folder//[^A-Za-z0-9]/_}"
}

# generate FORMAT GROUP FILE: with both tools
generate() {
    python3 "$qemu/scripts/tracetool.py" --backend=simple,log --group="$2" --format="$1" \
        "$3" "$work/theirs/trace-$2.$1"
    "$tool" --qemu=7.2 --backend=simple,log --group="$2" --format="$1" \
        "$3" "$work/ours/trace-$2.$1"
}

# macros FOLDER FLAGS...: the names of QEMU's that the headers of all groups define
macros() {
    local group
    for group in "${all[@]}"; do
        echo "#include \"trace-$group.h\""
    done | gcc "${@:2}" -I"$1" -x c -dM -E - |
        grep -oE '^#define TRACE_[A-Z0-9_]+_(ENABLED|BACKEND_DSTATE\(\)) .*' |
        sed -E 's/(BACKEND_DSTATE\(\)).*/\1/' | sort
}

functions() {
    grep -hoE '^static inline void trace_\w+' "$1"/*.h | sort
}

# compile FOLDER FLAGS...: an object of each .c in the folder, of the uses and of main
compile() {
    local folder=$1
    shift
    mkdir "$folder/o"
    printf '%s\n' "$folder"/*.c "$work"/use/*.c | (cd "$folder/o" && xargs -n 16 -P 2 \
        gcc -O0 -w -c -I"$here" -I"$folder" "$@")
}

cd "$qemu"
all=() groups=()
while read -r file; do
    group=$(group_of "$file")
    generate h "$group" "$file"
    all+=("$group")
    # Two user-mode emulators declare the same names; QEMU never links both either.
    [ "$group" = bsd_user ] && continue
    [ "${ETCH_STRESS:-}" = full ] || [ "$group" = root ] || [ $((${#all[@]} % 8)) = 0 ] || continue
    generate c "$group" "$file"
    groups+=("$group")
    cat "$file" >>"$work/events"
done < <(find . -name trace-events | sed 's|^\./||' | sort)

theirs=(-D_GNU_SOURCE -DHARNESS_QEMU -DCONFIG_TRACE_SIMPLE -I"$here/shim" -I"$qemu")
read -ra glib < <(pkg-config --cflags glib-2.0)
theirs+=("${glib[@]}")

functions "$work/theirs" >"$work/functions.theirs"
functions "$work/ours" >"$work/functions.ours"
diff "$work/functions.theirs" "$work/functions.ours"
macros "$work/theirs" "${theirs[@]}" >"$work/macros.theirs"
macros "$work/ours" "${cflags[@]}" >"$work/macros.ours"
diff "$work/macros.theirs" "$work/macros.ours"

python3 "$here/harness.py" "$work/theirs" "$work/use" "${groups[@]}"
compile "$work/theirs" "${theirs[@]}"
compile "$work/ours" "${cflags[@]}"
gcc "${theirs[@]}" -O1 -w -o "$work/program.theirs" "$work"/theirs/o/*.o "$here/shim/shim.c" \
    "$qemu/trace/simple.c" "$(pkg-config --variable=libdir glib-2.0)/libglib-2.0.so" -lpthread
gcc -o "$work/program.ours" "$work"/ours/o/*.o "$library" \
    -Wl,-rpath,"$(dirname "$(realpath "$library")")" -lpthread

# In the linking order, the ids of both count the same.
"$work/program.theirs" names >"$work/names.theirs"
ETCH_TRACE="" "$work/program.ours" names >"$work/names.ours"
diff "$work/names.theirs" "$work/names.ours"

SHIM_LOG=1 SHIM_TRACE='*' SHIM_FILE=$work/trace.theirs "$work/program.theirs" 2>"$work/log.theirs"
ETCH_TRACE="*;file=$work/trace.ours,policy=block" "$work/program.ours" 2>"$work/log.ours"

# records TRACE: by QEMU's reader, without time and process
records() {
    python3 "$qemu/scripts/simpletrace.py" "$work/events" "$1" |
        sed -E 's/^(\S+) \S+ pid=[0-9]+/\1/'
}
records "$work/trace.theirs" >"$work/records.theirs"
records "$work/trace.ours" >"$work/records.ours"
diff "$work/records.theirs" "$work/records.ours"
for side in theirs ours; do
    sed -E 's/^[0-9]+@[0-9]+\.[0-9]{6}://' "$work/log.$side" >"$work/lines.$side"
done
diff "$work/lines.theirs" "$work/lines.ours"
count=$(wc -l <"$work/names.theirs")
[ "$(wc -l <"$work/records.theirs")" -gt $((count * 9 / 10)) ] || {
    echo "only $(wc -l <"$work/records.theirs") records of $count events" >&2
    exit 1
}
echo "${#all[@]} files, $(wc -l <"$work/functions.ours") functions; fired ${#groups[@]} groups," \
    "$count events: $(wc -l <"$work/records.ours") records, $(wc -l <"$work/lines.ours") log lines: the same"
