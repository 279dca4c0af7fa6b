# SPDX-License-Identifier: MIT
# Files of each version of the formats, kept for ever (tests/corpus/VERSION), are
# read as they were when they were made. `tests/corpus.sh --update VERSION` writes
# what is expected of a new version.
#
# Reads:  trace-1, trace-1.meta, trace-1.ctf: a recording; killed/: a simple file
#         F, a CTF trace T, side file and pool of a process that was killed.
set -eu
. "$TESTS/lib.sh"

# path OFFSET NAME: writes an absolute path into the pool (doc/format.md).
path()
{
    { printf %s "$PWD/$2"; head -c 1024 /dev/zero; } | head -c 1024 |
        dd of=pool bs=1 seek="$1" conv=notrunc status=none
}

# show FOLDER: all that a version's files say.
show()
{
    cp -r "$1" v
    cd v
    for trace in trace-1 trace-1.ctf; do
        "$ETCH" print --json $trace
        "$ETCH" list $trace
    done
    "$ETCH" stat .
    cd killed
    gzip -dc pool.gz >pool
    path 304 F
    path 1328 meta
    path 2352 T
    cp meta meta.kept
    "$ETCH" print --json pool
    "$ETCH" recover pool | sed "s,$PWD,DIR,g"
    cp meta.kept F.meta
    "$ETCH" print --json F
    "$ETCH" print --json T
    cd ../..
}

for version in "$TESTS"/corpus/[0-9]*; do
    show "$version" >have 2>&1 || fail "$version: $(tail -3 have)"
    if [ "${1:-}" = --update ] && [ "${2:-}" = "${version##*/}" ]; then
        cp have "$version/expected"
    fi
    diff "$version/expected" have >&2 || fail "version ${version##*/} is read in another way"
    rm -rf v
done
