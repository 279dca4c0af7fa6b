/* SPDX-License-Identifier: MIT
 *
 * monitor_self.c: the monitor's commands on this process: for programs that own
 * a prompt or a socket (etch/etch.h).
 */
#include <etch/etch.h>

#include <string.h>

#include "runtime/condition.h"
#include "runtime/cpus.h"
#include "runtime/folder.h"
#include "runtime/monitor.h"
#include "runtime/register.h"
#include "runtime/session.h"
#include "runtime/settings.h"
#include "runtime/sys.h"
#include "runtime/timer.h"

/* The group of event i, counted over all; i becomes its index there. */
static struct group_entry *group_of(size_t *i)
{
    struct group_entry *g = __atomic_load_n(&etch_groups, __ATOMIC_ACQUIRE);
    for (; g != NULL && *i >= g->n_events; g = __atomic_load_n(&g->next, __ATOMIC_ACQUIRE))
        *i -= g->n_events;
    return g;
}

static struct monitor_event self_event(const struct monitor_target *target, size_t i)
{
    (void)target;
    const struct group_entry *g = group_of(&i);
    const char *text = etch_note_text(g->note);
    const struct etch_note_event *e = &etch_note_events(g->note)[i];
    unsigned word = etch_event_word(g, (uint32_t)i);
    return (struct monitor_event){.name = text + e->name,
                                  .args = text + e->args,
                                  .format = text + e->format,
                                  .kinds = text + e->kinds,
                                  .long_size = g->note->long_size,
                                  .ptr_size = g->note->ptr_size,
                                  .char_signed = g->note->char_signed,
                                  .disabled = group_event_disabled(g, (uint32_t)i),
                                  .vcpu = group_event_vcpu(g, (uint32_t)i),
                                  .on = word != 0,
                                  .some = ETCH_CONTROL_SET(word) != 0,
                                  .lent = etch_control_lent(word)};
}

static int self_set(const struct monitor_target *target, size_t i, size_t n, uint16_t word)
{
    (void)target;
    for (; n > 0; i++, n--) {
        size_t in = i;
        struct group_entry *g = group_of(&in);
        etch_event_set_word(g, (uint32_t)in, word);
    }
    return 0;
}

static bool self_cpu(const struct monitor_target *target, unsigned cpu)
{
    (void)target;
    return etch_cpu_is_there(cpu);
}

static bool self_on_cpu(const struct monitor_target *target, size_t i, unsigned cpu)
{
    (void)target;
    const struct group_entry *g = group_of(&i);
    return etch_event_on_cpu(g, (uint32_t)i, cpu);
}

static int self_set_cpu(const struct monitor_target *target, size_t i, unsigned cpu, bool on)
{
    (void)target;
    struct group_entry *g = group_of(&i);
    sys_sigset signals;
    etch_registry_lock(&signals);
    int error = etch_event_set_cpu(g, (uint32_t)i, cpu, on);
    etch_registry_unlock(signals);
    return error;
}

static int self_timer(const struct monitor_target *target, uint64_t ns)
{
    (void)target;
    return etch_timer_start(ns);
}

static int self_rule(const struct monitor_target *target, const char *rule)
{
    sys_sigset signals;
    (void)target;
    etch_registry_lock(&signals);
    etch_rule_apply(rule, text_length(rule), false);
    etch_registry_unlock(signals);
    return 0;
}

/* What was said before the first event, as a command of the control page. */
static void self_waiting(char waiting[ETCH_CONTROL_TEXT])
{
    struct text t = text_in(waiting, ETCH_CONTROL_TEXT);
    if (!etch_settings.off && etch_settings.set[0] == '\0')
        return;
    text_add(&t, etch_settings.off ? "start off" : "start on");
    text_add(&t, etch_settings.set[0] != '\0' ? " " : "");
    text_add(&t, etch_settings.set);
}

static int self_recording(const struct monitor_target *target, struct monitor_recording *to)
{
    (void)target;
    const struct session *s = etch_session_any();
    memset(to, 0, sizeof(*to));
    if (s != NULL)
        to->now = s->recording;
    self_waiting(to->waiting);
    return 0;
}

static int self_start(const char *command)
{
    sys_sigset signals;
    etch_registry_lock(&signals);
    int r = etch_settings_start(command);
    etch_registry_unlock(signals);
    return r;
}

static int self_command(const struct monitor_target *target, const char *command,
                        char said[ETCH_CONTROL_TEXT])
{
    char absolute[PATH_SIZE + 32], folder[PATH_SIZE];
    struct text t = text_in(absolute, sizeof(absolute)), at = text_in(folder, sizeof(folder));
    struct text to = text_in(said, ETCH_CONTROL_TEXT);
    const char *path = strchr(command, ' ');
    bool start = strncmp(command, "start ", 6) == 0;
    (void)target;
    if (start)
        path = strchr(path + 1, ' ');
    text_bytes(&t, command, path == NULL ? text_length(command) : (size_t)(path + 1 - command));
    if (path != NULL && path[1] != '/') {
        text_cwd(&at);
        text_add(&t, folder);
    }
    text_add(&t, path == NULL ? "" : path + 1);
    return t.cut   ? -ENAMETOOLONG
           : start ? self_start(absolute)
                   : etch_session_command(etch_session_peek(), absolute, &to);
}

static void self_backends(const struct monitor_target *target, size_t events[MONITOR_BACKENDS])
{
    (void)target;
    memset(events, 0, MONITOR_BACKENDS * sizeof(*events));
    for (const struct group_entry *g = __atomic_load_n(&etch_groups, __ATOMIC_ACQUIRE); g != NULL;
         g = __atomic_load_n(&g->next, __ATOMIC_ACQUIRE)) {
        const struct etch_group *group = __atomic_load_n(&g->group, __ATOMIC_ACQUIRE);
        for (unsigned bit = 0; group != NULL && bit < MONITOR_BACKENDS; bit++)
            if (group->backends >> bit & 1)
                events[bit] += g->n_events;
    }
}

static struct monitor_target self(void)
{
    struct monitor_target target = {.event = self_event,
                                    .set = self_set,
                                    .cpu = self_cpu,
                                    .on_cpu = self_on_cpu,
                                    .set_cpu = self_set_cpu,
                                    .timer = self_timer,
                                    .rule = self_rule,
                                    .recording = self_recording,
                                    .command = self_command,
                                    .backends = self_backends};
    for (const struct group_entry *g = __atomic_load_n(&etch_groups, __ATOMIC_ACQUIRE); g != NULL;
         g = __atomic_load_n(&g->next, __ATOMIC_ACQUIRE))
        target.n_events += g->n_events;
    return target;
}

int etch_monitor_command(const char *line, FILE *out)
{
    struct monitor_target target = self();
    const char *words[MONITOR_WORDS_MAX];
    char copy[1024];
    struct text t = text_in(copy, sizeof(copy));
    text_add(&t, line);
    if (t.cut) {
        fputs("the line is too long\n", out);
        return -EINVAL;
    }
    int n = monitor_split(copy, words, out);
    return n < 0 || monitor_command(&target, n, words, out, out) < 0 ? -EINVAL : 0;
}

void etch_monitor_complete(const char *line, void (*add)(void *arg, const char *word), void *arg)
{
    struct monitor_target target = self();
    monitor_complete(&target, line, add, arg);
}

bool etch_monitor_hint(const char *line, FILE *out)
{
    struct monitor_target target = self();
    return monitor_hint(&target, line, out);
}
