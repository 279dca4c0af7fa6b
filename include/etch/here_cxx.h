/* SPDX-License-Identifier: MIT
 *
 * here_cxx.h: the call site of etch/here.h in C++17. Included by here.h.
 *
 * A call in a template or an inline function is compiled in many places, and
 * g++ cannot put a variable of those into a section of ours. So the assembler
 * makes the enable word, under a name that is a hash of place, format and types,
 * in a group of its own, of which the linker keeps one.
 */
#ifndef ETCH_HERE_CXX_H
#define ETCH_HERE_CXX_H

#if __cplusplus < 201703L
#error "etch/here.h needs C++17 (-std=c++17 or later); etch gen serves older C++"
#endif

#include <type_traits>

#define ETCH_HERE_ASSERT static_assert

/* Loads the address of a symbol into %0. */
#if defined(__x86_64__)
#define ETCH_HERE_ADDRESS(symbol) "\tleaq " symbol "(%%rip), %0"
#elif defined(__aarch64__)
#define ETCH_HERE_ADDRESS(symbol) "\tadrp %0, " symbol "\n\tadd %0, %0, :lo12:" symbol
#else
#error "etch runs on x86-64 and aarch64"
#endif

/* The enable word, unless this source has it already. */
#define ETCH_HERE_WORD(symbol)                                                                     \
    "\t.ifndef " symbol "\n"                                                                       \
    "\t.pushsection etch_words,\"awG\",%%progbits," symbol ",comdat\n"                             \
    "\t.balign 2\n"                                                                                \
    "\t.weak " symbol "\n"                                                                         \
    "\t.hidden " symbol "\n" symbol ":\n"                                                          \
    "\t.short 0\n"                                                                                 \
    "\t.popsection\n"                                                                              \
    "\t.endif\n"

