/* SPDX-License-Identifier: MIT
 *
 * x86_forms.c: every form of instruction that the encoder writes, over all registers,
 * bases, indexes and lengths of displacement; once as its bytes, once as text for an
 * assembler, each at a multiple of 16:
 *
 *   x86_forms BYTES TEXT
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest/x86.h"

enum { ROOM = 8 << 20 };

static FILE *text;
static struct x86 x;
static uint8_t *at; /* where the form begins */

static const char *const names[4][16] = {
    {"al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil", "r8b", "r9b", "r10b", "r11b", "r12b",
     "r13b", "r14b", "r15b"},
    {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di", "r8w", "r9w", "r10w", "r11w", "r12w", "r13w",
     "r14w", "r15w"},
    {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "r8d", "r9d", "r10d", "r11d", "r12d",
     "r13d", "r14d", "r15d"},
    {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
     "r14", "r15"},
};
static const int32_t disps[] = {0, 1, 127, -128, 128, -129, INT32_MAX, INT32_MIN};
static const int32_t numbers[] = {0, 1, -1, 127, -128, 128, -129, INT32_MAX, INT32_MIN};

/* How an operand is written: a register of so many bytes, or of SSE. */
enum kind { NONE = 0, I8 = 1, I16 = 2, I32 = 4, I64 = 8, SSE = 32, SSE32 = 36, SSE64 = 40 };

static const char *reg_name(enum kind kind, int reg)
{
    static char sse[8];
    if (kind < SSE)
        return names[kind == I8 ? 0 : kind == I16 ? 1 : kind == I32 ? 2 : 3][reg];
    snprintf(sse, sizeof(sse), "xmm%d", reg);
    return sse;
}

static const char *rm_name(enum kind kind, struct x86_rm rm)
{
    static const char *const sizes[] = {
        [1] = "byte ptr ", [2] = "word ptr ", [4] = "dword ptr ", [8] = "qword ptr "};
    static char name[80];
    char index[16] = "";
    if (!rm.memory)
        return reg_name(kind, rm.base);
    const char *size = kind == SSE ? "xmmword ptr " : kind == NONE ? "" : sizes[kind & 15];
    if (rm.index != X86_NONE)
        snprintf(index, sizeof(index), "+%s*%d", names[3][rm.index], 1 << rm.shift);
    if (rm.base == X86_RIP)
        snprintf(name, sizeof(name), "%s[rip+1f]", size);
    else
        snprintf(name, sizeof(name), "%s[%s%s%+" PRId32 "]", size, names[3][rm.base], index,
                 rm.disp);
    return name;
}

static void form(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fputs("1:", text);
    vfprintf(text, format, list);
    fputs("\n.p2align 4\n", text);
    va_end(list);
    x86_align(&x, 16);
    at = x.at;
}

/* The nth operand of a kind, in turn all: registers, bases with each displacement, bases
 * with an index; *done when there are no more. */
static struct x86_rm nth_rm(unsigned n, bool *done)
{
    unsigned n_disps = sizeof(disps) / sizeof(disps[0]);
    *done = false;
    if (n < 16)
        return x86_r((int)n);
    n -= 16;
    if (n < 16 * n_disps)
        return x86_m((int)(n % 16), disps[n / 16]);
    n -= 16 * n_disps;
    if (n < 256 && n % 16 != RSP)
        return x86_mx((int)(n / 16), (int)(n % 16), n & 3, disps[n % n_disps]);
    if (n < 256)
        return x86_mx((int)(n / 16), RAX, 0, 0);
    *done = true;
    return x86_at(at + 16);
}

