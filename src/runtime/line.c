/* SPDX-License-Identifier: MIT
 *
 * line.c: what the backends of text share: a line by printf's rules, and the
 * thread's id, both without a call of libc or of the system in the usual case.
 *
 * Reads:  the format and its arguments.
 * Writes: the caller's buffer.
 * Never:  allocates, locks, or writes other bytes than vsnprintf would: what it does
 *         not know it leaves to that.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <etch/event.h>

#include "runtime/line.h"
#include "runtime/sys.h"

#define PLAIN_ROOM 24 /* for any number of 64 bits */

/* ---- one conversion ---- */

struct conversion {
    bool left, zero, alternate, plus, space;
    int width, precision; /* precision -1: none */
    unsigned bytes;       /* of the argument */
    char letter;
};

static unsigned read_number(const char **at)
{
    unsigned n = 0;
    for (; **at >= '0' && **at <= '9' && n < 10000; (*at)++)
        n = n * 10 + (unsigned)(**at - '0');
    return n;
}

static bool read_flag(struct conversion *c, char flag)
{
    switch (flag) {
    case '-':
        return c->left = true;
    case '0':
        return c->zero = true;
    case '#':
        return c->alternate = true;
    case '+':
        return c->plus = true;
    case ' ':
        return c->space = true;
    default:
        return false;
    }
}

static unsigned read_length(const char **at)
{
    const char *s = *at;
    if (*s == 'h') {
        *at += s[1] == 'h' ? 2 : 1;
        return s[1] == 'h' ? sizeof(char) : sizeof(short);
    }
    if (*s == 'l') {
        *at += s[1] == 'l' ? 2 : 1;
        return s[1] == 'l' ? sizeof(long long) : sizeof(long);
    }
    if (*s != 'z' && *s != 'j' && *s != 't')
        return sizeof(int);
    *at += 1;
    return *s == 'z' ? sizeof(size_t) : *s == 'j' ? sizeof(intmax_t) : sizeof(ptrdiff_t);
}

/* What stands between '%' and the letter, and the letter. */
static const char *read_conversion(const char *s, struct conversion *c)
{
    *c = (struct conversion){.precision = -1};
    while (read_flag(c, *s))
        s++;
    c->width = (int)read_number(&s);
    if (*s == '.') {
        s++;
        c->precision = (int)read_number(&s);
    }
    c->bytes = read_length(&s);
    c->letter = *s;
    return s + (*s != '\0');
}

/* ---- what it becomes ---- */

/* The digits of v end at `end`; where they begin. */
static char *decimal(char *end, uint64_t v)
{
    static const char pairs[] = "0001020304050607080910111213141516171819"
                                "2021222324252627282930313233343536373839"
                                "4041424344454647484950515253545556575859"
                                "6061626364656667686970717273747576777879"
                                "8081828384858687888990919293949596979899";
    for (; v >= 100; v /= 100)
        memcpy(end -= 2, pairs + 2 * (v % 100), 2);
    if (v >= 10)
        memcpy(end -= 2, pairs + 2 * v, 2);
    else
        *--end = (char)('0' + v);
    return end;
}

static char *digits(char *end, uint64_t v, char letter)
{
    const char *figures = letter == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    unsigned shift = letter == 'o' ? 3 : 4;
    if (letter == 'd' || letter == 'i' || letter == 'u')
        return decimal(end, v);
    do
        *--end = figures[v & ((1u << shift) - 1)];
    while ((v >>= shift) != 0);
    return end;
}

static char *fill(char *p, char with, int n)
{
    if (n > 0)
        memset(p, with, (size_t)n);
    return n > 0 ? p + n : p;
}

