/* SPDX-License-Identifier: MIT
 *
 * memory.h: the guest's address space. A guest address is a host address; the
 * guest owns [GUEST_BOTTOM, GUEST_TOP), the host lies above.
 */
#ifndef ETCH_GUEST_MEMORY_H
#define ETCH_GUEST_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUEST_PAGE 4096ull

#if defined(__SANITIZE_ADDRESS__)
#define GUEST_TOP 0x7fff0000ull /* the sanitizer's shadow begins there */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GUEST_TOP 0x7fff0000ull
#endif
#endif
#ifndef GUEST_TOP
#define GUEST_TOP (1ull << 38)
#endif
#define GUEST_BOTTOM 0x10000ull

/* What the guest may do with a page: bits of PROT_READ, PROT_WRITE, PROT_EXEC,
 * and PAGE_MAPPED. The host's own protection never has PROT_EXEC. */
#define PAGE_MAPPED 8

/* Before all else; 0 or -errno. */
int guest_memory_start(void);

/* The bytes from `address` that the guest may execute, `most` at most. */
size_t guest_memory_code(uint64_t address, size_t most);

/* All of [address, address + size) is mapped with the bits `prot`. */
bool guest_memory_allows(uint64_t address, uint64_t size, int prot);

/* [address, address + size) lies in the guest's part. */
static inline bool guest_memory_owns(uint64_t address, uint64_t size)
{
    return address >= GUEST_BOTTOM && address < GUEST_TOP && size <= GUEST_TOP - address;
}

/* As the system calls, with their flags and -errno; without a fixed address the
 * place is ours to choose. */
int64_t guest_mmap(uint64_t address, uint64_t size, int prot, int flags, int fd, int64_t offset);
int64_t guest_munmap(uint64_t address, uint64_t size);
int64_t guest_mprotect(uint64_t address, uint64_t size, int prot);
int64_t guest_mremap(uint64_t old, uint64_t old_size, uint64_t size, int flags, uint64_t address);
int64_t guest_brk(uint64_t address);
int64_t guest_shmat(int id, uint64_t address, int flags);
int64_t guest_shmdt(uint64_t address);

/* Where brk begins: behind the executable. */
void guest_brk_start(uint64_t address);

#endif