static const struct {
    uint32_t op;
    const char *name;
    uint8_t reg, rm;
    bool rm_first;
    bool registers, memory; /* which of the two it has */
} forms[] = {
#define ALU(op, name)                                                                              \
    {(op), name, I32, I32, false, true, true},                                                     \
    {                                                                                              \
        (op) | X86_W, name, I64, I64, false, true, true                                            \
    }
#define BACK(op, name)                                                                             \
    {(op), name, I32, I32, true, true, true},                                                      \
    {                                                                                              \
        (op) | X86_W, name, I64, I64, true, true, true                                             \
    }
    ALU(X86_ADD, "add"),
    ALU(X86_OR, "or"),
    ALU(X86_AND, "and"),
    ALU(X86_SUB, "sub"),
    ALU(X86_XOR, "xor"),
    ALU(X86_CMP, "cmp"),
    BACK(X86_TEST, "test"),
    ALU(X86_MOV, "mov"),
    BACK(X86_STORE, "mov"),
    {X86_STORE8, "mov", I8, I8, true, false, true},
    {X86_STORE16, "mov", I16, I16, true, true, true},
    {X86_LEA | X86_W, "lea", I64, NONE, false, false, true},
    {X86_MOVSXD, "movsxd", I64, I32, false, true, true},
    {X86_MOVZX8, "movzx", I32, I8, false, true, true},
    {X86_MOVZX16, "movzx", I32, I16, false, true, true},
    {X86_MOVSX8, "movsx", I64, I8, false, true, true},
    {X86_MOVSX16, "movsx", I64, I16, false, true, true},
    ALU(X86_IMUL, "imul"),
    /* of two registers they can be written in either order */
    {X86_XCHG, "xchg", I32, I32, true, false, true},
    {X86_XCHG | X86_W, "xchg", I64, I64, true, false, true},
    BACK(X86_CMPXCHG, "cmpxchg"),
    BACK(X86_XADD, "xadd"),
    ALU(X86_CMOV + X86_B, "cmovb"),
    ALU(X86_CMOV + X86_G, "cmovg"),
    {X86_MOVSD_LOAD, "movsd", SSE, SSE64, false, true, true},
    {X86_MOVSD_STORE, "movsd", SSE, SSE64, true, false, true},
    {X86_MOVSS_LOAD, "movss", SSE, SSE32, false, true, true},
    {X86_MOVSS_STORE, "movss", SSE, SSE32, true, false, true},
    {X86_MOVAPS, "movaps", SSE, SSE, false, true, true},
    {X86_MOVD_TO_X, "movd", SSE, I32, false, true, true},
    {X86_MOVD_TO_X | X86_W, "movq", SSE, I64, false, true, false},
    {X86_MOVD_FROM_X, "movd", SSE, I32, true, true, true},
    {X86_MOVD_FROM_X | X86_W, "movq", SSE, I64, true, true, false},
    {X86_ADDSD, "addsd", SSE, SSE64, false, true, true},
    {X86_MULSD, "mulsd", SSE, SSE64, false, true, true},
    {X86_SUBSD, "subsd", SSE, SSE64, false, true, true},
    {X86_DIVSD, "divsd", SSE, SSE64, false, true, true},
    {X86_SQRTSD, "sqrtsd", SSE, SSE64, false, true, true},
    {X86_CVTSD2SS, "cvtsd2ss", SSE, SSE64, false, true, true},
    {X86_CVTSS2SD, "cvtss2sd", SSE, SSE32, false, true, true},
    {X86_CVTSI2SD, "cvtsi2sd", SSE, I32, false, true, true},
    {X86_CVTSI2SD | X86_W, "cvtsi2sd", SSE, I64, false, true, true},
    {X86_CVTSD2SI, "cvtsd2si", I32, SSE64, false, true, true},
    {X86_CVTSD2SI | X86_W, "cvtsd2si", I64, SSE64, false, true, true},
    {X86_CVTTSD2SI, "cvttsd2si", I32, SSE64, false, true, true},
    {X86_CVTTSD2SI | X86_W, "cvttsd2si", I64, SSE64, false, true, true},
    {X86_UCOMISD, "ucomisd", SSE, SSE64, false, true, true},
    {X86_COMISD, "comisd", SSE, SSE64, false, true, true},
    {X86_UCOMISS, "ucomiss", SSE, SSE32, false, true, true},
    {X86_COMISS, "comiss", SSE, SSE32, false, true, true},
    {X86_XORPS, "xorps", SSE, SSE, false, true, true},
    {X86_ANDPS, "andps", SSE, SSE, false, true, true},
    {X86_ANDNPS, "andnps", SSE, SSE, false, true, true},
    {X86_ORPS, "orps", SSE, SSE, false, true, true},
    {X86_PUNPCKLDQ, "punpckldq", SSE, SSE, false, true, true},
};

/* Operations with a register and what may be memory: registers all with all. */
static void two_operands(void)
{
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        bool done = false;
        for (unsigned n = 0; !done; n++) {
            struct x86_rm rm = nth_rm(n, &done);
            if (rm.memory ? !forms[i].memory : !forms[i].registers)
                continue;
            for (int reg = rm.memory ? (int)(n * 7 % 16) : 0; reg < 16; reg += rm.memory ? 16 : 1) {
                char first[80], second[80];
                if (rm.base == X86_RIP)
                    rm = x86_at(at + 16);
                x86_op(&x, forms[i].op, reg, rm);
                snprintf(first, sizeof(first), "%s", reg_name(forms[i].reg, reg));
                snprintf(second, sizeof(second), "%s", rm_name(forms[i].rm, rm));
                form("%s %s, %s", forms[i].name, forms[i].rm_first ? second : first,
                     forms[i].rm_first ? first : second);
            }
        }
    }
}

