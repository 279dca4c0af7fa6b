/* SPDX-License-Identifier: MIT
 *
 * optimize.c: drops operations whose result is overwritten before anybody can see
 * it. A register is seen by who reads it, and all of them by what may fault, leave
 * the block or call the interpreter.
 */
#include "guest/ir.h"

static bool is_pure(const struct ir_op *o)
{
    return o->op <= IR_SHIFT_ADD;
}

static uint64_t bit(uint8_t ref)
{
    return ref < IR_REFS ? UINT64_C(1) << ref : 0;
}

void ir_optimize(struct ir *ir)
{
    uint64_t overwritten = 0;

    for (unsigned i = ir->count; i-- > 0;) {
        struct ir_op *o = &ir->ops[i];

        if (o->op != IR_TRACE && !is_pure(o)) {
            overwritten = 0;
            continue;
        }
        if (overwritten & bit(o->d)) {
            o->dead = true;
            continue;
        }
        overwritten |= bit(o->d);
        overwritten &= ~(bit(o->a) | bit(o->b));
    }
}
