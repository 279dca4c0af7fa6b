/* SPDX-License-Identifier: MIT
 *
 * sys_memory.c: system calls that change the guest's address space.
 *
 * Reads arguments, and of files that are mapped to be executed what they are; memory.c
 * does it.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "elf.h"
#include "memory.h"
#include "syscall.h"
#include "trace.h"

/* A file was mapped to be executed: its name, for the symbols in it. */
static void tell_image(uint64_t at, int fd, uint64_t offset)
{
    struct elf_file file;
    const char *error;
    char link[32], path[PATH_MAX];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof(path) - 1);
    if (length <= 0 || elf_read(&file, fd, &error) < 0)
        return;
    path[length] = '\0';
    for (unsigned i = 0; i < file.header.e_phnum; i++) {
        const Elf64_Phdr *p = &file.segments[i];
        if (p->p_type == PT_LOAD && p->p_flags & PF_X &&
            p->p_offset / GUEST_PAGE == offset / GUEST_PAGE)
            trace_image(at - p->p_vaddr / GUEST_PAGE * GUEST_PAGE, path);
    }
}

int64_t sys_mmap(struct guest_cpu *cpu, const uint64_t *a)
{
    int64_t at = guest_mmap(a[0], a[1], a[2], a[3], a[4], a[5]);
    (void)cpu;
    if (at >= 0 && trace_wish.on && a[2] & PROT_EXEC && !(a[3] & MAP_ANONYMOUS))
        tell_image(at, (int)a[4], a[5]);
    return at;
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
