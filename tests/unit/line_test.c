/* SPDX-License-Identifier: MIT
 *
 * line_test.c: a line is what printf makes of it, in every buffer; and a thread's id
 * is its own, in forked children, too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>
#include <pthread.h>

#include "runtime/line.h"
#include "runtime/sys.h"

#pragma GCC diagnostic ignored "-Wformat-nonliteral"

enum { SIZE = 64 };

static unsigned ours, left_to_libc;

/* Compares the two in a buffer of each size; ours writes nothing behind its buffer. */
static void same(const char *format, ...)
{
    char want[256], have[SIZE + 1];
    va_list ap;
    va_start(ap, format);
    int n = vsnprintf(want, sizeof(want), format, ap);
    va_end(ap);
    assert_true(n >= 0 && (size_t)n < sizeof(want));
    for (size_t size = n > 40 ? SIZE : (size_t)n + 2; size > 0;
         size = size > 3 ? size - 3 : size - 1) {
        memset(have, '#', sizeof(have));
        va_start(ap, format);
        const char *end = etch_line(have, have + size, format, ap);
        va_end(ap);
        assert_int_equal(have[size], '#');
        if (end == NULL) {
            left_to_libc++;
            continue;
        }
        ours++;
        if (end != have + n || strcmp(have, want) != 0)
            fail_msg("'%s' gave '%s' instead of '%s'", format, have, want);
    }
}

static void integers(const char *format, const char *length, char letter)
{
    static const uint64_t values[] = {0,
                                      1,
                                      7,
                                      9,
                                      10,
                                      42,
                                      99,
                                      100,
                                      101,
                                      127,
                                      128,
                                      255,
                                      256,
                                      32767,
                                      32768,
                                      65535,
                                      99999,
                                      INT32_MAX,
                                      (uint64_t)INT32_MAX + 1,
                                      UINT32_MAX,
                                      INT64_MAX,
                                      (uint64_t)INT64_MAX + 1,
                                      UINT64_MAX - 99,
                                      UINT64_MAX};
    char whole[64];
    bool wide = length[0] == 'l' || length[0] == 'j' || length[0] == 'z' || length[0] == 't';
    snprintf(whole, sizeof(whole), "<%s%s%c>", format, length, letter);
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        if (strcmp(length, "ll") == 0 || strcmp(length, "j") == 0)
            same(whole, (unsigned long long)values[i]);
        else if (wide)
            same(whole, (unsigned long)values[i]);
        else
            same(whole, (unsigned)values[i]);
    }
}

static void all_integers(void **state)
{
    static const char *const widths[] = {"", "1", "4", "12", "30"};
    static const char *const precisions[] = {"", ".", ".0", ".1", ".3", ".12"};
    static const char *const lengths[] = {"", "hh", "h", "l", "ll", "z", "j", "t"};
    (void)state;
    for (unsigned flags = 0; flags < 32; flags++)
        for (size_t w = 0; w < 5; w++)
            for (size_t p = 0; p < 6; p++)
                for (size_t l = 0; l < 8; l++)
                    for (const char *letter = "diuxXo"; *letter != '\0'; letter++) {
                        char format[32];
                        snprintf(format, sizeof(format), "%%%s%s%s%s%s%s%s", flags & 1 ? "-" : "",
                                 flags & 2 ? "0" : "", flags & 4 ? "#" : "", flags & 8 ? "+" : "",
                                 flags & 16 ? " " : "", widths[w], precisions[p]);
                        if (w == 0 || l == 0 || flags < 4)
                            integers(format, lengths[l], *letter);
                    }
    assert_true(ours > 100000);
}

static void strings_and_pointers(void **state)
{
    int local;
    (void)state;
    ours = 0;
    same("%s", "");
    same("a %s b %20s|%-20s|%.2s|%.0s|%10.3s|", "one", "two", "three", "four", "five", "sixes");
    same("%s %s", (const char *)NULL, "behind");
    same("%12s|%-12s|", (const char *)NULL, (const char *)NULL);
    same("%.3s|%.6s|", (const char *)NULL, (const char *)NULL);
    same("%p %20p|%-20p|", (void *)&local, (void *)&local, (void *)&local);
    same("%p %p", NULL, (void *)(uintptr_t)1);
    same("100%% %s %%", "100%s %n %d");
    same("no conversion");
    same("");
    assert_true(ours > 10);
}

/* What it does not know comes from libc, whole. */
static void the_rest(void **state)
{
    (void)state;
    ours = 0;
    same("%d %f", 1, 2.5);
    same("%d %c", 1, 'x');
    same("%*d", 5, 1);
    same("%.*s", 2, "three");
    same("%2$d %1$d", 1, 2);
    same("%'d", 1000000);
    same("%ls", L"wide");
    assert_int_equal(ours, 0);
    assert_true(left_to_libc > 0);
}

static void *id_of_thread(void *unused)
{
    (void)unused;
    for (int i = 0; i < 3; i++)
        if (etch_line_thread() != (uint32_t)sys_gettid())
            return (void *)(uintptr_t)1;
    return NULL;
}

static int in_child(int (*then)(void))
{
    int status;
    pid_t pid = fork();
    if (pid == 0)
        _exit(id_of_thread(NULL) != NULL || (then != NULL && then() != 0));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static int grandchild(void)
{
    return in_child(NULL);
}

/* A fork that libc does not see, in which no handler of ours runs. */
static int raw_child(void)
{
    int status;
    long pid = sys6(SYS_clone, SIGCHLD, 0, 0, 0, 0, 0);
    if (pid == 0)
        _exit(id_of_thread(NULL) != NULL);
    return waitpid((pid_t)pid, &status, 0) == pid ? status : -1;
}

static void thread_ids(void **state)
{
    pthread_t threads[4];
    void *wrong;
    (void)state;
    assert_null(id_of_thread(NULL));
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, id_of_thread, NULL), 0);
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
    assert_int_equal(in_child(NULL), 0);
    assert_int_equal(in_child(grandchild), 0);
    assert_int_equal(raw_child(), 0);
    assert_int_equal(in_child(raw_child), 0);
    assert_null(id_of_thread(NULL));
}

static void numbers(void **state)
{
    char text[24];
    (void)state;
    *etch_line_number(text, 7, 6) = '\0';
    assert_string_equal(text, "000007");
    *etch_line_number(text, UINT64_MAX, 1) = '\0';
    assert_string_equal(text, "18446744073709551615");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_integers), cmocka_unit_test(strings_and_pointers),
        cmocka_unit_test(the_rest),     cmocka_unit_test(thread_ids),
        cmocka_unit_test(numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
