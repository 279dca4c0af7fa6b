# SPDX-License-Identifier: MIT
#
# begin.S: in front of _start of guests whose registers are compared between engines: a
# stack at a fixed place, and what a path's layout has no room for in one piece.
    .globl begin
begin:
    lla sp, stack
    li ra, 0
    li s0, 0
    li t0, 0
    .rept 100
    addi t0, t0, 3
    sd t0, -8(sp)
    lw t1, -8(sp)
    .endr
    fence.i
    j _start

    .bss
    .balign 16
    .space 65536
stack:
