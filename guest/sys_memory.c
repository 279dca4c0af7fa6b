/* SPDX-License-Identifier: MIT
 *
 * sys_memory.c: system calls that change the guest's address space.
 *
 * Reads arguments; memory.c does it.
 */
#include <errno.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "memory.h"
#include "syscall.h"

int64_t sys_mmap(struct guest_cpu *cpu, const uint64_t *a)
{
    (void)cpu;
    return guest_mmap(a[0], a[1], a[2], a[3], a[4], a[5]);
}

int64_t sys_munmap(struct guest_cpu *cpu, const uint64_t *a)
{
    (void)cpu;
    return guest_munmap(a[0], a[1]);
}

int64_t sys_mprotect(struct guest_cpu *cpu, const uint64_t *a)
{
    (void)cpu;
    return guest_mprotect(a[0], a[1], a[2]);
}

int64_t sys_mremap(struct guest_cpu *cpu, const uint64_t *a)
{
    (void)cpu;
    return guest_mremap(a[0], a[1], a[2], a[3], a[4]);
}

int64_t sys_brk(struct guest_cpu *cpu, const uint64_t *a)
{
    (void)cpu;
    return guest_brk(a[0]);
}

int64_t sys_shmat(struct guest_cpu *cpu, const uint64_t *a)
{
    (void)cpu;
    return guest_shmat(a[0], a[1], a[2]);
}

int64_t sys_shmdt(struct guest_cpu *cpu, const uint64_t *a)
{
    (void)cpu;
    return guest_shmdt(a[0]);
}

int64_t sys_riscv_flush_icache(struct guest_cpu *cpu, const uint64_t *a)
{
    if (a[1] < a[0])
        return -EINVAL;
    guest_engine->flush(cpu, a[0], a[1] - a[0]);
    return 0;
}
