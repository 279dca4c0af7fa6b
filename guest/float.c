/* SPDX-License-Identifier: MIT
 *
 * float.c: arithmetic on IEEE 754 numbers as whole numbers of 128 bits.
 *
 * Reads and writes bits of numbers. Never uses the host's floating point. A
 * finite number is fraction * 2^exponent; operations are exact, but that bits
 * which are lost below the last one kept are or'd into it ("sticky"): all of them
 * keep so many bits that pack() rounds as if the number were whole.
 */
#include "decode.h"
#include "float.h"

typedef unsigned __int128 wide;

enum kind { ZERO, FINITE, INFINITE, NAN_QUIET, NAN_SIGNALING };

struct number {
    enum kind kind;
    bool negative;
    int exponent;
    wide fraction;
};

static const struct {
    unsigned fraction; /* bits of it that are stored */
    int bias;
} formats[] = {
    [FLOAT_SINGLE] = {23, 127},
    [FLOAT_DOUBLE] = {52, 1023},
};

/* The highest bit of a fraction while it is worked with: one above is free for a
 * carry, and one for it to be no sign. */
#define TOP 125

static inline int highest(wide value)
{
    uint64_t high = value >> 64;
    return high != 0 ? 127 - __builtin_clzll(high) : 63 - __builtin_clzll((uint64_t)value);
}

static wide shift_right_sticky(wide value, unsigned count)
{
    if (count == 0)
        return value;
    if (count > 127)
        return value != 0;
    return value >> count | ((value << (128 - count)) != 0);
}

static void normalize(struct number *n)
{
    int shift = TOP - highest(n->fraction);
    n->fraction = shift >= 0 ? n->fraction << shift : shift_right_sticky(n->fraction, -shift);
    n->exponent -= shift;
}

static uint64_t infinity(enum float_format format)
{
    unsigned stored = formats[format].fraction;
    return (2ull * formats[format].bias + 1) << stored;
}

static uint64_t nan_of(enum float_format format)
{
    return format == FLOAT_DOUBLE ? FLOAT_NAN_DOUBLE : FLOAT_NAN_SINGLE;
}

static uint64_t invalid(enum float_format format, struct float_mode *mode)
{
    mode->flags |= FLOAT_INVALID;
    return nan_of(format);
}

static struct number unpack(enum float_format format, uint64_t bits)
{
    unsigned stored = formats[format].fraction;
    int exponent = bits >> stored & (2 * formats[format].bias + 1);
    uint64_t fraction = bits & ((1ull << stored) - 1);
    struct number n = {.negative = bits & float_sign(format)};
    if (exponent == 2 * formats[format].bias + 1) {
        n.kind = fraction == 0                  ? INFINITE
                 : fraction >> (stored - 1) & 1 ? NAN_QUIET
                                                : NAN_SIGNALING;
        return n;
    }
    if (exponent == 0 && fraction == 0)
        return n;
    n.kind = FINITE;
    n.fraction = exponent == 0 ? fraction : fraction | 1ull << stored;
    n.exponent = (exponent == 0 ? 1 : exponent) - formats[format].bias - (int)stored;
    normalize(&n);
    return n;
}

static inline bool is_nan(const struct number *n)
{
    return n->kind == NAN_QUIET || n->kind == NAN_SIGNALING;
}

/* One of them is a NaN: notes an invalid operation if it signals. */
static bool any_nan(const struct number *a, const struct number *b, struct float_mode *mode)
{
    if (a->kind == NAN_SIGNALING || b->kind == NAN_SIGNALING)
        mode->flags |= FLOAT_INVALID;
    return is_nan(a) || is_nan(b);
}