/* head and body, padded to the width; NULL if there is no room. */
static char *put(char *p, const char *end, const struct conversion *c, const char *head,
                 size_t n_head, const char *body, size_t n, int zeros)
{
    int all = (int)(n_head + n) + zeros;
    int blanks = c->width > all ? c->width - all : 0;
    if (end - p <= (ptrdiff_t)all + blanks)
        return NULL;
    if (!c->left)
        p = fill(p, ' ', blanks);
    memcpy(p, head, n_head);
    p = fill(p + n_head, '0', zeros);
    memcpy(p, body, n);
    p += n;
    return c->left ? fill(p, ' ', blanks) : p;
}

static char *put_integer(char *p, const char *end, const struct conversion *c, uint64_t v,
                         bool negative)
{
    char text[24], head[2], *last = text + sizeof(text);
    size_t n_head = 0;
    bool decimals = c->letter == 'd' || c->letter == 'i';
    char *first = v == 0 && c->precision == 0 ? last : digits(last, v, c->letter);
    int n = (int)(last - first), zeros = c->precision > n ? c->precision - n : 0;
    if (decimals && (negative || c->plus || c->space))
        head[n_head++] = negative ? '-' : c->plus ? '+' : ' ';
    if (c->alternate && v != 0 && (c->letter == 'x' || c->letter == 'X')) {
        head[n_head++] = '0';
        head[n_head++] = c->letter;
    }
    if (c->alternate && c->letter == 'o' && zeros == 0 && (n == 0 || *first != '0'))
        zeros = 1;
    int room = c->width - (int)n_head - n;
    if (c->zero && !c->left && c->precision < 0 && room > zeros)
        zeros = room;
    return put(p, end, c, head, n_head, first, (size_t)n, zeros);
}

static char *put_string(char *p, const char *end, const struct conversion *c, const char *s)
{
    size_t most = c->precision < 0 ? (size_t)(end - p) : (size_t)c->precision;
    if (c->bytes != sizeof(int) || c->zero || (s == NULL && c->precision >= 0))
        return NULL; /* wide, or each libc as it likes */
    s = s == NULL ? "(null)" : s;
    return put(p, end, c, "", 0, s, strnlen(s, most), 0);
}

/* Each libc has its own words for NULL, and musl writes all digits. */
static char *put_pointer(char *p, const char *end, struct conversion *c, const void *value)
{
#if defined(__GLIBC__)
    if (value == NULL || c->zero || c->plus || c->space || c->precision >= 0)
        return NULL;
    c->letter = 'x';
    c->alternate = true;
    return put_integer(p, end, c, (uintptr_t)value, false);
#else
    (void)p, (void)end, (void)c, (void)value;
    return NULL;
#endif
}

static uint64_t cut_to(uint64_t v, unsigned bytes, bool is_signed)
{
    unsigned shift = 64 - 8 * bytes;
    return is_signed ? (uint64_t)((int64_t)(v << shift) >> shift) : v << shift >> shift;
}

/* What most events have: a number without flags, width or precision. NULL: something
 * else. */
static const char *read_plain(const char *s, struct conversion *c)
{
    c->bytes = sizeof(int);
    if (*s == 'l') {
        c->bytes = s[1] == 'l' ? sizeof(long long) : sizeof(long);
        s += s[1] == 'l' ? 2 : 1;
    }
    c->letter = *s;
    return *s == 'd' || *s == 'u' || *s == 'x' ? s + 1 : NULL;
}

/* Copies more than the number, which is shorter than a copy of unknown length; there is
 * room for it, and what comes next is written over it. */
static char *put_plain(char *p, uint64_t v, char letter, bool negative)
{
    char text[2 * PLAIN_ROOM] = "", *last = text + PLAIN_ROOM;
    char *first = digits(last, v, letter);
    if (negative)
        *--first = '-';
    memcpy(p, first, PLAIN_ROOM);
    return p + (last - first);
}

/* Text up to the next conversion; NULL if there is no room. */
static char *put_text(char *p, const char *end, const char **format)
{
    const char *s = *format;
    /* Often a blank stands between two. */
    if (*s != '%' && *s != '\0' && p < end)
        *p++ = *s++;
    size_t n = *s == '%' ? 0 : (size_t)(strchrnul(s, '%') - s);
    if ((size_t)(end - p) <= n)
        return NULL;
    memcpy(p, s, n);
    *format = s + n;
    return p + n;
}

