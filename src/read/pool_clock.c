/* SPDX-License-Identifier: MIT
 *
 * pool_clock.c: the clock of a pool (pool.h): ticks to nanoseconds.
 *
 * Reads:  the moments in page 0; our own clock, on the boot of the trace.
 * Writes: the line of a struct pool.
 * Never:  lets time go back by a change of the line.
 */
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <etch/event.h>

#include "read/pool.h"

#define CLOCK_JITTER_NS 1000u

static bool this_boot(const uint8_t boot_id[16])
{
    char text[64];
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, text, sizeof(text) - 1);
    close(fd);
    unsigned digit = 0;
    for (ssize_t i = 0; i < n && digit < 32; i++) {
        if (text[i] == '-' || text[i] == '\n')
            continue;
        int v = text[i] <= '9' ? text[i] - '0' : text[i] - 'a' + 10;
        unsigned nibble = digit % 2 == 0 ? boot_id[digit / 2] >> 4 : boot_id[digit / 2] & 15u;
        if ((unsigned)v != nibble)
            return false;
        digit++;
    }
    return digit == 32;
}

static struct etch_clock_pair pair_now(void)
{
    struct etch_clock_pair now = {.ticks = etch_clock()};
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    now.ticks += (etch_clock() - now.ticks) / 2;
    now.monotonic_ns = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
    return now;
}

struct etch_clock_pair pool_last_moment(const struct pool *pool)
{
    const struct etch_pool_header *h = &pool->header;
    if (!this_boot(h->boot_id) || !pool->live)
        return h->last;
    struct etch_clock_pair now = pair_now();
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    now.realtime_ns = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
    if (h->clock == ETCH_CLOCK_MONOTONIC)
        now.ticks = now.monotonic_ns;
    return now;
}

/* ns a tick, times 2^52, between two moments; 0 where time went back. */
static uint64_t slope(const struct etch_clock_pair *a, const struct etch_clock_pair *b)
{
    if (b->ticks <= a->ticks || b->monotonic_ns <= a->monotonic_ns)
        return 0;
    unsigned __int128 mult =
        ((unsigned __int128)(b->monotonic_ns - a->monotonic_ns) << 52) / (b->ticks - a->ticks);
    return mult > UINT64_MAX ? UINT64_MAX : (uint64_t)mult;
}

/* On the boot of the trace: from its first moment to now. What a millisecond of
 * our own tells is coarser, but true where the process lived in a time namespace,
 * with another CLOCK_MONOTONIC than ours. */
static uint64_t slope_now(const struct etch_clock_pair *first)
{
    struct etch_clock_pair before = pair_now();
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    struct etch_clock_pair now = pair_now();
    uint64_t ours = slope(&before, &now), since = slope(first, &now);
    uint64_t apart = since > ours ? since - ours : ours - since;
    return apart <= ours / 1000 ? since : ours;
}

void pool_set_clock(struct pool *pool)
{
    const struct etch_pool_header *h = &pool->header;
    uint64_t mult = 0;
    pool->clock = (struct pool_clock){h->last.ticks, h->last.monotonic_ns, UINT64_C(1) << 52};
    if (h->clock == ETCH_CLOCK_MONOTONIC)
        pool->clock.ns = pool->clock.ticks;
    else if (h->last.monotonic_ns < h->first.monotonic_ns + 10000000u && this_boot(h->boot_id))
        mult = slope_now(&h->first);
    else
        mult = slope(&h->first, &h->last);
    if (mult != 0)
        pool->clock.mult = mult;
    /* The drain's line moved with every round, ours is another: on from where its
     * ended, so that what comes behind the file's last event does not go back. */
    uint64_t newest = h->newest[pool->checkpoint.generation & 1];
    if (newest != 0 && h->clock != ETCH_CLOCK_MONOTONIC) {
        pool->clock.ticks = newest;
        pool->clock.ns = pool->checkpoint.newest_ns;
    }
}

static uint64_t line_time(const struct pool_clock *c, uint64_t ticks)
{
    if (ticks >= c->ticks)
        return c->ns + (uint64_t)((unsigned __int128)(ticks - c->ticks) * c->mult >> 52);
    uint64_t before = (uint64_t)((unsigned __int128)(c->ticks - ticks) * c->mult >> 52);
    return before < c->ns ? c->ns - before : 0;
}

/* Where the drain's line is not known, what comes behind the file's last event does
 * not go back by the little that ours may differ. */
uint64_t pool_time(const struct pool *pool, uint64_t ticks)
{
    uint64_t ns = line_time(&pool->clock, ticks), newest = pool->checkpoint.newest_ns;
    return ns < newest && newest - ns < CLOCK_JITTER_NS ? newest : ns;
}

uint64_t pool_ticks(const struct pool *pool, uint64_t ns)
{
    const struct pool_clock *c = &pool->clock;
    uint64_t mult = c->mult == 0 ? 1 : c->mult;
    if (ns >= c->ns)
        return c->ticks + (uint64_t)(((unsigned __int128)(ns - c->ns) << 52) / mult);
    uint64_t before = (uint64_t)(((unsigned __int128)(c->ns - ns) << 52) / mult);
    return before < c->ticks ? c->ticks - before : 0;
}
