/* SPDX-License-Identifier: MIT
 *
 * simple_fuzz.c: any bytes as a trace file, by our rules, by those of both eras
 * of simpletrace.py, in order of time and of the file: no crash, an end, a
 * message for every error, memory within bounds.
 */
#include <sys/mman.h>

#include "files.h"

static int memory_file(const void *data, size_t size, char path[32])
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, 32, "/proc/self/fd/%d", fd);
    return fd;
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
        /* An event or an error takes a byte at least, but for those of an id that
         * nothing is known of: an error and the event. */
        fuzz_read_as(path, &options[i], 2 * size + 16);
        close(fd);
    }
    return 0;
}
