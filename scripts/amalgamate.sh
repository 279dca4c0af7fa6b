#!/bin/bash
# SPDX-License-Identifier: MIT
#
# amalgamate.sh [DIR]: writes etch.h and etch.c to DIR (default .): the run-time
# library in two files, for projects that vendor it. `make amalgamation` calls it.
#
# Reads:  include/etch, src/runtime and what it includes; the list of sources in
#         src/runtime/meson.build.
# Writes: DIR/etch.h, DIR/etch.c.
#
# Sources become one: what several of them call the same at file scope is renamed
# by macros around each. Every function is compiled as src/runtime/meson.build has
# it for the drain, which runs in a thread that libc does not know.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
dir=$(mkdir -p "${1:-.}" && cd "${1:-.}" && pwd)
cd "$root"
version=$(sed -n "s/^  version: '\(.*\)',$/\1/p" meson.build | head -n 1)
# shellcheck disable=SC2207
sources=($(sed -n "s/^  '\([a-z_/.]*\.c\)',\{0,1\}.*$/\1/p" src/runtime/meson.build | sed 's|^|src/runtime/|'))
# shellcheck disable=SC2207
conditions=($(ls src/condition/*.c 2>/dev/null || true))
work=$(mktemp -d "${TMPDIR:-/tmp}/etch-amalgamate.XXXXXX")
trap 'rm -rf "$work"' EXIT

# splice FILE...: the files with what they include of ours in its place, once;
# $work/seen holds what was included before.
splice()
{
    awk -v seen_file="$work/seen" '
        function path_of(line, name) {
            name = line
            sub(/^[ #]*include[ ]*/, "", name)
            if (name ~ /^<etch\//) return "include/" substr(name, 2, index(name, ">") - 2)
            if (name ~ /^"[a-z]/) return "src/" substr(name, 2, index(substr(name, 2), "\"") - 1)
            return ""
        }
        function take(path, line, inner) {
            if (path in seen) return
            seen[path] = 1
            print path >>seen_file
            while ((getline line <path) > 0) {
                if (line ~ /^\/\* SPDX-License-Identifier/) { print "/* ---- " path ":"; continue }
                inner = line ~ /^# *include/ ? path_of(line) : ""
                if (inner == "") print line
                else take(inner)
            }
            close(path)
        }
        BEGIN {
            while ((getline line <seen_file) > 0) seen[line] = 1
            close(seen_file)
            for (i = 1; i < ARGC; i++) take(ARGV[i])
        }' "$@"
}

# What a source has at file scope of its own: "name FILE" a line.
own_names()
{
    awk '
        /^static [^(]*[ *][a-z_A-Z0-9]+\(/ { s = $0; sub(/\(.*/, "", s) ; sub(/.*[ *]/, "", s); print s, FILENAME; next }
        /^static / {
            n = split($0, part, ",")
            for (i = 1; i <= n; i++) {
                s = part[i]
                sub(/ = .*|;.*|\[.*/, "", s)
                sub(/ *$/, "", s)
                sub(/.*[ *]/, "", s)
                print s, FILENAME
            }
        }
        /^static .*struct .*\{$/ { open = 1 }
        open && /^\} [a-z_]+/ { s = $2; sub(/\[.*|;.*/, "", s); print s, FILENAME; open = 0 }
        /^(struct|enum|union) [a-z_]+ \{/ { print $2 "/" $1, FILENAME }' "$@" | grep -E '^[A-Za-z_][A-Za-z_0-9/]* ' | sort -u
}

# Every function definition gets the attributes of ETCH_BARE.
bare()
{
    awk '
        function flush(i) { for (i = 1; i <= n; i++) print held[i]; n = 0 }
        /^\{$/ && n > 0 { held[1] = "ETCH_BARE " held[1]; flush(); print; next }
        /^[a-z_].*[^;{}]$/ || (n > 0 && /^ .*[^;{}]$/) { held[++n] = $0; next }
        { flush(); print }
        END { flush() }'
}

# ---- etch.h ----
: >"$work/seen"
{
    cat <<END
/* SPDX-License-Identifier: MIT
 *
 * etch.h: etch $version in two files: this one for programs, and etch.c, which is
 * compiled and linked with them; libc is all that it needs. Made by
 * scripts/amalgamate.sh: do not edit.
 *
 * etch("event fd=%d", fd) declares an event and fires it, in C11 and C++17. Code
 * that \`etch gen --header=etch.h\` made from trace-events files includes this file,
 * too.
 */
#ifndef ETCH_SINGLE_H
#define ETCH_SINGLE_H

END
    splice include/etch/word.h include/etch/event.h include/etch/control.h include/etch/etch.h \
        include/etch/monitor.h include/etch/site.h
    cat <<'END'
#endif

/* Events that are declared where they happen; generated code goes without. */
#if !defined(ETCH_BASE_ONLY) && !defined(ETCH_HERE_H) &&                                           \
    ((defined(__cplusplus) && __cplusplus >= 201703L) ||                                           \
     (!defined(__cplusplus) && __STDC_VERSION__ >= 201112L))
END
    splice include/etch/here.h
    echo '#endif'
} >"$work/etch.h"

# ---- etch.c ----
own_names "${sources[@]}" "${conditions[@]}" >"$work/names"
# bind: a source that includes sys/socket.h comes before one that has its own.
{ cut -d' ' -f1 "$work/names" | uniq -d; echo bind; } >"$work/twice"
{
    cat <<END
/* SPDX-License-Identifier: MIT
 *
 * etch.c: etch $version in two files: the run-time library. Made by
 * scripts/amalgamate.sh: do not edit.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#define ETCH_BUILD_LIBETCH
#define ETCH_BASE_ONLY

/* The thread that writes the trace is none of libc's: no stack protector, no
 * sanitizer, and no loop that becomes a call of memcpy. */
#if defined(__clang__)
#define ETCH_BARE                                                                                  \\
    __attribute__((no_stack_protector, no_builtin, disable_sanitizer_instrumentation,              \\
                   no_sanitize("address", "thread", "memory", "undefined", "coverage")))
#else
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#define ETCH_BARE                                                                                  \\
    __attribute__((no_stack_protector, no_sanitize("address,thread,undefined")))
#endif
/* Helpers that not all of etch uses. */
#pragma GCC diagnostic ignored "-Wunused-function"

#include "etch.h"

END
    {
        for source in "${sources[@]}" "${conditions[@]}"; do
            tag=$(basename "$source" .c)
            renamed=$(awk -v file="$source" 'NR == FNR { twice[$1]; next } $2 == file && ($1 in twice) { print $1 }' \
                "$work/twice" "$work/names")
            # Headers that it brings along come first, under names of their own.
            for header in $(sed -n 's/^# *include "\([^"]*\)".*/\1/p' "$source"); do
                splice "src/$header"
            done
            # Tags by text, since a member may have the same name.
            tags=
            for name in $renamed; do
                [ "${name%/*}" = "$name" ] || {
                    tags+="s/\\b${name#*/} ${name%/*}\\b/&_in_$tag/g;"
                    continue
                }
                echo "#define $name ${name}_in_$tag"
            done
            splice "$source" | sed "$tags"
            for name in $renamed; do [ "${name%/*}" != "$name" ] || echo "#undef $name"; done
            sed -n 's/^# *define \([A-Za-z_0-9]*\).*/#undef \1/p' "$source" | sort -u
        done
    } | bare
} >"$work/etch.c"

mv "$work/etch.h" "$work/etch.c" "$dir/"
