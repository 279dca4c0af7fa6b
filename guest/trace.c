/* SPDX-License-Identifier: MIT
 *
 * trace.c: see trace.h.
 *
 * Reads the cpu. Writes the thread's packets and the trace's dictionary. Changes
 * nothing of the guest.
 */
#include "trace.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/packet.h"
#include "frame_class.h"

enum { A0 = 10, A7 = 17 };

struct trace_wish trace_wish;

static atomic_uint next_id;
static pid_t dictionary_of; /* the process whose it is */
static atomic_bool failed;

/* Files of the guest's in memory, as the dictionary names them; of more than that symbols
 * are missing. */
#define IMAGES_MAX 256
static pthread_mutex_t images_lock = PTHREAD_MUTEX_INITIALIZER;
static char *images[IMAGES_MAX];
static unsigned n_images;

bool trace_parse_level(const char *text)
{
    static const struct {
        const char *name;
        enum frame_level stored;
    } levels[] = {{"blocks", FRAME_BLOCKS}, {"replay", FRAME_REPLAY}, {"full", FRAME_RESULTS}};
    for (unsigned i = 0; i < 3; i++)
        if (strcmp(text, levels[i].name) == 0) {
            trace_wish.on = true;
            trace_wish.level = (uint8_t)levels[i].stored;
            return true;
        }
    return false;
}

/* ---- the dictionary ---- */

static bool declared(int error)
{
    if (error < 0 && !atomic_exchange(&failed, true))
        fprintf(stderr,
                "etch-guest: no dictionary for the trace of instructions, which are lost: %s\n",
                strerror(-error));
    return error == 0;
}

uint32_t trace_declare(const struct frame_path *path, unsigned count)
{
    uint32_t id = atomic_fetch_add(&next_id, 1);
    return count != 0 && declared(frame_declare(path, count, id)) ? id : 0;
}

static bool declare_image(const char *image)
{
    return declared(frame_declare_image(image, atomic_fetch_add(&next_id, 1)));
}

void trace_image(uint64_t base, const char *path)
{
    char *image;
    pthread_mutex_lock(&images_lock);
    if (n_images < IMAGES_MAX && asprintf(&image, "image %lx %s", base, path) > 0) {
        images[n_images++] = image;
        if (dictionary_of == getpid())
            declare_image(image);
    }
    pthread_mutex_unlock(&images_lock);
}

/* Of a process's first thread; in a forked child nobody holds the lock. */
static void declare_all(void)
{
    pthread_mutex_init(&images_lock, NULL);
    dictionary_of = getpid();
    atomic_store(&next_id, FRAME_PATHS);
    if (!declared(frame_declare_specials()))
        return;
    for (unsigned i = 0; i < n_images && declare_image(images[i]); i++)
        ;
}

/* ---- room ---- */

static void put_state(struct guest_cpu *cpu)
{
    struct etch_cursor *c = cpu->trace->cursor;
    unsigned char *p = c->pos;
    uint32_t id = FRAME_STATE;
    ETCH_PUT(p, id);
    ETCH_PUT(p, cpu->pc);
    memcpy(p, &cpu->x[1], 31 * sizeof(cpu->x[0]));
    p += 31 * sizeof(cpu->x[0]);
    ETCH_PUT(p, cpu->f);
    ETCH_PUT(p, cpu->fflags);
    ETCH_PUT(p, cpu->frm);
    etch_frame_commit(c, p);
}

void trace_nowhere(struct guest_trace *t)
{
    t->nowhere = (struct etch_cursor){.packet = t->scratch, .busy = 1};
    t->nowhere.pos = t->scratch + sizeof(struct etch_packet_header);
    t->cursor = &t->nowhere;
}