/* Cuts the lowest `drop` bits (1 to 127) off and rounds what stays. */
static wide round_off(wide fraction, unsigned drop, bool negative, unsigned rounding, bool *inexact)
{
    wide kept = fraction >> drop, rest = fraction & (((wide)1 << drop) - 1);
    wide half = (wide)1 << (drop - 1);
    *inexact = rest != 0;
    switch (rounding) {
    case ROUND_NEAREST_EVEN:
        return kept + (rest > half || (rest == half && (kept & 1)));
    case ROUND_NEAREST_AWAY:
        return kept + (rest >= half);
    case ROUND_DOWN:
        return kept + (negative && rest != 0);
    case ROUND_UP:
        return kept + (!negative && rest != 0);
    default:
        return kept;
    }
}

static uint64_t too_great(enum float_format format, bool negative, struct float_mode *mode)
{
    unsigned r = mode->rounding;
    bool to_infinity = r == ROUND_NEAREST_EVEN || r == ROUND_NEAREST_AWAY ||
                       (r == ROUND_UP && !negative) || (r == ROUND_DOWN && negative);
    mode->flags |= FLOAT_OVERFLOW | FLOAT_INEXACT;
    return infinity(format) - !to_infinity;
}

/* A finite number, not 0, as bits. Tiny is what is below the least normal number
 * after rounding with an exponent without bounds. */
static uint64_t pack(enum float_format format, struct number n, struct float_mode *mode)
{
    unsigned stored = formats[format].fraction, drop = TOP - stored;
    bool inexact;
    normalize(&n);
    int exponent = n.exponent + TOP + formats[format].bias; /* as it is stored */
    bool tiny = false;
    if (exponent < 1) {
        wide as_normal = round_off(n.fraction, drop, n.negative, mode->rounding, &inexact);
        tiny = exponent < 0 || as_normal >> (stored + 1) == 0;
        n.fraction = shift_right_sticky(n.fraction, 1 - exponent);
        exponent = 1;
    }
    uint64_t fraction = round_off(n.fraction, drop, n.negative, mode->rounding, &inexact);
    if (fraction >> (stored + 1) != 0) {
        fraction >>= 1;
        exponent++;
    }
    if (fraction >> stored == 0)
        exponent = 0;
    uint64_t sign = n.negative ? float_sign(format) : 0;
    if (exponent > 2 * formats[format].bias)
        return sign | too_great(format, n.negative, mode);
    if (inexact)
        mode->flags |= FLOAT_INEXACT | (tiny ? FLOAT_UNDERFLOW : 0);
    return sign | (uint64_t)exponent << stored | (fraction & ((1ull << stored) - 1));
}

/* The sum of two numbers of which none is a NaN. */
static uint64_t sum(enum float_format format, struct number a, struct number b,
                    struct float_mode *mode)
{
    bool below = mode->rounding == ROUND_DOWN;
    if (a.kind == INFINITE || b.kind == INFINITE) {
        if (a.kind == b.kind && a.negative != b.negative)
            return invalid(format, mode);
        bool negative = a.kind == INFINITE ? a.negative : b.negative;
        return infinity(format) | (negative ? float_sign(format) : 0);
    }
    if (a.kind == ZERO && b.kind == ZERO) {
        bool negative = a.negative == b.negative ? a.negative : below;
        return negative ? float_sign(format) : 0;
    }
    if (a.kind == ZERO || b.kind == ZERO)
        return pack(format, a.kind == ZERO ? b : a, mode);
    normalize(&a);
    normalize(&b);
    if (a.exponent < b.exponent || (a.exponent == b.exponent && a.fraction < b.fraction)) {
        struct number other = a;
        a = b;
        b = other;
    }
    b.fraction = shift_right_sticky(b.fraction, a.exponent - b.exponent);
    if (a.negative == b.negative)
        a.fraction += b.fraction;
    else
        a.fraction -= b.fraction;
    if (a.fraction == 0)
        return below ? float_sign(format) : 0;
    return pack(format, a, mode);
}

uint64_t float_add(enum float_format format, uint64_t a, uint64_t b, struct float_mode *mode)
{
    struct number x = unpack(format, a), y = unpack(format, b);
    return any_nan(&x, &y, mode) ? nan_of(format) : sum(format, x, y, mode);
}

