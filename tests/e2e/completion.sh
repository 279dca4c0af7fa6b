# SPDX-License-Identifier: MIT
# The completion scripts do in their shells what the table of commands says.
set -eu
. "$TESTS/lib.sh"

for shell in bash zsh fish; do
    run 0 "$ETCH" completion $shell
    cp out etch.$shell
done
run 2 "$ETCH" completion
run 2 "$ETCH" completion csh
has err "'csh' is not bash, zsh or fish"
mkdir -p "folder one"
echo >"some file"

# ---- bash: the words that complete the last one ----
cat >try.bash <<'E2'
. ./etch.bash
compopt() { :; }
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_etch
printf '%s\n' "${COMPREPLY[@]}"
E2
bash_has()
{
    local want=$1
    shift
    bash try.bash "$@" >out 2>err
    grep -qxF -- "$want" out || fail "bash: '$*' does not complete to '$want'"
    is err ""
}
bash_has record etch rec
bash_has recover etch rec
bash_has --version etch --v
bash_has --policy= etch record --po
bash_has drop etch record --policy ''
bash_has block etch record --policy = b
bash_has heap etch record --preload h
bash_has "some file" etch record --events so
bash_has "folder one" etch record -o fo
bash_has true etch record -e '*' tru
bash_has "some file" etch record -o x cat so
bash_has "some file" etch record -- cat so
bash_has fish etch completion f
bash_has record etch help rec
# Running programs are told by `etch ps`, with names that are words for a shell.
cat >etch <<'E2'
#!/bin/sh
[ "$*" = "ps --json" ] && cat <<'E3'
[
{"pid":4711,"inner_pid":4711,"uid":0,"user":"root","command":"redis-server","known":7,"on":0},
{"pid":12,"inner_pid":3,"uid":0,"user":"root","command":"a $(touch evil) b","known":7,"on":0}
]
E3
E2
chmod +x etch
PATH=$PWD:$PATH
for command in ctl monitor top "record -p"; do
    # shellcheck disable=SC2086 # words
    bash_has redis-server etch $command r
    bash_has 4711 etch $command 4
    bash_has 12 etch $command ''
done
[ ! -e evil ] || fail "the name of a program was run"
bash try.bash etch ctl 12 4 >out
is out "
"
bash try.bash etch record cat --po >out
is out "
"

# ---- fish ----
if command -v fish >/dev/null; then
    fish_has()
    {
        HOME=$work fish -N -c "source etch.fish; complete -C '$2'" >out 2>err
        sed -i 's/\t.*//' out
        grep -qxF -- "$1" out || fail "fish: '$2' does not complete to '$1'"
        is err ""
    }
    fish_has record 'etch rec'
    fish_has --policy 'etch record --po'
    fish_has drop 'etch record --policy '
    fish_has --policy=block 'etch record --policy=b'
    fish_has heap 'etch record --preload h'
    fish_has "folder one/" 'etch record -o fo'
    fish_has true 'etch record -e x tru'
    fish_has "some file" 'etch record -o x cat so'
    fish_has "some file" 'etch record -- cat so'
    fish_has fish 'etch completion '
    fish_has record 'etch help r'
    fish_has redis-server 'etch ctl r'
    fish_has 4711 'etch record -p 4'
fi

# ---- zsh: in a terminal of its own, since its completion needs the editor ----
if command -v zsh >/dev/null; then
    mkdir zfunctions
    cp etch.zsh zfunctions/_etch
    cat >try.zsh <<'E2'
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "fpath=($PWD/zfunctions \$fpath); autoload -Uz compinit; compinit -u -D; PS1=''; stty cols 200
show() { print -r -- \"<<\$BUFFER>>\"; BUFFER=''; zle accept-line }; zle -N show; bindkey '^T' show; print rea''dy"
zpty -r -m shell line '*ready*'
while read -r typed; do
    zpty -w -n shell "$typed"$'\t'$'\x14'
    zpty -r -m shell line '*<<*>>*'
    print -r -- "${${line##*<<}%%>>*}"
done
zpty -d shell
E2
    while IFS='|' read -r typed want; do
        echo "$typed" >>typed
        echo "$want" >>want
    done <<'E2'
etch recor|etch record 
etch record --po|etch record --policy=
etch record --policy=d|etch record --policy=drop 
etch record --events=so|etch record --events=some\ file 
etch record -o fo|etch record -o folder\ one/
etch record -o x cat so|etch record -o x cat some\ file 
etch completion f|etch completion fish 
etch help recor|etch help record 
etch top re|etch top redis-server 
etch record -p re|etch record -p redis-server 
E2
    timeout 60 zsh -f try.zsh <typed >out 2>err || fail "zsh"
    diff want out >&2 || fail "zsh"
fi
