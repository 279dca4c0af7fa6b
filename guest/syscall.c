/* SPDX-License-Identifier: MIT
 *
 * syscall.c: which system call the guest makes, and those that the host's kernel
 * does as they are: numbers of errors, flags and most structs are the same.
 *
 * Reads the guest's registers, writes a0. Never gives the kernel an address
 * outside the guest's part.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "access.h"
#include "memory.h"
#include "syscall.h"
#include "thread.h"

enum { A0 = 10, A7 = 17, NUMBERS = 512 };

struct call {
    const char *name;
    const char *arguments; /* the host's call with these; NULL: see own */
    long host;
    int64_t (*own)(struct guest_cpu *cpu, const uint64_t *a); /* NULL, too: none */
};

static const struct call calls[NUMBERS] = {
#define PASS(number, name, arguments) [number] = {#name, arguments, SYS_##name, NULL},
#define OWN(number, name)             [number] = {#name, NULL, 0, sys_##name},
#define NONE(number, name)            [number] = {#name, NULL, 0, NULL},
#include "syscalls.def"
#undef PASS
#undef OWN
#undef NONE
};

/* Said once for each number. */
static int64_t unknown(uint64_t number)
{
    static atomic_ulong said[NUMBERS / 64];
    uint64_t slot = number < NUMBERS ? number : NUMBERS - 1;
    unsigned long bit = 1ul << slot % 64;
    if (!(atomic_fetch_or(&said[slot / 64], bit) & bit))
        fprintf(stderr, "etch-guest: system call %llu is not supported; it fails with ENOSYS\n",
                (unsigned long long)number);
    return -ENOSYS;
}

static int64_t pass(struct guest_cpu *cpu, const struct call *call, const uint64_t *a)
{
    uint64_t to[6];
    char path[PATH_MAX], found[PATH_MAX];
    memcpy(to, a, sizeof(to));
    for (unsigned i = 0; call->arguments[i] != '\0'; i++) {
        int64_t length;
        switch (call->arguments[i]) {
        case 'p':
            if (a[i] >= GUEST_TOP)
                return -EFAULT;
            break;
        case 'r':
            if (a[i + 1] != 0 && !guest_memory_owns(a[i], a[i + 1]))
                return -ENOMEM;
            break;
        case 'f':
            if (a[i] == 0) /* of statx and the like: the descriptor itself */
                break;
            length = guest_read_string(path, a[i], sizeof(path));
            if (length < 0)
                return length;
            to[i] = (uintptr_t)guest_path(path, found);
            break;
        }
    }
    return guest_host_call(cpu, call->host, to);
}

void guest_syscall(struct guest_cpu *cpu)
{
    uint64_t number = cpu->x[A7];
    const struct call *call = &calls[number < NUMBERS ? number : NUMBERS - 1];
    uint64_t a[6];
    int64_t result;
    memcpy(a, &cpu->x[A0], sizeof(a));
    if (call->arguments != NULL)
        result = pass(cpu, call, a);
    else if (call->own != NULL)
        result = call->own(cpu, a);
    else
        result = call->name != NULL ? -ENOSYS : unknown(number);
    if (call->own == sys_rt_sigreturn)
        return; /* all registers are others */
    if (result == -HOST_RESTART) {
        cpu->pc -= 4;
        cpu->thread->restarting = true;
        return;
    }
    cpu->x[A0] = result;
}
