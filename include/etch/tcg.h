/* SPDX-License-Identifier: MIT
 *
 * tcg.h: events with the property tcg: what a translator of guest code gives to
 * the generated trace-tcg-G.h, so that trace_foo_tcg(), called while it translates,
 * makes the translated code fire foo_exec.
 *
 * A translator implements etch_tcg_emit(); the generated code calls it.
 */
#ifndef ETCH_TCG_H
#define ETCH_TCG_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Values that the translated code will have, by whatever number or address the
 * translator knows them; a type for each size, so that the compiler tells them apart. */
typedef struct {
    uintptr_t id;
} TCGv_i32;
typedef struct {
    uintptr_t id;
} TCGv_i64;
typedef struct {
    uintptr_t id;
} TCGv_ptr;
/* The CPU that runs the code. */
typedef struct {
    uintptr_t id;
} TCGv_env;

/* A register of the guest. */
#if defined(ETCH_TCG_TARGET_BITS) && ETCH_TCG_TARGET_BITS == 32
typedef TCGv_i32 TCGv;
#else
typedef TCGv_i64 TCGv;
#endif

/* How the arguments of an event are known when it is translated. */
enum etch_tcg_kind {
    ETCH_TCG_CONSTANT, /* now */
    ETCH_TCG_TEMP,     /* a value of the translated code */
    ETCH_TCG_CPU,      /* the address of the CPU that runs it */
};

struct etch_tcg_value {
    enum etch_tcg_kind kind;
    uint64_t value; /* or its id */
};

/* An event as translated code fires it; of the generated trace-G.c. */
struct etch_tcg_event {
    const char *name;
    const struct etch_group *group;
    uint32_t index; /* its id is the group's first_id + index */
    uint32_t n_args;
    const uint8_t *sizes; /* of the arguments, in bytes, in their order */
    /* Its enable word, etch/word.h; NULL: others than it decide, always call. */
    const uint16_t *word;
    /* It goes to the thread's packet and nowhere else: the code that stores it
     * (etch_event_begin() to etch_event_commit(), etch/event.h) may stand in the
     * translated code, as long as the word says no more than on. */
    bool ring, notime;
    /* Fires it, if it is on: n_args values, of which each argument takes its lower bytes. */
    void (*call)(const uint64_t *values);
};

/* Makes the code that is being translated fire the event, where it stands now. */
void etch_tcg_emit(const struct etch_tcg_event *event, const struct etch_tcg_value *values);

#ifdef __cplusplus
}
#endif
#endif
