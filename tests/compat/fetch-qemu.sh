#!/bin/bash
# SPDX-License-Identifier: MIT
# Gets what the compatibility tests and benchmarks need of QEMU 7.2 from Debian's source package.
# Reads:  the machine's own configured apt sources (never changes them: the deb-src list, the
#         package lists and the download lie in a private folder).
# Writes: a cache folder outside the repository, ${ETCH_CACHE:-${XDG_CACHE_HOME:-~/.cache}/etch},
#         and prints the folder of the unpacked source. A second run finds it and prints it.
# Never:  leaves a half unpacked folder behind, touches /etc/apt, or needs root.
# Status: 0 the folder is printed; 1 it cannot be had here (the reason is on stderr).
set -euo pipefail

cache=${ETCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/etch}
folder=$cache/qemu-7.2

die() { echo "fetch-qemu: $*" >&2; exit 1; }

# shellcheck source=tests/debian_source.sh
. "$(dirname "$(readlink -f "$0")")/../debian_source.sh"

download() {
    local work=$1 version
    prepare_sources "$work"
    version=$(newest_source qemu '.:7\.2')
    [ -n "$version" ] || die "the configured apt sources have no qemu 7.2 source package" \
        "(Debian 12 has)"
    get_source "$work" "qemu=$version" --download-only
}

if [ -e "$folder/scripts/tracetool.py" ]; then
    echo "$folder"
    exit 0
fi
command -v apt-get >/dev/null || die "apt-get is not here; put QEMU 7.2's source into $folder"
mkdir -p "$cache"
exec 9>"$cache/fetch-qemu.lock"
flock 9
if [ ! -e "$folder/scripts/tracetool.py" ]; then
    work=$(mktemp -d "$cache/fetch.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    download "$work"
    archive=$(ls "$work"/source/qemu_7.2*.orig.tar.*[!c])
    mkdir "$work/tree"
    tar -xf "$archive" -C "$work/tree" --strip-components=1 --wildcards --no-wildcards-match-slash \
        '*/scripts/tracetool' '*/scripts/tracetool.py' '*/scripts/simpletrace.py' '*/trace'
    tar -xf "$archive" -C "$work/tree" --strip-components=1 --wildcards '*/trace-events'
    [ -e "$work/tree/scripts/tracetool.py" ] || die "$archive holds no scripts/tracetool.py"
    rm -rf "$folder"
    mv "$work/tree" "$folder"
fi
echo "$folder"