static void vex(void)
{
    static const struct {
        uint32_t op;
        const char *name;
        bool shift, wide;
    } all[] = {{X86_SHLX, "shlx", true, false},
               {X86_SHLX, "shlx", true, true},
               {X86_SARX, "sarx", true, true},
               {X86_SHRX, "shrx", true, true},
               {X86_FMADD231, "vfmadd231sd", false, true},
               {X86_FMSUB231, "vfmsub231ss", false, false},
               {X86_FNMADD231, "vfnmadd231sd", false, true},
               {X86_FNMSUB231, "vfnmsub231sd", false, true}};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        bool done = false;
        for (unsigned n = 0; !done; n++) {
            struct x86_rm rm = nth_rm(n, &done);
            int reg = (int)(n * 5 % 16), v = (int)(n * 11 / 16 % 16);
            enum kind kind = !all[i].shift ? SSE : all[i].wide ? I64 : I32;
            enum kind memory = !all[i].shift ? all[i].wide ? SSE64 : SSE32 : kind;
            char first[8], third[8];
            x86_vex(&x, all[i].op | (all[i].wide ? (uint32_t)X86_W : 0), reg, v, rm);
            snprintf(first, sizeof(first), "%s", reg_name(kind, reg));
            snprintf(third, sizeof(third), "%s", reg_name(kind, v));
            if (all[i].shift)
                form("%s %s, %s, %s", all[i].name, first, rm_name(memory, rm), third);
            else
                form("%s %s, %s, %s", all[i].name, first, third, rm_name(memory, rm));
        }
    }
}

static void group_immediates(struct x86_rm rm, unsigned n)
{
    static const struct {
        enum x86_group group;
        const char *name;
    } all[] = {{X86_GROUP_ADD, "add"}, {X86_GROUP_OR, "or"},   {X86_GROUP_AND, "and"},
               {X86_GROUP_SUB, "sub"}, {X86_GROUP_XOR, "xor"}, {X86_GROUP_CMP, "cmp"}};
    for (unsigned i = 0; i < 6; i++) {
        int32_t imm = numbers[(n + i) % 9];
        x86_alu_imm(&x, all[i].group, 0, rm, imm);
        form("%s %s, %" PRId32, all[i].name, rm_name(I32, rm), imm);
        imm = numbers[(n + i + 4) % 9];
        x86_alu_imm(&x, all[i].group, X86_W, rm, imm);
        form("%s %s, %" PRId32, all[i].name, rm_name(I64, rm), imm);
    }
    x86_cmp8_imm(&x, rm, (int8_t)(n * 37));
    form("cmp %s, %d", rm_name(I8, rm), (int8_t)(n * 37));
    x86_test_imm(&x, rm, numbers[n % 9]);
    form("test %s, %" PRId32, rm_name(I32, rm), numbers[n % 9]);
    x86_imul_imm(&x, X86_W, (int)(n % 16), rm, numbers[n / 3 % 9] | 256);
    char reg[8];
    snprintf(reg, sizeof(reg), "%s", reg_name(I64, (int)(n % 16)));
    form("imul %s, %s, %" PRId32, reg, rm_name(I64, rm), numbers[n / 3 % 9] | 256);
}

static void group_unary(struct x86_rm rm)
{
    static const char *const all[] = {[X86_GROUP_NOT] = "not", "neg", "mul", "imul", "div", "idiv"};
    for (unsigned g = X86_GROUP_NOT; g <= X86_GROUP_IDIV; g++) {
        x86_unary(&x, (enum x86_group)g, 0, rm);
        form("%s %s", all[g], rm_name(I32, rm));
        x86_unary(&x, (enum x86_group)g, X86_W, rm);
        form("%s %s", all[g], rm_name(I64, rm));
    }
    x86_jmp_rm(&x, rm);
    form("jmp %s", rm_name(I64, rm));
    x86_call_rm(&x, rm);
    form("call %s", rm_name(I64, rm));
}

static void only_memory(struct x86_rm rm, unsigned n)
{
    for (unsigned size = 1; size <= 8; size *= 2) {
        int32_t imm = numbers[(n + size) % 9];
        imm = size == 1 ? (int8_t)imm : size == 2 ? (int16_t)imm : imm;
        x86_store_imm(&x, size, rm, imm);
        form("mov %s, %" PRId32, rm_name((enum kind)size, rm), imm);
    }
    x86_ldmxcsr(&x, rm);
    form("ldmxcsr %s", rm_name(I32, rm));
    x86_stmxcsr(&x, rm);
    form("stmxcsr %s", rm_name(I32, rm));
    x86_lock(&x);
    x86_op(&x, X86_CMPXCHG | X86_W, (int)(n % 16), rm);
    char reg[8];
    snprintf(reg, sizeof(reg), "%s", reg_name(I64, (int)(n % 16)));
    form("lock cmpxchg %s, %s", rm_name(I64, rm), reg);
}

