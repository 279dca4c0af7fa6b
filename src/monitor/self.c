/* SPDX-License-Identifier: MIT
 *
 * self.c: libetch-monitor: a prompt for a program's own events; see
 * etch/monitor.h.
 *
 * Reads:  lines of stdin.
 * Writes: stdout; what commands of the monitor write.
 */
#include <errno.h>
#include <etch/etch.h>
#include <etch/monitor.h>

#include "monitor/prompt.h"

struct self {
    int (*own)(void *data, const char *line);
    void *data;
};

static void complete(void *data, const char *line, void (*add)(void *arg, const char *word),
                     void *arg)
{
    (void)data;
    etch_monitor_complete(line, add, arg);
}

static bool hint(void *data, const char *line, FILE *out)
{
    (void)data;
    return etch_monitor_hint(line, out);
}

static bool line(void *data, const char *text)
{
    const struct self *self = data;
    int own = self->own ? self->own(self->data, text) : 0;
    if (own == 0)
        etch_monitor_command(text, stdout);
    fflush(stdout);
    return own >= 0;
}

__attribute__((visibility("default"))) void
etch_monitor_prompt(const char *text, int (*own)(void *data, const char *line), void *data)
{
    struct self self = {own, data};
    struct prompt prompt = {
        .text = text, .data = &self, .complete = complete, .hint = hint, .line = line};
    prompt_run(&prompt);
}