#pragma GCC visibility push(hidden)
namespace etch_here
{

template <class T> constexpr char kind()
{
    if constexpr (std::is_enum_v<T>)
        return kind<std::underlying_type_t<T>>();
    else if constexpr (std::is_same_v<T, bool>)
        return '?';
    else if constexpr (std::is_same_v<T, char>)
        return 'c';
    else if constexpr (std::is_same_v<T, long> || std::is_same_v<T, unsigned long>)
        return std::is_signed_v<T> ? 'l' : 'L';
    else if constexpr (std::is_integral_v<T> && sizeof(T) <= 8)
        return "\0bh\0i\0\0\0q\0BH\0I\0\0\0Q"[sizeof(T) + (std::is_signed_v<T> ? 0 : 9)];
    else if constexpr (std::is_same_v<T, float>)
        return 'f';
    else if constexpr (std::is_same_v<T, double>)
        return 'd';
    else if constexpr (std::is_same_v<T, char *> || std::is_same_v<T, const char *>)
        return 's';
    else if constexpr (std::is_pointer_v<T> || std::is_null_pointer_v<T>)
        return 'P';
    else
        return 0;
}

/* The value of an argument in 64 bits. */
template <class T> __attribute__((always_inline)) inline uint64_t value(T v)
{
    if constexpr (std::is_same_v<T, float>) {
        return etch_float_bits(v);
    } else if constexpr (std::is_same_v<T, double>) {
        return etch_double_bits(v);
    } else if constexpr (std::is_pointer_v<T>) {
        return reinterpret_cast<uintptr_t>(v);
    } else if constexpr (std::is_null_pointer_v<T>) {
        return 0;
    } else {
        return static_cast<uint64_t>(v);
    }
}

/* Takes no register: what stands in front of the first comma. */
struct first {
};

/* struct etch_site and its text. */
template <size_t format_size, size_t file_size, size_t names_size> struct described {
    etch_site site;
    char format[format_size], file[file_size], names[names_size];
};

template <size_t n> constexpr void copy(char (&to)[n], const char (&from)[n])
{
    for (size_t i = 0; i < n; i++)
        to[i] = from[i];
}

template <class place, class... arguments> constexpr auto describe()
{
    described<sizeof(place::format()), sizeof(place::file()), sizeof(place::names())> d{};
    const char kinds[] = {kind<arguments>()..., 0};
    const size_t sizes[] = {sizeof(arguments)..., 0};
    d.site.version = ETCH_SITE_VERSION;
    d.site.long_size = sizeof(long);
    d.site.ptr_size = sizeof(void *);
    d.site.char_signed = ETCH_CHAR_SIGNED;
    d.site.line = place::line();
    d.site.text_size = sizeof(d.format) + sizeof(d.file) + sizeof(d.names);
    for (size_t i = 0; i < sizeof...(arguments); i++) {
        d.site.kinds[i] = kinds[i];
        if (kinds[i] == 's') {
            d.site.strings |= static_cast<uint16_t>(1u << i);
        } else {
            d.site.size = static_cast<uint16_t>(d.site.size + sizes[i]);
            d.site.sizes |= static_cast<uint64_t>(sizes[i]) << (4 * i);
        }
    }
    copy(d.format, place::format());
    copy(d.file, place::file());
    copy(d.names, place::names());
    return d;
}

constexpr uint64_t hash(uint64_t h, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        h = (h ^ static_cast<unsigned char>(bytes[i])) * UINT64_C(0x100000001b3);
    return h;
}

template <class place, class... arguments> struct call {
    static_assert(sizeof(place::format()) > 1, "etch: the format begins with the event's name");
    static_assert(((kind<arguments>() != 0) && ...),
                  "etch: an argument is no integer, pointer, string, float or double");

    static constexpr auto data = describe<place, arguments...>();
    static constexpr uint64_t name =
        hash(hash(hash(hash(place::line() + UINT64_C(0xcbf29ce484222325), data.format,
                            sizeof(data.format)),
                       data.file, sizeof(data.file)),
                  data.names, sizeof(data.names)),
             data.site.kinds, sizeof(data.site.kinds));
    /* Halves that are no negative numbers, as the assembler's names want them. */
    static constexpr int high = static_cast<int>(name >> 33), low = name & 0x7fffffff;

    /* The word; its note stands where the event is fired. */
    __attribute__((always_inline)) static inline const uint16_t *word()
    {
        const uint16_t *address;
        __asm__ volatile(ETCH_HERE_WORD("etch.%c1.%c2") ETCH_HERE_NOTE("etch.%c1.%c2", "%c3")
                             ETCH_HERE_ADDRESS("etch.%c1.%c2")
                         : "=r"(address)
                         : "i"(high), "i"(low), ETCH_HERE_SYMBOL(&data.site));
        return address;
    }

    __attribute__((noinline, cold)) static void rare(const uint16_t *w, arguments... v)
    {
        const uint64_t bits[] = {value(v)..., 0};
        etch_here_rare(w, bits);
    }

    /* Out of line: see here_c.h. */
    __attribute__((noinline)) static void fire(first, arguments... v)
    {
        const uint16_t *w = word();
        const uint64_t bits[] = {value(v)..., 0};
        if (!etch_here_store(&data.site, w, bits, sizeof...(v), data.site.strings))
            rare(w, v...);
    }

    /* As etch_word_on(). */
    __attribute__((always_inline)) static inline bool on()
    {
#if defined(__x86_64__) && !defined(ETCH_TSAN)
        __asm__ goto("cmpw $0, etch.%c0.%c1(%%rip)\n\tjne %l[is_on]"
                     :
                     : "i"(high), "i"(low)
                     : "cc"
                     : is_on);
        return false;
    is_on:
#if !defined(__clang__)
        __attribute__((cold));
#endif
        return true;
#else
        const uint16_t *address;
        __asm__(ETCH_HERE_WORD("etch.%c1.%c2") ETCH_HERE_ADDRESS("etch.%c1.%c2")
                : "=r"(address)
                : "i"(high), "i"(low));
        return etch_word_on(address);
#endif
    }
};

template <class place, class... arguments>
call<place, arguments...> call_of(const char *, arguments...);

} // namespace etch_here
#pragma GCC visibility pop

#define ETCH_V(a) a

#define ETCH_HERE(n, format_, names_, kinds_, check_, values_)                                     \
    do {                                                                                           \
        struct etch_here_place {                                                                   \
            static constexpr const char (&format())[sizeof(format_)]                               \
            {                                                                                      \
                return format_;                                                                    \
            }                                                                                      \
            static constexpr const char (&file())[sizeof(__FILE__)]                                \
            {                                                                                      \
                return __FILE__;                                                                   \
            }                                                                                      \
            static constexpr const char (&names())[sizeof(names_)]                                 \
            {                                                                                      \
                return names_;                                                                     \
            }                                                                                      \
            static constexpr unsigned line()                                                       \
            {                                                                                      \
                return __LINE__;                                                                   \
            }                                                                                      \
        };                                                                                         \
        using etch_here_call = decltype(etch_here::call_of<etch_here_place> check_);               \
        if (0)                                                                                     \
            etch_here_check check_;                                                                \
        if (etch_here_call::on())                                                                  \
            etch_here_call::fire(etch_here::first {} ETCH_HERE_BARE values_);                      \
    } while (0)

#endif
