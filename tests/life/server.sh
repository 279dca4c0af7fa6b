# SPDX-License-Identifier: MIT
# examples/monitor: a server that stands still, its event switched on at its own
# prompt, and the lines that a client's reads then give.
set -eu
. "$TESTS/life/lib.sh"
. "$TESTS/life/screen.sh"

tmux new-session -d -x 120 -y 30 "$SERVER -monitor stdio -S $work/socket; echo status \$?; cat"
screen '^\(server\)'
keys 'info trace-events' Enter
screen '^memory_region_ops_read : state 0'
keys 'trace-event memory_region_ops_r' Tab Tab
screen '^memory_region_ops_read\(int cpu_index, void \*mr'
keys n Enter
keys 'info trace-events' Enter
screen '^memory_region_ops_read : state 1'
keys c Enter

python3 - "$work/socket" <<'E2'
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
f = s.makefile('rw')
for line, want in ('w 8 1f', 'ok'), ('r 8', '1f'), ('x', 'r ADDR or w ADDR VALUE'):
    f.write(line + '\n')
    f.flush()
    got = f.readline().rstrip()
    assert got == want, got
f.write('r 8\nx\nw 8 1f\n') # all at once
f.flush()
assert [f.readline() for i in range(3)] == ['1f\n', 'r ADDR or w ADDR VALUE\n', 'ok\n']
E2
screen "@.*memory_region_ops_read cpu 0 mr 0x[0-9a-f]+ addr 0x8 value 0x1f size 8 name 'ram'"
! grep -q 'memory_region_ops_write cpu' screen || fail "an event that is off"
keys quit Enter
screen '^status 0'

# ---- without a terminal ----
printf 'info trace-events client_line\nhelp nix\nquit\n' | run 0 "$SERVER" -monitor stdio -S socket
is out "client_line : state 0
unknown command: 'nix'
"
