/* SPDX-License-Identifier: MIT
 *
 * etch-qemu.c: a plugin for qemu-riscv64 that stores the frames of guest/frame.h in
 * etch's pool: which blocks were run (level=blocks), and where and what they loaded
 * and stored (level=memory). The interface of QEMU 7.2 shows no registers.
 *
 *     ETCH_TRACE=policy=block,ctf=DIR qemu-riscv64 -plugin libetch-qemu.so,level=memory PROGRAM
 *
 * Reads:  the guest's code, and its memory behind each access.
 * Writes: frames, of each of the guest's threads.
 * Never:  changes the guest.
 */
#include <etch/etch.h>
#include <etch/frame.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "plugins/qemu/api.h"
#include "guest/frame.h"
#include "guest/frame_class.h"

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

/* A block of QEMU's, for as long as QEMU: it does not say when it forgets one. */
struct block {
    atomic_uint process; /* whose dictionary has it */
    uint32_t id;
    uint32_t size;
    uint64_t end; /* behind its last instruction: where an ecall stands */
    struct frame_path *path;
};

/* What a thread stores. A frame is committed once the next one begins: then its
 * accesses are all there. */
static __thread struct {
    struct etch_cursor *cursor;
    struct block *open;
    uint64_t pc; /* where its last block ended */
} self;

static enum frame_level level = FRAME_BLOCKS;
static atomic_uint next_id = FRAME_PATHS;
static atomic_uint process = 1; /* counts on in a forked child */
static atomic_uint specials;    /* the process whose dictionary has what is no path */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- the dictionary ---- */

static void say(const char *what, int error)
{
    static atomic_bool said;
    if (!atomic_exchange(&said, true))
        fprintf(stderr, "etch-qemu: %s: %s\n", what, strerror(-error));
}

static void declare(struct block *b)
{
    unsigned now = atomic_load(&process);
    pthread_mutex_lock(&lock);
    if (atomic_load(&specials) != now) {
        frame_declare_specials();
        atomic_store(&specials, now);
    }
    if (atomic_load(&b->process) != now) {
        b->id = atomic_fetch_add(&next_id, 1);
        int error = frame_declare(b->path, b->path->count, b->id);
        if (error < 0) {
            say("no dictionary for the trace of instructions, which are lost", error);
            b->id = 0;
        }
        atomic_store(&b->process, now);
    }
    pthread_mutex_unlock(&lock);
}

static void forked(void)
{
    atomic_fetch_add(&process, 1);
    self.open = NULL;
}

/* ---- frames ---- */

static void finish(void)
{
    const struct block *b = self.open;
    self.open = NULL;
    if (b != NULL)
        etch_frame_commit(self.cursor, self.cursor->pos + b->size);
}

static unsigned char *room(size_t size)
{
    finish();
    if (!etch_frame_fits(self.cursor, size) && !etch_frame_turn(&self.cursor, size))
        return NULL;
    return self.cursor->pos;
}

static void run_block(unsigned vcpu, void *data)
{
    struct block *b = data;
    (void)vcpu;
    if (atomic_load_explicit(&b->process, memory_order_relaxed) !=
        atomic_load_explicit(&process, memory_order_relaxed))
        declare(b);
    self.pc = b->end;
    unsigned char *p = b->id == 0 ? (finish(), NULL) : room(b->size);
    if (p == NULL)
        return;
    memcpy(p, &b->id, sizeof(b->id));
    memset(p + sizeof(b->id), 0, b->size - sizeof(b->id));
    self.open = b;
}

/* An access of the open block: its address, and what is there now. */
static void accessed(unsigned vcpu, uint32_t info, uint64_t address, void *data)
{
    const struct frame_slot *slot = data;
    (void)vcpu, (void)info;
    if (self.open == NULL)
        return;
    unsigned char *frame = self.cursor->pos;
    memcpy(frame + slot->offset, &address, sizeof(address));
    memcpy(frame + slot[1].offset, (const void *)(uintptr_t)address, slot[1].size);
}

/* ---- translation ---- */

static struct frame_path *path_of(const struct qemu_plugin_tb *tb, uint64_t *end)
{
    struct frame_path path;
    struct insn insn;
    frame_begin(&path, level);
    for (size_t i = 0, n = qemu_plugin_tb_n_insns(tb); i < n; i++) {
        const struct qemu_plugin_insn *q = qemu_plugin_tb_get_insn(tb, i);
        *end = qemu_plugin_insn_vaddr(q);
        if (guest_decode(qemu_plugin_insn_data(q), qemu_plugin_insn_size(q), &insn) == 0 ||
            insn_info(&insn)->class & INSN_SYSTEM || !frame_add(&path, *end, &insn))
            break;
        *end += insn.length;
    }
    struct frame_path *kept = malloc(sizeof(path));
    if (kept != NULL)
        memcpy(kept, &path, sizeof(path));
    return kept;
}

