/* SPDX-License-Identifier: MIT
 *
 * kernel_file.h: DIR/kernel as etch-kernel writes it (format/kernel.h).
 *
 * Writes: one file, in large pieces.
 */
#ifndef ETCH_CLI_KERNEL_FILE_H
#define ETCH_CLI_KERNEL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KERNEL_IDS      65536u /* the kernel's ids of events have 16 bits */
#define KERNEL_TEXT_MAX 4096u  /* of one event */

struct kernel_file {
    int fd, error; /* the first -errno: what comes later is not written */
    uint64_t events;
    size_t used;
    unsigned char data[256u << 10];
    unsigned char mapped[KERNEL_IDS / 8];
};

#define KERNEL_FIELDS_MAX 24 /* of an event; what it has more is in its text alone */

/* A field's value: a string, or a number. */
struct kernel_value {
    const char *string; /* NULL: a number */
    uint32_t length;
    uint64_t number;
};

struct kernel_event {
    unsigned id; /* below KERNEL_IDS */
    unsigned cpu;
    uint32_t pid;
    uint64_t time_ns;
    const char *text;
    unsigned n_values;
    struct kernel_value values[KERNEL_FIELDS_MAX];
};

/* 0 or -errno. */
int kernel_file_open(struct kernel_file *f, const char *path);
int kernel_file_flush(struct kernel_file *f);

/* Whether the file has the event's name; it must have before the first of them. */
bool kernel_file_has(const struct kernel_file *f, unsigned id);
/* SYSTEM:EVENT(FIELD:KIND...), see format/kernel.h. */
void kernel_file_name(struct kernel_file *f, unsigned id, const char *name);

void kernel_file_event(struct kernel_file *f, const struct kernel_event *event);
/* So many events are missing before that moment. */
void kernel_file_lost(struct kernel_file *f, uint64_t time_ns, uint64_t lost);

#endif
