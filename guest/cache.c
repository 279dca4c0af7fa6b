/* SPDX-License-Identifier: MIT
 *
 * cache.c: see cache.h. Reads the guest's code through block_select(); writes the
 * code memory, the table of blocks and the bitmap of pages that have code in them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest/cache.h"
#include "guest/memory.h"
#include "guest/tcg.h"
#include "guest/trace.h"

#define HASH_BITS  15
#define ORDER_MAX  (CACHE_SIZE / 64) /* a block's code is aligned to 64 bytes */
#define PAGE_BYTES (GUEST_TOP / GUEST_PAGE / 8)

static struct {
    uint8_t *writable;
    uint8_t *runs;
    uint8_t *next;
    struct stubs stubs;
    struct block *table[1u << HASH_BITS];
    struct block **order; /* all since the last time it was empty, by address */
    unsigned count;       /* of them; stored last */
    uint8_t *pages;       /* bits: pages of the guest with code in the table */
    struct emit emit;
    struct ir ir;
    struct frame_path frames;
} cache;

static struct block **bucket(uint64_t pc)
{
    return &cache.table[(pc >> 1 ^ pc >> (1 + HASH_BITS)) & ((1u << HASH_BITS) - 1)];
}

static void *reserve(size_t size)
{
    return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
                0);
}

/* Of a fork, the child's mappings are its own again: new memory in their place. */
static int map_code(void)
{
    int fixed = cache.writable ? MAP_FIXED : 0;
    int fd = memfd_create("etch-guest-code", MFD_CLOEXEC);
    int r = 0;

    if (fd < 0)
        return -errno;
    if (ftruncate(fd, CACHE_SIZE) < 0) {
        r = -errno;
    } else {
        void *w =
            mmap(cache.writable, CACHE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | fixed, fd, 0);
        void *x = mmap(cache.runs, CACHE_SIZE, PROT_READ | PROT_EXEC, MAP_SHARED | fixed, fd, 0);

        if (w == MAP_FAILED || x == MAP_FAILED) {
            r = -errno;
        } else {
            cache.writable = w;
            cache.runs = x;
        }
    }
    close(fd);
    return r;
}

int cache_start(void)
{
    int r = map_code();

    if (r < 0)
        return r;
    if (!cache.order) {
        cache.order = reserve(ORDER_MAX * sizeof(*cache.order));
        cache.pages = reserve(PAGE_BYTES);
        if (cache.order == MAP_FAILED || cache.pages == MAP_FAILED)
            return -ENOMEM;
    }
    struct x86 x = {cache.writable, cache.writable + CACHE_SIZE, false};

    stubs_build(&x, &cache.stubs);
    const uint8_t *enter;

    memcpy(&enter, &cache.stubs.enter, sizeof(enter));
    enter = cache_running(enter);
    memcpy(&cache.stubs.enter, &enter, sizeof(enter));
    cache_empty();
    return 0;
}

const struct stubs *cache_stubs(void)
{
    return &cache.stubs;
}

const uint8_t *cache_running(const uint8_t *written)
{
    return cache.runs + (written - cache.writable);
}

struct block *cache_find(const struct guest_cpu *cpu)
{
    for (struct block *b = *bucket(cpu->pc); b; b = b->next)
        if (b->pc == cpu->pc && b->careful == cache_careful(cpu))
            return b;
    return NULL;
}

static void mark_pages(const struct block *b)
{
    for (unsigned i = 0; i < b->count; i++) {
        uint64_t first = b->insns[i].pc / GUEST_PAGE;
        uint64_t last = (b->insns[i].pc + b->insns[i].insn.length - 1) / GUEST_PAGE;

        cache.pages[first / 8] |= (uint8_t)(1u << first % 8);
        cache.pages[last / 8] |= (uint8_t)(1u << last % 8);
    }
}

static void free_block(struct block *b)
{
    free(b->exits);
    free(b);
}

