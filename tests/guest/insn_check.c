/* SPDX-License-Identifier: MIT
 *
 * insn_check.c: what a trace of guest instructions says, computed again from its own
 * inputs, without a line of the interpreter:
 *
 *     insn_check TRACE
 *
 * Of each instruction whose inputs the trace tells the result is recomputed; what is
 * loaded is compared with what was stored there last. And where the level is full, what
 * of each frame level replay would hold is taken out of it, made full again, and
 * compared byte for byte. Prints how many of each; fails at the first difference.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "guest/insn/insn.h"

#define CELLS (1u << 16)

static struct cell {
    uint64_t address;
    bool known;
    uint8_t byte;
} cells[CELLS];

static struct walk walk;
static struct symbols symbols;
static uint64_t recomputed, loads, expanded;
static bool alone;   /* the trace is of one thread: nobody else writes its memory */
static bool rounded; /* the rounding mode was set: what it is is not known here */

static void differ(const struct run *run, unsigned i, const char *what, uint64_t have,
                   uint64_t want)
{
    char text[64];
    guest_disassemble(&run->path->insn[i].insn, run->path->insn[i].pc, text, sizeof(text));
    fprintf(stderr, "instruction %lu, pc %lx: %s: %s is %lx instead of %lx\n", run->first + i,
            run->path->insn[i].pc, text, what, have, want);
    exit(1);
}

/* ---- results ---- */

static double as_double(uint64_t v)
{
    double d;
    memcpy(&d, &v, sizeof(d));
    return d;
}

static uint64_t of_double(double d)
{
    uint64_t v;
    memcpy(&v, &d, sizeof(v));
    return isnan(d) ? UINT64_C(0x7ff8) << 48 : v;
}

#define SX32(v) ((uint64_t)(int64_t)(int32_t)(uint32_t)(v))

/* Whole numbers: false: not one that is known here. */
static bool whole(const struct insn *insn, uint64_t a, uint64_t b, uint64_t *r)
{
    uint64_t i = (uint64_t)insn->imm;
    switch (insn->op) {
#define BOTH(id, immediate, type, expression)                                                      \
    case OP_##immediate: {                                                                         \
        type y = (type)i;                                                                          \
        *r = (expression);                                                                         \
        return true;                                                                               \
    }                                                                                              \
    case OP_##id: {                                                                                \
        type y = (type)b;                                                                          \
        *r = (expression);                                                                         \
        return true;                                                                               \
    }
        BOTH(ADD, ADDI, uint64_t, a + y)
        BOTH(XOR, XORI, uint64_t, a ^ y)
        BOTH(OR, ORI, uint64_t, a | y)
        BOTH(AND, ANDI, uint64_t, a & y)
        BOTH(SLT, SLTI, int64_t, (int64_t)a < y)
        BOTH(SLTU, SLTIU, uint64_t, a < y)
        BOTH(SLL, SLLI, uint64_t, a << (y % 64))
        BOTH(SRL, SRLI, uint64_t, a >> (y % 64))
        BOTH(SRA, SRAI, uint64_t, (uint64_t)((int64_t)a >> (y % 64)))
    case OP_ADDIW:
        *r = SX32(a + i);
        return true;
    case OP_ADDW:
        *r = SX32(a + b);
        return true;
    case OP_SUB:
        *r = a - b;
        return true;
    case OP_SUBW:
        *r = SX32(a - b);
        return true;
    case OP_SLLIW:
        *r = SX32(a << i);
        return true;
    case OP_SRLIW:
        *r = SX32((uint32_t)a >> i);
        return true;
    case OP_SRAIW:
        *r = (uint64_t)(int64_t)((int32_t)a >> i);
        return true;
    case OP_MUL:
        *r = a * b;
        return true;
    case OP_MULW:
        *r = SX32(a * b);
        return true;
    case OP_MULHU:
        *r = (uint64_t)((unsigned __int128)a * b >> 64);
        return true;
    case OP_DIVU:
        *r = b == 0 ? UINT64_MAX : a / b;
        return true;
    case OP_REMU:
        *r = b == 0 ? a : a % b;
        return true;
    case OP_DIVUW:
        *r = (uint32_t)b == 0 ? UINT64_MAX : SX32((uint32_t)a / (uint32_t)b);
        return true;
    default:
        return false;
    }
}

/* Of doubles, rounded to nearest as the host does. */
static bool real(const struct insn *insn, uint64_t a, uint64_t b, uint64_t *r)
{
    switch (insn->op) {
    case OP_FADD_D:
        *r = of_double(as_double(a) + as_double(b));
        return true;
    case OP_FSUB_D:
        *r = of_double(as_double(a) - as_double(b));
        return true;
    case OP_FMUL_D:
        *r = of_double(as_double(a) * as_double(b));
        return true;
    case OP_FDIV_D:
        *r = of_double(as_double(a) / as_double(b));
        return true;
    case OP_FCVT_D_W:
        *r = of_double((double)(int32_t)a);
        return true;
    case OP_FMV_D_X:
    case OP_FMV_X_D:
        *r = a;
        return true;
    case OP_FLT_D:
        *r = as_double(a) < as_double(b);
        return true;
    default:
        return false;
    }
}

