/* SPDX-License-Identifier: MIT
 *
 * events_fuzz.c: any bytes as an events file. What it switches is what its
 * lines say, one by one, as --trace strings.
 */
#include <etch/etch.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "format/pattern.h"
#include "runtime/runtime.h"
#include "trace-fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BLANKS " \t\r\f\v"

/* A line's effect on an event; false once the list was asked for. A line with a
 * NUL has none. */
static bool obey(const char *line, size_t length, bool *on, const char *name)
{
    char text[1025];
    if (length > 1024 || memchr(line, 0, length) != NULL)
        return true;
    memcpy(text, line, length);
    text[length] = '\0';
    char *begin = text + strspn(text, BLANKS);
    char *end = text + strlen(text);
    while (end > begin && strchr(BLANKS, end[-1]) != NULL)
        *--end = '\0';
    if (strcmp(begin, "help") == 0 || strcmp(begin, "?") == 0)
        return false;
    if (*begin != '#' && pattern_match(begin + (*begin == '-'), name))
        *on = *begin != '-';
    return true;
}

static bool expected(const uint8_t *data, size_t size, const char *name)
{
    const char *text = (const char *)data;
    bool on = false;
    for (size_t from = 0, i = 0; i <= size; i++)
        if (i == size || text[i] == '\n') {
            if (!obey(text + from, i - from, &on, name))
                return on;
            from = i + 1;
        }
    return on;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    char string[64];
    if (fd < 0)
        fd = memfd_create("events", MFD_CLOEXEC);
    if (ftruncate(fd, 0) < 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
        return 0;
    snprintf(string, sizeof(string), "-*,events=/proc/self/fd/%d", fd);
    int r = etch_trace(string);
    if (r != 0 && r != -ECANCELED)
        abort();
    TraceEventIter iter;
    TraceEvent *event;
    trace_event_iter_init_all(&iter);
    while ((event = trace_event_iter_next(&iter)) != NULL)
        if (trace_event_get_state_dynamic(event) !=
            (event->sstate && expected(data, size, event->name))) {
            fprintf(stderr, "events_fuzz: %s\n", event->name);
            abort();
        }
    return 0;
}
