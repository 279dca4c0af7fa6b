/* SPDX-License-Identifier: MIT
 *
 * kernel_file.c: writes the kernel's events in the simple format; see
 * kernel_file.h.
 */
#include "cli/kernel_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "format/simple.h"

int kernel_file_open(struct kernel_file *f, const char *path)
{
    const struct etch_simple_header header = {ETCH_SIMPLE_HEADER_ID, ETCH_SIMPLE_MAGIC,
                                              ETCH_SIMPLE_VERSION};
    memset(f, 0, sizeof(*f));
    f->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (f->fd < 0)
        return -errno;
    /* Tells who follows the file that there is more to come. */
    flock(f->fd, LOCK_EX);
    memcpy(f->data, &header, sizeof(header));
    f->used = sizeof(header);
    return 0;
}

int kernel_file_flush(struct kernel_file *f)
{
    for (size_t done = 0; done < f->used && f->error == 0;) {
        ssize_t n = write(f->fd, f->data + done, f->used - done);
        if (n > 0)
            done += (size_t)n;
        else if (errno != EINTR)
            f->error = -errno;
    }
    f->used = 0;
    return f->error;
}

static void put(struct kernel_file *f, const void *bytes, size_t n)
{
    if (n > sizeof(f->data) - f->used)
        kernel_file_flush(f);
    memcpy(f->data + f->used, bytes, n);
    f->used += n;
}

bool kernel_file_has(const struct kernel_file *f, unsigned id)
{
    return f->mapped[id / 8] >> (id % 8) & 1;
}

void kernel_file_name(struct kernel_file *f, unsigned id, const char *name)
{
    const uint64_t head[2] = {ETCH_SIMPLE_MAPPING, id};
    uint32_t length = (uint32_t)strlen(name);
    f->mapped[id / 8] |= (unsigned char)(1u << (id % 8));
    put(f, head, sizeof(head));
    put(f, &length, sizeof(length));
    put(f, name, length);
}

static void put_string(struct kernel_file *f, const char *string, uint32_t length)
{
    put(f, &length, sizeof(length));
    put(f, string, length);
}

void kernel_file_event(struct kernel_file *f, const struct kernel_event *event)
{
    const uint64_t type = ETCH_SIMPLE_EVENT, cpu = event->cpu;
    uint32_t length = (uint32_t)strnlen(event->text, KERNEL_TEXT_MAX);
    struct etch_simple_record record = {
        .id = event->id,
        .time_ns = event->time_ns,
        .length = (uint32_t)(sizeof(record) + sizeof(cpu) + sizeof(length)) + length,
        .pid = event->pid};
    for (unsigned i = 0; i < event->n_values; i++)
        record.length += event->values[i].string
                             ? (uint32_t)sizeof(uint32_t) + event->values[i].length
                             : (uint32_t)sizeof(uint64_t);
    put(f, &type, sizeof(type));
    put(f, &record, sizeof(record));
    put(f, &cpu, sizeof(cpu));
    put_string(f, event->text, length);
    for (unsigned i = 0; i < event->n_values; i++) {
        const struct kernel_value *value = &event->values[i];
        if (value->string)
            put_string(f, value->string, value->length);
        else
            put(f, &value->number, sizeof(value->number));
    }
    f->events++;
}

void kernel_file_lost(struct kernel_file *f, uint64_t time_ns, uint64_t lost)
{
    const uint64_t type = ETCH_SIMPLE_EVENT;
    const struct etch_simple_record record = {.id = ETCH_SIMPLE_DROPPED,
                                              .time_ns = time_ns,
                                              .length = (uint32_t)(sizeof(record) + sizeof(lost))};
    put(f, &type, sizeof(type));
    put(f, &record, sizeof(record));
    put(f, &lost, sizeof(lost));
}
