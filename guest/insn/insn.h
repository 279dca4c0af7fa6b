/* SPDX-License-Identifier: MIT
 *
 * insn.h: within etch-insn: a trace of guest instructions as frames in their order,
 * each with the path that it tells of and, but at level blocks, with all values that
 * its instructions read and wrote.
 */
#ifndef ETCH_GUEST_INSN_INSN_H
#define ETCH_GUEST_INSN_INSN_H

#include <etch/read.h>
#include <stdio.h>

#include "guest/cpu.h"
#include "guest/frame.h"
#include "read/frames.h"
#include "symbols.h"

/* What the dictionary says of an id, made at its first frame. */
struct entry {
    uint32_t id;
    uint32_t size;             /* of its frames, with the id */
    struct frame_path *stored; /* NULL: no path */
    struct frame_path *full;   /* of the same instructions at level full; may be `stored` */
    char **text;               /* of print.c: what of a line is always the same */
    uint64_t runs, insns;      /* of flow.c */
};

/* By FRAME_X and FRAME_F. */
struct registers {
    uint64_t v[FRAME_REGISTERS];
    uint64_t known; /* a bit for each */
    uint64_t pc;
    uint32_t frm;
};

/* A thread of the guest, and its registers as far as the trace tells them. */
struct thread {
    uint32_t pid, tid;
    struct guest_cpu cpu; /* of replay.c */
    struct registers now; /* where they are kept */
    bool whole;           /* the state was told since the last gap */
    uint64_t call[8];     /* an ecall that has not come back: pc, number, a0 to a5 */
    bool in_call;
    void *more; /* of flow.c */
};

/* A frame of a path. */
struct run {
    struct thread *thread;
    struct entry *entry;
    const struct frame_path *path;  /* entry->full, or at level blocks entry->stored */
    const unsigned char *frame;     /* of that path; NULL: no values are known */
    unsigned count;                 /* instructions that were run */
    uint64_t first;                 /* the number of the first, from 0 over all threads */
    const struct registers *before; /* its thread's; NULL: not kept (walk.track) */
};

/* What is made of a trace; what is NULL is passed over. False: enough. */
struct insn_sink {
    void *self;
    bool (*run)(void *self, const struct run *run);
    /* An ecall, which is an instruction, too. */
    bool (*call)(void *self, const struct thread *thread, uint64_t number, bool came_back,
                 uint64_t result);
    bool (*signal)(void *self, const struct thread *thread, uint64_t pc, uint32_t signal);
    bool (*lost)(void *self, const struct etch_record *record);
};

/* dict.c */
struct dict {
    const struct frame_dict *from; /* of one process; NULL: it has none */
    struct entry **v;              /* by id */
    size_t n;
    size_t seen; /* entries that were looked at for images */
};
struct entry *dict_find(struct dict *dict, uint32_t id);
/* Adds the symbols of the images that it names since it was asked last. */
void dict_images(struct dict *dict, struct symbols *symbols);
void dict_free(struct dict *dict);

/* walk.c: gives a trace to a sink. 0; -errno with an error; or 1: the trace is damaged
 * or misses something that no record tells. */
struct walk {
    struct symbols *symbols; /* of the guests' images, as they are met */
    struct dict *dict;       /* of each process */
    size_t n_dicts;
    struct thread **thread;
    size_t n_threads;
    uint64_t number; /* of the next instruction */
    bool quiet;      /* damage is not told on stderr */
    bool track;      /* keep the threads' registers after each frame */
    struct registers before;
    uint64_t frames, bytes; /* that were read */
    char *error;            /* malloc'd: why it ended early, or NULL */
};
int walk_trace(struct walk *walk, const char *const *paths, size_t n, const struct insn_sink *sink);
void walk_free(struct walk *walk);

/* replay.c: makes the frame of the full path from that of level replay or results and
 * the thread's registers, which it moves on. `full` has EXPANDED_SIZE bytes. */
#define EXPANDED_SIZE (FRAME_SIZE_MAX + 8)
void replay_expand(struct thread *thread, const struct entry *entry, const unsigned char *frame,
                   unsigned count, unsigned char *full);

/* The memory that instruction i of a run reads or writes. */
struct access {
    uint64_t address;
    uint8_t size;
    bool load, store;
    bool known;              /* load: `loaded` is */
    uint64_t loaded, stored; /* stored: of an atomic one its operand */
};
bool run_access(const struct run *run, unsigned i, struct access *access);

/* A value of instruction i: false: the trace does not tell it. */
static inline bool run_value(const struct run *run, const struct frame_value *v, uint64_t *value)
{
    *value = run->frame != NULL ? frame_value(run->path, v, run->frame) : 0;
    return v->source == VALUE_CONSTANT || (v->source == VALUE_SLOT && run->frame != NULL);
}

/* What instruction i tells of the registers, before or after it. */
void run_apply(const struct run *run, unsigned i, struct registers *to);

#endif
