/* SPDX-License-Identifier: MIT
 *
 * sys_process.c: system calls on threads, processes, signals, and what they may.
 *
 * Reads and writes the guest's memory through access.h, and its thread.
 */
#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "access.h"
#include "memory.h"
#include "syscall.h"
#include "thread.h"

int64_t sys_exit(struct guest_cpu *cpu, const uint64_t *a)
{
    guest_thread_exit(cpu, a[0] & 255);
    return 0;
}

int64_t sys_exit_group(struct guest_cpu *cpu, const uint64_t *a)
{
    (void)cpu;
    guest_exit(a[0] & 255);
}

int64_t sys_set_tid_address(struct guest_cpu *cpu, const uint64_t *a)
{
    cpu->thread->clear_tid = a[0];
    return cpu->thread->tid;
}

int64_t sys_set_robust_list(struct guest_cpu *cpu, const uint64_t *a)
{
    if (a[1] != 3 * sizeof(uint64_t))
        return -EINVAL;
    cpu->thread->robust_list = a[0];
    return 0;
}

int64_t sys_clone(struct guest_cpu *cpu, const uint64_t *a)
{
    enum { THREAD = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD };
    /* What a fork may ask for besides: memory that is shared until the child
     * execs is a copy of it here. */
    enum {
        FORK = CLONE_VM | CLONE_VFORK | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID |
               CLONE_CHILD_CLEARTID
    };
    uint64_t flags = a[0] & ~(uint64_t)CSIGNAL;
    if ((flags & THREAD) == THREAD)
        return guest_thread_clone(cpu, a[0], a[1], a[2], a[3], a[4]);
    if ((flags & ~(uint64_t)FORK) != 0 || ((flags & CLONE_VM) && !(flags & CLONE_VFORK)) ||
        (a[0] & CSIGNAL) != SIGCHLD)
        return -EINVAL;
    return guest_fork(cpu, a[0], a[1], a[2], a[3], a[4]);
}

int64_t sys_sigaltstack(struct guest_cpu *cpu, const uint64_t *a)
{
    return guest_sigaltstack(cpu, a[0], a[1]);
}

int64_t sys_rt_sigaction(struct guest_cpu *cpu, const uint64_t *a)
{
    (void)cpu;
    return a[3] == 8 ? guest_sigaction(a[0], a[1], a[2]) : -EINVAL;
}

int64_t sys_rt_sigprocmask(struct guest_cpu *cpu, const uint64_t *a)
{
    return a[3] == 8 ? guest_sigprocmask(cpu, a[0], a[1], a[2]) : -EINVAL;
}

int64_t sys_rt_sigsuspend(struct guest_cpu *cpu, const uint64_t *a)
{
    uint64_t mask;
    if (a[1] != 8)
        return -EINVAL;
    if (guest_read(&mask, a[0], sizeof(mask)) < 0)
        return -EFAULT;
    /* Faults are never blocked on the host. */
    mask &= ~(1ull << (SIGSEGV - 1) | 1ull << (SIGBUS - 1));
    uint64_t arguments[6] = {(uintptr_t)&mask, sizeof(mask)};
    int64_t code = guest_host_call(cpu, SYS_rt_sigsuspend, arguments);
    /* A signal that came before is what it waits for. */
    return code == -HOST_RESTART ? -EINTR : code;
}

int64_t sys_rt_sigreturn(struct guest_cpu *cpu, const uint64_t *a)
{
    (void)a;
    guest_sigreturn(cpu);
    return 0;
}

int64_t sys_uname(struct guest_cpu *cpu, const uint64_t *a)
{
    struct utsname name;
    (void)cpu;
    if (uname(&name) < 0)
        return -errno;
    memset(name.machine, 0, sizeof(name.machine));
    strcpy(name.machine, "riscv64");
    return guest_write(a[0], &name, sizeof(name));
}

