/* SPDX-License-Identifier: MIT
 *
 * clock.c: which clock stamps events, and what its ticks mean.
 *
 * Reads: the kernel's choice of clock source, /proc. The kernel uses the TSC
 * as its own clock source only where it is invariant and synchronous over the
 * processors; elsewhere we take CLOCK_MONOTONIC.
 */
#include "format/text.h"
#include "runtime/clock.h"
#include "runtime/sys.h"

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

static long read_small(const char *path, char *data, size_t size)
{
    int fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return fd;
    long n = sys_read(fd, data, size - 1);
    sys_close(fd);
    data[n > 0 ? n : 0] = '\0';
    return n;
}

bool etch_clock_is_raw(void)
{
#if defined(__x86_64__) || defined(__i386__)
    char source[32];
    long n = read_small("/sys/devices/system/clocksource/clocksource0/current_clocksource", source,
                        sizeof(source));
    if (n <= 0)
        return false;
    if (text_equal(source, "tsc\n"))
        return true;
    /* A paravirtual clock is a scaled TSC: good where the processor says that
     * it is invariant. */
    unsigned a, b, c, d = 0;
    return text_equal(source, "kvm-clock\n") && __get_cpuid(0x80000007, &a, &b, &c, &d) &&
           (d & 1u << 8) != 0;
#else
    (void)read_small;
    return true; /* cntvct is architected to be both */
#endif
}

struct etch_clock_pair etch_clock_pair_now(uint32_t clock)
{
    struct etch_clock_pair best = {0, 0, 0};
    uint64_t width = UINT64_MAX;
    /* The tightest of three brackets: an interrupt may fall into one. */
    for (int i = 0; i < 3; i++) {
        uint64_t before = etch_clock_now(clock);
        uint64_t monotonic = sys_clock_ns(CLOCK_MONOTONIC);
        uint64_t after = etch_clock_now(clock);
        if (after - before < width) {
            width = after - before;
            best.ticks = before + width / 2;
            best.monotonic_ns = monotonic;
        }
    }
    if (clock == ETCH_CLOCK_MONOTONIC)
        best.ticks = best.monotonic_ns;
    best.realtime_ns =
        sys_clock_ns(CLOCK_REALTIME) - (sys_clock_ns(CLOCK_MONOTONIC) - best.monotonic_ns);
    return best;
}

uint64_t etch_process_start_time(int pid)
{
    char path[64], stat[1024];
    struct text t = text_in(path, sizeof(path));
    text_add(&t, "/proc/");
    text_u64(&t, (uint64_t)pid);
    text_add(&t, "/stat");
    long n = read_small(path, stat, sizeof(stat));
    if (n <= 0)
        return 0;
    /* The command, field 2, may hold anything: count from its last bracket. */
    const char *p = stat + n;
    while (p > stat && *p != ')')
        p--;
    for (int field = 2; field < 22 && *p != '\0'; p++)
        field += *p == ' ';
    uint64_t v = 0;
    for (; *p >= '0' && *p <= '9'; p++)
        v = v * 10 + (uint64_t)(*p - '0');
    return v;
}

void etch_boot_id(uint8_t id[16])
{
    char hex[64];
    long n = read_small("/proc/sys/kernel/random/boot_id", hex, sizeof(hex));
    unsigned digit = 0;
    for (long i = 0; i < n && digit < 32; i++) {
        char c = hex[i];
        int v = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (v < 0)
            continue;
        id[digit / 2] = (uint8_t)(digit % 2 == 0 ? v << 4 : id[digit / 2] | v);
        digit++;
    }
}
