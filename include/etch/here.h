/* SPDX-License-Identifier: MIT
 *
 * here.h: events without a build step. In C11 and C++17:
 *
 *     etch("conn_open fd=%d host=%s", fd, host);
 *
 * declares the event conn_open where it happens, and fires it. Link with -letch.
 * The first word of the format is the event's name, what follows is printed as
 * printf would; the compiler checks it. Up to 10 arguments: integers, bool, char,
 * pointers, float, double, and strings (char *, NULL included; of at most 512
 * bytes). To record the address of characters, cast it to void *. While the event
 * is off the arguments are not evaluated.
 *
 * Reads:  the enable word of the call site, which another process may flip.
 * Writes: when on, the thread's open packet.
 *
 * The file with the call holds the site's description (etch/site.h), its enable
 * word in the section etch_words, and a note in etch_notes; a constructor hands
 * the module's to libetch. Two calls are two events, also of one name.
 */
#ifndef ETCH_HERE_H
#define ETCH_HERE_H

#include <etch/site.h>

/* ---- the module: its words and notes ---- */

#define ETCH_HERE_TEXT_(x) #x
#define ETCH_HERE_TEXT(x)  ETCH_HERE_TEXT_(x)

/* The words begin on a page, and what follows them begins on another one, so that
 * the control page can be mapped over them. Once a module. */
__asm__(".ifndef etch_here_tail\n"
        "\t.pushsection etch_words,\"awG\",%progbits,etch_here,comdat\n"
        "\t.balign " ETCH_HERE_TEXT(
            ETCH_PAGE_MAX) "\n"
                           "\t.popsection\n"
                           "\t.pushsection etch_words_end,\"awG\",%progbits,etch_here,comdat\n"
                           "\t.balign " ETCH_HERE_TEXT(ETCH_PAGE_MAX) "\n"
                                                                      "\t.weak etch_here_tail\n"
                                                                      "\t.hidden etch_here_tail\n"
                                                                      "etch_here_tail:\n"
                                                                      "\t.byte 0\n"
                                                                      "\t.popsection\n"
                                                                      "\t.endif\n");

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(hidden)
extern const char etch_here_tail[];
/* Of the linker; 0 where a module has no event. */
extern uint16_t __start_etch_words[] __attribute__((weak));
extern uint16_t __stop_etch_words[] __attribute__((weak));
extern const char __start_etch_notes[] __attribute__((weak));
extern const char __stop_etch_notes[] __attribute__((weak));
extern struct etch_module etch_here_module;
#pragma GCC visibility pop

__attribute__((weak)) struct etch_module etch_here_module = {
    {ETCH_ABI, 0, 0, ETCH_BACKEND_CTF, __start_etch_words, 0, NULL, NULL, {NULL, NULL, NULL, NULL}},
    __stop_etch_words,
    etch_here_tail,
    __start_etch_notes,
    __stop_etch_notes,
};

/* One a source; the first one registers. */
__attribute__((constructor)) static void etch_here_register(void)
{
    etch_module_register(&etch_here_module);
}

__attribute__((destructor)) static void etch_here_unregister(void)
{
    etch_module_unregister(&etch_here_module);
}

/* ---- storing an event ---- */

/* Stores 8 bytes of which `size` count; there is room for all. */
static inline __attribute__((always_inline)) unsigned char *
etch_here_put(unsigned char *p, uint64_t value, unsigned size)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    value <<= 64 - 8 * size;
#endif
    __builtin_memcpy(p, &value, sizeof(value));
    return p + size;
}

static inline __attribute__((always_inline)) uint32_t etch_here_index(const uint16_t *word)
{
    return (uint32_t)(word - etch_here_module.group.words);
}

static inline __attribute__((always_inline)) uint32_t etch_here_id(const uint16_t *word)
{
    return etch_here_module.group.first_id + etch_here_index(word);
}

#define ETCH_HERE_TEN(f)                                                                           \
    f(0);                                                                                          \
    f(1);                                                                                          \
    f(2);                                                                                          \
    f(3);                                                                                          \
    f(4);                                                                                          \
    f(5);                                                                                          \
    f(6);                                                                                          \
    f(7);                                                                                          \
    f(8);                                                                                          \
    f(9)

static inline __attribute__((always_inline)) void etch_here_rare(const uint16_t *word,
                                                                 const uint64_t *value)
{
    etch_event_rare(&etch_here_module.group, etch_here_index(word), value, etch_frame());
}

/* False: etch_here_rare() is to take it. `n` is a constant, and so are the tests of it;
 * `strings` is, too, where it is 0. */
