/* SPDX-License-Identifier: MIT
 *
 * lint_test.c: what the lint finds, of what severity, and that its hint is
 * right: the format with the hint put in has no finding.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "declare/declare.h"

static void lint(const char *text, struct etch_diags *diags)
{
    struct etch_decl_list list = {0};
    struct etch_diags parsed = {0};
    assert_int_equal(etch_declare_parse(&list, "events", text, strlen(text), ETCH_ERA_2_8, &parsed),
                     0);
    assert_int_equal(etch_declare_lint(&list, diags), 0);
    /* What is said must outlive the list. */
    for (size_t i = 0; i < diags->n; i++)
        diags->v[i].file = "events";
    etch_diags_free(&parsed);
    etch_decl_list_free(&list);
}

/* The severities of all findings: 'E', 'W', 'N'. */
static const char *findings(const char *text)
{
    static char result[64];
    struct etch_diags diags = {0};
    lint(text, &diags);
    assert_true(diags.n < sizeof(result));
    for (size_t i = 0; i < diags.n; i++)
        result[i] = "NWE"[diags.v[i].severity];
    result[diags.n] = '\0';
    etch_diags_free(&diags);
    return result;
}

/* Every type with every conversion: '.' fits, 'n'ote, 'w'arning, 'e'rror. */
static void test_matrix(void **state)
{
    (void)state;
    static const char *const conversions[] = {
        "%d",          "%x",          "%ld",         "%llx",         "%zu",
        "%tx",         "%jd",         "%hhx",        "%hd",          "%\"PRIx8\"",
        "%\"PRIx16\"", "%\"PRIx32\"", "%\"PRIx64\"", "%\"PRIxPTR\"", "%\"PRIdMAX\"",
        "%p",          "%s",          "%c",          "%f",
    };
    static const struct {
        const char *type, *verdicts;
    } types[] = {
        /*            d x ld llx z t j hh h 8 16 32 64 PTR MAX p s c f */
        {"bool ", "..eeeee.....eeeeewe"},
        {"char ", "..eeeee.....eeeee.e"},
        {"uint8_t ", "..eeeee.....eeeee.e"},
        {"int16_t ", "..eeeeen.n..eeeee.e"},
        {"int ", "..eeeeennnn.eeeee.e"},
        {"uint32_t ", "..eeeeennnn.eeeee.e"},
        {"long ", "ee.wwwweeeeewwweeee"},
        {"unsigned long ", "ee.wwwweeeeewwweeee"},
        {"long long ", "eew.ww.eeeeeww.eeee"},
        {"int64_t ", "eewwww.eeeee.w.eeee"},
        {"uint64_t ", "eewwww.eeeee.w.eeee"},
        {"size_t ", "eeww..weeeeew.weeee"},
        {"uintptr_t ", "eeww..weeeeew.weeee"},
        {"ssize_t ", "eeww..weeeeew.weeee"},
        {"void *", "eeeeeeeeeeeeeee.eee"},
        {"const char *", "eeeeeeeeeeeeeeen.ee"},
        {"unsigned char *", "eeeeeeeeeeeeeee.wee"},
        {"double ", "eeeeeeeeeeeeeeeeee."},
        {"hwaddr ", "..................."},
    };
    const size_t n = sizeof(conversions) / sizeof(conversions[0]);
    for (size_t t = 0; t < sizeof(types) / sizeof(types[0]); t++)
        for (size_t i = 0; i < n; i++) {
            char text[128];
            snprintf(text, sizeof(text), "a(%sx) \"%s\"\n", types[t].type, conversions[i]);
            const char *got = findings(text);
            char verdict = *got == 'E' ? 'e' : *got == 'W' ? 'w' : *got == 'N' ? 'n' : '.';
            if (verdict != types[t].verdicts[i] || strlen(got) > 1)
                fail_msg("'%s' instead of '%c': %s", got, types[t].verdicts[i], text);
        }
}

/* Puts the replacement that a hint names in place of what it replaces. */
static bool apply(char *text, const char *hint)
{
    const char *instead = hint ? strstr(hint, " instead of ") : NULL;
    char out[512], with[128], what[128];
    if (!instead || strncmp(hint, "write ", 6) != 0)
        return false;
    snprintf(with, sizeof(with), "%.*s", (int)(instead - hint - 6), hint + 6);
    snprintf(what, sizeof(what), "%s", instead + strlen(" instead of "));
    char *at = strstr(text, what);
    if (!at)
        return false;
    /* The closing quote of a macro's literal belongs to what comes behind. */
    snprintf(out, sizeof(out), "%.*s%s%s%s", (int)(at - text), text, with,
             strchr(what, '"') && !strchr(with, '"') ? "\"" : "", at + strlen(what));
    strcpy(text, out);
    return true;
}

