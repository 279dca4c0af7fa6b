# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# debian_source.sh: source packages of Debian's, for the tests that build foreign programs; sourced.
#
# Reads:  the machine's own configured apt sources (never changes them: the deb-src list, the
#         package lists and the download lie in a private folder).
# Writes: the folder it is given.
# Never:  touches /etc/apt, or needs root.

# A deb-src twin of every enabled source, in both of apt's notations.
private_sources() {
    local file name
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list \
        /etc/apt/sources.list.d/*.sources; do
        [ -r "$file" ] || continue
        name=$(basename "$file")
        case $file in
        *.sources) sed -E 's/^Types:.*/Types: deb-src/' "$file" >"$1/$name" ;;
        *) sed -nE 's/^[[:space:]]*deb([[:space:]])/deb-src\1/p' "$file" >"$1/main-$name" ;;
        esac
    done
}

# prepare_sources WORK: lists what there is, into $WORK and the array apt_options.
prepare_sources() {
    local work=$1
    mkdir -p "$work/parts" "$work/lists/partial" "$work/archives/partial" "$work/source"
    private_sources "$work/parts"
    apt_options=(-qq -o "Dir::Etc::sourcelist=/dev/null" -o "Dir::Etc::sourceparts=$work/parts"
        -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work" -o "APT::Sandbox::User="
        -o "Acquire::Languages=none" -o "Acquire::Retries=3" -o "Debug::NoLocking=1")
    # An update may fail for one foreign source and still list Debian's.
    apt-get "${apt_options[@]}" update >&2 || true
}

# newest_source PACKAGE [REGEX]: the newest version that fits; nothing where there is none.
newest_source() {
    apt-cache "${apt_options[@]}" showsrc --only-source "$1" 2>/dev/null |
        sed -nE 's/^Version: (.*)$/\1/p' | { grep -E "${2-.}" || true; } | sort -V | tail -n 1
}

# get_source WORK PACKAGE=VERSION [OPTION]: into $WORK/source, unpacked and patched but for
# --download-only.
get_source() {
    (cd "$1/source" && apt-get "${apt_options[@]}" source ${3+"$3"} "$2" >&2)
}
