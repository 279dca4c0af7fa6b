/* SPDX-License-Identifier: MIT
 *
 * event.h: what generated code uses. Versioned ABI (ETCH_ABI): the group that
 * registers, and the cursor through which an event is stored.
 *
 * Reads:  the thread's cursor, the clock.
 * Writes: the thread's open packet.
 * Never:  allocates, locks or calls the system; the slow paths that may do the
 *         latter two live in libetch.
 *
 * Programs do not include this file; "trace-G.c", made by `etch gen`, does;
 * "trace-G.h" needs word.h only.
 * Every function here is safe in a signal handler and in any thread.
 */
#ifndef ETCH_EVENT_H
#define ETCH_EVENT_H

#include <etch/word.h>

#ifdef __cplusplus
extern "C" {
#endif
/* Ours is public even where the program is built with -fvisibility=hidden. */
#pragma GCC visibility push(default)

/* The number of this ABI: struct etch_group, struct etch_cursor, the offsets
 * below. A group of another number is refused when it registers. */
#define ETCH_ABI 3

/* The largest page of the architecture: enable words start and end on one, so
 * that the control page can be mapped over them. */
#if defined(__aarch64__)
#define ETCH_PAGE_MAX 65536
#else
#define ETCH_PAGE_MAX 4096
#endif

/* The length of a group's array of enable words: whole pages. */
#define ETCH_WORDS(n)                                                                              \
    ((((size_t)(n) * sizeof(uint16_t) + ETCH_PAGE_MAX - 1) / ETCH_PAGE_MAX + ((n) == 0)) *         \
     (ETCH_PAGE_MAX / sizeof(uint16_t)))

#if defined(__CHAR_UNSIGNED__)
#define ETCH_CHAR_SIGNED 0
#else
#define ETCH_CHAR_SIGNED 1
#endif

/* The backends that a group was generated with. */
enum {
    ETCH_BACKEND_LOG = 1u << 0,
    ETCH_BACKEND_SIMPLE = 1u << 1,
    ETCH_BACKEND_CTF = 1u << 2,
    ETCH_BACKEND_SYSLOG = 1u << 3,
    ETCH_BACKEND_FTRACE = 1u << 4,
    ETCH_BACKEND_DTRACE = 1u << 5,
    ETCH_BACKEND_UST = 1u << 6,
};

struct TraceEvent; /* etch/control.h */

/* A group of events: what one trace-G.c registers. The object is static, of
 * the generated code; libetch writes `first_id` and `priv`. */
struct etch_group {
    uint32_t abi;              /* ETCH_ABI */
    uint32_t n_events;         /* disabled ones included */
    uint32_t first_id;         /* the id of its first event; ids are dense */
    uint32_t backends;         /* ETCH_BACKEND_ bits */
    uint16_t *words;           /* n_events enable words: etch/word.h */
    size_t words_size;         /* bytes, whole pages of ETCH_PAGE_MAX */
    const void *note;          /* the description: struct etch_note, src/format/note.h */
    struct TraceEvent *events; /* n_events descriptors (--dialect=qemu), else NULL */
    void *priv[4];             /* libetch's own; zero */
};

/* Its initialiser, of C and C++. */
#define ETCH_GROUP(n_events, backends, words, note, events)                                        \
    {                                                                                              \
        ETCH_ABI, n_events, 0, backends, words, sizeof(words), note, events,                       \
        {                                                                                          \
            NULL, NULL, NULL, NULL                                                                 \
        }                                                                                          \
    }

/* ---- conditions ---- */

/* Whether an event goes on to its backends whose word says that libetch is to be
 * asked: its condition holds and its limit is not reached. Tells triggers.
 * values: its arguments as uint64_t, numbers extended by the sign of their type,
 * a string as its address; a floating-point number is not looked at; NULL if there
 * are none.
 * Allocates nothing and takes no lock. */
__attribute__((cold)) bool etch_event_wanted(const struct etch_group *group, uint32_t index,
                                             const uint64_t *values);

/* ---- storing an event: ring backends ---- */

/* Where the fields of the packet header lie that the hot path stores; the
 * whole layout is src/format/packet.h. */
#define ETCH_PACKET_CONTENT 48 /* uint64_t content_size, in bits */

/* The event header: 13 bits of id, 19 bits of clock, little endian. */
#define ETCH_ID_BITS     13
#define ETCH_ID_EXTENDED 8191u
#define ETCH_CLOCK_BITS  19

/* The longest string that is stored, without its NUL. */
#define ETCH_STRING_MAX 512u

/* What is stored for a NULL string: what printf shows for one, told from that
 * text by an invisible U+2060 (word joiner) behind it. */
#define ETCH_STRING_NULL "(null)\342\201\240"

/* Where a thread's next event goes; one a thread and nesting level. All bytes
 * zero, as after fork, is a valid cursor that is always full. */
struct etch_cursor {
    unsigned char *pos;    /* the next byte */
    unsigned char *end;    /* of the packet; 0: revoked, take the slow path */
    unsigned char *packet; /* the open packet */
    uint64_t last;         /* clock of the last event in it */
    uintptr_t busy;        /* an event is being stored: its frame, and in bits 0 and 1 how; or 0 */
    unsigned char *limit;  /* what end is while the packet is not revoked */
    uint32_t level;        /* nesting level, 0 to 2 */
    uint32_t slot;         /* index of its stream slot in the pool */
    uint32_t up;           /* 1 + slot of the next level's cursor, 0: none yet */
    uint32_t attached;     /* 1; 2: the next header is extended; 0 in a forked child */
};

#if defined(__GNUC__) && (!defined(__PIC__) || defined(__PIE__) || defined(ETCH_BUILD_LIBETCH))
extern __thread struct etch_cursor *etch_thread_cursor __attribute__((tls_model("initial-exec")));
/* The calling thread's cursor; never NULL. */
static inline __attribute__((always_inline)) struct etch_cursor *etch_cursor_get(void)
{
    return etch_thread_cursor;
}
#else
/* In a shared library: one call. */
struct etch_cursor *etch_cursor_of_thread(void);
static inline __attribute__((always_inline)) struct etch_cursor *etch_cursor_get(void)
{
    return etch_cursor_of_thread();
}
#endif

/* Ticks of the raw clock. Plain rdtsc: ordered with nothing, so that it hides
 * in its neighbours' shadow; two threads may be some 10 ns out of order. */
static inline __attribute__((always_inline)) uint64_t etch_clock(void)
{
#if defined(__x86_64__) || defined(__i386__)
    return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
    uint64_t t;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(t));
    return t;
#else
    extern uint64_t etch_clock_slow(void);
    return etch_clock_slow();
#endif
}

