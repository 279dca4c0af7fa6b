/* SPDX-License-Identifier: MIT
 *
 * runtime.h: what the files of libetch share. The state of a process is in two
 * parts: `struct session` is what records (pool, cursors, drain) and is wiped
 * in a forked child, who starts one of his own; the registry and the settings
 * live on over fork.
 */
#ifndef ETCH_RUNTIME_H
#define ETCH_RUNTIME_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <etch/event.h>

#include "format/control_page.h"
#include "format/note.h"
#include "format/packet.h"
#include "format/pool.h"
#include "format/text.h"
#include "runtime/sys.h"

#define PATH_SIZE ETCH_POOL_PATH_MAX

/* ---- settings.c: the keys of --trace and ETCH_TRACE ---- */

/* What triggers a dump of a pool that is overwritten, and of how much. */
struct trigger {
    uint64_t before_ns; /* UINT64_MAX: all that the pool holds */
    uint64_t after_ns;
};
#define TRIGGERS_MAX 16u

enum etch_log_time { ETCH_LOG_TIME_UNSET, ETCH_LOG_TIME_ON, ETCH_LOG_TIME_OFF };

struct settings {
    char file[PATH_SIZE];   /* file=, as given; "" is trace-PID */
    char dir[PATH_SIZE];    /* dir=: the folder of `etch record`, or "" */
    char ftrace[PATH_SIZE]; /* ftrace=: another trace_marker, or "" */
    char log[PATH_SIZE];    /* -D: file of the log backend, or "" */
    uint32_t log_time;      /* -msg timestamp=: enum etch_log_time */
    uint32_t policy;        /* enum etch_policy */
    uint64_t buffer;        /* bytes of packets */
    uint32_t pid;           /* the process that file= or ctf= was given to */
    char ctf[PATH_SIZE];    /* ctf=, as given; "" is trace-PID.ctf */
    uint64_t max_size;      /* max-size=: bytes of one file of a trace, 0: no bound */
    uint64_t max_files;     /* max-files=: how many are kept, 0: all */
    char set[PATH_SIZE];    /* `trace-file set` before anything was recorded, or "" */
    bool off;               /* `trace-file off`, likewise */
    uint32_t n_triggers;
    struct trigger triggers[TRIGGERS_MAX];
};
extern struct settings etch_settings;

/* "PROGRAM: WHOLE: TEXTDETAIL" on stderr; -EINVAL. */
int etch_setting_refused(const char *whole, const char *text, const char *detail);

/* Reads ETCH_TRACE once, unless the program runs with raised privileges. Safe
 * before libc is initialised: then it reads /proc/self/environ. */
void etch_settings_load(void);

/* Takes `start on|off [PATH]`, of format/control_page.h: how the recording begins.
 * 0 or -EINVAL. */
int etch_settings_start(const char *command);

/* The value of an environment variable, by the same rules: NULL if unset or
 * not to be trusted. */
const char *etch_environment(const char *name);

/* ---- say.c ---- */

/* "PROGRAM: etch: WHAT: DETAIL: REASON" on stderr, in one write; detail and
 * reason may be NULL. */
void etch_say(const char *what, const char *detail, const char *reason);
void etch_say_to(int fd, const char *what, const char *detail, const char *reason);
const char *etch_program_name(void);
/* The reason of a -errno, in words. */
const char *etch_reason(int error);

/* ---- arena.c ---- */

/* Zeroed memory for ever, or NULL; with the registry lock held. */
void *etch_arena(size_t size);

/* ---- register.c: groups and their events ---- */

/* A registered group; kept after dlclose, since its ids stay taken. */
struct group_entry {
    struct group_entry *next;
    const struct etch_note *note; /* of the image, or our copy after dlclose */
    struct etch_group *group;     /* NULL after dlclose */
    uint32_t first_id;
    uint32_t n_events;
    struct TraceEvent *events;   /* descriptors, made when first asked for */
    struct TraceEvent **foreign; /* of QEMU's own generated code, instead of all that */
};
extern struct group_entry *etch_groups; /* in order of registration; read with acquire */

/* Adds a group with the registry lock held; 0 or -ENOMEM. */
int etch_group_add(struct group_entry *g);

/* lock.c: its lock. */
void etch_registry_lock(sys_sigset *signals);
void etch_registry_unlock(sys_sigset signals);
/* For the drain, which has no signals to block: false if somebody holds it. */
bool etch_registry_try(void);
void etch_registry_release(void);

/* Whether any group was generated with one of these backends. */
bool etch_backends_have(uint32_t backends);
/* The names of those that they have, for messages. */
void etch_backends_list(struct text *t);

