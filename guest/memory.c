/* SPDX-License-Identifier: MIT
 *
 * memory.c: which pages the guest has, and the calls that change it.
 *
 * Reads nothing of the guest's. Writes a table of a byte a page, and maps. Never
 * touches an address outside the guest's part, whatever the guest asks for:
 * there lies the host. A page of code is mapped for reading alone: the host
 * executes translations, in memory of their own.
 */
#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

#include "cpu.h"
#include "memory.h"
#include "thread.h"

#define PAGES (GUEST_TOP / GUEST_PAGE)

#ifndef MAP_32BIT /* of x86 alone, and nothing to a guest */
#define MAP_32BIT 0
#endif

/* Of a segment of System V's shared memory, and the first of one. */
#define PAGE_SHARED       16
#define PAGE_SHARED_FIRST 32

static uint8_t *pages;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t highest; /* no free page lies at or above */
static uint64_t brk_start;
static uint64_t brk_now;

static void lock_take(void)
{
    pthread_mutex_lock(&lock);
}

static void lock_leave(void)
{
    pthread_mutex_unlock(&lock);
}

int guest_memory_start(void)
{
    pages = mmap(NULL, PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                 -1, 0);
    if (pages == MAP_FAILED)
        return -errno;
    highest = PAGES;
    return -pthread_atfork(lock_take, lock_leave, lock_leave);
}

size_t guest_memory_code(uint64_t address, size_t most)
{
    size_t n = 0;
    while (n < most) {
        uint64_t at = address + n;
        if (at >= GUEST_TOP || !(pages[at / GUEST_PAGE] & PROT_EXEC))
            break;
        n += GUEST_PAGE - at % GUEST_PAGE;
    }
    return n < most ? n : most;
}

bool guest_memory_allows(uint64_t address, uint64_t size, int prot)
{
    if (!guest_memory_owns(address, size))
        return false;
    for (uint64_t page = address / GUEST_PAGE; page * GUEST_PAGE < address + size; page++) {
        if ((pages[page] & (prot | PAGE_MAPPED)) != (prot | PAGE_MAPPED))
            return false;
    }
    return true;
}

static uint64_t page_up(uint64_t size)
{
    return (size + GUEST_PAGE - 1) & ~(GUEST_PAGE - 1);
}

static bool range_free(uint64_t address, uint64_t size)
{
    for (uint64_t page = address / GUEST_PAGE; page < (address + size) / GUEST_PAGE; page++) {
        if (pages[page] != 0)
            return false;
    }
    return true;
}

/* Notes what a range is now. What was code there is code no more. */
static void range_set(uint64_t address, uint64_t size, uint8_t flags)
{
    bool code = false;
    for (uint64_t page = address / GUEST_PAGE; page < (address + size) / GUEST_PAGE; page++) {
        code |= pages[page] & PROT_EXEC;
        pages[page] = flags;
    }
    if (flags == 0 && (address + size) / GUEST_PAGE > highest)
        highest = (address + size) / GUEST_PAGE;
    if (code)
        guest_engine->flush(guest_self(), address, size);
}

/* The highest place with room, or 0. */
static uint64_t range_find(uint64_t size)
{
    uint64_t count = size / GUEST_PAGE, run = 0, page = highest;
    bool all_taken = true;
    while (page > GUEST_BOTTOM / GUEST_PAGE) {
        run = pages[--page] == 0 ? run + 1 : 0;
        if (run != 0 && all_taken) {
            highest = page + 1;
            all_taken = false;
        }
        if (run == count)
            return page * GUEST_PAGE;
    }
    return 0;
}

static int host_prot(int prot)
{
    return (prot & PROT_EXEC ? PROT_READ : 0) | (prot & (PROT_READ | PROT_WRITE));
}

static uint8_t page_flags(int prot)
{
    return PAGE_MAPPED | (prot & (PROT_READ | PROT_WRITE | PROT_EXEC));
}

static int64_t map_locked(uint64_t address, uint64_t size, int prot, int flags, int fd,
                          int64_t offset)
{
    bool fixed = flags & (MAP_FIXED | MAP_FIXED_NOREPLACE);
    if (fixed && !guest_memory_owns(address, size))
        return -ENOMEM;
    if (fixed && (flags & MAP_FIXED_NOREPLACE) == MAP_FIXED_NOREPLACE && !range_free(address, size))
        return -EEXIST;
    if (!fixed) {
        address &= ~(GUEST_PAGE - 1);
        if (!guest_memory_owns(address, size) || !range_free(address, size))
            address = range_find(size);
        if (address == 0)
            return -ENOMEM;
    }
    flags &= ~(MAP_FIXED_NOREPLACE | MAP_GROWSDOWN | MAP_32BIT);
    void *at = mmap((void *)address, size, host_prot(prot), flags | MAP_FIXED, fd, offset);
    if (at == MAP_FAILED)
        return -errno;
    range_set(address, size, page_flags(prot));
    return address;
}

int64_t guest_mmap(uint64_t address, uint64_t size, int prot, int flags, int fd, int64_t offset)
{
    if (size == 0 || (address % GUEST_PAGE != 0 && (flags & MAP_FIXED)))
        return -EINVAL;
    if (size > GUEST_TOP)
        return -ENOMEM;
    lock_take();
    int64_t at = map_locked(address, page_up(size), prot, flags, fd, offset);
    lock_leave();
    return at;
}

