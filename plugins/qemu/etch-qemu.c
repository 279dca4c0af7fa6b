/* SPDX-License-Identifier: MIT
 *
 * etch-qemu.c: a plugin for qemu-riscv64 that stores the frames of guest/frame.h in
 * etch's pool: which blocks were run (level=blocks), where and what they loaded and
 * stored (level=memory), and, where QEMU shows registers, results (level=full) or what
 * cannot be computed (level=replay), as etch guest does.
 *
 *     ETCH_TRACE=policy=block,ctf=DIR qemu-riscv64 -plugin libetch-qemu.so,level=full PROGRAM
 *
 * One library for all versions of QEMU's interface: it says that it is of the version
 * that the QEMU which loads it has.
 *
 * Reads:  the guest's code, when QEMU translates it.
 * Writes: nothing but what it gives QEMU to call (store.c).
 * Never:  changes the guest.
 */
#include <etch/etch.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "plugins/qemu/api.h"
#include "plugins/qemu/plugin.h"
#include "plugins/qemu/registers.h"

#define COPIED_CODE_VERSION 3

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

static int served; /* the newest version that this QEMU has */

/* QEMU asks for the version only behind this, and refuses 1 from where it has 2. */
__attribute__((constructor)) static void choose_version(void)
{
    if (registers_are_there())
        qemu_plugin_version = 2;
}

/* ---- translation ---- */

static size_t code_of(const struct qemu_plugin_insn *q, uint8_t code[4])
{
    size_t size = qemu_plugin_insn_size(q);
    if (size > 4)
        return 0;
    uintptr_t at = qemu_plugin_insn_data(q, code, size);
    if (served < COPIED_CODE_VERSION)
        memcpy(code, (const void *)at, size);
    return size;
}

/* The path from instruction i of the block on: up to one that has none. */
static void path_from(struct frame_path *path, const struct qemu_plugin_tb *tb, size_t i)
{
    frame_begin(path, level);
    for (size_t n = qemu_plugin_tb_n_insns(tb); i < n; i++) {
        const struct qemu_plugin_insn *q = qemu_plugin_tb_get_insn(tb, i);
        struct insn insn;
        uint8_t code[4];
        if (guest_decode(code, code_of(q, code), &insn) == 0 ||
            (insn_info(&insn)->class & INSN_SYSTEM && insn.op != OP_FENCE_I) ||
            !frame_add(path, qemu_plugin_insn_vaddr(q), &insn))
            break;
    }
}

static struct part *part_of(const struct frame_path *path)
{
    size_t size = offsetof(struct frame_path, insn) + path->count * sizeof(path->insn[0]);
    struct part *b = calloc(1, sizeof(*b));
    if (b == NULL || (b->path = malloc(size)) == NULL) {
        free(b);
        return NULL;
    }
    memcpy(b->path, path, size);
    const struct frame_insn *last = &path->insn[path->count - 1];
    uint32_t class = insn_info(&last->insn)->class;
    uint64_t to = last->pc + (uint64_t)last->insn.imm, behind = last->pc + last->insn.length;
    b->next[0] = class & INSN_JUMP ? to : behind;
    b->next[1] = class & INSN_BRANCH ? to : b->next[0];
    if (last->insn.op == OP_JALR)
        b->next[0] = b->next[1] = 0;
    b->size = (uint32_t)frame_size(path, path->count);
    b->tail = path->n_slots;
    part_declare(b);
    return b;
}

/* Whether QEMU may leave the block in front of it, for a signal or to begin it again. */
static bool may_fault(const struct insn *insn)
{
    return insn_info(insn)->class & (INSN_LOAD | INSN_STORE | INSN_CSR | INSN_RM);
}

/* Registers are read as late as may be: before they are written again, and before
 * what may fault. Those that are left then, when the next part is reached. */
static void add_points(struct qemu_plugin_tb *tb, size_t from, struct part *b)
{
    struct point *points = calloc(b->path->count, sizeof(*points));
    uint64_t pending = 0;
    unsigned read = 0, first;
    for (unsigned i = 0; points != NULL && i < b->path->count; i++) {
        const struct frame_insn *fi = &b->path->insn[i];
        unsigned end = frame_slots(b->path, i, &first);
        bool writes = fi->out.source != VALUE_NONE;
        if (fi->insn.op == OP_JALR || (i > 0 && may_fault(&fi->insn)) ||
            (writes && pending >> fi->out.reg & 1)) {
            points[i] = (struct point){b, i, read, first};
            qemu_plugin_register_vcpu_insn_exec_cb(qemu_plugin_tb_get_insn(tb, from + i),
                                                   store_point, PLUGIN_READ_REGISTERS, &points[i]);
            read = first;
            pending = 0;
        }
        for (unsigned s = first; s < end; s++)
            pending |= UINT64_C(1) << b->path->slot[s].reg;
    }
    b->tail = read;
}

static void add_accesses(struct qemu_plugin_tb *tb, size_t from, struct part *b)
{
    for (unsigned i = 0; i < b->path->count; i++) {
        const struct frame_value *address = &b->path->insn[i].address;
        if (address->source == VALUE_SLOT)
            qemu_plugin_register_vcpu_mem_cb(qemu_plugin_tb_get_insn(tb, from + i), store_access,
                                             PLUGIN_NO_REGISTERS, PLUGIN_BOTH,
                                             &b->path->slot[address->number]);
    }
}

static struct stop *stop_at(const struct qemu_plugin_insn *q)
{
    struct stop *stop = calloc(1, sizeof(*stop));
    uint8_t code[4];
    struct insn insn;
    if (stop == NULL)
        return NULL;
    stop->pc = qemu_plugin_insn_vaddr(q);
    stop->next = stop->pc + qemu_plugin_insn_size(q);
    stop->call = guest_decode(code, code_of(q, code), &insn) != 0 && insn.op == OP_ECALL;
    return stop;
}

