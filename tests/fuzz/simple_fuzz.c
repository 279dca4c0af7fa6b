/* SPDX-License-Identifier: MIT
 *
 * simple_fuzz.c: any bytes as a trace file, by our rules, by those of both eras
 * of simpletrace.py, in order of time and of the file: no crash, an end, a
 * message for every error, memory within bounds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <etch/read.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern unsigned looked;

static int memory_file(const void *data, size_t size, char path[32])
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, 32, "/proc/self/fd/%d", fd);
    return fd;
}

unsigned looked; /* kept, so that the looks are */

/* Looks at every byte that a record points to. */
static unsigned look_at(const struct etch_record *r)
{
    unsigned sum = 0;
    if (r->n_values > ETCH_VALUES_MAX)
        abort();
    for (uint32_t i = 0; i < r->n_values; i++)
        for (uint32_t k = 0; k < r->length[i]; k++)
            sum += ((const unsigned char *)(uintptr_t)r->value[i])[k];
    return sum + (r->type == ETCH_RECORD_EVENT ? (unsigned)strlen(r->name) : 0);
}

static void read_trace(const char *path, size_t size, const struct etch_read_options *options)
{
    struct etch_reader *reader;
    static struct etch_record record;
    char *error;
    if (etch_reader_open(&reader, &path, 1, options, &error) < 0) {
        if (error == NULL)
            abort();
        free(error);
        return;
    }
    /* An event or an error takes a byte at least, but for those of an id that
     * nothing is known of: an error and the event. */
    for (size_t n = 0;; n++) {
        int got = etch_reader_next(reader, &record, &error);
        if (got == 0)
            break;
        if (n > 2 * size + 16 || (got < 0 && error == NULL))
            abort();
        if (got < 0)
            free(error);
        else
            looked += look_at(&record);
    }
    etch_reader_close(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char events[32];
    static const char *const events_files[] = {events, NULL};
    if (events[0] == '\0') {
        static const char text[] = "a(int x, const char *s) \"\"\nb(void) \"\"\nn(int x) \"\"\n"
                                   "d(double d, const char *s, float f) \"\"\n";
        memory_file(text, sizeof(text) - 1, events);
    }
    const struct etch_read_options options[] = {
        {.events_files = events_files},
        {0},
        {.events_files = events_files, .unordered = true},
        {.events_files = events_files, .no_header = true},
        {.events_files = events_files, .simpletrace = ETCH_SIMPLETRACE_11},
        {.events_files = events_files, .simpletrace = ETCH_SIMPLETRACE_2_8},
    };
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        char path[32];
        int fd = memory_file(data, size, path);
        read_trace(path, size, &options[i]);
        close(fd);
    }
    return 0;
}
