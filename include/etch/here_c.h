/* SPDX-License-Identifier: MIT
 *
 * here_c.h: the call site of etch/here.h in C11: _Generic turns the arguments'
 * types into constant data. Included by here.h.
 */
#ifndef ETCH_HERE_C_H
#define ETCH_HERE_C_H

#if __STDC_VERSION__ < 201112L
#error "etch/here.h needs C11 (-std=c11 or later); etch gen serves older C"
#endif

#define ETCH_HERE_ASSERT _Static_assert

/* ---- an argument's kind (src/format/kind.h); 0: none that can be stored ---- */

#define ETCH_K(a)                                                                                  \
    _Generic((a), _Bool                                                                            \
             : '?', char                                                                           \
             : 'c', signed char                                                                    \
             : 'b', unsigned char                                                                  \
             : 'B', short                                                                          \
             : 'h', unsigned short                                                                 \
             : 'H', int                                                                            \
             : 'i', unsigned                                                                       \
             : 'I', long                                                                           \
             : 'l', unsigned long                                                                  \
             : 'L', long long                                                                      \
             : 'q', unsigned long long                                                             \
             : 'Q', float                                                                          \
             : 'f', double                                                                         \
             : 'd', char *                                                                         \
             : 's', const char *                                                                   \
             : 's', default                                                                        \
             : __builtin_classify_type(a) == 5 ? 'P' : 0)

/* Bytes of a kind. */
#define ETCH_HERE_SIZE(k)                                                                          \
    ((k) == 0 || (k) == 's'                                 ? 0u                                   \
     : (k) == '?' || (k) == 'c' || (k) == 'b' || (k) == 'B' ? 1u                                   \
     : (k) == 'h' || (k) == 'H'                             ? 2u                                   \
     : (k) == 'i' || (k) == 'I' || (k) == 'f'               ? 4u                                   \
     : (k) == 'l' || (k) == 'L'                             ? (unsigned)sizeof(long)               \
     : (k) == 'P'                                           ? (unsigned)sizeof(void *)             \
                                                            : 8u)

/* ---- an argument's value, in 64 bits ---- */

#define ETCH_V(a)                                                                                  \
    _Generic((a), _Bool                                                                            \
             : etch_here_unsigned, char                                                            \
             : etch_here_signed, signed char                                                       \
             : etch_here_signed, unsigned char                                                     \
             : etch_here_unsigned, short                                                           \
             : etch_here_signed, unsigned short                                                    \
             : etch_here_unsigned, int                                                             \
             : etch_here_signed, unsigned                                                          \
             : etch_here_unsigned, long                                                            \
             : etch_here_signed, unsigned long                                                     \
             : etch_here_unsigned, long long                                                       \
             : etch_here_signed, unsigned long long                                                \
             : etch_here_unsigned, float                                                           \
             : etch_float_bits, double                                                             \
             : etch_double_bits, default                                                           \
             : etch_here_pointer)(a)

static inline __attribute__((always_inline)) uint64_t etch_here_signed(int64_t v)
{
    return (uint64_t)v;
}

static inline __attribute__((always_inline)) uint64_t etch_here_unsigned(uint64_t v)
{
    return v;
}

static inline __attribute__((always_inline)) uint64_t etch_here_pointer(const volatile void *v)
{
    return (uint64_t)(uintptr_t)v;
}

/* ---- storing ---- */

/* A function a number of arguments, and one for what it meets rarely. Out of line,
 * since the address of a thread's variable would be stale in a coroutine that moved
 * between threads. */
#define ETCH_HERE_WRITER(n, parameters, arguments)                                                 \
    static __attribute__((noinline, cold, unused)) void etch_here_rare_##n(                        \
        const struct etch_site *site, const uint16_t *word ETCH_HERE_BARE parameters)              \
    {                                                                                              \
        const uint64_t value[] = {0 ETCH_HERE_BARE arguments};                                     \
        (void)site;                                                                                \
        etch_here_rare(word, value + 1);                                                           \
    }                                                                                              \
    static __attribute__((noinline, unused)) void etch_here_##n(                                   \
        const struct etch_site *site, const uint16_t *word ETCH_HERE_BARE parameters)              \
    {                                                                                              \
        const uint64_t value[] = {0 ETCH_HERE_BARE arguments};                                     \
        if (!(site->strings != 0 ? etch_here_store(site, word, value + 1, n, site->strings)        \
                                 : etch_here_store(site, word, value + 1, n, 0)))                  \
            etch_here_rare_##n(site, word ETCH_HERE_BARE arguments);                               \
    }
#define ETCH_U uint64_t

ETCH_HERE_WRITER(0, (), ())
ETCH_HERE_WRITER(1, (, ETCH_U a), (, a))
ETCH_HERE_WRITER(2, (, ETCH_U a, ETCH_U b), (, a, b))
ETCH_HERE_WRITER(3, (, ETCH_U a, ETCH_U b, ETCH_U c), (, a, b, c))
ETCH_HERE_WRITER(4, (, ETCH_U a, ETCH_U b, ETCH_U c, ETCH_U d), (, a, b, c, d))
ETCH_HERE_WRITER(5, (, ETCH_U a, ETCH_U b, ETCH_U c, ETCH_U d, ETCH_U e), (, a, b, c, d, e))
ETCH_HERE_WRITER(6, (, ETCH_U a, ETCH_U b, ETCH_U c, ETCH_U d, ETCH_U e, ETCH_U f),
                 (, a, b, c, d, e, f))