/* Limits of memory would be ours as well: they are taken and not kept. */
static bool limits_host(unsigned resource)
{
    return resource == RLIMIT_AS || resource == RLIMIT_DATA || resource == RLIMIT_STACK;
}

int64_t sys_setrlimit(struct guest_cpu *cpu, const uint64_t *a)
{
    uint64_t to[6] = {0, a[0], a[1], 0};
    if (a[1] >= GUEST_TOP)
        return -EFAULT;
    return limits_host(a[0]) ? 0 : guest_host_call(cpu, SYS_prlimit64, to);
}

int64_t sys_prlimit64(struct guest_cpu *cpu, const uint64_t *a)
{
    uint64_t to[6] = {a[0], a[1], limits_host(a[1]) ? 0 : a[2], a[3]};
    if (a[2] >= GUEST_TOP || a[3] >= GUEST_TOP)
        return -EFAULT;
    return guest_host_call(cpu, SYS_prlimit64, to);
}

int64_t sys_prctl(struct guest_cpu *cpu, const uint64_t *a)
{
    switch (a[0]) {
    case PR_SET_SECCOMP: /* the host's calls are not the guest's */
    case PR_SET_MM:
    case PR_SET_SYSCALL_USER_DISPATCH:
        return -EINVAL;
    case PR_SET_NAME:
    case PR_GET_NAME:
    case PR_GET_PDEATHSIG:
    case PR_GET_CHILD_SUBREAPER:
        if (a[1] >= GUEST_TOP)
            return -EFAULT;
    }
    return guest_host_call(cpu, SYS_prctl, a);
}

/* By libc, which asks no kernel where it need not. */
int64_t sys_clock_gettime(struct guest_cpu *cpu, const uint64_t *a)
{
    struct timespec now;
    (void)cpu;
    return clock_gettime(a[0], &now) < 0 ? -errno : guest_write(a[1], &now, sizeof(now));
}

/* A command of System V's messages, semaphores and shared memory that has a
 * pointer. */
static bool ipc_points(uint64_t command)
{
    switch (command & ~0x100ull) { /* IPC_64 */
    case IPC_RMID:
    case SETVAL:
    case GETVAL: /* or SHM_UNLOCK */
    case GETPID: /* or SHM_LOCK */
    case GETNCNT:
    case GETZCNT:
        return false;
    default:
        return true;
    }
}

int64_t sys_semctl(struct guest_cpu *cpu, const uint64_t *a)
{
    if (ipc_points(a[2]) && a[3] >= GUEST_TOP)
        return -EFAULT;
    return guest_host_call(cpu, SYS_semctl, a);
}

int64_t sys_msgctl(struct guest_cpu *cpu, const uint64_t *a)
{
    if (ipc_points(a[1]) && a[2] >= GUEST_TOP)
        return -EFAULT;
    return guest_host_call(cpu, SYS_msgctl, a);
}

int64_t sys_shmctl(struct guest_cpu *cpu, const uint64_t *a)
{
    if (ipc_points(a[1]) && a[2] >= GUEST_TOP)
        return -EFAULT;
    return guest_host_call(cpu, SYS_shmctl, a);
}

/* Which of its arguments count is the command's to say; the others are anything. */
int64_t sys_futex(struct guest_cpu *cpu, const uint64_t *a)
{
    bool timed = false, second = false;
    switch (a[1] & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
        timed = true;
        break;
    case FUTEX_WAIT_REQUEUE_PI:
        timed = second = true;
        break;
    case FUTEX_REQUEUE:
    case FUTEX_CMP_REQUEUE:
    case FUTEX_CMP_REQUEUE_PI:
    case FUTEX_WAKE_OP:
        second = true;
        break;
    }
    if (a[0] >= GUEST_TOP || (timed && a[3] >= GUEST_TOP) || (second && a[4] >= GUEST_TOP))
        return -EFAULT;
    return guest_host_call(cpu, SYS_futex, a);
}