static bool is_integer(char letter)
{
    return letter == 'd' || letter == 'i' || letter == 'u' || letter == 'x' || letter == 'X' ||
           letter == 'o';
}

char *etch_line(char *p, char *end, const char *format, va_list ap)
{
    struct conversion c;
    while ((p = put_text(p, end, &format)) != NULL && *format != '\0') {
        const char *plain = end - p > PLAIN_ROOM ? read_plain(format + 1, &c) : NULL;
        format = plain != NULL ? plain : read_conversion(format + 1, &c);
        if (is_integer(c.letter)) {
            bool is_signed = c.letter == 'd' || c.letter == 'i';
            uint64_t v = c.bytes == sizeof(uint64_t) ? va_arg(ap, uint64_t) : va_arg(ap, uint32_t);
            v = cut_to(v, c.bytes, is_signed);
            bool negative = is_signed && (int64_t)v < 0;
            v = negative ? -v : v;
            p = plain != NULL ? put_plain(p, v, c.letter, negative)
                              : put_integer(p, end, &c, v, negative);
        } else if (c.letter == 's') {
            p = put_string(p, end, &c, va_arg(ap, const char *));
        } else if (c.letter == 'p') {
            p = put_pointer(p, end, &c, va_arg(ap, const void *));
        } else {
            p = c.letter == '%' && format[-2] == '%' ? put(p, end, &c, "%", 1, "", 0, 0) : NULL;
        }
        if (p == NULL)
            return NULL;
    }
    if (p != NULL)
        *p = '\0';
    return p;
}

char *etch_line_number(char *p, uint64_t v, unsigned width)
{
    char text[20], *last = text + sizeof(text);
    char *first = decimal(last, v);
    size_t n = (size_t)(last - first);
    p = fill(p, '0', (int)width - (int)n);
    memcpy(p, first, n);
    return p + n;
}

/* ---- the thread's id ---- */

/* Which process a thread's id was taken in: a number that no ancestor had, in memory
 * that a forked child finds wiped. 0 asks for a new one. */
static uint32_t no_process;
static uint32_t *process = &no_process;
static uint32_t processes;

static __thread struct {
    uint32_t process, id;
} thread __attribute__((tls_model("initial-exec")));

static uint32_t ask_thread_id(void)
{
    uint32_t *mark = __atomic_load_n(&process, __ATOMIC_ACQUIRE);
    uint32_t id = (uint32_t)sys_gettid(), none = 0;
    if (mark == &no_process) {
        uint32_t *made = sys_mmap_anonymous(sizeof(*made));
        if (made == NULL || sys_madvise(made, sizeof(*made), MADV_WIPEONFORK) < 0) {
            if (made != NULL)
                sys_munmap(made, sizeof(*made));
            return id;
        }
        if (__atomic_compare_exchange_n(&process, &mark, made, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE))
            mark = made;
        else
            sys_munmap(made, sizeof(*made));
    }
    if (__atomic_load_n(mark, __ATOMIC_ACQUIRE) == 0)
        __atomic_compare_exchange_n(mark, &none,
                                    __atomic_add_fetch(&processes, 1, __ATOMIC_ACQ_REL), false,
                                    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
    thread.id = id;
    thread.process = __atomic_load_n(mark, __ATOMIC_ACQUIRE);
    return id;
}

uint32_t etch_line_thread(void)
{
    uint32_t now = __atomic_load_n(__atomic_load_n(&process, __ATOMIC_ACQUIRE), __ATOMIC_RELAXED);
    return ETCH_LIKELY(now != 0 && thread.process == now) ? thread.id : ask_thread_id();
}

void etch_line_fork(void)
{
    __atomic_store_n(process, 0, __ATOMIC_RELEASE);
}
