/* SPDX-License-Identifier: MIT
 *
 * frame.c: see frame.h.
 */
#include "frame.h"

#include <stdio.h>
#include <string.h>

static const char *const levels[] = {"blocks", "replay", "full", "memory", "results"};

void frame_begin(struct frame_path *path, enum frame_level level)
{
    path->level = (uint8_t)level;
    path->count = path->n_slots = 0;
    memset(path->now, 0, sizeof(path->now)); /* VALUE_NONE: not yet read */
}

/* ---- slots ---- */

static struct frame_value add_slot(struct frame_path *path, struct frame_slot slot)
{
    slot.insn = (uint8_t)path->count;
    struct frame_insn *fi = &path->insn[path->count];
    slot.offset = fi->size;
    fi->size = (uint16_t)(fi->size + slot.size);
    path->slot[path->n_slots] = slot;
    return (struct frame_value){VALUE_SLOT, (uint8_t)path->n_slots++, slot.reg};
}

/* What the path knows of a register that is read; at full a slot if nothing yet. */
static struct frame_value value_read(struct frame_path *path, uint8_t reg)
{
    struct frame_value *now = &path->now[reg];
    if (reg == FRAME_X(0))
        return (struct frame_value){VALUE_NONE, 0, reg};
    if (now->source == VALUE_NONE && path->level == FRAME_FULL)
        *now = add_slot(path, (struct frame_slot){.reg = reg, .size = 8});
    struct frame_value value = *now;
    if (value.source == VALUE_NONE)
        value.source = VALUE_UNKNOWN;
    value.reg = reg;
    return value;
}

/* Whether a result follows from the instruction alone, and what it is. */
static bool is_constant(const struct insn *insn, uint64_t pc, uint64_t *value)
{
    switch (insn->op) {
    case OP_LUI:
        *value = (uint64_t)insn->imm;
        return true;
    case OP_AUIPC:
        *value = pc + (uint64_t)insn->imm;
        return true;
    case OP_JAL:
    case OP_JALR:
        *value = pc + insn->length;
        return true;
    case OP_ADDI:
    case OP_ADDIW:
        *value = (uint64_t)insn->imm;
        return insn->rs1 == 0;
    default:
        return false;
    }
}

/* A result that is the value of a register that was read: its index, or -1. */
static int is_move(const struct insn *insn)
{
    if (insn->op == OP_ADDI && insn->imm == 0)
        return 0;
    if (insn->op == OP_ADD && (insn->rs1 == 0) != (insn->rs2 == 0))
        return insn->rs1 == 0;
    return -1;
}

static bool is_single(const struct insn_info *info)
{
    const char *name = info->name, *dot = strchr(name, '.');
    return dot != NULL && (strncmp(dot, ".s", 2) == 0 || strcmp(name, "fmv.w.x") == 0);
}

/* How many bytes tell a result. */
static struct frame_slot result_of(const struct insn *insn)
{
    const struct insn_info *info = insn_info(insn);
    struct frame_slot slot = {.size = 8, .after = true};
    slot.reg = info->class & INSN_FD ? FRAME_F(insn->rd) : FRAME_X(insn->rd);
    size_t length = strlen(info->name);
    bool is_sc = insn->op == OP_SC_W || insn->op == OP_SC_D;
    if (info->class & INSN_LOAD) {
        slot.size = info->size;
        slot.extend = info->class & INSN_SIGNED ? EXTEND_SIGN : EXTEND_ZERO;
        if (info->class & INSN_FD && info->size == 4)
            slot.extend = EXTEND_BOX;
    } else if (is_sc || (info->class & CLASS_FCMP) == CLASS_FCMP || insn->op == OP_SLT ||
               insn->op == OP_SLTU || insn->op == OP_SLTI || insn->op == OP_SLTIU) {
        slot.size = 1;
    } else if (info->class & INSN_FD) {
        slot.size = is_single(info) ? 4 : 8;
        slot.extend = is_single(info) ? EXTEND_BOX : EXTEND_ZERO;
    } else if (!(info->class & (INSN_FLOAT | INSN_CSR)) && length > 1 &&
               info->name[length - 1] == 'w') {
        slot.size = 4;
        slot.extend = EXTEND_SIGN;
    }
    return slot;
}

static bool must_be_told(const struct insn *insn)
{
    uint32_t class = insn_info(insn)->class;
    return class & (INSN_LOAD | INSN_AMO | INSN_CSR);
}

/* Of a move. A value that was itself moved may have another register's name by now. */
static struct frame_value moved_value(const struct frame_insn *fi, int moved, uint8_t to)
{
    const struct frame_value *in = &fi->in[moved];
    if (in->source == VALUE_UNKNOWN || in->source == VALUE_MOVED)
        return (struct frame_value){VALUE_MOVED, in->reg, to};
    return (struct frame_value){in->source, in->number, to};
}

static void add_result(struct frame_path *path, struct frame_insn *fi)
{
    const struct insn *insn = &fi->insn;
    uint32_t class = insn_info(insn)->class;
    bool writes = class & INSN_FD || (class & INSN_XD && insn->rd != 0);
    bool results = path->level == FRAME_FULL || path->level == FRAME_RESULTS;
    int moved = is_move(insn);
    if (!writes)
        return;
    struct frame_slot slot = result_of(insn);
    if (is_constant(insn, fi->pc, &fi->constant))
        fi->out = (struct frame_value){VALUE_CONSTANT, (uint8_t)path->count, slot.reg};
    else if (results && moved >= 0)
        fi->out = moved_value(fi, moved, slot.reg);
    else if (results || (path->level == FRAME_REPLAY && must_be_told(insn)))
        fi->out = add_slot(path, slot);
    else
        fi->out = (struct frame_value){VALUE_UNKNOWN, 0, slot.reg};
    path->now[slot.reg] = fi->out;
}