static inline const char *group_event_name(const struct group_entry *g, uint32_t i)
{
    return etch_note_text(g->note) + etch_note_events(g->note)[i].name;
}

static inline bool group_event_disabled(const struct group_entry *g, uint32_t i)
{
    return etch_note_events(g->note)[i].flags & ETCH_NOTE_DISABLED;
}

static inline bool group_event_vcpu(const struct group_entry *g, uint32_t i)
{
    return etch_note_events(g->note)[i].flags & ETCH_NOTE_VCPU;
}

/* events.c: an event's enable word; it is not set after dlclose, nor for an event
 * that is declared `disable`. */
unsigned etch_event_word(const struct group_entry *g, uint32_t i);
void etch_event_set_word(struct group_entry *g, uint32_t i, unsigned value);

/* ---- cpus.c: events that are on for some CPUs ---- */

/* Whether an event of that enable word is on for the CPU of that address. */
bool etch_cpu_wants(unsigned word, const void *cpu);
/* Whether there is a CPU of that number. */
bool etch_cpu_is_there(unsigned number);
/* An event's state for one that is there; the registry lock is held. 0, or -EBUSY when
 * too many events differ from CPU to CPU. */
int etch_event_set_cpu(struct group_entry *g, uint32_t i, unsigned number, bool on);
bool etch_event_on_cpu(const struct group_entry *g, uint32_t i, unsigned number);
struct etch_control_cpus; /* format/control_page.h */
/* Whether there ever was one. */
bool etch_cpus_known(void);
/* What is known goes into the blocks of a control page; before the old one of a forked
 * child's parent is left it is kept. */
void etch_cpus_move(struct etch_control_cpus *to);
void etch_cpus_keep(void);

/* ---- patterns.c: which events are on ---- */

/* Who gave a pattern, for messages. */
struct origin {
    const char *what; /* "--trace X", or the name of an events file */
    unsigned line;    /* of that file, or 0 */
    bool later;       /* of ETCH_TRACE: groups are still to come, warn at the end */
};

/* Remembers a pattern ("-" in front: off; behind it "if EXPR", "limit N/s") for all
 * groups, later ones too, and applies it; warns of one that matches nothing. 0, or
 * -EINVAL, said. The registry lock is held. */
int etch_pattern_add(const char *pattern, size_t length, const struct origin *origin);
/* Applies what was remembered to a new group. */
void etch_patterns_apply(struct group_entry *g);
/* At exit: warns of patterns of ETCH_TRACE that never matched. */
void etch_patterns_warn(void);
/* The patterns of a file, one a line. 0 or -errno; -EINVAL: said. */
int etch_patterns_read(const char *path, bool later);

/* ---- folder.c: the runtime folder ---- */

/* The working folder and a slash, in an empty text, which stays empty where that
 * folder was removed or lies outside of our root. */
void text_cwd(struct text *path);

/* Opens (and makes) it: /run/user/UID/etch, else /dev/shm/etch-UID; checks that
 * it is ours and private. An O_PATH-like descriptor, or -errno. */
int etch_folder_open(struct text *path);

/* Makes a new private file NAME.PID.N in it, with the lowest N that is free or becomes
 * so by remove_former (may be NULL). Returns the descriptor or -errno; *path is its
 * absolute name. */
int etch_folder_create(const char *name, bool (*remove_former)(int dir, const char *name),
                       struct text *path);

/* ftruncate that does not raise SIGXFSZ; signals must be blocked. */
int etch_resize(int fd, uint64_t size);

/* Backs a part of a file, so that no store to it raises SIGBUS; unlike
 * posix_fallocate it neither raises SIGXFSZ nor falls back to writing. Signals
 * must be blocked. */
int etch_allocate(int fd, uint64_t from, uint64_t size);

/* ---- clock.c ---- */

bool etch_clock_is_raw(void);
struct etch_clock_pair etch_clock_pair_now(uint32_t clock);
static inline uint64_t etch_clock_now(uint32_t clock)
{
    return clock == ETCH_CLOCK_RAW ? etch_clock() : sys_clock_ns(CLOCK_MONOTONIC);
}
uint64_t etch_process_start_time(int pid);
void etch_boot_id(uint8_t id[16]);

/* ---- session.c: pool, cursors and drain of this process ---- */

#define SLOTS       ETCH_POOL_SLOTS
#define LEVELS      3u /* thread, signal handler, handler within it */
#define END_REVOKED 1u /* cursor.end: the drain took the packet */