static inline __attribute__((always_inline)) bool etch_here_store(const struct etch_site *site,
                                                                  const uint16_t *word,
                                                                  const uint64_t *value, unsigned n,
                                                                  unsigned strings)
{
    struct etch_cursor *c = etch_cursor_get();
    const uint64_t sizes = site->sizes;
    size_t length[ETCH_SITE_ARGS], all = site->size + sizeof(*value);
    unsigned char *p;
#define ETCH_HERE_MEASURE(i)                                                                       \
    length[i] = n > (i) && (strings >> (i)&1) != 0                                                 \
                    ? etch_string_size((const char *)(uintptr_t)value[i])                          \
                    : 0;                                                                           \
    all += length[i]
#define ETCH_HERE_PUT(i)                                                                           \
    if (n > (i) && (strings >> (i)&1) != 0)                                                        \
        p = etch_string_put(p, (const char *)(uintptr_t)value[i], length[i]);                      \
    else if (n > (i))                                                                              \
    p = etch_here_put(p, value[i], (unsigned)(sizes >> (4 * (i))) & 15)
    ETCH_HERE_TEN(ETCH_HERE_MEASURE);
    p = !etch_word_plain(word) ? NULL : etch_event_begin(c, etch_here_id(word), all);
    if (!p)
        return false;
    ETCH_HERE_TEN(ETCH_HERE_PUT);
    etch_event_commit(c, p);
    return true;
#undef ETCH_HERE_PUT
#undef ETCH_HERE_MEASURE
}

/* Never called: the compiler holds the format against the arguments. */
static inline __attribute__((format(printf, 1, 2), unused)) void etch_here_check(const char *format,
                                                                                 ...)
{
    (void)format;
}

#ifdef __cplusplus
}
#endif

/* ---- the call ---- */

#define ETCH_HERE_BARE(...) __VA_ARGS__

/* The note of a site, `word` and `site` as the assembler names them: one more
 * where the compiler copies the call. In a group with the function around it. */
#define ETCH_HERE_NOTE(word, site)                                                                 \
    "\t.pushsection etch_notes,\"a?\",%%note\n"                                                    \
    "\t.balign 4\n"                                                                                \
    "\t.long 5, 12, 2\n"                                                                           \
    "\t.asciz \"etch\"\n"                                                                          \
    "\t.balign 4\n"                                                                                \
    "\t.long 1, " word " - ., " site " - .\n"                                                      \
    "\t.popsection\n"

#if defined(__aarch64__)
#define ETCH_HERE_SYMBOL "S"
#else
#define ETCH_HERE_SYMBOL "i"
#endif

#ifdef __cplusplus
#include <etch/here_cxx.h>
#else
#include <etch/here_c.h>
#endif

#define etch(...)                                                                                  \
    ETCH_HERE_NAME(ETCH_HERE_COUNT(__VA_ARGS__, MANY, MANY, MANY, MANY, MANY, MANY, 10, 9, 8, 7,   \
                                   6, 5, 4, 3, 2, 1, 0, 0))                                        \
    (__VA_ARGS__)
#define ETCH_HERE_COUNT(x, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, count, ...) count
#define ETCH_HERE_NAME(count)                                                          ETCH_HERE_NAME_(count)
#define ETCH_HERE_NAME_(count)                                                         ETCH_HERE_##count