static void one_operand(void)
{
    for (unsigned n = 0;; n++) {
        bool done;
        struct x86_rm rm = nth_rm(n, &done);
        if (done)
            return;
        group_immediates(rm, n);
        group_unary(rm);
        if (rm.memory)
            only_memory(rm, n);
    }
}

static void one_register(int reg)
{
    static const uint64_t values[] = {0,          1,          INT32_MAX,
                                      0x80000000, UINT32_MAX, 1ull << 32,
                                      UINT64_MAX, 1ull << 63, 0xffffffff80000000};
    static const struct {
        enum x86_group group;
        const char *name;
    } shifts[] = {{X86_GROUP_SHL, "shl"}, {X86_GROUP_SHR, "shr"}, {X86_GROUP_SAR, "sar"}};
    for (unsigned i = 0; i < 9; i++) {
        x86_mov_imm(&x, reg, values[i]);
        /* the shortest form that gives the value */
        if (values[i] <= UINT32_MAX)
            form("mov %s, %#" PRIx64, reg_name(I32, reg), values[i]);
        else
            form("mov %s, %#" PRIx64, reg_name(I64, reg), values[i]);
    }
    for (unsigned i = 0; i < 3; i++) {
        x86_shift_imm(&x, shifts[i].group, 0, reg, 31);
        form("%s %s, 31", shifts[i].name, reg_name(I32, reg));
        x86_shift_imm(&x, shifts[i].group, X86_W, reg, 63);
        form("%s %s, 63", shifts[i].name, reg_name(I64, reg));
        x86_shift_cl(&x, shifts[i].group, 0, reg);
        form("%s %s, cl", shifts[i].name, reg_name(I32, reg));
        x86_shift_cl(&x, shifts[i].group, X86_W, reg);
        form("%s %s, cl", shifts[i].name, reg_name(I64, reg));
    }
    x86_push(&x, reg);
    form("push %s", reg_name(I64, reg));
    x86_pop(&x, reg);
    form("pop %s", reg_name(I64, reg));
    for (int from = 0; from < 16; from++) {
        x86_mov(&x, reg, from);
        if (from != reg) {
            char to[8];
            snprintf(to, sizeof(to), "%s", reg_name(I64, reg));
            form("mov %s, %s", to, reg_name(I64, from));
        } else if (x.at != at) {
            form("ud2"); /* a move to itself is none */
        }
    }
}

static void conditions(void)
{
    static const struct {
        enum x86_condition condition;
        const char *name;
    } all[] = {{X86_O, "o"},   {X86_B, "b"},   {X86_AE, "ae"}, {X86_E, "e"},   {X86_NE, "ne"},
               {X86_BE, "be"}, {X86_A, "a"},   {X86_P, "p"},   {X86_NP, "np"}, {X86_L, "l"},
               {X86_GE, "ge"}, {X86_LE, "le"}, {X86_G, "g"}};
    for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        for (int reg = 0; reg < 16; reg++) {
            x86_setcc(&x, all[i].condition, reg);
            form("set%s %s", all[i].name, reg_name(I8, reg));
        }
        x86_jcc(&x, all[i].condition, at + 16);
        form("j%s 1f", all[i].name);
        x86_bind(&x, x86_jcc_patchable(&x, all[i].condition), at);
        form("j%s 1b", all[i].name);
    }
    x86_jmp(&x, at + 16);
    form("jmp 1f");
    x86_call(&x, at + 16);
    form("call 1f");
    x86_mfence(&x);
    form("mfence");
    x86_cqo(&x, 0);
    form("cdq");
    x86_cqo(&x, X86_W);
    form("cqo");
    x86_ret(&x);
    form("ret");
    x86_int3(&x);
    form("int3");
}

int main(int argc, char **argv)
{
    FILE *bytes = argc == 3 ? fopen(argv[1], "w") : NULL;
    uint8_t *code = aligned_alloc(64, ROOM);
    text = argc == 3 ? fopen(argv[2], "w") : NULL;
    if (bytes == NULL || text == NULL || code == NULL)
        return 2;
    x = (struct x86){code, code + ROOM, false};
    at = code;
    fputs(".intel_syntax noprefix\n.text\n", text);
    two_operands();
    vex();
    one_operand();
    for (int reg = 0; reg < 16; reg++)
        one_register(reg);
    conditions();
    fputs("1:\n", text);
    fwrite(code, 1, (size_t)(x.at - code), bytes);
    return x.full || fclose(bytes) != 0 || fclose(text) != 0;
}