/* Where the stack stands, with bit 0 set: what `busy` holds of an event that is
 * being stored, by which one that was left by longjmp is told from one that a
 * signal handler interrupts. */
static inline __attribute__((always_inline)) uintptr_t etch_frame(void)
{
    uintptr_t frame;
#if defined(__x86_64__)
    __asm__("lea 1(%%rsp), %0" : "=r"(frame));
#elif defined(__i386__)
    __asm__("lea 1(%%esp), %0" : "=r"(frame));
#elif defined(__aarch64__)
    __asm__("add %0, sp, #1" : "=r"(frame));
#else
    frame = (uintptr_t)__builtin_frame_address(0) | 1;
#endif
    return frame;
}

/* All that an event meets rarely, out of the way of etch_event_begin(): its word
 * says that libetch is to be asked (see etch_event_wanted()), a thread's first
 * event, a packet's turn, an extended header, an event that fires while one is
 * being stored (in a signal handler), fork, overflow. Stores it, or counts it as
 * discarded. values: as for etch_event_wanted(), floating-point numbers as their
 * bits. frame: etch_frame(). Returns whether the event is wanted, so that other
 * backends take it. */
__attribute__((cold)) bool etch_event_rare(const struct etch_group *group, uint32_t index,
                                           const uint64_t *values, uintptr_t frame);

/* Begins to store an event: from here to the commit a signal handler finds the
 * cursor busy; the drain looks at it after a membarrier. */
static inline __attribute__((always_inline)) bool etch_event_claim(struct etch_cursor *c)
{
    if (ETCH_UNLIKELY(__atomic_load_n(&c->busy, __ATOMIC_RELAXED)))
        return false;
    __atomic_store_n(&c->busy, etch_frame(), __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    return true;
}

/* Whether `size` bytes of payload at most find room behind a compact header. */
static inline __attribute__((always_inline)) bool
etch_event_fits(const struct etch_cursor *c, const unsigned char *p, uint32_t id, size_t size)
{
    return ETCH_LIKELY((uintptr_t)p + size + sizeof(uint32_t) <=
                       (uintptr_t)__atomic_load_n(&c->end, __ATOMIC_RELAXED)) &&
           ETCH_LIKELY(id < ETCH_ID_EXTENDED);
}

static inline __attribute__((always_inline)) unsigned char *
etch_event_header(unsigned char *p, uint64_t clock, uint32_t id)
{
    uint32_t header = (uint32_t)(clock << ETCH_ID_BITS) | id;
    __builtin_memcpy(p, &header, sizeof(header));
    return p + sizeof(header);
}

/* Nothing was stored. */
static inline __attribute__((always_inline)) unsigned char *etch_event_leave(struct etch_cursor *c)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    __atomic_store_n(&c->busy, 0, __ATOMIC_RELEASE);
    return NULL;
}

