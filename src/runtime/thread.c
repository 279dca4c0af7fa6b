/* SPDX-License-Identifier: MIT
 *
 * thread.c: the drain's thread, started by clone(2) itself: pthread_create
 * calls calloc, and the event that starts the drain may be calloc's.
 *
 * The thread has a mapped stack and a zeroed TLS block of its own, so that code
 * that looks at a thread pointer finds one; it blocks all signals (inherited)
 * and makes system calls only.
 */
#include <sched.h>
#if defined(__i386__)
#include <asm/ldt.h>
#endif

#include "runtime/sys.h"
#include "runtime/thread.h"

#define STACK_SIZE (256u << 10)
#define TLS_BELOW  (64u << 10) /* x86-64: variables lie below the thread pointer */
#define TLS_ABOVE  (16u << 10) /* aarch64: above; both: libc's control block */

static long clone_call(unsigned long flags, void *stack, uint32_t *tid, void *tls)
{
#if defined(__x86_64__)
    long r;
    register void *r10 __asm__("r10") = tid;
    register void *r8 __asm__("r8") = tls;
    __asm__ volatile("syscall\n\t"
                     "test %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "xor %%ebp, %%ebp\n\t"
                     "pop %%rax\n\t"
                     "pop %%rdi\n\t"
                     "call *%%rax\n\t"
                     "xor %%edi, %%edi\n\t"
                     "mov %[exit], %%eax\n\t"
                     "syscall\n\t"
                     "hlt\n"
                     "1:"
                     : "=a"(r)
                     : "a"((long)SYS_clone), "D"(flags), "S"(stack), "d"(tid), "r"(r10),
                       "r"(r8), [exit] "i"(SYS_exit)
                     : "rcx", "r11", "memory");
    return r;
#elif defined(__i386__)
    /* The entry of the table of segments that this thread's own TLS has, by which
     * %gs, inherited, leads to the new thread's. */
    uint16_t gs;
    __asm__("mov %%gs, %0" : "=r"(gs));
    struct user_desc area = {.entry_number = gs >> 3,
                             .base_addr = (uint32_t)(uintptr_t)tls,
                             .limit = 0xfffff,
                             .seg_32bit = 1,
                             .limit_in_pages = 1,
                             .useable = 1};
    long r;
    __asm__ volatile("int $0x80\n\t"
                     "test %%eax, %%eax\n\t"
                     "jnz 1f\n\t"
                     "xor %%ebp, %%ebp\n\t"
                     "pop %%eax\n\t"
                     "call *%%eax\n\t"
                     "xor %%ebx, %%ebx\n\t"
                     "mov %[exit], %%eax\n\t"
                     "int $0x80\n\t"
                     "hlt\n"
                     "1:"
                     : "=a"(r)
                     : "a"((long)SYS_clone), "b"(flags), "c"(stack), "d"(tid), "S"(&area),
                       "D"(tid), [exit] "i"(SYS_exit)
                     : "memory");
    return r;
#else
    register long x8 __asm__("x8") = SYS_clone;
    register long x0 __asm__("x0") = (long)flags;
    register void *x1 __asm__("x1") = stack;
    register void *x2 __asm__("x2") = tid;
    register void *x3 __asm__("x3") = tls;
    register void *x4 __asm__("x4") = tid;
    __asm__ volatile("svc 0\n\t"
                     "cbnz x0, 1f\n\t"
                     "mov x29, xzr\n\t"
                     "ldp x1, x0, [sp], #16\n\t"
                     "blr x1\n\t"
                     "mov x0, xzr\n\t"
                     "mov x8, %[exit]\n\t"
                     "svc 0\n"
                     "1:"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), [exit] "i"(SYS_exit)
                     : "x30", "memory");
    return x0;
#endif
}

#define MEMORY_SIZE (STACK_SIZE + TLS_BELOW + TLS_ABOVE)

int etch_thread_start(void (*fn)(void *), void *argument, uint32_t *tid, void **kept)
{
    unsigned char *memory = sys_mmap_anonymous(MEMORY_SIZE);
    if (memory == NULL)
        return -ENOMEM;
    void **tls = (void **)(void *)(memory + STACK_SIZE + TLS_BELOW);
    tls[0] = tls; /* x86-64: %fs:0 and %fs:16 point to the block itself */
    tls[2] = tls;
#if defined(__i386__)
    void **stack = (void **)(void *)(memory + STACK_SIZE) - 5; /* the argument lies on 16 bytes */
#else
    void **stack = (void **)(void *)(memory + STACK_SIZE) - 2;
#endif
    stack[0] = (void *)(uintptr_t)fn;
    stack[1] = argument;
    unsigned long flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
                          CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
    *kept = memory;
    long r = clone_call(flags, stack, tid, tls);
    if (r < 0) {
        sys_munmap(memory, MEMORY_SIZE);
        return (int)r;
    }
    return 0;
}

/* From the first call on there is no stack. */
void etch_thread_leave(void *memory)
{
#if defined(__x86_64__)
    __asm__ volatile("syscall\n\t"
                     "xor %%edi, %%edi\n\t"
                     "mov %[exit], %%eax\n\t"
                     "syscall"
                     :
                     : "a"((long)SYS_munmap), "D"(memory),
                       "S"((long)MEMORY_SIZE), [exit] "i"(SYS_exit)
                     : "rcx", "r11", "memory");
#elif defined(__i386__)
    __asm__ volatile("int $0x80\n\t"
                     "xor %%ebx, %%ebx\n\t"
                     "mov %[exit], %%eax\n\t"
                     "int $0x80"
                     :
                     : "a"((long)SYS_munmap), "b"(memory),
                       "c"((long)MEMORY_SIZE), [exit] "i"(SYS_exit)
                     : "memory");
#else
    register long x8 __asm__("x8") = SYS_munmap;
    register void *x0 __asm__("x0") = memory;
    register long x1 __asm__("x1") = MEMORY_SIZE;
    __asm__ volatile("svc 0\n\t"
                     "mov x0, xzr\n\t"
                     "mov x8, %[exit]\n\t"
                     "svc 0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), [exit] "i"(SYS_exit)
                     : "memory");
#endif
    __builtin_unreachable();
}