/* Whether the guest's addresses are QEMU's: then its memory can be looked at. */
static bool sees_memory(const struct qemu_plugin_tb *tb)
{
    const struct qemu_plugin_insn *q = qemu_plugin_tb_get_insn(tb, 0);
    uint16_t there = 0, code;
    struct iovec to = {&there, sizeof(there)};
    struct iovec from = {(void *)(uintptr_t)qemu_plugin_insn_vaddr(q), sizeof(there)};
    memcpy(&code, qemu_plugin_insn_data(q), sizeof(code));
    return process_vm_readv(getpid(), &to, 1, &from, 1, 0) == sizeof(there) && there == code;
}

static void translated(uint64_t plugin, struct qemu_plugin_tb *tb)
{
    struct block *b = calloc(1, sizeof(*b));
    (void)plugin;
    if (level == FRAME_MEMORY && !sees_memory(tb)) {
        fprintf(stderr, "etch-qemu: the guest's memory is elsewhere (qemu-riscv64 -B 0 helps): "
                        "level=blocks\n");
        level = FRAME_BLOCKS;
    }
    if (b == NULL || (b->path = path_of(tb, &b->end)) == NULL) {
        free(b);
        return;
    }
    b->size = (uint32_t)frame_size(b->path, b->path->count);
    if (b->path->count == 0)
        atomic_store(&b->process, UINT32_MAX); /* nothing to tell but where it ends */
    else
        declare(b);
    qemu_plugin_register_vcpu_tb_exec_cb(tb, run_block, PLUGIN_NO_REGISTERS, b);
    for (unsigned i = 0; level == FRAME_MEMORY && i < b->path->count; i++) {
        const struct frame_value *address = &b->path->insn[i].address;
        if (address->source == VALUE_SLOT)
            qemu_plugin_register_vcpu_mem_cb(qemu_plugin_tb_get_insn(tb, i), accessed,
                                             PLUGIN_NO_REGISTERS, PLUGIN_BOTH,
                                             &b->path->slot[address->number]);
    }
}

/* ---- system calls and ends ---- */

static void call(uint64_t plugin, unsigned vcpu, int64_t number, uint64_t a1, uint64_t a2,
                 uint64_t a3, uint64_t a4, uint64_t a5, uint64_t a6, uint64_t a7, uint64_t a8)
{
    uint32_t id = FRAME_SYSCALL;
    uint64_t values[] = {self.pc, (uint64_t)number, a1, a2, a3, a4, a5, a6};
    unsigned char *p = room(FRAME_SYSCALL_SIZE);
    (void)plugin, (void)vcpu, (void)a7, (void)a8;
    if (p == NULL)
        return;
    ETCH_PUT(p, id);
    ETCH_PUT(p, values);
    etch_frame_commit(self.cursor, p);
    etch_frame_rest(self.cursor);
}

static void result(uint64_t plugin, unsigned vcpu, int64_t number, int64_t value)
{
    uint32_t id = FRAME_RESULT;
    (void)plugin, (void)vcpu, (void)number;
    if (self.cursor != NULL)
        etch_frame_wake(self.cursor);
    unsigned char *p = room(FRAME_RESULT_SIZE);
    if (p == NULL)
        return;
    ETCH_PUT(p, id);
    ETCH_PUT(p, value);
    etch_frame_commit(self.cursor, p);
}

static void thread_end(uint64_t plugin, unsigned vcpu)
{
    (void)plugin, (void)vcpu;
    finish();
    if (self.cursor != NULL)
        etch_frame_rest(self.cursor);
    self.cursor = NULL;
}

/* QEMU leaves without the destructors of libraries. */
static void end(uint64_t plugin, void *data)
{
    (void)data;
    thread_end(plugin, 0);
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
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "level=memory") == 0)
            level = FRAME_MEMORY;
        else if (strcmp(argv[i], "level=blocks") != 0)
            return refuse("level=blocks or level=memory, but not ", argv[i]);
    return 0;
}

__attribute__((visibility("default"))) int
qemu_plugin_install(uint64_t plugin, const struct plugin_info *info, int argc, char **argv)
{
    if (info->system || strcmp(info->target, "riscv64") != 0)
        return refuse("it is of qemu-riscv64 only, and this is for ", info->target);
    if (parse(argc, argv) < 0)
        return -1;
    pthread_atfork(NULL, NULL, forked);
    qemu_plugin_register_vcpu_tb_trans_cb(plugin, translated);
    qemu_plugin_register_vcpu_syscall_cb(plugin, call);
    qemu_plugin_register_vcpu_syscall_ret_cb(plugin, result);
    qemu_plugin_register_vcpu_exit_cb(plugin, thread_end);
    qemu_plugin_register_atexit_cb(plugin, end, NULL);
    return 0;
}