int64_t guest_munmap(uint64_t address, uint64_t size)
{
    if (address % GUEST_PAGE != 0 || size == 0 || size > GUEST_TOP ||
        !guest_memory_owns(address, page_up(size)))
        return -EINVAL;
    size = page_up(size);
    lock_take();
    int64_t code = munmap((void *)address, size) == 0 ? 0 : -errno;
    if (code == 0)
        range_set(address, size, 0);
    lock_leave();
    return code;
}

int64_t guest_mprotect(uint64_t address, uint64_t size, int prot)
{
    if (address % GUEST_PAGE != 0)
        return -EINVAL;
    if (size == 0)
        return 0;
    size = size > GUEST_TOP ? GUEST_TOP : page_up(size);
    lock_take();
    int64_t code = -ENOMEM;
    if (guest_memory_allows(address, size, 0)) {
        prot &= PROT_READ | PROT_WRITE | PROT_EXEC;
        code = mprotect((void *)address, size, host_prot(prot)) == 0 ? 0 : -errno;
        if (code == 0)
            range_set(address, size, page_flags(prot));
    }
    lock_leave();
    return code;
}

static int64_t remap_locked(uint64_t old, uint64_t old_size, uint64_t size, int flags,
                            uint64_t address)
{
    uint8_t kind = pages[old / GUEST_PAGE];
    bool in_place = size <= old_size ||
                    (guest_memory_owns(old, size) && range_free(old + old_size, size - old_size));
    if (flags & MREMAP_FIXED) {
        if (address % GUEST_PAGE != 0 || !guest_memory_owns(address, size))
            return -EINVAL;
    } else if (in_place && old_size != 0 && !(flags & MREMAP_DONTUNMAP)) {
        address = old;
    } else {
        address = flags & MREMAP_MAYMOVE ? range_find(size) : 0;
        if (address == 0)
            return -ENOMEM;
    }
    if (address != old)
        flags |= MREMAP_FIXED | MREMAP_MAYMOVE;
    else
        flags &= ~MREMAP_MAYMOVE; /* in place, or not at all: elsewhere is not ours */
    if (mremap((void *)old, old_size, size, flags, address) == MAP_FAILED)
        return -errno;
    if (old_size != 0 && !(flags & MREMAP_DONTUNMAP))
        range_set(old, old_size, 0);
    range_set(address, size, kind);
    return address;
}

int64_t guest_mremap(uint64_t old, uint64_t old_size, uint64_t size, int flags, uint64_t address)
{
    if (old % GUEST_PAGE != 0 || size == 0 || size > GUEST_TOP || old_size > GUEST_TOP)
        return -EINVAL;
    old_size = page_up(old_size);
    lock_take();
    int64_t at = -EFAULT;
    if (guest_memory_owns(old, old_size) &&
        guest_memory_allows(old, old_size != 0 ? old_size : GUEST_PAGE, 0))
        at = remap_locked(old, old_size, page_up(size), flags, address);
    lock_leave();
    return at;
}

void guest_brk_start(uint64_t address)
{
    brk_start = brk_now = page_up(address);
}

int64_t guest_brk(uint64_t address)
{
    lock_take();
    uint64_t now = page_up(brk_now), wanted = page_up(address);
    if (address >= brk_start && guest_memory_owns(brk_start, wanted - brk_start)) {
        int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
        bool done = wanted == now;
        if (wanted > now) {
            done = map_locked(now, wanted - now, PROT_READ | PROT_WRITE, flags, -1, 0) >= 0;
        } else if (wanted < now) {
            done = munmap((void *)wanted, now - wanted) == 0;
            if (done)
                range_set(wanted, now - wanted, 0);
        }
        if (done)
            brk_now = address;
    }
    int64_t result = brk_now;
    lock_leave();
    return result;
}

static int64_t attach_locked(int id, uint64_t address, int flags)
{
    struct shmid_ds ds;
    if (shmctl(id, IPC_STAT, &ds) < 0)
        return -errno;
    uint64_t size = page_up(ds.shm_segsz);
    if ((flags & SHM_RND) && address != 0)
        address &= ~(GUEST_PAGE - 1);
    if (address % GUEST_PAGE != 0 || size > GUEST_TOP)
        return -EINVAL;
    if (address == 0)
        address = range_find(size);
    else if (!guest_memory_owns(address, size) ||
             (!(flags & SHM_REMAP) && !range_free(address, size)))
        return -EINVAL;
    if (address == 0)
        return -ENOMEM;
    if (shmat(id, (void *)address, (flags & SHM_RDONLY) | SHM_REMAP) == (void *)-1)
        return -errno;
    uint8_t kind = page_flags(PROT_READ | (flags & SHM_RDONLY ? 0 : PROT_WRITE)) | PAGE_SHARED;
    range_set(address, size, kind);
    pages[address / GUEST_PAGE] |= PAGE_SHARED_FIRST;
    return address;
}

int64_t guest_shmat(int id, uint64_t address, int flags)
{
    lock_take();
    int64_t at = attach_locked(id, address, flags);
    lock_leave();
    return at;
}

int64_t guest_shmdt(uint64_t address)
{
    if (address % GUEST_PAGE != 0 || !guest_memory_owns(address, GUEST_PAGE))
        return -EINVAL;
    lock_take();
    int64_t code = -EINVAL;
    uint64_t page = address / GUEST_PAGE, end = page + 1;
    if (pages[page] & PAGE_SHARED_FIRST) {
        while (end < PAGES && (pages[end] & (PAGE_SHARED | PAGE_SHARED_FIRST)) == PAGE_SHARED)
            end++;
        code = shmdt((void *)address) == 0 ? 0 : -errno;
        if (code == 0)
            range_set(address, end * GUEST_PAGE - address, 0);
    }
    lock_leave();
    return code;
}