#define ETCH_HERE_0(x) ETCH_HERE(0, x, "", (0, 0, 0, 0, 0, 0, 0, 0, 0, 0), (x), ())
#define ETCH_HERE_1(x, a)                                                                          \
    ETCH_HERE(1, x, #a, (ETCH_K(a), 0, 0, 0, 0, 0, 0, 0, 0, 0), (x, a), (, ETCH_V(a)))
#define ETCH_HERE_2(x, a, b)                                                                       \
    ETCH_HERE(2, x, #a "\0" #b, (ETCH_K(a), ETCH_K(b), 0, 0, 0, 0, 0, 0, 0, 0), (x, a, b),         \
              (, ETCH_V(a), ETCH_V(b)))
#define ETCH_HERE_3(x, a, b, c)                                                                    \
    ETCH_HERE(3, x, #a "\0" #b "\0" #c, (ETCH_K(a), ETCH_K(b), ETCH_K(c), 0, 0, 0, 0, 0, 0, 0),    \
              (x, a, b, c), (, ETCH_V(a), ETCH_V(b), ETCH_V(c)))
#define ETCH_HERE_4(x, a, b, c, d)                                                                 \
    ETCH_HERE(4, x, #a "\0" #b "\0" #c "\0" #d,                                                    \
              (ETCH_K(a), ETCH_K(b), ETCH_K(c), ETCH_K(d), 0, 0, 0, 0, 0, 0), (x, a, b, c, d),     \
              (, ETCH_V(a), ETCH_V(b), ETCH_V(c), ETCH_V(d)))
#define ETCH_HERE_5(x, a, b, c, d, e)                                                              \
    ETCH_HERE(5, x, #a "\0" #b "\0" #c "\0" #d "\0" #e,                                            \
              (ETCH_K(a), ETCH_K(b), ETCH_K(c), ETCH_K(d), ETCH_K(e), 0, 0, 0, 0, 0),              \
              (x, a, b, c, d, e), (, ETCH_V(a), ETCH_V(b), ETCH_V(c), ETCH_V(d), ETCH_V(e)))
#define ETCH_HERE_6(x, a, b, c, d, e, f)                                                           \
    ETCH_HERE(6, x, #a "\0" #b "\0" #c "\0" #d "\0" #e "\0" #f,                                    \
              (ETCH_K(a), ETCH_K(b), ETCH_K(c), ETCH_K(d), ETCH_K(e), ETCH_K(f), 0, 0, 0, 0),      \
              (x, a, b, c, d, e, f),                                                               \
              (, ETCH_V(a), ETCH_V(b), ETCH_V(c), ETCH_V(d), ETCH_V(e), ETCH_V(f)))
#define ETCH_HERE_7(x, a, b, c, d, e, f, g)                                                        \
    ETCH_HERE(                                                                                     \
        7, x, #a "\0" #b "\0" #c "\0" #d "\0" #e "\0" #f "\0" #g,                                  \
        (ETCH_K(a), ETCH_K(b), ETCH_K(c), ETCH_K(d), ETCH_K(e), ETCH_K(f), ETCH_K(g), 0, 0, 0),    \
        (x, a, b, c, d, e, f, g),                                                                  \
        (, ETCH_V(a), ETCH_V(b), ETCH_V(c), ETCH_V(d), ETCH_V(e), ETCH_V(f), ETCH_V(g)))
#define ETCH_HERE_8(x, a, b, c, d, e, f, g, h)                                                     \
    ETCH_HERE(8, x, #a "\0" #b "\0" #c "\0" #d "\0" #e "\0" #f "\0" #g "\0" #h,                    \
              (ETCH_K(a), ETCH_K(b), ETCH_K(c), ETCH_K(d), ETCH_K(e), ETCH_K(f), ETCH_K(g),        \
               ETCH_K(h), 0, 0),                                                                   \
              (x, a, b, c, d, e, f, g, h),                                                         \
              (, ETCH_V(a), ETCH_V(b), ETCH_V(c), ETCH_V(d), ETCH_V(e), ETCH_V(f), ETCH_V(g),      \
               ETCH_V(h)))
#define ETCH_HERE_9(x, a, b, c, d, e, f, g, h, i)                                                  \
    ETCH_HERE(9, x, #a "\0" #b "\0" #c "\0" #d "\0" #e "\0" #f "\0" #g "\0" #h "\0" #i,            \
              (ETCH_K(a), ETCH_K(b), ETCH_K(c), ETCH_K(d), ETCH_K(e), ETCH_K(f), ETCH_K(g),        \
               ETCH_K(h), ETCH_K(i), 0),                                                           \
              (x, a, b, c, d, e, f, g, h, i),                                                      \
              (, ETCH_V(a), ETCH_V(b), ETCH_V(c), ETCH_V(d), ETCH_V(e), ETCH_V(f), ETCH_V(g),      \
               ETCH_V(h), ETCH_V(i)))
#define ETCH_HERE_10(x, a, b, c, d, e, f, g, h, i, j)                                              \
    ETCH_HERE(10, x, #a "\0" #b "\0" #c "\0" #d "\0" #e "\0" #f "\0" #g "\0" #h "\0" #i "\0" #j,   \
              (ETCH_K(a), ETCH_K(b), ETCH_K(c), ETCH_K(d), ETCH_K(e), ETCH_K(f), ETCH_K(g),        \
               ETCH_K(h), ETCH_K(i), ETCH_K(j)),                                                   \
              (x, a, b, c, d, e, f, g, h, i, j),                                                   \
              (, ETCH_V(a), ETCH_V(b), ETCH_V(c), ETCH_V(d), ETCH_V(e), ETCH_V(f), ETCH_V(g),      \
               ETCH_V(h), ETCH_V(i), ETCH_V(j)))
#define ETCH_HERE_MANY(...) ETCH_HERE_ASSERT(0, "etch: an event has 10 arguments at most")

#endif
