# SPDX-License-Identifier: MIT
#
# screen.sh: a terminal to type at and to read from; sourced by tests.
command -v tmux >/dev/null || fail "tmux is missing: scripts/setup.sh test installs it"

trap 'command tmux -S "$work/tmux" kill-server 2>/dev/null || true; cleanup' EXIT

tmux() { command tmux -S "$work/tmux" -f /dev/null "$@"; }

# screen REGEXP: waits until a line of the screen matches; keys KEY...: types.
screen()
{
    local end=$((SECONDS + 30))
    until tmux capture-pane -p >screen 2>/dev/null && grep -qE "$1" screen; do
        [ $SECONDS -lt $end ] || { cat screen >&2; fail "the screen never shows '$1'"; }
    done
}
keys() { tmux send-keys "$@"; }
