/* SPDX-License-Identifier: MIT
 *
 * settings_fuzz.c: any bytes as --trace strings, one a line: each is obeyed or
 * refused with a message; what was recorded of it is a string in its bounds.
 *
 * Never: reads a file that a string names.
 */
#include <errno.h>
#include <etch/etch.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/pool.h"
#include "runtime/settings.h"
#include "trace-fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth, const char *what)
{
    if (truth)
        return;
    fprintf(stderr, "settings_fuzz: %s\n", what);
    abort();
}

static void check(void)
{
    TraceEventIter iter;
    TraceEvent *event;
    int on = 0;
    trace_event_iter_init_all(&iter);
    while ((event = trace_event_iter_next(&iter)) != NULL) {
        require(!trace_event_get_state_dynamic(event) || event->sstate, "a disabled event is on");
        on += trace_event_get_state_dynamic(event);
    }
    require(on == trace_events_enabled_count, "the count is wrong");
    require(memchr(etch_settings.file, 0, sizeof(etch_settings.file)) != NULL, "file= without end");
    require(etch_settings.policy <= ETCH_POLICY_BLOCK, "no such policy");
    require(etch_settings.buffer != 0, "no buffer");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *line;
    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    char *rest = text;
    while ((line = strsep(&rest, "\n")) != NULL) {
        if (strstr(line, "events") != NULL)
            continue;
        int r = etch_trace(line);
        require(r == 0 || r == -EINVAL || r == -ECANCELED, "another result");
        check();
    }
    free(text);
    return 0;
}