static void test_hints(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "a(uint64_t x) \"x=%d.\"\n",
        "a(uint64_t x) \"0x%08x\"\n",
        "a(size_t x) \"%-5d|\"\n",
        "a(int x) \"%lu\"\n",
        "a(int x) \"%s\"\n",
        "a(const char *x) \"%d\"\n",
        "a(void *x) \"%lx\"\n",
        "a(uintptr_t x) \"%p\"\n",
        "a(long x) \"%d\"\n",
        "a(ptrdiff_t x) \"%u\"\n",
        "a(int w, int64_t x) \"%0*x\"\n",
        "a(int64_t x) \"%lli\"\n",
        "a(double x) \"%d\"\n",
        "a(int x) \"%s %% \"PRIx64\n",
        "a(unsigned long long x) \"%o\"\n",
        "a(int x) \"%hX\"\n",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        char text[512];
        struct etch_diags diags = {0};
        strcpy(text, lines[i]);
        if (strstr(text, "PRIx64")) /* the literal around a macro is cut on purpose */
            strcpy(text, "a(int x) \"%\"PRIx64\"\"\n");
        lint(text, &diags);
        assert_int_equal(diags.n, 1);
        if (!apply(text, diags.v[0].hint))
            fail_msg("no replacement in '%s' for %s", diags.v[0].hint, text);
        etch_diags_free(&diags);
        if (*findings(text))
            fail_msg("still wrong: %s", text);
    }
}

static void expect(const char *text, const char *severities)
{
    const char *got = findings(text);
    if (strcmp(got, severities) != 0)
        fail_msg("'%s' instead of '%s': %s", got, severities, text);
}

static void test_counts(void **state)
{
    (void)state;
    expect("a(void)\n", "");
    expect("a(int x)\n", "");
    expect("a(int x) \"\"\n", "W");
    expect("a(int x, int y, int z) \"%d\"\n", "WW");
    expect("a(void) \"%d %d\"\n", "E");
    expect("a(int x) \"%*d\"\n", "E");
    expect("a(int w, int p, const char *s) \"%*.*s\"\n", "");
    expect("a(long w, int x) \"%*d\"\n", "E");
    expect("a(void) \"100%\"\n", "E");
    expect("a(int x) \"%d%%\"\n", "");
    expect("tcg_gen_code(uint64_t cs, uint64_t pc) \"cs=0x%016 pc=0x%016\"\n", "EE");
    expect("a(int x) \"%d\" PRIx\n", "E");
    expect("a(int x) \"%d\n", "E");
    expect("a(int *x) \"%n\"\n", "E");
    expect("a(int x) \"%m %d\"\n", "");
    expect("tcg a(TCGv x, uint8_t y) \"%d\", \"%\"PRIx64\" %d\"\n", "");
    expect("tcg a(TCGv x, uint8_t y) \"%d %d\", \"%d %d\"\n", "EE");
}

static void test_names(void **state)
{
    (void)state;
    expect("a(void)\nb(void)\n", "");
    expect("a(void)\na(void)\n", "EN");
    expect("a(void)\nb(void)\nA(void)\n", "EN");
    expect("a(void)\na(void)\na(void)\n", "ENEN");
    expect("a(void)\na_enabled(void)\n", "EN");
    expect("a_enabled(void)\nb_enabled(void)\n", "");
    expect("_enabled(void)\n", "");
    expect("event_get_state(void)\n", "E");
    expect("event_get_states(void)\n", "");
    expect("a(int for)\n", "E");
    expect("a(int class)\n", "N");
    expect("a(int stdin)\n", "E");
    expect("a(int _X, int __y, int _z)\n", "WW");
    expect("a(int x, int y, int x)\n", "E");
    expect("a(unsigned int)\n", "E");
    expect("a(int x[4])\n", "E");
    expect("a(const char *const p)\n", "E");
    expect("a(void x)\n", "E");
    expect("a(unsigned bool x)\n", "E");
}

/* The places of a format of several literals. */
static void test_places(void **state)
{
    (void)state;
    struct etch_diags diags = {0};
    lint("first(int a, uint64_t b, int c) \"\\\"%d \"PRIu8\" %\"  \"d %\"PRIx64\n", &diags);
    assert_int_equal(diags.n, 2);
    assert_int_equal(diags.v[0].line, 1);
    assert_int_equal(diags.v[0].column, 47);
    assert_int_equal(diags.v[1].column, 54);
    etch_diags_free(&diags);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matrix), cmocka_unit_test(test_hints),  cmocka_unit_test(test_counts),
        cmocka_unit_test(test_names),  cmocka_unit_test(test_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