static bool emit(struct block *b, const struct frame_path *frames)
{
    struct emit *e = &cache.emit;

    e->x = (struct x86){cache.next, cache.next + CACHE_BLOCK_MAX, false};
    e->stubs = &cache.stubs;
    e->block = b;
    b->code = cache.next;
    e->frames = frames;
    memset(e->frame_ids, 0, sizeof(e->frame_ids));
    if (frames && frames->count) {
        b->frame = e->frame_ids[frames->count] = trace_declare(frames, frames->count);
        b->frame_size = (uint16_t)frame_size(frames, frames->count);
    }
    ir_build(&cache.ir, b, frames);
    ir_optimize(&cache.ir);
    return emit_block(e, &cache.ir);
}

struct block *cache_translate(const struct guest_cpu *cpu, bool *full)
{
    *full = cache.next + CACHE_BLOCK_MAX > cache.writable + CACHE_SIZE;
    if (*full)
        return NULL;
    struct frame_path *frames = trace_wish.on ? &cache.frames : NULL;

    if (frames)
        frame_begin(frames, trace_wish.level);
    struct block *b = block_select(cpu, frames);

    if (!b)
        return NULL;
    tcg_translate(cpu);
    b->careful = cache_careful(cpu);
    if (b->count == 0 || !emit(b, frames)) {
        free_block(b);
        return NULL;
    }
    b->size = (uint32_t)(cache.emit.x.at - b->code);
    x86_align(&cache.emit.x, 64);
    cache.next = cache.emit.x.at;
    mark_pages(b);
    tcg_block(b);
    b->next = *bucket(b->pc);
    *bucket(b->pc) = b;
    cache.order[cache.count] = b;
    __atomic_store_n(&cache.count, cache.count + 1, __ATOMIC_RELEASE);
    return b;
}

void cache_link(const struct block_exit *exit, const struct block *target)
{
    struct x86 x = {.full = false};

    if (exit->late)
        __atomic_store_n((uint32_t *)(void *)exit->id, exit->frame, __ATOMIC_RELAXED);
    x86_bind(&x, exit->place, target->code + (exit->back ? target->checked : target->entry));
    /* nobody runs the code at `end` before */
    if (exit->late)
        x86_bind(&x, exit->from, exit->end);
}

struct block *cache_at(uintptr_t host, unsigned *insn)
{
    if (host - (uintptr_t)cache.runs >= CACHE_SIZE)
        return NULL;
    const uint8_t *at = cache.writable + (host - (uintptr_t)cache.runs);
    unsigned low = 0, high = __atomic_load_n(&cache.count, __ATOMIC_ACQUIRE);

    while (low < high) {
        unsigned middle = low + (high - low) / 2;

        if (cache.order[middle]->code <= at)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || at >= cache.order[low - 1]->code + cache.order[low - 1]->size)
        return NULL;
    struct block *b = cache.order[low - 1];
    unsigned i = b->count;

    while (i > 1 && b->code + b->insns[i - 1].code > at)
        i--;
    *insn = i - 1;
    return b;
}

bool cache_holds(uint64_t start, uint64_t size)
{
    if (start >= GUEST_TOP || size == 0)
        return false;
    uint64_t last = size > GUEST_TOP - start ? GUEST_TOP - 1 : start + size - 1;

    for (uint64_t page = start / GUEST_PAGE; page <= last / GUEST_PAGE;) {
        if (page % 8 == 0 && !cache.pages[page / 8])
            page += 8;
        else if (cache.pages[page / 8] >> page % 8 & 1)
            return true;
        else
            page++;
    }
    return false;
}

void cache_forget(void)
{
    memset(cache.table, 0, sizeof(cache.table));
    madvise(cache.pages, PAGE_BYTES, MADV_DONTNEED);
}

void cache_empty(void)
{
    unsigned count = cache.count;

    cache_forget();
    __atomic_store_n(&cache.count, 0, __ATOMIC_RELEASE);
    for (unsigned i = 0; i < count; i++)
        free_block(cache.order[i]);
    cache.next = cache.writable + (cache.stubs.end - cache.writable);
}