ETCH_HERE_WRITER(7, (, ETCH_U a, ETCH_U b, ETCH_U c, ETCH_U d, ETCH_U e, ETCH_U f, ETCH_U g),
                 (, a, b, c, d, e, f, g))
ETCH_HERE_WRITER(8,
                 (, ETCH_U a, ETCH_U b, ETCH_U c, ETCH_U d, ETCH_U e, ETCH_U f, ETCH_U g, ETCH_U h),
                 (, a, b, c, d, e, f, g, h))
ETCH_HERE_WRITER(9,
                 (, ETCH_U a, ETCH_U b, ETCH_U c, ETCH_U d, ETCH_U e, ETCH_U f, ETCH_U g, ETCH_U h,
                  ETCH_U i),
                 (, a, b, c, d, e, f, g, h, i))
ETCH_HERE_WRITER(10,
                 (, ETCH_U a, ETCH_U b, ETCH_U c, ETCH_U d, ETCH_U e, ETCH_U f, ETCH_U g, ETCH_U h,
                  ETCH_U i, ETCH_U j),
                 (, a, b, c, d, e, f, g, h, i, j))
#undef ETCH_U
#undef ETCH_HERE_WRITER

/* ---- the site ---- */

#define ETCH_HERE_KINDS(a, b, c, d, e, f, g, h, i, j)                                              \
    enum {                                                                                         \
        etch_k0 = a,                                                                               \
        etch_k1 = b,                                                                               \
        etch_k2 = c,                                                                               \
        etch_k3 = d,                                                                               \
        etch_k4 = e,                                                                               \
        etch_k5 = f,                                                                               \
        etch_k6 = g,                                                                               \
        etch_k7 = h,                                                                               \
        etch_k8 = i,                                                                               \
        etch_k9 = j                                                                                \
    }
#define ETCH_HERE_EACH(f, op)                                                                      \
    (f(0) op f(1) op f(2) op f(3) op f(4) op f(5) op f(6) op f(7) op f(8) op f(9))
#define ETCH_HERE_NIBBLE(i) ((uint64_t)ETCH_HERE_SIZE(etch_k##i) << (4 * (i)))
#define ETCH_HERE_BYTES(i)  ETCH_HERE_SIZE(etch_k##i)
#define ETCH_HERE_STRING(i) (etch_k##i == 's' ? 1u << (i) : 0u)
#define ETCH_HERE_IS(i)     (etch_k##i != 0 ? 1u : 0u)

#define ETCH_HERE(n, format_, names_, kinds_, check_, values_)                                     \
    do {                                                                                           \
        ETCH_HERE_KINDS kinds_;                                                                    \
        static const struct {                                                                      \
            struct etch_site site;                                                                 \
            char format[sizeof(format_)], file[sizeof(__FILE__)], names[sizeof(names_)];           \
        } etch_site_ = {{ETCH_SITE_VERSION,                                                        \
                         sizeof(long),                                                             \
                         sizeof(void *),                                                           \
                         ETCH_CHAR_SIGNED,                                                         \
                         0,                                                                        \
                         ETCH_HERE_EACH(ETCH_HERE_NIBBLE, |),                                      \
                         ETCH_HERE_EACH(ETCH_HERE_BYTES, +),                                       \
                         ETCH_HERE_EACH(ETCH_HERE_STRING, |),                                      \
                         __LINE__,                                                                 \
                         sizeof(format_) + sizeof(__FILE__) + sizeof(names_),                      \
                         {etch_k0, etch_k1, etch_k2, etch_k3, etch_k4, etch_k5, etch_k6, etch_k7,  \
                          etch_k8, etch_k9, 0, 0}},                                                \
                        format_,                                                                   \
                        __FILE__,                                                                  \
                        names_};                                                                   \
        static uint16_t etch_word_ __attribute__((section("etch_words"), aligned(2), used));       \
        ETCH_HERE_ASSERT(sizeof(format_) > 1, "etch: the format begins with the event's name");    \
        ETCH_HERE_ASSERT(ETCH_HERE_EACH(ETCH_HERE_IS, +) == n,                                     \
                         "etch: an argument is no integer, pointer, string, float or double");     \
        if (0)                                                                                     \
            etch_here_check check_;                                                                \
        if (etch_word_on(&etch_word_)) {                                                           \
            __asm__ volatile(ETCH_HERE_NOTE("%c0", "%c1")                                          \
                             :                                                                     \
                             : ETCH_HERE_SYMBOL(&etch_word_), ETCH_HERE_SYMBOL(&etch_site_));      \
            etch_here_##n(&etch_site_.site, &etch_word_ ETCH_HERE_BARE values_);                   \
        }                                                                                          \
    } while (0)

#endif
