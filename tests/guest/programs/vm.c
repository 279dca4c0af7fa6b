/* SPDX-License-Identifier: MIT */
/*
 * vm.c: a stack machine that sieves primes: indirect jumps, calls through pointers, returns.
 */
#include <string.h>

#include "mix.h"

enum { LIMIT = 10000 };

enum op { STOP, PUSH, LOAD, STORE, ADD, LESS, JUMP, JUMP_UNLESS, MARK, UNMARKED, COUNT };

enum { OUTER = 4, INNER = 24, NEXT = 43, END = 52 };

/* Variable 0 goes over the numbers, variable 1 over the multiples of a prime. */
/* clang-format off */
static const int16_t program[] = {
    PUSH, 2, STORE, 0,
    [OUTER] = LOAD, 0, PUSH, LIMIT, LESS, JUMP_UNLESS, END,
    LOAD, 0, UNMARKED, JUMP_UNLESS, NEXT,
    COUNT,
    LOAD, 0, LOAD, 0, ADD, STORE, 1,
    [INNER] = LOAD, 1, PUSH, LIMIT, LESS, JUMP_UNLESS, NEXT,
    LOAD, 1, MARK,
    LOAD, 1, LOAD, 0, ADD, STORE, 1,
    JUMP, INNER,
    [NEXT] = LOAD, 0, PUSH, 1, ADD, STORE, 0,
    JUMP, OUTER,
    [END] = STOP,
};
/* clang-format on */

struct machine {
    int64_t stack[8], variables[2];
    uint64_t count;
    uint8_t marks[LIMIT];
};

static int64_t add(int64_t a, int64_t b)
{
    return a + b;
}

static int64_t less(int64_t a, int64_t b)
{
    return a < b;
}

static uint64_t run(struct machine *m)
{
    static int64_t (*const binary[])(int64_t, int64_t) = {[ADD] = add, [LESS] = less};
    int64_t *top = m->stack;
    const int16_t *pc = program;

    for (;;) {
        enum op op = (enum op) * pc++;

        switch (op) {
        case STOP:
            return m->count;
        case PUSH:
            *top++ = *pc++;
            break;
        case LOAD:
            *top++ = m->variables[*pc++];
            break;
        case STORE:
            m->variables[*pc++] = *--top;
            break;
        case ADD:
        case LESS:
            top--;
            top[-1] = binary[op](top[-1], top[0]);
            break;
        case JUMP:
            pc = program + *pc;
            break;
        case JUMP_UNLESS:
            pc = *--top ? pc + 1 : program + *pc;
            break;
        case MARK:
            m->marks[*--top] = 1;
            break;
        case UNMARKED:
            top[-1] = !m->marks[top[-1]];
            break;
        case COUNT:
            m->count++;
            break;
        }
    }
}

uint64_t mix_vm(unsigned scale)
{
    static struct machine m;
    uint64_t sum = 0;

    for (unsigned round = 0; round < scale; round++) {
        memset(&m, 0, sizeof(m));
        m.marks[4 + round % 100] = 1;
        sum = mix_in(sum, run(&m));
        for (unsigned i = 0; i < LIMIT; i++)
            sum = mix_in(sum, m.marks[i]);
    }
    return sum;
}