/* The part, or the stop, that begins with instruction i: how many instructions it is,
 * or 0: there is no memory for it. */
static size_t add_part(struct qemu_plugin_tb *tb, size_t i)
{
    enum plugin_registers shown =
        level_has_registers() ? PLUGIN_READ_REGISTERS : PLUGIN_NO_REGISTERS;
    struct qemu_plugin_insn *q = qemu_plugin_tb_get_insn(tb, i);
    struct frame_path path;
    path_from(&path, tb, i);
    void *data = path.count == 0 ? (void *)stop_at(q) : (void *)part_of(&path);
    plugin_exec_fn *fn = path.count == 0 ? store_stop : store_part;
    if (data == NULL)
        return 0;
    if (i == 0)
        qemu_plugin_register_vcpu_tb_exec_cb(tb, fn, shown, data);
    else
        qemu_plugin_register_vcpu_insn_exec_cb(q, fn, shown, data);
    if (path.count != 0 && level_has_registers())
        add_points(tb, i, data);
    if (path.count != 0 && level == FRAME_MEMORY)
        add_accesses(tb, i, data);
    return path.count == 0 ? 1 : path.count;
}

/* Whether the guest's addresses are QEMU's: then its memory can be looked at. */
static bool sees_memory(const struct qemu_plugin_tb *tb)
{
    const struct qemu_plugin_insn *q = qemu_plugin_tb_get_insn(tb, 0);
    uint8_t there[2] = {0}, code[4] = {0};
    struct iovec to = {there, sizeof(there)};
    struct iovec from = {(void *)(uintptr_t)qemu_plugin_insn_vaddr(q), sizeof(there)};
    code_of(q, code);
    return process_vm_readv(getpid(), &to, 1, &from, 1, 0) == sizeof(there) &&
           memcmp(there, code, sizeof(there)) == 0;
}

static void only_blocks(const char *why)
{
    fprintf(stderr, "etch-qemu: %s: level=blocks\n", why);
    level = FRAME_BLOCKS;
}

static void translated(uint64_t plugin, struct qemu_plugin_tb *tb)
{
    (void)plugin;
    if (level == FRAME_MEMORY && !sees_memory(tb))
        only_blocks("the guest's memory is elsewhere (qemu-riscv64 -B 0 helps)");
    for (size_t i = 0, n = qemu_plugin_tb_n_insns(tb), done = 1; i < n && done != 0; i += done)
        done = add_part(tb, i);
}

/* ---- CPUs and system calls ---- */

static void cpu_begins(uint64_t plugin, unsigned vcpu)
{
    (void)plugin, (void)vcpu;
    if (level_has_registers() && !registers_find())
        only_blocks("this QEMU does not show the registers x1 to x31");
}

static void cpu_ends(uint64_t plugin, unsigned vcpu)
{
    (void)plugin, (void)vcpu;
    store_end();
}

static void call(uint64_t plugin, unsigned vcpu, int64_t number, uint64_t a1, uint64_t a2,
                 uint64_t a3, uint64_t a4, uint64_t a5, uint64_t a6, uint64_t a7, uint64_t a8)
{
    const uint64_t values[7] = {(uint64_t)number, a1, a2, a3, a4, a5, a6};
    (void)plugin, (void)vcpu, (void)a7, (void)a8;
    if (!level_has_registers())
        store_call(values);
}

static void result(uint64_t plugin, unsigned vcpu, int64_t number, int64_t value)
{
    (void)plugin, (void)vcpu, (void)number;
    store_result((uint64_t)value);
}

/* QEMU leaves without the destructors of libraries. */
static void end(uint64_t plugin, void *data)
{
    (void)plugin, (void)data;
    store_end();
    etch_flush();
}

/* ---- at load ---- */

static int refuse(const char *what, const char *value)
{
    fprintf(stderr, "etch-qemu: %s%s\n", what, value);
    return -1;
}

static int parse(int argc, char **argv)
{
    static const struct {
        const char *text;
        enum frame_level level;
    } levels[] = {{"level=blocks", FRAME_BLOCKS},
                  {"level=memory", FRAME_MEMORY},
                  {"level=replay", FRAME_REPLAY},
                  {"level=full", FRAME_RESULTS}};
    for (int i = 0; i < argc; i++) {
        unsigned n = 0;
        while (n < 4 && strcmp(argv[i], levels[n].text) != 0)
            n++;
        if (n == 4)
            return refuse("level=blocks, memory, replay or full, but not ", argv[i]);
        level = levels[n].level;
        if (level_has_registers() && !registers_are_there())
            return refuse("QEMU shows registers from 9.0 on, and this one has level=blocks and "
                          "level=memory only, not ",
                          argv[i]);
    }
    return 0;
}

__attribute__((visibility("default"))) int
qemu_plugin_install(uint64_t plugin, const struct plugin_info *info, int argc, char **argv)
{
    if (info->system || strcmp(info->target, "riscv64") != 0)
        return refuse("it is of qemu-riscv64 only, and this is for ", info->target);
    if (parse(argc, argv) < 0)
        return -1;
    served = info->version.current;
    pthread_atfork(NULL, NULL, store_forked);
    qemu_plugin_register_vcpu_init_cb(plugin, cpu_begins);
    qemu_plugin_register_vcpu_tb_trans_cb(plugin, translated);
    qemu_plugin_register_vcpu_syscall_cb(plugin, call);
    qemu_plugin_register_vcpu_syscall_ret_cb(plugin, result);
    qemu_plugin_register_vcpu_exit_cb(plugin, cpu_ends);
    qemu_plugin_register_atexit_cb(plugin, end, NULL);
    return 0;
}