/* Opens an event with `size` bytes of payload at most; where they go, or NULL:
 * etch_event_rare() is to take it. It is not called here, so that the function
 * that fires the event can end in a jump to it and needs no frame. */
static inline __attribute__((always_inline)) unsigned char *
etch_event_begin(struct etch_cursor *c, uint32_t id, size_t size)
{
    unsigned char *p;
    uint64_t now;
    if (!etch_event_claim(c))
        return NULL;
    p = c->pos;
    now = etch_clock();
    if (!etch_event_fits(c, p, id, size) ||
        ETCH_UNLIKELY(((now - c->last) >> ETCH_CLOCK_BITS) != 0))
        return etch_event_leave(c);
    c->last = now;
    return etch_event_header(p, now, id);
}

/* As etch_event_begin() for an event that is declared notime: no clock is read. Its
 * header repeats the clock of the event before, so that its place is exact and
 * its time lies between its neighbours'. */
static inline __attribute__((always_inline)) unsigned char *
etch_event_begin_notime(struct etch_cursor *c, uint32_t id, size_t size)
{
    unsigned char *p;
    if (!etch_event_claim(c))
        return NULL;
    p = c->pos;
    if (!etch_event_fits(c, p, id, size))
        return etch_event_leave(c);
    return etch_event_header(p, c->last, id);
}

/* Closes it: `end` is one past the last byte of the payload. From the store
 * of content_size on the event is in the trace, whatever happens. */
static inline __attribute__((always_inline)) void etch_event_commit(struct etch_cursor *c,
                                                                    unsigned char *end)
{
    c->pos = end;
#if __SIZEOF_POINTER__ == 8
    __atomic_store_n((uint64_t *)(void *)(c->packet + ETCH_PACKET_CONTENT),
                     (uint64_t)(end - c->packet) << 3, __ATOMIC_RELEASE);
#else /* one store of a word: the upper half is always 0 */
    __atomic_store_n((uint32_t *)(void *)(c->packet + ETCH_PACKET_CONTENT),
                     (uint32_t)(end - c->packet) << 3, __ATOMIC_RELEASE);
#endif
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    /* Release: whoever gets the cursor next comes behind all of this. */
    __atomic_store_n(&c->busy, 0, __ATOMIC_RELEASE);
}

/* A floating-point number among the values of an event. */
static inline __attribute__((always_inline)) uint64_t etch_float_bits(float v)
{
    uint32_t bits;
    __builtin_memcpy(&bits, &v, sizeof(bits));
    return bits;
}

static inline __attribute__((always_inline)) uint64_t etch_double_bits(double v)
{
    uint64_t bits;
    __builtin_memcpy(&bits, &v, sizeof(bits));
    return bits;
}

/* Stores a variable as it is and moves p behind it. */
#define ETCH_PUT(p, variable)                                                                      \
    (__builtin_memcpy((p), (const void *)&(variable), sizeof(variable)), (p) += sizeof(variable))

/* The bytes that a string takes, its NUL included: min(strlen, 512) + 1. */
size_t etch_string_size(const char *s);

/* Stores a string at p, `size` bytes at most as etch_string_size() gave;
 * stays within them and ends in NUL whatever another thread does to the string
 * meanwhile. Returns one past the NUL. */
unsigned char *etch_string_put(unsigned char *p, const char *s, size_t size);

/* ---- log backend ---- */

/* Writes one line, prefix and all, in one write(2); see etch_log_set_sink().
 * Not async-signal-safe beyond what vsnprintf is. */
void etch_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- ftrace backend ---- */

/* Writes one line to the kernel's trace_marker in one write(2); what is longer
 * than 1,023 bytes is cut. */
void etch_ftrace(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- syslog backend ---- */

/* Sends one message of level LOG_INFO; facility and name are LOG_DAEMON and the
 * program's, unless it calls openlog() itself. Not async-signal-safe. */
void etch_syslog(const char *format, ...) __attribute__((format(printf, 1, 2)));

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
