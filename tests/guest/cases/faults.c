/* SPDX-License-Identifier: MIT
 *
 * faults.c: a guest without libc that always does the same: a fault in the middle of a
 * block, one in its first instruction and a breakpoint, which a handler skips; then a
 * fault that ends it.
 */
static long call(long number, long a, long b, long c, long d)
{
    register long a0 __asm__("a0") = a;
    register long a1 __asm__("a1") = b;
    register long a2 __asm__("a2") = c;
    register long a3 __asm__("a3") = d;
    register long a7 __asm__("a7") = number;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a7) : "memory");
    return a0;
}

enum { EXIT = 94, SIGACTION = 134, TRAP = 5, SEGV = 11, SIGINFO = 4 };

volatile long handled;

/* The context's registers begin with pc. */
static void handler(int signal, void *info, unsigned long *context)
{
    (void)signal, (void)info;
    handled++;
    context[176 / 8] += 4;
}

static void catch (long signal, void (*fn)(int, void *, unsigned long *))
{
    struct {
        void (*fn)(int, void *, unsigned long *);
        unsigned long flags, mask;
    } action = {fn, SIGINFO, 0};
    call(SIGACTION, signal, (long)&action, 0, 8);
}

__attribute__((noinline)) static long faults(void)
{
    long sum;
    __asm__ volatile(".option push\n"
                     ".option norvc\n"
                     "li t0, 5\n"
                     "fcvt.d.l ft0, t0\n"
                     "add t1, t0, t0\n"
                     "ld t1, 24(zero)\n"
                     "add t2, t1, t0\n"
                     "fcvt.l.d t3, ft0\n"
                     "j 1f\n"
                     "1: sd t2, 24(zero)\n"
                     "add %0, t2, t3\n"
                     ".option pop\n"
                     : "=r"(sum)
                     :
                     : "t0", "t1", "t2", "t3", "ft0", "memory");
    return sum;
}

void _start(void)
{
    __asm__ volatile(".option push\n.option norelax\nla gp, __global_pointer$\n.option pop");
    catch (SEGV, handler);
    catch (TRAP, handler);
    long sum = faults();
    __asm__ volatile(".option push\n.option norvc\nebreak\n.option pop");
    if (sum != 20 || handled != 3)
        call(EXIT, 1, 0, 0, 0);
    catch (SEGV, (void (*)(int, void *, unsigned long *))0);
    faults();
}
