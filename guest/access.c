/* SPDX-License-Identifier: MIT
 *
 * access.c: loads, stores and copies of guest memory, which may fault.
 *
 * Reads and writes what the guest asks for. Keeps no lock and no state over an
 * access: a fault leaves by siglongjmp.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "access.h"
#include "memory.h"
#include "thread.h"

#define ACCESS __attribute__((section("guest_access"), noinline))

extern const char section_start[] __asm__("__start_guest_access");
extern const char section_stop[] __asm__("__stop_guest_access");

bool guest_access_at(uintptr_t pc)
{
    return pc >= (uintptr_t)section_start && pc < (uintptr_t)section_stop;
}

/* Unaligned, and one access each: other threads see it whole where the host can. */
struct any16 {
    volatile uint16_t value;
} __attribute__((packed, may_alias));
struct any32 {
    volatile uint32_t value;
} __attribute__((packed, may_alias));
struct any64 {
    volatile uint64_t value;
} __attribute__((packed, may_alias));

ACCESS uint64_t guest_load(uint64_t address, unsigned size)
{
    switch (size) {
    case 1:
        return *(volatile uint8_t *)address;
    case 2:
        return ((struct any16 *)address)->value;
    case 4:
        return ((struct any32 *)address)->value;
    default:
        return ((struct any64 *)address)->value;
    }
}

ACCESS void guest_store(uint64_t address, uint64_t value, unsigned size)
{
    switch (size) {
    case 1:
        *(volatile uint8_t *)address = value;
        break;
    case 2:
        ((struct any16 *)address)->value = value;
        break;
    case 4:
        ((struct any32 *)address)->value = value;
        break;
    default:
        ((struct any64 *)address)->value = value;
    }
}

ACCESS bool guest_swap(uint64_t address, uint64_t old, uint64_t value, unsigned size)
{
    if (size == 4) {
        uint32_t expected = old;
        return __atomic_compare_exchange_n((uint32_t *)address, &expected, (uint32_t)value, false,
                                           __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    }
    return __atomic_compare_exchange_n((uint64_t *)address, &old, value, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
}

/* What is least or greatest has no operation of its own on hosts. */
#define CHOOSE(type, sign, better)                                                                 \
    do {                                                                                           \
        type old_ = __atomic_load_n((type *)address, __ATOMIC_RELAXED);                            \
        while (!__atomic_compare_exchange_n((type *)address, &old_,                                \
                                            (sign)value better(sign) old_ ? (type)value : old_,    \
                                            false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))            \
            ;                                                                                      \
        return old_;                                                                               \
    } while (0)

#define BOTH(id, function)                                                                         \
    case OP_##id##_W:                                                                              \
        return function((uint32_t *)address, (uint32_t)value, __ATOMIC_SEQ_CST);                   \
    case OP_##id##_D:                                                                              \
        return function((uint64_t *)address, value, __ATOMIC_SEQ_CST)

ACCESS uint64_t guest_atomic(enum insn_op op, uint64_t address, uint64_t value)
{
    switch (op) {
        BOTH(AMOSWAP, __atomic_exchange_n);
        BOTH(AMOADD, __atomic_fetch_add);
        BOTH(AMOXOR, __atomic_fetch_xor);
        BOTH(AMOAND, __atomic_fetch_and);
        BOTH(AMOOR, __atomic_fetch_or);
    case OP_AMOMIN_W:
        CHOOSE(uint32_t, int32_t, <);
    case OP_AMOMAX_W:
        CHOOSE(uint32_t, int32_t, >);
    case OP_AMOMINU_W:
        CHOOSE(uint32_t, uint32_t, <);
    case OP_AMOMAXU_W:
        CHOOSE(uint32_t, uint32_t, >);
    case OP_AMOMIN_D:
        CHOOSE(uint64_t, int64_t, <);
    case OP_AMOMAX_D:
        CHOOSE(uint64_t, int64_t, >);
    case OP_AMOMINU_D:
        CHOOSE(uint64_t, uint64_t, <);
    default:
        CHOOSE(uint64_t, uint64_t, >);
    }
}

/* Byte by byte, so that no function of libc stands between the fault and us. */
ACCESS static void copy(char *to, const char *from, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ((volatile char *)to)[i] = ((const volatile char *)from)[i];
}

ACCESS static size_t copy_string(char *to, const char *from, size_t room)
{
    size_t n = 0;
    while (n < room && (((volatile char *)to)[n] = ((const volatile char *)from)[n]) != '\0')
        n++;
    return n;
}

int guest_read(void *to, uint64_t from, size_t size)
{
    struct guest_cpu *cpu = guest_self();
    sigjmp_buf back, *before = cpu->faulted;
    if (!guest_memory_owns(from, size))
        return -EFAULT;
    if (sigsetjmp(back, 0) != 0) {
        cpu->faulted = before;
        return -EFAULT;
    }
    cpu->faulted = &back;
    copy(to, (const char *)from, size);
    cpu->faulted = before;
    return 0;
}

int guest_write(uint64_t to, const void *from, size_t size)
{
    struct guest_cpu *cpu = guest_self();
    sigjmp_buf back, *before = cpu->faulted;
    if (!guest_memory_owns(to, size))
        return -EFAULT;
    if (sigsetjmp(back, 0) != 0) {
        cpu->faulted = before;
        return -EFAULT;
    }
    cpu->faulted = &back;
    copy((char *)to, from, size);
    cpu->faulted = before;
    return 0;
}

int64_t guest_read_string(char *to, uint64_t from, size_t room)
{
    struct guest_cpu *cpu = guest_self();
    sigjmp_buf back, *before = cpu->faulted;
    if (!guest_memory_owns(from, 1))
        return -EFAULT;
    if (sigsetjmp(back, 0) != 0) {
        cpu->faulted = before;
        return -EFAULT;
    }
    cpu->faulted = &back;
    size_t n = copy_string(to, (const char *)from, room);
    cpu->faulted = before;
    return n < room ? (int64_t)n : -ENAMETOOLONG;
}

size_t guest_fetch(struct guest_cpu *cpu, uint64_t pc, struct insn *insn)
{
    uint8_t code[4];
    size_t available = guest_memory_code(pc, sizeof(code)), length = 0;
    /* Another thread may take it away meanwhile. */
    if (available >= 2 && guest_read(code, pc, available & 6) == 0)
        length = guest_decode(code, available, insn);
    if (length == 0)
        cpu->fault_address = pc + (available & 6);
    return length;
}
