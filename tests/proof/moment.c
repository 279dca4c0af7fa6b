/* SPDX-License-Identifier: MIT
 *
 * moment.c: going back to a moment of an earlier run without stepping through
 * all that lies before. Between two instructions that the tracer decides on, a
 * place that is seldom passed is looked for; a breakpoint there, and single steps
 * from it, lead to the same moment.
 */
#include "tracee.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#define RECENT 256u
#define PLACES (1u << 16)

/* Of the run that is looked at; they begin anew with each decision. */
static struct {
    uint64_t place, count, decided;
} places[PLACES];
static struct {
    uint64_t place, count;
} recent[RECENT];
static uint64_t n_recent, recent_of;

void tracee_note(struct tracee *t)
{
    if (t->ended || t->shared->interleave != 0)
        return; /* whose turn it is, is drawn by lot: once only */
    tracee_schedule(t);
    uint64_t rip = t->threads[t->current].regs.rip, i = rip % PLACES;
    if (t->now.decided < recent_of) /* another run: its numbers begin anew */
        memset(places, 0, sizeof(places));
    if (recent_of != t->now.decided)
        n_recent = 0;
    recent_of = t->now.decided;
    while (places[i].place != rip && places[i].place != 0)
        i = (i + 1) % PLACES;
    if (places[i].decided != t->now.decided)
        places[i].count = 0;
    places[i].place = rip;
    places[i].decided = t->now.decided;
    places[i].count++;
    recent[n_recent % RECENT].place = rip;
    recent[n_recent % RECENT].count = places[i].count;
    n_recent++;
}

struct moment tracee_moment(const struct tracee *t)
{
    struct moment m = t->now;
    uint64_t least = UINT64_MAX;
    m.place = 0;
    /* A signal comes after so many instructions: they are stepped. */
    if (t->signal != 0 || t->shared->interleave != 0 || recent_of != t->now.decided)
        return m;
    for (uint64_t back = 1; back <= RECENT && back <= n_recent; back++) {
        uint64_t i = (n_recent - back) % RECENT;
        if (recent[i].count >= least)
            continue;
        least = m.count = recent[i].count;
        m.place = recent[i].place;
        m.after = back - 1;
    }
    return m;
}

/* Full speed to a place. A signal that was blocked when it was sent comes on the way. */
static void run_to(struct tracee *t, struct thread *th, uint64_t place)
{
    int status = 0, signal = 0;
    errno = 0;
    long code = ptrace(PTRACE_PEEKTEXT, th->tid, (void *)place, NULL);
    if (errno != 0 ||
        ptrace(PTRACE_POKETEXT, th->tid, (void *)place, (void *)((code & ~0xffL) | 0xcc)) < 0)
        tracee_fail(t, "no breakpoint at 0x%llx: %s", (unsigned long long)place, strerror(errno));
    do {
        ptrace(PTRACE_CONT, th->tid, NULL, (void *)(uintptr_t)signal);
        if (waitpid(th->tid, &status, __WALL) != th->tid || !WIFSTOPPED(status))
            break;
        signal = WSTOPSIG(status);
    } while (tracee_is_ours(signal));
    if (signal != SIGTRAP)
        tracee_fail(t, "status 0x%x on the way to 0x%llx", status, (unsigned long long)place);
    ptrace(PTRACE_POKETEXT, th->tid, (void *)place, (void *)code);
    ptrace(PTRACE_GETREGS, th->tid, NULL, &th->regs);
    th->regs.rip = place;
    ptrace(PTRACE_SETREGS, th->tid, NULL, &th->regs);
}

bool tracee_go(struct tracee *t, const struct moment *m)
{
    while (t->now.decided < m->decided)
        if (!tracee_step(t, true))
            return false;
    if (m->place == 0 || m->since < RECENT || t->signal != 0) {
        while (t->now.since < m->since)
            if (!tracee_step(t, false))
                return false;
        return true;
    }
    tracee_schedule(t);
    struct thread *th = &t->threads[t->current];
    for (uint64_t count = 0;;) {
        if (th->regs.rip != m->place)
            run_to(t, th, m->place);
        if (++count == m->count)
            break;
        if (!tracee_step(t, false))
            return false;
    }
    for (uint64_t i = 0; i < m->after; i++)
        if (!tracee_step(t, false))
            return false;
    return true;
}