void trace_turn(struct guest_cpu *cpu, size_t size)
{
    struct guest_trace *t = cpu->trace;
    bool states = trace_wish.level != FRAME_BLOCKS;
    if (!etch_frame_turn(&t->own, size + (states ? FRAME_STATE_SIZE : 0))) {
        trace_nowhere(t);
        return;
    }
    t->cursor = t->own;
    if (states && t->own->pos == t->own->packet + sizeof(struct etch_packet_header))
        put_state(cpu);
}

/* For a frame from here, its id stored. */
static unsigned char *frame_open(struct guest_cpu *cpu, uint32_t id, size_t size)
{
    if (!etch_frame_fits(cpu->trace->cursor, size))
        trace_turn(cpu, size);
    unsigned char *p = cpu->trace->cursor->pos;
    ETCH_PUT(p, id);
    return p;
}

static void frame_commit(struct guest_cpu *cpu, unsigned char *end)
{
    etch_frame_commit(cpu->trace->cursor, end);
}

/* ---- frames that are no paths ---- */

void trace_cut(struct guest_cpu *cpu, uint32_t id, size_t size, unsigned insns)
{
    struct etch_cursor *c = cpu->trace->cursor;
    const uint32_t cut[2] = {FRAME_CUT, insns};
    /* There is room for both, and one commit: nobody sees the path without its end. */
    memcpy(c->pos + size, cut, sizeof(cut));
    memcpy(c->pos, &id, sizeof(id));
    frame_commit(cpu, c->pos + size + sizeof(cut));
}

void trace_syscall(struct guest_cpu *cpu)
{
    struct guest_trace *t = cpu->trace;
    if (t == NULL)
        return;
    unsigned char *p = frame_open(cpu, FRAME_SYSCALL, FRAME_SYSCALL_SIZE);
    ETCH_PUT(p, cpu->pc);
    ETCH_PUT(p, cpu->x[A7]);
    memcpy(p, &cpu->x[A0], 6 * sizeof(cpu->x[0]));
    frame_commit(cpu, p + 6 * sizeof(cpu->x[0]));
    t->open_pc = cpu->pc;
    etch_frame_rest(t->cursor);
}

void trace_result(struct guest_cpu *cpu)
{
    struct guest_trace *t = cpu->trace;
    if (t == NULL)
        return;
    etch_frame_wake(t->cursor);
    if (cpu->pc != t->open_pc + 4) {
        /* After sigreturn the registers are others; or the call will be made again. */
        (void)frame_open(cpu, FRAME_STATE, FRAME_STATE_SIZE);
        if (trace_wish.level != FRAME_BLOCKS)
            put_state(cpu);
        return;
    }
    unsigned char *p = frame_open(cpu, FRAME_RESULT, FRAME_RESULT_SIZE);
    ETCH_PUT(p, cpu->x[A0]);
    frame_commit(cpu, p);
}

void trace_signal(struct guest_cpu *cpu, uint64_t from_pc, unsigned signal)
{
    uint32_t number = signal;
    if (cpu->trace == NULL)
        return;
    unsigned char *p = frame_open(cpu, FRAME_SIGNAL, FRAME_SIGNAL_SIZE + FRAME_STATE_SIZE);
    ETCH_PUT(p, from_pc);
    ETCH_PUT(p, number);
    frame_commit(cpu, p);
    if (trace_wish.level != FRAME_BLOCKS)
        put_state(cpu);
}

/* ---- threads ---- */

void trace_thread_start(struct guest_cpu *cpu)
{
    if (!trace_wish.on)
        return;
    if (dictionary_of != getpid())
        declare_all();
    if (cpu->trace == NULL)
        cpu->trace = calloc(1, sizeof(*cpu->trace));
    if (cpu->trace != NULL)
        trace_nowhere(cpu->trace); /* its first frame asks for room */
}

void trace_thread_end(struct guest_cpu *cpu)
{
    if (cpu->trace != NULL)
        etch_frame_rest(cpu->trace->cursor);
    free(cpu->trace);
    cpu->trace = NULL;
}
