/* SPDX-License-Identifier: MIT
 *
 * site_test.c: what a call of etch/here.h is called in a list of events.
 */
#include "format/site.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

/* The declaration of a call: its kinds, and its text in one piece. */
static char *declared(const char *kinds, const char *text, size_t size)
{
    static char out[1024];
    struct etch_site site = {.version = ETCH_SITE_VERSION};
    struct etch_site_out o = {out, sizeof(out), 0};
    struct etch_site_text t;
    memcpy(site.kinds, kinds, strlen(kinds));
    if (!etch_site_parse(&site, text, size, &t))
        return NULL;
    etch_site_put_name(&o, &t);
    etch_site_put(&o, "(", 1);
    etch_site_put_args(&o, &t);
    etch_site_put(&o, ") ", 2);
    etch_site_put_format(&o, &t);
    etch_site_put(&o, "", 1);
    assert_true(o.used <= sizeof(out));
    return out;
}

#define DECLARED(kinds, text) declared(kinds, text, sizeof(text))

static void names_of_arguments(void **state)
{
    (void)state;
    assert_string_equal(DECLARED("", "bare\0f.c\0"), "bare(void) ");
    assert_string_equal(DECLARED("is", "open fd=%d host: %s\0f.c\0x\0y"),
                        "open(int fd, const char *host) \"fd=%d host: %s\"");
    assert_string_equal(DECLARED("L", "a addr=0x%lx\0f.c\0p->q"),
                        "a(unsigned long addr) \"addr=0x%lx\"");
    assert_string_equal(DECLARED("s", "a path='%s'\0f.c\0p"), "a(const char *path) \"path='%s'\"");
    assert_string_equal(DECLARED("ii", "a %d %d\0f.c\0conn->fd\0f(x)"),
                        "a(int fd, int arg2) \"%d %d\"");
    assert_string_equal(DECLARED("ii", "a %d %d\0f.c\0x\0x"), "a(int x, int arg2) \"%d %d\"");
    assert_string_equal(DECLARED("iii", "a 100%% w=%*d n=%d\0f.c\0w\0v\0z"),
                        "a(int w, int arg2, int n) \"100%% w=%*d n=%d\"");
    assert_string_equal(DECLARED("l", "a long=%ld\0f.c\0int"), "a(long arg1) \"long=%ld\"");
    assert_string_equal(DECLARED("i", "a 7=%d\0f.c\0007"), "a(int arg1) \"7=%d\"");
}

static void names_of_events(void **state)
{
    (void)state;
    assert_string_equal(DECLARED("", "open:\0f\0"), "open(void) ");
    assert_string_equal(DECLARED("", "a-b.c\0f\0"), "a_b_c(void) ");
    assert_string_equal(DECLARED("", "a  two blanks\0f\0"), "a(void) \" two blanks\"");
    assert_string_equal(DECLARED("", "a \"q\" \\ \n\0f\0"), "a(void) \"\\\"q\\\" \\\\ \\012\"");
    assert_null(DECLARED("", " x\0f\0"));
}

static void ten(void **state)
{
    (void)state;
    assert_string_equal(
        DECLARED("?cbBhHIqQP", "t %d %c %d %d %d %d %d %d %d %p\0f\0a\0b\0c\0d\0e\0f\0g\0h\0i\0+"),
        "t(bool a, char b, signed char c, unsigned char d, short e, unsigned short f, "
        "unsigned int g, long long h, unsigned long long i, void *arg10) "
        "\"%d %c %d %d %d %d %d %d %d %p\"");
}

static void cut(void **state)
{
    static const char text[] = "open fd=%d\0f.c\0x";
    (void)state;
    for (size_t n = 0; n < sizeof(text); n++)
        assert_null(declared("i", text, n));
    assert_non_null(declared("i", text, sizeof(text)));
    struct etch_site site = {.version = ETCH_SITE_VERSION + 1};
    struct etch_site_text t;
    assert_false(etch_site_parse(&site, text, sizeof(text), &t));
    site.version = ETCH_SITE_VERSION;
    memset(site.kinds, 'i', sizeof(site.kinds));
    assert_false(etch_site_parse(&site, text, sizeof(text), &t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_arguments),
        cmocka_unit_test(names_of_events),
        cmocka_unit_test(ten),
        cmocka_unit_test(cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
