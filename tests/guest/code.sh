# SPDX-License-Identifier: MIT
# A guest that changes its code again and again: what was made of the code before does not stay in
# memory, with one thread and with others that compute meanwhile and make system calls.
set -eu
. "$TESTS/lib.sh"
. "$TESTS/guest/lib.sh"

cat >code.c <<'END'
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static long resident(void)
{
    char text[64] = "";
    FILE *f = fopen("/proc/self/statm", "r");
    if (f == NULL || fgets(text, sizeof(text), f) == NULL)
        exit(2);
    fclose(f);
    return strtol(strchr(text, ' '), NULL, 10);
}

static void change(uint32_t *at, int rounds)
{
    for (int i = 0; i < rounds; i++) {
        at[0] = 0x00000513 | (uint32_t)(i & 1023) << 20; /* li a0, i */
        at[1] = 0x00008067;                              /* ret */
        __asm__ volatile("fence.i" ::: "memory");
        if (((long (*)(void))at)() != (i & 1023))
            exit(3);
    }
}

static void *compute(void *unused)
{
    for (volatile unsigned n = 0;; n++)
        if (n % 1000 == 0)
            getppid();
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    uint32_t *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = atoi(argv[1]); i > 0; i--)
        pthread_create(&thread, NULL, compute, NULL);
    change(at, 2000);
    long before = resident();
    change(at, 20000);
    printf("%ld\n", resident() - before);
    return argc - 2;
}
END
$cross -static -O2 -include string.h -o code code.c
# 20,000 blocks left behind would be 5,000 pages and more.
for engine in $ENGINES; do
    for threads in 0 1; do
        run 0 "$GUEST" --engine "$engine" ./code $threads
        [ "$(cat out)" -lt 1000 ] || fail "$engine, $threads threads: $(cat out) pages more"
    done
done
