/* SPDX-License-Identifier: MIT
 *
 * host.c: system calls and signals of the host, from its processor's view.
 *
 * Reads and writes contexts of handlers, and the kernel's table of them. Never
 * calls libc's signal functions: they refuse signals 32 and 33, which a guest's
 * libc uses as well.
 */
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "host.h"
#include "thread.h"

/* Of this file's assembly: no other symbols of these names, so no table of them. */
#define HERE __attribute__((visibility("hidden")))

HERE int64_t host_call(const _Atomic uint32_t *request, long number, const uint64_t *arguments);
HERE extern const char host_call_start[], host_call_end[], host_call_again[];

#if defined(__x86_64__)
#define PC(context) ((context)->uc_mcontext.gregs[REG_RIP])

__asm__(".text\n"
        ".type host_call, @function\n"
        ".type host_call_start, @object\n"
        ".type host_call_end, @object\n"
        ".type host_call_again, @object\n"
        "host_call:\n"
        "  mov %rdi, %r11\n"
        "  mov %rsi, %rax\n"
        "  mov %rdx, %rcx\n"
        "  mov (%rcx), %rdi\n"
        "  mov 8(%rcx), %rsi\n"
        "  mov 16(%rcx), %rdx\n"
        "  mov 24(%rcx), %r10\n"
        "  mov 32(%rcx), %r8\n"
        "  mov 40(%rcx), %r9\n"
        "host_call_start:\n"
        "  cmpl $0, (%r11)\n"
        "  jne host_call_again\n"
        "  syscall\n"
        "host_call_end:\n"
        "  ret\n"
        "host_call_again:\n"
        "  mov $-512, %rax\n"
        "  ret\n"
        ".size host_call, . - host_call\n"
        ".type host_return, @function\n"
        "host_return:\n"
        "  mov $15, %eax\n" /* rt_sigreturn */
        "  syscall\n"
        ".size host_return, . - host_return\n");
#elif defined(__aarch64__)
#define PC(context) ((context)->uc_mcontext.pc)

__asm__(".text\n"
        ".type host_call, %function\n"
        ".type host_call_start, %object\n"
        ".type host_call_end, %object\n"
        ".type host_call_again, %object\n"
        "host_call:\n"
        "  mov x9, x0\n"
        "  mov x8, x1\n"
        "  mov x10, x2\n"
        "  ldp x0, x1, [x10]\n"
        "  ldp x2, x3, [x10, 16]\n"
        "  ldp x4, x5, [x10, 32]\n"
        "host_call_start:\n"
        "  ldr w11, [x9]\n"
        "  cbnz w11, host_call_again\n"
        "  svc 0\n"
        "host_call_end:\n"
        "  ret\n"
        "host_call_again:\n"
        "  mov x0, -512\n"
        "  ret\n"
        ".size host_call, . - host_call\n"
        ".type host_return, %function\n"
        "host_return:\n"
        "  mov x8, 139\n"
        "  svc 0\n"
        ".size host_return, . - host_return\n");
#else
#error "etch-guest runs on x86-64 and aarch64"
#endif

HERE void host_return(void);

/* The kernel's struct sigaction: on both hosts with a function to return by. */
struct host_action {
    void *handler;
    uint64_t flags;
    void (*restorer)(void);
    uint64_t mask;
};

#define FLAG_RESTORER 0x04000000

static void set(int sig, void *handler, uint64_t mask, uint64_t flags)
{
    struct host_action action = {handler, flags | FLAG_RESTORER, host_return, mask};
    syscall(SYS_rt_sigaction, sig, &action, NULL, sizeof(action.mask));
}

void host_signal_catch(int sig, host_handler *handler, uint64_t mask, uint64_t flags)
{
    set(sig, (void *)handler, mask, flags | SA_SIGINFO);
}

void host_signal_ignore(int sig)
{
    set(sig, (void *)SIG_IGN, 0, 0);
}

void host_signal_default(int sig)
{
    set(sig, (void *)SIG_DFL, 0, 0);
}

bool host_signal_ignored(int sig)
{
    struct host_action action;
    return syscall(SYS_rt_sigaction, sig, NULL, &action, sizeof(action.mask)) == 0 &&
           action.handler == (void *)SIG_IGN;
}

uintptr_t host_pc(const void *context)
{
    return PC((const ucontext_t *)context);
}

void host_block_all(void *context)
{
    uint64_t mask = ~(1ull << (SIGSEGV - 1) | 1ull << (SIGBUS - 1));
    memcpy(&((ucontext_t *)context)->uc_sigmask, &mask, sizeof(mask));
}

void host_call_interrupt(void *context)
{
    uintptr_t pc = host_pc(context);
    if (pc >= (uintptr_t)host_call_start && pc < (uintptr_t)host_call_end)
        PC((ucontext_t *)context) = (uintptr_t)host_call_again;
}

int64_t guest_host_call(struct guest_cpu *cpu, long number, const uint64_t arguments[6])
{
    return host_call(&cpu->request, number, arguments);
}
