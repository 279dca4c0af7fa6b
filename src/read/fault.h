/* SPDX-License-Identifier: MIT
 *
 * fault.h: how the readers say what is wrong.
 *
 * Reads:  nothing.
 * Writes: the caller's message and fault.
 * Never:  prints.
 */
#ifndef ETCH_READ_FAULT_H
#define ETCH_READ_FAULT_H

#include <stdarg.h>
#include <etch/read.h>

/* Where messages go; one a reader. */
struct fault {
    struct etch_read_fault *fault; /* the caller's, or NULL */
    char **error;                  /* of the call that is running, or NULL */
};

/* Fills both; the message is "PATH: TEXT", or "PATH: offset N: TEXT" where
 * what->offset is not 0. Returns `code`. */
int fault_set(struct fault *f, int code, const struct etch_read_fault *what, const char *format,
              ...) __attribute__((format(printf, 4, 5)));
int fault_vset(struct fault *f, int code, const struct etch_read_fault *what, const char *format,
               va_list ap) __attribute__((format(printf, 4, 0)));

/* The same for a system call that failed with `code`. */
int fault_system(struct fault *f, int code, const char *path, const char *doing);

/* Messages that are told later, one a call of next(). All zero: none. */
struct fault_queue {
    char **text;
    size_t n, told;
};

/* Adds a malloc'd message (NULL: nothing), which the queue owns. 0 or -ENOMEM. */
int fault_later(struct fault_queue *queue, char *text);
/* Tells the next one: -EINVAL, or 0 if there is none. */
int fault_tell(struct fault_queue *queue, struct fault *fault);
void fault_queue_free(struct fault_queue *queue);

#endif
