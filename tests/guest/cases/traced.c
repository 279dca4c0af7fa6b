/* SPDX-License-Identifier: MIT
 *
 * traced.c: a guest without libc that always does the same: whole numbers, memory of
 * each size, atomics, floating point, calls that nest, system calls.
 */
typedef unsigned long u64;

static long call(long number, long a, long b, long c)
{
    register long a0 __asm__("a0") = a;
    register long a1 __asm__("a1") = b;
    register long a2 __asm__("a2") = c;
    register long a7 __asm__("a7") = number;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
    return a0;
}

unsigned char bytes[64];
u64 word, counter;
double sum;
float small;

__attribute__((noinline)) u64 fibonacci(u64 n)
{
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

__attribute__((noinline)) void memory(void)
{
    for (unsigned i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(i * 37 + 200);
    volatile signed char *b = (signed char *)bytes;
    volatile short *h = (short *)(void *)bytes;
    volatile unsigned short *uh = (unsigned short *)(void *)bytes;
    volatile int *w = (int *)(void *)bytes;
    volatile unsigned *uw = (unsigned *)(void *)bytes;
    for (unsigned i = 0; i < 16; i++)
        word += (u64)b[i] + (u64)h[i] + uh[i] + (u64)w[i] * 3 + (uw[i] >> 3) / (i + 1);
    *(volatile short *)(void *)(bytes + 32) = (short)word;
    *(volatile int *)(void *)(bytes + 36) = (int)word;
}

__attribute__((noinline)) void atomics(void)
{
    unsigned *half = (unsigned *)(void *)&counter;
    __atomic_fetch_add(&counter, 5, __ATOMIC_SEQ_CST);
    __atomic_fetch_xor(half, 0x80000001u, __ATOMIC_SEQ_CST);
    word += __atomic_exchange_n(half, 77, __ATOMIC_SEQ_CST);
    u64 expected = 5;
    __atomic_compare_exchange_n(&counter, &expected, 9, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

__attribute__((noinline)) void floats(void)
{
    for (int i = 1; i < 20; i++) {
        sum += 1.0 / i;
        small = small * 0.5f + (float)sum;
        word += (u64)(sum * 100) + (sum < small);
    }
    u64 flags;
    __asm__ volatile("csrr %0, fcsr" : "=r"(flags));
    word += flags;
}

__attribute__((noinline)) void talk(void)
{
    static char text[] = "traced 0000000000000000\n";
    for (unsigned i = 0; i < 16; i++)
        text[7 + i] = "0123456789abcdef"[word >> (60 - 4 * i) & 15];
    call(64, 1, (long)text, sizeof(text) - 1);
}

void _start(void)
{
    __asm__ volatile(".option push\n.option norelax\nla gp, __global_pointer$\n.option pop");
    word = fibonacci(9);
    memory();
    atomics();
    floats();
    talk();
    call(94, 0, 0, 0);
}