/* The exact product. False: it is invalid (0 * infinity); neither is a NaN. */
static bool product(struct number a, struct number b, struct number *p)
{
    *p = (struct number){.negative = a.negative != b.negative};
    if (a.kind == INFINITE || b.kind == INFINITE) {
        p->kind = INFINITE;
        return a.kind != ZERO && b.kind != ZERO;
    }
    if (a.kind == ZERO || b.kind == ZERO)
        return true;
    /* 63 bits times 63 bits; the lowest 10 of each are 0. */
    p->kind = FINITE;
    p->fraction = (a.fraction >> 63) * (b.fraction >> 63);
    p->exponent = a.exponent + b.exponent + 126;
    return true;
}

uint64_t float_mul(enum float_format format, uint64_t a, uint64_t b, struct float_mode *mode)
{
    struct number x = unpack(format, a), y = unpack(format, b), p;
    if (any_nan(&x, &y, mode))
        return nan_of(format);
    if (!product(x, y, &p))
        return invalid(format, mode);
    if (p.kind == FINITE)
        return pack(format, p, mode);
    return (p.negative ? float_sign(format) : 0) | (p.kind == INFINITE ? infinity(format) : 0);
}

uint64_t float_fma(enum float_format format, uint64_t a, uint64_t b, uint64_t c,
                   struct float_mode *mode)
{
    struct number x = unpack(format, a), y = unpack(format, b), z = unpack(format, c);
    struct number p = {.kind = ZERO};
    bool nan = any_nan(&x, &y, mode);
    /* 0 * infinity is invalid whatever is added. */
    if (!nan && !product(x, y, &p))
        return invalid(format, mode);
    nan |= any_nan(&z, &z, mode);
    return nan ? nan_of(format) : sum(format, p, z, mode);
}

uint64_t float_div(enum float_format format, uint64_t a, uint64_t b, struct float_mode *mode)
{
    struct number x = unpack(format, a), y = unpack(format, b);
    if (any_nan(&x, &y, mode))
        return nan_of(format);
    if (x.kind == y.kind && x.kind != FINITE)
        return invalid(format, mode);
    uint64_t sign = x.negative != y.negative ? float_sign(format) : 0;
    if (x.kind == INFINITE || y.kind == ZERO) {
        mode->flags |= y.kind == ZERO && x.kind == FINITE ? FLOAT_BY_ZERO : 0;
        return sign | infinity(format);
    }
    if (x.kind == ZERO || y.kind == INFINITE)
        return sign;
    /* 126 bits by 53: the quotient has 73 or more. */
    wide divisor = y.fraction >> 73;
    struct number q = {FINITE, sign != 0, x.exponent - y.exponent - 73, x.fraction / divisor};
    q.fraction |= x.fraction % divisor != 0;
    return pack(format, q, mode);
}

uint64_t float_sqrt(enum float_format format, uint64_t a, struct float_mode *mode)
{
    struct number x = unpack(format, a);
    if (any_nan(&x, &x, mode))
        return nan_of(format);
    if (x.kind == ZERO)
        return a;
    if (x.negative)
        return invalid(format, mode);
    if (x.kind == INFINITE)
        return a;
    if (x.exponent & 1) {
        x.fraction <<= 1;
        x.exponent--;
    }
    /* Digit by digit: a root of 63 or 64 bits. */
    wide root = 0, rest = x.fraction;
    for (wide bit = (wide)1 << 126; bit != 0; bit >>= 2) {
        bool fits = rest >= root + bit;
        if (fits)
            rest -= root + bit;
        root = (root >> 1) + (fits ? bit : 0);
    }
    x.fraction = root << 1 | (rest != 0);
    x.exponent = x.exponent / 2 - 1;
    return pack(format, x, mode);
}