/* How a cursor's owner stands, in the low bits of cursor.busy; WAITING: for a
 * packet, counted in free_waiters. */
enum { CURSOR_IDLE = 0, CURSOR_STORING = 1, CURSOR_SLOW = 2, CURSOR_WAITING = 3 };
#define CURSOR_STATE(busy) ((unsigned)((busy)&3u))

static inline unsigned cursor_state(const struct etch_cursor *c)
{
    return CURSOR_STATE(__atomic_load_n(&c->busy, __ATOMIC_ACQUIRE));
}

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
    uint32_t populated;           /* packets below have their pages mapped, by the drain */
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

extern struct etch_cursor etch_cursor_none;

/* ---- pool.c: slots and packets ---- */

static inline struct etch_pool_slot *pool_slots(const struct etch_pool_header *p)
{
    return (struct etch_pool_slot *)((uintptr_t)p + (uintptr_t)p->slots_offset);
}

static inline struct etch_pool_next *pool_next(const struct etch_pool_header *p)
{
    return (struct etch_pool_next *)((uintptr_t)p + ETCH_POOL_NEXT_OFFSET);
}

static inline struct etch_pool_limit *pool_limits(const struct etch_pool_header *p)
{
    return (struct etch_pool_limit *)((uintptr_t)p + (uintptr_t)p->limits_offset);
}

static inline uint32_t *pool_states(const struct etch_pool_header *p)
{
    return (uint32_t *)((uintptr_t)p + (uintptr_t)p->states_offset);
}

static inline struct etch_packet_header *pool_packet(const struct etch_pool_header *p, uint32_t i)
{
    return (struct etch_packet_header *)((uintptr_t)p + (uintptr_t)p->packets_offset +
                                         (uintptr_t)i * p->packet_size);
}

/* The clock; where it has gone back (threads move between processors, machines
 * between hosts), the last that the thread saw: within a stream time stands still
 * rather than fall, since other readers refuse a trace in which it does. */
static inline uint64_t cursor_clock(const struct etch_pool_header *p, const struct etch_cursor *c)
{
    uint64_t now = etch_clock_now(p->clock);
    return now > c->last ? now : c->last;
}

/* Makes the pool of a session: file, mapping, header. 0 or -errno. */
int etch_pool_create(struct session *s);

/* lend.c: gives it to `etch record`, where it has no name. 0 or -errno. */
int etch_pool_lend(int fd);

/* Tells other processes that this one lives: a lock on one byte of the pool.
 * Byte 0 is of the thread that creates the pool, until the drain has byte 1; a
 * forked child inherits neither. */
void etch_pool_lock(int fd, uint64_t byte);

/* Gives the slots of a new pool to the threads that have cursors by them. 0 or
 * -ENOSPC. */
int etch_slots_resume(struct session *s);

/* A free slot for (tid, level), or -1. */
int etch_slot_take(struct etch_pool_header *pool, uint32_t tid, uint32_t level);

/* Seals the cursor's packet, unless the drain did. */
void etch_packet_seal(struct session *s, struct etch_cursor *c);

/* Gives the cursor a fresh packet: 0, or -EAGAIN when none is free. */
int etch_packet_take(struct session *s, struct etch_cursor *c);

/* ---- write.c: what events and frames share ---- */

/* A cursor is attached while its slot is its own; fork wipes that. */
bool etch_cursor_attached(const struct etch_cursor *c);
/* A new one of the calling thread, for a nesting level; NULL: no slot, counted. */
struct etch_cursor *etch_cursor_attach(struct session *s, uint32_t level);
/* Whose event it is stays, how it stands changes. */
void etch_cursor_mark(struct etch_cursor *c, unsigned state, int order);
/* The next packet, by the policy; false: there is none. */
bool etch_packet_turn(struct session *s, struct etch_cursor *c);
/* Counts one that is not stored. */
void etch_discard(struct session *s, const struct etch_cursor *c);

/* Wakes the drain if it sleeps. */
void etch_drain_wake(struct etch_pool_header *pool);

/* ---- write.c ---- */

/* Stores event `index` of a note, as etch_event_rare() does; false: it could not. */
bool etch_event_store(uint32_t first_id, const struct etch_note *note, uint32_t index,
                      const uint64_t *values, uintptr_t frame);

/* ---- settle.c, stack.c: an event that was left in its middle ---- */

/* Brings in order what the owner of a slot left in the middle of taking or
 * sealing a packet: it is gone, or asks. Its open packet, 1 + index, or 0. */
uint32_t etch_packets_settle(struct etch_pool_header *pool, uint32_t slot);