static void check_result(const struct run *run, unsigned i)
{
    const struct frame_insn *fi = &run->path->insn[i];
    uint64_t a, b, have, want;
    rounded |= insn_info(&fi->insn)->class & INSN_CSR && fi->insn.imm >= 2 && fi->insn.rs1 != 0;
    bool has_a = run_value(run, &fi->in[0], &a) || fi->in[0].source == VALUE_NONE;
    bool has_b = run_value(run, &fi->in[1], &b) || fi->in[1].source == VALUE_NONE;
    if (!has_a || !has_b || !run_value(run, &fi->out, &have))
        return;
    bool nearest = fi->insn.rm == ROUND_NEAREST_EVEN || (fi->insn.rm == ROUND_DYNAMIC && !rounded);
    if (!whole(&fi->insn, a, b, &want) && !(nearest && real(&fi->insn, a, b, &want)))
        return;
    if (have != want)
        differ(run, i, "its result", have, want);
    recomputed++;
}

/* ---- memory ---- */

static struct cell *cell_of(uint64_t address)
{
    struct cell *c = &cells[address * 0x9e3779b97f4a7c15u >> 48];
    if (c->address != address)
        *c = (struct cell){.address = address};
    return c;
}

static void check_memory(const struct run *run, unsigned i)
{
    struct access a;
    uint64_t failed;
    const struct frame_insn *fi = &run->path->insn[i];
    if (!alone || !run_access(run, i, &a))
        return;
    bool plain = !(insn_info(&fi->insn)->class & INSN_AMO);
    bool sc = fi->insn.op == OP_SC_W || fi->insn.op == OP_SC_D;
    for (unsigned k = 0; k < a.size; k++) {
        struct cell *c = cell_of(a.address + k);
        uint8_t loaded = (uint8_t)(a.loaded >> 8 * k);
        if (a.load && a.known && c->known && c->byte != loaded)
            differ(run, i, "what it loads", a.loaded, (uint64_t)c->byte << 8 * k);
        loads += a.load && a.known && c->known;
        if (plain && a.store)
            *c = (struct cell){a.address + k, true, (uint8_t)(a.stored >> 8 * k)};
        else if (a.store && !(sc && run_value(run, &fi->out, &failed) && failed != 0))
            c->known = false;
        else if (a.load && a.known)
            *c = (struct cell){a.address + k, true, loaded};
    }
}

/* ---- full → replay → full ---- */

static void check_expansion(const struct run *run)
{
    static struct frame_path replay;
    static unsigned char small[FRAME_SIZE_MAX], again[EXPANDED_SIZE];
    static struct thread then;
    struct entry entry = {.stored = &replay, .full = run->entry->full};
    memcpy(then.cpu.x, run->before->v, sizeof(then.cpu.x));
    memcpy(then.cpu.f, run->before->v + FRAME_F(0), sizeof(then.cpu.f));
    then.cpu.frm = run->before->frm;
    frame_begin(&replay, FRAME_REPLAY);
    for (unsigned i = 0; i < run->path->count; i++)
        frame_add(&replay, run->path->insn[i].pc, &run->path->insn[i].insn);
    for (unsigned i = 0; i < run->count; i++) {
        const struct frame_value *v = &replay.insn[i].out;
        uint64_t value;
        if (v->source != VALUE_SLOT)
            continue;
        run_value(run, &run->path->insn[i].out, &value);
        memcpy(small + replay.slot[v->number].offset, &value, replay.slot[v->number].size);
    }
    replay_expand(&then, &entry, small, run->count, again);
    if (memcmp(again + 4, run->frame + 4, frame_size(run->path, run->count) - 4) != 0)
        differ(run, 0, "the frame, made of level replay,", 0, 0);
    expanded++;
}

static bool check_run(void *self, const struct run *run)
{
    (void)self;
    for (unsigned i = 0; run->frame != NULL && i < run->count; i++) {
        check_result(run, i);
        check_memory(run, i);
    }
    if (run->entry->stored->level == FRAME_RESULTS && run->frame != NULL)
        check_expansion(run);
    return true;
}

/* The kernel may have written anywhere. */
static bool forget(void *self, const struct thread *t, uint64_t number, bool back, uint64_t result)
{
    (void)self, (void)t, (void)number, (void)back, (void)result;
    memset(cells, 0, sizeof(cells));
    return true;
}

static bool forget_lost(void *self, const struct etch_record *record)
{
    (void)record;
    return forget(self, NULL, 0, false, 0);
}

static bool forget_signal(void *self, const struct thread *t, uint64_t pc, uint32_t signal)
{
    (void)pc, (void)signal;
    return forget(self, t, 0, false, 0);
}

int main(int argc, char **argv)
{
    static const struct insn_sink sink = {NULL, check_run, forget, forget_signal, forget_lost};
    static const struct insn_sink nothing;
    if (argc != 2)
        return 2;
    walk.symbols = &symbols;
    walk_trace(&walk, (const char *const *)&argv[1], 1, &nothing);
    alone = walk.n_threads == 1;
    walk_free(&walk);
    walk = (struct walk){.symbols = &symbols, .track = true};
    int status = walk_trace(&walk, (const char *const *)&argv[1], 1, &sink);
    if (status < 0)
        fprintf(stderr, "%s\n", walk.error != NULL ? walk.error : "no trace");
    printf("%lu instructions, %lu recomputed, %lu bytes loaded as stored, %lu frames expanded\n",
           walk.number, recomputed, loads, expanded);
    return status < 0 ? 2 : status;
}