uint64_t float_convert(enum float_format from, enum float_format to, uint64_t a,
                       struct float_mode *mode)
{
    struct number x = unpack(from, a);
    if (any_nan(&x, &x, mode))
        return nan_of(to);
    if (x.kind == FINITE)
        return pack(to, x, mode);
    return (x.negative ? float_sign(to) : 0) | (x.kind == INFINITE ? infinity(to) : 0);
}

uint64_t float_from_int(enum float_format format, uint64_t value, bool is_signed,
                        struct float_mode *mode)
{
    if (value == 0)
        return 0;
    bool negative = is_signed && (int64_t)value < 0;
    return pack(format, (struct number){FINITE, negative, 0, negative ? -value : value}, mode);
}

uint64_t float_to_int(enum float_format format, uint64_t a, bool is_signed, unsigned bits,
                      struct float_mode *mode)
{
    struct number x = unpack(format, a);
    wide limit = (wide)1 << (bits - is_signed); /* the first above */
    bool nan = is_nan(&x), inexact = false;
    wide value = 0;
    if (x.kind == INFINITE || nan || (x.kind == FINITE && x.exponent + TOP > 64))
        value = (wide)1 << 65;
    else if (x.kind == FINITE)
        /* Below 2^-2 the sticky bit alone decides. */
        value = x.exponent < -127
                    ? round_off(1, 2, x.negative, mode->rounding, &inexact)
                    : round_off(x.fraction, -x.exponent, x.negative, mode->rounding, &inexact);
    bool negative = x.negative && !nan;
    if (negative ? value > (is_signed ? limit : 0) : value >= limit) {
        mode->flags |= FLOAT_INVALID;
        value = negative ? (is_signed ? limit : 0) : limit - 1;
    } else if (inexact) {
        mode->flags |= FLOAT_INEXACT;
    }
    uint64_t result = negative ? -(uint64_t)value : (uint64_t)value;
    return bits == 32 ? (uint64_t)(int32_t)result : result;
}

/* Numbers in an order as whole numbers; none is a NaN. */
static int64_t ordinal(enum float_format format, uint64_t a)
{
    int64_t magnitude = a & (float_sign(format) - 1);
    return a & float_sign(format) ? -magnitude : magnitude;
}

bool float_compare(enum float_format format, enum float_relation relation, uint64_t a, uint64_t b,
                   struct float_mode *mode)
{
    struct number x = unpack(format, a), y = unpack(format, b);
    if (any_nan(&x, &y, mode)) {
        /* feq is quiet, the others signal. */
        mode->flags |= relation == FLOAT_EQ ? 0 : FLOAT_INVALID;
        return false;
    }
    int64_t one = ordinal(format, a), two = ordinal(format, b);
    return relation == FLOAT_EQ ? one == two : relation == FLOAT_LT ? one < two : one <= two;
}

uint64_t float_choose(enum float_format format, bool greater, uint64_t a, uint64_t b,
                      struct float_mode *mode)
{
    struct number x = unpack(format, a), y = unpack(format, b);
    if (any_nan(&x, &y, mode))
        return !is_nan(&x) ? a : !is_nan(&y) ? b : nan_of(format);
    int64_t one = ordinal(format, a), two = ordinal(format, b);
    /* -0 is less than +0. */
    bool less = one != two ? one < two : x.negative;
    return less != greater ? a : b;
}

uint64_t float_class(enum float_format format, uint64_t a)
{
    struct number x = unpack(format, a);
    unsigned stored = formats[format].fraction;
    bool normal = (a >> stored & (2 * formats[format].bias + 1)) != 0;
    switch (x.kind) {
    case ZERO:
        return x.negative ? 1 << 3 : 1 << 4;
    case FINITE:
        return normal ? (x.negative ? 1 << 1 : 1 << 6) : (x.negative ? 1 << 2 : 1 << 5);
    case INFINITE:
        return x.negative ? 1 << 0 : 1 << 7;
    case NAN_SIGNALING:
        return 1 << 8;
    default:
        return 1 << 9;
    }
}