/* Whether the function whose frame was `then` has been left, seen from one whose
 * frame is `now`; false where that cannot be told. */
bool etch_frame_is_gone(uintptr_t then, uintptr_t now);

/* ---- grow.c: backing for slots and packets, in steps ---- */

/* The first step, or all, of a new pool. 0 or -errno. */
int etch_pool_grow_first(struct etch_pool_header *pool, int fd, bool all);
/* The next step: false when the pool has its full size, or there is no room. */
bool etch_pool_grow_packets(struct session *s);
bool etch_pool_grow_slots(struct session *s);

/* ---- trigger.c ---- */

/* Adds `NAME [if CONDITION] [, before TIME] [, after TIME]`. 0; -EINVAL: *error
 * is what to say in front of the text, NULL: it was said. The registry lock is
 * held. */
int etch_trigger_add(const char *text, const struct origin *origin, const char **error);

/* ---- meta.c: the side file ---- */

/* Makes it and writes what is known at the start. 0 or -errno. */
int etch_meta_create(struct session *s);
/* Appends the groups that it does not hold yet; with the registry lock held. */
void etch_meta_groups(struct session *s, int fd);
/* The same where the file is not open: a group that registers late. */
void etch_meta_late_groups(struct session *s);
/* Where the trace goes on; with the registry locked. False: there is no room for it. */
bool etch_meta_files(const struct session *s, const struct etch_pool_next *next);

/* ---- ctf_folder.c, ctf_metadata.c: the CTF trace, but for its streams ---- */

/* Makes its folder, as the settings name it, with metadata that is whole. 0 or
 * -errno, said. */
int etch_ctf_open(struct session *s);
/* Writes the metadata that are missing; with the registry lock held. 0 or
 * -errno. */
int etch_ctf_metadata(struct session *s, int folder);
/* The same of a group that registers late, where the folder is not open. */
void etch_ctf_late_groups(struct session *s);
/* Appends an entry of the dictionary of frames; with the registry lock held. 0 or
 * -errno. */
struct etch_frame_class; /* etch/frame.h */
int etch_ctf_frame(struct session *s, const struct etch_frame_class *entry);
/* Corrects the clock's frequency and offset in place. */
void etch_ctf_clock(struct session *s, int folder, const struct etch_clock_pair *last);

/* ---- thread.c: the drain's thread ---- */

/* Starts fn(argument) in a thread of the kernel that libc does not know: no
 * malloc, no signal, no pthread. 0 or -errno. */
int etch_thread_start(void (*fn)(void *), void *argument, uint32_t *tid, void **memory);
/* Ends that thread with its memory, leaving no trace of either. */
__attribute__((noreturn)) void etch_thread_leave(void *memory);

/* ---- trace_file.c ---- */

#define META_SUFFIX ".meta"

/* Makes the side file: beside the trace to come (dir=), else in the runtime
 * folder. The descriptor or -errno; its name is in the pool. */
int etch_meta_open(struct session *s);

/* Whether an output that cannot be opened shall have its name in the pool. */
bool etch_late_name(const struct session *s);

/* Opens the trace file that the settings name, after the side file. 0 or
 * -errno, said. */
int etch_trace_open(struct session *s);

/* Makes what there is to open of a name of our own: PATH, else PATH.1 and so on;
 * `make` is called with each until it does not return -EEXIST. */
int etch_fresh(struct text *path, const char *suffix, int (*make)(const char *path));
/* "trace-PID". */
void etch_own_name(struct text *path, const struct session *s);
/* Stores a path of the pool so that nobody sees half of it. */
void etch_publish(char *to, const struct text *path);

/* An advisory lock of the open file, so that another program that was given the
 * same name does not write over a living one's trace. False: one does. */
bool etch_file_lock(int fd);

/* ---- outputs.c ---- */

/* Files of a trace that are not yet in use. */
struct trace_files {
    int trace_fd, ctf_fd; /* or -1 */
    char trace_path[PATH_SIZE], ctf_path[PATH_SIZE];
    struct ctf_metadata ctf;
};

/* The session's names: those of the files that it has; the one that was asked for;
 * those that the settings say. */
void etch_names_of_paths(struct session *s);
void etch_names_set(struct session *s, const char *path);
void etch_names_default(struct session *s);
/* Makes files of these names, or, where something is in the way, of others, which
 * *said tells. 0 or -errno, told; with the registry lock held. */
int etch_outputs_open(struct session *s, struct trace_files *files, struct text *said);
/* The folder alone, with metadata that is whole. */
int etch_folder_fresh(struct session *s, const char *name, bool add_suffix,
                      struct trace_files *files, struct text *said);
