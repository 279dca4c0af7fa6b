/* SPDX-License-Identifier: MIT
 *
 * memory.c: a guest that maps where it may and where it may not, writes code and
 * changes it, and takes memory away that is in use.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"

static sigjmp_buf back;
static volatile uintptr_t address;

static void leave(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)context;
    address = (uintptr_t)info->si_addr;
    siglongjmp(back, 1);
}

static void *map(void *at, size_t size, int prot, int flags)
{
    return mmap(at, size, prot, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

/* Addresses of which the host may have some: none is the guest's to take. */
static void over_the_host(void)
{
    static const uintptr_t places[] = {0x550000000000, 0x555555554000, 0x7f0000000000,
                                       0x7ffff7ff0000, 0x4000000000,   0x3ffffff000};
    for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        char *at = (char *)places[i];
        if (i < 5) {
            CHECK(map(at, 4096, PROT_READ, MAP_FIXED) == MAP_FAILED && errno == ENOMEM);
            CHECK(munmap(at, 4096) == -1 && errno == EINVAL);
            CHECK(mprotect(at, 4096, PROT_NONE) == -1 && errno == ENOMEM);
        } else {
            /* From the last of ours into what is not. */
            CHECK(map(at, 8192, PROT_READ, MAP_FIXED) == MAP_FAILED && errno == ENOMEM);
        }
        /* As a wish only: it is placed elsewhere. */
        char *got = map(at, 8192, PROT_READ | PROT_WRITE, 0);
        CHECK(got != MAP_FAILED && (uintptr_t)got < 0x4000000000);
        got[0] = 1;
        CHECK(mremap(got, 4096, 8192, MREMAP_MAYMOVE | MREMAP_FIXED, at) == MAP_FAILED);
        CHECK(got[0] == 1 && munmap(got, 8192) == 0);
    }
    /* Nor does a system call read or write there for it. */
    CHECK(read(0, (void *)0x7ffff7ff0000, 1) == -1 && errno == EFAULT);
    CHECK(syscall(SYS_getcwd, 0x555555554000, 100) == -1 && errno == EFAULT);
    CHECK(map(NULL, 1ull << 45, PROT_READ, 0) == MAP_FAILED && errno == ENOMEM);
    CHECK(map(NULL, 0, PROT_READ, 0) == MAP_FAILED && errno == EINVAL);
}

static void ordinary(void)
{
    char *a = map(NULL, 3 * 4096, PROT_READ | PROT_WRITE, 0);
    CHECK(a != MAP_FAILED);
    a[4096] = 7;
    CHECK(munmap(a, 4096) == 0 && munmap(a + 8192, 4096) == 0 && a[4096] == 7);
    CHECK(map(a + 4096, 4096, PROT_READ, MAP_FIXED_NOREPLACE) == MAP_FAILED && errno == EEXIST);
    char *b = mremap(a + 4096, 4096, 1 << 20, MREMAP_MAYMOVE);
    CHECK(b != MAP_FAILED && b[0] == 7 && b[(1 << 20) - 1] == 0);
    CHECK(mremap(b, 1 << 20, 4096, 0) == b && b[0] == 7);
    CHECK(mprotect(b, 4096, PROT_READ) == 0 && madvise(b, 4096, MADV_DONTNEED) == 0 && b[0] == 0);
    CHECK(munmap(b, 4096) == 0);
    char *before = sbrk(0);
    CHECK(sbrk(1 << 20) == before);
    memset(before, 1, 1 << 20);
    CHECK(sbrk(-(1 << 20)) == before + (1 << 20) && sbrk(0) == before);
    int id = shmget(IPC_PRIVATE, 5000, IPC_CREAT | 0600);
    CHECK(id >= 0);
    char *one = shmat(id, NULL, 0), *two = shmat(id, NULL, 0);
    CHECK(one != (void *)-1 && two != (void *)-1 && one != two);
    CHECK(shmctl(id, IPC_RMID, NULL) == 0);
    one[4999] = 3;
    CHECK(two[4999] == 3 && shmdt(one) == 0 && two[4999] == 3 && shmdt(two) == 0);
    CHECK(shmdt(two) == -1 && errno == EINVAL);
}

typedef long function(long);

/* li a0, NUMBER; ret */
static void write_code(uint32_t *at, int number)
{
    at[0] = 0x00000513 | (uint32_t)number << 20;
    at[1] = 0x00008067;
    __asm__ volatile("fence.i" ::: "memory");
}

