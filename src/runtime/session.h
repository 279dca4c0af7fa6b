/* SPDX-License-Identifier: MIT
 *
 * session.h: what records: pool, cursors and drain of this process (session.c,
 * close.c). It is wiped in a forked child (fork.c), who starts one of his own.
 */
#ifndef ETCH_RUNTIME_SESSION_H
#define ETCH_RUNTIME_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <etch/event.h>

#include "format/control_page.h"
#include "format/pool.h"
#include "runtime/folder.h"

struct text;

#define SLOTS ETCH_POOL_SLOTS

enum session_state {
    SESSION_NONE = 0,
    SESSION_CREATING,
    SESSION_READY,
    SESSION_CLOSING, /* for a moment: a session for `etch record -p` that ends */
    SESSION_ENDED,   /* by the destructor, or never possible: events are lost */
};

/* How far a CTF trace's file `metadata` is written; registry lock. */
struct ctf_metadata {
    uint64_t size;    /* bytes of it that are whole */
    uint64_t clock;   /* where its clock stands, once size is not 0 */
    uint32_t next_id; /* groups from here on are not in it */
    bool frames;      /* it has the stream of frames */
    bool closed;      /* the trace is switched off */
};

/* How the files of a trace are called that is switched on anew. */
struct trace_names {
    char simple[PATH_SIZE];
    char ctf[PATH_SIZE]; /* without .ctf, if */
    bool ctf_suffix;
};

/* A command of a thread of the program (switch.c). */
struct request {
    int status; /* 0 or -errno */
    char text[ETCH_CONTROL_TEXT];
    char said[ETCH_CONTROL_TEXT];
};

/* What the drain is asked for: done follows asked. */
struct wish {
    uint32_t asked, done;
};

struct session {
    uint32_t state; /* enum session_state; a futex */
    uint32_t fresh; /* 1; 0 once a fork has wiped it */
    uint32_t pid;
    uint32_t drain_tid; /* cleared by the kernel when the drain has gone */
    uint32_t stalled;   /* the drain makes no progress: do not block */
    uint32_t stop;      /* ask the drain to end: 1 finish, 2 leave the pool */
    uint32_t exiting;
    struct wish flush, turn, command;
    uint32_t users; /* who uses the pool and is not within an event: etch_session_hold() */
    uint32_t membarrier;
    uint32_t policy_wanted; /* the drain makes it the pool's policy */
    uint32_t frozen;        /* a trigger fired: nothing is overwritten until it is held */
    /* Where the thread of the trigger that fired last stood: not before it has
     * moved is the trigger's own event in the pool. NULL: it is not recorded. */
    const struct etch_cursor *trigger_cursor;
    const unsigned char *trigger_pos;
    uint32_t growing, full_grown; /* grow.c */
    /* 1 + free_futex of the pool when an event found no packet free: as long as that
     * counts no more, the next one need not look. */
    uint32_t full_at;
    uint32_t populated; /* packets below have their pages mapped, by the drain */
    struct etch_pool_header *pool;
    size_t pool_size;
    /* Files, of the creating thread until the drain has a table of its own. */
    int pool_fd, trace_fd, meta_fd;
    bool shared_files; /* the drain could not get one */
    bool meta_ready;
    uint32_t meta_next_id; /* groups from here on are not in the side file; registry lock */
    int ctf_fd;            /* the folder of the CTF trace */
    struct ctf_metadata ctf;
    uint32_t kinds; /* ETCH_OUT_ bits: what is written while the trace is on */
    struct trace_names names;
    uint64_t command_taken; /* the serial of the control page's last command */
    struct etch_control_recording recording;
    struct request request; /* of the thread that waits for `command` */
    uint32_t requests;      /* its lock: 0 free, 1 held, 2 held and waited for */
    char pool_path[PATH_SIZE];
    void *drain_memory; /* its stack */
    /* The threads of the slots while there is no pool: their cursors stay theirs. */
    uint32_t owners[SLOTS];
    uint32_t slots_were; /* that the last pool used */
    /* 1 + index of the packet that the drain takes back from a slot this moment, or
     * 0: until it has, its thread does not take the same one again. */
    uint32_t revoked[SLOTS];
    struct etch_cursor cursors[SLOTS] __attribute__((aligned(64)));
};

/* Events without a session: the first one counts as discarded what a vforked child
 * fired before it. */
extern uint64_t etch_session_missed;

/* The session, made at the first event; NULL if there can be none. */
struct session *etch_session_get(void);
/* The same for what is no event: nothing is counted where there is none. */
struct session *etch_session_begin(void);
/* The session if there is one already, else NULL. */
struct session *etch_session_peek(void);
/* The session, likewise, whose pool stays until etch_session_drop(). */
struct session *etch_session_hold(void);
/* Made if need be, as etch_session_get() and etch_session_begin(). */
struct session *etch_session_hold_new(void);
struct session *etch_session_hold_begin(void);
void etch_session_drop(struct session *s);
/* Its pool goes from memory, which nobody uses, and all that is of one pool alone. */
void etch_session_unmap(struct session *s);
/* Whether an event that has marked its cursor busy may use it: it stays then. */
static inline bool etch_session_is_ready(const struct session *s)
{
    return __atomic_load_n(&s->state, __ATOMIC_SEQ_CST) == SESSION_READY;
}
/* Drains, closes and ends it: at exit. */
void etch_session_end(void);
/* The session in whatever state, or NULL. */
struct session *etch_session_any(void);
/* Waits until everything committed before the call is in the file. 0, -ESRCH
 * without a session, -ETIMEDOUT. */
int etch_session_flush(struct session *s);
/* Waits until the drain has looked at all groups since; likewise. */
int etch_session_turn(struct session *s);
/* Has the drain carry out a command (switch.c), and takes over what there is to
 * say. Its status, or likewise. */
int etch_session_command(struct session *s, const char *text, struct text *said);

/* Makes it the policy of a session that runs. */
void etch_session_policy(struct session *s, uint32_t policy);

/* In a forked child: leaves the parent's session alone. */
void etch_session_forget(void);

/* ---- fork.c ---- */

/* Once, at the first registration: a forked child gets a session and a control
 * page of its own; the drain may use membarrier. */
void etch_process_watch(void);

#endif