/* Makes a folder; one that is there must be empty. A descriptor or -errno. */
int etch_ctf_folder_new(const char *path);

/* ---- rotate.c ---- */

/* Removes a file of a trace that is no more; true if there is none now. What is
 * no trace stays. */
bool etch_part_remove(const char *path);

/* ---- drain.c ---- */

void etch_drain_main(void *session);

/* ---- switch.c: the command block of the control page ---- */

/* Copies the command that counts if it is another one than `taken`. */
bool etch_command_read(const struct etch_control_blocks *blocks, uint64_t taken,
                       struct etch_control_half *to);
void etch_command_answer(struct etch_control_blocks *blocks, uint64_t serial, int status);

/* ---- recording.c ---- */

/* Tells the control page what becomes of a session that begins, or cannot. */
void etch_recording_state(struct session *s, uint32_t state);

/* ---- control.c ---- */

/* Maps the control page over a new group's words, all off, with the registry
 * lock held. False where they stay private. */
bool etch_control_map(struct etch_group *group);
/* The group's library is being unloaded: nobody looks for its names any more. */
void etch_control_gone(const struct etch_group *group);
void etch_control_fork(void);
/* The page of this process, or NULL; the drain reads it. Its blocks, or NULL as long as
 * they are not backed. */
extern struct etch_control_header *etch_control_page;
extern struct etch_control_blocks *etch_control_blocks;
/* Has the blocks backed, if they can be; with the registry lock held. */
void etch_control_open(void);
extern char etch_control_path[PATH_SIZE];
/* Removes the page of this process. */
void etch_control_end(void);

/* ---- attached.c: a session for `etch record -p` ---- */

/* A session begins: the settings become those that are asked for, if somebody asks.
 * False: it did when the event fired, and nobody does by now. */
bool etch_attached_begin(void);
/* Whether the session is one that was asked for. */
bool etch_attached(void);
/* It could not begin. */
void etch_attached_failed(int error);
/* Whether it is to go on; `look`: whether who asked still lives, too. */
bool etch_attached_wanted(bool look);
/* Whether its pool is to be left to who asked. */
bool etch_attached_leaves(void);
/* It has ended: settings and enable words are the program's own. */
void etch_attached_end(void);
/* In a forked child, which nobody asked. */
void etch_attached_fork(void);

/* Tells others where its pool is; "" where it has none with a name. */
void etch_control_pool(const char *path);

/* ---- high.c ---- */

/* Opens a file under a number that programs do not reuse. The descriptor or
 * -errno. */
int etch_open_high(const char *path, int flags);

/* ---- tracefs.c ---- */

/* The folder of a mounted tracefs into an empty text. 0 or -ENOENT. */
int etch_tracefs_find(struct text *path);

/* ---- timer.c: events that are on for a while ---- */

/* Whether the timer of an enable word still runs; switches the event off if it
 * does not. True without a timer. Signal-safe. */
bool etch_timer_runs(uint16_t *word);
/* Switches off all events whose timers have run out. Of the drain. */
void etch_timers_expire(void);
/* Starts a timer: its number, or -EBUSY when all run. */
int etch_timer_start(uint64_t ns);

/* ---- line.c: lines by printf's rules ---- */

/* As vsprintf, up to `end`; where the NUL stands, or NULL where vsnprintf must do it: what
 * does not fit, or needs what this does not know (ap is used up then). */
char *etch_line(char *p, char *end, const char *format, va_list ap);
/* A number of `width` digits at least; one past it. */
char *etch_line_number(char *p, uint64_t v, unsigned width);
/* gettid(), asked once a thread; and what a forked child does about that where its
 * kernel ignores MADV_WIPEONFORK. In a vforked child it is the parent's. */
uint32_t etch_line_thread(void);
void etch_line_fork(void);

/* ---- log.c ---- */

/* Before a fork, with the registry lock held. */
void etch_log_fork(void);

/* ---- syslog.c ---- */

/* When a group with this backend registers. */
void etch_syslog_prepare(void);

/* ---- limit.c ---- */

/* The group of the event that tells what limits hold back: before there is one;
 * with the registry lock held. */
void etch_limits_register(void);
/* Before a group goes, and (NULL) before the session ends: tells what was not
 * told yet. Not with the registry lock held. */
void etch_limits_end(const struct group_entry *g);
/* In a forked child: its parent's counts are not its own. */
void etch_limits_fork(void);

/* ---- fork.c ---- */

/* Once, at the first registration: a forked child gets a session and a control
 * page of its own; the drain may use membarrier. */
void etch_process_watch(void);

#endif