static void add_access(struct frame_path *path, struct frame_insn *fi)
{
    const struct insn_info *info = insn_info(&fi->insn);
    if (path->level != FRAME_MEMORY || !(info->class & (INSN_LOAD | INSN_STORE)))
        return;
    fi->address =
        add_slot(path, (struct frame_slot){.reg = FRAME_ADDRESS, .size = 8, .after = true});
    fi->data =
        add_slot(path, (struct frame_slot){.reg = FRAME_DATA, .size = info->size, .after = true});
}

bool frame_add(struct frame_path *path, uint64_t pc, const struct insn *insn)
{
    if (path->count == FRAME_INSNS_MAX || path->n_slots + 4 > 255)
        return false;
    struct frame_insn *fi = &path->insn[path->count];
    uint32_t class = insn_info(insn)->class;
    *fi = (struct frame_insn){
        .pc = pc, .insn = *insn, .size = (uint16_t)frame_size(path, path->count)};
    if (class & (INSN_X1 | INSN_F1))
        fi->in[0] = value_read(path, class & INSN_F1 ? FRAME_F(insn->rs1) : FRAME_X(insn->rs1));
    if (class & (INSN_X2 | INSN_F2))
        fi->in[1] = value_read(path, class & INSN_F2 ? FRAME_F(insn->rs2) : FRAME_X(insn->rs2));
    if (class & INSN_F3)
        fi->in[2] = value_read(path, FRAME_F(insn->rs3));
    add_result(path, fi);
    add_access(path, fi);
    fi->slots = path->n_slots;
    path->count++;
    return true;
}

/* ---- values ---- */

uint64_t frame_slot_value(const struct frame_slot *slot, const unsigned char *frame)
{
    uint64_t v = 0;
    if (slot->size == 8) {
        memcpy(&v, frame + slot->offset, 8);
        return v;
    }
    memcpy(&v, frame + slot->offset, slot->size);
    unsigned shift = 64 - 8u * slot->size;
    if (slot->extend == EXTEND_SIGN)
        return (uint64_t)((int64_t)(v << shift) >> shift);
    return slot->extend == EXTEND_BOX ? v | UINT64_C(0xffffffff) << 32 : v;
}

uint64_t frame_value(const struct frame_path *path, const struct frame_value *value,
                     const unsigned char *frame)
{
    if (value->source == VALUE_SLOT)
        return frame_slot_value(&path->slot[value->number], frame);
    return value->source == VALUE_CONSTANT ? path->insn[value->number].constant : 0;
}

/* ---- text ---- */

static void put(char *text, size_t size, size_t *used, char c)
{
    if (*used < size)
        text[*used] = c;
    ++*used;
}

static void put_hex(char *text, size_t size, size_t *used, uint64_t value, unsigned digits)
{
    while (digits < 16 && value >> 4 * digits != 0)
        digits++;
    while (digits-- > 0)
        put(text, size, used, "0123456789abcdef"[value >> 4 * digits & 15]);
}

size_t frame_attributes(const struct frame_path *path, unsigned count, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "%s", levels[path->level]);
    uint64_t next = 0;
    for (unsigned i = 0; i < count; i++) {
        const struct frame_insn *fi = &path->insn[i];
        if (i == 0 || fi->pc != next) {
            put(text, size, &used, ' ');
            put_hex(text, size, &used, fi->pc, 1);
            put(text, size, &used, ':');
        }
        for (unsigned k = 0; k < fi->insn.length; k++)
            put_hex(text, size, &used, fi->insn.raw >> 8 * k & 255, 2);
        next = fi->pc + fi->insn.length;
    }
    if (size != 0)
        text[used < size ? used : size - 1] = '\0';
    return used;
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One run of instructions: "10078:13052100"; steps behind it. */
static bool parse_run(struct frame_path *path, const char **at)
{
    const char *p = *at;
    uint64_t pc = 0;
    uint8_t code[4];
    size_t n = 0;
    for (; digit(*p) >= 0; p++)
        pc = pc << 4 | (unsigned)digit(*p);
    if (*p++ != ':')
        return false;
    while (digit(*p) >= 0) {
        struct insn insn;
        if (digit(p[1]) < 0)
            return false;
        code[n++] = (uint8_t)(digit(*p) << 4 | digit(p[1]));
        p += 2;
        if (n < 2 || n == 3 || guest_decode(code, n, &insn) == 0)
            continue;
        if (!frame_add(path, pc, &insn))
            return false;
        pc += insn.length;
        n = 0;
    }
    *at = p;
    return n == 0;
}

bool frame_parse(struct frame_path *path, const char *attributes)
{
    unsigned level = 0;
    size_t length = strcspn(attributes, " ");
    while (level <= FRAME_RESULTS &&
           (strlen(levels[level]) != length || strncmp(levels[level], attributes, length) != 0))
        level++;
    if (level > FRAME_RESULTS)
        return false;
    frame_begin(path, level);
    const char *p = attributes + length;
    while (*p == ' ') {
        p++;
        if (!parse_run(path, &p))
            return false;
    }
    return *p == '\0';
}
