/* SPDX-License-Identifier: MIT
 *
 * lock.c: the lock of the registry, and that of a pool. Threads of the program
 * wait for the first with signals blocked, so that a handler cannot meet its own
 * thread's; the drain never waits.
 */
#include "runtime/pool.h"
#include "runtime/register.h"
#include "runtime/sys.h"

static uint32_t lock_word; /* 0 free, 1 held, 2 held and waited for */

bool etch_registry_try(void)
{
    uint32_t free = 0;
    return __atomic_compare_exchange_n(&lock_word, &free, 1, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

void etch_registry_lock(sys_sigset *signals)
{
    *signals = sys_block_signals();
    if (etch_registry_try())
        return;
    while (__atomic_exchange_n(&lock_word, 2, __ATOMIC_ACQUIRE) != 0)
        sys_futex_wait(&lock_word, 2, NULL);
}

void etch_registry_release(void)
{
    if (__atomic_exchange_n(&lock_word, 0, __ATOMIC_RELEASE) == 2)
        sys_futex_wake(&lock_word, 1);
}

void etch_registry_unlock(sys_sigset signals)
{
    etch_registry_release();
    sys_restore_signals(signals);
}

void etch_pool_lock(int fd, uint64_t byte)
{
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)byte, .l_len = 1};
    if (fd >= 0)
        sys6(SYS_fcntl, fd, F_SETLK, SYS_PTR(&lock), 0, 0, 0);
}
