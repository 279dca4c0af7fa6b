/* SPDX-License-Identifier: MIT
 *
 * out.h: the output of a sink: one large buffer in front of a descriptor, and
 * integers written by hand.
 *
 * Reads:  nothing.
 * Writes: the descriptor, in large pieces.
 * Never:  fails in the middle: the first error of write(2) is kept in `error`
 *         and all that follows is thrown away.
 */
#ifndef ETCH_SINK_OUT_H
#define ETCH_SINK_OUT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The room that etch_out_room() can give at once. */
#define ETCH_OUT_SIZE 131072u
/* Bytes behind the room, so that short text is copied in blocks of a fixed
 * size without a look at its length. */
#define ETCH_OUT_SLACK 64u

struct etch_out {
    char *p;   /* the next byte */
    char *end; /* of the room */
    char *start;
    int fd;
    int error; /* errno of the first write that failed, else 0 */
};

/* 0 or -ENOMEM. */
int etch_out_open(struct etch_out *out, int fd);
/* Writes what is buffered. 0 or -errno, also of an earlier failure. */
int etch_out_flush(struct etch_out *out);
/* Flushes and frees; the descriptor stays open. 0 or -errno. */
int etch_out_close(struct etch_out *out);

/* Makes room for n <= ETCH_OUT_SIZE bytes at p, the next byte as a caller holds
 * it, and returns where it is now. */
static inline char *etch_out_room(struct etch_out *out, char *p, size_t n)
{
    if (__builtin_expect((size_t)(out->end - p) >= n, 1))
        return p;
    out->p = p;
    etch_out_flush(out);
    return out->p;
}

/* Any number of bytes. */
void etch_out_bytes(struct etch_out *out, const void *bytes, size_t n);
static inline void etch_out_text(struct etch_out *out, const char *text)
{
    etch_out_bytes(out, text, strlen(text));
}
void etch_out_format(struct etch_out *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Copies n bytes where ETCH_OUT_SLACK bytes may be read behind `from` and
 * written behind `to`. */
static inline char *etch_put_block(char *to, const char *from, size_t n)
{
    memcpy(to, from, 32);
    if (__builtin_expect(n > 32, 0))
        memcpy(to + 32, from + 32, n - 32);
    return to + n;
}

/* Text known to fit. */
static inline char *etch_put_string(char *to, const char *text)
{
    size_t n = strlen(text);
    memcpy(to, text, n);
    return to + n;
}

/* The eight hexadecimal digits of x, one a byte, the first in the low byte. */
static inline uint64_t etch_hex8(uint32_t x)
{
    uint64_t v = __builtin_bswap32(x);
    v = (v << 16 | v) & UINT64_C(0x0000ffff0000ffff);
    v = (v << 8 | v) & UINT64_C(0x00ff00ff00ff00ff);
    v = (v >> 4 & UINT64_C(0x000f000f000f000f)) | (v & UINT64_C(0x000f000f000f000f)) << 8;
    uint64_t letter = ((v + UINT64_C(0x0606060606060606)) >> 4) & UINT64_C(0x0101010101010101);
    v += UINT64_C(0x3030303030303030) + letter * ('a' - '0' - 10);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v;
}

static inline unsigned etch_hex_digits(uint64_t x)
{
    return (67u - (unsigned)__builtin_clzll(x | 1)) / 4;
}

/* The last n <= 16 hexadecimal digits of x; writes 16 bytes at most. */
static inline char *etch_put_hex_n(char *p, uint64_t x, unsigned n)
{
    x <<= (16 - n) * 4 & 63;
    uint64_t high = etch_hex8((uint32_t)(x >> 32));
    memcpy(p, &high, 8);
    if (n > 8) {
        uint64_t low = etch_hex8((uint32_t)x);
        memcpy(p + 8, &low, 8);
    }
    return p + n;
}

static inline char *etch_put_hex(char *p, uint64_t x)
{
    return etch_put_hex_n(p, x, etch_hex_digits(x));
}

/* The eight decimal digits of x < 10^8 as numbers, one a byte, the first in the
 * low byte: halves, then pairs, then digits, side by side in one word. */
static inline uint64_t etch_decimal8(uint32_t x)
{
    uint64_t v = x / 10000u | (uint64_t)(x % 10000u) << 32;
    uint64_t q = (v * 5243 >> 19) & UINT64_C(0x0000007f0000007f); /* of 100 */
    v = (v - q * 100) << 16 | q;
    q = (v * 103 >> 10) & UINT64_C(0x000f000f000f000f); /* of 10 */
    return (v - q * 10) << 8 | q;
}

/* Eight digits, with zeros in front. */
static inline char *etch_put_decimal8(char *p, uint32_t x)
{
    uint64_t v = etch_decimal8(x) | UINT64_C(0x3030303030303030);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    memcpy(p, &v, 8);
    return p + 8;
}

/* x < 10^8 without zeros in front; writes 8 bytes. */
static inline char *etch_put_decimal_short(char *p, uint32_t x)
{
    uint64_t v = etch_decimal8(x);
    unsigned zeros = (unsigned)__builtin_ctzll(v | UINT64_C(1) << 56) / 8;
    v = (v | UINT64_C(0x3030303030303030)) >> zeros * 8;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    memcpy(p, &v, 8);
    return p + (8 - zeros);
}

/* Writes 24 bytes at most. */
static inline char *etch_put_decimal(char *p, uint64_t x)
{
    if (__builtin_expect(x < 100000000u, 1)) {
        if (x >= 10)
            return etch_put_decimal_short(p, (uint32_t)x);
        *p = (char)('0' + x);
        return p + 1;
    }
    uint64_t high = x / 100000000u;
    if (high < 100000000u) {
        p = etch_put_decimal_short(p, (uint32_t)high);
    } else {
        p = etch_put_decimal_short(p, (uint32_t)(high / 100000000u));
        p = etch_put_decimal8(p, (uint32_t)(high % 100000000u));
    }
    return etch_put_decimal8(p, (uint32_t)(x % 100000000u));
}

static inline char *etch_put_signed(char *p, int64_t x)
{
    uint64_t u = (uint64_t)x;
    if (x < 0) {
        *p++ = '-';
        u = 0 - u;
    }
    return etch_put_decimal(p, u);
}

#endif