static void changed_code(void)
{
    uint32_t *at = map(NULL, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, 0);
    function *call = (function *)at;
    long sum = 0;
    for (int i = 0; i < 300; i++) {
        write_code(at, i);
        for (int k = 0; k < 3; k++)
            sum += call(0) - i;
    }
    CHECK(sum == 0);
    __builtin___clear_cache((char *)at, (char *)at + 8);

    /* Over the edge of two pages. */
    char *edge = (char *)at + 4096 - 2;
    memcpy(edge, &(uint32_t){0x00750513}, 4); /* addi a0, a0, 7 */
    memcpy(edge + 4, &(uint32_t){0x00008067}, 4);
    __asm__ volatile("fence.i" ::: "memory");
    CHECK(((function *)edge)(1) == 8);

    /* Its second half goes. */
    CHECK(mprotect((char *)at + 4096, 4096, PROT_READ) == 0);
    if (sigsetjmp(back, 1) == 0)
        CHECK(((function *)edge)(1) == 0);
    CHECK(address == (uintptr_t)at + 4096);
    CHECK(mprotect((char *)at + 4096, 4096, PROT_READ | PROT_EXEC) == 0);
    CHECK(((function *)edge)(1) == 8);

    /* Into the middle of an instruction: li a0, 0x513 is another one there. */
    uint16_t halves[] = {0x0537, 0x4501, 0x8082}; /* lui a0, ...; from its middle: li a0, 0 */
    memcpy(at, halves, sizeof(halves));
    __asm__ volatile("fence.i" ::: "memory");
    CHECK(((function *)at)(5) == 0x45010000);
    CHECK(((function *)((char *)at + 2))(5) == 0);
    CHECK(((function *)at)(5) == 0x45010000);

    /* All of it goes, and other code comes. */
    write_code(at, 11);
    CHECK(call(0) == 11);
    CHECK(munmap(at, 8192) == 0);
    if (sigsetjmp(back, 1) == 0)
        CHECK(call(0) == 0);
    CHECK(address == (uintptr_t)at);
    CHECK(map(at, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_FIXED) == at);
    write_code(at, 12);
    CHECK(call(0) == 12);
    CHECK(munmap(at, 8192) == 0);
}

/* A thread runs code that another unmaps: both go on as the guest's rules are. */
static _Atomic int running;
static uint32_t *shared_code;
static void *run_code(void *argument)
{
    struct sigaction action = {.sa_sigaction = leave, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    if (sigsetjmp(back, 1) == 0) {
        running = 1;
        ((function *)shared_code)(0);
    }
    return argument;
}

static void code_taken(int turn)
{
    running = 0;
    pthread_t thread;
    shared_code = map(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, 0);
    shared_code[0] = 0x00150513; /* addi a0, a0, 1 */
    shared_code[1] = 0xffdff06f; /* j -4 */
    __asm__ volatile("fence.i" ::: "memory");
    CHECK(pthread_create(&thread, NULL, run_code, NULL) == 0);
    /* At times while it looks for the code's first instruction. */
    for (int i = 0; i < turn % 40 * 50 || !running; i++)
        __asm__ volatile("");
    CHECK(munmap(shared_code, 4096) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(address - (uintptr_t)shared_code < 8);
}

static void misaligned(void)
{
    static char bytes[32] __attribute__((aligned(16)));
    volatile uint64_t *odd = (uint64_t *)(bytes + 3);
    *odd = 0x1122334455667788;
    CHECK(*odd == 0x1122334455667788 && bytes[3] == (char)0x88);
    char *edge = map(NULL, 8192, PROT_READ | PROT_WRITE, 0);
    odd = (uint64_t *)(edge + 4093);
    *odd = 99;
    CHECK(*odd == 99);
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_sigaction = leave, .sa_flags = SA_SIGINFO};
    CHECK(sigaction(SIGSEGV, &action, NULL) == 0);
    /* What is ours and not the guest's kernel's. */
    if (argc > 1 && strcmp(argv[1], "etch") == 0) {
        over_the_host();
        struct sigaction bus = {.sa_sigaction = leave, .sa_flags = SA_SIGINFO};
        CHECK(sigaction(SIGBUS, &bus, NULL) == 0);
        static uint64_t word[2];
        if (sigsetjmp(back, 1) == 0) {
            __asm__ volatile("amoadd.d zero, %0, (%1)" ::"r"(1l), "r"((char *)word + 4) : "memory");
            CHECK(!"reached");
        }
        CHECK(address == (uintptr_t)word + 4 && word[0] == 0 && word[1] == 0);
        if (sigsetjmp(back, 1) == 0) {
            __asm__ volatile("lr.w t0, (%0)" ::"r"((char *)word + 2) : "t0", "memory");
            CHECK(!"reached");
        }
        CHECK(address == (uintptr_t)word + 2);
        for (int turn = 0; turn < 80; turn++)
            code_taken(turn);
    }
    ordinary();
    changed_code();
    misaligned();
    printf("memory: all as it should be\n");
    return 0;
}
