/* SPDX-License-Identifier: MIT
 *
 * word.h: all that a call site of an event needs: the test of its enable word.
 * Kept small, since every source that traces includes it.
 *
 * Reads:  the enable word, which another process may flip.
 * Writes: nothing.
 */
#ifndef ETCH_WORD_H
#define ETCH_WORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ETCH_HIDDEN __attribute__((visibility("hidden")))
/* For what a peer's header declares in the language of whoever includes it. */
#ifdef __cplusplus
#define ETCH_EXTERN_NATIVE extern "C++"
#else
#define ETCH_EXTERN_NATIVE extern
#endif
#define ETCH_LIKELY(x)   __builtin_expect(!!(x), 1)
#define ETCH_UNLIKELY(x) __builtin_expect(!!(x), 0)

#if defined(__SANITIZE_THREAD__)
#define ETCH_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ETCH_TSAN 1
#endif
#endif

/* Whether the event is on. The compiler may not hoist, cache or merge the
 * test: another process flips the word. */
static inline __attribute__((always_inline)) bool etch_word_on(const uint16_t *word)
{
#if defined(ETCH_TSAN)
    return __atomic_load_n(word, __ATOMIC_RELAXED) != 0;
#elif defined(__x86_64__) && defined(__GNUC__)
    __asm__ goto("cmpw $0, %0\n\tjne %l1" : : "m"(*word) : "cc" : on);
    return false;
on:
#if !defined(__clang__)
    __attribute__((cold));
#endif
    return true;
#else
    return ETCH_UNLIKELY(*(const volatile uint16_t *)word != 0);
#endif
}

/* What an enable word says: 0 off, 1 on, 3 on with a condition, a limit or a
 * trigger: then libetch is asked before the event is recorded. Bits above are
 * libetch's own: the timer of an event that is on for a while. */
#define ETCH_WORD_ON    1u
#define ETCH_WORD_ASKED 2u

/* Whether an event is on, and libetch need not be asked about it: one look, since
 * the word may change at any time. Never hoisted. */
static inline __attribute__((always_inline)) bool etch_word_plain(const uint16_t *word)
{
#if defined(ETCH_TSAN)
    uint16_t now = __atomic_load_n(word, __ATOMIC_RELAXED);
#else
    uint16_t now = *(const volatile uint16_t *)word;
#endif
    return ETCH_LIKELY(now != 0 && (now & ETCH_WORD_ASKED) == 0);
}

/* Whether an event is on, and whether one of its backends wants it: the guard
 * of work that is done for the event alone. The argument is TRACE_FOO. */
#ifndef trace_event_get_state
#define trace_event_get_state(id) ((id##_ENABLED) && id##_STATE())
#endif
#ifndef trace_event_get_state_backends
#define trace_event_get_state_backends(id) ((id##_ENABLED) && id##_BACKEND_DSTATE())
#endif

#ifdef __cplusplus
extern "C" {
#endif
/* Ours is public even where the program is built with -fvisibility=hidden. */
#pragma GCC visibility push(default)

struct etch_group; /* etch/event.h */

/* Registers a group: gives it ids, applies the patterns of ETCH_TRACE and maps
 * the control page over its words. Idempotent; called by the constructor of
 * the generated file, or earlier by whoever cannot wait for it (a malloc that
 * the loader calls). Async-signal-safe, allocates nothing. 0 or -errno;
 * -ENOEXEC: generated for another ABI. */
int etch_group_register(struct etch_group *group);

/* Whether an event with the property vcpu is on for the CPU of that address. */
bool etch_word_on_cpu(const uint16_t *word, const void *cpu);

/* Takes a group out again: called by the destructor (dlclose, exit). */
void etch_group_unregister(struct etch_group *group);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
